# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""es_snapshot with wait: until the snapshot is complete."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.aliyun.elasticsearch.tests.unit.plugins.modules.results import (
    ALL_PATH,
    CLUSTER_PASSWORD,
    INSTANCE,
    OLD,
    SNAPSHOT_KEYS,
    Run,
    Serve,
    check_failure,
    check_incomplete,
    openapi_response,
)
from ansible_collections.aliyun.elasticsearch.tests.unit.support.instance import (
    DENIED,
    RUNNING,
    FakeInstance,
    elasticsearch_error,
    entry,
    openapi_error,
)
from ansible_collections.aliyun.elasticsearch.tests.unit.support.server import http_response


def test_wait_returns_the_complete_snapshot(es_snapshot_on: Run) -> None:
    instance = FakeInstance(
        [OLD], [OLD], [OLD, entry("new", RUNNING)], [entry("new", RUNNING)], [entry("new", start=-90.5)]
    )
    result = es_snapshot_on(instance, wait=True, client_token="CHG-1")
    shown = {name: value for name, value in result.items() if name not in ("printed", "invocation", "warnings")}
    assert shown == {
        "failed": False,
        "changed": True,
        "outcome": "accepted",
        "request_id": "C-1",
        "request_attempts": 1,
        "instance_id": INSTANCE,
        "client_token": "CHG-1",
        "snapshot": {
            "name": "new",
            "uuid": "uuid-of-new",
            "state": "SUCCESS",
            "start_time": "2026-11-24T03:58:29.500Z",
            "end_time": "2026-11-24T03:59:30.000Z",
            "duration": 60.5,
            "indices": 3,
            "shards": {"total": 6, "successful": 6, "failed": 0},
        },
    }
    assert len(instance.create_requests) == 1
    one = "_snapshot/aliyun_auto_snapshot/new"
    assert instance.paths == [ALL_PATH, ALL_PATH, ALL_PATH, one, one]


def test_wait_notes_the_names_before_the_request(es_snapshot: Run, serve: Serve) -> None:
    server = serve(FakeInstance([OLD], [OLD, entry("new")]))
    es_snapshot(server.url, wait=True)
    assert [received.target.partition("?")[0].rpartition("/")[2] for received in server.received] == [
        "es-request",
        "snapshots",
        "es-request",
    ]


def test_wait_includes_a_repository_that_the_snapshot_makes(es_snapshot_on: Run) -> None:
    instance = FakeInstance(None, None, [entry("new", RUNNING)], [entry("new")])
    assert es_snapshot_on(instance, wait=True)["snapshot"]["name"] == "new"
    assert instance.paths.count(ALL_PATH) == 3


@pytest.mark.parametrize(
    ("state", "failed", "words"),
    [
        ("PARTIAL", 2, "The snapshot new ended as PARTIAL; 2 of 6 shards failed."),
        ("FAILED", 6, "The snapshot new ended as FAILED; 6 of 6 shards failed."),
        ("INCOMPATIBLE", 0, "The snapshot new ended as INCOMPATIBLE; 0 of 6 shards failed."),
        ("SUCCESS", 1, "The snapshot new ended as SUCCESS; 1 of 6 shards failed."),
    ],
)
def test_wait_fails_at_any_other_end_with_the_snapshot_and_its_failures(
    es_snapshot_on: Run, state: str, failed: int, words: str
) -> None:
    result = es_snapshot_on(FakeInstance([], [entry("new", RUNNING)], [entry("new", state, failed=failed)]), wait=True)
    check_incomplete(result, words)
    assert result["snapshot"].keys() == SNAPSHOT_KEYS
    assert (result["snapshot"]["state"], result["snapshot"]["shards"]["failed"]) == (state, failed)
    assert [failure["shard_id"] for failure in result["failures"]] == list(range(failed))


def test_failures_are_kept_plain(es_snapshot_on: Run) -> None:
    deep: list[Any] = []
    for _level in range(500):
        deep = [deep]
    failures = [{"index": "a", "reason": "r", "more": deep}, deep]
    result = es_snapshot_on(FakeInstance([], [entry("new", "PARTIAL", failures=failures)]), wait=True)
    check_incomplete(result)
    assert result["failures"] == [{"index": "a", "reason": "r"}]


@pytest.mark.parametrize("is_seen", [False, True])
def test_wait_timeout_fails_and_says_that_the_snapshot_goes_on(es_snapshot_on: Run, is_seen: bool) -> None:
    instance = FakeInstance([OLD], [OLD, *([entry("new", RUNNING)] if is_seen else [])])
    result = es_snapshot_on(instance, wait=True, wait_timeout=0.05)
    if is_seen:
        check_incomplete(
            result,
            "The snapshot new, which began at 2026-11-24T03:59:00.000Z, was not finished after 0.05 s; it goes on.",
            "see how it is with aliyun.elasticsearch.es_snapshot_info",
        )
        assert result["snapshot"]["state"] == RUNNING
        assert (result["snapshot"]["end_time"], result["snapshot"]["duration"]) == (None, None)
    else:
        check_incomplete(result, " after 0.05 s. The newest", f"client_token: {result['client_token']}")
        assert "snapshot" not in result
    assert "failures" not in result
    assert len(instance.reads) >= 2


def test_wait_interval_is_the_pause_between_polls(es_snapshot_on: Run) -> None:
    instance = FakeInstance([])
    check_incomplete(es_snapshot_on(instance, wait=True, wait_timeout=0.1, wait_interval=5))
    assert len(instance.reads) <= 3, "before the request, after it, and when the time is over"


@pytest.mark.parametrize(
    "failing",
    [b"", openapi_error(503), openapi_error(429, Code="Throttling.User"), (429, elasticsearch_error(429, "t", "r")[1])],
    ids=["no response", "server error", "throttled", "cluster overloaded"],
)
def test_wait_goes_on_after_a_poll_that_fails(es_snapshot_on: Run, failing: Any) -> None:
    fails = [failing] * 4
    instance = FakeInstance([], *fails, [entry("new", RUNNING)], *fails, [entry("new")])
    assert es_snapshot_on(instance, wait=True, retries=0)["snapshot"]["state"] == "SUCCESS"
    assert len(instance.reads) == 11


def test_wait_ends_with_a_poll_that_is_refused(es_snapshot_on: Run) -> None:
    result = es_snapshot_on(FakeInstance([], [entry("new", RUNNING)], DENIED), wait=True)
    check_incomplete(result, "security_exception: action is unauthorized (HTTP 403", "monitor_snapshot")
    assert (result["error"]["code"], result["error"]["http_status"]) == ("security_exception", 403)
    assert result["error"]["request_id"] in ("Q-3", None)
    assert (result["snapshot"]["name"], result["snapshot"]["state"]) == ("new", RUNNING)


def test_wait_fails_when_the_snapshot_vanishes(es_snapshot_on: Run) -> None:
    result = es_snapshot_on(FakeInstance([], [entry("new", RUNNING)], [OLD]), wait=True)
    check_incomplete(result, "The snapshot new is no longer in the repository.")
    assert result["snapshot"]["name"] == "new"


@pytest.mark.parametrize(
    ("first", "name"),
    [(openapi_response("400 Bad Request", Code="InstanceDuplicateScheduledTask"), "new"), (b"", "automatic")],
    ids=["refused", "no response"],
)
def test_wait_takes_nothing_for_new_that_began_before_a_refused_request_is_sent_again(
    es_snapshot_on: Run, first: bytes, name: str
) -> None:
    automatic = entry("automatic", start=-20, end=-10)
    polls = [[OLD, automatic]] if name == "new" else []
    instance = FakeInstance(
        [OLD], *polls, [OLD, automatic, entry("new", start=-5)], created=[first, openapi_response(Result=True)]
    )
    result = es_snapshot_on(instance, wait=True)
    assert (result["snapshot"]["name"], result["request_attempts"]) == (name, 2)


@pytest.mark.parametrize(
    ("created", "outcome"),
    [(openapi_response("400 Bad Request", Code="InstanceNotFound"), "refused"), (b"x", "unknown")],
)
def test_wait_does_not_begin_without_an_accepted_request(es_snapshot_on: Run, created: bytes, outcome: str) -> None:
    instance = FakeInstance([OLD], created=[created])
    result = es_snapshot_on(instance, wait=True, retries=0)
    check_failure(result, outcome)
    assert (instance.paths, result["request_attempts"]) == ([ALL_PATH], 1)


@pytest.mark.parametrize("wait", [False, True])
def test_wait_asks_for_a_max_age_where_the_outcome_is_unknown(es_snapshot_on: Run, wait: bool) -> None:
    result = es_snapshot_on(FakeInstance([OLD], created=[http_response(b"<html>portal</html>")]), wait=wait)
    check_failure(result, "unknown")
    assert ("max_age that reaches back" in result["msg"]) is wait


def test_wait_and_max_age_left_out_leave_the_cluster_alone(es_snapshot_on: Run) -> None:
    instance = FakeInstance(DENIED)
    assert es_snapshot_on(instance)["outcome"] == "accepted"
    assert instance.reads == []


@pytest.mark.parametrize("options", [{"wait": True}, {"max_age": 60}, {"wait": True, "max_age": 60}], ids=str)
@pytest.mark.parametrize("failing", [DENIED, openapi_error(403, Code="Forbidden.RAM")], ids=["cluster", "server"])
def test_wait_and_max_age_request_nothing_where_the_first_poll_is_refused(
    es_snapshot_on: Run, options: dict[str, Any], failing: Any
) -> None:
    instance = FakeInstance(failing)
    result = es_snapshot_on(instance, **options)
    check_failure(result, "not_sent")
    assert (result["request_attempts"], instance.create_requests, len(instance.reads)) == (0, [], 1)
    assert result["error"]["http_status"] == 403
    assert "HTTP 403" in result["msg"]
    assert "snapshot" not in result


@pytest.mark.parametrize("failing", [b"", openapi_error(503)], ids=["no response", "server error"])
def test_wait_retries_the_first_poll_and_then_requests_nothing(es_snapshot_on: Run, failing: bytes) -> None:
    instance = FakeInstance(failing)
    result = es_snapshot_on(instance, wait=True, retries=2)
    check_failure(result, "not_sent")
    assert (result["request_attempts"], instance.create_requests, len(instance.reads)) == (0, [], 3)


def test_wait_retries_the_first_poll_and_then_requests_the_snapshot(es_snapshot_on: Run) -> None:
    instance = FakeInstance(b"", openapi_error(503), [OLD], [OLD, entry("new")])
    assert es_snapshot_on(instance, wait=True, retries=2)["snapshot"]["name"] == "new"


def test_wait_leaves_no_doubt_of_a_snapshot_when_the_first_poll_fails(es_snapshot_on: Run) -> None:
    result = es_snapshot_on(FakeInstance(b"", DENIED), wait=True)
    check_failure(result, "not_sent")
    assert "leaves it open" not in result["msg"]


def test_wait_requests_nothing_after_a_response_that_is_no_list(es_snapshot_on: Run) -> None:
    instance = FakeInstance((200, {"acknowledged": True}))
    result = es_snapshot_on(instance, wait=True)
    check_failure(result, "not_sent")
    assert "The cluster's response is not a whole list of snapshots" in result["msg"]
    assert instance.create_requests == []


def test_wait_in_check_mode_sends_nothing(es_snapshot: Run, serve: Serve) -> None:
    server = serve(FakeInstance(DENIED))
    result = es_snapshot(
        server.url, check_mode=True, wait=True, cluster_url=server.url, cluster_password=CLUSTER_PASSWORD
    )
    assert (result["failed"], result["changed"], result["outcome"]) == (False, True, "not_sent")
    assert server.connections == 0

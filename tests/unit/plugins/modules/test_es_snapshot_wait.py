# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""es_snapshot with wait: until the snapshot is complete."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.aliyun.elasticsearch.plugins.module_utils._cluster import waiter
from ansible_collections.aliyun.elasticsearch.tests.unit.plugins.modules.results import (
    CLUSTER_PASSWORD,
    INSTANCE,
    OLD,
    SNAPSHOT_KEYS,
    Run,
    Serve,
    check_failure,
    check_incomplete,
    instance,
    new,
)
from ansible_collections.aliyun.elasticsearch.tests.unit.support.cluster import (
    DENIED,
    DROPPED,
    OVERLOADED,
    RUNNING,
    FakeSnapshot,
)
from ansible_collections.aliyun.elasticsearch.tests.unit.support.instance import openapi_error
from ansible_collections.aliyun.elasticsearch.tests.unit.support.openapi import json_response
from ansible_collections.aliyun.elasticsearch.tests.unit.support.server import http_response

COMPLETE = "The snapshot new is complete; it began at 2026-11-24T03:58:29.500Z and ended at 2026-11-24T03:59:30.000Z."


@pytest.mark.parametrize("version", ["6.8", "7.10", "7.17", "9.1", "OpenSearch 2.19"])
def test_wait_returns_the_complete_snapshot(es_snapshot_on: Run, version: str) -> None:
    es = instance(OLD, new(start=-90.5), version=version)
    result = es_snapshot_on(es, wait=True, client_token="CHG-1")
    shown = {name: value for name, value in result.items() if name not in ("printed", "invocation", "warnings")}
    assert shown == {
        "failed": False,
        "changed": True,
        "outcome": "accepted",
        "request_id": "C-1",
        "request_attempts": 1,
        "instance_id": INSTANCE,
        "client_token": "CHG-1",
        "msg": COMPLETE,
        "snapshot": {
            "name": "new",
            "uuid": "uuid-of-new",
            "state": "SUCCESS",
            "reason": None,
            "start_time": "2026-11-24T03:58:29.500Z",
            "end_time": "2026-11-24T03:59:30.000Z",
            "duration": 60.5,
            "indices": 3,
            "shards": {"total": 6, "successful": 6, "failed": 0},
            "readable": True,
        },
    }
    assert len(es.create_requests) == 1
    assert es.cluster.kinds == ["current", "index", "current", "index", "current", "current", "named"]
    assert es.cluster.objects == 1


def test_wait_notes_the_snapshots_before_the_request(es_snapshot: Run, serve: Serve) -> None:
    server = serve(instance(OLD, new(ends=1)))
    es_snapshot(server.url, wait=True)
    assert [received.target.partition("?")[0].rpartition("/")[2] for received in server.received] == [
        *["es-request"] * 2,
        "snapshots",
        *["es-request"] * 3,
    ]


def test_wait_includes_a_repository_that_the_snapshot_makes(es_snapshot_on: Run) -> None:
    es = instance(new(), exists=1)
    assert es_snapshot_on(es, wait=True)["snapshot"]["name"] == "new"


def test_wait_of_an_empty_snapshot_warns_that_it_protects_nothing(es_snapshot_on: Run) -> None:
    result = es_snapshot_on(instance(OLD, new(indices=[])), wait=True)
    assert (result["failed"], result["snapshot"]["indices"], result["snapshot"]["shards"]["total"]) == (False, 0, 0)
    assert "It holds no index and no shard, so it protects nothing." in str(result["warnings"])
    assert "protects nothing" not in es_snapshot_on(instance(OLD, new()), wait=True)["printed"]


def test_wait_is_for_no_policys_snapshot(es_snapshot_on: Run) -> None:
    nightly = FakeSnapshot("nightly", start=-70, policy="nightly", appears=1)
    assert es_snapshot_on(instance(OLD, nightly, new()), wait=True)["snapshot"]["name"] == "new"


def test_wait_fails_where_an_old_one_becomes_readable_and_nothing_new_begins(es_snapshot_on: Run) -> None:
    old = [
        FakeSnapshot("a-20261124010000", start=-10800),
        FakeSnapshot("a-20261124020000", start=-7200, damage="missing"),
        FakeSnapshot("a-20261124030000", start=-3600, unreadable_reads=1),
    ]
    result = es_snapshot_on(instance(*old), wait=True, wait_timeout=0.1)
    check_incomplete(
        result, "No new snapshot was in the repository", "The newest that was there before is a-20261124030000"
    )
    assert "snapshot" not in result


@pytest.mark.parametrize(
    ("state", "failed", "words"),
    [
        ("PARTIAL", 2, "The snapshot new is incomplete (PARTIAL, 2 of 6 shards failed) (RequestId C-1)."),
        ("FAILED", 6, "The snapshot new is incomplete (FAILED, 6 of 6 shards failed) (RequestId C-1)."),
        ("INCOMPATIBLE", 0, "The snapshot new is incomplete (INCOMPATIBLE) (RequestId C-1)."),
        ("SUCCESS", 1, "The snapshot new is incomplete (SUCCESS, 1 of 6 shards failed) (RequestId C-1)."),
    ],
)
def test_wait_fails_at_any_other_end_with_the_snapshot_and_its_failures(
    es_snapshot_on: Run, state: str, failed: int, words: str
) -> None:
    result = es_snapshot_on(instance(new(state, failed=failed)), wait=True)
    check_incomplete(result, words)
    assert result["msg"] == f"{words} Do not rely on it. Take another one, with a new client_token."
    assert result["snapshot"].keys() == SNAPSHOT_KEYS
    assert (result["snapshot"]["state"], result["snapshot"]["shards"]["failed"]) == (state, failed)
    assert [failure["shard_id"] for failure in result["failures"]] == list(range(min(failed, 5)))


def test_failures_are_the_first_five_and_msg_stays_short(es_snapshot_on: Run) -> None:
    failures = [{"index": "logs-1", "shard_id": number, "reason": "x" * 200} for number in range(120)]
    shards = {"total": 200, "failed": 120, "successful": 80}
    result = es_snapshot_on(instance(new("PARTIAL", fields={"failures": failures, "shards": shards})), wait=True)
    check_incomplete(result, "(PARTIAL, 120 of 200 shards failed)")
    assert result["failures"] == failures[:5]
    assert len(result["msg"]) < 200


def test_failures_are_kept_plain(es_snapshot_on: Run) -> None:
    deep: list[Any] = []
    for _level in range(500):
        deep = [deep]
    failures = [{"index": "a", "reason": "r", "more": deep}, deep]
    result = es_snapshot_on(instance(new("PARTIAL", fields={"failures": failures})), wait=True)
    check_incomplete(result)
    assert result["failures"] == [{"index": "a", "reason": "r"}]


def test_reason_of_a_failed_snapshot_is_in_msg_and_result(es_snapshot_on: Run) -> None:
    reason = "Indices don't have primary shards [orders]"
    shards = {"shards": {"total": 0, "failed": 0, "successful": 0}}
    result = es_snapshot_on(instance(new("FAILED", reason=reason, fields=shards)), wait=True)
    check_incomplete(result, f"The snapshot new is incomplete (FAILED): {reason} (RequestId C-1).")
    assert (result["snapshot"]["reason"], result["failures"]) == (reason, [])


@pytest.mark.parametrize("is_seen", [False, True])
def test_wait_timeout_fails_and_says_that_the_snapshot_goes_on(es_snapshot_on: Run, is_seen: bool) -> None:
    es = instance(OLD, *([new(RUNNING, ends=9e9)] if is_seen else []))
    result = es_snapshot_on(es, wait=True, wait_timeout=1.5)
    if is_seen:
        check_incomplete(
            result,
            "The snapshot new, which began at 2026-11-24T03:59:00.000Z, was not finished after 1.5 s; it goes on.",
            "Run the task again with wait and max_age, for instance max_age: 3600, to wait on for it.",
        )
        assert result["snapshot"]["state"] == RUNNING
        assert (result["snapshot"]["end_time"], result["snapshot"]["duration"]) == (None, None)
    else:
        check_incomplete(result, " after 1.5 s. The newest", "take one with a new client_token.")
        assert "snapshot" not in result
    assert "failures" not in result
    assert es.cluster.kinds.count("current") >= 3


@pytest.mark.parametrize("max_age", [None, 3600])
def test_wait_timeout_after_a_bad_one_sends_nobody_back_to_its_token(
    es_snapshot_on: Run, max_age: float | None
) -> None:
    partial = FakeSnapshot("a-20261124030003", "PARTIAL", failed=2)
    result = es_snapshot_on(instance(OLD, partial), wait=True, wait_timeout=0.05, max_age=max_age)
    check_incomplete(
        result,
        "The newest that was there before is a-20261124030003 (PARTIAL).",
        "If the client_token was used before, it probably belongs to that one",
    )
    assert result["msg"].endswith("take one with a new client_token.")
    assert "again with" not in result["msg"]


def test_wait_timeout_says_that_the_cluster_is_red(es_snapshot_on: Run) -> None:
    result = es_snapshot_on(instance(OLD, health="red"), wait=True, wait_timeout=0.05)
    check_incomplete(result, "No new snapshot was in the repository", "The cluster's health is red")
    assert result["msg"].endswith("then take a snapshot with a new client_token.")


@pytest.mark.parametrize("state", ["ABORTED", "STARTED"])
def test_wait_timeout_in_a_state_that_is_not_known_says_which(es_snapshot_on: Run, state: str) -> None:
    result = es_snapshot_on(instance(new(ends=9e9, running_state=state)), wait=True, wait_timeout=0.05)
    check_incomplete(result, f"its state is {state}, so it is not known whether it goes on")


def test_wait_interval_is_the_pause_between_polls(es_snapshot_on: Run) -> None:
    es = instance()
    check_incomplete(es_snapshot_on(es, wait=True, wait_timeout=1, wait_interval=5))
    assert es.cluster.kinds.count("current") == 3, "before the request, after it, and when the time is over"


@pytest.mark.parametrize(
    "failing",
    [DROPPED, openapi_error(503), openapi_error(429, Code="Throttling.User"), OVERLOADED],
    ids=["no response", "server error", "throttled", "cluster overloaded"],
)
def test_wait_goes_on_after_a_poll_that_fails(es_snapshot_on: Run, failing: Any) -> None:
    es = instance(OLD, new())
    fails = [failing] * 4
    es.cluster.fail("current", None, *fails, None, *fails, None, None)
    assert es_snapshot_on(es, wait=True, retries=0)["snapshot"]["state"] == "SUCCESS"
    assert es.cluster.kinds.count("current") == 12


def test_wait_ends_with_a_poll_that_is_refused(es_snapshot_on: Run, route: str) -> None:
    es = instance(OLD, new(RUNNING, ends=9e9))
    es.cluster.fail("current", None, None, DENIED)
    result = es_snapshot_on(es, wait=True)
    check_incomplete(result, "security_exception: action is unauthorized (HTTP 403", "monitor_snapshot")
    assert (result["error"]["code"], result["error"]["http_status"]) == ("security_exception", 403)
    assert result["error"]["request_id"] == ("Q-5" if route == "openapi" else None)
    assert (result["snapshot"]["name"], result["snapshot"]["state"]) == ("new", RUNNING)


@pytest.mark.parametrize("again", [False, True])
def test_wait_fails_when_the_snapshot_vanishes(
    es_snapshot_on: Run, again: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(waiter, "_MIN_MISSING", 0)
    others = [FakeSnapshot("new", uuid="another", appears=2)] if again else []
    result = es_snapshot_on(instance(OLD, new(RUNNING, ends=9e9, vanishes=2), *others), wait=True)
    gone = "is gone; another one has its name now." if again else "is no longer in the repository."
    check_incomplete(result, f"The snapshot new {gone}")
    assert (result["snapshot"]["name"], result["snapshot"]["uuid"]) == ("new", "uuid-of-new")


@pytest.mark.parametrize(
    ("first", "name"),
    [(json_response("400 Bad Request", Code="InstanceDuplicateScheduledTask"), "new"), (b"", "automatic")],
    ids=["refused", "no response"],
)
def test_wait_takes_nothing_for_new_that_began_before_a_refused_request_is_sent_again(
    es_snapshot_on: Run, first: bytes, name: str
) -> None:
    automatic = FakeSnapshot("automatic", start=-20, end=-10, appears=1)
    ours = FakeSnapshot("new", start=-5, end=-1, appears=2)
    es = instance(OLD, automatic, ours, created=[first, json_response(Result=True)])
    result = es_snapshot_on(es, wait=True)
    assert (result["snapshot"]["name"], result["request_attempts"]) == (name, 2)


@pytest.mark.parametrize(
    ("created", "outcome"),
    [(json_response("400 Bad Request", Code="InstanceNotFound"), "refused"), (b"x", "unknown")],
)
def test_wait_does_not_begin_without_an_accepted_request(es_snapshot_on: Run, created: bytes, outcome: str) -> None:
    es = instance(OLD, created=[created])
    result = es_snapshot_on(es, wait=True, retries=0)
    check_failure(result, outcome)
    assert (es.cluster.kinds, result["request_attempts"]) == (["current", "index"], 1)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({}, "Run the task again soon with the same client_token: if"),
        (
            {"wait": True},
            "with the same client_token and with max_age: 3600, or more if that is longer ago by then: if",
        ),
        ({"wait": True, "max_age": 7100}, "and with max_age: 7100, or more if"),
        ({"wait": True, "max_age": 60}, "and with max_age: 3600, or more if"),
    ],
    ids=str,
)
def test_wait_asks_for_a_max_age_in_numbers_where_the_outcome_is_unknown(
    es_snapshot_on: Run, options: dict[str, Any], words: str
) -> None:
    es = instance(OLD, created=[http_response(b"<html>portal</html>")])
    result = es_snapshot_on(es, **options)
    check_failure(result, "unknown")
    assert words in result["msg"]


def test_wait_and_max_age_left_out_leave_the_cluster_alone(es_snapshot_on: Run) -> None:
    es = instance()
    es.cluster.fail_always(DENIED)
    assert es_snapshot_on(es)["outcome"] == "accepted"
    assert es.reads == []


@pytest.mark.parametrize("options", [{"wait": True}, {"max_age": 60}, {"wait": True, "max_age": 60}], ids=str)
@pytest.mark.parametrize("failing", [DENIED, openapi_error(403, Code="Forbidden.RAM")], ids=["cluster", "server"])
def test_wait_and_max_age_request_nothing_where_the_first_poll_is_refused(
    es_snapshot_on: Run, options: dict[str, Any], failing: Any
) -> None:
    es = instance()
    es.cluster.fail_always(failing)
    result = es_snapshot_on(es, **options)
    check_failure(result, "not_sent")
    assert (result["request_attempts"], es.create_requests, len(es.reads)) == (0, [], 1)
    assert result["error"]["http_status"] == 403
    assert "HTTP 403" in result["msg"]
    assert "snapshot" not in result


@pytest.mark.parametrize("failing", [DROPPED, openapi_error(503)], ids=["no response", "server error"])
def test_wait_retries_the_first_poll_and_then_requests_nothing(es_snapshot_on: Run, failing: Any) -> None:
    es = instance()
    es.cluster.fail_always(failing)
    result = es_snapshot_on(es, wait=True, retries=2)
    check_failure(result, "not_sent")
    assert (result["request_attempts"], es.create_requests, len(es.reads)) == (0, [], 3)


def test_wait_retries_the_first_poll_and_then_requests_the_snapshot(es_snapshot_on: Run) -> None:
    es = instance(OLD, new())
    es.cluster.fail("", DROPPED, openapi_error(503))
    assert es_snapshot_on(es, wait=True, retries=2)["snapshot"]["name"] == "new"


def test_wait_without_a_master_says_so(es_snapshot_on: Run) -> None:
    es = instance(OLD, has_master=False)
    result = es_snapshot_on(es, wait=True, retries=0)
    check_failure(result, "not_sent")
    assert "master_not_discovered_exception: no master (HTTP 503" in result["msg"]
    assert "The cluster has no elected master at the moment; see its health first." in result["msg"]
    assert "read_timeout" not in result["msg"]


def test_wait_leaves_no_doubt_of_a_snapshot_when_the_first_poll_fails(es_snapshot_on: Run) -> None:
    es = instance()
    es.cluster.fail("", DROPPED, DENIED)
    result = es_snapshot_on(es, wait=True)
    check_failure(result, "not_sent")
    assert "leaves it open" not in result["msg"]


def test_wait_requests_nothing_after_a_response_that_is_no_list(es_snapshot_on: Run) -> None:
    es = instance()
    es.cluster.fail_always((200, {"acknowledged": True}))
    result = es_snapshot_on(es, wait=True)
    check_failure(result, "not_sent")
    assert "The cluster's response is not a whole list of snapshots" in result["msg"]
    assert es.create_requests == []


def test_wait_in_check_mode_sends_nothing(es_snapshot: Run, serve: Serve) -> None:
    server = serve(instance())
    result = es_snapshot(
        server.url, check_mode=True, wait=True, cluster_url=server.url, cluster_password=CLUSTER_PASSWORD
    )
    assert (result["failed"], result["changed"], result["outcome"]) == (False, True, "not_sent")
    assert result["msg"] == "A snapshot would be requested. This was check mode, and none was."
    assert server.connections == 0


@pytest.mark.parametrize("options", [{"wait": True}, {"max_age": 60}], ids=str)
def test_repository_is_the_one_that_is_read(es_snapshot_on: Run, options: dict[str, Any]) -> None:
    for name in ("mine", None):
        es = instance(OLD, new())
        es_snapshot_on(es, repository=name, **options)
        read = {path.split("/")[1] for path in es.cluster.paths if path.startswith("_snapshot/")}
        assert read == {name or "aliyun_auto_snapshot"}
    result = es_snapshot_on(instance(exists=99), repository="mine", wait=True, wait_timeout=0.05)
    check_incomplete(
        result, "in the repository mine after", "The cluster has no such repository.", "Check the option repository"
    )

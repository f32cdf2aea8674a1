# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""es_snapshot with max_age: none is taken where a recent one is there."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.aliyun.elasticsearch.tests.unit.plugins.modules.results import (
    ALL_PATH,
    CLUSTER_PASSWORD,
    INSTANCE,
    OLD,
    RESULT_KEYS,
    SNAPSHOT_KEYS,
    Run,
    Serve,
    check_failure,
)
from ansible_collections.aliyun.elasticsearch.tests.unit.support.instance import (
    DENIED,
    RUNNING,
    FakeInstance,
    entry,
    missing,
    openapi_error,
)


def test_max_age_finds_a_complete_snapshot_that_is_young_enough(es_snapshot_on: Run) -> None:
    instance = FakeInstance([OLD, entry("young", end=-59), entry("bad", "FAILED", end=-1)])
    result = es_snapshot_on(instance, max_age=60, client_token="CHG-1")
    assert {name: result[name] for name in RESULT_KEYS - {"request_id"}} == {
        "changed": False,
        "outcome": "current",
        "request_attempts": 0,
        "instance_id": INSTANCE,
        "client_token": "CHG-1",
    }
    assert "request_id" not in result
    assert result["failed"] is False
    assert result["snapshot"].keys() == SNAPSHOT_KEYS
    assert (result["snapshot"]["name"], result["snapshot"]["state"]) == ("young", "SUCCESS")
    assert instance.create_requests == []


@pytest.mark.parametrize(
    "held",
    [
        None,
        [],
        [entry("old", end=-61)],
        [entry("bad", "PARTIAL", end=-1)],
        [entry("bad", end=-1, failed=1)],
        [entry("stuck", RUNNING, start=-61)],
    ],
    ids=["no repository", "none", "too old", "partial", "failed shard", "began too early"],
)
def test_max_age_has_one_taken_where_none_is_found(es_snapshot_on: Run, held: Any) -> None:
    instance = FakeInstance(held)
    result = es_snapshot_on(instance, max_age=60)
    assert (result["changed"], result["outcome"], result["request_id"]) == (True, "accepted", "C-1")
    assert "snapshot" not in result
    assert len(instance.create_requests) == 1


def test_max_age_with_wait_waits_for_the_one_that_is_taken(es_snapshot_on: Run) -> None:
    instance = FakeInstance([OLD], [OLD], [OLD, entry("new")])
    result = es_snapshot_on(instance, max_age=60, wait=True)
    assert (result["outcome"], result["snapshot"]["name"]) == ("accepted", "new")


def test_max_age_without_wait_finds_one_that_is_running(es_snapshot_on: Run) -> None:
    instance = FakeInstance([entry("running", RUNNING, start=-50)])
    result = es_snapshot_on(instance, max_age=60)
    assert (result["changed"], result["outcome"], result["request_attempts"]) == (False, "current", 0)
    assert (result["snapshot"]["name"], result["snapshot"]["state"]) == ("running", RUNNING)
    assert (instance.create_requests, instance.paths.count(ALL_PATH)) == ([], 1)


def test_max_age_with_wait_follows_a_running_one_to_its_end(es_snapshot_on: Run) -> None:
    running = entry("running", RUNNING, start=-50)
    instance = FakeInstance([OLD, running], [running], openapi_error(503), [entry("running", start=-50, end=5)])
    result = es_snapshot_on(instance, max_age=60, wait=True)
    assert (result["changed"], result["outcome"], result["request_attempts"]) == (False, "current", 0)
    assert (result["snapshot"]["state"], result["snapshot"]["duration"]) == ("SUCCESS", 55)
    assert instance.create_requests == []
    assert instance.paths.count("_snapshot/aliyun_auto_snapshot/running") == 3


@pytest.mark.parametrize(
    ("then", "words"),
    [
        ([entry("running", "FAILED", failed=3)], "The snapshot running ended as FAILED; 3 of 6 shards failed."),
        ([], "The snapshot running is no longer in the repository."),
        (
            [entry("running", RUNNING, start=-50)],
            "The snapshot running, which began at 2026-11-24T03:59:10.000Z, was not finished after 0.05 s; it goes on.",
        ),
        (DENIED, "security_exception: action is unauthorized"),
    ],
    ids=["failed", "gone", "too late", "refused"],
)
def test_max_age_with_wait_fails_without_a_change_at_a_bad_end(es_snapshot_on: Run, then: Any, words: str) -> None:
    instance = FakeInstance([entry("running", RUNNING, start=-50)], then)
    result = es_snapshot_on(instance, max_age=60, wait=True, wait_timeout=0.05)
    check_failure(result, "not_sent")
    assert words in result["msg"]
    assert (result["request_attempts"], result["snapshot"]["name"], instance.create_requests) == (0, "running", [])
    assert ("failures" in result) == ("shards failed" in words)


def test_max_age_is_by_the_servers_clock_and_not_by_this_hosts(es_snapshot_on: Run) -> None:
    # The servers of these tests live in 2026, whenever the tests are run.
    assert es_snapshot_on(FakeInstance([OLD]), max_age=7200)["outcome"] == "current"
    assert es_snapshot_on(FakeInstance([OLD]), max_age=7199)["outcome"] == "accepted"


def test_max_age_fails_where_the_cluster_does_not_tell_its_time(es_snapshot: Run, serve: Serve) -> None:
    instance = FakeInstance([OLD])
    instance.health = []
    server = serve(instance)
    result = es_snapshot(server.url, max_age=60, cluster_url=server.url, cluster_password=CLUSTER_PASSWORD)
    check_failure(result, "not_sent")
    assert "The cluster does not tell its time" in result["msg"]
    assert instance.create_requests == []


def test_max_age_reads_a_result_that_is_a_text(es_snapshot: Run, serve: Serve) -> None:
    result = es_snapshot(serve(FakeInstance([entry("young")], as_text=True)).url, max_age=60)
    assert (result["outcome"], result["snapshot"]["name"]) == ("current", "young")
    assert (
        es_snapshot(serve(FakeInstance(missing("repository"), as_text=True)).url, max_age=60)["outcome"] == "accepted"
    )


@pytest.mark.parametrize("check_mode", [False, True])
def test_max_age_in_check_mode_counts_one_that_would_be_followed(es_snapshot_on: Run, check_mode: bool) -> None:
    running, ended = entry("old", RUNNING, start=-90000), entry("old", start=-90000)
    result = es_snapshot_on(
        FakeInstance([running], [running if check_mode else ended]), check_mode=check_mode, wait=True, max_age=60
    )
    assert (result["outcome"], result["changed"], result["snapshot"]["name"]) == ("current", False, "old")


@pytest.mark.parametrize("wait", [False, True])
@pytest.mark.parametrize(
    "recent", [entry("recent", end=-10), entry("recent", RUNNING, start=-10)], ids=["complete", "running"]
)
def test_max_age_in_check_mode_says_that_none_would_be_taken(
    es_snapshot_on: Run, wait: bool, recent: dict[str, Any]
) -> None:
    instance = FakeInstance([OLD, recent])
    result = es_snapshot_on(instance, check_mode=True, max_age=60, wait=wait)
    assert (result["failed"], result["changed"], result["outcome"]) == (False, False, "current")
    assert (result["request_attempts"], result["snapshot"]["name"]) == (0, "recent")
    assert (instance.create_requests, instance.paths.count(ALL_PATH)) == ([], 1)


@pytest.mark.parametrize("wait", [False, True])
@pytest.mark.parametrize("held", [None, [OLD]], ids=["no repository", "too old"])
def test_max_age_in_check_mode_says_that_one_would_be_taken(es_snapshot_on: Run, wait: bool, held: Any) -> None:
    instance = FakeInstance(held)
    result = es_snapshot_on(instance, check_mode=True, max_age=60, wait=wait)
    assert (result["failed"], result["changed"], result["outcome"]) == (False, True, "not_sent")
    assert result["request_attempts"] == 0
    assert not {"snapshot", "request_id"} & result.keys()
    assert (instance.create_requests, instance.paths.count(ALL_PATH)) == ([], 1)


def test_max_age_in_check_mode_fails_where_the_poll_is_refused(es_snapshot_on: Run) -> None:
    instance = FakeInstance(DENIED)
    result = es_snapshot_on(instance, check_mode=True, max_age=60)
    check_failure(result, "not_sent")
    assert instance.create_requests == []

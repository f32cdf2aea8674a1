# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""es_snapshot with max_age: none is taken where a recent one is there."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.aliyun.elasticsearch.plugins.module_utils._cluster import waiter
from ansible_collections.aliyun.elasticsearch.tests.unit.plugins.modules.results import (
    CLUSTER_PASSWORD,
    ERROR_KEYS,
    INSTANCE,
    OLD,
    RESULT_KEYS,
    SNAPSHOT_KEYS,
    Run,
    Serve,
    check_failure,
    instance,
    new,
)
from ansible_collections.aliyun.elasticsearch.tests.unit.support.cluster import (
    BROKEN,
    DENIED,
    RUNNING,
    FakeSnapshot,
)

WOULD = "A snapshot would be requested. This was check mode, and none was."


def running(**fields: Any) -> FakeSnapshot:
    """Return a snapshot that runs, and ends at a poll where that is given."""
    return FakeSnapshot(**{"name": "running", "state": RUNNING, "start": -50, "end": 5, **fields})


def test_max_age_finds_a_complete_snapshot_that_is_young_enough(es_snapshot_on: Run) -> None:
    es = instance(OLD, FakeSnapshot("young", start=-90, end=-59), FakeSnapshot("bad", "FAILED", end=-1))
    result = es_snapshot_on(es, max_age=60, client_token="CHG-1")
    assert {name: result[name] for name in RESULT_KEYS - {"request_id"}} == {
        "changed": False,
        "outcome": "current",
        "request_attempts": 0,
        "instance_id": INSTANCE,
        "client_token": "CHG-1",
    }
    assert result["request_id"] is None
    assert result["failed"] is False
    assert result["snapshot"].keys() == SNAPSHOT_KEYS
    assert (result["snapshot"]["name"], result["snapshot"]["state"]) == ("young", "SUCCESS")
    assert result["msg"] == (
        "The snapshot young is complete; it began at 2026-11-24T03:58:30.000Z and ended at 2026-11-24T03:59:01.000Z. "
        "None was requested."
    )
    assert es.create_requests == []


@pytest.mark.parametrize(
    "held",
    [
        None,
        [],
        [FakeSnapshot("old", end=-61)],
        [FakeSnapshot("bad", "PARTIAL", end=-1)],
        [FakeSnapshot("bad", end=-1, failed=1)],
        [running(start=-61)],
        [FakeSnapshot("damaged", end=-1, damage="damaged")],
        [FakeSnapshot("missing", end=-1, damage="missing")],
        [FakeSnapshot("empty", end=-1, indices=[])],
        [FakeSnapshot("ahead", end=301)],
    ],
    ids=[
        *("no repository", "none", "too old", "partial", "failed shard", "began too early"),
        *("damaged", "object missing", "empty", "dated ahead"),
    ],
)
def test_max_age_has_one_taken_where_none_is_found(es_snapshot_on: Run, held: Any) -> None:
    es = instance(*(held or []), exists=99 if held is None else 0)
    result = es_snapshot_on(es, max_age=60)
    assert (result["changed"], result["outcome"], result["request_id"]) == (True, "accepted", "C-1")
    assert "snapshot" not in result
    assert len(es.create_requests) == 1
    assert result["msg"] == ("The API accepted the request for a snapshot. See that it is complete before you go on.")


def test_max_age_finds_a_good_one_among_damaged_ones(es_snapshot_on: Run) -> None:
    damaged = [FakeSnapshot(f"auto_2026112{number}", end=-1, damage="damaged") for number in range(9)]
    assert es_snapshot_on(instance(*damaged, FakeSnapshot("good")), max_age=60)["snapshot"]["name"] == "good"


def test_max_age_with_wait_waits_for_the_one_that_is_taken(es_snapshot_on: Run) -> None:
    result = es_snapshot_on(instance(OLD, new()), max_age=60, wait=True)
    assert (result["outcome"], result["snapshot"]["name"]) == ("accepted", "new")


def test_max_age_without_wait_finds_one_that_is_running(es_snapshot_on: Run) -> None:
    es = instance(running())
    result = es_snapshot_on(es, max_age=60)
    assert (result["changed"], result["outcome"], result["request_attempts"]) == (False, "current", 0)
    assert (result["snapshot"]["name"], result["snapshot"]["state"]) == ("running", RUNNING)
    assert result["snapshot"]["shards"]["failed"] is None
    assert result["msg"] == (
        "The snapshot running began at 2026-11-24T03:59:10.000Z and is IN_PROGRESS. None was requested."
    )
    assert (es.create_requests, es.cluster.objects) == ([], 0)


def test_max_age_with_wait_follows_a_running_one_to_its_end(es_snapshot_on: Run) -> None:
    es = instance(OLD, running(state="SUCCESS", ends=2))
    es.cluster.fail("current", None, None, BROKEN)
    result = es_snapshot_on(es, max_age=60, wait=True)
    assert (result["changed"], result["outcome"], result["request_attempts"]) == (False, "current", 0)
    assert (result["snapshot"]["state"], result["snapshot"]["duration"]) == ("SUCCESS", 55)
    assert result["msg"].startswith("The snapshot running is complete; it began at ")
    assert es.create_requests == []
    assert es.cluster.kinds[-4:] == ["current", "current", "current", "named"]


@pytest.mark.parametrize(
    ("then", "fault", "timeout", "words"),
    [
        (
            {"state": "FAILED", "failed": 3, "ends": 1},
            None,
            5,
            "The snapshot running is incomplete (FAILED, 3 of 6 shards failed).",
        ),
        (
            {"vanishes": 1},
            None,
            5,
            "The snapshot running is no longer in the repository. It was aborted or deleted. Take another one, with a "
            "new client_token.",
        ),
        (
            {},
            None,
            0.05,
            "The snapshot running, which began at 2026-11-24T03:59:10.000Z, was not finished after 0.05 s; it goes on.",
        ),
        ({}, DENIED, 5, "security_exception: action is unauthorized"),
    ],
    ids=["failed", "gone", "too late", "refused"],
)
def test_max_age_with_wait_fails_without_a_change_at_a_bad_end(
    es_snapshot_on: Run, then: Any, fault: Any, timeout: float, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(waiter, "_MIN_MISSING", 0)
    es = instance(running(**then))
    es.cluster.fail("current", None, fault)
    result = es_snapshot_on(es, max_age=60, wait=True, wait_timeout=timeout)
    assert (result["failed"], result["changed"], result["outcome"]) == (True, False, "not_sent")
    assert words in result["msg"]
    assert (result["request_attempts"], result["snapshot"]["name"], es.create_requests) == (0, "running", [])
    assert result["error"].keys() == ERROR_KEYS
    assert ("failures" in result) == ("is incomplete" in words)
    if "failures" in result:
        assert result["msg"] == f"{words} Do not rely on it. Take another one, with a new client_token."
    else:
        assert result["msg"].startswith("A snapshot was running already, and none was requested. ")
    read_failed = "Reading failed, and the snapshot goes on. Once that is mended: Run the task again with wait"
    assert (read_failed in result["msg"]) == (fault is not None)


def test_max_age_is_by_the_servers_clock_and_not_by_this_hosts(es_snapshot_on: Run) -> None:
    # The servers of these tests live in 2026, whenever the tests are run.
    assert es_snapshot_on(instance(OLD), max_age=7200)["outcome"] == "current"
    assert es_snapshot_on(instance(OLD), max_age=7199)["outcome"] == "accepted"


def test_max_age_fails_where_the_cluster_does_not_tell_its_time(es_snapshot: Run, serve: Serve) -> None:
    es = instance(OLD)
    es.cluster.health = []
    server = serve(es)
    result = es_snapshot(server.url, max_age=60, cluster_url=server.url, cluster_password=CLUSTER_PASSWORD)
    check_failure(result, "not_sent")
    assert "The cluster does not tell its time" in result["msg"]
    assert es.create_requests == []


def test_max_age_reads_a_result_that_is_a_text(es_snapshot: Run, serve: Serve) -> None:
    result = es_snapshot(serve(instance(FakeSnapshot("young"), as_text=True)).url, max_age=60)
    assert (result["outcome"], result["snapshot"]["name"]) == ("current", "young")
    for version in ("7.10", "7.17"):
        missing = instance(exists=99, as_text=True, version=version)
        assert es_snapshot(serve(missing).url, max_age=60)["outcome"] == "accepted"


def test_max_age_by_a_gateway_that_drops_queries_warns_of_the_cost(es_snapshot: Run, serve: Serve) -> None:
    result = es_snapshot(serve(instance(OLD, FakeSnapshot("young"), gateway="drops")).url, max_age=60)
    assert (result["outcome"], result["snapshot"]["name"]) == ("current", "young")
    assert "Give cluster_url to ask the cluster itself." in str(result["warnings"])


@pytest.mark.parametrize("check_mode", [False, True])
def test_max_age_in_check_mode_counts_one_that_would_be_followed(es_snapshot_on: Run, check_mode: bool) -> None:
    es = instance(FakeSnapshot("old", start=-90000, ends=1))
    result = es_snapshot_on(es, check_mode=check_mode, wait=True, max_age=60)
    assert (result["outcome"], result["changed"], result["snapshot"]["name"]) == ("current", False, "old")
    assert result["snapshot"]["state"] == (RUNNING if check_mode else "SUCCESS")


@pytest.mark.parametrize("wait", [False, True])
@pytest.mark.parametrize(
    "recent", [FakeSnapshot("recent", end=-10), running(name="recent")], ids=["complete", "running"]
)
def test_max_age_in_check_mode_says_that_none_would_be_taken(
    es_snapshot_on: Run, wait: bool, recent: FakeSnapshot
) -> None:
    es = instance(OLD, recent)
    result = es_snapshot_on(es, check_mode=True, max_age=60, wait=wait)
    assert (result["failed"], result["changed"], result["outcome"]) == (False, False, "current")
    assert (result["request_attempts"], result["snapshot"]["name"]) == (0, "recent")
    assert result["msg"].startswith("The snapshot recent ")
    assert result["msg"].endswith(" None was requested.")
    assert (es.create_requests, es.cluster.kinds.count("index")) == ([], 1)


@pytest.mark.parametrize("wait", [False, True])
@pytest.mark.parametrize("exists", [0, 99], ids=["too old", "no repository"])
def test_max_age_in_check_mode_says_that_one_would_be_taken(es_snapshot_on: Run, wait: bool, exists: float) -> None:
    es = instance(OLD, exists=exists)
    result = es_snapshot_on(es, check_mode=True, max_age=60, wait=wait)
    assert (result["failed"], result["changed"], result["outcome"]) == (False, True, "not_sent")
    assert (result["request_attempts"], result["msg"]) == (0, WOULD)
    assert result["request_id"] is None
    assert "snapshot" not in result
    assert (es.create_requests, es.cluster.kinds.count("index")) == ([], 1)


def test_max_age_in_check_mode_fails_where_the_poll_is_refused(es_snapshot_on: Run) -> None:
    es = instance()
    es.cluster.fail_always(DENIED)
    result = es_snapshot_on(es, check_mode=True, max_age=60)
    check_failure(result, "not_sent")
    assert es.create_requests == []

# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""How the snapshots go that CreateSnapshot took, counted in looks."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from .cluster_client import Cluster

REPOSITORY = "_snapshot/aliyun_auto_snapshot"
ROUTES = ("direct", "openapi")

NO_REPOSITORY = {
    "error": {
        "root_cause": [{"type": "repository_missing_exception", "reason": "[aliyun_auto_snapshot] missing"}],
        "type": "repository_missing_exception",
        "reason": "[aliyun_auto_snapshot] missing",
    },
    "status": 404,
}


@pytest.mark.parametrize("route", ROUTES)
def test_there_is_no_repository_before_the_first_snapshot(cluster: Cluster, route: str) -> None:
    assert cluster.ask(route=route) == NO_REPOSITORY
    assert cluster.ask(f"{REPOSITORY}/one", route=route) == NO_REPOSITORY
    cluster.emulator.snapshot()
    assert len(cluster.snapshots(route=route)) == 1


@pytest.mark.parametrize("route", ROUTES)
def test_a_snapshot_without_a_plan_is_done_at_once(cluster: Cluster, route: str) -> None:
    cluster.emulator.settings(clock_offset=-800)
    cluster.emulator.snapshot()
    (snapshot,) = cluster.snapshots(route=route)
    (taken,) = cluster.emulator.ledger
    begin = snapshot["start_time_in_millis"]
    assert re.fullmatch(r"[\w-]{22}", snapshot.pop("uuid"))
    assert snapshot["start_time"][:19] + "Z" == taken["taken_at"]
    assert millis(snapshot["start_time"]) == begin
    assert snapshot == {
        "snapshot": taken["name"],
        "version_id": 7100099,
        "version": "7.10.0",
        "indices": ["logs-application-000000", "logs-application-000001", "logs-application-000002"],
        "include_global_state": False,
        "state": "SUCCESS",
        "start_time": snapshot["start_time"],
        "start_time_in_millis": begin,
        "end_time": snapshot["start_time"],
        "end_time_in_millis": begin,
        "duration_in_millis": 0,
        "failures": [],
        "shards": {"total": 5, "failed": 0, "successful": 5},
    }


def test_a_repeat_begins_no_second_snapshot(cluster: Cluster) -> None:
    cluster.plans({"indices": 1}, {"indices": 2})
    for token in ("one", "one", "two"):
        cluster.emulator.snapshot(query={"ClientToken": token})
    found = cluster.snapshots()
    assert [snapshot["snapshot"] for snapshot in found] == [snapshot["name"] for snapshot in cluster.emulator.ledger]
    assert [len(snapshot["indices"]) for snapshot in found] == [1, 2]


@pytest.mark.parametrize("route", ROUTES)
def test_a_snapshot_appears_runs_and_ends(cluster: Cluster, route: str) -> None:
    cluster.plans({"appears_after": 2, "looks": 1, "state": "PARTIAL", "failed_shards": 2})
    cluster.emulator.snapshot()
    assert [cluster.ask(route=route) for _look in range(2)] == [NO_REPOSITORY] * 2
    (running,) = cluster.snapshots(route=route)
    assert (running["state"], running["end_time"]) == ("IN_PROGRESS", "1970-01-01T00:00:00.000Z")
    assert (running["end_time_in_millis"], running["duration_in_millis"], running["failures"]) == (0, 0, [])
    assert running["shards"] == {"total": 0, "failed": 0, "successful": 0}
    cluster.emulator.settings(clock_offset=60)
    ended, again = cluster.snapshots(route=route)[0], cluster.snapshots(route=route)[0]
    assert (ended["state"], ended["start_time"]) == ("PARTIAL", running["start_time"])
    assert 60_000 <= ended["duration_in_millis"] < 70_000
    assert millis(ended["end_time"]) == ended["end_time_in_millis"]
    assert ended["end_time_in_millis"] - ended["start_time_in_millis"] == ended["duration_in_millis"]
    assert again == ended


def test_failures_name_the_shards(cluster: Cluster) -> None:
    cluster.plans({"state": "PARTIAL", "failed_shards": 3, "total_shards": 7, "indices": 2})
    cluster.emulator.snapshot()
    (snapshot,) = cluster.snapshots()
    assert snapshot["shards"] == {"total": 7, "failed": 3, "successful": 4}
    assert {frozenset(failure) for failure in snapshot["failures"]} == {
        frozenset(("index", "index_uuid", "shard_id", "reason", "node_id", "status"))
    }
    assert [(failure["index"], failure["shard_id"]) for failure in snapshot["failures"]] == [
        ("logs-application-000000", 0),
        ("logs-application-000001", 0),
        ("logs-application-000000", 1),
    ]


@pytest.mark.parametrize(("state", "reasoned"), [("PARTIAL", False), ("FAILED", True), ("INCOMPATIBLE", True)])
def test_other_ends(cluster: Cluster, state: str, reasoned: bool) -> None:
    cluster.plans({"state": state})
    cluster.emulator.snapshot()
    (snapshot,) = cluster.snapshots()
    assert (snapshot["state"], "reason" in snapshot) == (state, reasoned)


def test_a_snapshot_can_run_for_ever(cluster: Cluster) -> None:
    cluster.plans({"looks": None})
    cluster.emulator.snapshot()
    assert cluster.states(8) == [["IN_PROGRESS"]] * 8


def test_looks_by_either_route_count(cluster: Cluster) -> None:
    cluster.plans({"looks": 2})
    cluster.emulator.snapshot()
    assert [cluster.snapshots(route=route)[0]["state"] for route in ("direct", "openapi", "direct")] == [
        *["IN_PROGRESS"] * 2,
        "SUCCESS",
    ]


def test_a_look_at_one_snapshot_does_not_count_for_another(cluster: Cluster) -> None:
    cluster.plans({"looks": 1}, {"looks": 1})
    for _snapshot in range(2):
        cluster.emulator.snapshot()
    name = cluster.emulator.ledger[0]["name"]
    assert cluster.snapshots(f"{REPOSITORY}/{name}")[0]["state"] == "IN_PROGRESS"
    assert cluster.states(2) == [["SUCCESS", "IN_PROGRESS"], ["SUCCESS", "SUCCESS"]]


def millis(text: str) -> int:
    """Read a time as Elasticsearch writes it."""
    at = datetime.strptime(text.replace("Z", "+0000"), "%Y-%m-%dT%H:%M:%S.%f%z")
    epoch: Any = datetime.strptime("1970+0000", "%Y%z")
    whole: int = (at - epoch) // timedelta(milliseconds=1)
    return whole

# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A cluster's snapshots: how they go, counted in polls, and those that a test puts in."""

from __future__ import annotations

import re
import time
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from .callers import Cluster

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
def test_repository_is_missing_before_the_first_snapshot(cluster: Cluster, route: str) -> None:
    assert cluster.ask(route=route) == NO_REPOSITORY
    assert cluster.ask(f"{REPOSITORY}/one", route=route) == NO_REPOSITORY
    cluster.emulator.create_snapshot()
    assert len(cluster.snapshots(route=route)) == 1


@pytest.mark.parametrize("route", ROUTES)
def test_snapshot_without_a_transition_is_done_at_once(cluster: Cluster, route: str) -> None:
    cluster.emulator.set(clock_offset=-800)
    cluster.emulator.create_snapshot()
    (snapshot,) = cluster.snapshots(route=route)
    (taken,) = cluster.emulator.snapshots
    begin = snapshot["start_time_in_millis"]
    assert re.fullmatch(r"[\w-]{22}", snapshot.pop("uuid"))
    assert snapshot["start_time"][:19] + "Z" == taken["taken_at"]
    assert millis(snapshot["start_time"]) == begin
    assert snapshot == {
        "snapshot": taken["name"],
        "version_id": 7100099,
        "version": "7.10.0",
        "indices": ["logs-application-000000", "logs-application-000001", "logs-application-000002"],
        "data_streams": [],
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


def test_transition_is_not_taken_by_a_repeated_token(cluster: Cluster) -> None:
    cluster.emulator.transitions({"indices": 1}, {"indices": 2})
    for token in ("one", "one", "two"):
        cluster.emulator.create_snapshot(query={"ClientToken": token})
    found = cluster.snapshots()
    assert [snapshot["snapshot"] for snapshot in found] == [snapshot["name"] for snapshot in cluster.emulator.snapshots]
    assert [len(snapshot["indices"]) for snapshot in found] == [1, 2]


@pytest.mark.parametrize("route", ROUTES)
def test_snapshot_appears_runs_and_ends(cluster: Cluster, route: str) -> None:
    cluster.emulator.transitions({"hidden_polls": 2, "running_polls": 1, "state": "PARTIAL", "failed_shards": 2})
    cluster.emulator.create_snapshot()
    assert [cluster.ask(route=route) for _poll in range(2)] == [NO_REPOSITORY] * 2
    (running,) = cluster.snapshots(route=route)
    assert (running["state"], running["end_time"]) == ("IN_PROGRESS", "1970-01-01T00:00:00.000Z")
    assert (running["end_time_in_millis"], running["duration_in_millis"], running["failures"]) == (0, 0, [])
    assert running["shards"] == {"total": 0, "failed": 0, "successful": 0}
    cluster.emulator.set(clock_offset=60)
    ended, again = cluster.snapshots(route=route)[0], cluster.snapshots(route=route)[0]
    assert (ended["state"], ended["start_time"]) == ("PARTIAL", running["start_time"])
    assert 60_000 <= ended["duration_in_millis"] < 70_000
    assert millis(ended["end_time"]) == ended["end_time_in_millis"]
    assert ended["end_time_in_millis"] - ended["start_time_in_millis"] == ended["duration_in_millis"]
    assert again == ended


def test_failures_name_the_shards(cluster: Cluster) -> None:
    cluster.emulator.transitions({"state": "PARTIAL", "failed_shards": 3, "total_shards": 7, "indices": 2})
    cluster.emulator.create_snapshot()
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
def test_state_at_the_end(cluster: Cluster, state: str, reasoned: bool) -> None:
    cluster.emulator.transitions({"state": state})
    cluster.emulator.create_snapshot()
    (snapshot,) = cluster.snapshots()
    assert (snapshot["state"], "reason" in snapshot) == (state, reasoned)


def test_running_polls_null_is_for_ever(cluster: Cluster) -> None:
    cluster.emulator.transitions({"running_polls": None})
    cluster.emulator.create_snapshot()
    assert cluster.states(8) == [["IN_PROGRESS"]] * 8


def test_polls_by_either_route_count(cluster: Cluster) -> None:
    cluster.emulator.transitions({"running_polls": 2})
    cluster.emulator.create_snapshot()
    assert [cluster.snapshots(route=route)[0]["state"] for route in ("direct", "openapi", "direct")] == [
        *["IN_PROGRESS"] * 2,
        "SUCCESS",
    ]


def test_poll_of_one_snapshot_does_not_count_for_another(cluster: Cluster) -> None:
    cluster.emulator.transitions({"running_polls": 1}, {"running_polls": 1})
    for _snapshot in range(2):
        cluster.emulator.create_snapshot()
    name = cluster.emulator.snapshots[0]["name"]
    assert cluster.snapshots(f"{REPOSITORY}/{name}")[0]["state"] == "IN_PROGRESS"
    assert cluster.states(2) == [["SUCCESS", "IN_PROGRESS"], ["SUCCESS", "SUCCESS"]]


@pytest.mark.parametrize(("beside", "ours"), [("before", 1), ("after", 0)])
def test_beside_is_an_automatic_snapshot(cluster: Cluster, beside: str, ours: int) -> None:
    cluster.emulator.transitions(
        {"beside": [{"when": beside}], "hidden_polls": 1, "running_polls": 1, "state": "FAILED"}
    )
    cluster.emulator.create_snapshot()
    assert cluster.states(3) == [[], ["IN_PROGRESS"] * 2, ["FAILED"] * 2]
    found = cluster.snapshots()
    (taken,) = cluster.emulator.snapshots
    assert [snapshot["snapshot"] for snapshot in found].index(taken["name"]) == ours
    assert len({snapshot["snapshot"] for snapshot in found}) == len({snapshot["uuid"] for snapshot in found}) == 2
    assert found[1]["start_time_in_millis"] - found[0]["start_time_in_millis"] == 1000


def test_beside_has_another_name(cluster: Cluster) -> None:
    cluster.emulator.transitions(*[{"beside": [{"when": "after"}]}] * 3)
    for _snapshot in range(3):
        cluster.emulator.create_snapshot()
    assert len({snapshot["snapshot"] for snapshot in cluster.snapshots()}) == 6


def test_instances_have_their_own_repository_and_transitions(cluster: Cluster) -> None:
    instances = cluster.emulator.instances
    cluster.emulator.transitions({"state": "FAILED"}, {"state": "PARTIAL", "instance_id": instances["second"]})
    for instance in ("second", "active", "active"):
        cluster.emulator.create_snapshot(instance=instance)
    assert cluster.states(1, route="openapi", instance="second") == [["PARTIAL"]]
    assert cluster.states(1, route="openapi") == [["FAILED", "SUCCESS"]]


def test_fixture_is_not_in_the_ledger(cluster: Cluster) -> None:
    cluster.emulator.set(clock_offset=-5000)
    (name,) = cluster.emulator.fixtures({"state": "PARTIAL", "failed_shards": 1, "total_shards": 4, "indices": 2})
    (snapshot,) = cluster.snapshots()
    assert snapshot["snapshot"] == name
    assert name.startswith(cluster.emulator.instances["active"] + "_")
    assert (snapshot["state"], len(snapshot["indices"])) == ("PARTIAL", 2)
    assert snapshot["shards"] == {"total": 4, "failed": 1, "successful": 3}
    assert abs(time.time() - 5000 - 600 - snapshot["start_time_in_millis"] / 1000) < 5
    assert abs(time.time() - 5000 - 300 - snapshot["end_time_in_millis"] / 1000) < 5
    assert cluster.emulator.snapshots == []


def test_fixture_with_times_and_name(cluster: Cluster) -> None:
    assert cluster.emulator.fixtures({"name": "mine", "began_ago": 100, "ended_ago": 40}) == ["mine"]
    (snapshot,) = cluster.snapshots()
    assert (snapshot["snapshot"], snapshot["duration_in_millis"]) == ("mine", 60_000)


def test_fixture_spent_half_of_the_time_by_default(cluster: Cluster) -> None:
    cluster.emulator.fixtures({"began_ago": 100})
    assert cluster.snapshots()[0]["duration_in_millis"] == 50_000


def test_fixture_can_run_first(cluster: Cluster) -> None:
    cluster.emulator.fixtures({"running_polls": 1, "began_ago": 100})
    assert cluster.states(1) == [["IN_PROGRESS"]]
    (snapshot,) = cluster.snapshots()
    assert snapshot["state"] == "SUCCESS"
    assert 100_000 <= snapshot["duration_in_millis"] < 105_000


def test_fixture_of_another_instance(cluster: Cluster) -> None:
    cluster.emulator.fixtures({"instance_id": cluster.emulator.instances["second"], "name": "one"}, {"name": "one"}, {})
    assert len(cluster.snapshots(route="openapi", instance="second")) == 1
    assert len(cluster.snapshots()) == 2


def test_fixture_of_none_makes_an_empty_repository(cluster: Cluster) -> None:
    assert cluster.emulator.fixtures({"count": 0}) == []
    assert cluster.ask() == {"snapshots": []}


@pytest.mark.parametrize("route", ["direct", "openapi"])
def test_fixtures_can_make_tens_of_megabytes(cluster: Cluster, route: str) -> None:
    names = cluster.emulator.fixtures({"count": 400, "indices": 2000, "began_ago": 60})
    reply = cluster.poll(route)
    assert len(reply.body) > 20_000_000
    found = (reply.document if route == "direct" else reply.document["Result"])["snapshots"]
    assert [snapshot["snapshot"] for snapshot in found] == names[::-1]
    assert len(set(names)) == len({snapshot["start_time"] for snapshot in found}) == 400
    assert {len(set(snapshot["indices"])) for snapshot in found} == {2000}


def millis(text: str) -> int:
    """Read a time as Elasticsearch writes it."""
    at = datetime.strptime(text.replace("Z", "+0000"), "%Y-%m-%dT%H:%M:%S.%f%z")
    epoch: Any = datetime.strptime("1970+0000", "%Y%z")
    whole: int = (at - epoch) // timedelta(milliseconds=1)
    return whole

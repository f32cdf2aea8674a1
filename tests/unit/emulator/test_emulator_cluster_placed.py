# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Snapshots that a test puts into a repository."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from .cluster_client import Cluster


def test_a_placed_snapshot_is_not_in_the_ledger(cluster: Cluster) -> None:
    cluster.emulator.settings(clock_offset=-5000)
    (name,) = cluster.place({"state": "PARTIAL", "failed_shards": 1, "total_shards": 4, "indices": 2})
    (snapshot,) = cluster.snapshots()
    assert snapshot["snapshot"] == name
    assert name.startswith(cluster.emulator.instances["active"] + "_")
    assert (snapshot["state"], len(snapshot["indices"])) == ("PARTIAL", 2)
    assert snapshot["shards"] == {"total": 4, "failed": 1, "successful": 3}
    assert abs(time.time() - 5000 - 600 - snapshot["start_time_in_millis"] / 1000) < 5
    assert abs(time.time() - 5000 - 300 - snapshot["end_time_in_millis"] / 1000) < 5
    assert cluster.emulator.ledger == []


def test_times_and_name_can_be_given(cluster: Cluster) -> None:
    assert cluster.place({"name": "mine", "began_ago": 100, "ended_ago": 40}) == ["mine"]
    (snapshot,) = cluster.snapshots()
    assert (snapshot["snapshot"], snapshot["duration_in_millis"]) == ("mine", 60_000)


def test_by_default_half_of_the_time_was_spent(cluster: Cluster) -> None:
    cluster.place({"began_ago": 100})
    assert cluster.snapshots()[0]["duration_in_millis"] == 50_000


def test_a_placed_snapshot_can_run_first(cluster: Cluster) -> None:
    cluster.place({"looks": 1, "began_ago": 100})
    assert cluster.states(1) == [["IN_PROGRESS"]]
    (snapshot,) = cluster.snapshots()
    assert snapshot["state"] == "SUCCESS"
    assert 100_000 <= snapshot["duration_in_millis"] < 105_000


def test_other_instances(cluster: Cluster) -> None:
    cluster.place({"instance_id": cluster.emulator.instances["second"], "name": "one"}, {"name": "one"}, {})
    assert len(cluster.snapshots(route="openapi", instance="second")) == 1
    assert len(cluster.snapshots()) == 2


def test_none_makes_an_empty_repository(cluster: Cluster) -> None:
    assert cluster.place({"count": 0}) == []
    assert cluster.ask() == {"snapshots": []}


@pytest.mark.parametrize("route", ["direct", "openapi"])
def test_a_list_can_be_tens_of_megabytes(cluster: Cluster, route: str) -> None:
    names = cluster.place({"count": 400, "indices": 2000, "began_ago": 60})
    reply = cluster.look(route)
    assert len(reply.body) > 20_000_000
    found = (reply.document if route == "direct" else reply.document["Result"])["snapshots"]
    assert [snapshot["snapshot"] for snapshot in found] == names[::-1]
    assert len(set(names)) == len({snapshot["start_time"] for snapshot in found}) == 400
    assert {len(set(snapshot["indices"])) for snapshot in found} == {2000}


@pytest.mark.parametrize(
    ("document", "text"),
    [
        ({}, "missing field snapshots"),
        ({"snapshots": {}}, "must be a list"),
        ({"snapshots": [{"stat": "SUCCESS"}]}, "unknown field stat"),
        ({"snapshots": [{"state": "IN_PROGRESS"}]}, "snapshots[0]: state must be one of"),
        ({"snapshots": [{"appears_after": 1}]}, "unknown field appears_after"),
        ({"snapshots": [{"instance_id": "es-cn-typo"}]}, "instance_id must be one of"),
        ({"snapshots": [{"name": "a", "count": 2}]}, "name is for a single snapshot"),
        ({"snapshots": [{"name": "a"}, {"name": "a"}]}, "a snapshot a already"),
        ({"snapshots": [{"name": "taken"}]}, "a snapshot taken already"),
        ({"snapshots": [{"began_ago": 1, "ended_ago": 2}]}, "ended_ago is before began_ago"),
        ({"snapshots": [{"looks": 1, "ended_ago": 2}]}, "give it or looks"),
        ({"snapshots": [{}, {"failed_shards": 6}]}, "snapshots[1]: failed_shards is more"),
        ({"snapshots": [{"count": -1}]}, "count must be a whole number"),
    ],
)
def test_what_cannot_be_meant_is_refused(cluster: Cluster, document: Any, text: str) -> None:
    cluster.place({"name": "taken"})
    reply = cluster.emulator.control("POST", "snapshots", document)
    assert reply.status == 400
    assert text in reply.document["error"]
    assert len(cluster.snapshots()) == 1

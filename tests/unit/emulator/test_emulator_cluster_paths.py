# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What can be asked of a cluster, and what cannot."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from .cluster_client import Cluster

REPOSITORY = "_snapshot/aliyun_auto_snapshot"


def test_snapshots_by_name_come_in_the_order_of_their_begin(cluster: Cluster) -> None:
    cluster.place(*[{"name": name, "began_ago": ago} for name, ago in (("late", 10), ("early", 30), ("other", 20))])
    for names in ("late,early", "early%2Clate"):
        found = cluster.snapshots(f"{REPOSITORY}/{names}")
        assert [snapshot["snapshot"] for snapshot in found] == ["early", "late"]


@pytest.mark.parametrize("suffix", ["", "/_status"])
def test_a_snapshot_that_is_missing(cluster: Cluster, suffix: str) -> None:
    cluster.place({"name": "there", "looks": 1})
    reply = cluster.direct(f"{REPOSITORY}/there,gone{suffix}")
    cause = {"type": "snapshot_missing_exception", "reason": "[aliyun_auto_snapshot:gone] is missing"}
    assert (reply.status, reply.document) == (404, {"error": {"root_cause": [cause], **cause}, "status": 404})
    shown = cluster.snapshots(f"{REPOSITORY}/there,gone{suffix}?ignore_unavailable=true")
    assert [snapshot["snapshot"] for snapshot in shown] == ["there"]


@pytest.mark.parametrize("suffix", ["", "/_status"])
def test_an_answer_that_shows_no_snapshot_is_no_look_at_it(cluster: Cluster, suffix: str) -> None:
    cluster.place({"name": "there", "looks": 1})
    assert cluster.direct(f"{REPOSITORY}/there,gone{suffix}").status == 404
    assert cluster.states(1) == [["IN_PROGRESS"]]


@pytest.mark.parametrize("suffix", ["", "/_status"])
def test_a_hidden_snapshot_is_missing_and_the_look_counts(cluster: Cluster, suffix: str) -> None:
    cluster.place({"count": 0})
    cluster.plans({"appears_after": 1})
    cluster.emulator.snapshot()
    path = f"{REPOSITORY}/{cluster.emulator.ledger[0]['name']}{suffix}"
    assert [cluster.direct(path).status for _look in range(2)] == [404, 200]


def test_another_repository_is_missing(cluster: Cluster) -> None:
    cluster.place({})
    for path in ("_snapshot/other/_all", "_snapshot/other/one/_status", "_snapshot/other/_status"):
        reply = cluster.direct(path)
        assert (reply.status, reply.document["error"]["reason"]) == (404, "[other] missing")


def test_status_of_one_snapshot(cluster: Cluster) -> None:
    cluster.place({"name": "one", "looks": 1, "failed_shards": 1, "state": "PARTIAL"})
    running, ended = (cluster.snapshots(f"{REPOSITORY}/one/_status")[0] for _look in range(2))
    assert (running["snapshot"], running["repository"], running["state"]) == ("one", "aliyun_auto_snapshot", "STARTED")
    stats = {"initializing": 0, "started": 5, "finalizing": 0, "done": 0, "failed": 0, "total": 5}
    assert running["shards_stats"] == stats
    assert ended["state"] == "PARTIAL"
    assert ended["shards_stats"] == {**stats, "started": 0, "done": 4, "failed": 1}


@pytest.mark.parametrize("path", ["_snapshot/_status", f"{REPOSITORY}/_status"])
def test_status_of_what_is_running(cluster: Cluster, path: str) -> None:
    cluster.place({"name": "done"}, {"name": "one", "looks": 2}, {"name": "two", "looks": 1})
    found = [[snapshot["snapshot"] for snapshot in cluster.snapshots(path)] for _look in range(3)]
    assert found == [["one", "two"], ["one"], []]


def test_status_without_a_repository(cluster: Cluster) -> None:
    assert cluster.ask("_snapshot/_status") == {"snapshots": []}
    assert cluster.direct(f"{REPOSITORY}/_status").status == 404


@pytest.mark.parametrize("route", ["direct", "openapi"])
def test_health_has_the_clusters_clock(cluster: Cluster, route: str) -> None:
    cluster.emulator.settings(clock_offset=-800)
    (row,) = cluster.ask("_cat/health?format=json", route=route)
    assert abs(datetime.now(timezone.utc).timestamp() - 800 - int(row["epoch"])) < 5
    assert row["timestamp"] == f"{datetime.fromtimestamp(int(row['epoch']), timezone.utc):%H:%M:%S}"
    assert (row["cluster"], row["status"]) == (cluster.emulator.instances["active"], "green")


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("_snapshots/aliyun_auto_snapshot/_all", "no handler found for uri [/_snapshots/aliyun_auto_snapshot/_all]"),
        ("_snapshot/aliyun_auto_snapshot", "no handler found"),
        ("", "no handler found for uri [/]"),
        ("_cat/health", "format=json only"),
        (f"{REPOSITORY}/_all?verbos=false", "unrecognized parameter: [verbos=false]"),
    ],
)
def test_what_cannot_be_meant_is_refused(cluster: Cluster, path: str, text: str) -> None:
    cluster.place({})
    reply = cluster.direct(path)
    assert reply.status == 400
    assert text in reply.body.decode()

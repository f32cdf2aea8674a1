# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Snapshots beside the one that was asked for: automatic ones, and those of other instances."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from .cluster_client import Cluster


@pytest.mark.parametrize(("beside", "ours"), [("before", 1), ("after", 0)])
def test_an_automatic_snapshot_can_be_beside(cluster: Cluster, beside: str, ours: int) -> None:
    cluster.plans({"beside": beside, "appears_after": 1, "looks": 1, "state": "FAILED"})
    cluster.emulator.snapshot()
    assert cluster.states(3) == [[], ["IN_PROGRESS"] * 2, ["FAILED"] * 2]
    found = cluster.snapshots()
    (taken,) = cluster.emulator.ledger
    assert [snapshot["snapshot"] for snapshot in found].index(taken["name"]) == ours
    assert len({snapshot["snapshot"] for snapshot in found}) == len({snapshot["uuid"] for snapshot in found}) == 2
    assert found[1]["start_time_in_millis"] - found[0]["start_time_in_millis"] == 1000


def test_names_differ_also_from_automatic_ones(cluster: Cluster) -> None:
    cluster.plans(*[{"beside": "after"}] * 3)
    for _snapshot in range(3):
        cluster.emulator.snapshot()
    assert len({snapshot["snapshot"] for snapshot in cluster.snapshots()}) == 6


def test_each_instance_has_its_own_repository_and_plans(cluster: Cluster) -> None:
    instances = cluster.emulator.instances
    cluster.plans({"state": "FAILED"})
    cluster.plans({"state": "PARTIAL"}, instance_id=instances["second"])
    for instance in ("second", "active", "active"):
        cluster.emulator.snapshot(instance=instance)
    assert cluster.states(1, route="openapi", instance="second") == [["PARTIAL"]]
    assert cluster.states(1, route="openapi") == [["FAILED", "SUCCESS"]]

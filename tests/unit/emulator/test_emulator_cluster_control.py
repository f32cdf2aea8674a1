# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The control calls about clusters: what cannot be meant is refused, and a reset forgets everything."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from .cluster_client import Cluster


def test_reset_forgets_everything(cluster: Cluster) -> None:
    cluster.emulator.settings(es_result_as_text=True, cluster_date=True)
    cluster.plans({"state": "FAILED"})
    cluster.faults({"kind": "html"})
    cluster.faults({"kind": "html"}, queue="health")
    cluster.place({})
    assert cluster.emulator.control("POST", "reset").status == 200
    assert cluster.requests == []
    assert cluster.direct().status == 404
    assert cluster.direct("_cat/health?format=json").status == 200
    assert "Date" not in cluster.direct().headers
    assert isinstance(cluster.invoke().document["Result"], dict)
    cluster.emulator.snapshot()
    assert cluster.states(1) == [["SUCCESS"]]


def test_a_scene_is_what_its_parts_are_and_nothing_else(cluster: Cluster) -> None:
    emulator = cluster.emulator
    emulator.settings(clock_offset=-100)
    emulator.snapshot()
    emulator.faults({"kind": "html", "repeat": True})
    scene = {
        "settings": {"activating_requests": 0},
        "plans": [{"looks": 9}],
        "snapshots": [{"name": "there"}],
        "faults": [{"kind": "throttle"}],
        "looks": [{"kind": "error", "status": 503}],
    }
    assert emulator.control("PUT", "scene", scene).document == {}
    assert (emulator.ledger, emulator.requests) == ([], [])
    settings = emulator.control("PUT", "settings", {}).document
    assert (settings["clock_offset"], settings["activating_requests"]) == (0.0, 0)
    assert [emulator.snapshot().status for _attempt in range(2)] == [400, 200]
    assert cluster.direct().status == 503
    found = {snapshot["snapshot"]: snapshot["state"] for snapshot in cluster.snapshots()}
    assert found == {"there": "SUCCESS", emulator.ledger[0]["name"]: "IN_PROGRESS"}
    assert emulator.control("PUT", "scene", {}).document == {}
    assert cluster.direct().status == 404


def test_plans_replace_those_before(cluster: Cluster) -> None:
    cluster.plans({"state": "FAILED"}, {"state": "FAILED"})
    cluster.plans({"state": "PARTIAL"})
    for _snapshot in range(2):
        cluster.emulator.snapshot()
    assert cluster.states(1) == [["PARTIAL", "SUCCESS"]]


@pytest.mark.parametrize(
    ("document", "text"),
    [
        ({}, "missing field plans"),
        ({"plans": {}}, "must be a list"),
        ({"plans": ["SUCCESS"]}, "plans[0] must be a JSON object"),
        ({"plans": [{"look": 1}]}, "unknown field look"),
        ({"plans": [{"looks": "1"}]}, "plans[0]: looks must be a whole number"),
        ({"plans": [{"appears_after": None}]}, "appears_after must be a whole number"),
        ({"plans": [{"state": "DONE"}]}, "state must be one of"),
        ({"plans": [{"state": "IN_PROGRESS"}]}, "state must be one of"),
        ({"plans": [{}, {"failed_shards": 6}]}, "plans[1]: failed_shards is more than total_shards"),
        ({"plans": [{"failed_shards": 1, "indices": 0}]}, "failed_shards without indices"),
        ({"plans": [{"beside": "behind"}]}, "beside must be one of"),
        ({"plans": [], "instance_id": "es-cn-typo"}, "instance_id must be one of"),
        ({"plans": [], "instance": "active"}, "unknown field instance"),
    ],
)
def test_what_cannot_be_meant_is_refused(cluster: Cluster, document: Any, text: str) -> None:
    cluster.plans({"state": "FAILED"})
    reply = cluster.emulator.control("PUT", "plans", document)
    assert reply.status == 400
    assert text in reply.document["error"]
    # What was set before still holds.
    cluster.emulator.snapshot()
    assert cluster.states(1) == [["FAILED"]]


@pytest.mark.parametrize("name", ["es_result_as_text", "cluster_date"])
def test_settings_are_true_or_false(cluster: Cluster, name: str) -> None:
    reply = cluster.emulator.control("PUT", "settings", {name: "yes"})
    assert (reply.status, reply.document["error"]) == (400, f"{name} must be true or false")

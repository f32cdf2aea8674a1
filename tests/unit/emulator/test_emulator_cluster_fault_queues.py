# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who runs into a misbehaviour where a cluster is asked, and who does not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from .cluster_client import Cluster

ROUTES = ("direct", "openapi")


@pytest.mark.parametrize("route", ROUTES)
def test_looks_and_snapshots_have_queues_of_their_own(cluster: Cluster, route: str) -> None:
    cluster.faults({"kind": "html"})
    cluster.emulator.faults({"kind": "html", "status": 503})
    assert cluster.emulator.snapshot().status == 503
    assert cluster.emulator.snapshot().status == 200
    cluster.emulator.faults({"kind": "html", "status": 503})
    assert [cluster.look(route).status for _look in range(2)] == [502, 200]
    assert cluster.emulator.snapshot().status == 503
    assert [(request["fault"], request["status"]) for request in cluster.requests] == [("html", 502), (None, 200)]


@pytest.mark.parametrize("route", ROUTES)
def test_only_looks_that_are_right_take_faults(cluster: Cluster, route: str) -> None:
    cluster.place({})
    cluster.faults({"kind": "html"})
    cluster.direct(headers={"X-None": ""})
    cluster.direct(user="nobody")
    cluster.direct(method="POST")
    cluster.direct("_snapshots")
    cluster.direct("_cat/health?format=json")
    cluster.invoke(method="POST")
    cluster.invoke(credentialId="another")
    assert [request["fault"] for request in cluster.requests] == [None] * 7
    assert cluster.look(route).status == 502


@pytest.mark.parametrize("route", ROUTES)
def test_health_has_a_queue_of_its_own(cluster: Cluster, route: str) -> None:
    cluster.place({})
    cluster.faults({"kind": "result", "value": []}, queue="health")
    assert cluster.look(route).status == 200
    assert cluster.ask("_cat/health?format=json", route=route) == []
    assert len(cluster.ask("_cat/health?format=json", route=route)) == 1


def test_an_instance_has_its_own_queue(cluster: Cluster) -> None:
    cluster.faults({"kind": "html", "repeat": True}, instance_id=cluster.emulator.instances["second"])
    assert [cluster.invoke(instance=instance).status for instance in ("second", "active", "second")] == [502, 200, 502]
    assert cluster.direct().status == 404


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize(("when", "state"), [("before", "IN_PROGRESS"), ("after", "SUCCESS")])
def test_when_says_whether_the_look_counts(cluster: Cluster, route: str, when: str, state: str) -> None:
    cluster.place({"looks": 1})
    cluster.faults({"kind": "html", "when": when})
    assert cluster.look(route).status == 502
    assert cluster.states(1) == [[state]]


@pytest.mark.parametrize(
    ("document", "text"),
    [
        ({"faults": [{"kind": "xml"}], "looks": True}, "kind must be one of"),
        ({"faults": [{"kind": "nonce_used"}], "looks": True}, "kind must be one of"),
        ({"faults": [{"kind": "in_progress"}], "health": True}, "kind must be one of"),
        ({"faults": [], "looks": True, "health": True}, "looks or health"),
        ({"by_client_token": {}, "looks": True}, "give faults"),
        ({"faults": [], "looks": 1}, "looks must be true or false"),
    ],
)
def test_what_cannot_be_meant_is_refused(cluster: Cluster, document: Any, text: str) -> None:
    cluster.faults({"kind": "html"})
    reply = cluster.emulator.control("PUT", "faults", document)
    assert reply.status == 400
    assert text in reply.document["error"]
    assert cluster.direct().status == 502

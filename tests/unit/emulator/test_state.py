# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the emulator remembers: who runs into which fault."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from .callers import Caller, Cluster

ROUTES = ("direct", "openapi")


def test_faults_come_in_their_order_then_end(emulator: Caller) -> None:
    emulator.fail({"kind": "throttle"}, {"kind": "html"})
    assert [emulator.create_snapshot().status for _attempt in range(3)] == [400, 502, 200]
    assert [request["fault"] for request in emulator.requests] == ["throttle", "html", None]


def test_faults_repeat_the_last(emulator: Caller) -> None:
    emulator.fail({"kind": "throttle"}, {"kind": "html", "repeat": True})
    assert [emulator.create_snapshot().status for _attempt in range(4)] == [400, 502, 502, 502]
    emulator.fail()
    assert emulator.create_snapshot().status == 200


def test_faults_of_an_instance_come_first(emulator: Caller) -> None:
    emulator.fail({"kind": "html"})
    emulator.fail({"kind": "throttle"}, instance="second")
    assert emulator.create_snapshot(instance="second").code == "Throttling.User"
    assert emulator.create_snapshot(instance="second").status == 502
    assert emulator.create_snapshot(instance="second").status == 200


def test_faults_of_a_token_come_before_those_of_its_instance(emulator: Caller) -> None:
    emulator.fail({"kind": "html"}, instance="active")
    emulator.stub({"kind": "throttle"}, client_token="mine")
    emulator.stub(client_token="other")
    assert emulator.create_snapshot(query={"ClientToken": "mine"}).code == "Throttling.User"
    assert emulator.create_snapshot(query={"ClientToken": "mine"}).status == 502
    assert emulator.create_snapshot(query={"ClientToken": "mine"}).status == 200


def test_faults_are_not_for_bad_requests(emulator: Caller) -> None:
    emulator.fail({"kind": "result", "value": True})
    assert emulator.create_snapshot(clock_offset=-3600).code == "InvalidTimeStamp.Expired"
    assert emulator.create_snapshot(account="reader").code == "Forbidden.RAM"
    assert emulator.create_snapshot().status == 200
    assert [request["fault"] for request in emulator.requests] == [None, None, "result"]


@pytest.mark.parametrize("route", ROUTES)
def test_faults_of_one_operation_are_not_for_another(cluster: Cluster, route: str) -> None:
    cluster.fail({"kind": "html"})
    cluster.emulator.fail({"kind": "html", "status": 503})
    assert cluster.emulator.create_snapshot().status == 503
    assert cluster.emulator.create_snapshot().status == 200
    cluster.emulator.fail({"kind": "html", "status": 503})
    assert [cluster.poll(route).status for _poll in range(2)] == [502, 200]
    assert cluster.emulator.create_snapshot().status == 503
    assert [(request["fault"], request["status"]) for request in cluster.requests] == [("html", 502), (None, 200)]


@pytest.mark.parametrize("route", ROUTES)
def test_faults_are_not_for_bad_requests_to_a_cluster(cluster: Cluster, route: str) -> None:
    cluster.emulator.fixtures({})
    cluster.fail({"kind": "html"})
    cluster.direct(headers={"X-None": ""})
    cluster.direct(user="nobody")
    cluster.direct(method="POST")
    cluster.direct("_snapshots")
    cluster.direct("_cat/health?format=json")
    cluster.invoke(method="POST")
    cluster.invoke(credentialId="another")
    assert [request["fault"] for request in cluster.requests] == [None] * 7
    assert cluster.poll(route).status == 502


@pytest.mark.parametrize("route", ROUTES)
def test_faults_of_the_health(cluster: Cluster, route: str) -> None:
    cluster.emulator.fixtures({})
    cluster.fail({"kind": "result", "value": []}, operation="CatHealth")
    assert cluster.poll(route).status == 200
    assert cluster.ask("_cat/health?format=json", route=route) == []
    assert len(cluster.ask("_cat/health?format=json", route=route)) == 1


def test_faults_of_an_instance_where_its_cluster_is_asked(cluster: Cluster) -> None:
    cluster.fail({"kind": "html", "repeat": True}, instance_id=cluster.emulator.instances["second"])
    assert [cluster.invoke(instance=instance).status for instance in ("second", "active", "second")] == [502, 200, 502]
    assert cluster.direct().status == 404


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize(("when", "state"), [("before", "IN_PROGRESS"), ("after", "SUCCESS")])
def test_faults_before_and_after_a_poll(cluster: Cluster, route: str, when: str, state: str) -> None:
    cluster.emulator.fixtures({"running_polls": 1})
    cluster.fail({"kind": "html", "when": when})
    assert cluster.poll(route).status == 502
    assert cluster.states(1) == [[state]]


def test_faults_without_an_operation_are_for_all(cluster: Cluster) -> None:
    cluster.emulator.stub({"kind": "html"}, *[{"kind": "html"}] * 3)
    replies = [cluster.emulator.create_snapshot(), cluster.direct(), cluster.invoke(), cluster.invoke("_cat/health")]
    assert [reply.status for reply in replies] == [502, 502, 502, 200]
    assert cluster.invoke("_cat/health?format=json").status == 502


def test_faults_of_invoke_es_request_are_for_one_route(cluster: Cluster) -> None:
    cluster.fail({"kind": "nonce_used"}, {"kind": "html"}, operation="InvokeEsRequest")
    cluster.fail({"kind": "html", "status": 503})
    assert cluster.direct().status == 503
    assert [cluster.invoke().code, cluster.invoke("_cat/health?format=json").status] == ["SignatureNonceUsed", 502]
    assert [(entry["operation"], entry["fault"]) for entry in cluster.requests] == [
        ("GetSnapshot", "html"),
        ("GetSnapshot", "nonce_used"),
        ("CatHealth", "html"),
    ]


def test_faults_of_a_status_are_not_those_of_a_snapshot(cluster: Cluster) -> None:
    cluster.fail({"kind": "html"}, operation="GetSnapshotStatus")
    assert [cluster.direct(path).status for path in ("_snapshot/aliyun_auto_snapshot/_all", "_snapshot/_status")] == [
        404,
        502,
    ]


def test_faults_of_no_kind_end_those_before(emulator: Caller) -> None:
    emulator.fail({"kind": "html", "repeat": True})
    emulator.fail()
    assert emulator.create_snapshot().status == 200

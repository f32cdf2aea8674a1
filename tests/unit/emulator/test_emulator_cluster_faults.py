# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Misbehaviour where a cluster is asked, by either route."""

from __future__ import annotations

import gzip
import http.client
import json
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from .cluster_client import Cluster

ROUTES = ("direct", "openapi")


def test_throttle(cluster: Cluster) -> None:
    cluster.faults(*[{"kind": "throttle", "retry_after_ms": 10}] * 2)
    reply = cluster.direct()
    assert (reply.status, reply.document["status"]) == (429, 429)
    assert reply.document["error"]["type"] == "es_rejected_execution_exception"
    reply = cluster.invoke()
    assert (reply.status, reply.code, reply.headers["x-acs-retry-after"]) == (400, "Throttling.User", "10")


def test_error(cluster: Cluster) -> None:
    fault = {"kind": "error", "status": 503, "code": "a_code", "message": "a message", "headers": {"Retry-After": "1"}}
    cluster.faults(fault, fault)
    cause = {"type": "a_code", "reason": "a message"}
    reply = cluster.direct()
    assert (reply.status, reply.headers["Retry-After"]) == (503, "1")
    assert reply.document == {"error": {"root_cause": [cause], **cause}, "status": 503}
    reply = cluster.invoke()
    assert (reply.status, reply.code, reply.headers["Retry-After"]) == (503, "a_code", "1")


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize("kind", ["drop", "reset"])
def test_closed_connections(cluster: Cluster, route: str, kind: str) -> None:
    cluster.faults({"kind": kind})
    expected = http.client.RemoteDisconnected if kind == "drop" else ConnectionResetError
    with pytest.raises(expected):
        cluster.look(route)
    assert (cluster.requests[0]["fault"], cluster.requests[0]["status"]) == (kind, None)


@pytest.mark.parametrize("route", ROUTES)
def test_stall(cluster: Cluster, route: str) -> None:
    cluster.faults({"kind": "stall", "seconds": 0.01})
    with pytest.raises(http.client.RemoteDisconnected):
        cluster.look(route)
    assert (cluster.requests[0]["fault"], cluster.requests[0]["status"]) == ("stall", None)


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize(
    ("fields", "status", "body"),
    [
        ({"kind": "empty", "status": 204}, 204, b""),
        ({"kind": "answer", "status": 418, "body": "a", "content_type": "text/plain"}, 418, b"a"),
        ({"kind": "answer", "body": "{}", "content_type": None}, 200, b"{}"),
    ],
)
def test_other_answers(cluster: Cluster, route: str, fields: dict[str, Any], status: int, body: bytes) -> None:
    cluster.faults(fields)
    reply = cluster.look(route)
    assert (reply.status, reply.body) == (status, body)
    assert ("Date" in reply.headers) == (route == "openapi")
    assert route == "openapi" or "x-acs-request-id" not in reply.headers


def test_a_fault_can_bring_its_own_date(cluster: Cluster) -> None:
    cluster.faults({"kind": "answer", "headers": {"date": "not a date"}})
    assert cluster.direct().headers.get_all("Date") == ["not a date"]


@pytest.mark.parametrize("route", ROUTES)
def test_the_good_answer_is_what_is_spoilt(cluster: Cluster, route: str) -> None:
    cluster.place({"name": "mine"})
    cluster.faults(
        {"kind": "gzip"},
        {"kind": "oversize", "bytes": 3_000_000},
        {"kind": "nested", "depth": 2},
        {"kind": "trickle", "seconds": 0},
    )
    bodies = [cluster.look(route).body for _look in range(4)]
    bodies[0] = gzip.decompress(bodies[0])
    documents = [json.loads(body) for body in bodies]
    found = [(document if route == "direct" else document["Result"])["snapshots"] for document in documents]
    assert [snapshots[0]["snapshot"] for snapshots in found] == ["mine"] * 4
    assert len(bodies[1]) == 3_000_000
    assert documents[2]["Nested"] == [[]]


@pytest.mark.parametrize("route", ROUTES)
def test_truncate(cluster: Cluster, route: str) -> None:
    cluster.place({})
    cluster.faults({"kind": "truncate", "missing": 3, "sent": 20})
    with pytest.raises(http.client.IncompleteRead) as caught:
        cluster.look(route)
    assert len(caught.value.partial) == 20


def test_redirect(cluster: Cluster) -> None:
    cluster.faults({"kind": "redirect"})
    reply = cluster.direct()
    assert (reply.status, reply.headers["Location"]) == (302, cluster.addresses["cluster_http"] + "/redirected")

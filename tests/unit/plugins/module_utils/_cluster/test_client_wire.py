# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Both routes to a cluster with the real transport, against a server on the loopback interface."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any

import pytest

from ansible_collections.aliyun.elasticsearch.plugins.module_utils._cluster.client import (
    Cluster,
    DirectCluster,
    OpenApiCluster,
)
from ansible_collections.aliyun.elasticsearch.plugins.module_utils._errors import UNKNOWN, AliyunError
from ansible_collections.aliyun.elasticsearch.plugins.module_utils._http.retry import RetryPolicy
from ansible_collections.aliyun.elasticsearch.plugins.module_utils._http.transport import Transport
from ansible_collections.aliyun.elasticsearch.plugins.module_utils._openapi.client import Client
from ansible_collections.aliyun.elasticsearch.plugins.module_utils._openapi.credentials import Credentials
from ansible_collections.aliyun.elasticsearch.tests.unit.support.cluster import NOW, FakeCluster, FakeSnapshot
from ansible_collections.aliyun.elasticsearch.tests.unit.support.instance import FakeInstance
from ansible_collections.aliyun.elasticsearch.tests.unit.support.server import Server, hang, http_response

PATH = "_snapshot/aliyun_auto_snapshot/_all"
PASSWORD = "the-cluster-password"
KEYS = Credentials("the-id", "the-access-key/secret+")
ROUTES = ["OpenAPI", "direct"]


def cluster(route: str, server: Server, password: str = PASSWORD, read_timeout: float = 10) -> Cluster:
    transport = Transport(connect_timeout=5, read_timeout=read_timeout, verify=True, product="p/1")
    retry = RetryPolicy(2, 0)
    if route == "direct":
        return DirectCluster(server.url, "elastic", password, transport, retry)
    return OpenApiCluster(Client(server.url, None, KEYS, transport, retry), "es-1", None, False, retry)


@pytest.mark.parametrize("route", ROUTES)
def test_get_brings_the_snapshots(route: str, serve: Callable[..., Server]) -> None:
    model = FakeCluster(FakeSnapshot("snap-1"), FakeSnapshot("snap-2"))
    response = cluster(route, serve(FakeInstance(model))).get(PATH)
    document: Any = response.document
    assert [found["snapshot"] for found in document["snapshots"]] == ["snap-1", "snap-2"]
    assert response.server_time == (None if route == "direct" else NOW)
    assert (model.paths, response.size) == ([PATH], model.requests[0].size)


def test_request_to_the_cluster_is_as_it_should_be(serve: Callable[..., Server]) -> None:
    server = serve(FakeInstance(FakeCluster()))
    cluster("direct", server, password="pässwörd").get(PATH)
    (received,) = server.received
    assert (received.method, received.target, received.body) == ("GET", f"/{PATH}", b"")
    assert received.headers["authorization"] == f"Basic {base64.b64encode('elastic:pässwörd'.encode()).decode()}"
    assert received.headers["accept"] == "application/json"
    assert "x-acs-action" not in received.headers


def test_request_to_the_openapi_is_as_it_should_be(serve: Callable[..., Server]) -> None:
    server = serve(FakeInstance(FakeCluster()))
    cluster("OpenAPI", server).get(PATH)
    (received,) = server.received
    assert (received.method, received.body) == ("POST", b"")
    assert received.target == (
        "/openapi/instances/es-1/es-request?method=GET&path=_snapshot%2Faliyun_auto_snapshot%2F_all"
    )
    assert received.headers["authorization"].startswith("ACS3-HMAC-SHA256 ")


@pytest.mark.parametrize("route", ROUTES)
def test_response_over_a_mebibyte_is_read(route: str, serve: Callable[..., Server]) -> None:
    many = [FakeSnapshot(f"snap-{n}", indices=["an-index-of-some-length"] * 2000) for n in range(30)]
    document: Any = cluster(route, serve(FakeInstance(FakeCluster(*many)))).get(PATH).document
    assert len(json.dumps(document)) > 1024 * 1024
    assert len(document["snapshots"]) == 30


@pytest.mark.parametrize("route", ROUTES)
def test_get_tries_again_without_a_response(route: str, serve: Callable[..., Server]) -> None:
    server = serve(b"", http_response(b"{", length=99), FakeInstance(FakeCluster()))
    assert cluster(route, server).get(PATH).document == {"snapshots": []}
    assert server.connections == 3


@pytest.mark.parametrize("route", ROUTES)
def test_response_over_the_bound_is_an_error(route: str, serve: Callable[..., Server]) -> None:
    model = FakeCluster(FakeSnapshot("snap", indices=["an-index-of-some-length"] * 200_000))
    with pytest.raises(AliyunError) as caught:
        cluster(route, serve(FakeInstance(model))).get(PATH)
    assert (caught.value.is_too_long, len(model.requests)) == (True, 1)


@pytest.mark.parametrize("route", ROUTES)
def test_get_is_not_held_by_a_server_that_hangs(route: str, serve: Callable[..., Server]) -> None:
    server = serve(hang)
    with pytest.raises(AliyunError) as caught:
        cluster(route, server, read_timeout=0.3).get(PATH, retry=False)
    assert (caught.value.outcome, caught.value.retryable) == (UNKNOWN, True)

# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every kind of fault, as a client sees it, where a snapshot is asked for and where a cluster is asked."""

from __future__ import annotations

import base64
import contextlib
import gzip
import http.client
import json
import socket
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

from ansible_collections.aliyun.elasticsearch.tests.emulator.client import Process

from .readme import table

if TYPE_CHECKING:
    from collections.abc import Callable

    from ...emulator.client import Reply
    from .callers import Caller, Cluster

ROUTES = ("direct", "openapi")
# Written down here, as the emulator's own list needs libraries that may be missing when tests are collected.
KINDS = (
    *("error", "throttle", "nonce_used", "in_progress", "result", "cluster_error", "response", "html", "empty"),
    *("entities", "redirect", "drop", "reset", "stall", "xml", "gzip", "oversize", "nested", "trickle", "truncate"),
)


def run_into(emulator: Caller, kind: str, **fields: Any) -> Reply:
    """Queue one fault and run into it."""
    emulator.fail({"kind": kind, **fields})
    return emulator.create_snapshot()


def raw(emulator: Caller) -> bytes:
    """Ask for a snapshot, and return all that comes until the connection is closed."""
    request = emulator.request()
    address = urlsplit(emulator.http)
    lines = [f"POST {request.path}?{request.wire_query} HTTP/1.1"]
    lines += [f"{name}: {value}" for name, value in request.headers.items()]
    received = b""
    with socket.create_connection((address.hostname, address.port), timeout=10) as connection:
        connection.sendall("\r\n".join([*lines, "content-length: 0", "", ""]).encode())
        while piece := connection.recv(65536):
            received += piece
    return received


@pytest.mark.usefixtures("started")
def test_kinds_are_documented() -> None:
    from ansible_collections.aliyun.elasticsearch.tests.emulator import faults

    assert set(faults.KINDS) == set(KINDS)
    classes = {
        *faults.Fault.__subclasses__(),
        *(each for base in faults.Fault.__subclasses__() for each in base.__subclasses__()),
    }
    assert {each for each in classes if not each.__name__.startswith("_")} == set(faults.KINDS.values())
    rows = table("| kind | `when` | further fields and their defaults | |")
    assert set(rows) == set(KINDS)
    for kind, model in faults.KINDS.items():
        when, fields, *_text = rows[kind]
        assert when == model.model_fields["when"].default, kind
        undocumented = [
            name for name in model.model_fields if name not in ("kind", "when", "repeat") and f"`{name}`" not in fields
        ]
        assert undocumented == [], kind


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "cluster_error"])
@pytest.mark.parametrize("when", ["before", "after"])
def test_when_says_whether_the_snapshot_is_taken(emulator: Caller, kind: str, when: str) -> None:
    from ansible_collections.aliyun.elasticsearch.tests.emulator import faults

    quick = {"seconds": 0} if "seconds" in faults.KINDS[kind].model_fields else {}
    emulator.fail({"kind": kind, "when": when, **quick})
    with contextlib.suppress(http.client.IncompleteRead, ConnectionError):
        emulator.create_snapshot()
    assert len(emulator.snapshots) == (when == "after")
    (request,) = emulator.requests
    assert request["fault"] == kind
    assert request["decision"].startswith("snapshot taken, then " if when == "after" else "nothing done, then ")


def test_after_a_seen_token_nothing_is_taken(emulator: Caller) -> None:
    emulator.create_snapshot(query={"ClientToken": "one"})
    emulator.fail({"kind": "html", "when": "after"})
    emulator.create_snapshot(query={"ClientToken": "one"})
    assert len(emulator.snapshots) == 1
    assert "no second snapshot" in emulator.requests[-1]["decision"]


def test_error(emulator: Caller) -> None:
    reply = run_into(emulator, "error")
    assert (reply.status, reply.code) == (500, "InternalError")
    reply = run_into(emulator, "error", status=429, code="A", message="b & c", headers={"Retry-After": "1"})
    assert (reply.status, reply.code, reply.document["Message"]) == (429, "A", "b & c")
    assert reply.headers["Retry-After"] == "1"
    assert emulator.requests[-1]["code"] == "A"


def test_error_in_xml(emulator: Caller) -> None:
    reply = run_into(emulator, "error", format="xml", message="b & c")
    assert reply.headers["Content-Type"] == "text/xml;charset=utf-8"
    assert b"<Error><RequestId>" in reply.body
    assert b"<Code>InternalError</Code><Message>b &amp; c</Message>" in reply.body


def test_throttle(emulator: Caller) -> None:
    reply = run_into(emulator, "throttle")
    assert (reply.status, reply.code, reply.headers["x-acs-retry-after"]) == (400, "Throttling.User", None)
    reply = run_into(emulator, "throttle", status=503, code="Throttling.Api", retry_after_ms=1500)
    assert (reply.status, reply.code, reply.headers["x-acs-retry-after"]) == (503, "Throttling.Api", "1500")


@pytest.mark.parametrize(
    ("kind", "code"), [("nonce_used", "SignatureNonceUsed"), ("in_progress", "TokenPreviousRequestProcessError")]
)
def test_errors_of_nonces_and_tokens(emulator: Caller, kind: str, code: str) -> None:
    reply = run_into(emulator, kind)
    assert (reply.status, reply.code) == (400, code)


@pytest.mark.parametrize("value", [False, "true", None, 0, {"a": []}])
def test_result(emulator: Caller, value: Any) -> None:
    reply = run_into(emulator, "result", value=value)
    assert (reply.status, reply.document["Result"]) == (200, value)


@pytest.mark.parametrize(
    ("fields", "body"),
    [
        ({"body": "é"}, "é".encode()),
        ({"body_base64": base64.b64encode(b"\xff\x00").decode()}, b"\xff\x00"),
        ({"body_repeat": {"text": "ab", "count": 3}}, b"ababab"),
        ({}, b""),
    ],
)
def test_response(emulator: Caller, fields: dict[str, Any], body: bytes) -> None:
    headers = {"X-Mine": "yes", "date": "not a date"}
    reply = run_into(emulator, "response", status=418, content_type="text/plain", headers=headers, **fields)
    assert (reply.status, reply.body) == (418, body)
    assert (reply.headers["Content-Type"], reply.headers["X-Mine"]) == ("text/plain", "yes")
    assert reply.headers.get_all("Date") == ["not a date"]
    assert "x-acs-request-id" not in reply.headers


def test_response_without_a_content_type(emulator: Caller) -> None:
    reply = run_into(emulator, "response", content_type=None, body="{}", headers={"date": "none"})
    assert (reply.status, reply.body, reply.headers["Content-Type"]) == (200, b"{}", None)
    assert reply.headers.get_all("Date") == ["none"]


def test_html(emulator: Caller) -> None:
    reply = run_into(emulator, "html")
    assert (reply.status, reply.headers["Content-Type"]) == (502, "text/html")
    assert reply.body.startswith(b"<html>")


def test_empty(emulator: Caller) -> None:
    reply = run_into(emulator, "empty")
    assert (reply.status, reply.body) == (200, b"")


def test_xml(emulator: Caller) -> None:
    reply = run_into(emulator, "xml")
    request_id = emulator.snapshots[0]["request_id"]
    assert reply.body.decode() == f"<Result>true</Result><RequestId>{request_id}</RequestId>"


def test_gzip(emulator: Caller) -> None:
    reply = run_into(emulator, "gzip")
    assert reply.headers["Content-Encoding"] == "gzip"
    assert json.loads(gzip.decompress(reply.body))["Result"] is True


@pytest.mark.parametrize("size", [500, 3_000_000])
def test_oversize(emulator: Caller, size: int) -> None:
    reply = run_into(emulator, "oversize", bytes=size)
    assert len(reply.body) == size
    assert reply.document["Result"] is True


def test_nested(emulator: Caller) -> None:
    reply = run_into(emulator, "nested", depth=3)
    assert (reply.document["Result"], reply.document["Nested"]) == (True, [[[]]])
    assert len(run_into(emulator, "nested").body) > 200_000


def test_entities(emulator: Caller) -> None:
    reply = run_into(emulator, "entities")
    assert reply.headers["Content-Type"] == "text/xml;charset=utf-8"
    assert b"<!DOCTYPE" in reply.body
    assert reply.body.count(b"<!ENTITY") == 10


def test_redirect(emulator: Caller) -> None:
    reply = run_into(emulator, "redirect")
    assert (reply.status, reply.headers["Location"]) == (302, f"{emulator.http}/openapi/redirected")
    reply = run_into(emulator, "redirect", status=307, location="https://localhost:1/")
    assert (reply.status, reply.headers["Location"]) == (307, "https://localhost:1/")


@pytest.mark.parametrize("secure", [False, True], ids=["http", "https"])
@pytest.mark.parametrize(("when", "taken"), [("before", 0), ("after", 1)])
def test_drop(emulator: Caller, when: str, taken: int, secure: bool) -> None:
    emulator.fail({"kind": "drop", "when": when})
    with pytest.raises(http.client.RemoteDisconnected):
        emulator.send(emulator.request(), secure=secure)
    assert len(emulator.snapshots) == taken
    assert emulator.requests[0]["status"] is None
    decision = f"{'snapshot taken, then' if when == 'after' else 'nothing done, then'} connection dropped"
    assert emulator.requests[0]["decision"] == decision


@pytest.mark.parametrize("secure", [False, True], ids=["http", "https"])
@pytest.mark.parametrize(("when", "taken"), [("before", 0), ("after", 1)])
def test_reset(emulator: Caller, when: str, taken: int, secure: bool) -> None:
    emulator.fail({"kind": "reset", "when": when})
    with pytest.raises(ConnectionResetError) as caught:
        emulator.send(emulator.request(), secure=secure)
    # Over TLS, older Pythons show a reset as an end.
    assert secure or not isinstance(caught.value, http.client.RemoteDisconnected)
    assert len(emulator.snapshots) == taken


def test_stall(emulator: Caller) -> None:
    emulator.fail({"kind": "stall", "seconds": 0.01, "when": "after"}, {"kind": "stall", "seconds": 3600})
    with pytest.raises(http.client.RemoteDisconnected):
        emulator.create_snapshot()
    with pytest.raises(socket.timeout):
        emulator.send(emulator.request(), timeout=0.1)
    assert len(emulator.snapshots) == 1


@pytest.mark.parametrize("fault", [{"kind": "stall", "seconds": 3600}, {"kind": "trickle", "seconds": 3600}])
def test_stall_and_trickle_do_not_hold_up_the_end(start: Callable[..., Process], fault: dict[str, Any]) -> None:
    from ansible_collections.aliyun.elasticsearch.tests.unit.emulator.callers import Caller

    started = start().ready()
    emulator = Caller(started.announcement)
    emulator.fail(fault)
    with pytest.raises((socket.timeout, http.client.IncompleteRead)):
        emulator.send(emulator.request(), timeout=0.1)
    emulator.stop()
    assert started.wait() == 0


@pytest.mark.parametrize(("part", "first"), [("headers", b"H"), ("body", b"HTTP/1.1 200 OK\r\n")])
def test_trickle(emulator: Caller, part: str, first: bytes) -> None:
    emulator.fail({"kind": "trickle", "part": part, "seconds": 0.001})
    head, _separator, body = raw(emulator).partition(b"\r\n\r\n")
    assert head.startswith(first)
    assert json.loads(body)["Result"] is True
    assert f"Content-Length: {len(body)}".encode() in head
    assert b"Date: " in head


@pytest.mark.parametrize("part", ["headers", "body"])
def test_trickle_is_slow(emulator: Caller, part: str) -> None:
    emulator.fail({"kind": "trickle", "part": part, "seconds": 30})
    request = emulator.request()
    connection = emulator.connect(emulator.http)
    connection.request("POST", f"{request.path}?{request.wire_query}", headers=request.headers)
    received = b""
    while not received.endswith(b"H" if part == "headers" else b"\r\n\r\n{"):
        received += connection.sock.recv(65536)
    connection.sock.settimeout(0.1)
    with pytest.raises(socket.timeout):
        connection.sock.recv(65536)
    connection.close()


@pytest.mark.parametrize("sent", [None, 0, 10])
def test_truncate(emulator: Caller, sent: int | None) -> None:
    emulator.fail({"kind": "truncate", "sent": sent, "missing": 7})
    head, _separator, body = raw(emulator).partition(b"\r\n\r\n")
    whole = len(json.dumps({"RequestId": emulator.snapshots[0]["request_id"], "Result": True}))
    assert f"Content-Length: {whole + 7}".encode() in head
    assert len(body) == (whole if sent is None else sent)


def test_cluster_throttle(cluster: Cluster) -> None:
    cluster.fail(*[{"kind": "throttle", "retry_after_ms": 10}] * 2)
    reply = cluster.direct()
    assert (reply.status, reply.document["status"]) == (429, 429)
    assert reply.document["error"]["type"] == "es_rejected_execution_exception"
    reply = cluster.invoke()
    assert (reply.status, reply.code, reply.headers["x-acs-retry-after"]) == (400, "Throttling.User", "10")


def test_cluster_error(cluster: Cluster) -> None:
    fault = {"kind": "error", "status": 503, "code": "a_code", "message": "a message", "headers": {"Retry-After": "1"}}
    cluster.fail(fault, fault)
    cause = {"type": "a_code", "reason": "a message"}
    reply = cluster.direct()
    assert (reply.status, reply.headers["Retry-After"]) == (503, "1")
    assert reply.document == {"error": {"root_cause": [cause], **cause}, "status": 503}
    reply = cluster.invoke()
    assert (reply.status, reply.code, reply.headers["Retry-After"]) == (503, "a_code", "1")


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize("kind", ["drop", "reset"])
def test_cluster_closed_connections(cluster: Cluster, route: str, kind: str) -> None:
    cluster.fail({"kind": kind})
    expected = http.client.RemoteDisconnected if kind == "drop" else ConnectionResetError
    with pytest.raises(expected):
        cluster.poll(route)
    assert (cluster.requests[0]["fault"], cluster.requests[0]["status"]) == (kind, None)


@pytest.mark.parametrize("route", ROUTES)
def test_cluster_stall(cluster: Cluster, route: str) -> None:
    cluster.fail({"kind": "stall", "seconds": 0.01})
    with pytest.raises(http.client.RemoteDisconnected):
        cluster.poll(route)
    assert (cluster.requests[0]["fault"], cluster.requests[0]["status"]) == ("stall", None)


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize(
    ("fields", "status", "body"),
    [
        ({"kind": "empty", "status": 204}, 204, b""),
        ({"kind": "response", "status": 418, "body": "a", "content_type": "text/plain"}, 418, b"a"),
        ({"kind": "response", "body": "{}", "content_type": None}, 200, b"{}"),
    ],
)
def test_cluster_other_responses(
    cluster: Cluster, route: str, fields: dict[str, Any], status: int, body: bytes
) -> None:
    cluster.fail(fields)
    reply = cluster.poll(route)
    assert (reply.status, reply.body) == (status, body)
    assert ("Date" in reply.headers) == (route == "openapi")
    assert route == "openapi" or "x-acs-request-id" not in reply.headers


def test_cluster_response_with_its_own_date(cluster: Cluster) -> None:
    cluster.fail({"kind": "response", "headers": {"date": "not a date"}})
    assert cluster.direct().headers.get_all("Date") == ["not a date"]


@pytest.mark.parametrize("route", ROUTES)
def test_cluster_good_response_is_what_is_spoilt(cluster: Cluster, route: str) -> None:
    cluster.emulator.fixtures({"name": "mine"})
    cluster.fail(
        {"kind": "gzip"},
        {"kind": "oversize", "bytes": 3_000_000},
        {"kind": "nested", "depth": 2},
        {"kind": "trickle", "seconds": 0},
    )
    bodies = [cluster.poll(route).body for _poll in range(4)]
    bodies[0] = gzip.decompress(bodies[0])
    documents = [json.loads(body) for body in bodies]
    found = [(document if route == "direct" else document["Result"])["snapshots"] for document in documents]
    assert [snapshots[0]["snapshot"] for snapshots in found] == ["mine"] * 4
    assert len(bodies[1]) == 3_000_000
    assert documents[2]["Nested"] == [[]]


@pytest.mark.parametrize("route", ROUTES)
def test_cluster_truncate(cluster: Cluster, route: str) -> None:
    cluster.emulator.fixtures({})
    cluster.fail({"kind": "truncate", "missing": 3, "sent": 20})
    with pytest.raises(http.client.IncompleteRead) as caught:
        cluster.poll(route)
    assert len(caught.value.partial) == 20


def test_cluster_redirect(cluster: Cluster) -> None:
    cluster.fail({"kind": "redirect"})
    reply = cluster.direct()
    assert (reply.status, reply.headers["Location"]) == (302, cluster.addresses["cluster_http"] + "/redirected")


def test_cluster_error_is_a_result_by_invoke_es_request(cluster: Cluster) -> None:
    fault = {"kind": "cluster_error", "status": 500, "type": "snapshot_exception", "reason": "cannot be read"}
    cluster.fail(fault, fault, {"kind": "cluster_error"}, fault)
    cause = {"type": "snapshot_exception", "reason": "cannot be read"}
    document = {"error": {"root_cause": [cause], **cause}, "status": 500}
    reply = cluster.direct()
    assert (reply.status, reply.document) == (500, document)
    reply = cluster.invoke()
    assert (reply.status, reply.document["Result"]) == (200, document)
    assert cluster.direct().document["error"]["type"] == "master_not_discovered_exception"
    cluster.emulator.set(es_result_as_text=True)
    assert json.loads(cluster.invoke().document["Result"]) == document
    assert [(entry["fault"], entry["status"]) for entry in cluster.requests] == [
        ("cluster_error", 500),
        ("cluster_error", 500),
        ("cluster_error", 503),
        ("cluster_error", 500),
    ]

# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every misbehaviour, as a client sees it."""

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

from ansible_collections.aliyun.elasticsearch.tests.unit.emulator.process import EMULATOR, Started

if TYPE_CHECKING:
    from collections.abc import Callable

    from .client import Emulator, Reply

# Written down here, as the emulator's own list needs libraries that may be missing when tests are collected.
KINDS = (
    *("error", "throttle", "nonce_used", "in_progress", "result", "answer", "html", "empty", "entities", "redirect"),
    *("drop", "reset", "stall", "xml", "gzip", "oversize", "nested", "trickle", "truncate"),
)


def misbehave(emulator: Emulator, kind: str, **fields: Any) -> Reply:
    """Queue one fault and run into it."""
    emulator.faults({"kind": kind, **fields})
    return emulator.snapshot()


def raw(emulator: Emulator) -> bytes:
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
def test_every_kind_is_done_and_documented() -> None:
    from ansible_collections.aliyun.elasticsearch.tests.emulator import bad_answers, faults

    connection_kinds = {"drop", "reset", "stall", "trickle", "truncate"}
    assert set(faults.KINDS) == set(bad_answers.ANSWERS) | connection_kinds == set(KINDS)
    text = (EMULATOR / "README.md").read_text(encoding="utf-8")
    for kind, options in faults.KINDS.items():
        (row,) = (line for line in text.splitlines() if line.startswith(f"| `{kind}` |"))
        assert row.split("|")[2].strip() == options["when"]
        assert all(f"`{name}`" in row for name in options if name != "when")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("when", ["before", "after"])
def test_when_says_whether_the_snapshot_is_taken(emulator: Emulator, kind: str, when: str) -> None:
    quick = {"seconds": 0} if kind in ("stall", "trickle") else {}
    emulator.faults({"kind": kind, "when": when, **quick})
    with contextlib.suppress(http.client.IncompleteRead, ConnectionError):
        emulator.snapshot()
    assert len(emulator.ledger) == (when == "after")
    (request,) = emulator.requests
    assert request["fault"] == kind
    assert ("after the snapshot was taken" if when == "after" else "before any snapshot") in request["decision"]


def test_after_a_seen_token_nothing_is_taken(emulator: Emulator) -> None:
    emulator.snapshot(query={"ClientToken": "one"})
    emulator.faults({"kind": "html", "when": "after"})
    emulator.snapshot(query={"ClientToken": "one"})
    assert len(emulator.ledger) == 1
    assert "no second snapshot" in emulator.requests[-1]["decision"]


def test_error(emulator: Emulator) -> None:
    reply = misbehave(emulator, "error")
    assert (reply.status, reply.code) == (500, "InternalError")
    reply = misbehave(emulator, "error", status=429, code="A", message="b & c", headers={"Retry-After": "1"})
    assert (reply.status, reply.code, reply.document["Message"]) == (429, "A", "b & c")
    assert reply.headers["Retry-After"] == "1"
    assert emulator.requests[-1]["code"] == "A"


def test_error_in_xml(emulator: Emulator) -> None:
    reply = misbehave(emulator, "error", format="xml", message="b & c")
    assert reply.headers["Content-Type"] == "text/xml;charset=utf-8"
    assert b"<Error><RequestId>" in reply.body
    assert b"<Code>InternalError</Code><Message>b &amp; c</Message>" in reply.body


def test_throttle(emulator: Emulator) -> None:
    reply = misbehave(emulator, "throttle")
    assert (reply.status, reply.code, reply.headers["x-acs-retry-after"]) == (400, "Throttling.User", None)
    reply = misbehave(emulator, "throttle", status=503, code="Throttling.Api", retry_after_ms=1500)
    assert (reply.status, reply.code, reply.headers["x-acs-retry-after"]) == (503, "Throttling.Api", "1500")


@pytest.mark.parametrize(
    ("kind", "code"), [("nonce_used", "SignatureNonceUsed"), ("in_progress", "TokenPreviousRequestProcessError")]
)
def test_errors_of_their_own(emulator: Emulator, kind: str, code: str) -> None:
    reply = misbehave(emulator, kind)
    assert (reply.status, reply.code) == (400, code)


@pytest.mark.parametrize("value", [False, "true", None, 0, {"a": []}])
def test_result(emulator: Emulator, value: Any) -> None:
    reply = misbehave(emulator, "result", value=value)
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
def test_answer(emulator: Emulator, fields: dict[str, Any], body: bytes) -> None:
    headers = {"X-Mine": "yes", "date": "not a date"}
    reply = misbehave(emulator, "answer", status=418, content_type="text/plain", headers=headers, **fields)
    assert (reply.status, reply.body) == (418, body)
    assert (reply.headers["Content-Type"], reply.headers["X-Mine"]) == ("text/plain", "yes")
    assert reply.headers.get_all("Date") == ["not a date"]
    assert "x-acs-request-id" not in reply.headers


def test_answer_without_a_content_type(emulator: Emulator) -> None:
    reply = misbehave(emulator, "answer", content_type=None, body="{}", headers={"date": "none"})
    assert (reply.status, reply.body, reply.headers["Content-Type"]) == (200, b"{}", None)
    assert reply.headers.get_all("Date") == ["none"]


def test_html(emulator: Emulator) -> None:
    reply = misbehave(emulator, "html")
    assert (reply.status, reply.headers["Content-Type"]) == (502, "text/html")
    assert reply.body.startswith(b"<html>")


def test_empty(emulator: Emulator) -> None:
    reply = misbehave(emulator, "empty")
    assert (reply.status, reply.body) == (200, b"")


def test_xml(emulator: Emulator) -> None:
    reply = misbehave(emulator, "xml")
    request_id = emulator.ledger[0]["request_id"]
    assert reply.body.decode() == f"<Result>true</Result><RequestId>{request_id}</RequestId>"


def test_gzip(emulator: Emulator) -> None:
    reply = misbehave(emulator, "gzip")
    assert reply.headers["Content-Encoding"] == "gzip"
    assert json.loads(gzip.decompress(reply.body))["Result"] is True


@pytest.mark.parametrize("size", [500, 3_000_000])
def test_oversize(emulator: Emulator, size: int) -> None:
    reply = misbehave(emulator, "oversize", bytes=size)
    assert len(reply.body) == size
    assert reply.document["Result"] is True


def test_nested(emulator: Emulator) -> None:
    reply = misbehave(emulator, "nested", depth=3)
    assert (reply.document["Result"], reply.document["Nested"]) == (True, [[[]]])
    assert len(misbehave(emulator, "nested").body) > 200_000


def test_entities(emulator: Emulator) -> None:
    reply = misbehave(emulator, "entities")
    assert reply.headers["Content-Type"] == "text/xml;charset=utf-8"
    assert b"<!DOCTYPE" in reply.body
    assert reply.body.count(b"<!ENTITY") == 10


def test_redirect(emulator: Emulator) -> None:
    reply = misbehave(emulator, "redirect")
    assert (reply.status, reply.headers["Location"]) == (302, f"{emulator.http}/openapi/redirected")
    reply = misbehave(emulator, "redirect", status=307, location="https://localhost:1/")
    assert (reply.status, reply.headers["Location"]) == (307, "https://localhost:1/")


@pytest.mark.parametrize("secure", [False, True], ids=["http", "https"])
@pytest.mark.parametrize(("when", "taken"), [("before", 0), ("after", 1)])
def test_drop(emulator: Emulator, when: str, taken: int, secure: bool) -> None:
    emulator.faults({"kind": "drop", "when": when})
    with pytest.raises(http.client.RemoteDisconnected):
        emulator.send(emulator.request(), secure=secure)
    assert len(emulator.ledger) == taken
    assert emulator.requests[0]["status"] is None
    assert emulator.requests[0]["decision"].startswith("connection dropped " + when)


@pytest.mark.parametrize("secure", [False, True], ids=["http", "https"])
@pytest.mark.parametrize(("when", "taken"), [("before", 0), ("after", 1)])
def test_reset(emulator: Emulator, when: str, taken: int, secure: bool) -> None:
    emulator.faults({"kind": "reset", "when": when})
    with pytest.raises(ConnectionResetError) as caught:
        emulator.send(emulator.request(), secure=secure)
    # Over TLS, older Pythons show a reset as an end.
    assert secure or not isinstance(caught.value, http.client.RemoteDisconnected)
    assert len(emulator.ledger) == taken


def test_stall(emulator: Emulator) -> None:
    emulator.faults({"kind": "stall", "seconds": 0.01, "when": "after"}, {"kind": "stall", "seconds": 3600})
    with pytest.raises(http.client.RemoteDisconnected):
        emulator.snapshot()
    with pytest.raises(TimeoutError):
        emulator.send(emulator.request(), timeout=0.1)
    assert len(emulator.ledger) == 1


@pytest.mark.parametrize("fault", [{"kind": "stall", "seconds": 3600}, {"kind": "trickle", "seconds": 3600}])
def test_slow_answers_do_not_hold_up_the_end(start: Callable[..., Started], fault: dict[str, Any]) -> None:
    from ansible_collections.aliyun.elasticsearch.tests.unit.emulator.client import Emulator

    started = start().ready()
    emulator = Emulator(started.announcement)
    emulator.faults(fault)
    with pytest.raises((TimeoutError, http.client.IncompleteRead)):
        emulator.send(emulator.request(), timeout=0.1)
    emulator.control("POST", "stop")
    assert started.wait() == 0


@pytest.mark.parametrize(("part", "first"), [("headers", b"H"), ("body", b"HTTP/1.1 200 OK\r\n")])
def test_trickle(emulator: Emulator, part: str, first: bytes) -> None:
    emulator.faults({"kind": "trickle", "part": part, "seconds": 0.001})
    head, _separator, body = raw(emulator).partition(b"\r\n\r\n")
    assert head.startswith(first)
    assert json.loads(body)["Result"] is True
    assert f"Content-Length: {len(body)}".encode() in head
    assert b"Date: " in head


@pytest.mark.parametrize("part", ["headers", "body"])
def test_trickle_is_slow(emulator: Emulator, part: str) -> None:
    emulator.faults({"kind": "trickle", "part": part, "seconds": 30})
    request = emulator.request()
    connection = emulator.connect()
    connection.request("POST", f"{request.path}?{request.wire_query}", headers=request.headers)
    received = b""
    while not received.endswith(b"H" if part == "headers" else b"\r\n\r\n{"):
        received += connection.sock.recv(65536)
    connection.sock.settimeout(0.1)
    with pytest.raises(TimeoutError):
        connection.sock.recv(65536)
    connection.close()


@pytest.mark.parametrize("sent", [None, 0, 10])
def test_truncate(emulator: Emulator, sent: int | None) -> None:
    emulator.faults({"kind": "truncate", "sent": sent, "missing": 7})
    head, _separator, body = raw(emulator).partition(b"\r\n\r\n")
    whole = len(json.dumps({"RequestId": emulator.ledger[0]["request_id"], "Result": True}))
    assert f"Content-Length: {whole + 7}".encode() in head
    assert len(body) == (whole if sent is None else sent)

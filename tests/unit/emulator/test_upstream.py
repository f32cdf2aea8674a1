# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The emulator before another cluster, which is a small stand-in here."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from ...emulator.client import Process
    from .callers import Caller, Cluster

TAKE = "/_snapshot/aliyun_auto_snapshot/"


class StandIn:
    """A cluster that takes snapshots of names that are free, unless it is to refuse them, and responds to a GET."""

    def __init__(self) -> None:
        self.received: list[tuple[str, str]] = []
        self.authorization: str | None = None
        self.names: set[str] = set()
        self.name_taken = "invalid_snapshot_name_exception"
        self.refusal: int | None = None
        self.response: tuple[int, str, bytes] = (200, "application/json", b'{"snapshots": []}')
        stand_in = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                stand_in.note(self)
                self.reply(*stand_in.response)

            def do_PUT(self) -> None:
                stand_in.note(self)
                self.reply(*stand_in.put(self.path))

            def reply(self, status: int, content_type: str, body: bytes) -> None:
                self.send_response(status)
                self.send_header("Content-Type", content_type)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_arguments: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    def note(self, request: BaseHTTPRequestHandler) -> None:
        """Keep what was received."""
        self.received.append((request.command, request.path))
        self.authorization = request.headers["Authorization"]

    def put(self, path: str) -> tuple[int, str, bytes]:
        """Take a snapshot."""
        name, _separator, query = path.rpartition("/")[2].partition("?")
        assert (path.rpartition("/")[0] + "/", query) == (TAKE, "wait_for_completion=false")
        if self.refusal:
            return self.error(self.refusal, "snapshot_exception")
        if name in self.names:
            return self.error(400, self.name_taken)
        self.names.add(name)
        return 200, "application/json", b'{"accepted":true}'

    def error(self, status: int, kind: str) -> tuple[int, str, bytes]:
        """Return an error document."""
        return status, "application/json", json.dumps({"error": {"type": kind}, "status": status}).encode()

    def taken(self) -> list[str]:
        """Return the names of the snapshots in order."""
        return sorted(self.names)

    def close(self) -> None:
        """Listen no more."""
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def real() -> Iterator[StandIn]:
    """A stand-in for a real cluster."""
    stand_in = StandIn()
    yield stand_in
    stand_in.close()


@pytest.fixture
def emulator(start: Callable[..., Process], real: StandIn) -> Caller:
    """An emulator before the stand-in."""
    from ansible_collections.aliyun.elasticsearch.tests.unit.emulator.callers import Caller

    url = real.url.replace("//", "//someone:pass%20word@")
    return Caller(start(cluster=url).ready().announcement)


@pytest.fixture
def cluster(emulator: Caller) -> Cluster:
    """Both routes to the stand-in."""
    from ansible_collections.aliyun.elasticsearch.tests.unit.emulator.callers import Cluster

    return Cluster(emulator)


def test_create_snapshot_is_taken_there_under_the_name_in_the_ledger(real: StandIn, emulator: Caller) -> None:
    reply = emulator.create_snapshot(query={"ClientToken": "a"})
    assert (reply.status, reply.document["Result"]) == (200, True)
    (entry,) = emulator.snapshots
    assert real.taken() == [entry["name"]]
    at = entry["taken_at"].translate({ord(each): None for each in "-:TZ"})
    assert entry["name"] == f"{emulator.instances['active']}_{at}"
    assert real.authorization == "Basic c29tZW9uZTpwYXNzIHdvcmQ="
    assert emulator.requests[-1]["decision"] == "snapshot taken"


def test_create_snapshot_with_the_same_token_takes_no_second_one(real: StandIn, emulator: Caller) -> None:
    for _number in range(2):
        assert emulator.create_snapshot(query={"ClientToken": "a"}).document["Result"] is True
    assert len(real.names) == len(emulator.snapshots) == 1
    assert len(real.received) == 1


def test_create_snapshot_at_once_with_one_token(real: StandIn, emulator: Caller) -> None:
    with ThreadPoolExecutor(4) as pool:
        replies = list(pool.map(lambda _: emulator.create_snapshot(query={"ClientToken": "a"}), range(4)))
    assert [reply.status for reply in replies] == [200] * 4
    assert len(real.names) == 1


@pytest.mark.parametrize("kind", ["invalid_snapshot_name_exception", "snapshot_name_already_in_use_exception"])
def test_create_snapshot_within_one_second_gets_another_name(real: StandIn, emulator: Caller, kind: str) -> None:
    real.name_taken = kind
    for _number in range(3):
        emulator.create_snapshot()
    assert len(real.names) == 3
    emulator.reset()  # it no longer knows the names, but the cluster does
    for _number in range(3):
        assert emulator.create_snapshot().document["Result"] is True
    assert len(real.names) == 6
    assert {entry["name"] for entry in emulator.snapshots} < real.names


@pytest.mark.parametrize("status", [400, 404, 500, 503])
def test_create_snapshot_refused_there_is_a_result_of_false(real: StandIn, emulator: Caller, status: int) -> None:
    real.refusal = status
    reply = emulator.create_snapshot(query={"ClientToken": "a"})
    assert (reply.status, reply.document["Result"]) == (200, False)
    assert emulator.snapshots == []
    assert len(real.received) == 1
    real.refusal = None
    assert emulator.create_snapshot(query={"ClientToken": "a"}).document["Result"] is True
    assert len(real.names) == 1


def test_create_snapshot_refused_there_can_be_accepted(real: StandIn, emulator: Caller) -> None:
    real.refusal = 500
    emulator.set(refused_snapshot="accepted")
    assert emulator.create_snapshot().document["Result"] is True
    assert [entry["name"] for entry in emulator.snapshots] == [None]


def test_create_snapshot_is_checked_before(real: StandIn, emulator: Caller) -> None:
    request = emulator.request()
    request.wire_query = "ClientToken=another"
    emulator.check_refused(emulator.send(request), 400, "SignatureDoesNotMatch")
    emulator.check_refused(emulator.create_snapshot(account="reader"), 403, "Forbidden.RAM")
    assert real.received == []


@pytest.mark.parametrize(("when", "taken"), [("before", 0), ("after", 1)])
def test_fault_before_or_after(real: StandIn, emulator: Caller, when: str, taken: int) -> None:
    emulator.fail({"kind": "error", "status": 500, "code": "InternalError", "when": when})
    assert emulator.create_snapshot().status == 500
    assert len(real.names) == len(emulator.snapshots) == taken


def test_other_instances_have_clusters_of_their_own(real: StandIn, cluster: Cluster) -> None:
    cluster.emulator.create_snapshot(instance="second")
    assert len(cluster.names(route="openapi", instance="second")) == 1
    assert real.received == []


@pytest.mark.parametrize("route", ["openapi", "direct"])
def test_get_is_passed_on_as_it_is(real: StandIn, cluster: Cluster, route: str) -> None:
    path = "_snapshot/aliyun_auto_snapshot/a%2Cb%20%C3%A4,c?verbose=false&filter_path=snapshots.uuid,failures"
    assert cluster.ask(path, route) == {"snapshots": []}
    assert real.received == [("GET", f"/{path}")]
    (entry,) = cluster.requests
    assert (entry["route"], entry["operation"], entry["status"]) == (route, "GetSnapshot", 200)


@pytest.mark.parametrize("route", ["openapi", "direct"])
def test_get_of_anything_is_passed_on(real: StandIn, cluster: Cluster, route: str) -> None:
    assert cluster.ask("_cluster/health", route) == {"snapshots": []}
    assert cluster.requests[0]["operation"] is None


def test_error_of_the_cluster_is_passed_on(real: StandIn, cluster: Cluster) -> None:
    real.response = real.error(404, "snapshot_missing_exception")
    reply = cluster.direct()
    assert (reply.status, reply.document["error"]["type"]) == (404, "snapshot_missing_exception")
    reply = cluster.invoke()
    assert (reply.status, reply.document["Result"]["status"]) == (200, 404)
    assert [entry["status"] for entry in cluster.requests] == [404, 404]


def test_response_that_is_no_json_is_passed_on_as_a_text(real: StandIn, cluster: Cluster) -> None:
    real.response = (406, "text/plain", b"no")
    reply = cluster.direct()
    assert (reply.status, reply.headers["Content-Type"], reply.body) == (406, "text/plain", b"no")
    assert cluster.invoke().document["Result"] == "no"


def test_result_as_text(real: StandIn, cluster: Cluster) -> None:
    cluster.emulator.set(es_result_as_text=True)
    assert cluster.invoke().document["Result"] == '{"snapshots": []}'


@pytest.mark.parametrize(
    ("gateway_query", "passed"), [("passed", "/_all?a=b"), ("dropped", "/_all"), ("escaped", "/_all%3Fa=b")]
)
def test_gateway_query_is_as_ever(real: StandIn, cluster: Cluster, gateway_query: str, passed: str) -> None:
    cluster.emulator.set(gateway_query=gateway_query)
    cluster.invoke("_snapshot/aliyun_auto_snapshot/_all?a=b")
    assert real.received == [("GET", f"/_snapshot/aliyun_auto_snapshot{passed}")]


def test_direct_request_needs_a_user_and_is_a_get(real: StandIn, cluster: Cluster) -> None:
    assert cluster.direct(headers={"X-None": ""}).status == 401
    assert cluster.direct(user="nobody").status == 403
    assert cluster.direct(method="DELETE").status == 405
    assert real.received == []


@pytest.mark.parametrize(("when", "received"), [("before", 0), ("after", 1)])
def test_fault_of_a_get(real: StandIn, cluster: Cluster, when: str, received: int) -> None:
    cluster.fail({"kind": "error", "status": 503, "when": when})
    assert cluster.direct().status == 503
    assert len(real.received) == received


def test_good_response_is_what_a_fault_spoils(real: StandIn, cluster: Cluster) -> None:
    cluster.fail({"kind": "gzip"})
    assert cluster.direct().headers["Content-Encoding"] == "gzip"
    assert len(real.received) == 1


def test_cluster_that_does_not_respond(real: StandIn, cluster: Cluster) -> None:
    real.close()
    reply = cluster.emulator.create_snapshot()
    assert (reply.status, reply.code) == (503, "ServiceUnavailable")
    assert cluster.emulator.snapshots == []
    assert (cluster.invoke().code, cluster.direct().status) == ("ServiceUnavailable", 503)
    assert b"word" not in reply.body


def test_password_is_in_no_log(real: StandIn, emulator: Caller, start: Any) -> None:
    emulator.create_snapshot()
    assert "pass" not in json.dumps(emulator.journal())


@pytest.mark.parametrize("url", ["127.0.0.1:9200", "ftp://127.0.0.1", "http://", ""])
def test_url_that_is_none_is_refused_at_the_start(start: Callable[..., Process], url: str) -> None:
    process = start(cluster=url)
    assert process.wait() == 2
    assert "must be like http://127.0.0.1:9200" in process.output

# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""An instance on the loopback interface: the OpenAPI, and the instance's cluster by both routes."""

from __future__ import annotations

import email.utils
import json
import socket
from collections.abc import Sequence
from typing import Any, Union
from urllib.parse import parse_qs, unquote, urlsplit

from ansible_collections.aliyun.elasticsearch.tests.unit.support.server import Received, Server, http_response

# The server's time in seconds since the epoch: 2026-11-24T04:00:00Z.
NOW = 1795492800

RUNNING = "IN_PROGRESS"

# What the repository holds at a poll, None for no repository; or the response to that poll: bytes as they are on the
# wire, else the status and the document of the cluster's response.
State = Union[Sequence["dict[str, Any]"], None, bytes, "tuple[int, dict[str, Any]]"]


def entry(name: str, state: str = "SUCCESS", *, start: float = -60, end: float = -30, **fields: Any) -> dict[str, Any]:
    """Return a snapshot as Elasticsearch describes it, with times in seconds from ``NOW``."""
    is_running = state == RUNNING
    failed = fields.pop("failed", 0)
    return {
        "snapshot": name,
        "uuid": f"uuid-of-{name}",
        "version": "7.10.0",
        "indices": ["logs-1", "logs-2", "logs-3"],
        "state": state,
        "start_time_in_millis": milliseconds(start),
        "end_time_in_millis": 0 if is_running else milliseconds(end),
        "duration_in_millis": 0 if is_running else milliseconds(end) - milliseconds(start),
        "failures": [{"index": "logs-1", "shard_id": number, "reason": "It broke."} for number in range(failed)],
        "shards": {"total": 0, "failed": 0, "successful": 0}
        if is_running
        else {"total": 6, "failed": failed, "successful": 6 - failed},
        **fields,
    }


def milliseconds(seconds_from_now: float) -> int:
    """Return a time in milliseconds since the epoch."""
    return round((NOW + seconds_from_now) * 1000)


def elasticsearch_error(status: int, kind: str, reason: str) -> tuple[int, dict[str, Any]]:
    """Return the status and the document of an error of Elasticsearch; ``kind`` is its ``type``."""
    cause = {"type": kind, "reason": reason}
    return status, {"error": {"root_cause": [cause], **cause}, "status": status}


def missing(what: str) -> tuple[int, dict[str, Any]]:
    """Return Elasticsearch's error for a ``repository`` or a ``snapshot`` that does not exist."""
    return elasticsearch_error(404, f"{what}_missing_exception", f"[the_{what}] missing")


DENIED = elasticsearch_error(403, "security_exception", "action is unauthorized")


def openapi_error(status: int, **fields: Any) -> bytes:
    """Return an error response of the OpenAPI itself."""
    return http_response(json.dumps(fields).encode(), f"{status} Error")


class FakeInstance:
    """Responds to polls of the repository by its states, and to CreateSnapshot with ``created``; each last one stays.

    Through the OpenAPI, each response has a RequestId (``Q-1``, ``Q-2`` and so on) and a ``Date``. The cluster itself
    sends no ``Date``, as most versions do not; ``health`` is its document of ``_cat/health``, which has its time.
    """

    def __init__(self, *states: State, created: Sequence[bytes] = (), as_text: bool = False) -> None:
        self.paths: list[str] = []
        self.create_requests: list[Received] = []
        self.reads: list[Received] = []
        self.health: list[dict[str, str]] = [{"epoch": str(NOW), "status": "green"}]
        self._states = list(states)
        self._created = list(created) or [http_response(json.dumps({"Result": True, "RequestId": "C-1"}).encode())]
        self._as_text = as_text

    def __call__(self, connection: socket.socket, server: Server) -> None:
        """Respond to the request that ``server`` received last."""
        received = server.received[-1]
        url = urlsplit(received.target)
        if url.path.endswith("/snapshots"):
            self.create_requests.append(received)
            connection.sendall(self._created.pop(0) if len(self._created) > 1 else self._created[0])
            return
        self.reads.append(received)
        if not url.path.endswith("/es-request"):
            connection.sendall(self._direct_response(received))
            return
        query = parse_qs(url.query, strict_parsing=True)
        assert (received.method, query["method"]) == ("POST", ["GET"])
        connection.sendall(self._openapi_response(query["path"][0]))

    def _direct_response(self, received: Received) -> bytes:
        assert received.method == "GET"
        response = self._cluster_response(received.target.lstrip("/"))
        if isinstance(response, bytes):
            return response
        status, document = response
        return http_response(json.dumps(document).encode(), f"{status} Status", content_type="application/json")

    def _openapi_response(self, path: str) -> bytes:
        response = self._cluster_response(path)
        if isinstance(response, bytes):
            return response
        result: Any = json.dumps(response[1]) if self._as_text else response[1]
        fields = {"RequestId": f"Q-{len(self.reads)}", "Result": result}
        return http_response(json.dumps(fields).encode(), date=email.utils.formatdate(NOW, usegmt=True))

    def _cluster_response(self, path: str) -> bytes | tuple[int, Any]:
        self.paths.append(path)
        if path == "_cat/health?format=json":
            return 200, self.health
        root, _repository, name = map(unquote, path.split("/"))
        assert root == "_snapshot"
        state = self._states.pop(0) if len(self._states) > 1 else self._states[0]
        if state is None:
            return missing("repository")
        if isinstance(state, (bytes, tuple)):
            return state  # type: ignore[return-value]
        found = [known for known in state if name in ("_all", known["snapshot"])]
        return (200, {"snapshots": found}) if found or name == "_all" else missing("snapshot")

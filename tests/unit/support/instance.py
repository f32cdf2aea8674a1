# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""An instance on the loopback interface: the OpenAPI, and the cluster behind it, which is also there itself."""

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

# What the repository holds from then on, None for no repository; or an answer in its place: bytes for one that is on
# the wire as they are, else the status and the document of the cluster's.
Step = Union[Sequence["dict[str, Any]"], None, bytes, "tuple[int, dict[str, Any]]"]


def entry(name: str, state: str = "SUCCESS", *, start: float = -60, end: float = -30, **fields: Any) -> dict[str, Any]:
    """Return a snapshot as Elasticsearch describes it, with times in seconds from ``NOW``."""
    is_running = state == "IN_PROGRESS"
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
    return round((NOW + seconds_from_now) * 1000)


def missing(what: str) -> tuple[int, dict[str, Any]]:
    """Return the status and the document for a ``repository`` or a ``snapshot`` that is not there."""
    return refusal(404, f"{what}_missing_exception", f"[the_{what}] missing")


def refusal(status: int, kind: str, reason: str) -> tuple[int, dict[str, Any]]:
    cause = {"type": kind, "reason": reason}
    return status, {"error": {"root_cause": [cause], **cause}, "status": status}


def error(status: int, **fields: Any) -> bytes:
    """Return an error of the OpenAPI itself."""
    return http_response(json.dumps(fields).encode(), f"{status} Said")


class Cloud:
    """Answers reads of the repository with the steps and CreateSnapshot with ``created``, each the last one for ever.

    By the OpenAPI, each answer has a RequestId (``Q-1``, ``Q-2`` and so on) and a ``Date``. The cluster itself sends none,
    as most versions do, and has to be asked.
    """

    def __init__(self, *steps: Step, created: Sequence[bytes] = (), as_text: bool = False) -> None:
        self.paths: list[str] = []
        self.requests_for_snapshots: list[Received] = []
        self.reads: list[Received] = []
        self.health: list[dict[str, str]] = [{"epoch": str(NOW), "status": "green"}]
        self._steps = list(steps)
        self._created = list(created) or [http_response(json.dumps({"Result": True, "RequestId": "C-1"}).encode())]
        self._as_text = as_text

    def __call__(self, connection: socket.socket, server: Server) -> None:
        """Answer the request that ``server`` received last."""
        received = server.received[-1]
        url = urlsplit(received.target)
        if url.path.endswith("/snapshots"):
            self.requests_for_snapshots.append(received)
            connection.sendall(self._created.pop(0) if len(self._created) > 1 else self._created[0])
            return
        self.reads.append(received)
        if not url.path.endswith("/es-request"):
            connection.sendall(self._straight(received))
            return
        query = parse_qs(url.query, strict_parsing=True)
        assert (received.method, query["method"]) == ("POST", ["GET"])
        connection.sendall(self._passed_on(query["path"][0]))

    def _straight(self, received: Received) -> bytes:
        assert received.method == "GET"
        answer = self._answer(received.target.lstrip("/"))
        if isinstance(answer, bytes):
            return answer
        status, document = answer
        return http_response(json.dumps(document).encode(), f"{status} Said", content_type="application/json")

    def _passed_on(self, path: str) -> bytes:
        answer = self._answer(path)
        if isinstance(answer, bytes):
            return answer
        result: Any = json.dumps(answer[1]) if self._as_text else answer[1]
        fields = {"RequestId": f"Q-{len(self.reads)}", "Result": result}
        return http_response(json.dumps(fields).encode(), date=email.utils.formatdate(NOW, usegmt=True))

    def _answer(self, path: str) -> bytes | tuple[int, Any]:
        self.paths.append(path)
        if path == "_cat/health?format=json":
            return 200, self.health
        root, _repository, which = map(unquote, path.split("/"))
        assert root == "_snapshot"
        step = self._steps.pop(0) if len(self._steps) > 1 else self._steps[0]
        if step is None:
            return missing("repository")
        if isinstance(step, (bytes, tuple)):
            return step  # type: ignore[return-value]
        found = [known for known in step if which in ("_all", known["snapshot"])]
        return (200, {"snapshots": found}) if found or which == "_all" else missing("snapshot")

# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""An OpenAPI on the loopback interface whose responses are scripted, by operation."""

from __future__ import annotations

import json
import socket
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import parse_qs, urlsplit

from ansible_collections.aliyun.elasticsearch.tests.unit.support.server import (
    Received,
    Server,
    ServerResponse,
    http_response,
)


def json_response(status: str = "200 OK", headers: Mapping[str, str] | None = None, **fields: Any) -> bytes:
    """Return a response whose document has these fields."""
    return http_response(json.dumps(fields).encode(), status, content_type="application/json", **(headers or {}))


class ScriptedOpenApi:
    """Gives each request of an operation the next of its responses, the last one for ever, and keeps the requests.

    ``rows`` are what ListInstance lists, in pages; a request of an operation without responses fails the test.
    """

    def __init__(
        self, rows: Sequence[Any] | None = None, /, **responses: Sequence[ServerResponse] | ServerResponse
    ) -> None:
        self.requests: list[Received] = []
        self._rows = rows
        self._responses: Mapping[str, list[ServerResponse]] = {
            action: list(given) if isinstance(given, (list, tuple)) else [given]  # type: ignore[list-item]
            for action, given in responses.items()
        }

    @property
    def actions(self) -> list[str]:
        """The operations that were requested, in order."""
        return [request.headers["x-acs-action"] for request in self.requests]

    def __call__(self, connection: socket.socket, server: Server) -> None:
        """Respond to the request that ``server`` received last."""
        received = server.received[-1]
        self.requests.append(received)
        action = received.headers["x-acs-action"]
        if action == "ListInstance" and self._rows is not None:
            query = parse_qs(urlsplit(received.target).query)
            page, size = int(query["page"][0]), int(query["size"][0])
            rows = list(self._rows[(page - 1) * size : page * size])
            total = {"X-Total-Count": len(self._rows)}
            connection.sendall(json_response(RequestId=f"L-{page}", Headers=total, Result=rows))
            return
        responses = self._responses[action]
        response = responses.pop(0) if len(responses) > 1 else responses[0]
        if isinstance(response, bytes):
            connection.sendall(response)
        else:
            response(connection, server)

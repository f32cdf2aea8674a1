# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""An instance on the loopback interface: the OpenAPI, and the instance's cluster by both routes."""

from __future__ import annotations

import json
import socket
from collections.abc import Sequence
from typing import Any

from ansible_collections.aliyun.elasticsearch.plugins.module_utils._http.transport import Response
from ansible_collections.aliyun.elasticsearch.tests.unit.support.cluster import FakeCluster
from ansible_collections.aliyun.elasticsearch.tests.unit.support.server import Received, Server, http_response


def openapi_error(status: int, **fields: Any) -> Response:
    """Return an error response of the OpenAPI itself."""
    return Response(status, {}, json.dumps(fields).encode())


class FakeInstance:
    """Responds to CreateSnapshot with ``created``, of which the last one stays, and hands on reads to its cluster.

    ``server`` is the one that listens for it, once it got a request.
    """

    def __init__(self, cluster: FakeCluster, created: Sequence[bytes] = ()) -> None:
        self.cluster = cluster
        self.create_requests: list[Received] = []
        self.reads: list[Received] = []
        self._created = list(created) or [http_response(json.dumps({"Result": True, "RequestId": "C-1"}).encode())]

    def __call__(self, connection: socket.socket, server: Server) -> None:
        """Respond to the request that ``server`` received last."""
        received = server.received[-1]
        if received.target.partition("?")[0].endswith("/snapshots"):
            self.create_requests.append(received)
            connection.sendall(self._created.pop(0) if len(self._created) > 1 else self._created[0])
            return
        self.reads.append(received)
        response = self.cluster.serve(received.method, received.target)
        if response is not None:
            headers = {name.replace("-", "_"): value for name, value in response.headers.items()}
            connection.sendall(http_response(response.body, f"{response.status} Status", None, **headers))

# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the tests of the modules have in common, and the shapes of es_snapshot's results."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from ansible_collections.aliyun.elasticsearch.tests.unit.support.instance import entry
from ansible_collections.aliyun.elasticsearch.tests.unit.support.server import Server, http_response

INSTANCE = "es-cn-0pp1jxvcl0001abcd"
SECRET = "the-access-key-secret"
CLUSTER_PASSWORD = "the-cluster-password"

RESULT_KEYS = {"changed", "outcome", "request_id", "request_attempts", "instance_id", "client_token"}
ERROR_KEYS = {"code", "message", "http_status", "request_id", "host_id", "recommend"}
SNAPSHOT_KEYS = {"name", "uuid", "state", "start_time", "end_time", "duration", "indices", "shards"}

OLD = entry("old", start=-7300, end=-7200)
ALL_PATH = "_snapshot/aliyun_auto_snapshot/_all"

Run = Callable[..., "dict[str, Any]"]
Serve = Callable[..., Server]


def openapi_response(status: str = "200 OK", headers: dict[str, str] | None = None, **fields: Any) -> bytes:
    """Return a response of the OpenAPI with the fields of its document."""
    return http_response(json.dumps(fields).encode(), status, content_type="application/json", **(headers or {}))


ACCEPTED = openapi_response(Result=True, RequestId="R-1")


def check_failure(result: dict[str, Any], outcome: str) -> None:
    """Assert the one shape that all failures share before a request for a snapshot is accepted."""
    assert result["failed"] is True
    assert result["changed"] is False
    assert result["outcome"] == outcome, result["msg"]
    assert result.keys() >= RESULT_KEYS | {"msg", "error"}
    assert result["error"].keys() == ERROR_KEYS
    assert result["error"]["request_id"] == result["request_id"]
    assert result["msg"].isprintable()
    none = "This task took no snapshot"
    certain = {"refused": none, "not_sent": none, "unknown": "It is not known"}
    assert result["msg"].startswith(certain[outcome]), result["msg"]
    assert (f"client_token: {result['client_token']}" in result["msg"]) == (outcome == "unknown")


def check_incomplete(result: dict[str, Any], *words: str) -> None:
    """Assert the shape of a failure after the request for a snapshot was accepted."""
    assert (result["failed"], result["changed"], result["outcome"]) == (True, True, "accepted"), result["msg"]
    assert (result["request_id"], result["request_attempts"]) == ("C-1", 1), "those of the request for a snapshot"
    assert result.keys() >= RESULT_KEYS | {"msg", "error"}
    assert result["error"].keys() == ERROR_KEYS
    assert result["msg"].isprintable()
    assert result["msg"].startswith(
        "The API accepted the request, but the snapshot is not known to be complete (RequestId C-1). "
    )
    for word in words:
        assert word in result["msg"], result["msg"]

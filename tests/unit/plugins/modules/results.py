# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the tests of the modules have in common, and the shapes of es_snapshot's results."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ansible_collections.aliyun.elasticsearch.tests.unit.support.cluster import FakeCluster, FakeSnapshot
from ansible_collections.aliyun.elasticsearch.tests.unit.support.instance import FakeInstance
from ansible_collections.aliyun.elasticsearch.tests.unit.support.openapi import json_response
from ansible_collections.aliyun.elasticsearch.tests.unit.support.server import Server

INSTANCE = "es-cn-0pp1jxvcl0001abcd"
SECRET = "the-access-key-secret"
CLUSTER_PASSWORD = "the-cluster-password"

RESULT_KEYS = {"changed", "outcome", "request_id", "request_attempts", "instance_id", "client_token"}
ERROR_KEYS = {"code", "message", "http_status", "request_id", "host_id", "recommend"}
SNAPSHOT_KEYS = {
    *("name", "uuid", "state", "reason", "start_time", "end_time"),
    *("duration", "indices", "shards", "readable"),
}

# No test changes it.
OLD = FakeSnapshot("old", start=-7300, end=-7200)

Run = Callable[..., "dict[str, Any]"]
Serve = Callable[..., Server]


ACCEPTED = json_response(Result=True, RequestId="R-1")


def by_route(route: str, url: str) -> dict[str, Any]:
    """Return the options for a route to the cluster."""
    if route == "direct":
        return {"cluster_url": url, "cluster_password": CLUSTER_PASSWORD}
    return {"endpoint": url, "access_key_id": "the-id", "access_key_secret": SECRET}


def instance(*snapshots: FakeSnapshot, created: Sequence[bytes] = (), **options: Any) -> FakeInstance:
    """Return an instance whose cluster has the snapshots; its time is the number of the poll, 0 before the request."""
    return FakeInstance(FakeCluster(*snapshots, counts_polls=True, **options), created)


def new(state: str = "SUCCESS", ends: float = 3, **fields: Any) -> FakeSnapshot:
    """Return a snapshot that begins after the request, and ends at a poll."""
    return FakeSnapshot("new", state, appears=1, ends=ends, **fields)


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
    """Assert the shape of a failure after the request for a snapshot was accepted.

    The first sentence says whether there is a snapshot. No token is shown: that of this one must not be used again.
    """
    assert (result["failed"], result["changed"], result["outcome"]) == (True, True, "accepted"), result["msg"]
    assert (result["request_id"], result["request_attempts"]) == ("C-1", 1), "those of the request for a snapshot"
    assert result.keys() >= RESULT_KEYS | {"msg", "error"}
    assert result["error"].keys() == ERROR_KEYS
    assert result["msg"].isprintable()
    if "failures" in result:
        start = f"The snapshot {result['snapshot']['name']} is incomplete ("
        assert result["msg"].partition(". ")[0].endswith(" (RequestId C-1)")
    else:
        start = "The API accepted the request, but the snapshot is not known to be complete (RequestId C-1). "
    assert result["msg"].startswith(start), result["msg"]
    assert result["client_token"] not in result["msg"]
    for word in words:
        assert word in result["msg"], result["msg"]

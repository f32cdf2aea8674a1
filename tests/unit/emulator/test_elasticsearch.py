# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The cluster's API: its users, headers and methods, and what can be asked of it."""

from __future__ import annotations

import base64
import json
import time
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from ...emulator.client import Process
    from .callers import Cluster

REPOSITORY = "_snapshot/aliyun_auto_snapshot"
LIST = f"{REPOSITORY}/_all"


def basic(text: str) -> dict[str, str]:
    """Return the header for a user and a password."""
    return {"Authorization": "Basic " + base64.b64encode(text.encode()).decode()}


@pytest.mark.parametrize("secure", [False, True], ids=["http", "https"])
def test_direct_request_is_served(cluster: Cluster, secure: bool) -> None:
    (name,) = cluster.emulator.fixtures({})
    reply = cluster.direct(secure=secure)
    assert (reply.status, reply.headers["Content-Type"]) == (200, "application/json; charset=UTF-8")
    assert reply.document["snapshots"][0]["snapshot"] == name
    assert b": " not in reply.body
    assert cluster.requests == [
        {
            "server": "cluster",
            "route": "direct",
            "operation": "GetSnapshot",
            "method": "GET",
            "path": f"/{LIST}",
            "account": None,
            "user": "elastic",
            "credential_id": None,
            "system": None,
            "fault": None,
            "status": 200,
            "objects_read": 2,
            "response_bytes": len(reply.body),
            "seconds": 0.0,
        }
    ]
    assert cluster.emulator.requests == []


@pytest.mark.parametrize(
    ("headers", "user"),
    [
        ({"X-None": ""}, None),
        (basic("elastic:wrong"), "elastic"),
        (basic("elastic:"), "elastic"),
        (basic("elastic"), "elastic"),
        (basic("stranger:"), "stranger"),
        (basic(":"), ""),
        ({"Authorization": "Basic ?"}, None),
        ({"Authorization": "Bearer abc"}, None),
        ({"Authorization": "Basic /w=="}, None),
    ],
)
def test_user_unknown_or_with_a_wrong_password(cluster: Cluster, headers: dict[str, str], user: str | None) -> None:
    cluster.emulator.fixtures({"running_polls": 1})
    reply = cluster.direct(headers=headers)
    assert (reply.status, reply.headers["WWW-Authenticate"]) == (401, 'Basic realm="security" charset="UTF-8"')
    error = reply.document["error"]
    assert (reply.document["status"], error["type"]) == (401, "security_exception")
    assert error["root_cause"][0]["reason"] == error["reason"]
    assert error["header"] == {"WWW-Authenticate": reply.headers["WWW-Authenticate"]}
    assert (cluster.requests[0]["user"], cluster.requests[0]["status"]) == (user, 401)
    assert cluster.states(1) == [["IN_PROGRESS"]]


def test_user_without_the_right(cluster: Cluster) -> None:
    cluster.emulator.fixtures({"running_polls": 1})
    for path in (LIST, "_snapshot/_status"):
        reply = cluster.direct(path, user="nobody")
        assert (reply.status, reply.document["error"]["type"]) == (403, "security_exception")
    assert cluster.direct("_cat/health?format=json", user="nobody").status == 200
    assert [(request["user"], request["status"]) for request in cluster.requests] == [
        ("nobody", 403),
        ("nobody", 403),
        ("nobody", 200),
    ]
    assert cluster.states(1) == [["IN_PROGRESS"]]


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "HEAD"])
def test_method_other_than_get(cluster: Cluster, method: str) -> None:
    cluster.emulator.fixtures({"running_polls": 1})
    reply = cluster.direct(method=method)
    assert (reply.status, reply.headers["Allow"]) == (405, "GET")
    assert (cluster.requests[0]["method"], cluster.requests[0]["status"]) == (method, 405)
    assert cluster.states(1) == [["IN_PROGRESS"]]


@pytest.mark.parametrize("headers", [None, {"X-None": ""}], ids=["served", "refused"])
def test_date_only_where_a_test_wants_one(cluster: Cluster, headers: dict[str, str] | None) -> None:
    assert "Date" not in cluster.direct(headers=headers).headers
    cluster.emulator.set(cluster_date=True, clock_offset=-5000)
    reply = cluster.direct(headers=headers)
    assert len(reply.headers.get_all("Date", [])) == 1
    assert abs(parsedate_to_datetime(reply.headers["Date"]).timestamp() - (time.time() - 5000)) < 5


def test_direct_request_is_for_the_active_instance(cluster: Cluster) -> None:
    cluster.emulator.create_snapshot()
    cluster.emulator.create_snapshot(instance="second")
    assert [snapshot["snapshot"] for snapshot in cluster.snapshots()] == [cluster.emulator.snapshots[0]["name"]]


def test_control_api_is_not_there(cluster: Cluster) -> None:
    assert cluster.direct("emulator/reset", method="POST").status == 405
    assert cluster.direct("emulator/snapshots").status == 400


def test_secrets_are_not_shown(cluster: Cluster, started: Process) -> None:
    cluster.direct()
    cluster.direct(headers=basic("elastic:a password of one's own"))
    shown = json.dumps(cluster.requests) + started.log + started.output
    assert "received by the cluster" in shown
    secrets = [*cluster.users.values(), "a password of"]
    secrets += [base64.b64encode(f"{user}:{secret}".encode()).decode() for user, secret in cluster.users.items()]
    assert not [secret for secret in secrets if secret in shown]


def test_names_come_in_the_order_of_their_begin(cluster: Cluster) -> None:
    cluster.emulator.fixtures(
        *[{"name": name, "began_ago": ago} for name, ago in (("late", 10), ("early", 30), ("other", 20))]
    )
    for names in ("late,early", "early%2Clate"):
        found = cluster.snapshots(f"{REPOSITORY}/{names}")
        assert [snapshot["snapshot"] for snapshot in found] == ["early", "late"]


@pytest.mark.parametrize("suffix", ["", "/_status"])
def test_names_that_are_missing(cluster: Cluster, suffix: str) -> None:
    cluster.emulator.fixtures({"name": "there", "running_polls": 1})
    reply = cluster.direct(f"{REPOSITORY}/there,gone{suffix}")
    cause = {"type": "snapshot_missing_exception", "reason": "[aliyun_auto_snapshot:gone] is missing"}
    assert (reply.status, reply.document) == (404, {"error": {"root_cause": [cause], **cause}, "status": 404})
    shown = cluster.snapshots(f"{REPOSITORY}/there,gone{suffix}?ignore_unavailable=true")
    assert [snapshot["snapshot"] for snapshot in shown] == ["there"]


@pytest.mark.parametrize("suffix", ["", "/_status"])
def test_poll_that_shows_no_snapshot_does_not_count(cluster: Cluster, suffix: str) -> None:
    cluster.emulator.fixtures({"name": "there", "running_polls": 1})
    assert cluster.direct(f"{REPOSITORY}/there,gone{suffix}").status == 404
    assert cluster.states(1) == [["IN_PROGRESS"]]


@pytest.mark.parametrize("suffix", ["", "/_status"])
def test_poll_of_a_hidden_snapshot_counts(cluster: Cluster, suffix: str) -> None:
    cluster.emulator.fixtures({"count": 0})
    cluster.emulator.transitions({"hidden_polls": 1})
    cluster.emulator.create_snapshot()
    path = f"{REPOSITORY}/{cluster.emulator.snapshots[0]['name']}{suffix}"
    assert [cluster.direct(path).status for _poll in range(2)] == [404, 200]


def test_repository_of_another_name_is_missing(cluster: Cluster) -> None:
    cluster.emulator.fixtures({})
    for path in ("_snapshot/other/_all", "_snapshot/other/one/_status", "_snapshot/other/_status"):
        reply = cluster.direct(path)
        assert (reply.status, reply.document["error"]["reason"]) == (404, "[other] missing")


def test_status_of_one_snapshot(cluster: Cluster) -> None:
    cluster.emulator.fixtures({"name": "one", "running_polls": 1, "failed_shards": 1, "state": "PARTIAL"})
    running, ended = (cluster.snapshots(f"{REPOSITORY}/one/_status")[0] for _poll in range(2))
    assert (running["snapshot"], running["repository"], running["state"]) == ("one", "aliyun_auto_snapshot", "STARTED")
    stats = {"initializing": 0, "started": 5, "finalizing": 0, "done": 0, "failed": 0, "total": 5}
    assert running["shards_stats"] == stats
    assert ended["state"] == "PARTIAL"
    assert ended["shards_stats"] == {**stats, "started": 0, "done": 4, "failed": 1}


@pytest.mark.parametrize("path", ["_snapshot/_status", f"{REPOSITORY}/_status"])
def test_status_of_what_is_running(cluster: Cluster, path: str) -> None:
    cluster.emulator.fixtures(
        {"name": "done"}, {"name": "one", "running_polls": 2}, {"name": "two", "running_polls": 1}
    )
    found = [[snapshot["snapshot"] for snapshot in cluster.snapshots(path)] for _poll in range(3)]
    assert found == [["one", "two"], ["one"], []]


def test_status_without_a_repository(cluster: Cluster) -> None:
    assert cluster.ask("_snapshot/_status") == {"snapshots": []}
    assert cluster.direct(f"{REPOSITORY}/_status").status == 404


@pytest.mark.parametrize("route", ["direct", "openapi"])
def test_health_has_the_clusters_clock(cluster: Cluster, route: str) -> None:
    cluster.emulator.set(clock_offset=-800)
    (row,) = cluster.ask("_cat/health?format=json", route=route)
    assert abs(datetime.now(timezone.utc).timestamp() - 800 - int(row["epoch"])) < 5
    assert row["timestamp"] == f"{datetime.fromtimestamp(int(row['epoch']), timezone.utc):%H:%M:%S}"
    assert (row["cluster"], row["status"]) == (cluster.emulator.instances["active"], "green")


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("_snapshots/aliyun_auto_snapshot/_all", "no handler found for uri [/_snapshots/aliyun_auto_snapshot/_all]"),
        ("_snapshot/aliyun_auto_snapshot", "no handler found"),
        ("", "no handler found for uri [/]"),
        ("_cat/health", "format=json only"),
        (f"{REPOSITORY}/_all?verbos=false", "unrecognized parameter: [verbos] -> did you mean [verbose]?"),
    ],
)
def test_path_or_query_that_cannot_be_meant(cluster: Cluster, path: str, text: str) -> None:
    cluster.emulator.fixtures({})
    reply = cluster.direct(path)
    assert reply.status == 400
    assert text in reply.body.decode()

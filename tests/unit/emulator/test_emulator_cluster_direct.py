# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The route straight to the cluster: users, headers and methods."""

from __future__ import annotations

import base64
import json
import time
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from .cluster_client import Cluster
    from .process import Started

LIST = "_snapshot/aliyun_auto_snapshot/_all"


def basic(text: str) -> dict[str, str]:
    """Return the header for a user and a password."""
    return {"Authorization": "Basic " + base64.b64encode(text.encode()).decode()}


@pytest.mark.parametrize("secure", [False, True], ids=["http", "https"])
def test_is_served(cluster: Cluster, secure: bool) -> None:
    (name,) = cluster.place({})
    reply = cluster.direct(secure=secure)
    assert (reply.status, reply.headers["Content-Type"]) == (200, "application/json; charset=UTF-8")
    assert reply.document["snapshots"][0]["snapshot"] == name
    assert b": " not in reply.body
    assert cluster.requests == [
        {
            "route": "direct",
            "method": "GET",
            "path": f"/{LIST}",
            "account": None,
            "user": "elastic",
            "credential_id": None,
            "system": None,
            "fault": None,
            "status": 200,
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
def test_strangers_are_refused(cluster: Cluster, headers: dict[str, str], user: str | None) -> None:
    cluster.place({"looks": 1})
    reply = cluster.direct(headers=headers)
    assert (reply.status, reply.headers["WWW-Authenticate"]) == (401, 'Basic realm="security" charset="UTF-8"')
    error = reply.document["error"]
    assert (reply.document["status"], error["type"]) == (401, "security_exception")
    assert error["root_cause"][0]["reason"] == error["reason"]
    assert error["header"] == {"WWW-Authenticate": reply.headers["WWW-Authenticate"]}
    assert (cluster.requests[0]["user"], cluster.requests[0]["status"]) == (user, 401)
    assert cluster.states(1) == [["IN_PROGRESS"]]


def test_a_user_may_lack_the_right(cluster: Cluster) -> None:
    cluster.place({"looks": 1})
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
def test_whatever_is_not_a_get_is_refused_and_shown(cluster: Cluster, method: str) -> None:
    cluster.place({"looks": 1})
    reply = cluster.direct(method=method)
    assert (reply.status, reply.headers["Allow"]) == (405, "GET")
    assert (cluster.requests[0]["method"], cluster.requests[0]["status"]) == (method, 405)
    assert cluster.states(1) == [["IN_PROGRESS"]]


@pytest.mark.parametrize("headers", [None, {"X-None": ""}], ids=["served", "refused"])
def test_answers_have_a_date_only_where_a_test_wants_one(cluster: Cluster, headers: dict[str, str] | None) -> None:
    assert "Date" not in cluster.direct(headers=headers).headers
    cluster.emulator.settings(cluster_date=True, clock_offset=-5000)
    reply = cluster.direct(headers=headers)
    assert len(reply.headers.get_all("Date", [])) == 1
    assert abs(parsedate_to_datetime(reply.headers["Date"]).timestamp() - (time.time() - 5000)) < 5


def test_the_state_of_the_instance_does_not_matter(cluster: Cluster) -> None:
    cluster.emulator.snapshot()
    cluster.emulator.snapshot(instance="second")
    assert [snapshot["snapshot"] for snapshot in cluster.snapshots()] == [cluster.emulator.ledger[0]["name"]]


def test_the_control_api_is_not_there(cluster: Cluster) -> None:
    assert cluster.direct("emulator/reset", method="POST").status == 405
    assert cluster.direct("emulator/ledger").status == 400


def test_no_secret_in_what_is_shown(cluster: Cluster, started: Started) -> None:
    cluster.direct()
    cluster.direct(headers=basic("elastic:a password of one's own"))
    shown = json.dumps(cluster.requests) + started.log + started.output
    assert "received by the cluster" in shown
    secrets = [*cluster.users.values(), "a password of"]
    secrets += [base64.b64encode(f"{user}:{secret}".encode()).decode() for user, secret in cluster.users.items()]
    assert not [secret for secret in secrets if secret in shown]

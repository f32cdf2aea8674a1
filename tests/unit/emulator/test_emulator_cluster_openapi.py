# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The route through the OpenAPI: InvokeEsRequest."""

from __future__ import annotations

import importlib
import json
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

if TYPE_CHECKING:
    from .cluster_client import Cluster

LIST = "_snapshot/aliyun_auto_snapshot/_all"


@pytest.mark.parametrize("account", ["operator", "temporary", "reader"])
def test_whoever_may_read_is_served(cluster: Cluster, account: str) -> None:
    (name,) = cluster.place({})
    reply = cluster.invoke(LIST, account=account, method="GET")
    assert reply.status == 200
    assert set(reply.document) == {"RequestId", "Result"}
    assert reply.document["Result"]["snapshots"][0]["snapshot"] == name
    assert reply.headers["x-acs-request-id"] == reply.document["RequestId"]
    assert reply.headers["Date"]
    (seen,) = cluster.emulator.requests
    assert (seen["account"], seen["decision"], seen["status"]) == (account, "the cluster answered 200", 200)
    assert cluster.requests == [
        {
            "route": "openapi",
            "method": "GET",
            "path": f"/{LIST}",
            "account": account,
            "user": None,
            "credential_id": None,
            "system": False,
            "fault": None,
            "status": 200,
        }
    ]


def test_the_slash_and_the_method_can_be_left_out(cluster: Cluster) -> None:
    cluster.place({})
    for path in (LIST, f"/{LIST}"):
        assert len(cluster.invoke(path).document["Result"]["snapshots"]) == 1
    assert [request["path"] for request in cluster.requests] == [f"/{LIST}"] * 2


def test_the_result_can_be_a_text(cluster: Cluster) -> None:
    cluster.place({})
    cluster.emulator.settings(es_result_as_text=True)
    result = cluster.invoke().document["Result"]
    assert isinstance(result, str)
    assert len(json.loads(result)["snapshots"]) == 1


def test_an_error_of_the_cluster_is_a_result(cluster: Cluster) -> None:
    reply = cluster.invoke()
    assert reply.status == 200
    assert reply.document["Result"]["status"] == 404
    assert reply.document["Result"]["error"]["type"] == "repository_missing_exception"
    assert cluster.requests[0]["status"] == 404
    assert cluster.emulator.requests[0]["status"] == 200


def test_credentials(cluster: Cluster) -> None:
    cluster.place({})
    assert cluster.invoke(credentialId=cluster.credential_id, system="true").status == 200
    assert cluster.invoke(credentialId="another").code == "CredentialNotFound"
    keys = ("credential_id", "system", "status")
    assert [tuple(request[key] for key in keys) for request in cluster.requests] == [
        (cluster.credential_id, True, 200),
        ("another", False, 400),
    ]


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "get", ""])
def test_whatever_is_not_a_get_is_refused_and_shown(cluster: Cluster, method: str) -> None:
    cluster.place({"looks": 1})
    reply = cluster.invoke(method=method)
    assert (reply.status, reply.code) == (400, "InvalidMethod")
    (request,) = cluster.requests
    assert (request["method"], request["path"], request["status"]) == (method, f"/{LIST}", 400)
    assert cluster.states(1) == [["IN_PROGRESS"]]


@pytest.mark.parametrize(
    ("path", "more", "code"),
    [
        (None, {}, "MissingPath"),
        ("/", {}, "MissingPath"),
        (LIST, {"credentialID": "a"}, "InvalidParameter"),
        (LIST, {"system": "yes"}, "InvalidParameter"),
        (LIST, {"instance": "absent"}, "InstanceNotFound"),
    ],
)
def test_parameters_that_cannot_be_meant(cluster: Cluster, path: str | None, more: dict[str, str], code: str) -> None:
    reply = cluster.invoke(path, **more)
    assert (reply.status, reply.code) == (400, code)
    assert cluster.requests[0]["status"] == 400


def test_forbidden_instance(cluster: Cluster) -> None:
    reply = cluster.invoke(instance="forbidden")
    assert (reply.status, reply.code) == (403, "Forbidden.RAM")
    assert reply.document["AccessDeniedDetail"]["AuthAction"] == "elasticsearch:InvokeEsRequest"
    assert cluster.requests == []


def test_signature_nonce_path_and_verb_are_checked(cluster: Cluster) -> None:
    request = cluster.request(LIST)
    request.wire_query = request.wire_query.replace("_all", "one")
    assert cluster.emulator.send(request).code == "SignatureDoesNotMatch"
    request = cluster.request(LIST)
    assert [cluster.emulator.send(request).status for _attempt in range(2)] == [200, 400]
    for change in ({"method": "GET"}, {"path": request.path.replace("es-request", "snapshots")}):
        request = cluster.request(LIST)
        vars(request).update(change)
        request.sign()
        assert cluster.emulator.send(request).code == "InvalidApi.NotFound"


def test_an_activating_instance_can_be_looked_at(cluster: Cluster) -> None:
    cluster.emulator.settings(activating_requests=1)
    assert cluster.invoke(instance="activating").status == 200
    assert cluster.emulator.snapshot(instance="activating").code == "InstanceActivating"


@pytest.mark.parametrize("system", [None, True])
def test_the_official_client_is_served(cluster: Cluster, system: bool | None) -> None:
    sdk = importlib.import_module("alibabacloud_elasticsearch20170613.client")
    models = importlib.import_module("alibabacloud_elasticsearch20170613.models")
    configuration = importlib.import_module("alibabacloud_tea_openapi.utils_models")
    if not hasattr(models, "InvokeEsRequestRequest"):
        pytest.skip("needs alibabacloud_elasticsearch20170613 5.4")
    emulator = cluster.emulator
    (name,) = cluster.place({})
    config = configuration.Config(
        **emulator.accounts["operator"],
        protocol="https",
        endpoint=urlsplit(emulator.https).netloc,
        ca=emulator.ca_path,
    )
    request = models.InvokeEsRequestRequest(path=LIST, method="GET", credential_id=cluster.credential_id, system=system)
    answer = sdk.Client(config).invoke_es_request(emulator.instances["active"], request)
    assert answer.body.result["snapshots"][0]["snapshot"] == name
    assert answer.body.request_id == emulator.requests[0]["request_id"]
    (asked,) = cluster.requests
    assert (asked["credential_id"], asked["system"]) == (cluster.credential_id, bool(system))

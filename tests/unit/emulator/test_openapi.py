# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The OpenAPI's operations: what CreateSnapshot and InvokeEsRequest do and refuse."""

from __future__ import annotations

import json
import re
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from ansible_collections.aliyun.elasticsearch.plugins.module_utils._openapi.allowed import rules

from .readme import table

if TYPE_CHECKING:
    from .callers import Caller, Cluster

LIST = "_snapshot/aliyun_auto_snapshot/_all"


@pytest.mark.usefixtures("started")
def test_operations_are_those_that_the_collection_may_send() -> None:
    from ansible_collections.aliyun.elasticsearch.tests.emulator.openapi import OPERATIONS

    assert {name: operation.method for name, operation in OPERATIONS.items()} == {
        name: rule.method for name, rule in rules().items()
    }


@pytest.mark.usefixtures("started")
def test_operations_that_write_are_all_that_do_not_get_but_one() -> None:
    from ansible_collections.aliyun.elasticsearch.tests.emulator.openapi import OPERATIONS

    posts = {name for name, operation in OPERATIONS.items() if operation.method != "GET"}
    writes = {name for name, operation in OPERATIONS.items() if operation.writes}
    assert posts - writes == {"InvokeEsRequest"}, "which only passes a GET on"
    assert writes - posts == set()


@pytest.mark.usefixtures("started")
def test_operations_are_documented() -> None:
    from ansible_collections.aliyun.elasticsearch.tests.emulator.openapi import OPERATIONS

    written = {
        name: f"`{operation.method} {operation.path}`".replace("/openapi/instances/{instance_id}", "…/instances/ID")
        for name, operation in OPERATIONS.items()
    }
    assert {name: cells[0] for name, cells in table("| operation | | |").items()} == written


def test_action_unknown(emulator: Caller) -> None:
    reply = emulator.create_snapshot(headers={"x-acs-action": "RunInstances"})
    emulator.check_refused(reply, 404, "InvalidAction.NotFound")


@pytest.mark.parametrize("change", [{"method": "GET"}, {"path": "/openapi/instances/a/snapshot"}, {"path": "/"}])
def test_method_or_path_of_no_operation(emulator: Caller, change: dict[str, str]) -> None:
    request = emulator.request()
    vars(request).update(change)
    request.sign()
    emulator.check_refused(emulator.send(request), 404, "InvalidApi.NotFound")


def test_reader_may_not_write(emulator: Caller) -> None:
    document = emulator.check_refused(emulator.create_snapshot(account="reader"), 403, "Forbidden.RAM")
    detail = document["AccessDeniedDetail"]
    assert detail["AuthAction"] == "elasticsearch:CreateSnapshot"
    assert detail["NoPermissionType"] == "ImplicitDeny"
    assert {"AuthPrincipalType", "AuthPrincipalOwnerId"} <= set(detail)


def test_create_snapshot_of_a_forbidden_instance(emulator: Caller) -> None:
    document = emulator.check_refused(emulator.create_snapshot(instance="forbidden"), 403, "Forbidden.RAM")
    assert document["AccessDeniedDetail"]["NoPermissionType"] == "ExplicitDeny"


@pytest.mark.parametrize("query", [{}, {"ClientToken": ""}, {"clientToken": "a"}])
def test_client_token_missing(emulator: Caller, query: dict[str, str]) -> None:
    emulator.check_refused(emulator.create_snapshot(query=query), 400, "MissingClientToken")


@pytest.mark.parametrize("token", ["a" * 65, "é"])
def test_client_token_bad(emulator: Caller, token: str) -> None:
    emulator.check_refused(emulator.create_snapshot(query={"ClientToken": token}), 400, "InvalidClientToken")
    assert emulator.create_snapshot(query={"ClientToken": "a" * 64}).status == 200


def test_instance_unknown(emulator: Caller) -> None:
    emulator.check_refused(emulator.create_snapshot(instance="absent"), 400, "InstanceNotFound")
    emulator.instances["odd"] = "a/b ä"
    emulator.check_refused(emulator.create_snapshot(instance="odd"), 400, "InstanceNotFound")


def test_instance_activating(emulator: Caller) -> None:
    for _attempt in range(3):
        emulator.check_refused(emulator.create_snapshot(instance="activating"), 400, "InstanceActivating")
    emulator.set(activating_requests=2)
    replies = [emulator.create_snapshot(instance="activating") for _attempt in range(4)]
    assert [reply.status for reply in replies] == [400, 400, 200, 200]


def test_create_snapshot_is_in_the_ledger(emulator: Caller) -> None:
    reply = emulator.create_snapshot(query={"ClientToken": "one"})
    (snapshot,) = emulator.snapshots
    assert re.fullmatch(rf"{emulator.instances['active']}_\d{{14}}", snapshot.pop("name"))
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", snapshot.pop("taken_at"))
    assert snapshot == {
        "instance_id": emulator.instances["active"],
        "client_token": "one",
        "request_id": reply.document["RequestId"],
        "account": "operator",
    }


def test_client_token_repeated_takes_no_second_snapshot(emulator: Caller) -> None:
    replies = [emulator.create_snapshot(query={"ClientToken": "one"}) for _attempt in range(2)]
    assert [reply.document["Result"] for reply in replies] == [True, True]
    assert len({reply.document["RequestId"] for reply in replies}) == 2
    assert len(emulator.snapshots) == 1
    decisions = [request["decision"] for request in emulator.requests]
    assert decisions == ["snapshot taken", "token seen before: no second snapshot"]


def test_client_token_belongs_to_one_instance(emulator: Caller) -> None:
    assert emulator.create_snapshot(query={"ClientToken": "one"}).status == 200
    reply = emulator.create_snapshot(query={"ClientToken": "one"}, instance="second")
    assert (reply.status, reply.code) == (400, "IdempotentParameterMismatch")
    assert len(emulator.snapshots) == 1


def test_client_token_in_other_case_or_of_another_account(emulator: Caller) -> None:
    for account, token in (("operator", "one"), ("operator", "ONE"), ("temporary", "one")):
        assert emulator.create_snapshot(account=account, query={"ClientToken": token}).status == 200
    assert len({snapshot["name"] for snapshot in emulator.snapshots}) == 3


def test_create_snapshot_at_the_same_time(emulator: Caller) -> None:
    tokens = [f"token-{number % 10}" for number in range(60)]
    requests = [emulator.request(query={"ClientToken": token}) for token in tokens]
    with ThreadPoolExecutor(20) as pool:
        replies = list(pool.map(emulator.send, requests))
    assert {reply.status for reply in replies} == {200}
    assert sorted(snapshot["client_token"] for snapshot in emulator.snapshots) == sorted(set(tokens))
    assert len({snapshot["name"] for snapshot in emulator.snapshots}) == 10
    assert len(emulator.requests) == 60


def test_same_request_at_the_same_time(emulator: Caller) -> None:
    request = emulator.request()
    with ThreadPoolExecutor(10) as pool:
        replies = list(pool.map(emulator.send, [request] * 10))
    assert sorted(reply.code or "" for reply in replies) == [""] + ["SignatureNonceUsed"] * 9


@pytest.mark.parametrize("account", ["operator", "temporary", "reader"])
def test_invoke_es_request_by_whoever_may_read(cluster: Cluster, account: str) -> None:
    (name,) = cluster.emulator.fixtures({})
    reply = cluster.invoke(LIST, account=account, method="GET")
    assert reply.status == 200
    assert set(reply.document) == {"RequestId", "Result"}
    assert reply.document["Result"]["snapshots"][0]["snapshot"] == name
    assert reply.headers["x-acs-request-id"] == reply.document["RequestId"]
    assert reply.headers["Date"]
    (seen,) = cluster.emulator.requests
    assert (seen["account"], seen["decision"], seen["status"]) == (account, "cluster responded 200", 200)
    assert cluster.requests == [
        {
            "server": "cluster",
            "route": "openapi",
            "operation": "GetSnapshot",
            "method": "GET",
            "path": f"/{LIST}",
            "account": account,
            "user": None,
            "credential_id": None,
            "system": False,
            "fault": None,
            "status": 200,
            "objects_read": 2,
            "response_bytes": len(reply.body),
            "seconds": 0.0,
        }
    ]


def test_invoke_es_request_without_slash_and_method(cluster: Cluster) -> None:
    cluster.emulator.fixtures({})
    for path in (LIST, f"/{LIST}"):
        assert len(cluster.invoke(path).document["Result"]["snapshots"]) == 1
    assert [request["path"] for request in cluster.requests] == [f"/{LIST}"] * 2


def test_invoke_es_request_result_as_text(cluster: Cluster) -> None:
    cluster.emulator.fixtures({})
    cluster.emulator.set(es_result_as_text=True)
    result = cluster.invoke().document["Result"]
    assert isinstance(result, str)
    assert len(json.loads(result)["snapshots"]) == 1


def test_invoke_es_request_result_is_an_error_of_the_cluster(cluster: Cluster) -> None:
    reply = cluster.invoke()
    assert reply.status == 200
    assert reply.document["Result"]["status"] == 404
    assert reply.document["Result"]["error"]["type"] == "repository_missing_exception"
    assert cluster.requests[0]["status"] == 404
    assert cluster.emulator.requests[0]["status"] == 200


def test_invoke_es_request_credentials(cluster: Cluster) -> None:
    cluster.emulator.fixtures({})
    assert cluster.invoke(credentialId=cluster.credential_id, system="true").status == 200
    assert cluster.invoke(credentialId="another").code == "CredentialNotFound"
    keys = ("credential_id", "system", "status")
    assert [tuple(request[key] for key in keys) for request in cluster.requests] == [
        (cluster.credential_id, True, 200),
        ("another", False, 400),
    ]


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "get", ""])
def test_invoke_es_request_takes_get_only(cluster: Cluster, method: str) -> None:
    cluster.emulator.fixtures({"running_polls": 1})
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
def test_invoke_es_request_parameters_that_cannot_be_meant(
    cluster: Cluster, path: str | None, more: dict[str, str], code: str
) -> None:
    reply = cluster.invoke(path, **more)
    assert (reply.status, reply.code) == (400, code)
    assert cluster.requests[0]["status"] == 400


def test_invoke_es_request_of_a_forbidden_instance(cluster: Cluster) -> None:
    reply = cluster.invoke(instance="forbidden")
    assert (reply.status, reply.code) == (403, "Forbidden.RAM")
    assert reply.document["AccessDeniedDetail"]["AuthAction"] == "elasticsearch:InvokeEsRequest"
    assert cluster.requests == []


def test_invoke_es_request_signature_nonce_path_and_verb(cluster: Cluster) -> None:
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


def test_invoke_es_request_of_an_activating_instance(cluster: Cluster) -> None:
    cluster.emulator.set(activating_requests=1)
    assert cluster.invoke(instance="activating").status == 200
    assert cluster.emulator.create_snapshot(instance="activating").code == "InstanceActivating"

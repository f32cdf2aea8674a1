# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The official client is served, so the emulator is not just what the collection makes of the API."""

from __future__ import annotations

import importlib
import time
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from ansible_collections.aliyun.elasticsearch.plugins.module_utils._http.retry import RetryPolicy
from ansible_collections.aliyun.elasticsearch.plugins.module_utils._http.transport import Transport
from ansible_collections.aliyun.elasticsearch.plugins.module_utils._openapi import operations
from ansible_collections.aliyun.elasticsearch.plugins.module_utils._openapi.client import Client
from ansible_collections.aliyun.elasticsearch.plugins.module_utils._openapi.credentials import Credentials

if TYPE_CHECKING:
    from .callers import Caller, Cluster

TOKEN = "a b+c/d=e~*"

# Every header in which the official client's request differs from the collection's, and why it may.
DIFFERENT_HEADERS = {
    "connection": "The collection's HTTP library says keep-alive, which is what HTTP/1.1 means without it.",
    "user-agent": "Each client names itself.",
    "x-acs-accesskey-id": "The official client repeats what stands in the signature's Credential.",
    "x-acs-credentials-provider": "The official client tells where it has its keys from; no documentation asks for it.",
    "x-acs-date": "Each request has the time at which it was signed.",
    "x-acs-signature-nonce": "Each request has its own.",
}
# Every header that only one of them signs, and why it may.
SIGNED_BY_ONE = {
    "accept": "The official client signs it; only host, content-type and x-acs-* have to be.",
    "user-agent": "The official client signs it; only host, content-type and x-acs-* have to be.",
    "x-acs-accesskey-id": "Only the official client sends it.",
    "x-acs-credentials-provider": "Only the official client sends it.",
}
# Of these, what the official client sends with a security token only.
WITH_A_SECURITY_TOKEN = {"x-acs-accesskey-id"}


def create_snapshot(emulator: Caller, token: str | None, account: str = "operator", secure: bool = True) -> Any:
    """Ask for a snapshot with the official client."""
    sdk = importlib.import_module("alibabacloud_elasticsearch20170613.client")
    models = importlib.import_module("alibabacloud_elasticsearch20170613.models")
    configuration = importlib.import_module("alibabacloud_tea_openapi.utils_models")
    address = urlsplit(emulator.https if secure else emulator.http)
    config = configuration.Config(
        **emulator.accounts[account],
        protocol=address.scheme,
        endpoint=address.netloc,
        ca=emulator.ca_path,
    )
    request = models.CreateSnapshotRequest(client_token=token)
    return sdk.Client(config).create_snapshot(emulator.instances["active"], request)


def create_snapshot_with_the_collection(emulator: Caller, account: str, secure: bool) -> None:
    """Ask for a snapshot with the collection's client, a minute ago, so that the dates are never the same."""
    client = Client(
        emulator.https if secure else emulator.http,
        None,
        Credentials(**emulator.accounts[account]),
        Transport(connect_timeout=10, read_timeout=10, verify=emulator.ca_path, product="collection"),
        RetryPolicy(0, 0),
        clock=lambda: time.time() - 60,
    )
    client.call(operations.create_snapshot(emulator.instances["active"], TOKEN))


def without(entry: dict[str, Any], *names: str) -> dict[str, Any]:
    """Return a copy that lacks some fields."""
    assert set(names) <= entry.keys()
    return {name: value for name, value in entry.items() if name not in names}


@pytest.mark.parametrize("secure", [False, True], ids=["http", "https"])
@pytest.mark.parametrize("account", ["operator", "temporary"])
def test_create_snapshot_is_served(emulator: Caller, account: str, secure: bool) -> None:
    response = create_snapshot(emulator, TOKEN, account, secure)
    assert (response.status_code, response.body.result) == (200, True)
    (snapshot,) = emulator.snapshots
    assert (snapshot["client_token"], snapshot["request_id"]) == (TOKEN, response.body.request_id)
    assert "user-agent" in emulator.requests[0]["signed_headers"]


@pytest.mark.parametrize("system", [None, True])
def test_invoke_es_request_is_served(cluster: Cluster, system: bool | None) -> None:
    sdk = importlib.import_module("alibabacloud_elasticsearch20170613.client")
    models = importlib.import_module("alibabacloud_elasticsearch20170613.models")
    configuration = importlib.import_module("alibabacloud_tea_openapi.utils_models")
    if not hasattr(models, "InvokeEsRequestRequest"):
        pytest.skip("needs alibabacloud_elasticsearch20170613 5.4")
    emulator = cluster.emulator
    (name,) = cluster.emulator.fixtures({})
    config = configuration.Config(
        **emulator.accounts["operator"],
        protocol="https",
        endpoint=urlsplit(emulator.https).netloc,
        ca=emulator.ca_path,
    )
    path = "_snapshot/aliyun_auto_snapshot/_all"
    request = models.InvokeEsRequestRequest(path=path, method="GET", credential_id=cluster.credential_id, system=system)
    response = sdk.Client(config).invoke_es_request(emulator.instances["active"], request)
    assert response.body.result["snapshots"][0]["snapshot"] == name
    assert response.body.request_id == emulator.requests[0]["request_id"]
    (asked,) = cluster.requests
    assert (asked["credential_id"], asked["system"]) == (cluster.credential_id, bool(system))


@pytest.mark.parametrize("secure", [False, True], ids=["http", "https"])
@pytest.mark.parametrize("account", ["operator", "temporary"])
def test_request_differs_from_the_collections_only_as_explained(emulator: Caller, account: str, secure: bool) -> None:
    create_snapshot(emulator, TOKEN, account, secure)
    (official,), (official_snapshot,) = emulator.requests, emulator.snapshots
    emulator.reset()
    create_snapshot_with_the_collection(emulator, account, secure)
    (own,), (own_snapshot,) = emulator.requests, emulator.snapshots

    not_sent = set() if account == "temporary" else WITH_A_SECURITY_TOKEN
    names = official["headers"].keys() | own["headers"].keys()
    different = {name for name in names if official["headers"].get(name) != own["headers"].get(name)}
    assert different == DIFFERENT_HEADERS.keys() - not_sent
    assert set(official["signed_headers"]) ^ set(own["signed_headers"]) == SIGNED_BY_ONE.keys() - not_sent
    # One writes a space in the query as a plus sign, the other as %20.
    assert dict(parse_qsl(official["query"])) == dict(parse_qsl(own["query"])) == {"ClientToken": TOKEN}
    compared = ("headers", "signed_headers", "query", "nonce")
    assert without(official, *compared, "request_id") == without(own, *compared, "request_id")
    assert without(official_snapshot, "name", "request_id", "taken_at") == without(
        own_snapshot, "name", "request_id", "taken_at"
    )


@pytest.mark.parametrize("first", ["official client", "collection"])
def test_tokens_are_shared_with_the_collection(emulator: Caller, first: str) -> None:
    clients = [
        lambda: create_snapshot(emulator, TOKEN, "operator", True),
        lambda: create_snapshot_with_the_collection(emulator, "operator", True),
    ]
    for client in clients if first == "official client" else reversed(clients):
        client()
    assert [request["status"] for request in emulator.requests] == [200, 200]
    assert len(emulator.snapshots) == 1


@pytest.mark.parametrize("form", ["json", "xml"])
def test_errors_are_understood(emulator: Caller, form: str) -> None:
    emulator.fail({"kind": "error", "status": 400, "code": "Some.Code", "format": form})
    with pytest.raises(Exception, match=r"Some\.Code") as caught:
        create_snapshot(emulator, "one")
    assert getattr(caught.value, "code", None) == "Some.Code"


def test_refusal_is_understood(emulator: Caller) -> None:
    with pytest.raises(Exception, match=r"MissingClientToken") as caught:
        create_snapshot(emulator, None)
    assert getattr(caught.value, "request_id", None) == emulator.requests[0]["request_id"]

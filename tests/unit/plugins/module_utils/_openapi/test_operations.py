# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.aliyun.elasticsearch.plugins.module_utils._http.transport import MAX_RESPONSE_BYTES
from ansible_collections.aliyun.elasticsearch.plugins.module_utils._openapi.operations import (
    Operation,
    create_snapshot,
    invoke_es_request,
)

HINTS = {"security_exception": "Ask the cluster's administrator."}

PATHS = [
    ("es-cn-1", "/openapi/instances/es-cn-1"),
    ("a%2Fb+c", "/openapi/instances/a%252Fb%2Bc"),
]


@pytest.mark.parametrize(("instance_id", "path"), PATHS)
def test_create_snapshot_asks_what_is_documented(instance_id: str, path: str) -> None:
    operation = create_snapshot(instance_id, "a token")
    assert (operation.action, operation.method, operation.path) == ("CreateSnapshot", "POST", f"{path}/snapshots")
    assert list(operation.query) == [("ClientToken", "a token")]
    assert operation.permissions == [("CreateSnapshot", f"instances/{instance_id}")]
    assert list(operation.hints) == ["Result: false"]
    assert operation.hints["Result: false"] == (
        "Look in the console whether a snapshot is running already and whether automatic backup was ever enabled."
    )
    assert (operation.body, operation.max_bytes) == (None, MAX_RESPONSE_BYTES)


def test_create_snapshot_accepts_true_and_nothing_else() -> None:
    accepts = create_snapshot("es-1", "a token").accepts
    assert [accepts(value) for value in (True, False, 1, "true", None)] == [True] + [False] * 4


def invoke(instance_id: str = "es-1", path: str = "_snapshot", **options: Any) -> Operation:
    defaults = {"credential_id": None, "system_credential": False, "max_bytes": 12345, "hints": HINTS}
    return invoke_es_request(instance_id, path, **{**defaults, **options})


@pytest.mark.parametrize(("instance_id", "path"), PATHS)
def test_invoke_es_request_asks_what_is_documented(instance_id: str, path: str) -> None:
    operation = invoke(instance_id, "_cat/health?format=json")
    assert (operation.action, operation.method, operation.path) == ("InvokeEsRequest", "POST", f"{path}/es-request")
    assert (operation.body, operation.max_bytes, operation.hints) == (None, 12345, HINTS)


@pytest.mark.parametrize(
    ("options", "query", "credential"),
    [
        ({}, [], "*"),
        ({"credential_id": ""}, [], "*"),
        ({"credential_id": "cred-1"}, [("credentialId", "cred-1")], "cred-1"),
        ({"system_credential": True}, [("system", "true")], "*"),
    ],
    ids=str,
)
def test_invoke_es_request_names_the_credential_in_the_query_and_in_the_permissions(
    options: dict[str, Any], query: list[tuple[str, str]], credential: str
) -> None:
    operation = invoke("es-1", "_snapshot/a%20b/_all", **options)
    assert operation.query == [("path", "_snapshot/a%20b/_all"), ("method", "GET"), *query]
    assert operation.permissions == [
        ("InvokeEsRequest", "instances/es-1"),
        ("UseCredential", f"instances/es-1/credentials/{credential}"),
    ]


def test_invoke_es_request_accepts_an_object_a_list_or_a_text() -> None:
    accepts = invoke().accepts
    assert [accepts(value) for value in ({}, [], "", {"a": 1}, [1], "{}")] == [True] * 6
    assert [accepts(value) for value in (None, True, False, 0, 1, 1.5)] == [False] * 6


@pytest.mark.parametrize(
    ("region", "text"),
    [
        (
            "cn-hangzhou",
            "elasticsearch:InvokeEsRequest on acs:elasticsearch:cn-hangzhou:*:instances/es-1 and "
            "elasticsearch:UseCredential on acs:elasticsearch:cn-hangzhou:*:instances/es-1/credentials/*",
        ),
        (
            None,
            "elasticsearch:InvokeEsRequest on acs:elasticsearch:*:*:instances/es-1 and "
            "elasticsearch:UseCredential on acs:elasticsearch:*:*:instances/es-1/credentials/*",
        ),
    ],
)
def test_permissions_in_names_them_as_a_policy_does(region: str | None, text: str) -> None:
    assert invoke().permissions_in(region) == text


@pytest.mark.parametrize(
    ("body", "payload", "content_type"),
    [
        (None, None, None),
        ({}, b"{}", "application/json; charset=utf-8"),
        (
            {"a": 1, "名": ["ü", None, True]},
            '{"a":1,"名":["ü",null,true]}'.encode(),
            "application/json; charset=utf-8",
        ),
    ],
    ids=["none", "empty", "some"],
)
def test_payload_is_the_body_as_json_in_utf_8(body: Any, payload: bytes | None, content_type: str | None) -> None:
    operation = create_snapshot("es-1", "a token")._replace(body=body)
    assert (operation.payload, operation.content_type) == (payload, content_type)

# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import pytest

from ansible_collections.aliyun.elasticsearch.plugins.module_utils._errors import (
    NOT_SENT,
    REFUSED,
    UNKNOWN,
    AliyunError,
)
from ansible_collections.aliyun.elasticsearch.plugins.module_utils._http.transport import MAX_RESPONSE_BYTES
from ansible_collections.aliyun.elasticsearch.plugins.module_utils._openapi.operations import (
    ENGINE,
    KERNEL,
    Operation,
    check_upgrade,
    create_snapshot,
    describe_elasticsearch_health,
    describe_instance,
    describe_snapshot_setting,
    invoke_es_request,
    list_action_records,
    list_instances,
    update_snapshot_setting,
    upgrade_info,
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
        "See with aliyun.elasticsearch.es_instance_info whether the instance is active and its cluster green, with "
        "aliyun.elasticsearch.es_snapshot_setting (which only reads unless it is told what to set) whether automatic "
        "backup is on, and with aliyun.elasticsearch.es_snapshot_info whether a snapshot is running already."
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


OBJECTS = [{}, {"a": 1}]
LISTS = [[], [{}], [1]]
TEXTS = ["GREEN", "", "{}"]
VALUES = [*OBJECTS, *LISTS, *TEXTS, True, False, None, 0, 1]
# By action: how it is made for an instance, its method, its path after that of the instance, its query, the permission
# that it needs, and the results that it accepts.
OPERATIONS: dict[str, tuple[Callable[[str], Operation], str, str, list[tuple[str, str]], str, list[Any]]] = {
    "DescribeInstance": (describe_instance, "GET", "", [], "DescribeInstance", OBJECTS),
    "DescribeElasticsearchHealth": (
        describe_elasticsearch_health,
        "GET",
        "/elasticsearch-health",
        [],
        "DescribeElasticsearchHealth",
        TEXTS,
    ),
    "DescribeSnapshotSetting": (
        describe_snapshot_setting,
        "GET",
        "/snapshot-setting",
        [],
        "DescribeSnapshotSetting",
        OBJECTS,
    ),
    "UpdateSnapshotSetting": (
        lambda instance_id: update_snapshot_setting(instance_id, True, "x"),
        "POST",
        "/snapshot-setting",
        [],
        "UpdateSnapshotSetting",
        [*OBJECTS, True],
    ),
    "UpgradeInfo": (upgrade_info, "GET", "/upgradeInfo", [], "DescribeInstance", OBJECTS),
    "ListActionRecords": (
        list_action_records,
        "GET",
        "/action-records",
        [("page", "1"), ("size", "50")],
        "ListActionRecords",
        LISTS,
    ),
}


@pytest.mark.parametrize(("instance_id", "path"), PATHS)
@pytest.mark.parametrize("action", OPERATIONS)
def test_operations_of_an_instance_ask_what_is_documented(action: str, instance_id: str, path: str) -> None:
    make, method, rest, query, permission, _accepted = OPERATIONS[action]
    operation = make(instance_id)
    assert (operation.action, operation.method, operation.path) == (action, method, f"{path}{rest}")
    assert list(operation.query) == query
    assert (operation.body is None) == (method == "GET")
    assert (operation.hints == {}) == (method == "GET")
    assert operation.permissions == [(permission, f"instances/{instance_id}")]
    assert (operation.not_retried, operation.at_most_once) == (("InstanceActivating",), False)
    assert operation.max_bytes == MAX_RESPONSE_BYTES


@pytest.mark.parametrize("action", OPERATIONS)
def test_operations_of_an_instance_accept_their_own_type_only(action: str) -> None:
    make, *_fields, accepted = OPERATIONS[action]
    accepts = make("es-1").accepts
    # By what they look like, as True equals 1.
    assert [repr(value) for value in VALUES if accepts(value)] == list(map(repr, accepted))


def test_list_instances_asks_what_is_documented() -> None:
    operation = list_instances()
    assert (operation.action, operation.method, operation.path) == ("ListInstance", "GET", "/openapi/instances")
    assert (operation.query, operation.body, operation.hints) == ((), None, {})
    assert operation.permissions == [("ListInstance", "instances/*")]
    assert (operation.not_retried, operation.at_most_once) == (("InstanceActivating",), False)
    assert operation.max_bytes == 8 * 1024 * 1024
    assert [value for value in VALUES if operation.accepts(value)] == LISTS


@pytest.mark.parametrize(("instance_id", "path"), PATHS)
@pytest.mark.parametrize(("kind", "documented"), [(ENGINE, "engineVersion"), (KERNEL, "aliVersion")])
def test_check_upgrade_asks_what_is_documented_and_always_for_a_dry_run(
    kind: str, documented: str, instance_id: str, path: str
) -> None:
    operation = check_upgrade(instance_id, kind, "8.17.0")
    assert (operation.action, operation.method) == ("UpgradeEngineVersion", "POST")
    assert operation.path == f"{path}/actions/upgrade-version"
    assert operation.query == [("dryRun", "true")]
    assert operation.payload == f'{{"type":"{documented}","version":"8.17.0"}}'.encode()
    assert operation.permissions == [
        ("UpgradeEngineVersion", f"instances/{instance_id}"),
        ("UpgradeInstanceEngineVersion", f"instances/{instance_id}"),
    ]
    assert (operation.not_retried, operation.at_most_once) == (("InstanceActivating",), True)
    assert operation.max_bytes == MAX_RESPONSE_BYTES


def test_check_upgrade_has_no_parameter_by_which_it_could_be_an_upgrade() -> None:
    assert list(inspect.signature(check_upgrade).parameters) == ["instance_id", "kind", "version"]
    assert (ENGINE, KERNEL) == ("engine", "kernel"), "the choices of the option type"


def test_check_upgrade_says_what_the_permission_also_allows() -> None:
    hints = check_upgrade("es-1", ENGINE, "8.17.0").hints
    assert list(hints) == ["Forbidden", "NoPermission", "NotAuthorized"]
    assert set(hints.values()) == {
        "A RAM policy has to allow {permissions}. That is one right with two documented names, and it also allows "
        "upgrades."
    }


CHECK = {"validateType": "checkClusterHealth", "status": "success"}


@pytest.mark.parametrize(
    "result", [[], [CHECK], [CHECK, CHECK], [{"ValidateType": "a"}], [{"validateType": "", "a": 1}]]
)
def test_check_upgrade_accepts_a_list_of_checks(result: object) -> None:
    assert check_upgrade("es-1", ENGINE, "8.17.0").accepts(result)


@pytest.mark.parametrize(
    "result",
    [
        None,
        True,
        False,
        0,
        "",
        "success",
        {},
        CHECK,
        {"result": [CHECK]},
        [None],
        [True],
        ["checkClusterHealth"],
        [[CHECK]],
        [{}],
        [{"status": "success"}],
        [{"validateType": None}],
        [{"validateType": 1}],
        [{"validateTypes": "a"}],
        [CHECK, {}],
        [{}, CHECK],
    ],
)
def test_check_upgrade_accepts_nothing_else(result: object) -> None:
    assert not check_upgrade("es-1", ENGINE, "8.17.0").accepts(result)


@pytest.mark.parametrize("outcome", [NOT_SENT, REFUSED, UNKNOWN])
@pytest.mark.parametrize("code", [None, "Throttling.User", "InstanceActivating", "InstanceActivating.Again"])
@pytest.mark.parametrize("retryable", [True, False])
def test_may_be_sent_again_what_is_retryable_unless_the_operation_says_otherwise(
    retryable: bool, code: str | None, outcome: str
) -> None:
    error = AliyunError("It failed.", outcome=outcome, code=code, retryable=retryable)
    is_busy = (code or "").startswith("InstanceActivating")
    assert create_snapshot("es-1", "token").may_be_sent_again(error) is retryable
    assert describe_instance("es-1").may_be_sent_again(error) is (retryable and not is_busy)
    may_be = retryable and not is_busy and outcome != UNKNOWN
    assert check_upgrade("es-1", ENGINE, "8.17.0").may_be_sent_again(error) is may_be


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
        pytest.param(None, None, None, id="none"),
        pytest.param({}, b"{}", "application/json; charset=utf-8", id="empty"),
        pytest.param(
            {"a": 1, "名": ["ü", None, True]},
            '{"a":1,"名":["ü",null,true]}'.encode(),
            "application/json; charset=utf-8",
            id="some",
        ),
    ],
)
def test_payload_is_the_body_as_json_in_utf_8(body: Any, payload: bytes | None, content_type: str | None) -> None:
    operation = create_snapshot("es-1", "a token")._replace(body=body)
    assert (operation.payload, operation.content_type) == (payload, content_type)


@pytest.mark.parametrize(
    ("enabled", "schedule", "payload"),
    [
        (True, "0 0 01 ? * * *", b'{"enable":true,"quartzRegex":"0 0 01 ? * * *"}'),
        (False, "x", b'{"enable":false,"quartzRegex":"x"}'),
        (False, None, b'{"enable":false}'),
    ],
)
def test_update_snapshot_setting_sends_the_body_and_no_client_token(
    enabled: bool, schedule: str | None, payload: bytes
) -> None:
    operation = update_snapshot_setting("es-1", enabled, schedule)
    assert (operation.payload, operation.query) == (payload, ())
    assert list(operation.hints) == ["Result: false"]
    assert operation.hints["Result: false"] == (
        "See with aliyun.elasticsearch.es_instance_info whether the instance is active. Instances with OpenStore or "
        "the Indexing Service have no automatic backup, and in the log-enhanced edition its time is fixed."
    )

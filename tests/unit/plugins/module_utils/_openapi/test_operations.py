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


@pytest.mark.parametrize(("instance_id", "path"), PATHS)
@pytest.mark.parametrize(
    ("make", "action", "rest", "query", "permission"),
    [
        (describe_instance, "DescribeInstance", "", [], "DescribeInstance"),
        (upgrade_info, "UpgradeInfo", "/upgradeInfo", [], "DescribeInstance"),
        (
            list_action_records,
            "ListActionRecords",
            "/action-records",
            [("page", "1"), ("size", "50")],
            "ListActionRecords",
        ),
    ],
)
def test_operations_that_read_ask_what_is_documented(
    make: Callable[[str], Operation],
    action: str,
    rest: str,
    query: list[tuple[str, str]],
    permission: str,
    instance_id: str,
    path: str,
) -> None:
    operation = make(instance_id)
    assert (operation.action, operation.method, operation.path) == (action, "GET", f"{path}{rest}")
    assert (list(operation.query), operation.body, operation.hints) == (query, None, {})
    assert operation.permissions == [(permission, f"instances/{instance_id}")]
    assert (operation.not_retried, operation.at_most_once) == (("InstanceActivating",), False)
    assert operation.max_bytes == MAX_RESPONSE_BYTES


@pytest.mark.parametrize("make", [describe_instance, upgrade_info])
def test_operations_that_read_an_object_accept_nothing_else(make: Callable[[str], Operation]) -> None:
    accepts = make("es-1").accepts
    assert [accepts(value) for value in ({}, {"a": 1})] == [True] * 2
    assert [accepts(value) for value in (None, True, False, 0, "", "{}", [], [{}])] == [False] * 8


def test_list_action_records_accepts_a_list() -> None:
    accepts = list_action_records("es-1").accepts
    assert [accepts(value) for value in ([], [{}], [1])] == [True] * 3
    assert [accepts(value) for value in (None, True, 0, "", {})] == [False] * 5


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
    ("make", "method", "path", "action"),
    [
        (list_instances, "GET", "/openapi/instances", "ListInstance"),
        (lambda: describe_instance("a/b"), "GET", "/openapi/instances/a%2Fb", "DescribeInstance"),
        (
            lambda: describe_elasticsearch_health("a/b"),
            "GET",
            "/openapi/instances/a%2Fb/elasticsearch-health",
            "DescribeElasticsearchHealth",
        ),
        (
            lambda: describe_snapshot_setting("a/b"),
            "GET",
            "/openapi/instances/a%2Fb/snapshot-setting",
            "DescribeSnapshotSetting",
        ),
        (
            lambda: update_snapshot_setting("a/b", True, "x"),
            "POST",
            "/openapi/instances/a%2Fb/snapshot-setting",
            "UpdateSnapshotSetting",
        ),
    ],
)
def test_operations_of_instances_ask_what_is_documented(
    make: Callable[[], Operation], method: str, path: str, action: str
) -> None:
    operation = make()
    assert (operation.action, operation.method, operation.path) == (action, method, path)
    assert operation.query == ()
    assert operation.permissions == [(action, "instances/*" if action == "ListInstance" else "instances/a/b")]
    assert operation.not_retried == ("InstanceActivating",)
    assert (operation.body is None) == (method == "GET")
    assert operation.max_bytes == (8 * 1024 * 1024 if action == "ListInstance" else MAX_RESPONSE_BYTES)


@pytest.mark.parametrize(
    ("make", "good"),
    [
        pytest.param(list_instances, [[]], id="list"),
        pytest.param(lambda: describe_instance("es-1"), [{}], id="describe"),
        pytest.param(lambda: describe_elasticsearch_health("es-1"), ["GREEN", ""], id="health"),
        pytest.param(lambda: describe_snapshot_setting("es-1"), [{}], id="setting"),
        pytest.param(lambda: update_snapshot_setting("es-1", True, "x"), [{}, True], id="update"),
    ],
)
def test_operations_of_instances_accept_their_own_type_only(make: Callable[[], Operation], good: list[object]) -> None:
    operation = make()
    values = [[], {}, "GREEN", "", True, False, None, 1, 0]
    assert [value for value in values if operation.accepts(value)] == good


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


@pytest.mark.parametrize(
    ("code", "retryable", "again"),
    [
        ("InstanceActivating", True, False),
        ("InstanceActivating.Late", True, False),
        ("Throttling", True, True),
        ("Throttling", False, False),
        (None, True, True),
    ],
)
def test_may_be_sent_again_excludes_the_codes_that_are_a_response(
    code: str | None, retryable: bool, again: bool
) -> None:
    error = AliyunError("no", outcome=REFUSED, code=code, retryable=retryable)
    assert describe_instance("es-1").may_be_sent_again(error) is again
    assert create_snapshot("es-1", "a token").may_be_sent_again(error) is retryable

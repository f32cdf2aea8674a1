# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""es_instance_info: the list with its filters, one instance, details and health, and what goes wrong."""

from __future__ import annotations

import json
from typing import Any

import pytest
import yaml

from ansible_collections.aliyun.elasticsearch.plugins.module_utils._plugin.module import ModuleCaller
from ansible_collections.aliyun.elasticsearch.plugins.modules import es_instance_info as module
from ansible_collections.aliyun.elasticsearch.tests.unit.plugins.modules.results import (
    ERROR_KEYS,
    INSTANCE,
    SECRET,
    Run,
    Serve,
)
from ansible_collections.aliyun.elasticsearch.tests.unit.support.openapi import ScriptedOpenApi, json_response
from ansible_collections.aliyun.elasticsearch.tests.unit.support.server import http_response, unused_port

KEYS = set(yaml.safe_load(module.RETURN)["instances"]["contains"])
GONE = json_response("404 Not Found", Code="InstanceNotFound", Message="gone", RequestId="E-1")
BUSY = json_response("400 Bad Request", Code="InstanceActivating", Message="busy", RequestId="E-2")
DENIED = json_response("403 Forbidden", Code="Forbidden.RAM", Message="not you", RequestId="E-3")
GREEN = json_response(Result="GREEN", RequestId="H-1")
ROWS = [
    {
        "instanceId": "es-1",
        "description": "orders {{ lookup('pipe', 'id') }}",
        "status": "active",
        "port": "9200",
        "domain": "es-1.example",
        "tags": [{"tagKey": "env", "tagValue": "prod"}, {"tagKey": "tier", "tagValue": "1"}],
        "esIPWhitelist": ["white"],
    },
    {"instanceId": "es-2", "description": "Orders of old", "status": "activating", "tags": []},
    {"instanceId": "es-3", "status": "invalid", "tags": [{"tagKey": "env", "tagValue": "prod"}]},
]


@pytest.fixture
def es_instance_info(run_module: Run, serve: Serve) -> Run:
    """Run the module against an OpenAPI; the defaults are quick."""

    def run(api: ScriptedOpenApi | None = None, *, check_mode: bool = False, **options: Any) -> dict[str, Any]:
        given = {
            "access_key_id": "the-id",
            "access_key_secret": SECRET,
            "region": "cn-hangzhou",
            "retries": 1,
            "retry_max_delay": 0,
            **({"endpoint": serve(api).url} if api else {}),
            **options,
        }
        result = run_module(module.main, given, check_mode=check_mode)
        assert result["changed"] is False
        assert SECRET not in result["printed"]
        assert result["msg"].isprintable()
        return result

    return run


def ids(result: dict[str, Any]) -> list[str]:
    return [instance["instance_id"] for instance in result["instances"]]


def check_failure(result: dict[str, Any], outcome: str) -> None:
    """Assert the one shape that all failures share."""
    assert (result["failed"], result["outcome"]) == (True, outcome), result["msg"]
    assert result["error"].keys() == ERROR_KEYS
    assert result["error"]["request_id"] == result["request_id"]
    assert result["msg"].startswith("The instances could not be read. ")
    assert "instances" not in result


def test_list_has_every_instance_with_the_documented_keys(es_instance_info: Run) -> None:
    api = ScriptedOpenApi(ROWS)
    result = es_instance_info(api)
    assert ids(result) == ["es-1", "es-2", "es-3"]
    assert [instance.keys() for instance in result["instances"]] == [KEYS] * 3
    assert result["msg"] == "3 instances found in cn-hangzhou: 1 active, 1 activating, 1 invalid."
    assert (result["request_id"], result["instance_id"], result["failed"]) == ("L-1", None, False)
    assert [request.target for request in api.requests] == ["/openapi/instances?page=1&size=100"]
    first, _second, third = result["instances"]
    assert first["endpoint"] == {"protocol": None, "host": "es-1.example", "port": 9200}
    assert first["region"] == "cn-hangzhou"
    assert {key: value for key, value in third.items() if value is not None} == {
        "instance_id": "es-3",
        "region": "cn-hangzhou",
        "status": "invalid",
        "tags": {"env": "prod"},
    }


def test_list_returns_texts_as_they_are_and_no_white_list(es_instance_info: Run) -> None:
    result = es_instance_info(ScriptedOpenApi(ROWS))
    assert result["instances"][0]["description"] == "orders {{ lookup('pipe', 'id') }}"
    assert "white" not in result["printed"]


def test_list_is_the_same_in_check_mode(es_instance_info: Run) -> None:
    assert ids(es_instance_info(ScriptedOpenApi(ROWS), check_mode=True)) == ["es-1", "es-2", "es-3"]


def test_list_reads_all_pages(es_instance_info: Run) -> None:
    rows = [{"instanceId": f"es-{number:03}", "status": "active"} for number in range(250)]
    api = ScriptedOpenApi(rows)
    result = es_instance_info(api)
    assert ids(result) == [row["instanceId"] for row in rows]
    assert result["msg"] == "250 instances found in cn-hangzhou: 250 active."
    assert [request.target.partition("?")[2] for request in api.requests] == [
        f"page={page}&size=100" for page in (1, 2, 3)
    ]


def test_list_of_none(es_instance_info: Run) -> None:
    result = es_instance_info(ScriptedOpenApi([]))
    assert (result["instances"], result["msg"]) == ([], "0 instances found in cn-hangzhou.")


def test_list_warns_of_rows_without_an_id(es_instance_info: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    warned: list[str] = []
    monkeypatch.setattr(ModuleCaller, "warn", lambda _caller, text: warned.append(text))
    result = es_instance_info(ScriptedOpenApi([None, {}, *ROWS[:1]]))
    assert ids(result) == ["es-1"]
    assert warned == ["2 of the rows that the API listed had no instance ID, and were left out."]
    es_instance_info(ScriptedOpenApi(ROWS))
    assert len(warned) == 1


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"status": []}, ["es-1", "es-2", "es-3"]),
        ({"status": ["active"]}, ["es-1"]),
        ({"status": ["activating", "invalid"]}, ["es-2", "es-3"]),
        ({"status": ["unknown"]}, []),
        ({"tags": {"env": "prod"}}, ["es-1", "es-3"]),
        ({"tags": {"env": "prod", "tier": 1}}, ["es-1"]),
        ({"tags": {"env": "PROD"}}, []),
        ({"tags": {"ENV": "prod"}}, []),
        ({"tags": {"none": ""}}, []),
        ({"tags": {}}, ["es-1", "es-2", "es-3"]),
        ({"description": "rders"}, ["es-1", "es-2"]),
        ({"description": "Orders"}, ["es-2"]),
        ({"description": ""}, ["es-1", "es-2", "es-3"]),
        ({"description": "orders", "tags": {"env": "prod"}, "status": ["active"]}, ["es-1"]),
    ],
    ids=str,
)
def test_list_has_only_what_is_asked_for(es_instance_info: Run, options: dict[str, Any], expected: list[str]) -> None:
    api = ScriptedOpenApi(ROWS)
    result = es_instance_info(api, **options)
    assert ids(result) == expected
    assert api.requests[0].target == "/openapi/instances?page=1&size=100", "nothing is left to the API's own filters"
    assert result["msg"].startswith("3 instances" if len(expected) == 3 else f"{len(expected)} of 3 instances found")


def test_health_is_asked_for_each_and_null_while_a_change_runs(es_instance_info: Run) -> None:
    rows = [*ROWS[:2], {"instanceId": "es-3", "status": "active"}, {"instanceId": "es-4", "status": "inactive"}]
    api = ScriptedOpenApi(rows, DescribeElasticsearchHealth=[GREEN, BUSY, GONE])
    result = es_instance_info(api, gather_health=True)
    healths = [(row["instance_id"], row["health"]) for row in result["instances"]]
    assert healths == [("es-1", "green"), ("es-2", None), ("es-4", None)]
    assert [request.target for request in api.requests[1:]] == [
        f"/openapi/instances/es-{number}/elasticsearch-health" for number in (1, 2, 3)
    ]
    assert result["msg"] == "3 of 4 instances found in cn-hangzhou: 1 active, 1 activating, 1 inactive."
    assert result["request_id"] == "E-1"


def test_details_are_asked_for_what_the_filters_leave(es_instance_info: Run) -> None:
    details = json_response(Result={"instanceId": "es-1", "status": "active", "instanceCategory": "x-pack"})
    api = ScriptedOpenApi(ROWS, DescribeInstance=details, DescribeElasticsearchHealth=GREEN)
    result = es_instance_info(api, gather_details=True, gather_health=True, status=["active"])
    (instance,) = result["instances"]
    assert (instance["edition"], instance["health"]) == ("x-pack", "green")
    assert instance["tags"] == {"env": "prod", "tier": "1"}
    assert api.actions == ["ListInstance", "DescribeInstance", "DescribeElasticsearchHealth"]


def test_details_may_show_that_an_instance_is_not_asked_for_any_more(es_instance_info: Run) -> None:
    details = json_response(Result={"instanceId": "es-1", "status": "activating"})
    api = ScriptedOpenApi(ROWS, DescribeInstance=details)
    result = es_instance_info(api, gather_details=True, gather_health=True, status=["active"])
    assert result["instances"] == []
    assert api.actions == ["ListInstance", "DescribeInstance"]


def test_one_is_described(es_instance_info: Run) -> None:
    details = {"instanceId": INSTANCE, "status": "active", "esVersion": "8.15.1_with_X-Pack", "port": 9200}
    api = ScriptedOpenApi(
        DescribeInstance=json_response(Result=details, RequestId="D-1"), DescribeElasticsearchHealth=GREEN
    )
    result = es_instance_info(api, instance_id=INSTANCE, gather_health=True, gather_details=True)
    (instance,) = result["instances"]
    assert (instance["version"], instance["health"], instance.keys()) == ("8.15.1", "green", KEYS)
    assert result["msg"] == "1 instance found in cn-hangzhou: 1 active."
    assert (result["instance_id"], result["request_id"]) == (INSTANCE, "H-1")
    assert [request.target for request in api.requests] == [
        f"/openapi/instances/{INSTANCE}",
        f"/openapi/instances/{INSTANCE}/elasticsearch-health",
    ]


def test_one_that_is_not_there_is_an_empty_list(es_instance_info: Run) -> None:
    result = es_instance_info(ScriptedOpenApi(DescribeInstance=GONE), instance_id=INSTANCE, gather_health=True)
    assert (result["instances"], result["failed"], result["request_id"]) == ([], False, "E-1")
    assert result["msg"] == (
        f"There is no instance {INSTANCE} in cn-hangzhou. See that the ID and the region are right."
    )


def test_one_that_the_filters_leave_out(es_instance_info: Run) -> None:
    api = ScriptedOpenApi(DescribeInstance=json_response(Result={"status": "inactive"}))
    result = es_instance_info(api, instance_id=INSTANCE, status=["active"])
    assert (result["instances"], result["msg"]) == ([], "0 of 1 instance found in cn-hangzhou.")


def test_one_with_next_to_nothing_in_it(es_instance_info: Run) -> None:
    result = es_instance_info(ScriptedOpenApi(DescribeInstance=json_response(Result={})), instance_id=INSTANCE)
    (instance,) = result["instances"]
    assert {key: value for key, value in instance.items() if value is not None} == {
        "instance_id": INSTANCE,
        "region": "cn-hangzhou",
    }
    assert result["msg"] == "1 instance found in cn-hangzhou: 1 without a status."


def test_one_at_an_endpoint_without_a_region(es_instance_info: Run) -> None:
    result = es_instance_info(ScriptedOpenApi(DescribeInstance=GONE), instance_id=INSTANCE, region="")
    assert result["msg"].startswith(f"There is no instance {INSTANCE} at the endpoint.")


@pytest.mark.parametrize(
    ("responses", "options", "outcome", "says"),
    [
        ({"ListInstance": DENIED}, {}, "refused", "elasticsearch:ListInstance on acs:elasticsearch:cn-hangzhou:*:inst"),
        ({"ListInstance": http_response(b"<html>")}, {}, "unknown", "HTTP 200"),
        ({"ListInstance": json_response(Result={})}, {}, "unknown", "HTTP 200"),
        ({"DescribeInstance": DENIED}, {"instance_id": INSTANCE}, "refused", f"The instance is {INSTANCE}."),
    ],
)
def test_what_cannot_be_read_fails(
    es_instance_info: Run, responses: dict[str, bytes], options: dict[str, Any], outcome: str, says: str
) -> None:
    result = es_instance_info(ScriptedOpenApi(**responses), **options)
    check_failure(result, outcome)
    assert says in result["msg"]
    assert result.get("instance_id") == options.get("instance_id")


def test_health_that_is_refused_fails_and_names_the_instance(es_instance_info: Run) -> None:
    api = ScriptedOpenApi(ROWS, DescribeElasticsearchHealth=[GREEN, DENIED])
    result = es_instance_info(api, gather_health=True)
    check_failure(result, "refused")
    assert "The instance is es-2. A RAM policy has to allow elasticsearch:DescribeElasticsearchHealth" in result["msg"]


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"instance_id": ""}, "instance_id must not be blank."),
        ({"instance_id": "a/b"}, "instance_id must not hold"),
        ({"tags": {"env": None}}, "tags must hold texts"),
        ({"region": "Hangzhou!"}, "region may hold"),
        ({"connect_timeout": 0}, "connect_timeout must be"),
    ],
    ids=str,
)
def test_what_cannot_be_meant_fails_before_the_network(
    es_instance_info: Run, options: dict[str, Any], says: str
) -> None:
    result = es_instance_info(**{"endpoint": f"http://127.0.0.1:{unused_port()}", **options})
    check_failure(result, "not_sent")
    assert says in result["msg"]
    assert result["request_attempts"] == 0


def test_nothing_that_listens_fails(es_instance_info: Run) -> None:
    result = es_instance_info(endpoint=f"http://127.0.0.1:{unused_port()}")
    check_failure(result, "not_sent")
    assert result["request_attempts"] == 2


def test_odd_rows_are_shown_as_far_as_they_go(es_instance_info: Run) -> None:
    odd = {"instanceId": "es-1", "tags": "x", "port": [], "networkConfig": 7, "status": {}, "zoneInfos": {"a": 1}}
    half = json.loads('{"instanceId": "es-2", "description": "half \\ud800 of one"}')
    result = es_instance_info(ScriptedOpenApi([odd, half]))
    assert ids(result) == ["es-1", "es-2"]
    assert result["instances"][1]["description"] == "half ? of one"

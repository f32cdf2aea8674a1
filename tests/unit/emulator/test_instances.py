# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The OpenAPI's operations on instances and their snapshot setting, and what of them can be set up."""

from __future__ import annotations

import importlib
import json
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

from ansible_collections.aliyun.elasticsearch.tests.emulator.client import ControlError

if TYPE_CHECKING:
    from ansible_collections.aliyun.elasticsearch.tests.emulator.client import Reply

    from .callers import Caller

DAILY = "0 0 01 ? * * *"
ENABLE = json.dumps({"enable": True, "quartzRegex": DAILY}).encode()


def listed(emulator: Caller, **query: str) -> list[dict[str, Any]]:
    """Return the rows of a page."""
    rows: list[dict[str, Any]] = emulator.call("ListInstance", "instances", query=query).document["Result"]
    return rows


def describe(emulator: Caller, instance: str = "active") -> Reply:
    return emulator.call("DescribeInstance", f"instances/{emulator.instances.get(instance, instance)}")


def health(emulator: Caller, instance: str = "active") -> Reply:
    path = f"instances/{emulator.instances.get(instance, instance)}/elasticsearch-health"
    return emulator.call("DescribeElasticsearchHealth", path)


def setting(emulator: Caller, instance: str = "active") -> Reply:
    path = f"instances/{emulator.instances.get(instance, instance)}/snapshot-setting"
    return emulator.call("DescribeSnapshotSetting", path)


def update(emulator: Caller, body: bytes = ENABLE, instance: str = "active", **how: Any) -> Reply:
    path = f"instances/{emulator.instances.get(instance, instance)}/snapshot-setting"
    return emulator.call("UpdateSnapshotSetting", path, body=body, **how)


def test_list_has_every_instance_but_the_absent_one(emulator: Caller) -> None:
    rows = listed(emulator, size="100")
    names = {value: name for name, value in emulator.instances.items()}
    found = {names[row["instanceId"]]: row["status"] for row in rows}
    assert found == {
        **dict.fromkeys(("active", "second", "forbidden", "released"), "active"),
        **{status: status for status in ("activating", "inactive", "invalid", "unknown")},
    }


def test_list_has_less_than_the_details_and_other_types(emulator: Caller) -> None:
    row = listed(emulator)[0]
    details = describe(emulator).document["Result"]
    assert (row["port"], details["port"]) == ("9200", 9200)
    assert (row["isNewDeployment"], details["isNewDeployment"]) == ("true", True)
    assert set(row) < set(details)
    assert {"instanceCategory", "publicDomain", "esConfig", "inited"} <= set(details) - set(row)


def test_list_has_the_total_in_the_document(emulator: Caller) -> None:
    document = emulator.call("ListInstance", "instances", query={"size": "2", "page": "2"}).document
    assert list(document) == ["RequestId", "Headers", "Result"]
    assert document["Headers"] == {"X-Total-Count": 8, "totalCount": 8}
    assert len(document["Result"]) == 2


def test_list_has_pages(emulator: Caller) -> None:
    identifiers = emulator.put_instances({"instance_id": "es-cn-many", "count": 250})
    assert (identifiers[0], identifiers[249], len(set(identifiers))) == ("es-cn-many0000", "es-cn-many0249", 250)
    pages = [listed(emulator, page=str(page), size="100") for page in (1, 2, 3, 4)]
    assert [len(page) for page in pages] == [100, 100, 50, 0]
    assert [row["instanceId"] for page in pages for row in page] == identifiers
    assert len(listed(emulator)) == 10


@pytest.mark.parametrize("query", [{"size": "101"}, {"size": "0"}, {"page": "0"}, {"page": "x"}, {"Size": "1"}])
def test_list_refuses_pages_that_cannot_be(emulator: Caller, query: dict[str, str]) -> None:
    emulator.check_refused(emulator.call("ListInstance", "instances", query=query), 400, "InvalidParameter")


def test_details_of_one(emulator: Caller) -> None:
    emulator.put_instances(
        {
            "instance_id": "es-1",
            "description": "{{ x }}",
            "status": "inactive",
            "tags": {"a": ""},
            "fields": {"port": None, "nodeAmount": "missing", "zoneCount": "two"},
            "row_fields": {"description": "listed"},
        }
    )
    details = describe(emulator, "es-1").document["Result"]
    assert (details["instanceId"], details["description"], details["status"]) == ("es-1", "{{ x }}", "inactive")
    assert details["tags"] == [{"tagKey": "a", "tagValue": ""}, {"tagKey": "acs:rm:rgId", "tagValue": "rg-0001"}]
    assert (details["port"], details["zoneCount"], "nodeAmount" in details) == (None, "two", False)
    (row,) = listed(emulator)
    assert (row["description"], row["zoneCount"]) == ("listed", "two")
    assert "domain" not in describe_of_status(emulator, "invalid")


def describe_of_status(emulator: Caller, status: str) -> dict[str, Any]:
    emulator.reset()
    details: dict[str, Any] = describe(emulator, status).document["Result"]
    assert details["status"] == status
    return details


@pytest.mark.parametrize("instance", ["absent", "released", "a%20b"])
def test_one_that_is_gone(emulator: Caller, instance: str) -> None:
    for call in (describe, health, setting):
        emulator.check_refused(call(emulator, instance), 404, "InstanceNotFound")
    emulator.check_refused(update(emulator, instance=instance), 400, "InstanceNotFound")
    assert emulator.create_snapshot(instance="released").code == "InstanceNotFound"


@pytest.mark.parametrize("status", ["activating", "inactive", "invalid", "unknown"])
def test_one_that_is_not_active_is_described_and_refuses_the_rest(emulator: Caller, status: str) -> None:
    assert describe(emulator, status).document["Result"]["status"] == status
    assert setting(emulator, status).status == 200
    code = "InstanceActivating" if status == "activating" else "InstanceStatusNotSupportCurrentAction"
    emulator.check_refused(health(emulator, status), 400, code)
    emulator.check_refused(update(emulator, instance=status), 400, code)
    emulator.check_refused(emulator.create_snapshot(instance=status), 400, code)
    assert setting(emulator, status).document["Result"]["Enable"] is False


def test_an_activating_one_becomes_active(emulator: Caller) -> None:
    emulator.set(activating_requests=1)
    assert describe(emulator, "activating").document["Result"]["status"] == "activating"
    assert [health(emulator, "activating").status for _request in range(2)] == [400, 200]
    assert describe(emulator, "activating").document["Result"]["status"] == "active"
    assert "activating" not in {row["status"] for row in listed(emulator)}


def test_health_is_what_was_set(emulator: Caller) -> None:
    assert health(emulator).document["Result"] == "GREEN"
    emulator.put_instances({"instance_id": "es-1", "health": "YELLOW"})
    assert health(emulator, "es-1").document["Result"] == "YELLOW"


def test_snapshot_setting_is_kept_and_has_other_capitals_when_read(emulator: Caller) -> None:
    assert setting(emulator).document["Result"] == {"Enable": False, "Indices": []}
    reply = update(emulator)
    assert reply.document["Result"] == {"enable": True, "quartzRegex": DAILY, "indices": []}
    assert emulator.requests[-1]["decision"] == f"snapshot setting updated by {ENABLE.decode()}"
    assert setting(emulator).document["Result"] == {"Enable": True, "QuartzRegex": DAILY, "Indices": []}
    assert update(emulator, b'{"enable": false}').status == 200
    assert setting(emulator).document["Result"] == {"Enable": False, "QuartzRegex": DAILY, "Indices": []}
    assert setting(emulator, "second").document["Result"]["Enable"] is False
    emulator.reset()
    assert setting(emulator).document["Result"] == {"Enable": False, "Indices": []}


def test_snapshot_setting_stores_what_the_fixture_says(emulator: Caller) -> None:
    emulator.put_instances(
        {
            "instance_id": "es-1",
            "setting": {"enable": True, "indices": ["a"]},
            "stores": {"indices": [], "quartzRegex": "0 0 1 * * ?"},
        }
    )
    assert setting(emulator, "es-1").document["Result"] == {"Enable": True, "Indices": ["a"]}
    update(emulator, instance="es-1")
    assert setting(emulator, "es-1").document["Result"] == {
        "Enable": True,
        "QuartzRegex": "0 0 1 * * ?",
        "Indices": [],
    }


@pytest.mark.parametrize(
    ("body", "query"),
    [
        (b"", {}),
        (b"[]", {}),
        (b"{}", {}),
        (b'{"Enable": true, "quartzRegex": "x"}', {}),
        (b'{"enable": "true", "quartzRegex": "x"}', {}),
        (b'{"enable": true}', {}),
        (b'{"enable": false, "quartzRegex": null, "indices": []}', {}),
        (b'{"enable": false, "quartzRegex": 1}', {}),
        (ENABLE, {"clientToken": "a"}),
        (ENABLE, {"ClientToken": "a"}),
    ],
)
def test_snapshot_setting_refuses_what_is_not_documented(emulator: Caller, body: bytes, query: dict[str, str]) -> None:
    emulator.check_refused(update(emulator, body, query=query), 400, "InvalidParameter")
    assert setting(emulator).document["Result"]["Enable"] is False


def test_reader_may_read_and_not_update(emulator: Caller) -> None:
    emulator.check_refused(update(emulator, account="reader"), 403, "Forbidden.RAM")
    path = f"instances/{emulator.instances['active']}"
    assert emulator.call("DescribeInstance", path, account="reader").status == 200
    assert emulator.call("ListInstance", "instances", account="reader").status == 200
    emulator.check_refused(describe(emulator, "forbidden"), 403, "Forbidden.RAM")


@pytest.mark.parametrize("when", ["before", "after"])
def test_faults_are_matched_by_operation(emulator: Caller, when: str) -> None:
    fault = {"kind": "truncate"} if when == "after" else {"kind": "error", "status": 503, "code": "ServiceUnavailable"}
    emulator.stub(fault, operation="UpdateSnapshotSetting")
    assert listed(emulator)
    assert setting(emulator).status == 200
    if when == "after":
        with pytest.raises(Exception, match=r"IncompleteRead|bytes"):
            update(emulator)
    else:
        assert update(emulator).status == 503
    assert setting(emulator).document["Result"]["Enable"] is (when == "after")


def test_faults_are_matched_by_an_instance_that_was_set_up(emulator: Caller) -> None:
    with pytest.raises(ControlError, match=r"must be one of"):
        emulator.stub({"kind": "empty"}, instance_id="es-1")
    emulator.put_instances({"instance_id": "es-1"}, {"instance_id": "es-2"})
    emulator.stub({"kind": "result", "value": "RED"}, operation="DescribeElasticsearchHealth", instance_id="es-1")
    assert [health(emulator, name).document["Result"] for name in ("es-2", "es-1", "es-1")] == ["GREEN", "RED", "GREEN"]


def test_faults_of_create_snapshot_are_not_for_other_operations(emulator: Caller) -> None:
    emulator.stub({"kind": "nonce_used"}, operation="ListInstance")
    assert emulator.call("ListInstance", "instances").code == "SignatureNonceUsed"
    for kind in ("in_progress", "xml", "cluster_error"):
        with pytest.raises(ControlError, match=rf"{kind} is not for ListInstance"):
            emulator.stub({"kind": kind}, operation="ListInstance")


def test_scenario_sets_up_instances_or_leaves_those_of_the_start(emulator: Caller) -> None:
    emulator.scenario(instances=[{"instance_id": "es-1"}])
    assert [row["instanceId"] for row in listed(emulator)] == ["es-1"]
    emulator.scenario()
    assert len(listed(emulator)) == 8


@pytest.mark.parametrize(
    "instance",
    [
        {},
        {"instance_id": ""},
        {"instance_id": "a b"},
        {"instance_id": "es-1", "status": "gone"},
        {"instance_id": "es-1", "state": "active"},
        {"instance_id": "es-1", "tags": {"a": 1}},
    ],
)
def test_instances_that_cannot_be_meant(emulator: Caller, instance: dict[str, Any]) -> None:
    with pytest.raises(ControlError, match=r"instances\.0"):
        emulator.put_instances(instance)
    assert len(listed(emulator)) == 8


def test_official_client_understands_every_operation(emulator: Caller) -> None:
    sdk = importlib.import_module("alibabacloud_elasticsearch20170613.client")
    models = importlib.import_module("alibabacloud_elasticsearch20170613.models")
    configuration = importlib.import_module("alibabacloud_tea_openapi.utils_models")
    address = urlsplit(emulator.http)
    client = sdk.Client(configuration.Config(**emulator.accounts["operator"], protocol="http", endpoint=address.netloc))
    instance = emulator.instances["active"]
    body = client.list_instance(models.ListInstanceRequest(page=1, size=3)).body
    assert (body.result[0].instance_id, len(body.result)) == (instance, 3)
    assert body.headers.x_total_count == 8
    assert client.describe_instance(instance).body.result.network_config.vpc_id == "vpc-0001"
    assert client.describe_elasticsearch_health(instance).body.result == "GREEN"
    updated = client.update_snapshot_setting(instance, models.UpdateSnapshotSettingRequest(body=ENABLE.decode())).body
    assert (updated.result.enable, updated.result.quartz_regex) == (True, DAILY)
    read = client.describe_snapshot_setting(instance).body
    assert (read.result.enable, read.result.quartz_regex) == (True, DAILY)

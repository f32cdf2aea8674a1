# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The OpenAPI's operations on upgrades: a check in exactly one way, and an upgrade in every other."""

from __future__ import annotations

import contextlib
import importlib
import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

if TYPE_CHECKING:
    from ansible_collections.aliyun.elasticsearch.tests.emulator.client import Process, Reply

    from .callers import Caller

BODY = json.dumps({"type": "engineVersion", "version": "8.17.0"}).encode()
NAMES = ["checkClusterHealth", "checkConfigCompatible", "checkClusterResource", "checkClusterSnapshot"]


@pytest.fixture
def alone(start: Callable[..., Process]) -> Caller:
    """An emulator of the test's own, which may be asked for upgrades."""
    from ansible_collections.aliyun.elasticsearch.tests.unit.emulator.callers import Caller

    return Caller(start().ready().announcement)


def path(emulator: Caller, rest: str, instance: str = "active") -> str:
    return f"instances/{emulator.instances.get(instance, instance)}/{rest}"


def upgrade_info(emulator: Caller, instance: str = "active") -> dict[str, Any]:
    reply = emulator.call("UpgradeInfo", path(emulator, "upgradeInfo", instance))
    info: dict[str, Any] = reply.document["Result"]["UpgradeInfo"]
    return info


def check(emulator: Caller, instance: str = "active", body: bytes = BODY, **how: Any) -> Reply:
    how.setdefault("query", {"dryRun": "true"})
    return emulator.call("UpgradeEngineVersion", path(emulator, "actions/upgrade-version", instance), body=body, **how)


def records(emulator: Caller) -> list[dict[str, Any]]:
    reply = emulator.call("ListActionRecords", path(emulator, "action-records"))
    found: list[dict[str, Any]] = reply.document["Result"]
    assert reply.document["Headers"] == {"X-Total-Count": len(found)}
    return found


def statuses(reply: Reply) -> dict[str, str]:
    return {check["validateType"]: check["status"] for check in reply.document["Result"]}


def test_upgrade_info_has_a_newer_version_of_the_engine(emulator: Caller) -> None:
    assert upgrade_info(emulator) == {
        "Upgrade": True,
        "curEsVersion": "7.10.0",
        "upgradeEsVersion": "8.17.0",
        "curApackVersion": "1.3.0",
        "upgradeApackVersion": "1.3.0",
        "CurRepoVersion": "1.7.3",
        "UpdateRepoVersion": "1.7.3",
    }


def test_upgrade_info_can_be_set_up(emulator: Caller) -> None:
    emulator.put_instances(
        {"instance_id": "es-1", "upgrade_info": {"upgradeEsVersion": "7.10.0"}},
        {"instance_id": "es-2", "upgrade_info": {"upgradeApackVersion": "1.4.0", "curEsVersion": "missing"}},
        {"instance_id": "es-3", "fields": {"esVersion": "8.17.0_with_X-Pack", "extendConfigs": "missing"}},
    )
    assert upgrade_info(emulator, "es-1")["Upgrade"] is False
    second = upgrade_info(emulator, "es-2")
    assert (second["Upgrade"], second["upgradeApackVersion"], "curEsVersion" in second) == (True, "1.4.0", False)
    third = upgrade_info(emulator, "es-3")
    assert (third["Upgrade"], third["curEsVersion"], third["curApackVersion"]) == (False, "8.17.0", "")


def test_check_fails_without_a_snapshot_of_the_last_hour(emulator: Caller) -> None:
    reply = check(emulator)
    assert list(statuses(reply).items()) == [(name, "success") for name in NAMES[:3]] + [(NAMES[3], "failed")]
    results = [each["validateResult"] for each in reply.document["Result"]]
    assert results[:3] == [[], [], []]
    (error,) = results[3]
    assert (error["errorType"], error["errorCode"]) == ("clusterSnapshot", "WithInvalidElasticsearchSnapshots")
    emulator.fixtures({"began_ago": 4000, "ended_ago": 3700}, {"began_ago": 60, "state": "PARTIAL", "failed_shards": 1})
    assert statuses(check(emulator))[NAMES[3]] == "failed"


def test_check_passes_with_a_snapshot_of_the_last_hour(emulator: Caller) -> None:
    emulator.create_snapshot()
    assert set(statuses(check(emulator)).values()) == {"success"}
    emulator.scenario(fixtures=[{"began_ago": 4000, "ended_ago": 3500}])
    assert set(statuses(check(emulator)).values()) == {"success"}


def test_check_fails_where_that_is_set_up(emulator: Caller) -> None:
    emulator.put_instances(
        {"instance_id": "es-1", "failed_checks": ["checkConfigCompatible", "checkClusterResource"]},
        {"instance_id": "es-2", "health": "YELLOW"},
    )
    assert list(statuses(check(emulator, "es-1")).values()) == ["success", *["failed"] * 3]
    assert statuses(check(emulator, "es-2"))[NAMES[0]] == "failed"


def test_check_leaves_no_trace(emulator: Caller) -> None:
    check(emulator)
    assert (emulator.upgrades, records(emulator)) == ([], [])
    assert emulator.call("DescribeInstance", path(emulator, "")[:-1]).document["Result"]["status"] == "active"
    assert emulator.requests[0]["decision"] == "checked"


@pytest.mark.parametrize(
    ("instance", "status", "code"),
    [
        ("absent", 404, "InstanceNotFound"),
        ("released", 404, "InstanceNotFound"),
        ("activating", 400, "InstanceActivating"),
        ("inactive", 400, "InstanceStatusNotSupportCurrentAction"),
        ("forbidden", 403, "Forbidden.RAM"),
    ],
)
def test_check_is_refused(emulator: Caller, instance: str, status: int, code: str) -> None:
    emulator.check_refused(check(emulator, instance), status, code)


def test_check_is_a_write_to_ram(emulator: Caller) -> None:
    detail = emulator.check_refused(check(emulator, account="reader"), 403, "Forbidden.RAM")["AccessDeniedDetail"]
    assert detail["AuthAction"] == "elasticsearch:UpgradeEngineVersion"


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b'{"version": 8}', b'{"version": "8", "type": "engine"}'])
def test_check_with_another_body_is_refused(emulator: Caller, body: bytes) -> None:
    emulator.check_refused(check(emulator, body=body), 400, "InvalidParameter")


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "result", "value": True},
        {"kind": "error", "code": "InternalError"},
        {"kind": "throttle"},
        {"kind": "nonce_used"},
        {"kind": "empty"},
        {"kind": "html"},
        {"kind": "truncate"},
        {"kind": "trickle", "seconds": 0.001},
    ],
)
@pytest.mark.parametrize("operation", ["UpgradeEngineVersion", "UpgradeInfo", "ListActionRecords"])
def test_fault_of_an_operation_on_upgrades(emulator: Caller, operation: str, fault: dict[str, Any]) -> None:
    emulator.stub(fault, operation=operation)
    calls: dict[str, Callable[[Caller], object]] = {
        "UpgradeEngineVersion": check,
        "UpgradeInfo": upgrade_info,
        "ListActionRecords": records,
    }
    for name, call in calls.items():
        if name != operation:
            call(emulator)
    assert {request["fault"] for request in emulator.requests} == {None}
    with contextlib.suppress(Exception):
        calls[operation](emulator)
    assert emulator.requests[-1]["fault"] == fault["kind"]


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"dryRun": "True"},
        {"dryRun": "false"},
        {"dryRun": "1"},
        {"dryRun": ""},
        {"DryRun": "true"},
        {"dryRun": "true", "clientToken": "token"},
    ],
)
def test_everything_but_exactly_dry_run_is_an_upgrade(alone: Caller, query: dict[str, str]) -> None:
    reply = check(alone, query=query)
    assert (reply.status, reply.document["Result"]) == (200, True)
    (upgrade,) = alone.upgrades
    assert upgrade["operation"] == "UpgradeEngineVersion"
    (record,) = records(alone)
    assert record["requestId"] == upgrade["request_id"] == reply.document["RequestId"]
    assert (record["stateType"], record["metaOld"], record["metaNow"]) == ("ACTIVATING", "7.10.0", "8.17.0")
    assert alone.call("DescribeInstance", path(alone, "")[:-1]).document["Result"]["status"] == "activating"
    assert check(alone).code == "InstanceActivating"
    alone.reset()
    assert len(alone.upgrades) == 1, "no reset forgets it"
    assert check(alone, "second").status == 200


def test_upgrade_is_seen_also_where_it_is_refused_or_meets_a_fault(alone: Caller) -> None:
    check(alone, query={}, account="reader")
    alone.stub({"kind": "error"}, operation="UpgradeEngineVersion")
    check(alone, query={})
    check(alone, query={}, instance="absent")
    alone.call("UpgradeEngineVersion", path(alone, "actions/upgrade-version/"), body=BODY, query={"dryRun": "true"})
    alone.call("Other", path(alone, "actions/continueEsVersionUpgrade"), body=BODY)
    alone.call("Other", path(alone, "actions%2FUpgrade%2Dversion"), body=BODY)
    assert len(alone.upgrades) == 6
    assert records(alone) == []
    assert check(alone).status == 200


@pytest.mark.parametrize(("dry_run", "is_upgrade"), [("true", False), (True, True), (None, True)])
def test_official_client_checks_only_with_true_as_a_text(alone: Caller, dry_run: Any, is_upgrade: bool) -> None:
    sdk = importlib.import_module("alibabacloud_elasticsearch20170613.client")
    models = importlib.import_module("alibabacloud_elasticsearch20170613.models")
    configuration = importlib.import_module("alibabacloud_tea_openapi.utils_models")
    config = configuration.Config(
        **alone.accounts["operator"], protocol="https", endpoint=urlsplit(alone.https).netloc, ca=alone.ca_path
    )
    request = models.UpgradeEngineVersionRequest(dry_run=dry_run, type="engineVersion", version="8.17.0")
    try:
        response = sdk.Client(config).upgrade_engine_version(alone.instances["active"], request)
        assert [check.validate_type for check in response.body.result] == NAMES
    except AttributeError:
        assert is_upgrade, "this is what it makes of an upgrade's response"
    assert bool(alone.upgrades) is is_upgrade

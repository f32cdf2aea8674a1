# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""es_upgrade_check: what it tells of an instance, what it sends for that, and that this is never an upgrade."""

from __future__ import annotations

import json
import re
import socket
from collections.abc import Iterator
from typing import Any

import pytest

from ansible_collections.aliyun.elasticsearch.plugins.modules.es_upgrade_check import main
from ansible_collections.aliyun.elasticsearch.tests.unit.plugins.modules.results import (
    ERROR_KEYS,
    INSTANCE,
    SECRET,
    Run,
    Serve,
)
from ansible_collections.aliyun.elasticsearch.tests.unit.support.openapi import json_response
from ansible_collections.aliyun.elasticsearch.tests.unit.support.server import (
    Received,
    Server,
    hang,
    http_response,
    unused_port,
)
from ansible_collections.aliyun.elasticsearch.tests.unit.support.upgrades import (
    DESCRIBED,
    NO_SNAPSHOT,
    OFFERED,
    PASSED,
    FakeUpgrades,
    api_error,
    result,
)

READ = ["DescribeInstance", "UpgradeInfo"]
CHECKED = [*READ, "UpgradeEngineVersion"]
READ_BACK = [*CHECKED, "DescribeInstance", "ListActionRecords"]
CHECK_TARGET = f"/openapi/instances/{INSTANCE}/actions/upgrade-version?dryRun=true"
RESULT_KEYS = {
    "changed",
    "msg",
    "ready",
    "checks",
    "status",
    "busy",
    "current_version",
    "kernel_version",
    "target_version",
    "available",
    "not_checked",
    "instance_id",
    "request_id",
}
NAMES = ["cluster_health", "config_compatible", "cluster_resource", "cluster_snapshot"]
DOUBT = "the API may have taken the check for an upgrade"


@pytest.fixture
def es_upgrade_check(run_module: Run, serve: Serve) -> Iterator[Run]:
    """Run the module on an instance, whose requests are then all known to be good; the defaults are quick."""
    instances: list[FakeUpgrades] = []

    def run(instance: FakeUpgrades, *, check_mode: bool = False, server: Server | None = None, **options: Any) -> Any:
        instances.append(instance)
        given = {
            "instance_id": INSTANCE,
            "access_key_id": "the-id",
            "access_key_secret": SECRET,
            "endpoint": (server or serve(instance)).url,
            "retries": 2,
            "retry_max_delay": 0,
            **options,
        }
        found = run_module(main, given, check_mode=check_mode)
        assert SECRET not in found["printed"]
        assert found["changed"] is False
        return found

    yield run
    for instance in instances:
        assert instance.upgraded == [], "a check became an upgrade"
        for received in instance.checks:
            assert (received.method, path_and_query(received)) == ("POST", CHECK_TARGET)
            assert json.loads(received.body).keys() == {"type", "version"}


def path_and_query(received: Received) -> str:
    """Return the target without what stands before it for a proxy."""
    return re.sub(r"^http://[^/]*", "", received.target)


def check_failure(found: dict[str, Any], outcome: str) -> None:
    """Assert the one shape of failures."""
    assert (found["failed"], found["outcome"], found["ready"]) == (True, outcome, False), found["msg"]
    assert found["error"].keys() == ERROR_KEYS
    assert found.keys() >= {"request_id", "request_attempts", "busy", "available", "not_checked", "checks"}
    assert found["msg"].isprintable()
    assert (DOUBT in found["msg"]) == (outcome == "unknown")


def check_not_ready(found: dict[str, Any], *words: str) -> None:
    """Assert that the instance is not ready, which is no failure, and that the message tells why."""
    assert (found["failed"], found["ready"]) == (False, False), found["msg"]
    assert found.keys() >= RESULT_KEYS
    assert found["msg"].startswith(f"{INSTANCE} is not ready to be upgraded")
    for word in words:
        assert word in found["msg"], found["msg"]


class TestReady:
    @pytest.mark.parametrize("check_mode", [False, True])
    def test_es_upgrade_check_of_a_ready_instance(self, es_upgrade_check: Run, check_mode: bool) -> None:
        instance = FakeUpgrades()
        found = es_upgrade_check(instance, check_mode=check_mode)
        assert instance.actions == CHECKED
        (check,) = instance.checks
        assert (check.target, check.body) == (CHECK_TARGET, b'{"type":"engineVersion","version":"8.17.0"}')
        found.pop("printed")
        found.pop("invocation", None)
        not_checked = found.pop("not_checked")
        assert all(sentence.endswith(".") and "check" in sentence for sentence in not_checked)
        assert len(not_checked) == 7
        assert found == {
            "changed": False,
            "failed": False,
            "msg": f"{INSTANCE} is ready to be upgraded to 8.17.0: all checks passed. What they leave out is in "
            "not_checked.",
            "ready": True,
            "checks": [{"name": name, "passed": True, "errors": []} for name in NAMES],
            "status": "active",
            "busy": False,
            "current_version": "8.15.1",
            "kernel_version": "2.2.4",
            "target_version": "8.17.0",
            "available": {"engine": "8.17.0", "kernel": None},
            "instance_id": INSTANCE,
            "request_id": "R-check",
        }

    def test_es_upgrade_check_of_a_kernel(self, es_upgrade_check: Run) -> None:
        instance = FakeUpgrades(UpgradeInfo=result({"UpgradeInfo": {**OFFERED, "upgradeApackVersion": "2.2.8"}}))
        found = es_upgrade_check(instance, type="kernel")
        assert found["ready"] is True
        assert instance.checks[0].body == b'{"type":"aliVersion","version":"2.2.8"}'
        assert (found["target_version"], found["available"]) == ("2.2.8", {"engine": "8.17.0", "kernel": "2.2.8"})
        assert not any("Kibana" in sentence for sentence in found["not_checked"])

    @pytest.mark.parametrize(
        ("kind", "version", "body"),
        [
            ("engine", "8.16.0", b'{"type":"engineVersion","version":"8.16.0"}'),
            ("kernel", "ali2.2.8", b'{"type":"aliVersion","version":"ali2.2.8"}'),
        ],
    )
    def test_es_upgrade_check_of_another_version_than_offered(
        self, es_upgrade_check: Run, kind: str, version: str, body: bytes
    ) -> None:
        instance = FakeUpgrades()
        found = es_upgrade_check(instance, type=kind, target_version=version)
        assert (found["ready"], found["target_version"], instance.checks[0].body) == (True, version, body)

    def test_es_upgrade_check_of_a_version_while_nothing_is_said_of_any(self, es_upgrade_check: Run) -> None:
        instance = FakeUpgrades(UpgradeInfo=result({}))
        found = es_upgrade_check(instance, target_version="8.17.0")
        assert (found["ready"], found["available"]) == (True, {"engine": None, "kernel": None})

    @pytest.mark.parametrize("more", [{"validateResult": None}, {}, {"validateResult": {}}, {"ValidateResult": []}])
    def test_es_upgrade_check_takes_a_success_without_results(
        self, es_upgrade_check: Run, more: dict[str, object]
    ) -> None:
        checks = [{"ValidateType": check["validateType"], "Status": " Success ", **more} for check in PASSED]
        found = es_upgrade_check(FakeUpgrades(UpgradeEngineVersion=result(checks)))
        assert found["ready"] is True

    def test_es_upgrade_check_takes_a_further_check_that_passed(self, es_upgrade_check: Run) -> None:
        more = {"validateType": "checkSomethingNew", "status": "success"}
        found = es_upgrade_check(FakeUpgrades(UpgradeEngineVersion=result([*PASSED, more])))
        assert found["ready"] is True
        assert found["checks"][4] == {"name": "checkSomethingNew", "passed": True, "errors": []}


class TestNotReady:
    def test_es_upgrade_check_tells_which_checks_failed(self, es_upgrade_check: Run) -> None:
        config = {
            "validateType": "checkConfigCompatible",
            "status": "failed",
            "validateResult": {"errorCode": "ClusterYamlNotCompatible", "errorMsg": "配置不兼容"},
        }
        found = es_upgrade_check(
            FakeUpgrades(UpgradeEngineVersion=result([PASSED[0], config, PASSED[2], NO_SNAPSHOT], "R-check"))
        )
        check_not_ready(
            found,
            "to 8.17.0: config_compatible failed; it wants a YML file and plug-ins that fit the new version "
            "(ClusterYamlNotCompatible: 配置不兼容), and cluster_snapshot failed; it wants a snapshot that was "
            "completed within the last hour (WithInvalidElasticsearchSnapshots: no snapshot in the last hour).",
        )
        assert [check["passed"] for check in found["checks"]] == [True, False, True, False]
        assert found["checks"][3] == {
            "name": "cluster_snapshot",
            "passed": False,
            "errors": [{"code": "WithInvalidElasticsearchSnapshots", "message": "no snapshot in the last hour"}],
        }
        assert (found["request_id"], found["target_version"]) == ("R-check", "8.17.0")

    @pytest.mark.parametrize("missing", range(4))
    def test_es_upgrade_check_wants_all_four_checks(self, es_upgrade_check: Run, missing: int) -> None:
        checks = [check for number, check in enumerate(PASSED) if number != missing]
        found = es_upgrade_check(FakeUpgrades(UpgradeEngineVersion=result(checks)))
        check_not_ready(found, f": {NAMES[missing]} is missing in the response.")
        assert all(check["passed"] for check in found["checks"])

    def test_es_upgrade_check_takes_no_checks_for_not_ready(self, es_upgrade_check: Run) -> None:
        found = es_upgrade_check(FakeUpgrades(UpgradeEngineVersion=result([])))
        check_not_ready(found, "the API returned no checks.")

    def test_es_upgrade_check_lets_an_unknown_check_count(self, es_upgrade_check: Run) -> None:
        more = {"validateType": "checkSomethingNew", "status": "failed"}
        found = es_upgrade_check(FakeUpgrades(UpgradeEngineVersion=result([*PASSED, more])))
        check_not_ready(found, ": checkSomethingNew failed.")

    def test_es_upgrade_check_lets_the_worse_of_two_checks_of_one_name_count(self, es_upgrade_check: Run) -> None:
        found = es_upgrade_check(FakeUpgrades(UpgradeEngineVersion=result([*PASSED, NO_SNAPSHOT])))
        check_not_ready(found, ": cluster_snapshot failed")

    @pytest.mark.parametrize("status", ["failed", "FAILED", "running", "succes", "true", "", None, True, ["success"]])
    def test_es_upgrade_check_takes_every_other_status_for_no(self, es_upgrade_check: Run, status: object) -> None:
        checks = [*PASSED[:3], {**PASSED[3], "status": status}]
        found = es_upgrade_check(FakeUpgrades(UpgradeEngineVersion=result(checks)))
        check_not_ready(found, ": cluster_snapshot ")
        assert [check["passed"] for check in found["checks"]] == [True, True, True, False]

    @pytest.mark.parametrize(
        ("status", "words"),
        [
            ("activating", "a change is running"),
            ("Activating", "a change is running"),
            ("inactive", "it is frozen (status inactive)"),
            ("invalid", "it is gone or cannot be reached (status invalid)"),
            ("unknown", "it is gone or cannot be reached (status unknown)"),
            ("resting", "its status is resting, not active"),
            (None, "the API does not tell its status"),
            (7, "the API does not tell its status"),
        ],
    )
    @pytest.mark.parametrize("info", [result({"UpgradeInfo": OFFERED}), api_error("SomeState"), result({})])
    def test_es_upgrade_check_of_an_instance_that_is_not_active(
        self, es_upgrade_check: Run, status: Any, words: str, info: Any
    ) -> None:
        instance = FakeUpgrades(DescribeInstance=result({**DESCRIBED, "status": status}), UpgradeInfo=info)
        found = es_upgrade_check(instance)
        check_not_ready(found, words)
        assert instance.actions == READ
        assert found["status"] == (status.lower() if isinstance(status, str) else None)
        assert found["busy"] is (found["status"] == "activating")
        assert (found["checks"], found["current_version"]) == ([], "8.15.1")

    @pytest.mark.parametrize("busy", CHECKED)
    def test_es_upgrade_check_takes_instance_activating_for_busy(self, es_upgrade_check: Run, busy: str) -> None:
        instance = FakeUpgrades(**{busy: api_error("InstanceActivating")})
        found = es_upgrade_check(instance, retry_max_delay=60)
        check_not_ready(found, "a change is running")
        assert (found["busy"], found["status"], found["checks"]) == (True, "activating", [])
        assert instance.actions.count(busy) == 1
        assert instance.actions == (CHECKED if busy == "UpgradeEngineVersion" else READ)

    @pytest.mark.parametrize(
        "offered",
        [
            {**OFFERED, "Upgrade": False},
            {**OFFERED, "upgrade": "false", "Upgrade": None},
            {**OFFERED, "upgradeEsVersion": "8.15.1"},
            {**OFFERED, "upgradeEsVersion": "8.15.1_with_X-Pack"},
            {**OFFERED, "upgradeEsVersion": None},
            {**OFFERED, "upgradeEsVersion": ""},
            {**OFFERED, "upgradeEsVersion": 8},
            {**OFFERED, "curEsVersion": "8.17.0"},
            {},
            None,
            [],
        ],
        ids=str,
    )
    def test_es_upgrade_check_sends_nothing_where_there_is_nothing_to_upgrade_to(
        self, es_upgrade_check: Run, offered: object
    ) -> None:
        instance = FakeUpgrades(UpgradeInfo=result({"UpgradeInfo": offered}, "R-info"))
        found = es_upgrade_check(instance)
        check_not_ready(found, ": there is nothing to upgrade its engine to, and no check was made.")
        assert instance.actions == READ
        assert (found["target_version"], found["available"]["engine"], found["checks"]) == (None, None, [])
        assert found["request_id"] == "R-info"

    def test_es_upgrade_check_has_nothing_to_upgrade_a_kernel_to_by_itself(self, es_upgrade_check: Run) -> None:
        instance = FakeUpgrades()
        check_not_ready(es_upgrade_check(instance, type="kernel"), "nothing to upgrade its kernel to")
        assert instance.actions == READ

    @pytest.mark.parametrize(
        ("kind", "version", "known"),
        [
            ("engine", "8.15.1", {}),
            ("engine", "8.15.1.0", {}),
            ("engine", "6.7", {"esVersion": "6.7.0_with_X-Pack"}),
            ("engine", "6.7.0", {"esVersion": "6.7_with_X-Pack"}),
            ("engine", "8.15.1", {"esVersion": None}),
            ("kernel", "2.2.4", {}),
            ("kernel", "ali2.2.4", {}),
            ("kernel", "2.2.4", {"extendConfigs": []}),
        ],
    )
    def test_es_upgrade_check_sends_nothing_for_the_current_version(
        self, es_upgrade_check: Run, kind: str, version: str, known: dict[str, object]
    ) -> None:
        instance = FakeUpgrades(DescribeInstance=result({**DESCRIBED, **known}))
        found = es_upgrade_check(instance, type=kind, target_version=version)
        check_not_ready(found, f"nothing to upgrade its {kind} to")
        assert (instance.actions, found["target_version"]) == (READ, None)

    def test_es_upgrade_check_sends_nothing_where_the_api_has_no_version(self, es_upgrade_check: Run) -> None:
        instance = FakeUpgrades(UpgradeInfo=result({"UpgradeInfo": {**OFFERED, "Upgrade": False}}))
        check_not_ready(es_upgrade_check(instance, target_version="8.17.0"), "nothing to upgrade its engine to")
        assert instance.actions == READ


class TestFailures:
    @pytest.mark.parametrize("failing", CHECKED)
    @pytest.mark.parametrize(
        ("reply", "attempts", "code"),
        [
            (api_error("InstanceNotFound", 404), 1, "InstanceNotFound"),
            (api_error("Forbidden.RAM", 403), 1, "Forbidden.RAM"),
            (api_error("Throttling.User"), 3, "Throttling.User"),
            (api_error("Unheard.Of", 400), 1, "Unheard.Of"),
        ],
    )
    def test_es_upgrade_check_fails_where_it_is_refused(
        self, es_upgrade_check: Run, failing: str, reply: bytes, attempts: int, code: str
    ) -> None:
        instance = FakeUpgrades(**{failing: reply})
        found = es_upgrade_check(instance)
        check_failure(found, "refused")
        assert (found["error"]["code"], found["request_id"], found["request_attempts"]) == (code, "R-no", attempts)
        assert instance.actions == [*CHECKED[: CHECKED.index(failing)], *[failing] * attempts]
        assert found["msg"].startswith("It is not known whether the instance is ready: the request was refused.")
        assert ("status" in found) == (failing == "UpgradeEngineVersion")

    def test_es_upgrade_check_says_what_the_missing_permission_allows(self, es_upgrade_check: Run) -> None:
        found = es_upgrade_check(FakeUpgrades(UpgradeEngineVersion=api_error("Forbidden.RAM", 403)), region="cn-x")
        resource = f"on acs:elasticsearch:cn-x:*:instances/{INSTANCE}"
        assert f"elasticsearch:UpgradeEngineVersion {resource} and elasticsearch:UpgradeInst" in found["msg"]
        assert "it also allows upgrades" in found["msg"]

    @pytest.mark.parametrize("failing", READ)
    @pytest.mark.parametrize("reply", [api_error("InternalError", 500), b"", http_response(b"<html>"), result(True)])
    def test_es_upgrade_check_leaves_no_doubt_where_reading_failed(
        self, es_upgrade_check: Run, failing: str, reply: Any
    ) -> None:
        instance = FakeUpgrades(**{failing: reply})
        found = es_upgrade_check(instance)
        check_failure(found, "not_sent")
        assert found["msg"].startswith("It is not known whether the instance is ready: the check was not sent.")
        assert instance.checks == []

    def test_es_upgrade_check_without_a_server(self, es_upgrade_check: Run) -> None:
        found = es_upgrade_check(FakeUpgrades(), endpoint=f"http://127.0.0.1:{unused_port()}")
        check_failure(found, "not_sent")
        assert found["request_attempts"] == 3

    @pytest.mark.parametrize(
        "options",
        [
            {"target_version": ""},
            {"target_version": " "},
            {"target_version": "8.17.0 "},
            {"target_version": "8.17.0_with_X-Pack"},
            {"target_version": "8.17.0&dryRun=false"},
            {"target_version": '8","dryRun":"false'},
            {"target_version": "8" * 65},
            {"instance_id": "es-1/actions"},
            {"instance_id": ".."},
        ],
    )
    def test_es_upgrade_check_refuses_an_option_before_the_network(
        self, es_upgrade_check: Run, options: dict[str, str]
    ) -> None:
        instance = FakeUpgrades()
        found = es_upgrade_check(instance, **options)
        check_failure(found, "not_sent")
        assert next(iter(options)) in found["msg"]
        assert instance.requests == []

    def test_es_upgrade_check_refuses_an_offered_version_that_is_none(self, es_upgrade_check: Run) -> None:
        instance = FakeUpgrades(UpgradeInfo=result({"UpgradeInfo": {**OFFERED, "upgradeEsVersion": '8","a":"1'}}))
        found = es_upgrade_check(instance)
        check_failure(found, "not_sent")
        assert "target_version must consist of" in found["msg"]
        assert instance.actions == READ

    def test_es_upgrade_check_needs_an_instance_and_knows_two_types(self, run_module: Run) -> None:
        assert "instance_id" in run_module(main, {})["msg"]
        assert "engine, kernel" in run_module(main, {"instance_id": INSTANCE, "type": "engineVersion"})["msg"]


def drop(connection: socket.socket, server: Server) -> None:
    """Close the connection without a response."""


class TestDoubt:
    """What the API may have taken for an upgrade is sent once, then the instance is read, and the task fails."""

    @pytest.mark.parametrize(
        "reply",
        [
            drop,
            http_response(b'{"Result": [', length=500),
            http_response(b""),
            http_response(b"<html>"),
            http_response(b"x" * 1100000),
            http_response(b"gone", "500 Error"),
            api_error("InternalError", 500),
            api_error("ServiceUnavailable", 503),
            result(True),
            result(False),
            result("success"),
            result({"dryRun": True}),
            result([True]),
            result([{"status": "success"}]),
            result([*PASSED, {}]),
            result(None),
            json_response(RequestId="R-ok"),
            json_response(Code="Unheard.Of", Message="What?"),
        ],
    )
    def test_es_upgrade_check_sends_once_what_leaves_a_doubt_and_reads_back(
        self, es_upgrade_check: Run, reply: Any
    ) -> None:
        instance = FakeUpgrades(UpgradeEngineVersion=reply)
        found = es_upgrade_check(instance)
        check_failure(found, "unknown")
        assert instance.actions == READ_BACK
        assert found["request_attempts"] == 1
        assert "After it, the status of the instance is active. No upgrade is among its last changes" in found["msg"]
        assert "See in the console that no upgrade is running before you do anything else." in found["msg"]
        assert (found["status"], found["busy"], found["target_version"]) == ("active", False, "8.17.0")

    def test_es_upgrade_check_does_not_send_again_what_timed_out(self, es_upgrade_check: Run) -> None:
        instance = FakeUpgrades(UpgradeEngineVersion=hang)
        found = es_upgrade_check(instance, connect_timeout=0.2, read_timeout=0.3)
        check_failure(found, "unknown")
        assert instance.actions == READ_BACK

    def test_es_upgrade_check_sends_again_only_until_there_is_a_doubt(self, es_upgrade_check: Run) -> None:
        instance = FakeUpgrades(UpgradeEngineVersion=[api_error("Throttling.User"), drop, result(PASSED)])
        found = es_upgrade_check(instance, retries=5)
        check_failure(found, "unknown")
        assert instance.actions == [*READ, *["UpgradeEngineVersion"] * 2, "DescribeInstance", "ListActionRecords"]

    def test_es_upgrade_check_sends_a_throttled_check_again_as_it_was(self, es_upgrade_check: Run) -> None:
        throttled = api_error("Throttling.User")
        instance = FakeUpgrades(UpgradeEngineVersion=[throttled, throttled, result(PASSED)])
        assert es_upgrade_check(instance)["ready"] is True
        assert len(instance.checks) == 3
        assert len({(check.target, check.body) for check in instance.checks}) == 1

    def test_es_upgrade_check_tells_of_an_upgrade_that_runs(self, es_upgrade_check: Run) -> None:
        records = [
            {"actionName": "UpgradeEngineVersion", "startTime": 1500000000000, "stateType": "FINISHED"},
            {
                "actionName": "UpgradeEngineVersion",
                "startTime": 1796000000000,
                "stateType": "ACTIVATING",
                "requestId": "R-check",
                "metaNow": f"{{'password': '{SECRET}'}}",
            },
            {"actionName": "RestartInstance", "startTime": 1797000000000, "stateType": "ACTIVATING"},
        ]
        instance = FakeUpgrades(
            DescribeInstance=[result(DESCRIBED), result({**DESCRIBED, "status": "activating"})],
            UpgradeEngineVersion=result(True, "R-check"),
            ListActionRecords=result(records),
        )
        found = es_upgrade_check(instance)
        check_failure(found, "unknown")
        assert (found["status"], found["busy"], found["request_id"]) == ("activating", True, "R-check")
        assert (
            "After it, the status of the instance is activating. The last upgrade on record began "
            "2026-11-30T00:53:20Z, its state is ACTIVATING and its RequestId R-check, which is that of the check."
            in found["msg"]
        )

    def test_es_upgrade_check_survives_what_it_may_not_read_back(self, es_upgrade_check: Run) -> None:
        denied = api_error("Forbidden.RAM", 403)
        instance = FakeUpgrades(
            DescribeInstance=[result(DESCRIBED), denied], UpgradeEngineVersion=drop, ListActionRecords=denied
        )
        found = es_upgrade_check(instance)
        check_failure(found, "unknown")
        assert instance.actions == READ_BACK
        assert "After it, the status of the instance could not be read: Forbidden.RAM: It said no" in found["msg"]
        assert "Its last changes could not be read: Forbidden.RAM: It said no" in found["msg"]
        assert (found["error"]["code"], found["busy"]) == (None, False)

    @pytest.mark.parametrize("read", ["DescribeInstance", "ListActionRecords"])
    @pytest.mark.parametrize("reply", [drop, api_error("InternalError", 500), http_response(b"<html>"), result("?")])
    def test_es_upgrade_check_survives_every_failure_to_read_back(
        self, es_upgrade_check: Run, read: str, reply: Any
    ) -> None:
        replies = [result(DESCRIBED), reply] if read == "DescribeInstance" else reply
        instance = FakeUpgrades(**{"UpgradeEngineVersion": drop, read: replies})
        found = es_upgrade_check(instance)
        check_failure(found, "unknown")
        assert "could not be read: " in found["msg"]
        assert len(instance.checks) == 1

    def test_es_upgrade_check_takes_a_change_that_runs_afterwards_for_busy(self, es_upgrade_check: Run) -> None:
        busy = api_error("InstanceActivating")
        instance = FakeUpgrades(
            DescribeInstance=[result(DESCRIBED), busy], UpgradeEngineVersion=drop, ListActionRecords=busy
        )
        found = es_upgrade_check(instance)
        check_failure(found, "unknown")
        assert (found["status"], found["busy"]) == ("activating", True)


class TestOnTheWay:
    @pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
    @pytest.mark.parametrize("where", ["", "?", "?dryRun=false", "?dryRun=true", "/"])
    def test_es_upgrade_check_follows_no_redirect(self, es_upgrade_check: Run, status: int, where: str) -> None:
        location = f"/openapi/instances/{INSTANCE}/actions/upgrade-version{where}"
        instance = FakeUpgrades(UpgradeEngineVersion=http_response(b"", f"{status} Moved", location=location))
        found = es_upgrade_check(instance)
        check_failure(found, "refused")
        assert instance.actions == CHECKED
        assert "never followed" in found["msg"]

    def test_es_upgrade_check_goes_through_a_proxy_as_it_is(
        self, es_upgrade_check: Run, serve: Serve, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        instance = FakeUpgrades()
        monkeypatch.setenv("HTTP_PROXY", serve(instance).url)
        found = es_upgrade_check(instance, endpoint="http://elasticsearch.example.test")
        assert found["ready"] is True
        assert instance.checks[0].target == f"http://elasticsearch.example.test{CHECK_TARGET}"

    def test_es_upgrade_check_of_an_odd_instance_id_stays_in_one_segment(self, es_upgrade_check: Run) -> None:
        instance = FakeUpgrades(UpgradeInfo=result({}))
        es_upgrade_check(instance, instance_id="es-1%2Factions%3F")
        assert instance.requests[1].target == "/openapi/instances/es-1%252Factions%253F/upgradeInfo"

    def test_es_upgrade_check_shows_no_secret_that_the_api_sends_back(self, es_upgrade_check: Run) -> None:
        echo = {"validateType": SECRET, "status": SECRET, "validateResult": [{"errorCode": SECRET, "errorMsg": SECRET}]}
        check_not_ready(es_upgrade_check(FakeUpgrades(UpgradeEngineVersion=result([*PASSED, echo]))), "********")
        offered = {**OFFERED, "upgradeEsVersion": SECRET, "curEsVersion": SECRET, "curApackVersion": SECRET}
        es_upgrade_check(FakeUpgrades(UpgradeInfo=result({"UpgradeInfo": offered})))

    def test_es_upgrade_check_shows_texts_of_the_api_in_one_line(self, es_upgrade_check: Run) -> None:
        hostile = {
            "validateType": "a\n{{ 1 }}" * 1000,
            "status": "\x1b[31m",
            "validateResult": [{"errorCode": 1, "errorMsg": "x" * 5000}, "text", None],
        }
        found = es_upgrade_check(FakeUpgrades(UpgradeEngineVersion=result([*PASSED, hostile])))
        assert found["msg"].isprintable()
        assert len(found["msg"]) < 1500
        (error,) = found["checks"][4]["errors"]
        assert (error["code"], len(error["message"])) == (None, 1000)

# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.aliyun.elasticsearch.plugins.module_utils._errors import (
    NOT_SENT,
    REFUSED,
    UNKNOWN,
    AliyunError,
)
from ansible_collections.aliyun.elasticsearch.plugins.module_utils._http.transport import Response
from ansible_collections.aliyun.elasticsearch.plugins.module_utils._openapi.instances import Instance
from ansible_collections.aliyun.elasticsearch.plugins.module_utils._openapi.operations import (
    ENGINE,
    KERNEL,
    describe_instance,
)
from ansible_collections.aliyun.elasticsearch.plugins.module_utils._openapi.upgrades import (
    CHECKS,
    Check,
    Upgradable,
    Upgrades,
    describe_last_upgrade,
    is_same_version,
    missing_checks,
    parse_checks,
    parse_upgrade_info,
)
from ansible_collections.aliyun.elasticsearch.plugins.module_utils._redaction import Redactor
from ansible_collections.aliyun.elasticsearch.tests.unit.plugins.module_utils._openapi.fake_transport import (
    FakeClient,
    Step,
    response,
)
from ansible_collections.aliyun.elasticsearch.tests.unit.support.upgrades import DESCRIBED, OFFERED, PASSED

CLEAN = Redactor(["s3cret"])
INSTANCE = Instance("es-1", status="active", version="8.15.1", kernel_version="2.2.4")
ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


def ok(result: object, request_id: str = "R-1") -> Response:
    return response(200, Result=result, RequestId=request_id)


def no(code: str, status: int = 400) -> Response:
    return response(status, Code=code, Message="no", RequestId="R-no")


def upgrades(*steps: Step) -> tuple[Upgrades, FakeClient]:
    fake = FakeClient(*steps, operation=describe_instance("es-1"), retries=1)
    return Upgrades(fake.client, "es-1"), fake


class TestRead:
    def test_read_returns_what_both_operations_say(self) -> None:
        found, fake = upgrades(ok(DESCRIBED), ok({"UpgradeInfo": OFFERED}, "R-2"))
        assert found.read() == Upgradable("active", "8.15.1", "2.2.4", {ENGINE: "8.17.0", KERNEL: None}, False)
        assert found.request_id == "R-2"
        paths = [str(sent.path_url) for sent in fake.transport.sent]
        assert paths == ["/openapi/instances/es-1", "/openapi/instances/es-1/upgradeInfo"]

    def test_read_survives_that_an_instance_has_no_id(self) -> None:
        found, _fake = upgrades(ok({}), ok({"UpgradeInfo": {"Upgrade": True, "upgradeEsVersion": "8"}}))
        assert found.read() == Upgradable(None, None, None, {ENGINE: "8", KERNEL: None}, False)

    @pytest.mark.parametrize("status", ["inactive", "activating", "invalid", None])
    def test_read_survives_a_refusal_of_the_versions_unless_the_instance_is_active(self, status: str | None) -> None:
        found, _fake = upgrades(ok({**DESCRIBED, "status": status}), no("Some.State"))
        assert found.read() == Upgradable(status, "8.15.1", "2.2.4", {ENGINE: None, KERNEL: None}, False)

    def test_read_raises_a_refusal_of_the_versions_of_an_active_instance(self) -> None:
        found, _fake = upgrades(ok(DESCRIBED), no("Some.State"))
        with pytest.raises(AliyunError, match="no") as caught:
            found.read()
        assert (caught.value.outcome, caught.value.code) == (REFUSED, "Some.State")

    @pytest.mark.parametrize("outcome", [NOT_SENT, UNKNOWN])
    def test_read_raises_that_nothing_is_told_of_the_versions(self, outcome: str) -> None:
        found, _fake = upgrades(ok({**DESCRIBED, "status": "inactive"}), AliyunError("Nothing.", outcome=outcome))
        with pytest.raises(AliyunError, match="Nothing"):
            found.read()

    def test_read_takes_a_change_that_runs_for_the_status(self) -> None:
        found, _fake = upgrades(no("InstanceActivating"), ok({"UpgradeInfo": OFFERED}))
        assert found.read() == Upgradable("activating", "8.15.1", "2.2.4", {ENGINE: "8.17.0", KERNEL: None}, False)
        found, _fake = upgrades(ok(DESCRIBED), no("InstanceActivating.Now"))
        assert found.read() == Upgradable("activating", "8.15.1", "2.2.4", {ENGINE: None, KERNEL: None}, False)
        assert found.request_id == "R-no"


class TestCheck:
    def test_check_returns_the_checks(self) -> None:
        found, fake = upgrades(ok(PASSED, "R-3"))
        assert found.check(KERNEL, "2.2.8") == [Check(name, "success", []) for name in CHECKS]
        assert found.request_id == "R-3"
        assert fake.transport.sent[0].body == b'{"type":"aliVersion","version":"2.2.8"}'

    def test_check_returns_none_while_a_change_runs(self) -> None:
        found, fake = upgrades(no("InstanceActivating"))
        assert found.check(ENGINE, "8.17.0") is None
        assert fake.slept == []

    @pytest.mark.parametrize("code", ["InstanceActivatingSoon", "Instance", "Throttling"])
    def test_check_raises_other_refusals(self, code: str) -> None:
        found, _fake = upgrades(no(code), no(code))
        with pytest.raises(AliyunError) as caught:
            found.check(ENGINE, "8.17.0")
        assert (caught.value.code, caught.value.outcome) == (code, REFUSED)

    def test_check_raises_a_busy_response_that_may_be_an_upgrade(self) -> None:
        found, _fake = upgrades(response(200, Code="InstanceActivating", Result=True))
        with pytest.raises(AliyunError) as caught:
            found.check(ENGINE, "8.17.0")
        assert caught.value.outcome == UNKNOWN


class TestReadBack:
    def test_read_back_returns_the_status_and_what_is_on_record(self) -> None:
        records = [{"actionName": "UpgradeEngineVersion", "requestId": "R-9"}]
        found, fake = upgrades(ok({**DESCRIBED, "status": "activating"}), ok(records))
        status, text = found.read_back("R-9")
        assert status == "activating"
        assert text == (
            "After it, the status of the instance is activating. The last upgrade on record began at a time that is "
            "not told, its state is not told and its RequestId R-9, which is that of the check."
        )
        assert fake.transport.sent[1].path_url == "/openapi/instances/es-1/action-records?page=1&size=50"

    def test_read_back_survives_that_nothing_may_be_read(self) -> None:
        found, _fake = upgrades(no("Forbidden.RAM", 403), no("Forbidden.RAM", 403))
        reason = "Forbidden.RAM: no (HTTP 403, RequestId R-no)."
        assert found.read_back(None) == (
            None,
            f"After it, the status of the instance could not be read: {reason} Its last changes could not be read: "
            f"{reason}",
        )

    def test_read_back_says_that_the_status_is_not_told(self) -> None:
        found, _fake = upgrades(ok({}), ok([]))
        assert found.read_back(None) == (
            None,
            "After it, the status of the instance is not told. No upgrade is among its last changes on record.",
        )


class TestUpgradable:
    @pytest.mark.parametrize(
        ("kind", "wanted", "target"),
        [
            (ENGINE, None, "8.17.0"),
            (KERNEL, None, None),
            (ENGINE, "8.16", "8.16"),
            (ENGINE, "8.15.1", None),
            (ENGINE, "2.2.4", "2.2.4"),
            (KERNEL, "ali2.2.4", None),
            (KERNEL, "8.15.1", "8.15.1"),
        ],
    )
    def test_target_is_the_wanted_or_the_offered_version(self, kind: str, wanted: str | None, target: str) -> None:
        instance = Upgradable("active", "8.15.1", "2.2.4", {ENGINE: "8.17.0", KERNEL: None}, False)
        assert instance.target(kind, wanted) == target
        assert instance._replace(has_none=True).target(kind, wanted) is None
        unknown = instance._replace(version=None, kernel_version=None)
        assert unknown.target(kind, wanted) == (wanted or target)


class TestParse:
    @pytest.mark.parametrize(
        ("fields", "engine", "kernel"),
        [
            ({}, "8.17.0", None),
            ({"upgradeApackVersion": "2.2.8"}, "8.17.0", "2.2.8"),
            ({"Upgrade": "False"}, None, None),
            ({"Upgrade": "no"}, "8.17.0", None),
            ({"upgradeEsVersion": " "}, None, None),
            ({"upgradeEsVersion": 8}, None, None),
            ({"upgradeEsVersion": "8.15.1.0"}, None, None),
            ({"curEsVersion": "8.17.0"}, None, None),
            ({"curApackVersion": "1", "upgradeApackVersion": "1"}, "8.17.0", None),
            ({"curApackVersion": None, "upgradeApackVersion": "ali2.2.4"}, "8.17.0", None),
        ],
        ids=str,
    )
    def test_parse_upgrade_info_offers_what_differs_from_the_current_versions(
        self, fields: dict[str, object], engine: str | None, kernel: str | None
    ) -> None:
        found = parse_upgrade_info({"upgradeinfo": {**OFFERED, **fields}}, INSTANCE, CLEAN)
        assert found.available == {ENGINE: engine, KERNEL: kernel}
        assert found.has_none is (fields == {"Upgrade": "False"})

    def test_parse_upgrade_info_prefers_what_the_instance_says_itself(self) -> None:
        found = parse_upgrade_info({"UpgradeInfo": OFFERED}, Instance("es-1", version="7.10.0"), CLEAN)
        assert (found.status, found.version, found.kernel_version) == (None, "7.10.0", "2.2.4")

    def test_parse_upgrade_info_masks_and_cuts_texts(self) -> None:
        long = "1" * 500
        info = {"upgradeEsVersion": "s3cret", "upgradeApackVersion": long, "curEsVersion": long}
        instance = Instance("es-1", status="s3cret\n", kernel_version="s3cret")
        found = parse_upgrade_info({"UpgradeInfo": info}, instance, CLEAN)
        assert (found.status, found.kernel_version) == ("********", "********")
        assert found.available[ENGINE] == "********"
        assert len(str(found.available[KERNEL])) == len(str(found.version)) == 100

    @given(ANYTHING)
    def test_parsers_raise_nothing(self, anything: Any) -> None:
        for document in (anything, {"UpgradeInfo": anything}, [anything], [{"actionName": "UpgradeEngineVersion"}]):
            parse_upgrade_info(document, INSTANCE, CLEAN)
            for check in parse_checks(document, CLEAN):
                check.describe()
            describe_last_upgrade(document, None, CLEAN)
        row = {
            "validateType": "a",
            "validateResult": anything,
            "status": anything,
            "actionName": "upgradeengineversion",
        }
        parse_checks([row], CLEAN)
        describe_last_upgrade(
            [{**row, "startTime": anything, "stateType": anything, "requestId": anything}], "a", CLEAN
        )

    @pytest.mark.parametrize(
        ("one", "other", "is_same"),
        [
            ("8.17.0", "8.17.0", True),
            ("6.7", "6.7.0", True),
            ("6.7.0", "6.7", True),
            ("8", "8.0.00", True),
            ("6.7.0_with_X-Pack", "6.7", True),
            (" 6.7 ", "6.7", True),
            ("ali1.3.0", "1.3", True),
            ("ALI1.3.0", "ali1.3.0", True),
            ("6.7.1", "6.7", False),
            ("6.70", "6.7", False),
            ("10", "1", False),
            ("8.0.1", "8", False),
            ("7.10.0", "7.1", False),
            ("", "0", False),
            (None, None, False),
            (None, "8", False),
            ("8", None, False),
        ],
    )
    def test_is_same_version_knows_the_spellings(self, one: str | None, other: str | None, is_same: bool) -> None:
        assert is_same_version(one, other) is is_same

    def test_parse_checks_reads_each_check(self) -> None:
        errors = [
            {"errorType": "clusterStatus", "errorCode": "ClusterStatusNotHealth", "errorMsg": "Not green: s3cret"},
            {"ErrorCode": None},
            "no object",
        ]
        found = parse_checks(
            [
                {"validateType": "checkClusterHealth", "status": "Failed", "validateResult": errors},
                {"VALIDATETYPE": " CHECKCLUSTERSNAPSHOT ", "Status": "success"},
                {"validateType": "checkOther", "validateResult": {"errorCode": "A"}},
                {"validateType": " ", "status": "s3cret"},
            ],
            CLEAN,
        )
        assert found == [
            Check(
                "cluster_health",
                "failed",
                [
                    {"code": "ClusterStatusNotHealth", "message": "Not green: ********"},
                    {"code": None, "message": None},
                ],
            ),
            Check("cluster_snapshot", "success", []),
            Check("checkOther", None, [{"code": "A", "message": None}]),
            Check("", "********", []),
        ]
        assert [check.passed for check in found] == [False, True, False, False]
        assert [check.describe() for check in found] == [
            "cluster_health failed; it wants a green cluster with JVM memory below 75 %, disks under the low "
            "watermark, and replicas (ClusterStatusNotHealth: Not green: ********)",
            "cluster_snapshot success; it wants a snapshot that was completed within the last hour",
            "checkOther came without a status (A)",
            " ********",
        ]
        assert missing_checks(found) == ["config_compatible", "cluster_resource"]

    def test_parse_checks_cuts_texts(self) -> None:
        long = "x" * 5000
        error = {"errorCode": long, "errorMsg": long}
        (found,) = parse_checks([{"validateType": long, "status": long, "validateResult": [error]}], CLEAN)
        assert (len(found.name), len(str(found.status))) == (100, 100)
        assert (len(str(found.errors[0]["code"])), len(str(found.errors[0]["message"]))) == (100, 1000)

    def test_describe_separates_several_errors(self) -> None:
        errors = [{"code": "A", "message": None}, {"code": None, "message": "It is."}, {"code": None, "message": None}]
        assert Check("a", "failed", errors).describe() == "a failed (A; It is.)"
        assert Check("a", "failed", errors).result() == {"name": "a", "passed": False, "errors": errors}

    def test_missing_checks_are_none_where_all_four_are_there(self) -> None:
        assert missing_checks([Check(name, None) for name in CHECKS]) == []
        assert missing_checks([]) == list(CHECKS)

    def test_describe_last_upgrade_tells_of_the_newest(self) -> None:
        records = [
            {"actionName": "UpgradeEngineVersion", "startTime": 1000, "stateType": "FINISHED", "requestId": "R-1"},
            {"ActionName": " upgradeengineversion ", "StartTime": "2000", "StateType": "s3cret", "RequestId": "R-2"},
            {"actionName": "UpgradeEngineVersion", "startTime": None, "requestId": "R-3"},
            {"actionName": "RestartInstance", "startTime": 3000, "requestId": "R-4"},
        ]
        told = "The last upgrade on record began 1970-01-01T00:00:02Z, its state is ******** and its RequestId R-2"
        assert describe_last_upgrade(records, "R-1", CLEAN) == f"{told}."
        assert describe_last_upgrade(records, None, CLEAN) == f"{told}."
        assert describe_last_upgrade(records, "R-2", CLEAN) == f"{told}, which is that of the check."

    @pytest.mark.parametrize("start", [None, 0, -1, "soon", 253402300800000, 10**30])
    def test_describe_last_upgrade_survives_a_time_that_is_none(self, start: Any) -> None:
        (told, _point) = describe_last_upgrade(
            [{"actionName": "UpgradeEngineVersion", "startTime": start}], None, CLEAN
        ).split(".")
        assert told == (
            "The last upgrade on record began at a time that is not told, its state is not told and its RequestId not "
            "told"
        )

    def test_describe_last_upgrade_knows_times_until_the_year_10000(self) -> None:
        record = {"actionName": "UpgradeEngineVersion", "startTime": 253402300799999}
        assert "began 9999-12-31T23:59:59Z," in describe_last_upgrade([record], None, CLEAN)

    @pytest.mark.parametrize("records", [None, [], {}, [{}], [{"actionName": "UpgradeEngine"}], "x"])
    def test_describe_last_upgrade_says_that_there_is_none(self, records: object) -> None:
        assert describe_last_upgrade(records, "R-1", CLEAN) == "No upgrade is among its last changes on record."

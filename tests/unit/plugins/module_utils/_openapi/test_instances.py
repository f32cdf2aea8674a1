# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.aliyun.elasticsearch.plugins.module_utils._errors import REFUSED, UNKNOWN, AliyunError
from ansible_collections.aliyun.elasticsearch.plugins.module_utils._http.transport import Response
from ansible_collections.aliyun.elasticsearch.plugins.module_utils._openapi.instances import (
    Endpoint,
    Instance,
    Instances,
    parse_instance,
)
from ansible_collections.aliyun.elasticsearch.plugins.module_utils._openapi.operations import (
    MAX_LIST_BYTES,
    describe_instance,
    list_instances,
)
from ansible_collections.aliyun.elasticsearch.tests.unit.plugins.module_utils._openapi.fake_transport import (
    FakeClient,
    response,
)

# As documented, with values of its own.
DETAILS = {
    "instanceId": "es-1",
    "description": "orders",
    "status": "active",
    "inited": True,
    "esVersion": "8.15.1_with_X-Pack",
    "archType": "public",
    "instanceCategory": "x-pack",
    "paymentType": "postpaid",
    "protocol": "HTTPS",
    "domain": "es-1.example",
    "port": 9200,
    "enablePublic": True,
    "publicDomain": "es-1.public.example",
    "publicPort": 9300,
    "nodeAmount": 3,
    "zoneInfos": [{"zoneId": "g", "status": "NORMAL"}, {"zoneId": "h", "status": "ISOLATION"}],
    "networkConfig": {"type": "vpc", "vpcId": "vpc-1", "vsArea": "g", "whiteIpGroupList": [{"ips": ["white"]}]},
    "vpcInstanceId": "es-1-worker",
    "extendConfigs": [{"configType": "usageScenario"}, {"configType": "aliVersion", "aliVersion": "ali1.3.0"}],
    "masterConfiguration": {},
    "esConfig": {"a.password": "secret"},
    "kibanaPassword": "secret",
    "esIPWhitelist": ["white"],
    "tags": [{"tagKey": "env", "tagValue": "prod"}, {"tagKey": "acs:rm:rgId", "tagValue": "rg-1"}],
    "resourceGroupId": "rg-1",
    "createdAt": "2026-01-02T03:04:05.006Z",
    "updatedAt": "2026-11-20T10:00:00Z",
}
INSTANCE = Instance(
    instance_id="es-1",
    region="r",
    description="orders",
    status="active",
    version="8.15.1",
    edition="x-pack",
    architecture="cloud_native",
    kernel_version="1.3.0",
    endpoint=Endpoint("https", "es-1.example", 9200),
    public_endpoint=Endpoint("https", "es-1.public.example", 9300),
    zones=("g", "h"),
    vpc_id="vpc-1",
    node_count=3,
    payment_type="postpaid",
    resource_group_id="rg-1",
    tags={"env": "prod", "acs:rm:rgId": "rg-1"},
    created_at="2026-01-02T03:04:05.006Z",
    updated_at="2026-11-20T10:00:00Z",
    health=None,
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


def parse(**changes: object) -> Instance:
    """Return the instance of the document with changes."""
    instance = parse_instance({**DETAILS, **changes}, "r")
    assert instance is not None
    return instance


def test_parse_instance_reads_all_that_is_documented() -> None:
    assert parse_instance(DETAILS, "r") == INSTANCE


def test_parse_instance_reads_any_capitals() -> None:
    def swap(value: object) -> object:
        if isinstance(value, dict):
            return {name.swapcase(): swap(member) for name, member in value.items()}
        return [swap(item) for item in value] if isinstance(value, list) else value

    assert parse_instance(swap(DETAILS), "r") == INSTANCE


def test_parse_instance_reads_the_types_of_a_list() -> None:
    assert parse(port="9200", publicPort="9300", nodeAmount="3", enablePublic="true") == INSTANCE


def test_parse_instance_keeps_no_secret_and_no_configuration() -> None:
    shown = json.dumps(parse().result())
    assert "secret" not in shown
    assert "white" not in shown
    assert "worker" not in shown


def test_parse_instance_of_little_is_null_where_it_is_empty() -> None:
    assert parse_instance({"instanceId": "es-1"}, None) == Instance("es-1")
    empty = {name: None for name in DETAILS if name != "instanceId"}
    assert parse_instance({**empty, "instanceId": "es-1"}, None) == Instance("es-1")


@pytest.mark.parametrize("document", [None, True, 1, "x", [], {}, {"instanceId": None}, {"instanceId": " "}])
def test_parse_instance_without_an_id(document: object) -> None:
    assert parse_instance(document, "r") is None
    assert parse_instance(document, "r", "es-2") == Instance("es-2", "r")


@given(st.dictionaries(st.sampled_from(sorted(DETAILS)), JSON))
def test_parse_instance_raises_nothing(changes: dict[str, object]) -> None:
    instance = parse_instance({**DETAILS, **changes}, "r", "es-2")
    assert instance is not None
    result = instance.result()
    assert result.keys() == INSTANCE.result().keys()
    json.dumps(result).encode()
    assert instance.shown_status.isprintable()


@pytest.mark.parametrize(
    ("name", "value", "key", "expected"),
    [
        ("description", "{{ 1 + 1 }}\n", "description", "{{ 1 + 1 }}\n"),
        ("description", "", "description", None),
        ("status", " ACTIVE", "status", "active"),
        ("status", "frozen", "status", "frozen"),
        ("esVersion", "6.7_with_X-Pack", "version", "6.7"),
        ("esVersion", "7.16", "version", "7.16"),
        ("esVersion", 7.1, "version", None),
        ("esVersion", "_with_X-Pack", "version", None),
        ("archType", "Public", "architecture", "cloud_native"),
        ("archType", "exclusive", "architecture", "basic"),
        ("archType", "another", "architecture", None),
        ("extendConfigs", [{"configType": "ALIVERSION", "aliVersion": "2.2.4"}], "kernel_version", "2.2.4"),
        ("extendConfigs", [{"configType": "other", "aliVersion": "ali1"}], "kernel_version", None),
        ("extendConfigs", [{"aliVersion": "ALI1.2"}, {"aliVersion": "ali1.3"}], "kernel_version", "1.2"),
        ("extendConfigs", [{"configType": "aliVersion"}, "x", None], "kernel_version", None),
        ("extendConfigs", [{"configType": "aliVersion", "aliVersion": "ali"}], "kernel_version", None),
        ("extendConfigs", {"aliVersion": "ali1.3.0"}, "kernel_version", None),
        ("port", None, "endpoint", Endpoint("https", "es-1.example", None)),
        ("port", 0, "endpoint", Endpoint("https", "es-1.example", None)),
        ("port", 65536, "endpoint", Endpoint("https", "es-1.example", None)),
        ("port", 65535, "endpoint", Endpoint("https", "es-1.example", 65535)),
        ("domain", " es-1.example ", "endpoint", Endpoint("https", "es-1.example", 9200)),
        ("domain", None, "endpoint", None),
        ("enablePublic", False, "public_endpoint", None),
        ("enablePublic", "false", "public_endpoint", None),
        ("enablePublic", None, "public_endpoint", INSTANCE.public_endpoint),
        ("publicDomain", None, "public_endpoint", None),
        ("zoneInfos", None, "zones", ("g",)),
        ("zoneInfos", [], "zones", ("g",)),
        ("zoneInfos", [{}, {"zoneId": 1}, {"zoneId": "i"}], "zones", ("i",)),
        ("networkConfig", "vpc-1", "vpc_id", None),
        ("nodeAmount", -1, "node_count", None),
        ("tags", [], "tags", {}),
        ("tags", None, "tags", None),
        ("tags", {"env": "prod"}, "tags", None),
        ("tags", [{"TagKey": "a", "TagValue": None}, {"tagKey": ""}, {"tagValue": "x"}], "tags", {"a": ""}),
        ("tags", [{"tagKey": "{{ a }}", "tagValue": "{{ b }}"}], "tags", {"{{ a }}": "{{ b }}"}),
        ("createdAt", "2026-01-02T03:04Z", "created_at", "2026-01-02T03:04Z"),
        ("createdAt", "2026-01-02T03:04:05+08:00", "created_at", "2026-01-02T03:04:05+08:00"),
        ("createdAt", "0001-01-01T00:00:00Z", "created_at", None),
        ("createdAt", "2026-01-02", "created_at", None),
        ("createdAt", 1796000000000, "created_at", None),
    ],
    ids=str,
)
def test_parse_instance_reads_values_of_many_kinds(name: str, value: object, key: str, expected: object) -> None:
    assert parse(**{name: value}) == INSTANCE._replace(**{key: expected})


def test_parse_instance_without_a_protocol() -> None:
    assert parse(protocol=None).endpoint == Endpoint(None, "es-1.example", 9200)
    assert parse(protocol=None).public_endpoint == Endpoint(None, "es-1.public.example", 9300)


def test_parse_instance_without_zones_at_all() -> None:
    assert parse(zoneInfos=None, networkConfig=None).zones is None


def test_result_is_what_json_can_hold() -> None:
    result = parse().result()
    assert result == json.loads(json.dumps(result))
    assert result["endpoint"] == {"protocol": "https", "host": "es-1.example", "port": 9200}
    assert result["public_endpoint"] == {"protocol": "https", "host": "es-1.public.example", "port": 9300}
    assert (result["zones"], result["tags"]) == (["g", "h"], {"env": "prod", "acs:rm:rgId": "rg-1"})
    assert Instance("es-2").result() == {**dict.fromkeys(result), "instance_id": "es-2"}


def test_or_else_fills_what_is_not_known() -> None:
    row = Instance("es-1", "r", status="activating", tags={}, node_count=0)
    assert row.or_else(INSTANCE) == INSTANCE._replace(status="activating", tags={}, node_count=0)
    assert INSTANCE.or_else(Instance("es-2", description="other", health="green")) == INSTANCE._replace(health="green")


def test_shown_status_is_fit_for_a_message() -> None:
    assert [Instance("es-1", status=status).shown_status for status in ("active", "a\nb", None)] == [
        "active",
        "a b",
        "without a status",
    ]
    assert len(Instance("es-1", status="x" * 99).shown_status) == 40


def page(*identifiers: str, total: int | None = None) -> Response:
    headers = {} if total is None else {"Headers": {"X-Total-Count": total}}
    rows = [{"instanceId": identifier, "status": "active"} for identifier in identifiers]
    return response(Result=rows, RequestId=f"R-{identifiers[0] if identifiers else ''}", **headers)


def reader(*steps: Any, max_bytes: int = describe_instance("").max_bytes) -> tuple[Instances, FakeClient]:
    operation = describe_instance("es-1")._replace(max_bytes=max_bytes)
    fake = FakeClient(*steps, operation=operation, retries=2)
    return Instances(fake.client), fake


def names(total: int) -> list[str]:
    return [f"es-{number:03}" for number in range(total)]


def test_all_reads_every_page() -> None:
    everything = names(250)
    steps = [page(*everything[start : start + 100], total=250) for start in (0, 100, 200)]
    instances, fake = reader(*steps, max_bytes=MAX_LIST_BYTES)
    assert instances.all() == [Instance(name, "r", status="active") for name in everything]
    assert (instances.request_id, instances.unnamed) == ("R-es-200", 0)
    fake.transport.assert_used_up()
    assert {sent.method for sent in fake.transport.sent} == {"GET"}


def test_all_drops_duplicates_of_pages_that_shift() -> None:
    everything = names(150)
    instances, fake = reader(
        page(*everything[:100], total=150), page(*everything[99:], total=151), max_bytes=MAX_LIST_BYTES
    )
    assert [instance.instance_id for instance in instances.all()] == everything
    fake.transport.assert_used_up()


def test_all_counts_the_rows_without_an_id() -> None:
    rows = [None, {"instanceId": "es-1"}, {}, 7, {"instanceId": ""}, "es-2"]
    instances, _fake = reader(response(Result=rows), max_bytes=MAX_LIST_BYTES)
    assert instances.all() == [Instance("es-1", "r")]
    assert (instances.unnamed, instances.request_id) == (5, None)


def test_all_of_an_account_without_instances() -> None:
    instances, _fake = reader(page(), max_bytes=MAX_LIST_BYTES)
    assert instances.all() == []


def test_all_raises_what_keeps_a_page_from_coming() -> None:
    denied = response(403, Code="Forbidden.RAM", Message="no", RequestId="R-2")
    instances, _fake = reader(page(*names(100)), denied, max_bytes=MAX_LIST_BYTES)
    with pytest.raises(AliyunError) as caught:
        instances.all()
    assert (caught.value.outcome, caught.value.code) == (REFUSED, "Forbidden.RAM")
    assert "elasticsearch:ListInstance on acs:elasticsearch:r:*:instances/*" in caught.value.hint


Read = Callable[[Instances], "Instance | None"]
KNOWN = Instance("es-1", "r", description="listed", tags={"a": "b"})
READS = [
    pytest.param(lambda instances: instances.named("es-1"), "DescribeInstance", id="named"),
    pytest.param(lambda instances: instances.with_details(KNOWN), "DescribeInstance", id="details"),
    pytest.param(lambda instances: instances.with_health(KNOWN), "DescribeElasticsearchHealth", id="health"),
]


@pytest.mark.parametrize(("read", "action"), READS)
class TestReadOfOne:
    def test_one_that_is_gone_is_none(self, read: Read, action: str) -> None:
        for status, code in ((400, "InstanceNotFound"), (404, "InstanceNotFound.Late")):
            instances, fake = reader(response(status, Code=code, Message="gone", RequestId="R-1"))
            assert read(instances) is None
            assert instances.request_id == "R-1"
            assert fake.transport.sent[0].headers["x-acs-action"] == action

    def test_while_a_change_runs_what_is_known_stays(self, read: Read, action: str) -> None:
        instances, fake = reader(response(400, Code="InstanceActivating", Message="busy", RequestId="R-1"))
        found = read(instances)
        assert found in (KNOWN, Instance("es-1", "r"))
        assert (instances.request_id, fake.slept) == ("R-1", [])

    def test_anything_else_is_raised_and_names_the_instance(self, read: Read, action: str) -> None:
        for last, outcome in [
            (response(403, Code="Forbidden.RAM", Message="no"), REFUSED),
            (Response(200, {}, b"<html>"), UNKNOWN),
            (response(Result=7), UNKNOWN),
            (response(404, Code="InvalidApi.NotFound", Message="no"), REFUSED),
            (response(418, Message="no"), REFUSED),
        ]:
            with pytest.raises(AliyunError) as caught:
                read(reader(last)[0])
            assert caught.value.outcome == outcome
            assert caught.value.hint.startswith("The instance is es-1.")
            assert caught.value.hint == caught.value.hint.strip()

    def test_what_passes_is_retried(self, read: Read, action: str) -> None:
        throttled = response(400, Code="Throttling.User", Message="slow down")
        instances, fake = reader(throttled, response(404, Code="InstanceNotFound", Message="gone"))
        assert read(instances) is None
        assert len(fake.slept) == 1


def test_named_reads_the_details() -> None:
    instances, _fake = reader(response(Result=DETAILS, RequestId="R-1"))
    assert instances.named("es-1") == INSTANCE
    assert instances.request_id == "R-1"
    assert reader(response(Result={}))[0].named("es-1") == Instance("es-1", "r")
    unnamed = response(Result={"status": "inactive"})
    assert reader(unnamed)[0].named("es-1") == Instance("es-1", "r", status="inactive")


def test_with_details_adds_to_what_the_list_says() -> None:
    changed = {**DETAILS, "status": "activating", "tags": None}
    instances, _fake = reader(response(Result=changed))
    known = Instance("es-1", "r", description="listed", status="active", tags={"a": "b"}, health="green")
    expected = INSTANCE._replace(status="activating", tags={"a": "b"}, health="green")
    assert instances.with_details(known) == expected


@pytest.mark.parametrize(
    ("result", "health"),
    [("GREEN", "green"), ("yellow", "yellow"), (" Red ", "red"), ("", None), ("UNKNOWN", None)],
)
def test_with_health_is_in_lower_case_and_one_of_three(result: str, health: str | None) -> None:
    instances, _fake = reader(response(Result=result, Code="", Message=None))
    assert instances.with_health(KNOWN) == KNOWN._replace(health=health)


@pytest.mark.parametrize("status", ["inactive", "invalid", "unknown"])
def test_with_health_asks_no_cluster_that_is_not_there(status: str) -> None:
    instances, fake = reader(response(Result="GREEN"))
    assert instances.with_health(KNOWN._replace(status=status)) == KNOWN._replace(status=status)
    assert fake.transport.sent == []


def test_list_is_read_to_a_size_that_holds_white_lists() -> None:
    assert list_instances().max_bytes == MAX_LIST_BYTES == 8 * 1024 * 1024

# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The instances that the OpenAPI tells of, and its operations that read them; types differ between operations.

Sources: Alibaba Cloud Elasticsearch, "ListInstance", "DescribeInstance" and "DescribeElasticsearchHealth" (2017-06-13);
``alibabacloud-elasticsearch20170613`` 5.4.1.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from .responses import ApiError
from .serving import Prepared

if TYPE_CHECKING:
    from .documents import InstanceFixture
    from .openapi import Call

MAX_SIZE = 100
# In the details only; what a list lacks or writes as a text.
NOT_IN_ROWS = ("enablePublic", "publicDomain", "publicPort", "instanceCategory", "inited", "esConfig")
TEXTS_IN_ROWS = ("port", "isNewDeployment")
# Not shown of an instance that is gone or cannot be reached.
NOT_WITHOUT_CLUSTER = ("domain", "port", "publicDomain", "publicPort", "zoneInfos")


class Instance:
    """An instance: its records, and its snapshot setting, with the names that UpdateSnapshotSetting gives its parts."""

    def __init__(self, instance_id: str, fixture: InstanceFixture) -> None:
        self.instance_id = instance_id
        self.fixture = fixture
        self.setting: dict[str, Any] = {"enable": False, "quartzRegex": None, "indices": [], **fixture.setting}

    @property
    def is_gone(self) -> bool:
        """Whether it was released: it may still be listed, and every other operation refuses it."""
        return self.fixture.released

    def details(self, status: str) -> dict[str, Any]:
        """Return it as DescribeInstance does, in this status."""
        found: dict[str, Any] = {
            "instanceId": self.instance_id,
            "description": self.fixture.description,
            "status": status,
            "inited": True,
            "esVersion": "7.10.0_with_X-Pack",
            "instanceCategory": "x-pack",
            "archType": "public",
            "paymentType": "postpaid",
            "protocol": "HTTPS",
            "domain": f"{self.instance_id}.elasticsearch.example",
            "port": 9200,
            "enablePublic": True,
            "publicDomain": f"{self.instance_id}.public.elasticsearch.example",
            "publicPort": 9200,
            "nodeAmount": 3,
            "zoneCount": 2,
            "zoneInfos": [
                {"zoneId": "cn-hangzhou-g", "status": "NORMAL"},
                {"zoneId": "cn-hangzhou-h", "status": "ISOLATION"},
            ],
            "networkConfig": {
                "type": "vpc",
                "vpcId": "vpc-0001",
                "vswitchId": "vsw-0001",
                "vsArea": "cn-hangzhou-g",
                "whiteIpGroupList": [{"groupName": "default", "ips": ["10.0.0.0/8"]}],
            },
            "vpcInstanceId": f"{self.instance_id}-worker",
            "extendConfigs": [{"configType": "aliVersion", "aliVersion": "ali1.3.0"}],
            "isNewDeployment": True,
            "masterConfiguration": {},
            "esIPWhitelist": ["10.0.0.0/8"],
            "privateNetworkIpWhiteList": ["10.0.0.0/8"],
            "esConfig": {"http.cors.allow-origin": "https://internal.example"},
            "tags": [
                *({"tagKey": key, "tagValue": value} for key, value in self.fixture.tags.items()),
                {"tagKey": "acs:rm:rgId", "tagValue": "rg-0001"},
            ],
            "resourceGroupId": "rg-0001",
            "createdAt": "2026-01-02T03:04:05.006Z",
            "updatedAt": "2026-11-20T10:00:00.000Z",
            "endTime": 4722508800000,
        }
        if status in ("invalid", "unknown"):
            found = {name: value for name, value in found.items() if name not in NOT_WITHOUT_CLUSTER}
        return with_members(found, self.fixture.fields)

    def row(self, status: str) -> dict[str, Any]:
        """Return it as ListInstance does: with less, and with other types."""
        details = self.details(status)
        row = {name: value for name, value in details.items() if name not in NOT_IN_ROWS}
        texts = {name: json.dumps(row[name]) for name in TEXTS_IN_ROWS if isinstance(row.get(name), (bool, int))}
        return with_members({**row, **texts}, self.fixture.row_fields)


def with_members(record: dict[str, Any], fields: dict[str, Any]) -> dict[str, Any]:
    """Return a record with other fields; those whose value is the text ``missing`` are left out."""
    return {name: value for name, value in {**record, **fields}.items() if value != "missing"}


def make(fixtures: Iterable[InstanceFixture]) -> dict[str, Instance]:
    """Return the instances of some fixtures by their ID."""
    return {name: Instance(name, fixture) for fixture in fixtures for name in fixture.names()}


def list_instances(call: Call) -> Prepared:
    """Return a page of the instances."""
    given = call.request.parameters()
    check_parameters(given, "page", "size")
    page, size = _number(given, "page", 1), _number(given, "size", 10)
    if size > MAX_SIZE:
        raise ApiError(400, "InvalidParameter", f"size must be at most {MAX_SIZE}.")
    everything = list(call.state.instances.values())
    rows = [instance.row(call.state.status(instance)) for instance in everything[(page - 1) * size : page * size]]
    response = call.form.result(rows, {"X-Total-Count": len(everything), "totalCount": len(everything)})
    return Prepared(response, lambda: f"{len(rows)} of {len(everything)} instances listed", ("ListInstance",))


def describe_instance(call: Call) -> Prepared:
    """Return an instance."""
    check_parameters(call.request.parameters())
    instance = find(call)
    response = call.form.result(instance.details(call.state.status(instance)))
    return Prepared(response, lambda: "instance described", ("DescribeInstance",))


def describe_elasticsearch_health(call: Call) -> Prepared:
    """Return the health of an instance's cluster, unless a change runs."""
    check_parameters(call.request.parameters())
    instance = find(call)
    call.state.check_active(instance.instance_id)
    response = call.form.result(instance.fixture.health)
    return Prepared(response, lambda: "health described", ("DescribeElasticsearchHealth",))


def find(call: Call, status: int = 404) -> Instance:
    """Return the instance that is asked for; refuse one that is gone, with the documented status."""
    instance = call.state.instances.get(call.instance_id)
    if instance is None or instance.is_gone:
        message = "The specified cluster does not exist. Check the instance status and try again."
        raise ApiError(status, "InstanceNotFound", message)
    return instance


def check_parameters(given: dict[str, str], *known: str) -> None:
    """Refuse parameters that an operation does not have."""
    if unknown := sorted(set(given).difference(known)):
        raise ApiError(400, "InvalidParameter", f"The emulator knows no parameter {', '.join(unknown)} here.")


def _number(given: dict[str, str], name: str, default: int) -> int:
    text = given.get(name, str(default))
    if not (text.isascii() and text.isdecimal() and int(text)):
        raise ApiError(400, "InvalidParameter", f"{name} must be a number from 1 on.")
    return int(text)

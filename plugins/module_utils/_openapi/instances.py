# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection; it can change at any time.

"""Instances as the OpenAPI describes them, in a list and one by one."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

from .._errors import AliyunError
from .._redaction import Redactor
from .operations import describe_elasticsearch_health, describe_instance, list_instances
from .values import flag, members, rows, text, whole_number

if TYPE_CHECKING:  # pragma: no cover
    from collections.abc import Callable, Mapping

    from .client import Client
    from .operations import Operation
    from .response import ApiResponse

_ARCHITECTURES = {"exclusive": "basic", "public": "cloud_native"}
_HEALTHS = ("green", "yellow", "red")
_WITHOUT_CLUSTER = ("inactive", "invalid", "unknown")  # frozen, gone or not reachable
_MAX_PORT = 65535
_MAX_STATUS = 40
# Null, not the year 1, which stands for no time.
_TIME = re.compile(
    r"(?:19|2[0-9])[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?(?:Z|[+-][0-9]{2}:?[0-9]{2})"
)


class Endpoint(NamedTuple):
    """Where a cluster is reached; ``port`` is None where the API does not say."""

    protocol: str | None
    host: str
    port: int | None


class Instance(NamedTuple):
    """An instance; what is not known, or not asked for, is None.

    Source: Alibaba Cloud Elasticsearch, "DescribeInstance" and "ListInstance" (2017-06-13).
    """

    instance_id: str
    region: str | None = None
    description: str | None = None
    status: str | None = None
    version: str | None = None
    edition: str | None = None
    architecture: str | None = None
    kernel_version: str | None = None
    endpoint: Endpoint | None = None
    public_endpoint: Endpoint | None = None
    zones: tuple[str, ...] | None = None
    vpc_id: str | None = None
    node_count: int | None = None
    payment_type: str | None = None
    resource_group_id: str | None = None
    tags: Mapping[str, str] | None = None
    created_at: str | None = None
    updated_at: str | None = None
    health: str | None = None

    @property
    def shown_status(self) -> str:
        """Its status, fit for a message."""
        return Redactor()(self.status or "", _MAX_STATUS) or "without a status"

    def or_else(self, other: Instance) -> Instance:
        """Return it with what ``other`` knows where it knows nothing itself."""
        return self._replace(**{name: value for name, value in other._asdict().items() if getattr(self, name) is None})

    def result(self) -> dict[str, Any]:
        """Return it as the modules do."""
        return {
            **self._asdict(),
            "endpoint": self.endpoint and self.endpoint._asdict(),
            "public_endpoint": self.public_endpoint and self.public_endpoint._asdict(),
            "zones": None if self.zones is None else list(self.zones),
            "tags": None if self.tags is None else dict(self.tags),
        }


def parse_instance(document: object, region: str | None, instance_id: str | None = None) -> Instance | None:
    """Return the instance of a row of ListInstance, or of the result of DescribeInstance; raises nothing.

    ``instance_id`` is for a document that names none; without it, such a document is None.
    No password, white list or configuration is ever part of it.
    """
    found = members(document)
    name = text(found.get("instanceid")) or instance_id
    if name is None:
        return None
    network = members(found.get("networkconfig"))
    status = text(found.get("status"))
    version = text(found.get("esversion"))
    protocol = text(found.get("protocol"))
    architecture = (text(found.get("archtype")) or "").strip().lower()
    domain, public_domain = text(found.get("domain")), text(found.get("publicdomain"))
    if flag(found.get("enablepublic")) is False:
        public_domain = None
    return Instance(
        instance_id=name,
        region=region,
        description=text(found.get("description")),
        status=status and status.strip().lower(),
        version=(version or "").partition("_")[0].strip() or None,
        edition=text(found.get("instancecategory")),
        architecture=_ARCHITECTURES.get(architecture),
        kernel_version=_kernel_version(found.get("extendconfigs")),
        endpoint=_endpoint(protocol, domain, found.get("port")),
        public_endpoint=_endpoint(protocol, public_domain, found.get("publicport")),
        zones=_zones(found.get("zoneinfos"), network),
        vpc_id=text(network.get("vpcid")),  # not vpcInstanceId, which is none in spite of its description
        node_count=whole_number(found.get("nodeamount")),
        payment_type=text(found.get("paymenttype")),
        resource_group_id=text(found.get("resourcegroupid")),
        tags=_tags(found.get("tags")),
        created_at=_time(found.get("createdat")),
        updated_at=_time(found.get("updatedat")),
    )


class Instances:
    """The instances of the region that a client asks; all methods raise AliyunError as ``Client.call`` does.

    ``request_id`` is that of the last response. ``unnamed`` counts the rows that were left out as they have no ID.
    """

    def __init__(self, client: Client) -> None:
        self.request_id: str | None = None
        self.unnamed = 0
        self._client = client

    def all(self) -> list[Instance]:
        """Return all of them, each once, in the order of the API."""
        found: dict[str, Instance] = {}
        for page in self._client.pages(list_instances()):
            self.request_id = page.request_id
            for row in page.result if isinstance(page.result, list) else ():
                instance = parse_instance(row, self._client.region)
                if instance is None:
                    self.unnamed += 1
                else:
                    found.setdefault(instance.instance_id, instance)
        return list(found.values())

    def named(self, instance_id: str) -> Instance | None:
        """Return the instance of that ID with all details, None where there is none."""
        return self._ask(describe_instance(instance_id), Instance(instance_id, self._client.region), self._described)

    def with_details(self, instance: Instance) -> Instance | None:
        """Return an instance of a list with what the list lacks, as it is while a change runs; None if it is gone."""
        return self._ask(describe_instance(instance.instance_id), instance, self._described)

    def with_health(self, instance: Instance) -> Instance | None:
        """Return an instance with its health; None if the instance is gone.

        The health is None while a change runs. It is not asked for where there is no cluster to ask.
        """
        if instance.status in _WITHOUT_CLUSTER:
            return instance
        operation = describe_elasticsearch_health(instance.instance_id)
        return self._ask(operation, instance, lambda known, result: known._replace(health=_health(result)))

    def _described(self, known: Instance, result: object) -> Instance:
        described = parse_instance(result, known.region, known.instance_id)
        return described.or_else(known) if described else known

    def _ask(
        self, operation: Operation, known: Instance, learn: Callable[[Instance, object], Instance]
    ) -> Instance | None:
        try:
            response: ApiResponse = self._client.call(operation)
        except AliyunError as error:
            code = (error.code or "").partition(".")[0]
            if code not in ("InstanceNotFound", "InstanceActivating"):
                raise error.replace(hint=f"The instance is {known.instance_id}. {error.hint}".rstrip()) from None
            self.request_id = error.request_id
            return known if code == "InstanceActivating" else None
        self.request_id = response.request_id
        return learn(known, response.result)


def _endpoint(protocol: str | None, domain: str | None, port: object) -> Endpoint | None:
    number_of_port = whole_number(port) or None
    if number_of_port and number_of_port > _MAX_PORT:
        number_of_port = None
    return Endpoint(protocol and protocol.strip().lower(), domain.strip(), number_of_port) if domain else None


def _kernel_version(configs: object) -> str | None:
    for config in rows(configs):
        version = text(config.get("aliversion"))
        if version and (text(config.get("configtype")) or "aliVersion").strip().lower() == "aliversion":
            version = version.strip()
            return (version[3:] if version.lower().startswith("ali") else version) or None
    return None


def _zones(infos: object, network: Mapping[str, object]) -> tuple[str, ...] | None:
    zones = [zone for zone in (text(row.get("zoneid")) for row in rows(infos)) if zone]
    area = text(network.get("vsarea"))
    return tuple(zones) or ((area,) if area else None)  # older rows have the latter only


def _tags(tags: object) -> Mapping[str, str] | None:
    if not isinstance(tags, list):
        return None
    found = {}
    for row in rows(tags):
        key = text(row.get("tagkey"))
        if key is not None:
            found[key] = text(row.get("tagvalue")) or ""
    return found


def _time(value: object) -> str | None:
    time = (text(value) or "").strip()
    return time if _TIME.fullmatch(time) else None


def _health(value: object) -> str | None:
    health = (text(value) or "").strip().lower()
    return health if health in _HEALTHS else None

# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection; it can change at any time.

"""The operations of the OpenAPI that the collection uses; a new one is added here.

Source: Alibaba Cloud Elasticsearch, API reference (2017-06-13).
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NamedTuple

from .._errors import UNKNOWN
from .._http.transport import MAX_RESPONSE_BYTES
from ..signing import percent_encode

if TYPE_CHECKING:  # pragma: no cover
    from collections.abc import Callable, Collection, Mapping, Sequence

    from .._errors import AliyunError

ENGINE = "engine"
KERNEL = "kernel"

_UPGRADE_TYPES = {ENGINE: "engineVersion", KERNEL: "aliVersion"}
# A change is running, which is a response where it is only asked for the state.
_BUSY_CODES = ("InstanceActivating",)
_ALSO_UPGRADES = (
    "A RAM policy has to allow {permissions}. That is one right with two documented names, and it also allows upgrades."
)

MAX_LIST_BYTES = 8 * 1024 * 1024  # of 100 instances, each with its white lists


class Operation(NamedTuple):
    """An operation with its arguments.

    ``action`` is its name, ``path`` is percent-encoded already, ``query`` is not yet. ``body`` is sent as JSON.
    ``accepts`` tells from the ``Result`` of a response whether it is what was asked for.
    ``permissions`` are the RAM actions that it needs, each with the part of the resource's name behind the account.
    ``hints`` are sentences on what to do, by error code, and by ``Result: false`` for that; they win over those of
    ERROR_CODES. ``max_bytes`` is the largest response that is read.
    ``not_retried`` are codes that are a response here, so that the request is not sent again for them. One that is sent
    ``at_most_once`` is sent again only where it is certain that the API did not take it, and a success that is not
    what was asked for leaves it unknown what came of it.
    """

    action: str
    method: str
    path: str
    accepts: Callable[[object], bool]
    permissions: Sequence[tuple[str, str]]
    query: Sequence[tuple[str, str]] = ()
    body: Mapping[str, object] | None = None
    hints: Mapping[str, str] = {}
    max_bytes: int = MAX_RESPONSE_BYTES
    not_retried: Collection[str] = ()
    at_most_once: bool = False

    @property
    def payload(self) -> bytes | None:
        """The body as it is sent, in UTF-8; None without one."""
        if self.body is None:
            return None
        return json.dumps(self.body, ensure_ascii=False, separators=(",", ":")).encode()

    @property
    def content_type(self) -> str | None:
        """The content type of the body, None without one."""
        return None if self.body is None else "application/json; charset=utf-8"

    def may_be_sent_again(self, error: AliyunError) -> bool:
        """Whether the same request may be sent again after an attempt that failed in this way."""
        is_response = error.code is not None and error.code.partition(".")[0] in self.not_retried
        return error.retryable and not is_response and not (self.at_most_once and error.outcome == UNKNOWN)

    def permissions_in(self, region: str | None) -> str:
        """Return the permissions as a RAM policy names them, for a region or for all."""
        return " and ".join(
            f"elasticsearch:{action} on acs:elasticsearch:{region or '*'}:*:{resource}"
            for action, resource in self.permissions
        )


def create_snapshot(instance_id: str, client_token: str) -> Operation:
    """Have a manual snapshot taken; success means that it was accepted, not that it is complete.

    Source: Alibaba Cloud Elasticsearch, "CreateSnapshot" (2017-06-13).
    """
    return Operation(
        action="CreateSnapshot",
        method="POST",
        path=f"/openapi/instances/{percent_encode(instance_id)}/snapshots",
        query=[("ClientToken", client_token)],
        accepts=lambda result: result is True,
        permissions=[("CreateSnapshot", f"instances/{instance_id}")],
        hints={
            "Result: false": "See with aliyun.elasticsearch.es_instance_info whether the instance is active and its "
            "cluster green, with aliyun.elasticsearch.es_snapshot_setting (which only reads unless it is told what to "
            "set) whether automatic backup is on, and with aliyun.elasticsearch.es_snapshot_info whether a snapshot is "
            "running already."
        },
    )


def invoke_es_request(
    instance_id: str,
    path: str,
    *,
    credential_id: str | None,
    system_credential: bool,
    max_bytes: int,
    hints: Mapping[str, str],
) -> Operation:
    """Have the instance's cluster asked for a path by GET; ``Result`` is its response, as an object or as a text.

    Without ``credential_id`` and ``system_credential``, the instance's default managed credential is used.
    ``hints`` are for the codes of Elasticsearch's own errors.
    Source: Alibaba Cloud Elasticsearch, "InvokeEsRequest" (2017-06-13).
    """
    credential = [("credentialId", credential_id)] if credential_id else []
    credential += [("system", "true")] if system_credential else []
    return Operation(
        action="InvokeEsRequest",
        method="POST",
        path=f"/openapi/instances/{percent_encode(instance_id)}/es-request",
        query=[("path", path), ("method", "GET"), *credential],
        accepts=lambda result: isinstance(result, (dict, list, str)),
        permissions=[
            ("InvokeEsRequest", f"instances/{instance_id}"),
            ("UseCredential", f"instances/{instance_id}/credentials/{credential_id or '*'}"),
        ],
        hints=hints,
        max_bytes=max_bytes,
    )


def list_instances() -> Operation:
    """List the instances of a region, a page at a time (``Client.pages``), in the order of the API.

    Nothing is left to the API's own filters: how they match is not documented.
    Source: Alibaba Cloud Elasticsearch, "ListInstance" (2017-06-13).
    """
    return Operation(
        action="ListInstance",
        method="GET",
        path="/openapi/instances",
        accepts=lambda result: isinstance(result, list),
        permissions=[("ListInstance", "instances/*")],
        max_bytes=MAX_LIST_BYTES,
        not_retried=_BUSY_CODES,
    )


def describe_instance(instance_id: str) -> Operation:
    """Read an instance's status, versions and settings.

    Source: Alibaba Cloud Elasticsearch, "DescribeInstance" (2017-06-13).
    """
    return Operation(
        action="DescribeInstance",
        method="GET",
        path=f"/openapi/instances/{percent_encode(instance_id)}",
        accepts=lambda result: isinstance(result, dict),
        permissions=[("DescribeInstance", f"instances/{instance_id}")],
        not_retried=_BUSY_CODES,
    )


def describe_elasticsearch_health(instance_id: str) -> Operation:
    """Read the health of an instance's cluster; ``Result`` is ``GREEN``, ``YELLOW`` or ``RED``.

    Source: Alibaba Cloud Elasticsearch, "DescribeElasticsearchHealth" (2017-06-13).
    """
    return Operation(
        action="DescribeElasticsearchHealth",
        method="GET",
        path=f"/openapi/instances/{percent_encode(instance_id)}/elasticsearch-health",
        accepts=lambda result: isinstance(result, str),
        permissions=[("DescribeElasticsearchHealth", f"instances/{instance_id}")],
        not_retried=_BUSY_CODES,
    )


def describe_snapshot_setting(instance_id: str) -> Operation:
    """Read whether and when an instance is backed up automatically.

    Source: Alibaba Cloud Elasticsearch, "DescribeSnapshotSetting" (2017-06-13).
    """
    return Operation(
        action="DescribeSnapshotSetting",
        method="GET",
        path=f"/openapi/instances/{percent_encode(instance_id)}/snapshot-setting",
        accepts=lambda result: isinstance(result, dict),
        permissions=[("DescribeSnapshotSetting", f"instances/{instance_id}")],
        not_retried=_BUSY_CODES,
    )


def update_snapshot_setting(instance_id: str, enabled: bool, schedule: str | None) -> Operation:
    """Set whether and when an instance is backed up automatically; ``schedule`` is a Quartz expression, None for none.

    It has no client token, and needs none: it overwrites what is set.
    Source: Alibaba Cloud Elasticsearch, "UpdateSnapshotSetting" (2017-06-13).
    """
    return Operation(
        action="UpdateSnapshotSetting",
        method="POST",
        path=f"/openapi/instances/{percent_encode(instance_id)}/snapshot-setting",
        body={"enable": enabled} if schedule is None else {"enable": enabled, "quartzRegex": schedule},
        accepts=lambda result: result is True or isinstance(result, dict),
        permissions=[("UpdateSnapshotSetting", f"instances/{instance_id}")],
        hints={
            "Result: false": "See with aliyun.elasticsearch.es_instance_info whether the instance is active. Instances "
            "with OpenStore or the Indexing Service have no automatic backup, and in the log-enhanced edition its time "
            "is fixed."
        },
        not_retried=_BUSY_CODES,
    )


def upgrade_info(instance_id: str) -> Operation:
    """Read to which versions an instance can be upgraded, at most one of each type.

    Source: ``alibabacloud-elasticsearch20170613`` 5.4.1, UpgradeInfo. It needs the right to DescribeInstance.
    """
    return Operation(
        action="UpgradeInfo",
        method="GET",
        path=f"/openapi/instances/{percent_encode(instance_id)}/upgradeInfo",
        accepts=lambda result: isinstance(result, dict),
        permissions=[("DescribeInstance", f"instances/{instance_id}")],
        not_retried=_BUSY_CODES,
    )


def check_upgrade(instance_id: str, kind: str, version: str) -> Operation:
    """Have it checked whether an instance could be upgraded to a version now; ``kind`` is ENGINE or KERNEL.

    The same request without ``dryRun=true`` upgrades the instance. So that is written here and cannot be chosen, and
    ``allowed`` lets nothing else pass. ``Result`` is a list of checks; with any other one, it is not known whether the
    API took the request for an upgrade.
    Source: Alibaba Cloud Elasticsearch, "UpgradeEngineVersion" (2017-06-13).
    """
    return Operation(
        action="UpgradeEngineVersion",
        method="POST",
        path=f"/openapi/instances/{percent_encode(instance_id)}/actions/upgrade-version",
        query=[("dryRun", "true")],
        body={"type": _UPGRADE_TYPES[kind], "version": version},
        accepts=_is_list_of_checks,
        permissions=[
            ("UpgradeEngineVersion", f"instances/{instance_id}"),
            ("UpgradeInstanceEngineVersion", f"instances/{instance_id}"),
        ],
        hints=dict.fromkeys(("Forbidden", "NoPermission", "NotAuthorized"), _ALSO_UPGRADES),
        not_retried=_BUSY_CODES,
        at_most_once=True,
    )


def list_action_records(instance_id: str) -> Operation:
    """Read the last changes of an instance.

    Source: Alibaba Cloud Elasticsearch, "ListActionRecords" (2017-06-13).
    """
    return Operation(
        action="ListActionRecords",
        method="GET",
        path=f"/openapi/instances/{percent_encode(instance_id)}/action-records",
        query=[("page", "1"), ("size", "50")],
        accepts=lambda result: isinstance(result, list),
        permissions=[("ListActionRecords", f"instances/{instance_id}")],
        not_retried=_BUSY_CODES,
    )


def _is_list_of_checks(result: object) -> bool:
    return isinstance(result, list) and all(
        isinstance(row, dict) and any(name.lower() == "validatetype" and isinstance(row[name], str) for name in row)
        for row in result
    )

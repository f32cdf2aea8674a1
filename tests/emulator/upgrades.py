# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Upgrades of instances: what there is to upgrade to, and the operation that checks only if it is asked in one way.

Sources: Alibaba Cloud Elasticsearch, "UpgradeEngineVersion" and "ListActionRecords" (2017-06-13);
``alibabacloud-elasticsearch20170613`` 5.4.1, UpgradeInfo.
"""

from __future__ import annotations

import json
import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from .instances import check_parameters, find, with_members
from .responses import ApiError
from .serving import Prepared

if TYPE_CHECKING:
    from .instances import Instance
    from .openapi import Call
    from .signature import SignedRequest

# The query with which UpgradeEngineVersion only checks; everything else is an upgrade, also what means the same.
DRY_RUN = "dryRun=true"
CHECK_PATH = re.compile("/openapi/instances/[^/]+/actions/upgrade-version")
NEWER_VERSION = "8.17.0"
TYPES = ("engineVersion", "aliVersion")
SNAPSHOT_AGE = timedelta(hours=1)
# What a failed check says: errorType, errorCode and errorMsg. The last code is not the documented one, but was seen.
FAILED = {
    "checkClusterHealth": ("clusterStatus", "ClusterStatusNotHealth", "The cluster is not healthy."),
    "checkConfigCompatible": ("clusterConfigYml", "ClusterYamlNotCompatible", "The YML file is not compatible."),
    "checkClusterResource": ("clusterResource", "ClusterResourceNotEnough", "The zone has not enough resources."),
    "checkClusterSnapshot": (
        "clusterSnapshot",
        "WithInvalidElasticsearchSnapshots",
        "最近一小时内没有已完成的快照",
    ),
}


def asks_for_an_upgrade(request: SignedRequest) -> bool:
    """Whether a request is one for an upgrade, or is meant to be one: whatever changes something and is no check."""
    if request.method == "GET" or (CHECK_PATH.fullmatch(request.path) and request.query == DRY_RUN):
        return False
    return "upgrade" in f"{unquote(request.path)} {request.headers.get('x-acs-action')}".lower()


def upgrade_info(call: Call) -> Prepared:
    """Return the current versions, and the newer ones; equal ones mean that there is none."""
    check_parameters(call.request.parameters())
    instance = find(call)
    engine, kernel = _versions(call, instance)
    known = {
        "curEsVersion": engine,
        "upgradeEsVersion": NEWER_VERSION,
        "curApackVersion": kernel,
        "upgradeApackVersion": kernel,
        "CurRepoVersion": "1.7.3",
        "UpdateRepoVersion": "1.7.3",
        **instance.fixture.upgrade_info,
    }
    is_newer = any(known[f"cur{name}"] != known[f"upgrade{name}"] for name in ("EsVersion", "ApackVersion"))
    info = with_members({"Upgrade": is_newer}, known)
    return Prepared(call.form.result({"UpgradeInfo": info}), lambda: "versions told", ("UpgradeInfo",))


def upgrade_engine_version(call: Call) -> Prepared:
    """Check whether an upgrade is possible, or begin one."""
    instance = find(call)
    kind, version = _wanted(call)
    call.state.check_active(instance.instance_id)
    if call.request.query == DRY_RUN:
        return Prepared(call.form.result(_checks(call, instance)), lambda: "checked", ("UpgradeEngineVersion",))

    def commit() -> str:
        (upgrade,) = (each for each in call.state.upgrades if each["request_id"] == call.request.request_id)
        upgrade["record"] = {
            "actionName": "UpgradeEngineVersion",
            "actionParams": {"type": kind},
            "stateType": "ACTIVATING",
            "requestId": call.request.request_id,
            "instanceId": instance.instance_id,
            "startTime": round(call.state.now().timestamp() * 1000),
            "process": "0%",
            "metaOld": _versions(call, instance)[kind == "aliVersion"],
            "metaNow": version,
            "statusInfo": [],
            "detail": {"grayType": "grayDone", "elasticsearchStatus": "Updating"},
        }
        return f"UPGRADE begun by {call.request.query or 'no query'}"

    return Prepared(call.form.result(True), commit, ("UpgradeEngineVersion",))


def list_action_records(call: Call) -> Prepared:
    """Return the upgrades of an instance, the last one first; a check is not among them."""
    given = call.request.parameters()
    check_parameters(given, "actionNames", "filter", "requestId", "userId", "startTime", "endTime", "page", "size")
    instance = find(call)
    records = list(reversed(call.state.upgrade_records(instance.instance_id)))
    response = call.form.result(records, {"X-Total-Count": len(records)})
    return Prepared(response, lambda: f"{len(records)} records listed", ("ListActionRecords",))


def _versions(call: Call, instance: Instance) -> tuple[str, str]:
    """Return the versions of the engine and of the kernel, as UpgradeInfo writes them."""
    details = instance.details(call.state.status(instance))
    engine, configs = details.get("esVersion"), details.get("extendConfigs")
    kernel = configs[0].get("aliVersion") if isinstance(configs, list) and configs else None
    return str(engine or "").partition("_")[0], str(kernel or "").replace("ali", "", 1)


def _wanted(call: Call) -> tuple[str, str]:
    """Return the type and the version in the body, and refuse what is not documented."""
    try:
        body = json.loads(call.request.body)
    except ValueError as error:
        raise ApiError(400, "InvalidParameter", "The body is not JSON.") from error
    given = body if isinstance(body, dict) else {}
    kind, version = given.get("type", "engineVersion"), given.get("version")
    if kind not in TYPES or not isinstance(version, str) or not version:
        raise ApiError(400, "InvalidParameter", "type must be engineVersion or aliVersion, and version a text.")
    return kind, version


def _checks(call: Call, instance: Instance) -> list[dict[str, Any]]:
    """Return the checks; that of the snapshot looks whether there is one, and that of the health at the health."""
    repository, now = call.state.repository(instance.instance_id), call.state.now()
    repository.note_ends(now)
    has_snapshot = any(
        each.phase == "SUCCESS" and now - each.end(now) <= SNAPSHOT_AGE and not each.content.failed_shards
        for each in repository.find()
    )
    failed = {
        *instance.fixture.failed_checks,
        *(() if has_snapshot else ["checkClusterSnapshot"]),
        *(() if instance.fixture.health == "GREEN" else ["checkClusterHealth"]),
    }
    return [
        {
            "validateType": name,
            "status": "failed" if name in failed else "success",
            "validateResult": [dict(zip(("errorType", "errorCode", "errorMsg"), error))] if name in failed else [],
        }
        for name, error in FAILED.items()
    ]

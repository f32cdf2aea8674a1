# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The OpenAPI: a table of its operations, and every check on the way to one of them, in the documented order."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from aiohttp import web

from . import cluster_operations, instances, signature, snapshot_setting, upgrades
from .responses import ApiError, OpenApiFormat, Response
from .serving import Prepared, deliver
from .signature import SignedRequest
from .state import INSTANCES, STATE, Account, State

ACCOUNT_ID = "1000000000000001"


@dataclass(frozen=True)
class Call:
    """A request that passed the checks that all operations have; ``instance_id`` is empty where its path has none."""

    state: State
    request: SignedRequest
    form: OpenApiFormat
    account: Account
    instance_id: str


@dataclass(frozen=True)
class Operation:
    """One operation: its place on the wire, the function that prepares it, and whether RAM counts it as a write."""

    method: str
    path: str
    prepare: Callable[[Call], Prepared]
    writes: bool = False

    def match(self, request: SignedRequest) -> str | None:
        """Return the instance that a request of this operation is for; None where it is another operation's."""
        pattern = re.escape(self.path).replace(re.escape("{instance_id}"), "([^/]+)")
        match = re.fullmatch(pattern, request.path)
        if request.method != self.method or not match:
            return None
        return unquote(match.group(1)) if match.groups() else ""


# An operation is a row here, and the function that the row names.
OPERATIONS = {
    "CreateSnapshot": Operation(
        "POST", "/openapi/instances/{instance_id}/snapshots", cluster_operations.create_snapshot, writes=True
    ),
    "DescribeElasticsearchHealth": Operation(
        "GET", "/openapi/instances/{instance_id}/elasticsearch-health", instances.describe_elasticsearch_health
    ),
    "DescribeInstance": Operation("GET", "/openapi/instances/{instance_id}", instances.describe_instance),
    "DescribeSnapshotSetting": Operation(
        "GET", "/openapi/instances/{instance_id}/snapshot-setting", snapshot_setting.describe_snapshot_setting
    ),
    "InvokeEsRequest": Operation(
        "POST", "/openapi/instances/{instance_id}/es-request", cluster_operations.invoke_es_request
    ),
    "ListActionRecords": Operation(
        "GET", "/openapi/instances/{instance_id}/action-records", upgrades.list_action_records
    ),
    "ListInstance": Operation("GET", "/openapi/instances", instances.list_instances),
    "UpdateSnapshotSetting": Operation(
        "POST",
        "/openapi/instances/{instance_id}/snapshot-setting",
        snapshot_setting.update_snapshot_setting,
        writes=True,
    ),
    "UpgradeEngineVersion": Operation(
        "POST",
        "/openapi/instances/{instance_id}/actions/upgrade-version",
        upgrades.upgrade_engine_version,
        writes=True,
    ),
    "UpgradeInfo": Operation("GET", "/openapi/instances/{instance_id}/upgradeInfo", upgrades.upgrade_info),
}


async def handle(request: web.Request) -> web.StreamResponse:
    """Serve one request to the OpenAPI."""
    state = request.app[STATE]
    signed = await signature.receive(request)
    form = OpenApiFormat(signed.request_id, signed.scheme, signed.host, state.now(), state.settings.es_result_as_text)
    record = signed.record()
    state.journal.append(record)
    if upgrades.asks_for_an_upgrade(signed):
        shown = {name: record[name] for name in ("operation", "method", "path", "query", "request_id")}
        state.upgrades.append({**shown, "record": None})
    seen = {name: record[name] for name in ("method", "path", "client_token", "nonce", "request_id")}
    state.log.event("received", **seen)

    def note(decision: str, response: Response | None) -> None:
        status, code = (response.status, response.code) if response else (None, None)
        record.update(decision=decision, status=status, code=code)
        state.log.event(decision, request_id=signed.request_id, status=status, fault=record["fault"])

    try:
        prepared, instance_id = _prepare(state, signed, form, record)
    except ApiError as error:
        response = form.error(error)
        note(f"refused: {error.code}", response)
        return response.to_aiohttp()
    # Only a request that passed all of it takes a fault, so a bad request never seems good.
    fault = state.faults.take(prepared.operations, instance_id, signed.client_token) if prepared.operations else None
    record["fault"] = fault and fault.kind
    return await deliver(request, prepared, fault, form, state.pause, note)


def _prepare(state: State, request: SignedRequest, form: OpenApiFormat, record: dict[str, Any]) -> tuple[Prepared, str]:
    """Check a request in the documented order, and refuse it at the first thing that is wrong."""
    signature.check_headers(request)
    action = request.headers["x-acs-action"]
    operation = OPERATIONS.get(action)
    if operation is None:
        raise ApiError(404, "InvalidAction.NotFound", "Specified api is not found, please check your url and method.")
    instance_id = operation.match(request)
    if instance_id is None:
        raise ApiError(404, "InvalidApi.NotFound", "Specified api is not found, please check your url and method.")
    signature.check_date(request, state.now())
    account = signature.check_account(request, state.accounts.values())
    record["account"] = account.name
    signature.check_signature(request, account)
    state.nonces.use(account.access_key_id, request.headers["x-acs-signature-nonce"])
    _authorize(account, action, instance_id, writes=operation.writes)
    return operation.prepare(Call(state, request, form, account, instance_id)), instance_id


def _authorize(account: Account, action: str, instance_id: str, *, writes: bool) -> None:
    """Refuse what RAM would refuse: the reader any write, and everybody the forbidden instance."""
    explicit = instance_id == INSTANCES["forbidden"]
    if not explicit and not (writes and account.name == "reader"):
        return
    raise ApiError(
        403,
        "Forbidden.RAM",
        "User not authorized to operate on the specified resource, or this API doesn't support RAM.",
        {
            "AccessDeniedDetail": {
                "AuthAction": f"elasticsearch:{action}",
                "AuthPrincipalType": account.principal_type,
                "AuthPrincipalOwnerId": ACCOUNT_ID,
                "AuthPrincipalDisplayName": account.name,
                "NoPermissionType": "ExplicitDeny" if explicit else "ImplicitDeny",
                "PolicyType": "AccountLevelIdentityBasedPolicy",
                "EncodedDiagnosticMessage": "AQEAAAAA",
            }
        },
    )

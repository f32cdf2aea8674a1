# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The OpenAPI: a table of its operations, and every check on the way to one of them, in the documented order."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any
from urllib.parse import unquote

from aiohttp import web

from . import elasticsearch, instances, signature, upgrades
from .faults import Prepared, deliver
from .responses import ApiError, OpenApiFormat, Response
from .signature import SignedRequest
from .state import CREDENTIAL_ID, INSTANCES, STATE, Account, State

ACCOUNT_ID = "1000000000000001"
MAX_TOKEN = 64


@dataclass(frozen=True)
class Call:
    """A request that passed the checks that all operations have; ``instance_id`` is empty where its path has none."""

    state: State
    request: SignedRequest
    form: OpenApiFormat
    account: Account
    instance_id: str


def create_snapshot(call: Call) -> Prepared:
    """One client token, one snapshot."""
    token = call.request.parameters().get("ClientToken")
    if not token:
        raise ApiError(400, "MissingClientToken", "ClientToken is mandatory for this action.")
    if len(token) > MAX_TOKEN or not token.isascii():
        raise ApiError(400, "InvalidClientToken", f"ClientToken must have at most {MAX_TOKEN} ASCII characters.")
    call.state.check_active(call.instance_id)
    call.state.ledger.has(call.account.name, call.instance_id, token)

    if call.state.upstream_of(call.instance_id):
        carry_out = partial(_create_upstream, call, token)
        return Prepared(call.form.result(True), str, ("CreateSnapshot",), carry_out=carry_out)

    def commit() -> str:
        request_id = call.request.request_id
        taken = call.state.take_snapshot(call.account.name, call.instance_id, token, request_id)
        return "snapshot taken" if taken else "token seen before: no second snapshot"

    return Prepared(call.form.result(True), commit, ("CreateSnapshot",))


async def _create_upstream(call: Call, token: str) -> Prepared:
    """Have a real cluster take the snapshot of a token; return what came of it."""
    state, who = call.state, (call.account.name, call.instance_id, token)
    upstream = state.upstream_of(call.instance_id)
    assert upstream is not None
    response, done = call.form.result(True), "token seen before: no second snapshot"
    try:
        async with upstream.taking:
            if not state.ledger.has(*who):
                now = state.now()
                name = await upstream.take_snapshot(state.repository(call.instance_id), now)
                if name is None and state.settings.refused_snapshot == "result_false":
                    response, done = call.form.result(False), "the cluster refused the snapshot"
                else:
                    state.ledger.note(*who, call.request.request_id, name, now)
                    done = "snapshot taken" if name else "accepted, but the cluster refused the snapshot"
    except ApiError as error:
        response, done = call.form.error(error), f"refused: {error.code}"
    return Prepared(response, lambda: done, ("CreateSnapshot",))


def invoke_es_request(call: Call) -> Prepared:
    """Ask an instance's cluster for the caller, and note what was asked, also where that is refused."""
    given = call.request.parameters()
    record = elasticsearch.new_record(
        "openapi",
        given.get("method", "GET"),
        "/" + given.get("path", "").lstrip("/"),
        account=call.account.name,
        credential_id=given.get("credentialId"),
        system=given.get("system", "false").lower() == "true",
    )
    call.state.journal.append(record)
    try:
        _check_es_request(given)
        call.state.check_known(call.instance_id)
        path = _through_gateway(record["path"], call.state.settings.gateway_query)
    except ApiError as error:
        record["status"] = error.status
        raise
    return elasticsearch.prepare(call.state, call.instance_id, path, record, call.form, ("InvokeEsRequest",))


def _through_gateway(path: str, query: str) -> str:
    """Return what of a path with a query gets to the cluster; no documentation says what the real one does."""
    if query == "refused" and "?" in path:
        raise ApiError(400, "InvalidParameter", "The specified parameter path is not valid.")
    if query == "dropped":
        return path.partition("?")[0]
    return path.replace("?", "%3F") if query == "escaped" else path


def _check_es_request(given: dict[str, str]) -> None:
    """Refuse parameters that the emulator does not know, with codes of its own making."""
    if unknown := sorted(set(given).difference(("path", "method", "credentialId", "system"))):
        raise ApiError(400, "InvalidParameter", f"InvokeEsRequest has no parameter {', '.join(unknown)}.")
    if not given.get("path", "").strip("/"):
        raise ApiError(400, "MissingPath", "path is mandatory for this action.")
    if given.get("method", "GET") != "GET":
        raise ApiError(400, "InvalidMethod", "The emulator's clusters are only ever read: method must be GET.")
    # The official client writes True.
    if given.get("system", "false").lower() not in ("true", "false"):
        raise ApiError(400, "InvalidParameter", "system must be true or false.")
    if given.get("credentialId", CREDENTIAL_ID) != CREDENTIAL_ID:
        raise ApiError(400, "CredentialNotFound", "The specified credential does not exist.")


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
    "CreateSnapshot": Operation("POST", "/openapi/instances/{instance_id}/snapshots", create_snapshot, writes=True),
    "DescribeElasticsearchHealth": Operation(
        "GET", "/openapi/instances/{instance_id}/elasticsearch-health", instances.describe_elasticsearch_health
    ),
    "DescribeInstance": Operation("GET", "/openapi/instances/{instance_id}", instances.describe_instance),
    "DescribeSnapshotSetting": Operation(
        "GET", "/openapi/instances/{instance_id}/snapshot-setting", instances.describe_snapshot_setting
    ),
    "InvokeEsRequest": Operation("POST", "/openapi/instances/{instance_id}/es-request", invoke_es_request),
    "ListActionRecords": Operation(
        "GET", "/openapi/instances/{instance_id}/action-records", upgrades.list_action_records
    ),
    "ListInstance": Operation("GET", "/openapi/instances", instances.list_instances),
    "UpdateSnapshotSetting": Operation(
        "POST", "/openapi/instances/{instance_id}/snapshot-setting", instances.update_snapshot_setting, writes=True
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

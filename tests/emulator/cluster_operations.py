# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The OpenAPI's operations that an instance's cluster carries out: CreateSnapshot and InvokeEsRequest.

Sources: Alibaba Cloud Elasticsearch, "CreateSnapshot" and "InvokeEsRequest" (2017-06-13).
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from . import elasticsearch
from .responses import ApiError
from .serving import Prepared
from .state import CREDENTIAL_ID

if TYPE_CHECKING:
    from .openapi import Call

MAX_TOKEN = 64


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

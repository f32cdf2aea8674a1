# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The OpenAPI itself: from a request, through every check, to one of its operations."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote

from aiohttp import web

from . import create_snapshot, invoke_es_request, verify
from .accounts import authorize
from .answers import Refusal, as_response
from .call import Call, receive
from .operation import Operation, Order
from .serve import serve
from .state import STATE, State
from .wording import OpenapiWording

OPERATIONS = {operation.action: operation for operation in (create_snapshot.OPERATION, invoke_es_request.OPERATION)}


async def handle(request: web.Request) -> web.StreamResponse:
    """Answer one request to the OpenAPI."""
    state = request.app[STATE]
    call = await receive(request)
    record = call.describe()
    state.requests.append(record)
    seen = {name: record[name] for name in ("method", "path", "client_token", "nonce", "request_id")}
    state.journal.event("received", **seen)

    def decide(decision: str, status: int | None, code: str | None = None) -> None:
        record.update(decision=decision, status=status, code=code)
        state.journal.event(decision, request_id=record["request_id"], status=status, fault=record["fault"])

    try:
        order = _examine(call, state, record)
    except Refusal as refusal:
        answer = refusal.answer(call.request_id, call.host)
        decide(f"refused: {refusal.code}", answer.status, refusal.code)
        return as_response(answer)
    record["fault"] = order.fault and order.fault.kind
    return await serve(request, order, OpenapiWording(call, state.now()), decide)


def _examine(call: Call, state: State, record: dict[str, Any]) -> Order:
    """Check a request in the documented order, and refuse it at the first thing that is wrong."""
    verify.check_headers(call)
    operation, instance_id = _find_operation(call)
    verify.check_date(call, state.now())
    account = verify.check_account(call, state.accounts.values())
    record["account"] = account.name
    verify.check_signature(call, account)
    state.use_nonce(account.access_key_id, call.headers["x-acs-signature-nonce"])
    authorize(account, operation.action, instance_id, writes=operation.writes)
    return operation.prepare(call, state, account, instance_id)


def _find_operation(call: Call) -> tuple[Operation, str]:
    """Return the operation and the instance a request is for."""
    operation = OPERATIONS.get(call.headers["x-acs-action"])
    if operation is None:
        raise Refusal(404, "InvalidAction.NotFound", "Specified api is not found, please check your url and method.")
    match = operation.path.fullmatch(call.path)
    if call.method != operation.method or not match:
        raise Refusal(404, "InvalidApi.NotFound", "Specified api is not found, please check your url and method.")
    return operation, unquote(match.group(1))

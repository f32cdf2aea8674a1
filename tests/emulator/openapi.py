# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The OpenAPI itself: from a request to a snapshot and an answer."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from aiohttp import web

from . import verify
from .accounts import Account, authorize
from .answers import Refusal, as_response, success
from .call import Call, receive
from .misbehave import plan
from .state import State

STATE = web.AppKey("state", State)

# More, or other than ASCII, is refused.
LONGEST_TOKEN = 64

# Each action with its method and its path on the wire.
OPERATIONS = {"CreateSnapshot": ("POST", re.compile(r"/openapi/instances/([^/]+)/snapshots"))}


@dataclass(frozen=True)
class Order:
    """A request that passed every check: a snapshot that may be taken."""

    account: str
    instance_id: str
    client_token: str
    request_id: str

    def carry_out(self, state: State) -> str:
        """Take the snapshot unless it was taken before, and say which."""
        taken = state.ledger.take(self.account, self.instance_id, self.client_token, self.request_id, state.now())
        return "snapshot taken" if taken else "token seen before: no second snapshot"


async def handle(request: web.Request) -> web.StreamResponse:
    """Answer one request to the OpenAPI."""
    state = request.app[STATE]
    call = await receive(request)
    record = call.describe()
    state.requests.append(record)
    seen = {name: record[name] for name in ("method", "path", "client_token", "nonce", "request_id")}
    state.journal.event("received", **seen)
    try:
        order = _examine(call, state, record)
    except Refusal as refusal:
        answer = refusal.answer(call.request_id, call.host)
        _decide(state, record, f"refused: {refusal.code}", answer.status, refusal.code)
        return as_response(answer)
    fault = state.faults.take(order.instance_id, order.client_token)
    if fault is None:
        answer = success(call.request_id)
        _decide(state, record, order.carry_out(state), answer.status)
        return as_response(answer)
    record["fault"] = fault.kind
    coming = plan(fault, call, state)
    when = "before any snapshot was taken"
    if fault.takes_snapshot:
        done = order.carry_out(state)
        when = "after the snapshot was taken" if done == "snapshot taken" else f"({done})"
    status, code = (coming.answer.status, coming.answer.code) if coming.answer else (None, None)
    _decide(state, record, f"{coming.deed} {when}", status, code)
    return await coming.deliver(request)


def _decide(state: State, record: dict[str, Any], decision: str, status: int | None, code: str | None = None) -> None:
    """Write a decision into the request's record and into the log."""
    record.update(decision=decision, status=status, code=code)
    state.journal.event(decision, request_id=record["request_id"], status=status, fault=record["fault"])


def _examine(call: Call, state: State, record: dict[str, Any]) -> Order:
    """Check a request in the documented order, and refuse it at the first thing that is wrong."""
    verify.check_headers(call)
    action, instance_id = _find_operation(call)
    verify.check_date(call, state.now())
    account = verify.check_account(call, state.accounts.values())
    record["account"] = account.name
    verify.check_signature(call, account)
    state.use_nonce(account.access_key_id, call.headers["x-acs-signature-nonce"])
    authorize(account, action, instance_id)
    return _create_snapshot(call, state, account, instance_id)


def _find_operation(call: Call) -> tuple[str, str]:
    """Return the action and the instance a request is for."""
    action = call.headers["x-acs-action"]
    if action not in OPERATIONS:
        raise Refusal(404, "InvalidAction.NotFound", "Specified api is not found, please check your url and method.")
    method, path = OPERATIONS[action]
    match = path.fullmatch(call.path)
    if call.method != method or not match:
        raise Refusal(404, "InvalidApi.NotFound", "Specified api is not found, please check your url and method.")
    return action, unquote(match.group(1))


def _create_snapshot(call: Call, state: State, account: Account, instance_id: str) -> Order:
    """Check what CreateSnapshot asks of its parameters, its instance and its token."""
    token = call.parameters().get("ClientToken")
    if not token:
        raise Refusal(400, "MissingClientToken", "ClientToken is mandatory for this action.")
    if len(token) > LONGEST_TOKEN or not token.isascii():
        raise Refusal(400, "InvalidClientToken", f"ClientToken must have at most {LONGEST_TOKEN} ASCII characters.")
    state.instances.check(instance_id)
    state.ledger.seen(account.name, instance_id, token)
    return Order(account.name, instance_id, token, call.request_id)

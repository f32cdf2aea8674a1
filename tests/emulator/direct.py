# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The way straight to a cluster: Elasticsearch's own front, with a user and a password."""

from __future__ import annotations

import base64
import binascii
import hmac
from collections.abc import Awaitable, Callable
from email.utils import format_datetime

from aiohttp import web

from . import es_answers
from .accounts import INSTANCES
from .answers import Answer, as_response
from .call import target
from .looks import look, new_record
from .serve import serve
from .state import STATE, State
from .wording import ClusterWording

CHALLENGE = {"WWW-Authenticate": 'Basic realm="security" charset="UTF-8"'}

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


async def handle(request: web.Request) -> web.StreamResponse:
    """Answer one request to the cluster of the active instance."""
    state = request.app[STATE]
    path = target(request)
    user, password = _credentials(request)
    record = new_record("direct", request.method, path, user=user)
    state.cluster_requests.append(record)
    state.journal.event("received by the cluster", method=request.method, path=path, user=user)

    def decide(decision: str, status: int | None, code: str | None = None) -> None:
        state.journal.event(decision, path=path, status=status, fault=record["fault"])

    if refusal := _refuse(state, request.method, path, user, password):
        record["status"] = refusal.status
        decide("refused by the cluster", refusal.status)
        return as_response(refusal)
    order = look(state, INSTANCES["active"], record, lambda view: es_answers.answer(view.status, view.document))
    wording = ClusterWording(f"{request.scheme}://{request.host}", _date(state))
    return await serve(request, order, wording, decide)


def _credentials(request: web.Request) -> tuple[str | None, str]:
    """Return the user's name and the password that a request claims."""
    scheme, _separator, value = request.headers.get("Authorization", "").partition(" ")
    try:
        if scheme.lower() != "basic":
            return None, ""
        user, _separator, password = base64.b64decode(value, validate=True).decode().partition(":")
    except (binascii.Error, ValueError):
        return None, ""
    return user, password


def _refuse(state: State, method: str, path: str, user: str | None, password: str) -> Answer | None:
    """Refuse strangers, whatever is not a GET, and the user who may not see snapshots."""
    uri = path.partition("?")[0]
    expected = state.cluster_users.get(user or "", "")
    if not expected or not hmac.compare_digest(password.encode(), expected.encode()):
        reason = f"missing authentication credentials for REST request [{uri}]"
        if user is not None:
            reason = f"unable to authenticate user [{user}] for REST request [{uri}]"
        document = es_answers.error(401, "security_exception", reason, CHALLENGE)
        return es_answers.answer(401, document, CHALLENGE)
    if method != "GET":
        reason = f"Incorrect HTTP method for uri [{uri}] and method [{method}], allowed: [GET]"
        return es_answers.answer(405, {"error": reason, "status": 405}, {"Allow": "GET"})
    if user == "nobody" and uri.startswith("/_snapshot"):
        reason = f"action [cluster:admin/snapshot/get] is unauthorized for user [{user}]"
        return es_answers.answer(403, es_answers.error(403, "security_exception", reason))
    return None


def _date(state: State) -> str | None:
    """Return the date of an answer: Elasticsearch had none before August 2026."""
    return format_datetime(state.now(), usegmt=True) if state.cluster_date else None


@web.middleware
async def stamp(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Date an answer by the emulator's clock, or see to it that it has no date, unless a test gave it one."""
    response = await handler(request)
    response.headers.setdefault("Date", _date(request.app[STATE]) or "")
    return response


async def drop_date(request: web.Request, response: web.StreamResponse) -> None:
    """Take away the empty date that kept aiohttp from putting its own there."""
    if not response.headers.get("Date"):
        response.headers.popall("Date", None)

# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A cluster's front: users and passwords, the journal, and what a request costs; snapshot_api.py has its API."""

from __future__ import annotations

import base64
import binascii
import hmac
import math
from email.utils import format_datetime
from typing import Any

from aiohttp import web

from . import snapshot_api
from .responses import ApiError, ElasticsearchFormat, Format, Response, error_document
from .serving import Prepared, deliver
from .signature import target
from .state import INSTANCES, STATE, State
from .upstream import Upstream

CHALLENGE = {"WWW-Authenticate": 'Basic realm="security" charset="UTF-8"'}


async def handle(request: web.Request) -> web.StreamResponse:
    """Serve one request straight to the cluster of the active instance."""
    state = request.app[STATE]
    path = target(request)
    user, password = _credentials(request)
    record = new_record("direct", request.method, path, user=user)
    state.journal.append(record)
    state.log.event("received by the cluster", method=request.method, path=path, user=user)
    form = ElasticsearchFormat(f"{request.scheme}://{request.host}", date(state))

    def note(decision: str, response: Response | None) -> None:
        state.log.event(decision, path=path, status=response and response.status, fault=record["fault"])

    if refusal := _refuse(state, form, request.method, path.partition("?")[0], user, password):
        record["status"] = refusal.status
        note("refused by the cluster", refusal)
        return refusal.to_aiohttp()
    instance_id = INSTANCES["active"]
    prepared = prepare(state, instance_id, path, record, form)
    fault = state.faults.take(prepared.operations, instance_id, None) if prepared.operations else None
    return await deliver(request, prepared, fault, form, state.pause, note)


def date(state: State) -> str | None:
    """Return the date of a response: Elasticsearch had none before August 2026."""
    return format_datetime(state.now(), usegmt=True) if state.settings.cluster_date else None


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


def _refuse(
    state: State, form: ElasticsearchFormat, method: str, uri: str, user: str | None, password: str
) -> Response | None:
    """Refuse strangers, whatever is not a GET, and the user who may not see snapshots."""
    expected = state.cluster_users.get(user or "", "")
    if not expected or not hmac.compare_digest(password.encode(), expected.encode()):
        reason = f"missing authentication credentials for REST request [{uri}]"
        if user is not None:
            reason = f"unable to authenticate user [{user}] for REST request [{uri}]"
        return form.document(401, error_document(401, "security_exception", reason, CHALLENGE), CHALLENGE)
    if method != "GET":
        reason = f"Incorrect HTTP method for uri [{uri}] and method [{method}], allowed: [GET]"
        return form.document(405, {"error": reason, "status": 405}, {"Allow": "GET"})
    if user == "nobody" and uri.startswith("/_snapshot"):
        reason = f"action [cluster:admin/snapshot/get] is unauthorized for user [{user}]"
        return form.document(403, error_document(403, "security_exception", reason))
    return None


def new_record(
    route: str,
    method: str,
    path: str,
    *,
    account: str | None = None,
    user: str | None = None,
    credential_id: str | None = None,
    system: bool | None = None,
) -> dict[str, Any]:
    """Return an entry of the journal for what a cluster is asked, as yet without a response."""
    return {
        "server": "cluster",
        "route": route,
        "operation": None,
        "method": method,
        "path": path,
        "account": account,
        "user": user,
        "credential_id": credential_id,
        "system": system,
        "fault": None,
        "status": None,
        "objects_read": 0,
        "response_bytes": 0,
        "seconds": 0.0,
    }


def prepare(
    state: State,
    instance_id: str,
    path: str,
    record: dict[str, Any],
    form: Format,
    route: tuple[str, ...] = (),
) -> Prepared:
    """Ask a cluster; only what is served counts as a poll. ``route`` names the operation that asks."""
    if upstream := state.upstream_of(instance_id):
        return _pass_on(upstream, path, record, form, route)
    now, settings, repository = state.now(), state.settings, state.repository(instance_id)
    view = snapshot_api.View(repository, settings, now)
    reply = snapshot_api.ask(view, path)
    record.update(operation=reply.operation, status=reply.status)

    def commit() -> str:
        repository.note_ends(now)
        for snapshot in reply.reads.polled:
            snapshot.count_poll()
        for snapshot in reply.reads.read:
            snapshot.count_read()
        return f"cluster responded {reply.status}"

    # The index is read first, then the objects, some at a time.
    rounds = reply.reads.index + math.ceil(len(reply.reads.read) / view.version.reads_at_once)
    return Prepared(
        form.cluster(reply.status, reply.document, 2 if reply.pretty else None),
        commit,
        (*route, reply.operation) if reply.operation else (),
        record,
        reply.reads.objects,
        rounds * settings.object_read_seconds,
    )


def _pass_on(upstream: Upstream, path: str, record: dict[str, Any], form: Format, route: tuple[str, ...]) -> Prepared:
    """Ask a real cluster, once it is certain that the request is served."""
    operation = snapshot_api.operation_of(path.partition("?")[0])
    names = (*route, operation) if operation else route
    record["operation"] = operation

    async def carry_out() -> Prepared:
        try:
            got = await upstream.get(path)
        except ApiError as error:
            record["status"] = error.status
            return Prepared(form.error(error), lambda: "cluster did not respond", names, record)
        record["status"] = got.status
        response = form.passed_on(got.status, got.body, got.content_type)
        return Prepared(response, lambda: f"cluster responded {got.status}", names, record)

    return Prepared(form.cluster(200, {}), str, names, record, carry_out=carry_out)

# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The part of Elasticsearch's API that tells of snapshots and health, and its front with a user and a password."""

from __future__ import annotations

import base64
import binascii
import hmac
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from typing import Any
from urllib.parse import unquote

from aiohttp import web

from . import cluster
from .cluster import HIDDEN, IN_PROGRESS, Repository, Snapshot
from .faults import Prepared, deliver
from .responses import ElasticsearchFormat, Response, compact, error_document
from .signature import target
from .state import INSTANCES, STATE, State

__all__ = ["OPERATIONS", "Reply", "compact", "date", "handle", "new_record", "prepare"]

OPERATIONS = ("GetSnapshot", "GetSnapshotStatus", "CatHealth")
CHALLENGE = {"WWW-Authenticate": 'Basic realm="security" charset="UTF-8"'}

_SNAPSHOTS = re.compile(r"/_snapshot/(?:(?P<repository>[^/_][^/]*)/)?(?P<names>[^/]+)(?P<status>/_status)?")


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
    prepared = prepare(state, instance_id, record, lambda reply: form.document(reply.status, reply.document))
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
    }


@dataclass(frozen=True)
class Reply:
    """What a cluster responds, which operation the request was (none where it is refused), and what it polled."""

    status: int
    document: Any
    operation: str | None = None
    polled: tuple[Snapshot, ...] = ()


def prepare(
    state: State,
    instance_id: str,
    record: dict[str, Any],
    wrap: Callable[[Reply], Response],
    route: tuple[str, ...] = (),
) -> Prepared:
    """Ask a cluster what the record says; only what is served counts as a poll. ``route`` names the operation above."""
    now = state.now()
    reply = ask(state.repository(instance_id), record["path"], now)
    record.update(operation=reply.operation, status=reply.status)

    def commit() -> str:
        for snapshot in reply.polled:
            snapshot.count_poll(now)
        return f"cluster responded {reply.status}"

    return Prepared(wrap(reply), commit, (*route, reply.operation) if reply.operation else (), record)


def ask(repository: Repository, path_and_query: str, now: datetime) -> Reply:
    """Respond to a GET, without counting it yet."""
    path, _separator, query = path_and_query.partition("?")
    if path == "/_cat/health":
        if query == "format=json":
            return _health(repository, now)
        return _bad_request("the emulator has format=json only")
    match = _SNAPSHOTS.fullmatch(path)
    if not match or (match["repository"] is None and path != "/_snapshot/_status"):
        return Reply(400, {"error": f"no handler found for uri [{path_and_query}] and method [GET]"})
    ignores = query == "ignore_unavailable=true"
    if query and not ignores:
        return _bad_request(f"request [{path}] contains unrecognized parameter: [{query}]")
    operation = "GetSnapshotStatus" if path.endswith("/_status") else "GetSnapshot"
    if match["names"] == "_status":
        return _running(repository, match["repository"])
    return _named(repository, unquote(match["repository"]), match["names"], operation, ignores, now)


def _bad_request(reason: str) -> Reply:
    """Refuse a request that cannot be meant."""
    return Reply(400, error_document(400, "illegal_argument_exception", reason))


def _no_repository(name: str, operation: str, hidden: tuple[Snapshot, ...] = ()) -> Reply:
    """Say that there is no such repository."""
    return Reply(404, error_document(404, "repository_missing_exception", f"[{name}] missing"), operation, hidden)


def _running(repository: Repository, name: str | None) -> Reply:
    """Respond to ``_status`` without names: what is running now."""
    found = repository.find()
    if name is not None and (unquote(name) != cluster.NAME or not repository.exists):
        return _no_repository(unquote(name), "GetSnapshotStatus")
    shown = [snapshot.status(cluster.NAME) for snapshot in found if snapshot.phase == IN_PROGRESS]
    return Reply(200, {"snapshots": shown}, "GetSnapshotStatus", tuple(found))


def _named(repository: Repository, name: str, pattern: str, operation: str, ignores: bool, now: datetime) -> Reply:
    """Respond with all snapshots of a repository, or for those that are named."""
    if name != cluster.NAME:
        return _no_repository(name, operation)
    names = None if pattern == "_all" else unquote(pattern).split(",")
    found = repository.find(names)
    hidden = tuple(snapshot for snapshot in found if snapshot.phase == HIDDEN)
    if not repository.exists:
        return _no_repository(name, operation, hidden)
    shown = [snapshot for snapshot in found if snapshot.phase != HIDDEN]
    missing = set(names or ()).difference(snapshot.name for snapshot in shown)
    if missing and not ignores:
        reason = f"[{name}:{min(missing)}] is missing"
        return Reply(404, error_document(404, "snapshot_missing_exception", reason), operation, hidden)
    status = operation == "GetSnapshotStatus"
    documents = [snapshot.status(name) if status else snapshot.document(now) for snapshot in shown]
    return Reply(200, {"snapshots": documents}, operation, tuple(found))


def _health(repository: Repository, now: datetime) -> Reply:
    """Respond to ``_cat/health``, which has the cluster's own clock."""
    row = {
        "epoch": str(int(now.timestamp())),
        "timestamp": f"{now:%H:%M:%S}",
        "cluster": repository.instance_id,
        "status": "green",
        "node.total": "3",
        "node.data": "3",
        "shards": "10",
        "pri": "5",
        "relo": "0",
        "init": "0",
        "unassign": "0",
        "pending_tasks": "0",
        "max_task_wait_time": "-",
        "active_shards_percent": "100.0%",
    }
    return Reply(200, [row], "CatHealth")

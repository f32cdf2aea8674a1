# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The part of Elasticsearch's API that a cluster of the emulator has: its snapshots and its health."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import unquote

from . import repository
from .courses import HIDDEN, IN_PROGRESS
from .es_answers import error
from .es_snapshot import EsSnapshot
from .repository import Repository

LOOKS, HEALTH = "looks", "health"


@dataclass(frozen=True)
class View:
    """What a cluster answers, which queue of faults the request belongs to, and the snapshots it looked at."""

    status: int
    document: Any
    queue: str | None = None
    looked_at: tuple[EsSnapshot, ...] = ()

    def count(self, now: datetime) -> None:
        """Note that this was served."""
        for snapshot in self.looked_at:
            snapshot.count_look(now)


SNAPSHOTS = re.compile(r"/_snapshot/(?:(?P<repository>[^/_][^/]*)/)?(?P<names>[^/]+)(?P<status>/_status)?")


def ask(known: Repository, target: str, now: datetime) -> View:
    """Answer a GET without noting it yet."""
    path, _separator, query = target.partition("?")
    if path == "/_cat/health":
        return _health(known, now) if query == "format=json" else _bad_request("the emulator has format=json only")
    match = SNAPSHOTS.fullmatch(path)
    if not match or (match["repository"] is None and path != "/_snapshot/_status"):
        return View(400, {"error": f"no handler found for uri [{target}] and method [GET]"})
    ignores = query == "ignore_unavailable=true"
    if query and not ignores:
        return _bad_request(f"request [{path}] contains unrecognized parameter: [{query}]")
    if match["names"] == "_status":
        return _running(known, match["repository"])
    return _named(known, unquote(match["repository"]), match["names"], bool(match["status"]), ignores, now)


def _bad_request(reason: str) -> View:
    """Refuse a request that cannot be meant."""
    return View(400, error(400, "illegal_argument_exception", reason))


def _no_repository(name: str, hidden: tuple[EsSnapshot, ...] = ()) -> View:
    """Say that there is no such repository."""
    return View(404, error(404, "repository_missing_exception", f"[{name}] missing"), LOOKS, hidden)


def _running(known: Repository, name: str | None) -> View:
    """Answer C(_status) without names: what is running now."""
    found = known.find()
    if name is not None and (unquote(name) != repository.NAME or not known.exists):
        return _no_repository(unquote(name))
    shown = [snapshot.status(repository.NAME) for snapshot in found if snapshot.phase == IN_PROGRESS]
    return View(200, {"snapshots": shown}, LOOKS, tuple(found))


def _named(known: Repository, name: str, pattern: str, status: bool, ignores: bool, now: datetime) -> View:
    """Answer for all snapshots of a repository, or for those that are named."""
    if name != repository.NAME:
        return _no_repository(name)
    names = None if pattern == "_all" else unquote(pattern).split(",")
    found = known.find(names)
    hidden = tuple(snapshot for snapshot in found if snapshot.phase == HIDDEN)
    if not known.exists:
        return _no_repository(name, hidden)
    shown = [snapshot for snapshot in found if snapshot.phase != HIDDEN]
    missing = set(names or ()).difference(snapshot.name for snapshot in shown)
    if missing and not ignores:
        reason = f"[{name}:{min(missing)}] is missing"
        return View(404, error(404, "snapshot_missing_exception", reason), LOOKS, hidden)
    documents = [snapshot.status(name) if status else snapshot.document(now) for snapshot in shown]
    return View(200, {"snapshots": documents}, LOOKS, tuple(found))


def _health(known: Repository, now: datetime) -> View:
    """Answer C(_cat/health), which has the cluster's own clock."""
    row = {
        "epoch": str(int(now.timestamp())),
        "timestamp": f"{now:%H:%M:%S}",
        "cluster": known.instance_id,
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
    return View(200, [row], HEALTH)

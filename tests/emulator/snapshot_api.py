# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The cluster's API of snapshots and of the health: from a path and a query to a document, not counted yet."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import unquote

from . import cluster
from .cluster import HIDDEN, IN_PROGRESS, Repository, Snapshot
from .documents import Settings
from .query import BadQuery, Query, matches
from .responses import error_document
from .versions import Version, listed, listed_without_reading, status

# By these names, stubs match what a cluster is asked.
OPERATIONS = ("GetSnapshot", "GetSnapshotStatus", "CatHealth")
# Elasticsearch's http.max_initial_line_length, in bytes.
MAX_LINE = 4096
# Some versions take these; the emulator does not do what they ask for.
NOT_EMULATED = ("sort", "order", "size", "after", "offset", "from_sort_value", "slm_policy_filter", "state")

_PATH = re.compile(r"/_snapshot/(?:(?P<repository>[^/_][^/]*)/)?(?P<names>[^/]+)(?P<status>/_status)?")


class ClusterError(Exception):
    """An error that the cluster responds with."""

    def __init__(self, code: int, kind: str, reason: str | None) -> None:
        super().__init__(reason)
        self.code = code
        self.document = error_document(code, kind, reason)


@dataclass(frozen=True)
class View:
    """A cluster at a moment."""

    repository: Repository
    settings: Settings
    now: datetime

    @property
    def version(self) -> Version:
        """Return the version that the cluster is."""
        return Version(self.settings.version)


@dataclass
class Reads:
    """What a request polls and reads, to be counted when it is served; the index of a repository is an object too."""

    polled: list[Snapshot] = field(default_factory=list)
    read: list[Snapshot] = field(default_factory=list)
    index: int = 0

    @property
    def objects(self) -> int:
        """Return how many objects are read."""
        return self.index + len(self.read)


@dataclass(frozen=True)
class Reply:
    """What a cluster responds; a request that is refused as such is of no operation."""

    status: int
    document: Any
    operation: str | None = None
    reads: Reads = field(default_factory=Reads)
    pretty: bool = False


def ask(view: View, path_and_query: str) -> Reply:
    """Respond to a GET."""
    operation, reads = None, Reads()
    try:
        path, _separator, text = path_and_query.partition("?")
        respond, parameters, named = _find(view.version, path, path_and_query)
        query = Query.parse(path, text, parameters)
        operation = named
        if not view.settings.master:
            raise ClusterError(503, view.version.no_master, None)
        document = query.filter(respond(view, path, query, reads))
        return Reply(200, document, operation, reads, query.flag("pretty", False))
    except BadQuery as error:
        return Reply(400, error_document(400, "illegal_argument_exception", str(error)))
    except ClusterError as error:
        return Reply(error.code, error.document, operation, reads)


Respond = Callable[[View, str, Query, Reads], Any]


def operation_of(path: str) -> str | None:
    """Return the name of the operation of a path without its query; None where there is none of that path."""
    if path == "/_cat/health":
        return "CatHealth"
    match = _PATH.fullmatch(path)
    if not match or (match["repository"] is None and path != "/_snapshot/_status"):
        return None
    return "GetSnapshotStatus" if path.endswith("/_status") else "GetSnapshot"


def _find(version: Version, path: str, path_and_query: str) -> tuple[Respond, tuple[str, ...], str]:
    """Return what responds to a path, the parameters it takes, and the name of the operation."""
    if len(f"GET {path_and_query} HTTP/1.1") > MAX_LINE:
        raise ClusterError(400, version.line_too_long, f"An HTTP line is larger than {MAX_LINE} bytes.")
    operation = operation_of(path)
    if operation is None:
        error = ClusterError(400, "", None)
        error.document = {"error": f"no handler found for uri [{path_and_query}] and method [GET]"}
        raise error
    respond, parameters = {
        "CatHealth": (_health, ("h", "master_timeout") if version.since(8) else ("h",)),
        "GetSnapshotStatus": (_status, ("ignore_unavailable", "master_timeout")),
        "GetSnapshot": (_get, version.parameters),
    }[operation]
    return respond, parameters, operation


def _get(view: View, path: str, query: Query, reads: Reads) -> dict[str, Any]:
    """Return the snapshots of a repository that are named, or all of them, or those that are running."""
    version = view.version
    if unknown := sorted(set(query.given).intersection(NOT_EMULATED)):
        raise BadQuery(f"the emulator does not have the parameter [{unknown[0]}]")
    verbose, ignore = query.flag("verbose", True), query.flag("ignore_unavailable", False)
    details = query.flag("index_details", False)
    shown = {"repository": version.since(7, 14) and query.flag("include_repository", True)}
    shown["names"] = query.flag("index_names", True)
    name, names = _names(path)
    current_only = names == ["_current"]
    exists = _exists(view, name, names, reads)
    if not exists and version.tells_failures:
        failure = {"type": "repository_missing_exception", "reason": f"[{name}] missing"}
        return {"snapshots": [], "failures": {name: failure}, **_page(version, 0)}
    # Before 7.10, running snapshots were shown without a thought for the repository.
    if not exists and (version.has(7, 10) or not current_only):
        raise ClusterError(404, "repository_missing_exception", f"[{name}] missing")
    if not current_only:
        _read_index(view, name, reads)
    found = _resolve(view, name, names, ignore, verbose) if exists else []
    reads.polled += found
    if verbose:
        found = _read(found, view, name, ignore, reads)
        rows = [listed(each, version, view.now, details=details, **shown) for each in found]
    else:
        if not version.has(7, 7):
            # The index was read by its indices.
            found = [each for each in found if each.content.indices or each.phase == IN_PROGRESS]
        # Later, no order is promised.
        found.sort(key=lambda each: each.uuid if version.since(7, 14) else each.name)
        rows = [listed_without_reading(each, version, **shown) for each in found]
    return {"snapshots": rows, **_page(version, len(rows))}


def _page(version: Version, total: int) -> dict[str, int]:
    """Return what later versions say of how many snapshots there are."""
    return {"total": total, "remaining": 0} if version.since(7, 15) else {}


def _names(path: str) -> tuple[str, list[str]]:
    """Return the name of the repository in a path, and those of the snapshots."""
    match = _PATH.fullmatch(path)
    assert match is not None
    return unquote(match["repository"] or cluster.NAME), unquote(match["names"]).split(",")


def _exists(view: View, name: str, names: list[str], reads: Reads) -> bool:
    """Tell whether there is such a repository; those of its snapshots that are hidden are polled all the same."""
    if name != cluster.NAME:
        return False
    patterns = ["*" if wanted in ("_all", "_current") else wanted for wanted in names]
    hidden = [each for each in view.repository.find() if each.phase == HIDDEN]
    reads.polled += [each for each in hidden if any(matches(pattern, each.name) for pattern in patterns)]
    return view.repository.exists


def _read_index(view: View, name: str, reads: Reads) -> None:
    """Read the index of the repository."""
    reads.index = 1
    if view.settings.index_readable:
        return
    reason = f"[{name}] Could not read repository data because its index cannot be read"
    if view.version.since(9):
        reason = f"[{name}] cannot retrieve snapshots list from this repository"
    error = ClusterError(500, "repository_exception", reason)
    # Here, the cause at the root is another one: the index is empty.
    problem = "Failed to parse object: expecting token of type [START_OBJECT] but found [null]"
    error.document["error"]["root_cause"] = [{"type": "parsing_exception", "reason": problem, "line": 1, "col": 1}]
    raise error


def _resolve(view: View, name: str, names: list[str], ignore: bool, verbose: bool) -> list[Snapshot]:
    """Return the snapshots that the names stand for, in the order of their begin."""
    there = [each for each in view.repository.find() if each.phase != HIDDEN]
    running = [each for each in there if each.phase == IN_PROGRESS]
    if names == ["_all"]:
        return there
    by_name = {each.name: each for each in there}
    found: set[Snapshot] = set()
    for wanted in names:
        if wanted == "_current":
            found.update(running)
        elif "*" in wanted:
            found.update(each for each in there if matches(wanted, each.name))
        elif wanted in by_name:
            found.add(by_name[wanted])
        elif not ignore:
            raise ClusterError(404, "snapshot_missing_exception", f"[{name}:{wanted}] is missing")
    if not found and names != ["_current"]:
        # Since 8.0, a pattern may fit none; a name that is not known was refused before.
        if not ignore and not view.version.since(8):
            raise ClusterError(404, "snapshot_missing_exception", f"[{name}:{names[0]}] is missing")
        # elastic/elasticsearch#68090: of none that is known, all were looked up among those that are running.
        if verbose and view.version.shows_running_for_none:
            return running
    return [each for each in there if each in found]


def _read(found: list[Snapshot], view: View, name: str, ignore: bool, reads: Reads) -> list[Snapshot]:
    """Read the objects of finished snapshots, one after the other, and return the snapshots that can be shown."""
    shown = []
    for each in found:
        problem = None
        if each.phase != IN_PROGRESS:
            problem = each.object
            reads.read.append(each)
        if problem == "readable" or problem is None:
            shown.append(each)
        elif not ignore:
            # No poll of a snapshot counts that is not shown.
            reads.polled = [one for one in reads.polled if one.phase == HIDDEN]
            label = f"[{name}:{each.name}/{each.uuid}]"
            if problem == "missing":
                raise ClusterError(404, "snapshot_missing_exception", f"{label} is missing")
            raise ClusterError(500, "snapshot_exception", f"{label} {view.version.unreadable}")
    return shown


def _status(view: View, path: str, query: Query, reads: Reads) -> dict[str, Any]:
    """Return the shards of the snapshots that are named, or of those that are running."""
    name, names = _names(path)
    if names == ["_status"]:
        names = ["_current"]
    exists = _exists(view, name, names, reads)
    if not exists and path != "/_snapshot/_status":
        raise ClusterError(404, "repository_missing_exception", f"[{name}] missing")
    found = _resolve(view, name, names, query.flag("ignore_unavailable", False), False) if exists else []
    reads.polled += found
    return {"snapshots": [status(each, name) for each in found]}


def _health(view: View, path: str, query: Query, reads: Reads) -> list[dict[str, str]]:
    """Return the health, which has the cluster's own clock."""
    if "format" not in query.given:
        raise BadQuery("the emulator has format=json only")
    health = view.settings.health
    row = {
        "epoch": str(int(view.now.timestamp())),
        "timestamp": f"{view.now:%H:%M:%S}",
        "cluster": view.repository.instance_id,
        "status": health,
        "node.total": "3",
        "node.data": "3",
        "shards": "10",
        "pri": "5",
        "relo": "0",
        "init": "0",
        "unassign": "0" if health == "green" else "2",
        "pending_tasks": "0",
        "max_task_wait_time": "-",
        "active_shards_percent": "100.0%" if health == "green" else "80.0%",
        **view.version.health_columns,
    }
    columns = query.given.get("h", "").split(",")
    return [{name: value for name, value in row.items() if columns == [""] or name in columns}]

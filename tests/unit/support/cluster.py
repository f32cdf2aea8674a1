# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A model of a cluster with one repository of snapshots, in the shapes of many versions, which counts what it reads.

Nothing in it waits: its time is a number, which the sleeps of a test move on, or each poll of the running snapshots.
Source: Elasticsearch, "Get snapshot API", by version; seen on Elasticsearch 7.10 and 7.17 and on OpenSearch 2.
"""

from __future__ import annotations

import email.utils
import json
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Union
from urllib.parse import parse_qs, parse_qsl, unquote

from ansible_collections.aliyun.elasticsearch.plugins.module_utils._http.transport import Response

# The server's time in seconds since the epoch: 2026-11-24T04:00:00Z.
NOW = 1795492800
RUNNING = "IN_PROGRESS"
REPOSITORY = "aliyun_auto_snapshot"
VERSIONS = (
    *("5.6", "6.8", "7.4", "7.10", "7.14", "7.17", "8.3", "8.15", "9.1"),
    *("OpenSearch 1.3", "OpenSearch 2.19", "OpenSearch 3.1"),
)
READ_TIMEOUT = 30.0  # seconds, after which a client that asks has gone

_PARAMETERS = {
    (0, 0): "verbose ignore_unavailable master_timeout filter_path pretty human format error_trace",
    (7, 13): "index_details",
    (7, 14): "include_repository sort order size after",
    (7, 15): "offset",
    (7, 16): "from_sort_value slm_policy_filter",
    (8, 3): "index_names",
    (9, 1): "state",
}

DROPPED = "dropped"
# How a request is responded to instead: not at all; with an HTTP response of a server in front of the cluster; or with
# a status and a document of the cluster itself.
Fault = Union[str, Response, "tuple[int, Any]"]


def milliseconds(seconds_from_now: float) -> int:
    """Return a time in milliseconds since the epoch."""
    return round((NOW + seconds_from_now) * 1000)


def elasticsearch_error(status: int, kind: str, reason: str) -> tuple[int, dict[str, Any]]:
    """Return the status and the document of an error of Elasticsearch; ``kind`` is its ``type``."""
    cause = {"type": kind, "reason": reason}
    return status, {"error": {"root_cause": [cause], **cause}, "status": status}


DENIED = elasticsearch_error(403, "security_exception", "action is unauthorized")
OVERLOADED = elasticsearch_error(429, "circuit_breaking_exception", "Too much.")
BROKEN = elasticsearch_error(503, "some_exception", "It broke.")


@dataclass
class FakeSnapshot:
    """A snapshot. ``start`` and ``end`` are seconds from ``NOW``, as the snapshot has them.

    The rest is by the time of the cluster: it can be seen from ``appears`` on, runs until ``ends`` (as soon as it is
    seen, it has ended, unless its state is RUNNING), and is gone from ``vanishes`` on. Its object is ``damaged`` or
    ``missing``, or cannot be read for the first ``unreadable_reads``. ``fields`` are put over those of its entry.
    """

    name: str
    state: str = "SUCCESS"
    start: float = -60
    end: float = -30
    failed: int = 0
    indices: Sequence[str] = ("logs-1", "logs-2", "logs-3")
    policy: str | None = None
    reason: str | None = None
    uuid: str = ""
    appears: float = -math.inf
    ends: float = math.nan
    vanishes: float = math.inf
    running_state: str = RUNNING
    damage: str = ""
    unreadable_reads: int = 0
    state_in_index: str | None = ""
    fields: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.uuid = self.uuid or f"uuid-of-{self.name}"
        if math.isnan(self.ends):
            self.ends = math.inf if self.state == RUNNING else self.appears

    @property
    def total(self) -> int:
        """Its shards: two of each index."""
        return 2 * len(self.indices)


class FakeClock:
    """A clock that only goes on by sleeping; seconds."""

    def __init__(self) -> None:
        self.time = 0.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.time

    def sleep(self, seconds: float) -> None:
        assert seconds >= 0
        self.slept.append(seconds)
        self.time += seconds


@dataclass
class Request:
    """A request that the cluster got: its path as it came, the objects that it read, and the bytes of its response."""

    path: str
    objects: int = 0
    size: int = 0

    @property
    def kind(self) -> str:
        """What it asks for: ``health``, ``current``, ``index``, ``listed``, ``list``, ``batch`` or ``named``."""
        path, _mark, query = self.path.partition("?")
        which = path.rpartition("/")[2]
        if path.startswith("_cat/"):
            return "health"
        if which == "_current":
            return "current"
        if "verbose=false" in query:
            return "index" if which == "_all" else "listed"
        return "list" if which == "_all" else "batch" if "ignore_unavailable=true" in query else "named"


class Version(NamedTuple):
    """A version, as a pair of numbers; OpenSearch began as Elasticsearch 7.10."""

    number: tuple[int, int]
    opensearch: tuple[int, int] | None

    @classmethod
    def parse(cls, text: str) -> Version:
        major, minor = map(int, text.rpartition(" ")[2].split("."))
        return cls((7, 10), (major, minor)) if text.startswith("OpenSearch") else cls((major, minor), None)

    @property
    def tells_failures_within_success(self) -> bool:
        """Whether errors of the repository come with status 200."""
        return (7, 14) <= self.number < (8, 15)

    @property
    def has_trap(self) -> bool:
        """Whether names that are all unknown stand for all that run (elastic/elasticsearch, issue 68090)."""
        return self.opensearch < (2, 7) if self.opensearch else self.number < (7, 12)

    def entry(self, snapshot: FakeSnapshot, is_running: bool, verbose: bool) -> dict[str, Any]:
        """Return a snapshot as this version describes it."""
        number, opensearch = self.number, self.opensearch
        state = snapshot.running_state if is_running else snapshot.state
        if not verbose:
            listed = state if is_running or snapshot.state_in_index == "" else snapshot.state_in_index
            return {
                "snapshot": snapshot.name,
                "uuid": snapshot.uuid,
                **({"repository": REPOSITORY} if number >= (7, 14) else {}),
                "indices": list(snapshot.indices),
                **({"data_streams": []} if number >= (7, 9) else {}),
                **({"state": listed} if listed else {}),
            }
        start, end = milliseconds(snapshot.start), 0 if is_running else milliseconds(snapshot.end)
        has_version = state != "INCOMPATIBLE"
        version = ".".join(map(str, (*(opensearch or number), 0)))
        total, done, failed = snapshot.total, snapshot.total - snapshot.failed, snapshot.failed
        if is_running:
            total, done = (total, total // 3) if number >= (7, 16) else (0, 0)
            failed = total - done if number < (8, 5) else 0  # all that is not done yet (issue 76704)
        return {
            "snapshot": snapshot.name,
            "uuid": snapshot.uuid,
            **({"repository": REPOSITORY} if number >= (7, 14) else {}),
            **({"version_id": 7100099, "version": version} if has_version else {}),
            **({"remote_store_index_shallow_copy": False} if opensearch and opensearch >= (2, 9) else {}),
            "indices": list(snapshot.indices),
            **({"data_streams": []} if number >= (7, 9) else {}),
            **({"include_global_state": True} if number >= (6, 2) else {}),
            **({"metadata": {"policy": snapshot.policy}} if snapshot.policy else {}),
            "state": state,
            **({"reason": snapshot.reason} if snapshot.reason else {}),
            "start_time": "2026-11-24T03:00:03.512Z",
            "start_time_in_millis": start,
            "end_time": "1970-01-01T00:00:00.000Z" if is_running else "2026-11-24T03:04:11.007Z",
            "end_time_in_millis": end,
            "duration_in_millis": (-start if number < (7, 9) else 0) if is_running else end - start,
            "failures": [
                {"index": "logs-1", "shard_id": shard, "reason": "It broke.", "status": "INTERNAL_SERVER_ERROR"}
                for shard in range(0 if is_running else snapshot.failed)
            ],
            "shards": {"total": total, "failed": failed, "successful": done},
            **({"feature_states": []} if number >= (7, 12) else {}),
            **({"pinned_timestamp": 0} if opensearch and opensearch >= (2, 17) else {}),
            **snapshot.fields,
        }


class FakeCluster:
    """A cluster with a repository; ``requests`` are those it got.

    With ``counts_polls``, its time is the number of polls of what runs, the first of which is 0; else it is that of
    ``clock``, which only goes on by sleeping and by ``seconds_per_object`` that is read. ``gateway`` is what stands
    before it and ``passes`` queries on, ``drops`` them, or is the fault with which it responds to them. ``exists`` is
    the time from which the repository is there.
    """

    def __init__(
        self,
        *snapshots: FakeSnapshot,
        version: str = "7.10",
        exists: float = -math.inf,
        gateway: Fault = "passes",
        health: str = "green",
        has_master: bool = True,
        has_readable_index: bool = True,
        seconds_per_object: float = 0,
        counts_polls: bool = False,
        as_text: bool = False,
    ) -> None:
        self.snapshots = list(snapshots)
        self.version = Version.parse(version)
        self.clock = FakeClock()
        self.exists = exists
        self.gateway = gateway
        self.health: Any = [{"epoch": str(NOW), "status": health}]
        self.has_master = has_master
        self.has_readable_index = has_readable_index
        self.seconds_per_object = seconds_per_object
        self.requests: list[Request] = []
        self.fault: Callable[[Request], Fault | None] = lambda request: None
        self._as_text = as_text
        self._counts_polls = counts_polls
        self._polls = 0

    @property
    def time(self) -> float:
        """The time that the snapshots' times are compared with."""
        return max(self._polls - 1, 0) if self._counts_polls else self.clock.time

    @property
    def paths(self) -> list[str]:
        """The paths of the requests, with their queries."""
        return [request.path for request in self.requests]

    @property
    def kinds(self) -> list[str]:
        """What the requests asked for."""
        return [request.kind for request in self.requests]

    @property
    def objects(self) -> int:
        """How many objects all requests have read."""
        return sum(request.objects for request in self.requests)

    @property
    def most_objects(self) -> int:
        """The most objects that one request has read."""
        return max(request.objects for request in self.requests)

    def fail(self, kind: str, *faults: Fault | None) -> FakeCluster:
        """Respond to the next requests of a kind (any, where it is empty) with the faults; None is no fault."""
        queue, others = list(faults), self.fault

        def fault(request: Request) -> Fault | None:
            if queue and request.kind.startswith(kind):
                return queue.pop(0)
            return others(request)

        self.fault = fault
        return self

    def fail_always(self, fault: Fault, kind: str = "") -> FakeCluster:
        """Respond to all requests of a kind with the fault."""
        self.fault = lambda request: fault if request.kind.startswith(kind) else None
        return self

    def serve(self, method: str, target: str) -> Response | None:
        """Return the HTTP response to a request that reaches the cluster itself or the OpenAPI; None where none comes.

        Only the OpenAPI's has a ``Date``, as most versions of Elasticsearch send none, and a RequestId.
        """
        path, _mark, query = target.lstrip("/").partition("?")
        is_openapi = path.endswith("/es-request")
        if is_openapi:
            parameters = parse_qs(query, strict_parsing=True)
            assert (method, parameters["method"]) == ("POST", ["GET"])
            path, _mark, query = parameters["path"][0].partition("?")
        else:
            assert method == "GET"
        request = Request(f"{path}?{query}" if query else path)
        self.requests.append(request)
        response = self._respond(request, path, query)
        if isinstance(response, str):
            return None
        if isinstance(response, tuple) and not isinstance(response, Response):
            status, document = response
            if is_openapi:
                status, document = 200, {"RequestId": f"Q-{len(self.requests)}", "Result": self._result(document)}
            response = Response(status, {"content-type": "application/json"}, json.dumps(document).encode())
            if is_openapi:
                response.headers["date"] = email.utils.formatdate(NOW, usegmt=True)  # type: ignore[index]
        request.size = len(response.body)
        return response

    def _result(self, document: object) -> object:
        return json.dumps(document) if self._as_text and not isinstance(document, str) else document

    def _respond(self, request: Request, path: str, query: str) -> Fault:
        is_poll = request.kind == "current"
        fault = self.fault(request)
        if fault is not None:
            return fault
        self._polls += is_poll
        if query and self.gateway == "drops":
            query = ""
        elif query and self.gateway != "passes":
            return self.gateway
        if path == "_cat/health":
            return 200, self.health if query == "format=json" else f"{NOW} 04:00:00 es-cn-1 green\n"
        root, repository, which = map(unquote, path.split("/"))
        assert root == "_snapshot", path
        parameters = dict(parse_qsl(query, strict_parsing=True) if query else [])
        allowed = {
            name for since, names in _PARAMETERS.items() if self.version.number >= since for name in names.split()
        }
        if not parameters.keys() <= allowed:
            reason = f"request [/{path}] contains unrecognized parameter: {sorted(parameters.keys() - allowed)}"
            return elasticsearch_error(400, "illegal_argument_exception", reason)
        return self._get_snapshots(request, repository, which, parameters)

    def _get_snapshots(self, request: Request, repository: str, which: str, parameters: Mapping[str, str]) -> Fault:
        if not self.has_master:
            seconds = float(parameters.get("master_timeout", "30s").rstrip("s"))
            self.clock.time += min(seconds, READ_TIMEOUT)
            no_master = elasticsearch_error(503, "master_not_discovered_exception", "no master")
            return DROPPED if seconds >= READ_TIMEOUT else no_master
        filter_path = parameters.get("filter_path", "")
        if self.time < self.exists:
            return self._repository_error(404, "repository_missing_exception", f"[{repository}] missing", filter_path)
        if not self.has_readable_index and which != "_current":
            reason = f"[{repository}] Could not read repository data because index-7 is gone"
            return self._repository_error(500, "repository_exception", reason, filter_path)
        verbose = parameters.get("verbose") != "false"
        ignores = parameters.get("ignore_unavailable") == "true"
        there = [found for found in self.snapshots if found.appears <= self.time < found.vanishes]
        wanted = which.split(",")
        if which == "_current":
            chosen = [found for found in there if self._is_running(found)]
        elif which == "_all":
            chosen = [found for found in there if verbose or found.indices or self.version.number >= (7, 6)]
        else:
            chosen = [found for found in there if found.name in wanted]
            missing = [name for name in wanted if name not in {found.name for found in chosen}]
            if missing and not ignores:
                reason = f"[{repository}:{missing[0]}] is missing"
                return elasticsearch_error(404, "snapshot_missing_exception", reason)
            if not chosen and ignores and self.version.has_trap:
                chosen = [found for found in there if self._is_running(found)]
        if verbose:
            read = [found for found in chosen if not self._is_running(found)]
            request.objects = len(read)
            seconds = len(read) * self.seconds_per_object
            self.clock.time += min(seconds, READ_TIMEOUT)
            if seconds >= READ_TIMEOUT:
                return DROPPED
            failed = {id(found): why for found in read if (why := self._read(found))}
            if failed and not ignores:
                first = next(found for found in read if id(found) in failed)
                status, kind, words = failed[id(first)]
                return elasticsearch_error(status, kind, f"[{repository}:{first.name}/{first.uuid}] {words}")
            chosen = [found for found in chosen if id(found) not in failed]
        entries = [self.version.entry(found, self._is_running(found), verbose) for found in chosen]
        return self._list({"snapshots": entries}, filter_path)

    def _is_running(self, snapshot: FakeSnapshot) -> bool:
        return self.time < snapshot.ends

    def _read(self, snapshot: FakeSnapshot) -> tuple[int, str, str] | None:
        """Read an object; return why it cannot be read, None where it can be."""
        if snapshot.unreadable_reads:
            snapshot.unreadable_reads -= 1
            return 500, "snapshot_exception", "Snapshot could not be read"
        if snapshot.damage == "damaged":
            return 500, "snapshot_exception", "failed to get snapshots"
        return (404, "snapshot_missing_exception", "is missing") if snapshot.damage == "missing" else None

    def _repository_error(self, status: int, kind: str, reason: str, filter_path: str) -> Fault:
        if not self.version.tells_failures_within_success:
            return elasticsearch_error(status, kind, reason)
        repository = reason[1:].partition("]")[0]
        return self._list({"snapshots": [], "failures": {repository: {"type": kind, "reason": reason}}}, filter_path)

    def _list(self, document: dict[str, Any], filter_path: str) -> Fault:
        if self.version.number >= (7, 15):
            document = {**document, "total": len(document["snapshots"]), "remaining": 0}
        return 200, filtered(document, filter_path.split(",")) if filter_path else document


def filtered(document: Any, paths: Iterable[str]) -> Any:
    """Return what a ``filter_path`` leaves of a document: lists of which nothing is left are gone, too.

    Source: Elasticsearch, "Common options: Response filtering"; elastic/elasticsearch, issue 63842.
    """
    if isinstance(document, list):
        return [left for left in (filtered(item, paths) for item in document) if left]
    rest: dict[str, list[str]] = {}
    for path in paths:
        name, _dot, inside = path.partition(".")
        rest.setdefault(name, []).append(inside)
    found = {}
    for name, value in document.items():
        if "" in rest.get(name, []):
            found[name] = value
        elif name in rest and isinstance(value, (dict, list)):
            left = filtered(value, rest[name])
            found.update({name: left} if left else {})
    return found

# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection; it can change at any time.

"""The snapshots in a cluster's repository, read and never changed."""

from __future__ import annotations

import math
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any, NamedTuple

from .._errors import UNKNOWN, AliyunError
from ..signing import percent_encode
from .client import ClusterResponse

if TYPE_CHECKING:  # pragma: no cover
    from collections.abc import Sequence

    from .client import Cluster

_FINISHED = ("SUCCESS", "PARTIAL", "FAILED", "INCOMPATIBLE")
_NO_REPOSITORY = "repository_missing_exception"
_NO_SNAPSHOT = "snapshot_missing_exception"
_MAX_FAILURES = 100
_MAX_TEXT = 2000
_MAX_SKEW = 300  # seconds that the clocks of a cluster's nodes may differ by
_MAX_TIME = 253402300799999  # the last millisecond of the year 9999


class Snapshot(NamedTuple):
    """A snapshot as Elasticsearch describes it; times are in milliseconds since the epoch, None while not known.

    Source: Elasticsearch, "Get snapshot API".
    """

    name: str
    uuid: str | None
    state: str
    start: int | None
    end: int | None
    duration: int | None
    indices: int
    shards: dict[str, int | None]
    failures: list[dict[str, Any]]

    @property
    def is_finished(self) -> bool:
        """Whether it will not change any more; a state that is not known still may."""
        return self.state in _FINISHED

    @property
    def is_complete(self) -> bool:
        """Whether all of it is there: ``SUCCESS``, and not one shard failed."""
        return self.state == "SUCCESS" and self.shards["failed"] == 0

    def result(self) -> dict[str, Any]:
        """Return it as the modules do."""
        return {
            "name": self.name,
            "uuid": self.uuid,
            "state": self.state,
            "start_time": _iso8601(self.start),
            "end_time": _iso8601(self.end),
            "duration": None if self.duration is None else self.duration / 1000,
            "indices": self.indices,
            "shards": self.shards,
        }


def find_recent(
    snapshots: Sequence[Snapshot], now: float, max_age: float, *, any_running: bool = False
) -> Snapshot | None:
    """Return the complete snapshot that ended last within ``max_age``, else the running one that began last within it.

    ``now`` is the server's time in seconds since the epoch, ``max_age`` is in seconds. With ``any_running``, it does
    not matter when the running one began. An end that lies ahead by more than clocks differ does not count.
    """
    oldest, latest = (now - max_age) * 1000, (now + _MAX_SKEW) * 1000
    ended = [(snapshot.end, snapshot) for snapshot in snapshots if snapshot.is_complete and snapshot.end is not None]
    running = [(snapshot.start, snapshot) for snapshot in snapshots if not snapshot.is_finished and snapshot.start]
    for found, since, until in ((ended, oldest, latest), (running, 0 if any_running else oldest, math.inf)):
        recent = [(at, snapshot) for at, snapshot in found if since <= at <= until]
        if recent:
            return max(recent, key=lambda item: item[0])[1]
    return None


class Repository:
    """A cluster's repository of snapshots; with ``retry``, each request is repeated while that may help."""

    def __init__(self, cluster: Cluster, name: str, retry: bool = True) -> None:
        self.name = name
        self._cluster = cluster
        self._retry = retry
        self._path = f"_snapshot/{percent_encode(name)}"

    def snapshots(self) -> tuple[list[Snapshot], ClusterResponse]:
        """Return all snapshots, the newest first, and the response that they were read from.

        A repository that does not exist yet has none, and its response has the document None. A snapshot that the
        cluster cannot read is left out.
        Raises AliyunError as ``Cluster.get`` does, and for a list that is not whole.
        """
        try:
            return self._snapshots("_all", _NO_REPOSITORY)
        except AliyunError as error:
            if not _is_kind(error, _NO_SNAPSHOT):
                raise
        # One that is damaged or being deleted fails the whole list (elastic/elasticsearch, pull request 76871).
        return self._snapshots("_all?ignore_unavailable=true", _NO_REPOSITORY)

    def named(self, name: str) -> tuple[list[Snapshot], ClusterResponse]:
        """Return the snapshot of that name as the only one, or none; otherwise as ``snapshots`` does."""
        found, response = self._snapshots(percent_encode(name), _NO_REPOSITORY, _NO_SNAPSHOT)
        return [snapshot for snapshot in found if snapshot.name == name], response

    def _snapshots(self, which: str, *missing: str) -> tuple[list[Snapshot], ClusterResponse]:
        try:
            response = self._cluster.get(f"{self._path}/{which}", self._retry)
        except AliyunError as error:
            if any(_is_kind(error, kind) for kind in missing):
                return [], ClusterResponse(None, None, error.request_id)
            raise
        document = response.document if isinstance(response.document, dict) else {}
        entries = document.get("snapshots")
        if not isinstance(entries, list) or document.get("failures"):
            raise AliyunError(
                "The cluster's response is not a whole list of snapshots.",
                outcome=UNKNOWN,
                request_id=response.request_id,
                attempts=response.attempts,
            )
        named = [entry for entry in entries if isinstance(entry, dict) and isinstance(entry.get("snapshot"), str)]
        snapshots = [_snapshot(entry) for entry in named]
        return sorted(snapshots, key=lambda snapshot: snapshot.start or 0, reverse=True), response


def _is_kind(error: AliyunError, kind: str) -> bool:
    # How the OpenAPI passes on an error of the cluster is not documented: as a code, or within a message.
    return error.code == kind or (error.http_status not in (401, 403) and kind in error.message)


def _snapshot(entry: dict[str, Any]) -> Snapshot:
    shards, indices, failures = entry.get("shards"), entry.get("indices"), entry.get("failures")
    counts = shards if isinstance(shards, dict) else {}
    uuid = entry.get("uuid")
    listed = (failures if isinstance(failures, list) else [])[:_MAX_FAILURES]
    plain = [_plain(failure) for failure in listed if isinstance(failure, dict)]
    is_running = entry.get("state") == "IN_PROGRESS"  # until the end, Elasticsearch gives 1970 and 0 for it
    return Snapshot(
        name=_text(entry["snapshot"]),
        uuid=_text(uuid) if isinstance(uuid, str) else None,
        state=_text(str(entry.get("state") or "")),
        start=_number(entry.get("start_time_in_millis")) or None,
        end=None if is_running else _number(entry.get("end_time_in_millis")) or None,
        duration=None if is_running else _number(entry.get("duration_in_millis")),
        indices=len(indices) if isinstance(indices, list) else 0,
        shards={name: _number(counts.get(name)) for name in ("total", "successful", "failed")},
        failures=plain,
    )


def _plain(failure: dict[str, Any]) -> dict[str, Any]:
    values = {name: value for name, value in failure.items() if not isinstance(value, (dict, list))}
    return {_text(name): _text(value) if isinstance(value, str) else value for name, value in values.items()}


def _text(text: str) -> str:
    return text[:_MAX_TEXT].encode("utf-8", "replace").decode()  # JSON lets half a character through


def _number(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= _MAX_TIME else None


def _iso8601(milliseconds: int | None) -> str | None:
    if milliseconds is None:
        return None
    moment = datetime.fromtimestamp(milliseconds // 1000, timezone.utc).replace(microsecond=milliseconds % 1000 * 1000)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")

# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A cluster's snapshot repository: its snapshots change with the polls of them, not with time, so no test waits."""

from __future__ import annotations

import secrets
from collections.abc import Collection
from datetime import datetime, timedelta, timezone
from functools import lru_cache
from typing import Any

from .documents import Content, Fixture, Transition

NAME = "aliyun_auto_snapshot"
EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
HIDDEN, IN_PROGRESS = "HIDDEN", "IN_PROGRESS"

REASONS = {
    "FAILED": "Indices don't have primary shards",
    "INCOMPATIBLE": "the snapshot is incompatible with the current version of Elasticsearch",
}


# Hundreds of snapshots share a list, as each may name thousands of indices.
@lru_cache(maxsize=16)
def index_names(count: int) -> list[str]:
    """Return the names of so many indices."""
    return [f"logs-application-{number:06d}" for number in range(count)]


class Snapshot:
    """One snapshot, and how Elasticsearch shows it."""

    def __init__(self, name: str, content: Content, began: datetime, ended: datetime | None = None) -> None:
        self.name = name
        self.began = began
        self.uuid = secrets.token_urlsafe(16)
        self._content = content
        self._polls = 0
        # One that never runs has ended as it began.
        self._ended = began if content.running_polls == 0 and ended is None else ended

    @property
    def phase(self) -> str:
        """Return hidden, or the state that the next poll finds."""
        content = self._content
        if self._polls < content.hidden_polls:
            return HIDDEN
        if content.running_polls is None or self._polls < content.hidden_polls + content.running_polls:
            return IN_PROGRESS
        return content.state

    def count_poll(self, now: datetime) -> None:
        """Note a poll; the first that finds the end is when the snapshot ended."""
        if self.phase == self._content.state and self._ended is None:
            self._ended = self._end(now)
        self._polls += 1

    def _end(self, now: datetime) -> datetime:
        """Return when the snapshot ended; the clock may have been set back meanwhile."""
        return self._ended or max(now, self.began)

    def document(self, now: datetime) -> dict[str, Any]:
        """Return what ``GET _snapshot/repository/name`` says about it."""
        running = self.phase == IN_PROGRESS
        begin, end = _millis(self.began), 0 if running else _millis(self._end(now))
        total, failed = (0, 0) if running else (self._content.total_shards, self._content.failed_shards)
        return {
            "snapshot": self.name,
            "uuid": self.uuid,
            "version_id": 7100099,
            "version": "7.10.0",
            "indices": index_names(self._content.indices),
            "include_global_state": False,
            "state": self.phase,
            **({"reason": REASONS[self.phase]} if self.phase in REASONS else {}),
            "start_time": _timestamp(begin),
            "start_time_in_millis": begin,
            "end_time": _timestamp(end),
            "end_time_in_millis": end,
            "duration_in_millis": 0 if running else end - begin,
            "failures": [] if running else [self._failure(number) for number in range(failed)],
            "shards": {"total": total, "failed": failed, "successful": total - failed},
        }

    def status(self, repository: str) -> dict[str, Any]:
        """Return what ``_status`` says about it, but for the single indices."""
        running = self.phase == IN_PROGRESS
        total, failed = self._content.total_shards, 0 if running else self._content.failed_shards
        return {
            "snapshot": self.name,
            "repository": repository,
            "uuid": self.uuid,
            "state": "STARTED" if running else self.phase,
            "include_global_state": False,
            "shards_stats": {
                "initializing": 0,
                "started": total if running else 0,
                "finalizing": 0,
                "done": 0 if running else total - failed,
                "failed": failed,
                "total": total,
            },
            "indices": {},
        }

    def _failure(self, number: int) -> dict[str, Any]:
        """Return how one shard failed."""
        indices = index_names(self._content.indices)
        index = indices[number % len(indices)]
        return {
            "index": index,
            "index_uuid": index,
            "shard_id": number // len(indices),
            "reason": "IndexShardSnapshotFailedException[Failed to perform snapshot (index files)]",
            "node_id": "emulated-node-00000001",
            "status": "INTERNAL_SERVER_ERROR",
        }


class Repository:
    """The snapshots of one instance; it does not exist before the first of them can be seen."""

    def __init__(self, instance_id: str) -> None:
        self.instance_id = instance_id
        self.names: set[str] = set()
        self._snapshots: list[Snapshot] = []
        self._registered = False

    @property
    def exists(self) -> bool:
        """Tell whether the cluster knows the repository."""
        return self._registered or any(snapshot.phase != HIDDEN for snapshot in self._snapshots)

    def find(self, names: Collection[str] | None = None) -> list[Snapshot]:
        """Return the snapshots of these names, or all, the oldest first; hidden ones too."""
        return [snapshot for snapshot in self._snapshots if names is None or snapshot.name in names]

    def free_name(self, at: datetime) -> str:
        """Return a name that is free: two snapshots within a second get the names of different seconds."""
        while (name := f"{self.instance_id}_{at:%Y%m%d%H%M%S}") in self.names:
            at += timedelta(seconds=1)
        return name

    def begin(self, name: str, transition: Transition, now: datetime) -> None:
        """Begin a snapshot, and the automatic one beside it if there is to be one."""
        self._add(Snapshot(name, transition, now))
        if transition.beside:
            at = now + timedelta(seconds=1 if transition.beside == "after" else -1)
            self._add(Snapshot(self.free_name(at), transition, at))

    def put(self, fixture: Fixture, now: datetime) -> list[str]:
        """Put in snapshots that began some time ago, and return their names."""
        self._registered = True
        names = []
        for began_ago, ended_ago in fixture.times():
            began = now - timedelta(seconds=began_ago)
            ended = None if ended_ago is None else now - timedelta(seconds=ended_ago)
            names.append(fixture.name or self.free_name(began))
            self._add(Snapshot(names[-1], fixture, began, ended))
        return names

    def _add(self, snapshot: Snapshot) -> None:
        """Add a snapshot."""
        self.names.add(snapshot.name)
        self._snapshots.append(snapshot)
        self._snapshots.sort(key=lambda each: each.began)


def _millis(at: datetime) -> int:
    """Return the milliseconds since 1970."""
    return (at - EPOCH) // timedelta(milliseconds=1)


def _timestamp(millis: int) -> str:
    """Write a time as Elasticsearch does."""
    return (EPOCH + timedelta(milliseconds=millis)).strftime("%Y-%m-%dT%H:%M:%S.") + f"{millis % 1000:03d}Z"

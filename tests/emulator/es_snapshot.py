# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""One snapshot in a cluster's repository, and how Elasticsearch shows it."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta, timezone
from functools import lru_cache
from typing import Any

from .courses import IN_PROGRESS, Course

EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)

REASONS = {
    "FAILED": "Indices don't have primary shards",
    "INCOMPATIBLE": "the snapshot is incompatible with the current version of Elasticsearch",
}


# Hundreds of snapshots share a list, as each may name thousands of indices.
@lru_cache(maxsize=16)
def index_names(count: int) -> list[str]:
    """Return the names of so many indices."""
    return [f"logs-application-{number:06d}" for number in range(count)]


class EsSnapshot:
    """A snapshot that changes with the looks at it, not with time, so that no test has to wait."""

    def __init__(self, name: str, course: Course, began: datetime, ended: datetime | None = None) -> None:
        self.name = name
        self.began = began
        self.uuid = secrets.token_urlsafe(16)
        self._course = course
        self._seen = 0
        self._ended = ended

    @property
    def phase(self) -> str:
        """Return hidden, or the state that the next look finds."""
        return self._course.phase(self._seen)

    def count_look(self, now: datetime) -> None:
        """Note a look; the first that finds the end is when the snapshot ended."""
        if self.phase == self._course.state and self._ended is None:
            self._ended = self._end(now)
        self._seen += 1

    def _end(self, now: datetime) -> datetime:
        """Return when the snapshot ended; the clock may have been set back meanwhile."""
        return self._ended or max(now, self.began)

    def document(self, now: datetime) -> dict[str, Any]:
        """Return what C(GET _snapshot/repository/name) says about it."""
        running = self.phase == IN_PROGRESS
        begin, end = _millis(self.began), 0 if running else _millis(self._end(now))
        total, failed = (0, 0) if running else (self._course.total_shards, self._course.failed_shards)
        return {
            "snapshot": self.name,
            "uuid": self.uuid,
            "version_id": 7100099,
            "version": "7.10.0",
            "indices": index_names(self._course.indices),
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
        """Return what C(_status) says about it, but for the single indices."""
        running = self.phase == IN_PROGRESS
        total, failed = self._course.total_shards, 0 if running else self._course.failed_shards
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
        indices = index_names(self._course.indices)
        index = indices[number % len(indices)]
        return {
            "index": index,
            "index_uuid": index,
            "shard_id": number // len(indices),
            "reason": "IndexShardSnapshotFailedException[Failed to perform snapshot (index files)]",
            "node_id": "emulated-node-00000001",
            "status": "INTERNAL_SERVER_ERROR",
        }


def _millis(at: datetime) -> int:
    """Return the milliseconds since 1970."""
    return (at - EPOCH) // timedelta(milliseconds=1)


def _timestamp(millis: int) -> str:
    """Write a time as Elasticsearch does."""
    return (EPOCH + timedelta(milliseconds=millis)).strftime("%Y-%m-%dT%H:%M:%S.") + f"{millis % 1000:03d}Z"

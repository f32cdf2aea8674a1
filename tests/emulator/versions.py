# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The versions that a cluster can be: what each takes, and how it shows a snapshot.

Sources: Elasticsearch's rest-api-spec and SnapshotInfo of these versions, and OpenSearch's.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from typing import Any

from .cluster import IN_PROGRESS, Snapshot, index_names

EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)

RELEASES = {
    "5.6": "5.6.16",
    "6.8": "6.8.23",
    "7.4": "7.4.2",
    "7.10": "7.10.0",
    "7.14": "7.14.2",
    "7.17": "7.17.28",
    "8.3": "8.3.3",
    "8.15": "8.15.5",
    "9.1": "9.1.9",
    "opensearch-1": "1.3.20",
    "opensearch-2": "2.19.6",
    "opensearch-3": "3.3.2",
}

# The parameters of a GET of snapshots: all versions', and those that came later to Elasticsearch.
BASE = ("ignore_unavailable", "master_timeout", "verbose")
SINCE = {
    "index_details": (7, 13),
    "include_repository": (7, 14),
    "sort": (7, 14),
    "order": (7, 14),
    "size": (7, 14),
    "after": (7, 14),
    "offset": (7, 15),
    "from_sort_value": (7, 16),
    "slm_policy_filter": (7, 16),
    "index_names": (8, 3),
    "state": (9, 1),
}

REASONS = {
    "FAILED": "Indices don't have primary shards",
    "INCOMPATIBLE": "the snapshot is incompatible with the current version of Elasticsearch",
}


@dataclass(frozen=True)
class Version:
    """One version, by the name that the setting has."""

    name: str

    @property
    def release(self) -> str:
        """Return the release, as in a snapshot's ``version``."""
        return RELEASES[self.name]

    @property
    def is_opensearch(self) -> bool:
        """Tell whether it is OpenSearch, which has nothing of what Elasticsearch got after 7.10."""
        return self.name.startswith("opensearch")

    @property
    def number(self) -> tuple[int, ...]:
        """Return the release as numbers."""
        return tuple(map(int, self.release.split(".")))

    @property
    def id(self) -> int:
        """Return the number in a snapshot's ``version_id``; OpenSearch marks its own with a bit."""
        major, minor, patch = self.number
        number = major * 1_000_000 + minor * 10_000 + patch * 100 + 99
        return number ^ 0x08000000 if self.is_opensearch else number

    def since(self, *number: int) -> bool:
        """Tell whether it is Elasticsearch of this version or a later one."""
        return not self.is_opensearch and self.number >= number

    def has(self, *number: int) -> bool:
        """Tell whether it has what Elasticsearch had in this version, up to 7.10: OpenSearch began there."""
        return self.is_opensearch or self.number >= number

    @property
    def parameters(self) -> tuple[str, ...]:
        """Return the parameters that a GET of snapshots takes."""
        cluster_manager = ("cluster_manager_timeout",) if self.is_opensearch and self.number >= (2,) else ()
        return (*BASE, *cluster_manager, *(name for name, number in SINCE.items() if self.since(*number)))

    @property
    def reads_at_once(self) -> int:
        """Return how many objects are read at a time: in a row up to 7.13, then two for each of two processors."""
        return 4 if self.since(7, 14) else 1

    @property
    def shows_running_for_none(self) -> bool:
        """Tell whether ``ignore_unavailable`` shows all running snapshots where no name is known."""
        return self.number < (2, 7) if self.is_opensearch else self.number < (7, 12)

    @property
    def no_master(self) -> str:
        """Return the type of the error without a master."""
        renamed = self.is_opensearch and self.number >= (2,)
        return "cluster_manager_not_discovered_exception" if renamed else "master_not_discovered_exception"

    @property
    def tells_failures(self) -> bool:
        """Tell whether a missing repository is told of in ``failures``, within a success."""
        return self.since(7, 14) and not self.since(8, 15)

    @property
    def line_too_long(self) -> str:
        """Return the type of the error for a line that is too long."""
        renamed = self.is_opensearch or self.since(7, 11)
        return "too_long_http_line_exception" if renamed else "too_long_frame_exception"

    @property
    def health_columns(self) -> dict[str, str]:
        """Return the columns of the health that only some versions have."""
        if self.is_opensearch and self.number >= (2,):
            return {"discovered_cluster_manager": "true"}
        return {"unassign.pri": "0"} if self.since(9) else {}

    @property
    def unreadable(self) -> str:
        """Return what is said of a snapshot whose object is damaged."""
        return "Snapshot could not be read" if self.is_opensearch else "failed to get snapshots"


def listed(
    snapshot: Snapshot, version: Version, now: datetime, *, repository: bool, names: bool = True, details: bool
) -> dict[str, Any]:
    """Return what a GET says about a snapshot, but for what ``include_repository`` and the like leave out."""
    content, running = snapshot.content, snapshot.phase == IN_PROGRESS
    begin, end = _millis(snapshot.began), 0 if running else _millis(snapshot.end(now))
    # Before 7.9, the difference to 1970 was not cut off.
    duration = max(end - begin, 0) if version.has(7, 4) else end - begin
    total, failed = content.total_shards, content.failed_shards
    successful = total - failed
    if running:
        total, failed, successful = _running_shards(snapshot, version)
    reason = content.reason or REASONS.get(snapshot.phase)
    document: dict[str, Any] = {
        **_identity(snapshot, repository),
        **({} if snapshot.phase == "INCOMPATIBLE" else {"version_id": version.id, "version": version.release}),
        **_indices(snapshot, version, names),
        **({"include_global_state": False} if version.has(6, 2) else {}),
        **({"metadata": content.metadata} if content.metadata is not None and version.has(7, 3) else {}),
        "state": snapshot.phase,
        **({"reason": reason} if reason and not running else {}),
        "start_time": _timestamp(begin),
        "start_time_in_millis": begin,
        "end_time": _timestamp(end),
        "end_time_in_millis": end,
        "duration_in_millis": duration,
        "failures": [] if running else [_failure(snapshot, number) for number in range(failed)],
        "shards": {"total": total, "failed": failed, "successful": successful},
    }
    if version.since(7, 12):
        document["feature_states"] = []
    if details:
        numbers = {"shard_count": 1, "size_in_bytes": 1024, "max_segments_per_shard": 1}
        document["index_details"] = {} if running else dict.fromkeys(index_names(content.indices), numbers)
    if version.is_opensearch and version.number >= (2, 9):
        document.update(remote_store_index_shallow_copy=False)
    return document


def listed_without_reading(
    snapshot: Snapshot, version: Version, *, repository: bool, names: bool = True
) -> dict[str, Any]:
    """Return what a GET with ``verbose=false`` says about a snapshot."""
    indices = _indices(snapshot, version, names)
    if "data_streams" in indices:
        # elastic/elasticsearch#111145
        indices["data_streams"] = []
    return {**_identity(snapshot, repository), **indices, "state": snapshot.phase}


def _identity(snapshot: Snapshot, repository: bool) -> dict[str, Any]:
    """Return the name and what else tells a snapshot from others."""
    return {
        "snapshot": snapshot.name,
        "uuid": snapshot.uuid,
        **({"repository": "aliyun_auto_snapshot"} if repository else {}),
    }


def _indices(snapshot: Snapshot, version: Version, names: bool) -> dict[str, Any]:
    """Return what a snapshot has in it."""
    return {
        **({"indices": index_names(snapshot.content.indices)} if names else {}),
        **({"data_streams": snapshot.content.data_streams} if version.has(7, 9) else {}),
    }


def _running_shards(snapshot: Snapshot, version: Version) -> tuple[int, int, int]:
    """Return the total, failed and successful shards of a running snapshot, as far as the version tells."""
    content = snapshot.content
    if not version.since(7, 16):
        return 0, 0, 0
    # Up to 8.4, whatever was not done yet was counted as failed.
    failed = 0 if version.since(8, 5) else content.total_shards - content.done_shards
    return content.total_shards, failed, content.done_shards


def _failure(snapshot: Snapshot, number: int) -> dict[str, Any]:
    """Return how one shard failed."""
    indices = index_names(snapshot.content.indices)
    index = indices[number % len(indices)]
    return {
        "index": index,
        "index_uuid": index,
        "shard_id": number // len(indices),
        "reason": "IndexShardSnapshotFailedException[Failed to perform snapshot (index files)]",
        "node_id": "emulated-node-00000001",
        "status": "INTERNAL_SERVER_ERROR",
    }


def status(snapshot: Snapshot, repository: str) -> dict[str, Any]:
    """Return what ``_status`` says about a snapshot, but for the single indices."""
    running = snapshot.phase == IN_PROGRESS
    total, failed = snapshot.content.total_shards, 0 if running else snapshot.content.failed_shards
    return {
        "snapshot": snapshot.name,
        "repository": repository,
        "uuid": snapshot.uuid,
        "state": "STARTED" if running else snapshot.phase,
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


def _millis(at: datetime) -> int:
    """Return the milliseconds since 1970."""
    return (at - EPOCH) // timedelta(milliseconds=1)


def _timestamp(millis: int) -> str:
    """Write a time as Elasticsearch does."""
    return (EPOCH + timedelta(milliseconds=millis)).strftime("%Y-%m-%dT%H:%M:%S.") + f"{millis % 1000:03d}Z"

# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection; it can change at any time.

"""The snapshots in a cluster's repository, read and never changed."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any, NamedTuple

from ansible_collections.aliyun.elasticsearch.plugins.module_utils._cluster import Reading
from ansible_collections.aliyun.elasticsearch.plugins.module_utils._errors import UNKNOWN, AliyunError
from ansible_collections.aliyun.elasticsearch.plugins.module_utils.signing import percent_encode

if TYPE_CHECKING:  # pragma: no cover
    from collections.abc import Callable

_FINISHED = ("SUCCESS", "PARTIAL", "FAILED", "INCOMPATIBLE")
_NO_REPOSITORY = "repository_missing_exception"
_NO_SNAPSHOT = "snapshot_missing_exception"
_MOST_FAILURES = 100
_LONGEST_TEXT = 2000
_LATEST = 253402300799999  # the last millisecond of the year 9999


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
        """Whether all of it is there: C(SUCCESS), and not one shard failed."""
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


class Repository:
    """A repository of snapshots; C(get_once) is that of a C(Cluster)."""

    def __init__(self, get_once: Callable[[str], Reading], name: str) -> None:
        self.name = name
        self._get_once = get_once
        self._path = f"_snapshot/{percent_encode(name)}"

    def snapshots(self) -> tuple[list[Snapshot], Reading]:
        """Return all snapshots, the newest first, and what they were read from.

        A repository that does not exist yet has none, and the document they were read from is None. One that the
        cluster cannot read is left out.
        Raises AliyunError as C(get_once) does.
        """
        try:
            return self._snapshots("_all", _NO_REPOSITORY)
        except AliyunError as error:
            if not _says(error, _NO_SNAPSHOT):
                raise
        # One that is damaged or being deleted fails the whole list (elastic/elasticsearch, pull request 76871).
        return self._snapshots("_all?ignore_unavailable=true", _NO_REPOSITORY)

    def named(self, name: str) -> tuple[list[Snapshot], Reading]:
        """Return the snapshot of that name as the only one, or none; otherwise as C(snapshots) does."""
        found, reading = self._snapshots(percent_encode(name), _NO_REPOSITORY, _NO_SNAPSHOT)
        return [snapshot for snapshot in found if snapshot.name == name], reading

    def _snapshots(self, which: str, *missing: str) -> tuple[list[Snapshot], Reading]:
        try:
            reading = self._get_once(f"{self._path}/{which}")
        except AliyunError as error:
            if any(_says(error, kind) for kind in missing):
                return [], Reading(None, None, error.request_id)
            raise
        document = reading.document if isinstance(reading.document, dict) else {}
        entries = document.get("snapshots")
        if not isinstance(entries, list) or document.get("failures"):
            raise AliyunError(
                "The cluster's answer is not a whole list of snapshots.", outcome=UNKNOWN, request_id=reading.request_id
            )
        named = [entry for entry in entries if isinstance(entry, dict) and isinstance(entry.get("snapshot"), str)]
        snapshots = [_snapshot(entry) for entry in named]
        return sorted(snapshots, key=lambda snapshot: snapshot.start or 0, reverse=True), reading


def _says(error: AliyunError, kind: str) -> bool:
    # How the OpenAPI passes on an error of the cluster is not documented: as a code, or within a message.
    return error.code == kind or (error.http_status not in (401, 403) and kind in error.message)


def _snapshot(entry: dict[str, Any]) -> Snapshot:
    shards, indices, failures = entry.get("shards"), entry.get("indices"), entry.get("failures")
    counts = shards if isinstance(shards, dict) else {}
    uuid = entry.get("uuid")
    listed = (failures if isinstance(failures, list) else [])[:_MOST_FAILURES]
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
    return text[:_LONGEST_TEXT].encode("utf-8", "replace").decode()  # JSON lets half a character through


def _number(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= _LATEST else None


def _iso8601(milliseconds: int | None) -> str | None:
    if milliseconds is None:
        return None
    moment = datetime.fromtimestamp(milliseconds // 1000, timezone.utc).replace(microsecond=milliseconds % 1000 * 1000)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")

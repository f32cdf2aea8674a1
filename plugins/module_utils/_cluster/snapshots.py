# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection; it can change at any time.

"""A snapshot as a cluster describes it."""

from __future__ import annotations

import re
from datetime import datetime, timezone
from typing import Any, NamedTuple

from .._redaction import Redactor

FINISHED_STATES = ("SUCCESS", "PARTIAL", "FAILED", "INCOMPATIBLE")
RUNNING_STATE = "IN_PROGRESS"

_NO_UUID = "_na_"  # of snapshots that were taken before Elasticsearch 5
_MAX_FAILURES = 5
_MAX_TEXT = 2000
_MAX_REASON = 500
_MAX_NAME = 255
_MAX_TIME = 253402300799999  # the last millisecond of the year 9999
# Elasticsearch takes none of these in a name; in a path, some would stand for several snapshots.
_NOT_IN_NAMES = re.compile(r'[\\/*?"<>|,#\x00-\x20\x7f]')
_DATE = re.compile(r"(?:19|20)[0-9]{2}[-._]?[01][0-9][-._]?[0-3][0-9]")


class Snapshot(NamedTuple):
    """A snapshot; times are in milliseconds since the epoch. What is not known, or not asked for, is None.

    ``policy`` is the snapshot lifecycle policy that took it. ``failures`` are the first of the failed shards' reasons.
    Source: Elasticsearch, "Get snapshot API".
    """

    name: str
    uuid: str | None
    state: str
    reason: str | None = None
    start: int | None = None
    end: int | None = None
    duration: int | None = None
    indices: int | None = None
    total: int | None = None
    successful: int | None = None
    failed: int | None = None
    failures: tuple[dict[str, Any], ...] = ()
    policy: str | None = None
    is_readable: bool = True

    @property
    def key(self) -> str:
        """What tells it from any other, also from one that has its name later."""
        return self.name if self.uuid in (None, _NO_UUID) else str(self.uuid)

    @property
    def is_finished(self) -> bool:
        """Whether it will not change any more; a state that is not known still may."""
        return self.state in FINISHED_STATES

    @property
    def is_complete(self) -> bool:
        """Whether all of it is there: ``SUCCESS``, and not one shard failed."""
        return self.state == "SUCCESS" and self.failed == 0

    @property
    def is_empty(self) -> bool:
        """Whether it holds no shard, and so protects nothing, whatever its state."""
        return self.total == 0 and not self.indices

    @property
    def is_addressable(self) -> bool:
        """Whether its name stands for it alone in a path."""
        return is_addressable(self.name)

    @property
    def shown_name(self) -> str:
        """Its name, fit for a message."""
        return Redactor()(self.name, _MAX_NAME)

    @property
    def shown_state(self) -> str:
        """Its state, fit for a message."""
        return Redactor()(self.state, _MAX_NAME) or "no state"

    @property
    def shown_reason(self) -> str:
        """Its reason, fit for a message; empty where it has none."""
        return Redactor()(self.reason or "", _MAX_REASON)

    @property
    def date_in_name(self) -> str:
        """The digits of the date in its name and of what follows, which run in time order; empty without a date."""
        return "".join(char for char in split_date(self.name)[1] if char in "0123456789")

    @property
    def start_time(self) -> str | None:
        """When it began, in ISO 8601 and UTC."""
        return _iso8601(self.start)

    @property
    def end_time(self) -> str | None:
        """When it ended, in ISO 8601 and UTC."""
        return _iso8601(self.end)

    def describe(self) -> str:
        """Return a sentence on how it is, by the cluster's clock."""
        began, ended = (time or "an unknown time" for time in (self.start_time, self.end_time))
        if not self.is_finished:
            return f"The snapshot {self.shown_name} began at {began} and is {self.shown_state}."
        how = "complete" if self.is_complete else f"incomplete ({self.shown_state})"
        return f"The snapshot {self.shown_name} is {how}; it began at {began} and ended at {ended}."

    def result(self) -> dict[str, Any]:
        """Return it as the modules do."""
        return {
            "name": self.name,
            "uuid": self.uuid,
            "state": self.state,
            "reason": self.reason,
            "start_time": self.start_time,
            "end_time": self.end_time,
            "duration": None if self.duration is None else self.duration / 1000,
            "indices": self.indices,
            "shards": {"total": self.total, "successful": self.successful, "failed": self.failed},
            "readable": self.is_readable,
        }


def parse_snapshot(entry: object) -> Snapshot | None:
    """Return the snapshot of an entry of a cluster's list, None where it has no name."""
    if not isinstance(entry, dict) or not isinstance(entry.get("snapshot"), str):
        return None
    # Until the end, Elasticsearch gives 1970 and 0 for the end, and numbers of shards that mislead.
    is_running = entry.get("state") == RUNNING_STATE
    ended = {} if is_running else entry
    given = ended.get("shards")
    shards = given if isinstance(given, dict) else {}
    indices, failures, metadata = entry.get("indices"), ended.get("failures"), entry.get("metadata")
    listed = failures[:_MAX_FAILURES] if isinstance(failures, list) else []
    return Snapshot(
        name=_text(entry["snapshot"]),
        uuid=_optional_text(entry.get("uuid")),
        state=_text(str(entry.get("state") or "")),
        reason=_optional_text(entry.get("reason")),
        start=_number(entry.get("start_time_in_millis")) or None,
        end=_number(ended.get("end_time_in_millis")) or None,
        duration=_number(ended.get("duration_in_millis")),
        indices=len(indices) if isinstance(indices, list) else None,
        total=_number(shards.get("total")),
        successful=_number(shards.get("successful")),
        failed=_number(shards.get("failed")),
        failures=tuple(_plain(failure) for failure in listed if isinstance(failure, dict)),
        policy=_optional_text(metadata.get("policy")) if isinstance(metadata, dict) else None,
    )


def is_addressable(name: str) -> bool:
    """Whether a name stands for one snapshot in a path, and cannot be taken for an exclusion or for a keyword."""
    return bool(name) and name[0] not in "_-+." and not _NOT_IN_NAMES.search(name)


def split_date(name: str) -> tuple[str, str]:
    """Return what precedes the last date in a name, and the rest, which runs in time order and may be empty."""
    dates = list(_DATE.finditer(name))
    at = dates[-1].start() if dates else len(name)
    return name[:at], name[at:]


def _plain(failure: dict[str, Any]) -> dict[str, Any]:
    values = {name: value for name, value in failure.items() if not isinstance(value, (dict, list))}
    return {_text(name): _text(value) if isinstance(value, str) else value for name, value in values.items()}


def _text(text: str) -> str:
    return text[:_MAX_TEXT].encode("utf-8", "replace").decode()  # JSON lets half a character through


def _optional_text(value: object) -> str | None:
    return (_text(value) or None) if isinstance(value, str) else None


def _number(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= _MAX_TIME else None


def _iso8601(milliseconds: int | None) -> str | None:
    if milliseconds is None:
        return None
    moment = datetime.fromtimestamp(milliseconds // 1000, timezone.utc).replace(microsecond=milliseconds % 1000 * 1000)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")

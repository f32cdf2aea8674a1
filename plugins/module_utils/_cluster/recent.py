# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection; it can change at any time.

"""Find the most recent complete snapshot of a repository, and read as few as that takes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._errors import AliyunError
from .repository import MAX_BATCH, UNREADABLE, batches, is_kind
from .snapshots import FINISHED_STATES, RUNNING_STATE, split_date

if TYPE_CHECKING:  # pragma: no cover
    from collections.abc import Iterable, Sequence

    from .repository import Repository
    from .snapshots import Snapshot

_BATCHES = (20, 40, 80, MAX_BATCH)


def latest_complete(
    repository: Repository, listed: Iterable[Snapshot], oldest: float, latest: float
) -> Snapshot | None:
    """Return the complete snapshot that ended last, of those that ended between two times and hold anything.

    The times are in milliseconds since the epoch. The newest are read first, by their names; a group of names that
    run in time order is left once one of them is too old. Those that cannot be read do not count.
    """
    groups = _groups(listed)
    sizes = iter(_BATCHES)
    size = next(sizes)
    while groups:
        batch = next(batches(_newest_of_each(groups), size))
        read = repository.read_batch(batch)
        recent = [
            snapshot
            for snapshot in read
            if snapshot.is_complete and not snapshot.is_empty and oldest <= (snapshot.end or 0) <= latest
        ]
        for snapshot in sorted(recent, key=lambda snapshot: snapshot.end or 0, reverse=True):
            whole = _confirmed(repository, snapshot)
            if whole is not None:
                return whole
        by_key = {snapshot.key: snapshot for snapshot in read}
        for group in groups:
            group.pass_by(batch, by_key, oldest)
        groups = [group for group in groups if group.left]
        size = next(sizes, MAX_BATCH)
    return None


def _confirmed(repository: Repository, snapshot: Snapshot) -> Snapshot | None:
    """Return a snapshot read once more by its name, with its indices; None where it is gone or holds nothing."""
    try:
        whole = repository.named(snapshot.name)
    except AliyunError as error:
        if not is_kind(error, UNREADABLE):
            raise
        return snapshot  # it was read a moment ago
    if whole is None or whole.key != snapshot.key or not whole.is_complete or whole.is_empty:
        return None
    return whole


class _Group:
    """Snapshots whose names begin alike and end in a date, the newest first; without a date, in no order."""

    def __init__(self, snapshots: Iterable[Snapshot], is_dated: bool) -> None:
        self.left = sorted(snapshots, key=lambda snapshot: snapshot.name, reverse=True)
        self._runs_in_time = is_dated
        self._last_start = float("inf")
        self._passed = 0

    def pass_by(self, batch: Sequence[Snapshot], read: dict[str, Snapshot], oldest: float) -> None:
        """Drop what was in a batch, and the rest with it where that must have ended before ``oldest``."""
        in_batch = {snapshot.key for snapshot in batch}
        mine = [read[snapshot.key] for snapshot in self.left if snapshot.key in in_batch and snapshot.key in read]
        self.left = [snapshot for snapshot in self.left if snapshot.key not in in_batch]
        for snapshot in mine:
            start = snapshot.start or 0
            self._runs_in_time &= start <= self._last_start
            self._last_start = start
        self._passed += len(mine)
        # One alone does not tell an order.
        if mine and self._passed > 1 and self._runs_in_time and (mine[-1].end or 0) < oldest:
            self.left = []


def _groups(listed: Iterable[Snapshot]) -> list[_Group]:
    by_prefix: dict[tuple[str, bool], list[Snapshot]] = {}
    for snapshot in listed:
        # In old versions, the index has no state for some.
        may_be_complete = snapshot.state not in (*FINISHED_STATES[1:], RUNNING_STATE)
        if may_be_complete and snapshot.is_addressable:
            prefix, date = split_date(snapshot.name)
            by_prefix.setdefault((prefix if date else "", bool(date)), []).append(snapshot)
    return [_Group(snapshots, is_dated) for (_prefix, is_dated), snapshots in by_prefix.items()]


def _newest_of_each(groups: Sequence[_Group]) -> list[Snapshot]:
    """Return the first of each group, then the second of each, and so on, as many as a batch can hold."""
    ranked = [(rank, snapshot) for group in groups for rank, snapshot in enumerate(group.left[:MAX_BATCH])]
    return [snapshot for _rank, snapshot in sorted(ranked, key=lambda item: item[0])]

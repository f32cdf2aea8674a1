# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A cluster's snapshot repository: its snapshots change with the polls of them, not with time, so no test waits."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta
from functools import lru_cache

from .documents import Content, Fixture, Transition

NAME = "aliyun_auto_snapshot"
HIDDEN, IN_PROGRESS, GONE = "HIDDEN", "IN_PROGRESS", "GONE"


# Hundreds of snapshots share a list, as each may name thousands of indices.
@lru_cache(maxsize=16)
def index_names(count: int) -> list[str]:
    """Return the names of so many indices."""
    return [f"logs-application-{number:06d}" for number in range(count)]


class Snapshot:
    """One snapshot: which phase the next poll finds, and what can be read of its object."""

    def __init__(
        self, name: str, content: Content, began: datetime, ended: datetime | None = None, uuid: str | None = None
    ) -> None:
        self.name = name
        self.content = content
        self.began = began
        # One that never runs has ended as it began.
        self._ended = began if content.running_polls == 0 and ended is None else ended
        self._uuids = (uuid or secrets.token_urlsafe(16), secrets.token_urlsafe(16))
        self._polls = 0
        self._reads = 0

    @property
    def uuid(self) -> str:
        """Return the uuid, which is another one when another snapshot has got the name."""
        after = self.content.recreated_after_polls
        return self._uuids[after is not None and self._polls >= after]

    @property
    def phase(self) -> str:
        """Return hidden, gone, or the state that the next poll finds."""
        content, left = self.content, self._polls - self.content.hidden_polls
        if left < 0:
            return HIDDEN
        if content.running_polls is None or left < content.running_polls:
            return IN_PROGRESS
        kept = 0 if content.state == "ABORTED" else content.kept_polls
        return GONE if kept is not None and left >= content.running_polls + kept else content.state

    @property
    def object(self) -> str:
        """Return what the next read of the object finds: readable, damaged or missing."""
        until = self.content.object_reads
        return self.content.object if until is None or self._reads < until else "readable"

    def end(self, now: datetime) -> datetime:
        """Return when the snapshot ended, or would; the clock may have been set back meanwhile."""
        return self._ended or max(now, self.began)

    def note_end(self, now: datetime) -> None:
        """Note that the snapshot has ended, if it has."""
        if self._ended is None and self.phase not in (HIDDEN, IN_PROGRESS):
            self._ended = self.end(now)

    def count_poll(self) -> None:
        """Note a poll."""
        self._polls += 1

    def count_read(self) -> None:
        """Note a read of the object."""
        self._reads += 1


class Repository:
    """The snapshots of one instance; it does not exist before the first of them can be seen."""

    def __init__(self, instance_id: str) -> None:
        self.instance_id = instance_id
        self.names: set[str] = set()
        self._snapshots: list[Snapshot] = []
        self._registered = False

    @property
    def present(self) -> set[str]:
        """Return the names of the snapshots that are there, hidden or not."""
        return {each.name for each in self.find()}

    @property
    def exists(self) -> bool:
        """Tell whether the cluster knows the repository."""
        return self._registered or any(each.phase != HIDDEN for each in self._snapshots)

    def find(self) -> list[Snapshot]:
        """Return the snapshots, the oldest first; hidden ones too, but not those that are gone."""
        there = [each for each in self._snapshots if each.phase != GONE]
        return sorted(there, key=lambda each: (each.began, each.name))

    def note_ends(self, now: datetime) -> None:
        """Note which snapshots have ended."""
        for each in self._snapshots:
            each.note_end(now)

    def free_name(self, at: datetime, prefix: str | None = None, number: int | None = None) -> str:
        """Return a name that is free, with a number or a date: two within a second get those of different seconds."""
        prefix = f"{self.instance_id}_" if prefix is None else prefix
        if number is not None:
            while (name := f"{prefix}{number:05d}") in self.names:
                number += 1
            return name
        while (name := f"{prefix}{at:%Y%m%d%H%M%S}") in self.names:
            at += timedelta(seconds=1)
        return name

    def begin(self, name: str, transition: Transition, now: datetime) -> None:
        """Begin a snapshot, and the automatic ones beside it if there are to be some."""
        self._add(Snapshot(name, transition, now))
        for beside in transition.beside:
            at = now + timedelta(seconds=beside.seconds if beside.when == "after" else -beside.seconds)
            self._add(Snapshot(self.free_name(at), beside.content(transition), at))

    def put(self, fixture: Fixture, now: datetime) -> list[str]:
        """Put in snapshots that began some time ago, and return their names."""
        self._registered = True
        names = []
        for position, (began_ago, ended_ago) in enumerate(fixture.times()):
            began = now - timedelta(seconds=began_ago)
            ended = None if ended_ago is None else now - timedelta(seconds=ended_ago)
            names.append(fixture.name or self.free_name(began, fixture.prefix, position if fixture.undated else None))
            self._add(Snapshot(names[-1], fixture, began, ended, fixture.uuid))
        return names

    def _add(self, snapshot: Snapshot) -> None:
        """Add a snapshot."""
        self.names.add(snapshot.name)
        self._snapshots.append(snapshot)

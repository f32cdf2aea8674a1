# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""One instance's snapshot repository."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta

from .courses import HIDDEN, Course
from .es_snapshot import EsSnapshot
from .placing import Placed

NAME = "aliyun_auto_snapshot"


class Repository:
    """The snapshots of one instance by name; it does not exist before the first of them can be seen."""

    def __init__(self, instance_id: str) -> None:
        self.instance_id = instance_id
        self.names: set[str] = set()
        self._snapshots: list[EsSnapshot] = []
        self._registered = False

    @property
    def exists(self) -> bool:
        """Tell whether the cluster knows the repository."""
        return self._registered or any(snapshot.phase != HIDDEN for snapshot in self._snapshots)

    def find(self, names: Collection[str] | None = None) -> list[EsSnapshot]:
        """Return the snapshots of these names, or all, the oldest first; hidden ones too."""
        return [snapshot for snapshot in self._snapshots if names is None or snapshot.name in names]

    def free_name(self, at: datetime) -> str:
        """Return a name that is free: two snapshots within a second get the names of different seconds."""
        while (name := f"{self.instance_id}_{at:%Y%m%d%H%M%S}") in self.names:
            at += timedelta(seconds=1)
        return name

    def begin(self, name: str, course: Course, now: datetime) -> None:
        """Begin a snapshot, and the automatic one beside it if there is to be one."""
        self._add(name, course, now)
        if course.beside:
            at = now + timedelta(seconds=1 if course.beside == "after" else -1)
            self._add(self.free_name(at), course, at)

    def place(self, placed: Placed, now: datetime) -> list[str]:
        """Put in snapshots that were taken some time ago, and return their names."""
        self._registered = True
        names = []
        for began_ago, ended_ago in placed.ages():
            began = now - timedelta(seconds=began_ago)
            names.append(placed.name or self.free_name(began))
            ended = None if ended_ago is None else now - timedelta(seconds=ended_ago)
            self._add(names[-1], placed.course, began, ended)
        return names

    def _add(self, name: str, course: Course, began: datetime, ended: datetime | None = None) -> None:
        """Add a snapshot; one that never runs has ended as it began."""
        if course.looks == 0 and ended is None:
            ended = began
        self.names.add(name)
        self._snapshots.append(EsSnapshot(name, course, began, ended))
        self._snapshots.sort(key=lambda snapshot: snapshot.began)

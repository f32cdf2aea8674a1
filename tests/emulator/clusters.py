# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The instances' clusters, and how their coming snapshots will go."""

from __future__ import annotations

from collections import deque
from datetime import datetime

from .courses import Course
from .repository import Repository


class Clusters:
    """One repository for each instance, and queues of courses: an instance's own, and one for all others."""

    def __init__(self) -> None:
        self._repositories: dict[str, Repository] = {}
        self._courses: dict[str | None, deque[Course]] = {}

    def repository(self, instance_id: str) -> Repository:
        """Return an instance's repository."""
        return self._repositories.setdefault(instance_id, Repository(instance_id))

    def put_courses(self, courses: list[Course], instance_id: str | None = None) -> None:
        """Replace the queue of an instance, or the general one."""
        self._courses[instance_id] = deque(courses)

    def begin(self, instance_id: str, name: str, now: datetime) -> None:
        """Begin a snapshot that goes as the next course in the queue says."""
        queue = self._courses.get(instance_id) or self._courses.get(None)
        self.repository(instance_id).begin(name, queue.popleft() if queue else Course(), now)

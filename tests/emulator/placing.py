# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Snapshots that a test puts into a repository, as if the cluster had taken them by itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from .accounts import INSTANCES
from .courses import CONTENT, Course, make
from .fields import BadControlCall, Check, check_each, integer, mapping, number, one_of, optional, text

# The shortest time between two automatic snapshots.
INTERVAL = 1800.0

TEN_YEARS = 315_360_000
FIELDS: dict[str, Check] = {
    **CONTENT,
    "instance_id": one_of(*INSTANCES.values()),
    "name": optional(text),
    "began_ago": number(0, TEN_YEARS),
    "ended_ago": number(0, TEN_YEARS),
    "count": integer(0, 10_000),
}


@dataclass(frozen=True)
class Placed:
    """One or many alike snapshots; without C(ended_ago) they end when they are looked at."""

    instance_id: str
    name: str | None
    course: Course
    began_ago: float
    ended_ago: float | None
    count: int

    def ages(self) -> Iterator[tuple[float, float | None]]:
        """Return how long ago each of them began and ended."""
        for position in range(self.count):
            earlier = position * INTERVAL
            yield self.began_ago + earlier, None if self.ended_ago is None else self.ended_ago + earlier


def parse(document: Any) -> list[Placed]:
    """Check a list of snapshots as it came from a control call."""
    if not isinstance(document, list):
        raise BadControlCall("snapshots must be a list")
    return [_parse_one(item, f"snapshots[{position}]") for position, item in enumerate(document)]


def _parse_one(item: Any, where: str) -> Placed:
    """Check one entry of the list."""
    given = check_each(mapping(item, where, FIELDS), FIELDS, f"{where}: ")
    course = make({name: value for name, value in given.items() if name in CONTENT}, where)
    began_ago = given.get("began_ago", 600.0)
    ended_ago = given.get("ended_ago", None if course.looks != 0 else began_ago / 2)
    if course.looks != 0 and ended_ago is not None:
        raise BadControlCall(f"{where}: ended_ago is for snapshots that do not run; give it or looks")
    if ended_ago is not None and ended_ago > began_ago:
        raise BadControlCall(f"{where}: ended_ago is before began_ago")
    count = given.get("count", 1)
    name = given.get("name")
    if name is not None and count != 1:
        raise BadControlCall(f"{where}: name is for a single snapshot")
    return Placed(given.get("instance_id", INSTANCES["active"]), name, course, began_ago, ended_ago, count)

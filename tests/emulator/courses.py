# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""How snapshots go: hidden at first, running for a while, then at an end."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from .fields import BadControlCall, Check, check_each, integer, mapping, one_of, optional

HIDDEN, IN_PROGRESS = "HIDDEN", "IN_PROGRESS"

# What a snapshot has in it, whoever began it.
CONTENT: dict[str, Check] = {
    "looks": optional(integer(0, 1_000_000)),
    "state": one_of("SUCCESS", "PARTIAL", "FAILED", "INCOMPATIBLE"),
    "failed_shards": integer(0, 100_000),
    "total_shards": integer(0, 100_000),
    "indices": integer(0, 100_000),
}
FIELDS: dict[str, Check] = {
    **CONTENT,
    "appears_after": integer(0, 1_000_000),
    "beside": optional(one_of("before", "after")),
}


@dataclass(frozen=True)
class Course:
    """A snapshot's course, counted in looks at it; C(looks) without a number is for ever."""

    appears_after: int = 0
    looks: int | None = 0
    state: str = "SUCCESS"
    failed_shards: int = 0
    total_shards: int = 5
    indices: int = 3
    beside: str | None = None

    def phase(self, seen: int) -> str:
        """Return what the next look finds, after C(seen) looks."""
        if seen < self.appears_after:
            return HIDDEN
        if self.looks is None or seen < self.appears_after + self.looks:
            return IN_PROGRESS
        return self.state


def parse(document: Any) -> list[Course]:
    """Check a list of courses as it came from a control call."""
    if not isinstance(document, list):
        raise BadControlCall("plans must be a list")
    return [_parse_one(item, f"plans[{position}]") for position, item in enumerate(document)]


def _parse_one(item: Any, where: str) -> Course:
    """Check one course."""
    return make(check_each(mapping(item, where, FIELDS), FIELDS, f"{where}: "), where)


def make(checked: dict[str, Any], where: str) -> Course:
    """Make a course of checked fields, and refuse shards that do not add up."""
    course = replace(Course(), **checked)
    if course.failed_shards > course.total_shards:
        raise BadControlCall(f"{where}: failed_shards is more than total_shards")
    if course.failed_shards and not course.indices:
        raise BadControlCall(f"{where}: failed_shards without indices")
    return course

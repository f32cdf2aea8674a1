# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The control calls about the clusters: how snapshots go, which are there, and what was asked."""

from __future__ import annotations

from typing import Any

from . import courses, placing
from .accounts import INSTANCES
from .fields import BadControlCall, anything, check_each, mapping, one_of, optional
from .state import State

PLANS = {"plans": anything, "instance_id": optional(one_of(*INSTANCES.values()))}


def put_plans(state: State, document: Any, where: str) -> dict[str, Any]:
    """Replace a queue that says how coming snapshots go."""
    given = check_each(mapping(document, where, PLANS, ("plans",)), PLANS)
    queue = courses.parse(given["plans"])
    state.clusters.put_courses(queue, given.get("instance_id"))
    state.journal.event("plans set", count=len(queue), instance_id=given.get("instance_id"))
    return {"plans": len(queue)}


def post_snapshots(state: State, document: Any, where: str) -> dict[str, Any]:
    """Put snapshots into repositories that no CreateSnapshot took."""
    entries = placing.parse(mapping(document, where, ("snapshots",), ("snapshots",))["snapshots"])
    named = [(entry.instance_id, entry.name) for entry in entries if entry.name is not None]
    for instance_id, name in named:
        if name in state.clusters.repository(instance_id).names or named.count((instance_id, name)) > 1:
            raise BadControlCall(f"there is a snapshot {name} already")
    # Before any is placed, so that no made-up name takes one of them.
    for instance_id, name in named:
        state.clusters.repository(instance_id).names.add(name)
    now = state.now()
    names: list[str] = []
    for entry in entries:
        names += state.clusters.repository(entry.instance_id).place(entry, now)
    state.journal.event("snapshots placed", count=len(names))
    return {"names": names}

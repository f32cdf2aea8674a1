# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The control calls about the clusters: how snapshots go, which are there, and what was asked."""

from __future__ import annotations

from aiohttp import web

from . import courses, placing
from .accounts import INSTANCES
from .control_body import read_fields
from .fields import BadControlCall, anything, check_each, one_of, optional
from .state import STATE

PLANS = {"plans": anything, "instance_id": optional(one_of(*INSTANCES.values()))}


async def put_plans(request: web.Request) -> web.StreamResponse:
    """Replace a queue that says how coming snapshots go."""
    given = check_each(await read_fields(request, PLANS, ("plans",)), PLANS)
    queue = courses.parse(given["plans"])
    state = request.app[STATE]
    state.clusters.put_courses(queue, given.get("instance_id"))
    state.journal.event("plans set", count=len(queue), instance_id=given.get("instance_id"))
    return web.json_response({"plans": len(queue)})


async def post_snapshots(request: web.Request) -> web.StreamResponse:
    """Put snapshots into repositories that no CreateSnapshot took."""
    given = await read_fields(request, ("snapshots",), ("snapshots",))
    entries = placing.parse(given["snapshots"])
    state = request.app[STATE]
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
    return web.json_response({"names": names})


async def get_cluster_requests(request: web.Request) -> web.StreamResponse:
    """Show what the clusters were asked, by either route."""
    return web.json_response({"requests": request.app[STATE].cluster_requests})

# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The control API: how a test sets the emulator up, and looks at what it has seen."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from aiohttp import web

from .control_body import read_fields
from .control_cluster import get_cluster_requests, post_snapshots, put_plans
from .control_faults import put_faults
from .fields import BadControlCall, boolean, check_each, integer, number, optional
from .state import STATE

SETTINGS = {
    "clock_offset": number(-315_360_000, 315_360_000),
    "activating_requests": optional(integer(0, 1_000_000)),
    "es_result_as_text": boolean,
    "cluster_date": boolean,
}

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def routes() -> list[web.RouteDef]:
    """Return the control API's routes."""
    return [
        web.post("/emulator/reset", _reset),
        web.post("/emulator/stop", _stop),
        web.put("/emulator/faults", put_faults),
        web.put("/emulator/plans", put_plans),
        web.put("/emulator/settings", _put_settings),
        web.post("/emulator/snapshots", post_snapshots),
        web.get("/emulator/ledger", _get_ledger),
        web.get("/emulator/requests", _get_requests),
        web.get("/emulator/cluster-requests", get_cluster_requests),
        # Without it a mistyped call would be taken for one to the OpenAPI.
        web.route("*", "/emulator{tail:(/.*)?}", _unknown),
    ]


@web.middleware
async def explain(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer a control call that cannot be meant with what is wrong about it."""
    try:
        return await handler(request)
    except BadControlCall as error:
        request.app[STATE].journal.event("control call refused", path=request.path, reason=str(error))
        return web.json_response({"error": str(error)}, status=400)


async def _reset(request: web.Request) -> web.StreamResponse:
    """Forget everything."""
    await read_fields(request, ())
    request.app[STATE].reset()
    request.app[STATE].journal.event("reset")
    return web.json_response({})


async def _stop(request: web.Request) -> web.StreamResponse:
    """Let the emulator end."""
    await read_fields(request, ())
    request.app[STATE].ending.set()
    return web.json_response({})


async def _put_settings(request: web.Request) -> web.StreamResponse:
    """Change the settings that are named."""
    state = request.app[STATE]
    checked = check_each(await read_fields(request, SETTINGS), SETTINGS)
    for name, value in checked.items():
        setattr(state.instances if name == "activating_requests" else state, name, value)
    state.journal.event("settings set", **checked)
    return web.json_response(state.settings())


async def _get_ledger(request: web.Request) -> web.StreamResponse:
    """Show the snapshots."""
    return web.json_response({"snapshots": request.app[STATE].ledger.snapshots})


async def _get_requests(request: web.Request) -> web.StreamResponse:
    """Show what the OpenAPI received."""
    return web.json_response({"requests": request.app[STATE].requests})


async def _unknown(request: web.Request) -> web.StreamResponse:
    """Refuse a control call that does not exist."""
    raise BadControlCall(f"there is no control call {request.method} {request.path}")

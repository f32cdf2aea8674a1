# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The control API: how a test sets the emulator up, and looks at what it has seen."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Collection
from typing import Any

from aiohttp import web

from . import faults
from .fields import BadControlCall, any_mapping, integer, mapping, number, optional, text
from .openapi import STATE

SETTINGS = {
    "clock_offset": number(-315_360_000, 315_360_000),
    "activating_requests": optional(integer(0, 1_000_000)),
}

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def routes() -> list[web.RouteDef]:
    """Return the control API's routes."""
    return [
        web.post("/emulator/reset", _reset),
        web.post("/emulator/stop", _stop),
        web.put("/emulator/faults", _put_faults),
        web.put("/emulator/settings", _put_settings),
        web.get("/emulator/ledger", _get_ledger),
        web.get("/emulator/requests", _get_requests),
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


async def _fields(request: web.Request, allowed: Collection[str], required: Collection[str] = ()) -> dict[str, Any]:
    """Read the fields of a control call."""
    body = await request.read()
    try:
        document = json.loads(body) if body.strip() else {}
    except ValueError as error:
        raise BadControlCall(f"the body is not JSON: {error}") from error
    return mapping(document, request.path, allowed, required)


async def _reset(request: web.Request) -> web.StreamResponse:
    """Forget everything."""
    await _fields(request, ())
    request.app[STATE].reset()
    request.app[STATE].journal.event("reset")
    return web.json_response({})


async def _stop(request: web.Request) -> web.StreamResponse:
    """Let the emulator end."""
    await _fields(request, ())
    request.app[STATE].ending.set()
    return web.json_response({})


async def _put_faults(request: web.Request) -> web.StreamResponse:
    """Replace one queue of misbehaviours, or those of several client tokens."""
    given = await _fields(request, ("faults", "instance_id", "by_client_token"))
    if ("faults" in given) == ("by_client_token" in given) or {"instance_id", "by_client_token"} <= given.keys():
        raise BadControlCall("give faults, with or without instance_id, or by_client_token")
    instance_id = _checked("instance_id", optional(text), given.get("instance_id"))
    by_token = _checked("by_client_token", any_mapping, given.get("by_client_token", {}))
    queues: dict[str | None, list[faults.Fault]] = {token: faults.parse(queue) for token, queue in by_token.items()}
    state = request.app[STATE]
    for token, queue in queues.items():
        state.faults.put(queue, client_token=token)
    if "faults" in given:
        queues[None] = faults.parse(given["faults"])
        state.faults.put(queues[None], instance_id=instance_id)
    for token, queue in queues.items():
        kinds = [fault.kind for fault in queue]
        state.journal.event("faults set", kinds=kinds, instance_id=instance_id, client_token=token)
    return web.json_response({"queues": len(queues)})


async def _put_settings(request: web.Request) -> web.StreamResponse:
    """Change the settings that are named."""
    state = request.app[STATE]
    given = await _fields(request, SETTINGS)
    checked = {name: _checked(name, SETTINGS[name], value) for name, value in given.items()}
    state.clock_offset = checked.get("clock_offset", state.clock_offset)
    if "activating_requests" in checked:
        state.instances.activating_requests = checked["activating_requests"]
    state.journal.event("settings set", **checked)
    return web.json_response(state.settings())


def _checked(name: str, check: Callable[[Any], Any], value: Any) -> Any:
    """Check one field, and name it where it is wrong."""
    try:
        return check(value)
    except BadControlCall as error:
        raise BadControlCall(f"{name} {error}") from error


async def _get_ledger(request: web.Request) -> web.StreamResponse:
    """Show the snapshots."""
    return web.json_response({"snapshots": request.app[STATE].ledger.snapshots})


async def _get_requests(request: web.Request) -> web.StreamResponse:
    """Show what the OpenAPI received."""
    return web.json_response({"requests": request.app[STATE].requests})


async def _unknown(request: web.Request) -> web.StreamResponse:
    """Refuse a control call that does not exist."""
    raise BadControlCall(f"there is no control call {request.method} {request.path}")

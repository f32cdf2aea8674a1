# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The control API: how a test sets the emulator up, and looks at what it has seen."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from aiohttp import web

from .control_body import Action, Handler, control_call
from .control_cluster import post_snapshots, put_plans
from .control_faults import put_faults
from .fields import BadControlCall, boolean, check_each, integer, mapping, number, optional
from .state import STATE, State

SETTINGS = {
    "clock_offset": number(-315_360_000, 315_360_000),
    "activating_requests": optional(integer(0, 1_000_000)),
    "es_result_as_text": boolean,
    "cluster_date": boolean,
}


def routes() -> list[web.RouteDef]:
    """Return the control API's routes."""
    return [
        web.post("/emulator/reset", control_call(_reset)),
        web.post("/emulator/stop", control_call(_stop)),
        web.put("/emulator/scene", control_call(_put_scene)),
        web.put("/emulator/faults", control_call(put_faults)),
        web.put("/emulator/plans", control_call(put_plans)),
        web.put("/emulator/settings", control_call(_put_settings)),
        web.post("/emulator/snapshots", control_call(post_snapshots)),
        web.get("/emulator/ledger", control_call(_get_ledger)),
        web.get("/emulator/requests", control_call(_get_requests)),
        web.get("/emulator/cluster-requests", control_call(_get_cluster_requests)),
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


def _reset(state: State, document: Any, where: str) -> dict[str, Any]:
    """Forget everything."""
    mapping(document, where, ())
    state.reset()
    state.journal.event("reset")
    return {}


def _stop(state: State, document: Any, where: str) -> dict[str, Any]:
    """Let the emulator end."""
    mapping(document, where, ())
    state.ending.set()
    return {}


def _put_settings(state: State, document: Any, where: str) -> dict[str, Any]:
    """Change the settings that are named."""
    checked = check_each(mapping(document, where, SETTINGS), SETTINGS)
    for name, value in checked.items():
        setattr(state.instances if name == "activating_requests" else state, name, value)
    state.journal.event("settings set", **checked)
    return state.settings()


# What a scene is made of: for each part, the action, and the document that the part is or stands in.
SCENE: dict[str, tuple[Action, Callable[[Any], Any]]] = {
    "settings": (_put_settings, lambda part: part),
    "plans": (put_plans, lambda part: {"plans": part}),
    "snapshots": (post_snapshots, lambda part: {"snapshots": part}),
    "faults": (put_faults, lambda part: {"faults": part}),
    "looks": (put_faults, lambda part: {"looks": True, "faults": part}),
}


def _put_scene(state: State, document: Any, where: str) -> dict[str, Any]:
    """Forget everything, then do what the parts say."""
    given = mapping(document, where, SCENE)
    _reset(state, {}, where)
    for name, part in given.items():
        action, wrap = SCENE[name]
        action(state, wrap(part), f"{where}: {name}")
    return {}


def _get_ledger(state: State, _document: Any, _where: str) -> dict[str, Any]:
    """Show the snapshots."""
    return {"snapshots": state.ledger.snapshots}


def _get_requests(state: State, _document: Any, _where: str) -> dict[str, Any]:
    """Show what the OpenAPI received."""
    return {"requests": state.requests}


def _get_cluster_requests(state: State, _document: Any, _where: str) -> dict[str, Any]:
    """Show what the clusters were asked, by either route."""
    return {"requests": state.cluster_requests}


async def _unknown(request: web.Request) -> web.StreamResponse:
    """Refuse a control call that does not exist."""
    raise BadControlCall(f"there is no control call {request.method} {request.path}")

# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The control API: how a test sets the emulator up, and what it can see of what was done."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web
from pydantic import ValidationError

from . import openapi, snapshot_api
from .documents import (
    Fixture,
    Fixtures,
    InstanceFixtures,
    JournalQuery,
    Nothing,
    Scenario,
    Settings,
    Stubs,
    Transitions,
)
from .fields import Document
from .instances import make
from .state import INSTANCES, STATE, State
from .versions import RELEASES

# The names that documents may use, besides those of the instances.
KNOWN = {
    "operations": (*openapi.OPERATIONS, *snapshot_api.OPERATIONS),
    "openapi": tuple(openapi.OPERATIONS),
    "versions": tuple(RELEASES),
}
COSTS = ("objects_read", "response_bytes", "seconds")

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class BadControlCall(ValueError):
    """A control call that cannot be meant."""


def routes() -> list[web.RouteDef]:
    """Return the control API's routes."""
    return [
        web.post("/emulator/reset", _call(Nothing, _reset)),
        web.post("/emulator/stop", _call(Nothing, _stop)),
        web.put("/emulator/scenario", _call(Scenario, _put_scenario)),
        web.put("/emulator/settings", _call(Settings, _put_settings)),
        web.put("/emulator/instances", _call(InstanceFixtures, _put_instances)),
        web.put("/emulator/transitions", _call(Transitions, _put_transitions)),
        web.put("/emulator/faults", _call(Stubs, _put_faults)),
        web.post("/emulator/snapshots", _call(Fixtures, _post_fixtures)),
        web.get("/emulator/snapshots", _call(Nothing, _get_snapshots)),
        web.get("/emulator/upgrades", _call(Nothing, _get_upgrades)),
        web.get("/emulator/journal", _call(JournalQuery, _get_journal)),
        web.delete("/emulator/journal", _call(Nothing, _delete_journal)),
        web.get("/emulator/cost", _call(Nothing, _get_cost)),
        # Without it a mistyped call would be taken for one to the OpenAPI.
        web.route("*", "/emulator{tail:(/.*)?}", _unknown),
    ]


@web.middleware
async def refuse(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuse a control call that cannot be meant, with what is wrong about it."""
    try:
        return await handler(request)
    except BadControlCall as error:
        request.app[STATE].log.event("control call refused", path=request.path, reason=str(error))
        return web.json_response({"error": str(error)}, status=400)


def _call(model: type[Document], action: Callable[[State, Any], dict[str, Any]]) -> Handler:
    """Make the handler of a control call, which is checked as a whole before anything takes effect."""

    async def handle(request: web.Request) -> web.StreamResponse:
        body = await request.read()
        known = {**KNOWN, "instances": tuple(dict.fromkeys([*INSTANCES.values(), *request.app[STATE].instances]))}
        try:
            if request.method == "GET":
                document = model.model_validate(dict(request.query), context=known)
            else:
                document = model.model_validate_json(body if body.strip() else b"{}", context=known)
        except ValidationError as error:
            raise BadControlCall("; ".join(map(_explain, error.errors(include_url=False)))) from error
        return web.json_response(action(request.app[STATE], document))

    return handle


def _explain(error: Any) -> str:
    """Return the path of a field, and what is wrong about it."""
    return ": ".join(filter(None, (".".join(map(str, error["loc"])), error["msg"].replace("Value error, ", "", 1))))


def _reset(state: State, _call: Nothing) -> dict[str, Any]:
    """Forget everything."""
    state.reset()
    state.log.event("reset")
    return {}


def _stop(state: State, _call: Nothing) -> dict[str, Any]:
    """Let the emulator end."""
    state.ending.set()
    return {}


def _put_scenario(state: State, call: Scenario) -> dict[str, Any]:
    """Forget everything, then do what the parts say."""
    _check_names(call.fixtures, {})
    _reset(state, Nothing())
    _put_settings(state, call.settings)
    if call.instances is not None:
        _put_instances(state, InstanceFixtures(instances=call.instances))
    _put_transitions(state, call)
    _put_faults(state, call)
    return _post_fixtures(state, call)


def _put_settings(state: State, call: Settings) -> dict[str, Any]:
    """Change the settings that are named, and show all."""
    changes = call.model_dump(exclude_unset=True)
    state.settings = state.settings.model_copy(update=changes)
    state.log.event("settings set", **changes)
    return state.settings.model_dump()


def _put_instances(state: State, call: InstanceFixtures) -> dict[str, Any]:
    """Replace all instances, and show their IDs."""
    state.instances = make(call.instances)
    state.log.event("instances set", count=len(state.instances))
    return {"instances": list(state.instances)}


def _put_transitions(state: State, call: Transitions | Scenario) -> dict[str, Any]:
    """Replace the queues that say how coming snapshots go."""
    state.put_transitions(call.transitions)
    state.log.event("transitions set", count=len(call.transitions))
    return {}


def _put_faults(state: State, call: Stubs | Scenario) -> dict[str, Any]:
    """Replace the queues of faults of these stubs."""
    for stub in call.faults:
        state.faults.put(stub)
        kinds = [fault.kind for fault in stub.faults]
        state.log.event("faults set", kinds=kinds, **stub.match.model_dump(exclude_none=True))
    return {}


def _post_fixtures(state: State, call: Fixtures | Scenario) -> dict[str, Any]:
    """Put snapshots into repositories that no CreateSnapshot took, and show their names."""
    fixtures = call.fixtures
    repositories = {instance_id: state.repository(instance_id) for instance_id in map(_instance, fixtures)}
    _check_names(fixtures, {instance_id: repository.present for instance_id, repository in repositories.items()})
    # Before any is put in, so that no made-up name takes a given one.
    for fixture in fixtures:
        if fixture.name is not None:
            repositories[_instance(fixture)].names.add(fixture.name)
    now = state.now()
    names = [name for fixture in fixtures for name in repositories[_instance(fixture)].put(fixture, now)]
    state.log.event("fixtures put in", count=len(names))
    return {"names": names}


def _get_snapshots(state: State, _call: Nothing) -> dict[str, Any]:
    """Show what CreateSnapshot took."""
    return {"snapshots": state.ledger.snapshots}


def _get_upgrades(state: State, _call: Nothing) -> dict[str, Any]:
    """Show which requests asked for an upgrade, since the start."""
    return {"upgrades": state.upgrades}


def _instance(fixture: Fixture) -> str:
    """Return the instance that a fixture is for."""
    return fixture.instance_id or INSTANCES["active"]


def _check_names(fixtures: list[Fixture], taken: dict[str, set[str]]) -> None:
    """Refuse a name that two fixtures of an instance have, or that is taken there."""
    seen = {instance_id: set(names) for instance_id, names in taken.items()}
    for fixture in fixtures:
        names = seen.setdefault(_instance(fixture), set())
        if fixture.name in names:
            raise BadControlCall(f"there is a snapshot {fixture.name} already")
        if fixture.name is not None:
            names.add(fixture.name)


def _get_journal(state: State, call: JournalQuery) -> dict[str, Any]:
    """Show what both servers received, or one of them."""
    return {"requests": [entry for entry in state.journal if call.server in (None, entry["server"])]}


def _delete_journal(state: State, _call: Nothing) -> dict[str, Any]:
    """Forget the requests, so that another measurement can begin."""
    state.journal.clear()
    return {}


def _get_cost(state: State, _call: Nothing) -> dict[str, Any]:
    """Show what the clusters' requests in the journal cost: the sums, and the most of a single one."""
    asked = [entry for entry in state.journal if entry["server"] == "cluster"]
    return {
        "requests": len(asked),
        **{name: sum(entry[name] for entry in asked) for name in COSTS},
        "most": {name: max((entry[name] for entry in asked), default=0) for name in COSTS},
    }


async def _unknown(request: web.Request) -> web.StreamResponse:
    """Refuse a control call that does not exist."""
    raise BadControlCall(f"there is no control call {request.method} {request.path}")

# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""How a request that passed every check is served, with or without a fault."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from .responses import Format, Response
from .wire import Fault, Pause


@dataclass(frozen=True)
class Prepared:
    """A request that passed every check: its good response, and what takes effect when it is served."""

    response: Response
    # Lets it take effect, and returns what was done, for the journal.
    commit: Callable[[], str]
    # By which names a stub matches it, the first one first; a request that a cluster refuses has none, and no fault.
    operations: tuple[str, ...]
    # The journal's entry of what a cluster was asked, where one was, and what it costs the cluster.
    record: dict[str, Any] = field(default_factory=dict)
    objects_read: int = 0
    seconds: float = 0.0
    # Has a real cluster do it, and returns what came of that: what is above is good for faults that come before.
    carry_out: Callable[[], Awaitable[Prepared]] | None = None


async def deliver(
    request: web.Request,
    prepared: Prepared,
    fault: Fault | None,
    form: Format,
    pause: Pause,
    note: Callable[[str, Response | None], None],
) -> web.StreamResponse:
    """Serve a request, or let it run into a fault: the one place that knows before and after."""
    done = "nothing done"
    takes_effect = fault is None or fault.when == "after"
    if prepared.carry_out and takes_effect:
        prepared = await prepared.carry_out()
    sent = fault.respond(prepared.response, form) if fault else prepared.response
    prepared.record["response_bytes"] = len(sent.body) if sent else 0
    if takes_effect:
        done = prepared.commit()
        prepared.record.update(objects_read=prepared.objects_read, seconds=prepared.seconds)
    if fault is None:
        note(done, sent)
    else:
        prepared.record.update(fault=fault.kind, status=fault.cluster_status(sent))
        note(f"{done}, then {fault.text}", sent)
    if prepared.seconds and prepared.record.get("objects_read"):
        await pause(prepared.seconds)
    return prepared.response.to_aiohttp() if fault is None else await fault.send(request, sent, form, pause)

# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""From a request that passed every check to what is sent: the good answer, or the misbehaviour in its place."""

from __future__ import annotations

from typing import Protocol

from aiohttp import web

from .answers import as_response
from .misbehave import plan
from .operation import Order
from .state import STATE
from .wording import Wording


class Decide(Protocol):
    """Writes a decision down."""

    def __call__(self, decision: str, status: int | None, code: str | None = None) -> None:
        """Note the decision, and the status and the code that go out, if there is an answer."""


async def serve(request: web.Request, order: Order, wording: Wording, decide: Decide) -> web.StreamResponse:
    """Carry out an order, unless a fault comes before it, and answer."""
    if order.fault is None:
        decide(order.carry_out().alone, order.answer.status)
        order.answered(order.answer.status)
        return as_response(order.answer)
    coming = plan(order.fault, order.answer, wording, request.app[STATE])
    when = order.carry_out().before_fault if order.fault.comes_after else order.undone
    status, code = (coming.answer.status, coming.answer.code) if coming.answer else (None, None)
    decide(f"{coming.deed} {when}", status, code)
    order.answered(status)
    return await coming.deliver(request)

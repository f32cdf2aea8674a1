# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which misbehaviour is done by what, whichever operation or route it happens to."""

from __future__ import annotations

from dataclasses import dataclass

from . import delivery
from .answers import Answer
from .bad_answers import ANSWERS
from .faults import Fault
from .state import State
from .wording import Wording


@dataclass(frozen=True)
class Plan:
    """What will be done: in words, as an answer if there is one, and the doing itself."""

    deed: str
    answer: Answer | None
    deliver: delivery.Delivery


def plan(fault: Fault, good: Answer, wording: Wording, state: State) -> Plan:
    """Prepare a fault for a request to which C(good) would have been the answer."""
    options = fault.options
    if fault.kind == "drop":
        return Plan("connection dropped", None, delivery.drop)
    if fault.kind == "reset":
        return Plan("connection reset", None, delivery.reset)
    if fault.kind == "stall":
        return Plan(f"no answer for {options['seconds']:g} s", None, delivery.stall(state, options["seconds"]))
    if fault.kind == "trickle":
        deliver = delivery.trickle(good, wording.date, state, options["seconds"], options["part"])
        return Plan(f"{options['part']} sent byte by byte", good, deliver)
    if fault.kind == "truncate":
        deliver = delivery.truncate(good, wording.date, options["sent"], options["missing"])
        return Plan("answer truncated", good, deliver)
    answer = ANSWERS[fault.kind](wording, good, options)
    # aiohttp does not send an answer without a content type, so that one is written by hand.
    deliver = delivery.whole(answer) if answer.content_type else delivery.truncate(answer, wording.date, None, 0)
    return Plan(f"{fault.kind} answered", answer, deliver)

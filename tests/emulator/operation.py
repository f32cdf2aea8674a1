# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What an operation of the OpenAPI is, and what it makes of a request that passed every check."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from .accounts import Account
from .answers import Answer
from .call import Call
from .faults import Fault
from .state import State


@dataclass(frozen=True)
class Deed:
    """What was done, in the words of the log: where that was all, and where a misbehaviour comes after it."""

    alone: str
    before_fault: str


@dataclass(frozen=True)
class Order:
    """A request that may be served: its good answer, the misbehaviour it runs into, and what is done for it."""

    answer: Answer
    fault: Fault | None
    undone: str
    carry_out: Callable[[], Deed]
    answered: Callable[[int | None], None] = lambda status: None


@dataclass(frozen=True)
class Operation:
    """One operation: how it is called on the wire, whether RAM counts it as a write, and its own checks."""

    action: str
    path: re.Pattern[str]
    writes: bool
    prepare: Callable[[Call, State, Account, str], Order]
    method: str = "POST"

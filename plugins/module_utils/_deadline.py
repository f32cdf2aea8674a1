# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection; it can change at any time.

"""Bound the time of a call that may block for ever, whatever it blocks on."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:  # pragma: no cover
    from collections.abc import Callable

T = TypeVar("T")


def call_within(seconds: float, function: Callable[[], T]) -> T:
    """Return what the function returns, or raise what it raises.

    Raises TimeoutError when it has done neither after C(seconds); the call is then left to a daemon thread,
    which does not keep the process alive. (concurrent.futures would wait for it when the process ends.)
    """
    results: list[T] = []
    errors: list[BaseException] = []

    def run() -> None:
        try:
            results.append(function())
        except BaseException as error:  # handed to the caller below
            errors.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(seconds)
    if errors:
        raise errors[0]
    if results:
        return results[0]
    raise TimeoutError(f"not finished within {seconds:g} s")

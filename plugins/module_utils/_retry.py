# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection; it can change at any time.

"""How often a request is tried again, and how long to wait before each time."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # pragma: no cover
    from collections.abc import Callable

_FIRST_DELAY = 1.0
_MOST_DOUBLINGS = 32


class RetryPolicy:
    """Exponential backoff with jitter; times are in seconds.

    C(retries) is the number of attempts after the first, C(max_delay) the longest wait between two of them.
    C(jitter) returns a number from 0 to 1; half of each wait is left to it, so that many hosts do not come back at
    the same time.
    """

    def __init__(self, retries: int, max_delay: float, jitter: Callable[[], float] = random.random) -> None:
        self.retries = retries
        self._max_delay = max_delay
        self._jitter = jitter

    def delay(self, failed: int, retry_after: float | None = None) -> float:
        """Return the wait in seconds after C(failed) attempts; what the server asks for wins, within the cap."""
        if retry_after is not None:
            return min(retry_after, self._max_delay)
        longest: float = min(_FIRST_DELAY * 2 ** min(failed - 1, _MOST_DOUBLINGS), self._max_delay)
        return longest * (1 + self._jitter()) / 2

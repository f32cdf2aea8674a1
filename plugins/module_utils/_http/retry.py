# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection; it can change at any time.

"""How often a request is tried again, and how long to wait in between."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, TypeVar

from .._errors import AliyunError

if TYPE_CHECKING:  # pragma: no cover
    from collections.abc import Callable

T = TypeVar("T")

_FIRST_DELAY = 1.0
_MAX_DOUBLINGS = 32


class RetryPolicy:
    """Exponential backoff with jitter; times are in seconds.

    ``retries`` is the number of attempts after the first, ``max_delay`` the longest wait between two of them.
    ``jitter`` returns a number from 0 to 1; half of each wait is left to it, so that many hosts do not come back at
    the same time.
    """

    def __init__(self, retries: int, max_delay: float, jitter: Callable[[], float] = random.random) -> None:
        self.retries = retries
        self._max_delay = max_delay
        self._jitter = jitter

    def delay(self, failed: int, retry_after: float | None = None) -> float:
        """Return the wait in seconds after ``failed`` attempts; what the server asks for wins, within the cap."""
        if retry_after is not None:
            return min(retry_after, self._max_delay)
        longest: float = min(_FIRST_DELAY * 2 ** min(failed - 1, _MAX_DOUBLINGS), self._max_delay)
        return longest * (1 + self._jitter()) / 2


def with_retries(
    attempt: Callable[[], T],
    policy: RetryPolicy,
    sleep: Callable[[float], None],
    before_retry: Callable[[AliyunError], None] | None = None,
) -> tuple[T, int]:
    """Return what the first successful attempt returns, and how many attempts it took; ``sleep`` takes seconds.

    ``before_retry`` gets the error of the attempts so far, right before the next one.
    Raises AliyunError, with its history, once an attempt fails for good or the retries are used up.
    Source: urllib3, "Retry" (``history``).
    """
    history: list[AliyunError] = []
    while True:
        number = len(history) + 1
        try:
            return attempt(), number
        except AliyunError as failed:
            error = failed.replace(attempts=number, history=history)
            if not error.retryable or number > policy.retries:
                raise error from None
            history.append(failed)
        sleep(policy.delay(number, error.retry_after))
        if before_retry:
            before_retry(error)

# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection; it can change at any time.

"""How often a request is tried again, and how long to wait in between."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, TypeVar

from ansible_collections.aliyun.elasticsearch.plugins.module_utils._errors import AliyunError

if TYPE_CHECKING:  # pragma: no cover
    from collections.abc import Callable

T = TypeVar("T")

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


def with_retries(
    attempt: Callable[[], T],
    policy: RetryPolicy,
    sleep: Callable[[float], None],
    before_retry: Callable[[AliyunError], None] | None = None,
) -> tuple[T, int]:
    """Return what the first successful attempt returns, and how many attempts it took; C(sleep) takes seconds.

    C(before_retry) gets the error of the attempts so far, right before the next one.
    Raises AliyunError once an attempt fails for good or the retries are used up. An attempt that got no answer
    leaves its doubt: if a later one is refused, the outcome of the whole stays UNKNOWN.
    """
    previous: AliyunError | None = None
    for number in range(1, policy.retries + 2):
        try:
            return attempt(), number
        except AliyunError as error:
            if previous is not None:
                error.follows(previous)
            error.attempts = number
            if not error.retryable or number > policy.retries:
                raise
            previous = error
            sleep(policy.delay(number, error.retry_after))
            if before_retry:
                before_retry(error)
    raise AssertionError("the loop returns or raises")  # pragma: no cover

# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection; it can change at any time.

"""The one exception of this collection, and what can be known about a request that failed."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # pragma: no cover
    from collections.abc import Iterator, Mapping

ACCEPTED = "accepted"
CURRENT = "current"
NOT_SENT = "not_sent"
REFUSED = "refused"
UNKNOWN = "unknown"

_CERTAINTY = (NOT_SENT, REFUSED, UNKNOWN)


class AliyunError(Exception):
    """Something kept a request from being accepted.

    C(message) is one sentence or the API's own Message; C(outcome) is NOT_SENT, REFUSED or UNKNOWN.
    C(code), C(http_status), C(request_id), C(host_id) and C(recommend) are the API's words, None where it said nothing.
    C(retryable) says whether the same request may be sent again, C(retry_after) is the wait that the server asks for,
    in seconds.
    C(advice) is a sentence on what to do, C(earlier) says why an earlier attempt leaves the outcome open, and
    C(earlier_request_id) is the last RequestId before that of this attempt.
    C(attempts) is how many times the request was tried, C(more) are further values for the module's result.
    """

    def __init__(
        self,
        message: str,
        *,
        outcome: str = NOT_SENT,
        code: str | None = None,
        http_status: int | None = None,
        request_id: str | None = None,
        host_id: str | None = None,
        recommend: str | None = None,
        retryable: bool = False,
        retry_after: float | None = None,
        advice: str = "",
        more: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.outcome = outcome
        self.code = code
        self.http_status = http_status
        self.request_id = request_id
        self.host_id = host_id
        self.recommend = recommend
        self.retryable = retryable
        self.retry_after = retry_after
        self.advice = advice
        self.more = more or {}
        self.earlier = ""
        self.earlier_request_id: str | None = None
        self.attempts = 0

    def reason(self, *more: str) -> str:
        """Return a sentence of the code and the message, with the HTTP status, the RequestId and more in brackets."""
        text = f"{self.code}: {self.message}" if self.code else self.message
        details = [f"HTTP {self.http_status}"] if self.http_status else []
        details += [f"RequestId {self.request_id}"] if self.request_id else []
        details += more
        return f"{text.rstrip('.')} ({', '.join(details)})." if details else text

    def follows(self, earlier: AliyunError) -> None:
        """Take over from the failed attempt before this one what stays true: a doubt, and the last RequestId."""
        if _CERTAINTY.index(earlier.outcome) > _CERTAINTY.index(self.outcome):
            self.outcome = earlier.outcome
            self.earlier = earlier.earlier or (earlier.reason() if earlier.outcome == UNKNOWN else "")
        self.earlier_request_id = earlier.request_id or earlier.earlier_request_id


@contextmanager
def reported_as(outcome: str, **more: Any) -> Iterator[None]:
    """Let an error within the block not be about the request whose outcome it reports, but come before or after it.

    C(more) are values for the module's result that are certain meanwhile.
    """
    try:
        yield
    except AliyunError as error:
        error.outcome = outcome
        error.more = {**error.more, **more}
        raise

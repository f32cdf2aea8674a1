# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection; it can change at any time.

"""The one exception of this collection, and what is known of a request that failed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # pragma: no cover
    from collections.abc import Mapping, Sequence

ACCEPTED = "accepted"
CURRENT = "current"
NOT_SENT = "not_sent"
REFUSED = "refused"
UNKNOWN = "unknown"

_BY_DOUBT = (NOT_SENT, REFUSED, UNKNOWN)


class AliyunError(Exception):
    """Something kept a request from being accepted. It does not change once it is made.

    ``message`` is one sentence, or the API's own Message; ``summary`` is what a sentence says of it, by default all.
    ``code``, ``http_status``, ``request_id``, ``host_id`` and ``recommend`` are the API's, None where it said nothing.
    ``retryable`` says whether the same request may be sent again, ``retry_after`` is the wait in seconds that the
    server asks for. ``hint`` is a sentence on what to do, ``result`` holds further values for the module's result.
    ``attempts`` is how many times the request was tried, ``history`` holds the errors of the attempts before the last.
    ``is_too_long`` says that the response was larger than what is read of one.
    """

    message: str
    summary: str
    code: str | None
    http_status: int | None
    request_id: str | None
    host_id: str | None
    recommend: str | None
    retryable: bool
    retry_after: float | None
    hint: str
    result: Mapping[str, Any]
    attempts: int
    history: tuple[AliyunError, ...]
    is_too_long: bool

    def __init__(
        self,
        message: str,
        *,
        summary: str | None = None,
        outcome: str = NOT_SENT,
        code: str | None = None,
        http_status: int | None = None,
        request_id: str | None = None,
        host_id: str | None = None,
        recommend: str | None = None,
        retryable: bool = False,
        retry_after: float | None = None,
        hint: str = "",
        result: Mapping[str, Any] | None = None,
        attempts: int = 0,
        history: Sequence[AliyunError] = (),
        is_too_long: bool = False,
    ) -> None:
        super().__init__(message)
        self.__dict__.update(
            message=message,
            summary=message if summary is None else summary,
            _outcome=outcome,
            code=code,
            http_status=http_status,
            request_id=request_id,
            host_id=host_id,
            recommend=recommend,
            retryable=retryable,
            retry_after=retry_after,
            hint=hint,
            result=result or {},
            attempts=attempts,
            history=tuple(history),
            is_too_long=is_too_long,
        )

    def __setattr__(self, name: str, value: object) -> None:
        """Refuse every change but those that Python makes to an exception, such as ``__traceback__``."""
        if not name.startswith("__"):
            raise AttributeError(f"an AliyunError does not change, so {name} cannot be set")
        super().__setattr__(name, value)

    @property
    def outcome(self) -> str:
        """NOT_SENT, REFUSED or UNKNOWN: what is known of the request after all attempts; a doubt outlives a refusal."""
        return max((self._own_outcome, *(error.outcome for error in self.history)), key=_BY_DOUBT.index)

    @property
    def doubt(self) -> str:
        """Why an earlier attempt leaves the outcome open, as a sentence; empty where none does or this one does."""
        if self._own_outcome == UNKNOWN:
            return ""
        return next((error.reason() for error in reversed(self.history) if error._own_outcome == UNKNOWN), "")

    @property
    def earlier_request_id(self) -> str | None:
        """The last RequestId before that of the last attempt."""
        return next((error.request_id for error in reversed(self.history) if error.request_id), None)

    @property
    def _own_outcome(self) -> str:
        outcome: str = self.__dict__["_outcome"]
        return outcome

    def reason(self, *details: str) -> str:
        """Return a sentence of the code and the summary, with HTTP status, RequestId and details in brackets."""
        text = f"{self.code}: {self.summary}" if self.code else self.summary
        known = [f"HTTP {self.http_status}"] if self.http_status else []
        known += [f"RequestId {self.request_id}"] if self.request_id else []
        known += details
        return f"{text.rstrip('.')} ({', '.join(known)})." if known else text

    def replace(self, **changes: Any) -> AliyunError:
        """Return a new error that differs in the given arguments of the constructor."""
        arguments = {name.lstrip("_"): value for name, value in self.__dict__.items() if not name.startswith("__")}
        return AliyunError(**{**arguments, **changes})

# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection; it can change at any time.

"""What a response of the OpenAPI that was not accepted means, and what a person can do about it."""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

from .._errors import REFUSED, UNKNOWN, AliyunError
from .._http.transport import AMBIGUOUS_STATUSES, TRANSIENT_STATUSES, describe
from .._redaction import Redactor

if TYPE_CHECKING:  # pragma: no cover
    from .._http.transport import Response
    from .operations import Operation
    from .response import ApiResponse

_MAX_FIELD = 1000
_MAX_QUOTE = 300  # of a message, in a sentence
# Where a message goes on with what the server signed.
_DUMP = re.compile(r"[\s,;:(]*\b(the )?(server )?(string ?to ?sign|canonical ?request)\b", re.IGNORECASE)

_CHECK_KEYS = "Check the access key pair and, for temporary credentials, the security token that belongs to it."
_BUSY = "The instance is busy with another change; wait until its status is active."
_STATUS = (
    "See its status with aliyun.elasticsearch.es_instance_info: activating passes, while an instance that is inactive "
    "is frozen, as with an unpaid bill."
)
_CLOCK = "{clock}"
_ALLOW = "A RAM policy has to allow {permissions}."
_IN_PROGRESS = "An earlier request with the same ClientToken is still being processed."
_THROTTLED = "The API is throttling. Run the task again in some minutes, raise retries, or run fewer tasks at once."
_NOT_THE_API = "Something else than the API may have answered; check the endpoint {host} and the proxies of this host."


class ErrorCode(NamedTuple):
    """What a code means: whether the request may be sent again, what is known of it if that does not help, a hint."""

    retryable: bool
    outcome: str
    hint: str = ""


# By code, or by what stands before its first dot; they count whatever the HTTP status beside them is.
# Source: Alibaba Cloud OpenAPI, "Common error codes"; RAM; the error codes of Elasticsearch operations; Terraform
# provider for Alibaba Cloud, NeedRetry and what it retries beside; ECS, "How to ensure idempotence" and error codes.
ERROR_CODES = {
    # These pass by themselves.
    "ConcurrencyUpdateInstanceConflict": ErrorCode(True, REFUSED),
    "InstanceActivating": ErrorCode(True, REFUSED, _BUSY),
    "InstanceDuplicateScheduledTask": ErrorCode(True, REFUSED, _BUSY),
    "InstanceStatusNotSupportCurrentAction": ErrorCode(True, REFUSED, _STATUS),
    "QPS Limit Exceeded": ErrorCode(True, REFUSED),
    "Throttling": ErrorCode(True, REFUSED, _THROTTLED),
    "InternalError": ErrorCode(True, UNKNOWN),
    "InternalServerError": ErrorCode(True, UNKNOWN),
    "ServiceUnavailable": ErrorCode(True, UNKNOWN),
    "SignatureNonceUsed": ErrorCode(True, UNKNOWN),
    # An earlier request is not done yet; what it does is not known.
    "IdempotenceProcessing": ErrorCode(True, UNKNOWN, _IN_PROGRESS),
    "IdempotentProcessing": ErrorCode(True, UNKNOWN, _IN_PROGRESS),
    "LastTokenProcessing": ErrorCode(True, UNKNOWN, _IN_PROGRESS),
    "RepetitionOperationError": ErrorCode(True, UNKNOWN, "The same operation is still being processed."),
    "TokenPreviousRequestProcessError": ErrorCode(True, UNKNOWN, _IN_PROGRESS),
    # These say no.
    "Forbidden": ErrorCode(False, REFUSED, _ALLOW),
    "IdempotentParameterMismatch": ErrorCode(
        False,
        REFUSED,
        "The client_token was used before, for another request; each instance and each snapshot needs its own.",
    ),
    "IncompleteSignature": ErrorCode(False, REFUSED),
    "InstanceNotFound": ErrorCode(False, REFUSED, "Check the instance's ID and its region: {host} was asked."),
    "InvalidAccessKeyId": ErrorCode(False, REFUSED, _CHECK_KEYS),
    "InvalidApi": ErrorCode(False, REFUSED),
    "InvalidProduct": ErrorCode(False, REFUSED),
    "InvalidProtocol": ErrorCode(False, REFUSED),
    "InvalidSecurityToken": ErrorCode(False, REFUSED, _CHECK_KEYS),
    "InvalidSignatureMethod": ErrorCode(False, REFUSED),
    "InvalidTimeStamp": ErrorCode(False, REFUSED, _CLOCK),
    "MissingClientToken": ErrorCode(False, REFUSED),
    "MissingSecurityToken": ErrorCode(False, REFUSED, _CHECK_KEYS),
    "NoPermission": ErrorCode(False, REFUSED, _ALLOW),
    "NotAuthorized": ErrorCode(False, REFUSED, _ALLOW),
    "SignatureDoesNotMatch": ErrorCode(False, REFUSED, _CHECK_KEYS),
    "UnsupportedHTTPMethod": ErrorCode(False, REFUSED),
}


def error_for(
    response: Response,
    parsed: ApiResponse,
    operation: Operation,
    *,
    url: str,
    region: str | None,
    now: float,
    redact: Redactor,
) -> AliyunError:
    """Return the error that a response stands for, decided on its Code before the HTTP status.

    ``url`` is the base URL that was asked, ``now`` the local time in seconds since the epoch.
    Source: the error documents that the official ``alibabacloud-tea-openapi`` reads; ECS, "How to ensure idempotence".
    """
    fields = parsed.fields or {}
    retry_after = _retry_after(response)
    is_throttled = retry_after is not None or response.status == 429
    known = _known(parsed.code)
    meaning = known or _by_status(parsed, is_throttled)
    contradicts_itself = parsed.result is True and (known is None or known.retryable)
    is_plain_refusal = known is not None and parsed.result is None
    is_other_success = operation.at_most_once and 200 <= response.status < 300 and not is_plain_refusal
    family = _family(parsed.code)
    hint = operation.hints.get(family) or meaning.hint or _hint_by_status(parsed, operation, is_throttled)
    message, summary = _message(response, parsed, redact)
    return AliyunError(
        message,
        summary=summary,
        outcome=UNKNOWN if contradicts_itself or is_other_success else meaning.outcome,
        code=parsed.code,
        http_status=response.status,
        request_id=parsed.request_id,
        host_id=redact.text(fields.get("hostid"), _MAX_FIELD),
        recommend=redact.text(fields.get("recommend"), _MAX_FIELD),
        retryable=meaning.retryable,
        retry_after=retry_after,
        is_too_long=response.is_too_long,
        hint=hint.format(
            host=urlsplit(url).netloc,
            permissions=operation.permissions_in(region),
            clock=_clock_difference(response.server_time, now),
        ),
    )


def _family(code: str | None) -> str:
    return (code or "").partition(".")[0]


def _known(code: str | None) -> ErrorCode | None:
    """Return the table's row for a code; those that throttle have the word in any place, and never say no for good."""
    known = ERROR_CODES.get(_family(code))
    if "Throttling" in (code or "") and not (known and known.retryable):
        return ERROR_CODES["Throttling"]
    return known


def _by_status(parsed: ApiResponse, is_throttled: bool) -> ErrorCode:
    is_ambiguous = parsed.status in AMBIGUOUS_STATUSES and parsed.code is None
    outcome = UNKNOWN if parsed.status >= 500 or is_ambiguous else REFUSED
    if is_throttled:
        return ErrorCode(True, outcome)
    if parsed.status < 300 and parsed.code is None and parsed.result is not False:
        return ErrorCode(False, UNKNOWN)
    return ErrorCode(parsed.status in TRANSIENT_STATUSES, outcome)


def _hint_by_status(parsed: ApiResponse, operation: Operation, is_throttled: bool) -> str:
    if parsed.status == 403:
        return _ALLOW if parsed.fields else f"{_ALLOW} {_NOT_THE_API}"
    if is_throttled:
        return _THROTTLED
    if parsed.fields is None:
        return _NOT_THE_API
    return operation.hints.get("Result: false", "") if parsed.result is False else ""


def _message(response: Response, parsed: ApiResponse, redact: Redactor) -> tuple[str, str | None]:
    """Return the message and its summary, None where that is the same."""
    if parsed.fields is not None:
        message = redact.text(parsed.fields.get("message"), _MAX_FIELD)
        if message is not None:
            return message, _summary(message)
        if parsed.result is False:
            return "The API answered 'Result: false' and gave no reason.", None
        if parsed.fields.get("code"):
            return "The API gave no message.", None
    return describe(response, redact, "the API"), None


def _summary(message: str) -> str:
    dump = _DUMP.search(message)
    cause = message[: dump.start()] if dump else message
    return Redactor()(cause, _MAX_QUOTE) or "The server signed something else."


def _retry_after(response: Response) -> float | None:
    """Return the wait in seconds that a throttling response asks for (``x-acs-retry-after``, in milliseconds)."""
    value = response.headers.get("x-acs-retry-after", "").strip()
    if response.status < 400 or not re.fullmatch(r"[0-9]{1,15}", value):
        return None
    return int(value) / 1000 or None


def _clock_difference(server_time: float | None, now: float) -> str:
    if server_time is None:
        return "Check this host's clock; the response does not tell the server's time."
    seconds = round(now - server_time)
    direction = "ahead of" if seconds > 0 else "behind"
    shown = time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(server_time))
    return f"This host's clock is {abs(seconds)} seconds {direction} the server's ({shown}); 900 are allowed."

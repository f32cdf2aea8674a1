# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection; it can change at any time.

"""Judge an HTTP answer: is it what was asked for, a refusal, a passing state, or no answer of the API at all?"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from ansible_collections.aliyun.elasticsearch.plugins.module_utils._document import parse_document
from ansible_collections.aliyun.elasticsearch.plugins.module_utils._errors import REFUSED, UNKNOWN, AliyunError
from ansible_collections.aliyun.elasticsearch.plugins.module_utils._response import (
    BROKEN_OFF_STATUSES,
    TRANSIENT_STATUSES,
    describe,
)

if TYPE_CHECKING:  # pragma: no cover
    from collections.abc import Callable

    from ansible_collections.aliyun.elasticsearch.plugins.module_utils._document import Fields
    from ansible_collections.aliyun.elasticsearch.plugins.module_utils._response import Response
    from ansible_collections.aliyun.elasticsearch.plugins.module_utils._text import Cleaner

# Codes that pass by themselves, and what is known of the request when they do not.
# Source: Terraform provider for Alibaba Cloud, NeedRetry; ECS, "How to ensure idempotence".
_TRANSIENT = {
    "ConcurrencyUpdateInstanceConflict": REFUSED,
    "InstanceActivating": REFUSED,
    "InstanceDuplicateScheduledTask": REFUSED,
    "InstanceStatusNotSupportCurrentAction": REFUSED,
    "QPS Limit Exceeded": REFUSED,
    "InternalError": UNKNOWN,
    "InternalServerError": UNKNOWN,
    "ServiceUnavailable": UNKNOWN,
    "SignatureNonceUsed": UNKNOWN,
    "TokenPreviousRequestProcessError": UNKNOWN,
}
# Codes that say no whatever the status beside them, with what may follow a dot.
# Source: Alibaba Cloud OpenAPI, "Common error codes"; RAM; the error codes of Elasticsearch operations.
_PERMANENT = (
    "Forbidden",
    "IdempotentParameterMismatch",
    "IncompleteSignature",
    "InstanceNotFound",
    "InvalidAccessKeyId",
    "InvalidApi",
    "InvalidProduct",
    "InvalidProtocol",
    "InvalidSecurityToken",
    "InvalidSignatureMethod",
    "InvalidTimeStamp",
    "MissingClientToken",
    "MissingSecurityToken",
    "NoPermission",
    "NotAuthorized",
    "SignatureDoesNotMatch",
    "UnsupportedHTTPMethod",
)
_SUCCESS_CODES = ("200", "ok", "success")

_LONGEST_FIELD = 1000
_LONGEST_ID = 128


class Answer(NamedTuple):
    """What the API answered: the fields of its document by lower-case name, its RequestId where it gave one, and when.

    C(server_time) is by the server's clock, in seconds since the epoch, None where it did not say. C(attempts) is how
    many times the request was tried, 0 where nobody counted.
    """

    fields: Fields
    request_id: str | None
    server_time: float | None = None
    attempts: int = 0


def judge(
    response: Response,
    accepts: Callable[[Fields], bool],
    clean: Cleaner,
    advise: Callable[[AliyunError, Response, Fields | None], str],
) -> Answer:
    """Return the answer if its status is 2xx, it has no error code, and C(accepts) takes its fields.

    C(advise) returns the advice for an error, from the answer and, where it is a document of the API, its fields.
    Raises AliyunError for everything else, decided on C(Code) before the status.
    Source: the error documents that the official C(alibabacloud-tea-openapi) reads; ECS, "How to ensure idempotence".
    """
    fields = None if response.is_too_long else parse_document(response.body)
    words = fields or {}
    in_header = response.headers.get("x-acs-request-id")
    request_id = _clean_text(words.get("requestid"), clean, _LONGEST_ID) or _clean_text(in_header, clean, _LONGEST_ID)
    code = _clean_text(words.get("code"), clean, _LONGEST_ID)
    if code is not None and code.lower() in _SUCCESS_CODES:
        code = None
    if fields is not None and 200 <= response.status < 300 and code is None and accepts(fields):
        return Answer(fields, request_id, response.server_time)

    retry_after = _retry_after(response)
    retryable, outcome = _verdict(response.status, code, words, throttled=retry_after is not None)
    error = AliyunError(
        _message(response, fields, clean),
        outcome=outcome,
        code=code,
        http_status=response.status,
        request_id=request_id,
        host_id=_clean_text(words.get("hostid"), clean),
        recommend=_clean_text(words.get("recommend"), clean),
        retryable=retryable,
        retry_after=retry_after,
    )
    error.advice = advise(error, response, fields)
    raise error


def _verdict(status: int, code: str | None, words: Fields, *, throttled: bool) -> tuple[bool, str]:
    """Return whether the request may be sent again, and what is known of it if that does not help."""
    family = (code or "").partition(".")[0]
    broken_off = status in BROKEN_OFF_STATUSES and code is None
    by_status = UNKNOWN if status >= 500 or broken_off else REFUSED
    if family in _TRANSIENT:
        return True, _TRANSIENT[family]
    if "Throttling" in (code or ""):
        return True, REFUSED
    if family in _PERMANENT:
        return False, REFUSED
    if throttled or status == 429:
        return True, by_status
    if status < 300 and code is None and words.get("result") is not False:
        return False, UNKNOWN
    return status in TRANSIENT_STATUSES, by_status


def _message(response: Response, fields: Fields | None, clean: Cleaner) -> str:
    if fields is not None:
        message = _clean_text(fields.get("message"), clean)
        if message is not None:
            return message
        if fields.get("result") is False:
            return "The API answered 'Result: false' and gave no reason."
        if fields.get("code"):
            return "The API gave no message."
    return describe(response, clean, "the API")


def _retry_after(response: Response) -> float | None:
    """Return the wait in seconds that a throttling answer asks for (C(x-acs-retry-after), in milliseconds)."""
    value = response.headers.get("x-acs-retry-after", "").strip()
    if response.status < 400 or not re.fullmatch(r"[0-9]{1,15}", value):
        return None
    return int(value) / 1000 or None


def _clean_text(value: object, clean: Cleaner, limit: int = _LONGEST_FIELD) -> str | None:
    return (clean(value, limit) or None) if isinstance(value, str) else None

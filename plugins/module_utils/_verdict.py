# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection; it can change at any time.

"""What an answer of the API that was not accepted means: a refusal, a passing state, or no answer of it at all?"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ansible_collections.aliyun.elasticsearch.plugins.module_utils._errors import REFUSED, UNKNOWN, AliyunError
from ansible_collections.aliyun.elasticsearch.plugins.module_utils._response import (
    BROKEN_OFF_STATUSES,
    TRANSIENT_STATUSES,
    describe,
)

if TYPE_CHECKING:  # pragma: no cover
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
_LONGEST_FIELD = 1000


def verdict(
    response: Response, fields: Fields | None, clean: Cleaner, *, code: str | None, request_id: str | None
) -> AliyunError:
    """Return the error that an answer stands for, decided on its C(Code) before the status.

    C(fields) are those of the answer's document by lower-case name, None where it is none of the API.
    Source: the error documents that the official C(alibabacloud-tea-openapi) reads; ECS, "How to ensure idempotence".
    """
    words = fields or {}
    retry_after = _retry_after(response)
    retryable, outcome = _consequence(response.status, code, words, throttled=retry_after is not None)
    if words.get("result") is True and _family(code) not in _PERMANENT:
        outcome = UNKNOWN  # it contradicts itself
    return AliyunError(
        _message(response, fields, clean),
        outcome=outcome,
        code=code,
        http_status=response.status,
        request_id=request_id,
        host_id=clean.field(words.get("hostid"), _LONGEST_FIELD),
        recommend=clean.field(words.get("recommend"), _LONGEST_FIELD),
        retryable=retryable,
        retry_after=retry_after,
    )


def _consequence(status: int, code: str | None, words: Fields, *, throttled: bool) -> tuple[bool, str]:
    """Return whether the request may be sent again, and what is known of it if that does not help."""
    family = _family(code)
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


def _family(code: str | None) -> str:
    return (code or "").partition(".")[0]


def _message(response: Response, fields: Fields | None, clean: Cleaner) -> str:
    if fields is not None:
        message = clean.field(fields.get("message"), _LONGEST_FIELD)
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

# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection; it can change at any time.

"""Judge an HTTP answer of the API: is it what was asked for?"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from ansible_collections.aliyun.elasticsearch.plugins.module_utils._document import parse_document

if TYPE_CHECKING:  # pragma: no cover
    from collections.abc import Callable

    from ansible_collections.aliyun.elasticsearch.plugins.module_utils._document import Fields
    from ansible_collections.aliyun.elasticsearch.plugins.module_utils._errors import AliyunError
    from ansible_collections.aliyun.elasticsearch.plugins.module_utils._response import Response
    from ansible_collections.aliyun.elasticsearch.plugins.module_utils._text import Cleaner

_SUCCESS_CODES = ("0", "200", "ok", "success")
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
    Raises AliyunError for everything else, see C(verdict).
    Source: Alibaba Cloud Elasticsearch, "CreateSnapshot" (2017-06-13), return values.
    """
    fields = None if response.is_too_long else parse_document(response.body)
    words = fields or {}
    in_header = response.headers.get("x-acs-request-id")
    request_id = clean.field(words.get("requestid"), _LONGEST_ID) or clean.field(in_header, _LONGEST_ID)
    said = words.get("code")
    is_number = isinstance(said, int) and not isinstance(said, bool)
    code = clean.field(str(said) if is_number else said, _LONGEST_ID)
    if code is not None and code.lower() in _SUCCESS_CODES:
        code = None
    if fields is not None and 200 <= response.status < 300 and code is None and accepts(fields):
        return Answer(fields, request_id, response.server_time)

    # Seldom needed, so not paid for by every task.
    from ansible_collections.aliyun.elasticsearch.plugins.module_utils._verdict import verdict

    error = verdict(response, fields, clean, code=code, request_id=request_id)
    error.advice = advise(error, response, fields)
    raise error

# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection; it can change at any time.

"""Judge what a cluster itself answers: a document, or an error in Elasticsearch's own shape."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from ansible_collections.aliyun.elasticsearch.plugins.module_utils._advice import NEEDS_PRIVILEGES
from ansible_collections.aliyun.elasticsearch.plugins.module_utils._errors import REFUSED, UNKNOWN, AliyunError
from ansible_collections.aliyun.elasticsearch.plugins.module_utils._response import (
    BROKEN_OFF_STATUSES,
    TRANSIENT_STATUSES,
    describe,
)

if TYPE_CHECKING:  # pragma: no cover
    from ansible_collections.aliyun.elasticsearch.plugins.module_utils._response import Response
    from ansible_collections.aliyun.elasticsearch.plugins.module_utils._text import Cleaner

_LONGEST_REASON = 1000
_LONGEST_TYPE = 128
_EXAMINED = 100_000  # characters of a text that may be as long as the whole answer
_ADVICE = {
    401: "Check cluster_username and cluster_password or, through the OpenAPI, the credential.",
    403: f"The user of the cluster {NEEDS_PRIVILEGES}",
    429: "The cluster is overloaded; raise retries or retry_max_delay.",
}


def read_answer(response: Response, clean: Cleaner) -> object:
    """Return the JSON document of a 2xx answer that came straight from a cluster.

    Raises AliyunError for everything else.
    """
    document = None if response.is_too_long else _parse(response.body)
    if isinstance(document, dict) and "error" in document:
        raise _error(document, response.status, clean)
    if isinstance(document, (dict, list)) and 200 <= response.status < 300:
        return document
    raise AliyunError(
        describe(response, clean, "Elasticsearch"),
        outcome=UNKNOWN if response.status < 300 or response.status in BROKEN_OFF_STATUSES else REFUSED,
        http_status=response.status,
        retryable=_is_transient(response.status),
        advice=_ADVICE.get(response.status, ""),
    )


def read_result(result: object, clean: Cleaner) -> object:
    """Return the document that the OpenAPI passed on from a cluster, as it is or as a JSON text.

    Raises AliyunError for an error of Elasticsearch, and for what is no document.
    Source: C(alibabacloud-elasticsearch20170613), InvokeEsRequest: Elasticsearch's answer "as-is", of any structure.
    """
    document = _parse(result.encode("utf-8", "replace")) if isinstance(result, str) else result
    if isinstance(document, dict) and "error" in document:
        status = document.get("status")
        raise _error(document, status if isinstance(status, int) and not isinstance(status, bool) else None, clean)
    if isinstance(document, (dict, list)):
        return document
    excerpt = clean(str(result)[:_EXAMINED], _LONGEST_TYPE)
    raise AliyunError(f"What the OpenAPI passed on from the cluster is no document: {excerpt!r}", outcome=UNKNOWN)


def _parse(text: bytes) -> object:
    try:
        document: object = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return document


def _error(document: dict[str, object], status: int | None, clean: Cleaner) -> AliyunError:
    # Elasticsearch's error is an object with type and reason, or, from some of its parts, a text.
    error = document["error"]
    words = error if isinstance(error, dict) else {"reason": error}
    kind = words.get("type")
    return AliyunError(
        clean(str(words.get("reason") or "Elasticsearch gave no reason.")[:_EXAMINED], _LONGEST_REASON),
        outcome=REFUSED,
        code=clean(kind[:_EXAMINED], _LONGEST_TYPE) if isinstance(kind, str) else None,
        http_status=status,
        retryable=_is_transient(status),
        advice=_ADVICE.get(status or 0, ""),
    )


def _is_transient(status: int | None) -> bool:
    return status == 429 or status in TRANSIENT_STATUSES

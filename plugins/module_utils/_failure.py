# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection; it can change at any time.

"""The one shape in which modules report a failure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # pragma: no cover
    from collections.abc import Mapping

    from ansible_collections.aliyun.elasticsearch.plugins.module_utils._errors import AliyunError


def failure(error: AliyunError, consequences: Mapping[str, tuple[str, str]]) -> dict[str, Any]:
    """Return the arguments of fail_json for a failure; the message has what it means, then why, then what to do.

    C(consequences) has, by outcome, a sentence on what became of that which was asked for, and one on the next step.
    What the error has in C(more) wins.
    """
    request_id = error.request_id or error.earlier_request_id
    details = [f"earlier RequestId {request_id}"] if request_id and not error.request_id else []
    details += [f"{error.attempts} attempt{'s' if error.attempts > 1 else ''}"] if error.attempts else []
    verdict, next_step = consequences[error.outcome]
    if error.more.get("request_id"):  # that of an earlier answer, which the error is not about
        verdict = f"{verdict.rstrip('.')} (RequestId {error.more['request_id']})."
    sentences = [
        verdict,
        error.reason(*details),
        error.advice,
        f"An earlier attempt leaves it open: {error.earlier}" if error.earlier else "",
        next_step,
    ]
    return {
        "msg": " ".join(sentence for sentence in sentences if sentence),
        "changed": False,
        "outcome": error.outcome,
        "attempts": error.attempts,
        "request_id": request_id,
        "error": {
            "code": error.code,
            "message": error.message,
            "http_status": error.http_status,
            "request_id": request_id,
            "host_id": error.host_id,
            "recommend": error.recommend,
        },
        **error.more,
    }

# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Send a request as a test needs it: over a real connection, with short time limits, unsigned."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from ansible_collections.aliyun.elasticsearch.plugins.module_utils._errors import AliyunError
from ansible_collections.aliyun.elasticsearch.plugins.module_utils._http.transport import Hints, Response, Transport

PATH = "/openapi/instances/es-1/snapshots?ClientToken=token-1"
PASSWORD = "sesame-open"  # no message may hold it
NO_CA = "The CA certificates cannot be read."
HINTS = Hints("slow", "unknown host", "unknown issuer", "plain HTTP", "unreadable CA")


def unsigned(request: Any) -> Any:
    return request


def new_transport(
    *, connect_timeout: float = 5, read_timeout: float = 5, verify: bool | str = True, session: Any = None
) -> Transport:
    return Transport(
        connect_timeout=connect_timeout,
        read_timeout=read_timeout,
        verify=verify,
        product="product/1.0",
        hints=HINTS,
        session=session,
    )


def post(url: str, auth: Callable[[Any], Any] = unsigned, **options: Any) -> Response:
    return new_transport(**options).send("POST", url + PATH, auth)


def failure(url: str, **options: Any) -> AliyunError:
    with pytest.raises(AliyunError) as caught:
        post(url, **options)
    error = caught.value
    assert error.message.isprintable()
    assert len(error.message) < 500
    assert PASSWORD not in error.message
    assert (error.code, error.http_status, error.request_id) == (None, None, None)
    return error


def kind(error: AliyunError) -> tuple[str, bool]:
    return error.outcome, error.retryable


class FailingSession:
    """Stands in for a session where what it raises can hardly be brought about on the loopback interface."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    def request(self, *_arguments: object, **_options: object) -> None:
        raise self._error

# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A client of the OpenAPI whose transport returns what a test tells it to."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterator, Mapping
from types import SimpleNamespace
from typing import Any, Union
from urllib.parse import parse_qsl

import pytest
import requests
from alibabacloud_tea_openapi.utils import Utils

from ansible_collections.aliyun.elasticsearch.plugins.module_utils import signing
from ansible_collections.aliyun.elasticsearch.plugins.module_utils._errors import AliyunError
from ansible_collections.aliyun.elasticsearch.plugins.module_utils._http.retry import RetryPolicy
from ansible_collections.aliyun.elasticsearch.plugins.module_utils._http.transport import Response
from ansible_collections.aliyun.elasticsearch.plugins.module_utils._openapi.client import Client
from ansible_collections.aliyun.elasticsearch.plugins.module_utils._openapi.credentials import Credentials
from ansible_collections.aliyun.elasticsearch.plugins.module_utils._openapi.operations import Operation
from ansible_collections.aliyun.elasticsearch.plugins.module_utils._openapi.response import ApiResponse

KEYS = Credentials("the-id", "the-secret")
TEMPORARY_KEYS = Credentials("the-id", "the-secret", "the-token")

OPERATION = Operation(
    action="CreateSnapshot",
    method="POST",
    path="/openapi/instances/es-1/snapshots",
    query=[("ClientToken", "a token+/=%")],
    accepts=lambda result: result is True,
    permissions=[("CreateSnapshot", "instances/es-1")],
    hints={"Result: false": "Look whether another one is running."},
    max_bytes=54321,
)

Step = Union[Response, AliyunError]


class FakeTransport:
    """Returns or raises its steps in order, and keeps the requests as they would be sent; it has no more than those."""

    def __init__(self, steps: list[Step], max_bytes: int = OPERATION.max_bytes) -> None:
        self._steps = steps
        self._max_bytes = max_bytes
        self.urls: list[str] = []
        self.sent: list[requests.PreparedRequest] = []

    def send(
        self,
        method: str,
        url: str,
        auth: Callable[[Any], Any],
        *,
        body: bytes | None,
        content_type: str | None,
        max_bytes: int,
    ) -> Response:
        assert max_bytes == self._max_bytes
        self.urls.append(url)
        headers = {"content-type": content_type} if content_type else {}
        self.sent.append(requests.Request(method, url, headers=headers, data=body, auth=auth).prepare())
        assert len(self.sent) <= len(self._steps), f"{method} {url} is one request too many"
        step = self._steps[len(self.sent) - 1]
        if isinstance(step, AliyunError):
            raise step
        return step

    def assert_used_up(self) -> None:
        assert len(self.sent) == len(self._steps), "fewer requests than steps"


class FakeClient:
    """A client with such a transport; the requests it sent and how long it slept. Its clock goes on by itself."""

    def __init__(
        self,
        *steps: Step,
        operation: Operation = OPERATION,
        retries: int = 5,
        max_delay: float = 20,
        credentials: Credentials = KEYS,
        region: Any = "r",
    ) -> None:
        self.operation = operation
        self.transport = FakeTransport(list(steps), operation.max_bytes)
        self.slept: list[float] = []
        nonces = (f"nonce-{number}" for number in itertools.count(1))
        self.seconds: Iterator[int] = itertools.count(0)
        self.client = Client(
            "https://example.test:8443",
            region,
            credentials,
            self.transport,  # type: ignore[arg-type]
            RetryPolicy(retries, max_delay, lambda: 1.0),
            clock=lambda: float(next(self.seconds)),
            nonce=lambda: next(nonces),
            sleep=self.slept.append,
        )

    def call(self) -> ApiResponse:
        response = self.client.call(self.operation)
        self.transport.assert_used_up()
        return response

    def fail(self) -> AliyunError:
        with pytest.raises(AliyunError) as caught:
            self.client.call(self.operation)
        self.transport.assert_used_up()
        return caught.value

    def pages(self) -> list[ApiResponse]:
        responses = list(self.client.pages(self.operation))
        self.transport.assert_used_up()
        return responses


def response(status: int = 200, headers: Mapping[str, str] | None = None, /, **fields: object) -> Response:
    """Return an HTTP response whose body is a JSON object of the fields."""
    return Response(status, headers or {}, json.dumps(fields).encode())


def assert_signed(request: requests.PreparedRequest, credentials: Credentials = KEYS) -> None:
    """Assert that the official library signs the request in the same way."""
    path, _mark, query = request.path_url.partition("?")
    names = request.headers["Authorization"].split("SignedHeaders=")[1].split(",")[0].split(";")
    body = request.body or b""
    assert isinstance(body, bytes)
    signed = SimpleNamespace(
        method=request.method,
        pathname=path,
        query=dict(parse_qsl(query, keep_blank_values=True, strict_parsing=bool(query))),
        headers={name: request.headers[name] for name in names},
    )
    assert request.headers["Authorization"] == Utils.get_authorization(
        signed,
        signing.ALGORITHM,
        signing.payload_hash(body),
        credentials.access_key_id,
        credentials.access_key_secret,
    )


def attempt(response: Response, operation: Operation = OPERATION, credentials: Credentials = KEYS) -> ApiResponse:
    """Return what a client makes of a response to one attempt; it raises AliyunError where that is not accepted."""
    return FakeClient(response, operation=operation, credentials=credentials).client.attempt(operation)

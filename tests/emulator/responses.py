# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Responses before they are sent, in the OpenAPI's format and in Elasticsearch's."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from datetime import datetime
from email.utils import format_datetime
from typing import Any, Protocol
from xml.sax.saxutils import escape

from aiohttp import web

JSON_TYPE = "application/json;charset=utf-8"
# The official client reads XML only under exactly this spelling.
XML_TYPE = "text/xml;charset=utf-8"
ELASTICSEARCH_TYPE = "application/json; charset=UTF-8"


@dataclass(frozen=True)
class Response:
    """One complete HTTP response, not yet sent; ``code`` is the error code in its body, for the journal."""

    status: int
    body: bytes = b""
    content_type: str = JSON_TYPE
    headers: dict[str, str] = field(default_factory=dict)
    code: str | None = None

    def to_aiohttp(self) -> web.Response:
        """Return the response as aiohttp sends it."""
        headers = dict(self.headers)
        if self.content_type and "content-type" not in {name.lower() for name in headers}:
            headers["Content-Type"] = self.content_type
        return web.Response(status=self.status, body=self.body, headers=headers)


class ApiError(Exception):
    """A request that the OpenAPI refuses with an error document."""

    def __init__(self, status: int, code: str, message: str, details: dict[str, Any] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.details = details or {}


class Format(Protocol):
    """What a fault has to know of the server it happens on, so that one fault fits both."""

    @property
    def headers(self) -> dict[str, str]:
        """Return the headers that every response has there."""

    @property
    def date(self) -> str | None:
        """Return the date that responses have there, if they have one."""

    @property
    def elsewhere(self) -> str:
        """Return an address of the same server that a client has no reason to ask for."""

    def error(self, error: ApiError, headers: dict[str, str] | None = None, *, xml: bool = False) -> Response:
        """Return an error document."""

    def throttle(self, status: int, code: str, retry_after_ms: int | None) -> Response:
        """Return the error for a caller who is too fast."""

    def result(self, value: Any) -> Response:
        """Return a success with this result."""

    def cluster(self, status: int, document: Any, indent: int | None = None) -> Response:
        """Return what a cluster responds."""

    def passed_on(self, status: int, body: bytes, content_type: str) -> Response:
        """Return what a real cluster responded."""


@dataclass(frozen=True)
class OpenApiFormat:
    """The OpenAPI's documents."""

    request_id: str
    scheme: str
    host: str
    now: datetime
    result_as_text: bool = False

    @property
    def headers(self) -> dict[str, str]:
        """Return the request ID."""
        return {"x-acs-request-id": self.request_id}

    @property
    def date(self) -> str:
        """Return the date by the emulator's clock."""
        return format_datetime(self.now, usegmt=True)

    @property
    def elsewhere(self) -> str:
        """Return a path of the OpenAPI, where a client that follows a redirect is seen."""
        return f"{self.scheme}://{self.host}/openapi/redirected"

    def error(self, error: ApiError, headers: dict[str, str] | None = None, *, xml: bool = False) -> Response:
        """Return the documented error document."""
        document = {
            "RequestId": self.request_id,
            "HostId": self.host,
            "Code": error.code,
            "Message": error.message,
            "Recommend": f"https://api.aliyun.com/troubleshoot?q={error.code}&product=elasticsearch",
            **error.details,
        }
        if xml:
            fields = "".join(f"<{name}>{escape(str(value))}</{name}>" for name, value in document.items())
            body, content_type = f'<?xml version="1.0" encoding="UTF-8"?>\n<Error>{fields}</Error>', XML_TYPE
        else:
            body, content_type = json.dumps(document), JSON_TYPE
        return Response(error.status, body.encode(), content_type, {**self.headers, **(headers or {})}, error.code)

    def throttle(self, status: int, code: str, retry_after_ms: int | None) -> Response:
        """Return the error of the flow control."""
        headers = {} if retry_after_ms is None else {"x-acs-retry-after": str(retry_after_ms)}
        return self.error(ApiError(status, code, "Request was denied due to user flow control."), headers)

    def result(self, value: Any, headers: dict[str, Any] | None = None) -> Response:
        """Return the documented JSON of an accepted request; ``headers`` are those that stand in the document."""
        document = {"RequestId": self.request_id, **({"Headers": headers} if headers else {}), "Result": value}
        return Response(200, json.dumps(document).encode(), headers=self.headers)

    def cluster(self, status: int, document: Any, indent: int | None = None) -> Response:
        """Return what a cluster responds as the result of InvokeEsRequest, an error of it too."""
        return self.result(compact(document, indent) if self.result_as_text else document)

    def passed_on(self, status: int, body: bytes, content_type: str) -> Response:
        """Return what a real cluster responded as the result of InvokeEsRequest; what is no JSON is a text."""
        text = body.decode("utf-8", "replace")
        try:
            return self.result(text if self.result_as_text else json.loads(text))
        except ValueError:
            return self.result(text)

    def xml_result(self) -> Response:
        """Return the documented XML of an accepted request, which has no root element."""
        body = f"<Result>true</Result><RequestId>{self.request_id}</RequestId>"
        return Response(200, body.encode(), XML_TYPE, self.headers)


@dataclass(frozen=True)
class ElasticsearchFormat:
    """Elasticsearch's documents."""

    address: str = ""
    date: str | None = None

    @property
    def headers(self) -> dict[str, str]:
        """Return nothing: there are no such headers."""
        return {}

    @property
    def elsewhere(self) -> str:
        """Return a path of the cluster, where a client that follows a redirect is seen."""
        return f"{self.address}/redirected"

    def error(self, error: ApiError, headers: dict[str, str] | None = None, *, xml: bool = False) -> Response:
        """Return Elasticsearch's error document, which is always JSON."""
        return self.document(error.status, error_document(error.status, error.code, error.message), headers)

    def throttle(self, status: int, code: str, retry_after_ms: int | None) -> Response:
        """Return the error of a full queue, which is always the same."""
        reason = "rejected execution of the request: the queue is full"
        return self.error(ApiError(429, "es_rejected_execution_exception", reason))

    def result(self, value: Any) -> Response:
        """Return the value as the whole document."""
        return self.document(200, value)

    def cluster(self, status: int, document: Any, indent: int | None = None) -> Response:
        """Return what the cluster responds."""
        return Response(status, compact(document, indent).encode(), ELASTICSEARCH_TYPE)

    def passed_on(self, status: int, body: bytes, content_type: str) -> Response:
        """Return exactly what a real cluster responded, but for its headers."""
        return Response(status, body, content_type)

    def document(self, status: int, document: Any, headers: dict[str, str] | None = None) -> Response:
        """Return a response of the cluster with headers of its own."""
        return replace(self.cluster(status, document), headers=headers or {})


def error_document(
    status: int, kind: str, reason: str | None, header: dict[str, str] | None = None, **more: Any
) -> dict[str, Any]:
    """Return Elasticsearch's error document; ``header`` is in it where the real one repeats a header there."""
    cause: dict[str, Any] = {"type": kind, "reason": reason}
    if header:
        cause["header"] = header
    return {"error": {"root_cause": [cause], **cause, **more}, "status": status}


def compact(document: Any, indent: int | None = None) -> str:
    """Write a document as Elasticsearch does: JSON without a blank, or with an indent where one asks for it."""
    return json.dumps(document, separators=(",", ":") if indent is None else (",", " : "), indent=indent)

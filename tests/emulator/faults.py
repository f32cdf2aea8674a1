# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The kinds of faults in which what a response says is wrong, and the table of all kinds."""

from __future__ import annotations

import base64
import gzip
from dataclasses import replace
from typing import Annotated, Any, Literal, Optional, Union, get_args

from pydantic import Field, model_validator

from .fields import (
    MAX_BODY,
    Depth,
    Document,
    Headers,
    MaybeBase64,
    MaybeHeaderValue,
    MaybeMilliseconds,
    MaybeText,
    Padding,
    Size,
    Status,
    When,
)
from .responses import XML_TYPE, ApiError, Format, OpenApiFormat, Response, error_document
from .wire import Drop, Fault, Reset, Stall, Trickle, Truncate

HTML = "<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>\n"


class Error(Fault):
    """An error document in the server's format."""

    kind: Literal["error"]
    status: Status = 500
    code: str = "InternalError"
    message: str = "The request processing has failed due to some unknown error."
    headers: Headers = Field(default_factory=dict)
    format: Literal["json", "xml"] = "json"

    def respond(self, good: Response, form: Format) -> Response:
        return form.error(ApiError(self.status, self.code, self.message), self.headers, xml=self.format == "xml")


class Throttle(Fault):
    """The error for a caller who is too fast."""

    kind: Literal["throttle"]
    status: Status = 400
    code: str = "Throttling.User"
    retry_after_ms: MaybeMilliseconds = None

    def respond(self, good: Response, form: Format) -> Response:
        return form.throttle(self.status, self.code, self.retry_after_ms)


class NonceUsed(Fault):
    """The error for a nonce that comes twice, given to one that did not."""

    kind: Literal["nonce_used"]

    @classmethod
    def is_for(cls, operation: str | None, is_openapi: bool) -> bool:
        return is_openapi

    def respond(self, good: Response, form: Format) -> Response:
        return form.error(ApiError(400, "SignatureNonceUsed", "Specified signature nonce was used already."))


class InProgress(Fault):
    """The error for a client token whose first request is still being processed."""

    kind: Literal["in_progress"]

    @classmethod
    def is_for(cls, operation: str | None, is_openapi: bool) -> bool:
        return operation == "CreateSnapshot"

    def respond(self, good: Response, form: Format) -> Response:
        message = "The previous request with the same token is being processed."
        return form.error(ApiError(400, "TokenPreviousRequestProcessError", message))


class Result(Fault):
    """A success with another result."""

    kind: Literal["result"]
    value: Any = False

    def respond(self, good: Response, form: Format) -> Response:
        return form.result(self.value)


class ClusterError(Fault):
    """An error of the cluster, by InvokeEsRequest the result."""

    kind: Literal["cluster_error"]
    status: Status = 503
    type: str = "master_not_discovered_exception"
    reason: MaybeText = None

    @classmethod
    def is_for(cls, operation: str | None, is_openapi: bool) -> bool:
        return operation == "InvokeEsRequest" or (operation is not None and not is_openapi)

    def respond(self, good: Response, form: Format) -> Response:
        return form.cluster(self.status, error_document(self.status, self.type, self.reason))

    def cluster_status(self, response: Response | None) -> int:
        return self.status


class RepeatedText(Document):
    """A text, and how often it is repeated."""

    text: str
    count: Size

    @model_validator(mode="after")
    def _fits(self) -> RepeatedText:
        if len(self.text.encode()) * self.count > MAX_BODY:
            raise ValueError(f"makes more than {MAX_BODY} bytes")
        return self


class RawResponse(Fault):
    """Exactly what the test writes."""

    kind: Literal["response"]
    status: Status = 200
    content_type: MaybeHeaderValue = "application/json"
    headers: Headers = Field(default_factory=dict)
    body: str = ""
    body_base64: MaybeBase64 = None
    body_repeat: Optional[RepeatedText] = None  # noqa: UP045 (Python 3.9 evaluates it)

    @model_validator(mode="after")
    def _one_body(self) -> RawResponse:
        bodies = ("body", "body_base64", "body_repeat")
        if len(self.model_fields_set.intersection(bodies)) > 1:
            raise ValueError(f"give only one of {', '.join(bodies)}")
        return self

    def respond(self, good: Response, form: Format) -> Response:
        body = self.body.encode() if self.body_base64 is None else base64.b64decode(self.body_base64)
        if self.body_repeat is not None:
            body = self.body_repeat.text.encode() * self.body_repeat.count
        return Response(self.status, body, self.content_type or "", self.headers)


class Html(Fault):
    """The page of a proxy that stands between."""

    kind: Literal["html"]
    status: Status = 502

    def respond(self, good: Response, form: Format) -> Response:
        return Response(self.status, HTML.encode(), "text/html")


class Empty(Fault):
    """No body at all."""

    kind: Literal["empty"]
    status: Status = 200

    def respond(self, good: Response, form: Format) -> Response:
        return Response(self.status, headers=form.headers)


class Entities(Fault):
    """An XML error document that grows to gigabytes where entities are expanded."""

    kind: Literal["entities"]
    status: Status = 200

    def respond(self, good: Response, form: Format) -> Response:
        levels = "".join(f'<!ENTITY e{level} "{f"&e{level - 1};" * 10}">' for level in range(1, 10))
        body = f'<?xml version="1.0"?><!DOCTYPE Error [<!ENTITY e0 "ha">{levels}]><Error><Code>&e9;</Code></Error>'
        return Response(self.status, body.encode(), XML_TYPE, form.headers)


class Redirect(Fault):
    """A redirect, by default to a path of the same server, where a client that follows is seen."""

    kind: Literal["redirect"]
    status: Status = 302
    location: MaybeHeaderValue = None

    def respond(self, good: Response, form: Format) -> Response:
        return Response(self.status, headers={"Location": self.location or form.elsewhere, **form.headers})


class Xml(Fault):
    """The success of CreateSnapshot as XML."""

    kind: Literal["xml"]
    when: When = "after"

    @classmethod
    def is_for(cls, operation: str | None, is_openapi: bool) -> bool:
        return operation == "CreateSnapshot"

    def respond(self, good: Response, form: Format) -> Response:
        assert isinstance(form, OpenApiFormat)
        return form.xml_result()


class Gzip(Fault):
    """The good response, compressed without being asked."""

    kind: Literal["gzip"]
    when: When = "after"

    def respond(self, good: Response, form: Format) -> Response:
        return replace(good, body=gzip.compress(good.body), headers={**good.headers, "Content-Encoding": "gzip"})


class Oversize(Fault):
    """The good response, valid JSON still, and far too long."""

    kind: Literal["oversize"]
    when: When = "after"
    bytes: Padding = 2 * 1024 * 1024

    def respond(self, good: Response, form: Format) -> Response:
        without = len(_with_member(good, "Padding", b'""').body)
        return _with_member(good, "Padding", b'"%s"' % (b"x" * max(self.bytes - without, 0)))


class Nested(Fault):
    """The good response, valid JSON still, and far too deep."""

    kind: Literal["nested"]
    when: When = "after"
    depth: Depth = 100_000

    def respond(self, good: Response, form: Format) -> Response:
        return _with_member(good, "Nested", b"[" * self.depth + b"]" * self.depth)


def _with_member(good: Response, name: str, value: bytes) -> Response:
    """Return the response with one more member in its object, or one more item in its list."""
    key = b'"%s": ' % name.encode() if good.body.endswith(b"}") else b""
    return replace(good, body=good.body[:-1] + b", " + key + value + good.body[-1:])


_AnyFault = Union[
    Error,
    Throttle,
    NonceUsed,
    InProgress,
    Result,
    ClusterError,
    RawResponse,
    Html,
    Empty,
    Entities,
    Redirect,
    Xml,
    Gzip,
    Oversize,
    Nested,
    Trickle,
    Truncate,
    Drop,
    Reset,
    Stall,
]
AnyFault = Annotated[_AnyFault, Field(discriminator="kind")]
KINDS: dict[str, type[Fault]] = {
    get_args(model.model_fields["kind"].annotation)[0]: model for model in get_args(_AnyFault)
}

# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The kinds of faults in which what a response says is wrong, and how a request is served with or without a fault."""

from __future__ import annotations

import base64
import gzip
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from typing import Annotated, Any, Literal, Optional, Union, get_args

from aiohttp import web
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
from .wire import Drop, Fault, Pause, Reset, Stall, Trickle, Truncate

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

    def respond(self, good: Response, form: Format) -> Response:
        return form.error(ApiError(400, "SignatureNonceUsed", "Specified signature nonce was used already."))


class InProgress(Fault):
    """The error for a client token whose first request is still being processed."""

    kind: Literal["in_progress"]

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


_Replacing = Union[
    Error, Throttle, NonceUsed, InProgress, Result, ClusterError, RawResponse, Html, Empty, Entities, Redirect
]
_Spoiling = Union[Xml, Gzip, Oversize, Nested, Trickle, Truncate, Drop, Reset, Stall]
_AnyFault = Union[_Replacing, _Spoiling]
AnyFault = Annotated[_AnyFault, Field(discriminator="kind")]
KINDS: dict[str, type[Fault]] = {
    get_args(model.model_fields["kind"].annotation)[0]: model for model in get_args(_AnyFault)
}


@dataclass(frozen=True)
class Prepared:
    """A request that passed every check: its good response, and what takes effect when it is served."""

    response: Response
    # Lets it take effect, and returns what was done, for the journal.
    commit: Callable[[], str]
    # By which names a stub matches it, the first one first; a request that a cluster refuses has none, and no fault.
    operations: tuple[str, ...]
    # The journal's entry of what a cluster was asked, where one was, and what it costs the cluster.
    record: dict[str, Any] = field(default_factory=dict)
    objects_read: int = 0
    seconds: float = 0.0
    # Has a real cluster do it, and returns what came of that: what is above is good for faults that come before.
    carry_out: Callable[[], Awaitable[Prepared]] | None = None


async def deliver(
    request: web.Request,
    prepared: Prepared,
    fault: Fault | None,
    form: Format,
    pause: Pause,
    note: Callable[[str, Response | None], None],
) -> web.StreamResponse:
    """Serve a request, or let it run into a fault: the one place that knows before and after."""
    done = "nothing done"
    takes_effect = fault is None or fault.when == "after"
    if prepared.carry_out and takes_effect:
        prepared = await prepared.carry_out()
    sent = fault.respond(prepared.response, form) if fault else prepared.response
    prepared.record["response_bytes"] = len(sent.body) if sent else 0
    if takes_effect:
        done = prepared.commit()
        prepared.record.update(objects_read=prepared.objects_read, seconds=prepared.seconds)
    if fault is None:
        note(done, sent)
    else:
        prepared.record.update(fault=fault.kind, status=fault.cluster_status(sent))
        note(f"{done}, then {fault.text}", sent)
    if prepared.seconds and prepared.record.get("objects_read"):
        await pause(prepared.seconds)
    return prepared.response.to_aiohttp() if fault is None else await fault.send(request, sent, form, pause)

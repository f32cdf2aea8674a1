# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""How each misbehaviour is done."""

from __future__ import annotations

import gzip
import socket
import struct
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from email.utils import format_datetime
from http.client import responses
from typing import Any

from aiohttp import web
from multidict import CIMultiDict

from .answers import XML_TYPE, Answer, Refusal, as_response, success, success_xml
from .call import Call
from .faults import Fault
from .state import State

HTML = "<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>\n"

Options = dict[str, Any]
Delivery = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True)
class Plan:
    """What will be done: in words, as an answer if there is one, and the doing itself."""

    deed: str
    answer: Answer | None
    deliver: Delivery


def plan(fault: Fault, call: Call, state: State) -> Plan:
    """Prepare a fault for a call."""
    options = fault.options
    if fault.kind == "drop":
        return Plan("connection dropped", None, _drop)
    if fault.kind == "reset":
        return Plan("connection reset", None, _reset)
    if fault.kind == "stall":
        return Plan(f"no answer for {options['seconds']:g} s", None, _stall(state, options["seconds"]))
    if fault.kind == "trickle":
        answer = success(call.request_id)
        deliver = _trickle(answer, state, options["seconds"], options["part"])
        return Plan(f"{options['part']} sent byte by byte", answer, deliver)
    if fault.kind == "truncate":
        answer = success(call.request_id)
        return Plan("answer truncated", answer, _truncate(answer, state, options["sent"], options["missing"]))
    answer = ANSWERS[fault.kind](call, options)
    # aiohttp does not send an answer without a content type, so that one is written by hand.
    deliver = _whole(answer) if answer.content_type else _truncate(answer, state, None, 0)
    return Plan(f"{fault.kind} answered", answer, deliver)


# Complete answers: what is said is wrong, not how it is sent.


def _error(call: Call, options: Options) -> Answer:
    """Any error document."""
    refusal = Refusal(options["status"], options["code"], options["message"])
    xml = options["format"] == "xml"
    return refusal.answer(call.request_id, call.host, xml=xml, headers=options["headers"])


def _throttle(call: Call, options: Options) -> Answer:
    """The error for a caller who is too fast."""
    refusal = Refusal(options["status"], options["code"], "Request was denied due to user flow control.")
    wait = options["retry_after_ms"]
    headers = {} if wait is None else {"x-acs-retry-after": str(wait)}
    return refusal.answer(call.request_id, call.host, headers=headers)


def _nonce_used(call: Call, options: Options) -> Answer:
    """The error for a nonce that comes twice, given to one that did not."""
    refusal = Refusal(400, "SignatureNonceUsed", "Specified signature nonce was used already.")
    return refusal.answer(call.request_id, call.host)


def _in_progress(call: Call, options: Options) -> Answer:
    """The error for a token whose first request is still running."""
    message = "The previous request with the same token is being processed."
    return Refusal(400, "TokenPreviousRequestProcessError", message).answer(call.request_id, call.host)


def _result(call: Call, options: Options) -> Answer:
    """The document of a success with another result."""
    return success(call.request_id, options["value"])


def _raw(call: Call, options: Options) -> Answer:
    """Whatever the test wrote."""
    given = (options["body_base64"], options["body_repeat"], options["body"].encode())
    body = next(content for content in given if content is not None)
    return Answer(options["status"], body, options["content_type"] or "", options["headers"])


def _html(call: Call, options: Options) -> Answer:
    """The page of a proxy that stands between."""
    return Answer(options["status"], HTML.encode(), "text/html")


def _empty(call: Call, options: Options) -> Answer:
    """No body at all."""
    return Answer(options["status"], headers={"x-acs-request-id": call.request_id})


def _xml(call: Call, options: Options) -> Answer:
    """A success in XML."""
    return success_xml(call.request_id)


def _gzip(call: Call, options: Options) -> Answer:
    """A success, compressed without being asked."""
    answer = success(call.request_id)
    headers = {**answer.headers, "Content-Encoding": "gzip"}
    return replace(answer, body=gzip.compress(answer.body), headers=headers)


def _oversize(call: Call, options: Options) -> Answer:
    """A success that is valid JSON, and far too long."""
    without = len(success(call.request_id, Padding="").body)
    return success(call.request_id, Padding="x" * max(options["bytes"] - without, 0))


def _nested(call: Call, options: Options) -> Answer:
    """A success that is valid JSON, and far too deep."""
    answer = success(call.request_id, Nested=[])
    deep = b"[" * options["depth"] + b"]" * options["depth"]
    return replace(answer, body=answer.body.replace(b"[]", deep))


def _entities(call: Call, options: Options) -> Answer:
    """An XML error document that grows to gigabytes where entities are expanded."""
    levels = "".join(f'<!ENTITY e{level} "{f"&e{level - 1};" * 10}">' for level in range(1, 10))
    body = f'<?xml version="1.0"?><!DOCTYPE Error [<!ENTITY e0 "ha">{levels}]><Error><Code>&e9;</Code></Error>'
    return Answer(options["status"], body.encode(), XML_TYPE, {"x-acs-request-id": call.request_id})


def _redirect(call: Call, options: Options) -> Answer:
    """A redirect; by default to a path of the emulator, where a client that follows is seen."""
    target = options["location"] or f"{call.scheme}://{call.host}/openapi/redirected"
    return Answer(options["status"], headers={"Location": target, "x-acs-request-id": call.request_id})


ANSWERS: dict[str, Callable[[Call, Options], Answer]] = {
    "error": _error,
    "throttle": _throttle,
    "nonce_used": _nonce_used,
    "in_progress": _in_progress,
    "result": _result,
    "answer": _raw,
    "html": _html,
    "empty": _empty,
    "xml": _xml,
    "gzip": _gzip,
    "oversize": _oversize,
    "nested": _nested,
    "entities": _entities,
    "redirect": _redirect,
}


# Delivery: how an answer is sent, or not.


def _whole(answer: Answer) -> Delivery:
    """Send an answer as one does."""

    async def deliver(request: web.Request) -> web.StreamResponse:
        return as_response(answer)

    return deliver


def _close(request: web.Request) -> web.StreamResponse:
    """Close the connection; the response given back finds it closed, and is dropped."""
    if request.transport is not None:
        request.transport.close()
    return web.Response()


async def _drop(request: web.Request) -> web.StreamResponse:
    """Close the connection without a word."""
    return _close(request)


async def _reset(request: web.Request) -> web.StreamResponse:
    """Close the connection with a TCP reset."""
    if request.transport is not None:
        # Not to linger is what makes the kernel send a reset.
        linger = struct.pack("ii", 1, 0)
        request.transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        request.transport.abort()
    return web.Response()


def _stall(state: State, seconds: float) -> Delivery:
    """Keep the client waiting, then close the connection."""

    async def deliver(request: web.Request) -> web.StreamResponse:
        await state.pause(seconds)
        return _close(request)

    return deliver


def _trickle(answer: Answer, state: State, seconds: float, part: str) -> Delivery:
    """Send the head or the body byte by byte."""

    async def deliver(request: web.Request) -> web.StreamResponse:
        head = _head(answer, len(answer.body), state)
        at_once, slowly = (b"", head + answer.body) if part == "headers" else (head, answer.body)
        _write(request, at_once)
        for position in range(len(slowly)):
            if not _write(request, slowly[position : position + 1]) or await state.pause(seconds):
                break
        return _close(request)

    return deliver


def _truncate(answer: Answer, state: State, sent: int | None, missing: int) -> Delivery:
    """Announce more than is sent."""

    async def deliver(request: web.Request) -> web.StreamResponse:
        _write(request, _head(answer, len(answer.body) + missing, state) + answer.body[:sent])
        return _close(request)

    return deliver


def _head(answer: Answer, length: int, state: State) -> bytes:
    """Write an answer's status line and headers by hand."""
    headers = CIMultiDict({"Date": format_datetime(state.now(), usegmt=True), "Connection": "close"})
    if answer.content_type:
        headers["Content-Type"] = answer.content_type
    headers.update(answer.headers)
    headers["Content-Length"] = str(length)
    lines = [f"HTTP/1.1 {answer.status} {responses.get(answer.status, '')}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode()


def _write(request: web.Request, data: bytes) -> bool:
    """Write to the connection past aiohttp; tell whether it is still open."""
    if request.transport is None or request.transport.is_closing():
        return False
    request.transport.write(data)
    return True

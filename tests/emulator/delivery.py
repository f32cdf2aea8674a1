# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""How an answer is sent, or not."""

from __future__ import annotations

import socket
import struct
from collections.abc import Awaitable, Callable
from http.client import responses

from aiohttp import web
from multidict import CIMultiDict

from .answers import Answer, as_response
from .state import State

Delivery = Callable[[web.Request], Awaitable[web.StreamResponse]]


def whole(answer: Answer) -> Delivery:
    """Send an answer as one does."""

    async def deliver(request: web.Request) -> web.StreamResponse:
        return as_response(answer)

    return deliver


def _close(request: web.Request) -> web.StreamResponse:
    """Close the connection; the response given back finds it closed, and is dropped."""
    if request.transport is not None:
        request.transport.close()
    return web.Response()


async def drop(request: web.Request) -> web.StreamResponse:
    """Close the connection without a word."""
    return _close(request)


async def reset(request: web.Request) -> web.StreamResponse:
    """Close the connection with a TCP reset."""
    if request.transport is not None:
        # Not to linger is what makes the kernel send a reset.
        linger = struct.pack("ii", 1, 0)
        request.transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        request.transport.abort()
    return web.Response()


def stall(state: State, seconds: float) -> Delivery:
    """Keep the client waiting, then close the connection."""

    async def deliver(request: web.Request) -> web.StreamResponse:
        await state.pause(seconds)
        return _close(request)

    return deliver


def trickle(answer: Answer, date: str | None, state: State, seconds: float, part: str) -> Delivery:
    """Send the head or the body byte by byte."""

    async def deliver(request: web.Request) -> web.StreamResponse:
        head = _head(answer, len(answer.body), date)
        at_once, slowly = (b"", head + answer.body) if part == "headers" else (head, answer.body)
        _write(request, at_once)
        for position in range(len(slowly)):
            if not _write(request, slowly[position : position + 1]) or await state.pause(seconds):
                break
        return _close(request)

    return deliver


def truncate(answer: Answer, date: str | None, sent: int | None, missing: int) -> Delivery:
    """Announce more than is sent."""

    async def deliver(request: web.Request) -> web.StreamResponse:
        _write(request, _head(answer, len(answer.body) + missing, date) + answer.body[:sent])
        return _close(request)

    return deliver


def _head(answer: Answer, length: int, date: str | None) -> bytes:
    """Write an answer's status line and headers by hand."""
    headers = CIMultiDict({"Connection": "close"})
    if date:
        headers["Date"] = date
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

# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a fault is, and the kinds of faults in which a good response is sent badly, or not at all."""

from __future__ import annotations

import socket
import struct
from collections.abc import Awaitable, Callable
from http.client import responses
from typing import Literal

from aiohttp import web
from multidict import CIMultiDict

from .fields import Document, MaybeSize, Missing, Seconds, When
from .responses import Format, Response

# Waits so many seconds; tells whether the end of the emulator came meanwhile.
Pause = Callable[[float], Awaitable[bool]]


class Fault(Document):
    """Something else than the good response, before the request takes effect or after it."""

    kind: str
    when: When = "before"
    repeat: bool = False

    @property
    def text(self) -> str:
        """Return what happens, for the journal."""
        return f"{self.kind} sent"

    @classmethod
    def is_for(cls, operation: str | None, is_openapi: bool) -> bool:
        """Return whether a stub for an operation may have it; None is for every operation, a cluster's among them."""
        return True

    def respond(self, good: Response, form: Format) -> Response | None:
        """Return what is sent in place of the good response; None where no response is."""
        return good

    def cluster_status(self, response: Response | None) -> int | None:
        """Return the status in the journal's entry of what a cluster was asked; None where there is no response."""
        return None if response is None else response.status

    async def send(
        self, request: web.Request, response: Response | None, form: Format, pause: Pause
    ) -> web.StreamResponse:
        """Send what was responded."""
        assert response is not None
        if response.content_type:
            return response.to_aiohttp()
        # aiohttp does not send a response without a content type, so that one is written by hand.
        _write(request, _head(response, len(response.body), form.date) + response.body)
        return _close(request)


class _NoResponse(Fault):
    def respond(self, good: Response, form: Format) -> None:
        return None


class Drop(_NoResponse):
    """The connection is closed without a word."""

    kind: Literal["drop"]

    @property
    def text(self) -> str:
        return "connection dropped"

    async def send(
        self, request: web.Request, response: Response | None, form: Format, pause: Pause
    ) -> web.StreamResponse:
        return _close(request)


class Reset(_NoResponse):
    """The connection is closed with a TCP reset."""

    kind: Literal["reset"]

    @property
    def text(self) -> str:
        return "connection reset"

    async def send(
        self, request: web.Request, response: Response | None, form: Format, pause: Pause
    ) -> web.StreamResponse:
        if request.transport is not None:
            # Not to linger is what makes the kernel send a reset.
            linger = struct.pack("ii", 1, 0)
            request.transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            request.transport.abort()
        return web.Response()


class Stall(_NoResponse):
    """The client is kept waiting, then the connection is closed."""

    kind: Literal["stall"]
    seconds: Seconds = 60.0

    @property
    def text(self) -> str:
        return f"no response for {self.seconds:g} s"

    async def send(
        self, request: web.Request, response: Response | None, form: Format, pause: Pause
    ) -> web.StreamResponse:
        await pause(self.seconds)
        return _close(request)


class Trickle(Fault):
    """The head or the body of the good response is sent byte by byte."""

    kind: Literal["trickle"]
    when: When = "after"
    seconds: Seconds = 0.2
    part: Literal["headers", "body"] = "body"

    @property
    def text(self) -> str:
        return f"{self.part} sent byte by byte"

    async def send(
        self, request: web.Request, response: Response | None, form: Format, pause: Pause
    ) -> web.StreamResponse:
        assert response is not None
        head = _head(response, len(response.body), form.date)
        at_once, slowly = (b"", head + response.body) if self.part == "headers" else (head, response.body)
        _write(request, at_once)
        for position in range(len(slowly)):
            if not _write(request, slowly[position : position + 1]) or await pause(self.seconds):
                break
        return _close(request)


class Truncate(Fault):
    """Less of the good response is sent than is announced."""

    kind: Literal["truncate"]
    when: When = "after"
    sent: MaybeSize = None
    missing: Missing = 16

    @property
    def text(self) -> str:
        return "response truncated"

    async def send(
        self, request: web.Request, response: Response | None, form: Format, pause: Pause
    ) -> web.StreamResponse:
        assert response is not None
        _write(request, _head(response, len(response.body) + self.missing, form.date) + response.body[: self.sent])
        return _close(request)


def _close(request: web.Request) -> web.StreamResponse:
    """Close the connection; the response given back finds it closed, and is dropped."""
    if request.transport is not None:
        request.transport.close()
    return web.Response()


def _head(response: Response, length: int, date: str | None) -> bytes:
    """Write a response's status line and headers by hand."""
    headers = CIMultiDict({"Connection": "close"})
    if date:
        headers["Date"] = date
    if response.content_type:
        headers["Content-Type"] = response.content_type
    headers.update(response.headers)
    headers["Content-Length"] = str(length)
    lines = [f"HTTP/1.1 {response.status} {responses.get(response.status, '')}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode()


def _write(request: web.Request, data: bytes) -> bool:
    """Write to the connection past aiohttp; tell whether it is still open."""
    if request.transport is None or request.transport.is_closing():
        return False
    request.transport.write(data)
    return True

# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The two servers, HTTP and HTTPS, in front of the same memory."""

from __future__ import annotations

import ssl
from collections.abc import Awaitable, Callable
from email.utils import format_datetime
from pathlib import Path

import trustme
from aiohttp import web

from . import control, openapi
from .state import State


async def start(state: State, ca_path: Path) -> tuple[web.AppRunner, int, int]:
    """Listen on two free ports, and return what runs and the ports of HTTP and HTTPS."""
    application = web.Application(middlewares=[_stamp, control.explain])
    application[openapi.STATE] = state
    application.add_routes([*control.routes(), web.route("*", "/{path:.*}", openapi.handle)])
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    for context in (None, _certificate(ca_path)):
        await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context).start()
    http, https = (address[1] for address in runner.addresses)
    return runner, http, https


def _certificate(ca_path: Path) -> ssl.SSLContext:
    """Make a certificate for the loopback names, and write the authority's own for clients to trust."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(ca_path))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost", "127.0.0.1").configure_cert(context)
    return context


@web.middleware
async def _stamp(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    """Date an answer by the emulator's clock, not by the machine's, unless a test gave it a date of its own."""
    date = format_datetime(request.app[openapi.STATE].now(), usegmt=True)
    try:
        response = await handler(request)
    except web.HTTPException as error:
        error.headers["Date"] = date
        raise
    response.headers.setdefault("Date", date)
    return response

# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The servers, HTTP and HTTPS each: the OpenAPI with the control API, and a cluster, in front of the same state."""

from __future__ import annotations

import ssl
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from email.utils import format_datetime
from pathlib import Path

import trustme
from aiohttp import web

from . import control, elasticsearch, openapi
from .state import STATE, State


@dataclass(frozen=True)
class Servers:
    """What runs, and its addresses by the names they are announced under."""

    runners: tuple[web.AppRunner, ...]
    addresses: dict[str, str]

    async def end(self) -> None:
        """Close everything."""
        for runner in self.runners:
            await runner.cleanup()


async def start(state: State, ca_path: Path) -> Servers:
    """Listen on free ports."""
    context = _certificate(ca_path)
    api = await _listen(_openapi_application(), state, context)
    cluster = await _listen(_cluster_application(), state, context)
    addresses = {}
    for prefix, runner in (("", api), ("cluster_", cluster)):
        http, https = (address[1] for address in runner.addresses)
        addresses[f"{prefix}http"] = f"http://127.0.0.1:{http}"
        addresses[f"{prefix}https"] = f"https://localhost:{https}"
    return Servers((api, cluster), addresses)


async def _listen(application: web.Application, state: State, context: ssl.SSLContext) -> web.AppRunner:
    """Let an application listen, first for HTTP, then for HTTPS."""
    application[STATE] = state
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=1.0)
    await runner.setup()
    for each in (None, context):
        await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=each).start()
    return runner


def _openapi_application() -> web.Application:
    """Make the application that has the OpenAPI and the control API."""
    application = web.Application(middlewares=[_date_openapi, control.refuse])
    application.add_routes([*control.routes(), web.route("*", "/{path:.*}", openapi.handle)])
    return application


def _cluster_application() -> web.Application:
    """Make the application that is the cluster of the active instance."""
    application = web.Application(middlewares=[_date_cluster])
    application.on_response_prepare.append(_drop_date)
    application.add_routes([web.route("*", "/{path:.*}", elasticsearch.handle)])
    return application


def _certificate(ca_path: Path) -> ssl.SSLContext:
    """Make a certificate for the loopback names, and write the authority's own for clients to trust."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(ca_path))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost", "127.0.0.1").configure_cert(context)
    return context


Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@web.middleware
async def _date_openapi(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Date a response by the emulator's clock, not by the machine's, unless a fault gave it a date of its own."""
    date = format_datetime(request.app[STATE].now(), usegmt=True)
    try:
        response = await handler(request)
    except web.HTTPException as error:
        error.headers["Date"] = date
        raise
    response.headers.setdefault("Date", date)
    return response


@web.middleware
async def _date_cluster(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Date a response by the emulator's clock, or see to it that it has no date, unless a fault gave it one."""
    response = await handler(request)
    response.headers.setdefault("Date", elasticsearch.date(request.app[STATE]) or "")
    return response


async def _drop_date(request: web.Request, response: web.StreamResponse) -> None:
    """Take away the empty date that keeps aiohttp from putting its own there."""
    if not response.headers.get("Date"):
        response.headers.popall("Date", None)

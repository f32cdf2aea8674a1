# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a control call brings with it, and how it is answered."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from .fields import BadControlCall
from .state import STATE, State

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
# Does something to the state with a document, which is called by the text in messages, and returns the answer's.
Action = Callable[[State, Any, str], "dict[str, Any]"]


def control_call(action: Action) -> Handler:
    """Make the handler of a control call."""

    async def handle(request: web.Request) -> web.StreamResponse:
        body = await request.read()
        try:
            document = json.loads(body) if body.strip() else {}
        except ValueError as error:
            raise BadControlCall(f"the body is not JSON: {error}") from error
        return web.json_response(action(request.app[STATE], document, request.path))

    return handle

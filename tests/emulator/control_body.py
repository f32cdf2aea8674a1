# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a control call brings with it."""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import Any

from aiohttp import web

from .fields import BadControlCall, mapping


async def read_fields(request: web.Request, allowed: Collection[str], required: Collection[str] = ()) -> dict[str, Any]:
    """Read the fields of a control call."""
    body = await request.read()
    try:
        document = json.loads(body) if body.strip() else {}
    except ValueError as error:
        raise BadControlCall(f"the body is not JSON: {error}") from error
    return mapping(document, request.path, allowed, required)

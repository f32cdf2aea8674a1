# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The documents that the OpenAPI answers with."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any
from xml.sax.saxutils import escape

from aiohttp import web

JSON_TYPE = "application/json;charset=utf-8"
# The official client reads XML only under exactly this spelling.
XML_TYPE = "text/xml;charset=utf-8"


@dataclass(frozen=True)
class Answer:
    """One complete HTTP answer, not yet sent."""

    status: int
    body: bytes = b""
    content_type: str = JSON_TYPE
    headers: dict[str, str] = field(default_factory=dict)
    code: str | None = None


class Refusal(Exception):
    """A request that the OpenAPI answers with an error document."""

    def __init__(self, status: int, code: str, message: str, details: dict[str, Any] | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.details = details or {}

    def answer(self, request_id: str, host: str, *, xml: bool = False, headers: dict[str, str] | None = None) -> Answer:
        """Return the documented error document."""
        document = {
            "RequestId": request_id,
            "HostId": host,
            "Code": self.code,
            "Message": self.message,
            "Recommend": f"https://api.aliyun.com/troubleshoot?q={self.code}&product=elasticsearch",
            **self.details,
        }
        if xml:
            fields = "".join(f"<{name}>{escape(str(value))}</{name}>" for name, value in document.items())
            body, content_type = f'<?xml version="1.0" encoding="UTF-8"?>\n<Error>{fields}</Error>', XML_TYPE
        else:
            body, content_type = json.dumps(document), JSON_TYPE
        headers = {"x-acs-request-id": request_id, **(headers or {})}
        return Answer(self.status, body.encode(), content_type, headers, self.code)


def success(request_id: str, result: Any = True, **more: Any) -> Answer:
    """Return the documented JSON of an accepted request."""
    body = json.dumps({"RequestId": request_id, "Result": result, **more})
    return Answer(200, body.encode(), headers={"x-acs-request-id": request_id})


def success_xml(request_id: str) -> Answer:
    """Return the documented XML of an accepted request, which has no root element."""
    body = f"<Result>true</Result><RequestId>{request_id}</RequestId>"
    return Answer(200, body.encode(), XML_TYPE, {"x-acs-request-id": request_id})


def as_response(answer: Answer) -> web.Response:
    """Turn an answer into aiohttp's."""
    headers = dict(answer.headers)
    if answer.content_type and "content-type" not in {name.lower() for name in headers}:
        headers["Content-Type"] = answer.content_type
    return web.Response(status=answer.status, body=answer.body, headers=headers)

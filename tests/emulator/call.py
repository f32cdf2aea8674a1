# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""One received OpenAPI request, as it was on the wire, and how it is shown to others."""

from __future__ import annotations

import re
import uuid
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from aiohttp import web

from .answers import Refusal

# Shown as present or absent only.
SECRET_HEADERS = ("authorization", "x-acs-security-token", "x-acs-bearer-token", "proxy-authorization", "cookie")


@dataclass(frozen=True)
class Call:
    """What a client sent: C(path) and C(query) still percent-encoded, header names in lower case."""

    method: str
    path: str
    query: str
    headers: dict[str, str]
    body: bytes
    scheme: str = "http"
    request_id: str = field(default_factory=lambda: str(uuid.uuid4()).upper())

    @property
    def host(self) -> str:
        """Return the host the client asked for."""
        return self.headers.get("host", "")

    def parameters(self) -> dict[str, str]:
        """Return the decoded query; both C(+) and C(%20) are a space."""
        try:
            pairs = parse_qsl(self.query, keep_blank_values=True, errors="strict")
        except ValueError as error:
            raise Refusal(400, "InvalidParameter", "The query string is not valid UTF-8.") from error
        if len(dict(pairs)) != len(pairs):
            # The official library signs a mapping, so a repeated name could slip in unsigned.
            raise Refusal(400, "InvalidParameter", "A query parameter is given more than once.")
        return dict(pairs)

    def client_token(self) -> str | None:
        """Return the client token for the log, whatever the state of the rest of the query."""
        return dict(parse_qsl(self.query, keep_blank_values=True)).get("ClientToken")

    def describe(self) -> dict[str, Any]:
        """Return everything but the secrets, for C(GET /emulator/requests)."""
        shown = {name: value for name, value in self.headers.items() if name not in SECRET_HEADERS}
        shown |= {name: "present" if name in self.headers else "absent" for name in SECRET_HEADERS[:2]}
        shown |= {name: "present" for name in SECRET_HEADERS[2:] if name in self.headers}
        signed = re.search(r"SignedHeaders=([^,]*)", self.headers.get("authorization", ""))
        return {
            "request_id": self.request_id,
            "method": self.method,
            "scheme": self.scheme,
            "path": self.path,
            "query": self.query,
            "client_token": self.client_token(),
            "nonce": self.headers.get("x-acs-signature-nonce"),
            "headers": shown,
            "signed_headers": signed.group(1).split(";") if signed else [],
            "body_size": len(self.body),
            "account": None,
            "fault": None,
            "decision": None,
            "status": None,
            "code": None,
        }


def target(request: web.Request) -> str:
    """Return the path and the query as they were on the wire."""
    # A client that takes the emulator for its proxy sends the whole URL.
    return re.sub(r"^https?://[^/?]*", "", request.raw_path)


async def receive(request: web.Request) -> Call:
    """Read a request without normalising anything that is signed."""
    path, _separator, query = target(request).partition("?")
    headers = {
        name.lower(): ",".join(sorted(value.strip() for value in request.headers.getall(name)))
        for name in request.headers
    }
    return Call(request.method, path, query, headers, await request.read(), request.scheme)

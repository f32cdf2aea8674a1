# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A client for the emulator's tests: plain sockets and the official library's signature."""

from __future__ import annotations

import copy
import hashlib
import http.client
import json
import ssl
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from types import SimpleNamespace
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from alibabacloud_tea_openapi.utils import Utils

ALGORITHM = "ACS3-HMAC-SHA256"


@dataclass
class Reply:
    """What came back."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def document(self) -> Any:
        """Return the body's JSON."""
        return json.loads(self.body)

    @property
    def code(self) -> str | None:
        """Return the error code, if there is one."""
        code: str | None = self.document.get("Code")
        return code


@dataclass
class Request:
    """A request to CreateSnapshot that is right; a test changes what it wants wrong, before or after signing."""

    host: str
    account: Mapping[str, str]
    instance_id: str
    query: dict[str, str] = field(default_factory=lambda: {"ClientToken": uuid.uuid4().hex})
    method: str = "POST"
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    clock_offset: float = 0.0
    unsigned: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        date = datetime.now(timezone.utc) + timedelta(seconds=self.clock_offset)
        self.path = f"/openapi/instances/{quote(self.instance_id, safe='')}/snapshots"
        self.wire_query = urlencode(self.query)
        self.headers = {
            "host": self.host,
            "accept": "application/json",
            "x-acs-action": "CreateSnapshot",
            "x-acs-version": "2017-06-13",
            "x-acs-date": date.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "x-acs-signature-nonce": uuid.uuid4().hex,
            "x-acs-content-sha256": hashlib.sha256(self.body).hexdigest(),
            **self.headers,
        }
        if "security_token" in self.account:
            self.headers.setdefault("x-acs-security-token", self.account["security_token"])
        self.sign()

    def sign(self) -> None:
        """Sign what is there now."""
        self.headers.pop("authorization", None)
        signed = {name: value for name, value in self.headers.items() if name not in self.unsigned}
        request = SimpleNamespace(method=self.method, pathname=self.path, query=self.query, headers=signed)
        self.headers["authorization"] = Utils.get_authorization(
            request,
            ALGORITHM,
            self.headers.get("x-acs-content-sha256", ""),
            self.account["access_key_id"],
            self.account["access_key_secret"],
        )


class Emulator:
    """A running emulator, as its emulator.json announces it."""

    def __init__(self, announcement: Mapping[str, Any]) -> None:
        self.http: str = announcement["http"]
        self.https: str = announcement["https"]
        self.ca_path: str = announcement["ca_path"]
        # Copies, as a test may change them.
        self.accounts: dict[str, dict[str, str]] = copy.deepcopy(announcement["accounts"])
        self.instances: dict[str, str] = dict(announcement["instances"])

    def connect(self, timeout: float = 10.0, secure: bool = False) -> http.client.HTTPConnection:
        """Return a connection, not yet open."""
        if not secure:
            return http.client.HTTPConnection(urlsplit(self.http).netloc, timeout=timeout)
        context = ssl.create_default_context(cafile=self.ca_path)
        return http.client.HTTPSConnection(urlsplit(self.https).netloc, timeout=timeout, context=context)

    def request(self, account: str = "operator", instance: str = "active", **changes: Any) -> Request:
        """Return a good request, with changes made before it is signed."""
        changes.setdefault("host", urlsplit(self.http).netloc)
        return Request(account=self.accounts[account], instance_id=self.instances[instance], **changes)

    def send(self, request: Request, timeout: float = 10.0, secure: bool = False, target: str | None = None) -> Reply:
        """Send a request as it is and read the whole answer."""
        connection = self.connect(timeout, secure)
        try:
            url = target or (f"{request.path}?{request.wire_query}" if request.wire_query else request.path)
            connection.putrequest(request.method, url, skip_host=True, skip_accept_encoding=True)
            for name, value in {**request.headers, "content-length": str(len(request.body))}.items():
                connection.putheader(name, value)
            connection.endheaders(request.body)
            answer = connection.getresponse()
            return Reply(answer.status, answer.headers, answer.read())
        finally:
            connection.close()

    def snapshot(self, **changes: Any) -> Reply:
        """Ask for a snapshot in the right way, but for the changes."""
        return self.send(self.request(**changes))

    def control(self, method: str, name: str, document: Any = None, secure: bool = False) -> Reply:
        """Make a control call."""
        connection = self.connect(secure=secure)
        try:
            body = document if isinstance(document, bytes) else json.dumps(document).encode()
            connection.request(method, f"/emulator/{name}", None if document is None else body)
            answer = connection.getresponse()
            return Reply(answer.status, answer.headers, answer.read())
        finally:
            connection.close()

    def faults(self, *faults: dict[str, Any], instance: str | None = None) -> None:
        """Queue faults."""
        document: dict[str, Any] = {"faults": list(faults)}
        if instance:
            document["instance_id"] = self.instances[instance]
        reply = self.control("PUT", "faults", document)
        assert reply.status == 200, reply.body

    def settings(self, **settings: Any) -> None:
        """Change settings."""
        reply = self.control("PUT", "settings", settings)
        assert reply.status == 200, reply.body

    @property
    def ledger(self) -> list[dict[str, str]]:
        """Return the snapshots."""
        snapshots: list[dict[str, str]] = self.control("GET", "ledger").document["snapshots"]
        return snapshots

    @property
    def requests(self) -> list[dict[str, Any]]:
        """Return the requests."""
        requests: list[dict[str, Any]] = self.control("GET", "requests").document["requests"]
        return requests

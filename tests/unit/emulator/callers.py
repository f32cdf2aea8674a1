# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""How the emulator's tests call it: requests signed by the official library, and the clusters by either route."""

from __future__ import annotations

import base64
import hashlib
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from email.utils import parsedate_to_datetime
from types import SimpleNamespace
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from alibabacloud_tea_openapi.utils import Utils

from ansible_collections.aliyun.elasticsearch.tests.emulator.client import Emulator, Reply

ALGORITHM = "ACS3-HMAC-SHA256"
REPOSITORY = "_snapshot/aliyun_auto_snapshot"


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


class Caller(Emulator):
    """A running emulator, called as its OpenAPI is."""

    def request(self, account: str = "operator", instance: str = "active", **changes: Any) -> Request:
        """Return a good request, with changes made before it is signed."""
        changes.setdefault("host", urlsplit(self.http).netloc)
        return Request(account=self.accounts[account], instance_id=self.instances[instance], **changes)

    def send(self, request: Request, timeout: float = 10.0, secure: bool = False, target: str | None = None) -> Reply:
        """Send a request as it is and read the whole response."""
        connection = self.connect(self.https if secure else self.http, timeout)
        try:
            url = target or (f"{request.path}?{request.wire_query}" if request.wire_query else request.path)
            connection.putrequest(request.method, url, skip_host=True, skip_accept_encoding=True)
            for name, value in {**request.headers, "content-length": str(len(request.body))}.items():
                connection.putheader(name, value)
            connection.endheaders(request.body)
            response = connection.getresponse()
            return Reply(response.status, response.headers, response.read())
        finally:
            connection.close()

    def create_snapshot(self, **changes: Any) -> Reply:
        """Ask for a snapshot in the right way, but for the changes."""
        return self.send(self.request(**changes))

    def call(
        self,
        action: str,
        path: str,
        account: str = "operator",
        query: dict[str, str] | None = None,
        body: bytes | None = None,
    ) -> Reply:
        """Call another operation, ``path`` without ``/openapi/``; with a body, which is JSON, it is a POST."""
        headers = {"x-acs-action": action, **({} if body is None else {"content-type": "application/json"})}
        method = "GET" if body is None else "POST"
        request = self.request(account, query=query or {}, method=method, body=body or b"", headers=headers)
        request.path = f"/openapi/{path}"
        request.sign()
        return self.send(request)

    def fail(self, *faults: dict[str, Any], instance: str | None = None) -> None:
        """Let the coming requests for snapshots run into faults."""
        match = {"instance_id": self.instances[instance]} if instance else {}
        self.stub(*faults, operation="CreateSnapshot", **match)

    def check_refused(self, reply: Reply, status: int, code: str) -> dict[str, Any]:
        """Check a refusal: its document, its headers, and that nothing was done; return the document."""
        document: dict[str, Any] = reply.document
        assert (reply.status, document["Code"]) == (status, code), document
        assert {"RequestId", "HostId", "Code", "Message", "Recommend"} <= set(document)
        assert reply.headers["x-acs-request-id"] == document["RequestId"]
        assert parsedate_to_datetime(reply.headers["Date"])
        assert self.snapshots == []
        assert (self.requests[-1]["status"], self.requests[-1]["code"]) == (status, code)
        return document

    @property
    def requests(self) -> list[dict[str, Any]]:
        """Return the requests that the OpenAPI received."""
        return self.journal("openapi")


class Cluster:
    """The clusters of a running emulator."""

    def __init__(self, emulator: Caller) -> None:
        self.emulator = emulator
        self.addresses = {name: emulator.announcement[name] for name in ("cluster_http", "cluster_https")}
        self.users: dict[str, str] = dict(emulator.announcement["cluster_users"])
        self.credential_id: str = emulator.announcement["credential_id"]

    def direct(
        self,
        path: str = f"{REPOSITORY}/_all",
        user: str = "elastic",
        method: str = "GET",
        secure: bool = False,
        headers: dict[str, str] | None = None,
    ) -> Reply:
        """Ask the active instance's cluster; ``headers`` replace the user."""
        connection = self.emulator.connect(self.addresses["cluster_https" if secure else "cluster_http"])
        basic = base64.b64encode(f"{user}:{self.users.get(user, '')}".encode()).decode()
        try:
            connection.request(method, f"/{path}", headers=headers or {"Authorization": f"Basic {basic}"})
            response = connection.getresponse()
            return Reply(response.status, response.headers, response.read())
        finally:
            connection.close()

    def request(self, path: str | None, account: str = "operator", instance: str = "active", **query: str) -> Request:
        """Return a good request to InvokeEsRequest; ``query`` has further parameters."""
        if path is not None:
            query["path"] = path
        headers = {"x-acs-action": "InvokeEsRequest"}
        request = self.emulator.request(account, instance, query=query, headers=headers)
        request.path = request.path.replace("/snapshots", "/es-request")
        request.sign()
        return request

    def invoke(self, path: str | None = f"{REPOSITORY}/_all", **changes: str) -> Reply:
        """Ask by way of the OpenAPI."""
        return self.emulator.send(self.request(path, **changes))

    def poll(self, route: str) -> Reply:
        """Poll the list of snapshots."""
        return self.direct() if route == "direct" else self.invoke()

    def ask(self, path: str = f"{REPOSITORY}/_all", route: str = "direct", instance: str = "active") -> Any:
        """Return the cluster's document, which is the same by either route."""
        if route == "direct":
            return self.direct(path).document
        return self.invoke(path, instance=instance).document["Result"]

    def snapshots(self, path: str = f"{REPOSITORY}/_all", **how: str) -> list[dict[str, Any]]:
        """Return the snapshots that a poll finds."""
        snapshots: list[dict[str, Any]] = self.ask(path, **how)["snapshots"]
        return snapshots

    def names(self, path: str = f"{REPOSITORY}/_all", **how: str) -> list[str]:
        """Return the names of the snapshots that a poll finds."""
        return [snapshot["snapshot"] for snapshot in self.snapshots(path, **how)]

    def states(self, polls: int, **how: str) -> list[list[str]]:
        """Poll several times, and return the states that each poll finds."""
        documents = [self.ask(**how) for _poll in range(polls)]
        return [[snapshot["state"] for snapshot in document.get("snapshots", ())] for document in documents]

    def fail(self, *faults: dict[str, Any], operation: str = "GetSnapshot", **match: str) -> None:
        """Let the coming requests for the list of snapshots run into faults."""
        self.emulator.stub(*faults, operation=operation, **match)

    @property
    def requests(self) -> list[dict[str, Any]]:
        """Return what was asked, by either route."""
        return self.emulator.journal("cluster")

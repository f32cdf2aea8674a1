# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A client for the clusters of the emulator, by either route."""

from __future__ import annotations

import base64
import http.client
import json
import ssl
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from ansible_collections.aliyun.elasticsearch.tests.unit.emulator.client import Emulator, Reply, Request

REPOSITORY = "_snapshot/aliyun_auto_snapshot"


class Cluster:
    """The clusters of a running emulator, as its emulator.json announces them."""

    def __init__(self, emulator: Emulator, announcement: Mapping[str, Any]) -> None:
        self.emulator = emulator
        self.addresses = {name: announcement[name] for name in ("cluster_http", "cluster_https")}
        self.users: dict[str, str] = dict(announcement["cluster_users"])
        self.credential_id: str = announcement["credential_id"]

    def direct(
        self,
        path: str = f"{REPOSITORY}/_all",
        user: str = "elastic",
        method: str = "GET",
        secure: bool = False,
        headers: dict[str, str] | None = None,
    ) -> Reply:
        """Ask the active instance's cluster; C(headers) replace the user."""
        address = urlsplit(self.addresses["cluster_https" if secure else "cluster_http"]).netloc
        connection: http.client.HTTPConnection = http.client.HTTPConnection(address, timeout=10)
        if secure:
            context = ssl.create_default_context(cafile=self.emulator.ca_path)
            connection = http.client.HTTPSConnection(address, timeout=10, context=context)
        basic = base64.b64encode(f"{user}:{self.users.get(user, '')}".encode()).decode()
        try:
            connection.request(method, f"/{path}", headers=headers or {"Authorization": f"Basic {basic}"})
            answer = connection.getresponse()
            return Reply(answer.status, answer.headers, answer.read())
        finally:
            connection.close()

    def request(self, path: str | None, account: str = "operator", instance: str = "active", **query: str) -> Request:
        """Return a good request to InvokeEsRequest; C(query) has further parameters."""
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

    def look(self, route: str) -> Reply:
        """Look at the list of snapshots."""
        return self.direct() if route == "direct" else self.invoke()

    def ask(self, path: str = f"{REPOSITORY}/_all", route: str = "direct", instance: str = "active") -> Any:
        """Return the cluster's document, which is the same by either route."""
        if route == "direct":
            return self.direct(path).document
        return self.invoke(path, instance=instance).document["Result"]

    def snapshots(self, path: str = f"{REPOSITORY}/_all", **how: str) -> list[dict[str, Any]]:
        """Return the snapshots that a look finds."""
        snapshots: list[dict[str, Any]] = self.ask(path, **how)["snapshots"]
        return snapshots

    def states(self, looks: int, **how: str) -> list[list[str]]:
        """Look several times, and return the states that each look finds."""
        documents = [self.ask(**how) for _look in range(looks)]
        return [[snapshot["state"] for snapshot in document.get("snapshots", ())] for document in documents]

    def plans(self, *plans: dict[str, Any], **more: Any) -> None:
        """Say how the coming snapshots go."""
        reply = self.emulator.control("PUT", "plans", {"plans": list(plans), **more})
        assert reply.status == 200, reply.body

    def place(self, *snapshots: dict[str, Any]) -> list[str]:
        """Put snapshots into the repositories, and return their names."""
        reply = self.emulator.control("POST", "snapshots", {"snapshots": list(snapshots)})
        assert reply.status == 200, reply.body
        names: list[str] = json.loads(reply.body)["names"]
        return names

    def faults(self, *faults: dict[str, Any], queue: str = "looks", **more: Any) -> None:
        """Queue faults for what is asked of clusters."""
        reply = self.emulator.control("PUT", "faults", {"faults": list(faults), queue: True, **more})
        assert reply.status == 200, reply.body

    @property
    def requests(self) -> list[dict[str, Any]]:
        """Return what was asked."""
        requests: list[dict[str, Any]] = self.emulator.control("GET", "cluster-requests").document["requests"]
        return requests

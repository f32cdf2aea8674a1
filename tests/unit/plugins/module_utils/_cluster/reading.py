# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Read the model of a cluster by either route, within the process and by its own clock."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pytest

from ansible_collections.aliyun.elasticsearch.plugins.module_utils._cluster.client import (
    Cluster,
    DirectCluster,
    OpenApiCluster,
)
from ansible_collections.aliyun.elasticsearch.plugins.module_utils._cluster.repository import Repository
from ansible_collections.aliyun.elasticsearch.plugins.module_utils._cluster.snapshots import Snapshot
from ansible_collections.aliyun.elasticsearch.plugins.module_utils._cluster.waiter import SnapshotWaiter
from ansible_collections.aliyun.elasticsearch.plugins.module_utils._errors import (
    NOT_SENT,
    REFUSED,
    UNKNOWN,
    AliyunError,
)
from ansible_collections.aliyun.elasticsearch.plugins.module_utils._http.retry import RetryPolicy
from ansible_collections.aliyun.elasticsearch.plugins.module_utils._http.transport import Response
from ansible_collections.aliyun.elasticsearch.plugins.module_utils._openapi.client import Client
from ansible_collections.aliyun.elasticsearch.plugins.module_utils._openapi.credentials import Credentials
from ansible_collections.aliyun.elasticsearch.tests.unit.support.cluster import REPOSITORY, FakeCluster

ROUTES = ["openapi", "direct"]

BOTH_ROUTES = pytest.mark.parametrize("route", ROUTES)

SLOW_DOWN = AliyunError("Slow down.", outcome=REFUSED, code="Throttling", retryable=True)
NO_RESPONSE = AliyunError("No whole response came.", outcome=UNKNOWN, retryable=True)
NO_CONNECTION = AliyunError("Connection refused.", outcome=NOT_SENT, retryable=True)
NOT_ALLOWED = AliyunError("Not allowed.", outcome=REFUSED, code="Forbidden.RAM", http_status=403)


class ModelTransport:
    """Hands each request to the model; of a response at most ``max_bytes``, as ``Transport`` does."""

    def __init__(self, model: FakeCluster) -> None:
        self._model = model

    def send(
        self,
        method: str,
        url: str,
        auth: Callable[[Any], Any],
        *,
        body: bytes | None = None,
        content_type: str | None = None,
        max_bytes: int,
    ) -> Response:
        assert (body, content_type) == (None, None), "nothing but GET is asked for"
        parts = urlsplit(url)
        response = self._model.serve(method, f"{parts.path}?{parts.query}" if parts.query else parts.path)
        if response is None:
            raise NO_RESPONSE
        if len(response.body) > max_bytes:
            return response._replace(body=response.body[:max_bytes], is_too_long=True)
        return response


def connect(model: FakeCluster, route: str = "direct", retries: int = 0) -> Cluster:
    """Return a client of the cluster by a route; it sleeps by the model's clock."""
    transport: Any = ModelTransport(model)
    retry, sleep = RetryPolicy(retries, 20, lambda: 1.0), model.clock.sleep
    if route == "direct":
        return DirectCluster("https://es.test", "elastic", "the-password", transport, retry, sleep)
    client = Client("https://api.test", "cn-hangzhou", Credentials("the-id", "the-secret"), transport, retry)
    return OpenApiCluster(client, "es-1", None, False, retry, sleep)


def repository_of(model: FakeCluster, route: str = "direct", retries: int = 0) -> Repository:
    """Return the repository of the cluster."""
    return Repository(connect(model, route, retries), REPOSITORY)


class Wait:
    """A waiter on the model's clock, for a repository; ``warnings`` are those that it gave."""

    def __init__(
        self, model: FakeCluster, route: str = "direct", timeout: float = 600, interval: float = 10, retries: int = 0
    ) -> None:
        self.model = model
        self.warnings: list[str] = []
        self.repository = Repository(connect(model, route, retries), REPOSITORY, self.warnings.append)
        self.waiter = SnapshotWaiter(
            self.repository, timeout=timeout, interval=interval, clock=model.clock, sleep=model.clock.sleep
        )

    def note(self, max_age: float | None = None, waits: bool = False) -> Snapshot | None:
        """Note what is there; what that took is not kept."""
        recent = self.waiter.note_existing(max_age, waits)
        self.model.requests.clear()
        self.model.clock.slept.clear()
        return recent

    def new(self, max_age: float | None = None) -> Snapshot:
        """Note what is there, then wait for a new one."""
        assert self.note(max_age) is None
        return self.waiter.wait_for_new()

    def fail(self, max_age: float | None = None) -> AliyunError:
        """Return why waiting for a new one fails."""
        with pytest.raises(AliyunError) as caught:
            self.new(max_age)
        return caught.value


def names(snapshots: list[Snapshot]) -> list[str]:
    """Return their names, in their order."""
    return [snapshot.name for snapshot in snapshots]

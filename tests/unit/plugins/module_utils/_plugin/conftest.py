# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from ansible_collections.aliyun.elasticsearch.plugins.module_utils._cluster import client as cluster_client
from ansible_collections.aliyun.elasticsearch.plugins.module_utils._plugin import connect


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """What is handed to the transport, to the client and to the cluster of either route."""
    made = SimpleNamespace(transport=None, client=None, openapi=None, direct=None)

    def transport(**options: Any) -> str:
        made.transport = options
        return "transport"

    def part(name: str) -> Callable[..., str]:
        def make(*parts: Any) -> str:
            setattr(made, name, parts)
            return name

        return make

    monkeypatch.setattr(connect, "Transport", transport)
    monkeypatch.setattr(connect, "Client", part("client"))
    monkeypatch.setattr(cluster_client, "OpenApiCluster", part("openapi"))
    monkeypatch.setattr(cluster_client, "DirectCluster", part("direct"))
    return made

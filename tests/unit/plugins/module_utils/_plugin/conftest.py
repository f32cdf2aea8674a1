# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from ansible_collections.aliyun.elasticsearch.plugins.module_utils import _module, _module_cluster


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """What is handed to the transport, to the client, to the cluster of either route and to the watch."""
    made = SimpleNamespace(transport=None, client=None, openapi=None, direct=None, watch=None)

    def transport(**options: Any) -> str:
        made.transport = options
        return "transport"

    def part(name: str) -> Callable[..., str]:
        def make(*parts: Any, **options: Any) -> str:
            setattr(made, name, (*parts, options) if options else parts)
            return name

        return make

    monkeypatch.setattr(_module, "Transport", transport)
    monkeypatch.setattr(_module, "Client", part("client"))
    monkeypatch.setattr(_module_cluster, "OpenApiCluster", part("openapi"))
    monkeypatch.setattr(_module_cluster, "DirectCluster", part("direct"))
    monkeypatch.setattr(_module_cluster, "SnapshotWaiter", part("watch"))
    return made

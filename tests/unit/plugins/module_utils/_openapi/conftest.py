# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from ansible_collections.aliyun.elasticsearch.plugins.module_utils._openapi import allowed


@pytest.fixture
def any_request(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let any request pass, for the tests of how a client sends and signs what no operation of the collection is."""
    monkeypatch.setattr(allowed, "check", lambda action, method, target, body: None)

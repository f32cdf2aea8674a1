# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import contextlib
import logging
import os
import re
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import hypothesis
import pytest

from ansible_collections.aliyun.elasticsearch.tests.unit.support.server import Server

# Every run tries the same examples; `--hypothesis-profile=search` looks for new ones.
hypothesis.settings.register_profile("repeatable", deadline=None, database=None, derandomize=True)
hypothesis.settings.register_profile("search", deadline=None, database=None, max_examples=2000)
hypothesis.settings.load_profile("repeatable")

_OUTSIDE = re.compile(r"ALIBABA_?CLOUD_.*|ALICLOUD_.*|(HTTPS?|ALL|NO)_PROXY|(REQUESTS|CURL)_CA_BUNDLE|NETRC", re.I)


def pytest_make_parametrize_id(val: object) -> str | None:
    """Name a test after texts and bytes as they are written in it, but not at length."""
    if isinstance(val, (str, bytes)):
        text = ascii(val)
        return text if len(text) <= 60 else f"{text[:40]}...{len(val)}"
    return None


@pytest.fixture(autouse=True)
def environment_of_its_own(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Keep the keys, proxies and CA certificates of whoever runs the tests out of them, and logging as it was."""
    for name in os.environ:
        if _OUTSIDE.fullmatch(name):
            monkeypatch.delenv(name)
    with warnings.catch_warnings():
        yield
    logging.disable(logging.NOTSET)


@pytest.fixture(scope="module")
def serve() -> Iterator[Callable[..., Server]]:
    """Start loopback servers that end with the module's tests."""
    with contextlib.ExitStack() as stack:

        def start(*responses: Any, **options: Any) -> Server:
            server = Server(*responses, **options)
            stack.callback(server.close)
            return server

        yield start

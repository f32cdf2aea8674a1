# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A running emulator for the tests in this folder, which are skipped where its libraries are missing."""

from __future__ import annotations

import importlib.util
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from ansible_collections.aliyun.elasticsearch.tests.emulator.client import Process

if TYPE_CHECKING:
    from .callers import Caller, Cluster

LIBRARIES = ("aiohttp", "alibabacloud_tea_openapi", "pydantic", "trustme")

# The emulator that all tests share, once the first of them comes.
_shared: list[Process] = []


def _missing() -> str | None:
    """Return the first library that is not installed."""
    return next((name for name in LIBRARIES if importlib.util.find_spec(name) is None), None)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> None:
    """Start the shared emulator; ansible-test forks for every test, and a fixture would start one in each fork."""
    if not _shared and "started" in getattr(item, "fixturenames", ()) and not _missing():
        _shared.append(Process(Path(tempfile.mkdtemp(prefix="with space é ")) / "new", time_limit=600))


def pytest_sessionfinish() -> None:
    """End the shared emulator."""
    for started in _shared:
        started.end()
        shutil.rmtree(started.directory.parent)


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Process]]:
    """Start an emulator for one test, and end it with the test."""
    if name := _missing():
        pytest.skip(f"needs {name}")
    running: list[Process] = []

    def start_one(time_limit: float = 60, cluster: str | None = None) -> Process:
        running.append(Process(tmp_path / "new", time_limit, cluster))
        return running[-1]

    yield start_one
    for started in running:
        started.end()


@pytest.fixture
def started() -> Process:
    """The shared emulator's process."""
    if name := _missing():
        pytest.skip(f"needs {name}")
    return _shared[0].ready()


@pytest.fixture
def emulator(started: Process) -> Iterator[Caller]:
    """The shared emulator, with nothing left of the test before; fails a test in which an upgrade was asked for."""
    from ansible_collections.aliyun.elasticsearch.tests.unit.emulator.callers import Caller

    emulator = Caller(started.announcement)
    emulator.reset()
    yield emulator
    assert emulator.upgrades == []


@pytest.fixture
def cluster(emulator: Caller) -> Cluster:
    """The clusters of the shared emulator."""
    from ansible_collections.aliyun.elasticsearch.tests.unit.emulator.callers import Cluster

    return Cluster(emulator)

# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""One node of each engine for all tests; says in the end which engines were met and what came of the tests."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count

import pytest
from cluster import ENGINES, Cluster, Unavailable, require
from states import Repository, add_index

met: dict[str, str] = {}
results = {"passed": 0, "failed": 0}
numbers = count(1)
ENGINES_HERE = pytest.StashKey[list[str]]()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--engine", action="append", choices=ENGINES, help="test only this engine; may be repeated")


def pytest_configure(config: pytest.Config) -> None:
    """Find out which engines can be run here; no test is worth anything without the first."""
    chosen = config.getoption("--engine")
    config.stash[ENGINES_HERE] = []
    for name in chosen or ENGINES:
        try:
            require(name)
        except Unavailable as exception:
            met[name] = f"{name} not run, as this is missing: {exception}"
            if chosen or name == next(iter(ENGINES)):
                pytest.exit(met[name], returncode=1)
        else:
            config.stash[ENGINES_HERE].append(name)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "cluster" in metafunc.fixturenames:
        engines = metafunc.config.stash[ENGINES_HERE]
        metafunc.parametrize("cluster", engines, indirect=True, scope="session")


@pytest.fixture(scope="session")
def cluster(request: pytest.FixtureRequest) -> Iterator[Cluster]:
    """A node of an engine, with the index ``books`` in two shards."""
    with Cluster(request.param) as node:
        met[request.param] = str(node)
        add_index(node, "books", number_of_shards=2)
        yield node


@pytest.fixture
def repository(cluster: Cluster) -> Iterator[Repository]:
    """A new and empty repository."""
    repository = Repository(cluster, f"repository-{next(numbers)}")
    yield repository
    cluster.control("release")
    repository.wait_until_idle()


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    if report.failed:
        results["failed"] += 1
    elif report.when == "call" and report.passed:
        results["passed"] += 1


@pytest.hookimpl(trylast=True)
def pytest_unconfigure(config: pytest.Config) -> None:
    if not config.option.collectonly:
        print()
        print("Engines: " + (", ".join(met.values()) or "none"))
        print(f"{results['passed']} passed, {results['failed']} failed")

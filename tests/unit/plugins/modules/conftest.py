# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from ansible.module_utils.common import warnings as module_warnings

from ansible_collections.aliyun.elasticsearch.plugins.modules import es_snapshot as es_snapshot_module
from ansible_collections.aliyun.elasticsearch.plugins.modules import es_snapshot_info as es_snapshot_info_module
from ansible_collections.aliyun.elasticsearch.tests.unit.plugins.modules.results import (
    CLUSTER_PASSWORD,
    INSTANCE,
    SECRET,
    Run,
    Serve,
    by_route,
)
from ansible_collections.aliyun.elasticsearch.tests.unit.support.cluster import FakeCluster
from ansible_collections.aliyun.elasticsearch.tests.unit.support.instance import FakeInstance
from ansible_collections.aliyun.elasticsearch.tests.unit.support.module import run_main


@pytest.fixture
def run_module(capsys: pytest.CaptureFixture[str]) -> Run:
    """Run a module's main with options, return what it prints; ``failed`` is always there and agrees with the status.

    It writes into the syslog only with ``logs``.
    """

    def run(
        main: Callable[[], None], options: dict[str, Any], *, check_mode: bool = False, logs: bool = False
    ) -> dict[str, Any]:
        module_warnings._global_warnings.clear()  # those of this process, which is that of all tests
        result = run_main(main, capsys, {**options, "_ansible_no_log": not logs}, check_mode=check_mode)
        assert "exception" not in result
        result["printed"] = json.dumps(result)
        return result

    return run


@pytest.fixture(params=["openapi", "direct"])
def route(request: pytest.FixtureRequest) -> str:
    """The routes to the cluster."""
    route: str = request.param
    return route


@pytest.fixture
def es_snapshot(run_module: Run) -> Run:
    """Run es_snapshot against an endpoint; the defaults are quick, options can be taken away with None."""

    def run(endpoint: str | None, *, check_mode: bool = False, **options: Any) -> dict[str, Any]:
        given_options = {
            "instance_id": INSTANCE,
            "access_key_id": "the-id",
            "access_key_secret": SECRET,
            "endpoint": endpoint,
            "retries": 2,
            "retry_max_delay": 0,
            **options,
        }
        given = {name: value for name, value in given_options.items() if value is not None}
        result = run_module(es_snapshot_module.main, given, check_mode=check_mode)
        assert SECRET not in result["printed"]
        return result

    return run


@pytest.fixture
def es_snapshot_on(route: str, es_snapshot: Run, serve: Serve) -> Run:
    """Run es_snapshot on an instance whose cluster is read by either route; waits are short."""

    def run(instance: FakeInstance, **options: Any) -> dict[str, Any]:
        server = serve(instance)
        direct = {"cluster_url": server.url, "cluster_password": CLUSTER_PASSWORD} if route == "direct" else {}
        result = es_snapshot(server.url, **{**direct, "wait_timeout": 5, "wait_interval": 0.01, **options})
        assert CLUSTER_PASSWORD not in result["printed"]
        routes = {read.target.partition("?")[0].rpartition("/")[2] == "es-request" for read in instance.reads}
        assert routes <= {route == "openapi"}
        return result

    return run


@pytest.fixture
def es_snapshot_info(run_module: Run) -> Run:
    """Run the module; the defaults are quick and leave all out that has to do with a server, see ``by_route``."""

    def run(*, check_mode: bool = False, **options: Any) -> dict[str, Any]:
        given_options = {"instance_id": INSTANCE, "retries": 2, "retry_max_delay": 0, **options}
        result = run_module(
            es_snapshot_info_module.main,
            {name: value for name, value in given_options.items() if value is not None},
            check_mode=check_mode,
        )
        assert SECRET not in result["printed"]
        assert CLUSTER_PASSWORD not in result["printed"]
        return result

    return run


@pytest.fixture
def es_snapshot_info_on(route: str, es_snapshot_info: Run, serve: Serve) -> Run:
    """Run the module on an instance whose cluster is read by either route."""

    def run(cluster: FakeCluster, **options: Any) -> dict[str, Any]:
        return es_snapshot_info(**{**by_route(route, serve(FakeInstance(cluster)).url), **options})

    return run

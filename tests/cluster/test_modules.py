# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The modules and the runbook against real engines, by both routes; the emulator before them has the OpenAPI."""

from __future__ import annotations

import json
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from typing import Any

import collection  # noqa: F401  # pylint: disable=unused-import
import pytest
from ansible.module_utils.testing import patch_module_args
from cluster import Cluster
from conftest import numbers
from states import PATIENCE, Repository, add_index, change, failing, held, unassigned_index

from ansible_collections.aliyun.elasticsearch.plugins.module_utils._cluster import client, waiter
from ansible_collections.aliyun.elasticsearch.plugins.modules import es_snapshot, es_snapshot_info
from ansible_collections.aliyun.elasticsearch.tests.demo.sandbox import Sandbox, sandbox
from ansible_collections.aliyun.elasticsearch.tests.emulator.client import Emulator

NAME = "aliyun_auto_snapshot"
HALF_AN_HOUR = 1800
# What takes long is done by both routes there, elsewhere through the OpenAPI only.
BOTH_ROUTES = ("opensearch-2", "elasticsearch-7.10")

Run = Callable[..., "dict[str, Any]"]


@pytest.fixture(scope="module")
def box(cluster: Cluster) -> Iterator[Sandbox]:
    """An emulator that stands before the real cluster, and an environment for Ansible."""
    with sandbox(900, cluster.url) as box:
        yield box


@pytest.fixture
def emulator(box: Sandbox) -> Emulator:
    """The emulator, with nothing left of the test before."""
    box.emulator.reset()
    return box.emulator


@pytest.fixture(params=["openapi", "direct"])
def route(request: pytest.FixtureRequest, cluster: Cluster) -> dict[str, str]:
    """The options of a route: through the OpenAPI, or straight to the engine."""
    direct = {"cluster_url": cluster.url, "cluster_username": "elastic", "cluster_password": "of-nobody"}
    return direct if request.param == "direct" else {}


@pytest.fixture
def takes_long(cluster: Cluster, route: dict[str, str]) -> None:
    """Leave one route out on most engines."""
    if route and cluster.name not in BOTH_ROUTES:
        pytest.skip("takes long")


@pytest.fixture
def auto(cluster: Cluster) -> Iterator[Repository]:
    """The repository that CreateSnapshot takes snapshots in, new and empty."""
    location = f"modules-{next(numbers)}"
    repository = Repository(cluster, NAME, location)
    yield repository
    cluster.control("release")
    if cluster.get(f"/_snapshot/{NAME}").status == 200:
        repository.wait_until_idle()


@pytest.fixture
def run(emulator: Emulator, auto: Repository, route: dict[str, str], capsys: pytest.CaptureFixture[str]) -> Run:
    """Run a module's main with options by a route; return the result."""

    def run(module: Any, **options: Any) -> dict[str, Any]:
        account = emulator.accounts["operator"]
        given = {
            "instance_id": emulator.instances["active"],
            "access_key_id": account["access_key_id"],
            "access_key_secret": account["access_key_secret"],
            "endpoint": emulator.http,
            "retries": 0,
            **route,
            **options,
        }
        if module is es_snapshot:
            given = {"wait_timeout": PATIENCE, "wait_interval": 0.05, **given}
        capsys.readouterr()
        with patch_module_args({**given, "_ansible_no_log": True}), pytest.raises(SystemExit):
            module.main()
        result: dict[str, Any] = json.loads(capsys.readouterr().out)
        assert "exception" not in result
        assert not any(entry["status"] == 400 for entry in emulator.journal("openapi"))
        return result

    return run


@contextmanager
def meanwhile(act: Callable[[], object]) -> Iterator[None]:
    """Do something in a thread beside what is in the block; what it raises is raised in the end."""
    with ThreadPoolExecutor(1) as pool:
        future = pool.submit(act)
        yield
        future.result()


def until_held(cluster: Cluster, count: int = 1) -> None:
    """Return when the writing of a snapshot is held back."""
    deadline = time.monotonic() + PATIENCE
    while cluster.control("reads").get("held", 0) < count:
        assert time.monotonic() < deadline
        time.sleep(0.02)


def check_complete(result: dict[str, Any], name: str) -> None:
    """Check that a run succeeded with that snapshot."""
    assert not result.get("failed"), result["msg"]
    assert (result["snapshot"]["name"], result["snapshot"]["state"]) == (name, "SUCCESS")
    assert result["snapshot"]["shards"]["failed"] == 0


def test_wait_follows_the_snapshot_while_it_runs(
    cluster: Cluster, auto: Repository, run: Run, emulator: Emulator
) -> None:
    auto.take("before")
    change(cluster, "books", 8)

    def release() -> None:
        until_held(cluster)
        assert auto.rows("_current")[0]["state"] == "IN_PROGRESS"
        time.sleep(0.3)  # for some polls
        cluster.control("release")

    with held(cluster), meanwhile(release):
        result = run(es_snapshot, wait=True)
    check_complete(result, emulator.snapshots[0]["name"])
    assert (result["outcome"], result["changed"]) == ("accepted", True)
    assert auto.uuids()[result["snapshot"]["name"]] == result["snapshot"]["uuid"]
    assert [each["name"] for each in emulator.snapshots] == [result["snapshot"]["name"]]


def test_wait_tells_its_snapshot_from_one_that_runs(
    cluster: Cluster, auto: Repository, run: Run, emulator: Emulator
) -> None:
    change(cluster, "books", 8)

    def release() -> None:
        until_taken(emulator)
        cluster.control("release")

    with held(cluster), meanwhile(release):
        auto.begin("another")
        until_held(cluster)
        result = run(es_snapshot, wait=True)
    check_complete(result, emulator.snapshots[0]["name"])


def until_taken(emulator: Emulator) -> None:
    """Return when a snapshot was taken."""
    deadline = time.monotonic() + PATIENCE
    while not emulator.snapshots:
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_wait_takes_the_earliest_of_those_that_are_new(
    cluster: Cluster, auto: Repository, run: Run, emulator: Emulator
) -> None:
    change(cluster, "books", 8)
    emulator.stub({"kind": "trickle", "seconds": 0.02}, operation="CreateSnapshot")

    def begin() -> None:
        until_taken(emulator)
        time.sleep(0.3)  # an engine's clock is not fine
        auto.begin("later")
        time.sleep(0.3)
        cluster.control("release")

    with held(cluster), meanwhile(begin):
        result = run(es_snapshot, wait=True)
    check_complete(result, emulator.snapshots[0]["name"])


def test_wait_leaves_out_what_a_policy_takes(cluster: Cluster, auto: Repository, run: Run, emulator: Emulator) -> None:
    change(cluster, "books", 8)
    emulator.stub({"kind": "error", "status": 503, "code": "ServiceUnavailable"}, operation="CreateSnapshot")

    def begin() -> None:
        deadline = time.monotonic() + PATIENCE
        while "CreateSnapshot" not in [entry["operation"] for entry in emulator.journal("openapi")]:
            assert time.monotonic() < deadline
            time.sleep(0.02)
        auto.begin("nightly", metadata={"policy": "nightly"})
        until_taken(emulator)
        cluster.control("release")

    with held(cluster), meanwhile(begin):
        result = run(es_snapshot, wait=True, retries=1, retry_max_delay=2)
    check_complete(result, emulator.snapshots[0]["name"])


def test_wait_takes_one_although_the_connection_drops(auto: Repository, run: Run, emulator: Emulator) -> None:
    emulator.stub({"kind": "drop", "when": "after"}, operation="CreateSnapshot")
    result = run(es_snapshot, wait=True, retries=2, retry_max_delay=0)
    check_complete(result, emulator.snapshots[0]["name"])
    assert len(auto.uuids()) == 1


def test_wait_fails_for_a_partial_one(cluster: Cluster, auto: Repository, run: Run) -> None:
    with failing(cluster):
        result = run(es_snapshot, wait=True)
    assert (result["failed"], result["outcome"], result["snapshot"]["state"]) == (True, "accepted", "PARTIAL")
    assert "2 of 2 shards failed" in result["msg"]
    assert len(result["failures"]) == 2
    # It is no recent one either.
    result = run(es_snapshot, max_age=3600, wait=True)
    check_complete(result, sorted(auto.uuids())[-1])
    assert result["outcome"] == "accepted"


def test_wait_fails_where_a_red_cluster_refuses(
    cluster: Cluster, auto: Repository, run: Run, emulator: Emulator
) -> None:
    with unassigned_index(cluster):
        result = run(es_snapshot, wait=True)
        assert (result["failed"], result["outcome"]) == (True, "refused")
        emulator.set(refused_snapshot="accepted")
        result = run(es_snapshot, wait=True, wait_timeout=0.2)
        assert (result["failed"], result["outcome"]) == (True, "accepted")
        assert "The cluster's health is red" in result["msg"]
    assert auto.uuids() == {}


def test_wait_fails_for_an_aborted_one(
    cluster: Cluster, auto: Repository, run: Run, emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(waiter, "_MIN_MISSING", 0.1)
    change(cluster, "books", 8)

    def abort() -> None:
        until_held(cluster)
        time.sleep(0.3)  # until it was seen
        deletion = threading.Thread(target=auto.delete, args=(emulator.snapshots[0]["name"],))
        deletion.start()
        time.sleep(0.1)
        cluster.control("release")
        deletion.join()

    with held(cluster), meanwhile(abort):
        result = run(es_snapshot, wait=True)
    assert (result["failed"], result["outcome"]) == (True, "accepted")
    assert "is no longer in the repository" in result["msg"] or "aborted by deletion" in result["msg"]
    assert auto.uuids() == {}


def test_wait_fails_where_nothing_comes_of_it(
    cluster: Cluster, auto: Repository, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(waiter, "_MIN_MISSING", 0.1)
    with failing(cluster, "index"):
        result = run(es_snapshot, wait=True, wait_timeout=3)
        auto.wait_until_idle()
    assert (result["failed"], result["outcome"]) == (True, "accepted")
    assert auto.uuids() == {}


def test_wait_warns_of_one_that_holds_nothing(cluster: Cluster, auto: Repository, run: Run) -> None:
    cluster.do("DELETE", "/books")
    try:
        result = run(es_snapshot, wait=True)
    finally:
        add_index(cluster, "books", number_of_shards=2)
    assert not result.get("failed"), result["msg"]
    assert (result["snapshot"]["indices"], result["snapshot"]["shards"]["total"]) == (0, 0)
    assert any("protects nothing" in str(warning) for warning in result["warnings"])
    assert run(es_snapshot, max_age=3600)["outcome"] == "accepted"


def test_wait_with_a_closed_index(cluster: Cluster, auto: Repository, run: Run, emulator: Emulator) -> None:
    add_index(cluster, "closed")
    cluster.do("POST", "/closed/_close")
    try:
        check_complete(run(es_snapshot, wait=True), emulator.snapshots[0]["name"])
    finally:
        cluster.do("DELETE", "/closed")


@pytest.mark.parametrize("spoil", [Repository.damaged, Repository.removed])
def test_object_that_cannot_be_read_is_in_nobodys_way(
    auto: Repository, run: Run, emulator: Emulator, spoil: Callable[..., Any]
) -> None:
    for name in ("a", "b"):
        auto.take(name)
    with spoil(auto, "b"):
        found = run(es_snapshot_info)["snapshots"]
        assert [(each["name"], each["readable"]) for each in found] == [("a", True), ("b", False)]
        result = run(es_snapshot, max_age=3600)
        check_complete(result, "a")
        assert result["outcome"] == "current"
        check_complete(run(es_snapshot, wait=True), emulator.snapshots[0]["name"])
        (only,) = run(es_snapshot_info, name="b")["snapshots"]
        assert (only["name"], only["readable"], only["state"]) == ("b", False, "SUCCESS")


def test_index_that_cannot_be_read_fails_before_anything_is_sent(
    cluster: Cluster, auto: Repository, run: Run, emulator: Emulator
) -> None:
    auto.take("a")
    with auto.damaged_index():
        Repository(cluster, NAME, auto.location, readonly="true")
        results = [run(es_snapshot, wait=True), run(es_snapshot, max_age=3600), run(es_snapshot_info)]
    assert [result["failed"] for result in results] == [True] * 3
    assert {result["error"]["code"] for result in results} == {"repository_exception"}
    assert {result["outcome"] for result in results[:2]} == {"not_sent"}
    assert emulator.snapshots == []
    assert "CreateSnapshot" not in [entry["operation"] for entry in emulator.journal("openapi")]


def test_repository_that_does_not_exist(cluster: Cluster, auto: Repository, run: Run, emulator: Emulator) -> None:
    cluster.do("DELETE", f"/_snapshot/{NAME}")
    result = run(es_snapshot_info)
    assert (result.get("failed", False), result["snapshots"]) == (False, [])
    for options in ({"wait": True}, {"max_age": 3600}):
        assert run(es_snapshot, **options)["outcome"] == "refused"
    emulator.set(refused_snapshot="accepted")
    assert "The cluster has no such repository" in run(es_snapshot, wait=True, wait_timeout=0.2)["msg"]


def test_max_age_waits_for_one_that_runs(cluster: Cluster, auto: Repository, run: Run, emulator: Emulator) -> None:
    change(cluster, "books", 8)

    def release() -> None:
        time.sleep(0.3)  # for some polls
        cluster.control("release")

    with ExitStack() as stack:
        stack.enter_context(held(cluster))
        auto.begin("running")
        until_held(cluster)
        result = run(es_snapshot, max_age=3600)
        assert (result["outcome"], result["snapshot"]["state"]) == ("current", "IN_PROGRESS")
        stack.enter_context(meanwhile(release))
        result = run(es_snapshot, max_age=3600, wait=True)
    check_complete(result, "running")
    assert (result["outcome"], result["changed"]) == ("current", False)
    assert emulator.snapshots == []


def ends(count: int, newest: float, prefix: str = "es-cn-0pp1jxvcl0001abcd_") -> list[tuple[str, int]]:
    """Names as Alibaba Cloud gives them and ends of snapshots half an hour apart, the newest some seconds ago."""
    found = []
    for number in range(count):
        end = time.time() - newest - number * HALF_AN_HOUR
        found.append((f"{prefix}{time.strftime('%Y%m%d%H%M%S', time.gmtime(end))}", int(end * 1000)))
    return found[::-1]


def fill(auto: Repository, snapshots: list[tuple[str, int]]) -> None:
    """Have these snapshots in the repository, which is slow, and counts what is read."""
    made = auto.history(f"{auto.location}-{next(numbers)}", snapshots)
    Repository(auto.cluster, NAME, made.location, object_delay=1)
    auto.location = made.location


@pytest.mark.usefixtures("takes_long")
def test_336_snapshots(auto: Repository, run: Run) -> None:
    snapshots = ends(336, 600)
    fill(auto, snapshots)
    found = run(es_snapshot_info)["snapshots"]
    assert [each["name"] for each in found] == [name for name, _end in reversed(snapshots)]
    assert {(each["state"], each["readable"], each["indices"]) for each in found} == {("SUCCESS", True, 1)}
    check_complete(run(es_snapshot, max_age=3600), snapshots[-1][0])


@pytest.fixture
def objects_read(cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many objects of snapshots the engine reads for each request of the modules, in order."""
    counts: list[int] = []
    for kind in (client.DirectCluster, client.OpenApiCluster):

        def counted(self: Any, path: str, max_bytes: int, get: Any = kind._get) -> Any:
            cluster.control("reset")
            try:
                return get(self, path, max_bytes)
            finally:
                counts.append(cluster.control("reset").get("snap", 0))

        monkeypatch.setattr(kind, "_get", counted)
    return counts


@pytest.mark.usefixtures("takes_long")
def test_cost_of_2000_snapshots(auto: Repository, run: Run, emulator: Emulator, objects_read: list[int]) -> None:
    def cost(module: Any, **options: Any) -> tuple[dict[str, Any], int]:
        objects_read.clear()
        result = run(module, **options)
        assert max(objects_read) <= 100, "no request reads more"
        return result, sum(objects_read)

    # With longer names, a path has room for fewer.
    snapshots = ends(2000, 600, prefix="a-")
    fill(auto, snapshots)
    result, read = cost(es_snapshot, max_age=3600)
    check_complete(result, snapshots[-1][0])
    assert read == 21, "max_age, where there is a recent one"
    result, read = cost(es_snapshot, max_age=300)
    assert (result["outcome"], read) == ("accepted", 20), "max_age, where there is none"
    auto.wait_until_idle()
    result, read = cost(es_snapshot, wait=True)
    check_complete(result, emulator.snapshots[-1]["name"])
    assert read == 1, "wait"
    result, read = cost(es_snapshot_info)
    assert (len(result["snapshots"]), read) == (2002, 2002), "es_snapshot_info"


@pytest.mark.usefixtures("takes_long")
def test_runbook_twice(box: Sandbox, emulator: Emulator, auto: Repository, route: dict[str, str]) -> None:
    variables = {"es_instance_id": emulator.instances["active"], "es_region": "cn-hangzhou", "es_wait_interval": 0.1}
    variables |= {f"es_{name}": value for name, value in route.items()}
    arguments = ["playbook", "aliyun.elasticsearch.pre_upgrade_snapshot", "-e", json.dumps(variables)]
    outputs = [
        subprocess.run(
            [str(box.folder / "venv" / "bin" / "python"), "-m", "ansible", *arguments],
            env=box.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        for _number in range(2)
    ]
    name = emulator.snapshots[0]["name"]
    for output, outcome in zip(outputs, ("accepted", "current")):
        assert output.returncode == 0, output.stdout + output.stderr
        assert f"Snapshot of {emulator.instances['active']}: {outcome}" in output.stdout
        assert f"{name} has been complete since" in output.stdout
    assert list(auto.uuids()) == [name]

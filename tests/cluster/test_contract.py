# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The emulator's own cluster beside a real one: every request that the collection sends gets the same from both.

The collection's own code reads from a pair of clusters, which sends each request to both and compares the status, the
keys, the types of values, the types of errors, and which snapshots there are, in which state and with how many shards.
"""

from __future__ import annotations

import base64
import contextlib
import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

import collection  # noqa: F401  # pylint: disable=unused-import
import pytest
from cluster import Cluster
from conftest import numbers
from states import PATIENCE, Repository, change, failing, held, unassigned_index

from ansible_collections.aliyun.elasticsearch.plugins.module_utils._cluster import client, repository
from ansible_collections.aliyun.elasticsearch.plugins.module_utils._cluster.snapshots import Snapshot
from ansible_collections.aliyun.elasticsearch.plugins.module_utils._errors import AliyunError
from ansible_collections.aliyun.elasticsearch.plugins.module_utils._http.retry import RetryPolicy
from ansible_collections.aliyun.elasticsearch.plugins.module_utils._http.transport import Response
from ansible_collections.aliyun.elasticsearch.plugins.module_utils._redaction import Redactor
from ansible_collections.aliyun.elasticsearch.tests.emulator.client import Emulator, Process

NAME = "aliyun_auto_snapshot"
# As which of its versions the emulator stands beside an engine.
VERSIONS = {
    "opensearch-2": "opensearch-2",
    "opensearch-3": "opensearch-3",
    "elasticsearch-7.10": "7.10",
    "elasticsearch-7.17": "7.17",
    "elasticsearch-8": "8.15",
    "elasticsearch-9": "9.1",
}
SAME_VALUES = ("snapshot", "state", "status", "type")
# What the emulator does not have, see its README; the last one is newer than its 8.15.
LEFT_OUT = ("caused_by", "suppressed", "unassign.pri")


class State(NamedTuple):
    """A state of a repository: how a real cluster gets there, and how the emulator is told to be there."""

    enter: Callable[[Repository, ExitStack], None]
    fixtures: list[dict[str, Any]]
    settings: Mapping[str, Any] = MappingProxyType({})
    left_out: tuple[str, ...] = ()


def fixture(name: str, began_ago: float, **fields: Any) -> dict[str, Any]:
    return {"name": name, "began_ago": began_ago, "indices": 1, "total_shards": 2, **fields}


def take(*names: str) -> Callable[[Repository, ExitStack], None]:
    def enter(repository: Repository, stack: ExitStack) -> None:
        for name in names:
            repository.take(name)

    return enter


def begin(repository: Repository, stack: ExitStack, *names: str, **body: Any) -> None:
    """Begin snapshots that run until the test ends."""
    stack.callback(repository.wait_until_idle)
    stack.enter_context(held(repository.cluster))
    for name in names:
        repository.begin(name, **body)
    wait_until(lambda: repository.cluster.control("reads").get("held", 0) > 0)


def wait_until(holds: Callable[[], bool]) -> None:
    """Return when a condition holds."""
    deadline = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def run_first(repository: Repository, stack: ExitStack) -> None:
    begin(repository, stack, "a")


def run_beside(repository: Repository, stack: ExitStack) -> None:
    repository.take("a")
    change(repository.cluster, "books", 8)
    begin(repository, stack, "b", "c", metadata={"policy": "nightly"})


def abort(repository: Repository, stack: ExitStack) -> None:
    repository.take("a")
    change(repository.cluster, "books", 8)
    begin(repository, stack, "b")
    thread = threading.Thread(target=repository.delete, args=("b",))
    thread.start()
    stack.callback(thread.join)
    stack.callback(repository.cluster.control, "release")
    path = f"/_snapshot/{repository.name}/b/_status"
    wait_until(lambda: repository.cluster.do("GET", path)["snapshots"][0]["state"] == "ABORTED")


def fail(repository: Repository, stack: ExitStack) -> None:
    repository.take("a")
    repository.take_failed("b", "books")


def take_partial(repository: Repository, stack: ExitStack) -> None:
    with failing(repository.cluster):
        repository.take("a")
    repository.take("b")


def take_of_policy(repository: Repository, stack: ExitStack) -> None:
    repository.take("a", metadata={"policy": "nightly", "taken_by": {"number": 1, "names": []}})
    repository.take("b", metadata={})


def take_of_nothing(repository: Repository, stack: ExitStack) -> None:
    repository.take("a", indices="nothing-*")


def damage(repository: Repository, stack: ExitStack) -> None:
    take("a", "b")(repository, stack)
    stack.enter_context(repository.damaged("a"))


def remove(repository: Repository, stack: ExitStack) -> None:
    take("a", "b")(repository, stack)
    stack.enter_context(repository.removed("a"))


def damage_index(repository: Repository, stack: ExitStack) -> None:
    take("a", "b")(repository, stack)
    stack.enter_context(repository.damaged_index())
    Repository(repository.cluster, NAME, repository.location, readonly="true")


def unregister(repository: Repository, stack: ExitStack) -> None:
    repository.cluster.do("DELETE", f"/_snapshot/{NAME}")


def be_red(repository: Repository, stack: ExitStack) -> None:
    repository.take("a")
    stack.enter_context(unassigned_index(repository.cluster))


RUNS = {"running_polls": None}
TWO = [fixture("a", 20), fixture("b", 10)]
STATES = {
    "no repository": State(unregister, []),
    "empty": State(take(), [{"count": 0}]),
    "one": State(take("a"), TWO[:1]),
    "three": State(take("a", "b", "c"), [fixture("a", 30), fixture("b", 20), fixture("c", 10)]),
    "of a policy": State(
        take_of_policy,
        [
            fixture("a", 20, metadata={"policy": "nightly", "taken_by": {"number": 1, "names": []}}),
            fixture("b", 10, metadata={}),
        ],
    ),
    "of nothing": State(take_of_nothing, [fixture("a", 10, indices=0, total_shards=0)]),
    "running, the first": State(run_first, [fixture("a", 10, **RUNS)]),
    "running, two": State(
        run_beside,
        [
            fixture("a", 30),
            fixture("b", 20, **RUNS, metadata={"policy": "nightly"}),
            fixture("c", 10, **RUNS, metadata={"policy": "nightly"}),
        ],
    ),
    # The shards that had not begun yet fail at once, at some time.
    "aborted": State(
        abort, [fixture("a", 20), fixture("b", 10, **RUNS, state="ABORTED")], left_out=("failures", "shards")
    ),
    "failed": State(fail, [fixture("a", 20), fixture("b", 10, state="FAILED", failed_shards=2)]),
    "partial": State(take_partial, [fixture("a", 20, state="PARTIAL", failed_shards=2), fixture("b", 10)]),
    "damaged object": State(damage, [fixture("a", 20, object="damaged"), fixture("b", 10)]),
    "removed object": State(remove, [fixture("a", 20, object="missing"), fixture("b", 10)]),
    "unreadable index": State(damage_index, TWO, {"index_readable": False}),
    "red": State(be_red, TWO[:1], {"health": "red"}),
}


class Pair(client.Cluster):
    """A real cluster and the emulator's own, read at once; what the real one responds is what the collection gets."""

    def __init__(self, real: Cluster, emulator: Emulator) -> None:
        super().__init__(RetryPolicy(0, 0))
        self.real = real
        self.emulator = emulator
        self.left_out: tuple[str, ...] = ()
        self.paths: list[str] = []
        self.differences: dict[str, str] = {}

    def _get(self, path: str, max_bytes: int) -> client.ClusterResponse:
        real = self.real.get(f"/{path}")
        status, content_type, document = self._ask_emulator(path)
        self.paths.append(path)
        expected = {"status": real.status, "body": shape(real.body, self.left_out)}
        emulated = {"status": status, "body": shape(document, self.left_out)}
        if self.real.engine.own_http:
            expected["type"], emulated["type"] = real.headers["content-type"], content_type
        for difference in differences(expected, emulated):
            self.differences.setdefault(difference, path)
        response = Response(real.status, {}, real.content)
        return client.ClusterResponse(client._document(response, Redactor()), None, None, size=len(real.content))

    def report(self) -> str:
        """Return each difference once, with the first path that has it."""
        return "\n".join(f"{difference} ({path})" for difference, path in self.differences.items())

    def _ask_emulator(self, path: str) -> tuple[int, str, Any]:
        password = self.emulator.announcement["cluster_users"]["elastic"]
        basic = base64.b64encode(f"elastic:{password}".encode()).decode()
        connection = self.emulator.connect(self.emulator.announcement["cluster_http"])
        try:
            connection.request("GET", f"/{path}", headers={"Authorization": f"Basic {basic}"})
            response = connection.getresponse()
            return response.status, response.headers["Content-Type"], json.loads(response.read())
        finally:
            connection.close()


def shape(value: Any, left_out: tuple[str, ...] = (), key: str = "") -> Any:
    """Return the keys and the types of a document, and the values that have to be the same; lists in their order."""
    if key in SAME_VALUES and not isinstance(value, (dict, list)):
        return value
    if isinstance(value, dict):
        if key == "shards":
            return value
        kept = sorted({*value}.difference(LEFT_OUT, left_out))
        return {name: shape(value[name], left_out, name) for name in kept}
    if isinstance(value, list):
        shapes = [shape(each, left_out) for each in value]
        if all(isinstance(each, dict) and "snapshot" in each for each in value):
            # Later versions promise no order without verbose; the emulator has another one there.
            return sorted(shapes, key=lambda each: each.get("snapshot", ""))
        return [each for number, each in enumerate(shapes) if each not in shapes[:number]]
    if key == "duration_in_millis":
        return "negative" if value < 0 else "not negative"
    if key == "end_time_in_millis":
        return "none" if value == 0 else "some"
    if key == "end_time":
        return "1970" if value.startswith("1970") else "some"
    return type(value).__name__


def differences(real: Any, emulated: Any, where: str = "") -> Iterator[str]:
    """Yield where two shapes differ, and how."""
    if isinstance(real, dict) and isinstance(emulated, dict):
        for name in sorted({*real, *emulated}):
            yield from differences(real.get(name, "missing"), emulated.get(name, "missing"), f"{where}.{name}")
    elif isinstance(real, list) and isinstance(emulated, list) and len(real) == len(emulated):
        for number, pair in enumerate(zip(real, emulated)):
            yield from differences(*pair, f"{where}[{number}]")
    elif real != emulated:
        yield f"{where}: {real} is real, {emulated} is emulated"


@pytest.fixture(scope="module")
def emulator(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    """An emulator with clusters of its own."""
    with Process(Path(tmp_path_factory.mktemp("emulator")) / "new", time_limit=600) as emulator:
        yield emulator


@pytest.fixture
def pair(cluster: Cluster, emulator: Emulator) -> Pair:
    """The two clusters."""
    return Pair(cluster, emulator)


@pytest.fixture
def enter(cluster: Cluster, emulator: Emulator) -> Iterator[Callable[[State], None]]:
    """Bring both clusters into a state, for the time of the test."""
    with ExitStack() as stack:

        def enter(state: State) -> None:
            emulator.scenario(fixtures=state.fixtures, settings={"version": VERSIONS[cluster.name], **state.settings})
            state.enter(Repository(cluster, NAME, f"contract-{next(numbers)}"), stack)

        yield enter


def send_all(pair: Pair, names: list[str], passes_queries: bool) -> None:
    """Send all requests that the collection sends, with a query or without."""
    read = repository.Repository(pair, NAME)
    read.passes_queries = passes_queries
    wanted = [*names, "nothing"]
    listed = [Snapshot(name, None, "SUCCESS") for name in wanted]
    batches = [batch for batch in (listed[:-1], listed, listed[-1:], [listed[-1], *listed[:1]]) if batch]
    # The last ones are for a response that is too long, and for one with all indices.
    for call in (
        *(read.current, read.index, read.snapshots),
        *(partial(call, name) for call in (read.named, read.named_or_listed, read._listed) for name in wanted),
        *(partial(read.read_batch, batch) for batch in batches),
        *(partial(read._list, name, repository._WITHOUT_INDICES) for name in wanted),
        *(partial(read._sized_batch, batch, ()) for batch in batches),
    ):
        with contextlib.suppress(AliyunError):
            call()


@pytest.mark.parametrize("state", STATES)
def test_contract(pair: Pair, enter: Callable[[State], None], state: str) -> None:
    enter(STATES[state])
    pair.left_out = STATES[state].left_out
    names = [each["name"] for each in STATES[state].fixtures if "name" in each]
    pair.health()
    send_all(pair, names, passes_queries=True)
    send_all(pair, names, passes_queries=False)
    assert len(set(pair.paths)) > 10
    assert not pair.differences, pair.report()


def test_contract_without_a_master(cluster: Cluster, emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> None:
    # The emulator's does not wait.
    monkeypatch.setattr(repository, "_MASTER_TIMEOUT", "master_timeout=10ms")
    emulator.scenario(fixtures=TWO, settings={"version": VERSIONS[cluster.name], "master": False})
    with Cluster(cluster.name, master=False) as alone:
        pair = Pair(alone, emulator)
        send_all(pair, ["a"], passes_queries=True)
    assert len(set(pair.paths)) > 10
    assert not pair.differences, pair.report()


FURTHER = [
    *("_all?filter_path=snapshots", "_all?filter_path=snapshots.indices,snapshots.failures"),
    *(
        "_all?filter_path=nothing",
        "_all?filter_path=**.s*",
        "_all?filter_path=**.total",
        "_all?filter_path=snapshots.**",
    ),
    *("_current?filter_path=snapshots.snapshot", "nothing-*", "nothing-*?ignore_unavailable=true", "a*", "a,a", "b,a"),
    *("_all?no_such_parameter=1", "_all?verbose=perhaps", "_all?master_timeout=10"),
    *("a?ignore_unavailable=true&verbose=false", "nothing?verbose=false"),
]
HEALTH = ("", "&h=epoch,status", "&master_timeout=10s", "&filter_path=status")


@pytest.mark.parametrize("state", ["empty", "three"])
def test_contract_beyond_what_the_collection_sends(
    cluster: Cluster, pair: Pair, enter: Callable[[State], None], state: str
) -> None:
    enter(STATES[state])
    paths = [f"_snapshot/{NAME}/{path}" for path in FURTHER] + [f"_cat/health?format=json{query}" for query in HEALTH]
    if cluster.engine.own_http:
        paths.append("n" * 5000)
    for path in paths:
        with contextlib.suppress(AliyunError):
            pair.get(path)
    assert not pair.differences, pair.report()

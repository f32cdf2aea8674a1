# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What reading a repository costs, in requests, objects and bytes: the size of the list does not matter."""

from __future__ import annotations

import pytest

from ansible_collections.aliyun.elasticsearch.plugins.module_utils._cluster.client import MAX_RESPONSE_BYTES
from ansible_collections.aliyun.elasticsearch.tests.unit.plugins.module_utils._cluster.reading import (
    BOTH_ROUTES,
    Wait,
    repository_of,
)
from ansible_collections.aliyun.elasticsearch.tests.unit.support.cluster import FakeCluster, FakeSnapshot

SECONDS_PER_OBJECT = 0.03
INDICES = [f".ds-logs-of-some-application-2026.11.24-{number:06}" for number in range(300)]
NAME = "es-cn-0pp1jxvcl0001abcd_202611{:08}"


def repository(count: int, age: float = 7200, damaged: int = 0) -> list[FakeSnapshot]:
    """Return so many snapshots, one each half an hour, the last of which ended ``age`` seconds ago."""
    held = [
        FakeSnapshot(NAME.format(number), start=end - 200, end=end, indices=INDICES)
        for number in range(count)
        for end in [-age - 1800 * (count - 1 - number)]
    ]
    for number in range(damaged):
        held[-1 - number].damage = "damaged" if number % 2 else "missing"
    return held


def ours() -> FakeSnapshot:
    return FakeSnapshot("es-cn-0pp1jxvcl0001abcd_20261200000000", indices=INDICES, appears=5, ends=45)


@BOTH_ROUTES
@pytest.mark.parametrize("version", ["6.8", "7.10", "7.17", "9.1", "OpenSearch 2.19"])
def test_wait_costs_the_same_for_50_and_2000_snapshots(route: str, version: str) -> None:
    counts = []
    for count in (50, 2000):
        model = FakeCluster(*repository(count), ours(), version=version, seconds_per_object=SECONDS_PER_OBJECT)
        wait = Wait(model, route)
        assert wait.waiter.note_existing(None) is None
        assert wait.waiter.wait_for_new().is_complete
        index = [request.size for request in model.requests if request.kind == "index"]
        assert max(index) < 150 * count + 200, "no names of indices"
        others = sum(request.size for request in model.requests if request.kind != "index")
        assert others < 50_000
        counts.append((model.objects, model.kinds, model.clock.slept))
    assert counts[0] == counts[1]
    assert counts[0][0] == 1, "its own"


@BOTH_ROUTES
@pytest.mark.parametrize("age", [60, 7200])
@pytest.mark.parametrize("damaged", [0, 3])
def test_max_age_costs_the_same_for_50_and_2000_snapshots(route: str, age: float, damaged: int) -> None:
    counts = []
    for count in (50, 2000):
        model = FakeCluster(*repository(count, age, damaged), seconds_per_object=SECONDS_PER_OBJECT)
        recent = Wait(model, route).waiter.note_existing(3600)
        assert (recent is not None) is (age == 60 and not damaged)
        others = sum(request.size for request in model.requests if request.kind != "index")
        assert others < 30_000
        counts.append((model.objects, model.most_objects, model.kinds))
    assert counts[0] == counts[1]
    assert counts[0][:2] == (21 if recent else 20, 20), "hit or not"


@BOTH_ROUTES
def test_wait_and_max_age_together_cost_21_objects(route: str) -> None:
    model = FakeCluster(*repository(2000), ours(), seconds_per_object=SECONDS_PER_OBJECT)
    wait = Wait(model, route)
    assert wait.waiter.note_existing(3600) is None
    wait.waiter.wait_for_new()
    assert model.objects == 21


@BOTH_ROUTES
@pytest.mark.parametrize("count", [336, 2000])
def test_snapshots_are_each_read_once_in_bounded_responses(route: str, count: int) -> None:
    model = FakeCluster(*repository(count, damaged=2), seconds_per_object=SECONDS_PER_OBJECT)
    found = repository_of(model, route).snapshots()
    assert [one.is_readable for one in found] == [True] * (count - 2) + [False] * 2
    assert {one.indices for one in found} == {300, None}
    assert (model.objects, model.most_objects <= 100) == (count, True)
    assert max(request.size for request in model.requests) <= MAX_RESPONSE_BYTES
    assert model.kinds == ["current", "index", *["batch"] * (len(model.kinds) - 3), "index"]


@BOTH_ROUTES
def test_list_that_is_slow_is_never_asked_for(route: str) -> None:
    model = FakeCluster(*repository(2000), ours(), seconds_per_object=0.25)
    wait = Wait(model, route)
    assert wait.waiter.note_existing(3600) is None
    assert wait.waiter.wait_for_new().is_complete
    assert "list" not in model.kinds
    assert model.most_objects * 0.25 < 30, "no request takes longer than a client waits"

# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The most recent complete snapshot, and how few objects are read to find it."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.aliyun.elasticsearch.plugins.module_utils._cluster.recent import latest_complete
from ansible_collections.aliyun.elasticsearch.plugins.module_utils._cluster.snapshots import Snapshot
from ansible_collections.aliyun.elasticsearch.plugins.module_utils._errors import AliyunError
from ansible_collections.aliyun.elasticsearch.tests.unit.plugins.module_utils._cluster.reading import (
    BOTH_ROUTES,
    repository_of,
)
from ansible_collections.aliyun.elasticsearch.tests.unit.support.cluster import (
    BROKEN,
    RUNNING,
    VERSIONS,
    FakeCluster,
    FakeSnapshot,
    Request,
    milliseconds,
)

# Names as they are made from a date, by what stands around and within it; the argument is the hour.
SPELLINGS = [
    "es-cn-1_2026112{0:02}0003",
    "snapshot-2026.11.{0:02}",
    "auto_2026-11-{0:02}t03:00",
    "daily-2026-11-{0:02}-abc",
    "2026_11_{0:02}",
    "{0:02}",
]


def find(model: FakeCluster, max_age: float = 3600, route: str = "direct", retries: int = 0) -> Snapshot | None:
    """Return the snapshot that is found, having read the index; what that took is not kept."""
    repository = repository_of(model, route, retries)
    repository.current()
    listed = repository.index().snapshots
    model.requests.clear()
    return latest_complete(repository, listed, milliseconds(-max_age), milliseconds(300))


def found(model: FakeCluster, max_age: float = 3600) -> str | None:
    """Return the name of what is found."""
    snapshot = find(model, max_age)
    return snapshot.name if snapshot else None


def dated(count: int, prefix: str = "auto_", age: float = 7200, every: float = 1800) -> list[FakeSnapshot]:
    """Return snapshots whose names have dates, the last of which ended ``age`` seconds ago."""
    return [
        FakeSnapshot(f"{prefix}202611{number:012}", start=end - 60, end=end)
        for number in range(count)
        for end in [-age - every * (count - 1 - number)]
    ]


@BOTH_ROUTES
@pytest.mark.parametrize("version", VERSIONS)
def test_recent_one_is_the_last_to_end_with_its_indices(version: str, route: str) -> None:
    held = [
        FakeSnapshot("a", start=-500, end=-20),
        FakeSnapshot("b", start=-100, end=-90),
        FakeSnapshot("c", "PARTIAL", start=-15, end=-14),
        FakeSnapshot("d", start=-13, end=-12, failed=1),
        FakeSnapshot("e", "FAILED", start=-11, end=-10),
        FakeSnapshot("f", RUNNING, start=-5),
        FakeSnapshot("g", start=-4, end=-3, indices=[]),
    ]
    snapshot = find(FakeCluster(*held, version=version), route=route)
    assert snapshot is not None
    assert (snapshot.name, snapshot.indices, snapshot.total) == ("a", 3, 6)


@pytest.mark.parametrize(
    ("end", "is_found"), [(-3600, True), (-3600.001, False), (0, True), (300, True), (300.001, False), (9000, False)]
)
def test_recent_one_ended_within_the_time_and_not_too_far_ahead(end: float, is_found: bool) -> None:
    assert found(FakeCluster(FakeSnapshot("one", start=-9000, end=end))) == ("one" if is_found else None)


@pytest.mark.parametrize(
    "fields",
    [
        {"end_time_in_millis": 0},
        {"end_time_in_millis": None},
        {"shards": {}},
        {"shards": None},
        {"shards": {"total": 6, "successful": 6}},
        {"state": "PARTIAL"},
    ],
    ids=str,
)
def test_recent_one_is_surely_complete(fields: dict[str, object]) -> None:
    assert found(FakeCluster(FakeSnapshot("one", fields=fields))) is None


@pytest.mark.parametrize("damage", ["damaged", "missing"])
def test_recent_one_can_be_read(damage: str) -> None:
    model = FakeCluster(FakeSnapshot("good", end=-900), FakeSnapshot("bad", end=-5, damage=damage))
    assert found(model) == "good"
    assert found(FakeCluster(FakeSnapshot("bad", damage=damage))) is None


@pytest.mark.parametrize("state_in_index", ["", None, "SUCCESS"])
def test_recent_one_may_have_no_state_in_the_index(state_in_index: str | None) -> None:
    assert found(FakeCluster(FakeSnapshot("one", state_in_index=state_in_index))) == "one"


@pytest.mark.parametrize("state", ["PARTIAL", "FAILED", "INCOMPATIBLE", RUNNING])
def test_recent_one_is_not_looked_for_among_those_that_are_bad_by_the_index(state: str) -> None:
    model = FakeCluster(FakeSnapshot("one", state))
    assert found(model) is None
    assert model.requests == []


def test_recent_one_that_is_gone_a_moment_later_does_not_count() -> None:
    model = FakeCluster(FakeSnapshot("newer", end=-5), FakeSnapshot("older", end=-50))

    def delete(request: Request) -> None:
        if request.kind == "named" and "newer" in request.path:
            model.snapshots[0].vanishes = 0

    model.fault = delete
    assert found(model) == "older"


def test_recent_one_whose_name_is_used_again_a_moment_later_does_not_count() -> None:
    model = FakeCluster(FakeSnapshot("newer", end=-5))

    def take_again(request: Request) -> None:
        if request.kind == "named":
            model.snapshots[0].uuid = "another"

    model.fault = take_again
    assert found(model) is None


def test_recent_one_that_cannot_be_read_a_second_time_still_counts() -> None:
    model = FakeCluster(FakeSnapshot("one"))

    def damage(request: Request) -> None:
        model.snapshots[0].damage = "damaged" if request.kind == "named" else ""

    model.fault = damage
    snapshot = find(model)
    assert snapshot is not None
    assert (snapshot.name, snapshot.indices) == ("one", None)


@BOTH_ROUTES
@pytest.mark.parametrize("kind", ["batch", "named"])
def test_recent_one_is_read_again_where_that_may_help_else_that_is_an_error(route: str, kind: str) -> None:
    assert find(FakeCluster(FakeSnapshot("one")).fail(kind, BROKEN, BROKEN), route=route, retries=2) is not None
    with pytest.raises(AliyunError) as caught:
        find(FakeCluster(FakeSnapshot("one")).fail(kind, BROKEN, BROKEN, BROKEN), route=route, retries=2)
    assert caught.value.attempts == 3


@pytest.mark.parametrize("spelling", SPELLINGS)
@pytest.mark.parametrize("hit", [None, 0, 3])
def test_recent_one_is_found_whatever_the_names_are_like(spelling: str, hit: int | None) -> None:
    held = [
        FakeSnapshot(spelling.format(30 - age), start=-7300 - 3600 * age, end=-7200 - 3600 * age) for age in range(30)
    ]
    if hit is not None:
        held[hit].end = -5
    random.Random(1).shuffle(held)
    model = FakeCluster(*held)
    assert found(model) == (None if hit is None else spelling.format(30 - hit))


@pytest.mark.parametrize("spelling", SPELLINGS[:-1])
def test_recent_one_is_not_looked_for_in_the_rest_of_names_that_run_in_time(spelling: str) -> None:
    held = [
        FakeSnapshot(spelling.format(n), start=-7300 - 3600 * (30 - n), end=-7200 - 3600 * (30 - n)) for n in range(30)
    ]
    model = FakeCluster(*held)
    assert found(model) is None
    assert model.objects == 20


class TestCounts:
    """What is read does not depend on how many snapshots there are."""

    @pytest.mark.parametrize("count", [50, 2000])
    @pytest.mark.parametrize("age", [60, 7200])
    def test_recent_one_takes_at_most_21_objects(self, count: int, age: float) -> None:
        model = FakeCluster(*dated(count, age=age))
        assert (found(model) is not None) == (age == 60)
        assert (model.objects, model.most_objects) == (21 if age == 60 else 20, 20)
        assert sum(request.size for request in model.requests) < 10_000

    @pytest.mark.parametrize("count", [50, 2000])
    def test_recent_one_among_two_kinds_of_names_is_in_the_first_batch(self, count: int) -> None:
        model = FakeCluster(*dated(count, "auto_"), *dated(count, "manual_", age=30), *dated(count, "z_"))
        assert found(model) == f"manual_202611{count - 1:012}"
        assert model.objects == 21

    def test_recent_one_among_two_kinds_of_names_is_the_last_to_end(self) -> None:
        model = FakeCluster(*dated(9, "auto_", age=40), *dated(9, "manual_", age=30))
        assert found(model) == f"manual_202611{8:012}"

    def test_recent_one_is_not_missed_behind_a_group_that_is_dropped(self) -> None:
        model = FakeCluster(*dated(300, "auto_"), *dated(300, "b_", age=60, every=-1))
        assert found(model) is not None, "the names of the second run against time, so none of them is left out"

    def test_names_without_a_date_are_read_to_the_end_in_growing_batches(self) -> None:
        held = [FakeSnapshot(f"nightly-{number:04}", start=-9000 - number, end=-8000 - number) for number in range(500)]
        model = FakeCluster(*held)
        assert found(model) is None
        assert [request.objects for request in model.requests] == [20, 40, 80, 100, 100, 100, 60]

    def test_names_without_a_date_end_with_the_first_hit(self) -> None:
        held = [FakeSnapshot(f"nightly-{number:04}", start=-9000, end=-8000) for number in range(500)]
        held[450].end = -10
        model = FakeCluster(*held)
        assert found(model) == "nightly-0450"
        assert [request.objects for request in model.requests] == [20, 40, 1]

    def test_names_that_only_seem_to_run_in_time_are_read_to_the_end(self) -> None:
        held = dated(120)
        held[119].start, held[119].end = -90_000_000, -89_999_000  # the newest name is the oldest snapshot
        held[3].end = -10
        model = FakeCluster(*held)
        assert found(model) == held[3].name

    def test_names_of_which_one_was_read_do_not_tell_an_order(self) -> None:
        others = [one for letter in "bcdefghijklmnopqrstuvwxyz" for one in dated(1, f"{letter}_")]
        older_by_name, newer_by_name = dated(2, "a_")
        older_by_name.end = -10
        model = FakeCluster(older_by_name, newer_by_name, *others)
        assert found(model) == older_by_name.name
        assert [request.objects for request in model.requests] == [20, 7, 1]

    def test_long_names_make_more_requests_and_no_long_path(self) -> None:
        held = dated(60, "x" * 200 + "_")
        model = FakeCluster(*held)
        assert found(model) is None
        assert max(len(path) for path in model.paths) < 2500 + 450
        assert model.objects <= 20


@given(
    st.lists(
        st.builds(
            lambda number, state, start, length, failed, damage: FakeSnapshot(
                f"{'auto_202611' if number % 2 else 'x'}{number:04}",
                state,
                start=start,
                end=start + length,
                failed=failed,
                damage=damage,
            ),
            st.integers(0, 99),
            st.sampled_from(["SUCCESS", "SUCCESS", "PARTIAL", RUNNING]),
            st.integers(-300, 10),
            st.integers(0, 200),
            st.integers(0, 1),
            st.sampled_from(["", "", "damaged", "missing"]),
        ),
        max_size=40,
        unique_by=lambda snapshot: snapshot.name,
    ),
    st.integers(1, 300),
)
def test_recent_one_is_never_too_old_nor_bad(held: list[FakeSnapshot], max_age: int) -> None:
    model = FakeCluster(*held)
    snapshot = find(model, max_age)
    good = [
        one
        for one in held
        if one.state == "SUCCESS" and not one.failed and not one.damage and -max_age <= one.end <= 300
    ]
    if snapshot is not None:
        assert snapshot.name in {one.name for one in good}
    elif all(one.name.startswith("x") for one in held):
        assert good == [], "names without a date are all read"
    reads = [request.objects for request in model.requests]
    assert max(reads, default=0) <= 100
    assert sum(reads) <= 2 * len(held)

# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The waiter: what is noted before the request, what max_age finds, and which snapshot is the new one."""

from __future__ import annotations

import inspect
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.aliyun.elasticsearch.plugins.module_utils._cluster.waiter import SnapshotWaiter
from ansible_collections.aliyun.elasticsearch.plugins.module_utils._errors import AliyunError
from ansible_collections.aliyun.elasticsearch.tests.unit.plugins.module_utils._cluster.reading import (
    BOTH_ROUTES,
    NO_CONNECTION,
    NO_RESPONSE,
    NOT_ALLOWED,
    SLOW_DOWN,
    Wait,
)
from ansible_collections.aliyun.elasticsearch.tests.unit.support.cluster import (
    BROKEN,
    DENIED,
    DROPPED,
    OVERLOADED,
    RUNNING,
    VERSIONS,
    FakeCluster,
    FakeSnapshot,
)


def old(**fields: Any) -> FakeSnapshot:
    return FakeSnapshot(**{"name": "old", "start": -7200, "end": -7000, **fields})


def ours(state: str = "SUCCESS", appears: float = 1, **fields: Any) -> FakeSnapshot:
    return FakeSnapshot("ours", state, appears=appears, **fields)


class TestNoteExisting:
    @BOTH_ROUTES
    @pytest.mark.parametrize("version", VERSIONS)
    @pytest.mark.parametrize(
        ("held", "found"),
        [
            ([], None),
            ([FakeSnapshot("good", end=-90)], "good"),
            ([FakeSnapshot("old", end=-101)], None),
            ([FakeSnapshot("good", end=-90), FakeSnapshot("new", RUNNING, start=-1)], "good"),
            ([FakeSnapshot("old", end=-101), FakeSnapshot("new", RUNNING, start=-1)], "new"),
            ([FakeSnapshot("good", end=-90), FakeSnapshot("bad", "FAILED", end=-1)], "good"),
            ([FakeSnapshot("bad", "PARTIAL", end=-1), FakeSnapshot("new", RUNNING, start=-2)], "new"),
            ([FakeSnapshot("a", start=-90, end=-10), FakeSnapshot("b", start=-40, end=-20)], "a"),
            ([FakeSnapshot("a", RUNNING, start=-20), FakeSnapshot("b", RUNNING, start=-10)], "b"),
            ([FakeSnapshot("new", RUNNING, start=-100)], "new"),
            ([FakeSnapshot("stuck", RUNNING, start=-100.001)], None),
            ([FakeSnapshot("policy's", end=-90, policy="nightly")], "policy's"),
        ],
        ids=lambda value: str([known.name for known in value]) if isinstance(value, list) else None,
    )
    def test_max_age_finds_the_complete_one_that_ended_last_else_the_running_one_that_began_last(
        self, version: str, route: str, held: list[FakeSnapshot], found: str | None
    ) -> None:
        for order in (held, held[::-1]):
            recent = Wait(FakeCluster(*order, version=version), route).note(100)
            assert (recent.name if recent else None) == found

    @pytest.mark.parametrize(
        ("snapshot", "is_found"),
        [
            (ours("STARTED", -1, end=-5), False),
            (FakeSnapshot("odd", RUNNING, running_state="ABORTED", start=-5), True),
            (FakeSnapshot("odd", RUNNING, start=9000), True),
            (FakeSnapshot("odd", RUNNING, start=-5, fields={"start_time_in_millis": None}), False),
            (FakeSnapshot("empty", end=-5, indices=[]), False),
            (FakeSnapshot("damaged", end=-5, damage="damaged"), False),
        ],
        ids=lambda value: getattr(value, "name", None),
    )
    def test_max_age_of_odd_ones(self, snapshot: FakeSnapshot, is_found: bool) -> None:
        assert (Wait(FakeCluster(snapshot)).note(100) is not None) is is_found

    @pytest.mark.parametrize(("waits", "found"), [(False, None), (True, "ours")])
    def test_max_age_with_waits_finds_one_that_runs_whenever_it_began(self, waits: bool, found: str | None) -> None:
        model = FakeCluster(FakeSnapshot("ours", RUNNING, start=-90000), FakeSnapshot("older", RUNNING, start=-90001))
        recent = Wait(model).note(100, waits)
        assert (recent.name if recent else None) == found

    @pytest.mark.parametrize("state", ["SUCCESS", "PARTIAL", "FAILED"])
    def test_max_age_with_waits_is_not_for_one_that_ended(self, state: str) -> None:
        assert Wait(FakeCluster(FakeSnapshot("one", state, end=-101))).note(100, True) is None

    @BOTH_ROUTES
    @pytest.mark.parametrize(("max_age", "found"), [(7000, "old"), (6999, None)])
    def test_max_age_is_by_the_servers_time(self, route: str, max_age: float, found: str | None) -> None:
        model = FakeCluster(old())
        recent = Wait(model, route).waiter.note_existing(max_age)
        assert (recent.name if recent else None) == found
        assert ("health" in model.kinds) is (route == "direct"), "asked for where the response has no Date"

    def test_max_age_fails_where_the_cluster_does_not_tell_its_time(self) -> None:
        model = FakeCluster(old())
        model.health = []
        with pytest.raises(AliyunError, match="does not tell its time"):
            Wait(model).note(60)

    @pytest.mark.parametrize("max_age", [None, 5.0])
    def test_time_is_not_asked_for_where_there_is_nothing_to_compare(self, max_age: float | None) -> None:
        model = FakeCluster(*([] if max_age else [old()]))
        Wait(model).waiter.note_existing(max_age)
        assert "health" not in model.kinds

    @BOTH_ROUTES
    def test_without_max_age_no_object_is_read(self, route: str) -> None:
        model = FakeCluster(old(), FakeSnapshot("damaged", damage="damaged"), FakeSnapshot("one", RUNNING))
        assert Wait(model, route).waiter.note_existing(None) is None
        assert (model.kinds, model.objects) == (["current", "index"], 0)

    @BOTH_ROUTES
    def test_reads_are_tried_again_like_any_request(self, route: str) -> None:
        model = FakeCluster(old()).fail("", OVERLOADED, DROPPED)
        assert Wait(model, route, retries=2).waiter.note_existing(7200) is not None
        assert model.clock.slept == [1.0, 2.0]

    @BOTH_ROUTES
    @pytest.mark.parametrize("kind", ["current", "index"])
    @pytest.mark.parametrize(("fault", "attempts"), [(BROKEN, 3), (DROPPED, 3), (DENIED, 1)], ids=str)
    def test_repository_that_cannot_be_read_is_an_error(self, route: str, kind: str, fault: Any, attempts: int) -> None:
        wait = Wait(FakeCluster(old()).fail_always(fault, kind), route, retries=2)
        with pytest.raises(AliyunError) as caught:
            wait.note(5)
        assert caught.value.attempts == attempts


class TestNoteAgain:
    """A snapshot of somebody else that begins before a request is sent again."""

    def after(self, error: AliyunError, *faults: Any) -> tuple[str, FakeCluster]:
        model = FakeCluster(old(), FakeSnapshot("meanwhile", start=-20, end=-10, appears=1), ours(appears=2, start=-5))
        wait = Wait(model, retries=3)
        wait.note()
        model.clock.time = 1
        model.fail("", *faults)
        wait.waiter.note_again(error)
        slept, model.clock.time = list(model.clock.slept), 3
        assert slept == []
        return wait.waiter.wait_for_new().name, model

    @pytest.mark.parametrize("error", [SLOW_DOWN, NO_CONNECTION, NOT_ALLOWED], ids=str)
    def test_retry_of_a_refused_request_takes_nothing_that_began_before_for_new(self, error: AliyunError) -> None:
        assert self.after(error)[0] == "ours"

    def test_retry_of_an_unanswered_request_takes_it_for_new(self) -> None:
        assert self.after(NO_RESPONSE)[0] == "meanwhile"

    def test_retry_of_a_refused_request_after_an_unanswered_one_takes_it_for_new(self) -> None:
        assert self.after(SLOW_DOWN.replace(history=[NO_RESPONSE]))[0] == "meanwhile"

    @pytest.mark.parametrize("fault", [OVERLOADED, DENIED, DROPPED], ids=["overloaded", "denied", "dropped"])
    @pytest.mark.parametrize("kinds", [["current"], ["current", "index"]], ids=str)
    def test_retry_whose_read_fails_changes_nothing_and_is_not_repeated(self, fault: Any, kinds: list[str]) -> None:
        name, model = self.after(SLOW_DOWN, *[None] * (len(kinds) - 1), fault)
        assert name == "meanwhile"
        assert model.kinds[: len(kinds) + 2] == [*kinds, "current", "index"]

    def test_retry_takes_nothing_that_runs_for_new_either(self) -> None:
        model = FakeCluster(FakeSnapshot("meanwhile", start=-20, appears=1, ends=2), ours(appears=2, start=-5))
        wait = Wait(model)
        wait.note()
        model.clock.time = 1
        wait.waiter.note_again(SLOW_DOWN)
        model.clock.time = 2
        assert wait.waiter.wait_for_new().name == "ours"


@BOTH_ROUTES
@pytest.mark.parametrize("version", VERSIONS)
class TestNewOfVersions:
    def test_wait_reads_the_new_one_once_when_it_has_ended(self, version: str, route: str) -> None:
        model = FakeCluster(old(), FakeSnapshot("damaged", damage="damaged"), ours(appears=1, ends=35), version=version)
        wait = Wait(model, route)
        snapshot = wait.new()
        assert (snapshot.name, snapshot.is_complete, snapshot.indices) == ("ours", True, 3)
        assert (model.objects, model.clock.time) == (1, 40)
        assert model.kinds[-1] == "named"

    def test_wait_finds_one_that_ended_between_two_polls(self, version: str, route: str) -> None:
        model = FakeCluster(old(), FakeSnapshot("missing", damage="missing"), ours(appears=1), version=version)
        assert Wait(model, route).new().name == "ours"
        assert model.objects == 1

    def test_wait_includes_a_repository_that_the_snapshot_makes(self, version: str, route: str) -> None:
        model = FakeCluster(ours(appears=5, ends=15), version=version, exists=5)
        assert Wait(model, route).new().name == "ours"

    def test_wait_leaves_out_those_of_policies(self, version: str, route: str) -> None:
        nightly = FakeSnapshot("nightly", start=-50, policy="nightly", appears=1, ends=25)
        quick = FakeSnapshot("quick", start=-55, policy="hourly", appears=2)
        model = FakeCluster(old(), nightly, quick, ours(appears=3, start=-40, ends=45), version=version)
        assert Wait(model, route).new().name == "ours"

    def test_wait_takes_nothing_old_for_new_that_could_not_be_read_before(self, version: str, route: str) -> None:
        model = FakeCluster(
            FakeSnapshot("a", start=-9000),
            FakeSnapshot("b", start=-8000, damage="missing"),
            FakeSnapshot("c", start=-3600, unreadable_reads=1),
            version=version,
        )
        error = Wait(model, route, timeout=100).fail()
        assert error.message.startswith("No new snapshot was in the repository aliyun_auto_snapshot after 100 s.")


class TestNew:
    def test_wait_that_finds_it_at_once_does_not_pause(self) -> None:
        model = FakeCluster(old(), ours(appears=0.5))
        wait = Wait(model)
        wait.note()
        model.clock.time = 1
        assert wait.waiter.wait_for_new().is_complete
        assert (model.clock.slept, model.kinds) == ([], ["current", "index", "named"])

    def test_wait_follows_a_running_one_by_what_runs_alone(self) -> None:
        model = FakeCluster(old(), ours(appears=1, ends=55))
        wait = Wait(model)
        wait.new()
        assert model.kinds == [
            *("current", "index", "health"),  # nothing yet
            *("current", "index"),  # ours, and whether another one ended meanwhile
            *["current"] * 5,
            *("current", "named"),
        ]
        assert set(model.clock.slept) == {10}

    def test_wait_takes_the_earliest(self) -> None:
        others = [FakeSnapshot(name, start=start, appears=1) for name, start in (("b", -10), ("c", -5))]
        model = FakeCluster(old(), *others, ours(start=-20))
        assert Wait(model).new().name == "ours"
        model = FakeCluster(old(), *others, ours(start=-20, ends=100))
        assert Wait(model).new().name == "ours"

    def test_wait_takes_one_that_ended_before_one_that_still_runs(self) -> None:
        other = FakeSnapshot("other", start=-10, appears=2, ends=500)
        model = FakeCluster(old(), other, ours(start=-20, appears=1, ends=3))
        assert Wait(model).new().name == "ours"
        assert model.objects == 1

    def test_wait_reads_the_index_as_soon_as_anything_new_runs(self) -> None:
        other = FakeSnapshot("other", start=-10, appears=44, ends=500)
        model = FakeCluster(old(), other, ours(start=-20, appears=41, ends=43))
        assert Wait(model).new().name == "ours"
        assert model.clock.time == 50, "not only when the index is due, which is after 70 seconds"

    def test_wait_reads_the_index_at_each_poll_while_a_new_one_cannot_be_read(self) -> None:
        snapshot = ours(appears=65, damage="missing")
        model = FakeCluster(old(), snapshot)

        def repair(request: Any) -> None:
            snapshot.damage = "missing" if model.clock.time < 75 else ""

        model.fault = repair
        assert Wait(model).new().name == "ours"
        assert model.clock.time == 80

    def test_wait_follows_one_that_began_before_another_that_ended(self) -> None:
        quick = FakeSnapshot("quick", "FAILED", start=-10, appears=2)
        model = FakeCluster(old(), quick, ours(start=-20, appears=1, ends=45))
        assert Wait(model).new().name == "ours"

    def test_wait_takes_one_without_a_start_only_if_there_is_no_other(self) -> None:
        nameless = ours(fields={"start_time_in_millis": None})
        assert Wait(FakeCluster(old(), nameless)).new().name == "ours"
        model = FakeCluster(old(), nameless, FakeSnapshot("later", start=-10, appears=1))
        assert Wait(model).new().name == "later"

    def test_wait_takes_none_for_new_that_ran_before(self) -> None:
        automatic = FakeSnapshot("automatic", start=-100, ends=15)
        model = FakeCluster(automatic, ours(appears=25, start=-5))
        assert Wait(model).new().name == "ours"

    @pytest.mark.parametrize("start", [-90000, 0, 40, 9000])
    def test_wait_is_not_misled_by_clocks_that_differ(self, start: float) -> None:
        model = FakeCluster(FakeSnapshot("ahead", start=40, end=41), ours(start=start, end=start + 1))
        assert Wait(model).new().name == "ours"

    def test_wait_knows_a_name_that_is_used_again_by_its_uuid(self) -> None:
        before = FakeSnapshot("ours", "PARTIAL", uuid="before", vanishes=1)
        assert Wait(FakeCluster(before, ours(uuid="after"))).new().uuid == "after"

    def test_wait_is_not_misled_by_a_snapshot_that_is_deleted_meanwhile(self) -> None:
        model = FakeCluster(old(vanishes=5), FakeSnapshot("other", vanishes=12), ours(appears=25))
        assert Wait(model).new().name == "ours"

    def test_wait_finds_the_first_of_an_empty_repository(self) -> None:
        model = FakeCluster(ours(appears=5, ends=5))
        assert Wait(model).new().name == "ours"

    @pytest.mark.parametrize("damage", ["damaged", "missing"])
    def test_wait_reads_a_new_one_again_that_cannot_be_read_yet(self, damage: str) -> None:
        snapshot = ours(damage=damage)
        model = FakeCluster(old(), snapshot)
        wait = Wait(model)

        def repair(request: Any) -> None:
            snapshot.damage = damage if model.clock.time < 55 else ""

        model.fault = repair
        assert wait.new().name == "ours"
        assert 60 <= model.clock.time < 75

    def test_wait_takes_no_later_one_while_an_earlier_may_be_ours(self) -> None:
        later = FakeSnapshot("later", start=-1, appears=2)
        model = FakeCluster(old(), ours(start=-20, unreadable_reads=3), later)
        assert Wait(model).new().name == "ours"

    def test_wait_reads_the_index_at_growing_pauses(self) -> None:
        model = FakeCluster(old())
        Wait(model, timeout=600).fail()
        read = [number for number, kind in enumerate(model.kinds) if kind == "index"]
        polls = [model.kinds[:at].count("current") for at in read]
        assert polls == [1, 2, 4, 8, 14, 20, 26, 32, 38, 44, 50, 56, 61], (
            "after 10, 20, 40 and then 60 seconds more, and at the end"
        )
        assert model.objects == 0

    def test_wait_with_a_long_interval_reads_the_index_at_each_poll(self) -> None:
        model = FakeCluster(old())
        Wait(model, timeout=600, interval=200).fail()
        assert model.kinds.count("index") == model.kinds.count("current") == 4

    def test_wait_measures_time_by_a_monotonic_clock_and_really_sleeps(self) -> None:
        defaults = inspect.signature(SnapshotWaiter.__init__).parameters
        assert (defaults["clock"].default, defaults["sleep"].default) == (time.monotonic, time.sleep)


class TestGateways:
    @BOTH_ROUTES
    @pytest.mark.parametrize("gateway", ["drops", (400, {"error": "no handler found", "status": 400})], ids=str)
    @pytest.mark.parametrize("version", ["6.8", "7.10", "7.17", "9.1"])
    @pytest.mark.parametrize("runs", [True, False])
    def test_wait_without_queries_is_by_what_runs_and_by_name(
        self, route: str, gateway: Any, version: str, runs: bool
    ) -> None:
        nightly = FakeSnapshot("nightly", start=-50, policy="nightly", appears=1, ends=25)
        many = [FakeSnapshot(f"old-{number}") for number in range(500)]
        automatic = [FakeSnapshot("automatic", RUNNING)] if runs else []
        model = FakeCluster(*many, *automatic, nightly, ours(ends=45), gateway=gateway, version=version)
        wait = Wait(model, route)
        assert wait.new().name == "ours"
        assert (model.objects, wait.warnings) == (1, [])
        assert set(model.kinds) - {"health"} == {"current", "named"}

    @pytest.mark.parametrize("runs", [True, False])
    def test_max_age_without_queries_reads_one_verbose_list_with_a_warning(self, runs: bool) -> None:
        held = [FakeSnapshot(f"old-{number}", start=-9000, end=-8000) for number in range(300)]
        running = [FakeSnapshot("running", RUNNING, start=-90)] if runs else []
        bad = [FakeSnapshot("empty", indices=[]), FakeSnapshot("partial", "PARTIAL"), FakeSnapshot("ahead", end=9000)]
        model = FakeCluster(*held, *running, *bad, gateway="drops")
        wait = Wait(model, "openapi")
        recent = wait.waiter.note_existing(100)
        assert (recent.name if recent else None) == ("running" if runs else None)
        assert (model.objects, len(wait.warnings)) == (303, 1)
        model.snapshots.append(FakeSnapshot("good", end=-99))
        recent = wait.waiter.note_existing(100)
        assert recent is not None
        assert (recent.name, recent.indices) == ("good", 3)

    def test_max_age_without_queries_fails_where_a_proxy_tells_no_time(self) -> None:
        with pytest.raises(AliyunError, match=r"not one of Elasticsearch.*04:00:00"):
            Wait(FakeCluster(old(), gateway="drops")).note(100)

    @BOTH_ROUTES
    def test_wait_without_queries_does_not_repeat_a_list_that_takes_too_long(self, route: str) -> None:
        held = [FakeSnapshot(f"old-{number}") for number in range(2000)]
        model = FakeCluster(*held, ours(ends=15), gateway="drops", seconds_per_object=0.03)
        assert Wait(model, route, retries=5).new().name == "ours"
        assert model.objects == 1


@given(
    st.lists(
        st.tuples(st.floats(0.1, 300), st.floats(0, 100), st.booleans(), st.sampled_from(["SUCCESS", "PARTIAL"])),
        min_size=1,
        max_size=5,
    ),
    st.integers(0, 5),
)
def test_wait_finds_the_earliest_of_any_that_is_not_a_policys(
    timeline: list[tuple[float, float, bool, str]], known: int
) -> None:
    held = [FakeSnapshot(f"old-{number}") for number in range(known)]
    new = [
        FakeSnapshot(
            f"new-{number}",
            state,
            start=appears,
            end=appears + takes,
            appears=appears,
            ends=appears + takes,
            policy="p" if is_policys else None,
        )
        for number, (appears, takes, is_policys, state) in enumerate(timeline)
    ]
    model = FakeCluster(*held, *new)
    candidates = [one for one in new if one.policy is None]
    try:
        snapshot = Wait(model, timeout=1000).new()
    except AliyunError as error:
        if candidates:
            assert "is incomplete (PARTIAL" in error.message
            name = error.result["snapshot"]["name"]
        else:
            assert error.message.startswith("No new snapshot")
            return
    else:
        name = snapshot.name
    taken = next(one for one in candidates if one.name == name)
    first_seen = min(one.appears for one in candidates)
    # Two that appear within one pause between two reads of the index are told apart by their start.
    assert taken.start == min(one.start for one in candidates if one.appears <= taken.appears)
    assert taken.appears <= first_seen + 70

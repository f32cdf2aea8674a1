# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import inspect
import time
from collections.abc import Sequence
from typing import Any, Union
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.aliyun.elasticsearch.plugins.module_utils._cluster.client import Cluster, ClusterResponse
from ansible_collections.aliyun.elasticsearch.plugins.module_utils._cluster.snapshots import (
    Repository,
    Snapshot,
    find_recent,
)
from ansible_collections.aliyun.elasticsearch.plugins.module_utils._cluster.waiter import SnapshotWaiter
from ansible_collections.aliyun.elasticsearch.plugins.module_utils._errors import (
    NOT_SENT,
    REFUSED,
    UNKNOWN,
    AliyunError,
)
from ansible_collections.aliyun.elasticsearch.plugins.module_utils._http.retry import RetryPolicy
from ansible_collections.aliyun.elasticsearch.tests.unit.support.instance import NOW, entry

OLD = entry("old", start=-7200, end=-7000)
RUNNING = "IN_PROGRESS"
ALL = "_snapshot/repo/_all"
READABLE = "_snapshot/repo/_all?ignore_unavailable=true"
OURS = "_snapshot/repo/ours"

NEVER_SEEN = (
    "Run the task again with the same client_token and with max_age to wait on for it. "
    "If the token was used before, let max_age reach back to then, as the API takes no new one for it."
)

# What the repository holds at a look, or how the look fails.
Step = Union[Sequence["dict[str, Any]"], AliyunError]


def ours(state: str = "SUCCESS", **fields: Any) -> dict[str, Any]:
    return entry("ours", state, **fields)


def throttled(retry_after: float | None = None) -> AliyunError:
    return AliyunError("Slow down.", outcome=REFUSED, code="Throttling", retryable=True, retry_after=retry_after)


def broken() -> AliyunError:
    return AliyunError("Overloaded.", outcome=UNKNOWN, http_status=503, retryable=True)


def no_answer() -> AliyunError:
    return AliyunError("No whole answer came.", outcome=UNKNOWN, retryable=True)


def no_connection() -> AliyunError:
    return AliyunError("Connection refused.", outcome=NOT_SENT, retryable=True)


def denied() -> AliyunError:
    return AliyunError("Not allowed.", outcome=REFUSED, code="Forbidden.RAM", http_status=403, request_id="Q-7")


def gone(kind: str) -> AliyunError:
    return AliyunError("missing", outcome=REFUSED, code=f"{kind}_missing_exception", http_status=404)


class Scene(Cluster):
    """A cluster that answers by a script, with a clock of its own that goes on by sleeping and by looking."""

    def __init__(self, *steps: Step, look_takes: float = 0, retries: int = 0, server_time: float | None = NOW) -> None:
        super().__init__(RetryPolicy(retries, 20, lambda: 1.0), self.pause)
        self.time = 1000.0
        self.slept: list[float] = []
        self.paths: list[str] = []
        self._steps = list(steps)
        self._look_takes = look_takes
        self._server_time = server_time

    def pause(self, seconds: float) -> None:
        assert seconds > 0
        self.slept.append(seconds)
        self.time += seconds

    def _get(self, path: str) -> ClusterResponse:
        self.paths.append(path)
        self.time += self._look_takes
        assert self._steps, f"{path} is not in the script"
        step = self._steps.pop(0)
        if isinstance(step, AliyunError):
            raise step
        which = unquote(path.rpartition("/")[2])
        everything = path in (ALL, READABLE)
        found = [known for known in step if everything or which == known["snapshot"]]
        if not everything and not found:
            raise gone("snapshot")
        return ClusterResponse({"snapshots": found}, self._server_time, "Q-1")

    def watch(self, timeout: float = 60, interval: float = 10) -> SnapshotWaiter:
        return SnapshotWaiter(
            self, "repo", timeout=timeout, interval=interval, clock=lambda: self.time, sleep=self.pause
        )

    def assert_played(self) -> None:
        assert not self._steps, "not every step of the script was played"


def wait_for_new(scene: Scene, **times: float) -> Snapshot:
    """Look back, then follow what is new; what the first look took is not kept."""
    watch = scene.watch(**times)
    assert watch.note_existing(None) is None
    scene.paths.clear()
    scene.slept.clear()
    snapshot = watch.wait_for_new()
    scene.assert_played()
    return snapshot


def fail_new(scene: Scene, **times: float) -> AliyunError:
    with pytest.raises(AliyunError) as caught:
        wait_for_new(scene, **times)
    scene.assert_played()
    return caught.value


def parsed(*entries: dict[str, Any]) -> list[Snapshot]:
    return Repository(Scene(entries), "repo").snapshots()[0]


class TestFindRecent:
    def test_any_that_is_running_may_have_begun_at_any_time(self) -> None:
        snapshots = parsed(ours(RUNNING, start=-90000), entry("older", RUNNING, start=-90001))
        recent = find_recent(snapshots, NOW, 100, any_running=True)
        assert recent
        assert recent.name == "ours"
        assert find_recent(snapshots, NOW, 100) is None

    @pytest.mark.parametrize("state", ["SUCCESS", "PARTIAL", "FAILED"])
    def test_that_is_not_for_one_that_ended(self, state: str) -> None:
        assert find_recent(parsed(ours(state, end=-101)), NOW, 100, any_running=True) is None

    @pytest.mark.parametrize(
        ("entries", "found"),
        [
            ([], None),
            ([ours(end=-100)], "ours"),
            ([ours(end=-100.001)], None),
            ([ours(end=0)], "ours"),
            ([ours(end=300)], "ours"),
            ([ours(end=300.001)], None),
            ([ours(end=9000), entry("good", end=-90)], "good"),
            ([ours(start=-5000, end=-99)], "ours"),
            ([ours(end=-5, failed=1)], None),
            ([ours(end=-5, shards={})], None),
            ([ours("PARTIAL", end=-5)], None),
            ([ours("FAILED", end=-5)], None),
            ([ours("INCOMPATIBLE", end=-5)], None),
            ([ours(end=-5, end_time_in_millis=None)], None),
            ([ours(end=-5, end_time_in_millis=0)], None),
            ([ours(RUNNING, start=-100)], "ours"),
            ([ours(RUNNING, start=-100.001)], None),
            ([ours(RUNNING, start=9000)], "ours"),
            ([ours("STARTED", start=-5)], "ours"),
            ([ours(RUNNING, start=-5, start_time_in_millis=None)], None),
            ([entry("a", start=-90, end=-10), entry("b", start=-40, end=-20)], "a"),
            ([entry("a", start=-90, end=-30), entry("b", start=-40, end=-20)], "b"),
            ([entry("a", RUNNING, start=-20), entry("b", RUNNING, start=-10)], "b"),
            ([entry("a", RUNNING, start=-10), entry("b", RUNNING, start=-20)], "a"),
            ([entry("good", end=-90), entry("new", RUNNING, start=-1)], "good"),
            ([entry("good", end=-101), entry("new", RUNNING, start=-1)], "new"),
            ([entry("good", end=-90), entry("bad", "FAILED", end=-1)], "good"),
            ([entry("bad", "PARTIAL", end=-1), entry("new", RUNNING, start=-2)], "new"),
        ],
        ids=lambda value: str([known["snapshot"] for known in value]) if isinstance(value, list) else None,
    )
    def test_it_is_the_good_one_that_ended_last_else_the_running_one_that_began_last(
        self, entries: list[dict[str, Any]], found: str | None
    ) -> None:
        for order in (entries, entries[::-1]):
            recent = find_recent(parsed(*order), NOW, 100)
            assert (recent.name if recent else None) == found

    @given(
        st.lists(
            st.builds(
                lambda name, state, start, length, failed: entry(
                    str(name), state, start=start, end=start + length, failed=failed
                ),
                st.integers(0, 99),
                st.sampled_from(["SUCCESS", "PARTIAL", RUNNING]),
                st.integers(-300, 10),
                st.integers(0, 200),
                st.integers(0, 1),
            ),
            max_size=5,
        ),
        st.integers(1, 300),
    )
    def test_none_is_found_that_is_older_or_bad(self, entries: list[dict[str, Any]], max_age: int) -> None:
        snapshots = parsed(*entries)
        oldest = (NOW - max_age) * 1000
        found = find_recent(snapshots, NOW, max_age)
        if found is None:
            assert not [one for one in snapshots if one.is_complete and (one.end or 0) >= oldest]
            assert not [one for one in snapshots if one.state == RUNNING and (one.start or 0) >= oldest]
        else:
            assert found.is_complete or found.state == RUNNING
            assert ((found.end if found.is_complete else found.start) or 0) >= oldest


class TestLookBack:
    def test_the_whole_repository_is_read_once(self) -> None:
        scene = Scene([OLD])
        assert scene.watch().note_existing(None) is None
        assert scene.paths == [ALL]

    @pytest.mark.parametrize(("max_age", "found"), [(7000, "old"), (6999, None)])
    def test_the_age_is_by_the_servers_time(self, max_age: float, found: str | None) -> None:
        recent = Scene([OLD]).watch().note_existing(max_age)
        assert (recent.name if recent else None) == found

    def test_the_time_is_asked_for_where_the_answer_has_none(self) -> None:
        class Asked(Scene):
            def now(self, reading: ClusterResponse) -> float:
                assert reading.server_time is None
                return NOW + 1000.0

        assert Asked([OLD], server_time=None).watch().note_existing(7999) is None
        assert Asked([OLD], server_time=None).watch().note_existing(8000) is not None

    @pytest.mark.parametrize("max_age", [None, 5.0])
    def test_nobody_asks_for_the_time_where_there_is_nothing_to_compare(self, max_age: float | None) -> None:
        class Timeless(Scene):
            def now(self, reading: ClusterResponse) -> float:
                raise AssertionError("asked for the time")

        assert Timeless([] if max_age else [OLD], server_time=None).watch().note_existing(max_age) is None

    def test_it_is_tried_again_like_any_request(self) -> None:
        scene = Scene(throttled(), no_answer(), [OLD], retries=2)
        assert scene.watch().note_existing(7200) is not None
        assert scene.slept == [1.0, 2.0]

    @pytest.mark.parametrize("error", [throttled(), no_answer(), denied()], ids=str)
    def test_a_repository_that_cannot_be_read_is_an_error(self, error: AliyunError) -> None:
        with pytest.raises(AliyunError) as caught:
            Scene(error).watch().note_existing(5)
        assert vars(caught.value) == {**vars(error), "attempts": 1}

    def test_one_that_does_not_exist_has_no_snapshots(self) -> None:
        missing = AliyunError("missing", outcome=REFUSED, code="repository_missing_exception")
        scene = Scene(missing, missing, [ours()])
        watch = scene.watch()
        assert watch.note_existing(5) is None
        assert watch.wait_for_new().name == "ours"


class TestLookBackForOneThatRuns:
    @pytest.mark.parametrize(("waits", "found"), [(False, None), (True, "ours")])
    def test_with_waiting_it_may_have_begun_at_any_time(self, waits: bool, found: str | None) -> None:
        recent = Scene([ours(RUNNING, start=-90000)]).watch().note_existing(60, waits)
        assert (recent.name if recent else None) == found


class TestLookAgain:
    MEANWHILE = entry("meanwhile", start=-20, end=-10)

    def after(self, scene: Scene, error: AliyunError) -> str:
        watch = scene.watch()
        watch.note_existing(None)
        watch.note_again(error)
        name = watch.wait_for_new().name
        scene.assert_played()
        return name

    @pytest.mark.parametrize("error", [throttled(), no_connection(), denied()], ids=str)
    def test_what_began_before_a_request_that_was_refused_is_sent_again_is_not_new(self, error: AliyunError) -> None:
        assert self.after(Scene([OLD], [OLD, self.MEANWHILE], [OLD, self.MEANWHILE, ours(start=-5)]), error) == "ours"

    def test_after_one_without_an_answer_it_is(self) -> None:
        scene = Scene([OLD], [OLD, self.MEANWHILE])
        assert self.after(scene, no_answer()) == "meanwhile"
        assert scene.paths == [ALL, ALL]

    @pytest.mark.parametrize("failed", [throttled(), denied(), no_answer()], ids=str)
    def test_a_look_that_fails_changes_nothing(self, failed: AliyunError) -> None:
        scene = Scene([OLD], failed, [OLD, self.MEANWHILE], retries=3)
        assert self.after(scene, throttled()) == "meanwhile"
        assert scene.slept == []


class TestFollowNew:
    def test_one_that_is_finished_at_the_first_look_needs_no_other(self) -> None:
        scene = Scene([OLD], [OLD, ours()])
        snapshot = wait_for_new(scene)
        assert (snapshot.name, snapshot.is_complete) == ("ours", True)
        assert (scene.paths, scene.slept) == ([ALL], [])

    def test_once_it_is_there_it_alone_is_looked_at(self) -> None:
        scene = Scene([OLD], [OLD], [OLD], [OLD, ours(RUNNING)], [ours(RUNNING)], [OLD, ours()])
        assert wait_for_new(scene).name == "ours"
        assert scene.paths == [ALL, ALL, ALL, OURS, OURS]
        assert scene.slept == [10, 10, 10, 10]

    def test_the_earliest_new_one_is_taken(self) -> None:
        others = [entry("later", start=-10), entry("latest", start=-5, end=-1)]
        scene = Scene([OLD], [*others, OLD, ours(start=-20, end=-1)])
        assert wait_for_new(scene).name == "ours"

    def test_an_automatic_one_that_begins_later_changes_nothing(self) -> None:
        automatic = entry("automatic", "FAILED", start=-1, end=0)
        scene = Scene([OLD], [OLD, ours(RUNNING)], [automatic, ours(RUNNING)], [automatic, ours()])
        assert wait_for_new(scene).name == "ours"
        assert scene.paths == [ALL, OURS, OURS]

    def test_one_that_was_running_before_is_not_new(self) -> None:
        before = entry("automatic", RUNNING, start=-100)
        after = entry("automatic", start=-100, end=-1)
        scene = Scene([before], [before], [after], [after, ours()])
        assert wait_for_new(scene).name == "ours"
        assert scene.paths == [ALL, ALL, ALL]

    def test_a_state_that_is_not_known_goes_on(self) -> None:
        scene = Scene([], [ours("STARTED")], [ours("FINALIZING")], [ours("")], [ours()])
        assert wait_for_new(scene).state == "SUCCESS"
        assert len(scene.slept) == 3

    def test_what_began_before_the_newest_that_was_there_is_not_new(self) -> None:
        stray = entry("stray", start=-7201)
        scene = Scene([OLD], [OLD, stray], [OLD, stray, ours(start=-7200)])
        assert wait_for_new(scene).name == "ours"
        assert scene.slept == [10]

    @pytest.mark.parametrize("damaged", [entry("damaged", start=-9000), entry("damaged", RUNNING, start=-9000)])
    def test_one_that_cannot_be_read_at_first_is_not_new_when_it_can_be(self, damaged: dict[str, Any]) -> None:
        scene = Scene(gone("snapshot"), [OLD], [OLD, damaged], gone("snapshot"), [OLD, ours()])
        assert wait_for_new(scene).name == "ours"
        assert scene.paths == [ALL, ALL, READABLE]

    @pytest.mark.parametrize("server_time", [NOW, None])
    def test_one_that_was_dated_ahead_hides_no_new_one_where_the_servers_time_is_known(
        self, server_time: float | None
    ) -> None:
        ahead, new = entry("ahead", start=9000, end=9001), ours(start=1, end=2)
        scene = Scene([ahead], [ahead, new], server_time=server_time)
        if server_time is None:
            assert "No new snapshot" in fail_new(Scene([ahead], [ahead, new], [], server_time=None), timeout=5).message
        else:
            assert wait_for_new(scene).name == "ours"

    def test_what_began_between_those_that_were_there_is_not_new(self) -> None:
        newer, stray = entry("newer", start=-100, end=-90), entry("stray", start=-150, end=-140)
        scene = Scene([OLD, newer], [OLD, newer, stray], [OLD, newer, stray, ours()])
        assert wait_for_new(scene).name == "ours"

    def test_one_whose_begin_is_not_known_is_new(self) -> None:
        nameless = ours(start_time_in_millis=None)
        assert wait_for_new(Scene([OLD], [OLD, nameless])).name == "ours"
        assert wait_for_new(Scene([OLD], [OLD, nameless, entry("later", start=-10)])).name == "ours"

    def test_one_look_takes_its_time_from_the_timeout(self) -> None:
        scene = Scene([], [], [], [ours()], look_takes=7)
        assert wait_for_new(scene, timeout=40, interval=10).name == "ours"
        assert scene.slept == [10, 10]

    def test_left_alone_the_clock_is_monotonic_and_the_sleep_real(self) -> None:
        defaults = inspect.signature(SnapshotWaiter.__init__).parameters
        assert (defaults["clock"].default, defaults["sleep"].default) == (time.monotonic, time.sleep)


class TestFollow:
    def test_a_running_one_is_looked_at_at_once(self) -> None:
        scene = Scene([ours()])
        (running,) = parsed(ours(RUNNING))
        assert scene.watch().wait_for(running).state == "SUCCESS"
        assert (scene.paths, scene.slept) == ([OURS], [])

    def test_a_finished_one_is_not_looked_at(self) -> None:
        scene = Scene()
        (finished,) = parsed(ours())
        assert scene.watch().wait_for(finished) is finished

    def test_a_finished_one_that_is_bad_is_an_error(self) -> None:
        (bad,) = parsed(ours("PARTIAL", failed=1))
        with pytest.raises(AliyunError, match="ended as PARTIAL"):
            Scene().watch().wait_for(bad)

    @pytest.mark.parametrize("name", ["es-cn-1_2026", "a/b c%2F", "é", "\ud800"])
    def test_its_name_is_encoded(self, name: str) -> None:
        (running,) = parsed(entry(name, RUNNING))
        scene = Scene([entry(running.name)])
        assert scene.watch().wait_for(running).name == running.name
        assert scene.paths[0].isascii()
        assert scene.paths[0].count("/") == 2


class TestBadEnds:
    @pytest.mark.parametrize(
        ("state", "failed", "words"),
        [
            ("PARTIAL", 2, "ended as PARTIAL; 2 of 6 shards failed."),
            ("PARTIAL", 0, "ended as PARTIAL; 0 of 6 shards failed."),
            ("FAILED", 6, "ended as FAILED; 6 of 6 shards failed."),
            ("INCOMPATIBLE", 0, "ended as INCOMPATIBLE; 0 of 6 shards failed."),
            ("SUCCESS", 1, "ended as SUCCESS; 1 of 6 shards failed."),
        ],
    )
    @pytest.mark.parametrize("is_seen_running", [False, True])
    def test_it_is_told_with_the_snapshot_and_the_failures(
        self, state: str, failed: int, words: str, is_seen_running: bool
    ) -> None:
        end = ours(state, failed=failed)
        looks: list[Step] = [[ours(RUNNING)], [end]] if is_seen_running else [[end]]
        error = fail_new(Scene([], *looks))
        assert error.message == f"The snapshot ours {words}"
        assert error.hint == "Do not rely on it. Take another one, with a new client_token."
        (snapshot,) = parsed(end)
        assert error.result == {"snapshot": snapshot.result(), "failures": end["failures"]}
        assert len(error.result["failures"]) == failed
        assert not error.retryable

    def test_where_no_shards_are_counted_that_is_told(self) -> None:
        error = fail_new(Scene([], [ours("FAILED", shards={})]))
        assert error.message == "The snapshot ours ended as FAILED; it is not known how many shards failed."

    def test_one_that_vanishes_is_told_as_it_was_last_seen(self) -> None:
        scene = Scene([], [ours(RUNNING)], [ours(RUNNING, indices=["a"])], [OLD], [OLD], [OLD])
        error = fail_new(scene)
        assert error.message == "The snapshot ours is no longer in the repository."
        (snapshot,) = parsed(ours(RUNNING, indices=["a"]))
        assert error.result == {"snapshot": snapshot.result()}
        assert scene.slept == [10, 10, 10, 10]

    @pytest.mark.parametrize("kind", ["snapshot", "repository"])
    def test_one_that_is_missed_for_a_moment_is_followed_on(self, kind: str) -> None:
        scene = Scene([], [ours(RUNNING)], gone(kind), gone(kind), [ours(RUNNING)], gone(kind), gone(kind), [ours()])
        assert wait_for_new(scene, timeout=3600).is_complete
        assert len(scene.slept) == 6

    def test_a_name_from_the_cluster_is_made_fit_for_a_message(self) -> None:
        name = "a\nb\x1b" + "c" * 500
        error = fail_new(Scene([], [entry(name, "FAI\nLED", start=-1)], [entry(name, "FAILED")]))
        newest = entry("old", "\x1bSUC\nCESS")
        assert " (SUC CESS)." in fail_new(Scene([newest], [newest], [newest]), timeout=5).message
        assert error.message.startswith("The snapshot a b ccc")
        assert error.message.isprintable()
        assert len(error.message) < 350


class TestFailedLooks:
    @pytest.mark.parametrize("error", [throttled(), broken(), no_answer(), no_connection()], ids=str)
    @pytest.mark.parametrize("is_seen", [False, True])
    def test_one_that_may_pass_does_not_end_the_wait(self, error: AliyunError, is_seen: bool) -> None:
        first: list[Step] = [[ours(RUNNING)]] if is_seen else []
        scene = Scene([], *first, error, error, [ours()])
        assert wait_for_new(scene).name == "ours"
        assert scene.paths == ([ALL, OURS, OURS, OURS] if is_seen else [ALL, ALL, ALL])
        assert set(scene.slept) == {10}

    def test_one_that_brought_no_list_does_not_end_it_either(self) -> None:
        scene = Scene([], AliyunError("No list.", outcome=UNKNOWN), [ours()])
        assert wait_for_new(scene).name == "ours"

    def test_there_may_be_more_of_them_than_retries(self) -> None:
        scene = Scene([], *[broken() for _look in range(9)], [ours()], retries=3)
        assert wait_for_new(scene, timeout=3600).name == "ours"
        assert scene.slept == [10, 10, 10, 10, 16, 20, 20, 20, 20], "the longer of the interval and the backoff"

    def test_the_backoff_begins_anew_after_a_good_look(self) -> None:
        fails = [broken() for _look in range(5)]
        scene = Scene([], *fails, [ours(RUNNING)], *fails, [ours()])
        wait_for_new(scene, timeout=3600, interval=1)
        assert scene.slept == [1, 2, 4, 8, 16, 1, 1, 2, 4, 8, 16]

    @pytest.mark.parametrize(("asked", "slept"), [(3, 10), (15, 15), (20, 20), (500, 20)])
    def test_the_wait_that_the_server_asks_for_is_kept(self, asked: float, slept: float) -> None:
        scene = Scene([], throttled(asked), [ours()])
        wait_for_new(scene)
        assert scene.slept == [slept]

    @pytest.mark.parametrize("is_seen", [False, True])
    def test_one_that_will_not_pass_ends_it_with_what_was_last_seen(self, is_seen: bool) -> None:
        first: list[Step] = [[ours(RUNNING)]] if is_seen else []
        error = fail_new(Scene([], *first, broken(), denied()))
        assert (error.code, error.message, error.request_id) == ("Forbidden.RAM", "Not allowed.", "Q-7")
        (snapshot,) = parsed(ours(RUNNING))
        assert error.result == ({"snapshot": snapshot.result()} if is_seen else {})


class TestTimeout:
    def test_before_it_was_seen(self) -> None:
        scene = Scene([OLD], [OLD], [OLD], [OLD], [OLD])
        error = fail_new(scene, timeout=25, interval=10)
        assert scene.slept == [10, 10, 5], "the last look is at the end of the time"
        assert scene.time == 1025
        before = "The newest that was there before is old (SUCCESS)."
        assert error.message == f"No new snapshot was in the repository repo after 25 s. {before}"
        assert error.hint == NEVER_SEEN
        assert (error.result, error.retryable) == ({}, False)

    def test_a_repository_that_never_was_there_is_what_is_told(self) -> None:
        error = fail_new(Scene(gone("repository"), gone("repository"), gone("repository")), timeout=5)
        assert error.message == "No new snapshot was in the repository repo after 5 s."
        assert error.hint == f"The cluster has no such repository; check the option repository. {NEVER_SEEN}"

    def test_one_that_was_there_at_the_last_look_is_not_said_to_be_missing(self) -> None:
        assert fail_new(Scene(gone("repository"), gone("repository"), []), timeout=5).hint == NEVER_SEEN

    def test_after_it_was_seen(self) -> None:
        scene = Scene([], [], [ours(RUNNING)], [ours(RUNNING)], [ours(RUNNING, indices=["a"])])
        error = fail_new(scene, timeout=25, interval=10)
        assert scene.slept == [10, 10, 5]
        began = "which began at 2026-11-24T03:59:00.000Z"
        assert error.message == f"The snapshot ours, {began}, was not finished after 25 s; it goes on."
        assert error.hint == (
            "Run the task again with max_age to wait on for it. "
            "If it no longer advances, take another one without max_age and with a new client_token."
        )
        (snapshot,) = parsed(ours(RUNNING, indices=["a"]))
        assert error.result == {"snapshot": snapshot.result()}

    def test_one_whose_begin_is_not_known_is_told_as_such(self) -> None:
        error = fail_new(Scene([], [ours(RUNNING, start_time_in_millis=0)], [ours(RUNNING)]), timeout=5)
        assert "began at 20" in error.message
        error = fail_new(Scene([], [], [ours(RUNNING, start_time_in_millis=0)]), timeout=5)
        assert "began at an unknown time" in error.message

    @pytest.mark.parametrize("is_seen", [False, True])
    def test_what_the_last_look_finds_counts(self, is_seen: bool) -> None:
        before: list[dict[str, Any]] = [ours(RUNNING)] if is_seen else []
        scene = Scene([], before, before, [ours()])
        assert wait_for_new(scene, timeout=15, interval=10).name == "ours"
        assert scene.slept == [10, 5]

    def test_a_bad_end_at_the_last_look_is_told_as_such(self) -> None:
        error = fail_new(Scene([], [], [ours("FAILED")]), timeout=5)
        assert "ended as FAILED" in error.message

    def test_even_a_look_that_ends_after_the_time_counts(self) -> None:
        scene = Scene([], [ours()], look_takes=99)
        assert wait_for_new(scene, timeout=5).name == "ours"

    def test_a_look_that_takes_too_long_is_the_last(self) -> None:
        scene = Scene([], [], look_takes=99)
        assert "No new snapshot" in fail_new(scene, timeout=5).message
        assert scene.slept == []

    def test_an_interval_over_the_time_gives_two_looks(self) -> None:
        scene = Scene([], [], [])
        fail_new(scene, timeout=5, interval=600)
        assert scene.slept == [5]

    @pytest.mark.parametrize("is_seen", [False, True])
    def test_a_last_look_that_fails_is_mentioned(self, is_seen: bool) -> None:
        before: list[dict[str, Any]] = [ours(RUNNING)] if is_seen else []
        error = fail_new(Scene([], before, throttled()), timeout=5)
        assert error.message.endswith(" The last poll failed: Slow down.")
        assert ("snapshot" in error.result) == is_seen

    def test_a_look_that_failed_before_is_not(self) -> None:
        error = fail_new(Scene([], throttled(), []), timeout=5)
        assert error.message == "No new snapshot was in the repository repo after 5 s."

    def test_looks_that_all_fail_end_with_the_time_as_well(self) -> None:
        scene = Scene([], *[no_answer() for _look in range(4)])
        error = fail_new(scene, timeout=30, interval=10)
        assert scene.slept == [10, 10, 10]
        assert error.message == (
            "No new snapshot was in the repository repo after 30 s. The last poll failed: No whole answer came."
        )

    def test_a_wait_that_the_server_asks_for_ends_with_the_time(self) -> None:
        scene = Scene([], throttled(20), [])
        fail_new(scene, timeout=12.5, interval=1)
        assert scene.slept == [12.5]

    def test_the_time_begins_with_following(self) -> None:
        scene = Scene([], [], [ours()])
        watch = scene.watch(timeout=10, interval=10)
        watch.note_existing(None)
        scene.time += 9999
        assert watch.wait_for_new().name == "ours"


@given(
    st.lists(st.sampled_from(["none", "running", "unknown", "throttled", "broken"]), max_size=30),
    st.floats(0.01, 500),
    st.floats(0.01, 500),
    st.floats(0, 50),
)
def test_a_wait_is_never_longer_than_the_timeout_and_ends(
    looks: list[str], timeout: float, interval: float, look_takes: float
) -> None:
    steps: dict[str, Step] = {
        "none": [],
        "running": [ours(RUNNING)],
        "unknown": [ours("X")],
        "throttled": throttled(3),
        "broken": broken(),
    }
    seen = False
    script: list[Step] = []
    for look in looks:
        seen = seen or look in ("running", "unknown")
        script.append(steps["running" if seen and look == "none" else look])
    scene = Scene([], *script, [ours()], look_takes=look_takes)
    watch = scene.watch(timeout=timeout, interval=interval)
    watch.note_existing(None)
    scene.slept.clear()
    began = scene.time
    try:
        assert watch.wait_for_new().is_complete
    except AliyunError as error:
        assert f"after {timeout:g} s" in error.message
        assert scene.time - began >= timeout * (1 - 1e-9)
    assert sum(scene.slept) <= timeout * (1 + 1e-9)
    assert all(pause <= max(interval, 20) for pause in scene.slept)

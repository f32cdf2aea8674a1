# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The waiter: how a snapshot ends, and what is said when it does not, or when none appears."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.aliyun.elasticsearch.plugins.module_utils._cluster.snapshots import Snapshot
from ansible_collections.aliyun.elasticsearch.plugins.module_utils._errors import AliyunError
from ansible_collections.aliyun.elasticsearch.tests.unit.plugins.module_utils._cluster.reading import (
    BOTH_ROUTES,
    Wait,
)
from ansible_collections.aliyun.elasticsearch.tests.unit.support.cluster import (
    BROKEN,
    DENIED,
    NOW,
    RUNNING,
    VERSIONS,
    FakeCluster,
    FakeSnapshot,
)

OLD = FakeSnapshot("old-20261124", start=-7200, end=-7000)
NEXT_TOKEN = "take one with a new client_token."
USED = "If the client_token was used before, the API takes no new snapshot for it: "
LOOK = " Else see with aliyun.elasticsearch.es_instance_info whether the instance is active and its cluster green."
NEVER_SEEN = f"{USED}run the task again with a max_age that reaches back to then, or {NEXT_TOKEN}{LOOK}"
BAD_BEFORE = (
    f"If the client_token was used before, it probably belongs to that one, and the API takes no new snapshot for it: "
    f"{NEXT_TOKEN}"
)


def ours(state: str = "SUCCESS", appears: float = 1, **fields: Any) -> FakeSnapshot:
    return FakeSnapshot("ours", state, appears=appears, **fields)


def follow(model: FakeCluster, snapshot: Snapshot, **times: float) -> Snapshot:
    return Wait(model, **times).waiter.wait_for(snapshot)  # type: ignore[arg-type]


def running() -> Snapshot:
    return Snapshot("ours", "uuid-of-ours", RUNNING, start=(NOW - 60) * 1000)


class TestFollow:
    def test_wait_for_one_that_runs_polls_at_once(self) -> None:
        model = FakeCluster(ours(appears=0))
        assert follow(model, running()).indices == 3
        assert (model.kinds, model.clock.slept) == (["current", "named"], [])

    def test_wait_for_one_that_is_complete_polls_nothing(self) -> None:
        model = FakeCluster()
        complete = Snapshot("ours", "u", "SUCCESS", indices=3, failed=0)
        assert follow(model, complete) is complete
        assert model.requests == []

    def test_wait_for_one_that_ended_badly_is_an_error(self) -> None:
        with pytest.raises(AliyunError, match=r"is incomplete \(PARTIAL, 1 of 2 shards failed\)"):
            follow(FakeCluster(), Snapshot("ours", "u", "PARTIAL", indices=3, failed=1, total=2))

    @pytest.mark.parametrize("name", ["es-cn-1_2026", "a&b%2F", "é"])
    def test_wait_for_one_encodes_its_name(self, name: str) -> None:
        model = FakeCluster(FakeSnapshot(name))
        assert follow(model, Snapshot(name, f"uuid-of-{name}", RUNNING)).name == name

    @pytest.mark.parametrize("state", ["ABORTED", "STARTED", "FINALIZING", ""])
    @pytest.mark.parametrize("is_listed_as_running", [True, False])
    def test_wait_goes_on_in_a_state_that_is_not_known(self, state: str, is_listed_as_running: bool) -> None:
        model = FakeCluster(ours(appears=1, ends=65, running_state=state))
        if not is_listed_as_running:
            model.snapshots[0].ends = -1
            model.snapshots[0].state = state
            model.clock.time = 0

            def end(request: Any) -> None:
                model.snapshots[0].state = state if model.clock.time < 65 else "SUCCESS"

            model.fault = end
        assert Wait(model).new().state == "SUCCESS"
        assert model.clock.time == 70

    def test_wait_takes_none_for_finished_while_the_cluster_says_that_it_runs(self) -> None:
        model = FakeCluster(ours(appears=1, ends=65, running_state="SUCCESS"))
        assert Wait(model).new().is_complete
        assert model.clock.time == 70

    @pytest.mark.parametrize("gateway", ["drops"])
    def test_wait_without_queries_takes_none_for_finished_that_runs(self, gateway: str) -> None:
        complete = {"shards": {"total": 6, "failed": 0, "successful": 6}}
        model = FakeCluster(ours(appears=1, ends=65, running_state="SUCCESS", fields=complete), gateway=gateway)
        assert Wait(model).new().is_complete
        assert model.clock.time == 70

    def test_wait_with_more_indices_than_a_response_may_hold_is_complete_without_their_number(self) -> None:
        model = FakeCluster(ours(appears=1, ends=15, indices=["an-index-of-some-length"] * 200_000))
        found = Wait(model).new()
        assert (found.is_complete, found.indices, found.total) == (True, None, 400_000)
        assert model.kinds[-3:] == ["current", "named", "named"]


@BOTH_ROUTES
@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("ends", [1, 35])
class TestBadEnds:
    @pytest.mark.parametrize(
        ("state", "failed", "how"),
        [
            ("PARTIAL", 2, "(PARTIAL, 2 of 6 shards failed)"),
            ("PARTIAL", 0, "(PARTIAL)"),
            ("FAILED", 6, "(FAILED, 6 of 6 shards failed)"),
            ("INCOMPATIBLE", 0, "(INCOMPATIBLE)"),
            ("SUCCESS", 1, "(SUCCESS, 1 of 6 shards failed)"),
        ],
    )
    def test_bad_end_is_told_with_the_snapshot_and_its_failures(
        self, route: str, version: str, ends: float, state: str, failed: int, how: str
    ) -> None:
        model = FakeCluster(ours(state, ends=ends, failed=failed), version=version)
        error = Wait(model, route).fail()
        assert error.message == f"The snapshot ours is incomplete {how}."
        assert error.hint == "Do not rely on it. Take another one, with a new client_token."
        snapshot = error.result["snapshot"]
        assert (snapshot["state"], snapshot["shards"]["failed"], snapshot["indices"]) == (state, failed, 3)
        assert [failure["shard_id"] for failure in error.result["failures"]] == list(range(min(failed, 5)))
        assert not error.retryable

    def test_bad_end_is_told_with_its_reason(self, route: str, version: str, ends: float) -> None:
        reason = "Indices don't have primary shards [orders]"
        no_shards = {"shards": {"total": 0, "failed": 0, "successful": 0}}
        model = FakeCluster(ours("FAILED", ends=ends, reason=reason, fields=no_shards), version=version)
        error = Wait(model, route).fail()
        assert error.message == f"The snapshot ours is incomplete (FAILED): {reason}."
        assert error.result["snapshot"]["reason"] == reason


class TestEnds:
    def test_bad_end_without_a_count_of_shards_says_so(self) -> None:
        error = Wait(FakeCluster(ours("FAILED", fields={"shards": {}}))).fail()
        assert error.message == "The snapshot ours is incomplete (FAILED, it is not known how many shards failed)."

    def test_end_that_is_empty_is_complete_and_says_so(self) -> None:
        snapshot = Wait(FakeCluster(ours(indices=[]))).new()
        assert (snapshot.is_complete, snapshot.is_empty) == (True, True)

    @BOTH_ROUTES
    def test_one_that_vanishes_is_told_as_it_was_last_seen(self, route: str) -> None:
        model = FakeCluster(OLD, ours(RUNNING, vanishes=35))
        error = Wait(model, route).fail()
        assert error.message == "The snapshot ours is no longer in the repository."
        assert (error.result["snapshot"]["name"], error.result["snapshot"]["state"]) == ("ours", RUNNING)
        assert model.clock.time == 70, "30 seconds after it was missed at first"

    def test_one_that_is_missed_in_three_quick_polls_is_not_gone(self) -> None:
        model = FakeCluster(ours(appears=0.5, ends=90))

        def hide(request: Any) -> None:
            model.snapshots[0].appears = 99 if 20 < model.clock.time < 49 else 0.5

        model.fault = hide
        assert Wait(model, interval=1, timeout=300).new().is_complete

    def test_one_that_is_missed_in_two_slow_polls_is_not_gone(self) -> None:
        model = FakeCluster(ours(appears=0.5, ends=300))

        def hide(request: Any) -> None:
            model.snapshots[0].appears = 999 if 60 < model.clock.time < 170 else 0.5

        model.fault = hide
        assert Wait(model, interval=50).new().is_complete

    def test_one_that_is_missed_again_later_is_counted_anew(self) -> None:
        model = FakeCluster(ours(appears=0.5, ends=300))

        def hide(request: Any) -> None:
            hidden = 15 < model.clock.time < 45 or 55 < model.clock.time < 85
            model.snapshots[0].appears = 999 if hidden else 0.5

        model.fault = hide
        assert Wait(model).new().is_complete

    def test_one_that_is_gone_with_its_repository_is_told(self) -> None:
        model = FakeCluster(ours(RUNNING))

        def remove(request: Any) -> None:
            model.exists = 999 if model.clock.time > 35 else 0

        model.fault = remove
        assert Wait(model).fail().message == "The snapshot ours is no longer in the repository."

    @BOTH_ROUTES
    def test_one_whose_name_is_used_again_is_gone_at_once(self, route: str) -> None:
        again = FakeSnapshot("ours", uuid="another", appears=35)
        model = FakeCluster(ours(RUNNING, vanishes=35), again)
        error = Wait(model, route).fail()
        assert error.message == "The snapshot ours is gone; another one has its name now."
        assert (model.clock.time, error.result["snapshot"]["uuid"]) == (40, "uuid-of-ours")

    def test_names_and_states_are_made_fit_for_messages(self) -> None:
        name = "a\nb\x1b" + "c" * 500
        model = FakeCluster(FakeSnapshot("old", "\x1bPAR\nTIAL"), FakeSnapshot(name, RUNNING, appears=1))
        error = Wait(model, timeout=50).fail()
        assert error.message.startswith("The snapshot a b ccc")
        assert error.message.isprintable()
        assert len(error.message) < 400


class TestNothingNew:
    def fail(self, *snapshots: FakeSnapshot, max_age: float | None = None, **options: Any) -> AliyunError:
        return Wait(FakeCluster(*snapshots, **options), timeout=25).fail(max_age)

    @BOTH_ROUTES
    def test_wait_timeout_names_the_newest_that_was_there(self, route: str) -> None:
        model = FakeCluster(OLD, FakeSnapshot("old-2026.11.23"), FakeSnapshot("a"))
        error = Wait(model, route, timeout=25).fail()
        assert model.clock.slept == [10, 10, 5], "the last poll is at the end of the time"
        assert error.message == (
            "No new snapshot was in the repository aliyun_auto_snapshot after 25 s. "
            "The newest that was there before is old-20261124 (SUCCESS)."
        )
        assert (error.hint, error.result, error.retryable) == (NEVER_SEEN, {}, False)

    def test_wait_timeout_after_a_max_age_does_not_send_back_to_one(self) -> None:
        assert self.fail(OLD, max_age=60).hint == f"{USED}{NEXT_TOKEN}{LOOK}"

    @pytest.mark.parametrize("state", ["PARTIAL", "FAILED"])
    @pytest.mark.parametrize("max_age", [None, 3600])
    def test_wait_timeout_tells_whose_a_used_token_probably_is(self, state: str, max_age: float | None) -> None:
        error = self.fail(OLD, FakeSnapshot("ours-20261124030003", state), max_age=max_age)
        assert f"before is ours-20261124030003 ({state})." in error.message
        assert error.hint == BAD_BEFORE

    def test_wait_timeout_names_no_newest_of_names_that_do_not_tell(self) -> None:
        error = self.fail(FakeSnapshot("a"), FakeSnapshot("b", "PARTIAL"))
        assert "before" not in error.message
        assert error.hint == NEVER_SEEN
        assert "before is b (PARTIAL)." in self.fail(FakeSnapshot("b", "PARTIAL")).message

    def test_wait_timeout_names_those_of_policies(self) -> None:
        new = [FakeSnapshot(f"p-{number}", start=-number, policy="p", appears=1) for number in range(7)]
        error = self.fail(OLD, *new)
        assert (
            "Left out, as a policy took them: p-0 (policy p), p-1 (policy p), p-2 (policy p), p-3 (policy p), "
            "p-4 (policy p) and 2 more. The newest that was there before is old-20261124 (SUCCESS)." in error.message
        )

    def test_wait_timeout_takes_no_policys_for_one_that_was_there_before(self) -> None:
        error = self.fail(OLD, FakeSnapshot("p-20261125", "PARTIAL", policy="p", appears=1))
        assert "before is old-20261124 (SUCCESS)." in error.message
        assert error.hint == NEVER_SEEN

    @pytest.mark.parametrize("damage", ["damaged", "missing"])
    @pytest.mark.parametrize("count", [1, 2])
    def test_wait_timeout_names_those_that_cannot_be_read(self, damage: str, count: int) -> None:
        error = self.fail(*[FakeSnapshot(f"new-{number}", damage=damage, appears=1) for number in range(count)])
        assert f"New, but cannot be read: {', '.join(f'new-{n}' for n in range(count))}." in error.message
        assert error.hint == (
            "It may be the one that was asked for: see how it is with aliyun.elasticsearch.es_snapshot_info, or take "
            "another one with a new client_token."
        )

    @BOTH_ROUTES
    @pytest.mark.parametrize("version", ["7.10", "7.17"])
    def test_wait_timeout_says_that_the_repository_is_missing(self, route: str, version: str) -> None:
        error = Wait(FakeCluster(exists=99, version=version), route, timeout=25).fail()
        assert error.message.endswith("after 25 s. The cluster has no such repository.")
        assert error.hint == (
            "Check the option repository, and see with aliyun.elasticsearch.es_snapshot_setting whether automatic "
            "backup is on. Then look with aliyun.elasticsearch.es_snapshot_info; if there is still none, take one with "
            "a new client_token."
        )

    def test_wait_timeout_tells_a_red_cluster_before_a_missing_repository(self) -> None:
        error = Wait(FakeCluster(exists=99, health="red"), timeout=25).fail()
        assert "The cluster has no such repository. The cluster's health is red" in error.message
        assert error.hint.startswith("Bring the cluster back to health")

    def test_wait_timeout_says_nothing_of_a_repository_that_is_there_in_the_end(self) -> None:
        assert "no such repository" not in self.fail(exists=12).message

    @BOTH_ROUTES
    @pytest.mark.parametrize("version", VERSIONS)
    def test_wait_timeout_says_that_the_cluster_is_red(self, route: str, version: str) -> None:
        error = Wait(FakeCluster(OLD, health="red", version=version), route, timeout=25).fail()
        assert "The cluster's health is red: such a cluster accepts the request and takes no snapshot." in error.message
        assert error.hint == (
            "Bring the cluster back to health, which aliyun.elasticsearch.es_instance_info shows, then "
            "take a snapshot with a new client_token."
        )

    def test_wait_asks_for_the_health_after_the_first_poll_and_at_the_end(self) -> None:
        model = FakeCluster(OLD, health="red")
        Wait(model, timeout=45).fail()
        assert (model.kinds[2], model.kinds[-1], model.kinds.count("health")) == ("health", "health", 2)

    @pytest.mark.parametrize("fault", [BROKEN, (200, []), DENIED], ids=str)
    def test_wait_does_without_the_health_where_it_cannot_be_read(self, fault: Any) -> None:
        model = FakeCluster(OLD).fail_always(fault, "health")
        error = Wait(model, timeout=25, retries=5).fail()
        assert ("red" in error.message, error.hint, model.clock.time) == (False, NEVER_SEEN, 25)
        assert model.kinds.count("health") == 2, "never repeated"

    def test_wait_finds_one_in_a_red_cluster(self) -> None:
        assert Wait(FakeCluster(OLD, ours(appears=25), health="red")).new().name == "ours"


class TestUnfinished:
    def test_wait_timeout_says_that_it_goes_on_and_how_to_wait_on(self) -> None:
        model = FakeCluster(ours(RUNNING, appears=5))
        error = Wait(model, timeout=25).fail()
        assert model.clock.slept == [10, 10, 5]
        assert error.message == (
            "The snapshot ours, which began at 2026-11-24T03:59:00.000Z, was not finished after 25 s; it goes on."
        )
        assert error.hint == (
            "Run the task again with wait and max_age, for instance max_age: 3600, to wait on for it. "
            "If it no longer advances, or has ended badly by then, take another one without max_age and with a new "
            "client_token."
        )
        assert error.result["snapshot"]["state"] == RUNNING
        assert error.result["snapshot"]["shards"]["failed"] is None

    def test_wait_timeout_of_one_whose_start_is_not_known(self) -> None:
        error = Wait(FakeCluster(ours(RUNNING, fields={"start_time_in_millis": 0})), timeout=25).fail()
        assert "began at an unknown time" in error.message

    @pytest.mark.parametrize(("state", "shown"), [("ABORTED", "ABORTED"), ("STARTED", "STARTED"), ("", "no state")])
    def test_wait_timeout_in_a_state_that_is_not_known_says_which(self, state: str, shown: str) -> None:
        error = Wait(FakeCluster(ours(RUNNING, running_state=state)), timeout=25).fail()
        assert error.message.endswith(
            f"was not finished after 25 s; its state is {shown}, so it is not known whether it goes on."
        )
        assert "es_snapshot_info" in error.hint
        assert "new client_token" in error.hint
        assert "max_age" not in error.hint

    @pytest.mark.parametrize("appears", [1, 25])
    def test_wait_counts_what_the_last_poll_finds(self, appears: float) -> None:
        assert Wait(FakeCluster(ours(appears=appears, ends=25)), timeout=25).new().is_complete
        error = Wait(FakeCluster(ours("FAILED", appears=appears, ends=25)), timeout=25).fail()
        assert "is incomplete (FAILED" in error.message

    def test_wait_counts_what_a_poll_finds_that_ends_after_the_time(self) -> None:
        model = FakeCluster(ours(appears=0.5), seconds_per_object=29)
        wait = Wait(model, timeout=5)
        wait.note()
        model.clock.time = 1
        assert wait.waiter.wait_for_new().is_complete

    def test_wait_with_an_interval_over_the_time_polls_twice(self) -> None:
        model = FakeCluster()
        Wait(model, timeout=5, interval=600).fail()
        assert model.clock.slept == [5]
        assert model.kinds.count("current") == 2

    def test_wait_timeout_begins_with_waiting(self) -> None:
        model = FakeCluster(ours(appears=9999 + 5))
        wait = Wait(model, timeout=10)
        wait.note()
        model.clock.time = 9999
        assert wait.waiter.wait_for_new().name == "ours"

# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The waiter: polls that fail, and that a wait ends in time."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.aliyun.elasticsearch.plugins.module_utils._errors import AliyunError
from ansible_collections.aliyun.elasticsearch.plugins.module_utils._http.transport import Response
from ansible_collections.aliyun.elasticsearch.tests.unit.plugins.module_utils._cluster.reading import (
    BOTH_ROUTES,
    Wait,
)
from ansible_collections.aliyun.elasticsearch.tests.unit.support.cluster import (
    BROKEN,
    DENIED,
    DROPPED,
    OVERLOADED,
    RUNNING,
    FakeCluster,
    FakeSnapshot,
    Request,
    elasticsearch_error,
)

NO_MASTER = elasticsearch_error(503, "master_not_discovered_exception", "no master")
PASSING = pytest.mark.parametrize(
    "fault",
    [OVERLOADED, BROKEN, NO_MASTER, DROPPED, Response(502, {}, b"<html>"), (200, {"acknowledged": True})],
    ids=["overloaded", "broken", "no master", "dropped", "proxy", "no list"],
)


def ours(state: str = "SUCCESS", appears: float = 1, **fields: Any) -> FakeSnapshot:
    return FakeSnapshot("ours", state, appears=appears, **fields)


def throttled(milliseconds: int | None = None) -> Response:
    headers = {} if milliseconds is None else {"x-acs-retry-after": str(milliseconds)}
    return Response(400, headers, json.dumps({"Code": "Throttling.User", "Message": "Slow down."}).encode())


def faults_from_now(model: FakeCluster, *faults: Any, kind: str = "") -> Wait:
    """Return a wait that has noted what is there, and whose next requests of a kind fail."""
    wait = Wait(model)
    wait.note()
    model.fail(kind, *faults)
    return wait


@BOTH_ROUTES
@PASSING
class TestPassing:
    @pytest.mark.parametrize("kind", ["current", "index", "named"])
    def test_wait_goes_on_after_a_poll_that_fails(self, route: str, fault: Any, kind: str) -> None:
        model = FakeCluster(FakeSnapshot("old"), ours(ends=25))
        wait = Wait(model, route)
        wait.note()
        model.fail(kind, fault, fault)
        assert wait.waiter.wait_for_new().name == "ours"
        assert model.objects == 1

    def test_wait_follows_on_after_polls_that_fail(self, route: str, fault: Any) -> None:
        model = FakeCluster(ours(ends=35))
        model.fault = lambda request: fault if 15 < model.clock.time < 55 else None
        assert Wait(model, route).new().is_complete

    def test_wait_timeout_mentions_a_last_poll_that_fails(self, route: str, fault: Any) -> None:
        for state, words in ((RUNNING, "; it goes on."), ("", "after 25 s.")):
            model = FakeCluster(*([ours(state)] if state else []))
            model.fault = lambda request, model=model: fault if model.clock.time >= 25 else None  # type: ignore[misc]
            error = Wait(model, route, timeout=25).fail()
            assert f"{words} The last poll failed: " in error.message
            assert ("snapshot" in error.result) is bool(state)

    def test_wait_timeout_does_not_mention_a_poll_that_failed_before(self, route: str, fault: Any) -> None:
        model = FakeCluster()
        model.fault = lambda request: fault if model.clock.time == 10 else None
        assert "failed" not in Wait(model, route, timeout=25).fail().message

    def test_wait_of_which_all_polls_fail_ends_with_the_time(self, route: str, fault: Any) -> None:
        model = FakeCluster(ours())
        wait = Wait(model, route, timeout=30)
        wait.note()
        model.fail_always(fault)
        with pytest.raises(AliyunError, match=r"No new snapshot .* after 30 s\. The last poll failed: "):
            wait.waiter.wait_for_new()
        assert (model.clock.slept, model.clock.time) == ([10, 10, 10], 30)


class TestPoll:
    @BOTH_ROUTES
    @pytest.mark.parametrize("remainder", [0, 1])
    @pytest.mark.parametrize("fault", [BROKEN, DROPPED], ids=["broken", "dropped"])
    def test_wait_completes_polls_of_which_every_second_request_fails(
        self, route: str, remainder: int, fault: Any
    ) -> None:
        for extra in ([], [FakeSnapshot("nightly", start=-50, policy="nightly", appears=2)]):
            model = FakeCluster(FakeSnapshot("old"), *extra, ours(start=-40, ends=15))
            wait = Wait(model, route)
            wait.note()
            model.fault = lambda request, model=model: (  # type: ignore[misc]
                fault if len(model.requests) % 2 == remainder else None
            )
            assert wait.waiter.wait_for_new().name == "ours"

    def test_wait_goes_on_with_the_request_that_failed(self) -> None:
        model = FakeCluster(ours())
        wait = faults_from_now(model, BROKEN, BROKEN, kind="index")
        wait.waiter.wait_for_new()
        assert model.kinds == ["current", "index", "index", "index", "named"]

    def test_wait_reads_all_anew_after_a_poll_that_is_complete(self) -> None:
        model = FakeCluster(FakeSnapshot("old"), ours(ends=35))
        wait = faults_from_now(model, None, BROKEN, kind="current")
        assert wait.waiter.wait_for_new().is_complete
        assert model.kinds == [
            *("current", "index", "health", "current"),  # the second of which fails
            *("current", "index", "current", "current", "current", "named"),
        ]

    def test_wait_may_fail_more_often_than_there_are_retries(self) -> None:
        model = FakeCluster(ours())
        assert faults_from_now(model, *[BROKEN] * 9).waiter.wait_for_new().name == "ours"
        assert model.clock.slept == [10, 10, 10, 10, 16, 20, 20, 20, 20], "the longer of the interval and the backoff"

    def test_wait_backs_off_anew_after_a_good_poll(self) -> None:
        model = FakeCluster(ours(ends=40))
        wait = Wait(model, interval=1)
        wait.note()
        fails = iter([*[BROKEN] * 5, None, None, None, *[BROKEN] * 4])
        model.fault = lambda request: next(fails, None) if request.kind == "current" else None
        wait.waiter.wait_for_new()
        assert model.clock.slept == [*(1, 2, 4, 8, 16), *(1, 1), *(1, 2, 4, 8)]

    @pytest.mark.parametrize(("asked", "slept"), [(3000, 10), (15000, 15), (20000, 20), (500000, 20)])
    def test_wait_pauses_as_long_as_the_server_asks_for(self, asked: int, slept: float) -> None:
        model = FakeCluster(ours())
        wait = Wait(model, "openapi")
        wait.note()
        model.fail("", throttled(asked))
        wait.waiter.wait_for_new()
        assert model.clock.slept == [slept]

    def test_wait_pauses_no_longer_than_the_time(self) -> None:
        model = FakeCluster()
        wait = Wait(model, "openapi", timeout=12.5, interval=1)
        wait.note()
        model.fail("", throttled(20000))
        with pytest.raises(AliyunError):
            wait.waiter.wait_for_new()
        assert model.clock.slept == [12.5]

    @BOTH_ROUTES
    @pytest.mark.parametrize("is_seen", [False, True])
    def test_wait_ends_with_a_poll_that_is_refused_with_what_was_last_seen(self, route: str, is_seen: bool) -> None:
        model = FakeCluster(*([ours(RUNNING)] if is_seen else []))
        model.fault = lambda request: (BROKEN if model.clock.time < 25 else DENIED) if model.clock.time > 15 else None
        error = Wait(model, route).fail()
        assert (error.code, error.message, error.http_status) == ("security_exception", "action is unauthorized", 403)
        assert ("snapshot" in error.result) is is_seen
        assert (error.request_id is not None) is (route == "openapi")

    def test_wait_does_not_end_with_a_new_one_that_is_damaged_for_a_while(self) -> None:
        model = FakeCluster(ours(unreadable_reads=4, ends=15))
        assert Wait(model).new().is_complete
        assert model.objects == 5

    @BOTH_ROUTES
    def test_wait_timeout_says_that_the_finished_one_cannot_be_read(self, route: str) -> None:
        model = FakeCluster(ours(damage="damaged", ends=15))
        error = Wait(model, route, timeout=60).fail()
        assert "The snapshot ours, which began at" in error.message
        assert "The last poll failed: snapshot_exception: " in error.message


@given(
    st.lists(st.sampled_from(["none", "running", "unknown", "throttled", "broken", "dropped"]), max_size=30),
    st.floats(0.01, 500),
    st.floats(0.01, 500),
    st.floats(0, 20),
)
def test_wait_is_never_longer_than_the_timeout_and_ends(
    polls: list[str], timeout: float, interval: float, seconds_per_object: float
) -> None:
    snapshot = ours(appears=1e9)
    model = FakeCluster(snapshot, seconds_per_object=seconds_per_object)
    script = iter(polls)

    def play(request: Request) -> Any:
        if request.kind != "current":
            return None
        poll = next(script, "ended")
        snapshot.appears, snapshot.ends = (1e9, 1e9) if poll == "none" and snapshot.appears else (0, 1e9)
        snapshot.ends = 0 if poll == "ended" else 1e9
        snapshot.running_state = "X" if poll == "unknown" else RUNNING
        return {"throttled": throttled(3000), "broken": BROKEN, "dropped": DROPPED}.get(poll)

    wait = Wait(model, "openapi", timeout=timeout, interval=interval)
    wait.note()
    model.fault = play
    began = model.clock.time
    try:
        assert wait.waiter.wait_for_new().is_complete
    except AliyunError as error:
        if "no longer in the repository" not in error.message:
            assert f"after {timeout:g} s" in error.message
            assert model.clock.time - began >= timeout * (1 - 1e-9)
    assert sum(model.clock.slept) <= timeout * (1 + 1e-9)
    assert all(pause <= max(interval, 20) for pause in model.clock.slept)

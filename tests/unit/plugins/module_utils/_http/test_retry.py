# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.aliyun.elasticsearch.plugins.module_utils._errors import (
    NOT_SENT,
    REFUSED,
    UNKNOWN,
    AliyunError,
)
from ansible_collections.aliyun.elasticsearch.plugins.module_utils._http.retry import RetryPolicy, with_retries


@pytest.mark.parametrize(
    ("failed", "jitter", "seconds"),
    [
        (1, 1.0, 1.0),
        (2, 1.0, 2.0),
        (3, 1.0, 4.0),
        (4, 1.0, 8.0),
        (5, 1.0, 16.0),
        (6, 1.0, 20.0),
        (1000, 1.0, 20.0),
        (10**9, 1.0, 20.0),
        (1, 0.0, 0.5),
        (3, 0.0, 2.0),
        (6, 0.0, 10.0),
        (3, 0.5, 3.0),
    ],
)
def test_the_wait_doubles_up_to_the_cap_and_half_of_it_is_jitter(failed: int, jitter: float, seconds: float) -> None:
    assert RetryPolicy(5, 20, lambda: jitter).delay(failed) == seconds


@pytest.mark.parametrize(
    ("retry_after", "seconds"), [(0.001, 0.001), (19.999, 19.999), (20.0, 20.0), (20.001, 20.0), (1e12, 20.0)]
)
@pytest.mark.parametrize("failed", [1, 6])
def test_what_the_server_asks_for_wins_within_the_cap(retry_after: float, seconds: float, failed: int) -> None:
    assert RetryPolicy(5, 20, lambda: 1.0).delay(failed, retry_after) == seconds


def test_a_cap_of_zero_means_no_wait() -> None:
    policy = RetryPolicy(5, 0, lambda: 1.0)
    assert [policy.delay(1), policy.delay(9), policy.delay(1, 5.0)] == [0, 0, 0]


@given(st.integers(1, 10**6), st.floats(0, 86400), st.one_of(st.none(), st.floats(0.001, 1e15)))
def test_no_wait_is_negative_or_over_the_cap(failed: int, cap: float, retry_after: float | None) -> None:
    assert 0 <= RetryPolicy(5, cap).delay(failed, retry_after) <= cap


def test_left_alone_the_jitter_varies() -> None:
    policy = RetryPolicy(5, 20)
    assert len({policy.delay(3) for _time in range(20)}) > 1


class Played:
    """Attempts by a script, an error or a result each, and how long was slept between them."""

    def __init__(self, *steps: object, retries: int = 5) -> None:
        self.steps = list(steps)
        self.slept: list[float] = []
        self._policy = RetryPolicy(retries, 20, lambda: 1.0)

    def attempt(self) -> object:
        step = self.steps.pop(0)
        if isinstance(step, Exception):
            raise step
        return step

    def with_retries(self) -> tuple[object, int]:
        return with_retries(self.attempt, self._policy, self.slept.append)

    def fail(self) -> AliyunError:
        with pytest.raises(AliyunError) as caught:
            self.with_retries()
        assert self.steps == [], "not every step of the script was played"
        return caught.value


def passing(message: str = "later", outcome: str = REFUSED, **more: Any) -> AliyunError:
    return AliyunError(message, outcome=outcome, retryable=True, **more)


class TestPersist:
    @pytest.mark.parametrize("result", ["a result", None, False, 0])
    @pytest.mark.parametrize("failed", [0, 1, 5])
    def test_the_first_result_comes_back_with_the_number_of_attempts(self, result: object, failed: int) -> None:
        played = Played(*[passing() for _attempt in range(failed)], result, "never asked for")
        assert played.with_retries() == (result, failed + 1)
        assert played.steps == ["never asked for"]
        assert played.slept == [1.0, 2.0, 4.0, 8.0, 16.0][:failed]

    def test_before_each_retry_the_error_so_far_is_told(self) -> None:
        told: list[tuple[str, str, int]] = []
        played = Played(passing("a", UNKNOWN), passing("b"), AliyunError("c", outcome=REFUSED))
        with pytest.raises(AliyunError):
            with_retries(
                played.attempt,
                RetryPolicy(5, 20, lambda: 1.0),
                played.slept.append,
                lambda error: told.append((error.message, error.outcome, len(played.slept))),
            )
        assert told == [("a", UNKNOWN, 1), ("b", UNKNOWN, 2)]

    @pytest.mark.parametrize("retries", [0, 1, 4])
    def test_the_last_error_is_raised_once_the_retries_are_used_up(self, retries: int) -> None:
        errors = [passing(str(number)) for number in range(retries + 1)]
        played = Played(*errors, retries=retries)
        error = played.fail()
        assert error is errors[-1]
        assert error.attempts == retries + 1
        assert len(played.slept) == retries, "after the last attempt there is nothing to wait for"

    @pytest.mark.parametrize("failed", [0, 3])
    def test_one_that_will_not_pass_is_raised_at_once(self, failed: int) -> None:
        final = AliyunError("never", outcome=REFUSED)
        played = Played(*[passing() for _attempt in range(failed)], final)
        assert played.fail() is final
        assert final.attempts == failed + 1
        assert len(played.slept) == failed

    def test_the_wait_that_an_error_asks_for_is_kept_within_the_cap(self) -> None:
        played = Played(passing(retry_after=0.5), passing(), passing(retry_after=60), passing(), "done")
        assert played.with_retries() == ("done", 5)
        assert played.slept == [0.5, 2.0, 20, 8.0]

    @pytest.mark.parametrize(
        ("outcomes", "outcome", "earlier"),
        [
            ([UNKNOWN, REFUSED], UNKNOWN, "error 0"),
            ([UNKNOWN, NOT_SENT], UNKNOWN, "error 0"),
            ([UNKNOWN, REFUSED, NOT_SENT], UNKNOWN, "error 0"),
            ([REFUSED, UNKNOWN, REFUSED], UNKNOWN, "error 1"),
            ([UNKNOWN, UNKNOWN], UNKNOWN, ""),
            ([REFUSED, NOT_SENT], REFUSED, ""),
            ([NOT_SENT, REFUSED], REFUSED, ""),
            ([NOT_SENT, NOT_SENT], NOT_SENT, ""),
        ],
        ids=str,
    )
    def test_the_greatest_doubt_stays(self, outcomes: list[str], outcome: str, earlier: str) -> None:
        errors = [passing(f"error {number}", one) for number, one in enumerate(outcomes)]
        error = Played(*errors, retries=len(errors) - 1).fail()
        assert (error.message, error.outcome, error.earlier) == (f"error {len(errors) - 1}", outcome, earlier)

    @pytest.mark.parametrize(
        ("request_ids", "last"), [(["R-1", "R-2"], "R-2"), (["R-1", None], "R-1"), ([None, None], None)], ids=str
    )
    def test_the_last_request_id_that_was_given_is_kept(self, request_ids: list[str | None], last: str | None) -> None:
        errors = [passing(request_id=request_id) for request_id in request_ids]
        error = Played(*errors, retries=len(errors) - 1).fail()
        assert (error.request_id or error.earlier_request_id) == last

    def test_any_other_error_is_not_its_concern(self) -> None:
        played = Played(ValueError("a mistake"), "never")
        with pytest.raises(ValueError, match="a mistake"):
            played.with_retries()
        assert (played.steps, played.slept) == (["never"], [])

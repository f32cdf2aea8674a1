# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import traceback
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
def test_delay_doubles_up_to_max_delay_and_half_of_it_is_jitter(failed: int, jitter: float, seconds: float) -> None:
    assert RetryPolicy(5, 20, lambda: jitter).delay(failed) == seconds


@pytest.mark.parametrize(
    ("retry_after", "seconds"), [(0.001, 0.001), (19.999, 19.999), (20.0, 20.0), (20.001, 20.0), (1e12, 20.0)]
)
@pytest.mark.parametrize("failed", [1, 6])
def test_delay_is_what_the_server_asks_for_within_max_delay(retry_after: float, seconds: float, failed: int) -> None:
    assert RetryPolicy(5, 20, lambda: 1.0).delay(failed, retry_after) == seconds


def test_delay_is_zero_for_a_max_delay_of_zero() -> None:
    policy = RetryPolicy(5, 0, lambda: 1.0)
    assert [policy.delay(1), policy.delay(9), policy.delay(1, 5.0)] == [0, 0, 0]


@given(st.integers(1, 10**6), st.floats(0, 86400), st.one_of(st.none(), st.floats(0.001, 1e15)))
def test_delay_is_never_negative_or_over_max_delay(failed: int, cap: float, retry_after: float | None) -> None:
    assert 0 <= RetryPolicy(5, cap).delay(failed, retry_after) <= cap


def test_delay_left_alone_varies() -> None:
    policy = RetryPolicy(5, 20)
    assert len({policy.delay(3) for _time in range(20)}) > 1


class Script:
    """Attempts by a script, an error or a result each, and how long is slept between them."""

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
        assert self.steps == [], "not every step of the script was taken"
        return caught.value


def passing(message: str = "later", outcome: str = REFUSED, **more: Any) -> AliyunError:
    return AliyunError(message, outcome=outcome, retryable=True, **more)


ALL_FIELDS: dict[str, Any] = {
    "message": "never",
    "outcome": REFUSED,
    "code": "Code",
    "http_status": 400,
    "request_id": "R-1",
    "host_id": "es.test",
    "recommend": "https://example.test",
    "retryable": False,
    "retry_after": 2.5,
    "hint": "Do it.",
    "result": {"snapshot": "name"},
}


def fields(error: AliyunError) -> dict[str, Any]:
    """Return an error's own fields, without what its history adds."""
    own = error.replace(history=())
    return {**{name: getattr(own, name) for name in ALL_FIELDS}, "attempts": error.attempts, "history": error.history}


class TestWithRetries:
    @pytest.mark.parametrize("result", ["a result", None, False, 0])
    @pytest.mark.parametrize("failed", [0, 1, 5])
    def test_with_retries_returns_the_first_result_and_the_number_of_attempts(
        self, result: object, failed: int
    ) -> None:
        script = Script(*[passing() for _attempt in range(failed)], result, "never asked for")
        assert script.with_retries() == (result, failed + 1)
        assert script.steps == ["never asked for"]
        assert script.slept == [1.0, 2.0, 4.0, 8.0, 16.0][:failed]

    def test_with_retries_tells_before_retry_the_error_so_far(self) -> None:
        told: list[tuple[AliyunError, int]] = []
        first, second = passing("a", UNKNOWN), passing("b")
        script = Script(first, second, AliyunError("c", outcome=REFUSED))
        with pytest.raises(AliyunError):
            with_retries(
                script.attempt,
                RetryPolicy(5, 20, lambda: 1.0),
                script.slept.append,
                lambda error: told.append((error, len(script.slept))),
            )
        assert [(error.message, error.outcome, slept) for error, slept in told] == [
            ("a", UNKNOWN, 1),
            ("b", UNKNOWN, 2),
        ]
        assert [(error.attempts, error.history) for error, _slept in told] == [(1, ()), (2, (first,))]

    @pytest.mark.parametrize("retries", [0, 1, 4])
    def test_with_retries_raises_the_last_error_once_the_retries_are_used_up(self, retries: int) -> None:
        errors = [passing(str(number)) for number in range(retries + 1)]
        script = Script(*errors, retries=retries)
        error = script.fail()
        assert fields(error) == {**fields(errors[-1]), "attempts": retries + 1, "history": tuple(errors[:-1])}
        assert len(script.slept) == retries, "after the last attempt there is nothing to wait for"

    @pytest.mark.parametrize("failed", [0, 3])
    def test_with_retries_raises_an_error_that_is_not_retryable_at_once(self, failed: int) -> None:
        earlier = [passing() for _attempt in range(failed)]
        final = AliyunError("never", **{name: value for name, value in ALL_FIELDS.items() if name != "message"})
        script = Script(*earlier, final)
        assert fields(script.fail()) == {**ALL_FIELDS, "attempts": failed + 1, "history": tuple(earlier)}
        assert len(script.slept) == failed

    def test_with_retries_changes_no_error_of_an_attempt(self) -> None:
        errors = [passing("a", UNKNOWN), passing("b")]
        before = [fields(error) for error in errors]
        Script(*errors, retries=1).fail()
        assert [fields(error) for error in errors] == before

    def test_with_retries_shows_one_traceback(self) -> None:
        error = Script(passing("a"), passing("b"), retries=1).fail()
        shown = "".join(traceback.format_exception(type(error), error, error.__traceback__))
        assert shown.count("Traceback") == 1
        assert shown.endswith("AliyunError: b\n")

    def test_with_retries_waits_as_an_error_asks_for_within_max_delay(self) -> None:
        script = Script(passing(retry_after=0.5), passing(), passing(retry_after=60), passing(), "done")
        assert script.with_retries() == ("done", 5)
        assert script.slept == [0.5, 2.0, 20, 8.0]

    @pytest.mark.parametrize(
        ("outcomes", "outcome", "doubt"),
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
    def test_with_retries_keeps_the_greatest_doubt(self, outcomes: list[str], outcome: str, doubt: str) -> None:
        errors = [passing(f"error {number}", one) for number, one in enumerate(outcomes)]
        error = Script(*errors, retries=len(errors) - 1).fail()
        assert (error.message, error.outcome, error.doubt) == (f"error {len(errors) - 1}", outcome, doubt)

    @pytest.mark.parametrize(
        ("request_ids", "last"), [(["R-1", "R-2"], "R-2"), (["R-1", None], "R-1"), ([None, None], None)], ids=str
    )
    def test_with_retries_keeps_the_last_request_id_that_was_given(
        self, request_ids: list[str | None], last: str | None
    ) -> None:
        errors = [passing(request_id=request_id) for request_id in request_ids]
        error = Script(*errors, retries=len(errors) - 1).fail()
        assert (error.request_id or error.earlier_request_id) == last

    def test_with_retries_lets_any_other_error_through(self) -> None:
        script = Script(ValueError("a mistake"), "never")
        with pytest.raises(ValueError, match="a mistake"):
            script.with_retries()
        assert (script.steps, script.slept) == (["never"], [])

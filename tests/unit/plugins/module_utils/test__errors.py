# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import contextlib
import sys
import traceback
from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.aliyun.elasticsearch.plugins.module_utils._errors import (
    NOT_SENT,
    REFUSED,
    UNKNOWN,
    AliyunError,
)

EARLIER = AliyunError("earlier", outcome=UNKNOWN, request_id="R-0")

# The arguments of the constructor, each with another value than its default.
ARGUMENTS: dict[str, Any] = {
    "message": "It failed.",
    "summary": "Failed.",
    "outcome": REFUSED,
    "code": "Code",
    "http_status": 400,
    "request_id": "R-1",
    "host_id": "es.test",
    "recommend": "https://example.test",
    "retryable": True,
    "retry_after": 2.5,
    "hint": "Do it.",
    "result": {"snapshot": "name"},
    "attempts": 2,
    "history": (EARLIER,),
    "is_too_long": True,
}
OTHER_VALUES: dict[str, Any] = {
    "message": "Other.",
    "summary": "Else.",
    "outcome": UNKNOWN,
    "code": None,
    "http_status": 500,
    "request_id": "R-2",
    "host_id": None,
    "recommend": "Other.",
    "retryable": False,
    "retry_after": None,
    "hint": "",
    "result": {},
    "attempts": 0,
    "history": (),
}
DERIVED = ("outcome", "doubt", "earlier_request_id")


def values(error: AliyunError) -> dict[str, Any]:
    """Return all that an error tells, its own outcome under ``own``."""
    own = {"own": error.replace(history=()).outcome}
    return {**{name: getattr(error, name) for name in (*ARGUMENTS, *DERIVED, "args")}, **own}


class TestConstructor:
    def test_aliyun_error_needs_a_message_only(self) -> None:
        assert values(AliyunError("It failed.")) == {
            "message": "It failed.",
            "summary": "It failed.",
            "args": ("It failed.",),
            "outcome": NOT_SENT,
            "own": NOT_SENT,
            "code": None,
            "http_status": None,
            "request_id": None,
            "host_id": None,
            "recommend": None,
            "retryable": False,
            "retry_after": None,
            "hint": "",
            "result": {},
            "attempts": 0,
            "history": (),
            "is_too_long": False,
            "doubt": "",
            "earlier_request_id": None,
        }

    def test_aliyun_error_keeps_its_arguments(self) -> None:
        assert values(AliyunError(**ARGUMENTS)) == {
            **ARGUMENTS,
            "args": ("It failed.",),
            "outcome": UNKNOWN,
            "own": REFUSED,
            "doubt": "earlier (RequestId R-0).",
            "earlier_request_id": "R-0",
        }

    def test_aliyun_error_has_no_attribute_that_these_tests_do_not_know(self) -> None:
        assert {*AliyunError.__annotations__, "outcome"} == set(ARGUMENTS)
        assert {name for name, value in vars(AliyunError).items() if isinstance(value, property)} - {
            "_own_outcome"
        } == set(DERIVED)

    def test_aliyun_error_shows_its_message(self) -> None:
        assert str(AliyunError(**ARGUMENTS)) == "It failed."


class TestUnchangeable:
    @pytest.mark.parametrize("name", [*ARGUMENTS, "doubt", "earlier_request_id", "args", "_outcome", "other"])
    def test_aliyun_error_lets_no_attribute_be_set(self, name: str) -> None:
        error = AliyunError(**ARGUMENTS)
        before = values(error)
        with pytest.raises(AttributeError, match=f"^an AliyunError does not change, so {name} cannot be set$"):
            setattr(error, name, OTHER_VALUES.get(name, "other"))
        assert values(error) == before
        assert not hasattr(error, "other")

    def test_aliyun_error_keeps_the_history_that_it_was_given(self) -> None:
        history = [EARLIER]
        error = AliyunError("last", history=history)
        history.append(AliyunError("later"))
        assert error.history == (EARLIER,)

    def test_aliyun_error_that_is_raised_keeps_its_values(self) -> None:
        error = AliyunError(**ARGUMENTS)
        before = values(error)
        with pytest.raises(AliyunError) as caught:
            raise error
        assert caught.value is error
        assert values(error) == before


class TestRaised:
    def test_aliyun_error_has_the_cause_that_from_names(self) -> None:
        cause = ValueError("cause")
        with pytest.raises(AliyunError) as caught:
            raise AliyunError("message") from cause
        assert (caught.value.__cause__, caught.value.__suppress_context__) == (cause, True)

    def test_aliyun_error_has_the_context_that_it_is_raised_in(self) -> None:
        context = ValueError("context")

        def fail() -> None:
            try:
                raise context
            except ValueError:
                raise AliyunError("message")  # noqa: B904

        with pytest.raises(AliyunError) as caught:
            fail()
        assert (caught.value.__context__, caught.value.__cause__) == (context, None)

    def test_aliyun_error_has_a_traceback_that_can_be_replaced(self) -> None:
        with pytest.raises(AliyunError) as caught:
            raise AliyunError("message")
        error = caught.value
        shown = "".join(traceback.format_exception(type(error), error, error.__traceback__))
        assert "test_aliyun_error_has_a_traceback_that_can_be_replaced" in shown
        assert shown.endswith("AliyunError: message\n")
        assert error.with_traceback(None) is error
        assert error.__traceback__ is None

    def test_aliyun_error_passes_through_context_managers(self) -> None:
        @contextlib.contextmanager
        def manager() -> Iterator[None]:
            yield

        error = AliyunError("message")

        def fail() -> None:
            with contextlib.ExitStack() as stack, manager():
                stack.enter_context(manager())
                raise error

        with pytest.raises(AliyunError) as caught:
            fail()
        assert caught.value is error

    @pytest.mark.skipif(sys.version_info < (3, 11), reason="exceptions have notes from Python 3.11 on")
    def test_aliyun_error_takes_notes_and_does_not_hand_them_on(self) -> None:
        error = AliyunError(**ARGUMENTS)
        error.add_note("a note")  # type: ignore[attr-defined,unused-ignore]
        assert error.__notes__ == ["a note"]  # type: ignore[attr-defined,unused-ignore]
        assert values(error.replace()) == values(AliyunError(**ARGUMENTS))


class Known(NamedTuple):
    """What is known after some attempts, and the reason of the last of them."""

    outcome: str
    doubt: str
    request_id: str | None
    earlier_request_id: str | None
    reason: str


def known_after(error: AliyunError, before: Known | None) -> Known:
    """Return what is known once an attempt failed with an error, and what was known before it.

    The rule goes forward, from each attempt to the next, in place of looking back through a history.
    """
    outcome, doubt, earlier_request_id = error.outcome, "", None
    if before:
        ranks = (NOT_SENT, REFUSED, UNKNOWN)
        if ranks.index(before.outcome) > ranks.index(outcome):
            outcome = before.outcome
            doubt = before.doubt or (before.reason if before.outcome == UNKNOWN else "")
        earlier_request_id = before.request_id or before.earlier_request_id
    return Known(outcome, doubt, error.request_id, earlier_request_id, error.reason())


ATTEMPTS = st.lists(
    st.builds(
        AliyunError,
        st.sampled_from(["one", "two", "three"]),
        outcome=st.sampled_from([NOT_SENT, REFUSED, UNKNOWN]),
        code=st.sampled_from([None, "Code"]),
        request_id=st.sampled_from([None, "R-1", "R-2", "R-3"]),
    ),
    min_size=1,
    max_size=8,
)


class TestHistory:
    @given(ATTEMPTS)
    def test_history_gives_outcome_doubt_and_earlier_request_id_as_attempts_that_follow_each_other(
        self, errors: list[AliyunError]
    ) -> None:
        known: Known | None = None
        for number, error in enumerate(errors):
            known = known_after(error, known)
            so_far = error.replace(attempts=number + 1, history=errors[:number])
            assert (so_far.outcome, so_far.doubt) == (known.outcome, known.doubt)
            assert (so_far.request_id, so_far.earlier_request_id) == (known.request_id, known.earlier_request_id)

    @pytest.mark.parametrize(
        ("outcomes", "outcome", "doubt"),
        [
            ([UNKNOWN], UNKNOWN, ""),
            ([REFUSED], REFUSED, ""),
            ([UNKNOWN, REFUSED], UNKNOWN, "error 0"),
            ([UNKNOWN, NOT_SENT, REFUSED, NOT_SENT], UNKNOWN, "error 0"),
            ([UNKNOWN, UNKNOWN, REFUSED], UNKNOWN, "error 1"),
            ([UNKNOWN, REFUSED, UNKNOWN], UNKNOWN, ""),
            ([NOT_SENT, REFUSED, NOT_SENT], REFUSED, ""),
        ],
        ids=str,
    )
    def test_doubt_is_the_reason_of_the_last_attempt_that_left_the_outcome_open(
        self, outcomes: list[str], outcome: str, doubt: str
    ) -> None:
        *history, last = [AliyunError(f"error {number}", outcome=one) for number, one in enumerate(outcomes)]
        error = last.replace(history=history)
        assert (error.outcome, error.doubt) == (outcome, doubt)

    @pytest.mark.parametrize(
        ("request_ids", "earlier"),
        [
            (["R-1"], None),
            (["R-1", "R-2"], "R-1"),
            (["R-1", None], "R-1"),
            (["R-1", None, "R-3"], "R-1"),
            (["R-1", "R-2", None], "R-2"),
            ([None, None], None),
        ],
        ids=str,
    )
    def test_earlier_request_id_is_the_last_one_before_the_last_attempts(
        self, request_ids: list[str | None], earlier: str | None
    ) -> None:
        *history, last = [AliyunError("error", request_id=request_id) for request_id in request_ids]
        error = last.replace(history=history)
        assert (error.request_id, error.earlier_request_id) == (request_ids[-1], earlier)


class TestReplace:
    @pytest.mark.parametrize("name", OTHER_VALUES)
    def test_replace_changes_the_given_argument_only(self, name: str) -> None:
        error = AliyunError(**ARGUMENTS)
        before = values(error)
        changed = error.replace(**{name: OTHER_VALUES[name]})
        assert values(changed) == values(AliyunError(**{**ARGUMENTS, name: OTHER_VALUES[name]}))
        assert values(changed) != before
        assert values(error) == before

    def test_replace_without_changes_returns_an_equal_error_of_its_own(self) -> None:
        error = AliyunError(**ARGUMENTS)
        assert values(error.replace()) == values(error)
        assert error.replace() is not error

    def test_replace_hands_on_neither_traceback_nor_cause(self) -> None:
        with pytest.raises(AliyunError) as caught:
            raise AliyunError(**ARGUMENTS) from ValueError("cause")
        replaced = caught.value.replace(hint="Other.")
        assert (replaced.__traceback__, replaced.__cause__, replaced.__context__) == (None, None, None)

    def test_replace_refuses_what_is_no_argument(self) -> None:
        with pytest.raises(TypeError, match="advice"):
            AliyunError("message").replace(advice="Do it.")


class TestReason:
    @pytest.mark.parametrize(
        ("fields", "details", "reason"),
        [
            ({}, (), "It failed."),
            ({"code": "Code"}, (), "Code: It failed."),
            ({"http_status": 400}, (), "It failed (HTTP 400)."),
            ({"request_id": "R-1"}, (), "It failed (RequestId R-1)."),
            ({}, ("3 attempts",), "It failed (3 attempts)."),
            (
                {"code": "Code", "http_status": 400, "request_id": "R-1"},
                ("earlier RequestId R-0", "3 attempts"),
                "Code: It failed (HTTP 400, RequestId R-1, earlier RequestId R-0, 3 attempts).",
            ),
            ({"hint": "Do it.", "host_id": "es.test", "recommend": "Read it."}, (), "It failed."),
        ],
        ids=str,
    )
    def test_reason_is_one_sentence(self, fields: dict[str, Any], details: tuple[str, ...], reason: str) -> None:
        assert AliyunError("It failed.", **fields).reason(*details) == reason

    def test_reason_ends_with_a_full_stop_behind_brackets_only(self) -> None:
        assert AliyunError("it failed").reason() == "it failed"
        assert AliyunError("it failed", http_status=400).reason() == "it failed (HTTP 400)."

    def test_reason_tells_nothing_of_the_history(self) -> None:
        assert AliyunError("It failed.", attempts=2, history=[EARLIER]).reason() == "It failed."

    def test_reason_has_the_summary_in_place_of_the_message(self) -> None:
        assert AliyunError("It failed. Dump.", summary="It failed.", code="Code").reason() == "Code: It failed."

# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import threading

import pytest

from ansible_collections.aliyun.elasticsearch.plugins.module_utils._http.transport import call_within
from ansible_collections.aliyun.elasticsearch.tests.unit.support.interpreter import run_python


def test_what_the_function_returns_is_returned() -> None:
    assert call_within(10, lambda: "result") == "result"


def test_a_result_of_none_is_a_result() -> None:
    assert call_within(10, lambda: None) is None


@pytest.mark.parametrize("error", [ValueError("words"), TimeoutError("its own"), KeyboardInterrupt(), SystemExit(3)])
def test_what_the_function_raises_is_raised(error: BaseException) -> None:
    def fail() -> None:
        raise error

    with pytest.raises(type(error)) as caught:
        call_within(10, fail)
    assert caught.value is error


def test_a_call_that_does_not_end_is_a_timeout() -> None:
    never = threading.Event()
    try:
        with pytest.raises(TimeoutError, match=r"^not finished within 0\.05 s$"):
            call_within(0.05, never.wait)
    finally:
        never.set()


def test_the_function_runs_in_a_thread_that_does_not_keep_the_process_alive() -> None:
    assert call_within(10, threading.current_thread).daemon


def test_a_process_ends_although_a_call_within_it_does_not() -> None:
    code = """
import threading
from ansible_collections.aliyun.elasticsearch.plugins.module_utils._http.transport import call_within
try:
    call_within(0.05, threading.Event().wait)
except TimeoutError:
    print("given up")
"""
    assert run_python(code) == "given up\n"

# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.aliyun.elasticsearch.plugins.module_utils._retry import RetryPolicy


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

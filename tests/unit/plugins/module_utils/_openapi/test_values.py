# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.aliyun.elasticsearch.plugins.module_utils._openapi.values import (
    flag,
    members,
    rows,
    text,
    whole_number,
)

ODD = [None, True, False, 0, -1, 1.5, "", " ", "x", [], [1], {}, {"a": 1}]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"RequestId": 1, "esVersion": None}, {"requestid": 1, "esversion": None}),
        ({"Enable": None, "enable": True}, {"enable": True}),
        ({"enable": False, "Enable": True}, {"enable": False}),
        ({1: 2}, {"1": 2}),
        *[(odd, {}) for odd in ODD if not isinstance(odd, dict)],
    ],
    ids=str,
)
def test_members_are_by_lower_case_name(value: object, expected: Any) -> None:
    assert members(value) == expected


def test_rows_are_the_objects_of_a_list() -> None:
    assert rows([{"A": 1}, None, 1, "x", [], {"b": 2}, {}]) == [{"a": 1}, {"b": 2}, {}]
    assert [rows(odd) for odd in ODD] == [[]] * len(ODD)


@pytest.mark.parametrize("value", ["x", " x ", "{{ x }}", "é", "名"])
def test_text_is_as_it_is(value: str) -> None:
    assert text(value) == value


def test_text_is_none_for_a_blank_one_and_for_other_types() -> None:
    assert [text(odd) for odd in ODD if odd != "x"] == [None] * (len(ODD) - 1)
    assert [text(blank) for blank in ("\n", "\u3000")] == [None, None]


def test_text_with_half_a_character_can_be_encoded() -> None:
    assert text(json.loads('"a\\ud800b"')) == "a?b"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        *[(0, 0), (9200, 9200), ("9200", 9200), (" 9200 ", 9200), ("0", 0), ("9" * 15, int("9" * 15))],
        *[(value, None) for value in (-1, "-1", True, "", "9" * 16, "1.0", 1.5, "٣", "x", None, [], {})],
    ],
)
def test_whole_number_is_one_or_a_text_of_digits(value: object, expected: int | None) -> None:
    assert whole_number(value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        *[(True, True), ("true", True), (" True ", True), (False, False), ("FALSE", False)],
        *[(value, None) for value in (1, 0, "yes", "", None, [], {})],
    ],
)
def test_flag_is_a_boolean_or_a_text_of_one(value: object, expected: bool | None) -> None:
    assert flag(value) is expected


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(), st.lists))
def test_no_value_makes_any_of_them_raise(value: object) -> None:
    for read in (members, rows, text, whole_number, flag):
        read(value)  # type: ignore[operator]

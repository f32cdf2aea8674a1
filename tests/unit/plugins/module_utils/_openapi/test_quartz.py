# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.aliyun.elasticsearch.plugins.module_utils._openapi.quartz import parse_quartz, same_schedule

DAILY = "0 0 01 ? * * *"


def test_parse_quartz_returns_the_values_of_seven_fields() -> None:
    second, minute, hour, day, month, day_of_week, year = parse_quartz("0 0/30 9-17 ? JAN-mar,12 MON,wed 2026")
    assert (second, minute, hour) == ({0}, {0, 30}, set(range(9, 18)))
    assert (day, month, day_of_week, year) == (set(range(1, 32)), {1, 2, 3, 12}, {2, 4}, {2026})


@pytest.mark.parametrize(
    ("field", "text", "values"),
    [
        (0, "59", {59}),
        (0, "5,5,05", {5}),
        (1, "*", set(range(60))),
        (1, "*/20", {0, 20, 40}),
        (1, "/20", {0, 20, 40}),
        (1, "10/20", {10, 30, 50}),
        (1, "10-30/10", {10, 20, 30}),
        (1, "58-2", {58, 59, 0, 1, 2}),
        (1, "58-2/2", {58, 0, 2}),
        (2, "22-2", {22, 23, 0, 1, 2}),
        (4, "NOV-FEB", {11, 12, 1, 2}),
        (4, "*/5", {1, 6, 11}),
        (6, "2026-2028", {2026, 2027, 2028}),
        (6, "*", set(range(1970, 2100))),
    ],
)
def test_parse_quartz_reads_each_field(field: int, text: str, values: set[int]) -> None:
    fields = DAILY.split()
    fields[field] = text
    assert parse_quartz(" ".join(fields))[field] == values


@pytest.mark.parametrize(
    ("text", "values"),
    [
        *[("1", {1}), ("31", {31}), ("*/10", {1, 11, 21, 31}), ("30-2", {30, 31, 1, 2}), ("15w", {"15W"})],
        *[("L", {"L"}), ("L-3", {"L-3"}), ("LW", {"LW"}), ("01W", {"1W"}), ("1,L", {1, "L"})],
    ],
)
def test_parse_quartz_reads_the_day_of_the_month(text: str, values: set[int | str]) -> None:
    assert parse_quartz(f"0 0 1 {text} * ?")[3] == values


@pytest.mark.parametrize(
    ("text", "values"),
    [
        *[("SUN", {1}), ("7", {7}), ("sat", {7}), ("FRI-MON", {6, 7, 1, 2}), ("2-4", {2, 3, 4}), ("MON/2", {2, 4, 6})],
        *[("L", {7}), ("6L", {"6L"}), ("FRIL", {"6L"}), ("6#3", {"6#3"}), ("fri#3", {"6#3"}), ("FRI#3,2", {"6#3", 2})],
    ],
)
def test_parse_quartz_reads_the_day_of_the_week(text: str, values: set[int | str]) -> None:
    assert parse_quartz(f"0 0 1 ? * {text}")[5] == values


@pytest.mark.parametrize(
    ("expression", "reason"),
    [
        ("", "it has 6 or 7 fields, not 0"),
        ("0 1 * * *", "it has 6 or 7 fields, not 5"),
        ("0 0 1 ? * * * *", "it has 6 or 7 fields, not 8"),
        ("@daily", "it has 6 or 7 fields, not 1"),
        ("0 0 1 * * * *", "and not both"),
        ("0 0 1 ? * ? *", "and not both"),
        ("? 0 1 ? * * *", "'?' is no second"),
        ("60 0 1 ? * * *", "'60' is no second"),
        ("0 60 1 ? * * *", "'60' is no minute"),
        ("0 0 24 ? * * *", "'24' is no hour"),
        ("0 0 1 0 * ? *", "'0' is no day of the month"),
        ("0 0 1 32 * ? *", "'32' is no day of the month"),
        ("0 0 1 32W * ? *", "'32W' is no day of the month"),
        ("0 0 1 L-31 * ? *", "no day of the month"),
        ("0 0 1 ? 13 * *", "'13' is no month"),
        ("0 0 1 ? 0 * *", "'0' is no month"),
        ("0 0 1 ? MON * *", "'MON' is no month"),
        ("0 0 1 ? * 0 *", "'0' is no day of the week"),
        ("0 0 1 ? * 8 *", "'8' is no day of the week"),
        ("0 0 1 ? * 6#6 *", "no day of the week"),
        ("0 0 1 ? * MONDAY *", "'MONDAY' is no day of the week"),
        ("0 0 1 ? * * 1969", "'1969' is no year"),
        ("0 0 1 ? * * 2100", "'2100' is no year"),
        ("0 0 1 ? * * 2028-2026", "'2028-2026' ends before it begins"),
        ("0 0/0 1 ? * * *", "the step of '0/0' is no minute"),
        ("0 0/60 1 ? * * *", "the step of '0/60' is no minute"),
        ("0 */ 1 ? * * *", "'*/' is no minute"),
        ("0 1, 1 ? * * *", "'' is no minute"),
        ("0 1- 1 ? * * *", "'1-' is no minute"),
        ("0 -1 1 ? * * *", "'-1' is no minute"),
        ("0 *-5 1 ? * * *", "'*-5' is no minute"),
        ("0 0 ٣ ? * * *", "is no hour"),
        ("0 0 99999 ? * * *", "'99999' is no hour"),
        ("0 0 1 ?,1 * * *", "one of the day"),
        ("a b c ? e f g", "'A' is no second"),
    ],
)
def test_parse_quartz_tells_why_a_text_is_none(expression: str, reason: str) -> None:
    with pytest.raises(ValueError, match=r".") as caught:
        parse_quartz(expression)
    assert reason in str(caught.value)


@pytest.mark.parametrize(
    "other",
    [
        *["0 0 1 ? * * *", "00 00 01 ? * *", " 0  0\t1 ? * *\n", "0 0 1 * * ?", "0 0 1 * * ? *", "0 0 1 ? 1-12 1-7 *"],
        *["0 0 1 ? JAN-DEC sun-sat 1970-2099", "0 0 1 ? * 2,3,4,5,6,7,1 *", "0 0 1 1-31 * ?", "0 0 1-1 ? * * *"],
    ],
)
def test_same_schedule_knows_other_spellings(other: str) -> None:
    assert same_schedule(DAILY, other)
    assert same_schedule(other, DAILY)


@pytest.mark.parametrize(
    "other",
    [
        *["1 0 1 ? * * *", "0 1 1 ? * * *", "0 0 2 ? * * *", "0 0 1 1 * ? *", "0 0 1 ? 1 * *", "0 0 1 ? * 2 *"],
        *["0 0 1 ? * * 2026", "0 0 1,2 ? * * *", "0 0 13 ? * * *", "", "daily", "0 0 1 * * * *"],
    ],
)
def test_same_schedule_knows_other_meanings(other: str) -> None:
    assert not same_schedule(DAILY, other)
    assert not same_schedule(other, DAILY)


def test_same_schedule_of_names_and_numbers() -> None:
    assert same_schedule("0 0 3 ? * MON,WED *", "0 0 03 ? * wed,2")
    assert same_schedule("0 0/30 * ? * * *", "0 0,30 * ? * * *")
    assert same_schedule("0 0 3 ? * MONL *", "0 0 3 ? * 2l")


def test_same_schedule_of_what_is_not_quartz_goes_by_its_spelling() -> None:
    assert same_schedule("every  Day", "EVERY day")
    assert not same_schedule("every day", "every night")


@given(st.text(alphabet="0123456789*?/,-#LW MON\u0663ß", max_size=40), st.text(max_size=20))
def test_same_schedule_raises_nothing(one: str, other: str) -> None:
    pair = (one, other)
    assert same_schedule(one, one)
    assert same_schedule(*pair) == same_schedule(*reversed(pair))

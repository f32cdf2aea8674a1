# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection; it can change at any time.

"""Quartz expressions, such as ``0 0 01 ? * MON,WED *``: whether a text is one, and whether two mean the same.

Source: Quartz, "Cron Trigger Tutorial" and the documentation of its class ``CronExpression``.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:  # pragma: no cover
    from collections.abc import Sequence

_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_DAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
_PART = re.compile(r"(\*|(?P<first>\w+)(?:-(?P<last>\w+))?)?(?:/(?P<step>[0-9]{1,4}))?", re.ASCII)


class _Field(NamedTuple):
    """A field: its name, its smallest and largest number, the names for numbers, and what else it may be."""

    name: str
    lowest: int
    highest: int
    names: Sequence[str] = ()
    special: str = r"(?!)"
    wraps: bool = True


_FIELDS = (
    _Field("second", 0, 59),
    _Field("minute", 0, 59),
    _Field("hour", 0, 23),
    _Field("day of the month", 1, 31, (), r"L(?:-(?:[1-9]|[12][0-9]|30))?W?|(?:[1-9]|[12][0-9]|3[01])W"),
    _Field("month", 1, 12, _MONTHS),
    _Field("day of the week", 1, 7, _DAYS, r"[1-7](?:L|#[1-5])"),
    _Field("year", 1970, 2099, (), wraps=False),
)
_DAY_OF_MONTH, _DAY_OF_WEEK = 3, 5


def parse_quartz(expression: str) -> tuple[frozenset[int | str], ...]:
    """Return the values of the seven fields; capitals, zeros in front and the order in a list do not matter.

    Values are numbers, or texts where they depend on the month, as in ``6L``, the last Friday. A missing year is every
    year, and ``?`` is every day. Raises ValueError for what is not Quartz, with the reason.
    """
    fields = expression.upper().split()
    if len(fields) not in (6, 7):
        raise ValueError(f"it has 6 or 7 fields, not {len(fields)}")
    if (fields[_DAY_OF_MONTH] == "?") == (fields[_DAY_OF_WEEK] == "?"):
        raise ValueError("one of the day of the month and the day of the week has to be '?', and not both")
    return tuple(_values(field, text) for field, text in zip(_FIELDS, [*fields, "*"]))


def same_schedule(one: str, other: str) -> bool:
    """Whether two expressions mean the same; where one is not Quartz, whether they are spelled alike."""
    try:
        return parse_quartz(one) == parse_quartz(other)
    except ValueError:
        return one.upper().split() == other.upper().split()


def _values(field: _Field, text: str) -> frozenset[int | str]:
    if text == "?" and field.name.startswith("day"):
        text = "*"
    if field.names is _DAYS and text == "L":
        text = "7"
    values: set[int | str] = set()
    for part in text.split(","):
        values.update(_part(field, part))
    return frozenset(values)


def _part(field: _Field, part: str) -> Sequence[int | str]:
    spelled = re.sub(r"^0+(?=[0-9])", "", part)
    for name in field.names:
        if re.fullmatch(rf"{name}(?:L|#[1-5])", spelled):
            spelled = spelled.replace(name, str(field.names.index(name) + 1))
    if re.fullmatch(field.special, spelled, re.ASCII):
        return [spelled]
    match = _PART.fullmatch(part)
    if not part or not match:
        raise ValueError(f"{part!r} is no {field.name}")
    step = int(match["step"] or 1)
    if not 0 < step <= field.highest:
        raise ValueError(f"the step of {part!r} is no {field.name}")
    if match["first"] is None:
        return range(field.lowest, field.highest + 1, step)
    first = last = _number(field, match["first"])
    if match["last"] is not None:
        last = _number(field, match["last"])
    elif match["step"]:
        last = field.highest
    if first <= last:
        return range(first, last + 1, step)
    if not field.wraps:
        raise ValueError(f"{part!r} ends before it begins")
    size = field.highest - field.lowest + 1
    return [(number - field.lowest) % size + field.lowest for number in range(first, last + size + 1, step)]


def _number(field: _Field, text: str) -> int:
    number = field.lowest + field.names.index(text) if text in field.names else -1
    if re.fullmatch(r"[0-9]{1,4}", text):
        number = int(text)
    if not field.lowest <= number <= field.highest:
        raise ValueError(f"{text!r} is no {field.name}")
    return number

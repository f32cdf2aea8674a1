# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.aliyun.elasticsearch.plugins.module_utils._openapi.snapshot_setting import (
    SnapshotSetting,
    parse_snapshot_setting,
    shown,
)

DAILY = "0 0 01 ? * * *"
OTHER = "0 0 2 ? * * *"


@pytest.mark.parametrize(
    ("result", "expected"),
    [
        ({"Enable": True, "QuartzRegex": DAILY, "Indices": ["a", "b"]}, (True, DAILY, ("a", "b"))),
        ({"enable": True, "quartzRegex": DAILY, "indices": []}, (True, DAILY, ())),
        ({"ENABLE": "false", "quartzregex": ""}, (False, None, None)),
        ({"Enable": None, "QuartzRegex": None, "Indices": None}, (None, None, None)),
        ({"Enable": 1, "QuartzRegex": 7, "Indices": "a"}, (None, None, None)),
        ({"Indices": ["a", None, 1, "", {}]}, (None, None, ("a",))),
        *[(value, (None, None, None)) for value in ({}, None, True, [], "x")],
    ],
    ids=str,
)
def test_parse_snapshot_setting_reads_any_capitals_and_survives_odd_types(result: object, expected: Any) -> None:
    setting = parse_snapshot_setting(result)
    assert setting == expected
    assert setting.result() == {
        "enabled": expected[0],
        "schedule": expected[1],
        "indices": None if expected[2] is None else list(expected[2]),
    }


@given(st.dictionaries(st.sampled_from(["Enable", "quartzRegex", "INDICES"]), st.recursive(st.none(), st.lists)))
def test_parse_snapshot_setting_raises_nothing(result: object) -> None:
    assert parse_snapshot_setting(result).describe().isprintable()


@pytest.mark.parametrize(
    ("before", "enabled", "schedule", "after"),
    [
        ((False, None), None, None, (False, None)),
        ((None, None), False, None, (None, None)),
        ((None, None), True, None, (True, None)),
        ((False, None), True, DAILY, (True, DAILY)),
        ((True, DAILY), True, "0 0 1 ? * *", (True, DAILY)),
        ((True, DAILY), None, OTHER, (True, OTHER)),
        ((True, DAILY), False, None, (False, DAILY)),
        ((False, DAILY), False, OTHER, (False, OTHER)),
        ((True, "not Quartz"), True, DAILY, (True, DAILY)),
    ],
)
def test_changed_keeps_what_means_the_same(
    before: tuple[Any, Any], enabled: bool | None, schedule: str | None, after: tuple[Any, Any]
) -> None:
    indices = ("a",)
    assert SnapshotSetting(*before, indices).changed(enabled, schedule) == (*after, indices)


@pytest.mark.parametrize(
    ("wanted", "stored", "is_so"),
    [
        ((True, DAILY), (True, "0 0 1 * * ?"), True),
        ((True, DAILY), (True, OTHER), False),
        ((True, DAILY), (True, None), False),
        ((True, DAILY), (False, DAILY), False),
        ((True, DAILY), (None, DAILY), False),
        ((False, DAILY), (None, DAILY), True),
        ((False, None), (False, DAILY), True),
        ((False, None), (True, DAILY), False),
    ],
)
def test_means_compares_by_meaning(wanted: tuple[Any, Any], stored: tuple[Any, Any], is_so: bool) -> None:
    assert SnapshotSetting(*wanted).means(SnapshotSetting(*stored)) is is_so


@pytest.mark.parametrize(
    ("before", "after", "lost"),
    [
        (("a", "b"), ("b", "a", "c"), []),
        (("a", "b"), ("b",), ["a"]),
        (("a", "b"), (), ["a", "b"]),
        (("a",), None, ["a"]),
        ((), ("a",), []),
        (None, None, []),
    ],
)
def test_lost_by_names_the_indices_that_are_gone(before: Any, after: Any, lost: list[str]) -> None:
    assert SnapshotSetting(True, DAILY, before).lost_by(SnapshotSetting(True, DAILY, after)) == lost


def test_describe_is_a_printable_sentence() -> None:
    assert SnapshotSetting(True, DAILY).describe() == f"Automatic backup is on, with the schedule {DAILY}."
    assert SnapshotSetting(False, None).describe() == "Automatic backup is off, without a schedule."
    assert SnapshotSetting(None, None).describe() == "Automatic backup is not known to be on, without a schedule."
    assert (
        SnapshotSetting(True, "a\nb" + "c" * 300)
        .describe()
        .startswith("Automatic backup is on, with the schedule a bc")
    )
    assert len(SnapshotSetting(True, "c" * 3000).describe()) < 300


def test_shown_is_printable_and_short() -> None:
    assert shown(["a", "b\n"]) == "a, b"
    assert shown([f"i{number}" for number in range(7)]) == "i0, i1, i2, i3, i4 and 2 more"
    assert len(shown(["c" * 3000])) == 200

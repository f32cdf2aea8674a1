# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A snapshot as a cluster describes it, and as the modules return it."""

from __future__ import annotations

import json
import re
from datetime import datetime, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.aliyun.elasticsearch.plugins.module_utils._cluster.snapshots import (
    Snapshot,
    is_addressable,
    parse_snapshot,
    split_date,
)

# As Elasticsearch 7.10 has it.
FINISHED = {
    "snapshot": "es-cn-1_20261124030003",
    "uuid": "vdRctLCxSketdKb54xw67g",
    "version_id": 7100099,
    "version": "7.10.0",
    "indices": ["logs-1", "logs-2"],
    "data_streams": [],
    "include_global_state": True,
    "state": "SUCCESS",
    "start_time": "2026-11-24T03:00:03.512Z",
    "start_time_in_millis": 1795489203512,
    "end_time": "2026-11-24T03:04:11.007Z",
    "end_time_in_millis": 1795489451007,
    "duration_in_millis": 247495,
    "failures": [],
    "shards": {"total": 84, "failed": 0, "successful": 84},
}
RUNNING = {
    **FINISHED,
    "state": "IN_PROGRESS",
    "end_time": "1970-01-01T00:00:00.000Z",
    "end_time_in_millis": 0,
    "duration_in_millis": 0,
    "shards": {"total": 0, "failed": 0, "successful": 0},
}
LATEST = 253402300799999

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(exclude_categories=[]), max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)
STATES = st.sampled_from(["SUCCESS", "PARTIAL", "FAILED", "INCOMPATIBLE", "IN_PROGRESS"])
TIMES = st.integers(-1, LATEST + 1)
ENTRIES = st.fixed_dictionaries(
    {},
    optional={
        "snapshot": JSON | st.text(st.characters(exclude_categories=[])),
        "uuid": JSON,
        "state": JSON | STATES,
        "reason": JSON,
        "start_time_in_millis": JSON | TIMES,
        "end_time_in_millis": JSON | TIMES,
        "duration_in_millis": JSON | TIMES,
        "indices": JSON,
        "metadata": JSON | st.dictionaries(st.just("policy"), JSON),
        "shards": JSON | st.dictionaries(st.sampled_from(["total", "failed", "successful"]), JSON | TIMES),
        "failures": JSON | st.lists(st.dictionaries(st.text(max_size=3), JSON)),
    },
)


def parsed(fields: object) -> Snapshot:
    snapshot = parse_snapshot(fields)
    assert snapshot is not None
    return snapshot


def made(**fields: Any) -> Snapshot:
    return parsed({**FINISHED, **fields})


class TestParseSnapshot:
    def test_finished_one_is_returned_as_it_is(self) -> None:
        snapshot = parsed(FINISHED)
        assert snapshot.is_finished
        assert snapshot.is_complete
        assert (snapshot.start, snapshot.end, snapshot.failures) == (1795489203512, 1795489451007, ())
        assert (snapshot.policy, snapshot.is_readable, snapshot.is_empty) == (None, True, False)
        assert snapshot.result() == {
            "name": "es-cn-1_20261124030003",
            "uuid": "vdRctLCxSketdKb54xw67g",
            "state": "SUCCESS",
            "reason": None,
            "start_time": "2026-11-24T03:00:03.512Z",
            "end_time": "2026-11-24T03:04:11.007Z",
            "duration": 247.495,
            "indices": 2,
            "shards": {"total": 84, "successful": 84, "failed": 0},
            "readable": True,
        }

    @pytest.mark.parametrize("end", [0, None, 1795489451007, -1795489203512])
    @pytest.mark.parametrize(
        "shards",
        [
            {"total": 0, "failed": 0, "successful": 0},
            {"total": 100, "failed": 70, "successful": 30},
            {"total": 100, "failed": 0, "successful": 30},
        ],
        ids=["before 7.16", "up to 8.4", "later"],
    )
    def test_running_one_has_no_end_no_duration_and_no_shards(self, end: int | None, shards: dict[str, int]) -> None:
        running = {**RUNNING, "end_time_in_millis": end, "duration_in_millis": end, "shards": shards}
        snapshot = parsed({**running, "failures": [{"reason": "of a shard"}]})
        assert not snapshot.is_finished
        assert not snapshot.is_complete
        result = snapshot.result()
        assert (result["state"], result["end_time"], result["duration"]) == ("IN_PROGRESS", None, None)
        assert result["shards"] == {"total": None, "successful": None, "failed": None}
        assert (result["start_time"], result["indices"]) == ("2026-11-24T03:00:03.512Z", 2)
        assert snapshot.failures == ()

    @pytest.mark.parametrize(
        ("state", "failed", "is_finished", "is_complete"),
        [
            ("SUCCESS", 0, True, True),
            ("SUCCESS", 1, True, False),
            ("SUCCESS", None, True, False),
            ("SUCCESS", False, True, False),
            ("SUCCESS", "0", True, False),
            ("PARTIAL", 0, True, False),
            ("PARTIAL", 1, True, False),
            ("FAILED", 0, True, False),
            ("INCOMPATIBLE", 0, True, False),
            ("IN_PROGRESS", 0, False, False),
            ("STARTED", 0, False, False),
            ("ABORTED", 0, False, False),
            ("success", 0, False, False),
            ("", 0, False, False),
            (None, 0, False, False),
            (["SUCCESS"], 0, False, False),
        ],
    )
    def test_it_is_finished_by_its_state_and_complete_without_a_failed_shard(
        self, state: object, failed: object, is_finished: bool, is_complete: bool
    ) -> None:
        snapshot = made(state=state, shards={"total": 1, "successful": 1, "failed": failed})
        assert (snapshot.is_finished, snapshot.is_complete) == (is_finished, is_complete)

    @pytest.mark.parametrize("shards", [None, [], {}, "all", {"total": 84}])
    def test_it_is_not_complete_without_a_count_of_failed_shards(self, shards: object) -> None:
        snapshot = made(shards=shards)
        assert snapshot.result()["shards"]["failed"] is None
        assert not snapshot.is_complete

    @pytest.mark.parametrize(
        ("total", "indices", "is_empty"),
        [(0, [], True), (0, None, True), (0, ["a"], False), (1, [], False), (None, [], False), (2, ["a"], False)],
    )
    def test_it_is_empty_without_shard_and_index(self, total: int | None, indices: object, is_empty: bool) -> None:
        assert made(shards={"total": total, "failed": 0}, indices=indices).is_empty is is_empty

    @pytest.mark.parametrize(
        ("uuid", "key"),
        [("vdRctLCx", "vdRctLCx"), (None, FINISHED["snapshot"]), ("_na_", FINISHED["snapshot"])],
    )
    def test_key_is_its_uuid_if_it_has_one(self, uuid: str | None, key: str) -> None:
        assert made(uuid=uuid).key == key

    @pytest.mark.parametrize(
        ("millis", "text"),
        [
            (1, "1970-01-01T00:00:00.001Z"),
            (999, "1970-01-01T00:00:00.999Z"),
            (1795489203000, "2026-11-24T03:00:03.000Z"),
            (LATEST, "9999-12-31T23:59:59.999Z"),
            (LATEST + 1, None),
            (10**400, None),
            (0, None),
            (-1, None),
            (None, None),
            (True, None),
            (1795489203512.0, None),
            ("1795489203512", None),
        ],
        ids=lambda value: str(value)[:24],
    )
    def test_times_are_iso_8601_in_utc(self, millis: object, text: str | None) -> None:
        result = made(start_time_in_millis=millis, end_time_in_millis=millis).result()
        assert (result["start_time"], result["end_time"]) == (text, text)

    @given(st.integers(1, LATEST))
    def test_times_lose_no_millisecond(self, millis: int) -> None:
        text = made(end_time_in_millis=millis).result()["end_time"]
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", text)
        moment = datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=timezone.utc)
        since = moment - datetime(1970, 1, 1, tzinfo=timezone.utc)
        assert (since.days * 86400 + since.seconds) * 1000 + since.microseconds // 1000 == millis

    @pytest.mark.parametrize(
        ("millis", "seconds"), [(0, 0.0), (1, 0.001), (247495, 247.495), (-5, None), (None, None), ("5", None)]
    )
    def test_duration_is_in_seconds(self, millis: object, seconds: float | None) -> None:
        assert made(duration_in_millis=millis).result()["duration"] == seconds

    @pytest.mark.parametrize(
        ("indices", "number"), [(["a"] * 2000, 2000), ([], 0), (None, None), ("abc", None), ({"a": 1}, None), (5, None)]
    )
    def test_indices_are_counted(self, indices: object, number: int | None) -> None:
        assert made(indices=indices).result()["indices"] == number

    @pytest.mark.parametrize("uuid", [None, 5, ["a"], {"a": 1}, ""])
    def test_uuid_that_is_no_text_is_null(self, uuid: object) -> None:
        assert made(uuid=uuid).result()["uuid"] is None

    @pytest.mark.parametrize(
        ("reason", "kept"),
        [("Indices don't have primary shards [orders]", "Indices don't have primary shards [orders]"), ("", None)]
        + [(value, None) for value in (None, 5, ["a"])],
    )
    def test_reason_is_kept_if_it_is_a_text(self, reason: object, kept: str | None) -> None:
        assert made(state="FAILED", reason=reason).result()["reason"] == kept

    @pytest.mark.parametrize(
        ("metadata", "policy"),
        [({"policy": "nightly"}, "nightly")]
        + [(value, None) for value in ({}, None, "nightly", [], {"policy": 5}, {"policy": ""}, {"taken_by": "me"})],
        ids=str,
    )
    def test_policy_is_that_of_the_metadata(self, metadata: object, policy: str | None) -> None:
        assert made(metadata=metadata).policy == policy

    @pytest.mark.parametrize("number", [0, 1, 5, 6, 5000])
    def test_failures_are_the_first_five(self, number: int) -> None:
        failures = [{"index": f"logs-{shard}", "shard_id": shard} for shard in range(number)]
        assert list(made(failures=failures).failures) == failures[:5]

    @pytest.mark.parametrize(
        ("failures", "kept"),
        [
            (None, []),
            ("a", []),
            ({"a": 1}, []),
            ([None, "a", ["b"], {"index": "c"}], [{"index": "c"}]),
            ([{"index": "a", "shard_id": 0, "more": {"deep": [1]}, "less": []}], [{"index": "a", "shard_id": 0}]),
            (
                [{"reason": None, "status": "INTERNAL_SERVER_ERROR"}],
                [{"reason": None, "status": "INTERNAL_SERVER_ERROR"}],
            ),
        ],
        ids=str,
    )
    def test_failures_are_kept_as_far_as_they_are_what_they_should_be(self, failures: object, kept: object) -> None:
        assert list(made(failures=failures).failures) == kept

    def test_texts_are_cut(self) -> None:
        long = "x" * 2001
        snapshot = parsed({"snapshot": long, "uuid": long, "state": long, "reason": long, "failures": [{long: long}]})
        texts = (snapshot.name, snapshot.uuid or "", snapshot.state, snapshot.reason or "")
        assert {len(text) for text in texts} == {2000}
        assert snapshot.failures == ({long[1:]: long[1:]},)

    def test_texts_with_half_a_character_get_a_whole_one(self) -> None:
        failures = [{"reason": "r\ud800", "\ud800": 1}]
        snapshot = parsed({"snapshot": "a\ud800", "uuid": "u\ud800", "state": "s\ud800", "failures": failures})
        assert (snapshot.name, snapshot.uuid, snapshot.state) == ("a?", "u?", "s?")
        assert snapshot.failures == ({"reason": "r?", "?": 1},)

    def test_entry_with_nothing_but_a_name_says_nothing(self) -> None:
        snapshot = parsed({"snapshot": "a"})
        assert (snapshot.is_finished, snapshot.is_complete, snapshot.is_empty, snapshot.failures) == (
            False,
            False,
            False,
            (),
        )
        assert snapshot.result() == {
            "name": "a",
            "uuid": None,
            "state": "",
            "reason": None,
            "start_time": None,
            "end_time": None,
            "duration": None,
            "indices": None,
            "shards": {"total": None, "successful": None, "failed": None},
            "readable": True,
        }

    @pytest.mark.parametrize("entry", [None, "text", 5, ["snapshot"], [], {}, {"snapshot": None}, {"snapshot": 5}])
    def test_entry_without_a_name_is_none(self, entry: object) -> None:
        assert parse_snapshot(entry) is None

    @given(ENTRIES)
    def test_entry_of_any_content_gives_what_is_documented(self, entry: Any) -> None:
        snapshot = parse_snapshot(entry)
        assert (snapshot is None) is not isinstance(entry.get("snapshot"), str)
        if snapshot is not None:
            check(snapshot)


class TestTexts:
    def test_names_and_states_and_reasons_are_made_fit_for_a_message(self) -> None:
        snapshot = made(snapshot="a\nb\x1b" + "c" * 500, state="FAI\nLED", reason="r\n" + "s" * 900)
        assert snapshot.shown_name == "a b " + "c" * 250 + "…"
        assert snapshot.shown_state == "FAI LED"
        assert snapshot.shown_reason == "r " + "s" * 497 + "…"
        assert (made(state="").shown_state, made().shown_reason) == ("no state", "")

    def test_describe_says_whether_it_is_complete(self) -> None:
        name, times = (
            "The snapshot es-cn-1_20261124030003",
            ("it began at 2026-11-24T03:00:03.512Z and ended at 2026-11-24T03:04:11.007Z."),
        )
        assert made().describe() == f"{name} is complete; {times}"
        assert made(state="PARTIAL").describe() == f"{name} is incomplete (PARTIAL); {times}"
        assert parsed(RUNNING).describe() == f"{name} began at 2026-11-24T03:00:03.512Z and is IN_PROGRESS."
        assert made(state="ABORTED").describe().endswith(" and is ABORTED.")


@pytest.mark.parametrize(
    ("name", "is_one"),
    [
        ("a", True),
        ("es-cn-1_2026.11.24", True),
        ("a-b+c.d_e", True),
        ("快照", True),
        ("", False),
        *((f"{char}a", False) for char in "_-+."),
        *((f"a{char}", False) for char in '\\/*?"<>|,# \t\n\x00\x7f'),
    ],
)
def test_is_addressable_is_a_name_that_stands_for_one(name: str, is_one: bool) -> None:
    assert is_addressable(name) is is_one
    assert Snapshot(name, None, "").is_addressable is is_one


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("es-cn-1_20261124030003", ("es-cn-1_", "20261124030003")),
        ("snapshot-2026.11.24-abc", ("snapshot-", "2026.11.24-abc")),
        ("auto_2026-11-24t03:00", ("auto_", "2026-11-24t03:00")),
        ("2026_11_24", ("", "2026_11_24")),
        ("19991231", ("", "19991231")),
        ("of-20251231-at-20261124", ("of-20251231-at-", "20261124")),
        ("nightly", ("nightly", "")),
        ("nightly-21001124", ("nightly-21001124", "")),
        ("nightly-20262124", ("nightly-20262124", "")),
        ("20261", ("20261", "")),
        ("", ("", "")),
    ],
)
def test_split_date_divides_before_the_last_date(name: str, parts: tuple[str, str]) -> None:
    assert split_date(name) == parts


@given(st.text() | st.from_regex(r"[a-z]{0,3}20[0-9]{2}[-._]?[0-9]{2}[-._]?[0-9]{2}.{0,9}", fullmatch=True))
def test_split_date_loses_nothing(name: str) -> None:
    assert "".join(split_date(name)) == name


def check(snapshot: Snapshot) -> None:
    """Assert that a result is what the modules document, whatever it was made from."""
    result = json.loads(json.dumps(snapshot.result()))
    json.dumps(snapshot.failures)
    assert len(snapshot.failures) <= 5
    assert all(isinstance(failure, dict) for failure in snapshot.failures)
    result["name"].encode()
    assert isinstance(result["state"], str)
    assert result["uuid"] is None or isinstance(result["uuid"], str)
    assert result["reason"] is None or isinstance(result["reason"], str)
    assert result["readable"] is True
    assert result["shards"].keys() == {"total", "successful", "failed"}
    for number in (result["duration"], result["indices"], *result["shards"].values()):
        assert number is None or (number >= 0 and not isinstance(number, bool))
    for time in (result["start_time"], result["end_time"]):
        assert time is None or re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", time)
    assert not (snapshot.is_complete and not snapshot.is_finished)
    assert not (snapshot.is_complete and snapshot.failed != 0)
    for text in (snapshot.shown_name, snapshot.shown_state, snapshot.shown_reason, snapshot.describe()):
        assert text.isprintable()
        text.encode()

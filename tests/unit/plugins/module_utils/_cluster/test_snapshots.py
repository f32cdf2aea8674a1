# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
import re
from collections import defaultdict
from datetime import datetime, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.aliyun.elasticsearch.plugins.module_utils._cluster.client import Cluster, ClusterResponse
from ansible_collections.aliyun.elasticsearch.plugins.module_utils._cluster.snapshots import Repository, Snapshot
from ansible_collections.aliyun.elasticsearch.plugins.module_utils._errors import (
    REFUSED,
    UNKNOWN,
    AliyunError,
)
from ansible_collections.aliyun.elasticsearch.plugins.module_utils._http.retry import RetryPolicy
from ansible_collections.aliyun.elasticsearch.tests.unit.support.instance import entry

# What Elasticsearch 7.10 answers.
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
        "start_time_in_millis": JSON | TIMES,
        "end_time_in_millis": JSON | TIMES,
        "duration_in_millis": JSON | TIMES,
        "indices": JSON,
        "shards": JSON | st.dictionaries(st.sampled_from(["total", "failed", "successful"]), JSON | TIMES),
        "failures": JSON | st.lists(st.dictionaries(st.text(max_size=3), JSON)),
    },
)


class FakeCluster(Cluster):
    """Responds to every path with the same document, or raises the same error."""

    def __init__(self, response: object) -> None:
        super().__init__(RetryPolicy(0, 0))
        self.paths: list[str] = []
        self.responses = defaultdict(lambda: response)

    def get(self, path: str, retry: bool = True) -> ClusterResponse:
        return self._get(path)

    def _get(self, path: str) -> ClusterResponse:
        self.paths.append(path)
        response = self.responses[path]
        if isinstance(response, AliyunError):
            raise response
        return ClusterResponse(response, 5.0, "Q-1")


def parsed(fields: object) -> Snapshot:
    snapshots, _reading = Repository(FakeCluster({"snapshots": [fields]}), "repo").snapshots()
    (snapshot,) = snapshots
    return snapshot


def names(answer: object, name: str | None = None) -> list[str]:
    repository = Repository(FakeCluster(answer), "repo")
    snapshots, _reading = repository.snapshots() if name is None else repository.named(name)
    return [snapshot.name for snapshot in snapshots]


class TestSnapshot:
    def test_a_finished_one_is_returned_as_it_is(self) -> None:
        snapshot = parsed(FINISHED)
        assert snapshot.is_finished
        assert snapshot.is_complete
        assert (snapshot.start, snapshot.end, snapshot.failures) == (1795489203512, 1795489451007, [])
        assert snapshot.result() == {
            "name": "es-cn-1_20261124030003",
            "uuid": "vdRctLCxSketdKb54xw67g",
            "state": "SUCCESS",
            "start_time": "2026-11-24T03:00:03.512Z",
            "end_time": "2026-11-24T03:04:11.007Z",
            "duration": 247.495,
            "indices": 2,
            "shards": {"total": 84, "successful": 84, "failed": 0},
        }

    @pytest.mark.parametrize("end", [0, None, 1795489451007])
    def test_a_running_one_has_no_end_and_no_duration(self, end: int | None) -> None:
        snapshot = parsed({**RUNNING, "end_time_in_millis": end, "duration_in_millis": end})
        assert not snapshot.is_finished
        assert not snapshot.is_complete
        result = snapshot.result()
        assert (result["state"], result["end_time"], result["duration"]) == ("IN_PROGRESS", None, None)
        assert result["start_time"] == "2026-11-24T03:00:03.512Z"

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
            ("success", 0, False, False),
            ("", 0, False, False),
            (None, 0, False, False),
            (["SUCCESS"], 0, False, False),
        ],
    )
    def test_it_is_finished_by_its_state_and_good_without_a_failed_shard(
        self, state: object, failed: object, is_finished: bool, is_complete: bool
    ) -> None:
        snapshot = parsed({**FINISHED, "state": state, "shards": {"total": 1, "successful": 1, "failed": failed}})
        assert (snapshot.is_finished, snapshot.is_complete) == (is_finished, is_complete)

    @pytest.mark.parametrize("shards", [None, [], {}, "all", {"total": 84}])
    def test_without_a_count_of_failed_shards_it_is_not_good(self, shards: object) -> None:
        snapshot = parsed({**FINISHED, "shards": shards})
        assert snapshot.result()["shards"]["failed"] is None
        assert not snapshot.is_complete

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
        result = parsed({**FINISHED, "start_time_in_millis": millis, "end_time_in_millis": millis}).result()
        assert (result["start_time"], result["end_time"]) == (text, text)

    @given(st.integers(1, LATEST))
    def test_no_millisecond_is_lost(self, millis: int) -> None:
        text = parsed({**FINISHED, "end_time_in_millis": millis}).result()["end_time"]
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", text)
        moment = datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=timezone.utc)
        since = moment - datetime(1970, 1, 1, tzinfo=timezone.utc)
        assert (since.days * 86400 + since.seconds) * 1000 + since.microseconds // 1000 == millis

    @pytest.mark.parametrize(
        ("millis", "seconds"), [(0, 0.0), (1, 0.001), (247495, 247.495), (-5, None), (None, None), ("5", None)]
    )
    def test_the_duration_is_in_seconds(self, millis: object, seconds: float | None) -> None:
        assert parsed({**FINISHED, "duration_in_millis": millis}).result()["duration"] == seconds

    @pytest.mark.parametrize(
        ("indices", "number"), [(["a"] * 2000, 2000), ([], 0), (None, 0), ("abc", 0), ({"a": 1}, 0), (5, 0)]
    )
    def test_the_indices_are_counted(self, indices: object, number: int) -> None:
        assert parsed({**FINISHED, "indices": indices}).result()["indices"] == number

    @pytest.mark.parametrize("uuid", [None, 5, ["a"], {"a": 1}])
    def test_a_uuid_that_is_no_text_is_null(self, uuid: object) -> None:
        assert parsed({**FINISHED, "uuid": uuid}).result()["uuid"] is None

    @pytest.mark.parametrize("number", [0, 1, 100, 101, 5000])
    def test_the_first_hundred_failures_are_kept(self, number: int) -> None:
        failures = [{"index": f"logs-{shard}", "shard_id": shard} for shard in range(number)]
        assert parsed({**FINISHED, "failures": failures}).failures == failures[:100]

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
        assert parsed({**FINISHED, "failures": failures}).failures == kept

    def test_texts_are_cut(self) -> None:
        long = "x" * 2001
        snapshot = parsed({"snapshot": long, "uuid": long, "state": long, "failures": [{long: long}]})
        assert {len(text) for text in (snapshot.name, snapshot.uuid or "", snapshot.state)} == {2000}
        assert snapshot.failures == [{long[1:]: long[1:]}]

    def test_half_a_character_becomes_a_whole_one(self) -> None:
        failures = [{"reason": "r\ud800", "\ud800": 1}]
        snapshot = parsed({"snapshot": "a\ud800", "uuid": "u\ud800", "state": "s\ud800", "failures": failures})
        assert (snapshot.name, snapshot.uuid, snapshot.state) == ("a?", "u?", "s?")
        assert snapshot.failures == [{"reason": "r?", "?": 1}]

    def test_an_entry_with_nothing_but_a_name_says_nothing(self) -> None:
        snapshot = parsed({"snapshot": "a"})
        assert (snapshot.is_finished, snapshot.is_complete, snapshot.failures) == (False, False, [])
        assert snapshot.result() == {
            "name": "a",
            "uuid": None,
            "state": "",
            "start_time": None,
            "end_time": None,
            "duration": None,
            "indices": 0,
            "shards": {"total": None, "successful": None, "failed": None},
        }


class TestSnapshots:
    @pytest.mark.parametrize(
        ("name", "path"),
        [
            ("aliyun_auto_snapshot", "_snapshot/aliyun_auto_snapshot/_all"),
            ("%2F", "_snapshot/%252F/_all"),
            ("a+b&c", "_snapshot/a%2Bb%26c/_all"),
        ],
    )
    def test_the_whole_repository_is_asked_for(self, name: str, path: str) -> None:
        cluster = FakeCluster({"snapshots": []})
        snapshots, reading = Repository(cluster, name).snapshots()
        assert (snapshots, cluster.paths) == ([], [path])
        assert reading == ClusterResponse({"snapshots": []}, 5.0, "Q-1")

    def test_the_newest_comes_first_and_one_without_a_start_last(self) -> None:
        entries = [
            entry("second", start=-20),
            entry("none", start_time_in_millis=None),
            entry("newest", "IN_PROGRESS", start=-1),
            entry("third", "FAILED", start=-30),
        ]
        assert names({"snapshots": entries}) == ["newest", "second", "third", "none"]

    @pytest.mark.parametrize("stray", [None, "text", 5, ["snapshot"], []])
    def test_what_is_no_entry_is_passed_over(self, stray: object) -> None:
        assert names({"snapshots": [stray, FINISHED, stray]}) == ["es-cn-1_20261124030003"]

    @pytest.mark.parametrize(
        "document",
        [
            {},
            [],
            [FINISHED],
            {"snapshots": None},
            {"snapshots": {}},
            {"snapshots": "none"},
            {"Snapshots": []},
            {"snapshots": [FINISHED], "failures": {"repo": {"type": "repository_exception"}}},
        ],
    )
    @pytest.mark.parametrize("name", [None, "one"])
    def test_a_document_without_a_whole_list_is_an_error(self, document: object, name: str | None) -> None:
        with pytest.raises(AliyunError) as caught:
            names(document, name)
        assert caught.value.message == "The cluster's response is not a whole list of snapshots."
        assert caught.value.request_id == "Q-1"
        assert (caught.value.outcome, caught.value.retryable) == (UNKNOWN, False)


class TestNamed:
    @pytest.mark.parametrize(
        ("name", "path"),
        [("es-cn-1_2026", "_snapshot/repo/es-cn-1_2026"), ("a/b?c#d*é", "_snapshot/repo/a%2Fb%3Fc%23d%2A%C3%A9")],
    )
    def test_only_the_one_is_asked_for(self, name: str, path: str) -> None:
        cluster = FakeCluster({"snapshots": [entry(name)]})
        snapshots, reading = Repository(cluster, "repo").named(name)
        assert [snapshot.name for snapshot in snapshots] == [name]
        assert (cluster.paths, reading.request_id) == ([path], "Q-1")

    @pytest.mark.parametrize("found", ["One", "one-2", "one ", "on", "", None, 1, ["one"]])
    def test_another_name_than_that_is_not_it(self, found: object) -> None:
        assert names({"snapshots": [entry("x", snapshot=found)]}, "one") == []
        assert names({"snapshots": [entry("x", snapshot=found), entry("one")]}, "one") == ["one"]


class TestMissing:
    @pytest.mark.parametrize(
        ("kind", "name"),
        [
            ("repository_missing_exception", None),
            ("repository_missing_exception", "one"),
            ("snapshot_missing_exception", "one"),
        ],
    )
    @pytest.mark.parametrize("spelling", ["code", "message"])
    @pytest.mark.parametrize("request_id", ["Q-9", None])
    def test_by_its_code_or_within_its_message_there_is_none(
        self, kind: str, name: str | None, spelling: str, request_id: str | None
    ) -> None:
        code, message = (kind, "gone") if spelling == "code" else (None, f'{{"type":"{kind}","reason":"gone"}}')
        error = AliyunError(message, outcome=REFUSED, code=code, http_status=404, request_id=request_id)
        repository = Repository(FakeCluster(error), "repo")
        snapshots, reading = repository.snapshots() if name is None else repository.named(name)
        assert (snapshots, reading) == ([], ClusterResponse(None, None, request_id))

    @pytest.mark.parametrize("spelling", ["code", "message"])
    def test_one_that_cannot_be_read_is_left_out_of_the_list(self, spelling: str) -> None:
        kind = "snapshot_missing_exception"
        code, message = (kind, "gone") if spelling == "code" else (None, f'{{"type":"{kind}","reason":"gone"}}')
        error = AliyunError(message, outcome=REFUSED, code=code, http_status=404)
        cluster = FakeCluster({"snapshots": [entry("one")]})
        cluster.responses["_snapshot/repo/_all"] = error
        (snapshot,), _reading = Repository(cluster, "repo").snapshots()
        assert snapshot.name == "one"
        assert cluster.paths == ["_snapshot/repo/_all", "_snapshot/repo/_all?ignore_unavailable=true"]
        with pytest.raises(AliyunError) as caught:
            names(error)
        assert caught.value is error, "a list that fails all the same is no empty one"

    @pytest.mark.parametrize("status", [401, 403])
    @pytest.mark.parametrize("name", [None, "one"])
    def test_a_denial_that_names_what_is_missing_is_a_denial(self, status: int, name: str | None) -> None:
        said = "repository_missing_exception, snapshot_missing_exception: not for you"
        error = AliyunError(said, outcome=REFUSED, code="security_exception", http_status=status)
        with pytest.raises(AliyunError) as caught:
            names(error, name)
        assert caught.value is error

    @pytest.mark.parametrize("code", [None, "index_not_found_exception", "security_exception", "repository_exception"])
    @pytest.mark.parametrize("name", [None, "one"])
    def test_any_other_error_is_passed_on(self, code: str | None, name: str | None) -> None:
        error = AliyunError("No.", outcome=REFUSED, code=code, http_status=404)
        with pytest.raises(AliyunError) as caught:
            names(error, name)
        assert caught.value is error
        assert not error.retryable


class TestHostile:
    @given(JSON | st.fixed_dictionaries({"snapshots": JSON | st.lists(JSON | ENTRIES)}))
    def test_whatever_the_cluster_answers_nothing_else_than_an_aliyun_error_is_raised(self, document: Any) -> None:
        repository = Repository(FakeCluster(document), "repo")
        try:
            snapshots, _reading = repository.snapshots()
        except AliyunError:
            return
        starts = [snapshot.start or 0 for snapshot in snapshots]
        assert starts == sorted(starts, reverse=True)
        for snapshot in snapshots:
            check(snapshot)
            assert snapshot in repository.named(snapshot.name)[0]

    @pytest.mark.parametrize("name", ["\ud800", "a\udfff", "\ud83d\ude00", "\x00", "..", "", "é" * 3000])
    def test_any_name_can_be_asked_for_again(self, name: str) -> None:
        cluster = FakeCluster({"snapshots": [entry(name)]})
        repository = Repository(cluster, "repo")
        (snapshot,), _reading = repository.snapshots()
        (again,), _reading = repository.named(snapshot.name)
        assert again == snapshot
        assert cluster.paths[1].isascii()
        assert cluster.paths[1].isprintable()


def check(snapshot: Snapshot) -> None:
    """Assert that a result is what the modules document, whatever it was made from."""
    result = json.loads(json.dumps(snapshot.result()))
    json.dumps(snapshot.failures)
    assert len(snapshot.failures) <= 100
    assert all(isinstance(failure, dict) for failure in snapshot.failures)
    result["name"].encode()
    assert isinstance(result["state"], str)
    assert result["uuid"] is None or isinstance(result["uuid"], str)
    assert result["shards"].keys() == {"total", "successful", "failed"}
    for number in (result["duration"], result["indices"], *result["shards"].values()):
        assert number is None or (number >= 0 and not isinstance(number, bool))
    for time in (result["start_time"], result["end_time"]):
        assert time is None or re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", time)
    assert not (snapshot.is_complete and not snapshot.is_finished)
    assert not (snapshot.is_complete and snapshot.shards["failed"] != 0)

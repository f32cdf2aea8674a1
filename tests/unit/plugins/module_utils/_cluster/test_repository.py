# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A repository: its running snapshots, its index, single snapshots and batches, with what a request costs."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.aliyun.elasticsearch.plugins.module_utils._cluster.repository import (
    MAX_BATCH,
    Repository,
    batches,
)
from ansible_collections.aliyun.elasticsearch.plugins.module_utils._cluster.snapshots import Snapshot
from ansible_collections.aliyun.elasticsearch.plugins.module_utils._errors import REFUSED, UNKNOWN, AliyunError
from ansible_collections.aliyun.elasticsearch.plugins.module_utils._http.transport import Response
from ansible_collections.aliyun.elasticsearch.tests.unit.plugins.module_utils._cluster.reading import (
    BOTH_ROUTES,
    ROUTES,
    connect,
    names,
    repository_of,
)
from ansible_collections.aliyun.elasticsearch.tests.unit.support.cluster import (
    BROKEN,
    DENIED,
    DROPPED,
    RUNNING,
    VERSIONS,
    FakeCluster,
    FakeSnapshot,
    elasticsearch_error,
)

BASE = "_snapshot/aliyun_auto_snapshot"
FILTERED_INDEX = (
    f"{BASE}/_all?verbose=false&master_timeout=10s&"
    "filter_path=snapshots.snapshot,snapshots.uuid,snapshots.state,failures"
)


def error_of(function: Any, *arguments: Any) -> AliyunError:
    with pytest.raises(AliyunError) as caught:
        function(*arguments)
    return caught.value


@BOTH_ROUTES
@pytest.mark.parametrize("version", VERSIONS)
class TestVersions:
    """What is read of each version, by either route."""

    def test_current_has_those_that_run_with_what_tells_them_apart(self, version: str, route: str) -> None:
        running = FakeSnapshot("mine", RUNNING, start=-5)
        model = FakeCluster(FakeSnapshot("old"), running, FakeSnapshot("auto", RUNNING, policy="p"), version=version)
        mine, auto = repository_of(model, route).current()
        assert mine == Snapshot("mine", "uuid-of-mine", RUNNING, start=1795492795000)
        assert (auto.name, auto.policy) == ("auto", "p")
        assert model.objects == 0

    @pytest.mark.parametrize("held", [[], [FakeSnapshot("old")]], ids=["empty", "none runs"])
    def test_current_is_empty_where_none_runs(self, version: str, route: str, held: list[FakeSnapshot]) -> None:
        repository = repository_of(FakeCluster(*held, version=version), route)
        assert repository.current() == []
        assert (repository.passes_queries, repository.is_missing) == (True, False)

    def test_index_has_all_also_the_damaged_and_reads_none(self, version: str, route: str) -> None:
        model = FakeCluster(
            FakeSnapshot("good"),
            FakeSnapshot("damaged", "PARTIAL", damage="damaged"),
            FakeSnapshot("missing", damage="missing"),
            FakeSnapshot("unreadable", unreadable_reads=9),
            FakeSnapshot("running", RUNNING),
            version=version,
        )
        snapshots, response = repository_of(model, route).index()
        assert [(found.name, found.uuid, found.state) for found in snapshots] == [
            ("good", "uuid-of-good", "SUCCESS"),
            ("damaged", "uuid-of-damaged", "PARTIAL"),
            ("missing", "uuid-of-missing", "SUCCESS"),
            ("unreadable", "uuid-of-unreadable", "SUCCESS"),
            ("running", "uuid-of-running", RUNNING),
        ]
        assert response is not None
        assert model.objects == 0

    def test_index_that_is_empty_is_asked_for_once_more_without_the_filter(self, version: str, route: str) -> None:
        model = FakeCluster(version=version)
        snapshots, response = repository_of(model, route).index()
        assert (snapshots, response is not None) == ((), True)
        assert model.paths == [FILTERED_INDEX, f"{BASE}/_all?verbose=false&master_timeout=10s"]

    @pytest.mark.parametrize("call", ["current", "index", "everything", "named", "read_batch", "snapshots"])
    def test_repository_that_is_missing_has_nothing(self, version: str, route: str, call: str) -> None:
        model = FakeCluster(FakeSnapshot("one"), version=version, exists=1)
        repository = repository_of(model, route)
        arguments = {"named": ["one"], "read_batch": [[Snapshot("one", None, "")]]}.get(call, [])
        found = getattr(repository, call)(*arguments)
        assert found in ([], None, ((), None))
        assert repository.is_missing
        assert repository.request_id == ("Q-1" if call != "snapshots" else "Q-2") or route == "direct"
        model.clock.time = 1
        assert names(list(repository.index().snapshots)) == ["one"]
        assert not repository.is_missing

    @pytest.mark.parametrize("call", ["index", "everything", "named", "read_batch", "snapshots"])
    def test_repository_whose_index_cannot_be_read_is_an_error(self, version: str, route: str, call: str) -> None:
        model = FakeCluster(FakeSnapshot("one"), version=version, has_readable_index=False)
        repository = repository_of(model, route, retries=2)
        arguments = {"named": ["one"], "read_batch": [[Snapshot("one", None, "")]]}.get(call, [])
        error = error_of(getattr(repository, call), *arguments)
        assert (error.code, error.retryable, error.attempts) == ("repository_exception", True, 3)
        assert "Could not read repository data" in error.message

    def test_named_reads_one_object_with_all_that_is_known(self, version: str, route: str) -> None:
        one = FakeSnapshot("one", "PARTIAL", start=-90, end=-30.5, failed=1, policy="p", reason="Because.")
        model = FakeCluster(one, FakeSnapshot("other"), version=version)
        found = repository_of(model, route).named("one")
        assert found is not None
        assert (found.name, found.uuid, found.state, found.indices) == ("one", "uuid-of-one", "PARTIAL", 3)
        assert (found.start, found.end, found.duration) == (1795492710000, 1795492769500, 59500)
        assert (found.total, found.successful, found.failed, len(found.failures)) == (6, 5, 1, 1)
        assert (found.policy, found.reason, found.is_readable) == ("p", "Because.", True)
        assert (model.objects, model.paths) == (1, [f"{BASE}/one?master_timeout=10s"])

    def test_named_of_a_running_one_has_no_end_and_no_shards(self, version: str, route: str) -> None:
        model = FakeCluster(FakeSnapshot("one", RUNNING), version=version)
        found = repository_of(model, route).named("one")
        assert found is not None
        assert (found.end, found.duration, found.total, found.successful, found.failed) == (None,) * 5
        assert (found.failures, found.is_finished, model.objects) == ((), False, 0)

    def test_named_of_none_is_none(self, version: str, route: str) -> None:
        model = FakeCluster(FakeSnapshot("other"), FakeSnapshot("gone", damage="missing"), version=version)
        assert repository_of(model, route).named("one") is None
        assert repository_of(model, route).named("gone") is None

    def test_read_batch_leaves_out_what_cannot_be_read_and_asks_for_no_indices(self, version: str, route: str) -> None:
        held = [
            FakeSnapshot("good"),
            FakeSnapshot("damaged", damage="damaged"),
            FakeSnapshot("missing", damage="missing"),
        ]
        model = FakeCluster(*held, version=version)
        asked = [Snapshot(found.name, found.uuid, "SUCCESS") for found in held]
        (read,) = repository_of(model, route).read_batch(asked)
        assert (read.name, read.indices, read.failed, read.end) == ("good", None, 0, 1795492770000)
        assert (model.objects, "logs-1" in model.paths[0]) == (3, False)
        assert model.requests[0].size < 600

    def test_read_batch_of_names_that_are_gone_is_not_what_runs(self, version: str, route: str) -> None:
        model = FakeCluster(FakeSnapshot("running", RUNNING), version=version)
        assert repository_of(model, route).read_batch([Snapshot("gone", "uuid-of-gone", "SUCCESS")]) == []

    def test_read_batch_is_by_uuid_as_a_name_can_be_used_again(self, version: str, route: str) -> None:
        model = FakeCluster(FakeSnapshot("one", uuid="new"), FakeSnapshot("two"), version=version)
        asked = [Snapshot("one", "old", "SUCCESS"), Snapshot("two", "uuid-of-two", "SUCCESS")]
        assert names(repository_of(model, route).read_batch(asked)) == ["two"]


class TestCurrent:
    def test_current_asks_for_the_fields_that_tell_snapshots_apart(self) -> None:
        model = FakeCluster()
        repository_of(model).current()
        (path,) = model.paths
        assert path.partition("?")[0] == f"{BASE}/_current"
        assert parse_qs(path.partition("?")[2]) == {
            "master_timeout": ["10s"],
            "filter_path": [
                "snapshots.snapshot,snapshots.uuid,snapshots.state,snapshots.start_time_in_millis,"
                "snapshots.metadata.policy,failures"
            ],
        }

    def test_current_without_a_master_is_said_by_the_cluster(self) -> None:
        model = FakeCluster(has_master=False)
        error = error_of(repository_of(model).current)
        assert (error.code, error.http_status, error.retryable) == ("master_not_discovered_exception", 503, True)
        assert error.hint == "The cluster has no elected master at the moment; see its health first."
        assert model.clock.time == 10, "sooner than the request would time out"

    @BOTH_ROUTES
    @pytest.mark.parametrize("retry", [True, False])
    def test_current_is_repeated_only_with_retry(self, route: str, retry: bool) -> None:
        model = FakeCluster(FakeSnapshot("one", RUNNING)).fail("", BROKEN, DROPPED)
        repository = repository_of(model, route, retries=2)
        if retry:
            assert names(repository.current()) == ["one"]
        else:
            assert error_of(repository.current, retry).retryable
        assert len(model.requests) == (3 if retry else 1)

    @BOTH_ROUTES
    def test_current_that_is_denied_is_denied(self, route: str) -> None:
        model = FakeCluster().fail_always(DENIED)
        error = error_of(repository_of(model, route, retries=3).current)
        assert (error.code, error.http_status, len(model.requests)) == ("security_exception", 403, 1)


class TestIndex:
    def test_index_asks_for_no_indices_and_no_object(self) -> None:
        model = FakeCluster(FakeSnapshot("one", indices=["x"] * 5000))
        repository_of(model).index()
        assert (model.paths, model.objects) == ([FILTERED_INDEX], 0)
        assert model.requests[0].size < 200

    @pytest.mark.parametrize("version", ["5.6", "7.4", "7.10"])
    def test_index_of_old_versions_has_no_empty_ones(self, version: str) -> None:
        model = FakeCluster(FakeSnapshot("empty", indices=[]), FakeSnapshot("one"), version=version)
        listed = names(list(repository_of(model).index().snapshots))
        assert listed == (["one"] if version != "7.10" else ["empty", "one"])

    def test_index_without_a_state_has_none(self) -> None:
        (found,) = repository_of(FakeCluster(FakeSnapshot("one", state_in_index=None))).index().snapshots
        assert (found.state, found.is_finished) == ("", False)

    @BOTH_ROUTES
    @pytest.mark.parametrize("fault", [BROKEN, DROPPED], ids=["broken", "dropped"])
    def test_index_is_repeated_with_retry(self, route: str, fault: Any) -> None:
        model = FakeCluster(FakeSnapshot("one"))
        repository = repository_of(model, route, retries=2)
        repository.current()
        model.fail("index", fault, fault)
        assert names(list(repository.index().snapshots)) == ["one"]
        model.fail("index", fault)
        assert error_of(repository.index, False).retryable

    def test_repository_name_is_encoded(self) -> None:
        model = FakeCluster()
        Repository(connect(model), "a%2Fb+c&d").index()
        assert model.paths[0].startswith("_snapshot/a%252Fb%2Bc%26d/_all?")


class TestNamed:
    @pytest.mark.parametrize("name", ["", "_all", "a*", "a,b", "-a", "+a", ".a", "a b", "a/b", "a?b", "a#b", "a\x00"])
    def test_named_asks_for_nothing_that_could_stand_for_several(self, name: str) -> None:
        model = FakeCluster(FakeSnapshot(name))
        assert repository_of(model).named(name) is None
        assert model.requests == []

    @pytest.mark.parametrize(
        ("name", "path"),
        [("es-cn-1_2026", "es-cn-1_2026"), ("a&b%2Fé", "a%26b%252F%C3%A9"), ("快照", "%E5%BF%AB%E7%85%A7")],
    )
    @pytest.mark.parametrize("route", ROUTES)
    def test_named_encodes_the_name(self, name: str, path: str, route: str) -> None:
        model = FakeCluster(FakeSnapshot(name))
        found = repository_of(model, route).named(name)
        assert (found.name if found else None) == name
        assert model.paths == [f"{BASE}/{path}?master_timeout=10s"]

    @pytest.mark.parametrize("found", ["One", "one-2", "one ", "on", "", None, 1, ["one"]])
    def test_named_is_picked_from_a_response_with_others(self, found: object) -> None:
        other = {"snapshot": found}
        for entries, expected in (([other], None), ([other, {"snapshot": "one"}], "one")):
            picked = repository_of(FakeCluster().fail_always((200, {"snapshots": entries}))).named("one")
            assert (picked.name if picked else None) == expected

    @BOTH_ROUTES
    def test_named_that_is_damaged_is_an_error(self, route: str) -> None:
        model = FakeCluster(FakeSnapshot("one", damage="damaged"))
        error = error_of(repository_of(model, route, retries=1).named, "one")
        assert (error.code, error.attempts, model.objects) == ("snapshot_exception", 2, 2)

    @BOTH_ROUTES
    def test_named_that_cannot_be_read_for_a_moment_is_read_again(self, route: str) -> None:
        model = FakeCluster(FakeSnapshot("one", unreadable_reads=2))
        assert repository_of(model, route, retries=2).named("one") is not None

    @BOTH_ROUTES
    def test_named_with_more_indices_than_a_response_may_hold_is_read_without_them(self, route: str) -> None:
        model = FakeCluster(FakeSnapshot("one", indices=["an-index-of-some-length"] * 200_000))
        found = repository_of(model, route).named("one")
        assert found is not None
        assert (found.indices, found.total, found.end) == (None, 400_000, 1795492770000)
        assert model.kinds == ["named", "named"]
        assert model.requests[1].size < 1000


class TestRead:
    def test_read_of_one_has_its_indices(self) -> None:
        model = FakeCluster(FakeSnapshot("one"))
        (read,) = repository_of(model).read([Snapshot("one", "uuid-of-one", "SUCCESS")])
        assert (read.indices, model.kinds, model.objects) == (3, ["named"], 1)

    def test_read_of_one_whose_name_another_has_now_is_empty(self) -> None:
        model = FakeCluster(FakeSnapshot("one", uuid="another"))
        assert repository_of(model).read([Snapshot("one", "uuid-of-one", "SUCCESS")]) == []

    def test_read_of_several_is_in_batches_of_at_most_a_hundred(self) -> None:
        held = [FakeSnapshot(f"s-{number:03}") for number in range(250)]
        model = FakeCluster(*held)
        listed = [Snapshot(found.name, found.uuid, "SUCCESS") for found in held]
        assert names(repository_of(model).read(listed)) == names(listed)
        assert [request.objects for request in model.requests] == [100, 100, 50]

    def test_read_passes_over_names_that_are_not_addressable(self) -> None:
        model = FakeCluster(FakeSnapshot("a*"), FakeSnapshot("one"), FakeSnapshot("two"))
        listed = [Snapshot("a*", "uuid-of-a*", ""), *(Snapshot(name, f"uuid-of-{name}", "") for name in ("one", "two"))]
        assert names(repository_of(model).read(listed)) == ["one", "two"]
        assert repository_of(model).read([]) == []


class TestBatches:
    @given(
        st.lists(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=300), max_size=120),
        st.integers(1, 100),
    )
    def test_batches_hold_all_in_order_within_both_bounds(self, given_names: list[str], size: int) -> None:
        listed = [Snapshot(name, None, "") for name in given_names]
        made = list(batches(listed, size))
        assert [found for batch in made for found in batch] == listed
        for batch in made:
            encoded = len(",".join(_encoded(found.name) for found in batch))
            assert 1 <= len(batch) <= size
            assert encoded <= 2500 or len(batch) == 1

    def test_batches_are_as_large_as_they_may_be(self) -> None:
        listed = [Snapshot(f"s-{number}", None, "") for number in range(350)]
        assert [len(batch) for batch in batches(listed)] == [MAX_BATCH] * 3 + [50]
        assert [len(batch) for batch in batches([Snapshot("x" * 249, None, "")] * 25)] == [10, 10, 5]

    def test_batches_keep_a_path_short_however_long_the_names_are(self) -> None:
        held = [FakeSnapshot(f"{'快' * 70}-{number:03}") for number in range(40)]
        model = FakeCluster(*held)
        listed = [Snapshot(found.name, found.uuid, "SUCCESS") for found in held]
        assert names(repository_of(model, "openapi").read(listed)) == names(listed)
        assert max(len(path) for path in model.paths) < 2500 + 450


class TestDocuments:
    @BOTH_ROUTES
    @pytest.mark.parametrize(
        "document",
        [
            [],
            [{"snapshot": "one"}],
            {"acknowledged": True},
            {"snapshots": None},
            {"snapshots": {}},
            {"snapshots": "none"},
            {"Snapshots": []},
            {"snapshots": [{"snapshot": "one"}], "failures": ["repository"]},
        ],
        ids=str,
    )
    @pytest.mark.parametrize("call", ["current", "index", "everything", "named", "snapshots"])
    def test_list_that_is_not_whole_is_an_error(self, route: str, document: object, call: str) -> None:
        repository = repository_of(FakeCluster().fail_always((200, document)), route)
        error = error_of(getattr(repository, call), *(["one"] if call == "named" else []))
        assert error.message == "The cluster's response is not a whole list of snapshots."
        assert error.request_id == ("Q-1" if route == "openapi" else None)
        assert (error.outcome, error.retryable) == (UNKNOWN, False)

    @pytest.mark.parametrize("stray", [None, "text", 5, ["snapshot"], [], {}, {"snapshot": 5}])
    def test_list_passes_over_what_is_no_entry(self, stray: object) -> None:
        model = FakeCluster().fail_always((200, {"snapshots": [stray, {"snapshot": "one"}, stray]}))
        assert names(repository_of(model).current()) == ["one"]

    @BOTH_ROUTES
    @pytest.mark.parametrize("kind", ["repository_missing_exception", "snapshot_missing_exception"])
    def test_what_is_missing_may_be_told_within_a_message(self, route: str, kind: str) -> None:
        told = json.dumps(elasticsearch_error(404, kind, "[r] missing")[1])
        fault = Response(404, {}, json.dumps({"Code": "EsError", "Message": told, "RequestId": "Q-9"}).encode())
        repository = repository_of(FakeCluster().fail_always(fault), route)
        assert repository.named("one") is None
        assert repository.is_missing == kind.startswith("repository")

    @pytest.mark.parametrize("status", [401, 403])
    @pytest.mark.parametrize("call", ["current", "index", "named"])
    def test_denial_that_names_what_is_missing_is_a_denial(self, status: int, call: str) -> None:
        words = "repository_missing_exception, snapshot_missing_exception: not for you"
        model = FakeCluster().fail_always(elasticsearch_error(status, "security_exception", words))
        error = error_of(getattr(repository_of(model), call), *(["one"] if call == "named" else []))
        assert (error.http_status, error.outcome) == (status, REFUSED)

    @pytest.mark.parametrize("kind", ["index_not_found_exception", "illegal_state_exception"])
    @pytest.mark.parametrize("call", ["current", "index", "named"])
    def test_any_other_error_is_passed_on(self, kind: str, call: str) -> None:
        model = FakeCluster().fail_always(elasticsearch_error(404, kind, "No."))
        error = error_of(getattr(repository_of(model), call), *(["one"] if call == "named" else []))
        assert (error.code, error.http_status, error.retryable) == (kind, 404, False)


def _encoded(name: str) -> str:
    return "".join(
        char if char.isascii() and (char.isalnum() or char in "-_.~") else "%XX" * len(char.encode()) for char in name
    )

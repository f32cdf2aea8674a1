# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A repository listed as es_snapshot_info does: whole, by one name, in bounded responses."""

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.aliyun.elasticsearch.plugins.module_utils._cluster.client import (
    MAX_RESPONSE_BYTES,
    Cluster,
    ClusterResponse,
)
from ansible_collections.aliyun.elasticsearch.plugins.module_utils._cluster.repository import Repository
from ansible_collections.aliyun.elasticsearch.plugins.module_utils._errors import AliyunError
from ansible_collections.aliyun.elasticsearch.plugins.module_utils._http.retry import RetryPolicy
from ansible_collections.aliyun.elasticsearch.tests.unit.plugins.module_utils._cluster.reading import (
    BOTH_ROUTES,
    names,
    repository_of,
)
from ansible_collections.aliyun.elasticsearch.tests.unit.support.cluster import (
    DENIED,
    DROPPED,
    RUNNING,
    VERSIONS,
    FakeCluster,
    FakeSnapshot,
    Request,
)

LONG_NAMES = [f".ds-logs-of-some-application-2026.11.24-{number:06}" for number in range(300)]


@BOTH_ROUTES
@pytest.mark.parametrize("version", VERSIONS)
class TestSnapshotsOfVersions:
    def test_snapshots_are_the_newest_first_then_the_unreadable_by_name(self, version: str, route: str) -> None:
        model = FakeCluster(
            FakeSnapshot("z-damaged", damage="damaged"),
            FakeSnapshot("old", start=-900, end=-800),
            FakeSnapshot("b-damaged", damage="damaged"),
            FakeSnapshot("a-missing", "PARTIAL", damage="missing"),
            FakeSnapshot("newest", RUNNING, start=-1),
            FakeSnapshot("second", "FAILED", start=-20, reason="Indices don't have primary shards [orders]"),
            FakeSnapshot("without a start", start=-1, fields={"start_time_in_millis": 0}),
            version=version,
        )
        model.snapshots[-1].name = "without-a-start"
        found = repository_of(model, route).snapshots()
        assert names(found) == ["newest", "second", "old", "without-a-start", "a-missing", "b-damaged", "z-damaged"]
        assert [one.is_readable for one in found] == [True] * 4 + [False] * 3
        assert [one.indices for one in found] == [3] * 4 + [None] * 3
        assert (found[0].total, found[1].reason) == (None, "Indices don't have primary shards [orders]")
        assert (found[4].name, found[4].uuid, found[4].state, found[4].failed) == (
            "a-missing",
            "uuid-of-a-missing",
            "PARTIAL",
            None,
        )

    def test_snapshots_are_each_read_once(self, version: str, route: str) -> None:
        held = [FakeSnapshot(f"s-{number:03}", indices=LONG_NAMES[:3]) for number in range(250)]
        model = FakeCluster(*held, version=version)
        assert len(repository_of(model, route).snapshots()) == 250
        assert (model.objects, model.kinds) == (250, ["current", "index", *["batch"] * 4])
        assert [request.objects for request in model.requests] == [0, 0, 20, 100, 100, 30]

    def test_name_tells_damaged_from_absent(self, version: str, route: str) -> None:
        held = [FakeSnapshot("good"), FakeSnapshot("damaged", "PARTIAL", damage="damaged")]
        model = FakeCluster(*held, FakeSnapshot("gone", damage="missing"), version=version)
        repository = repository_of(model, route)
        (good,), (damaged,), (gone,) = map(repository.named_or_listed, ("good", "damaged", "gone"))
        assert (good.is_readable, good.indices) == (True, 3)
        assert (damaged.is_readable, damaged.uuid, damaged.state, damaged.start) == (
            False,
            "uuid-of-damaged",
            "PARTIAL",
            None,
        )
        assert (gone.is_readable, gone.state) == (False, "SUCCESS")
        assert repository.named_or_listed("absent") == []
        model.exists = 1
        assert repository.named_or_listed("good") == []


class TestSnapshots:
    def test_snapshots_that_run_are_read_although_old_versions_do_not_list_them_all(self) -> None:
        model = FakeCluster(FakeSnapshot("empty", RUNNING, indices=[]), FakeSnapshot("one"), version="6.8")
        assert names(repository_of(model).snapshots()) == ["empty", "one"]

    @BOTH_ROUTES
    def test_snapshots_that_are_deleted_meanwhile_are_left_out(self, route: str) -> None:
        model = FakeCluster(FakeSnapshot("one"), FakeSnapshot("two"))

        def delete(request: Request) -> None:
            if request.kind == "batch":
                model.snapshots[1].vanishes = 0

        model.fault = delete
        assert names(repository_of(model, route).snapshots()) == ["one"]
        assert model.kinds == ["current", "index", "batch", "index"]

    def test_snapshots_whose_name_is_used_again_meanwhile_are_left_out(self) -> None:
        model = FakeCluster(FakeSnapshot("one"), FakeSnapshot("two"))

        def take_again(request: Request) -> None:
            if request.kind == "batch":
                model.snapshots[1].uuid = "another"

        model.fault = take_again
        assert names(repository_of(model).snapshots()) == ["one"]

    def test_snapshots_whose_names_are_not_addressable_are_listed_as_unreadable(self) -> None:
        model = FakeCluster(FakeSnapshot("a*"), FakeSnapshot("-b"), FakeSnapshot("good"), FakeSnapshot("_all"))
        found = repository_of(model).snapshots()
        assert [(one.name, one.is_readable) for one in found] == [
            ("good", True),
            ("-b", False),
            ("_all", False),
            ("a*", False),
        ]

    def test_snapshots_without_a_uuid_are_known_by_their_names(self) -> None:
        model = FakeCluster(FakeSnapshot("one", uuid="_na_"), FakeSnapshot("two", uuid="_na_"))
        assert sorted(names(repository_of(model).snapshots())) == ["one", "two"]

    @BOTH_ROUTES
    def test_snapshots_that_cannot_be_listed_for_another_reason_are_an_error(self, route: str) -> None:
        for kind in ("current", "index", "batch"):
            model = FakeCluster(FakeSnapshot("one")).fail(kind, DENIED)
            with pytest.raises(AliyunError) as caught:
                repository_of(model, route, retries=3).snapshots()
            assert (caught.value.code, caught.value.attempts) == ("security_exception", 1)


class TestBounds:
    """No response is larger than 4 MiB; a batch that would be is quartered."""

    @staticmethod
    def read(model: FakeCluster, route: str) -> list[Any]:
        found = repository_of(model, route).snapshots()
        assert all(request.size <= MAX_RESPONSE_BYTES for request in model.requests if request.kind == "index")
        return found

    @BOTH_ROUTES
    def test_snapshots_with_many_indices_are_read_in_smaller_batches(self, route: str) -> None:
        held = [FakeSnapshot(f"s-{number:03}", indices=LONG_NAMES * 2) for number in range(200)]
        model = FakeCluster(*held)
        found = self.read(model, route)
        assert {one.indices for one in found} == {600}
        sizes = [request.objects for request in model.requests if request.kind == "batch"]
        assert (sizes[0], sum(sizes)) == (20, 200), "each object once"
        assert all(50 <= size <= 75 for size in sizes[1:-1]), "about 2 MB each"
        assert max(request.size for request in model.requests) < 2_100_000

    @BOTH_ROUTES
    def test_snapshots_too_large_for_a_batch_are_read_in_quarters(self, route: str) -> None:
        held = [FakeSnapshot(f"s-{number:03}", indices=LONG_NAMES * 40) for number in range(23)]
        model = FakeCluster(*held)
        found = self.read(model, route)
        assert {one.indices for one in found} == {12_000}
        sizes = [request.objects for request in model.requests if request.kind == "batch"]
        assert sizes[:2] == [20, 5]
        assert all(size <= 5 for size in sizes[2:])
        assert model.objects == 20 + 23

    @BOTH_ROUTES
    def test_snapshots_too_large_for_a_response_have_no_number_of_indices(self, route: str) -> None:
        held = [FakeSnapshot("huge", indices=LONG_NAMES * 400), FakeSnapshot("small", start=-70)]
        model = FakeCluster(*held)
        huge, small = self.read(model, route)
        assert (huge.name, huge.indices, huge.total, huge.is_readable) == ("huge", None, 240_000, True)
        assert (small.name, small.indices, small.total) == ("small", 3, 6)
        assert [request.objects for request in model.requests if request.kind == "batch"] == [2, 1, 1, 1]


class TestGateways:
    """A gateway in front of the cluster that does not pass on the query of a request."""

    @staticmethod
    def listed(model: FakeCluster, route: str) -> tuple[list[str], list[str]]:
        repository = repository_of(model, route)
        warned: list[str] = []
        repository._warn = warned.append
        return names(repository.snapshots()), warned

    @BOTH_ROUTES
    @pytest.mark.parametrize("runs", [True, False])
    @pytest.mark.parametrize("version", ["6.8", "7.10", "7.17", "9.1"])
    def test_snapshots_without_queries_come_from_one_verbose_list_with_a_warning(
        self, route: str, runs: bool, version: str
    ) -> None:
        held = [FakeSnapshot("one"), FakeSnapshot("two", start=-90), *([FakeSnapshot("new", RUNNING, start=-1)] * runs)]
        model = FakeCluster(*held, version=version, gateway="drops")
        found, (warning,) = self.listed(model, route)
        assert found == [*["new"] * runs, "one", "two"]
        assert model.objects == 2, "read once"
        assert "Give cluster_url" in warning
        assert "one by one" in warning

    @BOTH_ROUTES
    @pytest.mark.parametrize("code", ["InvalidPath", "InvalidParameter", None, "snapshot_missing_exception"])
    @pytest.mark.parametrize("status", [400, 404])
    def test_snapshots_where_queries_are_refused_come_from_a_verbose_list(
        self, route: str, code: str | None, status: int
    ) -> None:
        told = {"error": {"type": code, "reason": "[r:_current?verbose=false] is missing"}, "status": status}
        model = FakeCluster(FakeSnapshot("one"), gateway=(status, told))
        found, (_warning,) = self.listed(model, route)
        assert (found, model.paths[1:]) == (
            ["one"],
            [f"_snapshot/aliyun_auto_snapshot/{w}" for w in ("_current", "_all")],
        )

    @BOTH_ROUTES
    def test_snapshots_where_all_is_refused_are_an_error_with_the_first_reason(self, route: str) -> None:
        model = FakeCluster().fail("", (400, {"error": {"type": "first_exception"}, "status": 400}), DENIED)
        with pytest.raises(AliyunError) as caught:
            repository_of(model, route).snapshots()
        assert caught.value.code == "first_exception"

    @BOTH_ROUTES
    @pytest.mark.parametrize("code", ["InstanceNotFound", "EntityNotExist"])
    def test_snapshots_of_no_instance_are_asked_for_once(self, route: str, code: str) -> None:
        model = FakeCluster().fail_always((404, {"error": {"type": code, "reason": "No."}, "status": 404}))
        with pytest.raises(AliyunError):
            repository_of(model, route).snapshots()
        assert len(model.requests) == 1

    @BOTH_ROUTES
    def test_name_without_queries_is_found_and_its_absence_too(self, route: str) -> None:
        model = FakeCluster(FakeSnapshot("one"), gateway="drops")
        repository = repository_of(model, route)
        assert names(repository.named_or_listed("one")) == ["one"]
        assert repository.named_or_listed("absent") == []

    def test_snapshots_by_queries_that_pass_give_no_warning(self) -> None:
        assert self.listed(FakeCluster(FakeSnapshot("one")), "direct") == (["one"], [])

    def test_index_without_a_response_is_taken_for_too_costly_where_queries_may_be_dropped(self) -> None:
        model = FakeCluster(FakeSnapshot("one"), exists=1)
        repository = repository_of(model)
        repository.current()
        model.clock.time = 1
        model.fail("index", DROPPED)
        assert repository.index() == ((), None)
        assert repository.passes_queries is False


class KeepsEmptyLists(Cluster):
    """A cluster that nothing runs on, and whose filters leave an empty list in place."""

    def _get(self, path: str, max_bytes: int) -> ClusterResponse:
        return ClusterResponse({} if path.endswith("filter_path=failures") else {"snapshots": []}, None, None)


def test_current_with_an_empty_list_is_not_taken_for_a_lost_query_where_a_filter_can_drop_it() -> None:
    repository = Repository(KeepsEmptyLists(RetryPolicy(0, 0)), "a")
    assert (repository.current(), repository.passes_queries) == ([], True)

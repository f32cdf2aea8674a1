# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a real engine lists, in which shape and order."""

from __future__ import annotations

import pytest
from cluster import Cluster
from states import LIST, Repository, add_index, names


@pytest.fixture
def three(repository: Repository) -> Repository:
    """A repository with three snapshots whose times go another way than their names."""
    for name in ("m", "b", "z"):
        repository.take(name, metadata={"policy": "nightly"})
    return repository


def test_list_without_verbose_has_no_times_and_no_metadata(three: Repository) -> None:
    response = three.get(verbose="false")
    keys = {"snapshot", "uuid", "indices", "data_streams", "state"}
    pages = {"snapshots"}
    if three.cluster.is_since(7, 14):
        keys.add("repository")
        pages |= {"total", "remaining"}
    assert set(response.body) == pages
    assert [set(row) for row in response.body["snapshots"]] == [keys] * 3


def test_list_without_verbose_is_sorted_by_name(three: Repository) -> None:
    assert names(three.rows(verbose="false")) == ["b", "m", "z"]


def test_list_with_verbose_is_sorted_by_start(cluster: Cluster, repository: Repository) -> None:
    made = repository.history(f"{repository.name}-h", [("a-3", 3_000_000), ("a-1", 5_000_000), ("a-2", 4_000_000)])
    assert names(made.rows()) == ["a-3", "a-2", "a-1"]
    assert names(made.rows("a-1,a-3,a-2")) == ["a-3", "a-2", "a-1"], "the order of the names asked for does not matter"


def test_list_with_verbose_has_these_keys(three: Repository) -> None:
    keys = {
        *("snapshot", "uuid", "version_id", "version", "indices", "data_streams", "include_global_state", "metadata"),
        *("state", "start_time", "start_time_in_millis", "end_time", "end_time_in_millis", "duration_in_millis"),
        *("failures", "shards"),
    }
    if three.cluster.is_since(7, 14):
        keys |= {"repository", "feature_states"}
    if three.cluster.engine.product == "OpenSearch":
        keys.add("remote_store_index_shallow_copy")
    row = three.rows("m")[0]
    assert set(row) == keys
    assert row["metadata"] == {"policy": "nightly"}
    assert row["shards"] == {"total": 2, "failed": 0, "successful": 2}
    assert row["start_time"].endswith("Z")


def test_filter_path_leaves_only_what_it_names(three: Repository) -> None:
    response = three.get(**LIST)
    assert set(response.body) == {"snapshots"}
    assert [set(row) for row in response.body["snapshots"]] == [{"snapshot", "uuid", "state"}] * 3


@pytest.mark.parametrize("what", ["_all", "_current"])
def test_filter_path_makes_an_empty_list_an_empty_object(repository: Repository, what: str) -> None:
    assert repository.get(what, **LIST).body == {}
    assert repository.get(what).body["snapshots"] == []
    assert repository.get(what, filter_path="snapshots").body == {"snapshots": []}, "not where it names the whole list"


def test_filter_path_keeps_an_empty_list_that_it_names(repository: Repository) -> None:
    repository.take("a", indices="nothing-*")
    assert repository.rows(filter_path="snapshots.indices,snapshots.failures") == [{"indices": [], "failures": []}]
    row = repository.rows(filter_path="-snapshots.indices")[0]
    assert row["data_streams"] == row["failures"] == []
    assert "indices" not in row


def test_filter_path_that_excludes_a_part_of_an_empty_list(repository: Repository) -> None:
    body = repository.get(filter_path="-snapshots.indices").body
    assert body.get("snapshots") == ([] if repository.cluster.is_since(8) else None)


def test_several_names_come_once_each(three: Repository) -> None:
    assert sorted(names(three.rows("m,b,m"))) == ["b", "m"]


def test_several_names_fail_as_a_whole_for_an_unknown_one(three: Repository) -> None:
    response = three.get("m,nothing,b")
    assert (response.status, response.error_type) == (404, "snapshot_missing_exception")
    assert response.reason == f"[{three.name}:nothing] is missing"


def test_several_names_with_ignore_unavailable_leave_the_unknown_out(three: Repository) -> None:
    assert sorted(names(three.rows("m,nothing,b", ignore_unavailable="true"))) == ["b", "m"]


def test_one_unknown_name_with_ignore_unavailable_is_an_empty_list(three: Repository) -> None:
    assert three.rows("nothing", ignore_unavailable="true") == []


def test_a_pattern_that_matches_nothing(three: Repository) -> None:
    response = three.get("nothing-*")
    if three.cluster.is_since(8):
        assert (response.status, response.body["snapshots"]) == (200, [])
    else:
        assert (response.status, response.error_type) == (404, "snapshot_missing_exception")


@pytest.mark.parametrize("name", ["-m", "a+b", "a%b", "ä", "a@b:c;d", "a..b", ".x", "a=b&c"])
def test_odd_names_are_found_when_quoted(repository: Repository, name: str) -> None:
    uuid = repository.take(name)["uuid"]
    repository.take("another")
    assert repository.rows(name)[0]["uuid"] == uuid
    assert sorted(names(repository.rows(f"another,{name}"))) == sorted(["another", name])


def test_a_name_used_again_has_another_uuid(repository: Repository) -> None:
    first = repository.take("again")["uuid"]
    repository.delete("again")
    assert repository.take("again")["uuid"] != first


def test_snapshot_of_no_index_is_a_success(repository: Repository) -> None:
    snapshot = repository.take("empty", indices="nothing-*")
    assert (snapshot["state"], snapshot["indices"]) == ("SUCCESS", [])
    assert snapshot["shards"] == {"total": 0, "failed": 0, "successful": 0}
    assert names(repository.rows(**LIST)) == ["empty"], "the index names it"


def test_closed_index(cluster: Cluster, repository: Repository) -> None:
    add_index(cluster, "closed")
    cluster.do("POST", "/closed/_close")
    try:
        taken = set(repository.take("a")["indices"])
        assert taken == ({"books", "closed"} if cluster.is_since(8) else {"books"})
        assert repository.rows("a")[0]["state"] == "SUCCESS"
    finally:
        cluster.do("DELETE", "/closed")

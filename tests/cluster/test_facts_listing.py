# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a real engine lists, in which shape, and what it does with each parameter."""

from __future__ import annotations

import gzip
import json

import pytest
import requests
from cluster import Cluster
from states import Repository, add_index, unassigned_index

LIST = {"verbose": "false", "filter_path": "snapshots.snapshot,snapshots.uuid,snapshots.state"}


def is_since(cluster: Cluster, *version: int) -> bool:
    """Tell whether this is Elasticsearch of that version or newer; OpenSearch went other ways at 7.10."""
    return cluster.engine.product == "Elasticsearch" and cluster.version_info >= version


def names(rows: list[dict[str, object]]) -> list[object]:
    return [row["snapshot"] for row in rows]


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
    if is_since(three.cluster, 7, 14):
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
    if is_since(three.cluster, 7, 14):
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
    assert body.get("snapshots") == ([] if is_since(repository.cluster, 8) else None)


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
    if is_since(three.cluster, 8):
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


PARAMETERS = [
    # parameter, since which Elasticsearch; OpenSearch knows none of them
    ("sort=start_time", (7, 14)),
    ("size=1", (7, 14)),
    ("include_repository=false", (7, 14)),
    ("index_details=true", (7, 13)),
    ("from_sort_value=0&sort=start_time", (7, 16)),
    ("slm_policy_filter=*", (7, 16)),
    ("index_names=false", (8, 3)),
    ("state=SUCCESS", (9, 1)),
    ("no_such_parameter=1", (99,)),
]


@pytest.mark.parametrize(("query", "since"), PARAMETERS)
def test_a_parameter_that_is_not_known_is_refused(three: Repository, query: str, since: tuple[int, ...]) -> None:
    response = three.cluster.get(f"{three.path()}?{query}")
    if is_since(three.cluster, *since):
        assert response.status == 200
    else:
        assert (response.status, response.error_type) == (400, "illegal_argument_exception")
        assert "contains unrecognized parameter" in str(response.reason)


@pytest.mark.parametrize("query", ["sort=name", "size=1"])
def test_paging_is_refused_without_verbose(three: Repository, query: str) -> None:
    response = three.cluster.get(f"{three.path(verbose='false')}&{query}")
    assert response.status == 400


@pytest.mark.parametrize("what", ["_all", "_current", "m"])
def test_master_timeout_is_known(three: Repository, what: str) -> None:
    assert three.get(what, master_timeout="10s").status == 200


def test_cluster_manager_timeout_is_known_to_opensearch_only(three: Repository) -> None:
    status = three.get(cluster_manager_timeout="10s").status
    assert status == (200 if three.cluster.engine.product == "OpenSearch" else 400)


def test_missing_repository(cluster: Cluster) -> None:
    for path in ("_all", "_all?verbose=false", "_current", "name", "name?ignore_unavailable=true"):
        response = cluster.get(f"/_snapshot/nowhere/{path}")
        if is_since(cluster, 7, 14) and not is_since(cluster, 8, 15):
            error = {"type": "repository_missing_exception", "reason": "[nowhere] missing"}
            assert response.status == 200
            assert response.body["failures"] == {"nowhere": error}
            assert response.body["snapshots"] == []
        else:
            assert (response.status, response.error_type) == (404, "repository_missing_exception")


def test_missing_repository_with_filter_path(cluster: Cluster) -> None:
    response = cluster.get("/_snapshot/nowhere/_all?verbose=false&filter_path=snapshots.uuid")
    named = cluster.get("/_snapshot/nowhere/_all?verbose=false&filter_path=snapshots.uuid,failures")
    if is_since(cluster, 7, 14) and not is_since(cluster, 8, 15):
        assert (response.status, response.body) == (200, {}), "not to be told from an empty repository"
        assert set(named.body) == {"failures"}
    else:
        assert (response.status, response.error_type) == (404, "repository_missing_exception")
        assert named.error_type == "repository_missing_exception", "an error is not filtered"


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
        assert taken == ({"books", "closed"} if is_since(cluster, 8) else {"books"})
        assert repository.rows("a")[0]["state"] == "SUCCESS"
    finally:
        cluster.do("DELETE", "/closed")


def test_cat_health(cluster: Cluster) -> None:
    path = "/_cat/health?format=json&h=epoch,status"
    row = cluster.do("GET", path)[0]
    assert row.keys() == {"epoch", "status"}
    assert (row["status"], row["epoch"].isdigit()) == ("green", True)
    with unassigned_index(cluster):
        assert cluster.do("GET", path)[0]["status"] == "red"


def test_cat_health_takes_master_timeout(cluster: Cluster) -> None:
    status = cluster.get("/_cat/health?format=json&master_timeout=10s").status
    assert status == (200 if is_since(cluster, 8) else 400)


@pytest.fixture
def own_wire(cluster: Cluster) -> None:
    """Leave an engine out whose HTTP is not its own."""
    if cluster.name == "elasticsearch-8":
        pytest.skip("its HTTP is a stand-in")


@pytest.mark.usefixtures("own_wire")
def test_no_date_header(cluster: Cluster, repository: Repository) -> None:
    for response in (repository.get(**LIST), repository.get("nothing"), cluster.get("/_cat/health")):
        assert "date" not in response.headers
        assert "server" not in response.headers


@pytest.mark.usefixtures("own_wire")
def test_gzip_when_asked_for(cluster: Cluster, repository: Repository) -> None:
    url = cluster.url + repository.path()
    plain = requests.get(url, headers={"Accept-Encoding": "identity"}, timeout=30)
    assert "content-encoding" not in plain.headers
    with requests.get(url, headers={"Accept-Encoding": "gzip"}, timeout=30, stream=True) as packed:
        assert json.loads(gzip.decompress(packed.raw.read(decode_content=False))) == plain.json()


@pytest.mark.usefixtures("own_wire")
def test_a_request_line_of_more_than_4096_bytes_is_refused(three: Repository) -> None:
    assert names(three.rows(f"{'n' * 3900},m", ignore_unavailable="true")) == ["m"]
    response = three.get(f"{'n' * 4100},m", ignore_unavailable="true")
    old = three.cluster.engine.product == "Elasticsearch" and not is_since(three.cluster, 7, 11)
    error = "too_long_frame_exception" if old else "too_long_http_line_exception"
    assert (response.status, response.error_type) == (400, error)

# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which parameters a real engine knows, what it says of a missing repository, of its health, and by HTTP's headers."""

from __future__ import annotations

import gzip
import json

import pytest
import requests
from cluster import Cluster
from states import LIST, Repository, names, unassigned_index


@pytest.fixture
def one(repository: Repository) -> Repository:
    """A repository with the snapshot m."""
    repository.take("m", metadata={"policy": "nightly"})
    return repository


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
def test_a_parameter_that_is_not_known_is_refused(one: Repository, query: str, since: tuple[int, ...]) -> None:
    response = one.cluster.get(f"{one.path()}?{query}")
    if one.cluster.is_since(*since):
        assert response.status == 200
    else:
        assert (response.status, response.error_type) == (400, "illegal_argument_exception")
        assert "contains unrecognized parameter" in str(response.reason)


@pytest.mark.parametrize("query", ["sort=name", "size=1"])
def test_paging_is_refused_without_verbose(one: Repository, query: str) -> None:
    response = one.cluster.get(f"{one.path(verbose='false')}&{query}")
    assert response.status == 400


@pytest.mark.parametrize("what", ["_all", "_current", "m"])
def test_master_timeout_is_known(one: Repository, what: str) -> None:
    assert one.get(what, master_timeout="10s").status == 200


def test_cluster_manager_timeout_is_known_to_opensearch_only(one: Repository) -> None:
    status = one.get(cluster_manager_timeout="10s").status
    assert status == (200 if one.cluster.engine.product == "OpenSearch" else 400)


def test_missing_repository(cluster: Cluster) -> None:
    for path in ("_all", "_all?verbose=false", "_current", "name", "name?ignore_unavailable=true"):
        response = cluster.get(f"/_snapshot/nowhere/{path}")
        if cluster.is_since(7, 14) and not cluster.is_since(8, 15):
            error = {"type": "repository_missing_exception", "reason": "[nowhere] missing"}
            assert response.status == 200
            assert response.body["failures"] == {"nowhere": error}
            assert response.body["snapshots"] == []
        else:
            assert (response.status, response.error_type) == (404, "repository_missing_exception")


def test_missing_repository_with_filter_path(cluster: Cluster) -> None:
    response = cluster.get("/_snapshot/nowhere/_all?verbose=false&filter_path=snapshots.uuid")
    named = cluster.get("/_snapshot/nowhere/_all?verbose=false&filter_path=snapshots.uuid,failures")
    if cluster.is_since(7, 14) and not cluster.is_since(8, 15):
        assert (response.status, response.body) == (200, {}), "not to be told from an empty repository"
        assert set(named.body) == {"failures"}
    else:
        assert (response.status, response.error_type) == (404, "repository_missing_exception")
        assert named.error_type == "repository_missing_exception", "an error is not filtered"


def test_cat_health(cluster: Cluster) -> None:
    path = "/_cat/health?format=json&h=epoch,status"
    row = cluster.do("GET", path)[0]
    assert row.keys() == {"epoch", "status"}
    assert (row["status"], row["epoch"].isdigit()) == ("green", True)
    with unassigned_index(cluster):
        assert cluster.do("GET", path)[0]["status"] == "red"


def test_cat_health_takes_master_timeout(cluster: Cluster) -> None:
    status = cluster.get("/_cat/health?format=json&master_timeout=10s").status
    assert status == (200 if cluster.is_since(8) else 400)


@pytest.fixture
def own_http(cluster: Cluster) -> None:
    """Leave an engine out whose HTTP is not its own."""
    if not cluster.engine.own_http:
        pytest.skip("its HTTP is a stand-in")


@pytest.mark.usefixtures("own_http")
def test_no_date_header(cluster: Cluster, repository: Repository) -> None:
    for response in (repository.get(**LIST), repository.get("nothing"), cluster.get("/_cat/health")):
        assert "date" not in response.headers
        assert "server" not in response.headers


@pytest.mark.usefixtures("own_http")
def test_gzip_when_asked_for(cluster: Cluster, repository: Repository) -> None:
    url = cluster.url + repository.path()
    plain = requests.get(url, headers={"Accept-Encoding": "identity"}, timeout=30)
    assert "content-encoding" not in plain.headers
    with requests.get(url, headers={"Accept-Encoding": "gzip"}, timeout=30, stream=True) as packed:
        assert json.loads(gzip.decompress(packed.raw.read(decode_content=False))) == plain.json()


@pytest.mark.usefixtures("own_http")
def test_a_request_line_of_more_than_4096_bytes_is_refused(one: Repository) -> None:
    assert names(one.rows(f"{'n' * 3900},m", ignore_unavailable="true")) == ["m"]
    response = one.get(f"{'n' * 4100},m", ignore_unavailable="true")
    old = one.cluster.engine.product == "Elasticsearch" and not one.cluster.is_since(7, 11)
    error = "too_long_frame_exception" if old else "too_long_http_line_exception"
    assert (response.status, response.error_type) == (400, error)

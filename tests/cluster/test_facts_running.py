# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a real engine says while snapshots run, and of those that do not end well."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from cluster import Cluster
from states import LIST, Repository, change, failing, held, names, unassigned_index

NOTHING = {"total": 0, "failed": 0, "successful": 0}


def wait_until(condition: Callable[[], object]) -> None:
    """Return once a condition holds."""
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def status(repository: Repository) -> dict[str, Any]:
    """Return what another request, that of the status, says of the snapshot that runs."""
    path = f"/_snapshot/{repository.name}/running/_status"
    found: dict[str, Any] = repository.cluster.do("GET", path)["snapshots"][0]
    return found


@pytest.fixture(autouse=True)
def changed(cluster: Cluster) -> None:
    """Have something new to write for each shard: what is unchanged is not written, and is not held."""
    change(cluster, "books", 20)


@pytest.fixture
def running(cluster: Cluster, repository: Repository) -> Iterator[str]:
    """A snapshot that runs until the test ends; gives its uuid."""
    repository.take("before")
    change(cluster, "books", 20)
    with held(cluster):
        repository.begin("running", metadata={"policy": "nightly"})
        wait_until(lambda: status(repository)["shards_stats"]["started"])
        yield repository.rows("_current")[0]["uuid"]


def test_accepted_is_in_current_at_once(repository: Repository, running: str) -> None:
    row = repository.rows("_current")[0]
    assert (row["snapshot"], row["state"], row["metadata"]) == ("running", "IN_PROGRESS", {"policy": "nightly"})
    assert (row["end_time"], row["end_time_in_millis"], row["duration_in_millis"]) == ("1970-01-01T00:00:00.000Z", 0, 0)
    assert row["failures"] == []
    assert "reason" not in row


def test_running_has_these_shards(repository: Repository, running: str) -> None:
    row = repository.rows("_current")[0]
    assert row == repository.rows("running")[0]
    if repository.cluster.is_since(8):
        assert row["shards"] == {"total": 2, "failed": 0, "successful": 0}
    elif repository.cluster.is_since(7, 16):
        assert row["shards"] == {"total": 2, "failed": 2, "successful": 0}, "unfinished ones count as failed"
    else:
        assert row["shards"] == NOTHING


def test_running_is_in_the_list_without_verbose(repository: Repository, running: str) -> None:
    rows = {row["snapshot"]: row for row in repository.rows(**LIST)}
    assert rows["running"] == {"snapshot": "running", "uuid": running, "state": "IN_PROGRESS"}
    assert rows["before"]["state"] == "SUCCESS"
    assert names(repository.rows(verbose="false")) == ["before", "running"], "sorted among the others"


def test_ignore_unavailable_with_an_unknown_name(repository: Repository, running: str) -> None:
    rows = repository.rows("nothing", ignore_unavailable="true")
    trap = repository.cluster.engine.product == "Elasticsearch" and not repository.cluster.is_since(7, 12)
    assert names(rows) == (["running"] if trap else [])
    assert names(repository.rows("before,nothing", ignore_unavailable="true")) == ["before"], (
        "only where nothing is found"
    )


def test_several_run_at_once(repository: Repository, running: str) -> None:
    repository.begin("second")
    assert names(repository.rows("_current")) == ["running", "second"]
    assert {row["state"] for row in repository.rows("_current")} == {"IN_PROGRESS"}


def test_indices_of_a_running_one_cannot_be_deleted_or_closed(cluster: Cluster, running: str) -> None:
    for method, path in (("DELETE", "/books"), ("POST", "/books/_close")):
        response = cluster.request(method, path)
        assert (response.status, response.error_type) == (400, "snapshot_in_progress_exception")


def test_finished_but_for_the_cluster_state_is_one_row_in_progress(cluster: Cluster, repository: Repository) -> None:
    with held(cluster, "index"):
        repository.begin("finishing")
        wait_until(lambda: list(repository.folder.glob("index-*")))
        for query in ({}, {"verbose": "false"}):
            assert [row["state"] for row in repository.rows(**query)] == ["IN_PROGRESS"]
        assert names(repository.rows("_current")) == ["finishing"]


def test_gone_from_current_is_readable_by_name_at_once(cluster: Cluster, repository: Repository) -> None:
    for number in range(20):
        repository.begin(f"s{number}")
        known = names(repository.rows(**LIST))
        assert known.count(f"s{number}") == 1, "listed from the start, and once"
        while repository.rows("_current"):
            pass
        assert repository.rows(f"s{number}")[0]["state"] == "SUCCESS"


def test_aborted_goes_on_until_it_is_gone(repository: Repository, running: str) -> None:
    deletion = threading.Thread(target=repository.delete, args=("running",))
    deletion.start()
    wait_until(lambda: status(repository)["state"] == "ABORTED")
    for row in (*repository.rows("_current"), *repository.rows("running"), repository.rows(**LIST)[1]):
        assert (row["uuid"], row["state"]) == (running, "IN_PROGRESS"), "as if nothing was"
    repository.cluster.control("release")
    deletion.join()
    assert repository.rows("_current") == []
    assert names(repository.rows(**LIST)) == ["before"]
    for query in ({}, {"verbose": "false"}):
        response = repository.get("running", **query)
        assert (response.status, response.error_type) == (404, "snapshot_missing_exception")


def test_aborted_as_it_begins_is_failed_until_it_is_gone(repository: Repository) -> None:
    repository.take("before")
    repository.take_failed("failed", "books")
    assert repository.rows("_current") == []
    row = repository.rows("failed")[0]
    assert (row["state"], row["reason"]) == ("FAILED", "Snapshot was aborted by deletion")
    assert row["shards"] == {"total": 2, "failed": 2, "successful": 0}
    assert [failure["reason"] for failure in row["failures"]] == ["aborted", "aborted"]
    assert row["end_time_in_millis"] >= row["start_time_in_millis"]
    assert [each["state"] for each in repository.rows(**LIST)] == ["SUCCESS", "FAILED"]


@pytest.mark.parametrize("wait", [False, True])
def test_red_cluster_refuses_and_nothing_appears(cluster: Cluster, repository: Repository, wait: bool) -> None:
    with unassigned_index(cluster):
        response = repository.create("red", wait)
    assert (response.status, response.error_type) == (500, "snapshot_exception")
    assert "[unassigned]" in str(response.reason)
    assert repository.rows() == repository.rows("_current") == repository.rows(verbose="false") == []


def test_partial(cluster: Cluster, repository: Repository) -> None:
    with unassigned_index(cluster):
        repository.take("partial", partial=True)
    row = repository.rows("partial")[0]
    assert (row["state"], row["shards"]) == ("PARTIAL", {"total": 3, "failed": 1, "successful": 2})
    assert "reason" not in row
    (failure,) = row["failures"]
    assert (failure["index"], failure["shard_id"]) == ("unassigned", 0)
    assert failure["reason"] == "primary shard is not allocated"
    assert failure.keys() == {"index", "index_uuid", "shard_id", "reason", "status"}
    assert repository.rows(**LIST)[0]["state"] == "PARTIAL"


def test_failing_at_its_end_leaves_no_trace(cluster: Cluster, repository: Repository) -> None:
    with failing(cluster, "index"):
        repository.begin("vanished")
        repository.wait_until_idle()
        response = repository.create("told")
        assert (response.status, response.error_type) == (500, "snapshot_exception")
    for query in ({}, {"verbose": "false"}):
        assert repository.rows(**query) == []
        assert repository.get("vanished", **query).error_type == "snapshot_missing_exception"


@pytest.mark.parametrize("partial", [False, True])
def test_failing_store_makes_it_partial_with_no_good_shard(
    cluster: Cluster, repository: Repository, partial: bool
) -> None:
    with failing(cluster):
        repository.take("failing", partial=partial)
    row = repository.rows("failing")[0]
    assert (row["state"], row["shards"]) == ("PARTIAL", {"total": 2, "failed": 2, "successful": 0})
    assert "reason" not in row
    assert len(row["failures"]) == 2
    assert all("node_id" in failure for failure in row["failures"])


def test_throttled_runs_until_it_is_aborted(cluster: Cluster, repository: Repository) -> None:
    slow = Repository(cluster, f"{repository.name}-slow", max_snapshot_bytes_per_sec="1kb")
    slow.begin("throttled")
    assert names(slow.rows("_current")) == ["throttled"]
    slow.delete("throttled")
    assert slow.rows(verbose="false") == []


def test_readonly_repository_takes_no_snapshot(repository: Repository) -> None:
    repository.take("a")
    again = repository.again(f"{repository.name}-again")
    response = again.create("b", wait=False)
    new = repository.cluster.is_since(9)
    error = (400, "illegal_argument_exception") if new else (500, "repository_exception")
    assert (response.status, response.error_type) == error
    assert names(again.rows()) == ["a"]


def test_name_in_use_is_refused(repository: Repository) -> None:
    repository.take("a")
    response = repository.create("a", wait=False)
    new = repository.cluster.is_since(8)
    error = "snapshot_name_already_in_use_exception" if new else "invalid_snapshot_name_exception"
    assert (response.status, response.error_type) == (400, error)


def test_no_master(cluster: Cluster) -> None:
    with Cluster(cluster.name, master=False) as alone:
        for what in ("_all?verbose=false&", "_current?", "name?"):
            response = alone.get(f"/_snapshot/repository/{what}master_timeout=100ms&filter_path=snapshots.uuid")
            master = "cluster_manager" if cluster.engine.product == "OpenSearch" else "master"
            assert (response.status, response.error_type) == (503, f"{master}_not_discovered_exception")
            assert response.reason is None

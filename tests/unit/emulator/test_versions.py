# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The versions: which parameters a cluster takes, and in which shape it shows snapshots."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from .callers import Cluster

REPOSITORY = "_snapshot/aliyun_auto_snapshot"
VERSIONS = ("5.6", "6.8", "7.4", "7.10", "7.14", "7.17", "8.3", "8.15", "9.1")
OPENSEARCH = ("opensearch-1", "opensearch-2", "opensearch-3")
ALL = (*VERSIONS, *OPENSEARCH)
FIELDS = {
    *("snapshot", "uuid", "version_id", "version", "indices", "state", "start_time", "start_time_in_millis"),
    *("end_time", "end_time_in_millis", "duration_in_millis", "failures", "shards"),
}


def since(version: str) -> tuple[str, ...]:
    """Return the versions of Elasticsearch from this one on."""
    return VERSIONS[VERSIONS.index(version) :]


def in_version(cluster: Cluster, version: str, *fixtures: dict[str, Any]) -> None:
    """Let the cluster be a version, with these snapshots."""
    cluster.emulator.scenario(settings={"version": version}, fixtures=list(fixtures))


@pytest.mark.parametrize("version", ALL)
def test_fields(cluster: Cluster, version: str) -> None:
    in_version(cluster, version, {"metadata": {"policy": "nightly"}, "data_streams": ["logs"]})
    document = cluster.ask()
    (snapshot,) = document["snapshots"]
    expected = set(FIELDS)
    for name, versions in (
        ("repository", since("7.14")),
        ("data_streams", (*since("7.10"), *OPENSEARCH)),
        ("include_global_state", (*since("6.8"), *OPENSEARCH)),
        ("metadata", (*since("7.4"), *OPENSEARCH)),
        ("feature_states", since("7.14")),
        ("remote_store_index_shallow_copy", OPENSEARCH[1:]),
    ):
        if version in versions:
            expected.add(name)
    assert set(snapshot) == expected
    assert snapshot.get("repository", "aliyun_auto_snapshot") == "aliyun_auto_snapshot"
    assert snapshot.get("metadata", {"policy": "nightly"}) == {"policy": "nightly"}
    assert snapshot.get("data_streams", ["logs"]) == ["logs"]
    top = {"total": 1, "remaining": 0} if version in since("7.17") else {}
    assert {name: value for name, value in document.items() if name != "snapshots"} == top


@pytest.mark.parametrize("version", ALL)
def test_fields_without_verbose(cluster: Cluster, version: str) -> None:
    in_version(cluster, version, {"name": "a", "metadata": {"policy": "nightly"}, "data_streams": ["logs"]})
    (snapshot,) = cluster.snapshots(f"{REPOSITORY}/_all?verbose=false")
    assert len(snapshot.pop("uuid")) == 22
    assert snapshot == {
        "snapshot": "a",
        **({"repository": "aliyun_auto_snapshot"} if version in since("7.14") else {}),
        "indices": [f"logs-application-{number:06d}" for number in range(3)],
        **({"data_streams": []} if version in (*since("7.10"), *OPENSEARCH) else {}),
        "state": "SUCCESS",
    }


@pytest.mark.parametrize(
    ("version", "release", "number"),
    [("5.6", "5.6.16", 5061699), ("9.1", "9.1.9", 9010999), ("opensearch-2", "2.19.6", 136408427)],
)
def test_version_of_a_snapshot(cluster: Cluster, version: str, release: str, number: int) -> None:
    in_version(cluster, version, {}, {"state": "INCOMPATIBLE", "began_ago": 60})
    compatible, incompatible = cluster.snapshots()
    assert (compatible["version"], compatible["version_id"]) == (release, number)
    assert not {"version", "version_id"}.intersection(incompatible)


@pytest.mark.parametrize("version", ALL)
def test_running_snapshot(cluster: Cluster, version: str) -> None:
    in_version(cluster, version, {"running_polls": 9, "total_shards": 100, "done_shards": 30, "reason": "none"})
    (running,) = cluster.snapshots()
    shards = {"total": 0, "failed": 0, "successful": 0}
    if version in since("7.17"):
        shards = {"total": 100, "failed": 70 if version in ("7.17", "8.3") else 0, "successful": 30}
    assert (running["shards"], running["failures"], running["end_time_in_millis"]) == (shards, [], 0)
    duration = -running["start_time_in_millis"] if version in ("5.6", "6.8") else 0
    assert (running["end_time"], running["duration_in_millis"]) == ("1970-01-01T00:00:00.000Z", duration)
    assert "reason" not in running


@pytest.mark.parametrize(
    ("fixture", "reason"),
    [
        ({"state": "FAILED"}, "Indices don't have primary shards"),
        ({"state": "FAILED", "reason": "mine"}, "mine"),
        ({"state": "PARTIAL"}, None),
        ({}, None),
    ],
)
def test_reason(cluster: Cluster, fixture: dict[str, Any], reason: str | None) -> None:
    cluster.emulator.fixtures(fixture)
    assert cluster.snapshots()[0].get("reason") == reason


@pytest.mark.parametrize(
    ("name", "versions"),
    [
        ("ignore_unavailable=true", ALL),
        ("verbose=false", ALL),
        ("master_timeout=10s", ALL),
        ("cluster_manager_timeout=10s", OPENSEARCH[1:]),
        ("index_details=true", since("7.14")),
        ("include_repository=false", since("7.14")),
        ("index_names=false", since("8.3")),
    ],
)
def test_parameters(cluster: Cluster, name: str, versions: tuple[str, ...]) -> None:
    for version in ALL:
        in_version(cluster, version, {})
        assert cluster.direct(f"{REPOSITORY}/_all?{name}").status == (200 if version in versions else 400), version


@pytest.mark.parametrize(("name", "version"), [("sort", "7.14"), ("size", "7.17"), ("state", "9.1")])
def test_parameters_that_the_emulator_lacks_are_refused(cluster: Cluster, name: str, version: str) -> None:
    in_version(cluster, version, {})
    reply = cluster.direct(f"{REPOSITORY}/_all?{name}=1")
    reason = f"the emulator does not have the parameter [{name}]"
    assert (reply.status, reply.document["error"]["reason"]) == (400, reason)


def test_include_repository_index_names_and_index_details(cluster: Cluster) -> None:
    in_version(cluster, "8.15", {"indices": 1})
    (snapshot,) = cluster.snapshots(f"{REPOSITORY}/_all?include_repository=false&index_names=false&index_details")
    assert not {"repository", "indices"}.intersection(snapshot)
    assert list(snapshot["index_details"]) == ["logs-application-000000"]
    (snapshot,) = cluster.snapshots(f"{REPOSITORY}/_all?index_names=false&verbose=false")
    assert set(snapshot) == {"snapshot", "uuid", "repository", "data_streams", "state"}


@pytest.mark.parametrize("version", ALL)
def test_order_without_verbose(cluster: Cluster, version: str) -> None:
    fixtures = [
        {"name": name, "uuid": uuid, "began_ago": ago, "ended_ago": 1}
        for name, uuid, ago in (("b", "1", 9), ("c", "2", 8), ("a", "3", 7))
    ]
    in_version(cluster, version, *fixtures)
    assert cluster.names() == ["b", "c", "a"]
    # Where no order is promised, it is that of the uuids, on which nobody can rely.
    expected = ["b", "c", "a"] if version in since("7.14") else ["a", "b", "c"]
    assert cluster.names(f"{REPOSITORY}/_all?verbose=false") == expected


@pytest.mark.parametrize("version", ALL)
def test_snapshot_without_indices_may_be_left_out_without_verbose(cluster: Cluster, version: str) -> None:
    in_version(cluster, version, {"name": "empty", "indices": 0, "total_shards": 0})
    (snapshot,) = cluster.snapshots()
    assert (snapshot["indices"], snapshot["shards"]["total"], snapshot["state"]) == ([], 0, "SUCCESS")
    names = cluster.names(f"{REPOSITORY}/_all?verbose=false")
    assert names == ([] if version in ("5.6", "6.8", "7.4") else ["empty"])


@pytest.mark.parametrize("version", ALL)
def test_ignore_unavailable_of_none_that_is_known(cluster: Cluster, version: str) -> None:
    in_version(cluster, version, {"name": "old"}, {"name": "running", "running_polls": 9})
    trap = version in ("5.6", "6.8", "7.4", "7.10", "opensearch-1")
    for names in ("none", "none,other", "no*"):
        found = cluster.names(f"{REPOSITORY}/{names}?ignore_unavailable=true")
        assert found == (["running"] if trap else []), names
    assert cluster.names(f"{REPOSITORY}/none,old?ignore_unavailable=true") == ["old"]
    assert cluster.names(f"{REPOSITORY}/none?ignore_unavailable=true&verbose=false") == []


@pytest.mark.parametrize("version", ALL)
def test_current_where_there_is_no_repository(cluster: Cluster, version: str) -> None:
    in_version(cluster, version)
    reply = cluster.direct(f"{REPOSITORY}/_current")
    failure = {"type": "repository_missing_exception", "reason": "[aliyun_auto_snapshot] missing"}
    if version in ("5.6", "6.8", "7.4"):
        assert (reply.status, reply.document) == (200, {"snapshots": []})
    elif version in ("7.14", "7.17", "8.3"):
        page = {} if version == "7.14" else {"total": 0, "remaining": 0}
        failures = {"aliyun_auto_snapshot": failure}
        assert (reply.status, reply.document) == (200, {"snapshots": [], "failures": failures, **page})
    else:
        assert (reply.status, reply.document["error"]["type"]) == (404, "repository_missing_exception")


@pytest.mark.parametrize("version", ALL)
def test_list_where_there_is_no_repository(cluster: Cluster, version: str) -> None:
    in_version(cluster, version)
    for path in ("_all?verbose=false", "a", "a?ignore_unavailable=true"):
        reply = cluster.direct(f"{REPOSITORY}/{path}")
        if version in ("7.14", "7.17", "8.3"):
            assert (reply.status, list(reply.document["failures"])) == (200, ["aliyun_auto_snapshot"])
        else:
            assert (reply.status, reply.document["error"]["type"]) == (404, "repository_missing_exception")


@pytest.mark.parametrize("version", ALL)
def test_pattern_that_fits_none(cluster: Cluster, version: str) -> None:
    in_version(cluster, version, {})
    reply = cluster.direct(f"{REPOSITORY}/none*")
    if version in since("8.3"):
        assert (reply.status, reply.document["snapshots"]) == (200, [])
    else:
        assert (reply.status, reply.document["error"]["type"]) == (404, "snapshot_missing_exception")


@pytest.mark.parametrize("version", ALL)
def test_health_has_more_columns(cluster: Cluster, version: str) -> None:
    in_version(cluster, version)
    (row,) = cluster.ask("_cat/health?format=json")
    more = {"discovered_cluster_manager", "unassign.pri"}.intersection(row)
    assert more == (
        {"discovered_cluster_manager"} if version in OPENSEARCH[1:] else {"unassign.pri"} if version == "9.1" else set()
    )


@pytest.mark.parametrize(
    ("version", "kind"),
    [
        ("5.6", "master_not_discovered_exception"),
        ("9.1", "master_not_discovered_exception"),
        ("opensearch-1", "master_not_discovered_exception"),
        ("opensearch-3", "cluster_manager_not_discovered_exception"),
    ],
)
def test_no_master(cluster: Cluster, version: str, kind: str) -> None:
    in_version(cluster, version, {"running_polls": 1})
    cluster.emulator.set(master=False)
    cause = {"type": kind, "reason": None}
    for path in (f"{REPOSITORY}/_all?master_timeout=10s", f"{REPOSITORY}/_current", "_cat/health?format=json"):
        reply = cluster.direct(path)
        assert (reply.status, reply.document) == (503, {"error": {"root_cause": [cause], **cause}, "status": 503})
        assert cluster.invoke(path).document["Result"] == reply.document
    cluster.emulator.set(master=True)
    assert cluster.states(1) == [["IN_PROGRESS"]]


@pytest.mark.parametrize(
    ("version", "reason"),
    [
        ("7.10", "[aliyun_auto_snapshot] Could not read repository data because its index cannot be read"),
        ("8.15", "[aliyun_auto_snapshot] Could not read repository data because its index cannot be read"),
        ("9.1", "[aliyun_auto_snapshot] cannot retrieve snapshots list from this repository"),
    ],
)
def test_index_that_cannot_be_read(cluster: Cluster, version: str, reason: str) -> None:
    in_version(cluster, version, {"name": "a", "running_polls": 9})
    cluster.emulator.set(index_readable=False)
    for path in ("_all", "a", "_all?verbose=false", "a?ignore_unavailable=true"):
        reply = cluster.direct(f"{REPOSITORY}/{path}")
        error = reply.document["error"]
        assert (reply.status, error["type"], error["reason"]) == (500, "repository_exception", reason), path
        assert error["root_cause"][0]["type"] == "parsing_exception"
    assert cluster.names(f"{REPOSITORY}/_current") == ["a"]


@pytest.mark.parametrize("version", ALL)
def test_red_cluster_accepts_the_request_and_takes_no_good_snapshot(cluster: Cluster, version: str) -> None:
    in_version(cluster, version, {"name": "old"})
    cluster.emulator.set(health="red")
    reply = cluster.emulator.create_snapshot(query={"ClientToken": "one"})
    assert (reply.status, reply.document["Result"]) == (200, True)
    (taken,) = cluster.emulator.snapshots
    assert cluster.ask("_cat/health?format=json")[0]["status"] == "red"
    if version in ("5.6", "6.8", "7.4"):
        snapshot = cluster.snapshots()[-1]
        assert (snapshot["snapshot"], snapshot["state"], snapshot["failures"]) == (taken["name"], "FAILED", [])
        assert snapshot["reason"] == "Indices don't have primary shards [logs-application-000000]"
        assert snapshot["shards"] == {"total": 0, "failed": 0, "successful": 0}
    else:
        assert (cluster.names(), taken["name"]) == (["old"], None)
    # The token is remembered all the same.
    cluster.emulator.set(health="green")
    cluster.emulator.create_snapshot(query={"ClientToken": "one"})
    assert len(cluster.emulator.snapshots) == 1

# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A cluster's API of snapshots: names, objects that cannot be read, snapshots that vanish, and what it costs."""

from __future__ import annotations

import base64
import socket
import time
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from .callers import Cluster

REPOSITORY = "_snapshot/aliyun_auto_snapshot"


def damage(cluster: Cluster, **more: Any) -> None:
    """Have three snapshots, of which the object of the second one cannot be read."""
    cluster.emulator.fixtures(
        {"name": "a", "began_ago": 30},
        {"name": "b", "uuid": "uuid-of-b", "began_ago": 20, **more},
        {"name": "c", "began_ago": 10},
    )


@pytest.mark.parametrize("route", ["direct", "openapi"])
def test_current_is_what_is_running(cluster: Cluster, route: str) -> None:
    cluster.emulator.fixtures({"name": "old"}, {"name": "mine", "running_polls": 2, "metadata": {"policy": "nightly"}})
    path = f"{REPOSITORY}/_current"
    (running,) = cluster.snapshots(path, route=route)
    assert (running["snapshot"], running["state"], running["metadata"]) == (
        "mine",
        "IN_PROGRESS",
        {"policy": "nightly"},
    )
    assert cluster.ask(f"{path}?filter_path=snapshots.snapshot", route=route) == {"snapshots": [{"snapshot": "mine"}]}
    assert cluster.ask(f"{path}?filter_path=snapshots.snapshot", route=route) == {}
    assert cluster.ask(path, route=route) == {"snapshots": []}
    assert {entry["objects_read"] for entry in cluster.requests} == {0}


def test_current_counts_a_poll_of_what_is_hidden(cluster: Cluster) -> None:
    cluster.emulator.fixtures({"count": 0})
    cluster.emulator.transitions({"hidden_polls": 1, "running_polls": 1})
    cluster.emulator.create_snapshot()
    found = [cluster.names(f"{REPOSITORY}/_current") for _poll in range(3)]
    assert found == [[], [cluster.emulator.snapshots[0]["name"]], []]


def test_current_notes_the_end(cluster: Cluster) -> None:
    cluster.emulator.fixtures({"name": "mine", "running_polls": 1, "began_ago": 100})
    for _poll in range(2):
        cluster.direct(f"{REPOSITORY}/_current")
    cluster.emulator.set(clock_offset=500)
    assert 100_000 <= cluster.snapshots()[0]["duration_in_millis"] < 105_000


def test_names_with_a_star(cluster: Cluster) -> None:
    cluster.emulator.fixtures(*({"name": name, "began_ago": ago} for name, ago in (("ax", 3), ("bx", 2), ("ay", 1))))
    assert cluster.names(f"{REPOSITORY}/a*") == ["ax", "ay"]
    assert cluster.names(f"{REPOSITORY}/*x,ay") == ["ax", "bx", "ay"]
    assert cluster.names(f"{REPOSITORY}/*") == ["ax", "bx", "ay"]
    reply = cluster.direct(f"{REPOSITORY}/c*")
    assert (reply.status, reply.document["error"]["reason"]) == (404, "[aliyun_auto_snapshot:c*] is missing")


def test_names_without_verbose(cluster: Cluster) -> None:
    cluster.emulator.fixtures({"name": "a"}, {"name": "b", "object": "damaged"})
    assert cluster.names(f"{REPOSITORY}/b?verbose=false") == ["b"]
    assert cluster.direct(f"{REPOSITORY}/c?verbose=false").status == 404


@pytest.mark.parametrize("path", ["_all", "a,b", "b", "*"])
@pytest.mark.parametrize(
    ("version", "what", "status", "kind", "reason"),
    [
        ("7.10", "damaged", 500, "snapshot_exception", "[aliyun_auto_snapshot:b/uuid-of-b] failed to get snapshots"),
        (
            "opensearch-3",
            "damaged",
            500,
            "snapshot_exception",
            "[aliyun_auto_snapshot:b/uuid-of-b] Snapshot could not be read",
        ),
        ("7.10", "missing", 404, "snapshot_missing_exception", "[aliyun_auto_snapshot:b/uuid-of-b] is missing"),
    ],
)
def test_object_that_cannot_be_read(
    cluster: Cluster, path: str, version: str, what: str, status: int, kind: str, reason: str
) -> None:
    cluster.emulator.set(version=version)
    damage(cluster, object=what)
    cause = {"type": kind, "reason": reason}
    for _poll in range(3):
        reply = cluster.direct(f"{REPOSITORY}/{path}")
        assert (reply.status, reply.document) == (status, {"error": {"root_cause": [cause], **cause}, "status": status})
    assert cluster.invoke(f"{REPOSITORY}/{path}").document["Result"] == reply.document
    # The others can be read, and the index names it all the same.
    assert cluster.names(f"{REPOSITORY}/a,c") == ["a", "c"]
    assert cluster.names(f"{REPOSITORY}/_all?ignore_unavailable=true") == ["a", "c"]
    assert sorted(cluster.names(f"{REPOSITORY}/_all?verbose=false")) == ["a", "b", "c"]


@pytest.mark.parametrize("query", ["", "?ignore_unavailable=true"])
def test_object_that_cannot_be_read_for_a_moment(cluster: Cluster, query: str) -> None:
    damage(cluster, object="missing", object_reads=2)
    # Neither without a read of it, nor by a request that ends before it.
    cluster.direct(f"{REPOSITORY}/a{query}")
    cluster.direct(f"{REPOSITORY}/_all?verbose=false")
    found = [cluster.direct(f"{REPOSITORY}/_all{query}") for _poll in range(3)]
    assert [reply.status for reply in found] == ([200] * 3 if query else [404, 404, 200])
    assert [len(reply.document.get("snapshots", [])) for reply in found] == ([2, 2, 3] if query else [0, 0, 3])


def test_object_is_not_read_while_the_snapshot_runs(cluster: Cluster) -> None:
    cluster.emulator.fixtures({"name": "a", "running_polls": 1, "object": "damaged"})
    assert [cluster.direct(f"{REPOSITORY}/a").status for _poll in range(2)] == [200, 500]


def test_object_that_cannot_be_read_of_a_snapshot_that_was_asked_for(cluster: Cluster) -> None:
    cluster.emulator.transitions({"object": "damaged", "object_reads": 1})
    cluster.emulator.create_snapshot()
    assert [cluster.direct().status for _poll in range(2)] == [500, 200]


def test_aborted_snapshot_vanishes(cluster: Cluster) -> None:
    cluster.emulator.transitions({"running_polls": 2, "state": "ABORTED"})
    cluster.emulator.create_snapshot()
    assert cluster.states(3) == [["IN_PROGRESS"], ["IN_PROGRESS"], []]
    name = cluster.emulator.snapshots[0]["name"]
    assert cluster.direct(f"{REPOSITORY}/{name}").status == 404
    # Its repository is there, and the name is free.
    assert cluster.ask() == {"snapshots": []}
    assert cluster.emulator.fixtures({"name": name}) == [name]


def test_kept_polls_say_when_a_snapshot_is_deleted(cluster: Cluster) -> None:
    cluster.emulator.fixtures({"running_polls": 1, "kept_polls": 2, "state": "PARTIAL"}, {"name": "a", "began_ago": 1})
    assert cluster.states(4) == [
        ["IN_PROGRESS", "SUCCESS"],
        ["PARTIAL", "SUCCESS"],
        ["PARTIAL", "SUCCESS"],
        ["SUCCESS"],
    ]


def test_recreated_snapshot_has_another_uuid(cluster: Cluster) -> None:
    cluster.emulator.fixtures({"name": "a", "uuid": "first", "running_polls": 1, "recreated_after_polls": 2})
    found = [cluster.snapshots(f"{REPOSITORY}/a")[0] for _poll in range(4)]
    assert [each["uuid"] == "first" for each in found] == [True, True, False, False]
    assert found[2]["uuid"] == found[3]["uuid"]
    assert {each["snapshot"] for each in found} == {"a"}


def test_beside_may_go_another_way(cluster: Cluster) -> None:
    policy = {"metadata": {"policy": "nightly"}}
    cluster.emulator.transitions(
        {
            "running_polls": 2,
            "beside": [{"when": "before", "running_polls": 1, "seconds": 5, **policy}, {"when": "after"}],
        }
    )
    cluster.emulator.create_snapshot()
    found = [cluster.snapshots() for _poll in range(3)]
    assert [[each["state"] for each in poll] for poll in found] == [
        ["IN_PROGRESS"] * 3,
        ["SUCCESS", "IN_PROGRESS", "IN_PROGRESS"],
        ["SUCCESS"] * 3,
    ]
    before, mine, after = found[0]
    assert mine["snapshot"] == cluster.emulator.snapshots[0]["name"]
    assert [each.get("metadata") for each in found[0]] == [{"policy": "nightly"}, None, None]
    assert mine["start_time_in_millis"] - before["start_time_in_millis"] == 5000
    assert after["start_time_in_millis"] - mine["start_time_in_millis"] == 1000


def test_fixtures_in_bulk(cluster: Cluster) -> None:
    dated = cluster.emulator.fixtures({"count": 3, "prefix": "nightly-", "interval": 60, "indices": 2000})
    assert all(len(name) == len("nightly-20261125010203") and name.startswith("nightly-20") for name in dated)
    found = cluster.snapshots()
    assert [each["snapshot"] for each in found] == dated[::-1]
    assert found[1]["start_time_in_millis"] - found[0]["start_time_in_millis"] == 60_000
    assert {len(each["indices"]) for each in found} == {2000}
    assert cluster.emulator.fixtures({"count": 2, "prefix": "manual-", "undated": True}, {"undated": True}) == [
        "manual-00000",
        "manual-00001",
        f"{cluster.emulator.instances['active']}_00000",
    ]
    assert cluster.emulator.fixtures({"prefix": "manual-", "undated": True}) == ["manual-00002"]


def test_fixture_may_be_ahead_of_the_clock(cluster: Cluster) -> None:
    cluster.emulator.fixtures({"began_ago": -40})
    (snapshot,) = cluster.snapshots()
    assert snapshot["start_time_in_millis"] / 1000 - time.time() > 30
    assert snapshot["duration_in_millis"] == 0


@pytest.mark.parametrize(
    ("version", "path", "objects", "rounds"),
    [
        ("7.10", "_all", 11, 11),
        ("opensearch-3", "_all", 11, 11),
        ("7.14", "_all", 11, 4),
        ("9.1", "_all", 11, 4),
        ("9.1", "one", 2, 2),
        ("7.10", "_all?verbose=false", 1, 1),
        ("7.10", "_current", 0, 0),
        ("7.10", "one", 2, 2),
        ("7.10", "none", 1, 1),
        ("7.10", "none,other?ignore_unavailable=true", 1, 1),
        ("7.10", "running", 1, 1),
    ],
)
@pytest.mark.parametrize("route", ["direct", "openapi"])
def test_cost_of_a_request(cluster: Cluster, route: str, version: str, path: str, objects: int, rounds: int) -> None:
    fixtures = [{"count": 9}, {"name": "one"}, {"name": "running", "running_polls": None}]
    settings = {"version": version, "object_read_seconds": 0.001}
    cluster.emulator.scenario(settings=settings, fixtures=fixtures)
    path = f"{REPOSITORY}/{path}"
    reply = cluster.direct(path) if route == "direct" else cluster.invoke(path)
    (entry,) = cluster.requests
    assert (entry["objects_read"], entry["response_bytes"]) == (objects, len(reply.body))
    assert entry["seconds"] == pytest.approx(rounds * 0.001)


def test_cost_of_an_object_that_cannot_be_read(cluster: Cluster) -> None:
    damage(cluster, object="damaged")
    cluster.direct(f"{REPOSITORY}/_all")
    cluster.direct(f"{REPOSITORY}/_all?ignore_unavailable=true")
    assert [entry["objects_read"] for entry in cluster.requests] == [3, 4]


def test_cost_with_a_fault(cluster: Cluster) -> None:
    cluster.emulator.fixtures({})
    cluster.fail({"kind": "html"}, {"kind": "html", "when": "after"}, {"kind": "drop", "when": "after"})
    size = len(cluster.direct().body)
    cluster.direct()
    with pytest.raises(ConnectionError):
        cluster.direct()
    assert [(entry["objects_read"], entry["response_bytes"]) for entry in cluster.requests] == [
        (0, size),
        (2, size),
        (2, 0),
    ]


def test_cost_of_all_requests(cluster: Cluster) -> None:
    nothing = {"objects_read": 0, "response_bytes": 0, "seconds": 0}
    assert cluster.emulator.cost == {"requests": 0, **nothing, "most": nothing}
    cluster.emulator.fixtures({"count": 3})
    sizes = [len(cluster.direct(f"{REPOSITORY}/{path}").body) for path in ("_all", "_all?verbose=false", "_current")]
    cluster.emulator.create_snapshot()
    most = {"objects_read": 4, "response_bytes": max(sizes), "seconds": 0}
    assert cluster.emulator.cost == {
        "requests": 3,
        "objects_read": 5,
        "response_bytes": sum(sizes),
        "seconds": 0,
        "most": most,
    }
    cluster.emulator.forget_requests()
    assert (cluster.emulator.journal(), cluster.emulator.cost["requests"]) == ([], 0)
    assert len(cluster.snapshots()) == 4


def test_reading_an_object_takes_time(cluster: Cluster) -> None:
    cluster.emulator.fixtures({})
    cluster.emulator.set(object_read_seconds=3600)
    connection = cluster.emulator.connect(cluster.addresses["cluster_http"], timeout=0.1)
    basic = base64.b64encode(f"elastic:{cluster.users['elastic']}".encode()).decode()
    connection.request("GET", f"/{REPOSITORY}/_all", headers={"Authorization": f"Basic {basic}"})
    with pytest.raises(socket.timeout):
        connection.getresponse()
    connection.close()
    # Others are served meanwhile, and what reads no object at once.
    assert cluster.ask(f"{REPOSITORY}/_current") == {"snapshots": []}


@pytest.mark.parametrize(
    ("query", "what"), [("passed", "names"), ("dropped", "all"), ("escaped", "missing"), ("refused", "refused")]
)
def test_gateway_may_not_pass_the_query_on(cluster: Cluster, query: str, what: str) -> None:
    cluster.emulator.fixtures({"name": "a"})
    cluster.emulator.set(gateway_query=query)
    path = f"{REPOSITORY}/_all?filter_path=snapshots.snapshot"
    reply = cluster.invoke(path)
    assert [entry["path"] for entry in cluster.requests] == [f"/{path}"]
    if what == "refused":
        assert (reply.status, reply.code, cluster.requests[0]["status"]) == (400, "InvalidParameter", 400)
    else:
        result = reply.document["Result"]
        assert (result == {"snapshots": [{"snapshot": "a"}]}) == (what == "names")
        assert ("uuid" in str(result)) == (what == "all")
        assert (result.get("status") == 404) == (what == "missing")
    # Without a query, it is a way like any other, and so is the direct one.
    assert len(cluster.invoke().document["Result"]["snapshots"]) == 1
    assert cluster.direct(path).document == {"snapshots": [{"snapshot": "a"}]}

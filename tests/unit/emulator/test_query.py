# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What filter_path leaves of a document, and how a query is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from .callers import Cluster

LIST = "_snapshot/aliyun_auto_snapshot/_all"
DOCUMENT = {
    "snapshots": [
        {"snapshot": "a", "uuid": "1", "indices": ["i", "j"], "failures": [], "shards": {"total": 2, "failed": 0}},
        {"snapshot": "b", "uuid": "2", "indices": [], "metadata": {"policy": None}, "shards": {"total": 0}},
    ],
    "total": 2,
}
DOCUMENT_OF_SNAPSHOTS = {"snapshots": DOCUMENT["snapshots"]}
WITHOUT_FAILURES = {"snapshots": [{**DOCUMENT["snapshots"][0]}, DOCUMENT["snapshots"][1]]}
del WITHOUT_FAILURES["snapshots"][0]["failures"]


@pytest.mark.usefixtures("started")
@pytest.mark.parametrize(
    ("paths", "left"),
    [
        ("total", {"total": 2}),
        ("snapshots.uuid", {"snapshots": [{"uuid": "1"}, {"uuid": "2"}]}),
        ("snapshots.snapshot,total", {"snapshots": [{"snapshot": "a"}, {"snapshot": "b"}], "total": 2}),
        ("snapshots.shards.failed", {"snapshots": [{"shards": {"failed": 0}}]}),
        ("snapshots.shards", {"snapshots": [{"shards": {"total": 2, "failed": 0}}, {"shards": {"total": 0}}]}),
        ("snapshots.metadata", {"snapshots": [{"metadata": {"policy": None}}]}),
        ("snapshots.indices", {"snapshots": [{"indices": ["i", "j"]}, {"indices": []}]}),
        ("snapshots.failures", {"snapshots": [{"failures": []}]}),
        ("snapshots.failures.reason", {}),
        (
            "snapshots.s*",
            {"snapshots": [{key: each[key] for key in ("snapshot", "shards")} for each in DOCUMENT["snapshots"]]},
        ),
        ("*.uuid", {"snapshots": [{"uuid": "1"}, {"uuid": "2"}]}),
        ("**.policy", {"snapshots": [{"metadata": {"policy": None}}]}),
        ("**.total", {"snapshots": [{"shards": {"total": 2}}, {"shards": {"total": 0}}]}),
        ("**.snapshot", {"snapshots": [{"snapshot": "a"}, {"snapshot": "b"}]}),
        ("snapshots.**", DOCUMENT_OF_SNAPSHOTS),
        ("snapshots.**.failed", {"snapshots": [{"shards": {"failed": 0}}]}),
        ("uuid", {}),
        ("snapshots.uuid.more", {}),
        ("-snapshots", {"total": 2}),
        (
            "-snapshots.indices,-**.shards,-total",
            {
                "snapshots": [
                    {"snapshot": "a", "uuid": "1"},
                    {"snapshot": "b", "uuid": "2", "metadata": {"policy": None}},
                ]
            },
        ),
        ("-none", DOCUMENT),
        ("-total", DOCUMENT_OF_SNAPSHOTS),
        ("-snapshots.failures.reason,-total", WITHOUT_FAILURES),
        ("snapshots.s*,-snapshots.shards", {"snapshots": [{"snapshot": "a"}, {"snapshot": "b"}]}),
        ("-snapshots,-total", {}),
    ],
)
def test_filter_path(paths: str, left: Any) -> None:
    from ansible_collections.aliyun.elasticsearch.tests.emulator.query import filter_document

    assert filter_document(DOCUMENT, paths) == left


@pytest.mark.usefixtures("started")
def test_filter_path_of_a_list() -> None:
    from ansible_collections.aliyun.elasticsearch.tests.emulator.query import filter_document

    assert filter_document([{"epoch": "1", "status": "red"}], "epoch") == [{"epoch": "1"}]
    assert filter_document([{"epoch": "1"}], "status") == []


@pytest.mark.parametrize("route", ["direct", "openapi"])
def test_filter_path_by_either_route(cluster: Cluster, route: str) -> None:
    cluster.emulator.fixtures({"name": "a"})
    assert cluster.ask(f"{LIST}?filter_path=snapshots.snapshot", route=route) == {"snapshots": [{"snapshot": "a"}]}
    assert cluster.ask("_cat/health?format=json&filter_path=status", route=route) == [{"status": "green"}]


def test_filter_path_of_an_empty_list(cluster: Cluster) -> None:
    cluster.emulator.fixtures({"count": 0})
    for path in ("snapshots.snapshot", "-snapshots.indices", "-snapshots"):
        assert cluster.direct(f"{LIST}?filter_path={path}").body == b"{}"
    assert cluster.direct(f"{LIST}?filter_path=snapshots").body == b'{"snapshots":[]}'
    assert cluster.direct(LIST).body == b'{"snapshots":[]}'


def test_filter_path_is_not_for_errors(cluster: Cluster) -> None:
    reply = cluster.direct(f"{LIST}?filter_path=snapshots.snapshot")
    assert (reply.status, reply.document["error"]["type"]) == (404, "repository_missing_exception")


@pytest.mark.parametrize(
    ("query", "reason"),
    [
        ("verbos=false", "request [/{}] contains unrecognized parameter: [verbos] -> did you mean [verbose]?"),
        ("other=1", "request [/{}] contains unrecognized parameter: [other]"),
        ("b&a=1", "request [/{}] contains unrecognized parameters: [a], [b]"),
        ("sort=start_time", "request [/{}] contains unrecognized parameter: [sort]"),
        ("index_names=false", "request [/{}] contains unrecognized parameter: [index_names]"),
        ("verbose=no", "Failed to parse value [no] as only [true] or [false] are allowed."),
        ("ignore_unavailable=1", "Failed to parse value [1] as only [true] or [false] are allowed."),
        (
            "master_timeout=10",
            "failed to parse setting [master_timeout] with value [10] as a time value: unit is missing or unrecognized",
        ),
        ("format=yaml", "the emulator has format=json only"),
    ],
)
def test_query_that_is_refused(cluster: Cluster, query: str, reason: str) -> None:
    cluster.emulator.fixtures({"running_polls": 1})
    cluster.fail({"kind": "html"})
    reply = cluster.direct(f"{LIST}?{query}")
    error = reply.document["error"]
    assert (reply.status, error["type"], error["reason"]) == (400, "illegal_argument_exception", reason.format(LIST))
    assert (cluster.requests[0]["operation"], cluster.requests[0]["objects_read"]) == (None, 0)
    # Neither a fault nor a poll was spent.
    assert cluster.direct().status == 502
    assert cluster.states(1) == [["IN_PROGRESS"]]


@pytest.mark.parametrize("timeout", ["10s", "500ms", "1m", "-1", "0"])
def test_master_timeout_is_a_time(cluster: Cluster, timeout: str) -> None:
    cluster.emulator.fixtures({})
    assert cluster.direct(f"{LIST}?master_timeout={timeout}").status == 200


def test_pretty(cluster: Cluster) -> None:
    cluster.emulator.fixtures({"count": 0})
    assert cluster.direct(f"{LIST}?pretty").body == b'{\n  "snapshots" : []\n}'
    assert cluster.direct(f"{LIST}?pretty=false").body == b'{"snapshots":[]}'


def test_health_of_some_columns(cluster: Cluster) -> None:
    (row,) = cluster.ask("_cat/health?format=json&h=epoch,status")
    assert list(row) == ["epoch", "status"]
    path = "_cat/health?format=json&master_timeout=10s"
    assert cluster.direct(path).status == 400
    cluster.emulator.set(version="8.15")
    assert cluster.direct(path).status == 200


@pytest.mark.parametrize(
    ("version", "kind"),
    [
        ("7.10", "too_long_frame_exception"),
        ("7.17", "too_long_http_line_exception"),
        ("opensearch-2", "too_long_http_line_exception"),
    ],
)
def test_line_that_is_too_long(cluster: Cluster, version: str, kind: str) -> None:
    cluster.emulator.scenario(fixtures=[{}], settings={"version": version})
    path = f"{LIST}?filter_path="
    fits = path + "a" * (4096 - len(f"GET /{path} HTTP/1.1"))
    assert cluster.direct(fits).status == 200
    reply = cluster.direct(fits + "a")
    assert (reply.status, reply.document["error"]["type"]) == (400, kind)
    assert cluster.invoke(fits + "a").document["Result"] == reply.document

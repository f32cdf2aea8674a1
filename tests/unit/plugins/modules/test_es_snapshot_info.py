# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""es_snapshot_info: by both routes to the cluster."""

from __future__ import annotations

import base64
import json
import re
import sys
import tracemalloc
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ansible_collections.aliyun.elasticsearch.plugins.module_utils._http.transport import Response
from ansible_collections.aliyun.elasticsearch.plugins.modules.es_snapshot_info import main
from ansible_collections.aliyun.elasticsearch.tests.unit.plugins.modules.results import (
    CLUSTER_PASSWORD,
    ERROR_KEYS,
    INSTANCE,
    Run,
    Serve,
    by_route,
)
from ansible_collections.aliyun.elasticsearch.tests.unit.support.cluster import (
    DENIED,
    DROPPED,
    OVERLOADED,
    RUNNING,
    VERSIONS,
    FakeCluster,
    FakeSnapshot,
    elasticsearch_error,
)
from ansible_collections.aliyun.elasticsearch.tests.unit.support.instance import FakeInstance, openapi_error
from ansible_collections.aliyun.elasticsearch.tests.unit.support.libraries import remove_requests
from ansible_collections.aliyun.elasticsearch.tests.unit.support.server import http_response, unused_port

RESULT_KEYS = {"changed", "snapshots", "latest", "latest_successful", "request_id", "instance_id", "msg"}


def check_failure(result: dict[str, Any], outcome: str) -> None:
    """Assert the one shape that all failures share."""
    assert (result["failed"], result["changed"], result["outcome"]) == (True, False, outcome)
    assert result.keys() >= {"msg", "error", "request_attempts", "request_id", "instance_id"}
    assert result["error"].keys() == ERROR_KEYS
    assert result["error"]["request_id"] == result["request_id"]
    assert result["msg"].isprintable()
    assert result["msg"].startswith("The snapshots could not be read. ")
    assert not {"snapshots", "latest", "latest_successful"} & result.keys()


@pytest.mark.parametrize("version", VERSIONS)
def test_result_is_exactly_what_is_documented(es_snapshot_info_on: Run, route: str, version: str) -> None:
    held = [
        FakeSnapshot("older", start=-90.5),
        FakeSnapshot("damaged", "PARTIAL", damage="damaged"),
        FakeSnapshot("newer", RUNNING, start=-1),
    ]
    result = es_snapshot_info_on(FakeCluster(*held, version=version))
    older = {
        "name": "older",
        "uuid": "uuid-of-older",
        "state": "SUCCESS",
        "reason": None,
        "start_time": "2026-11-24T03:58:29.500Z",
        "end_time": "2026-11-24T03:59:30.000Z",
        "duration": 60.5,
        "indices": 3,
        "shards": {"total": 6, "successful": 6, "failed": 0},
        "readable": True,
    }
    newer = {
        "name": "newer",
        "uuid": "uuid-of-newer",
        "state": RUNNING,
        "reason": None,
        "start_time": "2026-11-24T03:59:59.000Z",
        "end_time": None,
        "duration": None,
        "indices": 3,
        "shards": {"total": None, "successful": None, "failed": None},
        "readable": True,
    }
    damaged = {
        **dict.fromkeys(("reason", "start_time", "end_time", "duration", "indices")),
        "name": "damaged",
        "uuid": "uuid-of-damaged",
        "state": "PARTIAL",
        "shards": {"total": None, "successful": None, "failed": None},
        "readable": False,
    }
    shown = {name: value for name, value in result.items() if name not in ("printed", "invocation", "warnings")}
    assert shown == {
        "failed": False,
        "changed": False,
        "snapshots": [newer, older, damaged],
        "latest": newer,
        "latest_successful": older,
        "request_id": "Q-4" if route == "openapi" else None,
        "instance_id": INSTANCE,
        "msg": "3 snapshots found in aliyun_auto_snapshot. 1 of them cannot be read. The snapshot newer began at "
        "2026-11-24T03:59:59.000Z and is IN_PROGRESS. Before that: The snapshot older is complete; it began at "
        "2026-11-24T03:58:29.500Z and ended at 2026-11-24T03:59:30.000Z.",
    }


@pytest.mark.parametrize("exists", [0, 99], ids=["none", "no repository"])
@pytest.mark.parametrize("version", ["7.10", "7.17"])
def test_snapshots_is_empty_where_there_are_none(
    es_snapshot_info_on: Run, route: str, exists: float, version: str
) -> None:
    cluster = FakeCluster(exists=exists, version=version)
    result = es_snapshot_info_on(cluster)
    assert (result["failed"], result["changed"], result["snapshots"]) == (False, False, [])
    assert (result["latest"], result["latest_successful"]) == (None, None)
    assert result["request_id"] == (f"Q-{len(cluster.requests)}" if route == "openapi" else None)
    assert result["msg"] == "0 snapshots found in aliyun_auto_snapshot."


def test_latest_successful_is_the_last_to_end_that_is_complete_and_holds_anything(es_snapshot_info_on: Run) -> None:
    held = [
        FakeSnapshot("long", start=-500, end=-20),
        FakeSnapshot("short", start=-100, end=-90),
        FakeSnapshot("partial", "PARTIAL", start=-15, end=-14),
        FakeSnapshot("failed-shard", start=-13, end=-12, failed=1),
        FakeSnapshot("empty", start=-11, end=-10, indices=[]),
        FakeSnapshot("running", RUNNING, start=-5),
        FakeSnapshot("damaged", start=-3, end=-2, damage="damaged"),
    ]
    result = es_snapshot_info_on(FakeCluster(*held))
    assert [one["name"] for one in result["snapshots"]] == [
        *("running", "empty", "failed-shard", "partial", "short", "long"),
        "damaged",
    ]
    assert (result["latest"]["name"], result["latest_successful"]["name"]) == ("running", "long")


def test_latest_is_null_where_none_can_be_read(es_snapshot_info_on: Run) -> None:
    result = es_snapshot_info_on(FakeCluster(FakeSnapshot("one", damage="missing")))
    assert (result["latest"], result["latest_successful"]) == (None, None)
    assert [one["readable"] for one in result["snapshots"]] == [False]
    assert result["msg"] == (
        "1 snapshot found in aliyun_auto_snapshot. 1 of them cannot be read. "
        "None of them is complete and holds anything."
    )


@pytest.mark.parametrize(
    ("held", "told"),
    [
        (
            [FakeSnapshot("one", start=-20, end=-10)],
            "The snapshot one is complete; it began at 2026-11-24T03:59:40.000Z and ended at 2026-11-24T03:59:50.000Z.",
        ),
        (
            [FakeSnapshot("one", start=-20, end=-10, indices=[])],
            "The snapshot one is complete; it began at 2026-11-24T03:59:40.000Z and ended at 2026-11-24T03:59:50.000Z. "
            "It holds nothing. None of them is complete and holds anything.",
        ),
        (
            [FakeSnapshot("one", "PARTIAL", start=-20, end=-10)],
            "The snapshot one is incomplete (PARTIAL); it began at 2026-11-24T03:59:40.000Z and ended at "
            "2026-11-24T03:59:50.000Z. None of them is complete and holds anything.",
        ),
    ],
    ids=["complete", "empty", "partial"],
)
def test_msg_says_how_the_latest_is(es_snapshot_info_on: Run, held: list[FakeSnapshot], told: str) -> None:
    assert es_snapshot_info_on(FakeCluster(*held))["msg"] == f"1 snapshot found in aliyun_auto_snapshot. {told}"


def test_reason_is_that_of_the_cluster(es_snapshot_info_on: Run) -> None:
    reason = "Indices don't have primary shards [orders]"
    result = es_snapshot_info_on(FakeCluster(FakeSnapshot("one", "FAILED", reason=reason)))
    assert result["latest"]["reason"] == reason


def test_check_mode_reads_as_well(es_snapshot_info_on: Run) -> None:
    held = [FakeSnapshot("one"), FakeSnapshot("two", "FAILED")]
    usual, checked = (es_snapshot_info_on(FakeCluster(*held), check_mode=mode) for mode in (False, True))
    assert {name: usual[name] for name in RESULT_KEYS} == {name: checked[name] for name in RESULT_KEYS}


def test_retries_repeat_what_may_pass(es_snapshot_info_on: Run) -> None:
    cluster = FakeCluster(FakeSnapshot("one")).fail("", DROPPED, openapi_error(503))
    assert es_snapshot_info_on(cluster)["latest"]["name"] == "one"
    assert cluster.kinds == ["current"] * 3 + ["index", "batch"]


def test_snapshots_are_read_from_a_result_that_is_a_text(es_snapshot_info: Run, serve: Serve) -> None:
    server = serve(FakeInstance(FakeCluster(FakeSnapshot("one"), as_text=True)))
    assert es_snapshot_info(**by_route("openapi", server.url))["latest"]["name"] == "one"


def test_snapshots_by_a_gateway_that_drops_queries_are_read_with_a_warning(es_snapshot_info_on: Run) -> None:
    result = es_snapshot_info_on(FakeCluster(FakeSnapshot("one"), gateway="drops"))
    assert [one["name"] for one in result["snapshots"]] == ["one"]
    assert "Give cluster_url to ask the cluster itself." in str(result["warnings"])


def test_cluster_url_with_a_password_is_masked(es_snapshot_info: Run) -> None:
    result = es_snapshot_info(cluster_url="https://elastic:the-password@es.test", cluster_password="other")
    assert "cluster_url must be a host" in result["msg"]
    assert "the-password" not in result["printed"]


def test_name_reads_only_that_one(es_snapshot_info_on: Run) -> None:
    cluster = FakeCluster(FakeSnapshot("one"), FakeSnapshot("two"))
    result = es_snapshot_info_on(cluster, name="two")
    assert (cluster.kinds, cluster.objects) == (["current", "named"], 1)
    assert [one["name"] for one in result["snapshots"]] == ["two"]
    assert (result["latest"]["name"], result["latest_successful"]["name"]) == ("two", "two")
    assert result["msg"].startswith("1 snapshot found in aliyun_auto_snapshot. The snapshot two is complete; ")


@pytest.mark.parametrize("damage", ["damaged", "missing"])
def test_name_of_one_that_cannot_be_read_is_listed_as_such(es_snapshot_info_on: Run, damage: str) -> None:
    result = es_snapshot_info_on(FakeCluster(FakeSnapshot("two", damage=damage)), name="two")
    assert [(one["name"], one["readable"]) for one in result["snapshots"]] == [("two", False)]
    assert (result["latest"], result["latest_successful"]) == (None, None)


@pytest.mark.parametrize("exists", [0, 99], ids=["another", "no repository"])
@pytest.mark.parametrize("version", ["7.10", "7.17"])
def test_name_of_none_gives_an_empty_list(es_snapshot_info_on: Run, route: str, exists: float, version: str) -> None:
    cluster = FakeCluster(FakeSnapshot("one"), exists=exists, version=version)
    result = es_snapshot_info_on(cluster, name="two")
    assert (result["failed"], result["snapshots"], result["latest"]) == (False, [], None)
    assert (result["request_id"] is not None) is (route == "openapi")
    assert result["msg"] == "There is no snapshot two in aliyun_auto_snapshot."


def test_name_is_picked_from_a_response_with_more(es_snapshot_info_on: Run) -> None:
    entries = [{"snapshot": name} for name in ("twofold", "two", "TWO")]
    cluster = FakeCluster().fail("named", (200, {"snapshots": entries}))
    assert [one["name"] for one in es_snapshot_info_on(cluster, name="two")["snapshots"]] == ["two"]


def test_name_is_encoded(es_snapshot_info_on: Run) -> None:
    cluster = FakeCluster(FakeSnapshot("a%2Fb+c"))
    assert es_snapshot_info_on(cluster, name="a%2Fb+c")["latest"]["name"] == "a%2Fb+c"
    assert cluster.paths[1] == "_snapshot/aliyun_auto_snapshot/a%252Fb%2Bc?master_timeout=10s"


def test_cluster_url_needs_no_access_key_and_no_region(es_snapshot_info: Run, serve: Serve) -> None:
    server = serve(FakeInstance(FakeCluster(FakeSnapshot("one"))))
    assert es_snapshot_info(**by_route("direct", server.url))["latest"]["name"] == "one"
    user = base64.b64encode(f"elastic:{CLUSTER_PASSWORD}".encode()).decode()
    for received in server.received:
        assert (received.method, received.target.rpartition("/")[0]) == ("GET", "/_snapshot/aliyun_auto_snapshot")
        assert received.headers["authorization"] == f"Basic {user}"
        assert received.headers["user-agent"].startswith("aliyun.elasticsearch/")
    assert len(server.received) == 3


def test_cluster_username_and_repository_reach_the_cluster(es_snapshot_info: Run, serve: Serve) -> None:
    server = serve(FakeInstance(FakeCluster()))
    result = es_snapshot_info(**by_route("direct", server.url), cluster_username="é reader", repository="mine")
    user = base64.b64encode(f"é reader:{CLUSTER_PASSWORD}".encode()).decode()
    for received in server.received:
        assert received.target.startswith("/_snapshot/mine/")
        assert received.headers["authorization"] == f"Basic {user}"
    assert result["msg"].startswith("0 snapshots found in mine.")


@pytest.mark.parametrize(
    ("options", "query"),
    [
        ({}, "method=GET&path=_snapshot%2Faliyun_auto_snapshot%2F_all"),
        ({"credential_id": "c-1"}, "credentialId=c-1&method=GET&path=_snapshot%2Faliyun_auto_snapshot%2F_all"),
        ({"system_credential": True}, "method=GET&path=_snapshot%2Faliyun_auto_snapshot%2F_all&system=true"),
        ({"repository": "mine"}, "method=GET&path=_snapshot%2Fmine%2F_all"),
        ({"repository": "mine", "name": "one"}, "method=GET&path=_snapshot%2Fmine%2Fone"),
    ],
    ids=str,
)
def test_credential_id_system_credential_repository_and_name_reach_the_openapi(
    es_snapshot_info: Run, serve: Serve, options: dict[str, Any], query: str
) -> None:
    server = serve(FakeInstance(FakeCluster()))
    es_snapshot_info(**by_route("openapi", server.url), **options)
    received = server.received[1]
    target = re.sub("%3F.*?(?=&|$)", "", received.target)
    assert (received.method, target) == ("POST", f"/openapi/instances/{INSTANCE}/es-request?{query}")
    assert received.headers["x-acs-action"] == "InvokeEsRequest"


def test_msg_names_a_permission_that_is_missing(es_snapshot_info: Run, serve: Serve) -> None:
    denied = FakeCluster().fail_always(openapi_error(403, Code="Forbidden.RAM", Message="No.", RequestId="Q-1"))
    server = serve(FakeInstance(denied))
    result = es_snapshot_info(**by_route("openapi", server.url), region="cn-beijing", credential_id="c-1")
    check_failure(result, "refused")
    assert f"elasticsearch:InvokeEsRequest on acs:elasticsearch:cn-beijing:*:instances/{INSTANCE} " in result["msg"]
    assert (
        f"elasticsearch:UseCredential on acs:elasticsearch:cn-beijing:*:instances/{INSTANCE}/credentials/c-1"
        in (result["msg"])
    )


def test_cluster_password_is_masked_wherever_the_cluster_sends_it(es_snapshot_info: Run, serve: Serve) -> None:
    encoded = base64.b64encode(f"elastic:{CLUSTER_PASSWORD}".encode()).decode()
    echo = f"{CLUSTER_PASSWORD} {encoded}"
    for fault in (elasticsearch_error(401, echo, echo), Response(502, {}, f"<p>{echo}</p>".encode())):
        server = serve(FakeInstance(FakeCluster().fail_always(fault)))
        result = es_snapshot_info(**by_route("direct", server.url))
        assert result["failed"]
        assert "******** ********" in result["msg"]
        assert encoded not in result["printed"]
    for secret in (CLUSTER_PASSWORD, encoded):
        cluster = FakeCluster(FakeSnapshot(CLUSTER_PASSWORD, uuid=f"x{secret}x", reason=f"y{secret}y"))
        result = es_snapshot_info(**by_route("direct", serve(FakeInstance(cluster)).url))
        assert result["failed"] is False
        assert (result["latest"]["uuid"], result["latest"]["reason"]) == ("x********x", "y********y")
        assert secret not in result["printed"]


@pytest.mark.parametrize("check_mode", [False, True])
def test_error_of_the_cluster_is_returned_whole(es_snapshot_info_on: Run, route: str, check_mode: bool) -> None:
    cluster = FakeCluster().fail_always(DENIED)
    result = es_snapshot_info_on(cluster, check_mode=check_mode)
    check_failure(result, "refused")
    request_id = "Q-1" if route == "openapi" else None
    assert (result["request_attempts"], len(cluster.requests)) == (1, 1)
    assert result["error"] == {
        "code": "security_exception",
        "message": "action is unauthorized",
        "http_status": 403,
        "request_id": request_id,
        "host_id": None,
        "recommend": None,
    }
    details = "HTTP 403, RequestId Q-1, 1 attempt" if request_id else "HTTP 403, 1 attempt"
    assert result["msg"] == (
        "The snapshots could not be read. "
        f"security_exception: action is unauthorized ({details}). "
        "The user of the cluster needs the cluster privileges monitor_snapshot (in old versions create_snapshot or "
        "manage) and, for max_age, monitor."
    )


@pytest.mark.parametrize(
    ("fault", "outcome", "attempts", "words"),
    [
        (DROPPED, "unknown", 3, "broke before the whole response was there"),
        (Response(404, {}, b"<html>no</html>"), "refused", 1, "HTTP 404"),
        (Response(200, {}, b"<html>portal</html>"), "unknown", 1, "portal"),
        (Response(302, {"location": "https://elsewhere.test/"}, b""), "refused", 1, "redirect"),
        ((200, {"acknowledged": True}), "unknown", 1, "The cluster's response is not a whole list of snapshots"),
        (OVERLOADED, "refused", 3, "retries or retry_max_delay"),
        (
            elasticsearch_error(401, "security_exception", "Who?"),
            "refused",
            1,
            "Check cluster_username and cluster_password",
        ),
        (
            elasticsearch_error(503, "master_not_discovered_exception", "no master"),
            "refused",
            3,
            "The cluster has no elected master at the moment",
        ),
    ],
    ids=["dropped", "html", "portal", "redirect", "no list", "overloaded", "password", "no master"],
)
def test_outcome_and_msg_of_all_failures_have_the_one_shape(
    es_snapshot_info_on: Run, fault: Any, outcome: str, attempts: int, words: str
) -> None:
    result = es_snapshot_info_on(FakeCluster().fail_always(fault))
    check_failure(result, outcome)
    assert result["request_attempts"] == attempts
    assert words in result["msg"]


def test_msg_leaves_nothing_open_when_a_refusal_follows_no_response(es_snapshot_info_on: Run) -> None:
    result = es_snapshot_info_on(FakeCluster().fail("", DROPPED, DENIED))
    assert result["request_attempts"] == 2
    assert "leaves it open" not in result["msg"]


def test_outcome_is_not_sent_without_a_connection(es_snapshot_info: Run, route: str) -> None:
    result = es_snapshot_info(**by_route(route, f"http://127.0.0.1:{unused_port()}"))
    check_failure(result, "not_sent")
    assert (result["request_attempts"], result["request_id"]) == (3, None)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"instance_id": ""}, "instance_id must not be blank"),
        ({"instance_id": "a/b"}, "instance_id must not hold"),
        ({"name": ""}, "name must not be blank"),
        ({"name": "_all"}, "name must not begin with"),
        ({"name": "a*"}, "name must not begin with"),
        ({"name": "a,b"}, "name must not begin with"),
        ({"name": "../b"}, "name must not begin with"),
        ({"repository": ""}, "repository must not be blank"),
        ({"repository": "_all"}, "repository must not begin with"),
        ({"repository": "*"}, "repository must not begin with"),
        ({"cluster_username": "a:b"}, "cluster_username must not be blank"),
        ({"credential_id": "c-1", "system_credential": True}, "exclude"),
        ({"read_timeout": 0}, "read_timeout must be"),
        ({"retries": -1}, "retries must be"),
        ({"ca_path": "/does/not/exist"}, "The CA certificates cannot be read"),
    ],
    ids=str,
)
@pytest.mark.parametrize("check_mode", [False, True])
def test_options_that_cannot_work_are_refused_before_any_request(
    es_snapshot_info: Run, serve: Serve, route: str, options: dict[str, Any], words: str, check_mode: bool
) -> None:
    if route == "direct" and "credential_id" in options:
        words = "cluster_url goes straight to the cluster"
    server = serve(FakeInstance(FakeCluster()))
    result = es_snapshot_info(check_mode=check_mode, **{**by_route(route, server.url), **options})
    check_failure(result, "not_sent")
    assert words in result["msg"]
    assert (result["request_attempts"], server.connections) == (0, 0)
    assert result["instance_id"] == options.get("instance_id", INSTANCE)


@pytest.mark.parametrize("password", ["a\ud800", "\udcffb"])
def test_cluster_password_that_cannot_be_sent_is_refused(es_snapshot_info: Run, password: str) -> None:
    result = es_snapshot_info(cluster_url="es.test", cluster_password=password)
    check_failure(result, "not_sent")
    assert "cluster_password holds characters that UTF-8 does not have" in result["msg"]


def test_access_key_and_region_are_needed_through_the_openapi(
    es_snapshot_info: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "alibabacloud_credentials", None)
    monkeypatch.setitem(sys.modules, "alibabacloud_credentials.provider", None)
    result = es_snapshot_info(region="cn-hangzhou")
    check_failure(result, "not_sent")
    assert "No usable credentials were found where the module runs. Looked at: " in result["msg"]
    result = es_snapshot_info()
    check_failure(result, "not_sent")
    assert "No region is given" in result["msg"]


def test_msg_without_requests_is_ansibles_own(
    es_snapshot_info: Run, route: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    remove_requests(monkeypatch)
    result = es_snapshot_info(**by_route(route, "https://example.test"))
    check_failure(result, "not_sent")
    assert "Failed to import the required Python library (requests)" in result["msg"]


def test_instance_id_is_required(es_snapshot_info: Run) -> None:
    result = es_snapshot_info(instance_id=None, cluster_url="es.test", cluster_password=CLUSTER_PASSWORD)
    assert "missing required arguments: instance_id" in result["msg"]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=30)
@given(
    st.lists(
        st.fixed_dictionaries(
            {},
            optional={
                "snapshot": st.text(st.characters(exclude_categories=[])) | st.integers() | st.lists(st.none()),
                "state": st.sampled_from(["SUCCESS", RUNNING]) | st.text(st.characters(exclude_categories=[])),
                "uuid": st.text(st.characters(exclude_categories=[])) | st.floats(),
                "start_time_in_millis": st.integers() | st.floats() | st.none(),
                "shards": st.dictionaries(st.text(), st.integers()) | st.none(),
            },
        )
    )
)
def test_snapshots_of_any_content_lead_to_no_traceback(
    run_module: Run, serve: Serve, entries: list[dict[str, Any]]
) -> None:
    server = serve(http_response(json.dumps({"snapshots": entries}).encode()))
    options = {"instance_id": INSTANCE, "cluster_url": server.url, "cluster_password": CLUSTER_PASSWORD}
    result = run_module(main, options)
    assert result["failed"] is False
    assert len(result["snapshots"]) == sum(isinstance(entry.get("snapshot"), str) for entry in entries)


def test_snapshots_in_hundreds_with_thousands_of_indices_are_read_in_bounded_memory(
    es_snapshot_info: Run, serve: Serve
) -> None:
    names = [f".ds-logs-of-some-application-2026.11.24-{number:06}" for number in range(2000)]
    cluster = FakeCluster(*[FakeSnapshot(f"s-{number}", start=-60 - number, indices=names) for number in range(400)])
    server = serve(FakeInstance(cluster))
    tracemalloc.start()
    try:
        result = es_snapshot_info(**by_route("openapi", server.url))
        _now, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert (len(result["snapshots"]), result["latest"]["name"], result["latest"]["indices"]) == (400, "s-0", 2000)
    assert cluster.objects == 400
    assert sum(request.size for request in cluster.requests) > 30 * 1024 * 1024
    assert peak < 40 * 1024 * 1024, "with what the fake cluster takes for a response"
    assert len(result["printed"]) < 1024 * 1024, "the names of the indices are not in the result"


@pytest.mark.parametrize("options", [{}, {"name": "one"}], ids=str)
def test_repository_that_is_missing_has_two_spellings(
    es_snapshot_info: Run, serve: Serve, options: dict[str, Any]
) -> None:
    told = json.dumps(elasticsearch_error(404, "repository_missing_exception", "[r] missing")[1])
    cluster = FakeCluster().fail_always(openapi_error(400, Code="EsError", Message=told, RequestId="Q-5"))
    result = es_snapshot_info(**by_route("openapi", serve(FakeInstance(cluster)).url), **options)
    assert (result["failed"], result["snapshots"], result["request_id"]) == (False, [], "Q-5")

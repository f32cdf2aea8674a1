# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""es_snapshot_info: by both routes to the cluster."""

from __future__ import annotations

import base64
import json
import sys
import tracemalloc
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ansible_collections.aliyun.elasticsearch.plugins.modules.es_snapshot_info import main
from ansible_collections.aliyun.elasticsearch.tests.unit.plugins.modules.results import (
    CLUSTER_PASSWORD,
    ERROR_KEYS,
    INSTANCE,
    SECRET,
    Run,
    Serve,
)
from ansible_collections.aliyun.elasticsearch.tests.unit.support.instance import (
    DENIED,
    RUNNING,
    FakeInstance,
    elasticsearch_error,
    entry,
    missing,
    openapi_error,
)
from ansible_collections.aliyun.elasticsearch.tests.unit.support.libraries import remove_requests
from ansible_collections.aliyun.elasticsearch.tests.unit.support.server import http_response, unused_port

RESULT_KEYS = {"changed", "snapshots", "latest", "latest_successful", "request_id", "instance_id"}


@pytest.fixture
def es_snapshot_info(run_module: Run) -> Run:
    """Run the module; the defaults are quick and leave all out that has to do with a server, see ``by_route``."""

    def run(*, check_mode: bool = False, **options: Any) -> dict[str, Any]:
        given_options = {"instance_id": INSTANCE, "retries": 2, "retry_max_delay": 0, **options}
        result = run_module(
            main, {name: value for name, value in given_options.items() if value is not None}, check_mode=check_mode
        )
        assert SECRET not in result["printed"]
        assert CLUSTER_PASSWORD not in result["printed"]
        return result

    return run


@pytest.fixture
def es_snapshot_info_on(route: str, es_snapshot_info: Run, serve: Serve) -> Run:
    """Run the module on an instance whose cluster is read by either route."""

    def run(instance: FakeInstance, **options: Any) -> dict[str, Any]:
        result = es_snapshot_info(**{**by_route(route, serve(instance).url), **options})
        assert instance.create_requests == []
        return result

    return run


def by_route(route: str, url: str) -> dict[str, Any]:
    """Return the options for a route to the cluster."""
    if route == "direct":
        return {"cluster_url": url, "cluster_password": CLUSTER_PASSWORD}
    return {"endpoint": url, "access_key_id": "the-id", "access_key_secret": SECRET}


def check_failure(result: dict[str, Any], outcome: str) -> None:
    """Assert the one shape that all failures share."""
    assert (result["failed"], result["changed"], result["outcome"]) == (True, False, outcome)
    assert result.keys() >= {"msg", "error", "request_attempts", "request_id", "instance_id"}
    assert result["error"].keys() == ERROR_KEYS
    assert result["error"]["request_id"] == result["request_id"]
    assert result["msg"].isprintable()
    assert result["msg"].startswith("The snapshots could not be read. ")
    assert not {"snapshots", "latest", "latest_successful"} & result.keys()


def test_result_is_exactly_what_is_documented(es_snapshot_info_on: Run, route: str) -> None:
    instance = FakeInstance([entry("older", start=-90.5), entry("newer", RUNNING, start=-1)])
    result = es_snapshot_info_on(instance)
    older = {
        "name": "older",
        "uuid": "uuid-of-older",
        "state": "SUCCESS",
        "start_time": "2026-11-24T03:58:29.500Z",
        "end_time": "2026-11-24T03:59:30.000Z",
        "duration": 60.5,
        "indices": 3,
        "shards": {"total": 6, "successful": 6, "failed": 0},
    }
    newer = {
        "name": "newer",
        "uuid": "uuid-of-newer",
        "state": RUNNING,
        "start_time": "2026-11-24T03:59:59.000Z",
        "end_time": None,
        "duration": None,
        "indices": 3,
        "shards": {"total": 0, "successful": 0, "failed": 0},
    }
    shown = {name: value for name, value in result.items() if name not in ("printed", "invocation", "warnings")}
    assert shown == {
        "failed": False,
        "changed": False,
        "snapshots": [newer, older],
        "latest": newer,
        "latest_successful": older,
        "request_id": "Q-1" if route == "openapi" else None,
        "instance_id": INSTANCE,
    }
    assert instance.paths == ["_snapshot/aliyun_auto_snapshot/_all"]


@pytest.mark.parametrize("held", [None, []], ids=["no repository", "no snapshots"])
def test_snapshots_is_empty_where_there_are_none(es_snapshot_info_on: Run, route: str, held: Any) -> None:
    result = es_snapshot_info_on(FakeInstance(held))
    assert (result["failed"], result["changed"], result["snapshots"]) == (False, False, [])
    assert (result["latest"], result["latest_successful"]) == (None, None)
    assert result["request_id"] == ("Q-1" if route == "openapi" else None)


def test_latest_successful_is_the_last_to_end_without_a_failed_shard(es_snapshot_info_on: Run) -> None:
    held = [
        entry("long", start=-500, end=-20),
        entry("short", start=-100, end=-90),
        entry("partial", "PARTIAL", start=-15, end=-14),
        entry("failed shard", start=-13, end=-12, failed=1),
        entry("running", RUNNING, start=-5),
    ]
    result = es_snapshot_info_on(FakeInstance(held))
    assert [one["name"] for one in result["snapshots"]] == ["running", "failed shard", "partial", "short", "long"]
    assert (result["latest"]["name"], result["latest_successful"]["name"]) == ("running", "long")


def test_check_mode_reads_as_well(es_snapshot_info_on: Run) -> None:
    held = [entry("one"), entry("two", "FAILED")]
    usual, checked = es_snapshot_info_on(FakeInstance(held)), es_snapshot_info_on(FakeInstance(held), check_mode=True)
    assert {name: usual[name] for name in RESULT_KEYS} == {name: checked[name] for name in RESULT_KEYS}


def test_retries_repeat_what_may_pass(es_snapshot_info_on: Run) -> None:
    instance = FakeInstance(b"", openapi_error(503), [entry("one")])
    assert es_snapshot_info_on(instance)["latest"]["name"] == "one"
    assert len(instance.reads) == 3


def test_snapshots_are_read_from_a_result_that_is_a_text(es_snapshot_info: Run, serve: Serve) -> None:
    server = serve(FakeInstance([entry("one")], as_text=True))
    assert es_snapshot_info(**by_route("openapi", server.url))["latest"]["name"] == "one"


def test_cluster_url_with_a_password_is_masked(es_snapshot_info: Run) -> None:
    result = es_snapshot_info(cluster_url="https://elastic:the-password@es.test", cluster_password="other")
    assert "cluster_url must be a host" in result["msg"]
    assert "the-password" not in result["printed"]


def test_name_reads_only_that_one(es_snapshot_info_on: Run) -> None:
    instance = FakeInstance([entry("one"), entry("two")])
    result = es_snapshot_info_on(instance, name="two")
    assert instance.paths == ["_snapshot/aliyun_auto_snapshot/two"]
    assert [one["name"] for one in result["snapshots"]] == ["two"]
    assert (result["latest"]["name"], result["latest_successful"]["name"]) == ("two", "two")


@pytest.mark.parametrize("held", [None, [], [entry("one")]], ids=["no repository", "none", "another"])
def test_name_of_none_gives_an_empty_list(es_snapshot_info_on: Run, route: str, held: Any) -> None:
    result = es_snapshot_info_on(FakeInstance(held), name="two")
    assert (result["failed"], result["snapshots"], result["latest"]) == (False, [], None)
    assert result["request_id"] == ("Q-1" if route == "openapi" else None)


def test_name_is_picked_from_a_response_with_more(es_snapshot_info_on: Run) -> None:
    instance = FakeInstance((200, {"snapshots": [entry("twofold"), entry("two"), entry("TWO")]}))
    assert [one["name"] for one in es_snapshot_info_on(instance, name="two")["snapshots"]] == ["two"]


def test_name_is_encoded(es_snapshot_info_on: Run) -> None:
    instance = FakeInstance([entry("a%2Fb+c")])
    assert es_snapshot_info_on(instance, name="a%2Fb+c")["latest"]["name"] == "a%2Fb+c"
    assert instance.paths == ["_snapshot/aliyun_auto_snapshot/a%252Fb%2Bc"]


def test_cluster_url_needs_no_access_key_and_no_region(es_snapshot_info: Run, serve: Serve) -> None:
    server = serve(FakeInstance([entry("one")]))
    assert es_snapshot_info(**by_route("direct", server.url))["latest"]["name"] == "one"
    (received,) = server.received
    assert (received.method, received.target) == ("GET", "/_snapshot/aliyun_auto_snapshot/_all")
    user = base64.b64encode(f"elastic:{CLUSTER_PASSWORD}".encode()).decode()
    assert received.headers["authorization"] == f"Basic {user}"
    assert received.headers["user-agent"].startswith("aliyun.elasticsearch/")


def test_cluster_username_and_repository_reach_the_cluster(es_snapshot_info: Run, serve: Serve) -> None:
    server = serve(FakeInstance(None))
    es_snapshot_info(**by_route("direct", server.url), cluster_username="é reader", repository="mine")
    (received,) = server.received
    assert received.target == "/_snapshot/mine/_all"
    user = base64.b64encode(f"é reader:{CLUSTER_PASSWORD}".encode()).decode()
    assert received.headers["authorization"] == f"Basic {user}"


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
    server = serve(FakeInstance([]))
    es_snapshot_info(**by_route("openapi", server.url), **options)
    (received,) = server.received
    assert (received.method, received.target) == ("POST", f"/openapi/instances/{INSTANCE}/es-request?{query}")
    assert received.headers["x-acs-action"] == "InvokeEsRequest"


def test_msg_names_a_permission_that_is_missing(es_snapshot_info: Run, serve: Serve) -> None:
    server = serve(openapi_error(403, Code="Forbidden.RAM", Message="No.", RequestId="Q-1"))
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
    for state in (elasticsearch_error(401, echo, echo), http_response(f"<p>{echo}</p>".encode(), "502 Bad Gateway")):
        result = es_snapshot_info(**by_route("direct", serve(FakeInstance(state)).url))
        assert result["failed"]
        assert "******** ********" in result["msg"]
        assert encoded not in result["printed"]
    result = es_snapshot_info(
        **by_route("direct", serve(FakeInstance([entry(CLUSTER_PASSWORD, uuid=f"x{CLUSTER_PASSWORD}x")])).url)
    )
    assert result["failed"] is False
    assert result["latest"]["uuid"] == "x********x"
    result = es_snapshot_info(**by_route("direct", serve(FakeInstance([entry("a", uuid=f"x{encoded}x")])).url))
    assert result["latest"]["uuid"] == "x********x"


@pytest.mark.parametrize("check_mode", [False, True])
def test_error_of_the_cluster_is_returned_whole(es_snapshot_info_on: Run, route: str, check_mode: bool) -> None:
    instance = FakeInstance(DENIED)
    result = es_snapshot_info_on(instance, check_mode=check_mode)
    check_failure(result, "refused")
    request_id = "Q-1" if route == "openapi" else None
    assert (result["request_attempts"], len(instance.reads)) == (1, 1)
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
    ("state", "outcome", "attempts", "words"),
    [
        (b"", "unknown", 3, "broke before the whole response was there"),
        (http_response(b"<html>no</html>", "404 Not Found"), "refused", 1, "HTTP 404"),
        (http_response(b"<html>portal</html>"), "unknown", 1, "portal"),
        (http_response(b"", "302 Found", location="https://elsewhere.test/"), "refused", 1, "redirect"),
        ((200, {"acknowledged": True}), "unknown", 1, "The cluster's response is not a whole list of snapshots"),
        ((429, elasticsearch_error(429, "t", "Too much.")[1]), "refused", 3, "retries or retry_max_delay"),
        (
            elasticsearch_error(401, "security_exception", "Who?"),
            "refused",
            1,
            "Check cluster_username and cluster_password",
        ),
    ],
    ids=["dropped", "html", "portal", "redirect", "no list", "overloaded", "password"],
)
def test_outcome_and_msg_of_all_failures_have_the_one_shape(
    es_snapshot_info_on: Run, state: Any, outcome: str, attempts: int, words: str
) -> None:
    result = es_snapshot_info_on(FakeInstance(state))
    check_failure(result, outcome)
    assert result["request_attempts"] == attempts
    assert words in result["msg"]


def test_msg_leaves_nothing_open_when_a_refusal_follows_no_response(es_snapshot_info_on: Run) -> None:
    result = es_snapshot_info_on(FakeInstance(b"", DENIED))
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
    server = serve(FakeInstance([]))
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


def test_snapshots_in_hundreds_with_thousands_of_indices_are_read(es_snapshot_info: Run, serve: Serve) -> None:
    names = [f".ds-logs-of-some-application-2026.11.24-{number:06}" for number in range(2000)]
    held = [entry(f"snap-{number}", start=-60 - number, indices=names) for number in range(400)]
    body = json.dumps({"RequestId": "Q-1", "Result": {"snapshots": held}}).encode()
    assert len(body) > 30 * 1024 * 1024
    server = serve(http_response(body))
    tracemalloc.start()
    try:
        result = es_snapshot_info(**by_route("openapi", server.url))
        _now, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert (len(result["snapshots"]), result["latest"]["name"], result["latest"]["indices"]) == (400, "snap-0", 2000)
    assert peak < 12 * len(body)
    assert len(result["printed"]) < 1024 * 1024, "the names of the indices are not in the result"


def test_repository_that_is_missing_has_two_spellings(es_snapshot_info: Run, serve: Serve) -> None:
    within_message = openapi_error(400, Code="EsError", Message=json.dumps(missing("repository")[1]), RequestId="Q-5")
    result = es_snapshot_info(**by_route("openapi", serve(within_message).url))
    assert (result["failed"], result["snapshots"], result["request_id"]) == (False, [], "Q-5")

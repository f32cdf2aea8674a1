# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import base64
import json
import sys
import tracemalloc
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ansible_collections.aliyun.elasticsearch.plugins.modules import es_snapshot_info
from ansible_collections.aliyun.elasticsearch.tests.unit.support.instance import Cloud, entry, error, missing, refusal
from ansible_collections.aliyun.elasticsearch.tests.unit.support.server import Server, http_response, unused_port

INSTANCE = "es-cn-0pp1jxvcl0001abcd"
SECRET = "the-access-key-secret"
PASSWORD = "the-cluster-password"
RUNNING = "IN_PROGRESS"
RESULT_KEYS = {"changed", "snapshots", "latest", "latest_successful", "request_id", "instance_id"}
ERROR_KEYS = {"code", "message", "http_status", "request_id", "host_id", "recommend"}
DENIED = refusal(403, "security_exception", "action is unauthorized")

Run = Callable[..., "dict[str, Any]"]
Serve = Callable[..., Server]


@pytest.fixture
def run(run_module: Run) -> Run:
    """Run the module; the defaults are quick and leave all out that has to do with a server, see ``by_route``."""

    def run(*, check_mode: bool = False, **options: Any) -> dict[str, Any]:
        given_options = {"instance_id": INSTANCE, "retries": 2, "retry_max_delay": 0, **options}
        result = run_module(
            es_snapshot_info.main,
            {name: value for name, value in given_options.items() if value is not None},
            check_mode=check_mode,
        )
        assert SECRET not in result["printed"]
        assert PASSWORD not in result["printed"]
        return result

    return run


def by_route(route: str, url: str) -> dict[str, Any]:
    if route == "direct":
        return {"cluster_url": url, "cluster_password": PASSWORD}
    return {"endpoint": url, "access_key_id": "the-id", "access_key_secret": SECRET}


Look = Callable[..., "dict[str, Any]"]


@pytest.fixture(params=["openapi", "direct"])
def route(request: pytest.FixtureRequest) -> str:
    route: str = request.param
    return route


@pytest.fixture
def look(route: str, run: Run, serve: Serve) -> Look:
    """Run the module against an instance of which the cluster is read by either route."""

    def look(cloud: Cloud, **options: Any) -> dict[str, Any]:
        result = run(**{**by_route(route, serve(cloud).url), **options})
        assert cloud.requests_for_snapshots == []
        return result

    return look


def check_failure(result: dict[str, Any], outcome: str) -> None:
    """Assert the one shape that all failures share."""
    assert (result["failed"], result["changed"], result["outcome"]) == (True, False, outcome)
    assert result.keys() >= {"msg", "error", "request_attempts", "request_id", "instance_id"}
    assert result["error"].keys() == ERROR_KEYS
    assert result["error"]["request_id"] == result["request_id"]
    assert result["msg"].isprintable()
    assert result["msg"].startswith("The snapshots could not be read. ")
    assert not {"snapshots", "latest", "latest_successful"} & result.keys()


class TestSuccess:
    def test_it_returns_exactly_what_is_documented(self, look: Look, route: str) -> None:
        cloud = Cloud([entry("older", start=-90.5), entry("newer", RUNNING, start=-1)])
        result = look(cloud)
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
        assert cloud.paths == ["_snapshot/aliyun_auto_snapshot/_all"]

    @pytest.mark.parametrize("held", [None, []], ids=["no repository", "no snapshots"])
    def test_where_there_are_none_it_says_so(self, look: Look, route: str, held: Any) -> None:
        result = look(Cloud(held))
        assert (result["failed"], result["changed"], result["snapshots"]) == (False, False, [])
        assert (result["latest"], result["latest_successful"]) == (None, None)
        assert result["request_id"] == ("Q-1" if route == "openapi" else None)

    def test_the_latest_successful_is_the_last_to_end_without_a_failed_shard(self, look: Look) -> None:
        held = [
            entry("long", start=-500, end=-20),
            entry("short", start=-100, end=-90),
            entry("partial", "PARTIAL", start=-15, end=-14),
            entry("failed shard", start=-13, end=-12, failed=1),
            entry("running", RUNNING, start=-5),
        ]
        result = look(Cloud(held))
        assert [one["name"] for one in result["snapshots"]] == ["running", "failed shard", "partial", "short", "long"]
        assert (result["latest"]["name"], result["latest_successful"]["name"]) == ("running", "long")

    def test_check_mode_reads_as_well(self, look: Look) -> None:
        held = [entry("one"), entry("two", "FAILED")]
        usual, checked = look(Cloud(held)), look(Cloud(held), check_mode=True)
        assert {name: usual[name] for name in RESULT_KEYS} == {name: checked[name] for name in RESULT_KEYS}

    def test_what_passes_is_tried_again(self, look: Look) -> None:
        cloud = Cloud(b"", error(503), [entry("one")])
        assert look(cloud)["latest"]["name"] == "one"
        assert len(cloud.reads) == 3

    def test_a_result_may_be_a_text(self, run: Run, serve: Serve) -> None:
        server = serve(Cloud([entry("one")], as_text=True))
        assert run(**by_route("openapi", server.url))["latest"]["name"] == "one"


class TestSecrets:
    def test_a_password_in_a_url_is_masked(self, run: Run) -> None:
        result = run(cluster_url="https://elastic:the-password@es.test", cluster_password="other")
        assert "cluster_url must be a host" in result["msg"]
        assert "the-password" not in result["printed"]


class TestName:
    def test_only_that_one_is_read(self, look: Look) -> None:
        cloud = Cloud([entry("one"), entry("two")])
        result = look(cloud, name="two")
        assert cloud.paths == ["_snapshot/aliyun_auto_snapshot/two"]
        assert [one["name"] for one in result["snapshots"]] == ["two"]
        assert (result["latest"]["name"], result["latest_successful"]["name"]) == ("two", "two")

    @pytest.mark.parametrize("held", [None, [], [entry("one")]], ids=["no repository", "none", "another"])
    def test_where_it_is_not_there_the_list_is_empty(self, look: Look, route: str, held: Any) -> None:
        result = look(Cloud(held), name="two")
        assert (result["failed"], result["snapshots"], result["latest"]) == (False, [], None)
        assert result["request_id"] == ("Q-1" if route == "openapi" else None)

    def test_a_cluster_that_answers_with_more_does_not_confuse_it(self, look: Look) -> None:
        cloud = Cloud((200, {"snapshots": [entry("twofold"), entry("two"), entry("TWO")]}))
        assert [one["name"] for one in look(cloud, name="two")["snapshots"]] == ["two"]

    def test_it_is_encoded(self, look: Look) -> None:
        cloud = Cloud([entry("a%2Fb+c")])
        assert look(cloud, name="a%2Fb+c")["latest"]["name"] == "a%2Fb+c"
        assert cloud.paths == ["_snapshot/aliyun_auto_snapshot/a%252Fb%2Bc"]


class TestClusterOptions:
    def test_straight_to_the_cluster_no_access_key_and_no_region_is_needed(self, run: Run, serve: Serve) -> None:
        server = serve(Cloud([entry("one")]))
        assert run(**by_route("direct", server.url))["latest"]["name"] == "one"
        (received,) = server.received
        assert (received.method, received.target) == ("GET", "/_snapshot/aliyun_auto_snapshot/_all")
        user = base64.b64encode(f"elastic:{PASSWORD}".encode()).decode()
        assert received.headers["authorization"] == f"Basic {user}"
        assert received.headers["user-agent"].startswith("aliyun.elasticsearch/")

    def test_name_and_repository_reach_the_cluster(self, run: Run, serve: Serve) -> None:
        server = serve(Cloud(None))
        run(**by_route("direct", server.url), cluster_username="é reader", repository="mine")
        (received,) = server.received
        assert received.target == "/_snapshot/mine/_all"
        user = base64.b64encode(f"é reader:{PASSWORD}".encode()).decode()
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
    def test_each_option_reaches_the_openapi(self, run: Run, serve: Serve, options: dict[str, Any], query: str) -> None:
        server = serve(Cloud([]))
        run(**by_route("openapi", server.url), **options)
        (received,) = server.received
        assert (received.method, received.target) == ("POST", f"/openapi/instances/{INSTANCE}/es-request?{query}")
        assert received.headers["x-acs-action"] == "InvokeEsRequest"

    def test_a_permission_that_is_missing_is_named(self, run: Run, serve: Serve) -> None:
        server = serve(error(403, Code="Forbidden.RAM", Message="No.", RequestId="Q-1"))
        result = run(**by_route("openapi", server.url), region="cn-beijing", credential_id="c-1")
        check_failure(result, "refused")
        assert f"elasticsearch:InvokeEsRequest on acs:elasticsearch:cn-beijing:*:instances/{INSTANCE} " in result["msg"]
        assert (
            f"elasticsearch:UseCredential on acs:elasticsearch:cn-beijing:*:instances/{INSTANCE}/credentials/c-1"
            in (result["msg"])
        )

    def test_the_password_is_masked_wherever_the_cluster_says_it(self, run: Run, serve: Serve) -> None:
        encoded = base64.b64encode(f"elastic:{PASSWORD}".encode()).decode()
        echo = f"{PASSWORD} {encoded}"
        for step in (refusal(401, echo, echo), http_response(f"<p>{echo}</p>".encode(), "502 Bad Gateway")):
            result = run(**by_route("direct", serve(Cloud(step)).url))
            assert result["failed"]
            assert "******** ********" in result["msg"]
            assert encoded not in result["printed"]
        result = run(**by_route("direct", serve(Cloud([entry(PASSWORD, uuid=f"x{PASSWORD}x")])).url))
        assert result["failed"] is False
        assert result["latest"]["uuid"] == "x********x"
        result = run(**by_route("direct", serve(Cloud([entry("a", uuid=f"x{encoded}x")])).url))
        assert result["latest"]["uuid"] == "x********x"


class TestFailures:
    @pytest.mark.parametrize("check_mode", [False, True])
    def test_a_refusal_of_the_cluster_is_told_whole(self, look: Look, route: str, check_mode: bool) -> None:
        cloud = Cloud(DENIED)
        result = look(cloud, check_mode=check_mode)
        check_failure(result, "refused")
        request_id = "Q-1" if route == "openapi" else None
        assert (result["request_attempts"], len(cloud.reads)) == (1, 1)
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
        ("step", "outcome", "request_attempts", "words"),
        [
            (b"", "unknown", 3, "broke before the whole answer was there"),
            (http_response(b"<html>no</html>", "404 Not Found"), "refused", 1, "HTTP 404"),
            (http_response(b"<html>portal</html>"), "unknown", 1, "portal"),
            (http_response(b"", "302 Found", location="https://elsewhere.test/"), "refused", 1, "redirect"),
            ((200, {"acknowledged": True}), "unknown", 1, "The cluster's answer is not a whole list of snapshots"),
            ((429, refusal(429, "t", "Too much.")[1]), "refused", 3, "retries or retry_max_delay"),
            (refusal(401, "security_exception", "Who?"), "refused", 1, "Check cluster_username and cluster_password"),
        ],
        ids=["dropped", "html", "portal", "redirect", "no list", "overloaded", "password"],
    )
    def test_all_have_the_one_shape(self, look: Look, step: Any, outcome: str, attempts: int, words: str) -> None:
        result = look(Cloud(step))
        check_failure(result, outcome)
        assert result["request_attempts"] == attempts
        assert words in result["msg"]

    def test_no_answer_before_a_refusal_leaves_nothing_open(self, look: Look) -> None:
        result = look(Cloud(b"", DENIED))
        assert result["request_attempts"] == 2
        assert "leaves it open" not in result["msg"]

    def test_a_server_that_is_not_there(self, run: Run, route: str) -> None:
        result = run(**by_route(route, f"http://127.0.0.1:{unused_port()}"))
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
        self, run: Run, serve: Serve, route: str, options: dict[str, Any], words: str, check_mode: bool
    ) -> None:
        if route == "direct" and "credential_id" in options:
            words = "cluster_url goes straight to the cluster"
        server = serve(Cloud([]))
        result = run(check_mode=check_mode, **{**by_route(route, server.url), **options})
        check_failure(result, "not_sent")
        assert words in result["msg"]
        assert (result["request_attempts"], server.connections) == (0, 0)
        assert result["instance_id"] == options.get("instance_id", INSTANCE)

    @pytest.mark.parametrize("password", ["a\ud800", "\udcffb"])
    def test_a_password_that_cannot_be_sent_is_refused(self, run: Run, password: str) -> None:
        result = run(cluster_url="es.test", cluster_password=password)
        check_failure(result, "not_sent")
        assert "cluster_password holds characters that UTF-8 does not have" in result["msg"]

    def test_through_the_openapi_credentials_and_a_region_are_needed(
        self, run: Run, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setitem(sys.modules, "alibabacloud_credentials", None)
        monkeypatch.setitem(sys.modules, "alibabacloud_credentials.provider", None)
        result = run(region="cn-hangzhou")
        check_failure(result, "not_sent")
        assert "No usable credentials were found where the module runs. Looked at: " in result["msg"]
        result = run()
        check_failure(result, "not_sent")
        assert "No region is given" in result["msg"]

    def test_without_requests_ansibles_own_message_comes(
        self, run: Run, route: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setitem(sys.modules, "requests", None)
        result = run(**by_route(route, "https://example.test"))
        check_failure(result, "not_sent")
        assert "Failed to import the required Python library (requests)" in result["msg"]

    def test_the_instance_is_required(self, run: Run) -> None:
        result = run(instance_id=None, cluster_url="es.test", cluster_password=PASSWORD)
        assert "missing required arguments: instance_id" in result["msg"]


class TestHostile:
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
    def test_no_entry_leads_to_a_traceback(self, run_module: Run, serve: Serve, entries: list[dict[str, Any]]) -> None:
        server = serve(http_response(json.dumps({"snapshots": entries}).encode()))
        options = {"instance_id": INSTANCE, "cluster_url": server.url, "cluster_password": PASSWORD}
        result = run_module(es_snapshot_info.main, options)
        assert result["failed"] is False
        assert len(result["snapshots"]) == sum(isinstance(entry.get("snapshot"), str) for entry in entries)


def test_hundreds_of_snapshots_of_thousands_of_indices_are_read(run: Run, serve: Serve) -> None:
    names = [f".ds-logs-of-some-application-2026.11.24-{number:06}" for number in range(2000)]
    held = [entry(f"snap-{number}", start=-60 - number, indices=names) for number in range(400)]
    body = json.dumps({"RequestId": "Q-1", "Result": {"snapshots": held}}).encode()
    assert len(body) > 30 * 1024 * 1024
    server = serve(http_response(body))
    tracemalloc.start()
    try:
        result = run(**by_route("openapi", server.url))
        _now, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert (len(result["snapshots"]), result["latest"]["name"], result["latest"]["indices"]) == (400, "snap-0", 2000)
    assert peak < 12 * len(body)
    assert len(result["printed"]) < 1024 * 1024, "the names of the indices are not in the result"


def test_what_is_missing_has_two_spellings(run: Run, serve: Serve) -> None:
    within_message = error(400, Code="EsError", Message=json.dumps(missing("repository")[1]), RequestId="Q-5")
    result = run(**by_route("openapi", serve(within_message).url))
    assert (result["failed"], result["snapshots"], result["request_id"]) == (False, [], "Q-5")

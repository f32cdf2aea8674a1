# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import base64
import json
import re
import ssl
import sys
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import trustme
from ansible.module_utils import basic
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ansible_collections.aliyun.elasticsearch.plugins.modules import es_snapshot
from ansible_collections.aliyun.elasticsearch.tests.unit.support.instance import Cloud, entry, error, missing, refusal
from ansible_collections.aliyun.elasticsearch.tests.unit.support.server import (
    Server,
    hang,
    http_response,
    unused_port,
)

INSTANCE = "es-cn-0pp1jxvcl0001abcd"
SECRET = "the-access-key-secret"
RESULT_KEYS = {"changed", "outcome", "request_id", "request_attempts", "instance_id", "client_token"}
ERROR_KEYS = {"code", "message", "http_status", "request_id", "host_id", "recommend"}

Run = Callable[..., "dict[str, Any]"]
Serve = Callable[..., Server]


def answer(status: str = "200 OK", headers: dict[str, str] | None = None, **fields: Any) -> bytes:
    return http_response(json.dumps(fields).encode(), status, content_type="application/json", **(headers or {}))


ACCEPTED = answer(Result=True, RequestId="R-1")

ANY_TEXT = st.text(st.characters(), max_size=70)
ASCII_TEXT = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), max_size=70)


@pytest.fixture
def run(run_module: Run) -> Run:
    """Run the module against an endpoint; the defaults are quick, options can be taken away with None."""

    def run(endpoint: str, *, check_mode: bool = False, **options: Any) -> dict[str, Any]:
        given_options = {
            "instance_id": INSTANCE,
            "access_key_id": "the-id",
            "access_key_secret": SECRET,
            "endpoint": endpoint,
            "retries": 2,
            "retry_max_delay": 0,
            **options,
        }
        result = run_module(
            es_snapshot.main,
            {name: value for name, value in given_options.items() if value is not None},
            check_mode=check_mode,
        )
        assert SECRET not in result["printed"]
        return result

    return run


def check_failure(result: dict[str, Any], outcome: str) -> None:
    """Assert the one shape that all failures share."""
    assert result["failed"] is True
    assert result["changed"] is False
    assert result["outcome"] == outcome
    assert result.keys() >= RESULT_KEYS | {"msg", "error"}
    assert result["error"].keys() == ERROR_KEYS
    assert result["error"]["request_id"] == result["request_id"]
    assert result["msg"].isprintable()
    none = "This task took no snapshot"
    certain = {"refused": none, "not_sent": none, "unknown": "It is not known"}
    assert result["msg"].startswith(certain[outcome])
    assert (f"client_token: {result['client_token']}" in result["msg"]) == (outcome == "unknown")


class TestSuccess:
    def test_it_returns_what_was_used_and_what_was_answered(self, run: Run, serve: Serve) -> None:
        server = serve(ACCEPTED)
        result = run(server.url, client_token="CHG-1", region="cn-hangzhou")
        assert {name: result[name] for name in RESULT_KEYS} == {
            "changed": True,
            "outcome": "accepted",
            "request_id": "R-1",
            "request_attempts": 1,
            "instance_id": INSTANCE,
            "client_token": "CHG-1",
        }
        assert result["failed"] is False
        assert "error" not in result
        (received,) = server.received
        assert (received.method, received.body) == ("POST", b"")
        assert received.target == f"/openapi/instances/{INSTANCE}/snapshots?ClientToken=CHG-1"
        assert received.headers["x-acs-action"] == "CreateSnapshot"

    def test_the_user_agent_names_the_collection_and_ansible(self, run: Run, serve: Serve) -> None:
        server = serve(ACCEPTED)
        run(server.url)
        agent = server.received[0].headers["user-agent"]
        assert re.fullmatch(r"aliyun\.elasticsearch/\S+ ansible-core/\S+ requests/\S+ python/\S+", agent)

    def test_one_generated_token_is_kept_through_all_attempts(self, run: Run, serve: Serve) -> None:
        server = serve(b"", answer("503 Busy"), ACCEPTED)
        result = run(server.url)
        assert result["request_attempts"] == 3
        assert uuid.UUID(result["client_token"]).version == 4
        assert [received.target.partition("?")[2] for received in server.received] == [
            f"ClientToken={result['client_token']}"
        ] * 3

    def test_two_tasks_generate_two_tokens(self, run: Run, serve: Serve) -> None:
        server = serve(ACCEPTED)
        assert run(server.url)["client_token"] != run(server.url)["client_token"]

    def test_aliases_and_environment_work(self, run: Run, serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
        server = serve(ACCEPTED)
        monkeypatch.setenv("ALIBABA_CLOUD_ENDPOINT_ELASTICSEARCH", server.url)
        run(
            None,  # type: ignore[arg-type]
            access_key_id=None,
            access_key_secret=None,
            alicloud_access_key="alias-id",
            alicloud_secret_key=SECRET,
            alicloud_security_token="alias-token",
            alicloud_region="cn-hangzhou",
        )
        headers = server.received[0].headers
        assert "Credential=alias-id," in headers["authorization"]
        assert headers["x-acs-security-token"] == "alias-token"

    def test_without_a_request_id_it_is_null(self, run: Run, serve: Serve) -> None:
        result = run(serve(answer(Result=True)).url)
        assert (result["outcome"], result["request_id"]) == ("accepted", None)


class TestCheckMode:
    def test_nothing_is_sent(self, run: Run, serve: Serve) -> None:
        server = serve(ACCEPTED)
        result = run(server.url, check_mode=True, client_token="CHG-1")
        assert server.connections == 0
        assert result["failed"] is False
        assert {name: result[name] for name in RESULT_KEYS - {"request_id"}} == {
            "changed": True,
            "outcome": "not_sent",
            "request_attempts": 0,
            "instance_id": INSTANCE,
            "client_token": "CHG-1",
        }
        assert "request_id" not in result

    def test_a_token_is_generated_as_it_would_be(self, run: Run) -> None:
        assert uuid.UUID(run("example.test", check_mode=True)["client_token"]).version == 4

    @pytest.mark.parametrize(
        "options",
        [
            {"instance_id": "a/b"},
            {"client_token": "x" * 65},
            {"access_key_secret": None},
            {"endpoint": None},
            {"region": "NOWHERE"},
            {"read_timeout": 0},
            {"ca_path": "/does/not/exist"},
        ],
        ids=str,
    )
    def test_everything_up_to_the_network_is_checked(self, run: Run, options: dict[str, Any]) -> None:
        check_failure(run(**{"endpoint": "example.test", **options}, check_mode=True), "not_sent")

    def test_the_library_is_checked(self, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(sys.modules, "requests", None)
        check_failure(run("example.test", check_mode=True), "not_sent")


class TestRefused:
    def test_an_error_of_the_api_is_told_whole(self, run: Run, serve: Serve) -> None:
        words = {
            "Code": "InstanceNotFound",
            "Message": "The instanceId provided does not exist.",
            "RequestId": "R-1",
            "HostId": "elasticsearch.cn-hangzhou.aliyuncs.com",
            "Recommend": "https://example.test/?q=InstanceNotFound",
        }
        server = serve(answer("400 Bad Request", **words))
        result = run(server.url)
        check_failure(result, "refused")
        assert (result["request_attempts"], server.connections) == (1, 1)
        assert result["error"] == {
            "code": words["Code"],
            "message": words["Message"],
            "http_status": 400,
            "request_id": "R-1",
            "host_id": words["HostId"],
            "recommend": words["Recommend"],
        }
        assert result["msg"] == (
            "This task took no snapshot: the request was refused. "
            "InstanceNotFound: The instanceId provided does not exist (HTTP 400, RequestId R-1, 1 attempt). "
            f"Check the instance's ID and its region: {server.host} was asked."
        )
        with_token = run(server.url, client_token="CHG-1")["msg"]
        stays = "If an earlier task with this client_token may have taken one, that stays open."
        assert with_token == f"{result['msg']} {stays}"

    @pytest.mark.parametrize(
        ("raw", "request_attempts", "words"),
        [
            (answer(Result=False, RequestId="R-1"), 1, "Result: false"),
            (b"<Result>false</Result>", 1, "Result: false"),
            (answer("403 Forbidden", Code="Forbidden.RAM"), 1, "acs:elasticsearch:cn-beijing:*:instances/" + INSTANCE),
            (answer("400 Bad Request", Code="Throttling.User"), 3, "throttling"),
            (answer("400 Bad Request", Code="InstanceActivating"), 3, "wait until its status is active"),
            (answer("429 Too Many"), 3, "throttling"),
            (
                http_response(b"", "302 Found", location="https://elsewhere.test/"),
                1,
                "redirect to https://elsewhere.test/",
            ),
            (http_response(b"<html>no</html>", "404 Not Found", content_type="text/html"), 1, "text/html, 15 bytes"),
        ],
        ids=["false", "false in XML", "permission", "throttled", "activating", "429", "redirect", "html"],
    )
    def test_each_refusal_says_what_to_do(self, run: Run, serve: Serve, raw: bytes, attempts: int, words: str) -> None:
        if not raw.startswith(b"HTTP"):
            raw = http_response(raw)
        server = serve(raw)
        result = run(server.url, region="cn-beijing")
        check_failure(result, "refused")
        assert (result["request_attempts"], server.connections) == (attempts, attempts)
        assert words in result["msg"]

    def test_a_wrong_clock_is_told(self, run: Run, serve: Serve) -> None:
        headers = {"date": "Thu, 01 Jan 1970 00:00:00 GMT"}
        result = run(serve(answer("400 Bad Request", headers, Code="InvalidTimeStamp.Expired")).url)
        check_failure(result, "refused")
        assert re.search(r"This host's clock is \d{9,} seconds ahead of the server's", result["msg"])


class TestUnknown:
    @pytest.mark.parametrize(
        ("raw", "request_attempts"),
        [
            (b"", 3),
            (answer("500 Error", Code="InternalError"), 3),
            (http_response(b"<html>bad</html>", "502 Bad Gateway"), 3),
            (http_response(b"{", length=99), 3),
            (http_response(b"<html>portal</html>"), 1),
            (http_response(b""), 1),
            (answer(Result="true"), 1),
            (http_response(b'{"Result": true, "x": "' + b"x" * 1024 * 1024 + b'"}'), 1),
        ],
        ids=["dropped", "internal error", "html", "cut", "portal", "empty", "text", "too long"],
    )
    def test_a_doubt_says_how_to_ask_again(self, run: Run, serve: Serve, raw: bytes, attempts: int) -> None:
        server = serve(raw)
        result = run(server.url)
        check_failure(result, "unknown")
        assert (result["request_attempts"], server.connections) == (attempts, attempts)
        token = result["client_token"]
        assert result["msg"].endswith(f"that takes no second one. client_token: {token}")

    def test_a_server_that_does_not_answer(self, run: Run, serve: Serve) -> None:
        check_failure(run(serve(hang).url, read_timeout=0.2, retries=0), "unknown")

    def test_a_refusal_after_no_answer_does_not_end_the_doubt(self, run: Run, serve: Serve) -> None:
        server = serve(b"", answer("400 Bad Request", Code="InstanceNotFound", Message="No.", RequestId="R-2"))
        result = run(server.url)
        check_failure(result, "unknown")
        assert (result["request_attempts"], result["request_id"]) == (2, "R-2")
        assert "InstanceNotFound: No (HTTP 400, RequestId R-2, 2 attempts)." in result["msg"]
        assert "An earlier attempt leaves it open: The connection to" in result["msg"]

    def test_the_request_id_of_the_doubt_is_told_beside_that_of_the_refusal(self, run: Run, serve: Serve) -> None:
        doubtful = answer("500 Internal Server Error", Code="InternalError", Message="Oh.", RequestId="R-1")
        server = serve(doubtful, answer("403 Forbidden", Code="Forbidden.RAM", Message="No.", RequestId="R-2"))
        result = run(server.url)
        check_failure(result, "unknown")
        assert "Forbidden.RAM: No (HTTP 403, RequestId R-2, 2 attempts)." in result["msg"]
        said = "An earlier attempt leaves it open: InternalError: Oh (HTTP 500, RequestId R-1). Run the task again"
        assert said in result["msg"]


class TestNotSent:
    def test_a_server_that_is_not_there(self, run: Run) -> None:
        result = run(f"http://127.0.0.1:{unused_port()}")
        check_failure(result, "not_sent")
        assert result["request_attempts"] == 3
        assert "Connection refused" in result["msg"]

    @pytest.mark.parametrize(
        ("options", "words"),
        [
            ({"instance_id": ""}, "instance_id must not be blank"),
            ({"instance_id": "es/1"}, "instance_id must not hold"),
            ({"client_token": ""}, "client_token must not be blank"),
            ({"client_token": " "}, "client_token must not be blank"),
            ({"client_token": "x" * 65}, "at most 64 characters, not 65"),
            ({"client_token": "é"}, "printable ASCII"),
            ({"access_key_secret": None}, "Half a key pair"),
            ({"access_key_secret": None, "security_token": SECRET}, "Half a key pair"),
            ({"endpoint": None}, "No region is given"),
            ({"endpoint": "https://example.test/path"}, "endpoint must be"),
            ({"region": "CN"}, "region may hold"),
            ({"retries": -1}, "retries must be from 0 to 100"),
            ({"connect_timeout": 0}, "connect_timeout must be"),
            ({"read_timeout": "nan"}, "read_timeout must be"),
            ({"read_timeout": "inf"}, "read_timeout must be"),
            ({"retry_max_delay": -1}, "retry_max_delay must be"),
            ({"ca_path": "/does/not/exist"}, "The CA certificates cannot be read"),
        ],
        ids=str,
    )
    def test_options_that_cannot_work_are_refused_before_any_request(
        self, run: Run, serve: Serve, options: dict[str, Any], words: str
    ) -> None:
        server = serve(ACCEPTED)
        result = run(**{"endpoint": server.url, **options})
        check_failure(result, "not_sent")
        assert words in result["msg"]
        assert (result["request_attempts"], server.connections) == (0, 0)
        assert result["instance_id"] == options.get("instance_id", INSTANCE)
        assert result["client_token"] == options.get("client_token", result["client_token"])

    def test_without_requests_ansibles_own_message_comes(self, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(sys.modules, "requests", None)
        result = run("example.test")
        check_failure(result, "not_sent")
        assert "Failed to import the required Python library (requests)" in result["msg"]

    def test_without_credentials_it_is_told_what_was_looked_at(self, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setitem(sys.modules, "alibabacloud_credentials", None)
        monkeypatch.setitem(sys.modules, "alibabacloud_credentials.provider", None)
        result = run("example.test", access_key_id=None, access_key_secret=None)
        check_failure(result, "not_sent")
        assert "No usable credentials were found where the module runs. Looked at: " in result["msg"]
        assert "alibabacloud-credentials" in result["msg"]

    @settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(
        instance_id=st.one_of(ANY_TEXT, ASCII_TEXT),
        client_token=st.one_of(st.none(), ANY_TEXT, ASCII_TEXT),
    )
    def test_what_must_be_refused_is_and_reaches_no_server(
        self, run: Run, serve: Serve, instance_id: str, client_token: str | None
    ) -> None:
        server = serve(ACCEPTED)
        result = run(server.url, instance_id=instance_id, client_token=client_token)
        sendable = instance_id.isascii() and instance_id.isprintable() and not set(instance_id) & set(" /?#")
        sendable = sendable and instance_id not in ("", ".", "..")
        if client_token is not None:
            sendable = sendable and client_token.isascii() and client_token.isprintable() and bool(client_token.strip())
            sendable = sendable and len(client_token) <= 64
        server.close()
        assert result["failed"] is not sendable
        assert server.connections == (1 if sendable else 0)
        if not sendable:
            check_failure(result, "not_sent")


DOCUMENTS = st.sampled_from([True, False, "true", 1, None, [True], {}]).flatmap(
    lambda said: st.sampled_from([{"Result": said}, {"Result": said, "Code": "X"}, {"Result": said, "Code": 200}])
)
BODIES = st.one_of(
    st.just(b'{"Result": true}'),
    st.just(b"<Result>true</Result>"),
    DOCUMENTS.map(lambda document: json.dumps(document).encode()),
    st.binary(max_size=60),
)
ANSWERS = st.one_of(
    st.binary(max_size=60),
    st.tuples(st.sampled_from([200, 202, 204, 301, 400, 403, 429, 500, 503]) | st.integers(100, 999), BODIES),
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ANSWERS)
def test_whatever_is_answered_it_is_changed_only_by_a_result_of_true(
    run: Run, serve: Serve, said: bytes | tuple[int, bytes]
) -> None:
    status, body = (0, said) if isinstance(said, bytes) else said
    server = serve(said if isinstance(said, bytes) else http_response(body, f"{status} Said"))
    result = run(server.url, retries=0, read_timeout=1)
    server.close()
    assert result["changed"] is (result["outcome"] == "accepted")
    if result["changed"]:
        assert 200 <= status < 300
        assert body == b"<Result>true</Result>" or json.loads(body)["Result"] is True
    else:
        check_failure(result, result["outcome"])
        assert result["outcome"] in ("refused", "unknown")


class TestArguments:
    def test_the_instance_is_required(self, run: Run) -> None:
        result = run("example.test", instance_id=None)
        assert result["failed"]
        assert "missing required arguments: instance_id" in result["msg"]

    @pytest.mark.parametrize("options", [{"network": "private"}, {"retries": "many"}, {"unheard": 1}], ids=str)
    def test_what_does_not_fit_the_argument_spec_is_refused(self, run: Run, options: dict[str, Any]) -> None:
        assert run("example.test", **options)["failed"]


class TestSecrets:
    def test_none_is_in_the_log_of_invocations(
        self, run_module: Run, serve: Serve, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        logged: list[str] = []
        monkeypatch.setattr(basic, "has_journal", False)
        monkeypatch.setattr(basic.syslog, "openlog", lambda *_arguments: None)
        monkeypatch.setattr(basic.syslog, "syslog", lambda _priority, message: logged.append(message))
        secrets = {
            "access_key_secret": SECRET,
            "security_token": "the-security-token",
            "cluster_password": "the-password",
        }
        options = {"instance_id": INSTANCE, "access_key_id": "the-id", "endpoint": serve(ACCEPTED).url, **secrets}
        run_module(es_snapshot.main, {**options, "cluster_url": "es.test"}, logs=True)
        assert any("Invoked with" in message and INSTANCE in message for message in logged)
        assert not [secret for secret in secrets.values() if secret in "".join(logged)]

    def test_a_password_in_a_url_is_masked(self, run: Run, serve: Serve) -> None:
        result = run("https://user:the-password@example.test", instance_id=" ")
        check_failure(result, "not_sent")
        assert "the-password" not in result["printed"]
        result = run(serve(ACCEPTED).url, cluster_url="https://elastic:the-password@es.test")
        assert result["outcome"] == "accepted"
        assert "the-password" not in result["printed"]

    def test_a_secret_from_the_environment_that_the_server_echoes_is_masked(
        self, run: Run, serve: Serve, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("ALIBABA_CLOUD_ACCESS_KEY_ID", "the-id")
        monkeypatch.setenv("ALIBABA_CLOUD_ACCESS_KEY_SECRET", SECRET)
        monkeypatch.setenv("ALIBABA_CLOUD_SECURITY_TOKEN", "the-token+/==")
        echo = f"{SECRET} the-token+/== the-token%2B%2F%3D%3D"
        server = serve(answer("400 Bad Request", Code=echo, Message=echo, RequestId=echo, HostId=echo, Recommend=echo))
        result = run(server.url, access_key_id=None, access_key_secret=None)
        check_failure(result, "refused")
        assert "the-token" not in result["printed"]
        assert server.received[0].headers["x-acs-security-token"] == "the-token+/=="

    def test_a_request_id_that_holds_the_secret_is_masked(self, run: Run, serve: Serve) -> None:
        result = run(serve(answer(Result=True, RequestId=f"R-{SECRET}")).url)
        assert result["request_id"] == "R-********"


class TestWarnings:
    @staticmethod
    def texts(result: dict[str, Any]) -> str:
        return json.dumps(result.get("warnings", []))

    def test_plain_http_to_another_machine_gives_a_warning(self, run: Run) -> None:
        result = run("http://elsewhere-1.test", check_mode=True)
        assert "The endpoint http://elsewhere-1.test is not encrypted" in self.texts(result)

    @pytest.mark.parametrize("endpoint", ["http://127.0.0.1:8001", "http://localhost:8001", "https://elsewhere-2.test"])
    def test_nothing_else_gives_one(self, run: Run, endpoint: str) -> None:
        assert f"The endpoint {endpoint}" not in self.texts(run(endpoint, check_mode=True))


def test_the_ca_that_the_task_names_is_used(run: Run, serve: Serve, tmp_path: Path) -> None:
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    server = serve(ACCEPTED, context=context)
    assert run(server.url, ca_path=str(tmp_path / "ca.pem"))["outcome"] == "accepted"
    result = run(server.url)
    check_failure(result, "not_sent")
    assert f"The certificate of {server.host} does not verify" in result["msg"]
    assert run(server.url, validate_certs=False)["outcome"] == "accepted"


CLUSTER_PASSWORD = "the-cluster-password"
OLD = entry("old", start=-7300, end=-7200)
RUNNING = "IN_PROGRESS"
DENIED = refusal(403, "security_exception", "action is unauthorized")
SNAPSHOT_KEYS = {"name", "uuid", "state", "start_time", "end_time", "duration", "indices", "shards"}

Look = Callable[..., "dict[str, Any]"]


@pytest.fixture(params=["openapi", "direct"])
def look(request: pytest.FixtureRequest, run: Run, serve: Serve) -> Look:
    """Run the module against an instance of which the cluster is read by either route; waits are short."""

    def look(cloud: Cloud, **options: Any) -> dict[str, Any]:
        server = serve(cloud)
        by_route = (
            {"cluster_url": server.url, "cluster_password": CLUSTER_PASSWORD} if request.param == "direct" else {}
        )
        result = run(server.url, **{**by_route, "wait_timeout": 5, "wait_interval": 0.01, **options})
        assert CLUSTER_PASSWORD not in result["printed"]
        paths = {read.target.partition("?")[0].rpartition("/")[2] == "es-request" for read in cloud.reads}
        assert paths <= {request.param == "openapi"}
        return result

    return look


def check_incomplete(result: dict[str, Any], *words: str) -> None:
    """Assert the shape of a failure after the request for a snapshot was accepted."""
    assert (result["failed"], result["changed"], result["outcome"]) == (True, True, "accepted")
    assert (result["request_id"], result["request_attempts"]) == ("C-1", 1), "those of the request for a snapshot"
    assert result.keys() >= RESULT_KEYS | {"msg", "error"}
    assert result["error"].keys() == ERROR_KEYS
    assert result["msg"].isprintable()
    assert result["msg"].startswith(
        "The API accepted the request, but the snapshot is not known to be complete (RequestId C-1). "
    )
    for word in words:
        assert word in result["msg"]


def by_all(name: str = "aliyun_auto_snapshot") -> str:
    return f"_snapshot/{name}/_all"


class TestWait:
    def test_it_comes_back_with_the_complete_snapshot(self, look: Look) -> None:
        cloud = Cloud([OLD], [OLD], [OLD, entry("new", RUNNING)], [entry("new", RUNNING)], [entry("new", start=-90.5)])
        result = look(cloud, wait=True, client_token="CHG-1")
        shown = {name: value for name, value in result.items() if name not in ("printed", "invocation", "warnings")}
        assert shown == {
            "failed": False,
            "changed": True,
            "outcome": "accepted",
            "request_id": "C-1",
            "request_attempts": 1,
            "instance_id": INSTANCE,
            "client_token": "CHG-1",
            "snapshot": {
                "name": "new",
                "uuid": "uuid-of-new",
                "state": "SUCCESS",
                "start_time": "2026-11-24T03:58:29.500Z",
                "end_time": "2026-11-24T03:59:30.000Z",
                "duration": 60.5,
                "indices": 3,
                "shards": {"total": 6, "successful": 6, "failed": 0},
            },
        }
        assert len(cloud.requests_for_snapshots) == 1
        one = "_snapshot/aliyun_auto_snapshot/new"
        assert cloud.paths == [by_all(), by_all(), by_all(), one, one]

    def test_the_names_are_noted_before_the_request(self, run: Run, serve: Serve) -> None:
        server = serve(Cloud([OLD], [OLD, entry("new")]))
        run(server.url, wait=True)
        assert [received.target.partition("?")[0].rpartition("/")[2] for received in server.received] == [
            "es-request",
            "snapshots",
            "es-request",
        ]

    def test_a_repository_that_the_snapshot_makes_is_waited_for(self, look: Look) -> None:
        cloud = Cloud(None, None, [entry("new", RUNNING)], [entry("new")])
        assert look(cloud, wait=True)["snapshot"]["name"] == "new"
        assert cloud.paths.count(by_all()) == 3

    @pytest.mark.parametrize(
        ("state", "failed", "words"),
        [
            ("PARTIAL", 2, "The snapshot new ended as PARTIAL; 2 of 6 shards failed."),
            ("FAILED", 6, "The snapshot new ended as FAILED; 6 of 6 shards failed."),
            ("INCOMPATIBLE", 0, "The snapshot new ended as INCOMPATIBLE; 0 of 6 shards failed."),
            ("SUCCESS", 1, "The snapshot new ended as SUCCESS; 1 of 6 shards failed."),
        ],
    )
    def test_any_other_end_fails_with_the_snapshot_and_its_failures(
        self, look: Look, state: str, failed: int, words: str
    ) -> None:
        result = look(Cloud([], [entry("new", RUNNING)], [entry("new", state, failed=failed)]), wait=True)
        check_incomplete(result, words)
        assert result["snapshot"].keys() == SNAPSHOT_KEYS
        assert (result["snapshot"]["state"], result["snapshot"]["shards"]["failed"]) == (state, failed)
        assert [failure["shard_id"] for failure in result["failures"]] == list(range(failed))

    def test_what_the_cluster_says_of_the_failures_is_kept_plain(self, look: Look) -> None:
        deep: list[Any] = []
        for _level in range(500):
            deep = [deep]
        failures = [{"index": "a", "reason": "r", "more": deep}, deep]
        result = look(Cloud([], [entry("new", "PARTIAL", failures=failures)]), wait=True)
        check_incomplete(result)
        assert result["failures"] == [{"index": "a", "reason": "r"}]

    @pytest.mark.parametrize("is_seen", [False, True])
    def test_when_the_time_is_over_it_fails_and_says_that_the_snapshot_goes_on(self, look: Look, is_seen: bool) -> None:
        cloud = Cloud([OLD], [OLD, *([entry("new", RUNNING)] if is_seen else [])])
        result = look(cloud, wait=True, wait_timeout=0.05)
        if is_seen:
            check_incomplete(
                result,
                "The snapshot new, which began at 2026-11-24T03:59:00.000Z, was not finished after 0.05 s; it goes on.",
                "look at it with aliyun.elasticsearch.es_snapshot_info",
            )
            assert result["snapshot"]["state"] == RUNNING
            assert (result["snapshot"]["end_time"], result["snapshot"]["duration"]) == (None, None)
        else:
            check_incomplete(result, " after 0.05 s. The newest", f"client_token: {result['client_token']}")
            assert "snapshot" not in result
        assert "failures" not in result
        assert len(cloud.reads) >= 2

    def test_the_interval_says_how_often_is_looked(self, look: Look) -> None:
        cloud = Cloud([])
        check_incomplete(look(cloud, wait=True, wait_timeout=0.1, wait_interval=5))
        assert len(cloud.reads) <= 3, "before the request, after it, and when the time is over"

    @pytest.mark.parametrize(
        "failing",
        [b"", error(503), error(429, Code="Throttling.User"), (429, refusal(429, "t", "r")[1])],
        ids=["no answer", "server error", "throttled", "cluster overloaded"],
    )
    def test_a_look_that_fails_does_not_end_the_wait(self, look: Look, failing: Any) -> None:
        fails = [failing] * 4
        cloud = Cloud([], *fails, [entry("new", RUNNING)], *fails, [entry("new")])
        assert look(cloud, wait=True, retries=0)["snapshot"]["state"] == "SUCCESS"
        assert len(cloud.reads) == 11

    def test_one_that_is_refused_does(self, look: Look) -> None:
        result = look(Cloud([], [entry("new", RUNNING)], DENIED), wait=True)
        check_incomplete(result, "security_exception: action is unauthorized (HTTP 403", "monitor_snapshot")
        assert (result["error"]["code"], result["error"]["http_status"]) == ("security_exception", 403)
        assert result["error"]["request_id"] in ("Q-3", None)
        assert (result["snapshot"]["name"], result["snapshot"]["state"]) == ("new", RUNNING)

    def test_a_snapshot_that_vanishes_fails(self, look: Look) -> None:
        result = look(Cloud([], [entry("new", RUNNING)], [OLD]), wait=True)
        check_incomplete(result, "The snapshot new is no longer in the repository.")
        assert result["snapshot"]["name"] == "new"

    @pytest.mark.parametrize(
        ("first", "name"),
        [(answer("400 Bad Request", Code="InstanceDuplicateScheduledTask"), "new"), (b"", "automatic")],
        ids=["refused", "no answer"],
    )
    def test_what_began_before_a_refused_request_is_sent_again_is_not_new(
        self, look: Look, first: bytes, name: str
    ) -> None:
        automatic = entry("automatic", start=-20, end=-10)
        looks = [[OLD, automatic]] if name == "new" else []
        cloud = Cloud([OLD], *looks, [OLD, automatic, entry("new", start=-5)], created=[first, answer(Result=True)])
        result = look(cloud, wait=True)
        assert (result["snapshot"]["name"], result["request_attempts"]) == (name, 2)

    @pytest.mark.parametrize(
        ("created", "outcome"), [(answer("400 Bad Request", Code="InstanceNotFound"), "refused"), (b"x", "unknown")]
    )
    def test_a_request_that_is_not_accepted_is_not_waited_for(self, look: Look, created: bytes, outcome: str) -> None:
        cloud = Cloud([OLD], created=[created])
        result = look(cloud, wait=True, retries=0)
        check_failure(result, outcome)
        assert (cloud.paths, result["request_attempts"]) == ([by_all()], 1)

    @pytest.mark.parametrize("wait", [False, True])
    def test_what_is_not_known_asks_for_a_max_age_where_it_was_to_wait(self, look: Look, wait: bool) -> None:
        result = look(Cloud([OLD], created=[http_response(b"<html>portal</html>")]), wait=wait)
        check_failure(result, "unknown")
        assert ("max_age that reaches back" in result["msg"]) is wait

    def test_without_wait_and_max_age_the_cluster_is_left_alone(self, look: Look) -> None:
        cloud = Cloud(DENIED)
        assert look(cloud)["outcome"] == "accepted"
        assert cloud.reads == []


class TestLookBefore:
    """The look at the repository before the request for a snapshot."""

    @pytest.mark.parametrize("options", [{"wait": True}, {"max_age": 60}, {"wait": True, "max_age": 60}], ids=str)
    @pytest.mark.parametrize("failing", [DENIED, error(403, Code="Forbidden.RAM")], ids=["cluster", "server"])
    def test_where_it_is_refused_nothing_is_requested(self, look: Look, options: dict[str, Any], failing: Any) -> None:
        cloud = Cloud(failing)
        result = look(cloud, **options)
        check_failure(result, "not_sent")
        assert (result["request_attempts"], cloud.requests_for_snapshots, len(cloud.reads)) == (0, [], 1)
        assert result["error"]["http_status"] == 403
        assert "HTTP 403" in result["msg"]
        assert "snapshot" not in result

    @pytest.mark.parametrize("failing", [b"", error(503)], ids=["no answer", "server error"])
    def test_it_is_tried_again_and_then_nothing_is_requested(self, look: Look, failing: bytes) -> None:
        cloud = Cloud(failing)
        result = look(cloud, wait=True, retries=2)
        check_failure(result, "not_sent")
        assert (result["request_attempts"], cloud.requests_for_snapshots, len(cloud.reads)) == (0, [], 3)

    def test_it_is_tried_again_and_then_the_snapshot_is_requested(self, look: Look) -> None:
        cloud = Cloud(b"", error(503), [OLD], [OLD, entry("new")])
        assert look(cloud, wait=True, retries=2)["snapshot"]["name"] == "new"

    def test_no_answer_before_a_refusal_leaves_no_doubt_of_a_snapshot(self, look: Look) -> None:
        result = look(Cloud(b"", DENIED), wait=True)
        check_failure(result, "not_sent")
        assert "leaves it open" not in result["msg"]

    def test_an_answer_that_is_no_list_is_an_error(self, look: Look) -> None:
        cloud = Cloud((200, {"acknowledged": True}))
        result = look(cloud, wait=True)
        check_failure(result, "not_sent")
        assert "The cluster's answer is not a whole list of snapshots" in result["msg"]
        assert cloud.requests_for_snapshots == []


class TestMaxAge:
    @pytest.mark.parametrize("check_mode", [False, True])
    def test_check_mode_counts_one_that_would_be_followed(self, look: Look, check_mode: bool) -> None:
        running, ended = entry("old", RUNNING, start=-90000), entry("old", start=-90000)
        result = look(
            Cloud([running], [running if check_mode else ended]), check_mode=check_mode, wait=True, max_age=60
        )
        assert (result["outcome"], result["changed"], result["snapshot"]["name"]) == ("current", False, "old")

    def test_a_complete_snapshot_that_is_young_enough_is_current(self, look: Look) -> None:
        cloud = Cloud([OLD, entry("young", end=-59), entry("bad", "FAILED", end=-1)])
        result = look(cloud, max_age=60, client_token="CHG-1")
        assert {name: result[name] for name in RESULT_KEYS - {"request_id"}} == {
            "changed": False,
            "outcome": "current",
            "request_attempts": 0,
            "instance_id": INSTANCE,
            "client_token": "CHG-1",
        }
        assert "request_id" not in result
        assert result["failed"] is False
        assert result["snapshot"].keys() == SNAPSHOT_KEYS
        assert (result["snapshot"]["name"], result["snapshot"]["state"]) == ("young", "SUCCESS")
        assert cloud.requests_for_snapshots == []

    @pytest.mark.parametrize(
        "held",
        [
            None,
            [],
            [entry("old", end=-61)],
            [entry("bad", "PARTIAL", end=-1)],
            [entry("bad", end=-1, failed=1)],
            [entry("stuck", RUNNING, start=-61)],
        ],
        ids=["no repository", "none", "too old", "partial", "failed shard", "began too early"],
    )
    def test_otherwise_one_is_taken(self, look: Look, held: Any) -> None:
        cloud = Cloud(held)
        result = look(cloud, max_age=60)
        assert (result["changed"], result["outcome"], result["request_id"]) == (True, "accepted", "C-1")
        assert "snapshot" not in result
        assert len(cloud.requests_for_snapshots) == 1

    def test_with_wait_the_one_that_is_taken_is_waited_for(self, look: Look) -> None:
        cloud = Cloud([OLD], [OLD], [OLD, entry("new")])
        result = look(cloud, max_age=60, wait=True)
        assert (result["outcome"], result["snapshot"]["name"]) == ("accepted", "new")

    def test_one_that_is_running_is_current_without_wait(self, look: Look) -> None:
        cloud = Cloud([entry("running", RUNNING, start=-50)])
        result = look(cloud, max_age=60)
        assert (result["changed"], result["outcome"], result["request_attempts"]) == (False, "current", 0)
        assert (result["snapshot"]["name"], result["snapshot"]["state"]) == ("running", RUNNING)
        assert (cloud.requests_for_snapshots, cloud.paths.count(by_all())) == ([], 1)

    def test_with_wait_it_is_followed_to_its_end(self, look: Look) -> None:
        running = entry("running", RUNNING, start=-50)
        cloud = Cloud([OLD, running], [running], error(503), [entry("running", start=-50, end=5)])
        result = look(cloud, max_age=60, wait=True)
        assert (result["changed"], result["outcome"], result["request_attempts"]) == (False, "current", 0)
        assert (result["snapshot"]["state"], result["snapshot"]["duration"]) == ("SUCCESS", 55)
        assert cloud.requests_for_snapshots == []
        assert cloud.paths.count("_snapshot/aliyun_auto_snapshot/running") == 3

    @pytest.mark.parametrize(
        ("then", "words"),
        [
            ([entry("running", "FAILED", failed=3)], "The snapshot running ended as FAILED; 3 of 6 shards failed."),
            ([], "The snapshot running is no longer in the repository."),
            (
                [entry("running", RUNNING, start=-50)],
                "The snapshot running, which began at 2026-11-24T03:59:10.000Z, was not finished after 0.05 s; "
                "it goes on.",
            ),
            (DENIED, "security_exception: action is unauthorized"),
        ],
        ids=["failed", "gone", "too late", "refused"],
    )
    def test_when_it_does_not_end_well_the_task_fails_without_a_change(self, look: Look, then: Any, words: str) -> None:
        cloud = Cloud([entry("running", RUNNING, start=-50)], then)
        result = look(cloud, max_age=60, wait=True, wait_timeout=0.05)
        check_failure(result, "not_sent")
        assert words in result["msg"]
        assert (result["request_attempts"], result["snapshot"]["name"], cloud.requests_for_snapshots) == (0, "running", [])
        assert ("failures" in result) == ("shards failed" in words)

    def test_the_age_is_by_the_servers_clock_and_not_by_this_hosts(self, look: Look) -> None:
        # The servers of these tests live in 2026, whenever the tests are run.
        assert look(Cloud([OLD]), max_age=7200)["outcome"] == "current"
        assert look(Cloud([OLD]), max_age=7199)["outcome"] == "accepted"

    def test_a_cluster_that_does_not_tell_its_time_is_an_error(self, run: Run, serve: Serve) -> None:
        cloud = Cloud([OLD])
        cloud.health = []
        server = serve(cloud)
        result = run(server.url, max_age=60, cluster_url=server.url, cluster_password=CLUSTER_PASSWORD)
        check_failure(result, "not_sent")
        assert "The cluster does not tell its time" in result["msg"]
        assert cloud.requests_for_snapshots == []

    @pytest.mark.parametrize("name", ["max_age", "wait_timeout", "wait_interval"])
    @pytest.mark.parametrize("value", [0, -1, "nan", "inf", 604801])
    @pytest.mark.parametrize("check_mode", [False, True])
    def test_times_that_cannot_work_are_refused_before_any_request(
        self, run: Run, serve: Serve, name: str, value: Any, check_mode: bool
    ) -> None:
        server = serve(Cloud([]))
        result = run(server.url, check_mode=check_mode, **{name: value})
        check_failure(result, "not_sent")
        assert f"{name} must be more than 0 and at most 604800 seconds" in result["msg"]
        assert server.connections == 0


class TestCheckModeWithACluster:
    @pytest.mark.parametrize("wait", [False, True])
    @pytest.mark.parametrize(
        "recent", [entry("recent", end=-10), entry("recent", RUNNING, start=-10)], ids=["complete", "running"]
    )
    def test_with_max_age_it_says_that_none_would_be_taken(
        self, look: Look, wait: bool, recent: dict[str, Any]
    ) -> None:
        cloud = Cloud([OLD, recent])
        result = look(cloud, check_mode=True, max_age=60, wait=wait)
        assert (result["failed"], result["changed"], result["outcome"]) == (False, False, "current")
        assert (result["request_attempts"], result["snapshot"]["name"]) == (0, "recent")
        assert (cloud.requests_for_snapshots, cloud.paths.count(by_all())) == ([], 1)

    @pytest.mark.parametrize("wait", [False, True])
    @pytest.mark.parametrize("held", [None, [OLD]], ids=["no repository", "too old"])
    def test_with_max_age_it_says_that_one_would_be_taken(self, look: Look, wait: bool, held: Any) -> None:
        cloud = Cloud(held)
        result = look(cloud, check_mode=True, max_age=60, wait=wait)
        assert (result["failed"], result["changed"], result["outcome"]) == (False, True, "not_sent")
        assert result["request_attempts"] == 0
        assert not {"snapshot", "request_id"} & result.keys()
        assert (cloud.requests_for_snapshots, cloud.paths.count(by_all())) == ([], 1)

    def test_a_look_that_is_refused_fails(self, look: Look) -> None:
        cloud = Cloud(DENIED)
        result = look(cloud, check_mode=True, max_age=60)
        check_failure(result, "not_sent")
        assert cloud.requests_for_snapshots == []

    def test_with_wait_only_nothing_is_sent(self, run: Run, serve: Serve) -> None:
        server = serve(Cloud(DENIED))
        result = run(server.url, check_mode=True, wait=True, cluster_url=server.url, cluster_password=CLUSTER_PASSWORD)
        assert (result["failed"], result["changed"], result["outcome"]) == (False, True, "not_sent")
        assert server.connections == 0


class TestClusterOptions:
    @staticmethod
    def read(run: Run, serve: Serve, cloud: Cloud, **options: Any) -> list[str]:
        """Return the targets of what was read."""
        run(serve(cloud).url, max_age=60, **options)
        return [read.target for read in cloud.reads]

    def test_by_default_the_openapi_reads_with_the_default_credential(self, run: Run, serve: Serve) -> None:
        assert self.read(run, serve, Cloud([])) == [
            f"/openapi/instances/{INSTANCE}/es-request?method=GET&path=_snapshot%2Faliyun_auto_snapshot%2F_all"
        ]

    @pytest.mark.parametrize(
        ("options", "within"),
        [
            ({"credential_id": "cred-1"}, "?credentialId=cred-1&method=GET&"),
            ({"system_credential": True}, "&system=true"),
            ({"repository": "mine"}, "path=_snapshot%2Fmine%2F_all"),
        ],
        ids=str,
    )
    def test_each_option_reaches_the_openapi(
        self, run: Run, serve: Serve, options: dict[str, Any], within: str
    ) -> None:
        (target,) = self.read(run, serve, Cloud([]), **options)
        assert within in target
        (target,) = self.read(run, serve, Cloud([]))
        assert within not in target

    @pytest.mark.parametrize(
        ("options", "user"),
        [({}, f"elastic:{CLUSTER_PASSWORD}"), ({"cluster_username": "reader"}, f"reader:{CLUSTER_PASSWORD}")],
        ids=str,
    )
    def test_each_option_reaches_the_cluster(self, run: Run, serve: Serve, options: dict[str, Any], user: str) -> None:
        cluster = Cloud([])
        direct = {"cluster_url": serve(cluster).url, "cluster_password": CLUSTER_PASSWORD, "repository": "mine"}
        api = Cloud([])
        assert self.read(run, serve, api, **direct, **options) == []
        assert len(api.requests_for_snapshots) == 1
        (read,) = cluster.reads
        assert (read.method, read.target) == ("GET", "/_snapshot/mine/_all")
        assert read.headers["authorization"] == f"Basic {base64.b64encode(user.encode()).decode()}"

    def test_a_result_may_be_a_text(self, run: Run, serve: Serve) -> None:
        result = run(serve(Cloud([entry("young")], as_text=True)).url, max_age=60)
        assert (result["outcome"], result["snapshot"]["name"]) == ("current", "young")
        assert run(serve(Cloud(missing("repository"), as_text=True)).url, max_age=60)["outcome"] == "accepted"

    @pytest.mark.parametrize(
        ("options", "words"),
        [
            ({"cluster_url": "https://es.test"}, "cluster_password is missing or blank"),
            ({"cluster_password": CLUSTER_PASSWORD}, "cluster_url is missing or blank"),
            ({"cluster_url": "https://es.test/x", "cluster_password": CLUSTER_PASSWORD}, "cluster_url must be a host"),
            ({"cluster_url": "es.test", "cluster_password": "a\ud800"}, "cluster_password holds characters"),
            (
                {"cluster_url": "es.test", "cluster_password": CLUSTER_PASSWORD, "system_credential": True},
                "goes straight",
            ),
            ({"credential_id": "cred-1", "system_credential": True}, "exclude each other"),
            ({"repository": "a/b"}, "repository must not begin with"),
        ],
        ids=str,
    )
    @pytest.mark.parametrize("use", [{"wait": True}, {"max_age": 60}], ids=str)
    @pytest.mark.parametrize("check_mode", [False, True])
    def test_what_cannot_work_is_refused_before_any_request_also_in_check_mode(
        self, run: Run, serve: Serve, options: dict[str, Any], words: str, use: dict[str, Any], check_mode: bool
    ) -> None:
        server = serve(Cloud([]))
        result = run(server.url, check_mode=check_mode, **use, **options)
        check_failure(result, "not_sent")
        assert words in result["msg"]
        assert (result["request_attempts"], server.connections) == (0, 0)

    def test_the_password_is_masked_wherever_the_cluster_says_it(self, run: Run, serve: Serve) -> None:
        encoded = base64.b64encode(f"elastic:{CLUSTER_PASSWORD}".encode()).decode()
        failures = [{"index": CLUSTER_PASSWORD, "reason": CLUSTER_PASSWORD}]
        said = entry(CLUSTER_PASSWORD, "PARTIAL", failures=failures, uuid=CLUSTER_PASSWORD)
        echo = f"{CLUSTER_PASSWORD} {encoded}"
        for step in ([said], refusal(403, echo, echo), http_response(echo.encode())):
            server = serve(Cloud([], step))
            direct = {"cluster_url": server.url, "cluster_password": CLUSTER_PASSWORD}
            result = run(server.url, wait=True, wait_timeout=0.2, wait_interval=0.05, **direct)
            check_incomplete(result, "********")
            assert CLUSTER_PASSWORD not in result["printed"]
            assert encoded not in result["printed"]

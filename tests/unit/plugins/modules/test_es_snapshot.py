# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
import re
import sys
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ansible_collections.aliyun.elasticsearch.plugins.modules import es_snapshot
from ansible_collections.aliyun.elasticsearch.tests.unit.plugins.loopback import (
    Server,
    hang,
    http_answer,
    unused_port,
)

INSTANCE = "es-cn-0pp1jxvcl0001abcd"
SECRET = "the-access-key-secret"
RESULT_KEYS = {"changed", "outcome", "request_id", "attempts", "instance_id", "client_token"}
ERROR_KEYS = {"code", "message", "http_status", "request_id", "host_id", "recommend"}

Run = Callable[..., "dict[str, Any]"]
Serve = Callable[..., Server]


def answer(status: str = "200 OK", headers: dict[str, str] | None = None, **fields: Any) -> bytes:
    return http_answer(json.dumps(fields).encode(), status, content_type="application/json", **(headers or {}))


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
            "attempts": 1,
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
        assert result["attempts"] == 3
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
            "attempts": 0,
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
        assert (result["attempts"], server.connections) == (1, 1)
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

    @pytest.mark.parametrize(
        ("raw", "attempts", "words"),
        [
            (answer(Result=False, RequestId="R-1"), 1, "Result: false"),
            (b"<Result>false</Result>", 1, "Result: false"),
            (answer("403 Forbidden", Code="Forbidden.RAM"), 1, "acs:elasticsearch:cn-beijing:*:instances/" + INSTANCE),
            (answer("400 Bad Request", Code="Throttling.User"), 3, "throttling"),
            (answer("400 Bad Request", Code="InstanceActivating"), 3, "wait until its status is active"),
            (answer("429 Too Many"), 3, "throttling"),
            (
                http_answer(b"", "302 Found", location="https://elsewhere.test/"),
                1,
                "redirect to https://elsewhere.test/",
            ),
            (http_answer(b"<html>no</html>", "404 Not Found", content_type="text/html"), 1, "text/html, 15 bytes"),
        ],
        ids=["false", "false in XML", "permission", "throttled", "activating", "429", "redirect", "html"],
    )
    def test_each_refusal_says_what_to_do(self, run: Run, serve: Serve, raw: bytes, attempts: int, words: str) -> None:
        if not raw.startswith(b"HTTP"):
            raw = http_answer(raw)
        server = serve(raw)
        result = run(server.url, region="cn-beijing")
        check_failure(result, "refused")
        assert (result["attempts"], server.connections) == (attempts, attempts)
        assert words in result["msg"]

    def test_a_wrong_clock_is_told(self, run: Run, serve: Serve) -> None:
        headers = {"date": "Thu, 01 Jan 1970 00:00:00 GMT"}
        result = run(serve(answer("400 Bad Request", headers, Code="InvalidTimeStamp.Expired")).url)
        check_failure(result, "refused")
        assert re.search(r"This host's clock is \d{9,} seconds ahead of the server's", result["msg"])


class TestUnknown:
    @pytest.mark.parametrize(
        ("raw", "attempts"),
        [
            (b"", 3),
            (answer("500 Error", Code="InternalError"), 3),
            (http_answer(b"<html>bad</html>", "502 Bad Gateway"), 3),
            (http_answer(b"{", length=99), 3),
            (http_answer(b"<html>portal</html>"), 1),
            (http_answer(b""), 1),
            (answer(Result="true"), 1),
            (http_answer(b'{"Result": true, "x": "' + b"x" * 1024 * 1024 + b'"}'), 1),
        ],
        ids=["dropped", "internal error", "html", "cut", "portal", "empty", "text", "too long"],
    )
    def test_a_doubt_says_how_to_ask_again(self, run: Run, serve: Serve, raw: bytes, attempts: int) -> None:
        server = serve(raw)
        result = run(server.url)
        check_failure(result, "unknown")
        assert (result["attempts"], server.connections) == (attempts, attempts)
        token = result["client_token"]
        assert result["msg"].endswith(f"that takes no second one. client_token: {token}")

    def test_a_server_that_does_not_answer(self, run: Run, serve: Serve) -> None:
        check_failure(run(serve(hang).url, read_timeout=0.2, retries=0), "unknown")

    def test_a_refusal_after_no_answer_does_not_end_the_doubt(self, run: Run, serve: Serve) -> None:
        server = serve(b"", answer("400 Bad Request", Code="InstanceNotFound", Message="No.", RequestId="R-2"))
        result = run(server.url)
        check_failure(result, "unknown")
        assert (result["attempts"], result["request_id"]) == (2, "R-2")
        assert "InstanceNotFound: No (HTTP 400, RequestId R-2, 2 attempts)." in result["msg"]
        assert "An earlier attempt leaves it open: The connection to" in result["msg"]


class TestNotSent:
    def test_a_server_that_is_not_there(self, run: Run) -> None:
        result = run(f"http://127.0.0.1:{unused_port()}")
        check_failure(result, "not_sent")
        assert result["attempts"] == 3
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
        assert (result["attempts"], server.connections) == (0, 0)
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
        assert "No usable credentials were found. Looked at: " in result["msg"]
        assert "alibabacloud-credentials" in result["msg"]

    @settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(
        instance_id=st.one_of(ANY_TEXT, ASCII_TEXT),
        client_token=st.one_of(st.none(), ANY_TEXT, ASCII_TEXT),
    )
    def test_no_instance_id_and_no_token_leads_to_a_traceback(
        self, run: Run, instance_id: str, client_token: str | None
    ) -> None:
        result = run("example.test", check_mode=True, instance_id=instance_id, client_token=client_token)
        sendable = instance_id.isascii() and instance_id.isprintable() and not set(instance_id) & set(" /?#")
        sendable = sendable and instance_id not in ("", ".", "..")
        if client_token is not None:
            sendable = sendable and client_token.isascii() and client_token.isprintable() and bool(client_token.strip())
            sendable = sendable and len(client_token) <= 64
        assert result["failed"] is not sendable
        if not sendable:
            check_failure(result, "not_sent")


class TestArguments:
    def test_the_instance_is_required(self, run: Run) -> None:
        result = run("example.test", instance_id=None)
        assert result["failed"]
        assert "missing required arguments: instance_id" in result["msg"]

    @pytest.mark.parametrize("options", [{"network": "private"}, {"retries": "many"}, {"unheard": 1}], ids=str)
    def test_what_does_not_fit_the_argument_spec_is_refused(self, run: Run, options: dict[str, Any]) -> None:
        assert run("example.test", **options)["failed"]


class TestSecrets:
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
    ssl = pytest.importorskip("ssl")
    trustme = pytest.importorskip("trustme")
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

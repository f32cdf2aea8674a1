# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""es_snapshot: its options, their checks, and the secrets among them."""

from __future__ import annotations

import base64
import json
import re
import ssl
import sys
import syslog
from pathlib import Path
from typing import Any

import pytest
import trustme
from ansible.module_utils import basic
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ansible_collections.aliyun.elasticsearch.plugins.module_utils._http.transport import Response
from ansible_collections.aliyun.elasticsearch.plugins.modules.es_snapshot import main
from ansible_collections.aliyun.elasticsearch.tests.unit.plugins.modules.results import (
    ACCEPTED,
    CLUSTER_PASSWORD,
    INSTANCE,
    SECRET,
    Run,
    Serve,
    check_failure,
    check_incomplete,
    instance,
)
from ansible_collections.aliyun.elasticsearch.tests.unit.support.cluster import (
    FakeCluster,
    FakeSnapshot,
    elasticsearch_error,
)
from ansible_collections.aliyun.elasticsearch.tests.unit.support.instance import FakeInstance
from ansible_collections.aliyun.elasticsearch.tests.unit.support.libraries import remove_requests
from ansible_collections.aliyun.elasticsearch.tests.unit.support.openapi import json_response

ANY_TEXT = st.text(st.characters(), max_size=70)
ASCII_TEXT = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), max_size=70)


def test_instance_id_is_required(es_snapshot: Run) -> None:
    result = es_snapshot("example.test", instance_id=None)
    assert result["failed"]
    assert "missing required arguments: instance_id" in result["msg"]


@pytest.mark.parametrize("options", [{"network": "private"}, {"retries": "many"}, {"unheard": 1}], ids=str)
def test_options_that_do_not_fit_the_argument_spec_are_refused(es_snapshot: Run, options: dict[str, Any]) -> None:
    assert es_snapshot("example.test", **options)["failed"]


def test_options_have_aliases_and_environment_variables(
    es_snapshot: Run, serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = serve(ACCEPTED)
    monkeypatch.setenv("ALIBABA_CLOUD_ENDPOINT_ELASTICSEARCH", server.url)
    es_snapshot(
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
    es_snapshot: Run, serve: Serve, options: dict[str, Any], words: str
) -> None:
    server = serve(ACCEPTED)
    result = es_snapshot(**{"endpoint": server.url, **options})
    check_failure(result, "not_sent")
    assert words in result["msg"]
    assert (result["request_attempts"], server.connections) == (0, 0)
    assert result["instance_id"] == options.get("instance_id", INSTANCE)
    assert result["client_token"] == options.get("client_token", result["client_token"])


@pytest.mark.parametrize("name", ["max_age", "wait_timeout", "wait_interval"])
@pytest.mark.parametrize("value", [0, -1, "nan", "inf", 604801])
@pytest.mark.parametrize("check_mode", [False, True])
def test_max_age_and_wait_times_that_cannot_work_are_refused_before_any_request(
    es_snapshot: Run, serve: Serve, name: str, value: Any, check_mode: bool
) -> None:
    server = serve(FakeInstance(FakeCluster()))
    result = es_snapshot(server.url, check_mode=check_mode, **{name: value})
    check_failure(result, "not_sent")
    assert f"{name} must be more than 0 and at most 604800 seconds" in result["msg"]
    assert server.connections == 0


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    instance_id=st.one_of(ANY_TEXT, ASCII_TEXT),
    client_token=st.one_of(st.none(), ANY_TEXT, ASCII_TEXT),
)
def test_instance_id_and_client_token_that_must_be_refused_reach_no_server(
    es_snapshot: Run, serve: Serve, instance_id: str, client_token: str | None
) -> None:
    server = serve(ACCEPTED)
    result = es_snapshot(server.url, instance_id=instance_id, client_token=client_token)
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


def test_msg_without_requests_is_ansibles_own(es_snapshot: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    remove_requests(monkeypatch)
    result = es_snapshot("example.test")
    check_failure(result, "not_sent")
    assert "Failed to import the required Python library (requests)" in result["msg"]


def test_access_key_missing_tells_where_credentials_were_looked_for(
    es_snapshot: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "alibabacloud_credentials", None)
    monkeypatch.setitem(sys.modules, "alibabacloud_credentials.provider", None)
    result = es_snapshot("example.test", access_key_id=None, access_key_secret=None)
    check_failure(result, "not_sent")
    assert "No usable credentials were found where the module runs. Looked at: " in result["msg"]
    assert "alibabacloud-credentials" in result["msg"]


def test_secrets_are_not_in_the_log_of_invocations(
    run_module: Run, serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    logged: list[str] = []
    monkeypatch.setattr(basic, "has_journal", False, raising=False)  # elsewhere in ansible-core 2.22
    monkeypatch.setattr(syslog, "openlog", lambda *_arguments: None)
    monkeypatch.setattr(syslog, "syslog", lambda _priority, message: logged.append(message))
    secrets = {
        "access_key_secret": SECRET,
        "security_token": "the-security-token",
        "cluster_password": "the-password",
    }
    options = {"instance_id": INSTANCE, "access_key_id": "the-id", "endpoint": serve(ACCEPTED).url, **secrets}
    run_module(main, {**options, "cluster_url": "es.test"}, logs=True)
    assert any("Invoked with" in message and INSTANCE in message for message in logged)
    assert not [secret for secret in secrets.values() if secret in "".join(logged)]


def test_endpoint_and_cluster_url_with_a_password_are_masked(es_snapshot: Run, serve: Serve) -> None:
    result = es_snapshot("https://user:the-password@example.test", instance_id=" ")
    check_failure(result, "not_sent")
    assert "the-password" not in result["printed"]
    result = es_snapshot(
        serve(ACCEPTED).url, cluster_url="https://elastic:the-password@es.test", cluster_password="other"
    )
    check_failure(result, "not_sent")
    assert "the-password" not in result["printed"]


def test_access_key_secret_from_the_environment_is_masked_in_responses(
    es_snapshot: Run, serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ALIBABA_CLOUD_ACCESS_KEY_ID", "the-id")
    monkeypatch.setenv("ALIBABA_CLOUD_ACCESS_KEY_SECRET", SECRET)
    monkeypatch.setenv("ALIBABA_CLOUD_SECURITY_TOKEN", "the-token+/==")
    echo = f"{SECRET} the-token+/== the-token%2B%2F%3D%3D"
    server = serve(
        json_response("400 Bad Request", Code=echo, Message=echo, RequestId=echo, HostId=echo, Recommend=echo)
    )
    result = es_snapshot(server.url, access_key_id=None, access_key_secret=None)
    check_failure(result, "refused")
    assert "the-token" not in result["printed"]
    assert server.received[0].headers["x-acs-security-token"] == "the-token+/=="


def test_access_key_secret_is_masked_in_the_request_id(es_snapshot: Run, serve: Serve) -> None:
    result = es_snapshot(serve(json_response(Result=True, RequestId=f"R-{SECRET}")).url)
    assert result["request_id"] == "R-********"


def warnings_of(result: dict[str, Any]) -> str:
    return json.dumps(result.get("warnings", []))


def test_endpoint_with_plain_http_to_another_machine_gives_a_warning(es_snapshot: Run) -> None:
    result = es_snapshot("http://elsewhere-1.test", check_mode=True)
    assert "The endpoint http://elsewhere-1.test is not encrypted" in warnings_of(result)


@pytest.mark.parametrize("endpoint", ["http://127.0.0.1:8001", "http://localhost:8001", "https://elsewhere-2.test"])
def test_endpoint_otherwise_gives_no_warning(es_snapshot: Run, endpoint: str) -> None:
    assert f"The endpoint {endpoint}" not in warnings_of(es_snapshot(endpoint, check_mode=True))


def test_ca_path_and_validate_certs_are_used(es_snapshot: Run, serve: Serve, tmp_path: Path) -> None:
    authority = trustme.CA()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    server = serve(ACCEPTED, context=context)
    assert es_snapshot(server.url, ca_path=str(tmp_path / "ca.pem"))["outcome"] == "accepted"
    result = es_snapshot(server.url)
    check_failure(result, "not_sent")
    assert f"The certificate of {server.host} does not verify" in result["msg"]
    assert es_snapshot(server.url, validate_certs=False)["outcome"] == "accepted"


def read_targets(es_snapshot: Run, serve: Serve, es: FakeInstance, **options: Any) -> list[str]:
    """Return the targets of what was read, with the queries of the paths that the OpenAPI passes on left out."""
    es_snapshot(serve(es).url, max_age=60, **options)
    return [re.sub("%3F.*?(?=&|$)", "", read.target) for read in es.reads]


def test_cluster_options_left_out_read_through_the_openapi_with_the_default_credential(
    es_snapshot: Run, serve: Serve
) -> None:
    base = f"/openapi/instances/{INSTANCE}/es-request?method=GET&path=_snapshot%2Faliyun_auto_snapshot%2F"
    current, *index = read_targets(es_snapshot, serve, FakeInstance(FakeCluster()))
    assert current == f"{base}_current"
    assert set(index) == {f"{base}_all"}


@pytest.mark.parametrize(
    ("options", "within"),
    [
        ({"credential_id": "cred-1"}, "?credentialId=cred-1&method=GET&"),
        ({"system_credential": True}, "&system=true"),
        ({"repository": "mine"}, "path=_snapshot%2Fmine%2F_"),
    ],
    ids=str,
)
def test_credential_id_system_credential_and_repository_reach_the_openapi(
    es_snapshot: Run, serve: Serve, options: dict[str, Any], within: str
) -> None:
    targets = read_targets(es_snapshot, serve, FakeInstance(FakeCluster()), **options)
    assert all(within in target for target in targets)
    assert len(targets) == 3
    assert within not in "".join(read_targets(es_snapshot, serve, FakeInstance(FakeCluster())))


@pytest.mark.parametrize(
    ("options", "user"),
    [({}, f"elastic:{CLUSTER_PASSWORD}"), ({"cluster_username": "reader"}, f"reader:{CLUSTER_PASSWORD}")],
    ids=str,
)
def test_cluster_url_username_password_and_repository_reach_the_cluster(
    es_snapshot: Run, serve: Serve, options: dict[str, Any], user: str
) -> None:
    cluster = FakeInstance(FakeCluster())
    direct = {"cluster_url": serve(cluster).url, "cluster_password": CLUSTER_PASSWORD, "repository": "mine"}
    api = FakeInstance(FakeCluster())
    assert read_targets(es_snapshot, serve, api, **direct, **options) == []
    assert len(api.create_requests) == 1
    for read in cluster.reads:
        assert (read.method, read.target.rpartition("/")[0]) == ("GET", "/_snapshot/mine")
        assert read.headers["authorization"] == f"Basic {base64.b64encode(user.encode()).decode()}"
    assert len(cluster.reads) == 3


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
@pytest.mark.parametrize("use", [{}, {"wait": True}, {"max_age": 60}], ids=str)
@pytest.mark.parametrize("check_mode", [False, True])
def test_cluster_options_that_cannot_work_are_refused_before_any_request_also_in_check_mode(
    es_snapshot: Run, serve: Serve, options: dict[str, Any], words: str, use: dict[str, Any], check_mode: bool
) -> None:
    server = serve(FakeInstance(FakeCluster()))
    result = es_snapshot(server.url, check_mode=check_mode, **use, **options)
    check_failure(result, "not_sent")
    assert words in result["msg"]
    assert (result["request_attempts"], server.connections) == (0, 0)


def test_cluster_password_is_masked_wherever_the_cluster_sends_it(es_snapshot: Run, serve: Serve) -> None:
    encoded = base64.b64encode(f"elastic:{CLUSTER_PASSWORD}".encode()).decode()
    echo = f"{CLUSTER_PASSWORD} {encoded}"
    failures = [{"index": CLUSTER_PASSWORD, "reason": CLUSTER_PASSWORD}]
    echoing = {"uuid": CLUSTER_PASSWORD, "reason": CLUSTER_PASSWORD, "fields": {"failures": failures}}
    for snapshots, fault in (
        ([FakeSnapshot(f"a{CLUSTER_PASSWORD}", "PARTIAL", appears=1, **echoing)], None),
        ([], elasticsearch_error(403, echo, echo)),
        ([], Response(200, {}, echo.encode())),
    ):
        es = instance(*snapshots)
        es.cluster.fail("current", None, *[fault] * 99)
        server = serve(es)
        direct = {"cluster_url": server.url, "cluster_password": CLUSTER_PASSWORD}
        result = es_snapshot(server.url, wait=True, wait_timeout=0.2, wait_interval=0.05, **direct)
        check_incomplete(result, "********")
        assert CLUSTER_PASSWORD not in result["printed"]
        assert encoded not in result["printed"]

# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""es_snapshot: the request for a snapshot, and what is returned of its response."""

from __future__ import annotations

import json
import re
import uuid
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ansible_collections.aliyun.elasticsearch.tests.unit.plugins.modules.results import (
    ACCEPTED,
    INSTANCE,
    RESULT_KEYS,
    Run,
    Serve,
    check_failure,
)
from ansible_collections.aliyun.elasticsearch.tests.unit.support.libraries import remove_requests
from ansible_collections.aliyun.elasticsearch.tests.unit.support.openapi import json_response
from ansible_collections.aliyun.elasticsearch.tests.unit.support.server import hang, http_response, unused_port


def test_result_of_an_accepted_request_has_what_was_used(es_snapshot: Run, serve: Serve) -> None:
    server = serve(ACCEPTED)
    result = es_snapshot(server.url, client_token="CHG-1", region="cn-hangzhou")
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
    assert result["msg"] == ("The API accepted the request for a snapshot. See that it is complete before you go on.")
    (received,) = server.received
    assert (received.method, received.body) == ("POST", b"")
    assert received.target == f"/openapi/instances/{INSTANCE}/snapshots?ClientToken=CHG-1"
    assert received.headers["x-acs-action"] == "CreateSnapshot"


def test_request_id_is_null_where_the_response_has_none(es_snapshot: Run, serve: Serve) -> None:
    result = es_snapshot(serve(json_response(Result=True)).url)
    assert (result["outcome"], result["request_id"]) == ("accepted", None)


def test_user_agent_names_the_collection_and_ansible(es_snapshot: Run, serve: Serve) -> None:
    server = serve(ACCEPTED)
    es_snapshot(server.url)
    agent = server.received[0].headers["user-agent"]
    assert re.fullmatch(r"aliyun\.elasticsearch/\S+ ansible-core/\S+ requests/\S+ python/\S+", agent)


def test_client_token_is_generated_once_and_kept_through_all_attempts(es_snapshot: Run, serve: Serve) -> None:
    server = serve(b"", json_response("503 Busy"), ACCEPTED)
    result = es_snapshot(server.url)
    assert result["request_attempts"] == 3
    assert uuid.UUID(result["client_token"]).version == 4
    assert [received.target.partition("?")[2] for received in server.received] == [
        f"ClientToken={result['client_token']}"
    ] * 3


def test_client_token_differs_between_two_tasks(es_snapshot: Run, serve: Serve) -> None:
    server = serve(ACCEPTED)
    assert es_snapshot(server.url)["client_token"] != es_snapshot(server.url)["client_token"]


def test_check_mode_sends_nothing(es_snapshot: Run, serve: Serve) -> None:
    server = serve(ACCEPTED)
    result = es_snapshot(server.url, check_mode=True, client_token="CHG-1")
    assert server.connections == 0
    assert result["failed"] is False
    assert {name: result[name] for name in RESULT_KEYS - {"request_id"}} == {
        "changed": True,
        "outcome": "not_sent",
        "request_attempts": 0,
        "instance_id": INSTANCE,
        "client_token": "CHG-1",
    }
    assert result["request_id"] is None
    assert result["msg"] == "A snapshot would be requested. This was check mode, and none was."


def test_check_mode_generates_a_client_token_all_the_same(es_snapshot: Run) -> None:
    assert uuid.UUID(es_snapshot("example.test", check_mode=True)["client_token"]).version == 4


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
def test_check_mode_checks_everything_up_to_the_network(es_snapshot: Run, options: dict[str, Any]) -> None:
    check_failure(es_snapshot(**{"endpoint": "example.test", **options}, check_mode=True), "not_sent")


def test_check_mode_checks_the_library(es_snapshot: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    remove_requests(monkeypatch)
    check_failure(es_snapshot("example.test", check_mode=True), "not_sent")


def test_error_of_the_api_is_returned_whole(es_snapshot: Run, serve: Serve) -> None:
    fields = {
        "Code": "InstanceNotFound",
        "Message": "The instanceId provided does not exist.",
        "RequestId": "R-1",
        "HostId": "elasticsearch.cn-hangzhou.aliyuncs.com",
        "Recommend": "https://example.test/?q=InstanceNotFound",
    }
    server = serve(json_response("400 Bad Request", **fields))
    result = es_snapshot(server.url)
    check_failure(result, "refused")
    assert (result["request_attempts"], server.connections) == (1, 1)
    assert result["error"] == {
        "code": fields["Code"],
        "message": fields["Message"],
        "http_status": 400,
        "request_id": "R-1",
        "host_id": fields["HostId"],
        "recommend": fields["Recommend"],
    }
    assert result["msg"] == (
        "This task took no snapshot: the request was refused. "
        "InstanceNotFound: The instanceId provided does not exist (HTTP 400, RequestId R-1, 1 attempt). "
        f"Check the instance's ID and its region: {server.host} was asked."
    )
    given = es_snapshot(server.url, client_token="CHG-1")
    assert given["msg"] == (
        f"{result['msg']} That says nothing of an earlier task with the same client_token, which may have taken one."
    )


@pytest.mark.parametrize(
    ("raw", "attempts", "words"),
    [
        (json_response(Result=False, RequestId="R-1"), 1, "Result: false"),
        (b"<Result>false</Result>", 1, "Result: false"),
        (
            json_response("403 Forbidden", Code="Forbidden.RAM"),
            1,
            "acs:elasticsearch:cn-beijing:*:instances/" + INSTANCE,
        ),
        (json_response("400 Bad Request", Code="Throttling.User"), 3, "throttling"),
        (json_response("400 Bad Request", Code="InstanceActivating"), 3, "wait until its status is active"),
        (json_response("429 Too Many"), 3, "throttling"),
        (
            http_response(b"", "302 Found", location="https://elsewhere.test/"),
            1,
            "redirect to https://elsewhere.test/",
        ),
        (http_response(b"<html>no</html>", "404 Not Found", content_type="text/html"), 1, "text/html, 15 bytes"),
    ],
    ids=["false", "false in XML", "permission", "throttled", "activating", "429", "redirect", "html"],
)
def test_msg_of_a_refusal_says_what_to_do(
    es_snapshot: Run, serve: Serve, raw: bytes, attempts: int, words: str
) -> None:
    if not raw.startswith(b"HTTP"):
        raw = http_response(raw)
    server = serve(raw)
    result = es_snapshot(server.url, region="cn-beijing")
    check_failure(result, "refused")
    assert (result["request_attempts"], server.connections) == (attempts, attempts)
    assert words in result["msg"]


def test_msg_of_a_refusal_tells_how_wrong_the_clock_is(es_snapshot: Run, serve: Serve) -> None:
    headers = {"date": "Thu, 01 Jan 1970 00:00:00 GMT"}
    result = es_snapshot(serve(json_response("400 Bad Request", headers, Code="InvalidTimeStamp.Expired")).url)
    check_failure(result, "refused")
    assert re.search(r"This host's clock is \d{9,} seconds ahead of the server's", result["msg"])


@pytest.mark.parametrize(
    ("raw", "attempts"),
    [
        (b"", 3),
        (json_response("500 Error", Code="InternalError"), 3),
        (http_response(b"<html>bad</html>", "502 Bad Gateway"), 3),
        (http_response(b"{", length=99), 3),
        (http_response(b"<html>portal</html>"), 1),
        (http_response(b""), 1),
        (json_response(Result="true"), 1),
        (http_response(b'{"Result": true, "x": "' + b"x" * 1024 * 1024 + b'"}'), 1),
    ],
    ids=["dropped", "internal error", "html", "cut", "portal", "empty", "text", "too long"],
)
def test_msg_of_an_unknown_outcome_says_how_to_run_the_task_again(
    es_snapshot: Run, serve: Serve, raw: bytes, attempts: int
) -> None:
    server = serve(raw)
    result = es_snapshot(server.url)
    check_failure(result, "unknown")
    assert (result["request_attempts"], server.connections) == (attempts, attempts)
    token = result["client_token"]
    assert result["msg"].endswith(f"that takes no second one. client_token: {token}")


def test_outcome_is_unknown_where_the_server_hangs(es_snapshot: Run, serve: Serve) -> None:
    check_failure(es_snapshot(serve(hang).url, read_timeout=0.2, retries=0), "unknown")


def test_outcome_stays_unknown_when_a_refusal_follows(es_snapshot: Run, serve: Serve) -> None:
    server = serve(b"", json_response("400 Bad Request", Code="InstanceNotFound", Message="No.", RequestId="R-2"))
    result = es_snapshot(server.url)
    check_failure(result, "unknown")
    assert (result["request_attempts"], result["request_id"]) == (2, "R-2")
    assert "InstanceNotFound: No (HTTP 400, RequestId R-2, 2 attempts)." in result["msg"]
    assert "An earlier attempt leaves it open: The connection to" in result["msg"]


def test_request_id_of_the_unknown_attempt_is_in_msg_beside_that_of_the_refusal(es_snapshot: Run, serve: Serve) -> None:
    doubtful = json_response("500 Internal Server Error", Code="InternalError", Message="Oh.", RequestId="R-1")
    server = serve(doubtful, json_response("403 Forbidden", Code="Forbidden.RAM", Message="No.", RequestId="R-2"))
    result = es_snapshot(server.url)
    check_failure(result, "unknown")
    assert "Forbidden.RAM: No (HTTP 403, RequestId R-2, 2 attempts)." in result["msg"]
    doubt = "An earlier attempt leaves it open: InternalError: Oh (HTTP 500, RequestId R-1). Run the task again"
    assert doubt in result["msg"]


def test_outcome_is_not_sent_without_a_connection(es_snapshot: Run) -> None:
    result = es_snapshot(f"http://127.0.0.1:{unused_port()}")
    check_failure(result, "not_sent")
    assert result["request_attempts"] == 3
    assert "Connection refused" in result["msg"]


DOCUMENTS = st.sampled_from([True, False, "true", 1, None, [True], {}]).flatmap(
    lambda value: st.sampled_from([{"Result": value}, {"Result": value, "Code": "X"}, {"Result": value, "Code": 200}])
)
BODIES = st.one_of(
    st.just(b'{"Result": true}'),
    st.just(b"<Result>true</Result>"),
    DOCUMENTS.map(lambda document: json.dumps(document).encode()),
    st.binary(max_size=60),
)
RESPONSES = st.one_of(
    st.binary(max_size=60),
    st.tuples(st.sampled_from([200, 202, 204, 301, 400, 403, 429, 500, 503]) | st.integers(100, 999), BODIES),
)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(RESPONSES)
def test_changed_is_true_for_no_other_response_than_a_result_of_true(
    es_snapshot: Run, serve: Serve, response: bytes | tuple[int, bytes]
) -> None:
    status, body = (0, response) if isinstance(response, bytes) else response
    server = serve(response if isinstance(response, bytes) else http_response(body, f"{status} Status"))
    result = es_snapshot(server.url, retries=0, read_timeout=1)
    server.close()
    assert result["changed"] is (result["outcome"] == "accepted")
    if result["changed"]:
        assert 200 <= status < 300
        assert body == b"<Result>true</Result>" or json.loads(body)["Result"] is True
    else:
        check_failure(result, result["outcome"])
        assert result["outcome"] in ("refused", "unknown")

# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from ansible_collections.aliyun.elasticsearch.plugins.module_utils._errors import (
    NOT_SENT,
    REFUSED,
    UNKNOWN,
    AliyunError,
)
from ansible_collections.aliyun.elasticsearch.plugins.module_utils._http.retry import RetryPolicy
from ansible_collections.aliyun.elasticsearch.plugins.module_utils._http.transport import Response, Transport
from ansible_collections.aliyun.elasticsearch.plugins.module_utils._openapi.client import (
    Client,
    is_region,
    regional_endpoint,
)
from ansible_collections.aliyun.elasticsearch.plugins.module_utils._openapi.credentials import Credentials
from ansible_collections.aliyun.elasticsearch.tests.unit.plugins.module_utils._openapi.fake_transport import (
    KEYS,
    OPERATION,
    TEMPORARY_KEYS,
    FakeClient,
    FakeTransport,
    Step,
    assert_signed,
    response,
)
from ansible_collections.aliyun.elasticsearch.tests.unit.support.server import Server, http_response

pytestmark = pytest.mark.usefixtures("any_request")

UPDATE = OPERATION._replace(action="Update", method="PUT", query=(), body={"名": "ü", "enable": True})


def no_response(message: str = "gave no response") -> AliyunError:
    return AliyunError(message, outcome=UNKNOWN, retryable=True)


def no_connection() -> AliyunError:
    return AliyunError("no connection", outcome=NOT_SENT, retryable=True)


def accepted() -> Response:
    return response(Result=True, RequestId="R-last")


def throttled(retry_after: int | None = None, request_id: str | None = None) -> Response:
    headers = {} if retry_after is None else {"x-acs-retry-after": str(retry_after)}
    return response(400, headers, Code="Throttling.User", Message="slow down", RequestId=request_id)


def refused(code: str = "InstanceNotFound", status: int = 404, request_id: str | None = None) -> Response:
    return response(status, Code=code, Message="no", RequestId=request_id)


class TestOneAttempt:
    def test_call_returns_an_accepted_response_with_its_request_id(self) -> None:
        fake = FakeClient(accepted())
        result = fake.call()
        assert (result.attempts, result.request_id) == (1, "R-last")
        assert fake.slept == []

    def test_call_sends_the_operation_with_the_canonical_query(self) -> None:
        fake = FakeClient(accepted())
        fake.call()
        (sent,) = fake.transport.sent
        assert sent.method == "POST"
        assert sent.url == (
            "https://example.test:8443/openapi/instances/es-1/snapshots?ClientToken=a%20token%2B%2F%3D%25"
        )
        assert sent.headers["host"] == "example.test:8443"
        assert sent.headers["x-acs-action"] == "CreateSnapshot"
        assert sent.headers["x-acs-version"] == "2017-06-13"
        assert sent.headers["Authorization"].startswith("ACS3-HMAC-SHA256 Credential=the-id,SignedHeaders=host;")
        assert "x-acs-security-token" not in sent.headers

    def test_call_sends_and_signs_a_security_token(self) -> None:
        fake = FakeClient(accepted(), credentials=TEMPORARY_KEYS)
        fake.call()
        (sent,) = fake.transport.sent
        assert sent.headers["x-acs-security-token"] == "the-token"
        assert ";x-acs-security-token;" in sent.headers["Authorization"]

    @pytest.mark.parametrize("final", [refused(), response(Result=False), response(302), Response(200, {}, b"<html>")])
    def test_call_does_not_try_again_what_is_final(self, final: Response) -> None:
        fake = FakeClient(final)
        assert fake.fail().attempts == 1
        assert fake.slept == []

    def test_call_does_not_try_again_what_sent_nothing_and_will_not_pass(self) -> None:
        error = FakeClient(AliyunError("no such host")).fail()
        assert (error.attempts, error.outcome) == (1, NOT_SENT)

    def test_call_uses_a_real_clock_and_nonce_unless_told_otherwise(self) -> None:
        transport = FakeTransport([accepted(), accepted()])
        client = Client("https://example.test", None, KEYS, transport, RetryPolicy(0, 0))  # type: ignore[arg-type]
        client.call(OPERATION)
        client.call(OPERATION)
        first, second = (sent.headers for sent in transport.sent)
        assert first["x-acs-signature-nonce"] != second["x-acs-signature-nonce"]
        assert first["x-acs-date"] > "2025"

    def test_attempt_makes_one_request_even_where_another_might_help(self) -> None:
        fake = FakeClient(throttled())
        with pytest.raises(AliyunError) as caught:
            fake.client.attempt(OPERATION)
        assert (caught.value.retryable, caught.value.attempts) == (True, 0)
        fake.transport.assert_used_up()
        assert fake.slept == []

    def test_attempt_asks_the_operation_whether_the_result_is_what_was_asked_for(self) -> None:
        asked: list[object] = []
        operation = OPERATION._replace(accepts=lambda result: bool(asked.append(result)) or result == {"a": [1]})
        fake = FakeClient(response(Result={"a": [1]}), response(Result={"a": [2]}), response(Other=1))
        assert fake.client.attempt(operation).result == {"a": [1]}
        for _other in range(2):
            with pytest.raises(AliyunError):
                fake.client.attempt(operation)
        assert asked == [{"a": [1]}, {"a": [2]}, None]


class TestBody:
    def test_call_sends_a_body_as_json_and_signs_its_content_type(self) -> None:
        fake = FakeClient(accepted(), operation=UPDATE)
        fake.call()
        (sent,) = fake.transport.sent
        assert sent.body == '{"名":"ü","enable":true}'.encode()
        assert sent.headers["content-type"] == "application/json; charset=utf-8"
        assert "SignedHeaders=content-type;host;" in sent.headers["Authorization"]
        assert_signed(sent)

    @pytest.mark.parametrize("body", [None, {}, {"a": 1}])
    @pytest.mark.parametrize("query", [(), [("a", "")], [("b", "1"), ("a", "/ +")]])
    @pytest.mark.parametrize("credentials", [KEYS, TEMPORARY_KEYS], ids=["lasting", "temporary"])
    def test_call_signs_as_the_official_library_does_with_any_query_and_body(
        self, body: dict[str, object] | None, query: Any, credentials: Credentials
    ) -> None:
        fake = FakeClient(accepted(), operation=OPERATION._replace(query=query, body=body), credentials=credentials)
        fake.call()
        (sent,) = fake.transport.sent
        assert ("content-type" in sent.headers) == (body is not None)
        assert_signed(sent, credentials)

    def test_call_sends_no_question_mark_without_a_query(self) -> None:
        fake = FakeClient(accepted(), operation=UPDATE)
        fake.call()
        assert fake.transport.urls == ["https://example.test:8443/openapi/instances/es-1/snapshots"]
        assert fake.transport.sent[0].url == fake.transport.urls[0]

    @pytest.mark.parametrize("operation", [UPDATE, OPERATION._replace(query=())], ids=["body", "no body"])
    def test_call_puts_query_and_body_on_the_wire_as_they_are_signed(
        self, serve: Callable[..., Server], operation: Any
    ) -> None:
        server = serve(http_response(b'{"Result": true, "RequestId": "R-1"}'))
        transport = Transport(connect_timeout=5, read_timeout=5, verify=True, product="test")
        assert Client(server.url, None, KEYS, transport, RetryPolicy(0, 0)).call(operation).request_id == "R-1"
        (received,) = server.received
        assert (received.method, received.target) == (operation.method, operation.path)
        assert received.body == (operation.payload or b"")
        assert received.headers["content-length"] == str(len(received.body))
        assert received.headers.get("content-type") == operation.content_type
        assert received.headers["accept"] == "application/json"

    def test_call_repeats_the_body_with_every_attempt(self) -> None:
        fake = FakeClient(throttled(), accepted(), operation=UPDATE)
        fake.call()
        first, second = fake.transport.sent
        assert first.body == second.body
        assert first.headers["Authorization"] != second.headers["Authorization"]
        assert_signed(second)


class TestSeveralAttempts:
    @pytest.mark.parametrize("credentials", [KEYS, TEMPORARY_KEYS], ids=["lasting", "temporary"])
    def test_call_keeps_the_token_and_makes_nonce_date_and_signature_anew(self, credentials: Credentials) -> None:
        fake = FakeClient(no_response(), throttled(), no_connection(), accepted(), credentials=credentials)
        assert fake.call().attempts == 4
        sent = fake.transport.sent
        assert len({(request.method, request.url) for request in sent}) == 1
        nonces = [request.headers["x-acs-signature-nonce"] for request in sent]
        assert nonces == ["nonce-1", "nonce-2", "nonce-3", "nonce-4"]
        for name in ("x-acs-date", "Authorization"):
            assert len({request.headers[name] for request in sent}) == 4
        for request in sent:
            assert_signed(request)

    def test_call_waits_as_the_retry_policy_says(self) -> None:
        fake = FakeClient(*[no_response() for _attempt in range(6)], accepted(), retries=6)
        assert fake.call().attempts == 7
        assert fake.slept == [1.0, 2.0, 4.0, 8.0, 16.0, 20]

    @pytest.mark.parametrize("retries", [0, 1, 3])
    def test_call_makes_as_many_attempts_after_the_first_as_retries(self, retries: int) -> None:
        fake = FakeClient(*[throttled() for _attempt in range(retries + 1)], retries=retries)
        error = fake.fail()
        assert (error.attempts, error.outcome, error.code) == (retries + 1, REFUSED, "Throttling.User")
        assert len(fake.slept) == retries, "after the last attempt there is nothing to wait for"

    @pytest.mark.parametrize(
        ("milliseconds", "seconds"), [(1, 0.001), (1500, 1.5), (20_000, 20), (20_001, 20), (999_999_999_999, 20)]
    )
    def test_call_waits_as_long_as_the_server_asks_within_the_cap(self, milliseconds: int, seconds: float) -> None:
        fake = FakeClient(throttled(milliseconds), throttled(), throttled(milliseconds), accepted())
        fake.call()
        assert fake.slept == [seconds, 2.0, seconds]

    @pytest.mark.parametrize(
        "step",
        [
            no_response(),
            no_connection(),
            throttled(),
            throttled(5),
            response(429),
            response(500),
            response(502),
            response(503),
            response(504),
            response(400, Code="SignatureNonceUsed"),
            response(400, Code="TokenPreviousRequestProcessError"),
            response(400, Code="InstanceActivating"),
            response(400, Code="InstanceStatusNotSupportCurrentAction"),
            response(400, Code="ConcurrencyUpdateInstanceConflict"),
            response(400, Code="InstanceDuplicateScheduledTask"),
            response(400, Code="ServiceUnavailable"),
            response(400, Code="InternalError"),
        ],
        ids=lambda step: str(step) if isinstance(step, AliyunError) else f"{step.status} {step.body.decode()}",
    )
    def test_call_tries_again_what_may_pass(self, step: Step) -> None:
        assert FakeClient(step, accepted()).call().attempts == 2

    def test_call_gives_before_retry_the_error_of_the_attempts_so_far(self) -> None:
        fake = FakeClient(no_response("first"), throttled(), accepted())
        errors: list[AliyunError] = []
        fake.client.call(OPERATION, errors.append)
        assert [(error.attempts, error.outcome, len(error.history)) for error in errors] == [
            (1, UNKNOWN, 0),
            (2, UNKNOWN, 1),
        ]


class TestDoubt:
    def test_a_refusal_after_no_response_leaves_the_outcome_unknown_and_says_why(self) -> None:
        error = FakeClient(no_response("nothing came"), refused(request_id="R-2")).fail()
        assert (error.outcome, error.code, error.message) == (UNKNOWN, "InstanceNotFound", "no")
        assert (error.doubt, error.attempts, error.request_id) == ("nothing came", 2, "R-2")

    @pytest.mark.parametrize("doubtful", [response(500), response(503, Code="ServiceUnavailable", Message="later")])
    def test_a_refusal_after_a_server_error_leaves_the_outcome_unknown(self, doubtful: Response) -> None:
        error = FakeClient(doubtful, refused()).fail()
        assert error.outcome == UNKNOWN
        assert error.doubt

    def test_a_doubt_is_told_with_its_own_request_id_only(self) -> None:
        steps = [throttled(request_id="R-1"), no_response("nothing came"), refused(request_id="R-3")]
        assert FakeClient(*steps).fail().doubt == "nothing came"
        steps = [response(500, Code="InternalError", Message="Oh.", RequestId="R-1"), refused(request_id="R-2")]
        assert FakeClient(*steps).fail().doubt == "InternalError: Oh (HTTP 500, RequestId R-1)."

    def test_a_doubt_stays_through_any_number_of_later_attempts(self) -> None:
        steps = [no_response("first"), throttled(), no_connection(), throttled(), refused()]
        error = FakeClient(*steps).fail()
        assert (error.outcome, error.doubt, error.attempts) == (UNKNOWN, "first", 5)

    def test_the_last_attempt_that_left_a_doubt_is_the_one_that_is_told(self) -> None:
        error = FakeClient(no_response("first"), throttled(), no_response("third"), refused()).fail()
        assert (error.outcome, error.doubt) == (UNKNOWN, "third")

    def test_a_doubt_of_the_last_attempt_itself_needs_no_earlier_one(self) -> None:
        error = FakeClient(no_response("first"), no_response("second"), retries=1).fail()
        assert (error.outcome, error.message, error.doubt) == (UNKNOWN, "second", "")

    def test_a_connection_that_fails_after_a_refusal_leaves_the_refusal(self) -> None:
        error = FakeClient(throttled(request_id="R-1"), no_connection(), retries=1).fail()
        assert (error.outcome, error.message, error.doubt) == (REFUSED, "no connection", "")
        assert (error.request_id, error.earlier_request_id) == (None, "R-1")

    def test_nothing_but_failed_connections_sent_nothing(self) -> None:
        error = FakeClient(no_connection(), no_connection(), retries=1).fail()
        assert (error.outcome, error.attempts, error.doubt) == (NOT_SENT, 2, "")

    def test_an_accepted_response_ends_every_doubt(self) -> None:
        assert FakeClient(no_response(), throttled(), accepted()).call().attempts == 3

    @pytest.mark.parametrize(
        ("request_ids", "last"),
        [(["R-1", "R-2"], "R-2"), (["R-1", None], "R-1"), (["R-1", None, None], "R-1"), ([None, None], None)],
        ids=str,
    )
    def test_the_last_request_id_that_was_given_is_kept(self, request_ids: list[Any], last: str | None) -> None:
        steps = [throttled(request_id=request_id) for request_id in request_ids]
        error = FakeClient(*steps, retries=len(steps) - 1).fail()
        assert (error.request_id or error.earlier_request_id) == last


class TestHints:
    def test_a_hint_measures_a_wrong_clock_at_the_response(self) -> None:
        fake = FakeClient(
            refused("InvalidTimeStamp.Expired", 400)._replace(headers={"date": "Thu, 01 Jan 1970 02:00:01 GMT"})
        )
        error = fake.fail()
        signed_at = 0
        assert fake.transport.sent[0].headers["x-acs-date"] == f"1970-01-01T00:00:0{signed_at}Z"
        assert error.hint.startswith("This host's clock is 7200 seconds behind the server's")

    @pytest.mark.parametrize(("region", "name"), [("cn-hangzhou", "cn-hangzhou"), (None, "*")])
    def test_a_hint_names_a_missing_permission(self, region: str | None, name: str) -> None:
        error = FakeClient(refused("Forbidden.RAM", 403), region=region).fail()
        assert error.hint == (
            f"A RAM policy has to allow elasticsearch:CreateSnapshot on acs:elasticsearch:{name}:*:instances/es-1."
        )

    def test_a_hint_names_the_endpoint_that_was_asked(self) -> None:
        assert "example.test:8443 was asked" in FakeClient(refused()).fail().hint

    def test_a_result_of_false_has_the_hint_of_the_operation(self) -> None:
        assert FakeClient(response(200, Result=False)).fail().hint == OPERATION.hints["Result: false"]

    def test_without_a_response_there_is_no_hint(self) -> None:
        assert FakeClient(no_response(), retries=0).fail().hint == ""


@pytest.mark.parametrize(
    ("credentials", "masked"), [(KEYS, ["the-secret"]), (TEMPORARY_KEYS, ["the-secret", "the-token"])]
)
def test_call_masks_secrets_that_the_server_echoes(credentials: Credentials, masked: list[str]) -> None:
    echo = response(400, Code="Unheard", Message="the-id the-secret the-token")
    error = FakeClient(echo, credentials=credentials).fail()
    assert error.message.startswith("the-id ********")
    for secret in masked:
        assert secret not in error.message


def test_call_reads_no_more_than_the_operation_asks_for(serve: Callable[..., Server]) -> None:
    server = serve(http_response(json.dumps({"Result": True, "More": "x" * 100}).encode()))
    transport = Transport(connect_timeout=5, read_timeout=5, verify=True, product="test")
    client = Client(server.url, None, KEYS, transport, RetryPolicy(0, 0))
    with pytest.raises(AliyunError, match="more than 99 bytes"):
        client.call(OPERATION._replace(max_bytes=99))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("cn-hangzhou", True),
        ("r-1", True),
        ("1", True),
        ("", False),
        ("CN", False),
        ("cn.hangzhou", False),
        ("cn/", False),
        ("cn\n", False),
        ("ü", False),
    ],
)
def test_is_region_takes_lower_case_letters_digits_and_hyphens(text: str, expected: bool) -> None:
    assert is_region(text) == expected


@pytest.mark.parametrize(
    ("network", "url"),
    [
        ("public", "https://elasticsearch.cn-hangzhou.aliyuncs.com"),
        ("vpc", "https://elasticsearch-vpc.cn-hangzhou.aliyuncs.com"),
    ],
)
def test_regional_endpoint_is_that_of_the_network(network: str, url: str) -> None:
    assert regional_endpoint("cn-hangzhou", network) == url


class TestAtMostOnce:
    ONCE = OPERATION._replace(at_most_once=True, not_retried=["InstanceActivating"])

    @pytest.mark.parametrize("last", [no_response(), response(503), response(500, Code="InternalError")])
    def test_call_does_not_repeat_what_the_api_may_have_taken(self, last: Step) -> None:
        error = FakeClient(last, operation=self.ONCE).fail()
        assert (error.attempts, error.outcome) == (1, UNKNOWN)

    def test_call_repeats_what_the_api_certainly_did_not_take(self) -> None:
        fake = FakeClient(no_connection(), throttled(), no_connection(), accepted(), operation=self.ONCE)
        assert fake.call().attempts == 4

    def test_call_ends_with_the_first_attempt_that_leaves_a_doubt(self) -> None:
        error = FakeClient(throttled(), no_connection(), no_response(), operation=self.ONCE).fail()
        assert (error.attempts, error.outcome, error.retryable) == (3, UNKNOWN, False)

    def test_call_does_not_repeat_for_a_code_that_is_a_response(self) -> None:
        fake = FakeClient(throttled(), refused("InstanceActivating", 400), operation=self.ONCE)
        assert (fake.fail().attempts, fake.slept) == (2, [1.0])

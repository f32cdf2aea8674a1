# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterator, Mapping
from types import SimpleNamespace
from typing import Any, Union
from urllib.parse import unquote

import pytest
import requests
from alibabacloud_tea_openapi.utils import Utils

from ansible_collections.aliyun.elasticsearch.plugins.module_utils import signing
from ansible_collections.aliyun.elasticsearch.plugins.module_utils._openapi.client import Call, Client
from ansible_collections.aliyun.elasticsearch.plugins.module_utils._openapi.credentials import Credentials
from ansible_collections.aliyun.elasticsearch.plugins.module_utils._http.endpoint import Endpoint
from ansible_collections.aliyun.elasticsearch.plugins.module_utils._errors import (
    NOT_SENT,
    REFUSED,
    UNKNOWN,
    AliyunError,
)
from ansible_collections.aliyun.elasticsearch.plugins.module_utils._http.transport import Response
from ansible_collections.aliyun.elasticsearch.plugins.module_utils._http.retry import RetryPolicy

CALL = Call(
    action="CreateSnapshot",
    method="POST",
    path="/openapi/instances/es-1/snapshots",
    query=[("ClientToken", "a token+/=%")],
    accepts=lambda fields: fields.get("result") is True,
    permissions=[("CreateSnapshot", "instances/es-1")],
    if_false="Look whether another one is running.",
)
KEYS = Credentials("the-id", "the-secret")
TEMPORARY_KEYS = Credentials("the-id", "the-secret", "the-token")

Step = Union[Response, AliyunError]


class ScriptedTransport:
    """Answers with the steps of a script, in order; more calls than steps are an error."""

    def __init__(self, steps: list[Step]) -> None:
        self._steps = steps
        self.sent: list[requests.PreparedRequest] = []

    def send(self, method: str, url: str, auth: Callable[[Any], Any], largest: int) -> Response:
        assert largest == CALL.largest_answer
        self.sent.append(requests.Request(method, url, auth=auth).prepare())
        assert len(self.sent) <= len(self._steps), f"{method} {url} is not in the script"
        step = self._steps[len(self.sent) - 1]
        if isinstance(step, AliyunError):
            raise step
        return step

    def assert_played(self) -> None:
        assert len(self.sent) == len(self._steps), "not every step of the script was played"


class Played:
    """A client with a script behind it; what it sent and how long it slept."""

    def __init__(
        self, *steps: Step, retries: int = 5, max_delay: float = 20, credentials: Credentials = KEYS, region: Any = "r"
    ) -> None:
        self.transport = ScriptedTransport(list(steps))
        self.slept: list[float] = []
        nonces = (f"nonce-{number}" for number in itertools.count(1))
        self.seconds: Iterator[int] = itertools.count(0)
        self._client = Client(
            Endpoint("https://example.test:8443", region),
            credentials,
            self.transport,  # type: ignore[arg-type]
            RetryPolicy(retries, max_delay, lambda: 1.0),
            clock=lambda: float(next(self.seconds)),
            nonce=lambda: next(nonces),
            sleep=self.slept.append,
        )

    def call(self) -> Any:
        answer = self._client.call(CALL)
        self.transport.assert_played()
        return answer

    def fail(self) -> AliyunError:
        with pytest.raises(AliyunError) as caught:
            self._client.call(CALL)
        self.transport.assert_played()
        return caught.value


def answer(status: int = 200, headers: Mapping[str, str] | None = None, **fields: object) -> Response:
    return Response(status, headers or {}, json.dumps(fields).encode())


def no_answer(message: str = "gave no answer") -> AliyunError:
    return AliyunError(message, outcome=UNKNOWN, retryable=True)


def no_connection() -> AliyunError:
    return AliyunError("no connection", outcome=NOT_SENT, retryable=True)


def accepted() -> Response:
    return answer(Result=True, RequestId="R-last")


def throttled(retry_after: int | None = None, request_id: str | None = None) -> Response:
    headers = {} if retry_after is None else {"x-acs-retry-after": str(retry_after)}
    return answer(400, headers, Code="Throttling.User", Message="slow down", RequestId=request_id)


def refused(code: str = "InstanceNotFound", status: int = 404, request_id: str | None = None) -> Response:
    return answer(status, Code=code, Message="no", RequestId=request_id)


class TestOneAttempt:
    def test_an_accepted_answer_comes_back_with_its_request_id(self) -> None:
        played = Played(accepted())
        result = played.call()
        assert (result.attempts, result.request_id) == (1, "R-last")
        assert played.slept == []

    def test_the_request_is_the_calls_with_the_canonical_query(self) -> None:
        played = Played(accepted())
        played.call()
        (sent,) = played.transport.sent
        assert sent.method == "POST"
        assert sent.url == (
            "https://example.test:8443/openapi/instances/es-1/snapshots?ClientToken=a%20token%2B%2F%3D%25"
        )
        assert sent.headers["host"] == "example.test:8443"
        assert sent.headers["x-acs-action"] == "CreateSnapshot"
        assert sent.headers["x-acs-version"] == "2017-06-13"
        assert sent.headers["Authorization"].startswith("ACS3-HMAC-SHA256 Credential=the-id,SignedHeaders=host;")
        assert "x-acs-security-token" not in sent.headers

    def test_a_security_token_is_sent_and_signed(self) -> None:
        played = Played(accepted(), credentials=TEMPORARY_KEYS)
        played.call()
        (sent,) = played.transport.sent
        assert sent.headers["x-acs-security-token"] == "the-token"
        assert ";x-acs-security-token;" in sent.headers["Authorization"]

    @pytest.mark.parametrize("response", [refused(), answer(Result=False), answer(302), Response(200, {}, b"<html>")])
    def test_what_is_final_is_not_tried_again(self, response: Response) -> None:
        played = Played(response)
        assert played.fail().attempts == 1
        assert played.slept == []

    def test_a_failure_that_sent_nothing_and_will_not_pass_is_not_tried_again(self) -> None:
        error = Played(AliyunError("no such host")).fail()
        assert (error.attempts, error.outcome) == (1, NOT_SENT)

    def test_left_alone_clock_and_nonce_are_real(self) -> None:
        transport = ScriptedTransport([accepted(), accepted()])
        client = Client(Endpoint("https://example.test", None), KEYS, transport, RetryPolicy(0, 0))  # type: ignore[arg-type]
        client.call(CALL)
        client.call(CALL)
        first, second = (sent.headers for sent in transport.sent)
        assert first["x-acs-signature-nonce"] != second["x-acs-signature-nonce"]
        assert first["x-acs-date"] > "2025"


class TestSeveralAttempts:
    @pytest.mark.parametrize("credentials", [KEYS, TEMPORARY_KEYS], ids=["lasting", "temporary"])
    def test_every_attempt_has_the_same_token_and_a_new_nonce_date_and_signature(
        self, credentials: Credentials
    ) -> None:
        played = Played(no_answer(), throttled(), no_connection(), accepted(), credentials=credentials)
        assert played.call().attempts == 4
        sent = played.transport.sent
        assert len({(request.method, request.url) for request in sent}) == 1
        nonces = [request.headers["x-acs-signature-nonce"] for request in sent]
        assert nonces == ["nonce-1", "nonce-2", "nonce-3", "nonce-4"]
        for name in ("x-acs-date", "Authorization"):
            assert len({request.headers[name] for request in sent}) == 4
        for request in sent:
            verify(request)

    def test_the_waits_are_those_of_the_retry_policy(self) -> None:
        played = Played(*[no_answer() for _attempt in range(6)], accepted(), retries=6)
        assert played.call().attempts == 7
        assert played.slept == [1.0, 2.0, 4.0, 8.0, 16.0, 20]

    @pytest.mark.parametrize("retries", [0, 1, 3])
    def test_there_are_as_many_attempts_after_the_first_as_retries(self, retries: int) -> None:
        played = Played(*[throttled() for _attempt in range(retries + 1)], retries=retries)
        error = played.fail()
        assert (error.attempts, error.outcome, error.code) == (retries + 1, REFUSED, "Throttling.User")
        assert len(played.slept) == retries, "after the last attempt there is nothing to wait for"

    @pytest.mark.parametrize(
        ("milliseconds", "seconds"), [(1, 0.001), (1500, 1.5), (20_000, 20), (20_001, 20), (999_999_999_999, 20)]
    )
    def test_the_wait_that_the_server_asks_for_wins_within_the_cap(self, milliseconds: int, seconds: float) -> None:
        played = Played(throttled(milliseconds), throttled(), throttled(milliseconds), accepted())
        played.call()
        assert played.slept == [seconds, 2.0, seconds]

    @pytest.mark.parametrize(
        "step",
        [
            no_answer(),
            no_connection(),
            throttled(),
            throttled(5),
            answer(429),
            answer(500),
            answer(502),
            answer(503),
            answer(504),
            answer(400, Code="SignatureNonceUsed"),
            answer(400, Code="TokenPreviousRequestProcessError"),
            answer(400, Code="InstanceActivating"),
            answer(400, Code="InstanceStatusNotSupportCurrentAction"),
            answer(400, Code="ConcurrencyUpdateInstanceConflict"),
            answer(400, Code="InstanceDuplicateScheduledTask"),
            answer(400, Code="ServiceUnavailable"),
            answer(400, Code="InternalError"),
        ],
        ids=lambda step: str(step) if isinstance(step, AliyunError) else f"{step.status} {step.body.decode()}",
    )
    def test_what_may_pass_is_tried_again(self, step: Step) -> None:
        assert Played(step, accepted()).call().attempts == 2


class TestDoubt:
    def test_a_refusal_after_no_answer_leaves_the_outcome_unknown_and_says_why(self) -> None:
        error = Played(no_answer("nothing came"), refused(request_id="R-2")).fail()
        assert (error.outcome, error.code, error.message) == (UNKNOWN, "InstanceNotFound", "no")
        assert (error.earlier, error.attempts, error.request_id) == ("nothing came", 2, "R-2")

    @pytest.mark.parametrize("doubtful", [answer(500), answer(503, Code="ServiceUnavailable", Message="later")])
    def test_so_does_a_refusal_after_a_server_error(self, doubtful: Response) -> None:
        error = Played(doubtful, refused()).fail()
        assert error.outcome == UNKNOWN
        assert error.earlier

    def test_a_doubt_is_told_with_its_own_request_id_only(self) -> None:
        steps = [throttled(request_id="R-1"), no_answer("nothing came"), refused(request_id="R-3")]
        assert Played(*steps).fail().earlier == "nothing came"
        steps = [answer(500, Code="InternalError", Message="Oh.", RequestId="R-1"), refused(request_id="R-2")]
        assert Played(*steps).fail().earlier == "InternalError: Oh (HTTP 500, RequestId R-1)."

    def test_the_doubt_stays_through_any_number_of_later_attempts(self) -> None:
        steps = [no_answer("first"), throttled(), no_connection(), throttled(), refused()]
        error = Played(*steps).fail()
        assert (error.outcome, error.earlier, error.attempts) == (UNKNOWN, "first", 5)

    def test_the_last_attempt_that_left_a_doubt_is_the_one_that_is_told(self) -> None:
        error = Played(no_answer("first"), throttled(), no_answer("third"), refused()).fail()
        assert (error.outcome, error.earlier) == (UNKNOWN, "third")

    def test_a_doubt_of_the_last_attempt_itself_needs_no_earlier_one(self) -> None:
        error = Played(no_answer("first"), no_answer("second"), retries=1).fail()
        assert (error.outcome, error.message, error.earlier) == (UNKNOWN, "second", "")

    def test_a_connection_that_fails_after_a_refusal_leaves_the_refusal(self) -> None:
        error = Played(throttled(request_id="R-1"), no_connection(), retries=1).fail()
        assert (error.outcome, error.message, error.earlier) == (REFUSED, "no connection", "")
        assert (error.request_id, error.earlier_request_id) == (None, "R-1")

    def test_nothing_but_failed_connections_sent_nothing(self) -> None:
        error = Played(no_connection(), no_connection(), retries=1).fail()
        assert (error.outcome, error.attempts, error.earlier) == (NOT_SENT, 2, "")

    def test_an_accepted_answer_ends_every_doubt(self) -> None:
        assert Played(no_answer(), throttled(), accepted()).call().attempts == 3

    @pytest.mark.parametrize(
        ("request_ids", "last"),
        [(["R-1", "R-2"], "R-2"), (["R-1", None], "R-1"), (["R-1", None, None], "R-1"), ([None, None], None)],
        ids=str,
    )
    def test_the_last_request_id_that_was_given_is_kept(self, request_ids: list[Any], last: str | None) -> None:
        steps = [throttled(request_id=request_id) for request_id in request_ids]
        error = Played(*steps, retries=len(steps) - 1).fail()
        assert (error.request_id or error.earlier_request_id) == last


class TestAdvice:
    def test_a_wrong_clock_is_measured_at_the_answer(self) -> None:
        played = Played(
            refused("InvalidTimeStamp.Expired", 400)._replace(headers={"date": "Thu, 01 Jan 1970 02:00:01 GMT"})
        )
        error = played.fail()
        signed_at = 0
        assert played.transport.sent[0].headers["x-acs-date"] == f"1970-01-01T00:00:0{signed_at}Z"
        assert error.hint.startswith("This host's clock is 7200 seconds behind the server's")

    @pytest.mark.parametrize(("region", "name"), [("cn-hangzhou", "cn-hangzhou"), (None, "*")])
    def test_a_missing_permission_is_named(self, region: str | None, name: str) -> None:
        error = Played(refused("Forbidden.RAM", 403), region=region).fail()
        assert error.hint == (
            f"A RAM policy has to allow elasticsearch:CreateSnapshot on acs:elasticsearch:{name}:*:instances/es-1."
        )

    def test_the_endpoint_that_was_asked_is_named(self) -> None:
        assert "example.test:8443 was asked" in Played(refused()).fail().hint

    def test_a_result_of_false_has_the_advice_of_the_call(self) -> None:
        assert Played(answer(200, Result=False)).fail().hint == CALL.if_false

    def test_without_an_answer_there_is_none(self) -> None:
        assert Played(no_answer(), retries=0).fail().hint == ""


@pytest.mark.parametrize(
    ("credentials", "masked"), [(KEYS, ["the-secret"]), (TEMPORARY_KEYS, ["the-secret", "the-token"])]
)
def test_secrets_that_the_server_echoes_are_masked(credentials: Credentials, masked: list[str]) -> None:
    error = Played(answer(400, Code="Unheard", Message="the-id the-secret the-token"), credentials=credentials).fail()
    assert error.message.startswith("the-id ********")
    for secret in masked:
        assert secret not in error.message


def verify(request: requests.PreparedRequest) -> None:
    """Assert that the official library signs the request in the same way."""
    path, _mark, query = request.path_url.partition("?")
    name, _equals, value = query.partition("=")
    names = request.headers["Authorization"].split("SignedHeaders=")[1].split(",")[0].split(";")
    signed = {name: request.headers[name] for name in names}
    judged = SimpleNamespace(method=request.method, pathname=path, query={name: unquote(value)}, headers=signed)
    assert request.headers["Authorization"] == Utils.get_authorization(
        judged, signing.ALGORITHM, signing.payload_hash(b""), KEYS.access_key_id, KEYS.access_key_secret
    )

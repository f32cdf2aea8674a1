# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping
from typing import Any, Union
from urllib.parse import parse_qsl, quote, unquote, urlsplit

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.aliyun.elasticsearch.plugins.module_utils._cluster.client import (
    MAX_RESPONSE_BYTES,
    Cluster,
    ClusterResponse,
    DirectCluster,
    Health,
    OpenApiCluster,
)
from ansible_collections.aliyun.elasticsearch.plugins.module_utils._errors import (
    NOT_SENT,
    REFUSED,
    UNKNOWN,
    AliyunError,
)
from ansible_collections.aliyun.elasticsearch.plugins.module_utils._http.retry import RetryPolicy
from ansible_collections.aliyun.elasticsearch.plugins.module_utils._http.transport import Response
from ansible_collections.aliyun.elasticsearch.plugins.module_utils._openapi.client import Client
from ansible_collections.aliyun.elasticsearch.plugins.module_utils._openapi.credentials import Credentials
from ansible_collections.aliyun.elasticsearch.tests.unit.support.cluster import NOW, elasticsearch_error

PATH = "_snapshot/aliyun_auto_snapshot/_all"
DATE = {"date": "Tue, 24 Nov 2026 04:00:00 GMT"}
PASSWORD = "the-cluster-password"
KEYS = Credentials("the-id", "the-access-key/secret+")
ROUTES = ["OpenAPI", "direct"]

Step = Union[Response, AliyunError]


class ScriptedTransport:
    """Responds with the steps of a script, in order; more calls than steps are an error."""

    def __init__(self, steps: list[Step]) -> None:
        self._steps = steps
        self.sent: list[requests.PreparedRequest] = []
        self.largest: set[int] = set()

    def send(
        self,
        method: str,
        url: str,
        auth: Callable[[Any], Any],
        *,
        body: bytes | None = None,
        content_type: str | None = None,
        max_bytes: int,
    ) -> Response:
        assert (body, content_type) == (None, None), "nothing but GET is asked for"
        self.largest.add(max_bytes)
        self.sent.append(requests.Request(method, url, auth=auth).prepare())
        assert len(self.sent) <= len(self._steps), f"{method} {url} is not in the script"
        step = self._steps[len(self.sent) - 1]
        if isinstance(step, AliyunError):
            raise step
        return step


class Played:
    """A cluster with a script behind it, by either route; what was sent and how long it slept."""

    def __init__(
        self,
        route: str,
        *steps: Step,
        retries: int = 5,
        instance_id: str = "es-1",
        credential_id: str | None = None,
        system_credential: bool = False,
        username: str = "elastic",
        password: str = PASSWORD,
    ) -> None:
        self.transport = ScriptedTransport(list(steps))
        self.slept: list[float] = []
        retry = RetryPolicy(retries, 20, lambda: 1.0)
        self.cluster: Cluster
        if route == "direct":
            self.cluster = DirectCluster(
                "https://es.test:9200",
                username,
                password,
                self.transport,  # type: ignore[arg-type]
                retry,
                self.slept.append,
            )
        else:
            client = Client(
                "https://api.test",
                "cn-hangzhou",
                KEYS,
                self.transport,  # type: ignore[arg-type]
                retry,
                sleep=self.slept.append,
            )
            self.cluster = OpenApiCluster(
                client, instance_id, credential_id, system_credential, retry, self.slept.append
            )

    def get(self, path: str = PATH) -> ClusterResponse:
        response = self.cluster.get(path)
        self.assert_played()
        return response

    def fail(self, once: bool = False) -> AliyunError:
        with pytest.raises(AliyunError) as caught:
            self.cluster.get(PATH, retry=not once)
        self.assert_played()
        return caught.value

    def assert_played(self) -> None:
        assert len(self.transport.sent) == len(self.transport._steps), "not every step of the script was played"


def document(
    route: str, value: object, status: int = 200, headers: Mapping[str, str] | None = None, request_id: str = "Q-1"
) -> Response:
    """Return a response with a document of the cluster, or an error of it, as it comes by the route."""
    if route == "direct":
        return Response(status, headers or {}, json.dumps(value).encode())
    return Response(200, headers or {}, json.dumps({"RequestId": request_id, "Result": value}).encode())


def api_error(code: str, status: int = 400, headers: Mapping[str, str] | None = None) -> Response:
    return Response(status, headers or {}, json.dumps({"Code": code, "Message": "No.", "RequestId": "Q-1"}).encode())


def broken(route: str, status: int, kind: str = "a_type", reason: str = "Some reason.") -> Response:
    return document(route, elasticsearch_error(status, kind, reason)[1], status)


def no_answer(message: str = "gave no answer") -> AliyunError:
    return AliyunError(message, outcome=UNKNOWN, retryable=True)


class TestOpenApiRequest:
    @pytest.mark.parametrize(
        ("options", "credential"),
        [
            ({}, []),
            ({"credential_id": "cred-1"}, [("credentialId", "cred-1")]),
            ({"credential_id": "a b/+é"}, [("credentialId", "a b/+é")]),
            ({"system_credential": True}, [("system", "true")]),
            ({"credential_id": "", "system_credential": False}, []),
        ],
        ids=str,
    )
    def test_request_asks_for_a_get_with_the_credential_that_is_chosen(
        self, options: dict[str, Any], credential: list[tuple[str, str]]
    ) -> None:
        played = Played("OpenAPI", document("OpenAPI", {}), **options)
        played.get("_cat/health?format=json")
        (sent,) = played.transport.sent
        url = urlsplit(str(sent.url))
        assert (sent.method, sent.body, url.netloc, url.path) == (
            "POST",
            None,
            "api.test",
            "/openapi/instances/es-1/es-request",
        )
        assert sorted(parse_qsl(url.query)) == sorted(
            [("path", "_cat/health?format=json"), ("method", "GET"), *credential]
        )

    def test_request_is_signed_like_every_other(self) -> None:
        played = Played("OpenAPI", document("OpenAPI", {}))
        played.get()
        (sent,) = played.transport.sent
        assert sent.headers["x-acs-action"] == "InvokeEsRequest"
        assert sent.headers["x-acs-version"] == "2017-06-13"
        assert sent.headers["Authorization"].startswith("ACS3-HMAC-SHA256 Credential=the-id,")

    @pytest.mark.parametrize(
        ("path", "query"),
        [
            (PATH, "path=_snapshot%2Faliyun_auto_snapshot%2F_all"),
            ("_cat/health?format=json", "path=_cat%2Fhealth%3Fformat%3Djson"),
            ("_snapshot/a%2Fb/c", "path=_snapshot%2Fa%252Fb%2Fc"),
        ],
    )
    def test_path_is_encoded_once_more_within_the_query(self, path: str, query: str) -> None:
        played = Played("OpenAPI", document("OpenAPI", {}))
        played.get(path)
        assert urlsplit(str(played.transport.sent[0].url)).query == f"method=GET&{query}"

    def test_instance_id_is_encoded(self) -> None:
        played = Played("OpenAPI", document("OpenAPI", {}), instance_id="a%2Fb")
        played.get()
        assert "/openapi/instances/a%252Fb/es-request?" in str(played.transport.sent[0].url)

    def test_nonce_is_new_at_each_attempt(self) -> None:
        played = Played("OpenAPI", no_answer(), document("OpenAPI", {}))
        played.get()
        assert len({sent.headers["x-acs-signature-nonce"] for sent in played.transport.sent}) == 2

    @pytest.mark.parametrize(
        ("options", "credential"),
        [({}, "*"), ({"credential_id": "cred-1"}, "cred-1"), ({"system_credential": True}, "*")],
        ids=str,
    )
    def test_permissions_are_both_named_where_one_is_missing(self, options: dict[str, Any], credential: str) -> None:
        error = Played("OpenAPI", api_error("Forbidden.RAM", 403), **options).fail()
        assert error.hint == (
            "A RAM policy has to allow elasticsearch:InvokeEsRequest on acs:elasticsearch:cn-hangzhou:*:instances/es-1 "
            "and elasticsearch:UseCredential on "
            f"acs:elasticsearch:cn-hangzhou:*:instances/es-1/credentials/{credential}."
        )


class TestDirectRequest:
    def test_request_is_a_get_of_the_path_without_a_body(self) -> None:
        played = Played("direct", document("direct", {}))
        played.get("_cat/health?format=json")
        (sent,) = played.transport.sent
        assert (sent.method, sent.url, sent.body) == ("GET", "https://es.test:9200/_cat/health?format=json", None)

    @pytest.mark.parametrize(
        ("username", "password"),
        [("elastic", PASSWORD), ("reader", "a:b:c"), ("é", "pässwörd 快照 🔑"), ("a", " "), ("a", "\x7f\t")],
    )
    def test_username_and_password_go_as_utf_8(self, username: str, password: str) -> None:
        played = Played("direct", document("direct", {}), username=username, password=password)
        played.get()
        scheme, _space, value = played.transport.sent[0].headers["Authorization"].partition(" ")
        assert scheme == "Basic"
        assert base64.b64decode(value, validate=True).decode() == f"{username}:{password}"

    def test_password_that_is_wrong_says_which_option_it_is(self) -> None:
        error = Played("direct", broken("direct", 401, "security_exception")).fail()
        assert (error.code, error.http_status, error.retryable) == ("security_exception", 401, False)
        assert error.hint.startswith("Check cluster_username and cluster_password")

    @pytest.mark.parametrize(
        "echo",
        [
            PASSWORD,
            base64.b64encode(f"elastic:{PASSWORD}".encode()).decode(),
            f"Basic {base64.b64encode(f'elastic:{PASSWORD}'.encode()).decode()}",
        ],
    )
    def test_password_is_masked_with_what_would_give_it_away(self, echo: str) -> None:
        for step in (broken("direct", 401, f"t {echo}", f"r {echo}"), Response(502, {}, f"<p>{echo}</p>".encode())):
            error = Played("direct", step, retries=0).fail()
            said = f"{error.code} {error.message} {error.hint}"
            assert "********" in said
            assert echo.split()[-1] not in said


@pytest.mark.parametrize("route", ROUTES)
class TestReading:
    @pytest.mark.parametrize("value", [{}, {"snapshots": []}, [{"epoch": "1"}], {"snapshots": [{"snapshot": "é"}]}])
    def test_get_returns_a_document_with_the_servers_time(self, route: str, value: object) -> None:
        response = document(route, value, headers=DATE)
        request_id, size = "Q-1" if route == "OpenAPI" else None, len(response.body)
        assert Played(route, response).get() == ClusterResponse(value, NOW, request_id, attempts=1, size=size)

    def test_server_time_is_not_known_without_a_date(self, route: str) -> None:
        assert Played(route, document(route, {})).get().server_time is None

    @pytest.mark.parametrize("date", ["", "yesterday", "Tue, 99 Nov 2026 04:00:00 GMT"])
    def test_server_time_is_not_known_with_a_date_that_is_none(self, route: str, date: str) -> None:
        assert Played(route, document(route, {}, headers={"date": date})).get().server_time is None

    @pytest.mark.parametrize(
        ("options", "bound"),
        [({}, 4 * 1024 * 1024), ({"max_bytes": 5}, 5), ({"retry": False}, MAX_RESPONSE_BYTES)],
        ids=str,
    )
    def test_get_reads_at_most_so_many_bytes(self, route: str, options: dict[str, Any], bound: int) -> None:
        played = Played(route, document(route, {}))
        played.cluster.get(PATH, **options)
        assert played.transport.largest == {bound}

    def test_response_over_the_bound_is_an_error(self, route: str) -> None:
        error = Played(route, document(route, {})._replace(is_too_long=True)).fail()
        assert "more than" in error.message
        assert (error.outcome, error.is_too_long, error.retryable) == (UNKNOWN, True, False)

    def test_get_tries_again_and_waits_like_any_request(self, route: str) -> None:
        steps = [no_answer(), broken(route, 503), broken(route, 429), document(route, {"a": 1})]
        played = Played(route, *steps)
        assert played.get().document == {"a": 1}
        assert played.slept == [1.0, 2.0, 4.0]

    @pytest.mark.parametrize("retries", [0, 2])
    def test_get_gives_up_after_the_retries(self, route: str, retries: int) -> None:
        played = Played(route, *[broken(route, 503)] * (retries + 1), retries=retries)
        error = played.fail()
        assert (error.attempts, error.code, error.http_status) == (retries + 1, "a_type", 503)
        assert len(played.slept) == retries

    @pytest.mark.parametrize("status", [400, 401, 403, 404])
    def test_get_does_not_repeat_what_is_refused(self, route: str, status: int) -> None:
        played = Played(route, broken(route, status))
        error = played.fail()
        assert (error.attempts, error.outcome, error.http_status) == (1, REFUSED, status)
        assert played.slept == []

    @pytest.mark.parametrize("first", [no_answer("nothing came"), None], ids=["no answer", "server error"])
    def test_get_leaves_nothing_open_as_it_only_reads(self, route: str, first: AliyunError | None) -> None:
        step = first or Response(500, {}, b"<html>")
        error = Played(route, step, broken(route, 403)).fail()
        assert (error.attempts, error.code) == (2, "a_type")

    @pytest.mark.parametrize("failing", ["no answer", 503, 429, 500])
    def test_get_without_retry_tries_only_once(self, route: str, failing: object) -> None:
        step = broken(route, failing) if isinstance(failing, int) else no_answer()
        played = Played(route, step)
        assert played.fail(once=True).retryable
        assert played.slept == []

    def test_request_id_of_an_error_that_is_passed_on_is_kept(self, route: str) -> None:
        error = Played(route, broken(route, 404)).fail(once=True)
        assert error.request_id == ("Q-1" if route == "OpenAPI" else None)


class TestOpenApiResponse:
    @pytest.mark.parametrize("value", [{"snapshots": []}, [{"epoch": "1"}]])
    def test_result_may_be_a_text(self, value: object) -> None:
        response = Played("OpenAPI", document("OpenAPI", json.dumps(value))).get()
        assert (response.document, response.request_id) == (value, "Q-1")

    def test_error_may_be_a_text(self) -> None:
        step = document("OpenAPI", json.dumps(elasticsearch_error(404, "a_type", "Some reason.")[1]))
        error = Played("OpenAPI", step).fail()
        assert (error.code, error.message, error.http_status) == ("a_type", "Some reason.", 404)
        assert error.request_id == "Q-1"

    def test_result_that_is_no_json_is_an_error_with_the_request_id(self) -> None:
        error = Played("OpenAPI", document("OpenAPI", "epoch timestamp")).fail()
        assert "is no document: 'epoch timestamp'" in error.message
        assert (error.outcome, error.request_id) == (UNKNOWN, "Q-1")

    @pytest.mark.parametrize("value", [True, False, None, 5])
    def test_result_of_any_other_kind_is_an_error(self, value: object) -> None:
        error = Played("OpenAPI", document("OpenAPI", value)).fail()
        assert error.request_id == "Q-1"
        assert not error.retryable

    @pytest.mark.parametrize(
        ("step", "retryable"),
        [
            (api_error("Throttling.User"), True),
            (api_error("InstanceActivating"), True),
            (api_error("Unheard", headers={"x-acs-retry-after": "1500"}), True),
            (api_error("InstanceNotFound"), False),
            (api_error("Forbidden.RAM", 403), False),
        ],
        ids=["throttled", "activating", "retry after", "no instance", "permission"],
    )
    def test_error_of_the_openapi_itself_is_judged_as_ever(self, step: Response, retryable: bool) -> None:
        error = Played("OpenAPI", step, retries=0).fail()
        assert (error.retryable, error.request_id, error.message) == (retryable, "Q-1", "No.")

    def test_retry_after_is_kept(self) -> None:
        step = api_error("Throttling.User", headers={"x-acs-retry-after": "1500"})
        played = Played("OpenAPI", step, document("OpenAPI", {}))
        played.get()
        assert played.slept == [1.5]


@pytest.mark.parametrize("route", ROUTES)
class TestNow:
    @staticmethod
    def reading(server_time: float | None) -> ClusterResponse:
        return ClusterResponse({}, server_time, None)

    @pytest.mark.parametrize("server_time", [0.0, NOW])
    def test_now_is_the_responses_own_time(self, route: str, server_time: float) -> None:
        assert Played(route).cluster.now(self.reading(server_time)) == server_time

    @pytest.mark.parametrize("epoch", [str(NOW), NOW, float(NOW), f" {NOW} "])
    def test_now_is_asked_of_the_cluster_without_one(self, route: str, epoch: object) -> None:
        played = Played(route, document(route, [{"epoch": epoch, "status": "red"}]))
        assert played.cluster.now(self.reading(None)) == NOW
        url = str(played.transport.sent[0].url)
        assert url.endswith("/_cat/health?format=json" if route == "direct" else "path=_cat%2Fhealth%3Fformat%3Djson")

    def test_now_is_asked_for_again_where_that_may_help(self, route: str) -> None:
        played = Played(route, no_answer(), document(route, [{"epoch": NOW}]))
        assert played.cluster.now(self.reading(None)) == NOW
        assert played.slept == [1.0]

    @pytest.mark.parametrize(
        "value",
        [
            [],
            {},
            [{}],
            [[]],
            [5],
            {"0": 1},
            [{"epoch": None}],
            [{"epoch": "soon"}],
            [{"epoch": []}],
            [{"epoch": 10**400}],
            [{"epoch": "NaN"}],
            [{"epoch": "-inf"}],
        ],
        ids=lambda value: str(value)[:40],
    )
    def test_now_from_a_response_without_a_time_is_an_error(self, route: str, value: object) -> None:
        with pytest.raises(AliyunError) as caught:
            Played(route, document(route, value)).cluster.now(self.reading(None))
        assert caught.value.message == "The cluster does not tell its time, so the age of its snapshots is not known."
        assert (caught.value.outcome, caught.value.retryable) == (NOT_SENT, False)

    def test_now_passes_on_a_refusal(self, route: str) -> None:
        with pytest.raises(AliyunError, match=r"Some reason\.") as caught:
            Played(route, broken(route, 403)).cluster.now(self.reading(None))
        assert caught.value.code == "a_type"


@pytest.mark.parametrize("route", ROUTES)
class TestHealth:
    @pytest.mark.parametrize("status", ["green", "yellow", "red"])
    def test_health_has_the_status_and_the_time(self, route: str, status: str) -> None:
        played = Played(route, document(route, [{"epoch": str(NOW), "status": status}]))
        assert played.cluster.health() == Health(status, NOW)
        assert "_cat/health?format=json" in unquote(str(played.transport.sent[0].url))

    def test_health_is_repeated_only_with_retry(self, route: str) -> None:
        played = Played(route, no_answer(), document(route, [{"epoch": "1", "status": "red"}]))
        with pytest.raises(AliyunError, match="gave no answer"):
            played.cluster.health(retry=False)
        assert played.cluster.health().status == "red"

    @pytest.mark.parametrize("value", [[], {}, [{"status": "red"}], [{"epoch": "soon", "status": "red"}]], ids=str)
    def test_health_without_a_time_is_an_error(self, route: str, value: object) -> None:
        with pytest.raises(AliyunError, match="does not tell its time"):
            Played(route, document(route, value)).cluster.health()


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40))
def test_password_of_any_kind_reaches_the_server_and_no_message(password: str) -> None:
    played = Played("direct", broken("direct", 401, "t", password), password=password)
    error = played.fail()
    value = played.transport.sent[0].headers["Authorization"].partition(" ")[2]
    assert base64.b64decode(value).decode() == f"elastic:{password}"
    assert error.message == "********"


@pytest.mark.parametrize("spell", [str, quote], ids=["as it is", "percent-encoded"])
@pytest.mark.parametrize("make", [dict, json.dumps], ids=["object", "text"])
def test_access_key_that_the_cluster_sends_back_through_the_openapi_is_masked(
    spell: Callable[[str], str], make: Callable[[Any], Any]
) -> None:
    error = {"error": {"type": "refused", "reason": f"got {spell(KEYS.access_key_secret)}"}, "status": 400}
    answer = Response(200, {}, json.dumps({"Result": make(error)}).encode())
    assert Played("OpenAPI", answer).fail().message == "got ********"

# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping
from typing import Any, Union
from urllib.parse import parse_qsl, quote, urlsplit

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.aliyun.elasticsearch.plugins.module_utils._cluster.client import (
    MAX_LIST_BYTES,
    Cluster,
    ClusterResponse,
    DirectCluster,
    OpenApiCluster,
)
from ansible_collections.aliyun.elasticsearch.plugins.module_utils._errors import (
    NOT_SENT,
    REFUSED,
    UNKNOWN,
    AliyunError,
)
from ansible_collections.aliyun.elasticsearch.plugins.module_utils._http.retry import RetryPolicy
from ansible_collections.aliyun.elasticsearch.plugins.module_utils._http.transport import Response, Transport
from ansible_collections.aliyun.elasticsearch.plugins.module_utils._openapi.client import Client
from ansible_collections.aliyun.elasticsearch.plugins.module_utils._openapi.credentials import Credentials
from ansible_collections.aliyun.elasticsearch.tests.unit.support.instance import (
    NOW,
    FakeInstance,
    elasticsearch_error,
    entry,
)
from ansible_collections.aliyun.elasticsearch.tests.unit.support.server import Server, hang, http_response

PATH = "_snapshot/aliyun_auto_snapshot/_all"
DATE = {"date": "Tue, 24 Nov 2026 04:00:00 GMT"}
PASSWORD = "the-cluster-password"
KEYS = Credentials("the-id", "the-access-key/secret+")
ROUTES = ["OpenAPI", "direct"]

Step = Union[Response, AliyunError]


class ScriptedTransport:
    """Answers with the steps of a script, in order; more calls than steps are an error."""

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
        reading = self.cluster.get(path)
        self.assert_played()
        return reading

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
    """Return an answer with a document of the cluster, or an error of it, as it comes by the route."""
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
    def test_it_asks_for_a_get_with_the_credential_that_is_chosen(
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

    def test_it_is_signed_like_every_other(self) -> None:
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
    def test_the_path_is_encoded_once_more_within_the_query(self, path: str, query: str) -> None:
        played = Played("OpenAPI", document("OpenAPI", {}))
        played.get(path)
        assert urlsplit(str(played.transport.sent[0].url)).query == f"method=GET&{query}"

    def test_the_instance_id_is_encoded(self) -> None:
        played = Played("OpenAPI", document("OpenAPI", {}), instance_id="a%2Fb")
        played.get()
        assert "/openapi/instances/a%252Fb/es-request?" in str(played.transport.sent[0].url)

    def test_each_attempt_has_a_new_nonce(self) -> None:
        played = Played("OpenAPI", no_answer(), document("OpenAPI", {}))
        played.get()
        assert len({sent.headers["x-acs-signature-nonce"] for sent in played.transport.sent}) == 2

    @pytest.mark.parametrize(
        ("options", "credential"),
        [({}, "*"), ({"credential_id": "cred-1"}, "cred-1"), ({"system_credential": True}, "*")],
        ids=str,
    )
    def test_both_permissions_are_named_where_one_is_missing(self, options: dict[str, Any], credential: str) -> None:
        error = Played("OpenAPI", api_error("Forbidden.RAM", 403), **options).fail()
        assert error.hint == (
            "A RAM policy has to allow elasticsearch:InvokeEsRequest on acs:elasticsearch:cn-hangzhou:*:instances/es-1 "
            "and elasticsearch:UseCredential on "
            f"acs:elasticsearch:cn-hangzhou:*:instances/es-1/credentials/{credential}."
        )


class TestDirectRequest:
    def test_it_is_a_get_of_the_path_without_a_body(self) -> None:
        played = Played("direct", document("direct", {}))
        played.get("_cat/health?format=json")
        (sent,) = played.transport.sent
        assert (sent.method, sent.url, sent.body) == ("GET", "https://es.test:9200/_cat/health?format=json", None)

    @pytest.mark.parametrize(
        ("username", "password"),
        [("elastic", PASSWORD), ("reader", "a:b:c"), ("é", "pässwörd 快照 🔑"), ("a", " "), ("a", "\x7f\t")],
    )
    def test_name_and_password_go_as_utf_8(self, username: str, password: str) -> None:
        played = Played("direct", document("direct", {}), username=username, password=password)
        played.get()
        scheme, _space, value = played.transport.sent[0].headers["Authorization"].partition(" ")
        assert scheme == "Basic"
        assert base64.b64decode(value, validate=True).decode() == f"{username}:{password}"

    def test_a_wrong_password_says_which_option_it_is(self) -> None:
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
    def test_what_would_give_the_password_away_is_masked(self, echo: str) -> None:
        for step in (broken("direct", 401, f"t {echo}", f"r {echo}"), Response(502, {}, f"<p>{echo}</p>".encode())):
            error = Played("direct", step, retries=0).fail()
            said = f"{error.code} {error.message} {error.hint}"
            assert "********" in said
            assert echo.split()[-1] not in said


@pytest.mark.parametrize("route", ROUTES)
class TestReading:
    @pytest.mark.parametrize("value", [{}, {"snapshots": []}, [{"epoch": "1"}], {"snapshots": [{"snapshot": "é"}]}])
    def test_a_document_comes_back_with_the_servers_time(self, route: str, value: object) -> None:
        reading = Played(route, document(route, value, headers=DATE)).get()
        assert reading == ClusterResponse(value, NOW, "Q-1" if route == "OpenAPI" else None, attempts=1)

    def test_without_a_date_the_time_is_not_known(self, route: str) -> None:
        assert Played(route, document(route, {})).get().server_time is None

    @pytest.mark.parametrize("date", ["", "yesterday", "Tue, 99 Nov 2026 04:00:00 GMT"])
    def test_nor_is_it_with_one_that_is_none(self, route: str, date: str) -> None:
        assert Played(route, document(route, {}, headers={"date": date})).get().server_time is None

    def test_the_bound_is_that_of_a_list(self, route: str) -> None:
        played = Played(route, no_answer(), document(route, {}))
        played.get()
        assert played.transport.largest == {MAX_LIST_BYTES}
        assert MAX_LIST_BYTES >= 100 * 1024 * 1024

    def test_one_over_the_bound_is_an_error(self, route: str) -> None:
        error = Played(route, document(route, {})._replace(is_too_long=True)).fail()
        assert "more than" in error.message
        assert error.outcome == UNKNOWN

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
    def test_what_failed_before_leaves_nothing_open_as_it_only_reads(
        self, route: str, first: AliyunError | None
    ) -> None:
        step = first or Response(500, {}, b"<html>")
        error = Played(route, step, broken(route, 403)).fail()
        assert (error.attempts, error.code) == (2, "a_type")

    @pytest.mark.parametrize("failing", ["no answer", 503, 429, 500])
    def test_get_once_tries_only_once(self, route: str, failing: object) -> None:
        step = broken(route, failing) if isinstance(failing, int) else no_answer()
        played = Played(route, step)
        assert played.fail(once=True).retryable
        assert played.slept == []

    def test_the_request_id_of_an_error_that_is_passed_on_is_kept(self, route: str) -> None:
        error = Played(route, broken(route, 404)).fail(once=True)
        assert error.request_id == ("Q-1" if route == "OpenAPI" else None)


class TestOpenApiAnswer:
    @pytest.mark.parametrize("value", [{"snapshots": []}, [{"epoch": "1"}]])
    def test_a_result_may_be_a_text(self, value: object) -> None:
        reading = Played("OpenAPI", document("OpenAPI", json.dumps(value))).get()
        assert (reading.document, reading.request_id) == (value, "Q-1")

    def test_an_error_may_be_a_text(self) -> None:
        step = document("OpenAPI", json.dumps(elasticsearch_error(404, "a_type", "Some reason.")[1]))
        error = Played("OpenAPI", step).fail()
        assert (error.code, error.message, error.http_status) == ("a_type", "Some reason.", 404)
        assert error.request_id == "Q-1"

    def test_a_text_that_is_no_json_is_an_error_with_the_request_id(self) -> None:
        error = Played("OpenAPI", document("OpenAPI", "epoch timestamp")).fail()
        assert "is no document: 'epoch timestamp'" in error.message
        assert (error.outcome, error.request_id) == (UNKNOWN, "Q-1")

    @pytest.mark.parametrize("value", [True, False, None, 5])
    def test_any_other_result_is_an_error(self, value: object) -> None:
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
    def test_an_error_of_the_openapi_itself_is_judged_as_ever(self, step: Response, retryable: bool) -> None:
        error = Played("OpenAPI", step, retries=0).fail()
        assert (error.retryable, error.request_id, error.message) == (retryable, "Q-1", "No.")

    def test_the_wait_that_it_asks_for_is_kept(self) -> None:
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
    def test_the_readings_own_time_is_taken(self, route: str, server_time: float) -> None:
        assert Played(route).cluster.now(self.reading(server_time)) == server_time

    @pytest.mark.parametrize("epoch", [str(NOW), NOW, float(NOW), f" {NOW} "])
    def test_without_one_the_cluster_is_asked(self, route: str, epoch: object) -> None:
        played = Played(route, document(route, [{"epoch": epoch, "status": "red"}]))
        assert played.cluster.now(self.reading(None)) == NOW
        url = str(played.transport.sent[0].url)
        assert url.endswith("/_cat/health?format=json" if route == "direct" else "path=_cat%2Fhealth%3Fformat%3Djson")

    def test_it_is_asked_again_where_that_may_help(self, route: str) -> None:
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
    def test_an_answer_without_a_time_is_an_error(self, route: str, value: object) -> None:
        with pytest.raises(AliyunError) as caught:
            Played(route, document(route, value)).cluster.now(self.reading(None))
        assert caught.value.message == "The cluster does not tell its time, so the age of its snapshots is not known."
        assert (caught.value.outcome, caught.value.retryable) == (NOT_SENT, False)

    def test_a_refusal_is_passed_on(self, route: str) -> None:
        with pytest.raises(AliyunError, match=r"Some reason\.") as caught:
            Played(route, broken(route, 403)).cluster.now(self.reading(None))
        assert caught.value.code == "a_type"


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40))
def test_any_password_reaches_the_server_and_no_message(password: str) -> None:
    played = Played("direct", broken("direct", 401, "t", password), password=password)
    error = played.fail()
    value = played.transport.sent[0].headers["Authorization"].partition(" ")[2]
    assert base64.b64decode(value).decode() == f"elastic:{password}"
    assert error.message == "********"


class TestOnTheWire:
    """Both routes with the real transport, against a server on the loopback interface."""

    @staticmethod
    def cluster(route: str, server: Server, password: str = PASSWORD, read_timeout: float = 10) -> Cluster:
        transport = Transport(connect_timeout=5, read_timeout=read_timeout, verify=True, product="p/1")
        retry = RetryPolicy(2, 0)
        if route == "direct":
            return DirectCluster(server.url, "elastic", password, transport, retry)
        return OpenApiCluster(Client(server.url, None, KEYS, transport, retry), "es-1", None, False, retry)

    @pytest.mark.parametrize("route", ROUTES)
    def test_the_snapshots_come(self, route: str, serve: Callable[..., Server]) -> None:
        instance = FakeInstance([entry("snap-1"), entry("snap-2")])
        reading = self.cluster(route, serve(instance)).get(PATH)
        assert reading.document == {"snapshots": [entry("snap-1"), entry("snap-2")]}
        assert reading.server_time == (None if route == "direct" else NOW)
        assert instance.paths == [PATH]

    def test_the_direct_request_is_as_it_should_be(self, serve: Callable[..., Server]) -> None:
        server = serve(FakeInstance([]))
        self.cluster("direct", server, password="pässwörd").get(PATH)
        (received,) = server.received
        assert (received.method, received.target, received.body) == ("GET", f"/{PATH}", b"")
        assert received.headers["authorization"] == f"Basic {base64.b64encode('elastic:pässwörd'.encode()).decode()}"
        assert received.headers["accept"] == "application/json"
        assert "x-acs-action" not in received.headers

    def test_the_openapis_request_is_as_it_should_be(self, serve: Callable[..., Server]) -> None:
        server = serve(FakeInstance([]))
        self.cluster("OpenAPI", server).get(PATH)
        (received,) = server.received
        assert (received.method, received.body) == ("POST", b"")
        assert received.target == (
            "/openapi/instances/es-1/es-request?method=GET&path=_snapshot%2Faliyun_auto_snapshot%2F_all"
        )
        assert received.headers["authorization"].startswith("ACS3-HMAC-SHA256 ")

    @pytest.mark.parametrize("route", ROUTES)
    def test_an_answer_over_a_mebibyte_is_read(self, route: str, serve: Callable[..., Server]) -> None:
        many = [entry(f"snap-{number}", indices=["an-index-of-some-length"] * 2000) for number in range(30)]
        document: Any = self.cluster(route, serve(FakeInstance(many))).get(PATH).document
        assert len(json.dumps(document)) > 1024 * 1024
        assert len(document["snapshots"]) == 30

    @pytest.mark.parametrize("route", ROUTES)
    def test_no_answer_is_tried_again(self, route: str, serve: Callable[..., Server]) -> None:
        server = serve(b"", http_response(b"{", length=99), FakeInstance([]))
        assert self.cluster(route, server).get(PATH).document == {"snapshots": []}
        assert server.connections == 3

    @pytest.mark.parametrize("route", ROUTES)
    def test_a_server_that_hangs_does_not_hold_it(self, route: str, serve: Callable[..., Server]) -> None:
        server = serve(hang)
        with pytest.raises(AliyunError) as caught:
            self.cluster(route, server, read_timeout=0.3).get(PATH, retry=False)
        assert (caught.value.outcome, caught.value.retryable) == (UNKNOWN, True)


@pytest.mark.parametrize("spell", [str, quote], ids=["as it is", "percent-encoded"])
@pytest.mark.parametrize("make", [dict, json.dumps], ids=["object", "text"])
def test_a_key_that_the_cluster_sends_back_through_the_openapi_is_masked(
    spell: Callable[[str], str], make: Callable[[Any], Any]
) -> None:
    error = {"error": {"type": "refused", "reason": f"got {spell(KEYS.access_key_secret)}"}, "status": 400}
    answer = Response(200, {}, json.dumps({"Result": make(error)}).encode())
    assert Played("OpenAPI", answer).fail().message == "got ********"

# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import calendar
import io
import itertools
import time
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest
import requests
import urllib3
from alibabacloud_tea_openapi.utils import Utils
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.aliyun.elasticsearch.plugins.module_utils import signing
from ansible_collections.aliyun.elasticsearch.plugins.module_utils._http.transport import Transport
from ansible_collections.aliyun.elasticsearch.tests.unit.support.server import Received, Server, http_response

KEY_ID = "YourAccessKeyId"
SECRET = "YourAccessKeySecret"
EMPTY_HASH = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
NONCE = "3156853299f313e23d1673dc12e1703d"

RUN_INSTANCES_HEADERS = {
    "host": "ecs.cn-shanghai.aliyuncs.com",
    "x-acs-action": "RunInstances",
    "x-acs-content-sha256": EMPTY_HASH,
    "x-acs-date": "2023-10-26T10:22:32Z",
    "x-acs-signature-nonce": NONCE,
    "x-acs-version": "2014-05-26",
}
RUN_INSTANCES_QUERY = [
    ("RegionId", "cn-shanghai"),
    ("ImageId", "win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd"),
]
CREATE_SNAPSHOT_URL = (
    "https://elasticsearch.cn-hangzhou.aliyuncs.com/openapi/instances/es-cn-0000000000001/snapshots"
    "?ClientToken=0123456789abcdef"
)
CREATE_SNAPSHOT_HEADERS = {
    "host": "elasticsearch.cn-hangzhou.aliyuncs.com",
    "x-acs-action": "CreateSnapshot",
    "x-acs-content-sha256": EMPTY_HASH,
    "x-acs-date": "2026-01-02T03:04:05Z",
    "x-acs-signature-nonce": NONCE,
    "x-acs-version": "2017-06-13",
}
CREATE_SNAPSHOT_SIGNATURES = {
    None: "cc870b9da79456ead319df6414cd63224a151804b7b524aa10ab6bc35b74070d",
    "YourSecurityToken": "8b6e8fc615cbbf317dcc84a0b60594908ecde269bce8c35ef6d057c7f38c47ef",
}

# (method, path, query, headers, payload hash, secret, hash of the canonical request where published, signature)
VECTORS = [
    pytest.param(
        "POST",
        "/",
        RUN_INSTANCES_QUERY,
        RUN_INSTANCES_HEADERS,
        EMPTY_HASH,
        SECRET,
        "7ea06492da5221eba5297e897ce16e55f964061054b7695beedaac1145b1e259",
        "06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0",
        id="V3 request structure and signature",
    ),
    pytest.param(
        "POST",
        "/",
        RUN_INSTANCES_QUERY,
        {
            **RUN_INSTANCES_HEADERS,
            "x-acs-date": "2023-10-26T09:01:01Z",
            "x-acs-signature-nonce": "d410180a5abf7fe235dd9b74aca91fc0",
        },
        EMPTY_HASH,
        SECRET,
        None,
        "e521358f7776c97df52e6b2891a8bc73026794a071b50c3323388c4e0df64804",
        id="ROA request body and signature",
    ),
    pytest.param(
        "GET",
        "",
        [("test", "ok"), ("empty", "")],
        {"x-acs-test": "http", "x-acs-TEST": "https"},
        "55e12e91650d2fec56ec74e1d3e4ddbfce2ef3a65890c2a19ecf88a307e76a23",
        "secret",
        None,
        "d16b30a7699ae9e43875b13195b2f81bcc3ed10c14a9b5eb780e51619aa50be1",
        id="darabonba-openapi's unit test",
    ),
    pytest.param(
        "POST",
        "/openapi/instances/es-cn-0000000000001/snapshots",
        [("ClientToken", "0123456789abcdef")],
        CREATE_SNAPSHOT_HEADERS,
        EMPTY_HASH,
        SECRET,
        None,
        CREATE_SNAPSHOT_SIGNATURES[None],
        id="CreateSnapshot",
    ),
    pytest.param(
        "POST",
        "/openapi/instances/es-cn-0000000000001/snapshots",
        [("ClientToken", "0123456789abcdef")],
        {**CREATE_SNAPSHOT_HEADERS, "x-acs-security-token": "YourSecurityToken"},
        EMPTY_HASH,
        SECRET,
        None,
        CREATE_SNAPSHOT_SIGNATURES["YourSecurityToken"],
        id="CreateSnapshot with a security token",
    ),
]

ENCODINGS = [
    (" ~/*-+", "%20~%2F%2A-%2B"),
    ("a b+c/d=e", "a%20b%2Bc%2Fd%3De"),
    ("100%", "100%25"),
    ("AZaz09-_.~", "AZaz09-_.~"),
    ("快照", "%E5%BF%AB%E7%85%A7"),
    ("", ""),
]


def sign(
    method: str = "POST",
    url: str = CREATE_SNAPSHOT_URL,
    *,
    token: str | None = None,
    clock: Callable[[], float] = lambda: 0.0,
    nonce: Callable[[], str] = lambda: NONCE,
    **request: Any,
) -> requests.PreparedRequest:
    """Return what requests would send, signed as CreateSnapshot."""
    auth = signing.Acs3Auth(
        KEY_ID, SECRET, action="CreateSnapshot", version="2017-06-13", security_token=token, clock=clock, nonce=nonce
    )
    return requests.Session().prepare_request(requests.Request(method, url, auth=auth, **request))


def official(method: str, path: str, query: dict[str, str], headers: dict[str, str], payload_hash: str) -> str:
    """Return the Authorization header that the official library makes."""
    request = SimpleNamespace(method=method, pathname=path, query=query, headers=headers)
    authorization: str = Utils.get_authorization(request, signing.ALGORITHM, payload_hash, KEY_ID, SECRET)
    return authorization


def verify(received: Received) -> None:
    """Assert that the official library signs what came over the wire in the same way."""
    path, _mark, query = received.target.partition("?")
    pairs = [part.partition("=") for part in query.split("&") if part]
    assert "+" not in query, "a '+' stands for a space to some servers"
    authorization = received.headers["authorization"]
    signed_names = authorization.split("SignedHeaders=")[1].split(",")[0].split(";")
    obligatory = [name for name in received.headers if name.startswith("x-acs-") or name in ("host", "content-type")]
    assert signed_names == sorted(obligatory)
    body_hash = Utils.hex_encode(Utils.hash(received.body, signing.ALGORITHM))
    assert received.headers["x-acs-content-sha256"] == body_hash
    signed = {name: received.headers[name] for name in signed_names}
    decoded = {name: unquote(value) for name, _equals, value in pairs}
    assert authorization == official(received.method, path, decoded, signed, body_hash)


@pytest.fixture(scope="module")
def server(serve: Callable[..., Server]) -> Server:
    return serve(http_response())


class TestVectors:
    @pytest.mark.parametrize(
        ("method", "path", "query", "headers", "payload_hash", "secret", "request_hash", "signature"), VECTORS
    )
    def test_signature_of_a_published_example_is_the_published_one(
        self,
        method: str,
        path: str,
        query: list[tuple[str, str]],
        headers: dict[str, str],
        payload_hash: str,
        secret: str,
        request_hash: str | None,
        signature: str,
    ) -> None:
        request = signing.canonical_request(
            method, signing.canonical_uri(path), signing.canonical_query(query), headers, payload_hash
        )
        text = signing.string_to_sign(request)
        assert request_hash is None or text == f"ACS3-HMAC-SHA256\n{request_hash}"
        assert signing.signature(secret, text) == signature
        names = signing.canonical_headers(headers)[1]
        assert signing.authorization("an-id", secret, request, names) == (
            f"ACS3-HMAC-SHA256 Credential=an-id,SignedHeaders={names},Signature={signature}"
        )

    @pytest.mark.parametrize("token", CREATE_SNAPSHOT_SIGNATURES)
    def test_acs3_auth_gives_create_snapshot_its_known_signature(self, token: str | None) -> None:
        prepared = sign(token=token, clock=lambda: float(calendar.timegm((2026, 1, 2, 3, 4, 5))))
        names = "host;x-acs-action;x-acs-content-sha256;x-acs-date;{}x-acs-signature-nonce;x-acs-version".format(
            "x-acs-security-token;" if token else ""
        )
        assert prepared.headers["Authorization"] == (
            f"ACS3-HMAC-SHA256 Credential={KEY_ID},SignedHeaders={names},Signature={CREATE_SNAPSHOT_SIGNATURES[token]}"
        )
        assert {name: prepared.headers[name] for name in CREATE_SNAPSHOT_HEADERS} == CREATE_SNAPSHOT_HEADERS
        assert prepared.headers.get("x-acs-security-token") == token
        assert prepared.url == CREATE_SNAPSHOT_URL

    def test_canonical_request_has_the_method_in_capitals(self) -> None:
        texts = {signing.canonical_request(method, "/", "", {}, EMPTY_HASH) for method in ("post", "Post", "POST")}
        assert len(texts) == 1

    def test_payload_hash_of_nothing_is_the_documented_one(self) -> None:
        assert signing.payload_hash(b"") == EMPTY_HASH


class TestEncoding:
    @pytest.mark.parametrize(("text", "encoded"), ENCODINGS)
    def test_percent_encode_encodes_text_as_the_official_client_does(self, text: str, encoded: str) -> None:
        assert signing.percent_encode(text) == encoded
        assert Utils.get_encode_param(text) == encoded

    @given(st.text())
    def test_percent_encode_encodes_any_text_as_the_official_client_does(self, text: str) -> None:
        assert signing.percent_encode(text) == Utils.get_encode_param(text)

    def test_percent_encode_refuses_a_lone_surrogate_that_is_no_escaped_byte(self) -> None:
        with pytest.raises(UnicodeEncodeError):
            signing.percent_encode("\ud800")

    @pytest.mark.parametrize(
        ("path", "canonical"),
        [
            ("", "/"),
            ("/", "/"),
            ("/a/b", "/a/b"),
            ("/a b/*", "/a%20b/%2A"),
            ("/a%20b/%2a", "/a%20b/%2A"),
            ("/a%2Fb", "/a%2Fb"),
            ("/a%252Fb", "/a%252Fb"),
            ("/a//b/", "/a//b/"),
            ("/100%", "/100%25"),
            ("/%ff%FE", "/%FF%FE"),
            ("/%7E", "/~"),
            ("/快照", "/%E5%BF%AB%E7%85%A7"),
        ],
    )
    def test_canonical_uri_encodes_each_segment_once(self, path: str, canonical: str) -> None:
        assert signing.canonical_uri(path) == canonical

    @given(st.one_of(st.text(), st.text(alphabet="/%.aAfF0279+ ~\udcff\xe9")))
    def test_canonical_uri_does_not_change_what_it_returned(self, path: str) -> None:
        once = signing.canonical_uri(path)
        assert signing.canonical_uri(once) == once
        assert once.isascii()
        assert once.count("/") == max(path.count("/"), not path)

    @pytest.mark.parametrize(
        ("parameters", "query"),
        [
            ([], ""),
            ([("b", "2"), ("a", "1")], "a=1&b=2"),
            ([("a", "2"), ("a", "10"), ("a", "1")], "a=1&a=10&a=2"),
            ([("a", "")], "a="),
            ([("k y", "v&w=x")], "k%20y=v%26w%3Dx"),
            ([("B", "1"), ("a", "2")], "B=1&a=2"),
        ],
    )
    def test_canonical_query_is_sorted_by_name_then_value(self, parameters: list[tuple[str, str]], query: str) -> None:
        assert signing.canonical_query(parameters) == query

    @pytest.mark.parametrize(
        ("headers", "block", "names"),
        [
            ({}, "", ""),
            ({"X-Acs-B": " 2 ", "host": "h"}, "host:h\nx-acs-b:2\n", "host;x-acs-b"),
            ({"x-acs-a": "2", "X-ACS-A": "1"}, "x-acs-a:1,2\n", "x-acs-a"),
        ],
    )
    def test_canonical_headers_are_lower_cased_trimmed_sorted_and_joined(
        self, headers: dict[str, str], block: str, names: str
    ) -> None:
        assert signing.canonical_headers(headers) == (block, names)


PLAIN_NAMES = st.text("abcXYZ019-_.~", min_size=1, max_size=8)
UNICODE = st.text(st.characters(exclude_categories=("Cs",)), max_size=20)
HEADER_VALUES = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), max_size=20)
HEADER_NAMES = st.builds("x-acs-{}".format, st.text("abcdefghij-0123456789ABC", min_size=1, max_size=8))


class TestAgreementWithTheOfficialLibrary:
    @given(
        method=st.sampled_from(["GET", "POST", "PUT", "DELETE"]),
        segments=st.lists(UNICODE, max_size=4),
        query=st.dictionaries(PLAIN_NAMES, UNICODE, max_size=4),
        headers=st.dictionaries(HEADER_NAMES, HEADER_VALUES, max_size=4),
        body=st.binary(max_size=50),
    )
    def test_authorization_is_that_of_the_official_library(
        self, method: str, segments: list[str], query: dict[str, str], headers: dict[str, str], body: bytes
    ) -> None:
        path = "".join("/" + signing.percent_encode(segment) for segment in segments)
        uri = signing.canonical_uri(path)
        assert uri == ("".join("/" + Utils.get_encode_param(segment) for segment in segments) or "/")
        body_hash = signing.payload_hash(body)
        request = signing.canonical_request(method, uri, signing.canonical_query(query.items()), headers, body_hash)
        names = signing.canonical_headers(headers)[1]
        assert body_hash == Utils.hex_encode(Utils.hash(body, signing.ALGORITHM))
        assert signing.authorization(KEY_ID, SECRET, request, names) == official(
            method, path, query, headers, body_hash
        )

    @given(
        instance_id=st.one_of(UNICODE, st.text("/?#%&=+;@:!$'()*,~.\\ \"<>[]^`{|}ae", min_size=1, max_size=12)),
        token=st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), max_size=64),
        security_token=st.one_of(st.none(), st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E))),
    )
    def test_acs3_auth_verifies_on_the_wire_for_any_instance_and_token(
        self, server: Server, instance_id: str, token: str, security_token: str | None
    ) -> None:
        path = f"/openapi/instances/{signing.percent_encode(instance_id)}/snapshots"
        if instance_id in (".", ".."):
            return  # such a path is another one for urllib3, and the modules refuse it
        url = f"{server.url}{path}?{signing.canonical_query([('ClientToken', token)])}"
        received = send(server, sign(url=url, token=security_token))
        verify(received)
        assert received.target == f"{path}?ClientToken={Utils.get_encode_param(token)}"
        assert received.headers["host"] == server.host
        assert received.headers.get("x-acs-security-token") == (security_token or None)

    @given(
        method=st.sampled_from(["GET", "POST", "PUT", "DELETE"]),
        path=st.lists(st.text("abc.%+ *é;=:@~'", max_size=6).filter(lambda text: text.strip(".")), max_size=3),
        query=st.dictionaries(PLAIN_NAMES, UNICODE, max_size=4),
        headers=st.dictionaries(HEADER_NAMES.map(str.lower), HEADER_VALUES.map(str.strip).filter(bool), max_size=3),
        body=st.one_of(st.none(), st.binary(max_size=50), st.text("abc{}", max_size=50)),
        content_type=st.sampled_from([None, "application/json", "Application/JSON; charset=utf-8"]),
    )
    def test_acs3_auth_verifies_on_the_wire_for_any_request(
        self,
        server: Server,
        method: str,
        path: list[str],
        query: dict[str, str],
        headers: dict[str, str],
        body: bytes | str | None,
        content_type: str | None,
    ) -> None:
        if content_type:
            headers = {**headers, "Content-Type": content_type}
        url = server.url + "".join(f"/{segment}" for segment in path)
        received = send(server, sign(method, url, params=query, headers=headers, data=body))
        verify(received)
        sent = {name: value for name, _e, value in (part.partition("=") for part in received_query(received))}
        assert {name: unquote(value) for name, value in sent.items()} == query

    @pytest.mark.xfail(
        urllib3.__version__.startswith("1."),
        strict=True,
        reason="older versions send text that is not ASCII as Latin-1",
    )
    @pytest.mark.parametrize("body", ["\xe9", "快照"])
    def test_acs3_auth_signs_a_text_body_as_it_is_sent(self, server: Server, body: str) -> None:
        received = send(server, sign("POST", f"{server.url}/x", data=body))
        verify(received)
        assert received.body == body.encode()

    @pytest.mark.parametrize(
        ("query", "sent"),
        [
            ("b=2&a=1", "a=1&b=2"),
            ("a=x+y", "a=x%20y"),
            ("a=x%20y", "a=x%20y"),
            ("a=%2b", "a=%2B"),
            ("a", "a="),
            ("a=2&a=1", "a=1&a=2"),
            ("&a=1&&", "a=1"),
            ("a=1#fragment", "a=1"),
            ("a=%ff", "a=%FF"),
            ("a=b=c", "a=b%3Dc"),
        ],
    )
    def test_acs3_auth_signs_the_query_as_it_is_sent(self, server: Server, query: str, sent: str) -> None:
        received = send(server, sign("GET", f"{server.url}/x?{query}"))
        assert received.target == f"/x?{sent}"

    def test_acs3_auth_sends_no_question_mark_without_a_query(self, server: Server) -> None:
        received = send(server, sign("GET", f"{server.url}/x?"))
        assert received.target == "/x"
        verify(received)


def received_query(received: Received) -> list[str]:
    return [part for part in received.target.partition("?")[2].split("&") if part]


def send(server: Server, prepared: requests.PreparedRequest) -> Received:
    server.received.clear()
    with requests.Session() as session:
        session.trust_env = False
        session.send(prepared).close()
    (received,) = server.received
    return received


class TestHost:
    @pytest.mark.parametrize(
        ("authority", "host"),
        [
            ("https://example.test", "example.test"),
            ("https://example.test:443", "example.test"),
            ("https://example.test:80", "example.test:80"),
            ("https://example.test:8443", "example.test:8443"),
            ("http://example.test:80", "example.test"),
            ("http://example.test:443", "example.test:443"),
            ("https://EXAMPLE.test", "example.test"),
            ("https://[::1]", "[::1]"),
            ("https://[::1]:443", "[::1]"),
            ("https://[::1]:8443", "[::1]:8443"),
            ("http://[fe80::80]:80", "[fe80::80]"),
            ("https://user:pa%40ss@example.test:8443", "example.test:8443"),
            ("https://user@[::1]", "[::1]"),
        ],
    )
    def test_acs3_auth_signs_the_host_with_a_port_only_where_it_is_not_the_schemes_own(
        self, authority: str, host: str
    ) -> None:
        prepared = sign(url=f"{authority}/x")
        assert prepared.headers["host"] == host
        assert "host;" in prepared.headers["Authorization"]

    def test_acs3_auth_replaces_a_host_header_of_the_caller(self) -> None:
        prepared = sign(headers={"Host": "other.test"})
        assert [value for name, value in prepared.headers.items() if name.lower() == "host"] == [
            "elasticsearch.cn-hangzhou.aliyuncs.com"
        ]


class TestBody:
    @pytest.mark.parametrize(
        ("body", "content"),
        [
            (None, b""),
            (b"", b""),
            ("", b""),
            (b"bytes", b"bytes"),
            ("text", b"text"),
            ("快照", "快照".encode()),
            (bytearray(b"array"), b"array"),
        ],
        ids=repr,
    )
    def test_acs3_auth_hashes_text_and_bytes(self, body: Any, content: bytes) -> None:
        prepared = requests.Request("POST", CREATE_SNAPSHOT_URL).prepare()
        prepared.body = body
        signing.Acs3Auth(KEY_ID, SECRET, action="A", version="V")(prepared)
        assert prepared.headers["x-acs-content-sha256"] == Utils.hex_encode(Utils.hash(content, signing.ALGORITHM))

    @pytest.mark.parametrize("body", [io.BytesIO(b"stream"), iter([b"chunks"])], ids=["file", "iterator"])
    def test_acs3_auth_refuses_a_stream_as_it_cannot_be_hashed_before_it_is_sent(self, body: Any) -> None:
        with pytest.raises(TypeError, match=f"must be text or bytes to be signed, not {type(body).__name__}$"):
            sign(data=body)

    def test_acs3_auth_signs_a_form_with_its_content_type(self) -> None:
        prepared = sign(data={"a": "b c"})
        assert "SignedHeaders=content-type;host;" in prepared.headers["Authorization"]
        assert prepared.headers["x-acs-content-sha256"] == signing.payload_hash(b"a=b+c")

    @pytest.mark.parametrize("method", ["POST", "PUT"])
    @pytest.mark.parametrize(
        ("body", "content_type"),
        [
            ('{"名":"快照"}'.encode(), "application/json; charset=utf-8"),
            (bytes(range(256)), "application/octet-stream"),
            (b"", "application/json"),
            (b"{}", None),
        ],
    )
    def test_acs3_auth_verifies_on_the_wire_for_a_body_that_the_transport_sends(
        self, server: Server, method: str, body: bytes, content_type: str | None
    ) -> None:
        auth = signing.Acs3Auth(KEY_ID, SECRET, action="UpdateSnapshotSetting", version="2017-06-13")
        server.received.clear()
        Transport(connect_timeout=5, read_timeout=5, verify=True, product="product/1.0").send(
            method, f"{server.url}/x?b=2&a=1", auth, body=body, content_type=content_type
        )
        (received,) = server.received
        assert (received.method, received.body) == (method, body)
        assert received.headers.get("content-type") == content_type
        assert ("SignedHeaders=content-type;host;" in received.headers["authorization"]) is bool(content_type)
        verify(received)


class TestEachRequestIsNew:
    def test_acs3_auth_takes_a_new_nonce_and_date_for_each_call(self) -> None:
        nonces = iter(["one", "two", "three"])
        seconds = itertools.count(0, 86400)
        auth = signing.Acs3Auth(
            KEY_ID, SECRET, action="A", version="V", clock=lambda: next(seconds), nonce=lambda: next(nonces)
        )
        signed = [auth(requests.Request("POST", CREATE_SNAPSHOT_URL).prepare()).headers for _time in range(3)]
        assert [headers["x-acs-signature-nonce"] for headers in signed] == ["one", "two", "three"]
        assert [headers["x-acs-date"] for headers in signed] == [
            "1970-01-01T00:00:00Z",
            "1970-01-02T00:00:00Z",
            "1970-01-03T00:00:00Z",
        ]
        assert len({headers["Authorization"] for headers in signed}) == 3

    def test_acs3_auth_signs_a_request_again_with_its_new_values(self) -> None:
        nonces = iter(["one", "two"])
        auth = signing.Acs3Auth(
            KEY_ID, SECRET, action="A", version="V", security_token="t", clock=lambda: 0, nonce=lambda: next(nonces)
        )
        prepared = requests.Request("POST", CREATE_SNAPSHOT_URL).prepare()
        auth(auth(prepared))
        once = requests.Request("POST", CREATE_SNAPSHOT_URL).prepare()
        expected = signing.Acs3Auth(
            KEY_ID, SECRET, action="A", version="V", security_token="t", clock=lambda: 0, nonce=lambda: "two"
        )(once)
        assert dict(prepared.headers.lower_items()) == dict(expected.headers.lower_items())

    def test_acs3_auth_left_alone_takes_the_date_of_now_and_nonces_that_do_not_repeat(self) -> None:
        auth = signing.Acs3Auth(KEY_ID, SECRET, action="A", version="V")
        before = int(time.time())
        signed = [auth(requests.Request("POST", CREATE_SNAPSHOT_URL).prepare()).headers for _time in range(100)]
        after = int(time.time())
        assert len({headers["x-acs-signature-nonce"] for headers in signed}) == 100
        for headers in signed:
            date = time.strptime(headers["x-acs-date"], "%Y-%m-%dT%H:%M:%SZ")
            assert before <= calendar.timegm(date) <= after

    @pytest.mark.parametrize("token", [None, ""])
    def test_acs3_auth_sends_no_header_for_a_security_token_without_one(self, token: str | None) -> None:
        prepared = sign(token=token)
        assert "x-acs-security-token" not in prepared.headers
        assert "x-acs-security-token" not in prepared.headers["Authorization"]


class TestNetrc:
    def test_acs3_auth_wins_over_netrc(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
        host = urlsplit(CREATE_SNAPSHOT_URL).hostname
        netrc = tmp_path / "netrc"
        netrc.write_text(f"machine {host} login somebody password netrc-secret\n")
        netrc.chmod(0o600)
        monkeypatch.setenv("NETRC", str(netrc))
        without = requests.Session().prepare_request(requests.Request("POST", CREATE_SNAPSHOT_URL))
        assert without.headers["Authorization"].startswith("Basic "), "else this test shows nothing"
        assert sign().headers["Authorization"].startswith("ACS3-HMAC-SHA256 ")

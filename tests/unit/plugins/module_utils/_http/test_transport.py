# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import datetime
import errno
import gzip
import os
import platform
import socket
import ssl
import sys
import threading
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import requests
import trustme
import urllib3

from ansible_collections.aliyun.elasticsearch.plugins.module_utils._http import transport
from ansible_collections.aliyun.elasticsearch.plugins.module_utils._errors import NOT_SENT, UNKNOWN, AliyunError
from ansible_collections.aliyun.elasticsearch.plugins.module_utils._http.transport import Response
from ansible_collections.aliyun.elasticsearch.plugins.module_utils._http.transport import MAX_RESPONSE_BYTES, Transport
from ansible_collections.aliyun.elasticsearch.tests.unit.support.server import (
    Received,
    Server,
    hang,
    http_response,
    trickle,
    unused_port,
)

NO_CA = "The CA certificates cannot be read; check ca_path, REQUESTS_CA_BUNDLE and CURL_CA_BUNDLE."
UNUSABLE = "The address of the server or of the proxy cannot be used."
PATH = "/openapi/instances/es-1/snapshots?ClientToken=token-1"
PASSWORD = "sesame-open"

Serve = Callable[..., Server]
UseProxy = Callable[[str], None]


def unsigned(request: Any) -> Any:
    return request


def transport(
    *, connect_timeout: float = 5, read_timeout: float = 5, verify: bool | str = True, session: Any = None
) -> Transport:
    return Transport(
        connect_timeout=connect_timeout,
        read_timeout=read_timeout,
        verify=verify,
        product="product/1.0",
        session=session,
    )


def post(url: str, auth: Callable[[Any], Any] = unsigned, **options: Any) -> Response:
    return transport(**options).send("POST", url + PATH, auth)


def failure(url: str, **options: Any) -> AliyunError:
    with pytest.raises(AliyunError) as caught:
        post(url, **options)
    error = caught.value
    assert error.message.isprintable()
    assert len(error.message) < 500
    assert PASSWORD not in error.message
    assert (error.code, error.http_status, error.request_id) == (None, None, None)
    return error


def kind(error: AliyunError) -> tuple[str, bool]:
    return error.outcome, error.retryable


class TestOnTheWire:
    def test_exactly_the_intended_headers_are_sent(self, serve: Serve) -> None:
        server = serve(http_response())
        post(server.url)
        (received,) = server.received
        assert received == Received("POST", PATH, received.header_list, b"")
        assert received.headers == {
            "host": server.host,
            "user-agent": f"product/1.0 requests/{requests.__version__} python/{platform.python_version()}",
            "accept": "application/json",
            "accept-encoding": "identity",
            "connection": "keep-alive",
            "content-length": "0",
        }

    def test_what_the_signer_sets_is_sent(self, serve: Serve) -> None:
        server = serve(http_response())

        def sign(request: Any) -> Any:
            request.headers["Authorization"] = "signed"
            return request

        post(server.url, sign)
        assert server.received[0].headers["authorization"] == "signed"

    def test_netrc_is_not_looked_at(self, serve: Serve, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        (tmp_path / "netrc").write_text("default login somebody password secret\n")
        (tmp_path / "netrc").chmod(0o600)
        monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
        server = serve(http_response())
        post(server.url)
        assert "authorization" not in server.received[0].headers

    def test_a_cookie_of_an_answer_is_not_sent_with_the_next_attempt(self, serve: Serve) -> None:
        server = serve(http_response(set_cookie="session=1; Path=/"))
        both = transport()
        both.send("POST", server.url + PATH, unsigned)
        both.send("POST", server.url + PATH, unsigned)
        assert [received.headers.get("cookie") for received in server.received] == [None, None]


class TestAnswers:
    @pytest.mark.parametrize("status", ["200 OK", "204 No Content", "400 Bad Request", "404 Not Found", "503 Busy"])
    def test_every_status_is_an_answer(self, serve: Serve, status: str) -> None:
        body = b"" if status.startswith("204") else b"body"
        answer = post(serve(http_response(body, status)).url)
        assert (answer.status, answer.body, answer.is_too_long) == (int(status[:3]), body, False)

    def test_header_names_are_in_lower_case(self, serve: Serve) -> None:
        answer = post(serve(http_response(X_Acs_Request_Id="R-1", DATE="now")).url)
        assert answer.headers["x-acs-request-id"] == "R-1"
        assert answer.headers["date"] == "now"

    @pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
    def test_a_redirect_is_not_followed(self, serve: Serve, status: int) -> None:
        elsewhere = serve(http_response(b"elsewhere"))
        answer = post(serve(http_response(b"", f"{status} Elsewhere", location=elsewhere.url)).url)
        assert (answer.status, answer.headers["location"]) == (status, elsewhere.url)
        assert elsewhere.connections == 0

    @pytest.mark.parametrize(
        ("headers", "body"),
        [
            ({"location": "/elsewhere"}, b"moved"),
            ({"location": "/elsewhere", "content_encoding": "gzip"}, b"no gzip"),
            ({"location": "http://[::1"}, b""),
            ({"location": "\xff"}, b""),
        ],
        ids=["with a body", "with a broken body", "to no address", "to no text"],
    )
    def test_every_redirect_is_an_answer(self, serve: Serve, headers: dict[str, str], body: bytes) -> None:
        answer = post(serve(http_response(body, "302 Found", **headers)).url)
        assert (answer.status, answer.body) == (302, body)

    def test_a_long_redirect_is_read_up_to_one_mebibyte(self, serve: Serve) -> None:
        answer = post(serve(http_response(b"x" * 2 * MAX_RESPONSE_BYTES, "302 Found", location="/elsewhere")).url)
        assert (len(answer.body), answer.is_too_long) == (MAX_RESPONSE_BYTES, True)

    def test_a_compressed_answer_is_not_expanded(self, serve: Serve) -> None:
        body = gzip.compress(b"x" * 100_000)
        assert post(serve(http_response(body, content_encoding="gzip")).url).body == body

    def test_a_chunked_answer_is_put_together(self, serve: Serve) -> None:
        chunked = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"
        assert post(serve(chunked).url).body == b"abcde"

    def test_an_answer_that_ends_with_the_connection_is_whole(self, serve: Serve) -> None:
        assert post(serve(b"HTTP/1.0 200 OK\r\n\r\nabc").url).body == b"abc"

    def test_an_interim_answer_is_skipped(self, serve: Serve) -> None:
        assert post(serve(b"HTTP/1.1 100 Continue\r\n\r\n" + http_response(b"abc")).url).body == b"abc"

    @pytest.mark.parametrize("length", ["", "abc", "-1", "3, 3"])
    def test_a_content_length_that_is_no_number_is_not_compared(self, serve: Serve, length: str) -> None:
        raw = f"HTTP/1.0 200 OK\r\ncontent-length: {length}\r\n\r\nabc".encode()
        assert post(serve(raw).url).body == b"abc"


class TestLength:
    @pytest.mark.parametrize(
        ("size", "is_too_long"), [(MAX_RESPONSE_BYTES, False), (MAX_RESPONSE_BYTES + 1, True), (3 * MAX_RESPONSE_BYTES, True)]
    )
    def test_an_answer_is_read_up_to_one_mebibyte(self, serve: Serve, size: int, is_too_long: bool) -> None:
        answer = post(serve(http_response(b"x" * size)).url)
        assert (len(answer.body), answer.is_too_long) == (min(size, MAX_RESPONSE_BYTES), is_too_long)

    def test_an_endless_answer_is_given_up_on(self, serve: Serve) -> None:
        def endless(connection: socket.socket, server: Server) -> None:
            connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
            while not server.closing.is_set():
                connection.sendall(b"x" * 65536)

        answer = post(serve(endless).url)
        assert (len(answer.body), answer.is_too_long) == (MAX_RESPONSE_BYTES, True)


class TestNoConnection:
    def test_a_refused_connection_sent_nothing_and_is_worth_another_try(self) -> None:
        host = f"127.0.0.1:{unused_port()}"
        error = failure(f"http://{host}")
        assert kind(error) == (NOT_SENT, True)
        assert error.message == f"The connection to {host} cannot be established: Connection refused."

    def test_a_host_name_that_does_not_exist_sent_nothing(self) -> None:
        error = failure("https://es.invalid")
        assert error.outcome == NOT_SENT
        assert error.message.startswith("The host name of es.invalid cannot be resolved: ")

    @pytest.mark.parametrize(
        ("number", "retryable"),
        [(socket.EAI_NONAME, False), (socket.EAI_AGAIN, True), (socket.EAI_FAIL, False)],
        ids=["NONAME", "AGAIN", "FAIL"],
    )
    def test_only_a_passing_failure_of_name_resolution_is_worth_another_try(
        self, monkeypatch: pytest.MonkeyPatch, number: int, retryable: bool
    ) -> None:
        def fail(*_arguments: object, **_options: object) -> None:
            raise socket.gaierror(number, "the reason")

        monkeypatch.setattr(socket, "getaddrinfo", fail)
        error = failure("https://es.test")
        assert kind(error) == (NOT_SENT, retryable)
        assert error.message == "The host name of es.test cannot be resolved: the reason."

    def test_a_host_name_that_no_resolver_takes_sent_nothing(self) -> None:
        assert kind(failure(f"https://{'a' * 64}.test")) == (NOT_SENT, False)

    @pytest.mark.parametrize("scheme", ["http", "https"])
    def test_a_connection_that_takes_too_long_sent_nothing(self, scheme: str) -> None:
        with socket.socket() as full, socket.socket() as first, socket.socket() as second:
            full.bind(("127.0.0.1", 0))
            full.listen(0)
            for waiting in (first, second):
                waiting.setblocking(False)
                assert waiting.connect_ex(full.getsockname()) in (0, errno.EINPROGRESS)
            host = f"127.0.0.1:{full.getsockname()[1]}"
            error = failure(f"{scheme}://{host}", connect_timeout=0.2)
        assert kind(error) == (NOT_SENT, True)
        assert error.message == f"The connection to {host} was not established in time."


class TestNoAnswer:
    """The request may have arrived, so the outcome is not known."""

    @pytest.mark.parametrize(
        "answer",
        [
            b"",
            b"HTTP/1.1 20",
            b"no HTTP at all\r\n\r\n",
            http_response(b"abc", length=10),
            http_response(b"", length=10),
            b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nabcde\r\n",
            b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n50\r\nabcde",
            b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\nabcde",
            b"HTTP/1.1 200 OK\r\n" + b"x: y\r\n" * 200 + b"\r\n",
            b"HTTP/1.1 200 OK\r\nx: " + b"y" * 100_000 + b"\r\n\r\n",
            b"HTTP/1.1 abc OK\r\n\r\n",
        ],
    )
    def test_an_answer_that_is_cut_or_broken_leaves_it_open_and_is_tried_again(
        self, serve: Serve, answer: bytes
    ) -> None:
        server = serve(answer)
        error = failure(server.url)
        assert kind(error) == (UNKNOWN, True)
        assert server.connections == 1, "requests must not resend by itself"

    @pytest.mark.parametrize("lengths", ["content-length: 3, 4", "content-length: 3\r\ncontent-length: 4"])
    def test_an_answer_with_two_lengths_leaves_it_open(self, serve: Serve, lengths: str) -> None:
        server = serve(f"HTTP/1.1 200 OK\r\n{lengths}\r\n\r\nabc".encode())
        error = failure(server.url)
        assert kind(error) == (UNKNOWN, True)
        assert len(server.received) == 1

    def test_a_cut_answer_tells_how_much_came(self, serve: Serve) -> None:
        server = serve(http_response(b"abc", length=10))
        error = failure(server.url)
        assert error.message in (
            "The answer was cut: 3 of 10 bytes came.",
            f"The connection to {server.host} broke before the whole answer was there: IncompleteRead.",
        )

    def test_a_connection_that_is_reset_leaves_it_open(self, serve: Serve) -> None:
        def reset(connection: socket.socket, _server: Server) -> None:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            connection.close()

        server = serve(reset)
        error = failure(server.url)
        assert kind(error) == (UNKNOWN, True)
        assert error.message == (
            f"The connection to {server.host} broke before the whole answer was there: Connection reset by peer."
        )

    def test_a_server_that_does_not_answer_in_time_leaves_it_open(self, serve: Serve) -> None:
        server = serve(hang)
        error = failure(server.url, read_timeout=0.2)
        assert kind(error) == (UNKNOWN, True)
        assert error.message == f"{server.host} gave no answer in time after the request was sent."
        assert error.hint == "If the server is only slow, raise read_timeout."
        assert len(server.received) == 1

    @pytest.mark.parametrize(
        "answer",
        [
            trickle(b"", b"H"),
            trickle(b"HTTP/1.1 200 OK\r\n", b"x-a: b\r\n"),
            trickle(b"HTTP/1.1 200 OK\r\n\r\n", b"x"),
            trickle(b"HTTP/1.1 200 OK\r\ncontent-length: 1000000\r\n\r\n", b"x"),
            trickle(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n", b"1\r\nx\r\n"),
            trickle(b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
        ],
        ids=["status line", "headers", "body", "body of known length", "chunks", "interim answers"],
    )
    def test_an_answer_that_only_trickles_ends_at_the_deadline(self, serve: Serve, answer: Any) -> None:
        error = failure(serve(answer).url, connect_timeout=0.2, read_timeout=0.2)
        assert kind(error) == (UNKNOWN, True)
        assert error.message == "No whole answer came within 0.4 s."
        assert error.hint == "If the server is only slow, raise read_timeout."


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def ca_path(authority: trustme.CA, tmp_path: Path) -> str:
    path = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(str(path))
    return str(path)


def server_side(authority: trustme.CA, *names: str, **options: Any) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(*(names or ("127.0.0.1",)), **options).configure_cert(context)
    return context


class TestTls:
    def test_a_certificate_of_the_given_ca_verifies(self, serve: Serve, authority: trustme.CA, ca_path: str) -> None:
        server = serve(http_response(b"abc"), context=server_side(authority))
        assert post(server.url, verify=ca_path).body == b"abc"

    def test_the_ca_can_come_from_the_environment(
        self, serve: Serve, authority: trustme.CA, ca_path: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", ca_path)
        server = serve(http_response(b"abc"), context=server_side(authority))
        assert post(server.url).body == b"abc"

    @pytest.mark.parametrize(
        ("names", "options", "reason"),
        [
            ([], {}, ""),
            (["other.test"], {"ca": True}, ""),
            ([], {"ca": True, "not_after": datetime.datetime(2020, 1, 1)}, "certificate has expired"),
        ],
        ids=["unknown CA", "other host", "expired"],
    )
    def test_a_certificate_that_does_not_verify_stops_before_the_request(
        self, serve: Serve, authority: trustme.CA, ca_path: str, names: list[str], options: dict[str, Any], reason: str
    ) -> None:
        verify: bool | str = ca_path if options.pop("ca", False) else True
        server = serve(http_response(), context=server_side(authority, *names, **options))
        error = failure(server.url, verify=verify)
        assert kind(error) == (NOT_SENT, False)
        assert error.message.startswith(f"The certificate of {server.host} does not verify: ")
        assert reason in error.message
        assert error.hint.endswith("give the certificate of that CA with ca_path.")
        assert not server.received

    def test_without_verification_any_certificate_will_do_and_nothing_warns(
        self, serve: Serve, authority: trustme.CA
    ) -> None:
        server = serve(http_response(b"abc"), context=server_side(authority, "other.test"))
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            assert post(server.url, verify=False).body == b"abc"
        assert [str(warning.message) for warning in caught if "Unverified" in str(warning.message)] == []

    def test_tls_spoken_to_a_plain_port_stops_before_the_request(self, serve: Serve) -> None:
        server = serve(b"HTTP/1.1 400 Bad Request\r\n\r\n", reads=False)
        error = failure(f"https://{server.host}")
        assert kind(error) == (NOT_SENT, False)
        assert error.message.startswith(f"TLS cannot be agreed on with {server.host}: ")

    def test_plain_text_within_tls_after_the_request_leaves_it_open(
        self, serve: Serve, authority: trustme.CA, ca_path: str
    ) -> None:
        def answer_beside_tls(connection: socket.socket, server: Server) -> None:
            with socket.socket(fileno=os.dup(connection.fileno())) as beside:
                beside.sendall(b"HTTP/1.1 503 Service Unavailable\r\n\r\n")
            hang(connection, server)

        server = serve(answer_beside_tls, context=server_side(authority))
        error = failure(server.url, verify=ca_path)
        assert len(server.received) == 1
        assert kind(error) == (UNKNOWN, True)

    def test_plain_text_spoken_to_a_tls_port_gets_no_answer(self, serve: Serve, authority: trustme.CA) -> None:
        server = serve(http_response(), context=server_side(authority))
        assert kind(failure(f"http://{server.host}")) == (UNKNOWN, True)

    def test_versions_of_tls_that_do_not_meet_stop_before_the_request(
        self, serve: Serve, authority: trustme.CA, ca_path: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        context = server_side(authority)
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        context.set_ciphers("ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384")
        server = serve(http_response(), context=context)
        original = ssl.SSLContext.wrap_socket

        def wrap(self: ssl.SSLContext, *arguments: Any, **options: Any) -> Any:
            if not options.get("server_side"):
                self.minimum_version = ssl.TLSVersion.TLSv1_3
            return original(self, *arguments, **options)

        monkeypatch.setattr(ssl.SSLContext, "wrap_socket", wrap)
        error = failure(server.url, verify=ca_path)
        assert kind(error) == (NOT_SENT, False)
        assert error.message.startswith(f"TLS cannot be agreed on with {server.host}: ")

    @pytest.mark.parametrize(
        "content",
        [b"", b"no certificate", b"\x00\xff" * 100, b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"],
    )
    def test_a_ca_file_that_cannot_be_read_stops_before_the_request(
        self, serve: Serve, tmp_path: Path, content: bytes
    ) -> None:
        server = serve(http_response())
        (tmp_path / "ca.pem").write_bytes(content)
        error = failure(f"https://{server.host}", verify=str(tmp_path / "ca.pem"))
        assert (kind(error), error.message) == ((NOT_SENT, False), NO_CA)
        assert not server.received

    def test_a_ca_file_that_is_missing_stops_before_the_request(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        missing = str(tmp_path / "missing.pem")
        for path in (missing, f"{missing}\x00"):
            error = failure("https://127.0.0.1:9", verify=path)
            assert (kind(error), error.message) == ((NOT_SENT, False), NO_CA)
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", missing)
        assert failure("https://127.0.0.1:9").message == NO_CA

    def test_the_ca_can_be_in_a_folder(self, serve: Serve, authority: trustme.CA, tmp_path: Path) -> None:
        server = serve(http_response(b"abc"), context=server_side(authority))
        error = failure(server.url, verify=str(tmp_path))
        assert "does not verify" in error.message, "an empty folder can be read, but holds no CA"

    def test_a_handshake_that_hangs_ends(self, serve: Serve) -> None:
        server = serve(hang, reads=False)
        assert kind(failure(f"https://{server.host}", connect_timeout=0.2)) == (NOT_SENT, True)


def tunnel(connection: socket.socket, server: Server) -> None:
    """Open the tunnel that a CONNECT asked for."""
    host, _colon, port = server.received[-1].target.rpartition(":")
    connection.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
    with socket.create_connection((host, int(port)), timeout=10) as target:
        back = threading.Thread(target=pump, args=(target, connection), daemon=True)
        back.start()
        pump(connection, target)
        back.join(10)


def pump(source: socket.socket, sink: socket.socket) -> None:
    try:
        while True:
            data = source.recv(65536)
            if not data:
                break
            sink.sendall(data)
        sink.shutdown(socket.SHUT_WR)
    except OSError:
        pass


@pytest.fixture
def use_proxy(monkeypatch: pytest.MonkeyPatch) -> UseProxy:
    def use(address: str) -> None:
        monkeypatch.setenv("http_proxy", address)
        monkeypatch.setenv("HTTPS_PROXY", address)

    return use


class TestProxy:
    def test_a_tunnel_is_used_where_the_environment_names_a_proxy(
        self, use_proxy: UseProxy, serve: Serve, authority: trustme.CA, ca_path: str
    ) -> None:
        server = serve(http_response(b"abc"), context=server_side(authority))
        proxy = serve(tunnel)
        use_proxy(f"http://user:{PASSWORD}@{proxy.host}")
        assert post(server.url, verify=ca_path).body == b"abc"
        assert [(received.method, received.target) for received in proxy.received] == [("CONNECT", server.host)]
        assert server.received[0].target == PATH
        assert "proxy-authorization" not in server.received[0].headers

    def test_plain_http_goes_through_the_proxy_too(self, use_proxy: UseProxy, serve: Serve) -> None:
        proxy = serve(http_response(b"abc"))
        use_proxy(proxy.url)
        assert post("http://es.invalid").body == b"abc"
        assert proxy.received[0].target == f"http://es.invalid{PATH}"

    def test_a_host_that_no_proxy_names_is_asked_directly(
        self, use_proxy: UseProxy, monkeypatch: pytest.MonkeyPatch, serve: Serve
    ) -> None:
        server = serve(http_response(b"abc"))
        use_proxy(f"http://127.0.0.1:{unused_port()}")
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        assert post(server.url).body == b"abc"

    @pytest.mark.parametrize(
        ("status", "retryable"),
        [
            ("403 Forbidden", False),
            ("407 Proxy Authentication Required", False),
            ("502 Bad Gateway", True),
            ("503 Service Unavailable", True),
        ],
    )
    def test_a_proxy_that_opens_no_tunnel_sent_nothing(
        self, use_proxy: UseProxy, serve: Serve, status: str, retryable: bool
    ) -> None:
        proxy = serve(f"HTTP/1.1 {status}\r\ncontent-length: 0\r\n\r\n".encode())
        use_proxy(f"http://user:{PASSWORD}@{proxy.host}")
        error = failure("https://es.invalid")
        assert kind(error) == (NOT_SENT, retryable)
        assert error.message.startswith("The proxy opens no tunnel to es.invalid: ")
        assert f"Tunnel connection failed: {status}" in error.message

    def test_a_proxy_that_opens_no_tunnel_is_told_in_one_short_sentence(
        self, use_proxy: UseProxy, serve: Serve
    ) -> None:
        use_proxy(serve(b"HTTP/1.1 403 Forbidden\r\n\r\n").url)
        assert failure("https://es.invalid").message == (
            "The proxy opens no tunnel to es.invalid: Tunnel connection failed: 403 Forbidden."
        )

    @pytest.mark.parametrize(
        "reason",
        [
            b"\x1b[31m\x9b",
            pytest.param(b"x" * 10_000),
        ],
    )
    def test_a_proxys_reason_is_quoted_short_and_printable(
        self, use_proxy: UseProxy, serve: Serve, reason: bytes
    ) -> None:
        use_proxy(serve(b"HTTP/1.1 403 " + reason + b"\r\n\r\n").url)
        assert kind(failure("https://es.invalid")) == (NOT_SENT, False)

    @pytest.mark.parametrize("url", ["http://es.invalid", "https://es.invalid"])
    def test_a_proxy_that_is_not_there_sent_nothing(self, use_proxy: UseProxy, url: str) -> None:
        use_proxy(f"http://user:{PASSWORD}@127.0.0.1:{unused_port()}")
        error = failure(url)
        assert kind(error) == (NOT_SENT, True)
        assert error.message == (
            "The connection to the proxy for es.invalid cannot be established: Connection refused."
        )

    def test_a_proxy_whose_name_does_not_exist_sent_nothing(self, use_proxy: UseProxy) -> None:
        use_proxy(f"http://user:{PASSWORD}@proxy.invalid:3128")
        error = failure("https://es.invalid")
        assert error.outcome == NOT_SENT
        assert error.message.startswith("The host name of the proxy for es.invalid cannot be resolved: ")

    def test_a_proxy_that_does_not_speak_tls_sent_nothing(self, use_proxy: UseProxy, serve: Serve) -> None:
        server = serve(b"HTTP/1.1 400 Bad Request\r\n\r\n", reads=False)
        use_proxy(f"https://user:{PASSWORD}@{server.host}")
        error = failure("https://es.invalid")
        assert kind(error) == (NOT_SENT, False)
        assert error.message.startswith("TLS cannot be agreed on with the proxy for es.invalid: ")

    @pytest.mark.parametrize(
        "address",
        [
            "http://",
            f"http://user:{PASSWORD}@127.0.0.1:99999",
            f"http://user:{PASSWORD}@127.0.0.1:port",
            f"http://user:{PASSWORD}/slash@127.0.0.1:1",
            "unheard://127.0.0.1:1",
        ],
    )
    def test_an_address_that_cannot_be_used_sent_nothing(self, use_proxy: UseProxy, address: str) -> None:
        use_proxy(address)
        error = failure("https://es.invalid")
        assert (kind(error), error.message) == ((NOT_SENT, False), UNUSABLE)

    def test_a_socks_proxy_without_its_library_sent_nothing(
        self, use_proxy: UseProxy, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setitem(sys.modules, "urllib3.contrib.socks", None)
        monkeypatch.setattr(requests.adapters, "SOCKSProxyManager", missing_socks)
        use_proxy("socks5://127.0.0.1:1080")
        assert kind(failure("https://es.invalid")) == (NOT_SENT, False)


def missing_socks(*_arguments: object, **_options: object) -> None:
    raise requests.exceptions.InvalidSchema("Missing dependencies for SOCKS support.")


class FailingSession:
    """Stands in for a session where what it raises can hardly be brought about on the loopback interface."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    def request(self, *_arguments: object, **_options: object) -> None:
        raise self._error


def tls_error(reason: str, handshake: bool = True) -> requests.exceptions.SSLError:
    cause = ssl.SSLError(1, f"[SSL: {reason}] words (_ssl.c:1000)")
    cause.reason = reason
    cause.library = "SSL"
    return requests.exceptions.SSLError(urllib3.exceptions.SSLError(in_handshake(cause) if handshake else cause))


def new_connection_error(number: int, reason: str) -> Exception:
    error = urllib3.exceptions.NewConnectionError(None, "words")  # type: ignore[arg-type]
    error.__cause__ = OSError(number, reason)
    return error


def in_handshake(error: Exception) -> Exception:
    def do_handshake() -> None:
        raise error

    try:
        do_handshake()
    except Exception as raised:
        return raised
    raise AssertionError


class TestTimeouts:
    def test_each_is_for_its_own_part_and_both_bound_the_whole(self, monkeypatch: pytest.MonkeyPatch) -> None:
        seen: dict[str, Any] = {}

        class Session:
            def request(self, *_arguments: object, **options: object) -> None:
                seen.update(options)
                raise requests.exceptions.ConnectTimeout

        def call_within(seconds: float, action: Callable[[], Response]) -> Response:
            seen["whole"] = seconds
            return action()

        monkeypatch.setattr(_transport, "call_within", call_within)
        failure("https://es.test", connect_timeout=1, read_timeout=2, session=Session())
        assert (seen["timeout"], seen["whole"]) == ((1, 2), 3)


class TestErrorsOfRequests:
    @pytest.mark.parametrize(
        ("error", "expected", "message"),
        [
            (
                tls_error("TLSV1_ALERT_PROTOCOL_VERSION"),
                (NOT_SENT, False),
                "TLS cannot be agreed on with es.test: TLSV1_ALERT_PROTOCOL_VERSION.",
            ),
            (
                tls_error("SSLV3_ALERT_HANDSHAKE_FAILURE"),
                (NOT_SENT, False),
                "TLS cannot be agreed on with es.test: SSLV3_ALERT_HANDSHAKE_FAILURE.",
            ),
            (
                tls_error("SSLV3_ALERT_BAD_RECORD_MAC", handshake=False),
                (UNKNOWN, True),
                "The connection to es.test broke before the whole answer was there: "
                "[SSL: SSLV3_ALERT_BAD_RECORD_MAC] words (_ssl.c:1000).",
            ),
            (
                requests.exceptions.InvalidHeader("a secret"),
                (UNKNOWN, True),
                "The connection to es.test broke before the whole answer was there: InvalidHeader.",
            ),
            (requests.exceptions.InvalidURL("a secret"), (NOT_SENT, False), UNUSABLE),
            (OSError("Could not find a suitable TLS CA certificate bundle"), (NOT_SENT, False), NO_CA),
            (
                requests.exceptions.ConnectionError(OSError(errno.ENETUNREACH, "Network is unreachable")),
                (UNKNOWN, True),
                "The connection to es.test broke before the whole answer was there: Network is unreachable.",
            ),
            (
                requests.exceptions.ConnectionError(new_connection_error(errno.EHOSTUNREACH, "No route to host")),
                (NOT_SENT, True),
                "The connection to es.test cannot be established: No route to host.",
            ),
            (
                RuntimeError("a secret"),
                (UNKNOWN, True),
                "The connection to es.test broke before the whole answer was there: RuntimeError.",
            ),
        ],
        ids=lambda value: type(value).__name__ if isinstance(value, Exception) else None,
    )
    def test_each_says_what_is_known(self, error: Exception, expected: tuple[str, bool], message: str) -> None:
        raised = failure("https://es.test", session=FailingSession(error))
        assert (kind(raised), raised.message) == (expected, message)

    @pytest.mark.parametrize("error", [ssl.SSLEOFError(8, "EOF"), ConnectionResetError(104, "reset"), TimeoutError()])
    def test_a_handshake_that_breaks_off_sent_nothing_and_is_tried_again(self, error: Exception) -> None:
        broken = requests.exceptions.ConnectionError(in_handshake(error))
        assert kind(failure("https://es.test", session=FailingSession(broken))) == (NOT_SENT, True)

    def test_an_ssl_error_without_a_library_is_no_traceback(self) -> None:
        error = failure("https://es.test", session=FailingSession(ssl.SSLError("Underlying socket has been closed.")))
        assert kind(error) == (UNKNOWN, True)

    def test_errors_that_hold_each_other_are_followed_to_an_end(self) -> None:
        one, other = ValueError(), ValueError()
        one.args, other.args = (other,), (one,)
        assert kind(failure("https://es.test", session=FailingSession(one))) == (UNKNOWN, True)

    def test_an_error_of_its_own_is_left_as_it_is(self) -> None:
        own = AliyunError("words", code="Code")
        with pytest.raises(AliyunError) as caught:
            post("https://es.test", session=FailingSession(own))
        assert caught.value is own


def test_without_requests_it_is_an_import_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "requests", None)
    with pytest.raises(ImportError):
        transport()

# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a request that failed raises: over real connections, and for errors of requests that need a stand-in."""

from __future__ import annotations

import datetime
import errno
import os
import socket
import ssl
import sys
from collections.abc import Callable
from typing import Any

import pytest
import requests
import trustme
import urllib3

from ansible_collections.aliyun.elasticsearch.plugins.module_utils._errors import NOT_SENT, UNKNOWN
from ansible_collections.aliyun.elasticsearch.tests.unit.plugins.module_utils._http.sending import (
    NO_CA,
    PASSWORD,
    FailingSession,
    failure,
    kind,
)
from ansible_collections.aliyun.elasticsearch.tests.unit.support.server import (
    Server,
    hang,
    http_response,
    server_context,
    unused_port,
)

UNUSABLE = "The address of the server or of the proxy cannot be used."

Serve = Callable[..., Server]
UseProxy = Callable[[str], None]


class TestNoConnection:
    def test_error_from_exception_for_a_refused_connection_is_not_sent_and_retryable(self) -> None:
        host = f"127.0.0.1:{unused_port()}"
        error = failure(f"http://{host}")
        assert kind(error) == (NOT_SENT, True)
        assert error.message == f"The connection to {host} cannot be established: Connection refused."

    def test_error_from_exception_for_a_host_name_that_does_not_exist_is_not_sent(self) -> None:
        error = failure("https://es.invalid")
        assert error.outcome == NOT_SENT
        assert error.message.startswith("The host name of es.invalid cannot be resolved: ")

    @pytest.mark.parametrize(
        ("number", "retryable"),
        [(socket.EAI_NONAME, False), (socket.EAI_AGAIN, True), (socket.EAI_FAIL, False)],
        ids=["NONAME", "AGAIN", "FAIL"],
    )
    def test_error_from_exception_for_name_resolution_is_retryable_where_the_failure_passes(
        self, monkeypatch: pytest.MonkeyPatch, number: int, retryable: bool
    ) -> None:
        def fail(*_arguments: object, **_options: object) -> None:
            raise socket.gaierror(number, "the reason")

        monkeypatch.setattr(socket, "getaddrinfo", fail)
        error = failure("https://es.test")
        assert kind(error) == (NOT_SENT, retryable)
        assert error.message == "The host name of es.test cannot be resolved: the reason."

    def test_error_from_exception_for_a_host_name_that_no_resolver_takes_is_not_sent(self) -> None:
        assert kind(failure(f"https://{'a' * 64}.test")) == (NOT_SENT, False)

    @pytest.mark.parametrize("scheme", ["http", "https"])
    def test_error_from_exception_for_a_connection_that_takes_too_long_is_not_sent(self, scheme: str) -> None:
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


class TestNoResponse:
    """The request may have arrived, so the outcome is not known."""

    @pytest.mark.parametrize(
        "response",
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
    def test_error_from_exception_for_a_cut_or_broken_response_is_unknown_and_retryable(
        self, serve: Serve, response: bytes
    ) -> None:
        server = serve(response)
        error = failure(server.url)
        assert kind(error) == (UNKNOWN, True)
        assert server.connections == 1, "requests must not resend by itself"

    @pytest.mark.parametrize("lengths", ["content-length: 3, 4", "content-length: 3\r\ncontent-length: 4"])
    def test_error_from_exception_for_a_response_with_two_lengths_is_unknown(self, serve: Serve, lengths: str) -> None:
        server = serve(f"HTTP/1.1 200 OK\r\n{lengths}\r\n\r\nabc".encode())
        error = failure(server.url)
        assert kind(error) == (UNKNOWN, True)
        assert len(server.received) == 1

    def test_error_from_exception_for_a_reset_connection_is_unknown(self, serve: Serve) -> None:
        def reset(connection: socket.socket, _server: Server) -> None:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            connection.close()

        server = serve(reset)
        error = failure(server.url)
        assert kind(error) == (UNKNOWN, True)
        assert error.message == (
            f"The connection to {server.host} broke before the whole response was there: Connection reset by peer."
        )

    def test_error_from_exception_for_a_response_that_is_late_is_unknown(self, serve: Serve) -> None:
        server = serve(hang)
        error = failure(server.url, read_timeout=0.2)
        assert kind(error) == (UNKNOWN, True)
        assert error.message == f"{server.host} gave no response in time after the request was sent."
        assert error.hint == "If the server is only slow, raise read_timeout."
        assert len(server.received) == 1


class TestTls:
    @pytest.mark.parametrize(
        ("names", "options", "reason"),
        [
            ([], {}, ""),
            (["other.test"], {"ca": True}, ""),
            ([], {"ca": True, "not_after": datetime.datetime(2020, 1, 1)}, "certificate has expired"),
        ],
        ids=["unknown CA", "other host", "expired"],
    )
    def test_error_from_exception_for_a_certificate_that_does_not_verify_is_not_sent(
        self, serve: Serve, authority: trustme.CA, ca_path: str, names: list[str], options: dict[str, Any], reason: str
    ) -> None:
        verify: bool | str = ca_path if options.pop("ca", False) else True
        server = serve(http_response(), context=server_context(authority, *names, **options))
        error = failure(server.url, verify=verify)
        assert kind(error) == (NOT_SENT, False)
        assert error.message.startswith(f"The certificate of {server.host} does not verify: ")
        assert reason in error.message
        assert error.hint.endswith("give the certificate of that CA with ca_path.")
        assert not server.received

    def test_error_from_exception_for_tls_to_a_plain_port_is_not_sent(self, serve: Serve) -> None:
        server = serve(b"HTTP/1.1 400 Bad Request\r\n\r\n", reads=False)
        error = failure(f"https://{server.host}")
        assert kind(error) == (NOT_SENT, False)
        assert error.message.startswith(f"TLS cannot be agreed on with {server.host}: ")

    def test_error_from_exception_for_plain_text_within_tls_after_the_request_is_unknown(
        self, serve: Serve, authority: trustme.CA, ca_path: str
    ) -> None:
        def respond_beside_tls(connection: socket.socket, server: Server) -> None:
            with socket.socket(fileno=os.dup(connection.fileno())) as beside:
                beside.sendall(b"HTTP/1.1 503 Service Unavailable\r\n\r\n")
            hang(connection, server)

        server = serve(respond_beside_tls, context=server_context(authority))
        error = failure(server.url, verify=ca_path)
        assert len(server.received) == 1
        assert kind(error) == (UNKNOWN, True)

    def test_error_from_exception_for_plain_text_to_a_tls_port_is_unknown(
        self, serve: Serve, authority: trustme.CA
    ) -> None:
        server = serve(http_response(), context=server_context(authority))
        assert kind(failure(f"http://{server.host}")) == (UNKNOWN, True)

    def test_error_from_exception_for_versions_of_tls_that_do_not_meet_is_not_sent(
        self, serve: Serve, authority: trustme.CA, ca_path: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        context = server_context(authority)
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

    def test_error_from_exception_for_a_handshake_that_hangs_is_not_sent(self, serve: Serve) -> None:
        server = serve(hang, reads=False)
        assert kind(failure(f"https://{server.host}", connect_timeout=0.2)) == (NOT_SENT, True)


class TestProxy:
    @pytest.mark.parametrize(
        ("status", "retryable"),
        [
            ("403 Forbidden", False),
            ("407 Proxy Authentication Required", False),
            ("502 Bad Gateway", True),
            ("503 Service Unavailable", True),
        ],
    )
    def test_error_from_exception_for_a_proxy_that_opens_no_tunnel_is_not_sent(
        self, use_proxy: UseProxy, serve: Serve, status: str, retryable: bool
    ) -> None:
        proxy = serve(f"HTTP/1.1 {status}\r\ncontent-length: 0\r\n\r\n".encode())
        use_proxy(f"http://user:{PASSWORD}@{proxy.host}")
        error = failure("https://es.invalid")
        assert kind(error) == (NOT_SENT, retryable)
        assert error.message.startswith("The proxy opens no tunnel to es.invalid: ")
        assert f"Tunnel connection failed: {status}" in error.message

    def test_error_from_exception_for_a_proxy_that_opens_no_tunnel_is_one_short_sentence(
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
    def test_error_from_exception_quotes_a_proxys_reason_short_and_printable(
        self, use_proxy: UseProxy, serve: Serve, reason: bytes
    ) -> None:
        use_proxy(serve(b"HTTP/1.1 403 " + reason + b"\r\n\r\n").url)
        assert kind(failure("https://es.invalid")) == (NOT_SENT, False)

    @pytest.mark.parametrize("url", ["http://es.invalid", "https://es.invalid"])
    def test_error_from_exception_for_a_proxy_that_is_not_there_is_not_sent(
        self, use_proxy: UseProxy, url: str
    ) -> None:
        use_proxy(f"http://user:{PASSWORD}@127.0.0.1:{unused_port()}")
        error = failure(url)
        assert kind(error) == (NOT_SENT, True)
        assert error.message == (
            "The connection to the proxy for es.invalid cannot be established: Connection refused."
        )

    def test_error_from_exception_for_a_proxy_whose_name_does_not_exist_is_not_sent(self, use_proxy: UseProxy) -> None:
        use_proxy(f"http://user:{PASSWORD}@proxy.invalid:3128")
        error = failure("https://es.invalid")
        assert error.outcome == NOT_SENT
        assert error.message.startswith("The host name of the proxy for es.invalid cannot be resolved: ")

    def test_error_from_exception_for_a_proxy_that_does_not_speak_tls_is_not_sent(
        self, use_proxy: UseProxy, serve: Serve
    ) -> None:
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
    def test_error_from_exception_for_a_proxy_address_that_cannot_be_used_is_not_sent(
        self, use_proxy: UseProxy, address: str
    ) -> None:
        use_proxy(address)
        error = failure("https://es.invalid")
        assert (kind(error), error.message) == ((NOT_SENT, False), UNUSABLE)

    def test_error_from_exception_for_a_socks_proxy_without_its_library_is_not_sent(
        self, use_proxy: UseProxy, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setitem(sys.modules, "urllib3.contrib.socks", None)
        monkeypatch.setattr(requests.adapters, "SOCKSProxyManager", missing_socks)
        use_proxy("socks5://127.0.0.1:1080")
        assert kind(failure("https://es.invalid")) == (NOT_SENT, False)


def missing_socks(*_arguments: object, **_options: object) -> None:
    raise requests.exceptions.InvalidSchema("Missing dependencies for SOCKS support.")


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
                "The connection to es.test broke before the whole response was there: "
                "[SSL: SSLV3_ALERT_BAD_RECORD_MAC] words (_ssl.c:1000).",
            ),
            (
                requests.exceptions.InvalidHeader("a secret"),
                (UNKNOWN, True),
                "The connection to es.test broke before the whole response was there: InvalidHeader.",
            ),
            (requests.exceptions.InvalidURL("a secret"), (NOT_SENT, False), UNUSABLE),
            (OSError("Could not find a suitable TLS CA certificate bundle"), (NOT_SENT, False), NO_CA),
            (
                requests.exceptions.ConnectionError(OSError(errno.ENETUNREACH, "Network is unreachable")),
                (UNKNOWN, True),
                "The connection to es.test broke before the whole response was there: Network is unreachable.",
            ),
            (
                requests.exceptions.ConnectionError(new_connection_error(errno.EHOSTUNREACH, "No route to host")),
                (NOT_SENT, True),
                "The connection to es.test cannot be established: No route to host.",
            ),
            (
                RuntimeError("a secret"),
                (UNKNOWN, True),
                "The connection to es.test broke before the whole response was there: RuntimeError.",
            ),
        ],
        ids=lambda value: type(value).__name__ if isinstance(value, Exception) else None,
    )
    def test_error_from_exception_says_what_is_known(
        self, error: Exception, expected: tuple[str, bool], message: str
    ) -> None:
        raised = failure("https://es.test", session=FailingSession(error))
        assert (kind(raised), raised.message) == (expected, message)

    @pytest.mark.parametrize("error", [ssl.SSLEOFError(8, "EOF"), ConnectionResetError(104, "reset"), TimeoutError()])
    def test_error_from_exception_for_a_handshake_that_breaks_off_is_not_sent_and_retryable(
        self, error: Exception
    ) -> None:
        broken = requests.exceptions.ConnectionError(in_handshake(error))
        assert kind(failure("https://es.test", session=FailingSession(broken))) == (NOT_SENT, True)

    def test_error_from_exception_takes_an_ssl_error_without_a_library(self) -> None:
        error = failure("https://es.test", session=FailingSession(ssl.SSLError("Underlying socket has been closed.")))
        assert kind(error) == (UNKNOWN, True)

    def test_error_from_exception_follows_errors_that_hold_each_other_to_an_end(self) -> None:
        one, other = ValueError(), ValueError()
        one.args, other.args = (other,), (one,)
        assert kind(failure("https://es.test", session=FailingSession(one))) == (UNKNOWN, True)

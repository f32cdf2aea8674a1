# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a request that failed raises: over real connections, and for errors of requests that need a stand-in."""

from __future__ import annotations

import datetime
import errno
import http.client
import json
import os
import socket
import ssl
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import requests
import trustme
import urllib3

from ansible_collections.aliyun.elasticsearch.plugins.module_utils._errors import NOT_SENT, UNKNOWN
from ansible_collections.aliyun.elasticsearch.plugins.module_utils._http.network_errors import error_from_exception
from ansible_collections.aliyun.elasticsearch.tests.unit.plugins.module_utils._http.sending import (
    HINTS,
    NO_CA,
    PASSWORD,
    FailingSession,
    failure,
    kind,
)
from ansible_collections.aliyun.elasticsearch.tests.unit.support.interpreter import run_python
from ansible_collections.aliyun.elasticsearch.tests.unit.support.libraries import break_library
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


NO_PROVIDER = """
openssl_conf = all
[all]
providers = providers
alg_section = algorithms
[providers]
base = base
[base]
activate = 1
[algorithms]
default_properties = fips=yes
"""
SEND = """
import json, os
from ansible_collections.aliyun.elasticsearch.plugins.module_utils._errors import AliyunError
from ansible_collections.aliyun.elasticsearch.plugins.module_utils._http.transport import Transport
try:
    transport = Transport(connect_timeout=5, read_timeout=5, verify=VERIFY, product="p")
    transport.send("GET", os.environ["URL"], lambda request: request)
except AliyunError as error:
    print(json.dumps([error.outcome, error.retryable, error.message.partition(" (_ssl.c")[0], error.hint]))
"""


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
        assert error.hint == "unknown host"

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
        assert error.hint == "slow"
        assert len(server.received) == 1


class TestTls:
    @pytest.mark.parametrize(
        ("names", "options", "reason", "hint"),
        [
            ([], {}, "unable to get local issuer certificate", "unknown issuer"),
            (["other.test"], {"ca": True}, "", ""),  # the wording is that of OpenSSL, or of urllib3
            ([], {"ca": True, "not_after": datetime.datetime(2020, 1, 1)}, "certificate has expired", ""),
        ],
        ids=["unknown CA", "other host", "expired"],
    )
    def test_error_from_exception_for_a_certificate_that_does_not_verify_is_not_sent_and_hints_at_an_unknown_issuer(
        self,
        serve: Serve,
        authority: trustme.CA,
        ca_path: str,
        names: list[str],
        options: dict[str, Any],
        reason: str,
        hint: str,
    ) -> None:
        verify: bool | str = ca_path if options.pop("ca", False) else True
        server = serve(http_response(), context=server_context(authority, *names, **options))
        error = failure(server.url, verify=verify)
        assert kind(error) == (NOT_SENT, False)
        assert error.message.startswith(f"The certificate of {server.host} does not verify: {reason}")
        assert not error.message.endswith("..")
        assert error.hint == hint
        assert not server.received

    def test_error_from_exception_for_tls_to_a_plain_port_is_not_sent_and_says_so(self, serve: Serve) -> None:
        server = serve(b"HTTP/1.1 400 Bad Request\r\n\r\n", reads=False)
        error = failure(f"https://{server.host}")
        assert kind(error) == (NOT_SENT, False)
        assert error.message.startswith(f"TLS cannot be agreed on with {server.host}: ")
        assert error.message.endswith("; that port seems to speak plain HTTP.")
        assert error.hint == "plain HTTP"

    def test_error_from_exception_for_a_tls_context_that_cannot_be_made_is_not_sent_and_blames_no_ca(
        self, serve: Serve, authority: trustme.CA, tmp_path: Path
    ) -> None:
        # As with a FIPS configuration whose provider is missing.
        (tmp_path / "openssl.cnf").write_text(NO_PROVIDER)
        authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
        server = serve(http_response(), context=server_context(authority))
        environment = {"OPENSSL_CONF": str(tmp_path / "openssl.cnf"), "URL": server.url}
        for verify in ("True", repr(str(tmp_path / "ca.pem"))):
            assert json.loads(run_python(f"VERIFY = {verify}\n{SEND}", **environment)) == [
                NOT_SENT,
                False,
                "TLS cannot be set up on this host: SSLError: [SSL: LIBRARY_HAS_NO_CIPHERS] library has no ciphers",
                "",
            ]
        assert not server.received

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
        assert error.hint == ""

    def test_error_from_exception_for_a_proxy_that_does_not_speak_tls_is_not_sent(
        self, use_proxy: UseProxy, serve: Serve
    ) -> None:
        server = serve(b"HTTP/1.1 400 Bad Request\r\n\r\n", reads=False)
        use_proxy(f"https://user:{PASSWORD}@{server.host}")
        error = failure("https://es.invalid")
        assert kind(error) == (NOT_SENT, False)
        assert error.message.startswith("TLS cannot be agreed on with the proxy for es.invalid: ")
        assert error.message.endswith("; that port seems to speak plain HTTP.")
        assert error.hint == "Let the proxy's address begin with http://."

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
        error = failure("https://es.invalid")
        assert kind(error) == (NOT_SENT, False)
        assert error.message == (
            "The proxy for es.invalid is one for SOCKS, for which the Python library PySocks is missing."
        )


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


BROKE = "The connection to es.test broke before the whole response was there: "
BAD_MAC = "[SSL: SSLV3_ALERT_BAD_RECORD_MAC] words (_ssl.c:1000)"


class TestErrorsOfRequests:
    @pytest.mark.parametrize(
        ("error", "message"),
        [
            (tls_error("SSLV3_ALERT_BAD_RECORD_MAC", handshake=False), f"{BROKE}{BAD_MAC}."),
            (requests.exceptions.InvalidHeader("a secret"), f"{BROKE}InvalidHeader."),
            (
                requests.exceptions.ConnectionError(OSError(errno.ENETUNREACH, "Network is unreachable")),
                f"{BROKE}Network is unreachable.",
            ),
            (RuntimeError("a secret"), f"{BROKE}RuntimeError."),
            (ssl.SSLError("Underlying socket has been closed."), f"{BROKE}SSLError."),
            (requests.exceptions.InvalidURL("a secret"), f"{BROKE}InvalidURL."),
            (
                requests.exceptions.ReadTimeout("a secret"),
                "es.test gave no response in time after the request was sent.",
            ),
        ],
        ids=lambda value: type(value).__name__ if isinstance(value, Exception) else None,
    )
    def test_error_from_exception_of_a_request_that_is_sent_is_unknown_and_retryable(
        self, error: Exception, message: str
    ) -> None:
        made = error_from_exception(error, "es.test", True, HINTS)
        assert (kind(made), made.message) == ((UNKNOWN, True), message)

    @pytest.mark.parametrize(
        ("error", "retryable", "message"),
        [
            (
                tls_error("TLSV1_ALERT_PROTOCOL_VERSION"),
                False,
                "TLS cannot be agreed on with es.test: TLSV1_ALERT_PROTOCOL_VERSION.",
            ),
            (
                tls_error("SSLV3_ALERT_HANDSHAKE_FAILURE"),
                False,
                "TLS cannot be agreed on with es.test: SSLV3_ALERT_HANDSHAKE_FAILURE.",
            ),
            (
                tls_error("SSLV3_ALERT_BAD_RECORD_MAC", handshake=False),
                False,
                f"TLS cannot be set up on this host: SSLError: {BAD_MAC}.",
            ),
            (requests.exceptions.InvalidURL("a secret"), False, UNUSABLE),
            (OSError("Could not find a suitable TLS CA certificate bundle"), False, NO_CA),
            (
                requests.exceptions.ConnectionError(OSError(errno.ENETUNREACH, "Network is unreachable")),
                True,
                "The connection to es.test cannot be established: Network is unreachable.",
            ),
            (
                requests.exceptions.ConnectionError(new_connection_error(errno.EHOSTUNREACH, "No route to host")),
                True,
                "The connection to es.test cannot be established: No route to host.",
            ),
            (
                requests.exceptions.ConnectionError(http.client.BadStatusLine("a secret")),
                True,
                "The connection to es.test cannot be established: BadStatusLine.",
            ),
            (requests.exceptions.ReadTimeout(), True, "The connection to es.test was not established in time."),
            (
                requests.exceptions.ConnectionError(socket.timeout("words")),
                True,
                "The connection to es.test was not established in time.",
            ),
            (RuntimeError("the reason\n"), False, "The request could not be sent: RuntimeError: the reason."),
            (MemoryError(), False, "The request could not be sent: MemoryError."),
            (PermissionError(13, "Denied", "/ca"), False, "[Errno 13] Denied: '/ca'"),
            (ValueError("a secret"), False, "The request could not be sent: ValueError."),
            (requests.exceptions.InvalidHeader("a secret"), False, "The request could not be sent: InvalidHeader."),
            (urllib3.exceptions.HTTPError("a secret"), False, "The request could not be sent: HTTPError."),
            (ssl.SSLError("Underlying socket has been closed."), False, "Underlying socket has been closed"),
        ],
        ids=lambda value: type(value).__name__ if isinstance(value, Exception) else None,
    )
    def test_error_from_exception_of_a_request_that_is_not_sent_has_the_reason(
        self, error: Exception, retryable: bool, message: str
    ) -> None:
        raised = failure("https://es.test", session=FailingSession(error))
        assert kind(raised) == (NOT_SENT, retryable)
        assert message in raised.message
        assert "a secret" not in raised.message

    @pytest.mark.parametrize(
        ("reason", "text"),
        [
            ("WRONG_VERSION_NUMBER", "[SSL: WRONG_VERSION_NUMBER] wrong version number (_ssl.c:1006)"),
            ("RECORD_LAYER_FAILURE", "[SSL: RECORD_LAYER_FAILURE] record layer failure (_ssl.c:1020)"),
            (None, "[SSL] record layer failure (_ssl.c:1000)"),
            ("HTTP_REQUEST", "[SSL: HTTP_REQUEST] http request (_ssl.c:1000)"),
            ("HTTPS_PROXY_REQUEST", "[SSL: HTTPS_PROXY_REQUEST] https proxy request (_ssl.c:1000)"),
            ("PACKET_LENGTH_TOO_LONG", "[SSL: PACKET_LENGTH_TOO_LONG] packet length too long (_ssl.c:1000)"),
            (None, "[SSL] packet length too long (_ssl.c:1000)"),
            ("UNKNOWN_PROTOCOL", "[SSL: UNKNOWN_PROTOCOL] unknown protocol (_ssl.c:1000)"),
        ],
    )
    def test_error_from_exception_knows_every_spelling_of_plain_http(self, reason: str | None, text: str) -> None:
        cause = ssl.SSLError(1, text)
        cause.library, cause.reason = "SSL", reason  # type: ignore[assignment]
        error = error_from_exception(requests.exceptions.SSLError(in_handshake(cause)), "es.test", False, HINTS)
        assert error.message == (
            f"TLS cannot be agreed on with es.test: {reason or text}; that port seems to speak plain HTTP."
        )
        assert error.hint == "plain HTTP"

    def test_error_from_exception_hints_at_no_plain_http_for_another_error_of_tls(self) -> None:
        error = error_from_exception(tls_error("TLSV1_ALERT_PROTOCOL_VERSION"), "es.test", False, HINTS)
        assert (error.hint, "plain HTTP" in error.message) == ("", False)

    def test_error_from_exception_for_a_ca_without_a_key_identifier_hints_at_no_ca(self) -> None:
        cause = ssl.SSLCertVerificationError(1, "words")
        cause.verify_code, cause.verify_message = 92, "Missing Authority Key Identifier"
        error = error_from_exception(requests.exceptions.SSLError(cause), "es.test", False, HINTS)
        assert error.message == "The certificate of es.test does not verify: Missing Authority Key Identifier."
        assert error.hint == ""

    @pytest.mark.parametrize("error", [ssl.SSLEOFError(8, "EOF"), ConnectionResetError(104, "reset"), TimeoutError()])
    def test_error_from_exception_for_a_handshake_that_breaks_off_is_not_sent_and_retryable(
        self, error: Exception
    ) -> None:
        broken = requests.exceptions.ConnectionError(in_handshake(error))
        raised = failure("https://es.test", session=FailingSession(broken))
        assert kind(raised) == (NOT_SENT, True)
        assert raised.message.startswith("TLS cannot be agreed on with es.test: ")

    @pytest.mark.parametrize("is_sent", [False, True])
    def test_error_from_exception_follows_errors_that_hold_each_other_to_an_end(self, is_sent: bool) -> None:
        one, other = ValueError(), ValueError()
        one.args, other.args = (other,), (one,)
        error = error_from_exception(one, "es.test", is_sent, HINTS)
        assert kind(error) == ((UNKNOWN, True) if is_sent else (NOT_SENT, False))


class TestImports:
    @pytest.mark.parametrize(
        ("error", "reason"),
        [
            (
                AttributeError("module 'charset_normalizer' has no attribute 'md__mypyc'"),
                "AttributeError: module 'charset_normalizer' has no attribute 'md__mypyc'",
            ),
            (PermissionError(13, "Permission denied", "/lib"), "PermissionError: [Errno 13] Permission denied: '/lib'"),
            (ssl.SSLError(1, "library has no ciphers"), "SSLError: library has no ciphers"),
            (
                ImportError("urllib3 v2 only supports OpenSSL 1.1.1+.\nSee there."),
                "ImportError: urllib3 v2 only supports OpenSSL 1.1.1+. See there",
            ),
            (ModuleNotFoundError("No module named 'idna'", name="idna"), "ModuleNotFoundError: No module named 'idna'"),
            (ImportError("x" * 1000), f"ImportError: {'x' * 199}…"),
        ],
        ids=lambda value: type(value).__name__ if isinstance(value, Exception) else "",
    )
    def test_transport_with_a_requests_that_cannot_be_imported_is_not_sent_with_the_reason(
        self, monkeypatch: pytest.MonkeyPatch, error: Exception, reason: str
    ) -> None:
        break_library(monkeypatch, "requests", error)
        raised = failure("https://es.test")
        assert kind(raised) == (NOT_SENT, False)
        assert raised.message == f"The Python library requests is installed, but cannot be imported: {reason}."

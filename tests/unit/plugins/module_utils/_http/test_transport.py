# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import gzip
import platform
import socket
import threading
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import requests
import trustme

from ansible_collections.aliyun.elasticsearch.plugins.module_utils._errors import NOT_SENT, UNKNOWN, AliyunError
from ansible_collections.aliyun.elasticsearch.plugins.module_utils._http import transport
from ansible_collections.aliyun.elasticsearch.plugins.module_utils._http.transport import (
    MAX_RESPONSE_BYTES,
    Response,
    call_within,
    new_session,
)
from ansible_collections.aliyun.elasticsearch.tests.unit.plugins.module_utils._http.sending import (
    NO_CA,
    PASSWORD,
    PATH,
    FailingSession,
    failure,
    kind,
    new_transport,
    post,
    unsigned,
)
from ansible_collections.aliyun.elasticsearch.tests.unit.support.interpreter import run_python
from ansible_collections.aliyun.elasticsearch.tests.unit.support.libraries import remove_requests
from ansible_collections.aliyun.elasticsearch.tests.unit.support.server import (
    Received,
    Server,
    http_response,
    server_context,
    trickle,
    unused_port,
)

Serve = Callable[..., Server]
UseProxy = Callable[[str], None]


class TestRequest:
    def test_send_sends_exactly_the_intended_headers(self, serve: Serve) -> None:
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

    @pytest.mark.parametrize("body", [b'{"auto":true}', bytes(range(256)), b"x" * 300_000], ids=["JSON", "any", "long"])
    def test_send_sends_a_body_with_its_content_type(self, serve: Serve, body: bytes) -> None:
        server = serve(http_response())
        new_transport().send("PUT", server.url + PATH, unsigned, body=body, content_type="application/json")
        (received,) = server.received
        assert received == Received("PUT", PATH, received.header_list, body)
        assert received.headers == {
            "host": server.host,
            "user-agent": f"product/1.0 requests/{requests.__version__} python/{platform.python_version()}",
            "accept": "application/json",
            "accept-encoding": "identity",
            "connection": "keep-alive",
            "content-length": str(len(body)),
            "content-type": "application/json",
        }

    def test_send_hands_the_body_and_its_content_type_to_the_signer(self, serve: Serve) -> None:
        seen: list[tuple[object, str | None]] = []

        def sign(request: Any) -> Any:
            seen.append((request.body, request.headers.get("content-type")))
            return request

        sender = new_transport()
        for options in ({"body": b"{}", "content_type": "application/json"}, {"body": b"{}"}, {}):
            sender.send("POST", serve(http_response()).url + PATH, sign, **options)
        assert seen == [(b"{}", "application/json"), (b"{}", None), (None, None)]

    def test_send_sends_what_the_signer_sets(self, serve: Serve) -> None:
        server = serve(http_response())

        def sign(request: Any) -> Any:
            request.headers["Authorization"] = "signed"
            return request

        post(server.url, sign)
        assert server.received[0].headers["authorization"] == "signed"

    def test_send_does_not_read_netrc(self, serve: Serve, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        (tmp_path / "netrc").write_text("default login somebody password secret\n")
        (tmp_path / "netrc").chmod(0o600)
        monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
        server = serve(http_response())
        post(server.url)
        assert "authorization" not in server.received[0].headers

    def test_send_sends_no_cookie_of_an_earlier_response(self, serve: Serve) -> None:
        server = serve(http_response(set_cookie="session=1; Path=/"))
        both = new_transport()
        both.send("POST", server.url + PATH, unsigned)
        both.send("POST", server.url + PATH, unsigned)
        assert [received.headers.get("cookie") for received in server.received] == [None, None]


class TestResponse:
    @pytest.mark.parametrize("status", ["200 OK", "204 No Content", "400 Bad Request", "404 Not Found", "503 Busy"])
    def test_send_returns_a_response_of_every_status(self, serve: Serve, status: str) -> None:
        body = b"" if status.startswith("204") else b"body"
        response = post(serve(http_response(body, status)).url)
        assert (response.status, response.body, response.is_too_long) == (int(status[:3]), body, False)

    def test_send_returns_header_names_in_lower_case(self, serve: Serve) -> None:
        response = post(serve(http_response(X_Acs_Request_Id="R-1", DATE="now")).url)
        assert response.headers["x-acs-request-id"] == "R-1"
        assert response.headers["date"] == "now"

    @pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
    def test_send_follows_no_redirect(self, serve: Serve, status: int) -> None:
        elsewhere = serve(http_response(b"elsewhere"))
        response = post(serve(http_response(b"", f"{status} Elsewhere", location=elsewhere.url)).url)
        assert (response.status, response.headers["location"]) == (status, elsewhere.url)
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
    def test_send_returns_every_redirect(self, serve: Serve, headers: dict[str, str], body: bytes) -> None:
        response = post(serve(http_response(body, "302 Found", **headers)).url)
        assert (response.status, response.body) == (302, body)

    def test_send_reads_a_redirect_up_to_one_mebibyte(self, serve: Serve) -> None:
        response = post(serve(http_response(b"x" * 2 * MAX_RESPONSE_BYTES, "302 Found", location="/elsewhere")).url)
        assert (len(response.body), response.is_too_long) == (MAX_RESPONSE_BYTES, True)

    def test_send_expands_no_compressed_response(self, serve: Serve) -> None:
        body = gzip.compress(b"x" * 100_000)
        assert post(serve(http_response(body, content_encoding="gzip")).url).body == body

    def test_send_puts_a_chunked_response_together(self, serve: Serve) -> None:
        chunked = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"
        assert post(serve(chunked).url).body == b"abcde"

    def test_send_takes_a_response_that_ends_with_the_connection_as_whole(self, serve: Serve) -> None:
        assert post(serve(b"HTTP/1.0 200 OK\r\n\r\nabc").url).body == b"abc"

    def test_send_skips_an_interim_response(self, serve: Serve) -> None:
        assert post(serve(b"HTTP/1.1 100 Continue\r\n\r\n" + http_response(b"abc")).url).body == b"abc"

    @pytest.mark.parametrize("length", ["", "abc", "-1", "3, 3"])
    def test_send_ignores_a_content_length_that_is_no_number(self, serve: Serve, length: str) -> None:
        raw = f"HTTP/1.0 200 OK\r\ncontent-length: {length}\r\n\r\nabc".encode()
        assert post(serve(raw).url).body == b"abc"


class TestMaxBytes:
    @pytest.mark.parametrize(
        ("size", "is_too_long"),
        [(MAX_RESPONSE_BYTES, False), (MAX_RESPONSE_BYTES + 1, True), (3 * MAX_RESPONSE_BYTES, True)],
    )
    def test_send_reads_a_response_up_to_one_mebibyte(self, serve: Serve, size: int, is_too_long: bool) -> None:
        response = post(serve(http_response(b"x" * size)).url)
        assert (len(response.body), response.is_too_long) == (min(size, MAX_RESPONSE_BYTES), is_too_long)

    def test_send_gives_up_on_an_endless_response(self, serve: Serve) -> None:
        def endless(connection: socket.socket, server: Server) -> None:
            connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
            while not server.closing.is_set():
                connection.sendall(b"x" * 65536)

        response = post(serve(endless).url)
        assert (len(response.body), response.is_too_long) == (MAX_RESPONSE_BYTES, True)

    @pytest.mark.parametrize(("max_bytes", "is_too_long"), [(2, True), (3, False), (4, False)])
    def test_send_reads_a_response_up_to_max_bytes(self, serve: Serve, max_bytes: int, is_too_long: bool) -> None:
        response = new_transport().send("GET", serve(http_response(b"abc")).url, unsigned, max_bytes=max_bytes)
        assert (response.body, response.is_too_long) == (b"abc"[:max_bytes], is_too_long)

    def test_send_tells_how_much_of_a_cut_response_came(self, serve: Serve) -> None:
        server = serve(http_response(b"abc", length=10))
        error = failure(server.url)
        assert error.message in (
            "The response was cut: 3 of 10 bytes came.",
            f"The connection to {server.host} broke before the whole response was there: IncompleteRead.",
        )


class TestTimeouts:
    def test_timeouts_are_each_for_its_own_part_and_together_for_the_whole(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        seen: dict[str, Any] = {}

        class Session:
            def request(self, *_arguments: object, **options: object) -> None:
                seen.update(options)
                raise requests.exceptions.ConnectTimeout

        def call_within(seconds: float, action: Callable[[], Response]) -> Response:
            seen["whole"] = seconds
            return action()

        monkeypatch.setattr(transport, "call_within", call_within)
        failure("https://es.test", connect_timeout=1, read_timeout=2, session=Session())
        assert (seen["timeout"], seen["whole"]) == ((1, 2), 3)

    @pytest.mark.parametrize(
        "response",
        [
            trickle(b"", b"H"),
            trickle(b"HTTP/1.1 200 OK\r\n", b"x-a: b\r\n"),
            trickle(b"HTTP/1.1 200 OK\r\n\r\n", b"x"),
            trickle(b"HTTP/1.1 200 OK\r\ncontent-length: 1000000\r\n\r\n", b"x"),
            trickle(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n", b"1\r\nx\r\n"),
            trickle(b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
        ],
        ids=["status line", "headers", "body", "body of known length", "chunks", "interim responses"],
    )
    def test_send_ends_at_the_deadline_where_a_response_only_trickles(self, serve: Serve, response: Any) -> None:
        error = failure(serve(response).url, connect_timeout=0.2, read_timeout=0.2)
        assert kind(error) == (UNKNOWN, True)
        assert error.message == "No whole response came within 0.4 s."
        assert error.hint == "slow"


class TestBeforeTheFirstByte:
    """What fails before a byte of the request is handed to the network was not sent."""

    @pytest.mark.parametrize("scheme", ["http", "https"])
    def test_send_is_not_sent_where_no_thread_can_start(
        self, monkeypatch: pytest.MonkeyPatch, serve: Serve, scheme: str
    ) -> None:
        def fail(_thread: threading.Thread) -> None:
            raise RuntimeError("can't start new thread")

        server = serve(http_response())
        monkeypatch.setattr(threading.Thread, "start", fail)
        error = failure(f"{scheme}://{server.host}")
        assert kind(error) == (NOT_SENT, False)
        assert error.message == "This host cannot run another thread: can't start new thread."

    def test_send_is_not_sent_where_signing_fails(self, serve: Serve) -> None:
        def sign(_request: Any) -> Any:
            raise RuntimeError("words")

        server = serve(http_response())
        with pytest.raises(AliyunError, match="The request could not be sent: RuntimeError: words") as caught:
            post(server.url, sign)
        assert kind(caught.value) == (NOT_SENT, False)
        assert not server.received

    @pytest.mark.parametrize("proxied", [False, True], ids=["direct", "proxy"])
    @pytest.mark.parametrize("secure", [False, True], ids=["http", "https"])
    def test_send_at_the_deadline_is_not_sent_before_the_request_and_unknown_after_it(
        self,
        serve: Serve,
        authority: trustme.CA,
        ca_path: str,
        use_proxy: UseProxy,
        monkeypatch: pytest.MonkeyPatch,
        secure: bool,
        proxied: bool,
    ) -> None:
        # At first, the name takes too long; then, the response does.
        slow = trickle(b"HTTP/1.1 200 OK\r\n", b"x-a: b\r\n")
        server = serve(slow, context=server_context(authority) if secure else None)
        proxy = serve(tunnel if secure else slow)
        if proxied:
            use_proxy(proxy.url)
        received = proxy.received if proxied and not secure else server.received
        sender = new_transport(connect_timeout=0.5, read_timeout=0.5, verify=ca_path)
        resolve, resolving, resolved = socket.getaddrinfo, threading.Event(), threading.Event()
        threads: list[threading.Thread] = []

        def resolve_late(*arguments: Any, **options: Any) -> Any:
            threads.append(threading.current_thread())
            resolving.wait(10)
            found = resolve(*arguments, **options)
            resolved.set()
            return found

        monkeypatch.setattr(socket, "getaddrinfo", resolve_late)
        with pytest.raises(AliyunError) as caught:
            sender.send("POST", server.url, unsigned)
        assert (kind(caught.value), caught.value.hint) == ((NOT_SENT, True), "")
        assert caught.value.message == "The request could not be sent within 1 s."
        monkeypatch.undo()
        resolving.set()
        assert resolved.wait(10)
        for thread in threads:
            thread.join(10)
        assert received == [], "it was given up on"

        if proxied:
            use_proxy(proxy.url)
        with pytest.raises(AliyunError) as caught:
            sender.send("POST", server.url, unsigned)
        assert (kind(caught.value), caught.value.hint) == ((UNKNOWN, True), "slow")
        assert len(received) == 1

    def test_new_session_tells_too_early_with_a_urllib3_whose_connections_cannot_tell(self, serve: Serve) -> None:
        seen: list[str] = []
        session = new_session(lambda: seen.append("before"))
        for adapter in session.adapters.values():
            del adapter.poolmanager.pool_classes_by_scheme  # type: ignore[attr-defined]
        with pytest.raises(AttributeError):
            session.post(serve(http_response()).url)
        assert seen == ["before"]

    @pytest.mark.parametrize("kept", [False, True], ids=["new", "kept"])
    @pytest.mark.parametrize("secure", [False, True], ids=["http", "https"])
    def test_send_is_unknown_once_the_request_is_handed_over_on_a_new_or_a_kept_connection(
        self, serve: Serve, authority: trustme.CA, ca_path: str, kept: bool, secure: bool
    ) -> None:
        def respond_once(connection: socket.socket, server: Server) -> None:
            if kept:
                connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")
                assert b"\r\n\r\n" in connection.recv(65536)

        server = serve(respond_once, context=server_context(authority) if secure else None)
        sender = new_transport(verify=ca_path)
        if kept:
            assert sender.send("POST", server.url, unsigned).status == 200
        with pytest.raises(AliyunError) as caught:
            sender.send("POST", server.url, unsigned)
        assert kind(caught.value) == (UNKNOWN, True)
        assert server.connections == 1


class TestVerify:
    def test_verify_takes_a_certificate_of_the_given_ca(
        self, serve: Serve, authority: trustme.CA, ca_path: str
    ) -> None:
        server = serve(http_response(b"abc"), context=server_context(authority))
        assert post(server.url, verify=ca_path).body == b"abc"

    def test_verify_takes_the_ca_of_the_environment(
        self, serve: Serve, authority: trustme.CA, ca_path: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", ca_path)
        server = serve(http_response(b"abc"), context=server_context(authority))
        assert post(server.url).body == b"abc"

    def test_verify_false_takes_any_certificate_and_changes_no_warnings_filter(
        self, serve: Serve, authority: trustme.CA
    ) -> None:
        server = serve(http_response(b"abc"), context=server_context(authority, "other.test"))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            before = list(warnings.filters)
            assert post(server.url, verify=False).body == b"abc"
            assert list(warnings.filters) == before

    @pytest.mark.parametrize(
        "content",
        [b"", b"no certificate", b"\x00\xff" * 100, b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"],
    )
    def test_verify_refuses_a_ca_file_that_cannot_be_read(self, serve: Serve, tmp_path: Path, content: bytes) -> None:
        server = serve(http_response())
        (tmp_path / "ca.pem").write_bytes(content)
        error = failure(f"https://{server.host}", verify=str(tmp_path / "ca.pem"))
        assert (kind(error), error.message) == ((NOT_SENT, False), NO_CA)
        assert not server.received

    def test_verify_refuses_a_ca_file_that_is_missing(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        missing = str(tmp_path / "missing.pem")
        for path in (missing, f"{missing}\x00"):
            error = failure("https://127.0.0.1:9", verify=path)
            assert (kind(error), error.message) == ((NOT_SENT, False), NO_CA)
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", missing)
        assert failure("https://127.0.0.1:9").message == NO_CA

    def test_verify_reads_a_folder_of_cas(self, serve: Serve, authority: trustme.CA, tmp_path: Path) -> None:
        server = serve(http_response(b"abc"), context=server_context(authority))
        error = failure(server.url, verify=str(tmp_path))
        assert "does not verify" in error.message, "an empty folder can be read, but holds no CA"


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


class TestProxy:
    def test_send_uses_a_tunnel_where_the_environment_names_a_proxy(
        self, use_proxy: UseProxy, serve: Serve, authority: trustme.CA, ca_path: str
    ) -> None:
        server = serve(http_response(b"abc"), context=server_context(authority))
        proxy = serve(tunnel)
        use_proxy(f"http://user:{PASSWORD}@{proxy.host}")
        assert post(server.url, verify=ca_path).body == b"abc"
        assert [(received.method, received.target) for received in proxy.received] == [("CONNECT", server.host)]
        assert server.received[0].target == PATH
        assert "proxy-authorization" not in server.received[0].headers

    def test_send_uses_the_proxy_for_plain_http(self, use_proxy: UseProxy, serve: Serve) -> None:
        proxy = serve(http_response(b"abc"))
        use_proxy(proxy.url)
        assert post("http://es.invalid").body == b"abc"
        assert proxy.received[0].target == f"http://es.invalid{PATH}"

    def test_send_uses_no_proxy_for_a_host_in_no_proxy(
        self, use_proxy: UseProxy, monkeypatch: pytest.MonkeyPatch, serve: Serve
    ) -> None:
        server = serve(http_response(b"abc"))
        use_proxy(f"http://127.0.0.1:{unused_port()}")
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        assert post(server.url).body == b"abc"


def test_send_leaves_an_aliyun_error_as_it_is() -> None:
    own = AliyunError("words", code="Code")
    with pytest.raises(AliyunError) as caught:
        post("https://es.test", session=FailingSession(own))
    assert caught.value is own


def test_transport_without_requests_is_a_module_not_found_error(monkeypatch: pytest.MonkeyPatch) -> None:
    remove_requests(monkeypatch)
    with pytest.raises(ModuleNotFoundError):
        new_transport()


class TestCallWithin:
    def test_call_within_returns_what_the_function_returns(self) -> None:
        assert call_within(10, lambda: "result") == "result"

    def test_call_within_takes_none_as_a_result(self) -> None:
        assert call_within(10, lambda: None) is None

    @pytest.mark.parametrize(
        "error", [ValueError("words"), TimeoutError("its own"), KeyboardInterrupt(), SystemExit(3)]
    )
    def test_call_within_raises_what_the_function_raises(self, error: BaseException) -> None:
        def fail() -> None:
            raise error

        with pytest.raises(type(error)) as caught:
            call_within(10, fail)
        assert caught.value is error

    def test_call_within_raises_timeout_error_for_a_call_that_does_not_end(self) -> None:
        never = threading.Event()
        try:
            with pytest.raises(TimeoutError, match=r"^not finished within 0\.05 s$"):
                call_within(0.05, never.wait)
        finally:
            never.set()

    def test_call_within_runs_the_function_in_a_daemon_thread(self) -> None:
        assert call_within(10, threading.current_thread).daemon

    def test_call_within_keeps_no_process_alive(self) -> None:
        code = """
import threading
from ansible_collections.aliyun.elasticsearch.plugins.module_utils._http.transport import call_within
try:
    call_within(0.05, threading.Event().wait)
except TimeoutError:
    print("given up")
"""
        assert run_python(code) == "given up\n"

# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Small servers on the loopback interface, for tests that need a real connection."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple, Union

if TYPE_CHECKING:
    import trustme

# Bytes are sent as they are and the connection is closed; a function is given the connection and the server.
ServerResponse = Union[bytes, Callable[[socket.socket, "Server"], None]]

MAX_WAIT_SECONDS = 10.0


class Received(NamedTuple):
    """A request as it stood on the wire; header names are as sent, in the order sent."""

    method: str
    target: str
    header_list: list[tuple[str, str]]
    body: bytes

    @property
    def headers(self) -> dict[str, str]:
        """The headers by lower-case name; raises ValueError where one was sent twice."""
        headers = {name.lower(): value for name, value in self.header_list}
        if len(headers) != len(self.header_list):
            raise ValueError(f"a header was sent twice: {self.header_list}")
        return headers


class Server:
    """Gives each connection the next of its responses, the last one for ever, and keeps what it received."""

    def __init__(self, *responses: ServerResponse, context: ssl.SSLContext | None = None, reads: bool = True) -> None:
        self.received: list[Received] = []
        self.connections = 0
        self.closing = threading.Event()
        self._responses = list(responses)
        self._context = context
        self._reads = reads
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]
        self.host = f"127.0.0.1:{self.port}"
        self.url = f"{'https' if context else 'http'}://{self.host}"
        threading.Thread(target=self._serve, daemon=True).start()

    def close(self) -> None:
        """Listen no more, and let responses end that wait on ``closing``."""
        self.closing.set()
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()

    def _serve(self) -> None:
        while True:
            try:
                connection, _peer = self._socket.accept()
            except OSError:
                return
            self.connections += 1
            response = self._responses.pop(0) if len(self._responses) > 1 else self._responses[0]
            threading.Thread(target=self._converse, args=(connection, response), daemon=True).start()

    def _converse(self, connection: socket.socket, response: ServerResponse) -> None:
        connection.settimeout(MAX_WAIT_SECONDS)
        with contextlib.suppress(OSError), contextlib.ExitStack() as stack:
            stack.callback(connection.close)
            if self._context is not None:
                connection = stack.enter_context(self._context.wrap_socket(connection, server_side=True))
            if self._reads and not self._receive(connection):
                return
            if isinstance(response, bytes):
                connection.sendall(response)
            else:
                response(connection, self)
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def _receive(self, connection: socket.socket) -> bool:
        data = b""
        while b"\r\n\r\n" not in data:
            more = connection.recv(65536)
            if not more:
                return False
            data += more
        head, _blank, body = data.partition(b"\r\n\r\n")
        request_line, *lines = head.decode("latin-1").split("\r\n")
        method, target, _version = request_line.split(" ")
        header_list = [(name, value.strip(" ")) for name, _colon, value in (line.partition(":") for line in lines)]
        lengths = [int(value) for name, value in header_list if name.lower() == "content-length"]
        while lengths and len(body) < lengths[0]:
            body += connection.recv(65536)
        self.received.append(Received(method, target, header_list, body))
        return True


def http_response(body: bytes = b"", status: str = "200 OK", length: int | None = None, **headers: str) -> bytes:
    """Return an HTTP response with a content-length; ``_`` in header names stands for ``-``."""
    lines = [f"HTTP/1.1 {status}", f"content-length: {len(body) if length is None else length}", "connection: close"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


def hang(connection: socket.socket, server: Server) -> None:
    """Respond with nothing for as long as the test lasts."""
    server.closing.wait(MAX_WAIT_SECONDS)


def trickle(start: bytes, drop: bytes) -> Callable[[socket.socket, Server], None]:
    """Send the start, then one drop after the other with short pauses, so that no single read times out."""

    def respond(connection: socket.socket, server: Server) -> None:
        connection.sendall(start)
        for _drop in range(int(MAX_WAIT_SECONDS / 0.05)):
            if server.closing.wait(0.05):
                break
            connection.sendall(drop)

    return respond


def server_context(authority: trustme.CA, *names: str, **options: Any) -> ssl.SSLContext:
    """Return the context of a TLS server with a certificate of the CA, for its address or for the names."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(*(names or ("127.0.0.1",)), **options).configure_cert(context)
    return context


def unused_port() -> int:
    """Return a port that nothing listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port

# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection; it can change at any time.

"""Send one HTTP request through requests, once, and read a bounded response.

requests is imported late, as importing the client must not need it.
"""

from __future__ import annotations

import email.utils
import os
import platform
import ssl
import threading
from datetime import timezone
from http.cookiejar import DefaultCookiePolicy
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar
from urllib.parse import urlsplit

from .._errors import UNKNOWN, AliyunError

if TYPE_CHECKING:  # pragma: no cover
    from collections.abc import Callable, Mapping

    import requests

    from .._redaction import Redactor

T = TypeVar("T")

MAX_RESPONSE_BYTES = 1024 * 1024
TRANSIENT_STATUSES = (500, 502, 503, 504)
AMBIGUOUS_STATUSES = (408, 499)  # a gateway's, after which nobody knows what came of the request

_CHUNK_BYTES = 64 * 1024
_MAX_SEARCHED_BYTES = 1024 * 1024  # of a body in which an excerpt is looked for
_MAX_EXCERPT = 200
_MAX_CONTENT_TYPE = 128


class Response(NamedTuple):
    """An HTTP response as it came: the status, the headers by lower-case name, the body, and whether it was cut."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    is_too_long: bool = False

    @property
    def server_time(self) -> float | None:
        """The ``Date`` in seconds since the epoch, None where there is none that can be read (RFC 9110, 6.6.1)."""
        try:
            date = email.utils.parsedate_to_datetime(self.headers.get("date", ""))
            return date.replace(tzinfo=date.tzinfo or timezone.utc).timestamp()
        except (TypeError, ValueError, IndexError, OverflowError):
            return None


class Hints(NamedTuple):
    """Sentences on what to do, in the words of whoever built the transport; empty where there is nothing to say.

    ``slow`` is for a response that does not come in time, ``unknown_host`` for a host name that cannot be resolved,
    ``unknown_issuer`` for a certificate of a CA that is not known, ``plain_http`` for a port that speaks no TLS,
    ``unreadable_ca`` for CA certificates that cannot be read.
    """

    slow: str = ""
    unknown_host: str = ""
    unknown_issuer: str = ""
    plain_http: str = ""
    unreadable_ca: str = ""


NO_HINTS = Hints()


class _Sending:
    """Whether the first byte of a request was handed to the network, and whether it still may be."""

    def __init__(self) -> None:
        self.has_begun = False
        self._is_cancelled = False
        self._lock = threading.Lock()

    def begin(self) -> None:
        """Note that the first byte follows; raises TimeoutError where the request was given up on."""
        with self._lock:
            if self._is_cancelled:
                raise TimeoutError("the request was given up on before it was sent")
            self.has_begun = True

    def cancel(self) -> bool:
        """Keep the request from being sent, and return whether it is too late for that."""
        with self._lock:
            self._is_cancelled = True
            return self.has_begun


class Transport:
    """A requests session that resends nothing by itself and follows no redirect; proxies of the environment work.

    ``connect_timeout`` and ``read_timeout`` are seconds; together they bound each send, also one that only trickles.
    ``verify`` is True, False or the path of a CA bundle. Raises AliyunError where requests or the CA bundle cannot be
    used, and ModuleNotFoundError without requests.
    """

    def __init__(
        self,
        *,
        connect_timeout: float,
        read_timeout: float,
        verify: bool | str,
        product: str,
        hints: Hints = NO_HINTS,
        session: requests.Session | None = None,
    ) -> None:
        try:
            version = _requests_version()
        except Exception as error:  # whatever a broken installation raises
            from .network_errors import error_from_import

            raise error_from_import(error, "requests", "requests") from None
        self._thread = threading.local()  # has the sending of the thread that sends
        self._session = session or new_session(self._begin_sending)
        self._hints = hints
        if isinstance(verify, str):
            _check_ca(verify, hints)
        self._timeout = (connect_timeout, read_timeout)
        self._verify = verify
        self._headers = {
            "accept": "application/json",
            "accept-encoding": "identity",
            "user-agent": f"{product} requests/{version} python/{platform.python_version()}",
        }

    def send(
        self,
        method: str,
        url: str,
        auth: Callable[[Any], Any],
        *,
        body: bytes | None = None,
        content_type: str | None = None,
        max_bytes: int = MAX_RESPONSE_BYTES,
    ) -> Response:
        """Send the request once and return the response, whatever its status; of its body at most ``max_bytes``.

        ``auth`` is called with the prepared request, and returns it. ``content_type`` is that of ``body``.
        Raises AliyunError where no whole response came; its outcome is NOT_SENT where no byte of the request was
        handed to the network.
        """
        headers = {**self._headers, "content-type": content_type} if content_type else self._headers
        request = {"auth": auth, "headers": headers, "data": body}
        sending = _Sending()

        def exchange() -> Response:
            self._thread.sending = sending
            return self._exchange(method, url, max_bytes, **request)

        try:
            return call_within(sum(self._timeout), exchange)
        except TimeoutError:
            seconds = f"{sum(self._timeout):g} s"
            if not sending.cancel():
                raise AliyunError(f"The request could not be sent within {seconds}.", retryable=True) from None
            raise AliyunError(
                f"No whole response came within {seconds}.", outcome=UNKNOWN, retryable=True, hint=self._hints.slow
            ) from None
        except AliyunError:
            raise
        except Exception as error:  # requests lets through some errors of urllib3, ssl and socket
            from .network_errors import error_from_exception

            raise error_from_exception(error, urlsplit(url).netloc, sending.has_begun, self._hints) from None

    def _begin_sending(self) -> None:
        self._thread.sending.begin()

    def _exchange(self, method: str, url: str, max_bytes: int, **request: Any) -> Response:
        with self._session.request(
            method,
            url,
            timeout=self._timeout,
            verify=self._verify,
            allow_redirects=False,
            stream=True,
            **request,
        ) as response:
            headers = {name.lower(): value for name, value in response.headers.items()}
            body = bytearray()
            for chunk in response.raw.stream(_CHUNK_BYTES, decode_content=False):
                body += chunk
                if len(body) > max_bytes:
                    return Response(response.status_code, headers, bytes(body[:max_bytes]), is_too_long=True)
            announced = headers.get("content-length", "")
            if announced.isdecimal() and len(body) < int(announced):
                raise AliyunError(
                    f"The response was cut: {len(body)} of {announced} bytes came.", outcome=UNKNOWN, retryable=True
                )
            return Response(response.status_code, headers, bytes(body))


def call_within(seconds: float, function: Callable[[], T]) -> T:
    """Return what the function returns, or raise what it raises.

    Raises TimeoutError when it has done neither after ``seconds``; the call is then left to a daemon thread,
    which does not keep the process alive. (concurrent.futures would wait for it when the process ends.)
    Raises AliyunError where no thread can be started.
    """
    results: list[T] = []
    errors: list[BaseException] = []

    def run() -> None:
        try:
            results.append(function())
        except BaseException as error:  # handed to the caller below
            errors.append(error)

    thread = threading.Thread(target=run, daemon=True)
    try:
        thread.start()
    except RuntimeError as error:
        raise AliyunError(f"This host cannot run another thread: {error}.") from None
    thread.join(seconds)
    if errors:
        raise errors[0]
    if results:
        return results[0]
    raise TimeoutError(f"not finished within {seconds:g} s")


def describe(response: Response, redact: Redactor, server: str) -> str:
    """Return a sentence on a response that is none of those that ``server`` gives."""
    if 300 <= response.status < 400:
        location = redact(response.headers.get("location", "nowhere"), _MAX_EXCERPT)
        return f"The server answered with a redirect to {location}, which is never followed."
    if response.is_too_long:
        size = f"more than {len(response.body)} bytes"
    else:
        size = f"{len(response.body)} bytes" if response.body else "an empty body"
    kind = redact(response.headers.get("content-type", ""), _MAX_CONTENT_TYPE) or "no content type"
    excerpt = redact(response.body[:_MAX_SEARCHED_BYTES].decode("utf-8", "replace"), _MAX_EXCERPT)
    quoted = f": {excerpt!r}" if excerpt else ""
    return f"The response is not one of {server}: HTTP {response.status}, {kind}, {size}{quoted}"


def _check_ca(path: str, hints: Hints) -> None:
    # Said before any request, as requests says it only with the first one.
    try:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        where = {"capath": path} if os.path.isdir(path) else {"cafile": path}
        context.load_verify_locations(**where)
    except (OSError, ValueError) as error:  # the latter for a path with a NUL
        from .network_errors import error_from_tls_setup

        raise error_from_tls_setup(error, hints) from None


def _requests_version() -> str:
    import requests

    version: str = requests.__version__
    return version


def new_session(before_send: Callable[[], None]) -> requests.Session:
    """Return a session without cookies and redirects; it calls ``before_send`` right before a request's first byte.

    What ``before_send`` raises keeps the request from being sent, and comes out of the session. A TLS handshake and a
    ``CONNECT`` to a proxy are not the request. Raises whatever the import of requests raises.
    """
    import requests

    session = requests.Session()
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    # Even unfollowed, requests prepares the next request of a redirect, for which it reads a body of any size.
    session.get_redirect_target = lambda resp: None  # type: ignore[method-assign]
    for scheme in ("https://", "http://"):
        session.mount(scheme, _adapter(before_send))
    return session


def _adapter(before_send: Callable[[], None]) -> Any:
    """Return an adapter of requests whose connections call ``before_send``, also those to a proxy."""
    from requests.adapters import HTTPAdapter

    class Adapter(HTTPAdapter):
        def init_poolmanager(self, *arguments: Any, **options: Any) -> None:
            super().init_poolmanager(*arguments, **options)
            _prepare(self.poolmanager, before_send)

        def proxy_manager_for(self, *arguments: Any, **options: Any) -> Any:
            manager = super().proxy_manager_for(*arguments, **options)
            _prepare(manager, before_send)
            return manager

        def send(self, *arguments: Any, **options: Any) -> requests.Response:
            if not hasattr(self.poolmanager, "pool_classes_by_scheme"):
                before_send()  # with a urllib3 that has none: better too early than never
            return super().send(*arguments, **options)

    return Adapter()


def _prepare(manager: Any, before_send: Callable[[], None]) -> None:
    # Source: urllib3, "Advanced Usage", "Customizing pool behavior" (``pool_classes_by_scheme``).
    if "pool_classes_by_scheme" in vars(manager) and not getattr(manager, "calls_before_send", False):
        pools = manager.pool_classes_by_scheme.items()
        manager.pool_classes_by_scheme = {scheme: _calling(before_send, pool) for scheme, pool in pools}
        manager.calls_before_send = True


def _calling(before_send: Callable[[], None], pool_class: Any) -> Any:
    """Return a class of pools whose connections call ``before_send``, derived from another such class."""

    class Connection(pool_class.ConnectionCls):  # type: ignore[misc]
        def endheaders(self, *arguments: Any, **options: Any) -> None:
            # Without this, http.client would connect within the call below, after the announcement.
            if self.sock is None:
                self.connect()
            before_send()
            super().endheaders(*arguments, **options)

    return type(pool_class.__name__, (pool_class,), {"ConnectionCls": Connection})

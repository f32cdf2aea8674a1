# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection; it can change at any time.

"""Send one HTTP request through requests, and read a bounded response."""

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


class Transport:
    """A requests session that resends nothing by itself and follows no redirect; proxies of the environment work.

    ``connect_timeout`` and ``read_timeout`` are seconds; together they bound each send, also one that only trickles.
    ``verify`` is True, False or the path of a CA bundle. Raises ImportError without requests.
    """

    def __init__(
        self,
        *,
        connect_timeout: float,
        read_timeout: float,
        verify: bool | str,
        product: str,
        session: requests.Session | None = None,
    ) -> None:
        import requests  # late: importing the client must not need it

        self._session = session or _new_session()
        if isinstance(verify, str):
            _check_ca(verify)
        self._timeout = (connect_timeout, read_timeout)
        self._verify = verify
        self._headers = {
            "accept": "application/json",
            "accept-encoding": "identity",
            "user-agent": f"{product} requests/{requests.__version__} python/{platform.python_version()}",
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
        Raises AliyunError where no whole response came; its outcome is NOT_SENT only where nothing can have arrived.
        """
        headers = {**self._headers, "content-type": content_type} if content_type else self._headers
        request = {"auth": auth, "headers": headers, "data": body}
        try:
            return call_within(sum(self._timeout), lambda: self._exchange(method, url, max_bytes, **request))
        except TimeoutError:
            from .network_errors import SLOW

            raise AliyunError(
                f"No whole response came within {sum(self._timeout):g} s.", outcome=UNKNOWN, retryable=True, hint=SLOW
            ) from None
        except AliyunError:
            raise
        except Exception as error:  # requests lets through some errors of urllib3, ssl and socket
            from .network_errors import error_from_exception

            raise error_from_exception(error, urlsplit(url).netloc) from None

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
    """
    results: list[T] = []
    errors: list[BaseException] = []

    def run() -> None:
        try:
            results.append(function())
        except BaseException as error:  # handed to the caller below
            errors.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
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


def _new_session() -> requests.Session:
    import requests

    session = requests.Session()
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    # Even unfollowed, requests prepares the next request of a redirect, for which it reads a body of any size.
    session.get_redirect_target = lambda resp: None  # type: ignore[method-assign]
    return session


def _check_ca(path: str) -> None:
    # Said before any request, as requests says it only with the first one.
    try:
        where = {"capath": path} if os.path.isdir(path) else {"cafile": path}
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(**where)
    except (OSError, ValueError):  # the latter for a path with a NUL
        from .network_errors import NO_CA

        raise AliyunError(NO_CA) from None

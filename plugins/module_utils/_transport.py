# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection; it can change at any time.

"""Send one HTTP request through requests, read a bounded answer, and say what is known when there is none."""

from __future__ import annotations

import platform
import socket
import ssl
import warnings
from http.cookiejar import DefaultCookiePolicy
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from ansible_collections.aliyun.elasticsearch.plugins.module_utils._answer import Response
from ansible_collections.aliyun.elasticsearch.plugins.module_utils._deadline import call_within
from ansible_collections.aliyun.elasticsearch.plugins.module_utils._errors import UNKNOWN, AliyunError
from ansible_collections.aliyun.elasticsearch.plugins.module_utils._text import Cleaner

if TYPE_CHECKING:  # pragma: no cover
    from collections.abc import Callable, Iterator

    import requests

MAX_BODY = 1024 * 1024
_CHUNK = 64 * 1024
_LONGEST_QUOTE = 200
# OpenSSL's reasons for a handshake that ends before a request is sent, whichever side gives up.
_HANDSHAKE = (
    "HTTP_REQUEST",
    "RECORD_LAYER_FAILURE",
    "SSLV3_ALERT_HANDSHAKE_FAILURE",
    "TLSV1_ALERT_PROTOCOL_VERSION",
    "UNSUPPORTED_PROTOCOL",
    "WRONG_VERSION",
)
_NO_CA = "The CA certificates cannot be read; check ca_path and the environment variable REQUESTS_CA_BUNDLE."


class Transport:
    """A requests session that resends nothing by itself and follows no redirect; proxies of the environment work.

    C(connect_timeout) and C(read_timeout) are seconds; together they bound each send, also one that only trickles.
    C(verify) is True, False or the path of a CA bundle. Raises ImportError without requests.
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
        from urllib3.exceptions import InsecureRequestWarning

        self._session = session or _new_session()
        if verify is False:
            warnings.simplefilter("ignore", InsecureRequestWarning)
        self._timeout = (connect_timeout, read_timeout)
        self._verify = verify
        self._headers = {
            "accept": "application/json",
            "accept-encoding": "identity",
            "user-agent": f"{product} requests/{requests.__version__} python/{platform.python_version()}",
        }

    def send(self, method: str, url: str, auth: Callable[[Any], Any]) -> Response:
        """Send the request once and return the answer, whatever its status; of the body at most MAX_BODY bytes.

        Raises AliyunError where no whole answer came; its outcome is NOT_SENT only where nothing can have arrived.
        """
        try:
            return call_within(sum(self._timeout), lambda: self._exchange(method, url, auth))
        except TimeoutError:
            raise AliyunError(
                f"No whole answer came within {sum(self._timeout):g} s.", outcome=UNKNOWN, retryable=True
            ) from None
        except AliyunError:
            raise
        except Exception as error:  # requests lets through some errors of urllib3, ssl and socket
            raise _explained(error, urlsplit(url).netloc) from None

    def _exchange(self, method: str, url: str, auth: Callable[[Any], Any]) -> Response:
        with self._session.request(
            method,
            url,
            auth=auth,
            headers=self._headers,
            timeout=self._timeout,
            verify=self._verify,
            allow_redirects=False,
            stream=True,
        ) as response:
            headers = {name.lower(): value for name, value in response.headers.items()}
            body = b""
            for chunk in response.raw.stream(_CHUNK, decode_content=False):
                body += chunk
                if len(body) > MAX_BODY:
                    return Response(response.status_code, headers, body[:MAX_BODY], is_too_long=True)
            announced = headers.get("content-length", "")
            if announced.isdecimal() and len(body) < int(announced):
                raise AliyunError(
                    f"The answer was cut: {len(body)} of {announced} bytes came.", outcome=UNKNOWN, retryable=True
                )
            return Response(response.status_code, headers, body)


def _new_session() -> requests.Session:
    import requests

    session = requests.Session()
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    # Even unfollowed, requests prepares the next request of a redirect, for which it reads a body of any size.
    session.get_redirect_target = lambda resp: None  # type: ignore[method-assign]
    return session


def _explained(error: Exception, host: str) -> AliyunError:
    from requests.exceptions import InvalidSchema, InvalidURL
    from urllib3.exceptions import LocationValueError

    causes = list(_causes(error))
    names = {type(cause).__name__ for cause in causes}
    peer = f"the proxy for {host}" if "ProxyError" in names else host
    for cause in causes:
        if isinstance(cause, ssl.SSLCertVerificationError) or type(cause).__name__ == "CertificateError":
            reason = getattr(cause, "verify_message", "") or str(cause)
            return AliyunError(f"The certificate of {peer} does not verify: {reason}.")
        if isinstance(cause, ssl.SSLError) and getattr(cause, "library", None) in ("X509", "PEM"):
            return AliyunError(_NO_CA)
        if isinstance(cause, ssl.SSLError) and (getattr(cause, "reason", None) or "").startswith(_HANDSHAKE):
            return AliyunError(f"TLS cannot be agreed on with {peer}: {cause.reason}.")
        if isinstance(cause, socket.gaierror):
            passing = cause.errno == socket.EAI_AGAIN
            return AliyunError(f"The host name of {peer} cannot be resolved: {cause.strerror}.", retryable=passing)
        if isinstance(cause, OSError) and str(cause).startswith("Tunnel connection failed"):
            said = Cleaner()(str(cause), _LONGEST_QUOTE)
            return AliyunError(f"The proxy opens no tunnel to {host}: {said}.", retryable="failed: 5" in said)
    if names & {"ConnectTimeout", "ConnectTimeoutError"}:
        return AliyunError(f"The connection to {peer} was not established in time.", retryable=True)
    if "NewConnectionError" in names or any(isinstance(cause, ConnectionRefusedError) for cause in causes):
        return AliyunError(f"The connection to {peer} cannot be established: {_system_reason(causes)}.", retryable=True)
    # InvalidHeader is not among them: newer versions of requests say that of an answer, too.
    if isinstance(error, (InvalidSchema, InvalidURL, LocationValueError, UnicodeError)):
        return AliyunError("The address of the server or of the proxy cannot be used.")
    if isinstance(error, OSError) and "TLS CA certificate" in str(error):
        return AliyunError(_NO_CA)
    if names & {"ReadTimeout", "ReadTimeoutError"}:
        return AliyunError(
            f"{peer} gave no answer in time after the request was sent.", outcome=UNKNOWN, retryable=True
        )
    return AliyunError(
        f"The connection to {peer} broke before the whole answer was there: {_system_reason(causes)}.",
        outcome=UNKNOWN,
        retryable=True,
    )


def _causes(error: BaseException | None, depth: int = 0) -> Iterator[BaseException]:
    # requests and urllib3 keep the cause in args, in reason, or in the exception's context.
    if not isinstance(error, BaseException) or depth > 8:
        return
    yield error
    for inner in (*error.args, getattr(error, "reason", None), error.__cause__ or error.__context__):
        if isinstance(inner, BaseException):
            yield from _causes(inner, depth + 1)


def _system_reason(causes: list[BaseException]) -> str:
    reasons = [cause.strerror for cause in causes if isinstance(cause, OSError) and cause.strerror]
    return reasons[-1] if reasons else type(causes[-1]).__name__

# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection; it can change at any time.

"""What is known of a request when an error was raised instead of a response returned."""

from __future__ import annotations

import errno
import http.client
import re
import socket
import ssl
import traceback
from typing import TYPE_CHECKING

from .._errors import UNKNOWN, AliyunError
from .._redaction import Redactor

if TYPE_CHECKING:  # pragma: no cover
    from collections.abc import Iterator

    from .transport import Hints

_MAX_QUOTE = 200
_TIMEOUTS = {"ConnectTimeout", "ConnectTimeoutError", "ReadTimeout", "ReadTimeoutError"}
_NO_ROUTE = (errno.ENETUNREACH, errno.EHOSTUNREACH, errno.ENETDOWN, errno.EHOSTDOWN, errno.EADDRNOTAVAIL)
# Source: OpenSSL, "X509_STORE_CTX_get_error": no issuer found, or one that is not trusted.
_UNKNOWN_ISSUER = (2, 18, 19, 20, 21)
# How versions of OpenSSL call what is no record of TLS.
_NO_TLS = re.compile(
    r"wrong.version.number|record.layer.failure|https?(.proxy)?.request|packet.length.too.long|unknown.protocol",
    re.IGNORECASE,
)
_CA_LIBRARIES = ("X509", "PEM", "ASN1")
# The texts of these hold no URL; those of requests, of urllib3 and of ValueError can, with the password of a proxy.
_QUOTABLE = (RuntimeError, OSError, ImportError, AttributeError, MemoryError)


def error_from_exception(error: Exception, host: str, is_sent: bool, hints: Hints) -> AliyunError:
    """Return the error of this collection for one of requests, urllib3, ssl or socket; ``host`` was asked.

    Its outcome is NOT_SENT unless the request ``is_sent``; its message quotes no URL and no proxy.
    """
    causes = list(_causes(error))
    names = {type(cause).__name__ for cause in causes}
    peer = f"the proxy for {host}" if "ProxyError" in names else host
    if not is_sent:
        return _error_before_request(error, causes, host, peer, hints)
    if names & _TIMEOUTS:
        return AliyunError(
            f"{peer} gave no response in time after the request was sent.",
            outcome=UNKNOWN,
            retryable=True,
            hint=hints.slow,
        )
    return AliyunError(
        f"The connection to {peer} broke before the whole response was there: {_system_reason(causes)}.",
        outcome=UNKNOWN,
        retryable=True,
    )


def error_from_import(error: Exception, library: str, module: str) -> Exception:
    """Return what to raise for a library whose module cannot be imported: the error itself if it is not installed."""
    if isinstance(error, ModuleNotFoundError) and error.name == module:
        return error
    return AliyunError(f"The Python library {library} is installed, but cannot be imported: {_kind_and_text(error)}.")


def error_from_tls_setup(error: Exception, hints: Hints) -> AliyunError:
    """Return the error for what kept a TLS context from being made, or CA certificates from being loaded into it."""
    if isinstance(error, ssl.SSLError) and getattr(error, "library", None) not in _CA_LIBRARIES:
        return AliyunError(f"TLS cannot be set up on this host: {_kind_and_text(error)}.")
    return AliyunError("The CA certificates cannot be read.", hint=hints.unreadable_ca)


def _error_before_request(
    error: Exception, causes: list[BaseException], host: str, peer: str, hints: Hints
) -> AliyunError:
    from requests.exceptions import InvalidSchema, InvalidURL
    from urllib3.exceptions import LocationValueError

    for cause in causes:
        found = _tls_error(cause, peer, hints)
        if found:
            return found
        if isinstance(cause, socket.gaierror):
            return AliyunError(
                f"The host name of {peer} cannot be resolved: {cause.strerror}.",
                retryable=cause.errno == socket.EAI_AGAIN,
                hint=hints.unknown_host if peer == host else "",
            )
        if isinstance(cause, OSError) and str(cause).startswith("Tunnel connection failed"):
            quote = Redactor()(str(cause), _MAX_QUOTE)
            return AliyunError(f"The proxy opens no tunnel to {host}: {quote}.", retryable="failed: 5" in quote)
    names = {type(cause).__name__ for cause in causes}
    if names & _TIMEOUTS or any(isinstance(cause, (TimeoutError, socket.timeout)) for cause in causes):
        return AliyunError(f"The connection to {peer} was not established in time.", retryable=True)
    if "NewConnectionError" in names or any(map(_is_connection_error, causes)):
        return AliyunError(f"The connection to {peer} cannot be established: {_system_reason(causes)}.", retryable=True)
    if isinstance(error, InvalidSchema) and "SOCKS" in str(error):
        return AliyunError(f"The proxy for {host} is one for SOCKS, for which the Python library PySocks is missing.")
    if isinstance(error, (InvalidSchema, InvalidURL, LocationValueError, UnicodeError)):
        return AliyunError("The address of the server or of the proxy cannot be used.")
    if isinstance(error, OSError) and "TLS CA certificate" in str(error):
        return error_from_tls_setup(error, hints)
    return AliyunError(f"The request could not be sent: {_kind_and_text(causes[-1])}.")


def _tls_error(cause: BaseException, peer: str, hints: Hints) -> AliyunError | None:
    """Return the error for one of TLS, None for any other."""
    if isinstance(cause, ssl.SSLCertVerificationError) or type(cause).__name__ == "CertificateError":
        reason = (getattr(cause, "verify_message", "") or str(cause)).rstrip(".")
        is_unknown = getattr(cause, "verify_code", None) in _UNKNOWN_ISSUER
        return AliyunError(
            f"The certificate of {peer} does not verify: {reason}.", hint=hints.unknown_issuer if is_unknown else ""
        )
    if isinstance(cause, ssl.SSLError) and not isinstance(cause, ssl.SSLEOFError):
        if not _was_raised_in(cause, "do_handshake", "read", "recv_into", "write", "send"):
            return error_from_tls_setup(cause, hints) if getattr(cause, "library", None) else None
        is_plain = bool(_NO_TLS.search(f"{_ssl_reason(cause)} {cause}"))
        reason = f"{_ssl_reason(cause)}{'; that port seems to speak plain HTTP' if is_plain else ''}"
        hint = "Let the proxy's address begin with http://." if peer.startswith("the proxy") else hints.plain_http
        return AliyunError(f"TLS cannot be agreed on with {peer}: {reason}.", hint=hint if is_plain else "")
    if _was_raised_in(cause, "do_handshake"):
        return AliyunError(f"TLS cannot be agreed on with {peer}: {_system_reason([cause])}.", retryable=True)
    return None


def _causes(error: BaseException | None, depth: int = 0) -> Iterator[BaseException]:
    # requests and urllib3 keep the cause in args, in reason, or in the exception's context.
    if not isinstance(error, BaseException) or depth > 8:
        return
    yield error
    for inner in (*error.args, getattr(error, "reason", None), error.__cause__ or error.__context__):
        if isinstance(inner, BaseException):
            yield from _causes(inner, depth + 1)


def _was_raised_in(error: BaseException, *functions: str) -> bool:
    return any(frame.f_code.co_name in functions for frame, _line in traceback.walk_tb(error.__traceback__))


def _is_connection_error(cause: BaseException) -> bool:
    is_known = isinstance(cause, (ConnectionError, http.client.HTTPException))
    return is_known or (isinstance(cause, OSError) and cause.errno in _NO_ROUTE)


def _system_reason(causes: list[BaseException]) -> str:
    reasons = [cause.strerror for cause in causes if isinstance(cause, OSError) and cause.strerror]
    return reasons[-1] if reasons else type(causes[-1]).__name__


def _ssl_reason(error: ssl.SSLError) -> str:
    return getattr(error, "reason", None) or Redactor()(str(error), _MAX_QUOTE)


def _kind_and_text(error: BaseException) -> str:
    text = str(error) if isinstance(error, _QUOTABLE) and not _is_of_requests(error) else ""
    return f"{type(error).__name__}{': ' if text else ''}{Redactor()(text, _MAX_QUOTE)}".rstrip(".")


def _is_of_requests(error: BaseException) -> bool:
    return type(error).__module__.partition(".")[0] in ("requests", "urllib3")

# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection; it can change at any time.

"""What is known of a request when requests raised an error instead of returning a response."""

from __future__ import annotations

import socket
import ssl
import traceback
from typing import TYPE_CHECKING

from .._errors import UNKNOWN, AliyunError
from .._redaction import Redactor

if TYPE_CHECKING:  # pragma: no cover
    from collections.abc import Iterator

NO_CA = "The CA certificates cannot be read; check ca_path, REQUESTS_CA_BUNDLE and CURL_CA_BUNDLE."
SLOW = "If the server is only slow, raise read_timeout."
_OWN_CA = "If a CA of your own issued it, give the certificate of that CA with ca_path."
_MAX_QUOTE = 200


def error_from_exception(error: Exception, host: str) -> AliyunError:
    """Return the error of this collection for one of requests, urllib3, ssl or socket; ``host`` was asked.

    Its outcome is NOT_SENT only where the error came before the request; its message quotes no URL and no proxy.
    """
    from requests.exceptions import InvalidSchema, InvalidURL
    from urllib3.exceptions import LocationValueError

    causes = list(_causes(error))
    names = {type(cause).__name__ for cause in causes}
    peer = f"the proxy for {host}" if "ProxyError" in names else host
    for cause in causes:
        if isinstance(cause, ssl.SSLCertVerificationError) or type(cause).__name__ == "CertificateError":
            reason = getattr(cause, "verify_message", "") or str(cause)
            return AliyunError(f"The certificate of {peer} does not verify: {reason}.", hint=_OWN_CA)
        if isinstance(cause, ssl.SSLError) and getattr(cause, "library", None) in ("X509", "PEM"):
            return AliyunError(NO_CA)
        if _ended_the_handshake(cause):
            broke_off = isinstance(cause, ssl.SSLEOFError) or not isinstance(cause, ssl.SSLError)
            reason = _system_reason([cause]) if broke_off else getattr(cause, "reason", "")
            return AliyunError(f"TLS cannot be agreed on with {peer}: {reason}.", retryable=broke_off)
        if isinstance(cause, socket.gaierror):
            passing = cause.errno == socket.EAI_AGAIN
            return AliyunError(f"The host name of {peer} cannot be resolved: {cause.strerror}.", retryable=passing)
        if isinstance(cause, OSError) and str(cause).startswith("Tunnel connection failed"):
            quote = Redactor()(str(cause), _MAX_QUOTE)
            return AliyunError(f"The proxy opens no tunnel to {host}: {quote}.", retryable="failed: 5" in quote)
    if names & {"ConnectTimeout", "ConnectTimeoutError"}:
        return AliyunError(f"The connection to {peer} was not established in time.", retryable=True)
    if "NewConnectionError" in names or any(isinstance(cause, ConnectionRefusedError) for cause in causes):
        return AliyunError(f"The connection to {peer} cannot be established: {_system_reason(causes)}.", retryable=True)
    # InvalidHeader is not among them: newer versions of requests say that of a response, too.
    if isinstance(error, (InvalidSchema, InvalidURL, LocationValueError, UnicodeError)):
        return AliyunError("The address of the server or of the proxy cannot be used.")
    if isinstance(error, OSError) and "TLS CA certificate" in str(error):
        return AliyunError(NO_CA)
    if names & {"ReadTimeout", "ReadTimeoutError"}:
        return AliyunError(
            f"{peer} gave no response in time after the request was sent.", outcome=UNKNOWN, retryable=True, hint=SLOW
        )
    return AliyunError(
        f"The connection to {peer} broke before the whole response was there: {_system_reason(causes)}.",
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


def _ended_the_handshake(error: BaseException) -> bool:
    # The same errors come before and after the request is sent; only where they were raised tells which.
    return any(frame.f_code.co_name == "do_handshake" for frame, _line in traceback.walk_tb(error.__traceback__))


def _system_reason(causes: list[BaseException]) -> str:
    reasons = [cause.strerror for cause in causes if isinstance(cause, OSError) and cause.strerror]
    return reasons[-1] if reasons else type(causes[-1]).__name__

# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""ACS3-HMAC-SHA256, the request signature of Alibaba Cloud's OpenAPI.

This module util is PUBLIC: other collections may import it, and it follows the collection's semantic version.
It opens no connection and imports neither Ansible nor requests.

Source: Alibaba Cloud, "V3 request structure and signature".
"""

from __future__ import annotations

import hashlib
import hmac
import time
import uuid
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote, unquote_plus, urlsplit, urlunsplit

if TYPE_CHECKING:  # pragma: no cover
    from collections.abc import Callable, Iterable, Mapping

    from requests import PreparedRequest

ALGORITHM = "ACS3-HMAC-SHA256"
_DEFAULT_PORTS = {"http": 80, "https": 443}


def percent_encode(text: str) -> str:
    """Encode text as UTF-8 percent escapes; only ``A-Z a-z 0-9 - _ . ~`` stay bare (RFC 3986, section 2.3).

    Bytes that an URL held and that are not UTF-8 come back as they were (``surrogateescape``).
    Raises UnicodeEncodeError for any other lone surrogate.
    """
    return quote(text, safe="", errors="surrogateescape")


def canonical_uri(path: str) -> str:
    """Return the path with every segment percent-encoded exactly once; an empty path is ``/``.

    The path may hold percent escapes already, they are not escaped again.
    Source: "V3 request structure and signature", step 1, CanonicalURI.
    """
    if "%" not in path:
        return quote(path, safe="/", errors="surrogateescape") or "/"
    segments = path.split("/")
    return "/".join([percent_encode(unquote(segment, errors="surrogateescape")) for segment in segments])


def canonical_query(parameters: Iterable[tuple[str, str]]) -> str:
    """Return the query string of (name, value) pairs: sorted by name, then value, and percent-encoded.

    An empty value keeps its ``=``. The same string serves on the wire, so that no server has to encode it again.
    Source: "V3 request structure and signature", step 1, CanonicalQueryString.
    """
    return "&".join([f"{percent_encode(name)}={percent_encode(value)}" for name, value in sorted(parameters)])


def canonical_headers(headers: Mapping[str, str]) -> tuple[str, str]:
    """Return the canonical header block and the list of names ``a;b;c`` that belongs to it.

    Names are lower-cased and sorted, values trimmed; several values of one name are sorted and joined by a comma.
    Source: "V3 request structure and signature", step 1, CanonicalHeaders and SignedHeaders.
    """
    merged: dict[str, str] = {}
    for name, value in sorted([(name.lower(), value.strip()) for name, value in headers.items()]):
        merged[name] = f"{merged[name]},{value}" if name in merged else value
    return "".join([f"{name}:{value}\n" for name, value in merged.items()]), ";".join(merged)


def canonical_request(method: str, uri: str, query: str, headers: Mapping[str, str], payload_hash: str) -> str:
    """Return the text that is hashed into the string to sign.

    ``uri`` and ``query`` are what canonical_uri and canonical_query return, ``payload_hash`` is that of the body.
    Source: "V3 request structure and signature", step 1.
    """
    return _canonical_request(method, uri, query, canonical_headers(headers), payload_hash)


def string_to_sign(request: str) -> str:
    """Return the text that is signed, for a canonical request ("V3 request structure and signature", step 2)."""
    return f"{ALGORITHM}\n{payload_hash(request.encode())}"


def signature(access_key_secret: str, text: str) -> str:
    """Return the HMAC-SHA256 of the text in hex ("V3 request structure and signature", step 3)."""
    return hmac.digest(access_key_secret.encode(), text.encode(), "sha256").hex()


def payload_hash(body: bytes) -> str:
    """Return the SHA-256 of a request body in hex, the value of ``x-acs-content-sha256``."""
    return hashlib.sha256(body).hexdigest()


def authorization(access_key_id: str, access_key_secret: str, request: str, signed_names: str) -> str:
    """Return the value of the ``Authorization`` header for a canonical request ("V3 request …", step 4)."""
    signed = signature(access_key_secret, string_to_sign(request))
    return f"{ALGORITHM} Credential={access_key_id},SignedHeaders={signed_names},Signature={signed}"


class Acs3Auth:
    """Sign each request that requests sends; to be given as ``auth=``, which also keeps ``~/.netrc`` out.

    The URL is rewritten to its canonical form, so that what is sent is what is signed.
    Signed are ``host``, every ``x-acs-*`` header and, where it is set, ``content-type``.
    ``clock`` returns seconds since the epoch, ``nonce`` a text that is new at each call.
    Calling it raises TypeError for a body that is not text or bytes, as its hash must be known before it is sent.

    Source: "V3 request structure and signature"; requests, "Custom Authentication".
    """

    def __init__(
        self,
        access_key_id: str,
        access_key_secret: str,
        *,
        action: str,
        version: str,
        security_token: str | None = None,
        clock: Callable[[], float] = time.time,
        nonce: Callable[[], str] = lambda: uuid.uuid4().hex,
    ) -> None:
        self._access_key_id = access_key_id
        self._access_key_secret = access_key_secret
        self._security_token = security_token
        self._action = action
        self._version = version
        self._clock = clock
        self._nonce = nonce

    def __call__(self, request: PreparedRequest) -> PreparedRequest:
        """Add the signature headers to a prepared request and return it."""
        url = urlsplit(request.url or "")
        uri, query = canonical_uri(str(url.path)), canonical_query(_parameters(str(url.query)))
        request.url = urlunsplit((url.scheme, url.netloc, uri, query, ""))
        body_hash = payload_hash(_body_bytes(request.body))
        request.headers.update(self._signature_headers(_host(str(request.url)), body_hash))
        signed = {name: value for name, value in request.headers.items() if _is_signed(name)}
        canonical = canonical_headers(signed)
        text = _canonical_request(request.method or "GET", uri, query, canonical, body_hash)
        request.headers["Authorization"] = authorization(
            self._access_key_id, self._access_key_secret, text, canonical[1]
        )
        return request

    def _signature_headers(self, host: str, body_hash: str) -> dict[str, str]:
        headers = {
            "host": host,
            "x-acs-action": self._action,
            "x-acs-content-sha256": body_hash,
            "x-acs-date": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(self._clock())),
            "x-acs-signature-nonce": self._nonce(),
            "x-acs-version": self._version,
        }
        if self._security_token:
            headers["x-acs-security-token"] = self._security_token
        return headers


def _canonical_request(method: str, uri: str, query: str, headers: tuple[str, str], payload_hash: str) -> str:
    block, signed_names = headers
    return f"{method.upper()}\n{uri}\n{query}\n{block}\n{signed_names}\n{payload_hash}"


def _is_signed(name: str) -> bool:
    lowered = name.lower()
    return lowered in ("host", "content-type") or lowered.startswith("x-acs-")


def _parameters(query: str) -> list[tuple[str, str]]:
    pairs = (part.partition("=") for part in query.split("&") if part)
    return [(_unquote_plus(name), _unquote_plus(value)) for name, _equals, value in pairs]


def _unquote_plus(text: str) -> str:
    return unquote_plus(text, errors="surrogateescape")


def _host(url: str) -> str:
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    if parts.port == _DEFAULT_PORTS.get(parts.scheme):
        host = host.rpartition(":")[0] or host
    return host


def _body_bytes(body: object) -> bytes:
    if body is None:
        return b""
    if isinstance(body, str):
        return body.encode()
    if isinstance(body, (bytes, bytearray)):
        return bytes(body)
    raise TypeError(f"a request body must be text or bytes to be signed, not {type(body).__name__}")

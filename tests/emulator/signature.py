# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A signed request as it was on the wire, judged with the official library, never with the collection's signing."""

from __future__ import annotations

import hashlib
import hmac
import re
import uuid
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timezone
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qsl

from aiohttp import web
from alibabacloud_tea_openapi.utils import Utils, get_canonical_query_string, get_canonicalized_headers

from .responses import ApiError
from .state import Account

ALGORITHM = "ACS3-HMAC-SHA256"
VERSION = "2017-06-13"
CLOCK_TOLERANCE = 900.0
# The journal shows these as present or absent only.
SECRET_HEADERS = ("authorization", "x-acs-security-token", "x-acs-bearer-token", "proxy-authorization", "cookie")

_AUTHORIZATION = re.compile(rf"{ALGORITHM} Credential=([^,\s]+),SignedHeaders=([^,\s]+),Signature=([0-9a-f]{{64}})")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z")
_SECURITY_TOKEN = re.compile(r"[A-Za-z0-9+/=_-]{16,}")


@dataclass(frozen=True)
class SignedRequest:
    """What a client sent: ``path`` and ``query`` still percent-encoded, header names in lower case."""

    method: str
    path: str
    query: str
    headers: dict[str, str]
    body: bytes
    scheme: str = "http"
    request_id: str = field(default_factory=lambda: str(uuid.uuid4()).upper())

    @property
    def host(self) -> str:
        """Return the host the client asked for."""
        return self.headers.get("host", "")

    @property
    def client_token(self) -> str | None:
        """Return the client token, whatever the state of the rest of the query; operations differ in its capitals."""
        given = dict(parse_qsl(self.query, keep_blank_values=True))
        return given.get("ClientToken", given.get("clientToken"))

    def parameters(self) -> dict[str, str]:
        """Return the decoded query; both ``+`` and ``%20`` are a space. Raise ApiError where it is ambiguous."""
        try:
            pairs = parse_qsl(self.query, keep_blank_values=True, errors="strict")
        except ValueError as error:
            raise ApiError(400, "InvalidParameter", "The query string is not valid UTF-8.") from error
        if len(dict(pairs)) != len(pairs):
            # The official library signs a mapping, so a repeated name could slip in unsigned.
            raise ApiError(400, "InvalidParameter", "A query parameter is given more than once.")
        return dict(pairs)

    def record(self) -> dict[str, Any]:
        """Return the request's entry in the journal, which has everything but the secrets."""
        shown = {name: value for name, value in self.headers.items() if name not in SECRET_HEADERS}
        shown |= {name: "present" if name in self.headers else "absent" for name in SECRET_HEADERS[:2]}
        shown |= {name: "present" for name in SECRET_HEADERS[2:] if name in self.headers}
        signed = re.search(r"SignedHeaders=([^,]*)", self.headers.get("authorization", ""))
        return {
            "server": "openapi",
            "operation": self.headers.get("x-acs-action"),
            "request_id": self.request_id,
            "method": self.method,
            "scheme": self.scheme,
            "path": self.path,
            "query": self.query,
            "client_token": self.client_token,
            "nonce": self.headers.get("x-acs-signature-nonce"),
            "headers": shown,
            "signed_headers": signed.group(1).split(";") if signed else [],
            "body_size": len(self.body),
            "account": None,
            "fault": None,
            "decision": None,
            "status": None,
            "code": None,
        }


def target(request: web.Request) -> str:
    """Return the path and the query as they were on the wire."""
    # A client that takes the emulator for its proxy sends the whole URL.
    return re.sub(r"^https?://[^/?]*", "", request.raw_path)


async def receive(request: web.Request) -> SignedRequest:
    """Read a request without normalising anything that is signed."""
    path, _separator, query = target(request).partition("?")
    headers = {
        name.lower(): ",".join(sorted(value.strip() for value in request.headers.getall(name)))
        for name in request.headers
    }
    return SignedRequest(request.method, path, query, headers, await request.read(), request.scheme)


def check_headers(request: SignedRequest) -> None:
    """Refuse a request that lacks a header every request has to carry, or that is for another API version."""
    for name in ("action", "version", "date", "signature-nonce", "content-sha256"):
        if not request.headers.get(f"x-acs-{name}"):
            code = "Missing" + "".join(word.capitalize() for word in name.split("-"))
            raise ApiError(400, code, f"The header x-acs-{name} is mandatory for this request.")
    if request.headers["x-acs-version"] != VERSION:
        raise ApiError(400, "InvalidVersion", "Specified parameter Version is not valid.")


def check_date(request: SignedRequest, now: datetime) -> None:
    """Refuse a date in another form, or one more than fifteen minutes from the server's clock."""
    text = request.headers["x-acs-date"]
    try:
        if not _DATE.fullmatch(text):
            raise ValueError(text)
        date = datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=timezone.utc)
    except ValueError as error:
        message = "Specified time stamp or date value is not well formatted."
        raise ApiError(400, "InvalidTimeStamp.Format", message) from error
    if abs((date - now).total_seconds()) > CLOCK_TOLERANCE:
        raise ApiError(400, "InvalidTimeStamp.Expired", "Specified time stamp or date value is expired.")


def check_account(request: SignedRequest, accounts: Iterable[Account]) -> Account:
    """Return the account that signed, and refuse keys and security tokens that do not belong together."""
    access_key_id, _signed = _read_authorization(request)
    account = next((account for account in accounts if account.access_key_id == access_key_id), None)
    if account is None:
        raise ApiError(404, "InvalidAccessKeyId.NotFound", "Specified access key is not found.")
    token = request.headers.get("x-acs-security-token")
    if not token:
        if account.security_token:
            raise ApiError(400, "MissingSecurityToken", "SecurityToken is mandatory for this action.")
        return account
    if not _SECURITY_TOKEN.fullmatch(token):
        raise ApiError(400, "InvalidSecurityToken.Malformed", "Specified SecurityToken is malformed.")
    if token != account.security_token:
        message = "Specified SecurityToken mismatch with the AccessKey."
        raise ApiError(400, "InvalidSecurityToken.MismatchWithAccessKey", message)
    return account


def _read_authorization(request: SignedRequest) -> tuple[str, list[str]]:
    """Return the access key and the signed headers that the Authorization header names."""
    text = request.headers.get("authorization", "")
    if text and text.split(" ", 1)[0] != ALGORITHM:
        raise ApiError(400, "InvalidSignatureMethod", f"The emulator takes {ALGORITHM} signatures only.")
    match = _AUTHORIZATION.fullmatch(text)
    if not match:
        message = "The request signature does not conform to Aliyun standards."
        raise ApiError(400, "IncompleteSignature", message)
    return match.group(1), match.group(2).split(";")


def check_signature(request: SignedRequest, account: Account) -> None:
    """Refuse a body other than the one that was hashed, a header left unsigned, and a wrong signature."""
    digest = hashlib.sha256(request.body).hexdigest()
    if request.headers["x-acs-content-sha256"] != digest:
        message = f"Specified x-acs-content-sha256 is not the hash of the body, which is {digest}."
        raise ApiError(400, "SignatureDoesNotMatch", message)
    _access_key_id, signed = _read_authorization(request)
    needed = {"host"} | {name for name in request.headers if name.startswith("x-acs-") or name == "content-type"}
    if unsigned := sorted(needed.difference(signed)):
        message = f"These headers are not among the signed headers: {', '.join(unsigned)}."
        raise ApiError(400, "IncompleteSignature", message)
    judged = SimpleNamespace(
        method=request.method,
        pathname=request.path,
        query=request.parameters(),
        headers={name: request.headers[name] for name in signed if name in request.headers},
    )
    try:
        expected = Utils.get_authorization(judged, ALGORITHM, digest, account.access_key_id, account.access_key_secret)
        canonical = _canonical_request(judged, digest)
    except UnicodeError as error:
        raise ApiError(400, "InvalidParameter", "The request is not valid UTF-8.") from error
    if not hmac.compare_digest(expected, request.headers["authorization"]):
        raise ApiError(400, "SignatureDoesNotMatch", _explain(canonical, account.security_token))


def _canonical_request(request: SimpleNamespace, digest: str) -> str:
    """Return the text that the official library hashed, made of its own parts."""
    headers, names = get_canonicalized_headers(request.headers)
    query = get_canonical_query_string(request.query)
    return f"{request.method}\n{request.pathname}\n{query}\n{headers}\n{names}\n{digest}"


def _explain(canonical: str, security_token: str | None) -> str:
    """Say what the server signed, as the real one does, but without the security token."""
    string_to_sign = f"{ALGORITHM}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    if security_token:
        canonical = canonical.replace(security_token, "***")
    return (
        "Specified signature does not match our calculation. "
        f"server StringToSign is:{string_to_sign} server CanonicalRequest is:{canonical}"
    )

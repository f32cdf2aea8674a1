# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Is a request signed as it has to be? Judged with the official library, never with the collection's own signing."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Iterable
from datetime import datetime, timezone
from types import SimpleNamespace

from alibabacloud_tea_openapi.utils import Utils, get_canonical_query_string, get_canonicalized_headers

from .accounts import Account
from .answers import Refusal
from .call import Call

ALGORITHM = "ACS3-HMAC-SHA256"
VERSION = "2017-06-13"
CLOCK_TOLERANCE = 900.0

_AUTHORIZATION = re.compile(rf"{ALGORITHM} Credential=([^,\s]+),SignedHeaders=([^,\s]+),Signature=([0-9a-f]{{64}})")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z")
_SECURITY_TOKEN = re.compile(r"[A-Za-z0-9+/=_-]{16,}")


def check_headers(call: Call) -> None:
    """Refuse a request that lacks a header every request has to carry, or that is for another API version."""
    for name in ("action", "version", "date", "signature-nonce", "content-sha256"):
        if not call.headers.get(f"x-acs-{name}"):
            code = "Missing" + "".join(word.capitalize() for word in name.split("-"))
            raise Refusal(400, code, f"The header x-acs-{name} is mandatory for this request.")
    if call.headers["x-acs-version"] != VERSION:
        raise Refusal(400, "InvalidVersion", "Specified parameter Version is not valid.")


def check_date(call: Call, now: datetime) -> None:
    """Refuse a date in another form, or one more than fifteen minutes from the server's clock."""
    text = call.headers["x-acs-date"]
    try:
        if not _DATE.fullmatch(text):
            raise ValueError(text)
        date = datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=timezone.utc)
    except ValueError as error:
        message = "Specified time stamp or date value is not well formatted."
        raise Refusal(400, "InvalidTimeStamp.Format", message) from error
    if abs((date - now).total_seconds()) > CLOCK_TOLERANCE:
        raise Refusal(400, "InvalidTimeStamp.Expired", "Specified time stamp or date value is expired.")


def check_account(call: Call, accounts: Iterable[Account]) -> Account:
    """Return the account that signed, and refuse keys and security tokens that do not belong together."""
    access_key_id, _signed = _read_authorization(call)
    account = next((account for account in accounts if account.access_key_id == access_key_id), None)
    if account is None:
        raise Refusal(404, "InvalidAccessKeyId.NotFound", "Specified access key is not found.")
    token = call.headers.get("x-acs-security-token")
    if not token:
        if account.security_token:
            raise Refusal(400, "MissingSecurityToken", "SecurityToken is mandatory for this action.")
        return account
    if not _SECURITY_TOKEN.fullmatch(token):
        raise Refusal(400, "InvalidSecurityToken.Malformed", "Specified SecurityToken is malformed.")
    if token != account.security_token:
        message = "Specified SecurityToken mismatch with the AccessKey."
        raise Refusal(400, "InvalidSecurityToken.MismatchWithAccessKey", message)
    return account


def _read_authorization(call: Call) -> tuple[str, list[str]]:
    """Return the access key and the signed headers that the Authorization header names."""
    text = call.headers.get("authorization", "")
    if text and text.split(" ", 1)[0] != ALGORITHM:
        raise Refusal(400, "InvalidSignatureMethod", f"The emulator takes {ALGORITHM} signatures only.")
    match = _AUTHORIZATION.fullmatch(text)
    if not match:
        message = "The request signature does not conform to Aliyun standards."
        raise Refusal(400, "IncompleteSignature", message)
    return match.group(1), match.group(2).split(";")


def check_signature(call: Call, account: Account) -> None:
    """Refuse a body other than the one that was hashed, a header left unsigned, and a wrong signature."""
    digest = hashlib.sha256(call.body).hexdigest()
    if call.headers["x-acs-content-sha256"] != digest:
        message = f"Specified x-acs-content-sha256 is not the hash of the body, which is {digest}."
        raise Refusal(400, "SignatureDoesNotMatch", message)
    _access_key_id, signed = _read_authorization(call)
    needed = {"host"} | {name for name in call.headers if name.startswith("x-acs-") or name == "content-type"}
    if unsigned := sorted(needed.difference(signed)):
        message = f"These headers are not among the signed headers: {', '.join(unsigned)}."
        raise Refusal(400, "IncompleteSignature", message)
    request = SimpleNamespace(
        method=call.method,
        pathname=call.path,
        query=call.parameters(),
        headers={name: call.headers[name] for name in signed if name in call.headers},
    )
    try:
        expected = Utils.get_authorization(request, ALGORITHM, digest, account.access_key_id, account.access_key_secret)
        canonical = _canonical_request(request, digest)
    except UnicodeError as error:
        raise Refusal(400, "InvalidParameter", "The request is not valid UTF-8.") from error
    if not hmac.compare_digest(expected, call.headers["authorization"]):
        raise Refusal(400, "SignatureDoesNotMatch", _explain(canonical, account.security_token))


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

# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the emulator refuses before it comes to the operation, one test for each code."""

from __future__ import annotations

import json
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from ...emulator.client import Process
    from .callers import Caller


@pytest.mark.parametrize("secure", [False, True], ids=["http", "https"])
@pytest.mark.parametrize("account", ["operator", "temporary"])
def test_signature_of_the_official_library(emulator: Caller, account: str, secure: bool) -> None:
    reply = emulator.send(emulator.request(account=account), secure=secure)
    assert (reply.status, reply.document["Result"]) == (200, True)
    assert reply.headers["x-acs-request-id"] == reply.document["RequestId"]
    assert emulator.requests[-1]["scheme"] == ("https" if secure else "http")


@pytest.mark.parametrize("token", [" ~/*-+", "a b+c/d=e", "100%", "a&b?c#d", '"\\<>'])
@pytest.mark.parametrize("encoding", ["form", "percent"])
def test_query_in_either_spelling(emulator: Caller, token: str, encoding: str) -> None:
    request = emulator.request(query={"ClientToken": token})
    if encoding == "percent":
        request.wire_query = request.wire_query.replace("+", "%20")
    assert emulator.send(request).status == 200
    assert emulator.snapshots[0]["client_token"] == token


def test_body_is_taken(emulator: Caller) -> None:
    headers = {"content-type": "application/json; charset=utf-8"}
    assert emulator.create_snapshot(body=b'"text"', headers=headers).status == 200
    assert emulator.requests[-1]["body_size"] == 6


def test_proxy_requests_are_taken(emulator: Caller) -> None:
    request = emulator.request(host="elasticsearch.cn-hangzhou.aliyuncs.com")
    target = f"http://{request.host}{request.path}?{request.wire_query}"
    assert emulator.send(request, target=target).status == 200
    assert emulator.requests[-1]["path"] == request.path


@pytest.mark.parametrize(
    ("header", "code"),
    [
        ("x-acs-action", "MissingAction"),
        ("x-acs-version", "MissingVersion"),
        ("x-acs-date", "MissingDate"),
        ("x-acs-signature-nonce", "MissingSignatureNonce"),
        ("x-acs-content-sha256", "MissingContentSha256"),
    ],
)
def test_missing_header(emulator: Caller, header: str, code: str) -> None:
    request = emulator.request()
    del request.headers[header]
    request.sign()
    emulator.check_refused(emulator.send(request), 400, code)


def test_other_version(emulator: Caller) -> None:
    emulator.check_refused(emulator.create_snapshot(headers={"x-acs-version": "2014-05-26"}), 400, "InvalidVersion")


@pytest.mark.parametrize("date", ["Mon, 01 Jan 2024 00:00:00 GMT", "2024-13-01T00:00:00Z", "2024-01-01T00:00:00+00:00"])
def test_date_in_another_form(emulator: Caller, date: str) -> None:
    emulator.check_refused(emulator.create_snapshot(headers={"x-acs-date": date}), 400, "InvalidTimeStamp.Format")


@pytest.mark.parametrize("offset", [-960, 960])
def test_date_too_far_off(emulator: Caller, offset: float) -> None:
    emulator.check_refused(emulator.create_snapshot(clock_offset=offset), 400, "InvalidTimeStamp.Expired")
    assert emulator.create_snapshot(clock_offset=offset * 0.9).status == 200


def test_clock_that_is_set_wrong_shows_in_the_response(emulator: Caller) -> None:
    emulator.set(clock_offset=-3600)
    reply = emulator.create_snapshot()
    emulator.check_refused(reply, 400, "InvalidTimeStamp.Expired")
    emulator.set(clock_offset=0)
    right = emulator.create_snapshot()
    difference = parsedate_to_datetime(right.headers["Date"]) - parsedate_to_datetime(reply.headers["Date"])
    assert abs(difference.total_seconds() - 3600) < 5


def test_authorization_missing(emulator: Caller) -> None:
    request = emulator.request()
    del request.headers["authorization"]
    emulator.check_refused(emulator.send(request), 400, "IncompleteSignature")


def test_authorization_of_another_algorithm(emulator: Caller) -> None:
    request = emulator.request()
    request.headers["authorization"] = request.headers["authorization"].replace("SHA256", "SM3")
    emulator.check_refused(emulator.send(request), 400, "InvalidSignatureMethod")


def test_access_key_unknown(emulator: Caller) -> None:
    emulator.accounts["stranger"] = {"access_key_id": "Stranger", "access_key_secret": "none"}
    emulator.check_refused(emulator.create_snapshot(account="stranger"), 404, "InvalidAccessKeyId.NotFound")


def test_security_token_missing(emulator: Caller) -> None:
    del emulator.accounts["temporary"]["security_token"]
    emulator.check_refused(emulator.create_snapshot(account="temporary"), 400, "MissingSecurityToken")


@pytest.mark.parametrize("account", ["temporary", "operator"])
def test_security_token_of_another_key(emulator: Caller, account: str) -> None:
    reply = emulator.create_snapshot(account=account, headers={"x-acs-security-token": "A" * 128})
    emulator.check_refused(reply, 400, "InvalidSecurityToken.MismatchWithAccessKey")


def test_security_token_malformed(emulator: Caller) -> None:
    reply = emulator.create_snapshot(account="temporary", headers={"x-acs-security-token": "a token, not"})
    emulator.check_refused(reply, 400, "InvalidSecurityToken.Malformed")


def test_body_that_was_not_hashed(emulator: Caller) -> None:
    request = emulator.request()
    request.body = b"more"
    document = emulator.check_refused(emulator.send(request), 400, "SignatureDoesNotMatch")
    assert "x-acs-content-sha256" in document["Message"]


def test_signature_with_a_wrong_secret(emulator: Caller) -> None:
    request = emulator.request(account="temporary")
    request.account = {**request.account, "access_key_secret": "wrong"}
    request.sign()
    message = emulator.check_refused(emulator.send(request), 400, "SignatureDoesNotMatch")["Message"]
    assert "StringToSign is:ACS3-HMAC-SHA256\n" in message
    assert f"POST\n{request.path}\nClientToken={request.query['ClientToken']}\n" in message
    assert request.account["security_token"] not in message


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("wire_query", "ClientToken=another"),
        ("wire_query", "ClientToken=another&more="),
        ("path", "/openapi/instances/es-cn-0pp1jxvcl0002abcd/snapshots"),
        ("path", "/openapi/instances/es%2Dcn-0pp1jxvcl0001abcd/snapshots"),
    ],
)
def test_signature_of_a_request_changed_afterwards(emulator: Caller, name: str, value: str) -> None:
    request = emulator.request()
    setattr(request, name, value)
    emulator.check_refused(emulator.send(request), 400, "SignatureDoesNotMatch")


def test_signature_of_a_header_changed_afterwards(emulator: Caller) -> None:
    request = emulator.request()
    request.headers["accept"] = "*/*"
    emulator.check_refused(emulator.send(request), 400, "SignatureDoesNotMatch")


@pytest.mark.parametrize("name", ["host", "x-acs-action", "x-acs-more", "content-type"])
def test_header_left_unsigned(emulator: Caller, name: str) -> None:
    headers = {"x-acs-more": "more", "content-type": "text/plain"}
    reply = emulator.create_snapshot(headers=headers, unsigned=(name,))
    assert name in emulator.check_refused(reply, 400, "IncompleteSignature")["Message"]


def test_accept_may_be_left_unsigned(emulator: Caller) -> None:
    assert emulator.create_snapshot(unsigned=("accept",)).status == 200


@pytest.mark.parametrize("query", ["ClientToken=a&ClientToken=a", "ClientToken=%FF"])
def test_query_that_cannot_be_judged(emulator: Caller, query: str) -> None:
    request = emulator.request(query={"ClientToken": "a"})
    request.wire_query = query
    emulator.check_refused(emulator.send(request), 400, "InvalidParameter")


def test_nonce_used_before(emulator: Caller) -> None:
    request = emulator.request(query={})
    assert emulator.send(request).code == "MissingClientToken"
    emulator.check_refused(emulator.send(request), 400, "SignatureNonceUsed")


def test_secrets_are_not_shown(emulator: Caller, started: Process) -> None:
    request = emulator.request(account="temporary")
    request.headers["authorization"] = request.headers["authorization"][:-1] + "x"
    emulator.send(request)
    emulator.send(emulator.request(account="temporary"))
    emulator.send(request := emulator.request(account="operator"))
    shown = json.dumps(emulator.requests) + started.log
    for account in emulator.accounts.values():
        assert account["access_key_secret"] not in shown
        assert account.get("security_token", "Signature=") not in shown
    assert request.headers["authorization"][-64:] not in shown
    temporary, operator = emulator.requests[-2:]
    assert (temporary["account"], operator["account"]) == ("temporary", "operator")
    assert temporary["headers"]["x-acs-security-token"] == "present"
    assert operator["headers"]["x-acs-security-token"] == "absent"
    assert operator["headers"]["authorization"] == "present"
    assert operator["headers"]["x-acs-signature-nonce"] == operator["nonce"]
    assert operator["client_token"] in started.log

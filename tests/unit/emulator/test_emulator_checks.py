# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the emulator refuses, one test for each code."""

from __future__ import annotations

import json
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from .client import Emulator, Reply
    from .process import Started


def refused(emulator: Emulator, reply: Reply, status: int, code: str) -> dict[str, Any]:
    """Check a refusal: its document, its headers, and that nothing was done."""
    document: dict[str, Any] = reply.document
    assert (reply.status, document["Code"]) == (status, code), document
    assert {"RequestId", "HostId", "Code", "Message", "Recommend"} <= set(document)
    assert reply.headers["x-acs-request-id"] == document["RequestId"]
    assert parsedate_to_datetime(reply.headers["Date"])
    assert emulator.ledger == []
    assert (emulator.requests[-1]["status"], emulator.requests[-1]["code"]) == (status, code)
    return document


@pytest.mark.parametrize("secure", [False, True], ids=["http", "https"])
@pytest.mark.parametrize("account", ["operator", "temporary"])
def test_takes_what_the_official_library_signed(emulator: Emulator, account: str, secure: bool) -> None:
    reply = emulator.send(emulator.request(account=account), secure=secure)
    assert (reply.status, reply.document["Result"]) == (200, True)
    assert reply.headers["x-acs-request-id"] == reply.document["RequestId"]
    assert emulator.requests[-1]["scheme"] == ("https" if secure else "http")


@pytest.mark.parametrize("token", [" ~/*-+", "a b+c/d=e", "100%", "a&b?c#d", '"\\<>'])
@pytest.mark.parametrize("encoding", ["form", "percent"])
def test_takes_either_spelling_of_the_query(emulator: Emulator, token: str, encoding: str) -> None:
    request = emulator.request(query={"ClientToken": token})
    if encoding == "percent":
        request.wire_query = request.wire_query.replace("+", "%20")
    assert emulator.send(request).status == 200
    assert emulator.ledger[0]["client_token"] == token


def test_takes_a_body(emulator: Emulator) -> None:
    headers = {"content-type": "application/json; charset=utf-8"}
    assert emulator.snapshot(body=b'"text"', headers=headers).status == 200
    assert emulator.requests[-1]["body_size"] == 6


def test_takes_requests_as_a_proxy(emulator: Emulator) -> None:
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
def test_missing_header(emulator: Emulator, header: str, code: str) -> None:
    request = emulator.request()
    del request.headers[header]
    request.sign()
    refused(emulator, emulator.send(request), 400, code)


def test_other_version(emulator: Emulator) -> None:
    refused(emulator, emulator.snapshot(headers={"x-acs-version": "2014-05-26"}), 400, "InvalidVersion")


def test_other_action(emulator: Emulator) -> None:
    refused(emulator, emulator.snapshot(headers={"x-acs-action": "RunInstances"}), 404, "InvalidAction.NotFound")


@pytest.mark.parametrize("change", [{"method": "GET"}, {"path": "/openapi/instances/a/snapshot"}, {"path": "/"}])
def test_other_method_or_path(emulator: Emulator, change: dict[str, str]) -> None:
    request = emulator.request()
    vars(request).update(change)
    request.sign()
    refused(emulator, emulator.send(request), 404, "InvalidApi.NotFound")


@pytest.mark.parametrize("date", ["Mon, 01 Jan 2024 00:00:00 GMT", "2024-13-01T00:00:00Z", "2024-01-01T00:00:00+00:00"])
def test_date_in_another_form(emulator: Emulator, date: str) -> None:
    refused(emulator, emulator.snapshot(headers={"x-acs-date": date}), 400, "InvalidTimeStamp.Format")


@pytest.mark.parametrize("offset", [-960, 960])
def test_date_too_far_off(emulator: Emulator, offset: float) -> None:
    refused(emulator, emulator.snapshot(clock_offset=offset), 400, "InvalidTimeStamp.Expired")
    assert emulator.snapshot(clock_offset=offset * 0.9).status == 200


def test_clock_that_is_set_wrong_shows_in_the_answer(emulator: Emulator) -> None:
    emulator.settings(clock_offset=-3600)
    reply = emulator.snapshot()
    refused(emulator, reply, 400, "InvalidTimeStamp.Expired")
    emulator.settings(clock_offset=0)
    right = emulator.snapshot()
    difference = parsedate_to_datetime(right.headers["Date"]) - parsedate_to_datetime(reply.headers["Date"])
    assert abs(difference.total_seconds() - 3600) < 5


def test_no_authorization(emulator: Emulator) -> None:
    request = emulator.request()
    del request.headers["authorization"]
    refused(emulator, emulator.send(request), 400, "IncompleteSignature")


def test_other_algorithm(emulator: Emulator) -> None:
    request = emulator.request()
    request.headers["authorization"] = request.headers["authorization"].replace("SHA256", "SM3")
    refused(emulator, emulator.send(request), 400, "InvalidSignatureMethod")


def test_unknown_access_key(emulator: Emulator) -> None:
    emulator.accounts["stranger"] = {"access_key_id": "Stranger", "access_key_secret": "none"}
    refused(emulator, emulator.snapshot(account="stranger"), 404, "InvalidAccessKeyId.NotFound")


def test_temporary_key_without_its_token(emulator: Emulator) -> None:
    del emulator.accounts["temporary"]["security_token"]
    refused(emulator, emulator.snapshot(account="temporary"), 400, "MissingSecurityToken")


@pytest.mark.parametrize("account", ["temporary", "operator"])
def test_token_of_another_key(emulator: Emulator, account: str) -> None:
    reply = emulator.snapshot(account=account, headers={"x-acs-security-token": "A" * 128})
    refused(emulator, reply, 400, "InvalidSecurityToken.MismatchWithAccessKey")


def test_malformed_token(emulator: Emulator) -> None:
    reply = emulator.snapshot(account="temporary", headers={"x-acs-security-token": "a token, not"})
    refused(emulator, reply, 400, "InvalidSecurityToken.Malformed")


def test_body_that_was_not_hashed(emulator: Emulator) -> None:
    request = emulator.request()
    request.body = b"more"
    document = refused(emulator, emulator.send(request), 400, "SignatureDoesNotMatch")
    assert "x-acs-content-sha256" in document["Message"]


def test_wrong_secret(emulator: Emulator) -> None:
    request = emulator.request(account="temporary")
    request.account = {**request.account, "access_key_secret": "wrong"}
    request.sign()
    message = refused(emulator, emulator.send(request), 400, "SignatureDoesNotMatch")["Message"]
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
def test_request_changed_after_signing(emulator: Emulator, name: str, value: str) -> None:
    request = emulator.request()
    setattr(request, name, value)
    refused(emulator, emulator.send(request), 400, "SignatureDoesNotMatch")


def test_header_changed_after_signing(emulator: Emulator) -> None:
    request = emulator.request()
    request.headers["accept"] = "*/*"
    refused(emulator, emulator.send(request), 400, "SignatureDoesNotMatch")


@pytest.mark.parametrize("name", ["host", "x-acs-action", "x-acs-more", "content-type"])
def test_header_left_unsigned(emulator: Emulator, name: str) -> None:
    headers = {"x-acs-more": "more", "content-type": "text/plain"}
    reply = emulator.snapshot(headers=headers, unsigned=(name,))
    assert name in refused(emulator, reply, 400, "IncompleteSignature")["Message"]


def test_accept_may_be_left_unsigned(emulator: Emulator) -> None:
    assert emulator.snapshot(unsigned=("accept",)).status == 200


@pytest.mark.parametrize("query", ["ClientToken=a&ClientToken=a", "ClientToken=%FF"])
def test_query_that_cannot_be_judged(emulator: Emulator, query: str) -> None:
    request = emulator.request(query={"ClientToken": "a"})
    request.wire_query = query
    refused(emulator, emulator.send(request), 400, "InvalidParameter")


def test_nonce_used_before(emulator: Emulator) -> None:
    request = emulator.request(query={})
    assert emulator.send(request).code == "MissingClientToken"
    refused(emulator, emulator.send(request), 400, "SignatureNonceUsed")


def test_reader_may_not_write(emulator: Emulator) -> None:
    detail = refused(emulator, emulator.snapshot(account="reader"), 403, "Forbidden.RAM")["AccessDeniedDetail"]
    assert detail["AuthAction"] == "elasticsearch:CreateSnapshot"
    assert detail["NoPermissionType"] == "ImplicitDeny"
    assert {"AuthPrincipalType", "AuthPrincipalOwnerId"} <= set(detail)


def test_forbidden_instance(emulator: Emulator) -> None:
    document = refused(emulator, emulator.snapshot(instance="forbidden"), 403, "Forbidden.RAM")
    assert document["AccessDeniedDetail"]["NoPermissionType"] == "ExplicitDeny"


@pytest.mark.parametrize("query", [{}, {"ClientToken": ""}, {"clientToken": "a"}])
def test_no_client_token(emulator: Emulator, query: dict[str, str]) -> None:
    refused(emulator, emulator.snapshot(query=query), 400, "MissingClientToken")


@pytest.mark.parametrize("token", ["a" * 65, "é"])
def test_bad_client_token(emulator: Emulator, token: str) -> None:
    refused(emulator, emulator.snapshot(query={"ClientToken": token}), 400, "InvalidClientToken")
    assert emulator.snapshot(query={"ClientToken": "a" * 64}).status == 200


def test_unknown_instance(emulator: Emulator) -> None:
    refused(emulator, emulator.snapshot(instance="absent"), 400, "InstanceNotFound")
    emulator.instances["odd"] = "a/b ä"
    refused(emulator, emulator.snapshot(instance="odd"), 400, "InstanceNotFound")


def test_activating_instance(emulator: Emulator) -> None:
    for _attempt in range(3):
        refused(emulator, emulator.snapshot(instance="activating"), 400, "InstanceActivating")
    emulator.settings(activating_requests=2)
    replies = [emulator.snapshot(instance="activating") for _attempt in range(4)]
    assert [reply.status for reply in replies] == [400, 400, 200, 200]


def test_no_secret_in_what_is_shown(emulator: Emulator, started: Started) -> None:
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

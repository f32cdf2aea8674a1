# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest

from ansible_collections.aliyun.elasticsearch.plugins.module_utils._errors import REFUSED, UNKNOWN, AliyunError
from ansible_collections.aliyun.elasticsearch.plugins.module_utils._http.transport import Response
from ansible_collections.aliyun.elasticsearch.plugins.module_utils._openapi.errors import ERROR_CODES
from ansible_collections.aliyun.elasticsearch.tests.unit.plugins.module_utils._openapi.fake_transport import attempt

REQUEST_ID = "8EA34ABE-3C51-4C7B-8A8C-27C3B4B5A8D1"

PASSING = {
    "ConcurrencyUpdateInstanceConflict": REFUSED,
    "IdempotenceProcessing": UNKNOWN,
    "IdempotentProcessing": UNKNOWN,
    "InstanceActivating": REFUSED,
    "InstanceDuplicateScheduledTask": REFUSED,
    "InstanceStatusNotSupportCurrentAction": REFUSED,
    "InternalError": UNKNOWN,
    "InternalServerError": UNKNOWN,
    "LastTokenProcessing": UNKNOWN,
    "QPS Limit Exceeded": REFUSED,
    "Rejected.Throttling": REFUSED,
    "RepetitionOperationError": UNKNOWN,
    "ServiceUnavailable": UNKNOWN,
    "SignatureNonceUsed": UNKNOWN,
    "Throttling": REFUSED,
    "Throttling.Api": REFUSED,
    "Throttling.User": REFUSED,
    "TokenPreviousRequestProcessError": UNKNOWN,
}
LASTING = [
    "Forbidden.RAM",
    "IdempotentParameterMismatch",
    "IncompleteSignature",
    "InstanceNotFound",
    "InvalidAccessKeyId.Inactive",
    "InvalidAccessKeyId.NotFound",
    "InvalidApi.NotFound",
    "InvalidProduct.NotFound",
    "InvalidProtocol.NeedSsl",
    "InvalidSecurityToken.Expired",
    "InvalidSecurityToken.Malformed",
    "InvalidSecurityToken.MismatchWithAccessKey",
    "InvalidSignatureMethod",
    "InvalidTimeStamp.Expired",
    "InvalidTimeStamp.Format",
    "MissingClientToken",
    "MissingSecurityToken",
    "NoPermission",
    "NotAuthorized",
    "SignatureDoesNotMatch",
    "UnsupportedHTTPMethod",
]


def error(body: bytes, status: int = 200, headers: Mapping[str, str] | None = None, **more: Any) -> AliyunError:
    with pytest.raises(AliyunError) as caught:
        attempt(Response(status, headers or {}, body, **more))
    return caught.value


def refusal(code: str, **more: object) -> bytes:
    return json.dumps({"Code": code, "Message": "Said so.", "RequestId": REQUEST_ID, **more}).encode()


ALLOW = "A RAM policy has to allow elasticsearch:CreateSnapshot on acs:elasticsearch:r:*:instances/es-1."
KEYS = "Check the access key pair and, for temporary credentials, the security token that belongs to it."
BUSY = "The instance is busy with another change; wait until its status is active."
IN_PROGRESS = "An earlier request with the same ClientToken is still being processed."
CLOCK = "Check this host's clock; the response does not tell the server's time."
# What each family means: whether it may be sent again, what is known of it if that does not help, and the hint.
TABLE = {
    "ConcurrencyUpdateInstanceConflict": (True, REFUSED, ""),
    "InstanceActivating": (True, REFUSED, BUSY),
    "InstanceDuplicateScheduledTask": (True, REFUSED, BUSY),
    "InstanceStatusNotSupportCurrentAction": (
        True,
        REFUSED,
        "See its status with aliyun.elasticsearch.es_instance_info: activating passes, while an instance that is "
        "inactive is frozen, as with an unpaid bill.",
    ),
    "QPS Limit Exceeded": (True, REFUSED, ""),
    "Throttling": (
        True,
        REFUSED,
        "The API is throttling. Run the task again in some minutes, raise retries, or run fewer tasks at once.",
    ),
    "InternalError": (True, UNKNOWN, ""),
    "InternalServerError": (True, UNKNOWN, ""),
    "ServiceUnavailable": (True, UNKNOWN, ""),
    "SignatureNonceUsed": (True, UNKNOWN, ""),
    "IdempotenceProcessing": (True, UNKNOWN, IN_PROGRESS),
    "IdempotentProcessing": (True, UNKNOWN, IN_PROGRESS),
    "LastTokenProcessing": (True, UNKNOWN, IN_PROGRESS),
    "RepetitionOperationError": (True, UNKNOWN, "The same operation is still being processed."),
    "TokenPreviousRequestProcessError": (True, UNKNOWN, IN_PROGRESS),
    "Forbidden": (False, REFUSED, ALLOW),
    "IdempotentParameterMismatch": (
        False,
        REFUSED,
        "The client_token was used before, for another request; each instance and each snapshot needs its own.",
    ),
    "IncompleteSignature": (False, REFUSED, ""),
    "InstanceNotFound": (False, REFUSED, "Check the instance's ID and its region: example.test:8443 was asked."),
    "InvalidAccessKeyId": (False, REFUSED, KEYS),
    "InvalidApi": (False, REFUSED, ""),
    "InvalidProduct": (False, REFUSED, ""),
    "InvalidProtocol": (False, REFUSED, ""),
    "InvalidSecurityToken": (False, REFUSED, KEYS),
    "InvalidSignatureMethod": (False, REFUSED, ""),
    "InvalidTimeStamp": (False, REFUSED, CLOCK),
    "MissingClientToken": (False, REFUSED, ""),
    "MissingSecurityToken": (False, REFUSED, KEYS),
    "NoPermission": (False, REFUSED, ALLOW),
    "NotAuthorized": (False, REFUSED, ALLOW),
    "SignatureDoesNotMatch": (False, REFUSED, KEYS),
    "UnsupportedHTTPMethod": (False, REFUSED, ""),
}


class TestErrorCodes:
    def test_error_codes_are_those_of_this_table(self) -> None:
        assert set(ERROR_CODES) == set(TABLE)

    @pytest.mark.parametrize("tail", ["", ".Sub", ".Sub.Sub"])
    @pytest.mark.parametrize("status", [200, 400, 404, 500, 502])
    @pytest.mark.parametrize("code", TABLE)
    def test_error_codes_say_for_each_family_whether_to_retry_what_is_known_and_what_to_do(
        self, code: str, status: int, tail: str
    ) -> None:
        refused = error(refusal(code + tail), status)
        assert (refused.retryable, refused.outcome, refused.hint) == TABLE[code]
        assert refused.code == code + tail

    @pytest.mark.parametrize("code", TABLE)
    def test_error_codes_without_a_hint_have_that_of_status_403(self, code: str) -> None:
        refused = error(refusal(code), 403)
        assert refused.hint == (TABLE[code][2] or ALLOW)
        assert (refused.retryable, refused.outcome) == TABLE[code][:2]

    @pytest.mark.parametrize("code", TABLE)
    def test_error_codes_leave_the_outcome_open_beside_a_result_of_true_unless_they_say_no(self, code: str) -> None:
        refused = error(refusal(code, Result=True), 200)
        retryable = TABLE[code][0]
        assert (refused.outcome, refused.retryable) == (UNKNOWN if retryable else REFUSED, retryable)

    @pytest.mark.parametrize("code", TABLE)
    def test_error_codes_that_end_with_throttling_are_retryable_whatever_stands_before(self, code: str) -> None:
        refused = error(refusal(f"{code}.Throttling"), 400)
        expected = TABLE[code] if TABLE[code][0] else TABLE["Throttling"]
        assert (refused.retryable, refused.outcome, refused.hint) == expected

    @pytest.mark.parametrize("code", TABLE)
    def test_error_codes_need_a_dot_before_what_follows(self, code: str) -> None:
        refused = error(refusal(f"{code}X"), 501)
        if code == "Throttling":  # this word counts in any place
            assert (refused.retryable, refused.outcome) == TABLE[code][:2]
        else:
            assert (refused.retryable, refused.outcome, refused.hint) == (False, UNKNOWN, "")


class TestCodes:
    @pytest.mark.parametrize("status", [200, 400, 404, 409, 429, 500, 503])
    @pytest.mark.parametrize(("code", "outcome"), PASSING.items())
    def test_error_for_a_code_that_passes_is_retryable_whatever_the_status(
        self, code: str, outcome: str, status: int
    ) -> None:
        refused = error(refusal(code), status)
        assert (refused.outcome, refused.retryable, refused.code) == (outcome, True, code)
        assert (refused.http_status, refused.request_id, refused.message) == (status, REQUEST_ID, "Said so.")

    @pytest.mark.parametrize("status", [200, 400, 403, 404, 409, 500, 503])
    @pytest.mark.parametrize("code", LASTING)
    def test_error_for_a_code_that_says_no_is_final_whatever_the_status(self, code: str, status: int) -> None:
        refused = error(refusal(code), status)
        assert (refused.outcome, refused.retryable, refused.code) == (REFUSED, False, code)

    @pytest.mark.parametrize("body", ["json", "xml"])
    @pytest.mark.parametrize("names", [str, str.lower, str.upper, lambda name: name[0].lower() + name[1:]])
    def test_error_for_a_document_reads_json_and_xml_with_any_capitalisation(self, body: str, names: Any) -> None:
        fields = {"Code": "Unheard", "Message": "m", "RequestId": "r", "HostId": "h", "Recommend": "https://x/?a=1"}
        named = {names(name): value for name, value in fields.items()}
        text = json.dumps(named) if body == "json" else "".join(f"<{n}>{v}</{n}>" for n, v in named.items())
        refused = error((text if body == "json" else f"<Error>{text}</Error>").encode(), 400)
        assert (refused.outcome, refused.retryable) == (REFUSED, False)
        assert {
            "Code": refused.code,
            "Message": refused.message,
            "RequestId": refused.request_id,
            "HostId": refused.host_id,
            "Recommend": refused.recommend,
        } == fields

    def test_error_for_an_xml_document_reads_it_behind_an_xml_declaration(self) -> None:
        body = b"<?xml version='1.0' encoding='UTF-8'?><Error><Code>Throttling.User</Code><Message/></Error>"
        refused = error(body, 400)
        assert (refused.outcome, refused.retryable, refused.code) == (REFUSED, True, "Throttling.User")
        assert refused.message == "The API gave no message."

    @pytest.mark.parametrize(
        ("status", "outcome", "retryable"),
        [
            (200, REFUSED, False),
            (204, REFUSED, False),
            (302, REFUSED, False),
            (400, REFUSED, False),
            (408, REFUSED, False),
            (409, REFUSED, False),
            (429, REFUSED, True),
            (499, REFUSED, False),
            (500, UNKNOWN, True),
            (501, UNKNOWN, False),
            (502, UNKNOWN, True),
            (503, UNKNOWN, True),
            (504, UNKNOWN, True),
            (505, UNKNOWN, False),
        ],
    )
    def test_error_for_a_code_never_heard_of_is_judged_by_the_status(
        self, status: int, outcome: str, retryable: bool
    ) -> None:
        refused = error(refusal("Unheard"), status)
        assert (refused.outcome, refused.retryable, refused.code) == (outcome, retryable, "Unheard")

    @pytest.mark.parametrize("code", ["throttling", "XInternalError", "InternalErrorX", "Code InvalidX"])
    def test_error_for_a_code_that_only_resembles_a_known_one_is_not_that_ones(self, code: str) -> None:
        refused = error(refusal(code), 500)
        assert (refused.outcome, refused.retryable, refused.code) == (UNKNOWN, True, code)
        assert not error(refusal(code), 400).retryable

    @pytest.mark.parametrize("code", [None, 500.5, "", " \x00", [], {}, True])
    def test_error_for_a_code_that_is_no_text_has_none(self, code: Any) -> None:
        refused = error(json.dumps({"Code": code, "Message": "m"}).encode(), 400)
        assert (refused.code, refused.outcome, refused.message) == (None, REFUSED, "m")

    def test_error_for_a_number_has_it_as_code(self) -> None:
        refused = error(json.dumps({"Code": 500, "Message": "m", "Result": True}).encode(), 200)
        assert (refused.code, refused.outcome, refused.message) == ("500", UNKNOWN, "m")

    @pytest.mark.parametrize("message", [None, 500, "", " \x00", [], {}])
    def test_error_for_a_message_that_is_no_text_says_that_there_is_none(self, message: Any) -> None:
        refused = error(json.dumps({"Code": "Unheard", "Message": message}).encode(), 400)
        assert refused.message == "The API gave no message."

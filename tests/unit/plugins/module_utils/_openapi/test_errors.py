# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.aliyun.elasticsearch.plugins.module_utils._errors import REFUSED, UNKNOWN, AliyunError
from ansible_collections.aliyun.elasticsearch.plugins.module_utils._http.transport import Response
from ansible_collections.aliyun.elasticsearch.plugins.module_utils._openapi.credentials import Credentials
from ansible_collections.aliyun.elasticsearch.plugins.module_utils._openapi.errors import ERROR_CODES
from ansible_collections.aliyun.elasticsearch.plugins.module_utils._openapi.operations import ENGINE, check_upgrade
from ansible_collections.aliyun.elasticsearch.plugins.module_utils._openapi.response import ApiResponse
from ansible_collections.aliyun.elasticsearch.tests.unit.plugins.module_utils._openapi.fake_transport import attempt

SECRET = "kX+9/aB=q<e>&\"'"
KEYS = Credentials("the-id", SECRET)
REQUEST_ID = "8EA34ABE-3C51-4C7B-8A8C-27C3B4B5A8D1"


def accept(body: bytes, status: int = 200, headers: Mapping[str, str] | None = None, **more: Any) -> ApiResponse:
    return attempt(Response(status, headers or {}, body, **more), credentials=KEYS)


def error(body: bytes, status: int = 200, headers: Mapping[str, str] | None = None, **more: Any) -> AliyunError:
    with pytest.raises(AliyunError) as caught:
        accept(body, status, headers, **more)
    return caught.value


def refusal(code: str, **more: object) -> bytes:
    return json.dumps({"Code": code, "Message": "Said so.", "RequestId": REQUEST_ID, **more}).encode()


class TestContradictions:
    @pytest.mark.parametrize("status", [100, 199, 300, 302, 304, 400, 403, 404, 429, 500, 503, 999])
    def test_error_for_a_result_of_true_with_another_status_than_2xx_is_unknown(self, status: int) -> None:
        refused = error(b'{"Result": true}', status)
        assert (refused.http_status, refused.outcome) == (status, UNKNOWN)

    @pytest.mark.parametrize("code", ['"Unheard"', '"Throttling"', '"InstanceActivating"', "500", '"201"'])
    def test_error_for_a_result_of_true_beside_a_code_is_unknown(self, code: str) -> None:
        assert error(f'{{"Result": true, "Code": {code}}}'.encode()).outcome == UNKNOWN

    @pytest.mark.parametrize("code", ["Forbidden.RAM", "InstanceNotFound", "SignatureDoesNotMatch"])
    def test_error_for_a_result_of_true_beside_a_code_that_always_says_no_is_a_refusal(self, code: str) -> None:
        refused = error(f'{{"Result": true, "Code": "{code}"}}'.encode())
        assert (refused.outcome, refused.retryable) == (REFUSED, False)

    def test_error_for_a_result_of_true_in_a_response_that_was_cut_is_unknown(self) -> None:
        refused = error(b'{"Result": true}', is_too_long=True)
        assert (refused.outcome, refused.retryable) == (UNKNOWN, False)
        assert "more than 16 bytes" in refused.message


class TestNotTrue:
    @pytest.mark.parametrize(
        "body",
        [
            b'{"Result": false}',
            b'{"result": false}',
            b'{"Result": false, "Message": "", "Code": ""}',
            b"<Result>false</Result>",
        ],
    )
    def test_error_for_a_result_of_false_is_a_refusal(self, body: bytes) -> None:
        refused = error(body)
        assert (refused.outcome, refused.retryable, refused.code) == (REFUSED, False, None)
        assert refused.message == "The API answered 'Result: false' and gave no reason."

    def test_error_for_a_result_of_false_keeps_the_reason_that_came_with_it(self) -> None:
        refused = error(b'{"Result": false, "Message": "A snapshot is running."}')
        assert (refused.outcome, refused.message) == (REFUSED, "A snapshot is running.")

    @pytest.mark.parametrize(
        "body",
        [
            b'{"Result": "true"}',
            b'{"Result": "false"}',
            b'{"Result": 1}',
            b'{"Result": 0}',
            b'{"Result": null}',
            b'{"Result": {}}',
            b'{"Result": [true]}',
            b"{}",
            b'{"Data": {"Result": true}}',
            b'{"Result": TRUE}',
            b'{"Result": 1e999}',
            b'{"Result": NaN}',
            b'{"Result": ' + b"9" * 100_000 + b"}",
            b"[]",
            b'[{"Result": true}]',
            b'"Result"',
            b"true",
            b"1",
            b"null",
            b"",
            b" ",
            b"\xef\xbb\xbf",
            b'{"Result": true',
            b'{"Result": true}\x00',
            b'{"Result": true}{"Result": true}',
            b'{"Re\xffsult": true}',
            '{"Result": true}'.encode("utf-16"),
            '{"Re\u017fult": true}'.encode(),
            b'{"Result": true, "result": false}',
            b'{"result": false, "RESULT": true}',
            b"<Result>1</Result>",
            b"<Result/>",
            b"<Result>TRUE</Result>",
            b"<Result>true",
            b"<Result>true</result>",
            b"<Result>true</Result><Result>false</Result>",
            b"<Result>true</Result><result>false</result>",
            b"<r:Result xmlns:r='x'>true</r:Result>",
            b"<Response><Result>true</Result></Response>",
            b"<html><body><Result>true</Result></body></html>",
            b"<p>Welcome<br>to the <b>portal</b>",
            b"<Error><Result>true</Result></Error>",
            b"</Answer><Result>true</Result><Answer>",
            b"</Response><Result>true</Result><Response>",
            b'<!DOCTYPE x [<!ENTITY t "true">]><Result>&t;</Result>',
            b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY t "true">]><Result>&t;</Result>',
            b"<Result>&true;</Result>",
        ],
    )
    def test_error_for_anything_else_is_unknown_and_final(self, body: bytes) -> None:
        refused = error(body)
        assert (refused.outcome, refused.retryable, refused.code, refused.http_status) == (UNKNOWN, False, None, 200)

    def test_error_for_a_name_that_stands_twice_with_two_values_is_unknown(self) -> None:
        assert error(b'{"Result": false, "Result": true}').outcome == UNKNOWN

    @pytest.mark.parametrize(
        "body",
        [
            b"<Result>true</Result>Bad gateway",
            b"<Result>true<Result>false</Result></Result>",
            b"<Result>true</Result><Error><Code>InternalError</Code></Error>",
        ],
    )
    def test_error_for_xml_that_is_more_than_the_documented_response_is_unknown(self, body: bytes) -> None:
        assert error(body).outcome == UNKNOWN


class TestRetryAfter:
    @pytest.mark.parametrize(
        ("value", "seconds"),
        [
            ("1", 0.001),
            ("1500", 1.5),
            (" 200 ", 0.2),
            ("999999999999999", 999999999999.999),
            ("0", None),
            ("000", None),
            ("-5", None),
            ("+5", None),
            ("1.5", None),
            ("1e3", None),
            ("9" * 16, None),
            ("9" * 5000, None),
            ("٣", None),
            ("Wed, 21 Oct 2026 07:28:00 GMT", None),
            ("100, 200", None),
            ("", None),
        ],
    )
    def test_retry_after_is_a_positive_whole_number_of_milliseconds(self, value: str, seconds: float | None) -> None:
        refused = error(refusal("Unheard"), 400, {"x-acs-retry-after": value})
        assert refused.retry_after == seconds
        assert refused.retryable == (seconds is not None)
        assert refused.outcome == REFUSED

    @pytest.mark.parametrize("status", [200, 302])
    def test_retry_after_does_not_count_below_status_400(self, status: int) -> None:
        refused = error(refusal("Unheard"), status, {"x-acs-retry-after": "100"})
        assert (refused.retry_after, refused.retryable) == (None, False)

    def test_retry_after_makes_a_response_without_a_code_retryable(self) -> None:
        refused = error(b"<html>busy</html>", 400, {"x-acs-retry-after": "100"})
        assert (refused.retry_after, refused.retryable, refused.outcome) == (0.1, True, REFUSED)

    def test_retry_after_does_not_outdo_a_code_that_says_no(self) -> None:
        assert not error(refusal("InstanceNotFound"), 404, {"x-acs-retry-after": "100"}).retryable


class TestNotTheApi:
    @pytest.mark.parametrize(
        ("status", "outcome", "retryable"),
        [
            (200, UNKNOWN, False),
            (400, REFUSED, False),
            (403, REFUSED, False),
            (404, REFUSED, False),
            (407, REFUSED, False),
            (408, UNKNOWN, False),
            (429, REFUSED, True),
            (499, UNKNOWN, False),
            (500, UNKNOWN, True),
            (501, UNKNOWN, False),
            (502, UNKNOWN, True),
            (503, UNKNOWN, True),
            (504, UNKNOWN, True),
            (599, UNKNOWN, False),
        ],
    )
    def test_error_for_html_is_judged_by_the_status_and_quoted(
        self, status: int, outcome: str, retryable: bool
    ) -> None:
        body = b"<html>\r\n<h1>Bad Gateway</h1>\r\n</html>"
        refused = error(body, status, {"content-type": "text/html; charset=utf-8"})
        assert (refused.outcome, refused.retryable, refused.code) == (outcome, retryable, None)
        assert refused.message == (
            f"The response is not one of the API: HTTP {status}, text/html; charset=utf-8, {len(body)} bytes: "
            "'<html> <h1>Bad Gateway</h1> </html>'"
        )

    def test_error_for_an_empty_response_says_so(self) -> None:
        refused = error(b"", 502)
        assert (refused.outcome, refused.retryable) == (UNKNOWN, True)
        assert refused.message == "The response is not one of the API: HTTP 502, no content type, an empty body"

    @pytest.mark.parametrize("status", [300, 301, 302, 303, 307, 308])
    def test_error_for_a_redirect_is_a_refusal_that_names_where_it_leads(self, status: int) -> None:
        refused = error(b"<html>moved</html>", status, {"location": "https://elsewhere.test/\x1b[1m"})
        assert (refused.outcome, refused.retryable, refused.http_status) == (REFUSED, False, status)
        assert refused.message == (
            "The server answered with a redirect to https://elsewhere.test/ [1m, which is never followed."
        )

    def test_error_for_a_redirect_to_nowhere_is_a_refusal(self) -> None:
        assert "redirect to nowhere" in error(b"", 302).message

    def test_error_for_a_redirect_cuts_a_long_location(self) -> None:
        assert len(error(b"", 302, {"location": "https://" + "x" * 60_000}).message) < 300

    @pytest.mark.parametrize(
        "body",
        [
            b"x" * 1_000_000,
            b'{"Result": "' + b"x" * 1_000_000,
            b"<a>" * 100_000,
            b"\x00\x1b\x9b" * 100_000,
            "\u202e\u200b\U000e0001".encode() * 1000,
        ],
        ids=["text", "json", "xml", "control", "invisible"],
    )
    def test_error_for_what_is_no_document_has_a_short_and_printable_excerpt(self, body: bytes) -> None:
        message = error(body, 200, {"content-type": "x" * 1000}).message
        assert len(message) < 450
        assert message.isprintable()

    def test_error_for_what_is_no_document_quotes_its_beginning(self) -> None:
        assert error(b"x" * 1000).message.endswith(f", 1000 bytes: '{'x' * 199}…'")

    @pytest.mark.parametrize("field", ["Code", "Message", "RequestId", "HostId", "Recommend"])
    def test_error_for_a_document_redacts_and_cuts_every_field(self, field: str) -> None:
        refused = error(json.dumps({"Code": "C", field: f"a\x00\x1b\u2028 {SECRET} " + "x" * 10_000}).encode(), 400)
        values = [refused.code, refused.message, refused.request_id, refused.host_id, refused.recommend]
        (changed,) = (value for value in values if value and value.endswith("…"))
        assert changed.isprintable()
        assert changed.startswith("a [masked] ".replace("[masked]", "********"))
        assert len(changed) == (128 if field in ("Code", "RequestId") else 1000)

    @pytest.mark.parametrize(
        "respond",
        [
            lambda secret: (json.dumps({"Code": secret, "Message": secret, "RequestId": secret}), 400, {}),
            lambda secret: (json.dumps({"Code": "C", "HostId": secret, "Recommend": secret}), 400, {}),
            lambda secret: (json.dumps({"Nothing": secret}), 400, {}),
            lambda secret: (json.dumps({"Nothing": secret}, ensure_ascii=False) + "}", 400, {}),
            lambda secret: (f"x{secret}", 500, {"content-type": secret}),
            lambda secret: ("", 302, {"location": f"https://x/?{secret}"}),
            lambda secret: ("", 400, {"x-acs-request-id": secret}),
            lambda secret: ("x" * 195 + secret, 500, {}),
        ],
        ids=["fields", "other fields", "json", "broken json", "text", "location", "request id", "at the cut"],
    )
    def test_error_for_a_response_masks_a_secret_that_it_echoes(self, respond: Any) -> None:
        body, status, headers = respond(SECRET)
        refused = error(body.encode(), status, headers)
        shown = " ".join(str(value) for value in vars(refused).values())
        assert SECRET not in shown
        assert SECRET[:5] not in shown
        assert "****" in shown


NAMES = st.sampled_from(["Result", "result", "RESULT", "Code", "code", "Message", "RequestId", "requestid", "Data"])
VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(), st.sampled_from(["200", *ERROR_CODES])),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=3), inner, max_size=3)),
    max_leaves=5,
)
JSON = st.dictionaries(st.one_of(NAMES, st.text(max_size=3)), VALUES, max_size=5).map(lambda d: json.dumps(d).encode())
XML = st.lists(st.tuples(NAMES, st.sampled_from(["true", "false", "x", "&", "<b/>", ""])), max_size=4).map(
    lambda pairs: "".join(f"<{name}>{value}</{name}>" for name, value in pairs).encode()
)
BODIES = st.one_of(
    st.binary(max_size=200),
    JSON,
    XML,
    XML.map(lambda body: b"<Error>" + body + b"</Error>"),
    st.builds(lambda body, cut: body[:cut], st.one_of(JSON, XML), st.integers(0, 100)),
    st.builds(lambda body, noise: noise + body, st.one_of(JSON, XML), st.binary(max_size=3)),
)
HEADERS = st.dictionaries(
    st.sampled_from(["x-acs-request-id", "x-acs-retry-after", "content-type", "location", "date"]), st.text()
)


@given(
    BODIES, st.one_of(st.sampled_from([200, 400, 403, 429, 500, 503]), st.integers(100, 999)), HEADERS, st.booleans()
)
def test_no_response_raises_anything_else_or_is_accepted_without_a_true_result(
    body: bytes, status: int, headers: dict[str, str], is_too_long: bool
) -> None:
    try:
        accepted = accept(body, status, headers, is_too_long=is_too_long)
    except AliyunError as refused:
        assert refused.outcome in (REFUSED, UNKNOWN)
        assert refused.http_status == status
        assert refused.message.isprintable()
        assert refused.retry_after is None or refused.retry_after > 0
    else:
        assert 200 <= status < 300
        assert not is_too_long
        assert accepted.result is True
        assert re.search(rb'"result": true|<result>true</result>', body, re.IGNORECASE)


class TestSummary:
    @pytest.mark.parametrize(
        ("message", "summary"),
        [
            ("Said so.", "Said so."),
            ("Said so. server StringToSign is:ACS3 server CanonicalRequest is:POST", "Said so."),
            ("Said so. server string to sign is:POST\n/openapi", "Said so."),
            ("Said so, the server canonicalRequest is:POST", "Said so"),
            ("Said so (string to sign: POST)", "Said so"),
            ("server StringToSign is:ACS3", "The server signed something else."),
            ("The constringToSigned is none.", "The constringToSigned is none."),
            ("x" * 300, "x" * 300),
            ("x" * 301, "x" * 299 + "…"),
        ],
    )
    @pytest.mark.parametrize("code", ["SignatureDoesNotMatch", "Unheard"])
    def test_summary_is_the_message_without_what_the_server_signed_and_at_most_300_characters(
        self, code: str, message: str, summary: str
    ) -> None:
        refused = error(refusal(code, Message=message), 400)
        assert refused.summary == summary
        assert refused.message == message.replace("\n", " ")
        assert refused.reason() == f"{code}: {summary.rstrip('.')} (HTTP 400, RequestId {REQUEST_ID})."

    @pytest.mark.parametrize("body", [b'{"Result": false}', b'{"Code": "Unheard"}', b"<html>" + b"x" * 1000])
    def test_summary_is_the_message_where_that_is_not_the_apis(self, body: bytes) -> None:
        refused = error(body, 400)
        assert refused.summary == refused.message


class TestAtMostOnce:
    """A success that is not what was asked for, where the request must not be sent twice."""

    @staticmethod
    def error(status: int = 200, **fields: object) -> AliyunError:
        with pytest.raises(AliyunError) as caught:
            attempt(Response(status, {}, json.dumps(fields).encode()), check_upgrade("es-1", ENGINE, "8.17.0"))
        return caught.value

    @pytest.mark.parametrize("status", [200, 201, 202, 204, 299])
    @pytest.mark.parametrize(
        "fields",
        [
            {"Result": True},
            {"Result": False},
            {"Result": "success"},
            {"Result": {"dryRun": True}},
            {"Result": [{"status": "success"}]},
            {"Result": None},
            {},
            {"Code": "Unheard"},
            {"Code": 201, "Result": []},
            {"Code": "InstanceNotFound", "Result": True},
            {"Code": "InstanceActivating", "Result": False},
        ],
        ids=str,
    )
    def test_error_for_another_success_is_unknown_and_final(self, status: int, fields: dict[str, object]) -> None:
        found = self.error(status, **fields)
        assert (found.http_status, found.outcome, found.retryable) == (status, UNKNOWN, False)

    @pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b"null", b'{"Result": [', b"\xff"])
    def test_error_for_a_success_that_cannot_be_read_is_unknown_and_final(self, body: bytes) -> None:
        with pytest.raises(AliyunError) as caught:
            attempt(Response(200, {}, body), check_upgrade("es-1", ENGINE, "8.17.0"))
        assert (caught.value.outcome, caught.value.retryable) == (UNKNOWN, False)

    @pytest.mark.parametrize("status", [200, 400, 403, 404, 503])
    @pytest.mark.parametrize("code", ["InstanceNotFound", "Forbidden.RAM", "Throttling.User", "InstanceActivating"])
    def test_error_for_a_known_code_is_a_refusal(self, status: int, code: str) -> None:
        found = self.error(status, Code=code, Message="no")
        assert (found.outcome, found.retryable) == (REFUSED, code == "Throttling.User")

    @pytest.mark.parametrize("status", [300, 302, 307, 400, 403, 404, 499])
    def test_error_for_another_status_is_as_for_any_operation(self, status: int) -> None:
        found = self.error(status, Code="Unheard", Message="no", Result=False)
        assert (found.outcome, found.retryable) == (REFUSED, False)

    @pytest.mark.parametrize("status", [500, 502, 503, 504])
    @pytest.mark.parametrize("code", ["Unheard", "InternalError", "ServiceUnavailable"])
    def test_error_for_a_server_that_broke_is_unknown_and_final(self, status: int, code: str) -> None:
        found = self.error(status, Code=code, Message="no")
        assert (found.outcome, found.retryable) == (UNKNOWN, False)

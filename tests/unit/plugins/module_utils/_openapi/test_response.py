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

from ansible_collections.aliyun.elasticsearch.plugins.module_utils._openapi.response import Answer, judge
from ansible_collections.aliyun.elasticsearch.plugins.module_utils._errors import REFUSED, UNKNOWN, AliyunError
from ansible_collections.aliyun.elasticsearch.plugins.module_utils._http.transport import Response
from ansible_collections.aliyun.elasticsearch.plugins.module_utils._redaction import Redactor
from ansible_collections.aliyun.elasticsearch.tests.unit.support.interpreter import run_python

SECRET = "kX+9/aB=q<e>&\"'"
REQUEST_ID = "8EA34ABE-3C51-4C7B-8A8C-27C3B4B5A8D1"

PASSING = {
    "ConcurrencyUpdateInstanceConflict": REFUSED,
    "InstanceActivating": REFUSED,
    "InstanceDuplicateScheduledTask": REFUSED,
    "InstanceStatusNotSupportCurrentAction": REFUSED,
    "InternalError": UNKNOWN,
    "QPS Limit Exceeded": REFUSED,
    "Rejected.Throttling": REFUSED,
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


def said_true(fields: Mapping[str, object]) -> bool:
    return fields.get("result") is True


def no_advice(*_facts: object) -> str:
    return ""


def answer(body: bytes, status: int = 200, headers: Mapping[str, str] | None = None, **more: Any) -> Answer:
    return judge(Response(status, headers or {}, body, **more), said_true, Redactor([SECRET]), no_advice)


def error(body: bytes, status: int = 200, headers: Mapping[str, str] | None = None, **more: Any) -> AliyunError:
    with pytest.raises(AliyunError) as caught:
        answer(body, status, headers, **more)
    return caught.value


def refusal(code: str, **more: object) -> bytes:
    return json.dumps({"Code": code, "Message": "Said so.", "RequestId": REQUEST_ID, **more}).encode()


class TestAccepted:
    @pytest.mark.parametrize(
        "body",
        [
            b'{"Result": true, "RequestId": "R-1"}',
            b'{"result": true, "requestId": "R-1"}',
            b'{"RESULT": true, "REQUESTID": "R-1"}',
            b'{"rEsUlT": true, "requestid": "R-1"}',
            b'{"Result": true, "result": true, "RequestId": "R-1", "requestId": "R-1"}',
            b'\xef\xbb\xbf{"Result": true, "RequestId": "R-1"}',
            b' \r\n{"Result": true, "RequestId": "R-1"}\r\n ',
            b'{"Result": true, "RequestId": "R-1", "More": [{"a": null}], "\\ud800": "\\udfff"}',
            b'{"Result": true, "RequestId": "R-1", "Message": ""}',
            b"<Result>true</Result><RequestId>R-1</RequestId>",
            b"<RequestId>R-1</RequestId>\n<Result> true\n</Result>\n",
            b"<result>true</result><requestid>R-1</requestid>",
            b'<?xml version="1.0" encoding="UTF-8"?>\n<Result>true</Result><RequestId>R-1</RequestId>',
            b"\xef\xbb\xbf<Result>true</Result><RequestId>R-1</RequestId>",
            b" \r\n<Result>true</Result><RequestId>R-1</RequestId>",
        ],
    )
    @pytest.mark.parametrize("status", [200, 201, 202, 299])
    def test_a_result_of_true_is_accepted_with_its_request_id(self, body: bytes, status: int) -> None:
        accepted = answer(body, status)
        assert accepted.request_id == "R-1"
        assert accepted.fields["result"] is True

    @pytest.mark.parametrize("body", [b'{"Result": "{}"}', b"<Result>{}</Result>"])
    def test_a_result_that_is_a_text_stays_one(self, body: bytes) -> None:
        fields = judge(Response(200, {}, body), lambda fields: "result" in fields, Redactor(), no_advice).fields
        assert fields["result"] == "{}"

    @pytest.mark.parametrize(
        ("body", "header", "request_id"),
        [
            ({"RequestId": "body"}, "header", "body"),
            ({}, "header", "header"),
            ({"RequestId": ""}, "header", "header"),
            ({"RequestId": "\x00 \n"}, "header", "header"),
            ({"RequestId": None}, "header", "header"),
            ({"RequestId": 5}, "header", "header"),
            ({}, "", None),
            ({}, None, None),
            ({"RequestId": "a\x1b[31m\nb"}, None, "a [31m b"),
            ({"RequestId": "R" * 129}, None, "R" * 127 + "…"),
            ({}, "R" * 128, "R" * 128),
            ({}, "R" * 129, "R" * 127 + "…"),
            ({"RequestId": SECRET}, None, "********"),
            ({}, SECRET, "********"),
        ],
    )
    def test_the_request_id_is_the_bodys_else_the_headers(
        self, body: dict[str, Any], header: str | None, request_id: str | None
    ) -> None:
        headers = {} if header is None else {"x-acs-request-id": header}
        assert answer(json.dumps({"Result": True, **body}).encode(), headers=headers).request_id == request_id
        assert error(json.dumps({"Code": "Unheard", **body}).encode(), 400, headers).request_id == request_id

    @pytest.mark.parametrize("code", ["200", "OK", "ok", "Success", "success"])
    def test_a_code_that_means_success_counts_as_none(self, code: str) -> None:
        assert answer(json.dumps({"Result": True, "Code": code}).encode()).fields["code"] == code
        refused = error(json.dumps({"Result": False, "Code": code}).encode())
        assert (refused.outcome, refused.code) == (REFUSED, None)

    @pytest.mark.parametrize(
        ("headers", "seconds"),
        [({"date": "Thu, 01 Jan 1970 00:01:40 GMT"}, 100), ({"date": "today"}, None), ({}, None)],
    )
    def test_the_time_by_the_servers_clock_is_kept(self, headers: dict[str, str], seconds: float | None) -> None:
        assert answer(b'{"Result": true}', headers=headers).server_time == seconds

    @pytest.mark.parametrize("status", [100, 199, 300, 302, 304, 400, 403, 404, 429, 500, 503, 999])
    def test_a_result_of_true_with_another_status_than_2xx_is_not_accepted(self, status: int) -> None:
        refused = error(b'{"Result": true}', status)
        assert (refused.http_status, refused.outcome) == (status, UNKNOWN)

    @pytest.mark.parametrize("code", ['"Unheard"', '"Throttling"', '"InstanceActivating"', "500", '"201"'])
    def test_a_result_of_true_beside_a_code_leaves_the_outcome_open(self, code: str) -> None:
        assert error(f'{{"Result": true, "Code": {code}}}'.encode()).outcome == UNKNOWN

    @pytest.mark.parametrize("code", ["Forbidden.RAM", "InstanceNotFound", "SignatureDoesNotMatch"])
    def test_not_so_beside_one_that_always_says_no(self, code: str) -> None:
        refused = error(f'{{"Result": true, "Code": "{code}"}}'.encode())
        assert (refused.outcome, refused.retryable) == (REFUSED, False)

    @pytest.mark.parametrize("code", ["0", '"0"', "200", '"200"', '"OK"', '"Success"'])
    def test_a_code_of_success_is_none(self, code: str) -> None:
        assert answer(f'{{"Result": true, "Code": {code}}}'.encode()).fields["result"] is True

    def test_a_result_of_true_in_an_answer_that_was_cut_is_not_accepted(self) -> None:
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
    def test_a_result_of_false_is_a_refusal(self, body: bytes) -> None:
        refused = error(body)
        assert (refused.outcome, refused.retryable, refused.code) == (REFUSED, False, None)
        assert refused.message == "The API answered 'Result: false' and gave no reason."

    def test_a_result_of_false_keeps_the_reason_that_came_with_it(self) -> None:
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
            b'<!DOCTYPE x [<!ENTITY t "true">]><Result>&t;</Result>',
            b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY t "true">]><Result>&t;</Result>',
            b"<Result>&true;</Result>",
        ],
    )
    def test_anything_else_leaves_the_outcome_unknown_and_is_not_tried_again(self, body: bytes) -> None:
        refused = error(body)
        assert (refused.outcome, refused.retryable, refused.code, refused.http_status) == (UNKNOWN, False, None, 200)

    def test_a_name_that_stands_twice_with_two_values_is_not_accepted(self) -> None:
        assert error(b'{"Result": false, "Result": true}').outcome == UNKNOWN

    @pytest.mark.parametrize(
        "body",
        [
            b"<Result>true</Result>Bad gateway",
            b"<Result>true<Result>false</Result></Result>",
            b"<Result>true</Result><Error><Code>InternalError</Code></Error>",
        ],
    )
    def test_xml_that_is_more_than_the_documented_answer_is_not_accepted(self, body: bytes) -> None:
        assert error(body).outcome == UNKNOWN


class TestCodes:
    @pytest.mark.parametrize("status", [200, 400, 404, 409, 429, 500, 503])
    @pytest.mark.parametrize(("code", "outcome"), PASSING.items())
    def test_a_code_that_passes_is_tried_again_whatever_the_status(self, code: str, outcome: str, status: int) -> None:
        refused = error(refusal(code), status)
        assert (refused.outcome, refused.retryable, refused.code) == (outcome, True, code)
        assert (refused.http_status, refused.request_id, refused.message) == (status, REQUEST_ID, "Said so.")

    @pytest.mark.parametrize("status", [200, 400, 403, 404, 409, 500, 503])
    @pytest.mark.parametrize("code", LASTING)
    def test_a_code_that_says_no_is_final_whatever_the_status(self, code: str, status: int) -> None:
        refused = error(refusal(code), status)
        assert (refused.outcome, refused.retryable, refused.code) == (REFUSED, False, code)

    @pytest.mark.parametrize("body", ["json", "xml"])
    @pytest.mark.parametrize("names", [str, str.lower, str.upper, lambda name: name[0].lower() + name[1:]])
    def test_an_error_is_read_in_json_and_xml_with_any_capitalisation(self, body: str, names: Any) -> None:
        words = {"Code": "Unheard", "Message": "m", "RequestId": "r", "HostId": "h", "Recommend": "https://x/?a=1"}
        named = {names(name): value for name, value in words.items()}
        text = json.dumps(named) if body == "json" else "".join(f"<{n}>{v}</{n}>" for n, v in named.items())
        refused = error((text if body == "json" else f"<Error>{text}</Error>").encode(), 400)
        assert (refused.outcome, refused.retryable) == (REFUSED, False)
        assert {
            "Code": refused.code,
            "Message": refused.message,
            "RequestId": refused.request_id,
            "HostId": refused.host_id,
            "Recommend": refused.recommend,
        } == words

    def test_an_xml_error_is_read_behind_an_xml_declaration(self) -> None:
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
    def test_a_code_never_heard_of_is_judged_by_the_status(self, status: int, outcome: str, retryable: bool) -> None:
        refused = error(refusal("Unheard"), status)
        assert (refused.outcome, refused.retryable, refused.code) == (outcome, retryable, "Unheard")

    @pytest.mark.parametrize("code", ["throttling", "XInternalError", "InternalErrorX", "Code InvalidX"])
    def test_a_code_that_only_resembles_a_known_one_is_not_taken_for_it(self, code: str) -> None:
        refused = error(refusal(code), 500)
        assert (refused.outcome, refused.retryable, refused.code) == (UNKNOWN, True, code)
        assert not error(refusal(code), 400).retryable

    @pytest.mark.parametrize("code", [None, 500.5, "", " \x00", [], {}, True])
    def test_a_code_that_is_no_text_counts_as_none(self, code: Any) -> None:
        refused = error(json.dumps({"Code": code, "Message": "m"}).encode(), 400)
        assert (refused.code, refused.outcome, refused.message) == (None, REFUSED, "m")

    def test_a_number_is_a_code(self) -> None:
        refused = error(json.dumps({"Code": 500, "Message": "m", "Result": True}).encode(), 200)
        assert (refused.code, refused.outcome, refused.message) == ("500", UNKNOWN, "m")

    @pytest.mark.parametrize("message", [None, 500, "", " \x00", [], {}])
    def test_a_message_that_is_no_text_counts_as_none(self, message: Any) -> None:
        refused = error(json.dumps({"Code": "Unheard", "Message": message}).encode(), 400)
        assert refused.message == "The API gave no message."


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
    def test_only_a_positive_whole_number_of_milliseconds_throttles(self, value: str, seconds: float | None) -> None:
        refused = error(refusal("Unheard"), 400, {"x-acs-retry-after": value})
        assert refused.retry_after == seconds
        assert refused.retryable == (seconds is not None)
        assert refused.outcome == REFUSED

    @pytest.mark.parametrize("status", [200, 302])
    def test_below_status_400_it_is_not_looked_at(self, status: int) -> None:
        refused = error(refusal("Unheard"), status, {"x-acs-retry-after": "100"})
        assert (refused.retry_after, refused.retryable) == (None, False)

    def test_it_makes_an_answer_without_a_code_worth_another_try(self) -> None:
        refused = error(b"<html>busy</html>", 400, {"x-acs-retry-after": "100"})
        assert (refused.retry_after, refused.retryable, refused.outcome) == (0.1, True, REFUSED)

    def test_a_code_that_says_no_wins_over_it(self) -> None:
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
    def test_html_is_judged_by_the_status_and_quoted(self, status: int, outcome: str, retryable: bool) -> None:
        body = b"<html>\r\n<h1>Bad Gateway</h1>\r\n</html>"
        refused = error(body, status, {"content-type": "text/html; charset=utf-8"})
        assert (refused.outcome, refused.retryable, refused.code) == (outcome, retryable, None)
        assert refused.message == (
            f"The answer is not one of the API: HTTP {status}, text/html; charset=utf-8, {len(body)} bytes: "
            "'<html> <h1>Bad Gateway</h1> </html>'"
        )

    def test_an_empty_answer_is_called_so(self) -> None:
        refused = error(b"", 502)
        assert (refused.outcome, refused.retryable) == (UNKNOWN, True)
        assert refused.message == "The answer is not one of the API: HTTP 502, no content type, an empty body"

    @pytest.mark.parametrize("status", [300, 301, 302, 303, 307, 308])
    def test_a_redirect_is_a_refusal_that_names_where_it_leads(self, status: int) -> None:
        refused = error(b"<html>moved</html>", status, {"location": "https://elsewhere.test/\x1b[1m"})
        assert (refused.outcome, refused.retryable, refused.http_status) == (REFUSED, False, status)
        assert refused.message == (
            "The server answered with a redirect to https://elsewhere.test/ [1m, which is never followed."
        )

    def test_a_redirect_to_nowhere_is_a_refusal(self) -> None:
        assert "redirect to nowhere" in error(b"", 302).message

    def test_a_long_location_is_cut(self) -> None:
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
    def test_the_excerpt_is_short_and_printable(self, body: bytes) -> None:
        message = error(body, 200, {"content-type": "x" * 1000}).message
        assert len(message) < 450
        assert message.isprintable()

    def test_the_excerpt_is_the_beginning(self) -> None:
        assert error(b"x" * 1000).message.endswith(f", 1000 bytes: '{'x' * 199}…'")

    @pytest.mark.parametrize("field", ["Code", "Message", "RequestId", "HostId", "Recommend"])
    def test_every_field_is_cleaned_and_bounded(self, field: str) -> None:
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
        ids=["words", "other words", "json", "broken json", "text", "location", "request id", "at the cut"],
    )
    def test_a_secret_that_is_echoed_is_masked(self, respond: Any) -> None:
        body, status, headers = respond(SECRET)
        refused = error(body.encode(), status, headers)
        shown = " ".join(str(value) for value in vars(refused).values())
        assert SECRET not in shown
        assert SECRET[:5] not in shown
        assert "****" in shown


DEEP = {
    "json arrays": '"[" * 100_000',
    "json objects": "'{\"a\":' * 100_000",
    "closed json arrays": '"[" * 100_000 + "]" * 100_000',
    "xml": '"<a>" * 100_000',
    "closed xml": '"<a>" * 100_000 + "</a>" * 100_000',
    "xml in the result": '"<Result>" + "<a>" * 100_000 + "</a>" * 100_000 + "</Result>"',
}


@pytest.mark.parametrize("body", DEEP.values(), ids=list(DEEP))
def test_deep_nesting_is_an_error_and_no_crash_of_the_interpreter(body: str) -> None:
    code = f"""
from ansible_collections.aliyun.elasticsearch.plugins.module_utils._openapi.response import judge
from ansible_collections.aliyun.elasticsearch.plugins.module_utils._errors import AliyunError
from ansible_collections.aliyun.elasticsearch.plugins.module_utils._http.transport import Response
from ansible_collections.aliyun.elasticsearch.plugins.module_utils._redaction import Redactor
try:
    judge(Response(200, {{}}, ({body}).encode()), lambda fields: fields.get("result") is True, Redactor(), lambda *_: "")
except AliyunError as error:
    print(error.outcome, len(error.message) < 450)
"""
    assert run_python(code) == "unknown True\n"


@pytest.mark.parametrize("declared", ["", '<?xml version="1.0"?>'])
def test_an_entity_bomb_is_not_expanded(declared: str) -> None:
    entities = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 20))
    bomb = f'{declared}<!DOCTYPE x [<!ENTITY e0 "true">{entities}]><Result>&e19;</Result>'
    assert error(bomb.encode()).outcome == UNKNOWN


NAMES = st.sampled_from(["Result", "result", "RESULT", "Code", "code", "Message", "RequestId", "requestid", "Data"])
VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(), st.sampled_from([*PASSING, *LASTING])),
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
def test_no_answer_raises_anything_else_or_is_accepted_without_a_true_result(
    body: bytes, status: int, headers: dict[str, str], is_too_long: bool
) -> None:
    try:
        accepted = answer(body, status, headers, is_too_long=is_too_long)
    except AliyunError as refused:
        assert refused.outcome in (REFUSED, UNKNOWN)
        assert refused.http_status == status
        assert refused.message.isprintable()
        assert refused.retry_after is None or refused.retry_after > 0
    else:
        assert 200 <= status < 300
        assert not is_too_long
        assert accepted.fields["result"] is True
        assert re.search(rb'"result": true|<result>true</result>', body, re.IGNORECASE)

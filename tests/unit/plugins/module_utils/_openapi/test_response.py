# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.aliyun.elasticsearch.plugins.module_utils._errors import AliyunError
from ansible_collections.aliyun.elasticsearch.plugins.module_utils._http.transport import Response
from ansible_collections.aliyun.elasticsearch.plugins.module_utils._openapi.credentials import Credentials
from ansible_collections.aliyun.elasticsearch.plugins.module_utils._openapi.response import (
    ApiResponse,
    parse_document,
    parse_response,
)
from ansible_collections.aliyun.elasticsearch.plugins.module_utils._redaction import Redactor
from ansible_collections.aliyun.elasticsearch.tests.unit.plugins.module_utils._openapi.fake_transport import attempt
from ansible_collections.aliyun.elasticsearch.tests.unit.support.interpreter import run_python

SECRET = "kX+9/aB=q<e>&\"'"


def parse(body: bytes, status: int = 200, headers: Mapping[str, str] | None = None, **more: Any) -> ApiResponse:
    return parse_response(Response(status, headers or {}, body, **more), Redactor([SECRET]))


class TestParseResponse:
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
    def test_parse_response_reads_a_result_of_true_with_its_request_id(self, body: bytes, status: int) -> None:
        accepted = parse(body, status)
        assert accepted.is_success
        assert accepted.request_id == "R-1"
        assert accepted.fields is not None
        assert accepted.fields["result"] is True
        assert (accepted.result, accepted.status, accepted.code, accepted.attempts) == (True, status, None, 0)

    @pytest.mark.parametrize("body", [b'{"Result": "{}"}', b"<Result>{}</Result>"])
    def test_parse_response_keeps_a_result_that_is_a_text(self, body: bytes) -> None:
        parsed = parse(body)
        assert (parsed.is_success, parsed.result) == (True, "{}")

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
    def test_parse_response_takes_the_request_id_of_the_body_else_of_the_header(
        self, body: dict[str, Any], header: str | None, request_id: str | None
    ) -> None:
        headers = {} if header is None else {"x-acs-request-id": header}
        assert parse(json.dumps({"Result": True, **body}).encode(), headers=headers).request_id == request_id
        refusal = json.dumps({"Code": "Unheard", **body}).encode()
        assert parse(refusal, 400, headers).request_id == request_id
        with pytest.raises(AliyunError) as caught:
            attempt(Response(400, headers, refusal), credentials=Credentials("the-id", SECRET))
        assert caught.value.request_id == request_id

    @pytest.mark.parametrize("code", ["200", "OK", "ok", "Success", "success"])
    def test_parse_response_takes_a_code_that_means_success_for_none(self, code: str) -> None:
        accepted = parse(json.dumps({"Result": True, "Code": code}).encode())
        assert accepted.fields is not None
        assert (accepted.fields["code"], accepted.code, accepted.is_success) == (code, None, True)
        refused = parse(json.dumps({"Result": False, "Code": code}).encode())
        assert (refused.result, refused.code, refused.is_success) == (False, None, True)

    @pytest.mark.parametrize(
        ("headers", "seconds"),
        [({"date": "Thu, 01 Jan 1970 00:01:40 GMT"}, 100), ({"date": "today"}, None), ({}, None)],
    )
    def test_parse_response_keeps_the_time_by_the_servers_clock(
        self, headers: dict[str, str], seconds: float | None
    ) -> None:
        assert parse(b'{"Result": true}', headers=headers).server_time == seconds

    @pytest.mark.parametrize("code", ["0", '"0"', "200", '"200"', '"OK"', '"Success"'])
    def test_parse_response_takes_a_code_of_success_for_none_as_a_text_or_a_number(self, code: str) -> None:
        parsed = parse(f'{{"Result": true, "Code": {code}}}'.encode())
        assert (parsed.code, parsed.is_success, parsed.result) == (None, True, True)

    @pytest.mark.parametrize(
        ("code", "expected"),
        [
            ('"Unheard"', "Unheard"),
            ("500", "500"),
            ("-1", "-1"),
            ("true", None),
            ("1.5", None),
            ("[]", None),
            ('""', None),
            (f'"{"x" * 129}"', "x" * 127 + "…"),
            (json.dumps(SECRET), "********"),
        ],
    )
    def test_parse_response_reads_a_code_that_is_a_text_or_a_whole_number(
        self, code: str, expected: str | None
    ) -> None:
        parsed = parse(f'{{"Result": true, "Code": {code}}}'.encode())
        assert (parsed.code, parsed.is_success) == (expected, expected is None)

    @pytest.mark.parametrize(("status", "expected"), [(199, False), (200, True), (299, True), (300, False)])
    def test_is_success_needs_a_status_of_2xx(self, status: int, expected: bool) -> None:
        parsed = parse(b'{"Result": true}', status)
        assert (parsed.is_success, parsed.result, parsed.status) == (expected, True, status)

    @pytest.mark.parametrize("is_too_long", [False, True])
    def test_parse_response_reads_no_body_that_was_cut(self, is_too_long: bool) -> None:
        parsed = parse(b'{"Result": true}', is_too_long=is_too_long)
        assert (parsed.fields, parsed.is_success) == ((None, False) if is_too_long else ({"result": True}, True))

    @pytest.mark.parametrize("body", [b"<html>", b"", b"[]"])
    def test_parse_response_has_no_fields_and_no_result_for_what_is_no_document(self, body: bytes) -> None:
        parsed = parse(body, headers={"x-acs-request-id": "R-1"})
        assert (parsed.fields, parsed.result, parsed.code, parsed.request_id) == (None, None, None, "R-1")
        assert not parsed.is_success


class TestParseDocument:
    @pytest.mark.parametrize(
        ("body", "fields"),
        [
            (b"{}", {}),
            (b'{"Headers": {"X-Total-Count": 1}}', {"headers": {"X-Total-Count": 1}}),
            (b'{"Result": null, "code": 5}', {"result": None, "code": 5}),
            (b'{"A": 1, "a": 1}', {"a": 1}),
            (b"<Result>true</Result>", {"result": True}),
            (b"<Result>false</Result>", {"result": False}),
            (b"<Result>True</Result>", {"result": "True"}),
            (b"<Result/>", {"result": ""}),
            (b"<Code>true</Code>", {"code": "true"}),
            (b"<Error><Code>C</Code><Message> m </Message></Error>", {"code": "C", "message": "m"}),
            (b"<Error><Code>C</Code><Result>true</Result></Error>", {"code": "C"}),
            (b"<Error><Code>C</Code><Data><X/></Data></Error>", {"code": "C", "data": ""}),
        ],
    )
    def test_parse_document_reads_json_and_the_documented_xml(self, body: bytes, fields: dict[str, object]) -> None:
        assert parse_document(body) == fields

    @pytest.mark.parametrize(
        "body",
        [
            b"",
            b"[]",
            b'"a"',
            b"1",
            b"null",
            b"{",
            b"\xff",
            b'{"a": 1, "A": 2}',
            b'{"a": 1, "A": true}',
            b'{"a": 1, "a": 2}',
            b'{"b": {"a": 1, "a": 2}}',
            b"<a>",
            b"<a>1</a><A>2</A>",
            b"<a>1</a>tail",
            b"text <a>1</a>",
            b"<a><b>1</b></a>",
            b"<!DOCTYPE a><a>1</a>",
            b"</Response><Result>true</Result><Response>",
        ],
    )
    def test_parse_document_reads_nothing_from_what_is_neither_or_contradicts_itself(self, body: bytes) -> None:
        assert parse_document(body) is None


DEEP = {
    "json arrays": '"[" * 100_000',
    "json objects": "'{\"a\":' * 100_000",
    "closed json arrays": '"[" * 100_000 + "]" * 100_000',
    "xml": '"<a>" * 100_000',
    "closed xml": '"<a>" * 100_000 + "</a>" * 100_000',
    "xml in the result": '"<Result>" + "<a>" * 100_000 + "</a>" * 100_000 + "</Result>"',
}


@pytest.mark.parametrize("body", DEEP.values(), ids=list(DEEP))
def test_parse_response_survives_deep_nesting(body: str) -> None:
    code = f"""
from ansible_collections.aliyun.elasticsearch.plugins.module_utils._http.transport import Response
from ansible_collections.aliyun.elasticsearch.plugins.module_utils._openapi.errors import error_for
from ansible_collections.aliyun.elasticsearch.plugins.module_utils._openapi.operations import create_snapshot
from ansible_collections.aliyun.elasticsearch.plugins.module_utils._openapi.response import parse_response
from ansible_collections.aliyun.elasticsearch.plugins.module_utils._redaction import Redactor
response = Response(200, {{}}, ({body}).encode())
parsed = parse_response(response, Redactor())
error = error_for(
    response, parsed, create_snapshot("es-1", "t"), url="https://a.test", region=None, now=0, redact=Redactor()
)
print(parsed.fields, error.outcome, len(error.message) < 450)
"""
    assert run_python(code) == "None unknown True\n"


@pytest.mark.parametrize("declared", ["", '<?xml version="1.0"?>'])
def test_parse_document_does_not_expand_an_entity_bomb(declared: str) -> None:
    entities = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 20))
    bomb = f'{declared}<!DOCTYPE x [<!ENTITY e0 "true">{entities}]><Result>&e19;</Result>'
    assert parse_document(bomb.encode()) is None


NAMES = st.sampled_from(["Result", "result", "RESULT", "Code", "code", "Message", "RequestId", "requestid", "Data"])
VALUES = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.floats(),
        st.text(),
        st.sampled_from(["200", "Throttling.User", "InternalError", "InstanceNotFound"]),
    ),
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


@given(BODIES, st.integers(100, 999), HEADERS, st.booleans())
def test_parse_response_raises_nothing(body: bytes, status: int, headers: dict[str, str], is_too_long: bool) -> None:
    parsed = parse(body, status, headers, is_too_long=is_too_long)
    assert parsed.status == status
    for text in (parsed.code, parsed.request_id):
        assert text is None or (text.isprintable() and 0 < len(text) <= 128)
    if parsed.is_success:
        assert 200 <= status < 300
        assert not is_too_long
        assert parsed.fields is not None
        assert all(name == name.lower() for name in parsed.fields)

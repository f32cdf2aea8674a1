# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import datetime
import email.utils

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.aliyun.elasticsearch.plugins.module_utils._http.transport import Response, describe
from ansible_collections.aliyun.elasticsearch.plugins.module_utils._redaction import Redactor

SECRET = "s3cret+key"


def response(body: bytes = b"", status: int = 200, *, is_too_long: bool = False, **headers: str) -> Response:
    return Response(status, {name.replace("_", "-"): value for name, value in headers.items()}, body, is_too_long)


class TestServerTime:
    @pytest.mark.parametrize(
        ("date", "seconds"),
        [
            ("Thu, 01 Jan 1970 00:01:40 GMT", 100.0),
            ("Tue, 24 Nov 2026 04:00:00 GMT", 1795492800.0),
            ("Tue, 24 Nov 2026 06:00:00 +0200", 1795492800.0),
            ("Tue, 24 Nov 2026 04:00:00", 1795492800.0),
            ("Tue, 24 Nov 2026 04:00:00 -0000", 1795492800.0),
        ],
    )
    def test_server_time_is_the_date_in_seconds_since_the_epoch(self, date: str, seconds: float) -> None:
        assert response(date=date).server_time == seconds

    @pytest.mark.parametrize(
        "date",
        [
            "",
            "today",
            "Thu, 32 Jan 1970 00:00:00 GMT",
            "Thu, 01 Jan 99999 00:00:00 GMT",
            "Thu, 01 Jan 1970 25:00:00 GMT",
        ],
    )
    def test_server_time_is_none_for_a_date_that_cannot_be_read(self, date: str) -> None:
        assert response(date=date).server_time is None

    def test_server_time_is_none_without_a_date(self) -> None:
        assert response().server_time is None

    @given(st.datetimes(datetime.datetime(1970, 1, 1), datetime.datetime(9999, 12, 31)))
    def test_server_time_of_any_date_is_its_moment_to_the_second(self, moment: datetime.datetime) -> None:
        date = moment.replace(microsecond=0, tzinfo=datetime.timezone.utc)
        assert response(date=email.utils.format_datetime(date, usegmt=True)).server_time == date.timestamp()

    @given(st.one_of(st.text(), st.text("0123456789 :,+-GMTJanThu")))
    def test_server_time_of_any_text_is_a_number_or_none(self, date: str) -> None:
        assert isinstance(response(date=date).server_time, (float, type(None)))


class TestDescribe:
    @pytest.mark.parametrize(
        ("given", "description"),
        [
            (response(status=502), "HTTP 502, no content type, an empty body"),
            (response(b"<p>Hi</p>", content_type="text/html"), "HTTP 200, text/html, 9 bytes: '<p>Hi</p>'"),
            (response(b"a\r\n\x1b\xff", 404), "HTTP 404, no content type, 5 bytes: 'a \ufffd'"),
            (response(b"\x00 \n", 500), "HTTP 500, no content type, 3 bytes"),
            (response(b"abc", is_too_long=True), "HTTP 200, no content type, more than 3 bytes: 'abc'"),
            (response(content_type="a\nb\x00"), "HTTP 200, a b, an empty body"),
            (response(content_type=" \x00"), "HTTP 200, no content type, an empty body"),
            (response(content_type="c" * 129), f"HTTP 200, {'c' * 127}…, an empty body"),
            (response(b"x" * 200), f"HTTP 200, no content type, 200 bytes: '{'x' * 200}'"),
            (response(b"x" * 201), f"HTTP 200, no content type, 201 bytes: '{'x' * 199}…'"),
        ],
    )
    def test_describe_tells_status_content_type_size_and_an_excerpt(self, given: Response, description: str) -> None:
        assert describe(given, Redactor(), "the API") == f"The response is not one of the API: {description}"

    @pytest.mark.parametrize("status", [300, 302, 308, 399])
    def test_describe_tells_where_a_redirect_leads(self, status: int) -> None:
        redirect = response(b"moved", status, location="https://example.test/\n")
        assert describe(redirect, Redactor(), "the API") == (
            "The server answered with a redirect to https://example.test/, which is never followed."
        )
        assert describe(response(status=status), Redactor(), "the API") == (
            "The server answered with a redirect to nowhere, which is never followed."
        )

    @pytest.mark.parametrize("status", [299, 400])
    def test_describe_takes_no_other_status_for_a_redirect(self, status: int) -> None:
        text = describe(response(status=status, location="https://example.test/"), Redactor(), "Elasticsearch")
        assert text == f"The response is not one of Elasticsearch: HTTP {status}, no content type, an empty body"

    @pytest.mark.parametrize(
        "given",
        [
            response(f"before {SECRET} after".encode()),
            response(b"x" * 195 + SECRET.encode()),
            response(content_type=SECRET),
            response(status=302, location=f"https://example.test/?key={SECRET}"),
            response(status=302, location="https://example.test/?key=s3cret%2Bkey"),
        ],
        ids=["body", "cut", "content type", "location", "escaped"],
    )
    def test_describe_masks_secrets(self, given: Response) -> None:
        text = describe(given, Redactor([SECRET]), "the API")
        assert "s3cret" not in text
        assert "****" in text

    def test_describe_cuts_a_long_location(self) -> None:
        text = describe(response(status=302, location="l" * 201), Redactor(), "the API")
        assert text == f"The server answered with a redirect to {'l' * 199}…, which is never followed."

    def test_describe_searches_the_first_mebibyte_of_a_body_only(self) -> None:
        blank = b" " * (1024 * 1024)
        assert describe(response(blank + b"text"), Redactor(), "the API").endswith("1048580 bytes")
        assert describe(response(blank[1:] + b"text"), Redactor(), "the API").endswith("1048579 bytes: 't'")

# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from ansible_collections.aliyun.elasticsearch.plugins.module_utils._errors import REFUSED, UNKNOWN, AliyunError
from ansible_collections.aliyun.elasticsearch.plugins.module_utils._http.transport import Response
from ansible_collections.aliyun.elasticsearch.plugins.module_utils._openapi import client as client_module
from ansible_collections.aliyun.elasticsearch.tests.unit.plugins.module_utils._openapi.fake_transport import (
    OPERATION,
    FakeClient,
    assert_signed,
    response,
)

pytestmark = pytest.mark.usefixtures("any_request")

LIST = OPERATION._replace(
    action="ListThings",
    method="GET",
    path="/openapi/things",
    query=[("status", "a b")],
    accepts=lambda result: isinstance(result, list),
)
TOTALS = {
    "X-Total-Count": lambda total: {"Headers": {"X-Total-Count": total}},
    "x-total-count": lambda total: {"headers": {"x-total-count": total}},
    "totalCount": lambda total: {"Headers": {"totalCount": total}},
    "none": lambda total: {},
    "text": lambda total: {"Headers": {"X-Total-Count": str(total)}},
    "headers are no object": lambda total: {"Headers": [total]},
}


def page(start: int, stop: int, **more: Any) -> Response:
    return response(Result=list(range(start, stop)), RequestId=f"R-{start}", **more)


def pages_of(total: int, requests: int, **more: Any) -> list[Response]:
    """Return what comes for this many requests where there are ``total`` rows, 100 a page."""
    starts = range(0, 100 * requests, 100)
    return [page(min(start, total), min(start + 100, total), **more) for start in starts]


def rows_of(fake: FakeClient) -> list[object]:
    results = [response.result for response in fake.pages()]
    return [row for result in results for row in (result if isinstance(result, list) else [])]


@pytest.mark.parametrize("how", TOTALS)
@pytest.mark.parametrize(
    ("total", "requests", "without_total"),
    [(0, 1, 1), (1, 1, 1), (99, 1, 1), (100, 1, 2), (101, 2, 2), (200, 2, 3), (250, 3, 3)],
)
def test_pages_gives_every_row_once_and_asks_no_more_than_it_has_to(
    how: str, total: int, requests: int, without_total: int
) -> None:
    is_known = how in ("X-Total-Count", "x-total-count", "totalCount")
    steps = pages_of(total, requests if is_known else without_total, **TOTALS[how](total))
    fake = FakeClient(*steps, operation=LIST)
    assert rows_of(fake) == list(range(total))


def test_pages_asks_for_each_page_with_the_operations_own_query() -> None:
    fake = FakeClient(*pages_of(250, 3), operation=LIST)
    fake.pages()
    queries = [parse_qsl(urlsplit(str(sent.url)).query) for sent in fake.transport.sent]
    assert [dict(query) for query in queries] == [
        {"page": str(number), "size": "100", "status": "a b"} for number in (1, 2, 3)
    ]
    assert {len(query) for query in queries} == {3}
    for sent in fake.transport.sent:
        assert sent.method == "GET"
        assert_signed(sent)


def test_pages_gives_each_response_with_its_request_id_and_attempts() -> None:
    throttled = response(400, Code="Throttling.User", Message="slow down")
    first, second = pages_of(150, 2)
    responses = FakeClient(first, throttled, throttled, second, operation=LIST).pages()
    assert [(response.request_id, response.attempts) for response in responses] == [("R-0", 1), ("R-100", 3)]


@pytest.mark.parametrize("total", [0, None])
def test_pages_goes_on_past_a_total_that_says_nothing_until_a_page_is_not_full(total: Any) -> None:
    steps = [page(0, 100, Headers={"X-Total-Count": total}), page(100, 130)]
    assert rows_of(FakeClient(*steps, operation=LIST)) == list(range(130))


def test_pages_goes_on_past_a_page_that_is_not_full_while_there_are_more() -> None:
    steps = [page(start, start + 50, Headers={"X-Total-Count": 130}) for start in (0, 50)]
    assert rows_of(FakeClient(*steps, page(100, 130, Headers={"X-Total-Count": 130}), operation=LIST)) == list(
        range(130)
    )


def test_pages_ends_with_an_empty_page_whatever_the_total() -> None:
    steps = [page(0, 100, Headers={"X-Total-Count": 101}), page(0, 0, Headers={"X-Total-Count": 101})]
    assert rows_of(FakeClient(*steps, operation=LIST)) == list(range(100))


def test_pages_asks_for_the_next_page_only_when_it_is_wanted() -> None:
    fake = FakeClient(*pages_of(250, 3), operation=LIST)
    assert next(fake.client.pages(LIST)).request_id == "R-0"
    assert len(fake.transport.sent) == 1


@pytest.mark.parametrize(
    ("last", "outcome", "code"),
    [
        (response(403, Code="Forbidden.RAM", Message="no", RequestId="R-2"), REFUSED, "Forbidden.RAM"),
        (Response(200, {}, b"<html>"), UNKNOWN, None),
        (AliyunError("broke", outcome=UNKNOWN), UNKNOWN, None),
        (response(Result={}), UNKNOWN, None),
        (response(Result=False), REFUSED, None),
    ],
    ids=["refused", "html", "broken", "no list", "false"],
)
def test_pages_raises_what_keeps_a_later_page_from_coming(last: Any, outcome: str, code: str | None) -> None:
    fake = FakeClient(page(0, 100), last, operation=LIST)
    pages = fake.client.pages(LIST)
    assert next(pages).request_id == "R-0"
    with pytest.raises(AliyunError) as caught:
        next(pages)
    assert (caught.value.outcome, caught.value.code, caught.value.attempts) == (outcome, code, 1)
    assert next(pages, None) is None
    fake.transport.assert_used_up()


def test_pages_ends_with_an_error_after_the_largest_number_of_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    assert client_module.MAX_PAGES == 1000
    monkeypatch.setattr(client_module, "MAX_PAGES", 3)
    fake = FakeClient(*pages_of(1000, 3), operation=LIST)
    found = []
    with pytest.raises(AliyunError, match=r"^ListThings has more than 3 pages\.$") as caught:
        found.extend(fake.client.pages(LIST))
    assert (caught.value.outcome, caught.value.retryable) == (UNKNOWN, False)
    assert len(found) == 3
    fake.transport.assert_used_up()


def test_pages_may_be_as_many_as_the_largest_number(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client_module, "MAX_PAGES", 3)
    assert len(rows_of(FakeClient(*pages_of(250, 3), operation=LIST))) == 250

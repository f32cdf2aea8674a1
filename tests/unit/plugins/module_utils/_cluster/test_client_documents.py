# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import contextlib
import json
from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.aliyun.elasticsearch.plugins.module_utils._cluster.client import DirectCluster, OpenApiCluster
from ansible_collections.aliyun.elasticsearch.plugins.module_utils._errors import REFUSED, UNKNOWN, AliyunError
from ansible_collections.aliyun.elasticsearch.plugins.module_utils._http.retry import RetryPolicy
from ansible_collections.aliyun.elasticsearch.plugins.module_utils._http.transport import Response
from ansible_collections.aliyun.elasticsearch.plugins.module_utils._openapi.response import ApiResponse
from ansible_collections.aliyun.elasticsearch.plugins.module_utils._redaction import Redactor

SECRET = "kX+9/aB=q<e>&\"'"
PASSING = [429, 500, 502, 503, 504]
LASTING = [400, 401, 403, 404, 405, 406, 409, 413, 501, 505]
NO_DOCUMENTS = [
    b"",
    b" ",
    b"<html>portal</html>",
    b"null",
    b"true",
    b"5",
    b'"text"',
    b'{"a": ',
    b"\xff",
    b"[" * 100_000,
]

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["error", "status", "type", "reason", "a"]), inner),
)


ONCE = RetryPolicy(0, 0)


def direct(body: bytes, status: int = 200, headers: Mapping[str, str] | None = None, **more: Any) -> object:
    """Return the document of a cluster that responds so, and whose password is the secret."""
    response = Response(status, headers or {}, body, **more)
    transport: Any = SimpleNamespace(send=lambda *_arguments, **_options: response)
    return DirectCluster("https://es.test", "elastic", SECRET, transport, ONCE).get("a").document


def passed_on(result: object) -> object:
    """Return the document that the OpenAPI passes on as ``result``; the AccessKey secret is the secret."""
    response = ApiResponse(200, {"result": result}, None, "Q-1")
    client: Any = SimpleNamespace(attempt=lambda _operation: response, redact=Redactor([SECRET]))
    return OpenApiCluster(client, "es-1", None, False, ONCE).get("a").document


def error(body: bytes, status: int = 200, headers: Mapping[str, str] | None = None, **more: Any) -> AliyunError:
    with pytest.raises(AliyunError) as caught:
        direct(body, status, headers, **more)
    return caught.value


def refused_result(result: object) -> AliyunError:
    with pytest.raises(AliyunError) as caught:
        passed_on(result)
    return caught.value


def refusal(status: int = 404, kind: Any = "a_type", reason: Any = "Some reason.") -> dict[str, Any]:
    return {"error": {"root_cause": [], "type": kind, "reason": reason}, "status": status}


class TestDocument:
    @pytest.mark.parametrize(
        ("body", "document"),
        [
            (b"{}", {}),
            (b"[]", []),
            (b'{"snapshots": []}', {"snapshots": []}),
            (b' \n[{"epoch": "1"}]\n', [{"epoch": "1"}]),
            (b'\xef\xbb\xbf{"a": "\xc3\xa9"}', {"a": "é"}),
            (b'[{"error": "of one only"}]', [{"error": "of one only"}]),
        ],
    )
    @pytest.mark.parametrize("status", [200, 201, 299])
    def test_document_is_an_object_or_a_list_with_a_status_of_success(
        self, body: bytes, document: object, status: int
    ) -> None:
        assert direct(body, status) == document

    @pytest.mark.parametrize("body", NO_DOCUMENTS)
    @pytest.mark.parametrize("status", [200, 299])
    def test_document_is_nothing_else(self, body: bytes, status: int) -> None:
        failed = error(body, status)
        assert failed.message.startswith(f"The response is not one of Elasticsearch: HTTP {status}, ")
        assert (failed.outcome, failed.code, failed.http_status) == (UNKNOWN, None, status)
        assert not failed.retryable

    def test_document_that_was_cut_is_none_even_if_it_could_be_read(self) -> None:
        failed = error(b'{"snapshots": []}', is_too_long=True)
        assert "more than 17 bytes" in failed.message
        assert not failed.retryable

    @pytest.mark.parametrize("body", [b"{}", b"[]", b'{"snapshots": []}', b"<html>", b""])
    @pytest.mark.parametrize("status", [199, *LASTING, *PASSING])
    def test_document_with_another_status_is_none(self, body: bytes, status: int) -> None:
        failed = error(body, status)
        assert f": HTTP {status}, " in failed.message
        assert failed.http_status == status
        assert failed.outcome == (REFUSED if status >= 300 else UNKNOWN)
        assert failed.retryable == (status in PASSING)

    def test_redirect_is_told_and_not_retried(self) -> None:
        failed = error(b"", 302, {"location": "https://elsewhere.test/"})
        assert failed.message == (
            "The server answered with a redirect to https://elsewhere.test/, which is never followed."
        )
        assert (failed.outcome, failed.retryable) == (REFUSED, False)


class TestError:
    @pytest.mark.parametrize("status", [200, *LASTING, *PASSING])
    def test_error_is_told_by_its_type_and_reason(self, status: int) -> None:
        failed = error(json.dumps(refusal(599)).encode(), status)
        assert (failed.code, failed.message, failed.http_status) == ("a_type", "Some reason.", status)
        assert (failed.outcome, failed.request_id) == (REFUSED, None)
        assert failed.retryable == (status in PASSING)

    @pytest.mark.parametrize(
        ("document", "code", "message"),
        [
            ({"error": "no handler found", "status": 400}, None, "no handler found"),
            ({"error": {}}, None, "Elasticsearch gave no reason."),
            ({"error": None}, None, "Elasticsearch gave no reason."),
            ({"error": ""}, None, "Elasticsearch gave no reason."),
            ({"error": {"type": "a_type"}}, "a_type", "Elasticsearch gave no reason."),
            ({"error": {"type": None, "reason": None}}, None, "Elasticsearch gave no reason."),
            ({"error": {"type": 5, "reason": 5}}, None, "5"),
            ({"error": {"type": ["a"], "reason": {"a": 1}}}, None, "{'a': 1}"),
            ({"error": ["a"]}, None, "['a']"),
            ({"error": {"type": "a\nb\x00", "reason": " a\r\n\x1bb "}}, "a b", "a b"),
        ],
        ids=str,
    )
    def test_error_is_told_whatever_it_is_made_of(self, document: object, code: str | None, message: str) -> None:
        for failed in (error(json.dumps(document).encode(), 400), refused_result(document)):
            assert (failed.code, failed.message) == (code, message)

    @pytest.mark.parametrize(
        ("status", "words"),
        [
            (400, ""),
            (401, "cluster_username and cluster_password"),
            (403, "monitor_snapshot"),
            (404, ""),
            (429, "retries or retry_max_delay"),
            (503, ""),
        ],
    )
    @pytest.mark.parametrize("body", [json.dumps(refusal()).encode(), b"<html>"])
    def test_error_says_what_to_do(self, body: bytes, status: int, words: str) -> None:
        hint = error(body, status).hint
        assert words in hint
        assert bool(hint) == bool(words)

    def test_error_with_long_words_is_cut(self) -> None:
        failed = error(json.dumps(refusal(kind="t" * 5000, reason="r" * 5000)).encode(), 400)
        assert failed.code == "t" * 127 + "…"
        assert failed.message == "r" * 999 + "…"

    def test_error_shows_no_secret(self) -> None:
        failed = error(json.dumps(refusal(kind=f"type {SECRET}", reason=f"user {SECRET}.")).encode(), 401)
        assert (failed.code, failed.message) == ("type ********", "user ********.")
        assert SECRET not in error(f"<html>{SECRET}</html>".encode(), 401).message


class TestFailuresWithinASuccess:
    """What Elasticsearch 7.14 to 8.14 say with status 200 where they cannot read a repository."""

    @staticmethod
    def failing(kind: str) -> dict[str, Any]:
        return {"snapshots": [], "failures": {"repo": {"type": kind, "reason": "[repo] missing"}}, "total": 0}

    @pytest.mark.parametrize(
        ("kind", "retryable"),
        [
            ("repository_missing_exception", False),
            ("snapshot_missing_exception", False),
            ("repository_exception", True),
            ("snapshot_exception", True),
        ],
    )
    def test_failures_are_an_error(self, kind: str, retryable: bool) -> None:
        document = self.failing(kind)
        for failed, status in (
            (error(json.dumps(document).encode()), 200),
            (refused_result(document), None),
            (refused_result(json.dumps(document)), None),
        ):
            assert (failed.code, failed.message, failed.http_status) == (kind, "[repo] missing", status)
            assert (failed.outcome, failed.retryable) == (REFUSED, retryable)

    @pytest.mark.parametrize("failures", [{}, [], None, "none", ["a"]], ids=str)
    def test_failures_of_another_shape_are_no_error_here(self, failures: object) -> None:
        document = {"snapshots": [], "failures": failures}
        assert direct(json.dumps(document).encode()) == document
        assert passed_on(document) == document

    @pytest.mark.parametrize("failure", [None, 5, "words", ["a"], {"type": 5}], ids=str)
    def test_failures_of_any_content_are_an_error(self, failure: object) -> None:
        failed = refused_result({"failures": {"repo": failure}})
        assert (failed.code, failed.outcome) == (None, REFUSED)
        assert failed.message

    def test_failures_show_no_secret(self) -> None:
        document = {"failures": {"repo": {"type": SECRET, "reason": f"not {SECRET}"}}}
        assert (refused_result(document).code, refused_result(document).message) == ("********", "not ********")


class TestHints:
    @pytest.mark.parametrize(
        ("kind", "hint"),
        [
            (
                "master_not_discovered_exception",
                "The cluster has no elected master at the moment; see its health first.",
            ),
            (
                "cluster_manager_not_discovered_exception",
                "The cluster has no elected master at the moment; see its health first.",
            ),
            ("cluster_block_exception", "The cluster is blocked, as while it recovers; see its health first."),
            ("another_exception", ""),
        ],
    )
    def test_hint_is_by_the_code_before_the_status(self, kind: str, hint: str) -> None:
        document = refusal(503, kind, "")
        assert error(json.dumps(document).encode(), 503).hint == hint
        assert refused_result(document).hint == hint


class TestResult:
    @pytest.mark.parametrize("document", [{}, [], {"snapshots": [{"snapshot": "é"}]}, [{"epoch": "1"}]])
    def test_result_is_the_document_or_a_text_of_it(self, document: object) -> None:
        for result in (document, json.dumps(document), json.dumps(document, ensure_ascii=False)):
            assert passed_on(result) == document

    @pytest.mark.parametrize(
        "result", ["", "green", "<html>", "null", "5", '"text"', '{"a": ', "\ud800", "[" * 100_000, None, True, 5]
    )
    def test_result_of_another_kind_is_an_error_that_quotes_the_beginning(self, result: object) -> None:
        failed = refused_result(result)
        assert failed.message.startswith("What the OpenAPI passed on from the cluster is no document: ")
        assert Redactor()(str(result), 20).rstrip("…") in failed.message
        assert len(failed.message) < 250
        assert (failed.outcome, failed.retryable, failed.http_status) == (UNKNOWN, False, None)

    @pytest.mark.parametrize("as_text", [False, True])
    @pytest.mark.parametrize("status", [*LASTING, *PASSING])
    def test_error_that_is_passed_on_has_the_status_within_it(self, status: int, as_text: bool) -> None:
        document = refusal(status)
        failed = refused_result(json.dumps(document) if as_text else document)
        assert (failed.code, failed.message, failed.http_status) == ("a_type", "Some reason.", status)
        assert (failed.outcome, failed.retryable) == (REFUSED, status in PASSING)

    @pytest.mark.parametrize("status", [None, "503", 503.0, [503]])
    def test_status_that_is_none_is_not_told_and_not_retried(self, status: object) -> None:
        failed = refused_result({"error": "words", "status": status})
        assert (failed.http_status, failed.retryable, failed.hint) == (None, False, "")

    def test_result_shows_no_secret(self) -> None:
        assert refused_result(f"not JSON {SECRET}").message.endswith("'not JSON ********'")


@given(JSON)
def test_document_of_any_json_is_one_or_a_clean_error(value: Any) -> None:
    text = json.dumps(value)
    for read in (
        lambda: direct(text.encode()),
        lambda: passed_on(value),
        lambda: passed_on(text),
    ):
        try:
            assert isinstance(read(), (dict, list))
        except AliyunError as failed:
            assert failed.message.isprintable()
            assert failed.code is None or failed.code.isprintable()


@given(st.binary(max_size=200), st.integers(100, 599))
def test_document_of_any_bytes_is_one_or_a_clean_error(body: bytes, status: int) -> None:
    with contextlib.suppress(AliyunError):
        assert isinstance(direct(body, status), (dict, list))
    with contextlib.suppress(AliyunError):
        assert isinstance(passed_on(body.decode("latin-1")), (dict, list))

# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection; it can change at any time.

"""A response of the OpenAPI: its document, read whatever form it has."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:  # pragma: no cover
    from collections.abc import Iterable, Mapping

    from .._http.transport import Response
    from .._redaction import Redactor

_SUCCESS_CODES = ("0", "200", "ok", "success")
_MAX_ID = 128


class ApiResponse(NamedTuple):
    """A response of the API: the HTTP status, the fields of its document by lower-case name, its Code and RequestId.

    ``fields`` is None where the body is no document of the API, ``code`` where it has none or one that means success,
    ``request_id`` where there is none. ``server_time`` is by the server's clock, in seconds since the epoch, None where
    it did not say. ``attempts`` is how many times the request was tried, 0 where nobody counted. ``size`` is the
    length of the body in bytes.
    """

    status: int
    fields: Mapping[str, object] | None
    code: str | None
    request_id: str | None
    server_time: float | None = None
    attempts: int = 0
    size: int = 0

    @property
    def is_success(self) -> bool:
        """Whether it is a document with a 2xx status and without an error code."""
        return self.fields is not None and 200 <= self.status < 300 and self.code is None

    @property
    def result(self) -> object:
        """The document's ``Result``, None where it has none."""
        return (self.fields or {}).get("result")


def parse_response(response: Response, redact: Redactor) -> ApiResponse:
    """Return what an HTTP response says; raises nothing.

    The RequestId is the body's, else that of the header ``x-acs-request-id``.
    Source: Alibaba Cloud Elasticsearch, "CreateSnapshot" (2017-06-13), return values.
    """
    fields = None if response.is_too_long else parse_document(response.body)
    named = fields or {}
    in_header = response.headers.get("x-acs-request-id")
    request_id = redact.text(named.get("requestid"), _MAX_ID) or redact.text(in_header, _MAX_ID)
    given = named.get("code")
    is_number = isinstance(given, int) and not isinstance(given, bool)
    code = redact.text(str(given) if is_number else given, _MAX_ID)
    if code is not None and code.lower() in _SUCCESS_CODES:
        code = None
    return ApiResponse(response.status, fields, code, request_id, response.server_time, size=len(response.body))


def parse_document(body: bytes) -> Mapping[str, object] | None:
    """Return the fields of a JSON or XML document by lower-case name, None where it is neither or contradicts itself.

    XML is the documented kind without a root (``<Result>true</Result><RequestId>…</RequestId>``) or an ``<Error>``;
    anything with a DOCTYPE, and so with entities of its own, is not read.
    """
    try:
        text = body.decode("utf-8-sig").strip()
        document = _xml_fields(text) if text.startswith("<") else json.loads(text, object_pairs_hook=_object).items()
        return _by_lower_name(document)
    except (ValueError, AttributeError, RecursionError):
        return None


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if any(found[name] != value for name, value in pairs):
        raise ValueError("one name with two values")
    return found


def _by_lower_name(pairs: Iterable[tuple[str, object]]) -> Mapping[str, object]:
    fields: dict[str, object] = {}
    for name, value in pairs:
        known = fields.setdefault(name.lower(), value)
        if known != value or type(known) is not type(value):
            raise ValueError("one name with two values")
    return fields


def _xml_fields(text: str) -> list[tuple[str, object]]:
    from xml.etree import ElementTree  # seldom needed, so not paid for by every task

    text = re.sub(r"^<\?xml[^>]*\?>", "", text)
    try:
        root = ElementTree.fromstring(f"<Response>{text}</Response>")  # noqa: S314 - a DOCTYPE is no XML here
    except ElementTree.ParseError as error:
        raise ValueError("not XML") from error
    is_error = [element.tag for element in root] == ["Error"]
    fields: list[tuple[str, object]] = []
    for element in root[0] if is_error else root:
        value = (element.text or "").strip()
        if element.tag.lower() != "result":
            fields.append((element.tag, value))
        elif not is_error:
            fields.append((element.tag, {"true": True, "false": False}.get(value, value)))
    beside = [root.text, *(element.tail for element in root)]
    if any((text or "").strip() for text in beside) or (not is_error and any(len(element) for element in root)):
        raise ValueError("more than the documented elements")
    return fields

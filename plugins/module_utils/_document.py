# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection; it can change at any time.

"""Read the documents that the OpenAPI answers with: JSON, or XML with or without a root."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # pragma: no cover
    from collections.abc import Iterable, Mapping

    Fields = Mapping[str, object]


def parse_document(body: bytes) -> Fields | None:
    """Return the fields of a JSON or XML document by lower-case name, None where it is neither or contradicts itself.

    XML is the documented kind without a root (C(<Result>true</Result><RequestId>…</RequestId>)) or an C(<Error>);
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


def _by_lower_name(pairs: Iterable[tuple[str, object]]) -> Fields:
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
        root = ElementTree.fromstring(f"<Answer>{text}</Answer>")  # noqa: S314 - a DOCTYPE is no XML here
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

# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Elasticsearch's answers: JSON without a blank, and its own kind of error document."""

from __future__ import annotations

import json
from typing import Any

from .answers import Answer

JSON_TYPE = "application/json; charset=UTF-8"


def error(status: int, kind: str, reason: str, header: dict[str, str] | None = None) -> dict[str, Any]:
    """Return an error document; C(header) is repeated in it where the real one repeats a header."""
    cause: dict[str, Any] = {"type": kind, "reason": reason}
    if header:
        cause["header"] = header
    return {"error": {"root_cause": [cause], **cause}, "status": status}


def text(document: Any) -> str:
    """Write a document as Elasticsearch does."""
    return json.dumps(document, separators=(",", ":"))


def answer(status: int, document: Any, headers: dict[str, str] | None = None) -> Answer:
    """Return a document as an answer of the cluster."""
    return Answer(status, text(document).encode(), JSON_TYPE, headers or {})

# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Checks for the fields of control calls, so that a typo in a test does not pass silently."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Collection, Mapping
from typing import Any

Check = Callable[[Any], Any]

LARGEST_BODY = 64 * 1024 * 1024
# The emulator sets these itself; other values would break the framing of the answer.
FRAMING_HEADERS = ("content-length", "transfer-encoding", "connection")


class BadControlCall(ValueError):
    """A control call that cannot be meant."""


def mapping(value: Any, what: str, allowed: Collection[str], required: Collection[str] = ()) -> dict[str, Any]:
    """Return C(value) if it is an object with the required and no unknown fields."""
    if not isinstance(value, dict):
        raise BadControlCall(f"{what} must be a JSON object")
    if unknown := sorted(set(value).difference(allowed)):
        raise BadControlCall(f"{what}: unknown field {', '.join(unknown)}; known are {', '.join(sorted(allowed))}")
    if missing := sorted(set(required).difference(value)):
        raise BadControlCall(f"{what}: missing field {', '.join(missing)}")
    return value


def check_each(given: Mapping[str, Any], checks: Mapping[str, Check], where: str = "") -> dict[str, Any]:
    """Check every field, and name the one that is wrong."""
    checked = {}
    for name, value in given.items():
        try:
            checked[name] = checks[name](value)
        except BadControlCall as error:
            raise BadControlCall(f"{where}{name} {error}") from error
    return checked


def integer(low: int, high: int) -> Check:
    """Make a check for a whole number within limits."""

    def check(value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise BadControlCall(f"must be a whole number from {low} to {high}")
        return value

    return check


def number(low: float, high: float) -> Check:
    """Make a check for a number within limits."""

    def check(value: Any) -> float:
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not low <= value <= high:
            raise BadControlCall(f"must be a number from {low:g} to {high:g}")
        return float(value)

    return check


def one_of(*choices: str) -> Check:
    """Make a check for one of some words."""

    def check(value: Any) -> str:
        if not isinstance(value, str) or value not in choices:
            raise BadControlCall(f"must be one of {', '.join(choices)}")
        return value

    return check


def boolean(value: Any) -> bool:
    """Check for true or false."""
    if not isinstance(value, bool):
        raise BadControlCall("must be true or false")
    return value


def any_mapping(value: Any) -> dict[str, Any]:
    """Accept any JSON object."""
    if not isinstance(value, dict):
        raise BadControlCall("must be an object")
    return value


def anything(value: Any) -> Any:
    """Take any JSON value."""
    return value


def text(value: Any) -> str:
    """Check for text that can be sent."""
    if not isinstance(value, str) or any("\ud800" <= letter <= "\udfff" for letter in value):
        raise BadControlCall("must be a text")
    return value


def header_value(value: Any) -> str:
    """Check for a text that is a header's value."""
    content = text(value)
    if not content.isprintable():
        raise BadControlCall("must be a text without control characters")
    return content


def headers(value: Any) -> dict[str, str]:
    """Check for an object of header names and their values."""
    if not isinstance(value, dict):
        raise BadControlCall("must be an object of header names and values")
    for name, content in value.items():
        if not name or not name.isascii() or not name.replace("-", "").isalnum():
            raise BadControlCall(f"{name!r} is not a header name")
        if name.lower() in FRAMING_HEADERS:
            raise BadControlCall(f"the header {name} is set by the emulator itself")
        header_value(content)
    return value


def encoded(value: Any) -> bytes:
    """Check for base64, and decode it."""
    try:
        return base64.b64decode(text(value), validate=True)
    except (binascii.Error, ValueError) as error:
        raise BadControlCall("must be base64") from error


def repeated(value: Any) -> bytes:
    """Check for a text and how often it is repeated, and make it."""
    parts = mapping(value, "body_repeat", ("text", "count"), ("text", "count"))
    piece = text(parts["text"]).encode()
    count: int = integer(0, LARGEST_BODY // max(len(piece), 1))(parts["count"])
    return piece * count


def optional(check: Check) -> Check:
    """Make a check that takes null as well."""
    return lambda value: None if value is None else check(value)

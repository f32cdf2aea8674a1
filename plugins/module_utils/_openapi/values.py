# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection; it can change at any time.

"""Values within a document of the OpenAPI, which differ between operations in the capitals of their names and in type.

No function here raises anything: what is missing, or of a type that nobody expects, is None.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # pragma: no cover
    from collections.abc import Mapping


def members(value: object) -> Mapping[str, object]:
    """Return the members of an object by lower-case name, none for anything else.

    Of names that differ in their capitals only, the first one that is not null counts.
    """
    found: dict[str, object] = {}
    for name, member in value.items() if isinstance(value, dict) else ():
        if found.get(str(name).lower()) is None:
            found[str(name).lower()] = member
    return found


def rows(value: object) -> list[Mapping[str, object]]:
    """Return the members of each object in a list; what is no object there is left out."""
    return [members(row) for row in value if isinstance(row, dict)] if isinstance(value, list) else []


def text(value: object) -> str | None:
    """Return a text as it is, None where it is blank; half a character, which JSON lets through, becomes ``?``."""
    if not isinstance(value, str) or not value.strip():
        return None
    return value.encode("utf-8", "replace").decode()


def whole_number(value: object) -> int | None:
    """Return a whole number from 0 on, also one that is written as a text."""
    if isinstance(value, str) and re.fullmatch(r"[0-9]{1,15}", value.strip(), re.ASCII):
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def flag(value: object) -> bool | None:
    """Return whether something is so, also where that is written as a text."""
    if isinstance(value, str):
        return {"true": True, "false": False}.get(value.strip().lower())
    return value if isinstance(value, bool) else None

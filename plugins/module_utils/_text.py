# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection; it can change at any time.

"""Make a text from outside fit for a message: no secret, no control character, not too long."""

from __future__ import annotations

import html
import json
from typing import TYPE_CHECKING
from urllib.parse import quote, quote_plus

if TYPE_CHECKING:
    from collections.abc import Iterable

_MASK = "********"


class Cleaner:
    """Clean texts of the given secrets, also where they stand escaped as in a URL, in HTML or in JSON."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        spellings = {spelling for secret in secrets for spelling in _spellings(secret)}
        self._secrets = sorted(spellings, key=len, reverse=True)

    def __call__(self, text: str, limit: int) -> str:
        """Return the text masked, in one printable line of at most C(limit) characters.

        Secrets are masked before the text is cut, so that no part of one is left at the cut.
        """
        for secret in self._secrets:
            text = text.replace(secret, _MASK)
        line = " ".join("".join(char if char.isprintable() else " " for char in text).split())
        return line if len(line) <= limit else line[: max(limit - 1, 0)] + "…"


def _spellings(secret: str) -> set[str]:
    in_json = json.dumps(secret)[1:-1]
    spellings = {secret, quote(secret, safe=""), quote(secret), quote_plus(secret), html.escape(secret), in_json}
    return {*spellings, in_json.replace("/", "\\/")} - {""}

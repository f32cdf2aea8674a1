# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection; it can change at any time.

"""Make a text from outside fit for a message: no secret, no control character, not too long."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, quote_plus

if TYPE_CHECKING:  # pragma: no cover
    from collections.abc import Iterable

_MASK = "********"


class Redactor:
    """Mask the given secrets in texts, also where they stand escaped as in a URL, in HTML or in JSON."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        longest_first = sorted(filter(None, secrets), key=len, reverse=True)
        patterns = ["".join(map(_any_spelling, secret)) for secret in longest_first]
        self._secrets = re.compile("|".join(patterns)) if patterns else None

    def __call__(self, text: str, limit: int) -> str:
        """Return the text masked, in one printable line of at most ``limit`` characters.

        Secrets are masked before the text is cut, so that no part of one is left at the cut.
        """
        line = " ".join("".join(char if char.isprintable() else " " for char in self.mask(text)).split())
        return line if len(line) <= limit else line[: max(limit - 1, 0)] + "…"

    def mask(self, value: Any) -> Any:
        """Return a value of a result with the secrets masked in all of its texts; keys stay, as do numbers."""
        if isinstance(value, str):
            return self._secrets.sub(_MASK, value) if self._secrets else value
        if isinstance(value, dict):
            return {key: self.mask(member) for key, member in value.items()}
        return [self.mask(member) for member in value] if isinstance(value, list) else value

    def text(self, value: object, limit: int) -> str | None:
        """Return a value of a document masked and cut like a text, None where it is no text or nothing is left."""
        return (self(value, limit) or None) if isinstance(value, str) else None


def _any_spelling(char: str) -> str:
    if char.isalnum():
        return re.escape(char)
    import html  # seldom needed, so not paid for by every task

    code = ord(char)
    by_number = {f"&#{code};", f"&#x{code:x};", f"\\u{code:04x}"}
    escaped = "\\\\" if char == "\\" else f"\\{char}"
    spellings = {
        char,
        quote(char, safe="", errors="replace"),
        quote_plus(char, errors="replace"),
        html.escape(char),
        escaped,
        *by_number,
    }
    return f"(?i:{'|'.join(sorted(map(re.escape, spellings), key=len, reverse=True))})"

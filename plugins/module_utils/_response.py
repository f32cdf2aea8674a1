# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection; it can change at any time.

"""An HTTP answer as it came, whoever gave it."""

from __future__ import annotations

import email.utils
from datetime import timezone
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:  # pragma: no cover
    from collections.abc import Mapping

    from ansible_collections.aliyun.elasticsearch.plugins.module_utils._text import Cleaner

TRANSIENT_STATUSES = (500, 502, 503, 504)
BROKEN_OFF_STATUSES = (408, 499)  # a gateway's, after which nobody knows what came of the request
_EXAMINED = 1024 * 1024  # bytes of an answer in which an excerpt is looked for
_EXCERPT = 200
_LONGEST_TYPE = 128


class Response(NamedTuple):
    """An HTTP answer as it came: the status, the headers by lower-case name, the body, and whether it was cut."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    is_too_long: bool = False

    @property
    def server_time(self) -> float | None:
        """The C(Date) in seconds since the epoch, None where there is none that can be read (RFC 9110, 6.6.1)."""
        try:
            date = email.utils.parsedate_to_datetime(self.headers.get("date", ""))
            return date.replace(tzinfo=date.tzinfo or timezone.utc).timestamp()
        except (TypeError, ValueError, IndexError, OverflowError):
            return None


def describe(response: Response, clean: Cleaner, server: str) -> str:
    """Return a sentence on an answer that is none of those that C(server) gives."""
    if 300 <= response.status < 400:
        location = clean(response.headers.get("location", "nowhere"), _EXCERPT)
        return f"The server answered with a redirect to {location}, which is never followed."
    if response.is_too_long:
        size = f"more than {len(response.body)} bytes"
    else:
        size = f"{len(response.body)} bytes" if response.body else "an empty body"
    kind = clean(response.headers.get("content-type", ""), _LONGEST_TYPE) or "no content type"
    excerpt = clean(response.body[:_EXAMINED].decode("utf-8", "replace"), _EXCERPT)
    said = f": {excerpt!r}" if excerpt else ""
    return f"The answer is not one of {server}: HTTP {response.status}, {kind}, {size}{said}"

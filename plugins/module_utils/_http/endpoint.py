# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection; it can change at any time.

"""The base URL of a server, from what a person writes."""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import urlsplit

from .._errors import AliyunError

_HOST = re.compile(r"[A-Za-z0-9_]([A-Za-z0-9_.-]*[A-Za-z0-9_.])?")


def base_url(option: str, value: str) -> str:
    """Return ``http(s)://host`` or ``http(s)://host:port`` for a host, ``host:port`` or such a URL.

    Where the scheme is open, it is HTTPS. Raises AliyunError, which names the option, for anything else.
    """
    value = value.strip()
    try:
        url = urlsplit(value if "://" in value else f"https://{value}")
        port = url.port
    except ValueError:
        raise _unusable(option) from None
    host = url.hostname or ""
    bracketed = f"[{host}]" if ":" in host else host
    server = bracketed if port is None else f"{bracketed}:{port}"
    # What urlsplit drops without a word (a user, line breaks, text beside brackets) is a mistake here.
    is_plain = url.netloc.lower() == server and all("!" <= char <= "~" for char in value)
    if url.scheme not in ("http", "https") or not is_plain or not _is_host(host) or port == 0:
        raise _unusable(option)
    if url.path not in ("", "/") or url.query or url.fragment:
        raise _unusable(option)
    return f"{url.scheme}://{server}"


def is_unencrypted(url: str) -> bool:
    """Whether requests to a base URL go unencrypted to another machine."""
    return url.startswith("http://") and not _is_loopback(urlsplit(url).hostname or "")


def _unusable(option: str) -> AliyunError:
    return AliyunError(
        f"{option} must be a host, host:port or an http:// or https:// URL of these alone, without a user, a path or "
        "a query, as in 'elasticsearch.cn-hangzhou.aliyuncs.com'."
    )


def _is_host(host: str) -> bool:
    if ":" not in host:
        return bool(_HOST.fullmatch(host)) and ".." not in host
    try:
        return ipaddress.ip_address(host).version == 6
    except ValueError:
        return False


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False

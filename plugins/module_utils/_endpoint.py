# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection; it can change at any time.

"""Which server is asked: the region's endpoint, or the one that is named."""

from __future__ import annotations

import ipaddress
import re
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

from ansible_collections.aliyun.elasticsearch.plugins.module_utils._environment import first_set
from ansible_collections.aliyun.elasticsearch.plugins.module_utils._errors import AliyunError

if TYPE_CHECKING:  # pragma: no cover
    from collections.abc import Mapping

REGION_VARIABLES = ("ALIBABA_CLOUD_REGION_ID", "ALIBABA_CLOUD_REGION", "ALICLOUD_REGION")
ENDPOINT_VARIABLES = ("ALIBABA_CLOUD_ENDPOINT_ELASTICSEARCH",)

_REGION = re.compile(r"[a-z0-9-]+")
_HOST = re.compile(r"[A-Za-z0-9_]([A-Za-z0-9_.-]*[A-Za-z0-9_.])?")


class Endpoint(NamedTuple):
    """A server's base URL without a trailing slash, and the region, where it is known."""

    url: str
    region: str | None

    @property
    def is_plain_text_elsewhere(self) -> bool:
        """Whether requests go unencrypted to another machine."""
        return self.url.startswith("http://") and not _is_loopback(urlsplit(self.url).hostname or "")


def find_endpoint(endpoint: str | None, region: str | None, network: str, environ: Mapping[str, str]) -> Endpoint:
    """Return the endpoint from the options or, where they are not given or blank, from the environment.

    Without one, it is C(elasticsearch.<region>.aliyuncs.com), with C(-vpc) before the region for C(network=vpc);
    source: C(alibabacloud-elasticsearch20170613), endpoint rule "regional".
    Raises AliyunError where a value cannot be used, or where both are missing.
    """
    region = (region or "").strip() or first_set(environ, REGION_VARIABLES)
    endpoint = (endpoint or "").strip() or first_set(environ, ENDPOINT_VARIABLES)
    if region is not None and not _REGION.fullmatch(region):
        raise AliyunError("region may hold lower-case letters, digits and '-' only, as in 'cn-hangzhou'.")
    if endpoint is not None:
        return Endpoint(base_url("endpoint", endpoint), region)
    if region is None:
        raise AliyunError(
            "No region is given. Set the option region (or endpoint), or one of the environment variables "
            f"{', '.join(REGION_VARIABLES + ENDPOINT_VARIABLES)} where the module runs."
        )
    return Endpoint(f"https://elasticsearch{'-vpc' if network == 'vpc' else ''}.{region}.aliyuncs.com", region)


def base_url(option: str, value: str) -> str:
    """Return C(http(s)://host) or C(http(s)://host:port) for a host, C(host:port) or such a URL; HTTPS if it is open.

    Raises AliyunError, which names the option, for anything else.
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

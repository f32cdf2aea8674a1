# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A real cluster behind the emulator: it takes the snapshots of the active instance, and responds to what is read."""

from __future__ import annotations

import asyncio
from argparse import ArgumentTypeError
from dataclasses import dataclass
from datetime import datetime

import aiohttp
from yarl import URL

from .cluster import NAME, Repository
from .responses import ApiError

# Seconds. Longer than any client waits, as a verbose list of a slow repository takes minutes.
TIMEOUT = 300
# Elasticsearch's errors for a name that is taken, the second one since 8.8.
NAME_TAKEN = (b"invalid_snapshot_name_exception", b"snapshot_name_already_in_use_exception")
MAX_NAMES = 100


@dataclass(frozen=True)
class UpstreamResponse:
    """What the cluster responded."""

    status: int
    content_type: str
    body: bytes


def base_url(text: str) -> URL:
    """Return a cluster's base URL, which may have a user and a password; raise ArgumentTypeError for anything else."""
    try:
        url = URL(text.rstrip("/"))
    except ValueError:
        url = URL()
    if url.scheme not in ("http", "https") or not url.host or url.query_string or url.fragment:
        raise ArgumentTypeError("must be like http://127.0.0.1:9200")
    return url


class Upstream:
    """A real cluster at a base URL. It has to be closed."""

    def __init__(self, url: URL) -> None:
        self._url = url
        # One at a time, so that a client token never takes two.
        self.taking = asyncio.Lock()
        self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=TIMEOUT))

    async def close(self) -> None:
        """Close the connections."""
        await self._session.close()

    async def get(self, path: str) -> UpstreamResponse:
        """Pass on a GET of a path with its query, as they are. Raise ApiError where the cluster does not respond."""
        return await self._send("GET", path)

    async def take_snapshot(self, repository: Repository, now: datetime) -> str | None:
        """Begin a snapshot in the cluster, and return its name, which is dated and free; None where it is refused.

        Raises ApiError where the cluster does not respond. Source: Elasticsearch, "Create snapshot API".
        """
        for _attempt in range(MAX_NAMES):
            name = repository.free_name(now)
            repository.names.add(name)
            response = await self._send("PUT", f"/_snapshot/{NAME}/{name}?wait_for_completion=false")
            if response.status < 300:
                return name
            # One of that name may be left from an earlier run.
            if response.status != 400 or not any(kind in response.body for kind in NAME_TAKEN):
                break
        return None

    async def _send(self, method: str, path: str) -> UpstreamResponse:
        """Send a request without a body; ``path`` is percent-encoded."""
        credentials = aiohttp.BasicAuth(self._url.user, self._url.password or "") if self._url.user else None
        url = URL(f"{self._url.with_user(None)}".rstrip("/") + path, encoded=True)
        try:
            async with self._session.request(method, url, auth=credentials, allow_redirects=False) as response:
                body = await response.read()
                return UpstreamResponse(response.status, response.headers.get("Content-Type", ""), body)
        except (aiohttp.ClientError, asyncio.TimeoutError) as error:
            # Its message may name the URL.
            message = f"The cluster behind the emulator does not respond: {type(error).__name__}."
            raise ApiError(503, "ServiceUnavailable", message) from error

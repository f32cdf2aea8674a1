# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection; it can change at any time.

"""A session of requests that resends nothing by itself and tells before it hands a request to the network.

Imported late, as it needs requests.
"""

from __future__ import annotations

from http.cookiejar import DefaultCookiePolicy
from typing import TYPE_CHECKING, Any

import requests
from requests.adapters import HTTPAdapter

if TYPE_CHECKING:  # pragma: no cover
    from collections.abc import Callable

VERSION: str = requests.__version__


def new_session(before_send: Callable[[], None]) -> requests.Session:
    """Return a session without cookies and redirects; it calls ``before_send`` right before a request's first byte.

    What ``before_send`` raises keeps the request from being sent, and comes out of the session. A TLS handshake and a
    ``CONNECT`` to a proxy are not the request.
    """
    session = requests.Session()
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    # Even unfollowed, requests prepares the next request of a redirect, for which it reads a body of any size.
    session.get_redirect_target = lambda resp: None  # type: ignore[method-assign]
    for scheme in ("https://", "http://"):
        session.mount(scheme, _Adapter(before_send))
    return session


class _Adapter(HTTPAdapter):
    """The adapter of requests, with connections that call ``before_send``."""

    def __init__(self, before_send: Callable[[], None]) -> None:
        self._before_send = before_send
        super().__init__()

    def init_poolmanager(self, *arguments: Any, **options: Any) -> None:
        """Make the pools of direct connections."""
        super().init_poolmanager(*arguments, **options)
        self._prepare(self.poolmanager)

    def proxy_manager_for(self, *arguments: Any, **options: Any) -> Any:
        """Return the pools of connections to a proxy."""
        manager = super().proxy_manager_for(*arguments, **options)
        self._prepare(manager)
        return manager

    def send(self, *arguments: Any, **options: Any) -> requests.Response:
        """Send a request as requests does."""
        if not hasattr(self.poolmanager, "pool_classes_by_scheme"):
            self._before_send()  # with a urllib3 that has none: better too early than never
        return super().send(*arguments, **options)

    def _prepare(self, manager: Any) -> None:
        # Source: urllib3, "Advanced Usage", "Customizing pool behavior" (``pool_classes_by_scheme``).
        if "pool_classes_by_scheme" in vars(manager) and not getattr(manager, "calls_before_send", False):
            pools = manager.pool_classes_by_scheme.items()
            manager.pool_classes_by_scheme = {scheme: _calling(self._before_send, pool) for scheme, pool in pools}
            manager.calls_before_send = True


def _calling(before_send: Callable[[], None], pool_class: Any) -> Any:
    """Return a class of pools whose connections call ``before_send``, derived from another such class."""

    class Connection(pool_class.ConnectionCls):  # type: ignore[misc]
        def endheaders(self, *arguments: Any, **options: Any) -> None:
            # Without this, http.client would connect within the call below, after the announcement.
            if self.sock is None:
                self.connect()
            before_send()
            super().endheaders(*arguments, **options)

    return type(pool_class.__name__, (pool_class,), {"ConnectionCls": Connection})

# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection; it can change at any time.

"""A session of requests that resends nothing by itself and tells before it hands a request to the network.

requests is imported late, as importing the client must not need it.
"""

from __future__ import annotations

from http.cookiejar import DefaultCookiePolicy
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # pragma: no cover
    from collections.abc import Callable

    import requests


def requests_version() -> str:
    """Return the version of requests; raises whatever its import raises."""
    import requests

    version: str = requests.__version__
    return version


def new_session(before_send: Callable[[], None]) -> requests.Session:
    """Return a session without cookies and redirects; it calls ``before_send`` right before a request's first byte.

    What ``before_send`` raises keeps the request from being sent, and comes out of the session. A TLS handshake and a
    ``CONNECT`` to a proxy are not the request. Raises whatever the import of requests raises.
    """
    import requests

    session = requests.Session()
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    # Even unfollowed, requests prepares the next request of a redirect, for which it reads a body of any size.
    session.get_redirect_target = lambda resp: None  # type: ignore[method-assign]
    for scheme in ("https://", "http://"):
        session.mount(scheme, _adapter(before_send))
    return session


def _adapter(before_send: Callable[[], None]) -> Any:
    """Return an adapter of requests whose connections call ``before_send``, also those to a proxy."""
    from requests.adapters import HTTPAdapter

    class Adapter(HTTPAdapter):
        def init_poolmanager(self, *arguments: Any, **options: Any) -> None:
            super().init_poolmanager(*arguments, **options)
            _prepare(self.poolmanager, before_send)

        def proxy_manager_for(self, *arguments: Any, **options: Any) -> Any:
            manager = super().proxy_manager_for(*arguments, **options)
            _prepare(manager, before_send)
            return manager

        def send(self, *arguments: Any, **options: Any) -> requests.Response:
            if not hasattr(self.poolmanager, "pool_classes_by_scheme"):
                before_send()  # with a urllib3 that has none: better too early than never
            return super().send(*arguments, **options)

    return Adapter()


def _prepare(manager: Any, before_send: Callable[[], None]) -> None:
    # Source: urllib3, "Advanced Usage", "Customizing pool behavior" (``pool_classes_by_scheme``).
    if "pool_classes_by_scheme" in vars(manager) and not getattr(manager, "calls_before_send", False):
        pools = manager.pool_classes_by_scheme.items()
        manager.pool_classes_by_scheme = {scheme: _calling(before_send, pool) for scheme, pool in pools}
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

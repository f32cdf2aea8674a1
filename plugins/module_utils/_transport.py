# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection; it can change at any time.

"""Send one HTTP request through requests, and read a bounded answer."""

from __future__ import annotations

import os
import platform
import ssl
import warnings
from http.cookiejar import DefaultCookiePolicy
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from ansible_collections.aliyun.elasticsearch.plugins.module_utils._deadline import call_within
from ansible_collections.aliyun.elasticsearch.plugins.module_utils._errors import UNKNOWN, AliyunError
from ansible_collections.aliyun.elasticsearch.plugins.module_utils._response import Response

if TYPE_CHECKING:  # pragma: no cover
    from collections.abc import Callable

    import requests

LARGEST_ANSWER = 1024 * 1024
_CHUNK = 64 * 1024


class Transport:
    """A requests session that resends nothing by itself and follows no redirect; proxies of the environment work.

    C(connect_timeout) and C(read_timeout) are seconds; together they bound each send, also one that only trickles.
    C(verify) is True, False or the path of a CA bundle. Raises ImportError without requests.
    """

    def __init__(
        self,
        *,
        connect_timeout: float,
        read_timeout: float,
        verify: bool | str,
        product: str,
        session: requests.Session | None = None,
    ) -> None:
        import requests  # late: importing the client must not need it
        from urllib3.exceptions import InsecureRequestWarning

        self._session = session or _new_session()
        if isinstance(verify, str):
            _check_ca(verify)
        if verify is False:
            warnings.simplefilter("ignore", InsecureRequestWarning)
        self._timeout = (connect_timeout, read_timeout)
        self._verify = verify
        self._headers = {
            "accept": "application/json",
            "accept-encoding": "identity",
            "user-agent": f"{product} requests/{requests.__version__} python/{platform.python_version()}",
        }

    def send(self, method: str, url: str, auth: Callable[[Any], Any], largest: int = LARGEST_ANSWER) -> Response:
        """Send the request once and return the answer, whatever its status; of the body at most C(largest) bytes.

        Raises AliyunError where no whole answer came; its outcome is NOT_SENT only where nothing can have arrived.
        """
        try:
            return call_within(sum(self._timeout), lambda: self._exchange(method, url, auth, largest))
        except TimeoutError:
            from ansible_collections.aliyun.elasticsearch.plugins.module_utils._connection_errors import SLOW

            raise AliyunError(
                f"No whole answer came within {sum(self._timeout):g} s.",
                outcome=UNKNOWN,
                retryable=True,
                advice=SLOW,
            ) from None
        except AliyunError:
            raise
        except Exception as error:  # requests lets through some errors of urllib3, ssl and socket
            from ansible_collections.aliyun.elasticsearch.plugins.module_utils._connection_errors import explain

            raise explain(error, urlsplit(url).netloc) from None

    def _exchange(self, method: str, url: str, auth: Callable[[Any], Any], largest: int) -> Response:
        with self._session.request(
            method,
            url,
            auth=auth,
            headers=self._headers,
            timeout=self._timeout,
            verify=self._verify,
            allow_redirects=False,
            stream=True,
        ) as response:
            headers = {name.lower(): value for name, value in response.headers.items()}
            body = bytearray()
            for chunk in response.raw.stream(_CHUNK, decode_content=False):
                body += chunk
                if len(body) > largest:
                    return Response(response.status_code, headers, bytes(body[:largest]), is_too_long=True)
            announced = headers.get("content-length", "")
            if announced.isdecimal() and len(body) < int(announced):
                raise AliyunError(
                    f"The answer was cut: {len(body)} of {announced} bytes came.", outcome=UNKNOWN, retryable=True
                )
            return Response(response.status_code, headers, bytes(body))


def _new_session() -> requests.Session:
    import requests

    session = requests.Session()
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    # Even unfollowed, requests prepares the next request of a redirect, for which it reads a body of any size.
    session.get_redirect_target = lambda resp: None  # type: ignore[method-assign]
    return session


def _check_ca(path: str) -> None:
    # Said before any request, as requests says it only with the first one.
    try:
        where = {"capath": path} if os.path.isdir(path) else {"cafile": path}
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(**where)
    except (OSError, ValueError):  # the latter for a path with a NUL
        from ansible_collections.aliyun.elasticsearch.plugins.module_utils._connection_errors import NO_CA

        raise AliyunError(NO_CA) from None

# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection; it can change at any time.

"""Make requests to the OpenAPI: signed anew for each attempt, repeated while that is safe and of use."""

from __future__ import annotations

import re
import time
import uuid
from typing import TYPE_CHECKING

from .._errors import UNKNOWN, AliyunError
from .._http.retry import with_retries
from .._redaction import Redactor
from ..signing import Acs3Auth, canonical_query
from . import allowed
from .response import parse_response

if TYPE_CHECKING:  # pragma: no cover
    from collections.abc import Callable, Iterator

    from requests import PreparedRequest

    from .._http.retry import RetryPolicy
    from .._http.transport import Transport
    from .credentials import Credentials
    from .operations import Operation
    from .response import ApiResponse

API_VERSION = "2017-06-13"
PAGE_SIZE = 100
MAX_PAGES = 1000


def is_region(text: str) -> bool:
    """Whether a text can be a region's ID, which becomes part of a host name; no list of regions is asked."""
    return bool(re.fullmatch(r"[a-z0-9-]+", text))


def regional_endpoint(region: str, network: str) -> str:
    """Return the base URL of a region's endpoint; ``network`` is ``public`` or ``vpc``.

    Source: ``alibabacloud-elasticsearch20170613``, endpoint rule "regional".
    """
    return f"https://elasticsearch{'-vpc' if network == 'vpc' else ''}.{region}.aliyuncs.com"


class Client:
    """Makes requests to the OpenAPI at a base URL, with the given credentials.

    ``region`` is None where it is not known. ``clock`` returns seconds since the epoch, ``nonce`` a text
    that is new at each call, ``sleep`` takes seconds. ``redact`` masks the credentials in texts from outside.
    """

    def __init__(
        self,
        url: str,
        region: str | None,
        credentials: Credentials,
        transport: Transport,
        retry: RetryPolicy,
        *,
        clock: Callable[[], float] = time.time,
        nonce: Callable[[], str] = lambda: uuid.uuid4().hex,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._url = url
        self.region = region
        self._credentials = credentials
        self._transport = transport
        self._retry = retry
        self._clock = clock
        self._nonce = nonce
        self._sleep = sleep
        self.redact = Redactor(credentials.secrets)

    def call(self, operation: Operation, before_retry: Callable[[AliyunError], None] | None = None) -> ApiResponse:
        """Return the first accepted response, with the number of attempts it took.

        Every attempt repeats the same path, query and body with a new nonce, date and signature.
        ``before_retry`` and the AliyunError that is raised are those of ``with_retries``.
        """
        response, attempts = with_retries(lambda: self.attempt(operation), self._retry, self._sleep, before_retry)
        return response._replace(attempts=attempts)

    def attempt(self, operation: Operation) -> ApiResponse:
        """Make a request once, and return the response if it is accepted; raises AliyunError otherwise.

        What ``allowed`` does not hold is not sent: that is asked before anything is signed, and of the signed request.
        """
        try:
            return self._attempt(operation)
        except AliyunError as error:
            raise error.replace(retryable=operation.may_be_sent_again(error)) from None

    def _attempt(self, operation: Operation) -> ApiResponse:
        query = canonical_query(operation.query)
        target = f"{operation.path}{'?' if query else ''}{query}"
        allowed.check(operation.action, operation.method, target, operation.payload)
        signer = Acs3Auth(
            self._credentials.access_key_id,
            self._credentials.access_key_secret,
            action=operation.action,
            version=API_VERSION,
            security_token=self._credentials.security_token,
            clock=self._clock,
            nonce=self._nonce,
        )

        def sign(request: PreparedRequest) -> PreparedRequest:
            signed = signer(request)
            allowed.check_prepared(signed)
            return signed

        response = self._transport.send(
            operation.method,
            f"{self._url}{target}",
            sign,
            body=operation.payload,
            content_type=operation.content_type,
            max_bytes=operation.max_bytes,
        )
        parsed = parse_response(response, self.redact)
        if parsed.is_success and operation.accepts(parsed.result):
            return parsed
        from .errors import error_for  # seldom needed, so not paid for by every task

        raise error_for(
            response, parsed, operation, url=self._url, region=self.region, now=self._clock(), redact=self.redact
        )

    def pages(self, operation: Operation) -> Iterator[ApiResponse]:
        """Yield the responses for all pages of an operation whose ``Result`` is a list, each as ``call`` returns it.

        The last page is the one with which as many rows came as the API says there are, or that has none. Where it does
        not say, that is one that is not full.
        Raises AliyunError as ``call`` does, and after MAX_PAGES pages.
        Source: Alibaba Cloud Elasticsearch, "ListInstance" (2017-06-13): ``page``, ``size``, ``X-Total-Count``.
        """
        count = 0
        for page in range(1, MAX_PAGES + 1):
            paging = [("page", str(page)), ("size", str(PAGE_SIZE))]
            response = self.call(operation._replace(query=[*operation.query, *paging]))
            yield response
            rows = response.result if isinstance(response.result, list) else []
            count += len(rows)
            total = _total_count(response)
            if not rows or (count >= total if total else len(rows) < PAGE_SIZE):
                return
        raise AliyunError(f"{operation.action} has more than {MAX_PAGES} pages.", outcome=UNKNOWN)


def _total_count(response: ApiResponse) -> int | None:
    # "Headers" is a part of the body. Both spellings occur.
    headers = (response.fields or {}).get("headers")
    for name, value in headers.items() if isinstance(headers, dict) else ():
        if name.lower() in ("x-total-count", "totalcount") and isinstance(value, int):
            return int(value)
    return None

# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection; it can change at any time.

"""One call of the OpenAPI: signed anew for each attempt, repeated while that is safe and of use."""

from __future__ import annotations

import functools
import time
import uuid
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlsplit

from ansible_collections.aliyun.elasticsearch.plugins.module_utils._advice import advise
from ansible_collections.aliyun.elasticsearch.plugins.module_utils._answer import Answer, judge
from ansible_collections.aliyun.elasticsearch.plugins.module_utils._errors import AliyunError
from ansible_collections.aliyun.elasticsearch.plugins.module_utils._text import Cleaner
from ansible_collections.aliyun.elasticsearch.plugins.module_utils.signing import Acs3Auth, canonical_query

if TYPE_CHECKING:  # pragma: no cover
    from collections.abc import Callable, Mapping, Sequence

    from ansible_collections.aliyun.elasticsearch.plugins.module_utils._credentials import Credentials
    from ansible_collections.aliyun.elasticsearch.plugins.module_utils._endpoint import Endpoint
    from ansible_collections.aliyun.elasticsearch.plugins.module_utils._retry import RetryPolicy
    from ansible_collections.aliyun.elasticsearch.plugins.module_utils._transport import Transport

API_VERSION = "2017-06-13"


class Call(NamedTuple):
    """An operation of the OpenAPI with its arguments.

    C(path) and C(query) are percent-encoded later; C(accepts) tells, from an answer's fields by lower-case name,
    whether it is what was asked for; C(ram_resource) is the resource's part behind the account in its RAM name.
    """

    action: str
    method: str
    path: str
    query: Sequence[tuple[str, str]]
    accepts: Callable[[Mapping[str, object]], bool]
    ram_resource: str


class Client:
    """Calls the OpenAPI with the given credentials.

    C(clock) returns seconds since the epoch, C(nonce) a text that is new at each call, C(sleep) takes seconds.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        credentials: Credentials,
        transport: Transport,
        retry: RetryPolicy,
        *,
        clock: Callable[[], float] = time.time,
        nonce: Callable[[], str] = lambda: uuid.uuid4().hex,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._endpoint = endpoint
        self._credentials = credentials
        self._transport = transport
        self._retry = retry
        self._clock = clock
        self._nonce = nonce
        self._sleep = sleep
        self._clean = Cleaner(credentials.secrets)

    def call(self, call: Call) -> Answer:
        """Return the first accepted answer, with the number of attempts it took.

        Every attempt repeats the same path and query with a new nonce, date and signature.
        Raises AliyunError once an attempt fails for good or the retries are used up. An attempt that got no answer
        leaves its doubt: if a later one is refused, the outcome of the whole stays UNKNOWN.
        """
        previous: AliyunError | None = None
        for attempt in range(1, self._retry.retries + 2):
            try:
                return self._attempt(call)._replace(attempts=attempt)
            except AliyunError as error:
                if previous is not None:
                    error.follows(previous)
                error.attempts = attempt
                if not error.retryable or attempt > self._retry.retries:
                    raise
                previous = error
                self._sleep(self._retry.delay(attempt, error.retry_after))
        raise AssertionError("the loop returns or raises")  # pragma: no cover

    def _attempt(self, call: Call) -> Answer:
        signer = Acs3Auth(
            self._credentials.access_key_id,
            self._credentials.access_key_secret,
            action=call.action,
            version=API_VERSION,
            security_token=self._credentials.security_token,
            clock=self._clock,
            nonce=self._nonce,
        )
        url = f"{self._endpoint.url}{call.path}?{canonical_query(call.query)}"
        response = self._transport.send(call.method, url, signer)
        advice = functools.partial(
            advise,
            now=self._clock(),
            host=urlsplit(self._endpoint.url).netloc,
            ram_action=f"elasticsearch:{call.action}",
            ram_resource=f"acs:elasticsearch:{self._endpoint.region or '*'}:*:{call.ram_resource}",
        )
        return judge(response, call.accepts, self._clean, advice)

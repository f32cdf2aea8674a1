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

from ansible_collections.aliyun.elasticsearch.plugins.module_utils._answer import Answer, judge
from ansible_collections.aliyun.elasticsearch.plugins.module_utils._retry import with_retries
from ansible_collections.aliyun.elasticsearch.plugins.module_utils._text import Cleaner
from ansible_collections.aliyun.elasticsearch.plugins.module_utils._transport import LARGEST_ANSWER
from ansible_collections.aliyun.elasticsearch.plugins.module_utils.signing import Acs3Auth, canonical_query

if TYPE_CHECKING:  # pragma: no cover
    from collections.abc import Callable, Mapping, Sequence

    from ansible_collections.aliyun.elasticsearch.plugins.module_utils._credentials import Credentials
    from ansible_collections.aliyun.elasticsearch.plugins.module_utils._document import Fields
    from ansible_collections.aliyun.elasticsearch.plugins.module_utils._endpoint import Endpoint
    from ansible_collections.aliyun.elasticsearch.plugins.module_utils._errors import AliyunError
    from ansible_collections.aliyun.elasticsearch.plugins.module_utils._response import Response
    from ansible_collections.aliyun.elasticsearch.plugins.module_utils._retry import RetryPolicy
    from ansible_collections.aliyun.elasticsearch.plugins.module_utils._transport import Transport

API_VERSION = "2017-06-13"


class Call(NamedTuple):
    """An operation of the OpenAPI with its arguments.

    C(path) is percent-encoded already, C(query) is not yet; C(accepts) tells, from an answer's fields by lower-case
    name, whether it is what was asked for; C(permissions) are the RAM actions that it needs, each with the part of
    the resource's name behind the account; C(if_false) is the advice for C(Result: false); C(largest_answer) is in
    bytes.
    """

    action: str
    method: str
    path: str
    query: Sequence[tuple[str, str]]
    accepts: Callable[[Mapping[str, object]], bool]
    permissions: Sequence[tuple[str, str]]
    if_false: str = ""
    largest_answer: int = LARGEST_ANSWER


class Client:
    """Calls the OpenAPI with the given credentials.

    C(clock) returns seconds since the epoch, C(nonce) a text that is new at each call, C(sleep) takes seconds.
    C(clean) masks the credentials in texts from outside.
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
        self.clean = Cleaner(credentials.secrets)

    def call(self, call: Call, before_retry: Callable[[AliyunError], None] | None = None) -> Answer:
        """Return the first accepted answer, with the number of attempts it took.

        Every attempt repeats the same path and query with a new nonce, date and signature.
        C(before_retry) and the AliyunError that is raised are those of C(with_retries).
        """
        answer, attempts = with_retries(lambda: self.attempt(call), self._retry, self._sleep, before_retry)
        return answer._replace(attempts=attempts)

    def attempt(self, call: Call) -> Answer:
        """Send a call once, and return the answer if it is accepted; raises AliyunError otherwise."""
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
        response = self._transport.send(call.method, url, signer, call.largest_answer)
        return judge(response, call.accepts, self.clean, functools.partial(self._advise, call))

    def _advise(self, call: Call, error: AliyunError, response: Response, fields: Fields | None) -> str:
        from ansible_collections.aliyun.elasticsearch.plugins.module_utils._advice import advise

        return advise(
            error,
            response,
            fields,
            now=self._clock(),
            host=urlsplit(self._endpoint.url).netloc,
            region=self._endpoint.region,
            permissions=call.permissions,
            if_false=call.if_false,
        )

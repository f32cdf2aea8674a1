# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection; it can change at any time.

"""Read from an instance's cluster, through the OpenAPI or straight from it. Nothing but GET is ever sent there."""

from __future__ import annotations

import base64
import json
import math
import time
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, NamedTuple

from .._errors import REFUSED, UNKNOWN, AliyunError
from .._http.retry import with_retries
from .._http.transport import AMBIGUOUS_STATUSES, TRANSIENT_STATUSES, describe
from .._openapi.operations import invoke_es_request
from .._redaction import Redactor

if TYPE_CHECKING:  # pragma: no cover
    from collections.abc import Callable

    from .._http.retry import RetryPolicy
    from .._http.transport import Response, Transport
    from .._openapi.client import Client

MAX_RESPONSE_BYTES = 4 * 1024 * 1024

NO_REPOSITORY = "repository_missing_exception"
NO_SNAPSHOT = "snapshot_missing_exception"

_MISSING = (NO_REPOSITORY, NO_SNAPSHOT)
_MAX_REASON = 1000
_MAX_TYPE = 128
_MAX_SEARCHED = 100_000  # characters of a text that may be as long as the whole response

_NEEDS_PRIVILEGES = (
    "needs the cluster privileges monitor_snapshot (in old versions create_snapshot or manage) and, for max_age, "
    "monitor."
)
_HINTS = {
    401: "Check cluster_username and cluster_password or, through the OpenAPI, the credential.",
    403: f"The user of the cluster {_NEEDS_PRIVILEGES}",
    429: "The cluster is overloaded; raise retries or retry_max_delay.",
}
_NO_MASTER = "The cluster has no elected master at the moment; see its health first."
_CODE_HINTS = {
    "cluster_manager_not_discovered_exception": _NO_MASTER,  # OpenSearch's
    "master_not_discovered_exception": _NO_MASTER,
    "cluster_block_exception": "The cluster is blocked, as while it recovers; see its health first.",
}
_OPENAPI_HINTS = {
    **_CODE_HINTS,
    "security_exception": f"The cluster itself refused it; its user behind the managed credential {_NEEDS_PRIVILEGES}",
}


class ClusterResponse(NamedTuple):
    """A document of the cluster, the server's time in seconds since the epoch, and the OpenAPI's RequestId.

    The time is None where the response had no ``Date``, the RequestId where the OpenAPI was not asked. ``attempts`` is
    how many times it was asked, 0 where nobody counted, ``size`` the length of the whole response in bytes.
    """

    document: object
    server_time: float | None
    request_id: str | None
    attempts: int = 0
    size: int = 0


class Health(NamedTuple):
    """The health of a cluster (``green``, ``yellow`` or ``red``), and its time in seconds since the epoch."""

    status: str
    now: float


class Cluster(ABC):
    """A cluster that can be read; ``sleep`` takes seconds."""

    def __init__(self, retry: RetryPolicy, sleep: Callable[[float], None] = time.sleep) -> None:
        self.retry = retry
        self._sleep = sleep

    def get(self, path: str, retry: bool = True, max_bytes: int = MAX_RESPONSE_BYTES) -> ClusterResponse:
        """Read a path, with ``retry`` again while that may help; of a response at most ``max_bytes``.

        The path is percent-encoded, begins without a slash and may have a query.
        Raises AliyunError where no document came; its ``code`` is Elasticsearch's ``error.type`` where that answered.
        """
        if not retry:
            return self._get(path, max_bytes)
        response, attempts = with_retries(lambda: self._get(path, max_bytes), self.retry, self._sleep)
        return response._replace(attempts=attempts)

    def now(self, response: ClusterResponse) -> float:
        """Return the server's time of a response in seconds since the epoch.

        Most versions of Elasticsearch send no ``Date`` (elastic/elasticsearch, issue 157382); then it is asked.
        """
        if response.server_time is not None:
            return response.server_time
        return self.health().now

    def health(self, retry: bool = True) -> Health:
        """Return the cluster's health and time; raises AliyunError as ``get`` does, and where it tells no time.

        Source: Elasticsearch, "cat health API".
        """
        document: Any = self.get("_cat/health?format=json", retry).document
        try:
            status, now = str(document[0].get("status")), float(document[0]["epoch"])
        except (AttributeError, TypeError, ValueError, LookupError, OverflowError):
            status, now = "", math.nan
        if not math.isfinite(now):
            raise AliyunError("The cluster does not tell its time, so the age of its snapshots is not known.")
        return Health(status, now)

    @abstractmethod
    def _get(self, path: str, max_bytes: int) -> ClusterResponse:
        """Read a path once."""


class OpenApiCluster(Cluster):
    """A cluster read by InvokeEsRequest, which needs no network path to it; see ``invoke_es_request``."""

    def __init__(
        self,
        client: Client,
        instance_id: str,
        credential_id: str | None,
        system_credential: bool,
        retry: RetryPolicy,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        super().__init__(retry, sleep)
        self._client = client
        self._instance_id = instance_id
        self._credential_id = credential_id
        self._system_credential = system_credential

    def _get(self, path: str, max_bytes: int) -> ClusterResponse:
        operation = invoke_es_request(
            self._instance_id,
            path,
            credential_id=self._credential_id,
            system_credential=self._system_credential,
            max_bytes=max_bytes,
            hints=_OPENAPI_HINTS,
        )
        response = self._client.attempt(operation)
        document = _passed_on(response.result, self._client.redact, response.request_id)
        return ClusterResponse(document, response.server_time, response.request_id, size=response.size)


class DirectCluster(Cluster):
    """A cluster read straight from its own endpoint, a base URL, with a name and a password (HTTP Basic)."""

    def __init__(
        self,
        url: str,
        username: str,
        password: str,
        transport: Transport,
        retry: RetryPolicy,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        super().__init__(retry, sleep)
        self._url = url
        self._transport = transport
        self._credentials = basic_credentials(username, password)
        self._redact = Redactor([password, self._credentials])

    def _get(self, path: str, max_bytes: int) -> ClusterResponse:
        response = self._transport.send("GET", f"{self._url}/{path}", self._authorize, max_bytes=max_bytes)
        document = _document(response, self._redact)
        return ClusterResponse(document, response.server_time, None, size=len(response.body))

    def _authorize(self, request: Any) -> Any:
        request.headers["Authorization"] = f"Basic {self._credentials}"
        return request


def basic_credentials(username: str, password: str) -> str:
    """Return what HTTP Basic sends for a user, as secret as the password (RFC 7617, section 2)."""
    return base64.b64encode(f"{username}:{password}".encode()).decode()


def _document(response: Response, redact: Redactor) -> object:
    """Return the JSON document of a 2xx response that came straight from a cluster; raises AliyunError otherwise."""
    document = None if response.is_too_long else _parse(response.body)
    if isinstance(document, dict):
        _raise_error_in(document, response.status, redact)
    if isinstance(document, (dict, list)) and 200 <= response.status < 300:
        return document
    raise AliyunError(
        describe(response, redact, "Elasticsearch"),
        outcome=UNKNOWN if response.status < 300 or response.status in AMBIGUOUS_STATUSES else REFUSED,
        http_status=response.status,
        retryable=_is_transient(response.status),
        hint=_HINTS.get(response.status, ""),
        is_too_long=response.is_too_long,
    )


def _passed_on(result: object, redact: Redactor, request_id: str | None) -> object:
    """Return the document that the OpenAPI passed on from a cluster, as it is or as a JSON text.

    Raises AliyunError for an error of Elasticsearch, and for what is no document.
    Source: ``alibabacloud-elasticsearch20170613``, InvokeEsRequest: Elasticsearch's response "as-is", of any structure.
    """
    document = _parse(result.encode("utf-8", "replace")) if isinstance(result, str) else result
    if isinstance(document, dict):
        status = document.get("status")
        is_number = isinstance(status, int) and not isinstance(status, bool)
        _raise_error_in(document, status if is_number else None, redact, request_id)
    if isinstance(document, (dict, list)):
        return document
    excerpt = redact(str(result)[:_MAX_SEARCHED], _MAX_TYPE)
    raise AliyunError(
        f"What the OpenAPI passed on from the cluster is no document: {excerpt!r}",
        outcome=UNKNOWN,
        request_id=request_id,
    )


def _parse(text: bytes) -> object:
    try:
        document: object = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return document


def _raise_error_in(
    document: dict[str, Any], status: int | None, redact: Redactor, request_id: str | None = None
) -> None:
    """Raise AliyunError for an error of Elasticsearch, also for one that it tells within a successful response.

    Source: Elasticsearch 7.17, "Get snapshot API": ``failures`` has the errors by repository.
    """
    failures = document.get("failures")
    if "error" in document:
        # It is an object with type and reason, or, from some parts of Elasticsearch, a text.
        error, is_transient = document["error"], _is_transient(status)
    elif isinstance(failures, dict) and failures:
        error, is_transient = next(iter(failures.values())), True
    else:
        return
    fields = error if isinstance(error, dict) else {"reason": error}
    kind = fields.get("type")
    code = redact(kind[:_MAX_SEARCHED], _MAX_TYPE) if isinstance(kind, str) else None
    raise AliyunError(
        redact(str(fields.get("reason") or "Elasticsearch gave no reason.")[:_MAX_SEARCHED], _MAX_REASON),
        outcome=REFUSED,
        code=code,
        http_status=status,
        request_id=request_id,
        retryable=is_transient and code not in _MISSING,
        hint=_CODE_HINTS.get(code or "") or _HINTS.get(status or 0, ""),
    )


def _is_transient(status: int | None) -> bool:
    return status == 429 or status in TRANSIENT_STATUSES

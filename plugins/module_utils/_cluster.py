# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection; it can change at any time.

"""Read from an instance's cluster, through the OpenAPI or straight from it. Nothing but GET is ever sent there."""

from __future__ import annotations

import base64
import math
import time
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from ansible_collections.aliyun.elasticsearch.plugins.module_utils._client import Call
from ansible_collections.aliyun.elasticsearch.plugins.module_utils._elasticsearch import read_answer, read_result
from ansible_collections.aliyun.elasticsearch.plugins.module_utils._errors import AliyunError
from ansible_collections.aliyun.elasticsearch.plugins.module_utils._retry import with_retries
from ansible_collections.aliyun.elasticsearch.plugins.module_utils._text import Cleaner
from ansible_collections.aliyun.elasticsearch.plugins.module_utils.signing import percent_encode

if TYPE_CHECKING:  # pragma: no cover
    from collections.abc import Callable

    from ansible_collections.aliyun.elasticsearch.plugins.module_utils._client import Client
    from ansible_collections.aliyun.elasticsearch.plugins.module_utils._endpoint import Endpoint
    from ansible_collections.aliyun.elasticsearch.plugins.module_utils._retry import RetryPolicy
    from ansible_collections.aliyun.elasticsearch.plugins.module_utils._transport import Transport

T = TypeVar("T")

# Hundreds of snapshots, each with the names of thousands of indices.
LARGEST_LIST = 128 * 1024 * 1024


class Reading(NamedTuple):
    """A document of the cluster, the server's time in seconds since the epoch, and the OpenAPI's RequestId.

    The time is None where the answer had no C(Date), the RequestId where the OpenAPI was not asked.
    """

    document: object
    server_time: float | None
    request_id: str | None


class Cluster(ABC):
    """A cluster that can be read; C(sleep) takes seconds."""

    def __init__(self, retry: RetryPolicy, sleep: Callable[[float], None] = time.sleep) -> None:
        self.retry = retry
        self._sleep = sleep

    @abstractmethod
    def get_once(self, path: str) -> Reading:
        """Read a path once; it is percent-encoded, begins without a slash and may have a query.

        Raises AliyunError where no document came; its C(code) is Elasticsearch's C(error.type) where that answered.
        """

    def read(self, once: Callable[[], T]) -> T:
        """Return what C(once) reads, tried again while that may help; raises AliyunError as C(with_retries) does."""
        try:
            found, _attempts = with_retries(once, self.retry, self._sleep)
        except AliyunError as error:
            error.earlier = ""  # what only reads leaves nothing open
            raise
        return found

    def now(self, reading: Reading) -> float:
        """Return the server's time of a reading in seconds since the epoch.

        Most versions of Elasticsearch send no C(Date) (elastic/elasticsearch, issue 157382); then it is asked.
        """
        if reading.server_time is not None:
            return reading.server_time
        document = self.read(lambda: self.get_once("_cat/health?format=json")).document
        try:
            now = float(document[0]["epoch"])  # type: ignore[index]
        except (TypeError, ValueError, LookupError, OverflowError):
            now = math.nan
        if not math.isfinite(now):
            raise AliyunError("The cluster does not tell its time, so the age of its snapshots is not known.")
        return now


class OpenApiCluster(Cluster):
    """A cluster read by InvokeEsRequest, which needs no network path to it.

    Without C(credential_id) and C(system_credential), the instance's default managed credential is used.
    Source: Alibaba Cloud Elasticsearch, "InvokeEsRequest" (2017-06-13).
    """

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
        self._credential = [("credentialId", credential_id)] if credential_id else []
        self._credential += [("system", "true")] if system_credential else []
        self._resource = f"instances/{instance_id}/credentials/{credential_id or '*'}"

    def get_once(self, path: str) -> Reading:
        """See C(Cluster.get_once)."""
        answer = self._client.attempt(
            Call(
                action="InvokeEsRequest",
                method="POST",
                path=f"/openapi/instances/{percent_encode(self._instance_id)}/es-request",
                query=[("path", path), ("method", "GET"), *self._credential],
                accepts=lambda fields: isinstance(fields.get("result"), (dict, list, str)),
                permissions=[
                    ("InvokeEsRequest", f"instances/{self._instance_id}"),
                    ("UseCredential", self._resource),
                ],
                largest_answer=LARGEST_LIST,
            )
        )
        try:
            document = read_result(answer.fields["result"], self._client.clean)
        except AliyunError as error:
            error.request_id = answer.request_id
            raise
        return Reading(document, answer.server_time, answer.request_id)


def basic_credentials(username: str, password: str) -> str:
    """Return what HTTP Basic sends for a user, as secret as the password (RFC 7617, section 2)."""
    return base64.b64encode(f"{username}:{password}".encode()).decode()


class DirectCluster(Cluster):
    """A cluster read straight from its own endpoint, with a name and a password (HTTP Basic)."""

    def __init__(
        self,
        endpoint: Endpoint,
        username: str,
        password: str,
        transport: Transport,
        retry: RetryPolicy,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        super().__init__(retry, sleep)
        from requests.auth import HTTPBasicAuth  # late: see Transport

        self._endpoint = endpoint
        self._transport = transport
        self._auth = HTTPBasicAuth(username.encode(), password.encode())
        self._clean = Cleaner([password, basic_credentials(username, password)])

    def get_once(self, path: str) -> Reading:
        """See C(Cluster.get_once)."""
        response = self._transport.send("GET", f"{self._endpoint.url}/{path}", self._auth, LARGEST_LIST)
        return Reading(read_answer(response, self._clean), response.server_time, None)

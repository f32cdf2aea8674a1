# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""How each of the two routes words what goes wrong, so that one fault fits both."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from typing import Any, Protocol

from . import es_answers
from .answers import Answer, Refusal, success
from .call import Call


class Wording(Protocol):
    """What a fault has to know of the route it happens on."""

    @property
    def headers(self) -> dict[str, str]:
        """Return the headers that every answer has there."""

    @property
    def date(self) -> str | None:
        """Return the date that answers have there, if they have one."""

    @property
    def elsewhere(self) -> str:
        """Return an address of the same server that a client has no reason to ask for."""

    def error(self, status: int, code: str, message: str, headers: dict[str, str], xml: bool) -> Answer:
        """Return an error document."""

    def throttle(self, status: int, code: str, retry_after_ms: int | None) -> Answer:
        """Return the error for a caller who is too fast."""

    def result(self, value: Any) -> Answer:
        """Return a success with this result."""


@dataclass(frozen=True)
class OpenapiWording:
    """The OpenAPI's own words."""

    call: Call
    now: datetime

    @property
    def headers(self) -> dict[str, str]:
        """Return the request id."""
        return {"x-acs-request-id": self.call.request_id}

    @property
    def date(self) -> str:
        """Return the date by the emulator's clock."""
        return format_datetime(self.now, usegmt=True)

    @property
    def elsewhere(self) -> str:
        """Return a path of the OpenAPI, where a client that follows is seen."""
        return f"{self.call.scheme}://{self.call.host}/openapi/redirected"

    def error(self, status: int, code: str, message: str, headers: dict[str, str], xml: bool) -> Answer:
        """Return the documented error document."""
        refusal = Refusal(status, code, message)
        return refusal.answer(self.call.request_id, self.call.host, xml=xml, headers=headers)

    def throttle(self, status: int, code: str, retry_after_ms: int | None) -> Answer:
        """Return the error of the flow control."""
        headers = {} if retry_after_ms is None else {"x-acs-retry-after": str(retry_after_ms)}
        return self.error(status, code, "Request was denied due to user flow control.", headers, False)

    def result(self, value: Any) -> Answer:
        """Return the document of a success."""
        return success(self.call.request_id, value)


@dataclass(frozen=True)
class ClusterWording:
    """Elasticsearch's words."""

    address: str
    date: str | None

    @property
    def headers(self) -> dict[str, str]:
        """Return nothing: there are no such headers."""
        return {}

    @property
    def elsewhere(self) -> str:
        """Return a path of the cluster, where a client that follows is seen."""
        return f"{self.address}/redirected"

    def error(self, status: int, code: str, message: str, headers: dict[str, str], xml: bool) -> Answer:
        """Return Elasticsearch's error document, which is always JSON."""
        return es_answers.answer(status, es_answers.error(status, code, message), headers)

    def throttle(self, status: int, code: str, retry_after_ms: int | None) -> Answer:
        """Return the error of a full queue, which is always the same."""
        reason = "rejected execution of the request: the queue is full"
        return self.error(429, "es_rejected_execution_exception", reason, {}, False)

    def result(self, value: Any) -> Answer:
        """Return the value as the whole document."""
        return Answer(200, json.dumps(value).encode(), es_answers.JSON_TYPE)

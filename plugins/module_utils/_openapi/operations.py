# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection; it can change at any time.

"""The operations of the OpenAPI that the collection uses; a new one is added here.

Source: Alibaba Cloud Elasticsearch, API reference (2017-06-13).
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NamedTuple

from .._http.transport import MAX_RESPONSE_BYTES
from ..signing import percent_encode

if TYPE_CHECKING:  # pragma: no cover
    from collections.abc import Callable, Mapping, Sequence


class Operation(NamedTuple):
    """An operation with its arguments.

    ``action`` is its name, ``path`` is percent-encoded already, ``query`` is not yet. ``body`` is sent as JSON.
    ``accepts`` tells from the ``Result`` of a response whether it is what was asked for.
    ``permissions`` are the RAM actions that it needs, each with the part of the resource's name behind the account.
    ``hints`` are sentences on what to do, by error code, and by ``Result: false`` for that; they win over those of
    ERROR_CODES. ``max_bytes`` is the largest response that is read.
    """

    action: str
    method: str
    path: str
    accepts: Callable[[object], bool]
    permissions: Sequence[tuple[str, str]]
    query: Sequence[tuple[str, str]] = ()
    body: Mapping[str, object] | None = None
    hints: Mapping[str, str] = {}
    max_bytes: int = MAX_RESPONSE_BYTES

    @property
    def payload(self) -> bytes | None:
        """The body as it is sent, in UTF-8; None without one."""
        if self.body is None:
            return None
        return json.dumps(self.body, ensure_ascii=False, separators=(",", ":")).encode()

    @property
    def content_type(self) -> str | None:
        """The content type of the body, None without one."""
        return None if self.body is None else "application/json; charset=utf-8"

    def permissions_in(self, region: str | None) -> str:
        """Return the permissions as a RAM policy names them, for a region or for all."""
        return " and ".join(
            f"elasticsearch:{action} on acs:elasticsearch:{region or '*'}:*:{resource}"
            for action, resource in self.permissions
        )


def create_snapshot(instance_id: str, client_token: str) -> Operation:
    """Have a manual snapshot taken; success means that it was accepted, not that it is complete.

    Source: Alibaba Cloud Elasticsearch, "CreateSnapshot" (2017-06-13).
    """
    return Operation(
        action="CreateSnapshot",
        method="POST",
        path=f"/openapi/instances/{percent_encode(instance_id)}/snapshots",
        query=[("ClientToken", client_token)],
        accepts=lambda result: result is True,
        permissions=[("CreateSnapshot", f"instances/{instance_id}")],
        hints={
            "Result: false": "Look in the console whether a snapshot is running already and whether automatic backup "
            "was ever enabled."
        },
    )


def invoke_es_request(
    instance_id: str,
    path: str,
    *,
    credential_id: str | None,
    system_credential: bool,
    max_bytes: int,
    hints: Mapping[str, str],
) -> Operation:
    """Have the instance's cluster asked for a path by GET; ``Result`` is its response, as an object or as a text.

    Without ``credential_id`` and ``system_credential``, the instance's default managed credential is used.
    ``hints`` are for the codes of Elasticsearch's own errors.
    Source: Alibaba Cloud Elasticsearch, "InvokeEsRequest" (2017-06-13).
    """
    credential = [("credentialId", credential_id)] if credential_id else []
    credential += [("system", "true")] if system_credential else []
    return Operation(
        action="InvokeEsRequest",
        method="POST",
        path=f"/openapi/instances/{percent_encode(instance_id)}/es-request",
        query=[("path", path), ("method", "GET"), *credential],
        accepts=lambda result: isinstance(result, (dict, list, str)),
        permissions=[
            ("InvokeEsRequest", f"instances/{instance_id}"),
            ("UseCredential", f"instances/{instance_id}/credentials/{credential_id or '*'}"),
        ],
        hints=hints,
        max_bytes=max_bytes,
    )

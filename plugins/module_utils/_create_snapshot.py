# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection; it can change at any time.

"""The OpenAPI's CreateSnapshot, and what its arguments may be."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ansible_collections.aliyun.elasticsearch.plugins.module_utils._client import Call
from ansible_collections.aliyun.elasticsearch.plugins.module_utils._errors import AliyunError
from ansible_collections.aliyun.elasticsearch.plugins.module_utils.signing import percent_encode

if TYPE_CHECKING:  # pragma: no cover
    from collections.abc import Callable

    from ansible_collections.aliyun.elasticsearch.plugins.module_utils._answer import Answer
    from ansible_collections.aliyun.elasticsearch.plugins.module_utils._client import Client

LONGEST_TOKEN = 64


def check_client_token(client_token: str) -> None:
    """Raise AliyunError for a token that the API would not take ("CreateSnapshot", parameter ClientToken)."""
    if not client_token.strip():
        raise AliyunError("client_token must not be blank; leave it out to have one generated.")
    if len(client_token) > LONGEST_TOKEN:
        raise AliyunError(f"client_token must have at most {LONGEST_TOKEN} characters, not {len(client_token)}.")
    if not all(" " <= char <= "~" for char in client_token):
        raise AliyunError("client_token must consist of printable ASCII characters.")


def create_snapshot(
    client: Client, instance_id: str, client_token: str, before_retry: Callable[[AliyunError], None] | None = None
) -> Answer:
    """Have a manual snapshot taken; the answer means that it was accepted, not that it is complete.

    C(before_retry) is that of C(Client.call).
    Raises AliyunError where the API did not answer C(Result: true).
    Source: Alibaba Cloud Elasticsearch, "CreateSnapshot" (2017-06-13).
    """
    return client.call(
        Call(
            action="CreateSnapshot",
            method="POST",
            path=f"/openapi/instances/{percent_encode(instance_id)}/snapshots",
            query=[("ClientToken", client_token)],
            accepts=lambda fields: fields.get("result") is True,
            permissions=[("CreateSnapshot", f"instances/{instance_id}")],
            if_false="Look in the console whether a snapshot is running already and whether automatic backup was ever "
            "enabled.",
        ),
        before_retry,
    )

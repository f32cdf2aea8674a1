# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection; it can change at any time.

"""What a person can do about an answer of the API, in one sentence."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # pragma: no cover
    from collections.abc import Sequence

    from ansible_collections.aliyun.elasticsearch.plugins.module_utils._document import Fields
    from ansible_collections.aliyun.elasticsearch.plugins.module_utils._errors import AliyunError
    from ansible_collections.aliyun.elasticsearch.plugins.module_utils._response import Response

NEEDS_PRIVILEGES = (
    "needs the cluster privileges monitor_snapshot (in old versions create_snapshot or manage) and, for max_age, "
    "monitor."
)

_DENIED = ("Forbidden", "NoPermission", "NotAuthorized")
_BY_CODE = (
    (
        ("InstanceNotFound",),
        "Check the instance's ID and its region: {host} was asked.",
    ),
    (
        ("InvalidAccessKeyId", "SignatureDoesNotMatch", "InvalidSecurityToken", "MissingSecurityToken"),
        "Check the access key pair and, for temporary credentials, the security token that belongs to it.",
    ),
    (
        ("IdempotentParameterMismatch",),
        "The client_token was used before, for another request; each instance and each snapshot needs its own.",
    ),
    (
        ("TokenPreviousRequestProcessError",),
        "An earlier request with the same ClientToken is still being processed.",
    ),
    (
        ("InstanceActivating", "InstanceStatusNotSupportCurrentAction", "InstanceDuplicateScheduledTask"),
        "The instance is busy with another change; wait until its status is active.",
    ),
    (
        ("security_exception",),  # Elasticsearch's own
        f"The cluster itself refused it; its user behind the managed credential {NEEDS_PRIVILEGES}",
    ),
)
_THROTTLED = "The API is throttling; raise retries or retry_max_delay, or run fewer tasks at once."
_NOT_THE_API = "Something else than the API may have answered; check the endpoint {host} and the proxies of this host."


def advise(
    error: AliyunError,
    response: Response,
    fields: Fields | None,
    *,
    now: float,
    host: str,
    region: str | None,
    permissions: Sequence[tuple[str, str]],
    if_false: str,
) -> str:
    """Return the advice for an error that an answer led to, empty where there is none.

    C(fields) are those of the answer's document, None where it is none of the API; C(now) is the local time in
    seconds since the epoch; C(permissions) and C(if_false) are those of the C(Call).
    """
    code = error.code or ""
    if code.startswith("InvalidTimeStamp"):
        return _clock_difference(response.server_time, now)
    for codes, sentence in _BY_CODE:
        if code.startswith(codes):
            return sentence.format(host=host)
    if error.http_status == 403 or code.startswith(_DENIED):
        allow = f"A RAM policy has to allow {_permissions(region, permissions)}."
        return allow if fields else f"{allow} {_NOT_THE_API.format(host=host)}"
    if error.retry_after is not None or error.http_status == 429 or "Throttling" in code:
        return _THROTTLED
    if fields is None:
        return _NOT_THE_API.format(host=host)
    return if_false if fields.get("result") is False else ""


def _permissions(region: str | None, permissions: Sequence[tuple[str, str]]) -> str:
    return " and ".join(
        f"elasticsearch:{action} on acs:elasticsearch:{region or '*'}:*:{resource}" for action, resource in permissions
    )


def _clock_difference(server_time: float | None, now: float) -> str:
    if server_time is None:
        return "Check this host's clock; the answer does not tell the server's time."
    seconds = round(now - server_time)
    direction = "ahead of" if seconds > 0 else "behind"
    shown = time.strftime("%Y-%m-%d %H:%M:%S UTC", time.gmtime(server_time))
    return f"This host's clock is {abs(seconds)} seconds {direction} the server's ({shown}); 900 are allowed."

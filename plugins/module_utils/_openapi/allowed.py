# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection; it can change at any time.

"""The requests that the collection may send to the OpenAPI, as an allow list.

UpgradeEngineVersion upgrades an instance unless its query says ``dryRun=true``, and a parameter that the API does not
know is ignored. So no request leaves whose method, path, query, body and action are not written here.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from .._errors import AliyunError

if TYPE_CHECKING:  # pragma: no cover
    from collections.abc import Mapping

    from requests import PreparedRequest

_ACTION = "x-acs-action"
_MAX_SHOWN = 300


class Rule(NamedTuple):
    """What a request of an operation has to be: the method, and patterns of the path with the query and of the body.

    The path and the query are percent-encoded in the canonical way, and the parameters are sorted by name. The body is
    JSON without blanks; without a pattern, there must be none.
    """

    method: str
    target: str
    body: str = ""


def rules() -> Mapping[str, Rule]:
    """Return the allow list, by action; whatever is not in it is refused.

    Source: Alibaba Cloud Elasticsearch, API reference (2017-06-13).
    """
    # An instance's ID as one segment: any printable ASCII but "/", "?" and "#", also encoded, and not "." and "..".
    escape = "%(?:2[124-9A-C]|3[A-E]|40|5[B-E]|60|7[B-D])"
    instance = rf"/openapi/instances/(?!\.\.?(?:[/?]|\Z))(?:[0-9A-Za-z._~-]|{escape})+"
    value = "(?:[0-9A-Za-z._~-]|%[0-9A-F]{2})+"
    return {
        "CreateSnapshot": Rule("POST", rf"{instance}/snapshots\?ClientToken={value}"),
        "DescribeElasticsearchHealth": Rule("GET", f"{instance}/elasticsearch-health"),
        "DescribeInstance": Rule("GET", instance),
        "DescribeSnapshotSetting": Rule("GET", f"{instance}/snapshot-setting"),
        "InvokeEsRequest": Rule(
            "POST",
            rf"{instance}/es-request\?(?:credentialId={value}&)?method=GET&path={value}(?:&system=true)?",
        ),
        "ListActionRecords": Rule("GET", rf"{instance}/action-records\?page=1&size=50"),
        "ListInstance": Rule("GET", r"/openapi/instances\?page=[1-9][0-9]{0,3}&size=100"),
        "UpdateSnapshotSetting": Rule(
            "POST", f"{instance}/snapshot-setting", r'\{"enable":(?:true|false)(?:,"quartzRegex":"[^"\\]+")?\}'
        ),
        "UpgradeEngineVersion": Rule(
            "POST",
            rf"{instance}/actions/upgrade-version\?dryRun=true",
            r'\{"type":"(?:engineVersion|aliVersion)","version":"[0-9A-Za-z.]{1,64}"\}',
        ),
        "UpgradeInfo": Rule("GET", f"{instance}/upgradeInfo"),
    }


def check(action: str, method: str | None, target: str, body: object) -> None:
    """Raise AliyunError, with the outcome NOT_SENT, for a request that is not in the allow list.

    ``action`` is the value of ``x-acs-action``, ``target`` the path with the query, and ``body`` the bytes or None.
    """
    rule = rules().get(action)
    text = body.decode(errors="replace") if isinstance(body, bytes) else "" if body is None else None
    if (
        rule is None
        or text is None
        or method != rule.method
        or not re.fullmatch(rule.target, target)
        or not re.fullmatch(rule.body, text)
    ):
        shown = ascii(f"{action} by {method} {target} {text or ''}".rstrip())
        raise AliyunError(
            f"This collection may not send the request {shown[:_MAX_SHOWN]}.",
            hint="This is a defect of the collection; please report it.",
        )


def check_prepared(request: PreparedRequest) -> None:
    """Raise AliyunError as ``check`` does for a request as it leaves, with all that was changed while it was prepared.

    Source: requests, "PreparedRequest" (``path_url`` is what its adapters send).
    """
    check(request.headers.get(_ACTION, ""), request.method, request.path_url, request.body)

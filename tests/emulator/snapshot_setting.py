# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The snapshot setting of an instance, whose parts have other capitals in each of its two operations.

Sources: Alibaba Cloud Elasticsearch, "DescribeSnapshotSetting" and "UpdateSnapshotSetting" (2017-06-13);
``alibabacloud-elasticsearch20170613`` 5.4.1.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from .instances import check_parameters, find
from .responses import ApiError
from .serving import Prepared

if TYPE_CHECKING:
    from .openapi import Call


def describe_snapshot_setting(call: Call) -> Prepared:
    """Return the snapshot setting, with other capitals than UpdateSnapshotSetting."""
    check_parameters(call.request.parameters())
    setting = {f"{name[0].upper()}{name[1:]}": value for name, value in find(call).setting.items()}
    return Prepared(
        call.form.result({name: value for name, value in setting.items() if value is not None}),
        lambda: "snapshot setting described",
        ("DescribeSnapshotSetting",),
    )


def update_snapshot_setting(call: Call) -> Prepared:
    """Change the snapshot setting, which takes no client token."""
    check_parameters(call.request.parameters())
    enable, schedule = _snapshot_setting(call)
    instance = find(call, 400)
    call.state.check_active(instance.instance_id)
    sent = {"enable": enable, **({} if schedule is None else {"quartzRegex": schedule})}
    setting = {**instance.setting, **sent, **instance.fixture.stores}

    def commit() -> str:
        instance.setting = setting
        return f"snapshot setting updated by {call.request.body.decode()}"

    return Prepared(call.form.result(setting), commit, ("UpdateSnapshotSetting",))


def _snapshot_setting(call: Call) -> tuple[bool, str | None]:
    """Return what a request asks to be set, and refuse what is not documented."""
    try:
        body = json.loads(call.request.body)
    except ValueError as error:
        raise ApiError(400, "InvalidParameter", "The body is not JSON.") from error
    given = body if isinstance(body, dict) else {}
    enable, schedule = given.get("enable"), given.get("quartzRegex")
    if not isinstance(enable, bool) or set(given) - {"enable", "quartzRegex"}:
        raise ApiError(400, "InvalidParameter", "enable must be true or false; else there is quartzRegex only.")
    if not isinstance(schedule, str) and (enable or schedule is not None):
        raise ApiError(400, "InvalidParameter", "quartzRegex must be a text.")
    if not call.request.headers.get("content-type", "").startswith("application/json"):
        raise ApiError(400, "InvalidParameter", "The content type must be application/json.")
    return enable, schedule

# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What is asked of a cluster, by either route: how it is noted down, counted and misbehaved on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .answers import Answer
from .es_api import View, ask
from .operation import Deed, Order
from .state import State


def new_record(
    route: str,
    method: str,
    path: str,
    *,
    account: str | None = None,
    user: str | None = None,
    credential_id: str | None = None,
    system: bool | None = None,
) -> dict[str, Any]:
    """Return an entry for C(GET /emulator/cluster-requests), as yet without an answer."""
    return {
        "route": route,
        "method": method,
        "path": path,
        "account": account,
        "user": user,
        "credential_id": credential_id,
        "system": system,
        "fault": None,
        "status": None,
    }


def look(state: State, instance_id: str, record: dict[str, Any], word: Callable[[View], Answer]) -> Order:
    """Ask a cluster what the record says, and put it into the route's words; only what is served counts as a look."""
    now = state.now()
    view = ask(state.clusters.repository(instance_id), record["path"], now)
    fault = state.cluster_faults[view.queue].take(instance_id) if view.queue else None
    record["fault"] = fault and fault.kind

    def carry_out() -> Deed:
        view.count(now)
        return Deed(f"the cluster answered {view.status}", "after the cluster had answered")

    def answered(status: int | None) -> None:
        record["status"] = status if fault else view.status

    return Order(word(view), fault, "before the cluster was asked", carry_out, answered)

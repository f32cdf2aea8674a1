# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The operation CreateSnapshot: one client token, one snapshot."""

from __future__ import annotations

import re

from .accounts import Account
from .answers import Refusal, success
from .call import Call
from .operation import Deed, Operation, Order
from .state import State

# More, or other than ASCII, is refused.
LONGEST_TOKEN = 64

TAKEN = Deed("snapshot taken", "after the snapshot was taken")
SEEN = Deed("token seen before: no second snapshot", "(token seen before: no second snapshot)")


def _prepare(call: Call, state: State, account: Account, instance_id: str) -> Order:
    """Check the client token and the instance."""
    token = call.parameters().get("ClientToken")
    if not token:
        raise Refusal(400, "MissingClientToken", "ClientToken is mandatory for this action.")
    if len(token) > LONGEST_TOKEN or not token.isascii():
        raise Refusal(400, "InvalidClientToken", f"ClientToken must have at most {LONGEST_TOKEN} ASCII characters.")
    state.instances.check(instance_id)
    state.ledger.seen(account.name, instance_id, token)

    def carry_out() -> Deed:
        return _take(state, account.name, instance_id, token, call.request_id)

    fault = state.faults.take(instance_id, token)
    return Order(success(call.request_id), fault, "before any snapshot was taken", carry_out)


def _take(state: State, account: str, instance_id: str, client_token: str, request_id: str) -> Deed:
    """Take the snapshot unless it was taken before: note it in the ledger, and let the cluster begin it."""
    now = state.now()
    name = state.clusters.repository(instance_id).free_name(now)
    if not state.ledger.take(account, instance_id, client_token, request_id, name, now):
        return SEEN
    state.clusters.begin(instance_id, name, now)
    return TAKEN


OPERATION = Operation(
    action="CreateSnapshot",
    path=re.compile(r"/openapi/instances/([^/]+)/snapshots"),
    writes=True,
    prepare=_prepare,
)

# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The operation InvokeEsRequest: the OpenAPI asks an instance's cluster on behalf of the caller."""

from __future__ import annotations

import re

from . import es_answers
from .accounts import CREDENTIAL_ID, Account
from .answers import Answer, Refusal, success
from .call import Call
from .es_api import View
from .looks import look, new_record
from .operation import Operation, Order
from .state import State


def _prepare(call: Call, state: State, account: Account, instance_id: str) -> Order:
    """Check the parameters and the instance, and note down what the cluster is asked, also where that is refused."""
    given = call.parameters()
    record = new_record(
        "openapi",
        given.get("method", "GET"),
        "/" + given.get("path", "").lstrip("/"),
        account=account.name,
        credential_id=given.get("credentialId"),
        system=given.get("system", "false").lower() == "true",
    )
    state.cluster_requests.append(record)
    try:
        _check(given)
        state.instances.check_known(instance_id)
    except Refusal as refusal:
        record["status"] = refusal.status
        raise

    def word(view: View) -> Answer:
        return success(call.request_id, es_answers.text(view.document) if state.es_result_as_text else view.document)

    return look(state, instance_id, record, word)


def _check(given: dict[str, str]) -> None:
    """Refuse parameters that the emulator does not know, with codes of its own making."""
    if unknown := sorted(set(given).difference(("path", "method", "credentialId", "system"))):
        raise Refusal(400, "InvalidParameter", f"InvokeEsRequest has no parameter {', '.join(unknown)}.")
    if not given.get("path", "").strip("/"):
        raise Refusal(400, "MissingPath", "path is mandatory for this action.")
    if given.get("method", "GET") != "GET":
        raise Refusal(400, "InvalidMethod", "The emulator's clusters are only ever read: method must be GET.")
    # The official client writes True.
    if given.get("system", "false").lower() not in ("true", "false"):
        raise Refusal(400, "InvalidParameter", "system must be true or false.")
    if given.get("credentialId", CREDENTIAL_ID) != CREDENTIAL_ID:
        raise Refusal(400, "CredentialNotFound", "The specified credential does not exist.")


OPERATION = Operation(
    action="InvokeEsRequest",
    path=re.compile(r"/openapi/instances/([^/]+)/es-request"),
    writes=False,
    prepare=_prepare,
)

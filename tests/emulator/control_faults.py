# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The control call that queues misbehaviours."""

from __future__ import annotations

from typing import Any

from . import faults
from .fields import BadControlCall, any_mapping, anything, boolean, check_each, mapping, optional, text
from .state import State

FIELDS = {
    "faults": anything,
    "instance_id": optional(text),
    "by_client_token": any_mapping,
    "looks": boolean,
    "health": boolean,
}


def put_faults(state: State, document: Any, where: str) -> dict[str, Any]:
    """Replace one queue of misbehaviours, or those of several client tokens."""
    given = check_each(mapping(document, where, FIELDS), FIELDS)
    by_token = given.get("by_client_token")
    of_clusters = [name for name in state.cluster_faults if given.get(name)]
    if ("faults" in given) == (by_token is not None) or (by_token is not None and len(given) > 1):
        raise BadControlCall("give faults, with or without instance_id, looks or health, or by_client_token")
    if len(of_clusters) > 1:
        raise BadControlCall("give looks or health")
    if by_token is not None:
        parsed = {token: faults.parse(queue) for token, queue in by_token.items()}
        for token, queue in parsed.items():
            state.faults.put(queue, client_token=token)
            state.journal.event("faults set", kinds=[fault.kind for fault in queue], client_token=token)
        return {"queues": len(parsed)}
    target = of_clusters[0] if of_clusters else None
    queue = faults.parse(given["faults"], faults.CLUSTER_KINDS if target else faults.KINDS)
    instance_id = given.get("instance_id")
    (state.cluster_faults[target] if target else state.faults).put(queue, instance_id=instance_id)
    kinds = [fault.kind for fault in queue]
    state.journal.event("faults set", kinds=kinds, instance_id=instance_id, asked_of_clusters=target)
    return {"queues": 1}

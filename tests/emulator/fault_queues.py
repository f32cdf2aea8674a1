# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The queues that say who runs into the next misbehaviour."""

from __future__ import annotations

from collections import deque

from .faults import Fault


class FaultQueues:
    """One queue for each client token and each instance that has its own, and one for all others."""

    def __init__(self) -> None:
        self._queues: dict[tuple[str, str | None] | None, deque[Fault]] = {}

    def put(self, faults: list[Fault], *, instance_id: str | None = None, client_token: str | None = None) -> None:
        """Replace the queue of a client token, of an instance, or the general one."""
        key = ("client_token", client_token) if client_token else ("instance_id", instance_id) if instance_id else None
        self._queues[key] = deque(faults)

    def take(self, instance_id: str, client_token: str | None = None) -> Fault | None:
        """Return the next fault for a request, or none."""
        for key in (("client_token", client_token), ("instance_id", instance_id), None):
            queue = self._queues.get(key)
            if queue:
                return queue[0] if queue[0].repeat else queue.popleft()
        return None

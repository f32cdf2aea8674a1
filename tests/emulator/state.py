# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Everything that the emulator remembers between requests."""

from __future__ import annotations

import asyncio
import time
from datetime import datetime, timedelta, timezone
from typing import Any

from aiohttp import web

from .accounts import Instances, make_accounts, make_cluster_users
from .clusters import Clusters
from .fault_queues import FaultQueues
from .journal import Journal
from .ledger import Ledger, Nonces


class State:
    """One emulator's memory. Nothing here awaits, so each change is whole for every other request."""

    def __init__(self, journal: Journal, clock_offset: float = 0.0) -> None:
        self.journal = journal
        self.accounts = make_accounts()
        self.cluster_users = make_cluster_users()
        self.ending = asyncio.Event()
        self._first_clock_offset = clock_offset
        self.reset()

    def reset(self) -> None:
        """Forget everything but the accounts and how the emulator was started."""
        self.clock_offset = self._first_clock_offset
        self.es_result_as_text = False
        self.cluster_date = False
        self.instances = Instances()
        self.clusters = Clusters()
        self.ledger = Ledger()
        self.nonces = Nonces()
        self.faults = FaultQueues()
        # What is asked of a cluster has queues of its own, so that looking never spends what is meant for snapshots.
        self.cluster_faults = {"looks": FaultQueues(), "health": FaultQueues()}
        self.requests: list[dict[str, Any]] = []
        self.cluster_requests: list[dict[str, Any]] = []

    def now(self) -> datetime:
        """Return the time by the emulator's clock, which can be set wrong."""
        return datetime.now(timezone.utc) + timedelta(seconds=self.clock_offset)

    def settings(self) -> dict[str, Any]:
        """Return what C(PUT /emulator/settings) sets."""
        return {
            "clock_offset": self.clock_offset,
            "activating_requests": self.instances.activating_requests,
            "es_result_as_text": self.es_result_as_text,
            "cluster_date": self.cluster_date,
        }

    def use_nonce(self, access_key_id: str, nonce: str) -> None:
        """Refuse a nonce that was used before; real time counts here, whatever the clock is set to."""
        self.nonces.use(access_key_id, nonce, time.monotonic())

    async def pause(self, seconds: float) -> bool:
        """Wait, but not beyond the emulator's end; tell whether that has come."""
        try:
            await asyncio.wait_for(self.ending.wait(), seconds)
        except asyncio.TimeoutError:
            return False
        return True


STATE = web.AppKey("state", State)

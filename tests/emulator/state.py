# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What the emulator remembers between requests: accounts, instances, tokens, nonces, queues and the journal."""

from __future__ import annotations

import asyncio
import base64
import secrets
import time
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from itertools import product
from typing import Any

from aiohttp import web

from .cluster import Repository
from .documents import InstanceFixture, Settings, Stub, Transition
from .instances import Instance, make
from .log import Log
from .responses import ApiError
from .upstream import Upstream
from .versions import Version
from .wire import Fault

# The only credential, besides the default one, by which InvokeEsRequest may ask a cluster.
CREDENTIAL_ID = "credential-0001"

INSTANCES = {
    "active": "es-cn-0pp1jxvcl0001abcd",
    "second": "es-cn-0pp1jxvcl0002abcd",
    "activating": "es-cn-activating001",
    "forbidden": "es-cn-forbidden0001",
    "absent": "es-cn-absent0000001",
    "inactive": "es-cn-inactive00001",
    "invalid": "es-cn-invalid000001",
    "unknown": "es-cn-unknown000001",
    "released": "es-cn-released00001",
}

NONCE_LIFETIME = 900.0
# How a snapshot goes that a red cluster takes.
RED = {
    "state": "FAILED",
    "reason": "Indices don't have primary shards [logs-application-000000]",
    "failed_shards": 0,
    "total_shards": 0,
}


@dataclass(frozen=True)
class Account:
    """An access key, and for temporary credentials the security token that belongs to it."""

    name: str
    principal_type: str
    access_key_id: str
    access_key_secret: str
    security_token: str | None = None

    def credentials(self) -> dict[str, str]:
        """Return what a client needs in order to sign as this account."""
        found = {"access_key_id": self.access_key_id, "access_key_secret": self.access_key_secret}
        if self.security_token:
            found["security_token"] = self.security_token
        return found


def make_accounts() -> dict[str, Account]:
    """Make the accounts with credentials that are new at every start, so that none is worth writing down."""
    token = base64.b64encode(secrets.token_bytes(96)).decode()
    accounts = (
        Account("operator", "SubUser", f"EMULATED{secrets.token_hex(8)}", secrets.token_hex(15)),
        Account("temporary", "AssumedRoleUser", f"STS.{secrets.token_hex(12)}", secrets.token_hex(20), token),
        Account("reader", "SubUser", f"EMULATED{secrets.token_hex(8)}", secrets.token_hex(15)),
    )
    return {account.name: account for account in accounts}


def _first_instances() -> list[InstanceFixture]:
    """Return the instances of the start: one for each name but ``absent``, and in that status where it is one."""
    return [
        InstanceFixture(
            instance_id=instance_id,
            description=f"the {name} instance",
            status=name if name in ("activating", "inactive", "invalid", "unknown") else "active",
            released=name == "released",
            tags={"env": "production" if name == "active" else "test"},
        )
        for name, instance_id in INSTANCES.items()
        if name != "absent"
    ]


class Nonces:
    """Signature nonces, each good for one request within fifteen minutes."""

    def __init__(self) -> None:
        self._seen: dict[tuple[str, str], float] = {}

    def use(self, access_key_id: str, nonce: str) -> None:
        """Note a nonce, and refuse one that was noted before; real time counts here, whatever the clock is set to."""
        now = time.monotonic()
        self._seen = {key: at for key, at in self._seen.items() if now - at < NONCE_LIFETIME}
        if (access_key_id, nonce) in self._seen:
            raise ApiError(400, "SignatureNonceUsed", "Specified signature nonce was used already.")
        self._seen[access_key_id, nonce] = now


class Ledger:
    """Snapshots by client token: a token stands for one snapshot of one instance."""

    def __init__(self) -> None:
        self.snapshots: list[dict[str, Any]] = []

    def has(self, account: str, instance_id: str, client_token: str) -> bool:
        """Tell whether this token has a snapshot already; refuse it where that is another instance's."""
        for snapshot in self.snapshots:
            if (snapshot["account"], snapshot["client_token"]) == (account, client_token):
                if snapshot["instance_id"] != instance_id:
                    raise ApiError(
                        400,
                        "IdempotentParameterMismatch",
                        "The request uses the same client token as a previous, but non-identical request.",
                    )
                return True
        return False

    def note(
        self, account: str, instance_id: str, client_token: str, request_id: str, name: str | None, at: datetime
    ) -> None:
        """Note what a token stands for: a snapshot, or None where the request was accepted and none was taken."""
        self.snapshots.append(
            {
                "name": name,
                "instance_id": instance_id,
                "client_token": client_token,
                "request_id": request_id,
                "account": account,
                "taken_at": at.strftime("%Y-%m-%dT%H:%M:%SZ"),
            }
        )


class FaultQueues:
    """The faults of each stub, found by what the stub matches."""

    def __init__(self) -> None:
        self._queues: dict[tuple[str | None, str | None, str | None], deque[Fault]] = {}

    def put(self, stub: Stub) -> None:
        """Add a stub, in place of the one with the same match."""
        match = stub.match
        self._queues[match.client_token, match.instance_id, match.operation] = deque(stub.faults)

    def take(self, operations: Iterable[str], instance_id: str, client_token: str | None) -> Fault | None:
        """Return the next fault for a request: a token's before an instance's before an operation's before any."""
        for name in product((client_token, None), (instance_id, None), (*operations, None)):
            queue = self._queues.get(name)
            if queue:
                return queue[0] if queue[0].repeat else queue.popleft()
        return None


class State:
    """One emulator's memory. Nothing here awaits, so each change is whole for every other request."""

    def __init__(self, log: Log, clock_offset: float = 0.0, upstream: Upstream | None = None) -> None:
        self.log = log
        self.upstream = upstream
        self.accounts = make_accounts()
        # The user nobody may not see the snapshots.
        self.cluster_users = {name: secrets.token_urlsafe(18) for name in ("elastic", "nobody")}
        # Requests that asked for an upgrade, each with its record if it was begun. No reset forgets them, as the
        # collection never makes one.
        self.upgrades: list[dict[str, Any]] = []
        self.ending = asyncio.Event()
        self._first_clock_offset = clock_offset
        self.reset()

    def reset(self) -> None:
        """Forget everything but the accounts and how the emulator was started."""
        self.settings = Settings(clock_offset=self._first_clock_offset)
        self.ledger = Ledger()
        self.nonces = Nonces()
        self.faults = FaultQueues()
        self.journal: list[dict[str, Any]] = []
        self.instances = make(_first_instances())
        self._repositories: dict[str, Repository] = {}
        self._transitions: dict[str | None, deque[Transition]] = {}

    def now(self) -> datetime:
        """Return the time by the emulator's clock, which can be set wrong."""
        return datetime.now(timezone.utc) + timedelta(seconds=self.settings.clock_offset)

    async def pause(self, seconds: float) -> bool:
        """Wait, but not beyond the emulator's end; tell whether that has come."""
        try:
            await asyncio.wait_for(self.ending.wait(), seconds)
        except asyncio.TimeoutError:
            return False
        return True

    def check_known(self, instance_id: str) -> None:
        """Refuse an instance that is unknown."""
        if instance_id not in self.instances or self.instances[instance_id].is_gone:
            raise ApiError(400, "InstanceNotFound", "The instanceId provided does not exist.")

    def status(self, instance: Instance) -> str:
        """Return the status of an instance; an activating one is active once it has refused enough requests.

        One that is being upgraded is activating for ever.
        """
        if self.upgrade_records(instance.instance_id):
            return "activating"
        status: str = instance.fixture.status
        return "active" if status == "activating" and self.settings.activating_requests == 0 else status

    def upgrade_records(self, instance_id: str) -> list[dict[str, Any]]:
        """Return the records of the upgrades of an instance, the oldest first."""
        records = [each["record"] for each in self.upgrades if each["record"]]
        return [record for record in records if record["instanceId"] == instance_id]

    def check_active(self, instance_id: str) -> None:
        """Refuse an instance that is unknown or not ready; each refusal brings an activating one nearer to ready."""
        self.check_known(instance_id)
        status, left = self.status(self.instances[instance_id]), self.settings.activating_requests
        if status == "activating":
            if left is not None:
                self.settings.activating_requests = left - 1
            raise ApiError(400, "InstanceActivating", "Instance is activating.")
        if status != "active":
            message = "The current status of the instance does not support this operation."
            raise ApiError(400, "InstanceStatusNotSupportCurrentAction", message)

    def repository(self, instance_id: str) -> Repository:
        """Return the snapshot repository of an instance's cluster."""
        return self._repositories.setdefault(instance_id, Repository(instance_id))

    def upstream_of(self, instance_id: str) -> Upstream | None:
        """Return the real cluster of an instance, if it has one."""
        return self.upstream if instance_id == INSTANCES["active"] else None

    def put_transitions(self, transitions: list[Transition]) -> None:
        """Replace all queues of transitions."""
        self._transitions = {}
        for transition in transitions:
            self._transitions.setdefault(transition.instance_id, deque()).append(transition)

    def take_snapshot(self, account: str, instance_id: str, client_token: str, request_id: str) -> bool:
        """Take a snapshot unless the token has one: note it, let the cluster begin it; tell whether it was taken."""
        if self.ledger.has(account, instance_id, client_token):
            return False
        now, repository = self.now(), self.repository(instance_id)
        queue = self._transitions.get(instance_id) or self._transitions.get(None)
        transition = queue.popleft() if queue else Transition()
        name: str | None = repository.free_name(now)
        if self.settings.health == "red":
            # Since 7.9, a red cluster refuses to take one. The OpenAPI has accepted the request all the same.
            transition = transition.model_copy(update=RED)
            name = None if Version(self.settings.version).has(7, 9) else name
        self.ledger.note(account, instance_id, client_token, request_id, name, now)
        if name is not None:
            repository.begin(name, transition, now)
        return True


STATE = web.AppKey("state", State)

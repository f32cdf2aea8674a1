# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What has been done: the snapshots, the client tokens they were taken for, and the nonces seen."""

from __future__ import annotations

from datetime import datetime

from .answers import Refusal

NONCE_LIFETIME = 900.0


class Nonces:
    """Signature nonces, each good for one request within fifteen minutes."""

    def __init__(self) -> None:
        self._seen: dict[tuple[str, str], float] = {}

    def use(self, access_key_id: str, nonce: str, now: float) -> None:
        """Note a nonce at C(now) (monotonic seconds), and refuse one that was noted before."""
        self._seen = {key: at for key, at in self._seen.items() if now - at < NONCE_LIFETIME}
        if (access_key_id, nonce) in self._seen:
            raise Refusal(400, "SignatureNonceUsed", "Specified signature nonce was used already.")
        self._seen[access_key_id, nonce] = now


class Ledger:
    """Snapshots by client token: a token stands for one snapshot of one instance."""

    def __init__(self) -> None:
        self.snapshots: list[dict[str, str]] = []

    def seen(self, account: str, instance_id: str, client_token: str) -> bool:
        """Tell whether this token has a snapshot already; refuse it where that is another instance's."""
        for snapshot in self.snapshots:
            if (snapshot["account"], snapshot["client_token"]) == (account, client_token):
                if snapshot["instance_id"] != instance_id:
                    raise Refusal(
                        400,
                        "IdempotentParameterMismatch",
                        "The request uses the same client token as a previous, but non-identical request.",
                    )
                return True
        return False

    def take(
        self, account: str, instance_id: str, client_token: str, request_id: str, name: str, now: datetime
    ) -> bool:
        """Take a snapshot of this name, unless the token has one already; tell whether one was taken."""
        if self.seen(account, instance_id, client_token):
            return False
        self.snapshots.append(
            {
                "name": name,
                "instance_id": instance_id,
                "client_token": client_token,
                "request_id": request_id,
                "account": account,
                "taken_at": now.strftime("%Y-%m-%dT%H:%M:%SZ"),
            }
        )
        return True

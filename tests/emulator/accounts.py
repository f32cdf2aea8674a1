# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Who may call the emulator, and the instances it knows."""

from __future__ import annotations

import base64
import secrets
from dataclasses import dataclass

from .answers import Refusal

ACCOUNT_ID = "1000000000000001"

# The only credential, besides the default one, by which InvokeEsRequest may ask a cluster.
CREDENTIAL_ID = "credential-0001"

INSTANCES = {
    "active": "es-cn-0pp1jxvcl0001abcd",
    "second": "es-cn-0pp1jxvcl0002abcd",
    "activating": "es-cn-activating001",
    "forbidden": "es-cn-forbidden0001",
    "absent": "es-cn-absent0000001",
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


def make_cluster_users() -> dict[str, str]:
    """Make the passwords of the users that a cluster knows; C(nobody) may not see the snapshots."""
    return {name: secrets.token_urlsafe(18) for name in ("elastic", "nobody")}


def authorize(account: Account, action: str, instance_id: str, *, writes: bool) -> None:
    """Refuse what RAM would refuse: the reader any write, and everybody the forbidden instance."""
    explicit = instance_id == INSTANCES["forbidden"]
    if not explicit and not (writes and account.name == "reader"):
        return
    raise Refusal(
        403,
        "Forbidden.RAM",
        "User not authorized to operate on the specified resource, or this API doesn't support RAM.",
        {
            "AccessDeniedDetail": {
                "AuthAction": f"elasticsearch:{action}",
                "AuthPrincipalType": account.principal_type,
                "AuthPrincipalOwnerId": ACCOUNT_ID,
                "AuthPrincipalDisplayName": account.name,
                "NoPermissionType": "ExplicitDeny" if explicit else "ImplicitDeny",
                "PolicyType": "AccountLevelIdentityBasedPolicy",
                "EncodedDiagnosticMessage": "AQEAAAAA",
            }
        },
    )


class Instances:
    """The instances' states; one of them is activating, for ever or for a number of requests."""

    def __init__(self) -> None:
        self.activating_requests: int | None = None

    def check_known(self, instance_id: str) -> None:
        """Refuse an instance that is unknown."""
        if instance_id == INSTANCES["absent"] or instance_id not in INSTANCES.values():
            raise Refusal(400, "InstanceNotFound", "The instanceId provided does not exist.")

    def check(self, instance_id: str) -> None:
        """Refuse an instance that is unknown or not ready; each refusal brings the activating one nearer to ready."""
        self.check_known(instance_id)
        if instance_id != INSTANCES["activating"] or self.activating_requests == 0:
            return
        if self.activating_requests is not None:
            self.activating_requests -= 1
        raise Refusal(400, "InstanceActivating", "Instance is activating.")

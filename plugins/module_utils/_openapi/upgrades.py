# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection; it can change at any time.

"""The upgrades of an instance: the versions that it can have, the checks before one, and those on record.

In all of it, what is missing, or of a type that nobody expects, is None.
"""

from __future__ import annotations

import re
import time
from typing import TYPE_CHECKING, Any, NamedTuple

from .._errors import REFUSED, AliyunError
from .instances import Instance, parse_instance
from .operations import ENGINE, KERNEL, check_upgrade, describe_instance, list_action_records, upgrade_info
from .values import flag, members, rows, text, whole_number

if TYPE_CHECKING:  # pragma: no cover
    from collections.abc import Mapping, Sequence

    from .._redaction import Redactor
    from .client import Client
    from .operations import Operation

# The checks that an upgrade needs, beside every other one that there may be, and what each of them wants, as the API's
# own messages may be in Chinese whatever the locale.
# Source: Alibaba Cloud Elasticsearch, "Perform a check before a version upgrade".
CHECKS = {
    "cluster_health": "a green cluster with JVM memory below 75 %, disks under the low watermark, and replicas",
    "config_compatible": "a YML file and plug-ins that fit the new version",
    "cluster_resource": "enough resources in the zones",
    "cluster_snapshot": "a snapshot that was completed within the last hour",
}
_NAMES = {"check" + name.replace("_", ""): name for name in CHECKS}  # the API's "checkClusterHealth" and so on
ACTIVE = "active"
ACTIVATING = "activating"  # a change is running
_MAX_TEXT = 1000
_MAX_NAME = 100
_MAX_MILLISECONDS = 253402300800000  # since the epoch; the year 10000


class Upgradable(NamedTuple):
    """An instance as an upgrade finds it: its status and versions, and the versions on offer by ENGINE and KERNEL.

    ``has_none`` says that the API denies that there is any version to upgrade to.
    """

    status: str | None
    version: str | None
    kernel_version: str | None
    available: Mapping[str, str | None]
    has_none: bool

    def target(self, kind: str, wanted: str | None) -> str | None:
        """Return the version to upgrade to, the wanted one or the one on offer; None where there is nothing to do."""
        target = self.available[kind] if wanted is None else wanted
        current = self.version if kind == ENGINE else self.kernel_version
        return None if self.has_none or is_same_version(target, current) else target


class Check(NamedTuple):
    """One of the checks before an upgrade; ``errors`` has a ``code`` and a ``message`` each, None where not given."""

    name: str
    status: str | None
    errors: Sequence[Mapping[str, str | None]] = ()

    @property
    def passed(self) -> bool:
        """Whether it succeeded; any other status than that counts as no."""
        return self.status == "success"

    def result(self) -> dict[str, Any]:
        """Return it as the module does."""
        return {"name": self.name, "passed": self.passed, "errors": [dict(error) for error in self.errors]}

    def describe(self) -> str:
        """Return in a few words what became of it, and what it wants."""
        status = self.status or "came without a status"
        wanted = f"; it wants {CHECKS[self.name]}" if self.name in CHECKS else ""
        errors = [": ".join(filter(None, [error["code"], error["message"]])) for error in self.errors]
        told = "; ".join(filter(None, errors))
        return f"{self.name} {status}{wanted}{f' ({told})' if told else ''}"


class Upgrades:
    """The upgrades of one instance; all methods raise AliyunError as ``Client.call`` does.

    ``request_id`` is that of the last response.
    """

    def __init__(self, client: Client, instance_id: str) -> None:
        self.request_id: str | None = None
        self._client = client
        self._instance_id = instance_id

    def read(self) -> Upgradable:
        """Return the instance; of one that is not active, the versions on offer may be missing."""
        instance = self._instance()
        try:
            info = self._ask(upgrade_info(self._instance_id))
        except AliyunError as error:
            if instance.status == ACTIVE or error.outcome != REFUSED:
                raise
            info = {}
        if info is None:
            instance = instance._replace(status=ACTIVATING)
        return parse_upgrade_info(info, instance, self._client.redact)

    def check(self, kind: str, version: str) -> list[Check] | None:
        """Return the checks before an upgrade of ENGINE or KERNEL to a version, None while a change runs.

        It is never an upgrade, and never sent again where it is not known what the API made of it (UNKNOWN).
        """
        result = self._ask(check_upgrade(self._instance_id, kind, version))
        return None if result is None else parse_checks(result, self._client.redact)

    def read_back(self, request_id: str | None) -> tuple[str | None, str]:
        """Return the status and sentences on what is to be seen of an upgrade; raises nothing.

        ``request_id`` is that of the response to a check of which it is not known what came.
        """
        status, found = None, []
        try:
            status = self._client.redact.text(self._instance().status, _MAX_NAME)
            found.append(f"After it, the status of the instance is {status or 'not told'}.")
        except AliyunError as error:
            found.append(f"After it, the status of the instance could not be read: {error.reason()}")
        try:
            records = self._ask(list_action_records(self._instance_id))
            found.append(describe_last_upgrade(records, request_id, self._client.redact))
        except AliyunError as error:
            found.append(f"Its last changes could not be read: {error.reason()}")
        return status, " ".join(found)

    def _instance(self) -> Instance:
        described = self._ask(describe_instance(self._instance_id))
        if described is None:
            return Instance(self._instance_id, status=ACTIVATING)
        return parse_instance(described, None, self._instance_id) or Instance(self._instance_id)

    def _ask(self, operation: Operation) -> object:
        """Return the result, None while a change runs."""
        try:
            response = self._client.call(operation)
        except AliyunError as error:
            if error.outcome != REFUSED or (error.code or "").partition(".")[0] != "InstanceActivating":
                raise
            self.request_id = error.request_id
            return None
        self.request_id = response.request_id
        return response.result


def parse_upgrade_info(result: object, instance: Instance, redact: Redactor) -> Upgradable:
    """Return the instance with what UpgradeInfo says of it.

    Source: ``alibabacloud-elasticsearch20170613`` 5.4.1, UpgradeInfo; equal versions mean that there is none newer.
    """
    found = members(members(result).get("upgradeinfo"))
    has_none = flag(found.get("upgrade")) is False

    def version(name: str) -> str | None:
        return redact.text(text(found.get(name)), _MAX_NAME)

    def newer(name: str, *current: str | None) -> str | None:
        offered = version(name)
        return None if has_none or any(is_same_version(offered, known) for known in current) else offered

    engine, kernel = version("curesversion"), version("curapackversion")
    return Upgradable(
        redact.text(instance.status, _MAX_NAME),
        redact.text(instance.version, _MAX_NAME) or engine,
        redact.text(instance.kernel_version, _MAX_NAME) or kernel,
        {
            ENGINE: newer("upgradeesversion", instance.version, engine),
            KERNEL: newer("upgradeapackversion", instance.kernel_version, kernel),
        },
        has_none,
    )


def is_same_version(one: str | None, other: str | None) -> bool:
    """Whether these are the same version, as are 6.7, 6.7.0 and 6.7.0_with_X-Pack, or 1.3.0 and ali1.3.0."""
    return one is not None and other is not None and _plain(one) == _plain(other)


def parse_checks(result: object, redact: Redactor) -> list[Check]:
    """Return the checks in the result of UpgradeEngineVersion with ``dryRun=true``.

    Source: Alibaba Cloud Elasticsearch, "UpgradeEngineVersion" (2017-06-13), Result.
    """
    checks = []
    for row in rows(result):
        kind = (text(row.get("validatetype")) or "").strip()
        status = redact.text(text(row.get("status")), _MAX_NAME)
        found = row.get("validateresult")
        errors = [
            {
                "code": redact.text(text(error.get("errorcode")), _MAX_NAME),
                "message": redact.text(text(error.get("errormsg")), _MAX_TEXT),
            }
            for error in rows(found if isinstance(found, list) else [found])  # old documentation has one object there
        ]
        name = _NAMES.get(kind.lower()) or redact(kind, _MAX_NAME)
        checks.append(Check(name, status.lower() if status else None, errors))
    return checks


def missing_checks(checks: Sequence[Check]) -> list[str]:
    """Return the names of those that an upgrade needs and that are not there."""
    names = {check.name for check in checks}
    return [name for name in CHECKS if name not in names]


def describe_last_upgrade(result: object, request_id: str | None, redact: Redactor) -> str:
    """Return a sentence on the newest upgrade in the result of ListActionRecords.

    ``request_id`` is that of the response to a check, None where there was none.
    Source: ``alibabacloud-elasticsearch20170613`` 5.4.1, ListActionRecords.
    """
    upgrades = [
        row for row in rows(result) if (text(row.get("actionname")) or "").strip().lower() == "upgradeengineversion"
    ]
    if not upgrades:
        return "No upgrade is among its last changes on record."
    newest = max(upgrades, key=lambda row: whole_number(row.get("starttime")) or 0)
    began = whole_number(newest.get("starttime")) or 0
    is_time = 0 < began < _MAX_MILLISECONDS
    since = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(began / 1000)) if is_time else "at a time that is not told"
    state = redact.text(text(newest.get("statetype")), _MAX_NAME) or "not told"
    own_id = redact.text(text(newest.get("requestid")), _MAX_NAME)
    is_the_check = own_id is not None and own_id == request_id
    return (
        f"The last upgrade on record began {since}, its state is {state} and its RequestId {own_id or 'not told'}"
        f"{', which is that of the check' if is_the_check else ''}."
    )


def _plain(version: str) -> str:
    number = version.strip().lower().partition("_")[0]
    return re.sub(r"(?:\.0+)+\Z", "", number[3:] if number.startswith("ali") else number)

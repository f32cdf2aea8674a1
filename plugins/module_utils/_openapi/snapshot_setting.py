# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection; it can change at any time.

"""Whether and when an instance is backed up automatically."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from .._redaction import Redactor
from .quartz import same_schedule
from .values import flag, members, text

if TYPE_CHECKING:  # pragma: no cover
    from collections.abc import Sequence

_MAX_TEXT = 200
_MAX_SHOWN = 5


class SnapshotSetting(NamedTuple):
    """The setting; what is not known is None.

    ``schedule`` is a Quartz expression in the local time of the region. ``indices`` is a list that was set in the
    console; without any, all indices are backed up.
    Source: Alibaba Cloud Elasticsearch, "DescribeSnapshotSetting" (2017-06-13).
    """

    enabled: bool | None
    schedule: str | None
    indices: tuple[str, ...] | None = None

    def changed(self, enabled: bool | None, schedule: str | None) -> SnapshotSetting:
        """Return it with these values, where they are given and mean something else than its own.

        Where nobody knows whether it is enabled, it is not: that is how instances begin.
        """
        return self._replace(
            enabled=self.enabled if enabled is None or enabled is bool(self.enabled) else enabled,
            schedule=self.schedule if schedule is None or self._runs_by(schedule) else schedule,
        )

    def means(self, other: SnapshotSetting) -> bool:
        """Whether another one is enabled as this one, and has its schedule if it has one; indices do not matter."""
        is_alike = self.schedule is None or other._runs_by(self.schedule)
        return bool(self.enabled) is bool(other.enabled) and is_alike

    def lost_by(self, other: SnapshotSetting) -> list[str]:
        """Return its indices that another one does not have."""
        return [index for index in self.indices or () if index not in (other.indices or ())]

    def describe(self) -> str:
        """Return a sentence on it."""
        state = {True: "on", False: "off", None: "not known to be on"}[self.enabled]
        schedule = Redactor()(self.schedule or "", _MAX_TEXT)
        return f"Automatic backup is {state}, {f'with the schedule {schedule}' if schedule else 'without a schedule'}."

    def result(self) -> dict[str, Any]:
        """Return it as the modules do."""
        return {**self._asdict(), "indices": None if self.indices is None else list(self.indices)}

    def _runs_by(self, schedule: str) -> bool:
        return self.schedule is not None and same_schedule(self.schedule, schedule)


def shown(indices: Sequence[str]) -> str:
    """Return the first of some indices, fit for a message."""
    names = [Redactor()(index, _MAX_TEXT) for index in indices[:_MAX_SHOWN]]
    rest = len(indices) - len(names)
    return ", ".join(names) + (f" and {rest} more" if rest else "")


def parse_snapshot_setting(result: object) -> SnapshotSetting:
    """Return the setting of the result of DescribeSnapshotSetting or UpdateSnapshotSetting; raises nothing."""
    found = members(result)
    listed = found.get("indices")
    indices = [text(index) for index in listed] if isinstance(listed, list) else None
    return SnapshotSetting(
        enabled=flag(found.get("enable")),
        schedule=text(found.get("quartzregex")),
        indices=None if indices is None else tuple(index for index in indices if index),
    )

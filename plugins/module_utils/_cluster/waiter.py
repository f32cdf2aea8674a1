# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection; it can change at any time.

"""Wait until a snapshot is finished, and tell the one that was asked for from all others."""

from __future__ import annotations

import contextlib
import math
import time
from typing import TYPE_CHECKING, TypeVar

from .._errors import UNKNOWN, AliyunError
from .recent import latest_complete
from .snapshots import RUNNING_STATE

if TYPE_CHECKING:  # pragma: no cover
    from collections.abc import Callable, Iterable

    from .repository import Repository
    from .snapshots import Snapshot

T = TypeVar("T")

_MAX_SKEW = 300  # seconds that the clocks of a cluster's nodes may differ by
_MAX_MISSES = 3
_MIN_MISSING = 30.0  # seconds
_MAX_INDEX_PAUSE = 60.0  # seconds
_MAX_NAMED = 5  # snapshots in a message
_WAIT_ON = "Run the task again with wait and max_age, for instance max_age: 3600, to wait on for it."
_READ_FAILED = f"Reading failed, and the snapshot goes on. Once that is mended: {_WAIT_ON}"
_GONE = "It was aborted or deleted. Take another one, with a new client_token."


class SnapshotWaiter:
    """Polls a repository until a snapshot is finished.

    A poll that fails in a way that may pass is repeated as often as ``timeout`` allows, later if the cluster's retry
    policy says so; what it has read by then is kept. ``timeout`` and ``interval`` are seconds; ``clock`` is monotonic,
    ``sleep`` takes seconds.
    """

    def __init__(
        self,
        repository: Repository,
        *,
        timeout: float,
        interval: float,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._repository = repository
        self._timeout = timeout
        self._interval = interval
        self._clock = clock
        self._sleep = sleep
        self._known: dict[str, Snapshot] = {}
        self._of_policies: list[Snapshot] = []
        self._unread: list[Snapshot] = []
        self._kept: dict[str, object] = {}
        self._index_due = -math.inf
        self._index_pause = interval
        self._misses = 0
        self._missing_since = 0.0
        self._health: str | None = None
        self._max_age: float | None = None

    def note_existing(self, max_age: float | None, waits: bool = False) -> Snapshot | None:
        """Note which snapshots there are, and return the one that ``max_age``, in seconds, allows for; None without it.

        That is the complete one that ended last within it and holds anything, else the running one that began last
        within it; with ``waits``, a running one may have begun at any time, as its end will be recent. "Now" is the
        server's time. An end that lies ahead by more than clocks differ does not count.
        Raises AliyunError where the repository cannot be read.
        """
        running = self._repository.current()
        index = self._repository.index()
        self._note([*running, *index.snapshots])
        self._max_age = max_age
        if max_age is None:
            return None
        is_listed = self._repository.passes_queries is not False
        if not is_listed:
            index = self._repository.everything()
        if index.response is None or not (running or index.snapshots):
            return None
        now = self._repository.cluster.now(index.response)
        oldest, latest = (now - max_age) * 1000, (now + _MAX_SKEW) * 1000
        if is_listed:
            ended = latest_complete(self._repository, index.snapshots, oldest, latest)
        else:
            complete = [found for found in index.snapshots if found.is_complete and not found.is_empty]
            recent = [found for found in complete if oldest <= (found.end or 0) <= latest]
            ended = max(recent, key=lambda found: found.end or 0, default=None)
        young = [found for found in running if waits or (found.start or 0) >= oldest]
        return ended or max(young, key=lambda found: found.start or 0, default=None)

    def note_again(self, error: AliyunError) -> None:
        """Note what is there by now, before a request that failed with ``error`` is sent again.

        So what began meanwhile is not new, unless the request may have brought it. A read that fails changes nothing.
        """
        if error.outcome != UNKNOWN:
            with contextlib.suppress(AliyunError):
                self._note([*self._repository.current(retry=False), *self._repository.index(retry=False).snapshots])

    def wait_for_new(self) -> Snapshot:
        """Return the earliest snapshot that was not noted before and is no policy's, once it is complete.

        See ``wait_for``.
        """
        end = self._clock() + self._timeout
        return self._follow(self._poll_until(end, lambda: self._find_new(end), self._nothing_new), end)

    def wait_for(self, snapshot: Snapshot) -> Snapshot:
        """Return a snapshot once it is complete.

        Raises AliyunError when it ended otherwise, is gone, cannot be read, or is not finished in time.
        """
        return self._follow(snapshot, self._clock() + self._timeout)

    def _note(self, snapshots: Iterable[Snapshot]) -> None:
        self._known.update((snapshot.key, snapshot) for snapshot in snapshots)

    def _follow(self, snapshot: Snapshot, end: float) -> Snapshot:
        last_seen = [snapshot]
        if not snapshot.is_finished or snapshot.indices is None:
            try:
                self._poll_until(
                    end, lambda: self._find_end(last_seen), lambda trouble: self._unfinished(last_seen[-1], trouble)
                )
            except AliyunError as error:
                raise error.replace(result={"snapshot": last_seen[-1].result()}) from None
        return _completed(last_seen[-1])

    def _poll_until(self, end: float, find: Callable[[], T | None], too_late: Callable[[str], AliyunError]) -> T:
        failed = 0
        while True:
            trouble, pause = "", self._interval
            try:
                found = find()
                self._kept.clear()
                if found is not None:
                    return found
                failed = 0
            except AliyunError as error:
                if not error.retryable and error.outcome != UNKNOWN:  # to read again does no harm
                    raise
                failed, trouble = failed + 1, f" The last poll failed: {error.reason()}"
                pause = max(self._interval, self._repository.cluster.retry.delay(failed, error.retry_after))
            left = end - self._clock()
            if left <= 0:
                raise too_late(trouble)
            self._sleep(min(pause, left))

    def _once(self, name: str, read: Callable[[], T]) -> T:
        """Return what is read, and keep it until the poll is complete, so that a failed one goes on from there."""
        if name not in self._kept:
            try:
                self._kept[name] = read()
            except AliyunError as error:
                raise error.replace(hint=f"{error.hint} {_READ_FAILED}".strip()) from None
        kept: T = self._kept[name]  # type: ignore[assignment]
        return kept

    def _find_new(self, end: float) -> Snapshot | None:
        running = self._once("current", lambda: self._repository.current(retry=False))
        new = self._without_policies(running)
        is_due = new or self._unread or self._clock() >= min(self._index_due, end)
        if is_due and self._repository.passes_queries is not False:
            new += self._without_policies(self._read_new({snapshot.key for snapshot in running}))
        if not new and self._health is None:
            self._ask_health()
        # While one cannot be read, it may be ours and the earliest.
        return None if self._unread else min(new, key=lambda found: found.start or math.inf, default=None)

    def _read_new(self, running: set[str]) -> list[Snapshot]:
        """Return what the index has that is neither known nor running, read for its policy and its times."""
        index = self._once("index", lambda: self._repository.index(retry=False))
        listed = [found for found in index.snapshots if found.key not in self._known and found.key not in running]
        self._unread = listed
        read = self._once("read", lambda: self._repository.read(listed, retry=False))
        readable = {snapshot.key for snapshot in read}
        self._unread = [snapshot for snapshot in listed if snapshot.key not in readable]
        self._index_due = self._clock() + self._index_pause
        self._index_pause = max(min(self._index_pause * 2, _MAX_INDEX_PAUSE), self._interval)
        return read

    def _without_policies(self, snapshots: Iterable[Snapshot]) -> list[Snapshot]:
        new = [snapshot for snapshot in snapshots if snapshot.key not in self._known]
        of_policies = [snapshot for snapshot in new if snapshot.policy is not None]
        self._of_policies += of_policies
        self._note(of_policies)
        return [snapshot for snapshot in new if snapshot.policy is None]

    def _find_end(self, last_seen: list[Snapshot]) -> Snapshot | None:
        key, name = last_seen[-1].key, last_seen[-1].name
        running = self._once("current", lambda: self._repository.current(retry=False))
        still_running = next((snapshot for snapshot in running if snapshot.key == key), None)
        found = still_running or self._once("named", lambda: self._repository.named(name, retry=False))
        if found is None:
            self._miss(last_seen[-1])
            return None
        if found.key != key:
            raise AliyunError(f"The snapshot {found.shown_name} is gone; another one has its name now.", hint=_GONE)
        self._misses = 0
        last_seen.append(found)
        return found if found.is_finished and not still_running else None

    def _miss(self, snapshot: Snapshot) -> None:
        # After its master changed, a cluster can miss one for a moment (elastic/elasticsearch, issue 56352).
        if not self._misses:
            self._missing_since = self._clock()
        self._misses += 1
        if self._misses >= _MAX_MISSES and self._clock() - self._missing_since >= _MIN_MISSING:
            raise AliyunError(f"The snapshot {snapshot.shown_name} is no longer in the repository.", hint=_GONE)

    def _ask_health(self) -> None:
        self._health = self._health or ""
        with contextlib.suppress(AliyunError):
            self._health = self._repository.cluster.health(retry=False).status

    def _nothing_new(self, trouble: str) -> AliyunError:
        self._ask_health()
        facts = [f"No new snapshot was in the repository {self._repository.name} after {self._timeout:g} s."]
        if self._of_policies:
            facts.append(f"Left out, as a policy took them: {_names(self._of_policies)}.")
        if self._unread:
            facts.append(f"New, but cannot be read: {_names(self._unread)}.")
        ended = [found for found in self._known.values() if found.is_finished and found.policy is None]
        newest = max(ended, key=lambda found: found.date_in_name, default=None)
        if newest is not None and not newest.date_in_name and len(ended) > 1:
            newest = None  # the index has no times
        if newest is not None:
            facts.append(f"The newest that was there before is {newest.shown_name} ({newest.shown_state}).")
        if self._repository.is_missing:
            facts.append("The cluster has no such repository.")
        if self._health == "red":
            facts.append("The cluster's health is red: such a cluster accepts the request and takes no snapshot.")
            hint = (
                "Bring the cluster back to health, which aliyun.elasticsearch.es_instance_info shows, then "
                "take a snapshot with a new client_token."
            )
        elif self._repository.is_missing:
            hint = (
                "Check the option repository, and see with aliyun.elasticsearch.es_snapshot_setting whether automatic "
                "backup is on. Then look with aliyun.elasticsearch.es_snapshot_info; if there is still none, take one "
                "with a new client_token."
            )
        elif self._unread:
            hint = (
                "It may be the one that was asked for: see how it is with aliyun.elasticsearch.es_snapshot_info, or "
                "take another one with a new client_token."
            )
        elif newest is not None and newest.state != "SUCCESS":
            hint = (
                "If the client_token was used before, it probably belongs to that one, and the API takes no new "
                "snapshot for it: take one with a new client_token."
            )
        else:
            hint = "If the client_token was used before, the API takes no new snapshot for it: "
            hint += "" if self._max_age else "run the task again with a max_age that reaches back to then, or "
            hint += "take one with a new client_token. Else see with aliyun.elasticsearch.es_instance_info whether the "
            hint += "instance is active and its cluster green."
        return AliyunError(" ".join(facts) + trouble, hint=hint)

    def _unfinished(self, snapshot: Snapshot, trouble: str) -> AliyunError:
        began = snapshot.start_time or "an unknown time"
        fact = f"The snapshot {snapshot.shown_name}, which began at {began}, was not finished after {self._timeout:g} s"
        if snapshot.state == RUNNING_STATE:
            return AliyunError(
                f"{fact}; it goes on.{trouble}",
                hint=f"{_WAIT_ON} If it no longer advances, or has ended badly by then, take another one without "
                "max_age and with a new client_token.",
            )
        return AliyunError(
            f"{fact}; its state is {snapshot.shown_state}, so it is not known whether it goes on.{trouble}",
            hint="See how it is with aliyun.elasticsearch.es_snapshot_info. Unless it ends as SUCCESS, take another "
            "one with a new client_token.",
        )


def _completed(snapshot: Snapshot) -> Snapshot:
    if snapshot.is_complete:
        return snapshot
    how = [snapshot.shown_state]
    if snapshot.failed is None:
        how.append("it is not known how many shards failed")
    elif snapshot.failed:
        how.append(f"{snapshot.failed} of {snapshot.total} shards failed")
    reason = f": {snapshot.shown_reason}" if snapshot.shown_reason else ""
    raise AliyunError(
        f"The snapshot {snapshot.shown_name} is incomplete ({', '.join(how)}){reason}.",
        hint="Do not rely on it. Take another one, with a new client_token.",
        result={"snapshot": snapshot.result(), "failures": list(snapshot.failures)},
    )


def _names(snapshots: list[Snapshot]) -> str:
    named = [
        f"{snapshot.shown_name} (policy {snapshot.policy})" if snapshot.policy else snapshot.shown_name
        for snapshot in snapshots[:_MAX_NAMED]
    ]
    more = len(snapshots) - len(named)
    return ", ".join(named) + (f" and {more} more" if more else "")

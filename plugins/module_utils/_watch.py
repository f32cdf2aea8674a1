# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection; it can change at any time.

"""Is there a recent snapshot already, and is the one that was asked for finished?"""

from __future__ import annotations

import contextlib
import math
import time
from typing import TYPE_CHECKING

from ansible_collections.aliyun.elasticsearch.plugins.module_utils._errors import UNKNOWN, AliyunError
from ansible_collections.aliyun.elasticsearch.plugins.module_utils._repository import Repository
from ansible_collections.aliyun.elasticsearch.plugins.module_utils._text import Cleaner

if TYPE_CHECKING:  # pragma: no cover
    from collections.abc import Callable, Sequence

    from ansible_collections.aliyun.elasticsearch.plugins.module_utils._cluster import Cluster, Reading
    from ansible_collections.aliyun.elasticsearch.plugins.module_utils._repository import Snapshot

_LONGEST_NAME = 255
_LARGEST_SKEW = 300  # seconds that the clocks of a cluster's nodes may differ by
_MOST_MISSES = 3


def find_recent(
    snapshots: Sequence[Snapshot], now: float, max_age: float, *, any_running: bool = False
) -> Snapshot | None:
    """Return the complete snapshot that ended last within C(max_age), else the running one that began last within it.

    C(now) is the server's time in seconds since the epoch, C(max_age) is in seconds. With C(any_running), it does not
    matter when the running one began. An end that lies ahead by more than clocks differ does not count.
    """
    oldest, latest = (now - max_age) * 1000, (now + _LARGEST_SKEW) * 1000
    ended = [(snapshot.end, snapshot) for snapshot in snapshots if snapshot.is_complete and snapshot.end is not None]
    running = [(snapshot.start, snapshot) for snapshot in snapshots if not snapshot.is_finished and snapshot.start]
    for found, since, until in ((ended, oldest, latest), (running, 0 if any_running else oldest, math.inf)):
        recent = [(at, snapshot) for at, snapshot in found if since <= at <= until]
        if recent:
            return max(recent, key=lambda item: item[0])[1]
    return None


class Watch:
    """Looks at a repository until a snapshot is finished.

    A look that fails in a way that may pass is repeated as often as C(timeout) allows, later if the cluster's retry
    policy says so. C(timeout) and C(interval) are seconds; C(clock) is monotonic, C(sleep) takes seconds.
    """

    def __init__(
        self,
        cluster: Cluster,
        repository: str,
        *,
        timeout: float,
        interval: float,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._cluster = cluster
        self._repository = Repository(cluster.get_once, repository)
        self._is_missing = False
        self._misses = 0
        self._timeout = timeout
        self._interval = interval
        self._clock = clock
        self._sleep = sleep
        self._known: set[str] = set()
        self._newest: Snapshot | None = None
        self._earliest = 0.0

    def look_back(self, max_age: float | None, waits: bool = False) -> Snapshot | None:
        """Note which snapshots there are, and return what C(find_recent) finds for C(max_age), None without that.

        With C(waits), a running one may have begun at any time, as its end will be recent.
        Raises AliyunError where the repository cannot be read.
        """
        snapshots, reading = self._cluster.read(self._repository.snapshots)
        self._note(snapshots, reading)
        if max_age is None or not snapshots:
            return None
        return find_recent(snapshots, self._cluster.now(reading), max_age, any_running=waits)

    def look_again(self, error: AliyunError) -> None:
        """Note what is there by now, before a request that failed with C(error) is sent again.

        So what began meanwhile is not new, unless the request may have brought it. A look that fails changes nothing.
        """
        if error.outcome != UNKNOWN:
            with contextlib.suppress(AliyunError):
                self._note(*self._repository.snapshots())

    def _note(self, snapshots: Sequence[Snapshot], reading: Reading) -> None:
        self._known.update(snapshot.name for snapshot in snapshots)
        self._newest = snapshots[0] if snapshots else None
        if self._newest:  # what began before it is not new, even if it could not be read until now
            now = math.inf if reading.server_time is None else reading.server_time * 1000
            self._earliest = min(self._newest.start or 0, now)

    def wait_for_new(self) -> Snapshot:
        """Return the earliest snapshot that no look noted before, once it is complete; see C(wait_for)."""
        return self.wait_for(None)

    def wait_for(self, snapshot: Snapshot | None) -> Snapshot:
        """Return a snapshot once it is complete.

        Raises AliyunError when it ended otherwise, is gone, cannot be looked at, or is not finished in time.
        """
        end = self._clock() + self._timeout
        failed, trouble = 0, ""
        while snapshot is None or not snapshot.is_finished:
            try:
                snapshot = self._look(snapshot)
                failed, trouble, pause = 0, "", self._interval
            except AliyunError as error:
                if not error.retryable and error.outcome != UNKNOWN:  # to read again does no harm
                    error.more = {**(_more(snapshot) if snapshot else {}), **error.more}
                    raise
                failed, trouble = failed + 1, f" The last look failed: {error.message}"
                pause = max(self._interval, self._cluster.retry.delay(failed, error.retry_after))
            left = end - self._clock()
            if snapshot is not None and snapshot.is_finished:
                break
            if left <= 0:
                raise self._too_late(snapshot, trouble)
            self._sleep(min(pause, left))
        return _completed(snapshot)

    def _look(self, snapshot: Snapshot | None) -> Snapshot | None:
        if snapshot is None:
            everything, reading = self._repository.snapshots()
            self._is_missing = reading.document is None
            first = self._earliest
            new = [found for found in everything if found.name not in self._known and (found.start or first) >= first]
            return min(new, key=lambda found: found.start or first, default=None)
        found, _reading = self._repository.named(snapshot.name)
        # After its master changed, a cluster can miss one for a moment (elastic/elasticsearch, issue 56352).
        self._misses = 0 if found else self._misses + 1
        if not found:
            gone = f"The snapshot {_shown(snapshot)} is no longer in the repository."
            raise AliyunError(gone, retryable=self._misses < _MOST_MISSES)
        return found[0]

    def _too_late(self, snapshot: Snapshot | None, trouble: str) -> AliyunError:
        if snapshot is None:
            newest = ""
            if self._newest:
                newest = f" The newest that was there before is {_shown(self._newest)} ({_state(self._newest)})."
            missing = "The cluster has no such repository; check the option repository. " if self._is_missing else ""
            return AliyunError(
                f"No new snapshot was in the repository {self._repository.name} after {self._timeout:g} s."
                f"{newest}{trouble}",
                advice=f"{missing}Run the task again with the same client_token and with max_age to wait on for it. "
                "If the token was used before, let max_age reach back to then, as the API takes no new one for it.",
            )
        began = snapshot.result()["start_time"] or "an unknown time"
        return AliyunError(
            f"The snapshot {_shown(snapshot)}, which began at {began}, was not finished after {self._timeout:g} s; "
            f"it goes on.{trouble}",
            advice="Run the task again with max_age to wait on for it. "
            "If it no longer advances, take another one without max_age and with a new client_token.",
            more=_more(snapshot),
        )


def _completed(snapshot: Snapshot) -> Snapshot:
    if snapshot.is_complete:
        return snapshot
    failed, total = snapshot.shards["failed"], snapshot.shards["total"]
    raise AliyunError(
        f"The snapshot {_shown(snapshot)} ended as {_state(snapshot)}; "
        f"{'it is not known how many' if failed is None else f'{failed} of {total}'} shards failed.",
        advice="Do not rely on it. Take another one, with a new client_token.",
        more={**_more(snapshot), "failures": snapshot.failures},
    )


def _more(snapshot: Snapshot) -> dict[str, object]:
    return {"snapshot": snapshot.result()}


def _shown(snapshot: Snapshot) -> str:
    return Cleaner()(snapshot.name, _LONGEST_NAME)


def _state(snapshot: Snapshot) -> str:
    return Cleaner()(snapshot.state, _LONGEST_NAME)

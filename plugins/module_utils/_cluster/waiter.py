# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection; it can change at any time.

"""Wait until a snapshot is finished."""

from __future__ import annotations

import contextlib
import math
import time
from typing import TYPE_CHECKING

from .._errors import UNKNOWN, AliyunError
from .._redaction import Redactor
from .snapshots import Repository, find_recent

if TYPE_CHECKING:  # pragma: no cover
    from collections.abc import Callable, Sequence

    from .client import Cluster, ClusterResponse
    from .snapshots import Snapshot

_MAX_NAME = 255
_MAX_MISSES = 3


class SnapshotWaiter:
    """Polls a repository until a snapshot is finished.

    A poll that fails in a way that may pass is repeated as often as ``timeout`` allows, later if the cluster's retry
    policy says so. ``timeout`` and ``interval`` are seconds; ``clock`` is monotonic, ``sleep`` takes seconds.
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
        self._repository = Repository(cluster, repository, retry=False)
        self._is_missing = False
        self._misses = 0
        self._timeout = timeout
        self._interval = interval
        self._clock = clock
        self._sleep = sleep
        self._known: set[str] = set()
        self._newest: Snapshot | None = None
        self._earliest = 0.0

    def note_existing(self, max_age: float | None, waits: bool = False) -> Snapshot | None:
        """Note which snapshots there are, and return what ``find_recent`` finds for ``max_age``, None without that.

        With ``waits``, a running one may have begun at any time, as its end will be recent.
        Raises AliyunError where the repository cannot be read.
        """
        snapshots, response = Repository(self._cluster, self._repository.name).snapshots()
        self._note(snapshots, response)
        if max_age is None or not snapshots:
            return None
        return find_recent(snapshots, self._cluster.now(response), max_age, any_running=waits)

    def note_again(self, error: AliyunError) -> None:
        """Note what is there by now, before a request that failed with ``error`` is sent again.

        So what began meanwhile is not new, unless the request may have brought it. A read that fails changes nothing.
        """
        if error.outcome != UNKNOWN:
            with contextlib.suppress(AliyunError):
                self._note(*self._repository.snapshots())

    def _note(self, snapshots: Sequence[Snapshot], response: ClusterResponse) -> None:
        self._known.update(snapshot.name for snapshot in snapshots)
        self._newest = snapshots[0] if snapshots else None
        if self._newest:  # what began before it is not new, even if it could not be read until now
            now = math.inf if response.server_time is None else response.server_time * 1000
            self._earliest = min(self._newest.start or 0, now)

    def wait_for_new(self) -> Snapshot:
        """Return the earliest snapshot that was not noted before, once it is complete; see ``wait_for``."""
        return self.wait_for(None)

    def wait_for(self, snapshot: Snapshot | None) -> Snapshot:
        """Return a snapshot once it is complete.

        Raises AliyunError when it ended otherwise, is gone, cannot be read, or is not finished in time.
        """
        end = self._clock() + self._timeout
        failed, trouble = 0, ""
        while snapshot is None or not snapshot.is_finished:
            try:
                snapshot = self._poll(snapshot)
                failed, trouble, pause = 0, "", self._interval
            except AliyunError as error:
                if not error.retryable and error.outcome != UNKNOWN:  # to read again does no harm
                    raise error.replace(result=_result(snapshot) if snapshot else {}) from None
                failed, trouble = failed + 1, f" The last poll failed: {error.message}"
                pause = max(self._interval, self._cluster.retry.delay(failed, error.retry_after))
            left = end - self._clock()
            if snapshot is not None and snapshot.is_finished:
                break
            if left <= 0:
                raise self._too_late(snapshot, trouble)
            self._sleep(min(pause, left))
        return _completed(snapshot)

    def _poll(self, snapshot: Snapshot | None) -> Snapshot | None:
        if snapshot is None:
            everything, response = self._repository.snapshots()
            self._is_missing = response.document is None
            first = self._earliest
            new = [found for found in everything if found.name not in self._known and (found.start or first) >= first]
            return min(new, key=lambda found: found.start or first, default=None)
        found, _response = self._repository.named(snapshot.name)
        # After its master changed, a cluster can miss one for a moment (elastic/elasticsearch, issue 56352).
        self._misses = 0 if found else self._misses + 1
        if not found:
            gone = f"The snapshot {_shown(snapshot)} is no longer in the repository."
            raise AliyunError(gone, retryable=self._misses < _MAX_MISSES)
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
                hint=f"{missing}Run the task again with the same client_token and with max_age to wait on for it. "
                "If the token was used before, let max_age reach back to then, as the API takes no new one for it.",
            )
        began = snapshot.result()["start_time"] or "an unknown time"
        return AliyunError(
            f"The snapshot {_shown(snapshot)}, which began at {began}, was not finished after {self._timeout:g} s; "
            f"it goes on.{trouble}",
            hint="Run the task again with max_age to wait on for it. "
            "If it no longer advances, take another one without max_age and with a new client_token.",
            result=_result(snapshot),
        )


def _completed(snapshot: Snapshot) -> Snapshot:
    if snapshot.is_complete:
        return snapshot
    failed, total = snapshot.shards["failed"], snapshot.shards["total"]
    raise AliyunError(
        f"The snapshot {_shown(snapshot)} ended as {_state(snapshot)}; "
        f"{'it is not known how many' if failed is None else f'{failed} of {total}'} shards failed.",
        hint="Do not rely on it. Take another one, with a new client_token.",
        result={**_result(snapshot), "failures": snapshot.failures},
    )


def _result(snapshot: Snapshot) -> dict[str, object]:
    return {"snapshot": snapshot.result()}


def _shown(snapshot: Snapshot) -> str:
    return Redactor()(snapshot.name, _MAX_NAME)


def _state(snapshot: Snapshot) -> str:
    return Redactor()(snapshot.state, _MAX_NAME)

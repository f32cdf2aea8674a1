# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection; it can change at any time.

"""A repository of snapshots: what is in it, read at a cost that does not grow with it.

A verbose list reads one object of the object store for each snapshot, and fails for a single damaged one. So the list
comes from the repository's index alone, and single snapshots are read in small batches.
Source: Elasticsearch, "Get snapshot API"; elastic/elasticsearch, pull request 24477 and issues 24288 and 95345.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from .._errors import UNKNOWN, AliyunError
from ..signing import percent_encode
from .client import MAX_RESPONSE_BYTES, NO_REPOSITORY, NO_SNAPSHOT
from .snapshots import Snapshot, is_addressable, parse_snapshot

if TYPE_CHECKING:  # pragma: no cover
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from .client import Cluster, ClusterResponse

MAX_BATCH = 100
# Of the one list that cannot be bounded: hundreds of snapshots, each with the names of thousands of indices.
MAX_LIST_BYTES = 128 * 1024 * 1024

_TARGET_BYTES = 2 * 1000 * 1000
_FIRST_BATCH = 20
_MAX_NAMES_BYTES = 2500  # of percent-encoded names in a path
_MASTER_TIMEOUT = "master_timeout=10s"  # less than a request waits, so that the cluster itself says "no master"
_IN_INDEX = ("snapshot", "uuid", "state")
_WHILE_RUNNING = ("snapshot", "uuid", "state", "start_time_in_millis", "metadata.policy")
_WITHOUT_INDICES = (
    *_WHILE_RUNNING,
    "reason",
    "end_time_in_millis",
    "duration_in_millis",
    "shards",
)
UNREADABLE = "snapshot_exception"
_COST_WARNING = (
    "The query of a request does not reach the cluster, so all snapshots have to be read one by one on its side, which "
    "can take minutes where there are many. Give cluster_url to ask the cluster itself."
)


class Index(NamedTuple):
    """The snapshots that a repository lists, and the response that tells when; without a repository, it is None."""

    snapshots: tuple[Snapshot, ...]
    response: ClusterResponse | None


class Repository:
    """A repository of a cluster's snapshots. With ``retry``, a request is repeated while that may help.

    ``passes_queries`` is whether the query of a request reaches the cluster, None while that is not known.
    ``is_missing`` is whether the cluster said last that there is no such repository, ``request_id`` the OpenAPI's last.
    ``warn`` gets a sentence.
    """

    def __init__(self, cluster: Cluster, name: str, warn: Callable[[str], None] = lambda text: None) -> None:
        self.name = name
        self.cluster = cluster
        self.passes_queries: bool | None = None
        self.is_missing = False
        self.request_id: str | None = None
        self._warn = warn
        self._path = f"_snapshot/{percent_encode(name)}"

    def current(self, retry: bool = True) -> list[Snapshot]:
        """Return the running snapshots, which the cluster knows without reading an object.

        Raises AliyunError as ``Cluster.get`` does, and for a list that is not whole; so do all of these functions.
        """
        try:
            found, _response = self._list("_current", _WHILE_RUNNING, retry=retry)
        except AliyunError as error:
            if self.passes_queries is not None or not _is_about_path(error):
                raise
            self.passes_queries = False  # unless that fails too
            try:
                found, _response = self._list("_current", _WHILE_RUNNING, retry=retry)
            except AliyunError:
                self.passes_queries = None
                raise error from None
        if self.passes_queries is None and not self.is_missing:
            self._ask_for_no_list(retry)
        return found

    def index(self, retry: bool = True) -> Index:
        """Return the snapshots that the repository's index has: their names, uuids and states, also of damaged ones.

        Where queries do not reach the cluster, there is no such list, and it is empty.
        """
        if self.passes_queries is False:
            return Index((), None)
        try:
            found, response = self._list("_all", _IN_INDEX, "verbose=false", retry=retry)
        except AliyunError as error:
            if self.passes_queries or not _is_about_cost(error):
                raise
            self.passes_queries = False  # the index alone is neither large nor slow, nor can one snapshot damage it
            return Index((), None)
        if response is not None and response.document == {}:  # an empty list, or a filter that took everything away
            found, response = self._list("_all", (), "verbose=false", retry=retry)
        return Index(tuple(found), response)

    def everything(self, retry: bool = True) -> Index:
        """Return all snapshots from one verbose list, for a cluster that queries do not reach; it warns of the cost."""
        self._warn(_COST_WARNING)
        found, response = self._list("_all", (), retry=retry, max_bytes=MAX_LIST_BYTES)
        return Index(tuple(found), response)

    def named(self, name: str, retry: bool = True) -> Snapshot | None:
        """Return the snapshot that has a name, None where there is none or it cannot be read; it reads one object."""
        if not is_addressable(name):
            return None
        which = percent_encode(name)
        try:
            found, _response = self._list(which, (), retry=retry)
        except AliyunError as error:
            if not error.is_too_long or self.passes_queries is False:
                raise
            found, _response = self._list(which, _WITHOUT_INDICES, retry=retry)
        return next((snapshot for snapshot in found if snapshot.name == name), None)

    def read(self, listed: Sequence[Snapshot], retry: bool = True) -> list[Snapshot]:
        """Return those of the listed snapshots that can be read, in batches; with its indices only a single one."""
        if len(listed) == 1:
            only = self.named(listed[0].name, retry)
            return [only] if only is not None and only.key == listed[0].key else []
        addressable = [snapshot for snapshot in listed if snapshot.is_addressable]
        return [read for batch in batches(addressable) for read in self.read_batch(batch, retry)]

    def read_batch(self, batch: Sequence[Snapshot], retry: bool = True) -> list[Snapshot]:
        """Return those of a batch that can be read, without their indices."""
        return self._sized_batch(batch, _WITHOUT_INDICES, retry)[0]

    def snapshots(self) -> list[Snapshot]:
        """Return all snapshots with the number of their indices, the newest first, then those that cannot be read.

        Those that are deleted meanwhile are left out. Where queries reach the cluster, no response is larger than
        MAX_RESPONSE_BYTES.
        """
        running = self.current()
        index = self.index()
        if self.passes_queries is False:
            return _newest_first(self.everything().snapshots)
        listed = {snapshot.key: snapshot for snapshot in [*running, *index.snapshots]}
        return _newest_first(self._read_whole(list(listed.values())))

    def named_or_listed(self, name: str) -> list[Snapshot]:
        """Return the snapshot of a name as the only one, or none; one that cannot be read as the index lists it."""
        self.current()  # tells whether queries reach the cluster
        try:
            found = self.named(name)
        except AliyunError as error:
            if not is_kind(error, UNREADABLE):
                raise
            found = None
        found = found or self._listed(name)
        return [] if found is None else [found]

    def _read_whole(self, listed: Sequence[Snapshot]) -> list[Snapshot]:
        """Return the snapshots with the number of their indices; those that cannot be read as they are listed."""
        found: dict[str, Snapshot] = {}
        left, size = [snapshot for snapshot in listed if snapshot.is_addressable], _FIRST_BATCH
        while left:
            batch = next(batches(left, size))
            try:
                read, bytes_read = self._sized_batch(batch, ())
            except AliyunError as error:
                if not error.is_too_long:
                    raise
                size = max(len(batch) // 4, 1)
                if len(batch) > 1:
                    continue
                read, bytes_read = self._sized_batch(batch, _WITHOUT_INDICES)
            else:
                size = max(1, min(MAX_BATCH, _TARGET_BYTES * len(batch) // max(bytes_read, 1)))
            found.update((snapshot.key, snapshot) for snapshot in read)
            left = left[len(batch) :]
        missing = [snapshot for snapshot in listed if snapshot.key not in found]
        if missing:
            still_there = {snapshot.key for snapshot in self.index().snapshots}
            missing = [snapshot._replace(is_readable=False) for snapshot in missing if snapshot.key in still_there]
        return [*found.values(), *missing]

    def _listed(self, name: str) -> Snapshot | None:
        """Return a snapshot that the index has under a name, as one that cannot be read; None where it has none."""
        if self.passes_queries is False or not is_addressable(name):
            return None
        try:
            found, _response = self._list(percent_encode(name), _IN_INDEX, "verbose=false")
        except AliyunError as error:
            if is_kind(error, NO_SNAPSHOT):
                return None
            raise
        listed = (snapshot for snapshot in found if snapshot.name == name)
        return next((snapshot._replace(is_readable=False) for snapshot in listed), None)

    def _sized_batch(
        self, batch: Sequence[Snapshot], fields: tuple[str, ...], retry: bool = True
    ) -> tuple[list[Snapshot], int]:
        """Return those of a batch that can be read, and the size of the response in bytes."""
        which = ",".join(percent_encode(snapshot.name) for snapshot in batch)
        found, response = self._list(which, fields, "ignore_unavailable=true", retry=retry)
        # Old versions answer a name that they do not find with all that run (elastic/elasticsearch, issue 68090).
        asked = {snapshot.key for snapshot in batch}
        return [snapshot for snapshot in found if snapshot.key in asked], response.size if response else 0

    def _list(
        self,
        which: str,
        fields: tuple[str, ...],
        *parameters: str,
        retry: bool = True,
        max_bytes: int = MAX_RESPONSE_BYTES,
    ) -> tuple[list[Snapshot], ClusterResponse | None]:
        """Return the snapshots of a list, filtered to some fields of each, and the response; none without a repository.

        ``which`` is what stands behind the repository in the path, percent-encoded; it is one snapshot, several, or a
        keyword.
        """
        query = [*parameters, _MASTER_TIMEOUT]
        if fields:
            query.append("filter_path=" + ",".join([*(f"snapshots.{field}" for field in fields), "failures"]))
        path = f"{self._path}/{which}"
        if self.passes_queries is not False:
            path += "?" + "&".join(query)
        try:
            response = self.cluster.get(path, retry, max_bytes)
        except AliyunError as error:
            if is_kind(error, NO_REPOSITORY):
                self.is_missing = True
                self.request_id = error.request_id
                return [], None
            if is_kind(error, NO_SNAPSHOT) and which not in ("_all", "_current"):
                return [], None
            raise
        self.is_missing = False
        self.request_id = response.request_id
        document: Any = response.document
        if fields and document == {}:  # a filter drops an empty list
            document = {"snapshots": []}
            self.passes_queries = True
        entries = document.get("snapshots") if isinstance(document, dict) else None
        if not isinstance(entries, list) or document.get("failures"):
            raise AliyunError(
                "The cluster's response is not a whole list of snapshots.",
                outcome=UNKNOWN,
                request_id=response.request_id,
                attempts=response.attempts,
            )
        if fields:
            entries = self._only(entries, fields)
        return [snapshot for snapshot in map(parse_snapshot, entries) if snapshot is not None], response

    def _ask_for_no_list(self, retry: bool) -> None:
        """See by an empty list, which a filter should have dropped, whether one that asks for no list drops it."""
        response = self.cluster.get(f"{self._path}/_current?{_MASTER_TIMEOUT}&filter_path=failures", retry)
        document = response.document
        self.passes_queries = isinstance(document, dict) and "snapshots" not in document

    def _only(self, entries: list[Any], fields: tuple[str, ...]) -> list[Any]:
        """Return the entries with those fields only, and see by them whether the filter reached the cluster."""
        asked = {field.partition(".")[0] for field in fields}
        known = [entry for entry in entries if isinstance(entry, dict)]
        if self.passes_queries is None and known:
            self.passes_queries = all(entry.keys() <= asked for entry in known)
        return [{name: entry[name] for name in entry.keys() & asked} for entry in known]


def _newest_first(snapshots: Iterable[Snapshot]) -> list[Snapshot]:
    by_name = sorted(snapshots, key=lambda snapshot: snapshot.name)
    return sorted(by_name, key=lambda snapshot: (not snapshot.is_readable, -(snapshot.start or 0)))


def batches(snapshots: Iterable[Snapshot], size: int = MAX_BATCH) -> Iterator[list[Snapshot]]:
    """Yield the snapshots in batches of at most ``size``, whose names make a path of a bounded length."""
    batch: list[Snapshot] = []
    length = 0
    for snapshot in snapshots:
        bytes_of_name = len(percent_encode(snapshot.name)) + 1
        if batch and (len(batch) >= size or length + bytes_of_name > _MAX_NAMES_BYTES):
            yield batch
            batch, length = [], 0
        batch.append(snapshot)
        length += bytes_of_name
    if batch:
        yield batch


def is_kind(error: AliyunError, kind: str) -> bool:
    # How the OpenAPI passes on an error of the cluster is not documented: as a code, or within a message.
    return error.code == kind or (error.http_status not in (401, 403) and kind in error.message)


def _is_about_cost(error: AliyunError) -> bool:
    """Whether it is what a list that reads every snapshot can fail with."""
    got_no_response = error.outcome == UNKNOWN and error.retryable and error.http_status is None
    return error.is_too_long or got_no_response or any(is_kind(error, kind) for kind in (NO_SNAPSHOT, UNREADABLE))


def _is_about_path(error: AliyunError) -> bool:
    """Whether a gateway may have taken the query for a part of the path."""
    is_elasticsearchs = error.code is None or error.code.endswith("_exception") or error.code.startswith("Invalid")
    return error.http_status in (400, 404) and is_elasticsearchs

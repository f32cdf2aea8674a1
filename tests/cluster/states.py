# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Real states of a real cluster: snapshots that run, fail, are damaged, or are many."""

from __future__ import annotations

import base64
import os
import shutil
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from cluster import Cluster, Response
from history import multiply

PATIENCE = 60  # seconds to wait for what has to come

# What the collection asks of the index alone.
LIST = {"verbose": "false", "filter_path": "snapshots.snapshot,snapshots.uuid,snapshots.state"}


def names(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the names of listed snapshots."""
    return [row["snapshot"] for row in rows]


def add_index(cluster: Cluster, name: str, documents: int = 1, **settings: Any) -> None:
    """Create an index with some small documents, in one shard unless the settings say another number."""
    cluster.do("PUT", f"/{name}", {"settings": {"number_of_shards": 1, "number_of_replicas": 0, **settings}})
    change(cluster, name, documents)


def change(cluster: Cluster, name: str, documents: int = 1) -> None:
    """Write new documents to an index, so that the next snapshot has a file to write for it."""
    for _time in range(documents):
        cluster.do("POST", f"/{name}/_doc?refresh=true", {"text": base64.b64encode(os.urandom(512)).decode()})


@contextmanager
def unassigned_index(cluster: Cluster, name: str = "unassigned") -> Iterator[None]:
    """Have an index whose primary shard is on no node, so that the cluster is red."""
    settings = {"number_of_shards": 1, "number_of_replicas": 0, "index.routing.allocation.require._name": "nobody"}
    cluster.do("PUT", f"/{name}?wait_for_active_shards=0", {"settings": settings})
    try:
        yield
    finally:
        cluster.do("DELETE", f"/{name}")


@contextmanager
def held(cluster: Cluster, place: str = "shards") -> Iterator[None]:
    """Hold all snapshots back before a shard's files are written, or with ``index`` after the index is."""
    cluster.control(f"hold/{place}")
    try:
        yield
    finally:
        cluster.control("release")


@contextmanager
def failing(cluster: Cluster, place: str = "shards") -> Iterator[None]:
    """Let the files of all shards, or with ``index`` the repository's index, fail to be written."""
    cluster.control(f"fail/{place}")
    try:
        yield
    finally:
        cluster.control("release")


class Repository:
    """A repository of type slow_fs, registered at a cluster and reached by its API and as a folder."""

    def __init__(self, cluster: Cluster, name: str, location: str | None = None, **settings: Any) -> None:
        """Register it; two repositories may have one location, ``object_delay`` is in milliseconds an object read."""
        self.cluster = cluster
        self.name = name
        self.location = location or name
        self.folder = cluster.repository_folder(self.location)
        body = {"type": "slow_fs", "settings": {"location": self.location, "compress": "false", **settings}}
        cluster.do("PUT", f"/_snapshot/{name}?verify=false", body)

    def again(self, name: str, **settings: Any) -> Repository:
        """Register a read-only repository in the same place; nothing of it is in the master's memory."""
        return Repository(self.cluster, name, self.location, **{"readonly": "true", **settings})

    def path(self, names: str = "_all", **query: str) -> str:
        """Return the path of a get-snapshots request; ``names`` is quoted but for its commas and stars."""
        return f"/_snapshot/{self.name}/{quote(names, safe=',*')}" + (f"?{urlencode(query)}" if query else "")

    def get(self, names: str = "_all", **query: str) -> Response:
        """Send a get-snapshots request."""
        return self.cluster.get(self.path(names, **query))

    def rows(self, names: str = "_all", **query: str) -> list[dict[str, Any]]:
        """Return the snapshots that a get-snapshots request lists; it has to succeed."""
        found: list[dict[str, Any]] = self.cluster.do("GET", self.path(names, **query))["snapshots"]
        return found

    def uuids(self) -> dict[str, str]:
        """Return the uuid of each snapshot by name, from the index alone."""
        return {row["snapshot"]: row["uuid"] for row in self.rows(verbose="false")}

    def create(self, name: str, wait: bool = True, **body: Any) -> Response:
        """Send a create-snapshot request."""
        query = "?wait_for_completion=true" if wait else ""
        return self.cluster.request("PUT", f"/_snapshot/{self.name}/{quote(name)}{query}", body or None)

    def take(self, name: str, **body: Any) -> dict[str, Any]:
        """Take a snapshot, and return it when it is finished."""
        response = self.create(name, **body)
        assert response.status == 200, response
        snapshot: dict[str, Any] = response.body["snapshot"]
        return snapshot

    def begin(self, name: str, **body: Any) -> None:
        """Take a snapshot, and return when it is accepted."""
        response = self.create(name, wait=False, **body)
        assert response.status == 200, response

    def delete(self, name: str) -> None:
        """Delete a snapshot, a running one too; returns when it is gone."""
        self.cluster.do("DELETE", self.path(name))

    def take_failed(self, name: str, index: str) -> None:
        """Leave a FAILED snapshot behind: one that is deleted as soon as it begins, and whose deletion then fails."""
        for _time in range(20):  # it is too late where a shard is already being written
            change(self.cluster, index, 5)
            self.cluster.control("hold/shards")
            self.begin(name)
            deletion = threading.Thread(target=self.cluster.request, args=("DELETE", self.path(name)))
            deletion.start()
            deadline = time.monotonic() + 1
            while time.monotonic() < deadline and self.rows(name, verbose="false")[0]["state"] == "IN_PROGRESS":
                time.sleep(0.02)
            failed = self.rows(name, verbose="false")[0]["state"] == "FAILED"
            self.cluster.control("fail/index" if failed else "release")
            deletion.join()
            self.cluster.control("release")
            self.wait_until_idle()
            if failed:
                return
        raise AssertionError("a shard was always being written already")

    def wait_until_idle(self) -> None:
        """Return when no snapshot runs in the repository."""
        deadline = time.monotonic() + PATIENCE
        while self.rows("_current"):
            assert time.monotonic() < deadline, "a snapshot goes on and on"
            time.sleep(0.02)

    def object_of(self, name: str) -> Path:
        """Return the file that tells of one finished snapshot."""
        return self.folder / f"snap-{self.uuids()[name]}.dat"

    @contextmanager
    def damaged(self, name: str) -> Iterator[None]:
        """Cut the object of a snapshot in half, for a while."""
        with _replaced(self.object_of(name), lambda content: content[: len(content) // 2]):
            yield

    @contextmanager
    def removed(self, name: str) -> Iterator[None]:
        """Take the object of a snapshot away, for a while."""
        with _replaced(self.object_of(name), lambda content: None):
            yield

    @property
    def index(self) -> Path:
        """The newest index-N of the repository."""
        return max(self.folder.glob("index-*"), key=lambda path: int(path.name.split("-")[1]))

    @contextmanager
    def damaged_index(self) -> Iterator[None]:
        """Empty the repository's index, for a while; who has it in memory does not notice."""
        with _replaced(self.index, lambda content: b""):
            yield

    @contextmanager
    def removed_index(self) -> Iterator[None]:
        """Take the repository's index away, for a while."""
        with _replaced(self.index, lambda content: None):
            yield

    def history(self, name: str, ends: Sequence[tuple[str, int]], objects: bool = True) -> Repository:
        """Make a repository with many finished snapshots in no time, and return it under a name and place of its own.

        ``ends`` are their names, all of one length, and the milliseconds since 1970 at which each ended; without
        ``objects`` only the index knows of them.
        """
        source = Repository(self.cluster, f"{name}-source")
        template = source.take("x" * len(ends[0][0]))
        place = self.cluster.repository_folder(name)
        shutil.copytree(source.folder, place)
        multiply(place / source.index.name, template, ends, objects)
        return Repository(self.cluster, name, name)


@contextmanager
def _replaced(path: Path, change_content: Any) -> Iterator[None]:
    """Have other bytes in a file, or with None no file, for a while."""
    content = path.read_bytes()
    changed = change_content(content)
    path.unlink()
    if changed is not None:
        path.write_bytes(changed)
    try:
        yield
    finally:
        path.write_bytes(content)

# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""One node of a real engine on loopback: build it, start it, send it requests, stop it.

By hand: ``python tests/cluster/cluster.py --engine opensearch-2``.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests

HERE = Path(__file__).resolve().parent
TARGET = HERE / "target"
START_TIMEOUT = 120  # seconds; a busy machine takes some ten


# A node that waits for others, which never come.
NO_MASTER = ("discovery.type=", "discovery.seed_hosts=127.0.0.1:1", "cluster.initial_master_nodes=nobody")


class Unavailable(Exception):
    """This machine lacks what an engine needs; the text says what."""


@dataclass(frozen=True)
class Engine:
    """How to run an engine: its product, the versions of Java that it runs on (both ends included), its HTTP."""

    product: str
    oldest_java: int
    newest_java: int
    own_http: bool = True  # else a stand-in of ours, whose headers and limits prove nothing


ENGINES = {
    "opensearch-2": Engine("OpenSearch", 17, 23),
    "opensearch-3": Engine("OpenSearch", 21, 25),
    "elasticsearch-7.10": Engine("Elasticsearch", 17, 20),
    "elasticsearch-7.17": Engine("Elasticsearch", 17, 23),
    "elasticsearch-8": Engine("Elasticsearch", 17, 23, own_http=False),
    "elasticsearch-9": Engine("Elasticsearch", 21, 25, own_http=False),
}


def find_java(engine: Engine) -> Path:
    """Return the home of a JDK that an engine runs on; raise Unavailable when there is none.

    Looked at are JAVA_HOME, the ``java`` on PATH and what lies in /usr/lib/jvm.
    """
    homes = [Path(os.environ[name]) for name in ("JAVA_HOME",) if os.environ.get(name)]
    program = shutil.which("java")
    if program:
        homes.append(Path(program).resolve().parent.parent)
    homes += sorted(Path("/usr/lib/jvm").glob("*"))
    for home in homes:
        release = home / "release"
        text = release.read_text(encoding="utf-8", errors="replace") if release.is_file() else ""
        found = re.search(r'^JAVA_VERSION="(\d+)', text, re.MULTILINE)
        if found and engine.oldest_java <= int(found[1]) <= engine.newest_java and (home / "bin" / "javac").is_file():
            return home
    raise Unavailable(f"a JDK of version {engine.oldest_java} to {engine.newest_java} (JAVA_HOME, PATH, /usr/lib/jvm)")


def require(name: str) -> None:
    """Raise Unavailable, with all that is missing, when this machine cannot build and run an engine."""
    missing = [] if shutil.which("mvn") else ["Maven (mvn)"]
    try:
        find_java(ENGINES[name])
    except Unavailable as exception:
        missing.insert(0, str(exception))
    if missing:
        raise Unavailable(" and ".join(missing))


def build(name: str) -> Path:
    """Compile the node of an engine, and let Maven fetch its jars, unless that is done already; return its folder.

    Raises Unavailable without Java or Maven, and RuntimeError with Maven's own words when the build fails.
    """
    require(name)
    sources = [HERE / "pom.xml", *sorted(path for path in (HERE / "src").rglob("*.*") if path.is_file())]
    digest = hashlib.sha256(b"".join(source.read_bytes() for source in sources)).hexdigest()
    folder = TARGET / name
    stamp = folder / "stamp"
    jars = folder / "classpath"
    if stamp.is_file() and stamp.read_text() == digest and all(map(os.path.exists, jars.read_text().split(os.pathsep))):
        return folder
    command = ["mvn", "-q", "-B", "-P", name, "clean", "compile"]
    environment = {**os.environ, "JAVA_HOME": str(find_java(ENGINES[name]))}
    result = subprocess.run(
        command, cwd=HERE, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    if result.returncode:
        raise RuntimeError(f"{' '.join(command)} failed:\n{result.stdout[-4000:]}{result.stderr[-2000:]}")
    stamp.write_text(digest)
    return folder


@dataclass(frozen=True)
class Response:
    """What came back: the status, the headers (names in lower case), the bytes, and the document or None."""

    status: int
    headers: Mapping[str, str]
    content: bytes
    body: Any

    @property
    def error_type(self) -> str | None:
        """The type of the error that the body tells of."""
        error = self.body.get("error") if isinstance(self.body, dict) else None
        return error.get("type") if isinstance(error, dict) else None

    @property
    def reason(self) -> str | None:
        """The reason of that error."""
        return self.body["error"].get("reason") if self.error_type else None


class Cluster:
    """A running node, reached at ``url``; a context manager that ends it and deletes its folder."""

    def __init__(self, name: str, master: bool = True) -> None:
        """Start the engine of that name, if need be without a master; raise what ``build`` raises, or RuntimeError."""
        self.name = name
        self.engine = ENGINES[name]
        built = build(name)
        self._folder = Path(tempfile.mkdtemp(prefix="cluster-"))
        self._log = self._folder / "log"
        classpath = os.pathsep.join([str(built / "classes"), (built / "classpath").read_text()])
        command = [
            str(find_java(self.engine) / "bin" / "java"),
            *("-Xms256m", "-Xmx768m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"),
            *("-cp", classpath, "Main", str(self._folder)),
            *(() if master else NO_MASTER),
        ]
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log)
        self._session = requests.Session()
        self._session.trust_env = False  # no proxy, no .netrc
        try:
            self._wait_until_ready(master)
        except BaseException:
            self.stop()
            raise

    def _wait_until_ready(self, master: bool) -> None:
        assert self._process.stdout is not None
        timer = threading.Timer(START_TIMEOUT, self._process.kill)
        timer.start()
        line = self._process.stdout.readline()
        timer.cancel()
        if not line:
            raise RuntimeError(f"{self.name} did not start:\n{self.log()[-6000:]}")
        said = json.loads(line)
        self.url = f"http://127.0.0.1:{said['http']}"
        self.control_url = f"http://127.0.0.1:{said['control']}"
        self.version: str = said["version"]
        self.version_info = tuple(int(part) for part in self.version.split("-")[0].split("."))
        deadline = time.monotonic() + START_TIMEOUT
        while master and self.get("/_cluster/health").status != 200:
            if time.monotonic() > deadline:
                raise RuntimeError(f"{self.name} has no master:\n{self.log()[-6000:]}")
            time.sleep(0.1)

    def is_since(self, *version: int) -> bool:
        """Tell whether this is Elasticsearch of that version or newer; OpenSearch went another way at 7.10."""
        return self.engine.product == "Elasticsearch" and self.version_info >= version

    def __str__(self) -> str:
        return f"{self.engine.product} {self.version}"

    def __enter__(self) -> Cluster:
        return self

    def __exit__(self, *exception: object) -> None:
        self.stop()

    def stop(self) -> None:
        """End the node and delete its folder."""
        self._session.close()
        if self._process.stdin:
            self._process.stdin.close()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._process.stdout:
            self._process.stdout.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def log(self) -> str:
        """Return what the node has written to its log so far."""
        return self._log.read_text(encoding="utf-8", errors="replace")

    def request(self, method: str, path: str, body: Any = None, timeout: float = 60) -> Response:
        """Send one request; ``path`` holds the query too, ``body`` becomes JSON. Raises what requests raises."""
        answer = self._session.request(method, self.url + path, json=body, timeout=timeout)
        try:
            document = answer.json()
        except ValueError:
            document = None
        headers = {name.lower(): value for name, value in answer.headers.items()}
        return Response(answer.status_code, headers, answer.content, document)

    def get(self, path: str, timeout: float = 60) -> Response:
        """Send one GET request."""
        return self.request("GET", path, timeout=timeout)

    def do(self, method: str, path: str, body: Any = None, timeout: float = 60) -> Any:
        """Send a request that has to succeed, and return its document; raises RuntimeError else."""
        response = self.request(method, path, body, timeout)
        if response.status >= 300:
            raise RuntimeError(f"{method} {path}: {response.status} {response.content[:2000]!r}")
        return response.body

    def repository_folder(self, location: str) -> Path:
        """Return the folder of a repository with that location."""
        return self._folder / "repositories" / location

    def control(self, verb: str) -> dict[str, int]:
        """Have the repositories of type slow_fs ``reset`` their counts, or ``hold`` or ``release`` snapshots.

        Returns how many objects of each kind (``snap``, ``index``, ``meta``) were read since the last reset, and how
        many of them ``most_at_once``.
        """
        answer = self._session.post(f"{self.control_url}/{verb}", timeout=10)
        answer.raise_for_status()
        counts: dict[str, int] = answer.json()
        return counts


def main() -> int:
    """Start one engine and keep it until Enter, Ctrl-C or the end of an hour."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--engine", choices=ENGINES, default="opensearch-2")
    options = parser.parse_args()
    try:
        with Cluster(options.engine) as cluster:
            print(f"{cluster}: {cluster.url}")
            print(f"Its object store: {cluster.control_url}")
            print("Press Enter to end it.", flush=True)
            sys.stdin.readline()
    except Unavailable as exception:
        print(f"Missing: {exception}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        pass
    return 0


if __name__ == "__main__":
    sys.exit(main())

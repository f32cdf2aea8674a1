# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A client of the emulator: starts it, sets it up, and reads what it has seen. Needs the standard library only."""

from __future__ import annotations

import http.client
import json
import os
import ssl
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

FOLDER = Path(__file__).resolve().parent
START_SECONDS = 20.0


@dataclass
class Reply:
    """What came back."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def document(self) -> Any:
        """Return the body's JSON."""
        return json.loads(self.body)

    @property
    def code(self) -> str | None:
        """Return the OpenAPI's error code, if there is one."""
        code: str | None = self.document.get("Code")
        return code


class ControlError(Exception):
    """A control call was refused; the message says what is wrong about it."""


class Emulator:
    """A running emulator, as its emulator.json announces it."""

    def __init__(self, announcement: Mapping[str, Any]) -> None:
        self.announcement = announcement
        self.http: str = announcement["http"]
        self.https: str = announcement["https"]
        self.ca_path: str = announcement["ca_path"]
        self.accounts: dict[str, dict[str, str]] = {
            name: dict(account) for name, account in announcement["accounts"].items()
        }
        self.instances: dict[str, str] = dict(announcement["instances"])

    def connect(self, url: str, timeout: float = 10.0) -> http.client.HTTPConnection:
        """Return a connection to the server of one of the announced URLs, not yet open."""
        address = urlsplit(url)
        if address.scheme == "http":
            return http.client.HTTPConnection(address.netloc, timeout=timeout)
        context = ssl.create_default_context(cafile=self.ca_path)
        return http.client.HTTPSConnection(address.netloc, timeout=timeout, context=context)

    def call_control(self, method: str, path: str, document: Any = None, secure: bool = False) -> Reply:
        """Make a control call, ``path`` without ``/emulator/``, and return the reply, also where it is refused."""
        connection = self.connect(self.https if secure else self.http)
        try:
            body = document if isinstance(document, bytes) else json.dumps(document).encode()
            connection.request(method, f"/emulator/{path}", None if document is None else body)
            response = connection.getresponse()
            return Reply(response.status, response.headers, response.read())
        finally:
            connection.close()

    def control(self, method: str, path: str, document: Any = None) -> Any:
        """Make a control call, and return the document of its reply. Raise ControlError where it is refused."""
        reply = self.call_control(method, path, document)
        if reply.status != 200:
            raise ControlError(reply.document["error"])
        return reply.document

    def reset(self) -> None:
        """Forget everything."""
        self.control("POST", "reset")

    def stop(self) -> None:
        """Let the emulator end."""
        self.control("POST", "stop")

    def scenario(self, **parts: Any) -> list[str]:
        """Forget everything, then set up these parts; return the names of the fixtures."""
        names: list[str] = self.control("PUT", "scenario", parts)["names"]
        return names

    def set(self, **settings: Any) -> dict[str, Any]:
        """Change settings, and return all."""
        all_settings: dict[str, Any] = self.control("PUT", "settings", settings)
        return all_settings

    def stub(self, *faults: dict[str, Any], **match: str) -> None:
        """Let the requests that match run into these faults, one after the other."""
        self.control("PUT", "faults", {"faults": [{"match": match, "faults": list(faults)}]})

    def put_instances(self, *instances: dict[str, Any]) -> list[str]:
        """Replace all instances, and return their IDs."""
        names: list[str] = self.control("PUT", "instances", {"instances": list(instances)})["instances"]
        return names

    def transitions(self, *transitions: dict[str, Any]) -> None:
        """Say how the coming snapshots go."""
        self.control("PUT", "transitions", {"transitions": list(transitions)})

    def fixtures(self, *fixtures: dict[str, Any]) -> list[str]:
        """Put snapshots into the repositories, and return their names."""
        names: list[str] = self.control("POST", "snapshots", {"fixtures": list(fixtures)})["names"]
        return names

    @property
    def snapshots(self) -> list[dict[str, Any]]:
        """Return the ledger: the snapshots that CreateSnapshot took."""
        snapshots: list[dict[str, Any]] = self.control("GET", "snapshots")["snapshots"]
        return snapshots

    @property
    def upgrades(self) -> list[dict[str, Any]]:
        """Return the requests that asked for an upgrade, since the start; the collection never makes one."""
        upgrades: list[dict[str, Any]] = self.control("GET", "upgrades")["upgrades"]
        return upgrades

    def journal(self, server: str | None = None) -> list[dict[str, Any]]:
        """Return the requests that both servers received, or one: openapi or cluster."""
        query = f"?server={server}" if server else ""
        requests: list[dict[str, Any]] = self.control("GET", f"journal{query}")["requests"]
        return requests

    def forget_requests(self) -> None:
        """Empty the journal."""
        self.control("DELETE", "journal")

    @property
    def cost(self) -> dict[str, Any]:
        """Return what the requests to clusters cost that are in the journal."""
        cost: dict[str, Any] = self.control("GET", "cost")
        return cost


class Process:
    """An emulator in a process of its own, which ends with the ``with`` statement or when its time is up."""

    def __init__(self, directory: Path, time_limit: float, cluster: str | None = None) -> None:
        """Start one, before a real cluster if ``cluster`` is its URL."""
        self.directory = directory
        self.ready_file = directory / "emulator.json"
        self._output_file = directory.with_suffix(".output")
        command = [sys.executable, str(FOLDER), "--directory", str(directory), "--time-limit", str(time_limit)]
        if cluster is not None:
            command += ["--cluster", cluster]
        with self._output_file.open("wb") as output:
            self._parent = os.getpid()
            # From a folder of no importance, as any folder has to do.
            self.process = subprocess.Popen(
                command, cwd="/", stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT
            )

    def __enter__(self) -> Emulator:
        return Emulator(self.ready().announcement)

    def __exit__(self, *_error: object) -> None:
        self.end()

    def ready(self) -> Process:
        """Wait until the emulator listens. Raise RuntimeError where it does not start."""
        end = time.monotonic() + START_SECONDS
        while not self.ready_file.exists():
            # In a fork, subprocess takes a process that is not its child for one that has ended.
            is_ours = os.getpid() == self._parent
            if (is_ours and self.process.poll() is not None) or time.monotonic() > end:
                raise RuntimeError(f"the emulator did not start: {self.output}")
            time.sleep(0.02)
        return self

    def end(self) -> int:
        """Let the emulator end, wait for that, and return the exit code."""
        self.process.terminate()
        return self.wait()

    def wait(self) -> int:
        """Wait for the end, and return the exit code."""
        return self.process.wait(timeout=10)

    @property
    def announcement(self) -> dict[str, Any]:
        """Return what the emulator says about itself."""
        announcement: dict[str, Any] = json.loads(self.ready_file.read_text(encoding="utf-8"))
        return announcement

    @property
    def output(self) -> str:
        """Return all that was printed."""
        return self._output_file.read_text(encoding="utf-8")

    @property
    def log(self) -> str:
        """Return the log file's text."""
        return (self.directory / "emulator.log").read_text(encoding="utf-8")

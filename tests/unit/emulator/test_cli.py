# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The emulator as a command: how it starts, what it announces, and how it ends."""

from __future__ import annotations

import ast
import json
import signal
import socket
import stat
import subprocess
import sys
import urllib.request
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from ansible_collections.aliyun.elasticsearch.tests.emulator.client import FOLDER, Process

Start = Callable[..., Process]


def test_announcement_has_what_a_client_needs(started: Process) -> None:
    announcement = started.announcement
    addresses = {"http": "127.0.0.1", "https": "localhost", "cluster_http": "127.0.0.1", "cluster_https": "localhost"}
    others = {"ca_path", "pid", "accounts", "instances", "credential_id", "cluster_users"}
    assert set(announcement) == {*addresses, *others}
    assert {name: urlsplit(announcement[name]).hostname for name in addresses} == addresses
    assert len({urlsplit(announcement[name]).port for name in addresses}) == 4
    assert set(announcement["cluster_users"]) == {"elastic", "nobody"}
    assert announcement["pid"] == started.process.pid
    assert Path(announcement["ca_path"]) == started.directory / "ca.pem"
    assert set(announcement["accounts"]) == {"operator", "temporary", "reader"}
    assert set(announcement["accounts"]["temporary"]) == {"access_key_id", "access_key_secret", "security_token"}
    assert {"active", "activating", "forbidden", "absent"} <= set(announcement["instances"])
    for name in ("emulator.json", "environment", "emulator.log"):
        assert stat.S_IMODE((started.directory / name).stat().st_mode) == 0o600, name


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_end_on_a_signal(start: Start, number: signal.Signals) -> None:
    started = start().ready()
    started.process.send_signal(number)
    assert (started.wait(), started.ready_file.exists()) == (0, False)
    assert 'ending reason="told to"' in started.output


def test_end_when_the_time_is_up(start: Start) -> None:
    started = start(time_limit=0.3)
    assert started.wait() == 0
    assert 'ending reason="time limit"' in started.output


def test_end_on_request_although_a_connection_is_idle(start: Start) -> None:
    started = start().ready()
    base = started.announcement["http"]
    with socket.create_connection((urlsplit(base).hostname, urlsplit(base).port)):
        post(f"{base}/emulator/stop")
        assert started.wait() == 0


@pytest.mark.usefixtures("started")
def test_start_as_a_module(tmp_path: Path) -> None:
    name = "ansible_collections.aliyun.elasticsearch.tests.emulator"
    program = f"import runpy, sys; sys.path[:0] = {sys.path!r}; runpy.run_module({name!r}, run_name='__main__')"
    command = [sys.executable, "-c", program, "--directory", str(tmp_path), "--time-limit", "0.1"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)
    assert done.returncode == 0, done.stderr
    assert "listening" in done.stdout


@pytest.mark.usefixtures("started")
def test_output_that_nobody_reads(tmp_path: Path) -> None:
    command = [sys.executable, str(FOLDER), "--directory", str(tmp_path), "--time-limit", "20"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        assert process.stdout
        process.stdout.readline()
        process.stdout.close()
        base = json.loads((tmp_path / "emulator.json").read_text(encoding="utf-8"))["http"]
        for name in ("reset", "reset", "stop"):
            post(f"{base}/emulator/{name}")
        assert process.wait(timeout=10) == 0


@pytest.mark.usefixtures("started")
def test_announcement_that_is_stale_is_gone_before_anything_is_heard(tmp_path: Path) -> None:
    (tmp_path / "emulator.json").write_text("{}", encoding="utf-8")
    command = [sys.executable, str(FOLDER), "--directory", str(tmp_path), "--time-limit", "20"]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout
        assert b"listening" in process.stdout.readline()
        assert json.loads((tmp_path / "emulator.json").read_text(encoding="utf-8"))["pid"] == process.pid
        process.terminate()


def test_imports_nothing_of_the_collection() -> None:
    # It is an independent check: what is wrong in the collection must not be wrong in it in the same way.
    for path in FOLDER.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom):
                assert node.level <= 1, path.name
                assert "ansible" not in (node.module or ""), path.name
            elif isinstance(node, ast.Import):
                assert not any("ansible" in alias.name for alias in node.names), path.name


def post(url: str) -> None:
    """Make a control call."""
    with urllib.request.urlopen(urllib.request.Request(url, method="POST"), timeout=5) as response:
        assert response.status == 200

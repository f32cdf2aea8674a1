# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The command: start, announce the addresses, and end in time."""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import shlex
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from .log import Log
from .server import start
from .state import CREDENTIAL_ID, INSTANCES, State
from .upstream import Upstream, base_url

if TYPE_CHECKING:
    from yarl import URL


def main(arguments: list[str] | None = None) -> int:
    """Run the emulator until it is told to end or its time is up."""
    parser = argparse.ArgumentParser(prog="emulator", description="Loopback emulator of the Elasticsearch OpenAPI")
    parser.add_argument("--directory", type=Path, required=True, help="where emulator.json, ca.pem and the log go")
    parser.add_argument("--time-limit", type=float, default=600.0, metavar="SECONDS", help="default: %(default)g")
    parser.add_argument("--clock-offset", type=float, default=0.0, metavar="SECONDS", help="default: %(default)g")
    parser.add_argument("--cluster", type=base_url, metavar="URL", help="the real cluster of the active instance")
    options = parser.parse_args(arguments)
    directory = options.directory.absolute()
    directory.mkdir(parents=True, exist_ok=True)
    ready_file = directory / "emulator.json"
    # One left over from an earlier run would announce the wrong ports.
    ready_file.unlink(missing_ok=True)
    log = Log(directory / "emulator.log", sys.stdout)
    try:
        asyncio.run(_serve(log, options.clock_offset, ready_file, options.time_limit, options.cluster))
    finally:
        log.close()
    return 0


async def _serve(log: Log, clock_offset: float, ready_file: Path, time_limit: float, cluster: URL | None) -> None:
    """Serve until the end, which a signal, a control call or the clock brings."""
    state = State(log, clock_offset, Upstream(cluster) if cluster else None)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, state.ending.set)
    ca_path = ready_file.with_name("ca.pem")
    servers = await start(state, ca_path)
    try:
        announcement = {
            **servers.addresses,
            "ca_path": str(ca_path),
            "pid": os.getpid(),
            "accounts": {account.name: account.credentials() for account in state.accounts.values()},
            "instances": INSTANCES,
            "credential_id": CREDENTIAL_ID,
            "cluster_users": state.cluster_users,
        }
        _write_whole(ready_file.with_name("environment"), _shell_lines(state, servers.addresses["http"]))
        _write_whole(ready_file, json.dumps(announcement, indent=2) + "\n")
        log.event("listening", **servers.addresses)
        ended = await state.pause(time_limit)
        log.event("ending", reason="told to" if ended else "time limit")
    finally:
        state.ending.set()
        ready_file.unlink(missing_ok=True)
        ready_file.with_name("environment").unlink(missing_ok=True)
        await servers.end()
        if state.upstream:
            await state.upstream.close()


def _shell_lines(state: State, endpoint: str) -> str:
    """Return the lines that point a shell at the emulator, as its operator."""
    account = state.accounts["operator"]
    variables = {
        "ALIBABA_CLOUD_ENDPOINT_ELASTICSEARCH": endpoint,
        "ALIBABA_CLOUD_REGION_ID": "cn-hangzhou",
        "ALIBABA_CLOUD_ACCESS_KEY_ID": account.access_key_id,
        "ALIBABA_CLOUD_ACCESS_KEY_SECRET": account.access_key_secret,
    }
    return "".join(f"export {name}={shlex.quote(value)}\n" for name, value in variables.items())


def _write_whole(path: Path, text: str) -> None:
    """Write a file for its owner only, so that nobody ever reads half of it."""
    part = path.with_name(path.name + ".part")
    part.unlink(missing_ok=True)
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
    part.replace(path)

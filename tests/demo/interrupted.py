# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Kill Ansible at random points of a task and run the task again with the same token: ``make interrupted``.

Each round has to end with exactly one snapshot, wherever the first run was killed.
"""

from __future__ import annotations

import argparse
import collections
import os
import random
import signal
import subprocess
import time
from typing import Any

from sandbox import Sandbox, expect, sandbox

TIME_LIMIT = 1800
SLOW = {"kind": "trickle", "part": "headers", "seconds": 0.01}
ARRIVED = "after the request had arrived"


def main() -> None:
    """Run the rounds, and tell where the runs were killed."""
    parser = argparse.ArgumentParser(description="Kill Ansible, run it again, count the snapshots")
    parser.add_argument("--rounds", type=int, default=50)
    parser.add_argument("--seed", type=int, default=20170613)
    options = parser.parse_args()
    choose = random.Random(options.seed)
    killed: collections.Counter[str] = collections.Counter()
    with sandbox(TIME_LIMIT) as box:
        started = time.monotonic()
        expect(ask(box, "undisturbed").wait() == 0, "the task does not run undisturbed")
        duration = time.monotonic() - started
        for number in range(options.rounds):
            token = f"round {number}"
            # Half of the responses trickle, which makes the short moment between request and response longer.
            box.emulator.stub(*choose.choice(([], [SLOW])), client_token=token)
            killed[interrupt(box, token, choose.uniform(0, duration * 1.2))] += 1
            expect(ask(box, token).wait() == 0, f"the second run of {token} failed")
            taken = [snapshot for snapshot in box.emulator.snapshots if snapshot["client_token"] == token]
            expect(len(taken) == 1, f"{token} ended with {len(taken)} snapshots")
    expect(killed[ARRIVED] > 0, "no run was killed after its request had arrived")
    print(f"{options.rounds} rounds, one snapshot each (seed {options.seed}). The first run was killed")
    for where, count in killed.most_common():
        print(f"  {count:3} times {where}")


def ask(box: Sandbox, token: str) -> subprocess.Popen[bytes]:
    """Start a task in a process group of its own."""
    arguments = f"instance_id={box.emulator.instances['active']} client_token='{token}'"
    options: dict[str, Any] = {"start_new_session": True, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    return box.start(f'ansible localhost -m aliyun.elasticsearch.es_snapshot -a "{arguments}"', **options)


def interrupt(box: Sandbox, token: str, seconds: float) -> str:
    """Kill a task with all its processes after some seconds, and return how far it had come."""
    process = ask(box, token)
    time.sleep(seconds)
    had_ended = process.poll() is not None
    if not had_ended:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    received = any(request["client_token"] == token for request in box.emulator.journal("openapi"))
    if had_ended:
        return "after it had ended"
    return ARRIVED if received else "before the request had arrived"


if __name__ == "__main__":
    main()

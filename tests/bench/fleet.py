# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What it costs to wait for the snapshots of a fleet: what ``make bench-fleet`` runs; Linux only.

The playbook pre_upgrade_snapshot goes over the hosts of the inventory plugin, whose snapshots run for 25 s each.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
import threading
import time
from datetime import datetime
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from demo.sandbox import Sandbox, sandbox  # noqa: E402

HOSTS = 50
POLL_SECONDS = 2.5
POLLS = 12  # the first two without a pause
WAYS = (("linear", 10), ("free", 10), ("linear", 25), ("linear", 50), ("free", 50))
TIME_LIMIT = 3600


def main() -> None:
    """Measure everything, and print a table in Markdown."""
    with sandbox(TIME_LIMIT) as box, tempfile.TemporaryDirectory() as name:
        source = Path(name) / "fleet.aliyun_es.yml"
        source.write_text(
            json.dumps({"plugin": "aliyun.elasticsearch.es_instances", "regions": ["cn-hangzhou"]}), encoding="utf-8"
        )
        print("| strategy | forks | wall time | longest snapshot | ratio | memory of all processes | of one fork |")
        print("|---|---|---|---|---|---|---|")
        for strategy, forks in WAYS:
            print(f"| `{strategy}` | {forks} | {measure(box, source, strategy, forks)} |", flush=True)


def measure(box: Sandbox, source: Path, strategy: str, forks: int) -> str:
    """Run the playbook once over a fleet of its own, and return the cells of its row."""
    box.emulator.scenario(
        instances=[{"instance_id": "es-fleet", "count": HOSTS}], transitions=[{"running_polls": POLLS}] * HOSTS
    )
    command = (
        f"ansible-playbook aliyun.elasticsearch.pre_upgrade_snapshot --inventory {source} --forks {forks}"
        f" -e es_hosts=aliyun_elasticsearch -e es_wait_interval={POLL_SECONDS}"
    )
    log = source.with_suffix(".log")
    started = time.perf_counter()
    with log.open("wb") as output:
        process = box.start(command, env={"ANSIBLE_STRATEGY": strategy}, stdout=output, stderr=subprocess.STDOUT)
        memory = Memory(process.pid)
        memory.start()
        status = process.wait()
    wall = time.perf_counter() - started
    memory.join()
    if status or len(box.emulator.snapshots) != HOSTS:
        raise SystemExit(f"{command} failed:\n{log.read_text(encoding='utf-8')}")
    told = re.findall(r"complete since (\S+)\. It began at (\S+)", " ".join(log.read_text(encoding="utf-8").split()))
    longest = max(seconds(ended) - seconds(began) for ended, began in told)
    cells = [
        f"{wall:.0f} s",
        f"{longest:.0f} s",
        f"{wall / longest:.1f}",
        f"{memory.most / 2**20:.0f} MiB",
        f"{(memory.most - memory.first) / forks / 2**20:.0f} MiB",
    ]
    return " | ".join(cells)


def seconds(moment: str) -> float:
    """Return a moment that the playbook tells in seconds since 1970."""
    return datetime.fromisoformat(moment.replace("Z", "+00:00")).timestamp()


class Memory(threading.Thread):
    """Watches the memory (PSS, bytes) of a process and its descendants until it ends.

    ``most`` is the largest sum, ``first`` the largest of the process itself, before and beside its forks.
    """

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self._pid = pid
        self.most = self.first = 0

    def run(self) -> None:
        while True:
            sizes = {pid: proportional_set_size(pid) for pid in family(self._pid)}
            if not sizes.get(self._pid):
                return
            self.first = max(self.first, sizes[self._pid])
            self.most = max(self.most, sum(sizes.values()))
            time.sleep(0.5)


def family(pid: int) -> set[int]:
    """Return a process and its descendants."""
    parents = {}
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                # The name, in parentheses, may hold anything; the state and the parent follow it.
                parents[int(entry)] = int(Path(f"/proc/{entry}/stat").read_text().rpartition(")")[2].split()[1])
            except OSError:
                continue  # it has just ended
    found = {pid}
    while more := {child for child, parent in parents.items() if parent in found} - found:
        found |= more
    return found


def proportional_set_size(pid: int) -> int:
    """Return the memory of a process in bytes, what is shared with others divided among them; 0 when it has ended."""
    try:
        text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    except OSError:
        return 0
    return sum(int(line.split()[1]) * 1024 for line in text.splitlines() if line.startswith("Pss:"))


if __name__ == "__main__":
    main()

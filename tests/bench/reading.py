# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What it costs to read a repository of a real size: what ``make bench-reading`` runs.

The emulator takes its time for each object that a request reads, as an object store does, and counts them. Each way to
read is run as a task of Ansible, the one by a single verbose list among them, in the same run.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path
from typing import Any, NamedTuple

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from bench.measure import noting_interpreter, run  # noqa: E402
from demo.sandbox import Sandbox, sandbox  # noqa: E402

OBJECT_SECONDS = 0.03
SIZES = ((336, 2000), (2000, 300))
TIME_LIMIT = 3600
MODULE = "aliyun.elasticsearch.es_snapshot"


class Way(NamedTuple):
    """A way to read: its title, the module and its arguments, and when the newest snapshot ended, in seconds ago."""

    title: str
    module: str
    arguments: dict[str, Any]
    newest_ended: float


def ways(box: Sandbox) -> list[Way]:
    """Return the ways that are compared."""
    emulator = box.emulator
    instance, password = emulator.instances["active"], emulator.announcement["cluster_users"]["elastic"]
    url = f"{emulator.announcement['cluster_https']}/_snapshot/aliyun_auto_snapshot/_all"
    shared = {"instance_id": instance}
    return [
        Way("one verbose list", "verbose_list", {"url": url, "username": "elastic", "password": password}, 7200),
        Way("`wait`", MODULE, {**shared, "wait": True, "wait_interval": 0.2}, 7200),
        Way("`max_age`, a recent one is there", MODULE, {**shared, "max_age": 3600}, 600),
        Way("`max_age`, none is there", MODULE, {**shared, "max_age": 3600}, 7200),
        Way("`es_snapshot_info`", f"{MODULE}_info", shared, 7200),
    ]


def main() -> None:
    """Measure everything, and print a table in Markdown."""
    with sandbox(TIME_LIMIT) as box, tempfile.TemporaryDirectory() as name:
        folder, notes = Path(name), Path(name) / "notes"
        python = str(box.folder / "venv" / "bin" / "python")
        box.environment |= {
            "ANSIBLE_LIBRARY": str(HERE / "library"),
            "ANSIBLE_PYTHON_INTERPRETER": str(noting_interpreter(folder, notes, python)),
            "ALIBABA_CLOUD_REGION_ID": "cn-hangzhou",
        }
        print("| snapshots x indices | | requests | objects | most in one | bytes | largest | longest | peak memory |")
        print("|---|---|---|---|---|---|---|---|---|")
        for snapshots, indices in SIZES:
            for way in ways(box):
                print(f"| {snapshots} x {indices} | {way.title} | {measure(box, folder, way, snapshots, indices)} |")


def measure(box: Sandbox, folder: Path, way: Way, snapshots: int, indices: int) -> str:
    """Run a way once in a repository of its own, and return the cells of its row."""
    box.emulator.scenario(
        settings={"object_read_seconds": OBJECT_SECONDS},
        fixtures=[
            {
                "count": snapshots,
                "indices": indices,
                "interval": 1800,
                "began_ago": way.newest_ended + 60,
                "ended_ago": way.newest_ended,
            }
        ],
        transitions=[{"hidden_polls": 1, "running_polls": 3, "indices": indices}],
    )
    play = folder / "play.json"
    task = {way.module: way.arguments}
    play.write_text(
        json.dumps([{"hosts": "all", "connection": "local", "gather_facts": False, "tasks": [task]}]), encoding="utf-8"
    )
    notes = folder / "notes"
    notes.unlink(missing_ok=True)
    run(
        [
            str(box.folder / "venv" / "bin" / "python"),
            "-m",
            "ansible",
            "playbook",
            "--inventory",
            "localhost,",
            str(play),
        ],
        box.environment,
    )
    memory = max(int(line) for line in notes.read_text(encoding="utf-8").split())
    cost = box.emulator.cost
    most = cost["most"]
    cells = [
        cost["requests"],
        cost["objects_read"],
        most["objects_read"],
        size(cost["response_bytes"]),
        size(most["response_bytes"]),
        f"{most['seconds']:.2f} s",
        f"{memory / 1024:.0f} MiB",
    ]
    return " | ".join(map(str, cells))


def size(number: int) -> str:
    """Return a number of bytes as a person reads it."""
    return f"{number / 1e6:.2f} MB" if number >= 1e5 else f"{number / 1e3:.1f} kB"


if __name__ == "__main__":
    main()

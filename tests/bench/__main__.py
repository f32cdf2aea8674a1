# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Compare es_snapshot with a bare module, with the uri module and with the official SDK: what C(make bench) runs.

All figures of a run are ratios to others of the same run, in which the contenders took turns.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import pyperf

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from bench.contenders import Task, contenders  # noqa: E402
from bench.measure import Cost, noting_interpreter, run  # noqa: E402
from demo.sandbox import Sandbox, sandbox  # noqa: E402

TASKS = 20
HOSTS = 50
FORKS = 10
TIME_LIMIT = 3600
PACKAGES = ("ansible-core", "requests", "alibabacloud-elasticsearch20170613")
SHOWN = ("es_snapshot", "uri", "requests", "sdk")

Contenders = dict[str, Callable[[], Task]]


def main() -> None:
    """Measure everything, and print a table in Markdown."""
    parser = argparse.ArgumentParser(description="Compare es_snapshot with other ways to the same end")
    parser.add_argument("--rounds", type=int, default=9)
    options = parser.parse_args()
    with sandbox(TIME_LIMIT) as box, tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        python = str(box.folder / "venv" / "bin" / "python")
        box.environment |= {
            "ANSIBLE_LIBRARY": str(HERE / "library"),
            "ANSIBLE_PYTHON_INTERPRETER": python,
            "ALIBABA_CLOUD_REGION_ID": "cn-hangzhou",
        }
        emulator = box.emulator
        account = emulator.accounts["operator"]
        rivals = contenders(emulator.https, emulator.ca_path, emulator.instances["active"], account)
        tasks = marginal(box, folder, rivals, options.rounds, one_host, TASKS)
        fleet = marginal(box, folder, rivals, max(options.rounds // 3, 3), many_hosts, HOSTS)
        memory = {name: peak_memory(box, folder, make) for name, make in rivals.items()}
        speed = signing(box, folder)
    versions = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in PACKAGES)
    print(f"Python {platform.python_version()}, {versions}; {os.cpu_count()} cores, {options.rounds} rounds\n")
    print("| | ping | es_snapshot | uri | requests | SDK |\n|---|---|---|---|---|---|")
    for title, costs in (
        (f"wall time of one more task, of {TASKS}", column(tasks, "wall")),
        (f"CPU time of one more task, of {TASKS}", column(tasks, "cpu")),
        (f"wall time of one more host, of {HOSTS} with {FORKS} forks", column(fleet, "wall")),
        (f"CPU time of one more host, of {HOSTS} with {FORKS} forks", column(fleet, "cpu")),
    ):
        print(f"| {title} | {costs['ping'] * 1000:.0f} ms | {ratios(costs)} |")
    print(f"| peak memory of the module's process | {memory['ping'] / 1024:.0f} MiB | {ratios(memory)} |")
    print(f"\nes_snapshot takes {column(tasks, 'wall')['es_snapshot'] / column(tasks, 'wall')['sdk']:.2f} of the SDK's")
    print(f"time for one more task. Signing takes {speed:.2f} of the official library's time.")


def column(costs: dict[str, list[Cost]], kind: str) -> dict[str, float]:
    """Return the median of each contender's wall or CPU time."""
    return {name: statistics.median(getattr(cost, kind) for cost in all_costs) for name, all_costs in costs.items()}


def ratios(figures: dict[str, float]) -> str:
    """Return the cells of those that are compared, as multiples of ping."""
    return " | ".join(f"{figures[name] / figures['ping']:.2f}" for name in SHOWN)


def marginal(
    box: Sandbox,
    folder: Path,
    rivals: Contenders,
    rounds: int,
    write: Callable[[Path, Callable[[], Task], int], list[str]],
    number: int,
) -> dict[str, list[Cost]]:
    """Return of each contender what one more task or host costs, once for each round."""
    costs: dict[str, list[Cost]] = {name: [] for name in rivals}
    for current in range(rounds):
        names = list(rivals)
        for name in names[current % len(names) :] + names[: current % len(names)]:
            few, many = (
                run(playbook(box, write(folder, rivals[name], count)), box.environment) for count in (1, number + 1)
            )
            costs[name].append(Cost((many.wall - few.wall) / number, (many.cpu - few.cpu) / number))
    return costs


def playbook(box: Sandbox, arguments: list[str]) -> list[str]:
    """Return the command that runs a playbook."""
    return [str(box.folder / "venv" / "bin" / "python"), "-m", "ansible", "playbook", *arguments]


def one_host(folder: Path, make: Callable[[], Task], count: int) -> list[str]:
    """Write a playbook with so many tasks for one host."""
    return write_play(folder, [make() for _number in range(count)], "localhost,")


def many_hosts(folder: Path, make: Callable[[], Task], count: int) -> list[str]:
    """Write a playbook with one task for so many hosts; where tasks differ, each host has its own."""
    made = [make() for _number in range(count)]
    (module,) = made[0]
    inventory = folder / "inventory.json"
    hosts = {f"host{number}": {"arguments": task[module]} for number, task in enumerate(made)}
    inventory.write_text(json.dumps({"all": {"hosts": hosts}}), encoding="utf-8")
    return [*write_play(folder, [{module: "{{ arguments }}"}], str(inventory)), "--forks", str(FORKS)]


def write_play(folder: Path, tasks: list[Task], inventory: str) -> list[str]:
    """Write a play, and return the arguments to run it with."""
    play = {"hosts": "all", "connection": "local", "gather_facts": False, "tasks": tasks}
    path = folder / "play.json"
    path.write_text(json.dumps([play]), encoding="utf-8")
    return ["--inventory", inventory, str(path)]


def peak_memory(box: Sandbox, folder: Path, make: Callable[[], Task]) -> float:
    """Return the largest resident set of the module's process, in KiB."""
    notes = folder / "notes"
    notes.unlink(missing_ok=True)
    interpreter = noting_interpreter(folder, notes, box.environment["ANSIBLE_PYTHON_INTERPRETER"])
    run(playbook(box, one_host(folder, make, 3)), {**box.environment, "ANSIBLE_PYTHON_INTERPRETER": str(interpreter)})
    return statistics.median(int(line) for line in notes.read_text(encoding="utf-8").split())


def signing(box: Sandbox, folder: Path) -> float:
    """Return how long the collection's signing takes, as a part of the official library's time."""
    results = folder / "signing.json"
    environment = {**box.environment, "PYTHONPATH": box.environment["ANSIBLE_COLLECTIONS_PATH"]}
    command = [sys.executable, str(HERE / "signing.py"), "--fast", "--quiet", "--inherit-environ", "PYTHONPATH"]
    subprocess.run([*command, "-o", str(results)], env=environment, check=True)
    suite = pyperf.BenchmarkSuite.load(str(results))
    ours, official = (suite.get_benchmark(name).median() for name in ("ours", "official"))
    return float(ours / official)


if __name__ == "__main__":
    main()

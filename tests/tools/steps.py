# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Steps that several sessions of noxfile.py take."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

import nox
from antsibull_nox.sessions import prepare_collections
from machine import HOME, TOOLS, place_get_pip

PYTEST = [
    *("python", "-m", "pytest", "-q", "-n", "auto", "-p", "no:cacheprovider", "--import-mode=importlib"),
    *("--cov=plugins", "--cov-branch", "--cov-report="),
]
# Two runs, as the inventory plugins' tests cannot share a process with the modules' (see their conftest.py).
MEASURE_COVERAGE = [
    [*PYTEST, "--junit-xml=tests/output/junit/pytest-units.xml", "tests/unit"],
    [*PYTEST, "--junit-xml=tests/output/junit/pytest-inventory.xml", "--cov-append", "tests/unit/plugins/inventory"],
    ["python", "-m", "coverage", "xml", "-q", "-o", "tests/output/reports/coverage.xml"],
]


def copy_collection(session: nox.Session) -> Path:
    """Copy what git does not ignore to .../ansible_collections/aliyun/elasticsearch, the only place tools accept."""
    copy = prepare_collections(session, install_in_site_packages=False, install_out_of_tree=True)
    if copy is None:
        session.error("The collection could not be copied.")
    session.env["ANSIBLE_COLLECTIONS_PATH"] = session.env["MYPYPATH"] = str(copy.current_place)
    return copy.current_path


def succeeds(session: nox.Session, *command: str) -> bool:
    """Run a command, so that one failure does not hide the next."""
    try:
        session.run(*command)
    except nox.command.CommandFailed:
        return False
    return True


def evaluate(session: nox.Session, expression: str) -> str:
    """Return what an expression is in the session's Python; it may use the modules importlib.metadata and sysconfig."""
    code = f"import importlib.metadata, sysconfig; print({expression})"
    return str(session.run("python", "-c", code, silent=True)).strip()


def ansible_test(session: nox.Session, parts: dict[str, list[str]], output: Path) -> None:
    """Run parts of ansible-test, each a command line by its name, put their reports into a folder, and judge them.

    The part "coverage" is pytest itself: ansible-test forks for each test, and a fork's coverage takes long to write.
    """
    place_get_pip(session, Path(evaluate(session, "sysconfig.get_path('purelib')")))
    if "coverage" in parts:
        session.install("pytest-cov", "pytest-xdist", "-r", "tests/unit/requirements.txt")
    shutil.rmtree(output, ignore_errors=True)
    collection = copy_collection(session)
    program = ["python", str(Path(session.bin) / "ansible-test")]  # its own first line may hold a path with a space
    jobs = []
    for part, line in sorted(parts.items(), key=lambda item: item[0] != "integration"):  # what takes longest is first
        if part == "coverage":
            jobs.append(Job(part, MEASURE_COVERAGE))
        elif part == "integration":
            jobs += [
                Job(part, [[*program, *line, *targets, "--continue-on-error", "--color", "no"]])
                for targets in halves(collection)
            ]
        else:
            jobs.append(Job(part, [[*program, *line, "--color", "no"]]))
    passed = dict.fromkeys(parts, True)
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for job, future in [(job, pool.submit(job.run, session, collection, output)) for job in jobs]:
            passed[job.part] &= future.result()
    summary = [f"{part}={'passed' if good else 'failed'}" for part, good in passed.items()]
    session.run("python", str(TOOLS / "summary.py"), str(output), *summary)


def halves(collection: Path) -> list[list[str]]:
    """Return the names of the integration targets in two lists; those of the runbooks take as long as all others."""
    names = sorted(path.parent.name for path in collection.glob("tests/integration/targets/*/aliases"))
    names = [name for name in names if not name.startswith("setup_")]
    runbooks = [name for name in names if name.startswith("runbook_")]
    return [runbooks, [name for name in names if name not in runbooks]]


def home_beside_others(folder: Path) -> Path:
    """Make a HOME in a folder, for an ansible-test beside another one, with which it would make the same SSH key."""
    home = folder / "home"
    (home / ".ansible" / "test").mkdir(parents=True)
    for shared in (".config", ".ansible/test/cache", ".ansible/test/venv"):
        (HOME / shared).mkdir(parents=True, exist_ok=True)
        (home / shared).symlink_to(HOME / shared)
    return home


class Job(NamedTuple):
    """Commands that are run one after the other in a copy of the collection of their own, beside other jobs."""

    part: str
    commands: list[list[str]]

    def run(self, session: nox.Session, collection: Path, output: Path) -> bool:
        """Run them until one fails, print what they printed when they have ended, and add their reports to output."""
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
            copy = Path(folder).resolve() / Path(*collection.parts[-3:])
            shutil.copytree(collection, copy, symlinks=True)
            set_values = {name: value for name, value in session.env.items() if value is not None}
            environment = {**os.environ, **set_values, "PYTHONPATH": folder, "ANSIBLE_COLLECTIONS_PATH": folder}
            environment["HOME"] = str(home_beside_others(Path(folder)))
            printed = [f"\n{self.part}"]
            for command in self.commands:
                printed.append(f"$ {shlex.join(command)}")
                ended = subprocess.run(
                    [shutil.which(command[0], path=session.bin) or command[0], *command[1:]],
                    cwd=copy,
                    env=environment,
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.STDOUT,
                    text=True,
                    check=False,
                )
                printed.append(ended.stdout)
                if ended.returncode:
                    printed.append(f"{self.part} failed with exit code {ended.returncode}.")
                    break
            print("\n".join(printed), flush=True)
            (copy / "tests" / "output").mkdir(exist_ok=True)  # missing when nothing ran
            shutil.copytree(copy / "tests/output", output, ignore=shutil.ignore_patterns(".tmp"), dirs_exist_ok=True)
        return not ended.returncode

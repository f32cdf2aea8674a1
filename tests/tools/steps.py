# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Steps that several sessions of noxfile.py take."""

from __future__ import annotations

import shutil
from pathlib import Path

import nox
from antsibull_nox.sessions import prepare_collections
from machine import TOOLS, place_get_pip


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
    shutil.rmtree(output, ignore_errors=True)
    program = ["python", str(Path(session.bin) / "ansible-test")]  # its own first line may hold a path with a space
    with session.chdir(copy_collection(session)):
        results = {
            part: measure_coverage(session)
            if part == "coverage"
            else succeeds(session, *program, *line, "--color", "no")
            for part, line in parts.items()
        }
        Path("tests/output").mkdir(exist_ok=True)  # missing when nothing ran
        shutil.copytree("tests/output", output, ignore=shutil.ignore_patterns(".tmp"))
    summary = [f"{part}={'passed' if passed else 'failed'}" for part, passed in results.items()]
    session.run("python", str(TOOLS / "summary.py"), str(output), *summary)


def measure_coverage(session: nox.Session) -> bool:
    """Run the unit tests in the copy of the collection, and report what of plugins/ they reach."""
    session.install("pytest-cov", "pytest-xdist", "-r", "tests/unit/requirements.txt")
    session.env["PYTHONPATH"] = str(Path.cwd().parents[2])
    line = "-m pytest -q -n auto -p no:cacheprovider --import-mode=importlib --cov=plugins --cov-branch --cov-report="
    # Two runs, as the inventory plugins' tests cannot share a process with the modules' (see their conftest.py).
    runs = [
        ["--junit-xml=tests/output/junit/pytest-units.xml", "tests/unit"],
        ["--junit-xml=tests/output/junit/pytest-inventory.xml", "--cov-append", "tests/unit/plugins/inventory"],
    ]
    passed = [succeeds(session, "python", *line.split(), *arguments) for arguments in runs]
    report = ["xml", "-q", "-o", "tests/output/reports/coverage.xml"]
    return all(passed) and succeeds(session, "python", "-m", "coverage", *report)

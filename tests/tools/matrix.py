# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The rows of the matrix; run as a script, it shows what ansible-test found in each, and fails for any not good."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

# Each ansible-core with the Pythons that its ansible-test takes for the controller.
CORES = {
    "2.16": ("3.10", "3.11", "3.12"),
    "2.17": ("3.10", "3.11", "3.12"),
    "2.18": ("3.11", "3.12", "3.13"),
    "2.19": ("3.11", "3.12", "3.13"),
    "2.20": ("3.12", "3.13", "3.14"),
    "2.21": ("3.12", "3.13", "3.14"),
    "2.22": ("3.13", "3.14", "3.15"),
}
OLDEST_TARGET = "3.9"  # the oldest Python that modules run on, see tests/config.yml
PARTS = ("sanity", "units", "integration")
LINE = "{:<13}{:<8}{:<12}{:>12}{:>12}{:>13}"


class Row(NamedTuple):
    """Versions, such as "2.19": of ansible-core, of the Python it runs on, and of the Python that modules run on."""

    core: str
    python: str
    target: str

    @property
    def requirement(self) -> str:
        """What pip is to install; of the newest ansible-core also a release candidate, to know what is coming."""
        return f"ansible-core~={self.core}.0{'rc1' if self.core == list(CORES)[-1] else ''}"

    @property
    def session(self) -> str:
        """The name of the session in noxfile.py; it becomes part of a path, in which Ansible takes no parentheses."""
        versions = self[:2] if self.target == self.python else self
        return "-".join(["matrix", *versions])

    @property
    def parts(self) -> dict[str, list[str]]:
        """The command line of ansible-test for each part that the row has."""
        if self.target == self.python:
            where = ["--venv", "--python", self.python]
            return {
                "sanity": ["sanity", "--junit"],  # compile and import run on all Pythons that are here
                "units": ["units", *where],
                "integration": ["integration", *where],
            }
        controller = ["--controller", f"origin:python=venv/{self.python}"]
        return {
            "units": ["units", *controller, "--target-python", f"venv/{self.target}"],
            "integration": ["integration", *controller, "--target", f"controller:python=venv/{self.target}"],
        }

    def folder(self, version: str) -> str:
        """The name of the folder of reports, from the whole version of ansible-core."""
        return f"{version} {self.python} {self.target}"


def all_rows() -> Iterator[Row]:
    """Yield for each ansible-core the newest Python that is here and each newer one, then the oldest with a target."""
    here = {python for pythons in CORES.values() for python in pythons if shutil.which(f"python{python}")}
    for core, pythons in CORES.items():
        newest = max((index for index, python in enumerate(pythons) if python in here), default=0)
        yield from (Row(core, python, python) for python in pythons[newest:])
        yield Row(core, next((python for python in pythons if python in here), pythons[0]), OLDEST_TARGET)


def read(output: Path, row: Row) -> tuple[str, dict[str, list[int]]]:
    """Return the version of ansible-core, and the counts of each part that ran, from the folder of a row."""
    for file in output.glob(row.folder(f"{row.core}.*") + "/counts.json"):
        return file.parent.name.split()[0], json.loads(file.read_text(encoding="utf-8"))
    return row.core, {}


def main(output: Path, rows: list[Row]) -> int:
    """Print the table of the rows; output has a folder for each that ran."""
    failed = []
    absent: dict[str, list[str]] = {}
    present = set()
    print(LINE.format("ansible-core", "Python", "modules on", *PARTS))
    for row in rows:
        core, python, target = row
        if missing := [version for version in (python, target) if not shutil.which(f"python{version}")]:
            absent.setdefault(missing[0], []).append(core)
            continue
        present.add(core)
        version, counts = read(output, row)
        expected = [part for part in PARTS if part in row.parts]
        cells = {part: "/".join(map(str, counts.get(part, ["not run"]))) for part in expected}
        print(LINE.format(version, python, target, *(cells.get(part, "-") for part in PARTS)))
        bad = [part for part in expected if counts.get(part, [0, 0])[0] == 0 or counts[part][1] > 0]
        if bad:
            failed.append(f"ansible-core {version}, Python {python}, modules on {target}: {', '.join(bad)}")
    failed += [
        f"ansible-core {core}: no Python for it is on this machine"
        for core in sorted({row.core for row in rows} - present)
    ]
    print("Shown are passed/failed cases: sanity tests, unit tests, and tasks of the integration tests.")
    for python, cores in absent.items():
        print(f"Not on this machine: Python {python}, so not tried with ansible-core {', '.join(cores)}.")
    for line in failed:
        print("FAILED:", line)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), list(all_rows())))

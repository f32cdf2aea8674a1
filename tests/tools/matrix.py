# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Shows what ansible-test found with each ansible-core and Python, and fails for any that is not good."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path

PARTS = ("sanity", "units", "integration")
LINE = "{:<13}{:<8}{:<12}{:>12}{:>12}{:>13}"


def read(folder: Path, row: str) -> tuple[str, dict[str, list[int]]]:
    """Return the version of ansible-core, and the counts of each part that ran, from the folder of a row."""
    core, python, target = row.split()
    for file in folder.glob(f"{core}.* {python} {target}/counts.json"):
        return file.parent.name.split()[0], json.loads(file.read_text(encoding="utf-8"))
    return core, {}


def main(folder: Path, rows: list[str]) -> int:
    """Print the table of the rows "core Python target"; the folder has a folder "version Python target" for each."""
    failed = []
    absent: dict[str, list[str]] = {}
    present = set()
    print(LINE.format("ansible-core", "Python", "modules on", *PARTS))
    for row in rows:
        core, python, target = row.split()
        if missing := [version for version in (python, target) if not shutil.which(f"python{version}")]:
            absent.setdefault(missing[0], []).append(core)
            continue
        present.add(core)
        version, counts = read(folder, row)
        expected = [part for part in PARTS if part != "sanity" or target == python]
        cells = {part: "/".join(map(str, counts.get(part, ["not run"]))) for part in expected}
        print(LINE.format(version, python, target, *(cells.get(part, "-") for part in PARTS)))
        bad = [part for part in expected if counts.get(part, [0, 0])[0] == 0 or counts[part][1] > 0]
        if bad:
            failed.append(f"ansible-core {version}, Python {python}, modules on {target}: {', '.join(bad)}")
    failed += [
        f"ansible-core {core}: no Python for it is on this machine"
        for core in sorted({row.split()[0] for row in rows} - present)
    ]
    print("Shown are passed/failed cases: sanity tests, unit tests, and tasks of the integration tests.")
    for python, cores in absent.items():
        print(f"Not on this machine: Python {python}, so not tried with ansible-core {', '.join(cores)}.")
    for line in failed:
        print("FAILED:", line)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2:]))

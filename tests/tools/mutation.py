# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Shows which changes to the code no test noticed, from what mutmut found in this folder, and fails for too many."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter, defaultdict

MINIMUM_SCORE = 90  # percent of the changes in each file; the rest are changes that make no difference


def mutmut(*arguments: str) -> str:
    """Return what a command of mutmut prints."""
    command = [sys.executable, "-m", "mutmut", *arguments]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, encoding="utf-8").stdout


def main() -> int:
    statuses: dict[str, Counter[str]] = defaultdict(Counter)
    for line in mutmut("results", "--all", "true").splitlines():
        name, colon, status = line.strip().partition(": ")
        if colon:
            statuses[name.split(".")[-2]][status] += 1
            if status not in ("killed", "timeout"):
                print(f"{status}: {name}")
                print(*(line for line in mutmut("show", name).splitlines() if line[:1] in "+-"), sep="\n")
    failed = not statuses
    for module, counts in sorted(statuses.items()):
        noticed = counts["killed"] + counts["timeout"]
        score = 100 * noticed / counts.total()
        failed |= score < MINIMUM_SCORE
        print(f"{module}: {noticed} of {counts.total()} changes noticed, {score:.1f} % of the wanted {MINIMUM_SCORE} %")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())

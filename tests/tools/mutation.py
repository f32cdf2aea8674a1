# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Shows which changes to the code no test noticed, from what mutmut found in this folder, and fails for too many."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter, defaultdict

MINIMUM_SCORE = 90  # percent of the changes in each file; the rest are changes that make no difference
PACKAGE = "plugins.module_utils."


def mutmut(*arguments: str) -> str:
    """Return what a command of mutmut prints."""
    command = [sys.executable, "-m", "mutmut", *arguments]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, encoding="utf-8").stdout


def file_of(change: str) -> str:
    """Return the path below module_utils of the file that a change is in, from the name that mutmut gives the change.

    ``ansible_collections.(…).plugins.module_utils._openapi.response.x_parse__mutmut_1`` is in ``_openapi/response.py``.
    """
    module = change.rpartition(".")[0]
    return module.rpartition(PACKAGE)[2].replace(".", "/") + ".py"


def main() -> int:
    statuses: dict[str, Counter[str]] = defaultdict(Counter)
    for line in mutmut("results", "--all", "true").splitlines():
        name, colon, status = line.strip().partition(": ")
        if colon:
            statuses[file_of(name)][status] += 1
            if status not in ("killed", "timeout"):
                print(f"{status}: {name}")
                print(*(line for line in mutmut("show", name).splitlines() if line[:1] in "+-"), sep="\n")
    failed = not statuses
    for file, counts in sorted(statuses.items()):
        noticed = counts["killed"] + counts["timeout"]
        score = 100 * noticed / counts.total()
        failed |= score < MINIMUM_SCORE
        print(f"{file}: {noticed} of {counts.total()} changes noticed, {score:.1f} % of the wanted {MINIMUM_SCORE} %")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())

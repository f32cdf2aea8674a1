# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run a command, and tell how long it took and what it used."""

from __future__ import annotations

import os
import subprocess
import time
from pathlib import Path
from typing import NamedTuple

# Stands in for the interpreter of modules: runs it, and notes the largest resident set of the child, in KiB.
_NOTING_INTERPRETER = """#!{python}
import resource, subprocess, sys
status = subprocess.run([{python!r}, *sys.argv[1:]]).returncode
with open({notes!r}, "a") as notes:
    print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss, file=notes)
sys.exit(status)
"""


class Cost(NamedTuple):
    """What a command and all its descendants took, in seconds."""

    wall: float
    cpu: float


def run(command: list[str], environment: dict[str, str]) -> Cost:
    """Run a command that must succeed."""
    started = time.perf_counter()
    process = subprocess.Popen(
        command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    assert process.stdout is not None
    output = process.stdout.read()
    _pid, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{' '.join(command)} failed:\n{output.decode()}")
    return Cost(wall, usage.ru_utime + usage.ru_stime)


def noting_interpreter(folder: Path, notes: Path, python: str) -> Path:
    """Make an interpreter for modules that notes their peak memory; the path of C(python) holds no space."""
    script = folder / "noting-python"
    script.write_text(_NOTING_INTERPRETER.format(python=python, notes=str(notes)), encoding="utf-8")
    script.chmod(0o700)
    return script

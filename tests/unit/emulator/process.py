# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Starts the emulator as it is started from outside: as a process."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

EMULATOR = Path(__file__).resolve().parents[2] / "emulator"


class Started:
    """An emulator as a process of its own."""

    def __init__(self, directory: Path, time_limit: float) -> None:
        self.directory = directory
        self.ready_file = directory / "emulator.json"
        self._output_file = directory.with_suffix(".output")
        command = [sys.executable, str(EMULATOR), "--directory", str(directory), "--time-limit", str(time_limit)]
        with self._output_file.open("wb") as output:
            # From a folder of no importance, as any folder has to do.
            self.process = subprocess.Popen(command, cwd="/", stdout=output, stderr=subprocess.STDOUT)

    def ready(self) -> Started:
        """Wait until the emulator listens."""
        end = time.monotonic() + 20
        while not self.ready_file.exists():
            assert time.monotonic() < end, f"the emulator did not start: {self.output}"
            time.sleep(0.02)
        return self

    def wait(self) -> int:
        """Wait for the end, and return the exit code."""
        return self.process.wait(timeout=10)

    @property
    def announcement(self) -> dict[str, Any]:
        """Return what the emulator says about itself."""
        announcement: dict[str, Any] = json.loads(self.ready_file.read_text(encoding="utf-8"))
        return announcement

    @property
    def output(self) -> str:
        """Return all that was printed."""
        return self._output_file.read_text(encoding="utf-8")

    @property
    def log(self) -> str:
        """Return the log file's text."""
        return (self.directory / "emulator.log").read_text(encoding="utf-8")

# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The log: one line of JSON per event in a file, and the same in short on the console."""

from __future__ import annotations

import json
import os
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, TextIO


class Log:
    """Writes events; callers hand in nothing secret."""

    def __init__(self, path: Path, console: TextIO | None = None) -> None:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        self._file = os.fdopen(descriptor, "w", encoding="utf-8")
        self._console = console

    def event(self, text: str, **fields: Any) -> None:
        """Write one event: what happened, and the values that belong to it."""
        now = datetime.now(timezone.utc)
        self._file.write(json.dumps({"at": now.isoformat(timespec="milliseconds"), "event": text, **fields}) + "\n")
        self._file.flush()
        # json.dumps keeps whatever a client sent on one line.
        values = "".join(f" {name}={json.dumps(value)}" for name, value in fields.items() if value is not None)
        self._print(f"{now:%H:%M:%S} {text}{values}\n")

    def _print(self, line: str) -> None:
        """Print a line; a reader that is gone must not stop the emulator."""
        if self._console is None:
            return
        try:
            self._console.write(line)
            self._console.flush()
        except BrokenPipeError:
            # What is still buffered would fail again when the interpreter ends.
            os.dup2(os.open(os.devnull, os.O_WRONLY), self._console.fileno())
            self._console = None

    def close(self) -> None:
        """Close the file."""
        self._file.close()

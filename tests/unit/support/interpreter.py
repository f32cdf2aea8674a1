# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run a piece of Python in a fresh interpreter that can import the collection."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from ansible_collections.aliyun.elasticsearch.plugins.module_utils import signing

_COLLECTIONS = str(Path(signing.__file__).parents[5])


def run_python(code: str, **environment: str) -> str:
    """Return what the code prints; raise where it writes anything to stderr, or exits with another status than 0."""
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={"PATH": os.defpath, "PYTHONPATH": os.pathsep.join([_COLLECTIONS, *filter(None, sys.path)]), **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )
    if done.returncode or done.stderr:
        raise AssertionError(f"exit status {done.returncode}: {done.stderr[-2000:]}")
    return done.stdout

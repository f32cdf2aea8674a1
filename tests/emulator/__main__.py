# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Start the emulator: ``python tests/emulator --directory DIR``, from any directory."""

from __future__ import annotations

import sys
from importlib import import_module
from pathlib import Path

HERE = Path(__file__).resolve().parent

if not __package__:
    # Started as a folder: put its parent on the path in its place, so that relative imports have a package.
    sys.path[0] = str(HERE.parent)

if __name__ == "__main__":
    sys.exit(import_module(f"{__package__ or HERE.name}.cli").main())

# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Makes the collection and its emulator importable from a checkout that lies anywhere; import it before them."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
_links = tempfile.TemporaryDirectory(prefix="collections-")
COLLECTIONS = Path(_links.name)

(COLLECTIONS / "ansible_collections" / "aliyun").mkdir(parents=True)
(COLLECTIONS / "ansible_collections" / "aliyun" / "elasticsearch").symlink_to(ROOT)
sys.path[:0] = [str(COLLECTIONS), str(ROOT / "tests")]

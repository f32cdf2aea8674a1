# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The tables of the emulator's README, which tests hold together with what is there."""

from __future__ import annotations

import re

from ansible_collections.aliyun.elasticsearch.tests.emulator.client import FOLDER


def table(head: str) -> dict[str, list[str]]:
    """Return the further cells of a table by each name in its first column; ``head`` is the table's first line."""
    text = (FOLDER / "README.md").read_text(encoding="utf-8")
    (body,) = re.findall(rf"^{re.escape(head)}\n\|[-|]+\|\n((?:\|.*\n)+)", text, re.MULTILINE)
    rows = [[cell.strip() for cell in line.strip("|").split(" | ")] for line in body.splitlines()]
    return {name: cells for first, *cells in rows for name in re.findall(r"`(\w+)`", first)}

# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Take the examples out of documents in Markdown and reStructuredText, and print them as JSON.

Each document is an object with its ``name``, its ``files`` (name, content), and its ``commands`` in the order in which
a reader runs them. YAML with a caption, in reStructuredText, is a file of that name; any other is a playbook, and has a
command of its own, unless it is no list of plays.
"""

from __future__ import annotations

import json
import re
import sys
import textwrap
from pathlib import Path
from typing import Any

BLOCKS = {
    ".md": re.compile(r"^```(?P<kind>yaml|console)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL),
    ".rst": re.compile(
        r"^\.\. code-block:: (?P<kind>yaml|console)\n(?: +:caption: (?P<name>\S+)\n)?\n(?P<text>(?: +.*\n|\n)+)",
        re.MULTILINE,
    ),
}
COMMAND = re.compile(r"^ansible(?:-[a-z]+)? (?:.*\\\n)*.*$", re.MULTILINE)


def examples(path: Path) -> dict[str, Any]:
    """Return the files and the commands of a document."""
    files, commands = [], []
    for block in BLOCKS[path.suffix].finditer(path.read_text(encoding="utf-8")):
        text = textwrap.dedent(block["text"])
        if block["kind"] == "console":
            commands += [line for line in COMMAND.findall(text) if not line.startswith("ansible-galaxy")]
            continue
        caption = block.groupdict().get("name")
        if not caption and not text.startswith("- "):
            continue
        name = caption or f"example_{len(files)}.yml"
        files.append({"name": name, "content": text})
        if not caption:
            commands.append(f"ansible-playbook {name}")
    return {"name": "/".join(path.parts[-2:]), "files": files, "commands": commands}


if __name__ == "__main__":
    print(json.dumps([examples(Path(argument)) for argument in sys.argv[1:]]))

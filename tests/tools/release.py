# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a release needs of git, and the places that name the version; imported before machine.py changes HOME."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# The user's own HOME, where git finds who commits and signs; the sessions of noxfile.py have another one.
ENVIRONMENT = dict(os.environ)
# All files that name the version, each with the line that does; tests/unit/test_collection.py keeps them equal.
PLACES = {
    "galaxy.yml": re.compile(r"^(version: )(\S+)$", re.MULTILINE),
    "plugins/module_utils/_plugin/connect.py": re.compile(r'^(VERSION = ")([^"]+)', re.MULTILINE),
}
VERSION_ADDED = re.compile(r"^ *version_added: [\"']?([0-9.]+)", re.MULTILINE)


def git(*arguments: str) -> str:
    """Return what git prints; raises CalledProcessError."""
    line = ["git", "-C", str(ROOT), *arguments]
    return subprocess.run(line, env=ENVIRONMENT, check=True, stdout=subprocess.PIPE, text=True).stdout.strip()


def number(version: str) -> tuple[int, ...]:
    """Return a version as numbers, which compare as versions do; empty for what is not X.Y.Z."""
    return tuple(map(int, version.split("."))) if re.fullmatch(r"(0|[1-9]\d*)(\.(0|[1-9]\d*)){2}", version) else ()


def current_version() -> str:
    """Return the version in galaxy.yml: the last one released, or the first one."""
    match = PLACES["galaxy.yml"].search((ROOT / "galaxy.yml").read_text(encoding="utf-8"))
    return match[2] if match else ""


def reasons_against(version: str) -> list[str]:
    """Return why this version cannot be released from the checkout as it is; nothing is changed."""
    if not number(version):
        return [f"{version} is not a version such as 0.2.0"]
    tags = git("tag", "--list").split()
    newest = max([*tags, "0.0.0"], key=number)
    changelogs = ROOT / "changelogs"
    entry = rf"^  {re.escape(version)}:$"  # that of the first release is there before it
    is_written = re.search(entry, (changelogs / "changelog.yaml").read_text(encoding="utf-8"), re.MULTILINE)
    misfits = [
        f"{path.relative_to(ROOT)} has the version_added {added}"
        for folder in ("plugins", "roles")
        for path in sorted((ROOT / folder).rglob("*"))
        if path.suffix in (".py", ".yml")
        for added in VERSION_ADDED.findall(path.read_text(encoding="utf-8"))
        if number(added) > number(newest) and added != version
    ]
    reasons = {
        "the branch is not main": git("branch", "--show-current") != "main",
        "something is not committed": git("status", "--porcelain", "--untracked-files=all") != "",
        f"there is a tag {version} already": version in tags,
        f"it is not newer than {newest}, which is released": number(version) < number(newest),
        f"it is older than {current_version()} in galaxy.yml": number(version) < number(current_version()),
        "changelogs/fragments is empty": not is_written and not list(changelogs.glob("fragments/*.y*ml")),
        **dict.fromkeys(misfits, True),
    }
    return [reason for reason, holds in reasons.items() if holds]


def set_version(version: str) -> None:
    """Write the version to all places."""
    for name, line in PLACES.items():
        path = ROOT / name
        text, count = line.subn(rf"\g<1>{version}", path.read_text(encoding="utf-8"))
        if count != 1:
            raise ValueError(f"{name} names the version {count} times")
        path.write_text(text, encoding="utf-8")

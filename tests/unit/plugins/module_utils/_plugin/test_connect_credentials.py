# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import threading
from typing import Any

import pytest

from ansible_collections.aliyun.elasticsearch.plugins.module_utils._errors import NOT_SENT, AliyunError
from ansible_collections.aliyun.elasticsearch.plugins.module_utils._openapi import credentials_chain
from ansible_collections.aliyun.elasticsearch.plugins.module_utils._openapi.credentials import Credentials
from ansible_collections.aliyun.elasticsearch.plugins.module_utils._plugin.connect import (
    account_name,
    find_credentials,
)
from ansible_collections.aliyun.elasticsearch.plugins.module_utils._plugin.options import (
    KEY_VARIABLES,
    PROFILE_VARIABLES,
)
from ansible_collections.aliyun.elasticsearch.tests.unit.plugins.module_utils._openapi.fake_package import (
    FakePackage,
    fails,
    finds,
    remove_package,
)

OPTIONS = ("access_key_id", "access_key_secret", "security_token")
OFFICIAL, OLDER = KEY_VARIABLES

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
    remove_package(monkeypatch)


@pytest.fixture
def package(monkeypatch: pytest.MonkeyPatch) -> FakePackage:
    return FakePackage(monkeypatch)


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
    def test_find_credentials_takes_all_parts_from_the_first_place_that_has_any(
        self, no_package: None, options: dict[str, Any], environ: dict[str, str], expected: Found
    ) -> None:
        assert parts(find_credentials(options, environ)) == expected

    def test_the_variables_are_those_of_the_documentation(self) -> None:
        assert KEY_VARIABLES == (
            ("ALIBABA_CLOUD_ACCESS_KEY_ID", "ALIBABA_CLOUD_ACCESS_KEY_SECRET", "ALIBABA_CLOUD_SECURITY_TOKEN"),
            ("ALICLOUD_ACCESS_KEY", "ALICLOUD_SECRET_KEY", "ALICLOUD_SECURITY_TOKEN"),
        )
        assert PROFILE_VARIABLES == ("ALIBABA_CLOUD_PROFILE", "ALICLOUD_PROFILE")

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
    def test_find_credentials_asks_the_package_for_a_profile_in_both_files_or_for_its_chain(
        self,
        package: FakePackage,
        options: dict[str, Any],
        environ: dict[str, str],
        asked: list[tuple[str, str | None]],
    ) -> None:
        refused(options, environ)
        assert package.asked == asked

    def test_find_credentials_leaves_the_package_alone_where_it_is_not_needed(self, package: FakePackage) -> None:
        find_credentials({}, given(OFFICIAL, "is"))
        assert package.asked == []
        assert package.variables.environment_access_key_id == "environment's"


class TestHalfAPair:
    @pytest.mark.parametrize("values", ["i", "s", "it", "st", "t"])
    @pytest.mark.parametrize("profile", [None, "p"])
    def test_find_credentials_refuses_half_a_pair_of_options(
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
    def test_find_credentials_refuses_half_a_pair_of_variables(
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
    def test_find_credentials_tells_what_is_there_and_what_is_missing(
        self, options: dict[str, str], sentence: str
    ) -> None:
        assert sentence in refused(options, {})

    @pytest.mark.parametrize("bad", ["in ner", "line\nbreak", "tab\tstop", "nul\x00", "é", "快照", "\ud800", "\x7f"])
    @pytest.mark.parametrize("position", range(3))
    def test_find_credentials_refuses_a_value_that_no_header_can_hold_and_does_not_quote_it(
        self, bad: str, position: int
    ) -> None:
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
    def test_find_credentials_says_what_was_looked_at_and_that_the_package_is_missing(
        self, no_package: None, options: dict[str, str]
    ) -> None:
        message = refused(options, {})
        for part in (
            "Looked at: the task's options access_key_id, access_key_secret and profile, the",
            "the profile 'p'. The" if options else "the default credential chain. The",
            "Failed to import the required Python library (alibabacloud-credentials)",
        ):
            assert part in message

    def test_find_credentials_says_that_it_looked_at_the_environment_unless_the_task_names_a_profile(
        self, no_package: None
    ) -> None:
        pairs = (
            "the environment variables ALIBABA_CLOUD_ACCESS_KEY_ID with ALIBABA_CLOUD_ACCESS_KEY_SECRET, "
            "ALICLOUD_ACCESS_KEY with ALICLOUD_SECRET_KEY, the "
        )
        assert f"profile, {pairs}default credential chain." in refused({}, {})
        assert f"profile, {pairs}profile 'p'." in refused({}, {"ALIBABA_CLOUD_PROFILE": "p"})
        assert "profile, the profile 'p'." in refused({"profile": "p"}, {"ALIBABA_CLOUD_PROFILE": "q"})

    @pytest.mark.parametrize(
        ("options", "place"), [({}, "default credential chain"), ({"profile": "p"}, "profile 'p'")]
    )
    def test_find_credentials_says_what_the_package_says(
        self, package: FakePackage, options: dict[str, str], place: str
    ) -> None:
        package.finds.update(chain=fails(ValueError("not here")), ini=fails(ValueError("not here")))
        package.finds["cli"] = fails(RuntimeError("a-secret"))
        message = refused(options, {})
        assert message.startswith("No usable credentials were found where the module runs. Looked at: the task's ")
        said = "RuntimeError; not here" if options else "not here"
        assert message.endswith(f", the {place}. It said: {said}")

    def test_find_credentials_gives_the_package_as_long_as_it_is_told(self, package: FakePackage) -> None:
        never, ended = threading.Event(), threading.Event()

        def wait() -> None:
            never.wait(10)
            ended.set()

        package.finds["chain"] = wait
        try:
            assert refused({}, {}, 0.05).endswith("the default credential chain. It did not answer within 0.05 s.")
        finally:
            never.set()
        assert ended.wait(10)

    def test_find_credentials_gives_the_package_30_seconds(self, monkeypatch: pytest.MonkeyPatch) -> None:
        asked: list[tuple[str, float]] = []

        def chain(profile: str, seconds: float) -> Credentials:
            asked.append((profile, seconds))
            return Credentials("i", "s")

        monkeypatch.setattr(credentials_chain, "default_chain", chain)
        assert parts(find_credentials({"profile": "p"}, {})) == ("i", "s", None)
        assert asked == [("p", 30.0)]

    def test_find_credentials_quotes_a_profile_printable_and_not_at_length(self, package: FakePackage) -> None:
        assert refused({"profile": "a\n\x1b[31mb"}, {}).isprintable()
        assert f"the profile '{'x' * 99}…'. It said" in refused({"profile": "x" * 1000}, {})


class TestFromThePackage:
    @pytest.mark.parametrize("token", ["t", None, ""])
    @pytest.mark.parametrize(("kind", "options"), [("cli", {"profile": "p"}), ("ini", {"profile": "p"}), ("chain", {})])
    def test_find_credentials_takes_what_the_package_finds(
        self, package: FakePackage, kind: str, options: dict[str, str], token: Any
    ) -> None:
        package.finds[kind] = finds("i", "s", token)
        assert parts(find_credentials(options, {})) == ("i", "s", token or None)


@pytest.mark.parametrize(
    ("options", "environ", "name"),
    [
        ({}, {}, ""),
        ({"access_key_id": " an-id "}, {OFFICIAL[0]: "other"}, "an-id"),
        ({"access_key_id": "an-id", "profile": "one"}, {}, "an-id"),
        ({"access_key_id": " ", "profile": " one "}, {OFFICIAL[0]: "other"}, "one"),
        ({}, {OLDER[0]: "older", PROFILE_VARIABLES[0]: "two"}, "older"),
        ({}, {OLDER[0]: "older", OFFICIAL[0]: "official"}, "official"),
        ({}, {PROFILE_VARIABLES[1]: "two"}, "two"),
        ({"access_key_id": None, "profile": None}, {OFFICIAL[0]: " "}, ""),
    ],
    ids=str,
)
def test_account_name_is_that_of_the_place_where_credentials_are_looked_for(
    options: dict[str, Any], environ: dict[str, str], name: str
) -> None:
    assert account_name(options, environ) == name

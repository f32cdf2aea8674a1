# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from ansible_collections.aliyun.elasticsearch.plugins.module_utils._errors import NOT_SENT, AliyunError
from ansible_collections.aliyun.elasticsearch.plugins.module_utils._openapi.credentials import (
    Credentials,
    is_printable,
    key_pair,
)

NAMES = ("the_id", "the_secret", "the_token")


def values(given: str) -> dict[str, str]:
    """Return a value for each name whose initial is in ``given``, and a blank one for the others."""
    return {name: f"{name}-value" if initial in given else " " for name, initial in zip(NAMES, "ist")}


def refused(pair: dict[str, str], *, token_alone_is_half: bool = False) -> str:
    with pytest.raises(AliyunError) as caught:
        key_pair(pair, "kind of name", token_alone_is_half=token_alone_is_half)
    assert (caught.value.outcome, caught.value.retryable) == (NOT_SENT, False)
    assert "-value" not in caught.value.message
    return caught.value.message


class TestKeyPair:
    @pytest.mark.parametrize("token_alone_is_half", [False, True])
    @pytest.mark.parametrize(("given", "token"), [("is", None), ("ist", "the_token-value")])
    def test_key_pair_returns_a_whole_pair(self, given: str, token: str | None, token_alone_is_half: bool) -> None:
        found = key_pair(values(given), "kind", token_alone_is_half=token_alone_is_half)
        assert found is not None
        assert (found.access_key_id, found.access_key_secret) == ("the_id-value", "the_secret-value")
        assert found.security_token == token

    def test_key_pair_trims_values(self) -> None:
        found = key_pair({name: f" {value}\n" for name, value in values("ist").items()}, "kind")
        assert found is not None
        assert (found.access_key_id, found.access_key_secret) == ("the_id-value", "the_secret-value")
        assert found.security_token == "the_token-value"

    @pytest.mark.parametrize("blank", ["", " ", "\t\n", "\u3000"])
    @pytest.mark.parametrize("token_alone_is_half", [False, True])
    def test_key_pair_returns_none_where_all_is_blank(self, blank: str, token_alone_is_half: bool) -> None:
        assert key_pair(dict.fromkeys(NAMES, blank), "kind", token_alone_is_half=token_alone_is_half) is None

    def test_key_pair_ignores_a_token_alone_unless_that_is_half_a_pair(self) -> None:
        assert key_pair(values("t"), "kind") is None
        assert refused(values("t"), token_alone_is_half=True) == (
            "Half a key pair: the kind of name the_token is set, the_id and the_secret is missing or blank. "
            "Credentials are never mixed from several places."
        )

    @pytest.mark.parametrize(
        ("given", "sentence"),
        [
            ("i", "the_id is set, the_secret is missing or blank."),
            ("s", "the_secret is set, the_id is missing or blank."),
            ("it", "the_id and the_token is set, the_secret is missing or blank."),
            ("st", "the_secret and the_token is set, the_id is missing or blank."),
        ],
    )
    @pytest.mark.parametrize("token_alone_is_half", [False, True])
    def test_key_pair_refuses_half_a_pair(self, given: str, sentence: str, token_alone_is_half: bool) -> None:
        assert refused(values(given), token_alone_is_half=token_alone_is_half) == (
            f"Half a key pair: the kind of name {sentence} Credentials are never mixed from several places."
        )

    @pytest.mark.parametrize("bad", ["in ner", "line\nbreak", "nul\x00", "é", "快照", "\ud800", "\x7f"])
    @pytest.mark.parametrize("name", NAMES)
    def test_key_pair_refuses_a_value_that_no_header_can_hold_and_does_not_quote_it(self, name: str, bad: str) -> None:
        assert refused({**values("ist"), name: bad}) == (
            f"The kind of name {name} holds white space or characters that are not printable ASCII."
        )


class TestCredentials:
    def test_secrets_are_the_secret_and_the_token(self) -> None:
        assert Credentials("i", "s", "t").secrets == ["s", "t"]
        assert Credentials("i", "s").secrets == ["s"]

    def test_credentials_do_not_show_their_secrets_by_themselves(self) -> None:
        found = Credentials("i", "the-secret", "the-token")
        assert "the-" not in f"{found} {found!r}"


@pytest.mark.parametrize(
    ("value", "expected"),
    [("!~aZ09+/=", True), ("", True), (" ", False), ("a b", False), ("a\n", False), ("\x7f", False), ("é", False)],
)
def test_is_printable_takes_ascii_without_white_space(value: str, expected: bool) -> None:
    assert is_printable(value) == expected

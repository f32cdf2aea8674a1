# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import html
import json
from collections.abc import Callable
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.aliyun.elasticsearch.plugins.module_utils._redaction import Redactor

MASK = "********"
SECRET = "aZ0+/=&<\">\\' %~*end"

SPELLINGS: dict[str, Callable[[str], str]] = {
    "as it is": str,
    "percent-encoded": lambda secret: quote(secret, safe=""),
    "percent-encoded but for slashes": quote,
    "form-encoded": quote_plus,
    "escaped for HTML": html.escape,
    "escaped for JSON": lambda secret: json.dumps(secret)[1:-1],
    "escaped for JSON with slashes": lambda secret: json.dumps(secret)[1:-1].replace("/", "\\/"),
}
OTHER_SPELLINGS: dict[str, Callable[[str], str]] = {
    "percent-encoded in lower case": lambda secret: quote(secret, safe="").replace("%2B", "%2b").replace("%3D", "%3d"),
    "escaped for JSON within HTML": lambda secret: json.dumps(secret)[1:-1].replace("=", "\\u003d"),
    "escaped for HTML by number": lambda secret: html.escape(secret).replace("+", "&#43;").replace("=", "&#61;"),
}
ALL_SPELLINGS = {**SPELLINGS, **OTHER_SPELLINGS}


class TestMasking:
    @pytest.mark.parametrize("spell", SPELLINGS.values(), ids=list(SPELLINGS))
    def test_redactor_masks_a_secret_however_it_is_escaped(self, spell: Callable[[str], str]) -> None:
        assert Redactor([SECRET])(f"before {spell(SECRET)} after", 1000) == f"before {MASK} after"

    @pytest.mark.parametrize("spell", OTHER_SPELLINGS.values(), ids=list(OTHER_SPELLINGS))
    def test_redactor_masks_a_secret_in_other_spellings_of_java_servers(self, spell: Callable[[str], str]) -> None:
        assert Redactor([SECRET])(f"before {spell(SECRET)} after", 1000) == f"before {MASK} after"

    @pytest.mark.parametrize("last", "+/=&<>\"'\\% ~*-")
    @pytest.mark.parametrize("spell", ALL_SPELLINGS.values(), ids=list(ALL_SPELLINGS))
    def test_redactor_masks_a_secret_up_to_its_last_character(self, spell: Callable[[str], str], last: str) -> None:
        assert Redactor([f"secret{last}"])(f"before{spell(f'secret{last}')}after", 99) == f"before{MASK}after"

    @pytest.mark.parametrize("limit", range(1, 40))
    def test_redactor_leaves_no_part_of_a_secret_at_the_cut(self, limit: int) -> None:
        assert Redactor(["secret" * 5])("0123456789" + "secret" * 5 + "0123456789", limit) in (
            "0123456789********0123456789"[: limit - 1] + "…",
            "0123456789********0123456789",
        )

    def test_redactor_masks_each_of_several_secrets_wherever_it_stands(self) -> None:
        assert Redactor(["key", "token"])("key token,keytoken key", 99) == f"{MASK} {MASK},{MASK}{MASK} {MASK}"

    def test_redactor_masks_a_secret_that_holds_another_one_whole(self) -> None:
        assert Redactor(["abc", "abcdef", "cde"])("-abcdef-", 99) == f"-{MASK}-"

    def test_redactor_masks_before_it_joins_white_space(self) -> None:
        assert Redactor(["two  words"])("<two  words>", 99) == f"<{MASK}>"

    def test_redactor_masks_nothing_for_an_empty_secret(self) -> None:
        assert Redactor([""])("text", 99) == "text"

    def test_redactor_without_secrets_masks_nothing(self) -> None:
        assert Redactor()("text", 99) == "text"

    @given(
        st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E, exclude_characters="*"), min_size=4),
        st.text(max_size=50),
        st.text(max_size=50),
        st.sampled_from(list(SPELLINGS.values())),
        st.integers(min_value=0, max_value=150),
    )
    def test_redactor_leaves_no_secret_in_any_text(
        self, secret: str, before: str, after: str, spell: Callable[[str], str], limit: int
    ) -> None:
        shown = Redactor([secret])(before + spell(secret) + after, limit)
        assert spell(secret) not in shown


class TestText:
    @pytest.mark.parametrize("value", [None, True, 5, [], {}, "", " \x00"])
    def test_text_is_none_for_what_is_no_text_or_holds_none(self, value: object) -> None:
        assert Redactor().text(value, 9) is None

    def test_text_is_masked_and_cut(self) -> None:
        assert Redactor(["secret"]).text("a secret text", 12) == f"a {MASK} …"


class TestPrintableLine:
    @pytest.mark.parametrize(
        ("text", "line"),
        [
            ("", ""),
            (" \t\r\n ", ""),
            ("one\r\ntwo\tthree", "one two three"),
            ("\x1b[31mred\x1b[0m", "[31mred [0m"),
            ("\x00a\x7fb\x9bc", "a b c"),
            ("a\u2028b\u200bc\u202ed\ufeff", "a b c d"),
            ("a\ud800b\udcffc", "a b c"),
            ("Bücher 快照 😀", "Bücher 快照 😀"),
        ],
    )
    def test_redactor_turns_what_cannot_be_printed_into_one_space(self, text: str, line: str) -> None:
        assert Redactor()(text, 99) == line

    @pytest.mark.parametrize(("limit", "cut"), [(5, "abcde"), (6, "abcde"), (4, "abc…"), (2, "a…"), (1, "…"), (0, "…")])
    def test_redactor_cuts_what_is_too_long_and_shows_it(self, limit: int, cut: str) -> None:
        assert Redactor()("abcde", limit) == cut

    @given(st.text(st.characters()), st.integers(min_value=1, max_value=50))
    def test_redactor_makes_any_text_one_printable_line_within_the_limit(self, text: str, limit: int) -> None:
        line = Redactor(["secret"])(text, limit)
        assert line.isprintable()
        assert len(line) <= limit
        assert line == line.strip()
        line.encode()

# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.aliyun.elasticsearch.plugins.module_utils._errors import NOT_SENT, AliyunError
from ansible_collections.aliyun.elasticsearch.plugins.module_utils._http.endpoint import base_url, is_unencrypted


def refusal(option: str, value: str) -> str:
    with pytest.raises(AliyunError) as caught:
        base_url(option, value)
    assert (caught.value.outcome, caught.value.retryable) == (NOT_SENT, False)
    return caught.value.message


@pytest.mark.parametrize(
    ("endpoint", "url"),
    [
        ("example.test", "https://example.test"),
        ("EXAMPLE.Test", "https://example.test"),
        ("example.test.", "https://example.test."),
        ("example_1.test", "https://example_1.test"),
        ("example.test:8443", "https://example.test:8443"),
        ("example.test:443", "https://example.test:443"),
        ("https://example.test", "https://example.test"),
        ("https://example.test/", "https://example.test"),
        ("HTTPS://example.test:8443/", "https://example.test:8443"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
        ("HTTP://localhost", "http://localhost"),
        ("10.0.0.1", "https://10.0.0.1"),
        ("[::1]", "https://[::1]"),
        ("[::1]:8443", "https://[::1]:8443"),
        ("http://[2001:DB8::1]:80/", "http://[2001:db8::1]:80"),
        ("  example.test\n", "https://example.test"),
    ],
)
def test_base_url_takes_a_host_a_port_or_a_url_of_them(endpoint: str, url: str) -> None:
    assert base_url("endpoint", endpoint) == url


@pytest.mark.parametrize("option", ["endpoint", "cluster_url"])
@pytest.mark.parametrize(
    "endpoint",
    [
        "",
        " \n",
        "https://",
        "http://:80",
        ":8080",
        "//example.test",
        "ftp://example.test",
        "file:///etc/passwd",
        "socks5://example.test",
        "https://user@example.test",
        "https://user:password@example.test",
        "user:password@example.test",
        "@example.test",
        "https://example.test@evil.test",
        "https://example.test/path",
        "example.test/path",
        "https://example.test//",
        "https://example.test?a=b",
        "https://example.test/#part",
        "example.test:0",
        "example.test:65536",
        "example.test:-1",
        "example.test:http",
        "example.test:80:80",
        "example.test:٣",
        "exa mple.test",
        "example.test:80 80",
        "exa\nmple.test",
        "https://example.test\r\nx-evil: 1",
        "exam\tple.test",
        "exa\x00mple.test",
        "beispiel\u00e4.test",
        "example\u3002test",
        "example\u2025test",
        "example..test",
        ".example.test",
        "-example.test",
        "example.test-",
        "example.test\\path",
        "exam%70le.test",
        "a,b.test",
        "::1",
        "[::1",
        "::1]",
        "[::g]",
        "[127.0.0.1]",
        "[example.test]",
        "[v1.fe]",
        "{{ endpoint }}",
    ],
)
def test_base_url_refuses_anything_else_and_does_not_quote_it(option: str, endpoint: str) -> None:
    message = refusal(option, endpoint)
    assert message.startswith(f"{option} must be a host, host:port or an http:// or https:// URL")
    assert "password" not in message


@pytest.mark.parametrize("endpoint", ["example.test:", "[::1]x", "x[::1]", "[::1]x:80", "https://example.test[::1]:80"])
def test_base_url_refuses_something_beside_the_brackets(endpoint: str) -> None:
    assert refusal("endpoint", endpoint).startswith("endpoint must be a host")


@given(st.one_of(st.text(), st.text("htps:/@[]?#.%-_a0:\n\u00e9\\"), st.from_regex(r"https?://[!-~]*")))
def test_base_url_of_any_text_is_scheme_host_and_port_or_an_aliyun_error(text: str) -> None:
    try:
        url = base_url("endpoint", text)
    except AliyunError:
        return
    scheme, _mark, authority = url.partition("://")
    assert scheme in ("http", "https")
    assert authority
    assert authority.isascii()
    assert authority.isprintable()
    assert not set(authority) & set("/?#@\\% ")


@pytest.mark.parametrize(
    ("endpoint", "elsewhere"),
    [
        ("http://example.test", True),
        ("http://10.0.0.1", True),
        ("http://0.0.0.0", True),
        ("http://localhost.test", True),
        ("http://127.0.0.1.test", True),
        ("http://[2001:db8::1]", True),
        ("http://localhost:80", False),
        ("http://LOCALHOST", False),
        ("http://127.0.0.1:8080", False),
        ("http://127.1.2.3", False),
        ("http://[::1]:80", False),
        ("https://example.test", False),
        ("example.test", False),
    ],
)
def test_is_unencrypted_tells_apart_what_goes_to_another_machine(endpoint: str, elsewhere: bool) -> None:
    assert is_unencrypted(base_url("endpoint", endpoint)) is elsewhere

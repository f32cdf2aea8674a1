# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.aliyun.elasticsearch.plugins.module_utils._http.endpoint import (
    ENDPOINT_VARIABLES,
    REGION_VARIABLES,
    Endpoint,
    find_endpoint,
)
from ansible_collections.aliyun.elasticsearch.plugins.module_utils._errors import NOT_SENT, AliyunError


def python_drops_what_is_beside_brackets() -> bool:
    try:
        return urlsplit("//x[::1]").hostname == "::1"
    except ValueError:
        return False


def refused(endpoint: str | None, region: str | None = None, environ: dict[str, str] | None = None) -> str:
    with pytest.raises(AliyunError) as caught:
        find_endpoint(endpoint, region, "public", environ or {})
    assert (caught.value.outcome, caught.value.retryable) == (NOT_SENT, False)
    return caught.value.message


class TestRegion:
    @pytest.mark.parametrize(
        ("region", "network", "url"),
        [
            ("cn-hangzhou", "public", "https://elasticsearch.cn-hangzhou.aliyuncs.com"),
            ("cn-hangzhou", "vpc", "https://elasticsearch-vpc.cn-hangzhou.aliyuncs.com"),
            ("cn-north-2-gov-1", "public", "https://elasticsearch.cn-north-2-gov-1.aliyuncs.com"),
            ("xx-nowhere-99", "vpc", "https://elasticsearch-vpc.xx-nowhere-99.aliyuncs.com"),
            (" cn-beijing\n", "public", "https://elasticsearch.cn-beijing.aliyuncs.com"),
        ],
    )
    def test_any_region_names_its_endpoint(self, region: str, network: str, url: str) -> None:
        assert find_endpoint(None, region, network, {}) == Endpoint(url, region.strip())

    @pytest.mark.parametrize(
        "region",
        [
            "cn hangzhou",
            "CN-hangzhou",
            "cn_hangzhou",
            "cn.evil.test",
            "evil.test/",
            "evil.test#",
            "a@b",
            "a:80",
            "cn-hangzhou\nx",
            "é",
            "٣",
            "{{ region }}",
        ],
    )
    def test_a_region_that_is_no_part_of_a_host_name_is_refused(self, region: str) -> None:
        message = "region may hold lower-case letters, digits and '-' only, as in 'cn-hangzhou'."
        assert refused(None, region) == message
        assert refused("example.test", region) == message
        assert refused(None, None, {"ALICLOUD_REGION": region}) == message

    @pytest.mark.parametrize("region", [None, "", " \n"])
    @pytest.mark.parametrize("environ", [{}, {"ALIBABA_CLOUD_REGION_ID": " "}])
    def test_without_region_and_endpoint_the_message_names_every_way_to_give_one(
        self, region: str | None, environ: dict[str, str]
    ) -> None:
        message = refused(None, region, environ)
        for name in ("option region (or endpoint)", *REGION_VARIABLES, *ENDPOINT_VARIABLES):
            assert name in message

    @pytest.mark.parametrize("blank", [None, "", "  "])
    def test_the_option_wins_over_the_environment_whose_order_is_fixed(self, blank: str | None) -> None:
        environ: dict[str, str] = {}
        for name in reversed(REGION_VARIABLES):
            environ[name] = name.lower().replace("_", "-")
            assert find_endpoint(None, blank, "public", environ).region == environ[name]
            assert find_endpoint(None, "task", "public", environ).region == "task"

    def test_the_names_of_the_variables_are_those_of_the_documentation(self) -> None:
        assert REGION_VARIABLES == ("ALIBABA_CLOUD_REGION_ID", "ALIBABA_CLOUD_REGION", "ALICLOUD_REGION")
        assert ENDPOINT_VARIABLES == ("ALIBABA_CLOUD_ENDPOINT_ELASTICSEARCH",)


class TestEndpoint:
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
    def test_a_host_a_port_or_a_url_of_them_is_taken(self, endpoint: str, url: str) -> None:
        assert find_endpoint(endpoint, None, "public", {}) == Endpoint(url, None)
        assert find_endpoint(endpoint, "cn-hangzhou", "vpc", {}) == Endpoint(url, "cn-hangzhou")
        assert find_endpoint(None, None, "public", {ENDPOINT_VARIABLES[0]: endpoint}) == Endpoint(url, None)

    @pytest.mark.parametrize(
        "endpoint",
        [
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
    def test_anything_else_is_refused_and_not_quoted(self, endpoint: str) -> None:
        message = refused(endpoint)
        assert message.startswith("endpoint must be a host, host:port or an http:// or https:// URL")
        assert "password" not in message
        assert refused(None, "cn-hangzhou", {ENDPOINT_VARIABLES[0]: endpoint}) == message

    @pytest.mark.parametrize(
        "endpoint", ["example.test:", "[::1]x", "x[::1]", "[::1]x:80", "https://example.test[::1]:80"]
    )
    def test_something_beside_the_brackets_is_refused(self, endpoint: str) -> None:
        assert refused(endpoint).startswith("endpoint must be a host")

    def test_the_option_wins_over_the_environment(self) -> None:
        environ = {ENDPOINT_VARIABLES[0]: "other.test"}
        assert find_endpoint("example.test", None, "public", environ).url == "https://example.test"
        assert find_endpoint(" ", None, "public", environ).url == "https://other.test"
        assert find_endpoint(None, "cn-hangzhou", "public", environ) == Endpoint("https://other.test", "cn-hangzhou")

    @given(st.one_of(st.text(), st.text("abz09-. \n")), st.sampled_from(["public", "vpc"]))
    def test_no_region_raises_anything_else_or_becomes_more_than_one_label_of_the_host(
        self, region: str, network: str
    ) -> None:
        try:
            url = find_endpoint(None, region, network, {}).url
        except AliyunError:
            return
        product = "elasticsearch" if network == "public" else "elasticsearch-vpc"
        assert url == f"https://{product}.{region.strip()}.aliyuncs.com"
        assert set(region.strip()) <= set("abcdefghijklmnopqrstuvwxyz0123456789-")

    @given(st.one_of(st.text(), st.text("htps:/@[]?#.%-_a0:\n\u00e9\\"), st.from_regex(r"https?://[!-~]*")))
    def test_no_text_raises_anything_else_or_gives_more_than_scheme_host_and_port(self, text: str) -> None:
        try:
            url = find_endpoint(text, "cn-hangzhou", "public", {}).url
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
    def test_plain_text_to_another_machine_is_told_apart(self, endpoint: str, elsewhere: bool) -> None:
        assert find_endpoint(endpoint, None, "public", {}).is_plain_text_elsewhere is elsewhere

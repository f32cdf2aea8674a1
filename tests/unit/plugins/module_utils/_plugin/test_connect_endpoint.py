# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which endpoint and region ``connect`` finds in the options and in the environment."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from ansible_collections.aliyun.elasticsearch.plugins.module_utils._errors import NOT_SENT, AliyunError
from ansible_collections.aliyun.elasticsearch.plugins.module_utils._http.endpoint import base_url
from ansible_collections.aliyun.elasticsearch.plugins.module_utils._plugin.connect import find_endpoint
from ansible_collections.aliyun.elasticsearch.plugins.module_utils._plugin.options import (
    ENDPOINT_VARIABLES,
    REGION_VARIABLES,
)


def found(
    endpoint: str | None, region: str | None, network: str, environ: dict[str, str], **options: Any
) -> tuple[str, str | None]:
    return find_endpoint({"endpoint": endpoint, "region": region, "network": network, **options}, environ)


def refusal(endpoint: str | None, region: str | None = None, environ: dict[str, str] | None = None) -> str:
    with pytest.raises(AliyunError) as caught:
        found(endpoint, region, "public", environ or {})
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
    def test_region_names_its_endpoint(self, region: str, network: str, url: str) -> None:
        assert found(None, region, network, {}) == (url, region.strip())

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
    def test_region_that_is_no_part_of_a_host_name_is_refused(self, region: str) -> None:
        message = "region may hold lower-case letters, digits and '-' only, as in 'cn-hangzhou'."
        assert refusal(None, region) == message
        assert refusal("example.test", region) == message
        assert refusal(None, None, {"ALICLOUD_REGION": region}) == message

    @pytest.mark.parametrize("region", [None, "", " \n"])
    @pytest.mark.parametrize("environ", [{}, {"ALIBABA_CLOUD_REGION_ID": " "}])
    def test_region_missing_as_well_as_endpoint_is_refused_with_every_way_to_give_one(
        self, region: str | None, environ: dict[str, str]
    ) -> None:
        message = refusal(None, region, environ)
        for name in ("option region (or endpoint)", *REGION_VARIABLES, *ENDPOINT_VARIABLES):
            assert name in message

    @pytest.mark.parametrize("blank", [None, "", "  "])
    def test_region_wins_over_the_environment_whose_order_is_fixed(self, blank: str | None) -> None:
        environ: dict[str, str] = {}
        for name in reversed(REGION_VARIABLES):
            environ[name] = name.lower().replace("_", "-")
            assert found(None, blank, "public", environ)[1] == environ[name]
            assert found(None, "task", "public", environ)[1] == "task"

    @given(st.one_of(st.text(), st.text("abz09-. \n")), st.sampled_from(["public", "vpc"]))
    def test_region_of_any_text_is_one_label_of_the_host_or_an_aliyun_error(self, region: str, network: str) -> None:
        try:
            url, _region = found(None, region, network, {})
        except AliyunError:
            return
        product = "elasticsearch" if network == "public" else "elasticsearch-vpc"
        assert url == f"https://{product}.{region.strip()}.aliyuncs.com"
        assert set(region.strip()) <= set("abcdefghijklmnopqrstuvwxyz0123456789-")


class TestRegionOfAProfile:
    @pytest.fixture
    def home(self, tmp_path: Path) -> str:
        profiles = [{"name": name, "region_id": f"region-{name}"} for name in "pqr"] + [{"name": "none"}]
        (tmp_path / ".aliyun").mkdir()
        (tmp_path / ".aliyun" / "config.json").write_text(json.dumps({"current": "p", "profiles": profiles}))
        return str(tmp_path)

    @pytest.mark.parametrize(
        ("options", "environ", "region"),
        [
            ({"profile": "p"}, {}, "region-p"),
            ({"profile": " p "}, {"ALIBABA_CLOUD_PROFILE": "q"}, "region-p"),
            ({"profile": "p", "access_key_id": "i", "access_key_secret": "s"}, {}, "region-p"),
            ({}, {"ALIBABA_CLOUD_PROFILE": "q", "ALICLOUD_PROFILE": "r"}, "region-q"),
            ({"profile": " "}, {"ALIBABA_CLOUD_PROFILE": " ", "ALICLOUD_PROFILE": "r"}, "region-r"),
            ({}, {"ALICLOUD_PROFILE": "r", "ALICLOUD_REGION": "cn-beijing"}, "cn-beijing"),
            ({"region": "cn-hangzhou", "profile": "p"}, {}, "cn-hangzhou"),
        ],
        ids=str,
    )
    def test_region_of_the_profile_is_used_where_none_is_given(
        self, home: str, options: dict[str, str], environ: dict[str, str], region: str
    ) -> None:
        given = {"region": None, **options}
        expected = (f"https://elasticsearch-vpc.{region}.aliyuncs.com", region)
        for where in ("HOME", "HOMEPATH"):
            assert found(None, network="vpc", environ={where: home, **environ}, **given) == expected

    @pytest.mark.parametrize(
        ("options", "environ"),
        [
            ({}, {}),
            ({"access_key_id": "i", "access_key_secret": "s"}, {"ALIBABA_CLOUD_PROFILE": "q"}),
            ({}, {"ALIBABA_CLOUD_PROFILE": "q", "ALICLOUD_ACCESS_KEY": "i", "ALICLOUD_SECRET_KEY": "s"}),
        ],
        ids=str,
    )
    def test_region_of_a_profile_that_gives_no_credentials_is_not_used(
        self, home: str, options: dict[str, str], environ: dict[str, str]
    ) -> None:
        with pytest.raises(AliyunError) as caught:
            found(None, None, "public", {"HOME": home, **environ}, **options)
        assert caught.value.message.endswith("where the module runs.")

    @pytest.mark.parametrize("profile", ["none", "missing", "p"])
    def test_region_missing_in_the_profile_too_is_said(self, home: str, profile: str) -> None:
        disabled = {"ALIBABA_CLOUD_CLI_PROFILE_DISABLED": "True"} if profile == "p" else {}
        with pytest.raises(AliyunError) as caught:
            found(None, None, "public", {"HOME": home, **disabled}, profile=profile)
        assert caught.value.message.startswith("No region is given. ")
        assert caught.value.message.endswith(f" The profile '{profile}' names none in ~/.aliyun/config.json either.")

    def test_region_of_the_profile_is_not_looked_for_where_an_endpoint_is_given(self, home: str) -> None:
        assert found("es.test", None, "public", {"HOME": home}, profile="p") == ("https://es.test", None)


def test_region_variables_and_endpoint_variables_are_those_of_the_documentation() -> None:
    assert REGION_VARIABLES == ("ALIBABA_CLOUD_REGION_ID", "ALIBABA_CLOUD_REGION", "ALICLOUD_REGION")
    assert ENDPOINT_VARIABLES == ("ALIBABA_CLOUD_ENDPOINT_ELASTICSEARCH",)


class TestEndpoint:
    @given(st.one_of(st.text(), st.text("htps:/@[]?#.%-_a0:\n\u00e9\\"), st.from_regex(r"https?://[!-~]*")))
    @example("EXAMPLE.Test:8443")
    @example("  http://[2001:DB8::1]:80/\n")
    @example("https://user:password@example.test")
    @example("example.test/path")
    def test_endpoint_is_used_or_refused_as_base_url_does(self, endpoint: str) -> None:
        assume(endpoint.strip())
        expected = url_or_message(lambda: base_url("endpoint", endpoint))
        environ = {ENDPOINT_VARIABLES[0]: endpoint}
        assert url_or_message(lambda: found(endpoint, None, "public", {})[0]) == expected
        assert url_or_message(lambda: found(endpoint, "cn-hangzhou", "vpc", {})[0]) == expected
        assert url_or_message(lambda: found(None, None, "public", environ)[0]) == expected
        assert url_or_message(lambda: found(None, "cn-hangzhou", "vpc", environ)[0]) == expected

    @pytest.mark.parametrize("region", [None, "cn-hangzhou"])
    def test_endpoint_leaves_the_region_as_it_is_given(self, region: str | None) -> None:
        assert found("example.test", region, "vpc", {}) == ("https://example.test", region)

    @pytest.mark.parametrize("endpoint", ["https://user:password@example.test", "example.test/path"])
    def test_endpoint_that_is_refused_is_not_quoted(self, endpoint: str) -> None:
        message = refusal(endpoint)
        assert message.startswith("endpoint must be a host, host:port or an http:// or https:// URL")
        assert "password" not in message
        assert refusal(None, "cn-hangzhou", {ENDPOINT_VARIABLES[0]: endpoint}) == message

    def test_endpoint_wins_over_the_environment(self) -> None:
        environ = {ENDPOINT_VARIABLES[0]: "other.test"}
        assert found("example.test", None, "public", environ)[0] == "https://example.test"
        assert found(" ", None, "public", environ)[0] == "https://other.test"
        assert found(None, "cn-hangzhou", "public", environ) == ("https://other.test", "cn-hangzhou")


def url_or_message(find: Callable[[], str]) -> str:
    try:
        return find()
    except AliyunError as error:
        assert (error.outcome, error.retryable) == (NOT_SENT, False)
        return error.message

# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from ansible_collections.aliyun.elasticsearch.plugins.module_utils._plugin import connect
from ansible_collections.aliyun.elasticsearch.plugins.module_utils._errors import AliyunError
from ansible_collections.aliyun.elasticsearch.plugins.module_utils._plugin.connect import VERSION
from ansible_collections.aliyun.elasticsearch.tests.unit.support.module import KEYS, FakeCaller


class TestMaskUrlPasswords:
    @pytest.mark.parametrize("option", ["endpoint", "cluster_url"])
    @pytest.mark.parametrize(
        ("url", "masked"),
        [
            ("https://elastic:a-password@es.test:9200", {"a-password"}),
            ("elastic:a-password@es.test", {"a-password"}),
            ("http://elastic:p@ss:w/rd@es.test/path", {"p@ss:w/rd"}),
            ("https://elastic@es.test", set()),
            ("https://elastic:@es.test", set()),
            ("https://es.test:9200", set()),
            ("es.test:9200", set()),
            ("", set()),
            (None, set()),
        ],
    )
    def test_what_stands_between_the_user_and_the_host_is_masked(
        self, option: str, url: str | None, masked: set[str]
    ) -> None:
        module = FakeCaller(**{"endpoint": None, "cluster_url": None, option: url})
        _module.mask_url_passwords(module)  # type: ignore[arg-type]
        assert module.no_log_values == masked


class TestBuildClient:
    def test_the_options_reach_the_transport_the_endpoint_and_the_retry_policy(self, made: SimpleNamespace) -> None:
        module = FakeCaller(connect_timeout=1.0, read_timeout=2.0, retries=7, retry_max_delay=3.0, network="vpc")
        assert _module.build_client(module, KEYS) == "client"  # type: ignore[arg-type,comparison-overlap]
        assert made.transport == {
            "connect_timeout": 1.0,
            "read_timeout": 2.0,
            "verify": True,
            "product": f"aliyun.elasticsearch/{VERSION} ansible-core/2.99",
        }
        endpoint, credentials, transport, retry = made.client
        assert endpoint == ("https://elasticsearch-vpc.r-1.aliyuncs.com", "r-1")
        assert (credentials.access_key_id, transport) == ("an-id", "transport")
        assert (retry.retries, retry.delay(9, 99.0)) == (7, 3.0)
        assert module.warnings == []

    @pytest.mark.parametrize(
        ("options", "verify"),
        [
            ({}, True),
            ({"ca_path": __file__}, __file__),
            ({"ca_path": ""}, True),
            ({"validate_certs": False}, False),
            ({"validate_certs": False, "ca_path": __file__}, False),
        ],
        ids=["default", "ca", "no ca", "off", "off with ca"],
    )
    def test_certificates_are_verified_unless_that_is_turned_off(
        self, made: SimpleNamespace, options: dict[str, Any], verify: bool | str
    ) -> None:
        _module.build_client(FakeCaller(**options), KEYS)  # type: ignore[arg-type]
        assert made.transport["verify"] == verify
        assert type(made.transport["verify"]) is type(verify)

    @pytest.mark.parametrize(
        ("endpoint", "warnings"),
        [
            (
                "http://example.test:8080",
                ["The endpoint http://example.test:8080 is not encrypted: what is sent, a password too, can be read."],
            ),
            ("http://127.0.0.1:8080", []),
            ("https://example.test", []),
        ],
    )
    def test_an_endpoint_elsewhere_that_is_not_encrypted_gives_a_warning(
        self, made: SimpleNamespace, endpoint: str, warnings: list[str]
    ) -> None:
        module = FakeCaller(endpoint=endpoint)
        _module.build_client(module, KEYS)  # type: ignore[arg-type]
        assert module.warnings == warnings

    def test_secrets_from_the_environment_are_masked_like_options(self, made: SimpleNamespace) -> None:
        module = FakeCaller()
        _module.build_client(module, {**KEYS, "ALIBABA_CLOUD_SECURITY_TOKEN": "a-token"})  # type: ignore[arg-type]
        assert module.no_log_values == {"a-secret", "a-token"}

    @pytest.mark.parametrize(
        ("options", "message"),
        [
            ({"retries": -1}, "retries must be from 0 to 100"),
            ({"region": None}, "No region is given."),
            ({"access_key_id": "half"}, "Half a key pair"),
        ],
        ids=str,
    )
    def test_what_cannot_work_is_refused(self, made: SimpleNamespace, options: dict[str, Any], message: str) -> None:
        with pytest.raises(AliyunError, match=message):
            _module.build_client(FakeCaller(**options), KEYS)  # type: ignore[arg-type]
        assert made.client is None

    def test_without_requests_the_message_is_ansibles_own(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def fail(**_options: Any) -> None:
            raise ImportError("requests")

        monkeypatch.setattr(_module, "Transport", fail)
        with pytest.raises(AliyunError, match=r"^Failed to import the required Python library \(requests\)"):
            _module.build_client(FakeCaller(), KEYS)  # type: ignore[arg-type]

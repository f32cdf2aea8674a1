# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from ansible_collections.aliyun.elasticsearch.plugins.module_utils import _module, _options
from ansible_collections.aliyun.elasticsearch.plugins.module_utils._errors import (
    NOT_SENT,
    REFUSED,
    UNKNOWN,
    AliyunError,
)
from ansible_collections.aliyun.elasticsearch.plugins.module_utils._version import VERSION

CONSEQUENCES = {
    NOT_SENT: ("Nothing was sent.", ""),
    REFUSED: ("It was refused.", ""),
    UNKNOWN: ("It is not known.", "Do it again."),
}
KEYS = {"ALIBABA_CLOUD_ACCESS_KEY_ID": "an-id", "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "a-secret"}


def error(message: str = "Words", *, attempts: int = 0, earlier: str = "", **more: Any) -> AliyunError:
    made = AliyunError(message, **more)
    made.attempts = attempts
    made.earlier = earlier
    return made


class TestFailure:
    @pytest.mark.parametrize(
        ("failed", "message"),
        [
            (error("Words."), "Nothing was sent. Words."),
            (error("Words", attempts=1), "Nothing was sent. Words (1 attempt)."),
            (error("Words.", attempts=6), "Nothing was sent. Words (6 attempts)."),
            (
                error("Words.", outcome=REFUSED, code="Code", http_status=400, request_id="R-1", attempts=1),
                "It was refused. Code: Words (HTTP 400, RequestId R-1, 1 attempt).",
            ),
            (
                error("Words", outcome=REFUSED, http_status=403, attempts=2, advice="Do that."),
                "It was refused. Words (HTTP 403, 2 attempts). Do that.",
            ),
            (
                error("No", outcome=UNKNOWN, code="C", http_status=404, attempts=2, advice="Look.", earlier="Gone."),
                "It is not known. C: No (HTTP 404, 2 attempts). Look. "
                "An earlier attempt leaves it open: Gone. Do it again.",
            ),
        ],
    )
    def test_the_message_says_what_it_means_then_why_then_what_to_do(self, failed: AliyunError, message: str) -> None:
        assert _module.failure(failed, CONSEQUENCES)["msg"] == message

    def test_the_shape_holds_everything_that_is_known(self) -> None:
        failed = error(
            "Words.",
            outcome=REFUSED,
            code="Code",
            http_status=400,
            request_id="R-1",
            host_id="host",
            recommend="https://example.test/",
            attempts=3,
        )
        assert _module.failure(failed, CONSEQUENCES) == {
            "msg": "It was refused. Code: Words (HTTP 400, RequestId R-1, 3 attempts).",
            "changed": False,
            "outcome": "refused",
            "attempts": 3,
            "request_id": "R-1",
            "error": {
                "code": "Code",
                "message": "Words.",
                "http_status": 400,
                "request_id": "R-1",
                "host_id": "host",
                "recommend": "https://example.test/",
            },
        }

    def test_what_is_not_known_is_null(self) -> None:
        shape = _module.failure(error(), CONSEQUENCES)
        assert (shape["outcome"], shape["attempts"], shape["request_id"]) == ("not_sent", 0, None)
        assert shape["error"] == {
            "code": None,
            "message": "Words",
            "http_status": None,
            "request_id": None,
            "host_id": None,
            "recommend": None,
        }


class StandIn:
    """What build_client needs of an AnsibleModule."""

    ansible_version = "2.99"

    def __init__(self, **options: Any) -> None:
        spec = {**_options.credentials(), **_options.connection()}
        self.params = {**{name: option.get("default") for name, option in spec.items()}, "region": "r-1", **options}
        self.no_log_values: set[str] = set()
        self.warnings: list[str] = []

    def warn(self, text: str) -> None:
        self.warnings.append(text)


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """What build_client hands to the transport and to the client."""
    made = SimpleNamespace(transport=None, client=None)

    def transport(**options: Any) -> str:
        made.transport = options
        return "transport"

    def client(*parts: Any) -> str:
        made.client = parts
        return "client"

    monkeypatch.setattr(_module, "Transport", transport)
    monkeypatch.setattr(_module, "Client", client)
    return made


class TestBuildClient:
    def test_the_options_reach_the_transport_the_endpoint_and_the_retry_policy(self, made: SimpleNamespace) -> None:
        module = StandIn(connect_timeout=1.0, read_timeout=2.0, retries=7, retry_max_delay=3.0, network="vpc")
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
        _module.build_client(StandIn(**options), KEYS)  # type: ignore[arg-type]
        assert made.transport["verify"] == verify
        assert type(made.transport["verify"]) is type(verify)

    @pytest.mark.parametrize(
        ("endpoint", "warnings"),
        [
            (
                "http://example.test:8080",
                [
                    "The endpoint http://example.test:8080 is not encrypted: "
                    "requests and answers can be read and changed."
                ],
            ),
            ("http://127.0.0.1:8080", []),
            ("https://example.test", []),
        ],
    )
    def test_an_endpoint_elsewhere_that_is_not_encrypted_gives_a_warning(
        self, made: SimpleNamespace, endpoint: str, warnings: list[str]
    ) -> None:
        module = StandIn(endpoint=endpoint)
        _module.build_client(module, KEYS)  # type: ignore[arg-type]
        assert module.warnings == warnings

    def test_secrets_from_the_environment_are_masked_like_options(self, made: SimpleNamespace) -> None:
        module = StandIn()
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
            _module.build_client(StandIn(**options), KEYS)  # type: ignore[arg-type]
        assert made.client is None

    def test_without_requests_the_message_is_ansibles_own(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def fail(**_options: Any) -> None:
            raise ImportError("requests")

        monkeypatch.setattr(_module, "Transport", fail)
        with pytest.raises(AliyunError, match=r"^Failed to import the required Python library \(requests\)"):
            _module.build_client(StandIn(), KEYS)  # type: ignore[arg-type]

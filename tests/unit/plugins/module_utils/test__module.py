# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest

from ansible_collections.aliyun.elasticsearch.plugins.module_utils import _module, _module_cluster, _options
from ansible_collections.aliyun.elasticsearch.plugins.module_utils._errors import (
    ACCEPTED,
    NOT_SENT,
    REFUSED,
    UNKNOWN,
    AliyunError,
    reported_as,
)
from ansible_collections.aliyun.elasticsearch.plugins.module_utils._version import VERSION

CONSEQUENCES = {
    NOT_SENT: ("Nothing was sent.", ""),
    REFUSED: ("It was refused.", ""),
    UNKNOWN: ("It is not known.", "Do it again."),
    ACCEPTED: ("It was accepted.", ""),
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

    def test_what_the_error_brings_wins(self) -> None:
        failed = error("Words", http_status=503, request_id="Q-1", attempts=3, outcome=UNKNOWN, earlier="")
        with pytest.raises(AliyunError), reported_as(ACCEPTED, changed=True, attempts=2, request_id="C-1"):
            raise failed
        shape = _module.failure(failed, CONSEQUENCES)
        assert (shape["changed"], shape["outcome"], shape["attempts"], shape["request_id"]) == (
            True,
            "accepted",
            2,
            "C-1",
        )
        assert shape["error"]["request_id"] == "Q-1"
        assert shape["msg"] == ("It was accepted (RequestId C-1). Words (HTTP 503, RequestId Q-1, 3 attempts)."), (
            "each RequestId stands beside what it belongs to"
        )

    def test_what_an_error_has_already_is_kept_and_what_is_certain_wins(self) -> None:
        failed = error("Words", more={"snapshot": "seen", "attempts": 9})
        with pytest.raises(AliyunError), reported_as(NOT_SENT, attempts=0):
            raise failed
        shape = _module.failure(failed, CONSEQUENCES)
        assert (shape["snapshot"], shape["attempts"], shape["changed"]) == ("seen", 0, False)


class StandIn:
    """What build_client needs of an AnsibleModule."""

    ansible_version = "2.99"

    def __init__(self, **options: Any) -> None:
        spec = {**_options.instance(), **_options.credentials(), **_options.connection(), **_options.cluster()}
        defaults = {name: option.get("default") for name, option in spec.items()}
        self.params = {**defaults, "instance_id": "es-1", "region": "r-1", **options}
        self.no_log_values: set[str] = set()
        self.warnings: list[str] = []

    def warn(self, text: str) -> None:
        self.warnings.append(text)


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """What is handed to the transport, to the client, to the cluster of either route and to the watch."""
    made = SimpleNamespace(transport=None, client=None, openapi=None, direct=None, watch=None)

    def transport(**options: Any) -> str:
        made.transport = options
        return "transport"

    def part(name: str) -> Callable[..., str]:
        def make(*parts: Any, **options: Any) -> str:
            setattr(made, name, (*parts, options) if options else parts)
            return name

        return make

    monkeypatch.setattr(_module, "Transport", transport)
    monkeypatch.setattr(_module, "Client", part("client"))
    monkeypatch.setattr(_module_cluster, "OpenApiCluster", part("openapi"))
    monkeypatch.setattr(_module_cluster, "DirectCluster", part("direct"))
    monkeypatch.setattr(_module_cluster, "Watch", part("watch"))
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
                ["The endpoint http://example.test:8080 is not encrypted: what is sent, a password too, can be read."],
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


DIRECT = {"cluster_url": "https://es.test:9200", "cluster_password": "pässwörd"}
TIMES = {"wait_timeout": 60.0, "wait_interval": 2.5}


class TestBuildCluster:
    @pytest.mark.parametrize(
        ("options", "credential_id", "system_credential"),
        [({}, None, False), ({"credential_id": "cred-1"}, "cred-1", False), ({"system_credential": True}, None, True)],
        ids=str,
    )
    def test_without_a_url_it_is_read_through_the_openapi(
        self, made: SimpleNamespace, options: dict[str, Any], credential_id: str | None, system_credential: bool
    ) -> None:
        module = StandIn(retries=7, retry_max_delay=3.0, **options)
        assert _module_cluster.build_cluster(module, KEYS) == "openapi"  # type: ignore[arg-type,comparison-overlap]
        *parts, retry = made.openapi
        assert parts == ["client", "es-1", credential_id, system_credential]
        assert (retry.retries, retry.delay(9, 99.0)) == (7, 3.0)
        assert made.client is not None
        assert made.direct is None

    def test_the_client_that_is_there_is_used(self, made: SimpleNamespace) -> None:
        _module_cluster.build_cluster(StandIn(), {}, "mine")  # type: ignore[arg-type]
        assert made.openapi[0] == "mine"
        assert made.client is None

    def test_with_a_url_it_is_read_straight_and_without_credentials_of_the_openapi(self, made: SimpleNamespace) -> None:
        module = StandIn(
            cluster_username="reader", region=None, retries=7, retry_max_delay=3.0, connect_timeout=1.0, **DIRECT
        )
        assert _module_cluster.build_cluster(module, {}) == "direct"  # type: ignore[arg-type,comparison-overlap]
        *parts, retry = made.direct
        assert parts == [("https://es.test:9200", None), "reader", "pässwörd", "transport"]
        assert (retry.retries, retry.delay(9, 99.0)) == (7, 3.0)
        assert (made.transport["connect_timeout"], made.transport["verify"]) == (1.0, True)
        assert (made.client, made.openapi) == (None, None)
        assert module.warnings == []

    @pytest.mark.parametrize(
        ("url", "used"),
        [
            ("es.test", "https://es.test"),
            ("es.test:9200", "https://es.test:9200"),
            ("http://es.test/", "http://es.test"),
        ],
    )
    def test_a_host_is_asked_by_https(self, made: SimpleNamespace, url: str, used: str) -> None:
        _module_cluster.build_cluster(StandIn(cluster_url=url, cluster_password="p"), {})  # type: ignore[arg-type]
        assert made.direct[0].url == used

    @pytest.mark.parametrize(
        ("url", "warns"), [("http://es.test", True), ("http://127.0.0.1:9200", False), ("https://es.test", False)]
    )
    def test_a_url_elsewhere_that_is_not_encrypted_gives_a_warning(
        self, made: SimpleNamespace, url: str, warns: bool
    ) -> None:
        module = StandIn(cluster_url=url, cluster_password="p")
        _module_cluster.build_cluster(module, {})  # type: ignore[arg-type]
        assert [text.split(":")[0] for text in module.warnings] == (["The endpoint http"] if warns else [])

    @pytest.mark.parametrize(
        ("options", "message"),
        [
            ({"cluster_url": "https://es.test/path", "cluster_password": "p"}, "cluster_url must be a host"),
            ({"cluster_url": "https://es.test"}, "cluster_password is missing"),
            ({**DIRECT, "credential_id": "cred-1"}, "cluster_url goes straight"),
            ({**DIRECT, "read_timeout": 0.0}, "read_timeout must be"),
            ({**DIRECT, "retries": -1}, "retries must be"),
            ({"repository": "a*"}, "repository must not"),
            ({"region": None}, "No region is given."),
            ({"access_key_id": "half"}, "Half a key pair"),
        ],
        ids=str,
    )
    def test_what_cannot_work_is_refused(self, made: SimpleNamespace, options: dict[str, Any], message: str) -> None:
        with pytest.raises(AliyunError, match=message):
            _module_cluster.build_cluster(StandIn(**options), KEYS)  # type: ignore[arg-type]
        assert (made.openapi, made.direct) == (None, None)


class TestBuildWatch:
    @pytest.mark.parametrize(("options", "cluster"), [({}, "openapi"), (DIRECT, "direct")], ids=["openapi", "direct"])
    def test_it_watches_the_repository_for_the_times_that_are_given(
        self, made: SimpleNamespace, options: dict[str, Any], cluster: str
    ) -> None:
        module = StandIn(repository="mine", **TIMES, **options)
        assert _module_cluster.build_watch(module, {}, "the client") == "watch"  # type: ignore[arg-type,comparison-overlap]
        assert made.watch == (cluster, "mine", {"timeout": 60.0, "interval": 2.5})
        assert made.client is None

    def test_what_cannot_work_is_refused(self, made: SimpleNamespace) -> None:
        with pytest.raises(AliyunError, match="repository must not be blank"):
            _module_cluster.build_watch(StandIn(repository=" ", **TIMES), {}, "the client")  # type: ignore[arg-type]
        assert made.watch is None

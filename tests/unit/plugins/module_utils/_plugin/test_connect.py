# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import base64
import json
import socket
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from ansible_collections.aliyun.elasticsearch.plugins.module_utils._errors import AliyunError
from ansible_collections.aliyun.elasticsearch.plugins.module_utils._http.transport import Hints
from ansible_collections.aliyun.elasticsearch.plugins.module_utils._openapi.operations import create_snapshot
from ansible_collections.aliyun.elasticsearch.plugins.module_utils._plugin import connect
from ansible_collections.aliyun.elasticsearch.plugins.module_utils._plugin.connect import (
    VERSION,
    connect_cluster,
    connect_openapi,
    first_set,
)
from ansible_collections.aliyun.elasticsearch.tests.unit.support.interpreter import run_python
from ansible_collections.aliyun.elasticsearch.tests.unit.support.libraries import break_library
from ansible_collections.aliyun.elasticsearch.tests.unit.support.module import KEYS, FakeCaller
from ansible_collections.aliyun.elasticsearch.tests.unit.support.server import Server, http_response

DIRECT = {"cluster_url": "https://es.test:9200", "cluster_password": "pässwörd"}


class TestConnectOpenapi:
    def test_connect_openapi_hands_the_options_to_the_transport_the_client_and_the_retry_policy(
        self, made: SimpleNamespace
    ) -> None:
        caller = FakeCaller(connect_timeout=1.0, read_timeout=2.0, retries=7, retry_max_delay=3.0, network="vpc")
        assert connect_openapi(caller) == "client"  # type: ignore[comparison-overlap]
        assert made.transport == {
            "connect_timeout": 1.0,
            "read_timeout": 2.0,
            "verify": True,
            "product": f"aliyun.elasticsearch/{VERSION} ansible-core/2.99",
            "hints": Hints(
                slow="If the server is only slow, raise read_timeout.",
                unknown_host="The name is made from the region r-1; check region and network.",
                unknown_issuer="If a CA of your own issued it, give the certificate of that CA with ca_path.",
                plain_http="",
                unreadable_ca="Check ca_path, REQUESTS_CA_BUNDLE and CURL_CA_BUNDLE.",
            ),
        }
        url, region, credentials, transport, retry = made.client
        assert (url, region) == ("https://elasticsearch-vpc.r-1.aliyuncs.com", "r-1")
        assert (credentials.access_key_id, transport) == ("an-id", "transport")
        assert (retry.retries, retry.delay(9, 99.0)) == (7, 3.0)
        assert caller.warnings == []

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
    def test_connect_openapi_verifies_certificates_unless_that_is_turned_off(
        self, made: SimpleNamespace, options: dict[str, Any], verify: bool | str
    ) -> None:
        connect_openapi(FakeCaller(**options))
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
    def test_connect_openapi_warns_of_an_endpoint_elsewhere_that_is_not_encrypted(
        self, made: SimpleNamespace, endpoint: str, warnings: list[str]
    ) -> None:
        caller = FakeCaller(endpoint=endpoint)
        connect_openapi(caller)
        assert caller.warnings == warnings

    @pytest.mark.parametrize("region", [None, "r-1"])
    def test_connect_openapi_lets_hints_point_at_the_endpoint_where_that_is_given(
        self, made: SimpleNamespace, region: str | None
    ) -> None:
        connect_openapi(FakeCaller(endpoint="es.test", region=region))
        hints = made.transport["hints"]
        assert hints.unknown_host == "Check endpoint."
        assert hints.plain_http == (
            "Check the port in endpoint; if the server has no TLS, begin endpoint with http://."
        )

    def test_connect_openapi_hints_at_no_ca_path_where_that_is_given(self, made: SimpleNamespace) -> None:
        connect_openapi(FakeCaller(ca_path=__file__))
        assert made.transport["hints"].unknown_issuer == ""

    def test_connect_openapi_points_at_region_where_the_host_name_made_from_it_cannot_be_resolved(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def fail(*_arguments: object, **_options: object) -> None:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

        monkeypatch.setattr(socket, "getaddrinfo", fail)
        with pytest.raises(AliyunError) as caught:
            connect_openapi(FakeCaller(region="cn-hangzou")).call(create_snapshot("es-1", "a-token"))
        assert caught.value.message == (
            "The host name of elasticsearch.cn-hangzou.aliyuncs.com cannot be resolved: Name or service not known."
        )
        assert caught.value.hint == "The name is made from the region cn-hangzou; check region and network."

    def test_connect_openapi_names_a_library_that_is_broken_and_why(self, monkeypatch: pytest.MonkeyPatch) -> None:
        break_library(monkeypatch, "requests", AttributeError("words"))
        with pytest.raises(AliyunError, match=r"requests is installed, but cannot be imported: AttributeError: words"):
            connect_openapi(FakeCaller())

    def test_connect_openapi_masks_secrets_from_the_environment_like_options(self, made: SimpleNamespace) -> None:
        caller = FakeCaller({**KEYS, "ALIBABA_CLOUD_SECURITY_TOKEN": "a-token"})
        connect_openapi(caller)
        assert caller.masked == {"a-secret", "a-token"}

    @pytest.mark.parametrize(
        ("options", "message"),
        [
            ({"retries": -1}, "retries must be from 0 to 100"),
            ({"region": None}, "No region is given."),
            ({"access_key_id": "half"}, "Half a key pair"),
        ],
        ids=str,
    )
    def test_connect_openapi_refuses_what_cannot_work(
        self, made: SimpleNamespace, options: dict[str, Any], message: str
    ) -> None:
        with pytest.raises(AliyunError, match=message):
            connect_openapi(FakeCaller(**options))
        assert made.client is None

    def test_connect_openapi_says_in_ansibles_own_words_that_requests_is_missing(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def fail(**_options: Any) -> None:
            raise ModuleNotFoundError("requests")

        monkeypatch.setattr(connect, "Transport", fail)
        with pytest.raises(AliyunError, match=r"^Failed to import the required Python library \(requests\)"):
            connect_openapi(FakeCaller())


class TestConnectCluster:
    @pytest.mark.parametrize(
        ("options", "credential_id", "system_credential"),
        [({}, None, False), ({"credential_id": "cred-1"}, "cred-1", False), ({"system_credential": True}, None, True)],
        ids=str,
    )
    def test_connect_cluster_goes_through_the_openapi_without_a_url(
        self, made: SimpleNamespace, options: dict[str, Any], credential_id: str | None, system_credential: bool
    ) -> None:
        caller = FakeCaller(retries=7, retry_max_delay=3.0, **options)
        assert connect_cluster(caller) == "openapi"  # type: ignore[comparison-overlap]
        *parts, retry = made.openapi
        assert parts == ["client", "es-1", credential_id, system_credential]
        assert (retry.retries, retry.delay(9, 99.0)) == (7, 3.0)
        assert made.client is not None
        assert made.direct is None

    def test_connect_cluster_uses_the_client_that_is_there(self, made: SimpleNamespace) -> None:
        connect_cluster(FakeCaller({}), "mine")  # type: ignore[arg-type]
        assert made.openapi[0] == "mine"
        assert made.client is None

    def test_connect_cluster_goes_straight_to_a_url_without_credentials_of_the_openapi(
        self, made: SimpleNamespace
    ) -> None:
        caller = FakeCaller(
            {}, cluster_username="reader", region=None, retries=7, retry_max_delay=3.0, connect_timeout=1.0, **DIRECT
        )
        assert connect_cluster(caller) == "direct"  # type: ignore[comparison-overlap]
        *parts, retry = made.direct
        assert parts == ["https://es.test:9200", "reader", "pässwörd", "transport"]
        assert (retry.retries, retry.delay(9, 99.0)) == (7, 3.0)
        assert (made.transport["connect_timeout"], made.transport["verify"]) == (1.0, True)
        assert (made.client, made.openapi) == (None, None)
        assert made.transport["hints"].unknown_host == "Check cluster_url."
        assert made.transport["hints"].plain_http == (
            "Check the port in cluster_url; if the server has no TLS, begin cluster_url with http://."
        )
        assert caller.warnings == []
        assert caller.masked == {base64.b64encode("reader:pässwörd".encode()).decode()}

    @pytest.mark.parametrize(
        ("url", "used"),
        [
            ("es.test", "https://es.test"),
            ("es.test:9200", "https://es.test:9200"),
            ("http://es.test/", "http://es.test"),
        ],
    )
    def test_connect_cluster_asks_a_host_by_https(self, made: SimpleNamespace, url: str, used: str) -> None:
        connect_cluster(FakeCaller({}, cluster_url=url, cluster_password="p"))
        assert made.direct[0] == used

    @pytest.mark.parametrize(
        ("url", "warns"), [("http://es.test", True), ("http://127.0.0.1:9200", False), ("https://es.test", False)]
    )
    def test_connect_cluster_warns_of_a_url_elsewhere_that_is_not_encrypted(
        self, made: SimpleNamespace, url: str, warns: bool
    ) -> None:
        caller = FakeCaller({}, cluster_url=url, cluster_password="p")
        connect_cluster(caller)
        assert [text.split(":")[0] for text in caller.warnings] == (["The endpoint http"] if warns else [])

    @pytest.mark.parametrize(
        "host",
        [
            "ES-CN-1.elasticsearch.aliyuncs.com",
            "es-cn-1.public.elasticsearch.aliyuncs.com:9200",
            "es-cn-1-vpc.elasticsearch.aliyuncs.com",
            "es-cn-10.elasticsearch.aliyuncs.com.proxy.test",
            "es-cn-10.test",
            "proxy.elasticsearch.aliyuncs.com",
            "192.0.2.7",
        ],
    )
    def test_connect_cluster_takes_the_instances_own_host_and_one_that_may_be_its(
        self, made: SimpleNamespace, host: str
    ) -> None:
        caller = FakeCaller({}, instance_id="es-cn-1", cluster_url=host, cluster_password="p")
        connect_cluster(caller)
        assert made.direct[0] == f"https://{host.lower()}"

    @pytest.mark.parametrize("instance_id", ["es-cn-1", "es-cn-100", "ES-CN-1"])
    @pytest.mark.parametrize("kind", ["", ".public", "-vpc"])
    @pytest.mark.parametrize("end", ["", "."])
    def test_connect_cluster_refuses_another_instances_host(
        self, made: SimpleNamespace, instance_id: str, kind: str, end: str
    ) -> None:
        host = f"es-cn-10{kind}.elasticsearch.aliyuncs.com"
        caller = FakeCaller({}, instance_id=instance_id, cluster_url=f"http://{host}{end}:9200", cluster_password="p")
        with pytest.raises(AliyunError, match=f"cluster_url is that of another instance: its host {host} does"):
            connect_cluster(caller)
        assert made.direct is None

    @pytest.mark.parametrize(
        ("options", "message"),
        [
            ({"cluster_url": "https://es.test/path", "cluster_password": "p"}, "cluster_url must be a host"),
            ({**DIRECT, "read_timeout": 0.0}, "read_timeout must be"),
            ({**DIRECT, "retries": -1}, "retries must be"),
            ({"region": None}, "No region is given."),
            ({"access_key_id": "half"}, "Half a key pair"),
        ],
        ids=str,
    )
    def test_connect_cluster_refuses_what_cannot_work(
        self, made: SimpleNamespace, options: dict[str, Any], message: str
    ) -> None:
        with pytest.raises(AliyunError, match=message):
            connect_cluster(FakeCaller(**options))
        assert (made.openapi, made.direct) == (None, None)


@pytest.mark.parametrize(
    ("environ", "value"),
    [
        ({}, None),
        ({"A": ""}, None),
        ({"A": " \t\n"}, None),
        ({"C": "c"}, None),
        ({"A": "a", "B": "b"}, "a"),
        ({"A": "", "B": "b"}, "b"),
        ({"A": "  ", "B": "b"}, "b"),
        ({"B": " b \n"}, "b"),
        ({"a": "lower"}, None),
    ],
)
def test_first_set_returns_the_first_variable_that_is_not_blank(environ: dict[str, str], value: str | None) -> None:
    assert first_set(environ, ("A", "B")) == value


FRESH = """
import logging, os, warnings
from ansible.module_utils.basic import missing_required_lib  # noqa: F401
import requests  # noqa: F401
from alibabacloud_credentials.utils import auth_util

NAMES = "environment_access_key_id", "environment_access_key_secret", "environment_security_token"
LOGGERS = "credentials", "apscheduler.scheduler", "apscheduler.executors.default"


def state():
    disabled = [logging.getLogger(name).disabled for name in ("", "urllib3", "requests", *LOGGERS)]
    return list(warnings.filters), disabled, [getattr(auth_util, name) for name in NAMES], dict(os.environ)


before = state()
assert before[2] == ["env-id", "env-secret", "env-token"]
from ansible_collections.aliyun.elasticsearch.plugins.module_utils._errors import AliyunError
from ansible_collections.aliyun.elasticsearch.plugins.module_utils._openapi.operations import create_snapshot
from ansible_collections.aliyun.elasticsearch.plugins.module_utils._plugin.connect import connect_openapi


class Caller:
    user_agent = "ansible-inventory/1"
    options = dict(
        access_key_id=None, access_key_secret=None, security_token=None, profile=os.environ.get("PROFILE"),
        endpoint=os.environ["ENDPOINT"], region="cn-test", network="public", validate_certs=False, ca_path=None,
        connect_timeout=5.0, read_timeout=5.0, retries=0, retry_max_delay=0.0,
    )
    environ = {} if options["profile"] else os.environ

    def warn(self, text):
        raise AssertionError(text)

    def mask(self, secret):
        print("masked", secret)


try:
    response = connect_openapi(Caller()).call(create_snapshot("es-1", "a-token"))
    print(response.request_id, response.attempts)
except AliyunError as error:
    print(error.message)
assert state() == before, (state(), before)
import sys
assert "ansible_collections.aliyun.elasticsearch.plugins.module_utils._plugin.module" not in sys.modules
"""


class TestWithoutAnsibleModule:
    """In a process of its own that lives on, as that of an inventory plugin does."""

    @staticmethod
    def run(server: Server, **environment: str) -> list[str]:
        keys = {
            "ALIBABA_CLOUD_ACCESS_KEY_ID": "env-id",
            "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "env-secret",
            "ALIBABA_CLOUD_SECURITY_TOKEN": "env-token",
        }
        return run_python(FRESH, ENDPOINT=server.url, **keys, **environment).splitlines()

    def test_connect_openapi_changes_nothing_of_the_process(self, serve: Callable[..., Server]) -> None:
        server = serve(http_response(b'{"Result": true, "RequestId": "R-1"}'))
        assert self.run(server) == ["masked env-secret", "masked env-token", "R-1 1"]
        (received,) = server.received
        assert "aliyun.elasticsearch/" in received.headers["user-agent"]
        assert "ansible-inventory/1 requests/" in received.headers["user-agent"]
        assert "Credential=env-id," in received.headers["authorization"]

    def test_connect_openapi_changes_nothing_of_the_process_with_a_profile(
        self, serve: Callable[..., Server], tmp_path: Path
    ) -> None:
        server = serve(http_response(b'{"Result": true, "RequestId": "R-1"}'))
        (tmp_path / ".aliyun").mkdir()
        profile = {"name": "mine", "mode": "AK", "access_key_id": "file-id", "access_key_secret": "file-secret"}
        (tmp_path / ".aliyun" / "config.json").write_text(json.dumps({"current": "mine", "profiles": [profile]}))
        assert self.run(server, HOME=str(tmp_path), PROFILE="mine") == ["masked file-secret", "R-1 1"]
        assert "Credential=file-id," in server.received[0].headers["authorization"]

    def test_connect_openapi_changes_nothing_of_the_process_when_it_raises(
        self, serve: Callable[..., Server], tmp_path: Path
    ) -> None:
        server = serve(http_response())
        (message,) = self.run(server, HOME=str(tmp_path), PROFILE="missing")
        assert message.startswith("No usable credentials were found where the module runs.")
        assert server.received == []

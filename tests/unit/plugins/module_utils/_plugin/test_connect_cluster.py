# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import base64
from types import SimpleNamespace
from typing import Any

import pytest

from ansible_collections.aliyun.elasticsearch.plugins.module_utils._plugin import connect
from ansible_collections.aliyun.elasticsearch.plugins.module_utils._errors import AliyunError
from ansible_collections.aliyun.elasticsearch.tests.unit.support.module import KEYS, FakeCaller

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
        module = FakeCaller(retries=7, retry_max_delay=3.0, **options)
        assert _module_cluster.build_cluster(module, KEYS) == "openapi"  # type: ignore[arg-type,comparison-overlap]
        *parts, retry = made.openapi
        assert parts == ["client", "es-1", credential_id, system_credential]
        assert (retry.retries, retry.delay(9, 99.0)) == (7, 3.0)
        assert made.client is not None
        assert made.direct is None

    def test_the_client_that_is_there_is_used(self, made: SimpleNamespace) -> None:
        _module_cluster.build_cluster(FakeCaller(), {}, "mine")  # type: ignore[arg-type]
        assert made.openapi[0] == "mine"
        assert made.client is None

    def test_with_a_url_it_is_read_straight_and_without_credentials_of_the_openapi(self, made: SimpleNamespace) -> None:
        module = FakeCaller(
            cluster_username="reader", region=None, retries=7, retry_max_delay=3.0, connect_timeout=1.0, **DIRECT
        )
        assert _module_cluster.build_cluster(module, {}) == "direct"  # type: ignore[arg-type,comparison-overlap]
        *parts, retry = made.direct
        assert parts == [("https://es.test:9200", None), "reader", "pässwörd", "transport"]
        assert (retry.retries, retry.delay(9, 99.0)) == (7, 3.0)
        assert (made.transport["connect_timeout"], made.transport["verify"]) == (1.0, True)
        assert (made.client, made.openapi) == (None, None)
        assert module.warnings == []
        assert module.no_log_values == {base64.b64encode("reader:pässwörd".encode()).decode()}

    @pytest.mark.parametrize(
        ("url", "used"),
        [
            ("es.test", "https://es.test"),
            ("es.test:9200", "https://es.test:9200"),
            ("http://es.test/", "http://es.test"),
        ],
    )
    def test_a_host_is_asked_by_https(self, made: SimpleNamespace, url: str, used: str) -> None:
        _module_cluster.build_cluster(FakeCaller(cluster_url=url, cluster_password="p"), {})  # type: ignore[arg-type]
        assert made.direct[0].url == used

    @pytest.mark.parametrize(
        ("url", "warns"), [("http://es.test", True), ("http://127.0.0.1:9200", False), ("https://es.test", False)]
    )
    def test_a_url_elsewhere_that_is_not_encrypted_gives_a_warning(
        self, made: SimpleNamespace, url: str, warns: bool
    ) -> None:
        module = FakeCaller(cluster_url=url, cluster_password="p")
        _module_cluster.build_cluster(module, {})  # type: ignore[arg-type]
        assert [text.split(":")[0] for text in module.warnings] == (["The endpoint http"] if warns else [])

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
    def test_the_instances_own_host_and_one_that_may_be_its_are_taken(self, made: SimpleNamespace, host: str) -> None:
        module = FakeCaller(instance_id="es-cn-1", cluster_url=host, cluster_password="p")
        _module_cluster.build_cluster(module, {})  # type: ignore[arg-type]
        assert made.direct[0].url == f"https://{host.lower()}"

    @pytest.mark.parametrize("instance_id", ["es-cn-1", "es-cn-100", "ES-CN-1"])
    @pytest.mark.parametrize("kind", ["", ".public", "-vpc"])
    @pytest.mark.parametrize("end", ["", "."])
    def test_another_instances_host_is_refused(
        self, made: SimpleNamespace, instance_id: str, kind: str, end: str
    ) -> None:
        host = f"es-cn-10{kind}.elasticsearch.aliyuncs.com"
        module = FakeCaller(instance_id=instance_id, cluster_url=f"http://{host}{end}:9200", cluster_password="p")
        with pytest.raises(AliyunError, match=f"cluster_url is that of another instance: its host {host} does"):
            _module_cluster.build_cluster(module, {})  # type: ignore[arg-type]
        assert made.direct is None

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
            _module_cluster.build_cluster(FakeCaller(**options), KEYS)  # type: ignore[arg-type]
        assert (made.openapi, made.direct) == (None, None)


class TestBuildWatch:
    @pytest.mark.parametrize(("options", "cluster"), [({}, "openapi"), (DIRECT, "direct")], ids=["openapi", "direct"])
    def test_it_watches_the_repository_for_the_times_that_are_given(
        self, made: SimpleNamespace, options: dict[str, Any], cluster: str
    ) -> None:
        module = FakeCaller(repository="mine", **TIMES, **options)
        assert _module_cluster.build_watch(module, {}, "the client") == "watch"  # type: ignore[arg-type,comparison-overlap]
        assert made.watch == (cluster, "mine", {"timeout": 60.0, "interval": 2.5})
        assert made.client is None

    def test_what_cannot_work_is_refused(self, made: SimpleNamespace) -> None:
        with pytest.raises(AliyunError, match="repository must not be blank"):
            _module_cluster.build_watch(FakeCaller(repository=" ", **TIMES), {}, "the client")  # type: ignore[arg-type]
        assert made.watch is None

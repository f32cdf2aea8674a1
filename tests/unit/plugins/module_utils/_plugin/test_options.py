# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.aliyun.elasticsearch.plugins.module_utils._plugin import options
from ansible_collections.aliyun.elasticsearch.plugins.module_utils._errors import NOT_SENT, AliyunError
from ansible_collections.aliyun.elasticsearch.plugins.module_utils._plugin.options import (
    check_cluster,
    check_connection,
    check_instance_id,
    check_name,
    check_waiting,
)

DEFAULTS = {name: option.get("default") for name, option in _options.connection().items()}
CLUSTER = {name: option.get("default") for name, option in _options.cluster().items()}
DIRECT = {"cluster_url": "https://es.test:9200", "cluster_password": "secret"}
WAITING = {"wait_timeout": 3600.0, "wait_interval": 10.0, "max_age": None}


def refused(check: Callable[..., None], *values: Any) -> str:
    with pytest.raises(AliyunError) as caught:
        check(*values)
    assert (caught.value.outcome, caught.value.retryable) == (NOT_SENT, False)
    return caught.value.message


def test_the_defaults_pass() -> None:
    check_connection(DEFAULTS)


@pytest.mark.parametrize(
    "options",
    [
        {"connect_timeout": 0.001, "read_timeout": 86400.0},
        {"retry_max_delay": 0.0},
        {"retry_max_delay": 86400.0},
        {"retries": 0},
        {"retries": 100},
    ],
    ids=str,
)
def test_values_at_the_edge_pass(options: dict[str, Any]) -> None:
    check_connection({**DEFAULTS, **options})


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"connect_timeout": 0.0}, "connect_timeout must be more than 0 and at most 86400 seconds, not 0."),
        ({"connect_timeout": -1.5}, "connect_timeout must be more than 0 and at most 86400 seconds, not -1.5."),
        ({"read_timeout": 0.0}, "read_timeout must be more than 0 and at most 86400 seconds, not 0."),
        ({"read_timeout": 86400.5}, "read_timeout must be more than 0 and at most 86400 seconds, not 86400.5."),
        ({"read_timeout": math.nan}, "read_timeout must be more than 0 and at most 86400 seconds, not nan."),
        ({"read_timeout": math.inf}, "read_timeout must be more than 0 and at most 86400 seconds, not inf."),
        ({"connect_timeout": -math.inf}, "connect_timeout must be more than 0 and at most 86400 seconds, not -inf."),
        ({"retry_max_delay": -0.1}, "retry_max_delay must be from 0 to 86400 seconds, not -0.1."),
        ({"retry_max_delay": 1e9}, "retry_max_delay must be from 0 to 86400 seconds, not 1e+09."),
        ({"retry_max_delay": math.nan}, "retry_max_delay must be from 0 to 86400 seconds, not nan."),
        ({"retry_max_delay": math.inf}, "retry_max_delay must be from 0 to 86400 seconds, not inf."),
        ({"retries": -1}, "retries must be from 0 to 100, not -1."),
        ({"retries": 101}, "retries must be from 0 to 100, not 101."),
    ],
    ids=str,
)
def test_values_that_cannot_work_are_refused_before_anything_is_sent(options: dict[str, Any], message: str) -> None:
    with pytest.raises(AliyunError) as caught:
        check_connection({**DEFAULTS, **options})
    assert caught.value.message == message
    assert (caught.value.outcome, caught.value.retryable) == (NOT_SENT, False)


def test_secrets_are_not_logged_and_the_key_that_names_them_is() -> None:
    spec = _options.credentials()
    assert {name: option.get("no_log") for name, option in spec.items()} == {
        "access_key_id": False,
        "access_key_secret": True,
        "security_token": True,
        "profile": None,
    }


class TestInstanceId:
    @pytest.mark.parametrize(
        "instance_id", ["es-cn-0pp1jxvcl0001abcd", "a", "...", "a.b_c~d", "100%", "%2e%2e", "a" * 99]
    )
    def test_what_can_be_one_segment_of_a_path_passes(self, instance_id: str) -> None:
        check_instance_id(instance_id)

    @pytest.mark.parametrize("instance_id", ["", " ", "\t\n", "\u3000"])
    def test_a_blank_one_is_refused(self, instance_id: str) -> None:
        assert refused(check_instance_id, instance_id) == "instance_id must not be blank."

    @pytest.mark.parametrize(
        "instance_id",
        [
            "es 1",
            " es-1",
            "es-1\n",
            "es/1",
            "../es-1",
            "es?1",
            "es#1",
            "es\x001",
            "es\x7f1",
            "es\u00e91",
            "快照",
            ".",
            "..",
        ],
    )
    def test_one_that_would_be_another_path_is_refused(self, instance_id: str) -> None:
        assert refused(check_instance_id, instance_id).startswith("instance_id must not hold white space, '/', '?'")

    @given(st.text(st.characters()))
    def test_any_text_either_passes_as_plain_ascii_or_is_refused(self, instance_id: str) -> None:
        try:
            check_instance_id(instance_id)
        except AliyunError:
            return
        assert instance_id.isascii()
        assert instance_id.isprintable()
        assert not set(instance_id) & set(" /?#")


class TestCluster:
    @pytest.mark.parametrize(
        "options",
        [
            {},
            DIRECT,
            {**DIRECT, "cluster_username": "backup reader é"},
            {"credential_id": "cred-1"},
            {"system_credential": True},
            {"repository": "My-Repository.1"},
        ],
        ids=str,
    )
    def test_what_goes_together_passes(self, options: dict[str, Any]) -> None:
        check_cluster({**CLUSTER, **options})

    @pytest.mark.parametrize(
        ("options", "message"),
        [
            ({**DIRECT, "credential_id": "cred-1"}, "without credential_id and system_credential."),
            ({**DIRECT, "system_credential": True}, "without credential_id and system_credential."),
            ({"credential_id": "cred-1", "system_credential": True}, "exclude each other."),
            ({"credential_id": " "}, "credential_id must not hold white space, control or non-ASCII characters."),
            ({"credential_id": "a\n"}, "credential_id must not hold white space, control or non-ASCII characters."),
            ({"credential_id": "a\ud800"}, "credential_id must not hold white space, control or non-ASCII characters."),
            ({**DIRECT, "cluster_password": None}, "cluster_password is missing or blank."),
            ({**DIRECT, "cluster_password": ""}, "cluster_password is missing or blank."),
            ({**DIRECT, "cluster_url": None}, "cluster_url is missing or blank."),
            ({**DIRECT, "cluster_username": " "}, "cluster_username must not be blank, nor hold ':'"),
            ({**DIRECT, "cluster_username": "a:b"}, "cluster_username must not be blank, nor hold ':'"),
            ({**DIRECT, "cluster_username": "a\nb"}, "cluster_username must not be blank, nor hold ':'"),
            ({**DIRECT, "cluster_password": "a\ud800"}, "cluster_password holds characters that UTF-8 does not have"),
            ({**DIRECT, "cluster_password": "\udfffa"}, "cluster_password holds characters that UTF-8 does not have"),
            ({"repository": ""}, "repository must not be blank."),
            ({"repository": "a/b"}, "repository must not begin with"),
        ],
        ids=str,
    )
    def test_what_cannot_work_is_refused(self, options: dict[str, Any], message: str) -> None:
        assert message in refused(check_cluster, {**CLUSTER, **options})

    def test_the_password_is_not_logged(self) -> None:
        assert [name for name, option in _options.cluster().items() if option.get("no_log")] == ["cluster_password"]


class TestName:
    @pytest.mark.parametrize("name", ["aliyun_auto_snapshot", "es-cn-1_20261124030003", "a.b", "%2F", "a" * 255])
    def test_one_that_elasticsearch_takes_passes(self, name: str) -> None:
        check_name("name", name)

    @pytest.mark.parametrize("name", ["", " ", "\u3000"])
    def test_a_blank_one_is_refused(self, name: str) -> None:
        assert refused(check_name, "name", name) == "name must not be blank."

    @pytest.mark.parametrize(
        "name",
        ["_all", "_current", "-a", "+a", ".", "..", "a b", "a/b", "a*", "a?b", "a,b", "a#b", "a\n", "é", 'a"', "a|"],
    )
    def test_one_that_could_stand_for_more_or_for_another_path_is_refused(self, name: str) -> None:
        assert refused(check_name, "name", name).startswith("name must not begin with '_', '-', '+' or '.', nor hold")


class TestWaiting:
    @pytest.mark.parametrize(
        "options", [{}, {"max_age": 0.001}, {"wait_timeout": 604800.0, "wait_interval": 0.1}], ids=str
    )
    def test_times_that_can_be_waited_pass(self, options: dict[str, Any]) -> None:
        check_waiting({**WAITING, **options})

    @pytest.mark.parametrize("name", ["wait_timeout", "wait_interval", "max_age"])
    @pytest.mark.parametrize("value", [0.0, -1.0, 604801.0, math.nan, math.inf])
    def test_others_are_refused(self, name: str, value: float) -> None:
        message = refused(check_waiting, {**WAITING, name: value})
        assert message.startswith(f"{name} must be more than 0 and at most 604800 seconds, not ")

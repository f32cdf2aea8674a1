# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.aliyun.elasticsearch.plugins.module_utils._errors import NOT_SENT, AliyunError
from ansible_collections.aliyun.elasticsearch.plugins.module_utils._plugin import options as groups
from ansible_collections.aliyun.elasticsearch.plugins.module_utils._plugin.options import (
    check,
    check_client_token,
    check_cluster,
    check_instance_id,
    check_name,
    check_schedule,
    check_seconds,
    check_tags,
    check_transport,
    check_version,
)

DEFAULTS = {name: option.get("default") for name, option in groups.spec(groups.connection, groups.transport).items()}
CLUSTER = {name: option.get("default") for name, option in groups.cluster().items()}
DIRECT = {"cluster_url": "https://es.test:9200", "cluster_password": "secret"}
TASK = {"instance_id": "es-1", "wait_timeout": 3600.0, "wait_interval": 10.0, "max_age": None}


def refused(check: Callable[..., None], *values: Any) -> str:
    with pytest.raises(AliyunError) as caught:
        check(*values)
    assert (caught.value.outcome, caught.value.retryable) == (NOT_SENT, False)
    return caught.value.message


def test_check_transport_passes_the_defaults() -> None:
    check_transport(DEFAULTS)


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
def test_check_transport_passes_values_at_the_edge(options: dict[str, Any]) -> None:
    check_transport({**DEFAULTS, **options})


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
def test_check_transport_refuses_values_that_cannot_work(options: dict[str, Any], message: str) -> None:
    with pytest.raises(AliyunError) as caught:
        check_transport({**DEFAULTS, **options})
    assert caught.value.message == message
    assert (caught.value.outcome, caught.value.retryable) == (NOT_SENT, False)


def test_credentials_keep_secrets_but_not_the_keys_id_out_of_logs() -> None:
    spec = groups.credentials()
    assert {name: option.get("no_log") for name, option in spec.items()} == {
        "access_key_id": False,
        "access_key_secret": True,
        "security_token": True,
        "profile": None,
    }


class TestCheckInstanceId:
    @pytest.mark.parametrize(
        "instance_id", ["es-cn-0pp1jxvcl0001abcd", "a", "...", "a.b_c~d", "100%", "%2e%2e", "a" * 99]
    )
    def test_check_instance_id_passes_what_can_be_one_segment_of_a_path(self, instance_id: str) -> None:
        check_instance_id(instance_id)

    @pytest.mark.parametrize("instance_id", ["", " ", "\t\n", "\u3000"])
    def test_check_instance_id_refuses_a_blank_one(self, instance_id: str) -> None:
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
    def test_check_instance_id_refuses_one_that_would_be_another_path(self, instance_id: str) -> None:
        assert refused(check_instance_id, instance_id).startswith("instance_id must not hold white space, '/', '?'")

    @given(st.text(st.characters()))
    def test_check_instance_id_passes_a_text_as_plain_ascii_or_refuses_it(self, instance_id: str) -> None:
        try:
            check_instance_id(instance_id)
        except AliyunError:
            return
        assert instance_id.isascii()
        assert instance_id.isprintable()
        assert not set(instance_id) & set(" /?#")


@pytest.mark.parametrize("tags", [{}, {"env": "prod"}, {"env": ""}, {"tier": 1}, {1: "a"}, {"{{ a }}": "é"}], ids=str)
def test_check_tags_passes_texts_and_whole_numbers(tags: dict[Any, Any]) -> None:
    check_tags(tags)


@pytest.mark.parametrize(
    "tags",
    [{"env": None}, {"env": True}, {"env": 1.10}, {"env": ["a"]}, {"a": "b", "env": {}}, {True: "a"}],
    ids=str,
)
def test_check_tags_refuses_what_yaml_may_have_changed(tags: dict[Any, Any]) -> None:
    key = list(tags)[-1]
    message = refused(check_tags, tags)
    assert message == f"tags must hold texts; put the key and the value of '{key}' in quotes."


@pytest.mark.parametrize("schedule", ["0 0 01 ? * * *", "0 0/30 * ? * * *", " 0 0 3 ? * MON,WED\n"])
def test_check_schedule_passes_a_quartz_expression(schedule: str) -> None:
    check_schedule(schedule)


@pytest.mark.parametrize("schedule", ["", " ", "\n"])
def test_check_schedule_refuses_a_blank_one(schedule: str) -> None:
    assert refused(check_schedule, schedule) == "schedule must not be blank; leave it out to keep the one that is set."


def test_check_schedule_refuses_what_is_not_quartz_with_the_reason() -> None:
    assert refused(check_schedule, "0 1 * * *") == (
        "schedule must be a Quartz expression, such as '0 0 01 ? * * *' for every day at 01:00: "
        "it has 6 or 7 fields, not 5."
    )
    assert refused(check_schedule, "0 0 25\x00 ? * * *").isprintable()


def test_check_looks_at_tags_and_schedule_and_needs_no_instance() -> None:
    check({"instance_id": None, "tags": None, "schedule": None})
    check({"instance_id": None, "tags": {"env": "prod"}, "schedule": "0 0 01 ? * * *"})
    assert refused(check, {"instance_id": None, "tags": {"env": None}}).startswith("tags must hold")
    assert refused(check, {"instance_id": None, "schedule": "daily"}).startswith("schedule must be")
    assert refused(check, {"instance_id": "", "schedule": "daily"}) == "instance_id must not be blank."


class TestCheckCluster:
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
    def test_check_cluster_passes_what_goes_together(self, options: dict[str, Any]) -> None:
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
            ({**DIRECT, "cluster_url": "https://es.test/path"}, "cluster_url must be a host"),
            ({"repository": ""}, "repository must not be blank."),
            ({"repository": "a/b"}, "repository must not begin with"),
        ],
        ids=str,
    )
    def test_check_cluster_refuses_what_cannot_work(self, options: dict[str, Any], message: str) -> None:
        assert message in refused(check_cluster, {**CLUSTER, **options})

    def test_cluster_keeps_the_password_out_of_logs(self) -> None:
        assert [name for name, option in groups.cluster().items() if option.get("no_log")] == ["cluster_password"]


class TestCheckName:
    @pytest.mark.parametrize("name", ["aliyun_auto_snapshot", "es-cn-1_20261124030003", "a.b", "%2F", "a" * 255])
    def test_check_name_passes_one_that_elasticsearch_takes(self, name: str) -> None:
        check_name("name", name)

    @pytest.mark.parametrize("name", ["", " ", "\u3000"])
    def test_check_name_refuses_a_blank_one(self, name: str) -> None:
        assert refused(check_name, "name", name) == "name must not be blank."

    @pytest.mark.parametrize(
        "name",
        ["_all", "_current", "-a", "+a", ".", "..", "a b", "a/b", "a*", "a?b", "a,b", "a#b", "a\n", "é", 'a"', "a|"],
    )
    def test_check_name_refuses_one_that_could_stand_for_more_or_for_another_path(self, name: str) -> None:
        assert refused(check_name, "name", name).startswith("name must not begin with '_', '-', '+' or '.', nor hold")


class TestCheckClientToken:
    @pytest.mark.parametrize("token", ["a", " a", "a b", "~!@#$%^&*()+=", "a" * 64])
    def test_check_client_token_passes_1_to_64_printable_characters(self, token: str) -> None:
        check_client_token(token)

    @pytest.mark.parametrize("token", ["", " ", " " * 65, "\t", "\u3000"])
    def test_check_client_token_refuses_a_blank_one(self, token: str) -> None:
        assert refused(check_client_token, token).startswith("client_token must not be blank")

    @pytest.mark.parametrize("length", [65, 66, 10_000])
    def test_check_client_token_refuses_a_longer_one(self, length: int) -> None:
        message = refused(check_client_token, "a" * length)
        assert message == f"client_token must have at most 64 characters, not {length}."

    @pytest.mark.parametrize("token", ["a\n", "a\tb", "a\x00", "a\x7f", "\u00e9", "快照", "a\u200b", "\ud800"])
    def test_check_client_token_refuses_one_that_is_not_printable_ascii(self, token: str) -> None:
        assert refused(check_client_token, token) == "client_token must consist of printable ASCII characters."


class TestCheckVersion:
    @pytest.mark.parametrize("version", ["8.17.0", "6.7", "ali1.3.0", "2.2.0.4.1", "8", "a" * 64])
    def test_check_version_passes_letters_digits_and_points(self, version: str) -> None:
        check_version("target_version", version)

    @pytest.mark.parametrize(
        "version",
        ["", " ", "8.17.0 ", "8.17.0\n", "8.17.0_with_X-Pack", "8-17", "8,17", '8"', "8&a=b", "é", "٣", "8" * 65],
    )
    def test_check_version_refuses_all_else(self, version: str) -> None:
        assert refused(check_version, "target_version", version) == (
            "target_version must consist of letters, digits and '.', as in '8.17.0', without a suffix."
        )


class TestCheck:
    @pytest.mark.parametrize(
        "options", [{}, {"max_age": 0.001}, {"wait_timeout": 604800.0, "wait_interval": 0.1}], ids=str
    )
    def test_check_passes_times_that_can_be_waited(self, options: dict[str, Any]) -> None:
        check({**TASK, **options})

    @pytest.mark.parametrize("name", ["wait_timeout", "wait_interval", "max_age"])
    @pytest.mark.parametrize("value", [0.0, -1.0, 604801.0, math.nan, math.inf])
    def test_check_refuses_other_times(self, name: str, value: float) -> None:
        message = refused(check, {**TASK, name: value})
        assert message.startswith(f"{name} must be more than 0 and at most 604800 seconds, not ")

    @pytest.mark.parametrize(
        "options", [{}, {"name": None}, {"name": "a-snapshot"}, {"client_token": "a"}, {"target_version": "8"}], ids=str
    )
    def test_check_needs_only_the_options_that_the_module_has(self, options: dict[str, Any]) -> None:
        check({"instance_id": "es-1", **options})

    @pytest.mark.parametrize(
        ("options", "message"),
        [
            ({"instance_id": " "}, "instance_id must not be blank."),
            ({"name": ""}, "name must not be blank."),
            ({"target_version": ""}, "target_version must consist of"),
            ({"name": "a*"}, "name must not begin with"),
            ({"client_token": ""}, "client_token must not be blank"),
            ({"client_token": "a" * 65}, "client_token must have at most 64 characters, not 65."),
        ],
        ids=str,
    )
    def test_check_refuses_what_one_of_the_checks_refuses(self, options: dict[str, Any], message: str) -> None:
        assert refused(check, {"instance_id": "es-1", **options}).startswith(message)

    def test_check_goes_from_the_instance_to_the_token_to_the_times(self) -> None:
        wrong = {"instance_id": "", "client_token": "", "wait_timeout": 0.0}
        assert refused(check, wrong).startswith("instance_id")
        assert refused(check, {**wrong, "instance_id": "es-1"}).startswith("client_token")
        assert refused(check, {**wrong, "instance_id": "es-1", "client_token": "a"}).startswith("wait_timeout")


@pytest.mark.parametrize("value", [0.001, 9.5])
def test_check_seconds_passes_more_than_0_up_to_the_maximum(value: float) -> None:
    check_seconds({"a": value}, "a", 9.5)


@pytest.mark.parametrize("value", [0.0, 9.6, math.nan])
def test_check_seconds_names_the_option_and_the_maximum(value: float) -> None:
    assert refused(check_seconds, {"a": value}, "a", 9.5) == (
        f"a must be more than 0 and at most 9.5 seconds, not {value:g}."
    )


class TestSpec:
    def test_spec_joins_groups_and_own_options(self) -> None:
        own = {"type": "bool", "default": False}
        assert groups.spec(groups.instance, wait=own) == {
            "instance_id": {"type": "str", "required": True},
            "wait": own,
        }

    def test_spec_has_every_option_of_every_group_once(self) -> None:
        every = (groups.instance, groups.credentials, groups.connection, groups.transport, groups.cluster)
        assert sorted(groups.spec(*every)) == sorted(name for group in every for name in group())

    def test_spec_is_a_new_one_each_time(self) -> None:
        groups.spec(groups.transport)["retries"]["default"] = 99
        assert groups.spec(groups.transport)["retries"] == {"type": "int", "default": 5}

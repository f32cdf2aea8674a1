# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.aliyun.elasticsearch.plugins.module_utils import _options
from ansible_collections.aliyun.elasticsearch.plugins.module_utils._errors import NOT_SENT, AliyunError
from ansible_collections.aliyun.elasticsearch.plugins.module_utils._options import check_connection

DEFAULTS = {name: option.get("default") for name, option in _options.connection().items()}


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
        {"ca_path": ""},
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


def test_a_file_or_a_folder_of_certificates_passes(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").touch()
    check_connection({**DEFAULTS, "ca_path": str(tmp_path)})
    check_connection({**DEFAULTS, "ca_path": str(tmp_path / "ca.pem")})


def test_secrets_are_not_logged_and_the_key_that_names_them_is() -> None:
    spec = _options.credentials()
    assert {name: option.get("no_log") for name, option in spec.items()} == {
        "access_key_id": False,
        "access_key_secret": True,
        "security_token": True,
        "profile": None,
    }

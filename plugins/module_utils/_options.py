# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection; it can change at any time.

"""The options that all modules share; each function has the doc fragment of the same name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ansible_collections.aliyun.elasticsearch.plugins.module_utils._errors import AliyunError

if TYPE_CHECKING:  # pragma: no cover
    from collections.abc import Mapping

LONGEST_TIME = 86400
MOST_RETRIES = 100


def credentials() -> dict[str, Any]:
    """Return the argument spec that doc fragment C(credentials) documents."""
    return {
        "access_key_id": {"type": "str", "aliases": ["alicloud_access_key"], "no_log": False},
        "access_key_secret": {"type": "str", "aliases": ["alicloud_secret_key"], "no_log": True},
        "security_token": {"type": "str", "aliases": ["alicloud_security_token"], "no_log": True},
        "profile": {"type": "str"},
    }


def connection() -> dict[str, Any]:
    """Return the argument spec that doc fragment C(connection) documents."""
    return {
        "region": {"type": "str", "aliases": ["region_id", "alicloud_region"]},
        "network": {"type": "str", "choices": ["public", "vpc"], "default": "public"},
        "endpoint": {"type": "str"},
        "validate_certs": {"type": "bool", "default": True},
        "ca_path": {"type": "path"},
        "connect_timeout": {"type": "float", "default": 5},
        "read_timeout": {"type": "float", "default": 30},
        "retries": {"type": "int", "default": 5},
        "retry_max_delay": {"type": "float", "default": 20},
    }


def check_connection(options: Mapping[str, Any]) -> None:
    """Raise AliyunError for a value of C(connection) that the argument spec lets through and that cannot work."""
    for name in ("connect_timeout", "read_timeout"):
        if not 0 < options[name] <= LONGEST_TIME:
            raise AliyunError(f"{name} must be more than 0 and at most {LONGEST_TIME} seconds, not {options[name]:g}.")
    if not 0 <= options["retry_max_delay"] <= LONGEST_TIME:
        raise AliyunError(
            f"retry_max_delay must be from 0 to {LONGEST_TIME} seconds, not {options['retry_max_delay']:g}."
        )
    if not 0 <= options["retries"] <= MOST_RETRIES:
        raise AliyunError(f"retries must be from 0 to {MOST_RETRIES}, not {options['retries']}.")

# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection; it can change at any time.

"""The options that modules share, one function for each doc fragment, and what their values may be."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ansible_collections.aliyun.elasticsearch.plugins.module_utils._errors import AliyunError

if TYPE_CHECKING:  # pragma: no cover
    from collections.abc import Mapping

LONGEST_TIME = 86400
LONGEST_WAIT = 604800  # such snapshots are kept for 7 days
MOST_RETRIES = 100
# Elasticsearch takes none of these in a name; in a path, some would stand for several snapshots.
_NOT_IN_NAMES = '\\/*?"<>|,#'


def instance() -> dict[str, Any]:
    """Return the argument spec that doc fragment C(instance) documents."""
    return {"instance_id": {"type": "str", "required": True}}


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


def cluster() -> dict[str, Any]:
    """Return the argument spec that doc fragment C(cluster) documents."""
    return {
        "cluster_url": {"type": "str"},
        "cluster_username": {"type": "str", "default": "elastic"},
        "cluster_password": {"type": "str", "no_log": True},
        "credential_id": {"type": "str"},
        "system_credential": {"type": "bool", "default": False},
        "repository": {"type": "str", "default": "aliyun_auto_snapshot"},
    }


def check_instance_id(instance_id: str) -> None:
    """Raise AliyunError for an instance ID that cannot be one segment of a path."""
    if not instance_id.strip():
        raise AliyunError("instance_id must not be blank.")
    if instance_id in (".", "..") or any(char in "/?#" or not "!" <= char <= "~" for char in instance_id):
        raise AliyunError(
            "instance_id must not hold white space, '/', '?', '#', control or non-ASCII characters, "
            "nor be '.' or '..'; it looks like 'es-cn-0pp1jxvcl0001abcd'."
        )


def check_connection(options: Mapping[str, Any]) -> None:
    """Raise AliyunError for a value of C(connection) that the argument spec lets through and that cannot work."""
    for name in ("connect_timeout", "read_timeout"):
        check_seconds(options, name, LONGEST_TIME)
    if not 0 <= options["retry_max_delay"] <= LONGEST_TIME:
        raise AliyunError(
            f"retry_max_delay must be from 0 to {LONGEST_TIME} seconds, not {options['retry_max_delay']:g}."
        )
    if not 0 <= options["retries"] <= MOST_RETRIES:
        raise AliyunError(f"retries must be from 0 to {MOST_RETRIES}, not {options['retries']}.")


def check_cluster(options: Mapping[str, Any]) -> None:
    """Raise AliyunError for values of C(cluster) that cannot work, or that do not go together."""
    if options["cluster_url"] and (options["credential_id"] or options["system_credential"]):
        raise AliyunError("cluster_url goes straight to the cluster, without credential_id and system_credential.")
    if options["credential_id"] and options["system_credential"]:
        raise AliyunError("credential_id and system_credential exclude each other.")
    if bool(options["cluster_url"]) != bool(options["cluster_password"]):
        missing = "cluster_password" if options["cluster_url"] else "cluster_url"
        raise AliyunError(f"cluster_url and cluster_password go together; {missing} is missing or blank.")
    if any(not "!" <= char <= "~" for char in options["credential_id"] or ""):
        raise AliyunError("credential_id must not hold white space, control or non-ASCII characters.")
    username = options["cluster_username"]
    if not username.strip() or ":" in username or not username.isprintable():
        raise AliyunError("cluster_username must not be blank, nor hold ':' or control characters.")
    if any("\ud800" <= char <= "\udfff" for char in options["cluster_password"] or ""):
        raise AliyunError("cluster_password holds characters that UTF-8 does not have, so it cannot be sent.")
    check_name("repository", options["repository"])


def check_waiting(options: Mapping[str, Any]) -> None:
    """Raise AliyunError for times that cannot be waited for or judged by; only C(es_snapshot) has these options."""
    for name in ("wait_timeout", "wait_interval", "max_age"):
        if options[name] is not None:
            check_seconds(options, name, LONGEST_WAIT)


def check_seconds(options: Mapping[str, Any], name: str, longest: float) -> None:
    """Raise AliyunError for an option that is not more than 0 and at most C(longest) seconds."""
    if not 0 < options[name] <= longest:
        raise AliyunError(f"{name} must be more than 0 and at most {longest:g} seconds, not {options[name]:g}.")


def check_name(option: str, name: str) -> None:
    """Raise AliyunError for a name that Elasticsearch does not take, or that may not stand for one thing in a path.

    Source of what Elasticsearch does not take: its "Create snapshot API".
    """
    if not name.strip():
        raise AliyunError(f"{option} must not be blank.")
    if name.startswith(("_", "-", "+", ".")) or any(char in _NOT_IN_NAMES or not "!" <= char <= "~" for char in name):
        raise AliyunError(
            f"{option} must not begin with '_', '-', '+' or '.', nor hold white space, control or non-ASCII characters "
            f"or one of {_NOT_IN_NAMES}"
        )

# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection; it can change at any time.

"""The options that modules share, one function for each doc fragment, and what their values may be."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from .._errors import AliyunError
from .._http.endpoint import base_url

if TYPE_CHECKING:  # pragma: no cover
    from collections.abc import Callable, Mapping

KEY_OPTIONS = ("access_key_id", "access_key_secret", "security_token")
# The environment variables that stand in for options, in the order in which they are read.
KEY_VARIABLES = (
    ("ALIBABA_CLOUD_ACCESS_KEY_ID", "ALIBABA_CLOUD_ACCESS_KEY_SECRET", "ALIBABA_CLOUD_SECURITY_TOKEN"),
    ("ALICLOUD_ACCESS_KEY", "ALICLOUD_SECRET_KEY", "ALICLOUD_SECURITY_TOKEN"),
)
PROFILE_VARIABLES = ("ALIBABA_CLOUD_PROFILE", "ALICLOUD_PROFILE")
REGION_VARIABLES = ("ALIBABA_CLOUD_REGION_ID", "ALIBABA_CLOUD_REGION", "ALICLOUD_REGION")
ENDPOINT_VARIABLES = ("ALIBABA_CLOUD_ENDPOINT_ELASTICSEARCH",)

MAX_TOKEN = 64
MAX_SECONDS = 86400
MAX_WAIT_SECONDS = 604800  # such snapshots are kept for 7 days
MAX_RETRIES = 100
# Elasticsearch takes none of these in a name; in a path, some would stand for several snapshots.
_NOT_IN_NAMES = '\\/*?"<>|,#'


def instance() -> dict[str, Any]:
    """Return the argument spec that doc fragment ``instance`` documents."""
    return {"instance_id": {"type": "str", "required": True}}


def credentials() -> dict[str, Any]:
    """Return the argument spec that doc fragment ``credentials`` documents."""
    return {
        "access_key_id": {"type": "str", "aliases": ["alicloud_access_key"], "no_log": False},
        "access_key_secret": {"type": "str", "aliases": ["alicloud_secret_key"], "no_log": True},
        "security_token": {"type": "str", "aliases": ["alicloud_security_token"], "no_log": True},
        "profile": {"type": "str"},
    }


def connection() -> dict[str, Any]:
    """Return the argument spec that doc fragment ``connection`` documents."""
    return {
        "region": {"type": "str", "aliases": ["region_id", "alicloud_region"]},
        "network": {"type": "str", "choices": ["public", "vpc"], "default": "public"},
        "endpoint": {"type": "str"},
    }


def transport() -> dict[str, Any]:
    """Return the argument spec that doc fragment ``transport`` documents."""
    return {
        "validate_certs": {"type": "bool", "default": True},
        "ca_path": {"type": "path"},
        "connect_timeout": {"type": "float", "default": 5},
        "read_timeout": {"type": "float", "default": 30},
        "retries": {"type": "int", "default": 5},
        "retry_max_delay": {"type": "float", "default": 20},
    }


def cluster() -> dict[str, Any]:
    """Return the argument spec that doc fragment ``cluster`` documents."""
    return {
        "cluster_url": {"type": "str"},
        "cluster_username": {"type": "str", "default": "elastic"},
        "cluster_password": {"type": "str", "no_log": True},
        "credential_id": {"type": "str"},
        "system_credential": {"type": "bool", "default": False},
        "repository": {"type": "str", "default": "aliyun_auto_snapshot"},
    }


def spec(*groups: Callable[[], dict[str, Any]], **options: dict[str, Any]) -> dict[str, Any]:
    """Return the argument spec of a module: the groups of shared options, and the module's own options."""
    return {**options, **{name: option for group in groups for name, option in group().items()}}


def check(options: Mapping[str, Any]) -> None:
    """Raise AliyunError for what a task is asked to do and cannot, in those options below that the module has."""
    if options["instance_id"] is not None:
        check_instance_id(options["instance_id"])
    if options.get("name") is not None:
        check_name("name", options["name"])
    if options.get("client_token") is not None:
        check_client_token(options["client_token"])
    if options.get("target_version") is not None:
        check_version("target_version", options["target_version"])
    for name in ("wait_timeout", "wait_interval", "max_age"):
        if options.get(name) is not None:
            check_seconds(options, name, MAX_WAIT_SECONDS)
    if options.get("tags") is not None:
        check_tags(options["tags"])
    if options.get("schedule") is not None:
        check_schedule(options["schedule"])
    if "cluster_url" in options:
        check_cluster(options)


def check_instance_id(instance_id: str) -> None:
    """Raise AliyunError for an instance ID that cannot be one segment of a path."""
    if not instance_id.strip():
        raise AliyunError("instance_id must not be blank.")
    if instance_id in (".", "..") or any(char in "/?#" or not "!" <= char <= "~" for char in instance_id):
        raise AliyunError(
            "instance_id must not hold white space, '/', '?', '#', control or non-ASCII characters, "
            "nor be '.' or '..'; it looks like 'es-cn-0pp1jxvcl0001abcd'."
        )


def check_client_token(client_token: str) -> None:
    """Raise AliyunError for a token that the API would not take ("CreateSnapshot", parameter ClientToken)."""
    if not client_token.strip():
        raise AliyunError("client_token must not be blank; leave it out to have one generated.")
    if len(client_token) > MAX_TOKEN:
        raise AliyunError(f"client_token must have at most {MAX_TOKEN} characters, not {len(client_token)}.")
    if not all(" " <= char <= "~" for char in client_token):
        raise AliyunError("client_token must consist of printable ASCII characters.")


def check_tags(tags: Mapping[Any, Any]) -> None:
    """Raise AliyunError for a key or a value that is neither a text nor a whole number, whose spelling YAML changes."""
    for key, value in tags.items():
        if any(isinstance(text, bool) or not isinstance(text, (str, int)) for text in (key, value)):
            raise AliyunError(f"tags must hold texts; put the key and the value of {str(key)!a} in quotes.")


def check_schedule(schedule: str) -> None:
    """Raise AliyunError for a schedule that is no Quartz expression."""
    if not schedule.strip():
        raise AliyunError("schedule must not be blank; leave it out to keep the one that is set.")
    from .._openapi.quartz import parse_quartz  # late: only one module has a schedule

    try:
        parse_quartz(schedule)
    except ValueError as error:
        raise AliyunError(
            f"schedule must be a Quartz expression, such as '0 0 01 ? * * *' for every day at 01:00: {error}."
        ) from None


def check_version(option: str, version: str) -> None:
    """Raise AliyunError for a version that no instance can have ("UpgradeEngineVersion", parameter version)."""
    if not re.fullmatch(r"[0-9A-Za-z.]{1,64}", version):
        raise AliyunError(f"{option} must consist of letters, digits and '.', as in '8.17.0', without a suffix.")


def check_transport(options: Mapping[str, Any]) -> None:
    """Raise AliyunError for a value of ``transport`` that the argument spec lets through and that cannot work."""
    for name in ("connect_timeout", "read_timeout"):
        check_seconds(options, name, MAX_SECONDS)
    if not 0 <= options["retry_max_delay"] <= MAX_SECONDS:
        raise AliyunError(
            f"retry_max_delay must be from 0 to {MAX_SECONDS} seconds, not {options['retry_max_delay']:g}."
        )
    if not 0 <= options["retries"] <= MAX_RETRIES:
        raise AliyunError(f"retries must be from 0 to {MAX_RETRIES}, not {options['retries']}.")


def check_cluster(options: Mapping[str, Any]) -> None:
    """Raise AliyunError for values of ``cluster`` that cannot work, or that do not go together."""
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
    if options["cluster_url"]:
        base_url("cluster_url", options["cluster_url"])
    check_name("repository", options["repository"])


def check_seconds(options: Mapping[str, Any], name: str, maximum: float) -> None:
    """Raise AliyunError for an option that is not more than 0 and at most ``maximum`` seconds."""
    if not 0 < options[name] <= maximum:
        raise AliyunError(f"{name} must be more than 0 and at most {maximum:g} seconds, not {options[name]:g}.")


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

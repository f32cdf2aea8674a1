# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection; it can change at any time.

"""Find credentials in exactly one place: the task, a profile, the environment, or the official default chain."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ansible_collections.aliyun.elasticsearch.plugins.module_utils._environment import first_set
from ansible_collections.aliyun.elasticsearch.plugins.module_utils._errors import AliyunError

if TYPE_CHECKING:  # pragma: no cover
    from collections.abc import Mapping

KEY_VARIABLES = (
    ("ALIBABA_CLOUD_ACCESS_KEY_ID", "ALIBABA_CLOUD_ACCESS_KEY_SECRET", "ALIBABA_CLOUD_SECURITY_TOKEN"),
    ("ALICLOUD_ACCESS_KEY", "ALICLOUD_SECRET_KEY", "ALICLOUD_SECURITY_TOKEN"),
)
PROFILE_VARIABLES = ("ALIBABA_CLOUD_PROFILE", "ALICLOUD_PROFILE")

PACKAGE_SECONDS = 30.0


class Credentials:
    """An access key pair, with a security token where it is temporary; it never shows its secrets by itself."""

    def __init__(self, access_key_id: str, access_key_secret: str, security_token: str | None = None) -> None:
        self.access_key_id = access_key_id
        self.access_key_secret = access_key_secret
        self.security_token = security_token

    @property
    def secrets(self) -> list[str]:
        """What must never be shown."""
        return [secret for secret in (self.access_key_secret, self.security_token) if secret]


def find_credentials(
    options: Mapping[str, str | None], environ: Mapping[str, str], package_seconds: float = PACKAGE_SECONDS
) -> Credentials:
    """Return the credentials from the first place that has any; a blank value counts as not given.

    The places: the options C(access_key_id), C(access_key_secret) and C(security_token); the option C(profile);
    the key pairs of KEY_VARIABLES; the profile that PROFILE_VARIABLES name; the official package's default chain.
    The last two and the option C(profile) need that package, which is given C(package_seconds).
    Raises AliyunError for half a pair, for characters that no key has, and where nothing is found.
    """
    names = ("access_key_id", "access_key_secret", "security_token")
    found = _key_pair({name: options.get(name) or "" for name in names}, "task option", token_alone_is_half=True)
    if found:
        return found
    before = "the task's options access_key_id, access_key_secret and profile"
    profile = (options.get("profile") or "").strip()
    if not profile:
        for variables in KEY_VARIABLES:
            found = _key_pair({name: environ.get(name, "") for name in variables}, "environment variable")
            if found:
                return found
        profile = first_set(environ, PROFILE_VARIABLES) or ""
        pairs = ", ".join(f"{key_id} with {secret}" for key_id, secret, _token in KEY_VARIABLES)
        before += f", the environment variables {pairs}"
    from ansible_collections.aliyun.elasticsearch.plugins.module_utils._official_credentials import ask_package

    return ask_package(profile, package_seconds, before)


def _key_pair(values: Mapping[str, str], kind: str, *, token_alone_is_half: bool = False) -> Credentials | None:
    (id_name, key_id), (secret_name, secret), (token_name, token) = values.items()
    key_id, secret, token = key_id.strip(), secret.strip(), token.strip()
    if not key_id and not secret and not (token and token_alone_is_half):
        return None
    missing = [name for name, value in ((id_name, key_id), (secret_name, secret)) if not value]
    if missing:
        given = [name for name, value in ((id_name, key_id), (secret_name, secret), (token_name, token)) if value]
        raise AliyunError(
            f"Half a key pair: the {kind} {' and '.join(given)} is set, {' and '.join(missing)} is missing or blank. "
            "Credentials are never mixed from several places."
        )
    for name, value in ((id_name, key_id), (secret_name, secret), (token_name, token)):
        if not is_printable(value):
            raise AliyunError(f"The {kind} {name} holds white space or characters that are not printable ASCII.")
    return Credentials(key_id, secret, token or None)


def is_printable(value: str) -> bool:
    """Whether a text is printable ASCII without white space, as keys and tokens are."""
    return all("!" <= char <= "~" for char in value)

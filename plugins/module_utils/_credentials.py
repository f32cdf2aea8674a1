# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection; it can change at any time.

"""Find credentials in exactly one place: the task, a profile, the environment, or the official default chain."""

from __future__ import annotations

import logging
import re
from typing import TYPE_CHECKING, Any

from ansible.module_utils.basic import missing_required_lib

from ansible_collections.aliyun.elasticsearch.plugins.module_utils._deadline import call_within
from ansible_collections.aliyun.elasticsearch.plugins.module_utils._environment import first_set
from ansible_collections.aliyun.elasticsearch.plugins.module_utils._errors import AliyunError
from ansible_collections.aliyun.elasticsearch.plugins.module_utils._text import Cleaner

if TYPE_CHECKING:  # pragma: no cover
    from collections.abc import Callable, Mapping

KEY_VARIABLES = (
    ("ALIBABA_CLOUD_ACCESS_KEY_ID", "ALIBABA_CLOUD_ACCESS_KEY_SECRET", "ALIBABA_CLOUD_SECURITY_TOKEN"),
    ("ALICLOUD_ACCESS_KEY", "ALICLOUD_SECRET_KEY", "ALICLOUD_SECURITY_TOKEN"),
)
PROFILE_VARIABLES = ("ALIBABA_CLOUD_PROFILE", "ALICLOUD_PROFILE")

PACKAGE = "alibabacloud-credentials"
PACKAGE_SECONDS = 30.0

# Where answers, commands, URLs and, by configparser, lines of files begin in the texts of errors.
_QUOTES = re.compile(
    r"\(?http_code|results?:|stderr|external command|output:|with url|[{<]|\w+://"
    r"|no section headers|parsing errors|must be followed|already exists|\bline:",
    re.IGNORECASE,
)
_LONGEST_QUOTE = 1000
_LONGEST_NAME = 100


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
    the key pairs of KEY_VARIABLES; the profile that PROFILE_VARIABLES name; the default chain of PACKAGE.
    The last two and the option C(profile) need PACKAGE, which is given C(package_seconds).
    Raises AliyunError for half a pair, for characters that no key has, and where nothing is found.
    """
    names = ("access_key_id", "access_key_secret", "security_token")
    found = _key_pair({name: options.get(name) or "" for name in names}, "task option", token_alone_is_half=True)
    if found:
        return found
    profile = (options.get("profile") or "").strip()
    if not profile:
        for variables in KEY_VARIABLES:
            found = _key_pair({name: environ.get(name, "") for name in variables}, "environment variable")
            if found:
                return found
        profile = first_set(environ, PROFILE_VARIABLES) or ""
    if profile:
        place = f"profile {Cleaner()(profile, _LONGEST_NAME)!r}"
        return _ask_package(lambda: _from_profile(profile), place, package_seconds)
    return _ask_package(_from_default_chain, "default credential chain", package_seconds)


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
        if not _is_printable(value):
            raise AliyunError(f"The {kind} {name} holds white space or characters that are not printable ASCII.")
    return Credentials(key_id, secret, token or None)


def _is_printable(value: str) -> bool:
    return all("!" <= char <= "~" for char in value)


def _ask_package(load: Callable[[], Credentials], place: str, seconds: float) -> Credentials:
    looked_at = (
        "No usable credentials were found. Looked at: the task's options access_key_id, access_key_secret and profile, "
        f"the environment variables {', '.join(f'{names[0]} with {names[1]}' for names in KEY_VARIABLES)}, the {place}."
    )
    try:
        return call_within(seconds, load)
    except ImportError:
        raise AliyunError(f"{looked_at} The last one needs a library. {missing_required_lib(PACKAGE)}") from None
    except TimeoutError:
        raise AliyunError(f"{looked_at} It did not answer within {seconds:g} s.") from None
    except Exception as error:  # the package lets through whatever its HTTP, file and JSON helpers raise
        raise AliyunError(f"{looked_at} It said: {_harmless(error)}") from None


def _harmless(error: Exception) -> str:
    # The package and its helpers quote answers, URLs, commands and lines of files, and these can hold keys and tokens.
    kind = error.__class__
    if kind is not ValueError and not kind.__module__.startswith(("alibabacloud_credentials", __name__)):
        return kind.__name__
    said, *rest = _QUOTES.split(str(error).rpartition("any of the providers in the chain: ")[2], maxsplit=1)
    return Cleaner()(said, _LONGEST_QUOTE) + (" …" if rest else "")


class _NoCredentials(Exception):
    """What is said of each place that was looked at."""


def _from_profile(name: str) -> Credentials:
    _make_package_quiet()
    from alibabacloud_credentials.provider import CLIProfileCredentialsProvider, ProfileCredentialsProvider

    _forget_key_variables()
    said = []
    for provider in (CLIProfileCredentialsProvider, ProfileCredentialsProvider):
        try:
            return _converted(provider(profile_name=name).get_credentials())
        except Exception as error:  # see _ask_package
            said.append(_harmless(error))
    raise _NoCredentials("; ".join(said))


def _from_default_chain() -> Credentials:
    _make_package_quiet()
    from alibabacloud_credentials.provider import DefaultCredentialsProvider

    _forget_key_variables()
    return _converted(DefaultCredentialsProvider().get_credentials())


def _make_package_quiet() -> None:
    # It logs answers and credentials to stderr, which Ansible can show.
    for name in ("credentials", "apscheduler.scheduler", "apscheduler.executors.default"):
        logging.getLogger(name).disabled = True


def _forget_key_variables() -> None:
    # Left alone, the package completes half a profile with a key or a token from the environment.
    from alibabacloud_credentials.utils import auth_util

    auth_util.environment_access_key_id = None
    auth_util.environment_access_key_secret = None
    auth_util.environment_security_token = None


def _converted(found: Any) -> Credentials:
    parts = [found.get_access_key_id(), found.get_access_key_secret(), found.get_security_token() or ""]
    if not all(isinstance(part, str) and _is_printable(part) for part in parts) or not (parts[0] and parts[1]):
        raise _NoCredentials("the access key pair or the security token is not one")
    return Credentials(parts[0], parts[1], parts[2] or None)

# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection; it can change at any time.

"""Credentials that the official package finds: in profiles, or with its default chain."""

from __future__ import annotations

import logging
import re
from typing import Any

from ansible.module_utils.basic import missing_required_lib

from ansible_collections.aliyun.elasticsearch.plugins.module_utils._credentials import Credentials, is_printable
from ansible_collections.aliyun.elasticsearch.plugins.module_utils._deadline import call_within
from ansible_collections.aliyun.elasticsearch.plugins.module_utils._errors import AliyunError
from ansible_collections.aliyun.elasticsearch.plugins.module_utils._text import Cleaner

PACKAGE = "alibabacloud-credentials"

# Where answers, commands, URLs and, by configparser, lines of files begin in the texts of errors.
_QUOTES = re.compile(
    r"\(?http_code|results?:|stderr|external command|output:|with url|[{<]|\w+://"
    r"|no section headers|parsing errors|must be followed|already exists|\bline:",
    re.IGNORECASE,
)
_LONGEST_QUOTE = 1000
_LONGEST_NAME = 100


def ask_package(profile: str, seconds: float, before: str) -> Credentials:
    """Return the credentials of a profile, or without one those of the package's default chain.

    Raises AliyunError where it finds none, is not installed, or has no answer within C(seconds); C(before) is what
    has been looked at before, as its message says.
    Source: alibabacloud-credentials, "Default credential provider chain".
    """
    place = f"profile {Cleaner()(profile, _LONGEST_NAME)!r}" if profile else "default credential chain"
    looked_at = f"No usable credentials were found where the module runs. Looked at: {before}, the {place}."
    try:
        return call_within(seconds, lambda: _from_profile(profile) if profile else _from_default_chain())
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
        except Exception as error:  # see ask_package
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
    if not all(isinstance(part, str) and is_printable(part) for part in parts) or not (parts[0] and parts[1]):
        raise _NoCredentials("the access key pair or the security token is not one")
    return Credentials(parts[0], parts[1], parts[2] or None)

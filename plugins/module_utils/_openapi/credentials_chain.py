# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection; it can change at any time.

"""Credentials that the official package finds: in profiles, or with its default chain."""

from __future__ import annotations

import json
import logging
import re
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from .._errors import AliyunError
from .._http.transport import call_within
from .._redaction import Redactor
from .client import is_region
from .credentials import Credentials, is_printable

if TYPE_CHECKING:  # pragma: no cover
    from collections.abc import Iterator

PACKAGE = "alibabacloud-credentials"
CLI_FILE = "~/.aliyun/config.json"

# It logs responses and credentials to stderr, which Ansible can show.
_LOGGERS = ("credentials", "apscheduler.scheduler", "apscheduler.executors.default")
# Left alone, it completes half a profile with a key or a token from the environment.
_VARIABLES = ("environment_access_key_id", "environment_access_key_secret", "environment_security_token")
# Where responses, commands, URLs and, by configparser, lines of files begin in the texts of errors.
_QUOTES = re.compile(
    r"\(?http_code|results?:|stderr|external command|output:|with url|[{<]|\w+://"
    r"|no section headers|parsing errors|must be followed|already exists|\bline:",
    re.IGNORECASE,
)
_MAX_QUOTE = 1000
# A call that was given up on may still run when the next one notes how loggers and variables were before.
_one_at_a_time = threading.Lock()


def default_chain(profile: str, seconds: float) -> Credentials:
    """Return the credentials of a profile, or without one those of the package's default chain.

    Raises AliyunError where it finds none, cannot be imported or has no answer within ``seconds``, and
    ModuleNotFoundError without the package.
    Source: alibabacloud-credentials, "Default credential provider chain".
    """
    try:
        return call_within(seconds, lambda: _from_profile(profile) if profile else _from_default_chain())
    except _ImportFailed as failed:
        from .._http.network_errors import error_from_import

        raise error_from_import(failed.error, PACKAGE, "alibabacloud_credentials") from None
    except AliyunError:
        raise
    except TimeoutError:
        raise AliyunError(f"It did not answer within {seconds:g} s.") from None
    except Exception as error:  # the package lets through whatever its HTTP, file and JSON helpers raise
        raise AliyunError(f"It said: {_safe_message(error)}") from None


def _safe_message(error: Exception) -> str:
    # The package and its helpers quote responses, URLs, commands and lines of files, which can hold keys and tokens.
    kind = error.__class__
    if kind is not ValueError and not kind.__module__.startswith(("alibabacloud_credentials", __name__)):
        return kind.__name__
    message, *rest = _QUOTES.split(str(error).rpartition("any of the providers in the chain: ")[2], maxsplit=1)
    return Redactor()(message, _MAX_QUOTE) + (" …" if rest else "")


def cli_region(profile: str, home: str) -> str | None:
    """Return the region that a profile of the CLI names, None where it, or the file below ``home``, names none.

    Source: Alibaba Cloud CLI, "Configure credentials" (``region_id``); alibabacloud-credentials, CLI profile provider.
    """
    try:
        with open(CLI_FILE.replace("~", home, 1), encoding="utf-8") as file:
            profiles = json.load(file)["profiles"]
        regions = [entry.get("region_id") for entry in profiles if entry.get("name") == profile]
    except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return None
    return regions[0] if regions and isinstance(regions[0], str) and is_region(regions[0]) else None


class _ImportFailed(Exception):
    """The package cannot be imported, for the reason that ``error`` tells."""

    def __init__(self, error: Exception) -> None:
        super().__init__()
        self.error = error


class _NoCredentials(Exception):
    """What is said of each place that was looked at."""


def _from_profile(name: str) -> Credentials:
    with _one_at_a_time, _silenced_package() as package:
        messages = []
        for provider in (package.CLIProfileCredentialsProvider, package.ProfileCredentialsProvider):
            try:
                return _converted(provider(profile_name=name).get_credentials())
            except Exception as error:  # see default_chain
                messages.append(_safe_message(error))
        raise _NoCredentials("; ".join(messages))


def _from_default_chain() -> Credentials:
    with _one_at_a_time, _silenced_package() as package:
        return _converted(package.DefaultCredentialsProvider().get_credentials())


@contextmanager
def _silenced_package() -> Iterator[Any]:
    """Yield the package's providers; it logs nothing and reads no keys from the environment within the block."""
    loggers = {logging.getLogger(name): logging.getLogger(name).disabled for name in _LOGGERS}
    for logger in loggers:
        logger.disabled = True
    try:
        try:
            from alibabacloud_credentials import provider
            from alibabacloud_credentials.utils import auth_util
        except Exception as error:  # whatever a broken installation raises
            raise _ImportFailed(error) from None
        variables = {name: getattr(auth_util, name, None) for name in _VARIABLES}
        try:
            vars(auth_util).update(dict.fromkeys(_VARIABLES))
            yield provider
        finally:
            vars(auth_util).update(variables)
    finally:
        for logger, was_disabled in loggers.items():
            logger.disabled = was_disabled


def _converted(found: Any) -> Credentials:
    parts = [found.get_access_key_id(), found.get_access_key_secret(), found.get_security_token() or ""]
    if not all(isinstance(part, str) and is_printable(part) for part in parts) or not (parts[0] and parts[1]):
        raise _NoCredentials("the access key pair or the security token is not one")
    return Credentials(parts[0], parts[1], parts[2] or None)

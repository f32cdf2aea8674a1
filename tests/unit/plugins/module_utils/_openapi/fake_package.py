# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A package in the place of alibabacloud-credentials."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

NAME = "alibabacloud_credentials"
LOGGERS = ("credentials", "apscheduler.scheduler", "apscheduler.executors.default")


class FakePackage:
    """What it was asked for, as provider and profile, and what each provider finds: ``cli``, ``ini`` or ``chain``.

    While it is asked, the keys of the environment have to be out of its reach, and its loggers disabled.
    """

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.asked: list[tuple[str, str | None]] = []
        self.finds: dict[str, Callable[[], Any]] = {}
        self.variables = SimpleNamespace(
            environment_access_key_id="environment's",
            environment_access_key_secret="environment's",
            environment_security_token="environment's",
        )
        provider = ModuleType(f"{NAME}.provider")
        provider.CLIProfileCredentialsProvider = self._provider("cli")  # type: ignore[attr-defined]
        provider.ProfileCredentialsProvider = self._provider("ini")  # type: ignore[attr-defined]
        provider.DefaultCredentialsProvider = self._provider("chain")  # type: ignore[attr-defined]
        utils = ModuleType(f"{NAME}.utils")
        utils.auth_util = self.variables  # type: ignore[attr-defined]
        monkeypatch.setitem(sys.modules, NAME, ModuleType(NAME))
        monkeypatch.setitem(sys.modules, f"{NAME}.provider", provider)
        monkeypatch.setitem(sys.modules, f"{NAME}.utils", utils)

    def state(self) -> tuple[dict[str, Any], list[bool]]:
        """Return the package's variables, and whether each of its loggers is disabled."""
        return dict(vars(self.variables)), [logging.getLogger(name).disabled for name in LOGGERS]

    def _provider(self, kind: str) -> Callable[..., Any]:
        def create(profile_name: str | None = None) -> Any:
            self.asked.append((kind, profile_name))
            variables, disabled = self.state()
            assert set(variables.values()) == {None}, "the package would mix in keys of the environment"
            assert disabled == [True] * 3, "the package would log"
            return SimpleNamespace(get_credentials=self.finds.get(kind, nothing))

        return create


def nothing() -> None:
    raise ValueError("nothing here")


def fails(error: Exception) -> Callable[[], Any]:
    """Return a provider's get_credentials that raises the error."""

    def fail() -> None:
        raise error

    return fail


def finds(access_key_id: Any, access_key_secret: Any, security_token: Any = None) -> Callable[[], Any]:
    """Return a provider's get_credentials that finds these."""
    found = SimpleNamespace(
        get_access_key_id=lambda: access_key_id,
        get_access_key_secret=lambda: access_key_secret,
        get_security_token=lambda: security_token,
    )
    return lambda: found


def remove_package(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the package be not installed."""
    for name in (NAME, f"{NAME}.provider", f"{NAME}.utils"):
        monkeypatch.setitem(sys.modules, name, None)

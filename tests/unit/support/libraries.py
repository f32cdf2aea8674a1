# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Libraries that cannot be imported."""

from __future__ import annotations

import sys
from typing import Any

import pytest


def remove_requests(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let requests be not installed."""
    monkeypatch.setitem(sys.modules, "requests", None)


def break_library(monkeypatch: pytest.MonkeyPatch, module: str, error: Exception) -> None:
    """Let the import of a library raise an error."""

    class Finder:
        @staticmethod
        def find_spec(name: str, *_arguments: Any) -> None:
            if name == module:
                raise error

    for name in list(sys.modules):
        if name.split(".")[0] == module:
            monkeypatch.delitem(sys.modules, name)
    monkeypatch.setattr(sys, "meta_path", [Finder, *sys.meta_path])

# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterator
from typing import Any
from unittest import mock

import pytest
from ansible.module_utils import basic

try:
    from ansible.module_utils.testing import patch_module_args
except ImportError:  # ansible-core before 2.17 or so

    @contextlib.contextmanager
    def patch_module_args(args: dict[str, Any] | None = None) -> Iterator[None]:
        arguments = json.dumps({"ANSIBLE_MODULE_ARGS": args or {}}).encode()
        with mock.patch.object(basic, "_ANSIBLE_ARGS", arguments):
            yield


RunModule = Callable[..., "dict[str, Any]"]


@pytest.fixture
def run_module(capsys: pytest.CaptureFixture[str]) -> RunModule:
    """Run a module's main with options, return what it prints; ``failed`` is always there and agrees with the status.

    It writes into the syslog only with ``logs``.
    """

    def run(
        main: Callable[[], None], options: dict[str, Any], *, check_mode: bool = False, logs: bool = False
    ) -> dict[str, Any]:
        capsys.readouterr()
        more = {"_ansible_check_mode": check_mode, "_ansible_no_log": not logs}
        with patch_module_args({**options, **more}), pytest.raises(SystemExit) as ended:
            main()
        printed = capsys.readouterr()
        assert printed.err == ""
        result: dict[str, Any] = json.loads(printed.out)
        assert bool(ended.value.code) == result.setdefault("failed", False)
        assert "exception" not in result
        result["printed"] = printed.out
        return result

    return run

# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Modules in the tests' own process, and a plugin that clients are built for, without Ansible."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any
from unittest import mock

import pytest
from ansible.module_utils import basic

from ansible_collections.aliyun.elasticsearch.plugins.module_utils._plugin import options as groups

try:
    from ansible.module_utils.testing import patch_module_args
except ImportError:  # ansible-core before 2.17 or so

    @contextlib.contextmanager
    def patch_module_args(args: dict[str, Any] | None = None) -> Iterator[None]:
        arguments = json.dumps({"ANSIBLE_MODULE_ARGS": args or {}}).encode()
        with mock.patch.object(basic, "_ANSIBLE_ARGS", arguments):
            yield


KEYS = {"ALIBABA_CLOUD_ACCESS_KEY_ID": "an-id", "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "a-secret"}


class FakeCaller:
    """What ``connect`` needs of a plugin (``Caller``), with the shared options; it keeps what it is told."""

    user_agent = "ansible-core/2.99"

    def __init__(self, environ: Mapping[str, str] | None = None, **options: Any) -> None:
        spec = groups.spec(groups.instance, groups.credentials, groups.connection, groups.transport, groups.cluster)
        defaults = {name: option.get("default") for name, option in spec.items()}
        self.options: Mapping[str, Any] = {**defaults, "instance_id": "es-1", "region": "r-1", **options}
        self.environ: Mapping[str, str] = KEYS if environ is None else environ
        self.masked: set[str] = set()
        self.warnings: list[str] = []

    def warn(self, text: str) -> None:
        self.warnings.append(text)

    def mask(self, secret: str) -> None:
        self.masked.add(secret)


def run_main(
    main: Callable[[], None],
    capsys: pytest.CaptureFixture[str],
    options: Mapping[str, Any],
    *,
    check_mode: bool = False,
) -> dict[str, Any]:
    """Run the main function of a module with options, and return its result as a task registers it."""
    capsys.readouterr()
    more = {"_ansible_check_mode": check_mode, "_ansible_no_log": True}
    with patch_module_args({**more, **options}), pytest.raises(SystemExit) as ended:
        main()
    printed = capsys.readouterr()
    assert printed.err == ""
    result: dict[str, Any] = json.loads(printed.out)
    assert bool(ended.value.code) == result.setdefault("failed", False)
    result.pop("_ansible_new_secrets", None)  # for ansible-core 2.22 and newer, which registers the rest
    return result

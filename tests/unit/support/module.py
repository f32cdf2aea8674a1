# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A plugin that clients are built for, without Ansible."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ansible_collections.aliyun.elasticsearch.plugins.module_utils._plugin import options as groups

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

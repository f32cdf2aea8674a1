# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""An AnsibleModule with the shared options, as far as the module utils need one."""

from __future__ import annotations

from typing import Any

from ansible_collections.aliyun.elasticsearch.plugins.module_utils import _options

KEYS = {"ALIBABA_CLOUD_ACCESS_KEY_ID": "an-id", "ALIBABA_CLOUD_ACCESS_KEY_SECRET": "a-secret"}


class StandIn:
    """What the module utils need of an AnsibleModule."""

    ansible_version = "2.99"

    def __init__(self, **options: Any) -> None:
        spec = {**_options.instance(), **_options.credentials(), **_options.connection(), **_options.cluster()}
        defaults = {name: option.get("default") for name, option in spec.items()}
        self.params = {**defaults, "instance_id": "es-1", "region": "r-1", **options}
        self.no_log_values: set[str] = set()
        self.warnings: list[str] = []

    def warn(self, text: str) -> None:
        self.warnings.append(text)

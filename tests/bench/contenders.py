# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The tasks that are compared, each as often as it is asked for."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import requests

from ansible_collections.aliyun.elasticsearch.plugins.module_utils.signing import Acs3Auth

Task = dict[str, Any]


def contenders(endpoint: str, ca_path: str, instance_id: str, account: dict[str, str]) -> dict[str, Callable[[], Task]]:
    """Return by name how to make the next task of each contender; C(ping) is the floor of any module."""

    def uri() -> Task:
        """What people do by hand: headers that somebody has signed before, each good for one request."""
        url = f"{endpoint}/openapi/instances/{instance_id}/snapshots"
        signer = Acs3Auth(**account, action="CreateSnapshot", version="2017-06-13")
        signed = requests.Request("POST", url, params={"ClientToken": uuid.uuid4().hex}, auth=signer).prepare()
        headers = {name: value for name, value in signed.headers.items() if name != "Content-Length"}
        arguments = {"url": signed.url, "method": "POST", "headers": headers, "ca_path": ca_path}
        return {"ansible.builtin.uri": {**arguments, "return_content": True}}

    return {
        "ping": lambda: {"ansible.builtin.ping": {}},
        "es_snapshot": lambda: {"aliyun.elasticsearch.es_snapshot": {"instance_id": instance_id}},
        "uri": uri,
        "sdk": lambda: {"sdk_create_snapshot": {"instance_id": instance_id}},
    }

# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The tasks that are compared, each as often as it is asked for."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Callable
from datetime import datetime, timezone
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

from alibabacloud_tea_openapi.utils import Utils

ALGORITHM = "ACS3-HMAC-SHA256"

Task = dict[str, Any]


def contenders(endpoint: str, ca_path: str, instance_id: str, account: dict[str, str]) -> dict[str, Callable[[], Task]]:
    """Return by name how to make the next task of each contender.

    C(ping) is the floor of any module, C(requests) that of any module on requests.
    """

    def uri() -> Task:
        """What people do by hand: headers that somebody has signed before, each good for one request."""
        path, query = f"/openapi/instances/{instance_id}/snapshots", {"ClientToken": uuid.uuid4().hex}
        headers = {
            "host": urlsplit(endpoint).netloc,
            "x-acs-action": "CreateSnapshot",
            "x-acs-content-sha256": hashlib.sha256().hexdigest(),
            "x-acs-date": datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "x-acs-signature-nonce": uuid.uuid4().hex,
            "x-acs-version": "2017-06-13",
        }
        request = SimpleNamespace(method="POST", pathname=path, query=query, headers=headers)
        keys = (account["access_key_id"], account["access_key_secret"])
        signed = Utils.get_authorization(request, ALGORITHM, headers["x-acs-content-sha256"], *keys)
        url = f"{endpoint}{path}?ClientToken={query['ClientToken']}"
        arguments = {"url": url, "method": "POST", "ca_path": ca_path, "return_content": True}
        return {"ansible.builtin.uri": {**arguments, "headers": {**headers, "Authorization": signed}}}

    return {
        "ping": lambda: {"ansible.builtin.ping": {}},
        "es_snapshot": lambda: {"aliyun.elasticsearch.es_snapshot": {"instance_id": instance_id}},
        "uri": uri,
        "requests": lambda: {"bare_requests": {"instance_id": instance_id}},
        "sdk": lambda: {"sdk_create_snapshot": {"instance_id": instance_id}},
    }

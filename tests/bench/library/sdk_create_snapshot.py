# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""What es_snapshot would be, were it written on the official SDK; only for C(make bench)."""

from __future__ import annotations

import os
import uuid
from urllib.parse import urlsplit

from ansible.module_utils.basic import AnsibleModule


def main() -> None:
    """Call CreateSnapshot with credentials and endpoint from the environment."""
    module = AnsibleModule(argument_spec={"instance_id": {"type": "str", "required": True}})
    from alibabacloud_elasticsearch20170613.client import Client
    from alibabacloud_elasticsearch20170613.models import CreateSnapshotRequest
    from alibabacloud_tea_openapi.models import Config
    from darabonba.runtime import RuntimeOptions

    runtime = RuntimeOptions(ca=os.environ["REQUESTS_CA_BUNDLE"])
    client = Client(
        Config(
            access_key_id=os.environ["ALIBABA_CLOUD_ACCESS_KEY_ID"],
            access_key_secret=os.environ["ALIBABA_CLOUD_ACCESS_KEY_SECRET"],
            endpoint=urlsplit(os.environ["ALIBABA_CLOUD_ENDPOINT_ELASTICSEARCH"]).netloc,
            region_id="cn-hangzhou",
        )
    )
    request = CreateSnapshotRequest(client_token=str(uuid.uuid4()))
    body = client.create_snapshot_with_options(module.params["instance_id"], request, {}, runtime).body
    if body.result is not True:
        module.fail_json(msg="no snapshot")
    module.exit_json(changed=True, request_id=body.request_id)


if __name__ == "__main__":
    main()

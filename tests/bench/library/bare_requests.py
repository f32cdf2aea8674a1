# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The least that a module on requests can be: one unsigned request, which is refused; only for C(make bench)."""

from __future__ import annotations

import os

from ansible.module_utils.basic import AnsibleModule


def main() -> None:
    """Send one request to the endpoint of the environment, whatever it answers."""
    module = AnsibleModule(argument_spec={"instance_id": {"type": "str", "required": True}})
    import requests

    endpoint, ca_path = os.environ["ALIBABA_CLOUD_ENDPOINT_ELASTICSEARCH"], os.environ["REQUESTS_CA_BUNDLE"]
    url = f"{endpoint}/openapi/instances/{module.params['instance_id']}/snapshots"
    answer = requests.post(url, verify=ca_path, timeout=30)
    module.exit_json(changed=False, status=answer.status_code)


if __name__ == "__main__":
    main()

# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Read all snapshots of a repository with one verbose list, as the Get snapshot API invites to do."""

from __future__ import annotations

import requests
from ansible.module_utils.basic import AnsibleModule


def main() -> None:
    module = AnsibleModule({"url": {"type": "str"}, "username": {"type": "str"}, "password": {"no_log": True}})
    options = module.params
    response = requests.get(options["url"], auth=(options["username"], options["password"]), timeout=600)
    module.exit_json(snapshots=len(response.json()["snapshots"]))


if __name__ == "__main__":
    main()

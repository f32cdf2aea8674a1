# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    # One to one with credentials() in plugins/module_utils/_plugin/options.py.
    DOCUMENTATION = r"""
options:
  access_key_id:
    description:
      - The AccessKey ID of the RAM user, or of the temporary credentials.
      - Without it, the credentials come from O(profile), else from E(ALIBABA_CLOUD_ACCESS_KEY_ID),
        E(ALIBABA_CLOUD_ACCESS_KEY_SECRET) and E(ALIBABA_CLOUD_SECURITY_TOKEN), else from E(ALICLOUD_ACCESS_KEY),
        E(ALICLOUD_SECRET_KEY) and E(ALICLOUD_SECURITY_TOKEN), else from the profile that E(ALIBABA_CLOUD_PROFILE) or
        E(ALICLOUD_PROFILE) names, else from the default chain of the Python library C(alibabacloud-credentials), where
        that is installed. They are never mixed, and a blank value counts as not given.
    type: str
    aliases: [alicloud_access_key]
  access_key_secret:
    description: The AccessKey secret that belongs to O(access_key_id).
    type: str
    aliases: [alicloud_secret_key]
  security_token:
    description: The security token that belongs to O(access_key_id), when the credentials are temporary (STS).
    type: str
    aliases: [alicloud_security_token]
  profile:
    description:
      - The name of a profile in the credentials file of the Alibaba Cloud CLI (C(~/.aliyun/config.json)), or else in
        that of the Alibaba Cloud SDKs (C(~/.alibabacloud/credentials.ini)). O(access_key_id) wins over it.
      - Needs the Python library C(alibabacloud-credentials), which is given 30 seconds.
    type: str
notes:
  - Do not write a secret into a task or an ad hoc line, only the name of a variable. ansible-core itself quotes the
    arguments of a failed ad hoc line (seen with 2.19), and no module can mask that.
  - Environment variables and credentials files are read where the module or plugin runs. For a module, that is the host
    of the task and not the controller.
"""

# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    # One to one with connection() in plugins/module_utils/_plugin/options.py.
    DOCUMENTATION = r"""
options:
  region:
    description:
      - The ID of the region that the instance is in, as in V(cn-hangzhou). Not needed with an O(endpoint).
      - Without it, the first of the environment variables E(ALIBABA_CLOUD_REGION_ID), E(ALIBABA_CLOUD_REGION) and
        E(ALICLOUD_REGION) that is set, else the C(region_id) that the profile in use has in the file of the Alibaba
        Cloud CLI.
    type: str
    aliases: [region_id, alicloud_region]
  network:
    description:
      - Which endpoint of O(region) is asked, V(public), which is C(elasticsearch.<region>.aliyuncs.com), or V(vpc),
        which is C(elasticsearch-vpc.<region>.aliyuncs.com) and is reached from within a VPC of that region.
    type: str
    choices: [public, vpc]
    default: public
  endpoint:
    description:
      - A host, C(host:port) or URL to ask in place of the region's endpoint. It is asked by HTTPS unless it begins with
        C(http://), which gives a warning for any host but this one.
      - Without it, the environment variable E(ALIBABA_CLOUD_ENDPOINT_ELASTICSEARCH), where that is set.
    type: str
"""

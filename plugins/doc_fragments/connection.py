# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    # One to one with connection() in plugins/module_utils/_plugin/options.py.
    DOCUMENTATION = r"""
options:
  region:
    description:
      - The ID of the region that the instance is in, as in V(cn-hangzhou). Lower-case letters, digits and C(-) only.
        Required unless there is an O(endpoint) or a profile that names it.
      - Without it, the first of the environment variables E(ALIBABA_CLOUD_REGION_ID), E(ALIBABA_CLOUD_REGION) and
        E(ALICLOUD_REGION) that is set and not blank.
      - Where these and O(endpoint) are missing too, the region that the profile in use names as C(region_id) in the
        file of the Alibaba Cloud CLI (C(~/.aliyun/config.json)). That is the profile that O(profile) names or, where
        the credentials come from it, the one that E(ALIBABA_CLOUD_PROFILE) or E(ALICLOUD_PROFILE) names.
      - The region is not checked against a list, so new regions work.
    type: str
    aliases: [region_id, alicloud_region]
  network:
    description:
      - Which endpoint of O(region) is asked. V(public) is C(elasticsearch.<region>.aliyuncs.com), V(vpc) is
        C(elasticsearch-vpc.<region>.aliyuncs.com), which is reached from within a VPC of that region.
    type: str
    choices: [public, vpc]
    default: public
  endpoint:
    description:
      - The endpoint to ask in place of the one that O(region) and O(network) stand for, as a host, as C(host:port) or
        as a URL of these. It is asked by HTTPS unless it begins with C(http://), which gives a warning for any other
        host than this one.
      - Without it, the environment variable E(ALIBABA_CLOUD_ENDPOINT_ELASTICSEARCH), where that is set and not blank.
    type: str
"""

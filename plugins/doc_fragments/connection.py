# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

_TRANSPORT = r"""
  validate_certs:
    description:
      - Whether the certificate of the endpoint has to verify.
    type: bool
    default: true
  ca_path:
    description:
      - The path of a file or directory with the CA certificates to verify the endpoint's certificate against.
      - Without it, those of the Python library C(requests), or those that E(REQUESTS_CA_BUNDLE) or E(CURL_CA_BUNDLE)
        name.
    type: path
  connect_timeout:
    description:
      - How long to wait for a connection, in seconds, at each attempt. More than 0 and at most 86400.
    type: float
    default: 5
  read_timeout:
    description:
      - How long to wait for the response, in seconds, at each attempt. More than 0 and at most 86400. An attempt never
        takes longer than this and O(connect_timeout) together.
    type: float
    default: 30
  retries:
    description:
      - How many times a request is sent again after the first attempt. From 0 to 100.
      - Sent again is what got no response, what was throttled, what met a server error (HTTP 500, 502, 503 and 504) and
        what met a state of the instance that passes. Each attempt has a new nonce, date and signature.
    type: int
    default: 5
  retry_max_delay:
    description:
      - The longest wait between two attempts, in seconds. From 0 to 86400.
      - The waits begin at half a second to a second, and double. Where the API says how long to wait
        (C(x-acs-retry-after)), that is waited, within this limit.
    type: float
    default: 20
requirements:
  - python >= 3.9
  - requests >= 2.25.1
  - alibabacloud-credentials, for profiles, RAM roles, OIDC and the like only
notes:
  - Proxies are taken from the environment variables E(HTTPS_PROXY), E(HTTP_PROXY) and E(NO_PROXY) where the module
    runs. Redirects are never followed, and C(~/.netrc) is not used.
"""


class ModuleDocFragment:
    # One to one with connection() in plugins/module_utils/_options.py.
    DOCUMENTATION = rf"""
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
{_TRANSPORT}"""

    # For what asks several regions, and so has options of its own for what is asked.
    TRANSPORT = rf"""
options:
{_TRANSPORT}
"""

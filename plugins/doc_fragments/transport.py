# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    # One to one with transport() in plugins/module_utils/_plugin/options.py.
    DOCUMENTATION = r"""
options:
  validate_certs:
    description: Whether the certificate of the endpoint has to verify.
    type: bool
    default: true
  ca_path:
    description:
      - The path of a file or directory with the CA certificates to trust. Without it, those that E(REQUESTS_CA_BUNDLE)
        or E(CURL_CA_BUNDLE) names, else those of the Python library C(requests).
    type: path
  connect_timeout:
    description: How long to wait for a connection at each attempt, in seconds. More than 0 and at most 86400.
    type: float
    default: 5
  read_timeout:
    description:
      - How long to wait for the response at each attempt, in seconds. More than 0 and at most 86400. An attempt never
        takes longer than this and O(connect_timeout) together.
    type: float
    default: 30
  retries:
    description:
      - How many times a request is sent again, from 0 to 100. Sent again is what got no response, was throttled, or met
        a server error (HTTP 500, 502, 503 and 504) or a state of the instance that passes.
    type: int
    default: 5
  retry_max_delay:
    description:
      - The longest wait between two attempts, in seconds, from 0 to 86400. The waits begin at half a second to a
        second, and double, unless the API says how long to wait (C(x-acs-retry-after)).
    type: float
    default: 20
requirements:
  - python >= 3.9
  - requests >= 2.25.1
  - alibabacloud-credentials, for profiles, RAM roles, OIDC and the like only
notes:
  - Proxies are taken from E(HTTPS_PROXY), E(HTTP_PROXY) and E(NO_PROXY) where the module or plugin runs. Redirects are
    never followed, and C(~/.netrc) is not used.
"""

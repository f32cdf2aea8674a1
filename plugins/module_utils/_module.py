# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection; it can change at any time.

"""Between Ansible and the client: build the client from a module's options."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ansible.module_utils.basic import missing_required_lib

from ansible_collections.aliyun.elasticsearch.plugins.module_utils._client import Client
from ansible_collections.aliyun.elasticsearch.plugins.module_utils._credentials import find_credentials
from ansible_collections.aliyun.elasticsearch.plugins.module_utils._endpoint import find_endpoint
from ansible_collections.aliyun.elasticsearch.plugins.module_utils._errors import AliyunError
from ansible_collections.aliyun.elasticsearch.plugins.module_utils._options import check_connection
from ansible_collections.aliyun.elasticsearch.plugins.module_utils._retry import RetryPolicy
from ansible_collections.aliyun.elasticsearch.plugins.module_utils._transport import Transport
from ansible_collections.aliyun.elasticsearch.plugins.module_utils._version import VERSION

if TYPE_CHECKING:  # pragma: no cover
    from collections.abc import Mapping

    from ansible.module_utils.basic import AnsibleModule

    from ansible_collections.aliyun.elasticsearch.plugins.module_utils._endpoint import Endpoint


def mask_url_passwords(module: AnsibleModule) -> None:
    """Keep a password that somebody wrote into a URL, where none is taken, out of what the module shows."""
    for name in ("endpoint", "cluster_url"):
        url = module.params[name] or ""
        authority = url.partition("://")[2] or url
        password = authority.rpartition("@")[0].partition(":")[2]
        if password:
            module.no_log_values.add(password)


def build_client(module: AnsibleModule, environ: Mapping[str, str]) -> Client:
    """Return a client for the module's options, with everything checked that can be checked without the API.

    Raises AliyunError for what is missing or cannot work. Secrets from outside the options are masked as well.
    """
    options = module.params
    endpoint = find_endpoint(options["endpoint"], options["region"], options["network"], environ)
    transport = build_transport(module, endpoint)
    credentials = find_credentials(options, environ)
    module.no_log_values.update(credentials.secrets)
    return Client(endpoint, credentials, transport, build_retry_policy(options))


def build_transport(module: AnsibleModule, endpoint: Endpoint) -> Transport:
    """Return a transport for the module's options; raises AliyunError for what cannot work, and without requests."""
    options = module.params
    check_connection(options)
    if endpoint.is_plain_text_elsewhere:
        module.warn(f"The endpoint {endpoint.url} is not encrypted: what is sent, a password too, can be read.")
    try:
        return Transport(
            connect_timeout=options["connect_timeout"],
            read_timeout=options["read_timeout"],
            verify=(options["ca_path"] or True) if options["validate_certs"] else False,
            product=f"aliyun.elasticsearch/{VERSION} ansible-core/{module.ansible_version}",  # type: ignore[attr-defined]
        )
    except ImportError:
        raise AliyunError(missing_required_lib("requests")) from None


def build_retry_policy(options: Mapping[str, Any]) -> RetryPolicy:
    """Return the retry policy that the options ask for."""
    return RetryPolicy(options["retries"], options["retry_max_delay"])

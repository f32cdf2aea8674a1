# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection; it can change at any time.

"""Between Ansible and the cluster: build what reads it from a module's options."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from ansible_collections.aliyun.elasticsearch.plugins.module_utils._cluster import (
    DirectCluster,
    OpenApiCluster,
    basic_credentials,
)
from ansible_collections.aliyun.elasticsearch.plugins.module_utils._endpoint import Endpoint, base_url
from ansible_collections.aliyun.elasticsearch.plugins.module_utils._errors import AliyunError
from ansible_collections.aliyun.elasticsearch.plugins.module_utils._module import (
    build_client,
    build_retry_policy,
    build_transport,
)
from ansible_collections.aliyun.elasticsearch.plugins.module_utils._options import check_cluster
from ansible_collections.aliyun.elasticsearch.plugins.module_utils._watch import Watch

if TYPE_CHECKING:  # pragma: no cover
    from collections.abc import Mapping

    from ansible.module_utils.basic import AnsibleModule

    from ansible_collections.aliyun.elasticsearch.plugins.module_utils._client import Client
    from ansible_collections.aliyun.elasticsearch.plugins.module_utils._cluster import Cluster


def build_cluster(module: AnsibleModule, environ: Mapping[str, str], client: Client | None = None) -> Cluster:
    """Return the instance's cluster for the module's options, read by the route that they choose.

    C(client) is the one to use for the route through the OpenAPI, where there is one already.
    Raises AliyunError for what is missing or cannot work. A secret that is made from the options is masked as well.
    """
    options = module.params
    check_cluster(options)
    if not options["cluster_url"]:
        return OpenApiCluster(
            client or build_client(module, environ),
            options["instance_id"],
            options["credential_id"],
            options["system_credential"],
            build_retry_policy(options),
        )
    endpoint = Endpoint(base_url("cluster_url", options["cluster_url"]), None)
    _check_instance(endpoint, options["instance_id"])
    username, password = options["cluster_username"], options["cluster_password"]
    module.no_log_values.add(basic_credentials(username, password))
    return DirectCluster(endpoint, username, password, build_transport(module, endpoint), build_retry_policy(options))


def _check_instance(endpoint: Endpoint, instance_id: str) -> None:
    # Another instance's snapshots would pass for this one's.
    # Source: Alibaba Cloud Elasticsearch, "CreateDataTasks" (endpoint in the examples).
    host = (urlsplit(endpoint.url).hostname or "").lower().rstrip(".")
    is_of_an_instance = host.startswith("es-") and host.endswith(".elasticsearch.aliyuncs.com")
    name = instance_id.lower()
    if is_of_an_instance and not host.startswith((f"{name}.", f"{name}-")):
        raise AliyunError(f"cluster_url is that of another instance: its host {host} does not begin with instance_id.")


def build_watch(module: AnsibleModule, environ: Mapping[str, str], client: Client) -> Watch:
    """Return a watch on the instance's repository for the module's options; see C(build_cluster)."""
    options = module.params
    cluster = build_cluster(module, environ, client)
    return Watch(cluster, options["repository"], timeout=options["wait_timeout"], interval=options["wait_interval"])

# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection; it can change at any time.

"""Between Ansible and the cluster: build what reads it from a module's options."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ansible_collections.aliyun.elasticsearch.plugins.module_utils._cluster import DirectCluster, OpenApiCluster
from ansible_collections.aliyun.elasticsearch.plugins.module_utils._endpoint import Endpoint, base_url
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
    Raises AliyunError for what is missing or cannot work.
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
    transport = build_transport(module, endpoint)
    return DirectCluster(
        endpoint, options["cluster_username"], options["cluster_password"], transport, build_retry_policy(options)
    )


def build_watch(module: AnsibleModule, environ: Mapping[str, str], client: Client) -> Watch:
    """Return a watch on the instance's repository for the module's options; see C(build_cluster)."""
    options = module.params
    cluster = build_cluster(module, environ, client)
    return Watch(cluster, options["repository"], timeout=options["wait_timeout"], interval=options["wait_interval"])

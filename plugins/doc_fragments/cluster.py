# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    # One to one with cluster() in plugins/module_utils/_plugin/options.py.
    DOCUMENTATION = r"""
options:
  cluster_url:
    description:
      - The URL of the cluster, as in V(https://es-cn-0pp1jxvcl0001abcd.elasticsearch.aliyuncs.com:9200), to read its
        snapshots straight from it, with O(cluster_username) and O(cluster_password).
      - Without it, they are read through the OpenAPI (C(InvokeEsRequest)), see O(credential_id). That is to be
        preferred, as it needs no network path to the cluster and no second password.
      - It has to be the cluster of O(instance_id). A host C(es-….elasticsearch.aliyuncs.com) is compared with the ID;
        of others, such as a proxy, it is not known whose cluster answers.
      - O(validate_certs), O(ca_path), the timeouts and the retries apply here, too, so a file at O(ca_path) has to hold
        the CA certificates for both servers. A host without C(https://) is asked by HTTPS. By C(http://), the password
        is sent unencrypted, with a warning.
    type: str
  cluster_username:
    description:
      - The user for O(cluster_url). It needs the cluster privileges C(monitor_snapshot), in old versions of
        Elasticsearch C(create_snapshot) or C(manage), and C(monitor) where the age of snapshots is asked for.
    type: str
    default: elastic
  cluster_password:
    description: The password for O(cluster_url), required with it.
    type: str
  credential_id:
    description:
      - The ID of a managed credential of the instance, with which the OpenAPI reads the cluster. Without it, the
        instance's default credential. Excludes O(cluster_url).
    type: str
  system_credential:
    description:
      - Whether the OpenAPI reads the cluster with the system credential of Alibaba Cloud. Excludes O(credential_id) and
        O(cluster_url).
    type: bool
    default: false
  repository:
    description:
      - The repository that the snapshots are in. The default is the one of the console's snapshots; that those of the
        API are there as well is inferred, not documented.
    type: str
    default: aliyun_auto_snapshot
notes:
  - To read a cluster through the OpenAPI, the RAM identity needs C(elasticsearch:InvokeEsRequest) on
    C(acs:elasticsearch:<region>:<account>:instances/<instance_id>) and C(elasticsearch:UseCredential) on
    C(acs:elasticsearch:<region>:<account>:instances/<instance_id>/credentials/<credential_id>).
  - Nothing but C(GET) is sent to the cluster. A repository that does not exist yet is taken for an empty one.
"""

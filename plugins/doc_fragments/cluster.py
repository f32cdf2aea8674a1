# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    # One to one with cluster() in plugins/module_utils/_plugin/options.py.
    DOCUMENTATION = r"""
options:
  cluster_url:
    description:
      - The URL of the cluster itself, as in V(https://es-cn-0pp1jxvcl0001abcd.elasticsearch.aliyuncs.com:9200), to read
        its snapshots straight from it. A host or C(host:port) is asked by HTTPS.
      - Without it, the cluster is read through the OpenAPI (C(InvokeEsRequest)), which needs no network path to it.
        This is to be preferred, as one identity and one endpoint then serve for everything.
      - Give the URL of the instance that O(instance_id) names. A host C(es-….elasticsearch.aliyuncs.com) has to begin
        with the instance ID. Of other hosts, such as a proxy, it is not known whose cluster answers there.
      - O(validate_certs), O(ca_path), the timeouts and the retries are those of this connection, too. So a file at
        O(ca_path) has to hold the CA certificates for both servers. By C(http://), the password is sent unencrypted,
        with a warning.
      - Goes together with O(cluster_password), and excludes O(credential_id) and O(system_credential).
    type: str
  cluster_username:
    description:
      - The user of the cluster, with O(cluster_url). It needs the cluster privileges C(monitor_snapshot) and, where the
        age of snapshots is asked for, C(monitor). Old versions of Elasticsearch have no C(monitor_snapshot); there it
        is C(create_snapshot) or C(manage).
    type: str
    default: elastic
  cluster_password:
    description:
      - The password of O(cluster_username).
    type: str
  credential_id:
    description:
      - The ID of a managed credential of the instance, with which the OpenAPI reads the cluster.
      - Without this, O(system_credential) and O(cluster_url), it is the instance's default credential.
    type: str
  system_credential:
    description:
      - Whether the OpenAPI reads the cluster with the system credential of Alibaba Cloud. Excludes O(credential_id).
    type: bool
    default: false
  repository:
    description:
      - The repository of the cluster in which its snapshots are. White space, C(*), C(?), C(/), C(,), C(#) and other
        characters that Elasticsearch refuses or that could stand for several are refused.
      - The default is where the console's snapshots are. That those of the API are there as well is inferred, not
        documented.
    type: str
    default: aliyun_auto_snapshot
notes:
  - To read a cluster through the OpenAPI, the RAM identity needs the permissions C(elasticsearch:InvokeEsRequest) on
    C(acs:elasticsearch:<region>:<account>:instances/<instance_id>) and C(elasticsearch:UseCredential) on
    C(acs:elasticsearch:<region>:<account>:instances/<instance_id>/credentials/<credential_id>).
  - Nothing but C(GET) is sent to the cluster. A repository that does not exist yet is taken for an empty one.
"""

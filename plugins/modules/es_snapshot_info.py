#!/usr/bin/python
# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: es_snapshot_info
short_description: List the snapshots of an Alibaba Cloud Elasticsearch instance
version_added: 0.1.0
description:
  - Reads which snapshots an Alibaba Cloud Elasticsearch instance has, how far they are and how they ended.
  - The OpenAPI has no operation that lists snapshots. So it is asked to pass the request on to the cluster
    (C(InvokeEsRequest)), or the cluster is asked itself, which needs no AccessKey and no region; see O(cluster_url).
  - A damaged snapshot does not keep the others from being listed.
extends_documentation_fragment:
  - aliyun.elasticsearch.attributes
  - aliyun.elasticsearch.attributes.info
  - aliyun.elasticsearch.instance
  - aliyun.elasticsearch.credentials
  - aliyun.elasticsearch.connection
  - aliyun.elasticsearch.transport
  - aliyun.elasticsearch.cluster
options:
  name:
    description:
      - The name of one snapshot to read. Without it, all of them. What could stand for several, such as V(logs-*),
        V(a,b) or V(_all), is refused.
    type: str
seealso:
  - module: aliyun.elasticsearch.es_snapshot
  - name: InvokeEsRequest
    description: The operation in the API reference.
    link: https://help.aliyun.com/en/es/developer-reference/api-elasticsearch-2017-06-13-invokeesrequest
author:
  - aliyun.elasticsearch contributors (!UNKNOWN)
"""

EXAMPLES = r"""
# Credentials and region come from ALIBABA_CLOUD_ACCESS_KEY_ID, ALIBABA_CLOUD_ACCESS_KEY_SECRET and
# ALIBABA_CLOUD_REGION_ID here, read where the module runs.
# Ad hoc: ansible localhost -m aliyun.elasticsearch.es_snapshot_info -a 'instance_id=es-cn-0pp1jxvcl0001abcd'

- name: List the snapshots
  aliyun.elasticsearch.es_snapshot_info:
    instance_id: es-cn-0pp1jxvcl0001abcd
  register: found

- name: Stop unless a complete snapshot of the last hour exists
  ansible.builtin.assert:
    that: (found.latest_successful or {}).end_time | default('', true) > earliest
    fail_msg: "{{ found.msg }}"
  vars:
    earliest: "{{ '%Y-%m-%dT%H:%M:%SZ' | strftime(now().timestamp() - 3600, utc=true) }}"

- name: Wait until the newest snapshot is finished
  aliyun.elasticsearch.es_snapshot_info:
    instance_id: es-cn-0pp1jxvcl0001abcd
    name: "{{ found.latest.name }}"
  register: newest
  until: newest is success and (newest.latest or {}).state | default('') != 'IN_PROGRESS'
  retries: 360
  delay: 10
  when: found.latest is not none
"""

RETURN = r"""
msg:
  description: What was found. On failure, what is wrong and what to do.
  returned: always
  type: str
  sample: >-
    336 snapshots found in aliyun_auto_snapshot. The snapshot es-cn-0pp1jxvcl0001abcd_20261124030003 is complete; it
    began at 2026-11-24T03:00:03.512Z and ended at 2026-11-24T03:04:11.007Z.
snapshots:
  description:
    - The snapshots, the newest first; damaged ones at the end, by name. Empty where there are none, or none of that
      O(name).
  returned: success
  type: list
  elements: dict
  contains: &snapshot
    name:
      description: The name of the snapshot.
      returned: always
      type: str
      sample: es-cn-0pp1jxvcl0001abcd_20261124030003
    uuid:
      description: The unique ID of the snapshot in the cluster. Null where the cluster gives none.
      returned: always
      type: str
      sample: vdRctLCxSketdKb54xw67g
    state:
      description:
        - V(IN_PROGRESS) while it is running. V(SUCCESS), V(PARTIAL), V(FAILED) or V(INCOMPATIBLE) at the end. Even with
          V(SUCCESS), see that no shard failed.
      returned: always
      type: str
      sample: SUCCESS
    reason:
      description: Why it failed as a whole, as the cluster says it. Null where it does not say.
      returned: always
      type: str
      sample: Indices don't have primary shards [orders]
    start_time:
      description: When it began, by the cluster's clock, in ISO 8601 and UTC. Null where the cluster does not say.
      returned: always
      type: str
      sample: "2026-11-24T03:00:03.512Z"
    end_time:
      description: When it ended. Null while it is running.
      returned: always
      type: str
      sample: "2026-11-24T03:04:11.007Z"
    duration:
      description: How long it took, in seconds. Null while it is running.
      returned: always
      type: float
      sample: 247.495
    indices:
      description:
        - How many indices are in it. Null where their names alone are larger than 4 MiB, and where it cannot be read.
      returned: always
      type: int
      sample: 42
    shards:
      description:
        - How many shards there are, how many are done, and how many failed. Null while it is running, as the numbers
          mislead until the end.
      returned: always
      type: dict
      contains:
        total:
          description: All shards.
          returned: always
          type: int
          sample: 84
        successful:
          description: The shards that are in the snapshot.
          returned: always
          type: int
          sample: 84
        failed:
          description: The shards that are not in the snapshot.
          returned: always
          type: int
          sample: 0
    readable:
      description:
        - Whether the cluster can read it. Where V(false), it is damaged, and its state does not mean that it can be
          restored.
      returned: always
      type: bool
      sample: true
latest:
  description: The readable snapshot that began last. Null where there is none.
  returned: success
  type: dict
  contains: *snapshot
latest_successful:
  description: The last to end with V(SUCCESS), without a failed shard, and holding anything. Null where there is none.
  returned: success
  type: dict
  contains: *snapshot
instance_id:
  description: The ID of the instance.
  returned: unless Ansible itself rejects an option
  type: str
  sample: es-cn-0pp1jxvcl0001abcd
request_id:
  description: The RequestId of the OpenAPI's last response. Null where the cluster was asked itself.
  returned: unless Ansible itself rejects an option
  type: str
  sample: 8EA34ABE-3C51-4C7B-8A8C-27C3B4B5A8D1
outcome:
  description:
    - What became of the request, which changes nothing. V(not_sent) means that it reached no server, V(refused) that
      the response was no, and V(unknown) that there was no response that can be read.
  returned: failure
  type: str
  sample: refused
request_attempts:
  description: How many times it was tried.
  returned: failure
  type: int
  sample: 1
error:
  description:
    - What was said, with the keys of RV(aliyun.elasticsearch.es_snapshot#module:error).
  returned: failure
  type: dict
  sample:
    code: security_exception
    message: action [cluster:admin/snapshot/get] is unauthorized for user [reader]
    http_status: 403
    request_id:
    host_id:
    recommend:
"""

from collections.abc import Mapping, Sequence
from typing import Any

from ..module_utils._cluster.repository import Repository
from ..module_utils._cluster.snapshots import Snapshot
from ..module_utils._errors import NOT_SENT, REFUSED, UNKNOWN
from ..module_utils._plugin import options
from ..module_utils._plugin.connect import connect_cluster
from ..module_utils._plugin.module import Meaning, ModuleCaller, run

ARGUMENT_SPEC = options.spec(
    options.instance,
    options.credentials,
    options.connection,
    options.transport,
    options.cluster,
    name={"type": "str"},
)


def list_snapshots(caller: ModuleCaller, result: dict[str, Any]) -> None:
    """Read the snapshots, or the one of that name, and put them into the result."""
    asked = caller.options
    options.check(asked)
    repository = Repository(connect_cluster(caller), asked["repository"], caller.warn)
    name = asked["name"]
    snapshots = repository.snapshots() if name is None else repository.named_or_listed(name)
    readable = [snapshot for snapshot in snapshots if snapshot.is_readable]
    good = [snapshot for snapshot in readable if snapshot.is_complete and not snapshot.is_empty]
    latest = max(readable, key=lambda snapshot: snapshot.start or 0, default=None)
    latest_successful = max(good, key=lambda snapshot: snapshot.end or 0, default=None)
    result.update(
        snapshots=[snapshot.result() for snapshot in snapshots],
        latest=latest.result() if latest else None,
        latest_successful=latest_successful.result() if latest_successful else None,
        request_id=repository.request_id,
        msg=describe(snapshots, latest, latest_successful, repository.name, name),
    )


def describe(
    snapshots: Sequence[Snapshot],
    latest: Snapshot | None,
    latest_successful: Snapshot | None,
    repository: str,
    name: str | None,
) -> str:
    """Return in sentences how many there are, how the latest is and, where that is another one, the last good one.

    ``name`` is the one that was asked for, None where all were.
    """
    if name is not None and not snapshots:
        return f"There is no snapshot {name} in {repository}."
    told = [f"{len(snapshots)} snapshot{'' if len(snapshots) == 1 else 's'} found in {repository}."]
    if unreadable := sum(not snapshot.is_readable for snapshot in snapshots):
        told.append(f"{unreadable} of them cannot be read.")
    if latest is not None:
        told.append(latest.describe())
        if latest.is_complete and latest.is_empty:
            told.append("It holds nothing.")
    if snapshots and latest_successful is None:
        told.append("None of them is complete and holds anything.")
    elif latest_successful is not None and latest_successful is not latest:
        told.append(f"Before that: {latest_successful.describe()}")
    return " ".join(told)


def meanings(asked: Mapping[str, Any], result: Mapping[str, Any]) -> Mapping[str, Meaning]:
    """Return what each outcome of a failed task means: always the same, as nothing is changed."""
    return dict.fromkeys((NOT_SENT, REFUSED, UNKNOWN), Meaning("The snapshots could not be read."))


def main() -> None:
    run(list_snapshots, ARGUMENT_SPEC, meanings)


if __name__ == "__main__":  # pragma: no cover
    main()

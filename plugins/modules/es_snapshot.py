#!/usr/bin/python
# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: es_snapshot
short_description: Take a manual snapshot of an Alibaba Cloud Elasticsearch instance
version_added: 0.1.0
description:
  - Takes a manual snapshot through the OpenAPI of Alibaba Cloud Elasticsearch (C(CreateSnapshot), API version
    2017-06-13), as one does before an upgrade.
  - Every attempt of a task carries the same O(client_token), by which the API recognises a request that it has carried
    out already. So a request that got no response is sent again without a second snapshot being taken.
  - Without O(wait), success means that the API accepted the request. The snapshot itself takes minutes to hours. With
    O(wait), success means that it is complete.
  - This module belongs to a community collection. It is not made by Alibaba Cloud.
extends_documentation_fragment:
  - aliyun.elasticsearch.attributes
  - aliyun.elasticsearch.instance
  - aliyun.elasticsearch.credentials
  - aliyun.elasticsearch.connection
  - aliyun.elasticsearch.transport
  - aliyun.elasticsearch.cluster
attributes:
  check_mode:
    support: full
    details:
      - The options, the credentials and the Python library are checked. No snapshot is requested, and whether the RAM
        identity may request one is not tested.
      - With O(max_age), the snapshots that are there are read, and the result is what would happen. Without it, nothing
        is sent to the API.
  diff_mode:
    support: none
  idempotent:
    support: partial
    details:
      - With O(max_age), a second run within that time takes no snapshot once the first one can be seen, and
        RV(ignore:changed) is V(false).
      - With the same O(client_token), the API takes no second snapshot. It does not tell a repeated request from the
        first one, so RV(ignore:changed) is V(true) both times.
      - Without either, each run of the task takes a snapshot of its own.
options:
  client_token:
    description:
      - The token by which the API tells a repeated request from a new one. 1 to 64 printable ASCII characters, not
        blank, case-sensitive. Put numbers in quotes.
      - Without it, a random UUID is made for the task and kept through all its attempts. Ansible's keyword C(retries)
        runs the whole task again, each time with a new UUID, and so may take several snapshots. Give a token with it.
      - Give your own when the task may have to be run again because the outcome is unknown or the run was cut off, for
        instance one from the number of the change, the instance and a counter, as in V(CHG0031337-es-cn-1-1).
      - One token stands for one snapshot. To have another one, also after one that ended badly, count up. How long the
        API remembers a token is not documented; a token that was used on another day may be answered with success
        without a new snapshot.
    type: str
  wait:
    description:
      - Whether to come back only when the snapshot is complete, which is what an upgrade needs. Complete means the
        state V(SUCCESS) and not one failed shard. Any other end fails the task, see RV(snapshot) and RV(failures).
      - The API does not name the snapshot that it takes. So the repository's list is read before the request, and the
        earliest snapshot that is not in it, by its UUID, and that no snapshot lifecycle policy took is taken for the
        new one. Another manual one that begins between that reading and the request cannot be told apart from it.
      - Before a request that was refused is sent again, the list is read once more. Where that fails, or after an
        attempt without a response, a snapshot that began meanwhile can pass for the new one.
      - With a O(client_token) that was used before, the API takes no new snapshot, and there is nothing new to wait
        for. Give a O(max_age) that reaches back to when it was first used.
      - A snapshot that holds no index and no shard is complete, but protects nothing. It gives a warning.
    type: bool
    default: false
  wait_timeout:
    description:
      - How long to wait with O(wait), in seconds. More than 0 and at most 604800, which is 7 days. When it is over, the
        task fails. The snapshot goes on.
      - A last poll without a response can make it longer by O(connect_timeout) and O(read_timeout). Temporary
        credentials are not renewed meanwhile, so they have to last as long.
    type: float
    default: 3600
  wait_interval:
    description:
      - How long to pause between two polls with O(wait), in seconds. More than 0 and at most 604800.
      - A poll that gets no response, is throttled or meets a server error does not end the wait. It is repeated, at the
        latest after O(retry_max_delay) or this time, whichever is longer.
    type: float
    default: 10
  max_age:
    description:
      - When a complete snapshot has ended within so many seconds, none is taken, RV(ignore:changed) is V(false), and
        RV(outcome) is V(current). So a runbook can be run again. More than 0 and at most 604800. Which indices it holds
        is not judged, but one that holds nothing does not count.
      - When one that began within that time is still running, none is taken either. With O(wait), any that is running
        is followed to its end, whenever it began. What it holds is as old as its beginning. Should it be stuck, leave
        O(max_age) out to have another one taken. Where its end is a bad one, the task fails with the RV(outcome)
        V(not_sent).
      - The time is that of the server that responds, not of the host that runs the module.
      - A snapshot can be seen only some time after it was requested. Tasks that run at the same moment, or again right
        after one was cut off, can find none. Where that can happen, give them the same O(client_token).
    type: float
notes:
  - The RAM identity needs the permission C(elasticsearch:CreateSnapshot) on
    C(acs:elasticsearch:<region>:<account>:instances/<instance_id>).
  - Snapshots in the repository V(aliyun_auto_snapshot) are kept for 7 days and are then gone for good. They can be
    restored into the same cluster only. They hold the data of the indices, not the settings of the instance, its
    plugins or its monitoring indices. That the snapshots of the API are among them is inferred, not documented.
  - What the documentation of Alibaba Cloud calls a manual backup, into an OSS bucket of one's own, is something else.
  - The documentation of Alibaba Cloud does not say whether automatic backup has to be enabled first, nor how the API
    responds while another snapshot is being made. Whatever it says is reported.
  - Ansible's keyword C(timeout) ends a task without a result, while the module may go on. Give a O(client_token) with
    it, too.
  - The options of the cluster are used with O(wait) and O(max_age) only.
seealso:
  - module: aliyun.elasticsearch.es_snapshot_info
  - name: CreateSnapshot
    description: The operation in the API reference of Alibaba Cloud Elasticsearch.
    link: https://www.alibabacloud.com/help/en/es/developer-reference/api-createsnapshot
author:
  - aliyun.elasticsearch contributors (!UNKNOWN)
"""

EXAMPLES = r"""
# Credentials and region come from ALIBABA_CLOUD_ACCESS_KEY_ID, ALIBABA_CLOUD_ACCESS_KEY_SECRET and
# ALIBABA_CLOUD_REGION_ID here, read where the module runs.
# Ad hoc: ansible localhost -m aliyun.elasticsearch.es_snapshot -a 'instance_id=es-cn-0pp1jxvcl0001abcd'

- name: Take a snapshot
  aliyun.elasticsearch.es_snapshot:
    instance_id: es-cn-0pp1jxvcl0001abcd
    region: cn-hangzhou

- name: Have a complete snapshot that ended within the last hour, however often the task is run
  aliyun.elasticsearch.es_snapshot:
    instance_id: es-cn-0pp1jxvcl0001abcd
    region: cn-hangzhou
    wait: true
    max_age: 3600

- name: Take the snapshot of a change once, however often the task is run
  aliyun.elasticsearch.es_snapshot:
    instance_id: es-cn-0pp1jxvcl0001abcd
    region: cn-hangzhou
    client_token: "{{ change_number }}-es-cn-0pp1jxvcl0001abcd-1"  # count up to have another one
  vars:
    change_number: CHG0031337

- name: Give the credentials once, for all modules of the collection
  module_defaults:
    group/aliyun.elasticsearch.all:
      access_key_id: "{{ vault_access_key_id }}"
      access_key_secret: "{{ vault_access_key_secret }}"
      region: cn-hangzhou
  block:
    - name: Take a snapshot before the upgrade
      aliyun.elasticsearch.es_snapshot:
        instance_id: es-cn-0pp1jxvcl0001abcd
      register: snapshot

    - name: Stop here unless the API has accepted it
      ansible.builtin.assert:
        that:
          - snapshot is changed
          - snapshot.outcome == 'accepted' or ansible_check_mode

    - name: Keep the RequestId for the record of the change
      ansible.builtin.debug:
        msg: "Snapshot requested with RequestId {{ snapshot.request_id | default('(check mode)', true) }}"

- name: Take a snapshot and act on a failure
  block:
    - name: Take a snapshot
      aliyun.elasticsearch.es_snapshot:
        instance_id: es-cn-0pp1jxvcl0001abcd
        region: cn-hangzhou
      register: snapshot
  rescue:
    - name: Ask again with the same token when it is not known whether a snapshot was taken
      aliyun.elasticsearch.es_snapshot:
        instance_id: es-cn-0pp1jxvcl0001abcd
        region: cn-hangzhou
        client_token: "{{ snapshot.client_token }}"
      when: snapshot.outcome | default('') == 'unknown'

    - name: Stop the change otherwise
      ansible.builtin.fail:
        msg: "{{ snapshot.msg }}"
      when: snapshot.outcome | default('') != 'unknown'

- name: See whether all is in place, without taking a snapshot
  aliyun.elasticsearch.es_snapshot:
    instance_id: es-cn-0pp1jxvcl0001abcd
    region: cn-hangzhou
  check_mode: true
"""

RETURN = r"""
msg:
  description:
    - What is so, in a sentence or a few. On failure also what to do, and in check mode what would be done.
  returned: always
  type: str
  sample: >-
    The snapshot es-cn-0pp1jxvcl0001abcd_20261124030003 is complete; it began at 2026-11-24T03:00:03.512Z and ended at
    2026-11-24T03:04:11.007Z.
outcome:
  description:
    - What became of the request.
    - V(accepted) means that the API answered C(Result) with C(true). When the task failed all the same, the snapshot is
      not known to be complete, or is known not to be.
    - V(current) means that there is a snapshot that O(max_age) allows for, and that none was requested.
    - V(refused) means that the API, or a server in front of it, said no. This task took no snapshot. Where an earlier
      task with the same O(client_token) left it open whether one was taken, that stays open.
    - V(unknown) means that a request may have reached the API and that no response tells what became of it. Run the
      task again with the RV(client_token) that is returned and, with O(wait), with a O(max_age) that reaches back to
      then.
    - V(not_sent) means that no request for a snapshot reached the API, or, with success, that the task ran in check
      mode. It is also the outcome when the running snapshot that O(max_age) found did not end well.
  returned: always, unless the options do not fit the module's argument spec
  type: str
  sample: accepted
request_id:
  description:
    - The RequestId of the API's response to the request for a snapshot, which Alibaba Cloud's support asks for.
    - On a failure before that request, the RequestId of the response that stopped the task. Null where none had one.
  returned: on failure, and when RV(outcome) is V(accepted)
  type: str
  sample: 8EA34ABE-3C51-4C7B-8A8C-27C3B4B5A8D1
client_token:
  description: The token that was used, given or made.
  returned: always, unless the options do not fit the module's argument spec
  type: str
  sample: CHG0031337-es-cn-0pp1jxvcl0001abcd-1
instance_id:
  description: The ID of the instance.
  returned: always, unless the options do not fit the module's argument spec
  type: str
  sample: es-cn-0pp1jxvcl0001abcd
request_attempts:
  description: How many times the request for a snapshot was tried; 0 where it was not.
  returned: always, unless the options do not fit the module's argument spec
  type: int
  sample: 1
snapshot:
  description:
    - The snapshot, with the keys of RV(aliyun.elasticsearch.es_snapshot_info#module:snapshots).
    - On failure, as it was last seen.
  returned: with O(wait) once the snapshot was seen, and when RV(outcome) is V(current)
  type: dict
  sample:
    name: es-cn-0pp1jxvcl0001abcd_20261124030003
    uuid: vdRctLCxSketdKb54xw67g
    state: SUCCESS
    reason:
    start_time: "2026-11-24T03:00:03.512Z"
    end_time: "2026-11-24T03:04:11.007Z"
    duration: 247.495
    indices: 42
    shards: {total: 84, successful: 84, failed: 0}
    readable: true
failures:
  description: Why shards failed, as the cluster says it; the first five of them.
  returned: when the snapshot ended and is not complete
  type: list
  elements: dict
  sample:
    - index: logs-2026.11
      shard_id: 0
      reason: IndexShardSnapshotFailedException[Failed to snapshot]
      status: INTERNAL_SERVER_ERROR
error:
  description:
    - What the API said when it refused, or what kept a response from coming. Null where nothing is known.
    - Where the cluster said no, C(code) is the type and C(message) the reason of Elasticsearch's error.
  returned: failure
  type: dict
  contains:
    code:
      description: The error code of the API.
      returned: always
      type: str
      sample: InstanceNotFound
    message:
      description: The message of the API, or a sentence on what went wrong without it.
      returned: always
      type: str
      sample: The instanceId provided does not exist.
    http_status:
      description:
        - The HTTP status of the last attempt's response. Null where that got none.
        - Where the OpenAPI passed on an error of the cluster, the status in that.
      returned: always
      type: int
      sample: 400
    request_id:
      description: As RV(request_id); but when RV(outcome) is V(accepted), that of the poll that failed.
      returned: always
      type: str
      sample: 8EA34ABE-3C51-4C7B-8A8C-27C3B4B5A8D1
    host_id:
      description: The HostId of the error document.
      returned: always
      type: str
      sample: elasticsearch.cn-hangzhou.aliyuncs.com
    recommend:
      description: The link that the API recommends.
      returned: always
      type: str
      sample: https://api.alibabacloud.com/troubleshoot?q=InstanceNotFound&product=elasticsearch
"""

import uuid
from collections.abc import Mapping
from typing import Any

from ..module_utils._errors import ACCEPTED, CURRENT, NOT_SENT, REFUSED, UNKNOWN
from ..module_utils._openapi.operations import create_snapshot
from ..module_utils._plugin import options
from ..module_utils._plugin.connect import connect_openapi
from ..module_utils._plugin.module import Meaning, ModuleCaller, run

ARGUMENT_SPEC = options.spec(
    options.instance,
    options.credentials,
    options.connection,
    options.transport,
    options.cluster,
    client_token={"type": "str", "no_log": False},
    wait={"type": "bool", "default": False},
    wait_timeout={"type": "float", "default": 3600},
    wait_interval={"type": "float", "default": 10},
    max_age={"type": "float"},
)


def take_snapshot(caller: ModuleCaller, result: dict[str, Any]) -> None:
    """Take a snapshot unless a recent one is there, and put what there is to say of it into the result."""
    asked = caller.options
    token = asked["client_token"]
    result.update(outcome=NOT_SENT, request_attempts=0, client_token=str(uuid.uuid4()) if token is None else token)
    options.check(asked)
    client = connect_openapi(caller)
    if asked["wait"] or asked["max_age"] is not None:
        # Only now, as most tasks do not need it and would pay for it all the same.
        from ..module_utils._cluster.repository import Repository
        from ..module_utils._cluster.waiter import SnapshotWaiter
        from ..module_utils._plugin.connect import connect_cluster

        repository = Repository(connect_cluster(caller, client), asked["repository"], caller.warn)
        waiter = SnapshotWaiter(repository, timeout=asked["wait_timeout"], interval=asked["wait_interval"])
        waits = asked["wait"] and not caller.check_mode
        recent = waiter.note_existing(asked["max_age"], asked["wait"]) if waits or asked["max_age"] else None
        if recent is not None:
            if waits:
                recent = waiter.wait_for(recent)
            result.update(outcome=CURRENT, snapshot=recent.result(), msg=f"{recent.describe()} None was requested.")
            return
    if caller.check_mode:
        result.update(changed=True, msg="A snapshot would be requested. This was check mode, and none was.")
        return

    result.update(outcome=None, request_attempts=None)  # until the API answers, only the error knows
    operation = create_snapshot(asked["instance_id"], result["client_token"])
    response = client.call(operation, waiter.note_again if asked["wait"] else None)
    result.update(changed=True, outcome=ACCEPTED, request_attempts=response.attempts, request_id=response.request_id)
    if not asked["wait"]:
        result["msg"] = "The API accepted the request for a snapshot. See that it is complete before you go on."
        return
    taken = waiter.wait_for_new()
    result.update(snapshot=taken.result(), msg=taken.describe())
    if taken.is_empty:
        caller.warn(f"{taken.describe()} It holds no index and no shard, so it protects nothing.")


def meanings(asked: Mapping[str, Any], result: Mapping[str, Any]) -> Mapping[str, Meaning]:
    """Return what each outcome of a failed task means."""
    has_ended = "failures" in result  # then the error says it all, and its token must not be used again
    again = "Run the task again soon with the same client_token"
    if asked["wait"]:
        # Without it, the second run would wait for a snapshot that is new to it, and there would be none.
        again += f" and with max_age: {max(asked['max_age'] or 0, 3600):g}, or more if that is longer ago by then"
    return {
        NOT_SENT: Meaning("" if has_ended else "This task took no snapshot: no request for one reached the API."),
        REFUSED: Meaning("This task took no snapshot: the request was refused."),
        UNKNOWN: Meaning(
            "It is not known whether a snapshot was taken.",
            f"{again}: if the snapshot was taken, that takes no second one. client_token: {result['client_token']}",
            "An earlier attempt leaves it open:",
        ),
        ACCEPTED: Meaning(
            "" if has_ended else "The API accepted the request, but the snapshot is not known to be complete."
        ),
    }


def main() -> None:
    run(take_snapshot, ARGUMENT_SPEC, meanings)


if __name__ == "__main__":  # pragma: no cover
    main()

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
  - Takes a manual snapshot (C(CreateSnapshot) of the OpenAPI, version 2017-06-13). With O(wait), success means that it
    is complete; without, only that the API accepted the request.
  - A request without a response is sent again with the same O(client_token), so that no second snapshot is taken. On
    failure, RV(outcome) says whether one may have been taken, and RV(msg) what to do.
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
      - Checks the options and credentials and, with O(max_age), reads the snapshots. Does not test the permission to
        request one.
  diff_mode:
    support: none
  idempotent:
    support: partial
    details:
      - With O(max_age), a second run takes no snapshot once the first one can be seen. Nor does it with the same
        O(client_token), but RV(ignore:changed) is V(true).
options:
  client_token:
    description:
      - One token stands for one snapshot, such as the number of the change, the instance and a counter,
        V(CHG0031337-es-cn-0pp1jxvcl0001abcd-1). Without it, each run makes a random one.
      - Give the B(same) one after a run that was cut off or whose RV(outcome) is V(unknown), soon, as it is not
        documented how long the API remembers it. B(Count up) for each further one, also after one that ended badly.
      - Give one with Ansible's keywords C(retries) and C(timeout).
      - 1 to 64 printable ASCII characters, case-sensitive. Put numbers in quotes.
    type: str
  wait:
    description:
      - Whether to wait until the snapshot is complete, in the state V(SUCCESS) with no failed shard. Any other end
        fails the task. One that holds nothing gives a warning.
      - The API does not name its snapshot. The earliest one that was not there before the request, and that no
        lifecycle policy took, is taken for it. Another manual one of that time cannot be told apart.
      - With a O(client_token) that was used before, give a O(max_age) that reaches back to its first use, too.
    type: bool
    default: false
  wait_timeout:
    description:
      - The longest O(wait) in seconds, at most 604800 (7 days). Then the task fails, and the snapshot goes on.
        Temporary credentials have to last as long.
    type: float
    default: 3600
  wait_interval:
    description:
      - The pause between two polls in seconds, at most 604800.
    type: float
    default: 10
  max_age:
    description:
      - Takes no snapshot, with the RV(outcome) V(current), when a complete one that holds anything ended within so many
        seconds, by the server's clock; at most 604800. Which indices are in it is not judged.
      - Nor while one runs that began within that time, or at any time with O(wait), which follows it to its end. Its
        data are as old as its beginning. If it is stuck, leave O(max_age) out and count the token up.
      - A new snapshot is not seen at once. Tasks that run at the same moment, or right after one that was cut off, need
        the same O(client_token), too.
    type: float
notes:
  - The RAM identity needs C(elasticsearch:CreateSnapshot) on
    C(acs:elasticsearch:<region>:<account>:instances/<instance_id>).
  - Snapshots in V(aliyun_auto_snapshot), where those of the API are inferred to be, are deleted after 7 days, can be
    restored into the same cluster only, and hold neither its settings nor its plugins.
  - The options of the cluster are used with O(wait) and O(max_age) only.
seealso:
  - module: aliyun.elasticsearch.es_snapshot_info
  - name: CreateSnapshot
    description: The operation in the API reference.
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
  register: snapshot

- name: Stop here while it is still running, as check mode does not wait for it
  ansible.builtin.assert:
    that: snapshot.snapshot.state == 'SUCCESS'
    fail_msg: "{{ snapshot.msg }}"
  when: snapshot.outcome != 'not_sent'  # so it is in check mode where there is none

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
  description: What is so. On failure also what to do, and in check mode what would be done.
  returned: always
  type: str
  sample: >-
    The snapshot es-cn-0pp1jxvcl0001abcd_20261124030003 is complete; it began at 2026-11-24T03:00:03.512Z and ended at
    2026-11-24T03:04:11.007Z.
outcome:
  description:
    - What became of the request for a snapshot.
    - V(accepted) means that the API answered C(Result) with C(true). After a failure, the snapshot is not known to be
      complete, or is known not to be.
    - V(current) means that there is a snapshot that O(max_age) allows for, and that none was requested. Without O(wait)
      and in check mode it may still be running; RV(snapshot) has its C(state).
    - V(refused) means that the API, or a server in front of it, said no. This task took no snapshot; an earlier one
      with the same O(client_token) may have.
    - V(unknown) means that a request may have reached the API, and that no response tells what became of it. Run the
      task again with the RV(client_token) that is returned and, with O(wait), with a O(max_age) that reaches back to
      this run.
    - V(not_sent) means that no request for a snapshot reached the API. It is also the outcome of check mode, and of a
      running snapshot that O(max_age) found and that ended badly.
  returned: unless Ansible itself rejects an option
  type: str
  sample: accepted
request_id:
  description:
    - The RequestId of the API's response to the request for a snapshot, which Alibaba Cloud's support asks for.
    - On a failure before that, the one of the response that stopped the task. Null where there was none.
  returned: unless Ansible itself rejects an option
  type: str
  sample: 8EA34ABE-3C51-4C7B-8A8C-27C3B4B5A8D1
client_token:
  description: The token that was used, given or made.
  returned: unless Ansible itself rejects an option
  type: str
  sample: CHG0031337-es-cn-0pp1jxvcl0001abcd-1
instance_id:
  description: The ID of the instance.
  returned: unless Ansible itself rejects an option
  type: str
  sample: es-cn-0pp1jxvcl0001abcd
request_attempts:
  description: How many times the request for a snapshot was tried.
  returned: unless Ansible itself rejects an option
  type: int
  sample: 1
snapshot:
  description:
    - The snapshot as it was last seen, with the keys of RV(aliyun.elasticsearch.es_snapshot_info#module:snapshots).
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
    - What the API or the cluster said when it refused, or what kept a response from coming. What is not known is null.
  returned: failure
  type: dict
  contains:
    code:
      description: The error code of the API, or the type of Elasticsearch's error.
      returned: always
      type: str
      sample: InstanceNotFound
    message:
      description: The message of the API, the reason of Elasticsearch's error, or a sentence on what went wrong.
      returned: always
      type: str
      sample: The instanceId provided does not exist.
    http_status:
      description: The HTTP status of the last response, or of the error of the cluster in it.
      returned: always
      type: int
      sample: 400
    request_id:
      description: As RV(request_id); but when RV(outcome) is V(accepted), that of the poll that failed.
      returned: always
      type: str
      sample: 8EA34ABE-3C51-4C7B-8A8C-27C3B4B5A8D1
    host_id:
      description: The HostId that the API's error names.
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
            result.update(outcome=CURRENT, request_id=None, snapshot=recent.result())
            result["msg"] = f"{recent.describe()} None was requested."
            return
    if caller.check_mode:
        result.update(changed=True, request_id=None)
        result["msg"] = "A snapshot would be requested. This was check mode, and none was."
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
    not_sent = "This task took no snapshot: no request for one reached the API."
    if "snapshot" in result:  # a running one that max_age allowed for
        not_sent = "" if has_ended else "A snapshot was running already, and none was requested."
    earlier = "That says nothing of an earlier task with the same client_token, which may have taken one."
    if asked["client_token"] is None:
        earlier = ""
    again = "Run the task again soon with the same client_token"
    if asked["wait"]:
        # Without it, the second run would wait for a snapshot that is new to it, and there would be none.
        again += f" and with max_age: {max(asked['max_age'] or 0, 3600):g}, or more if that is longer ago by then"
    return {
        NOT_SENT: Meaning(not_sent),
        REFUSED: Meaning("This task took no snapshot: the request was refused.", earlier),
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

#!/usr/bin/python
# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: es_snapshot_setting
short_description: Set the automatic backup of an Alibaba Cloud Elasticsearch instance
version_added: 0.1.0
description:
  - Sets whether and when an Alibaba Cloud Elasticsearch instance takes snapshots by itself (C(UpdateSnapshotSetting) of
    the OpenAPI, version 2017-06-13). Without O(enabled) and O(schedule), the setting is only read.
  - Which indices are backed up can be set in the console only, and whether the API keeps such a list is not documented.
    So a change warns first, and fails where the list was lost.
extends_documentation_fragment:
  - aliyun.elasticsearch.attributes
  - aliyun.elasticsearch.instance
  - aliyun.elasticsearch.credentials
  - aliyun.elasticsearch.connection
  - aliyun.elasticsearch.transport
attributes:
  check_mode:
    support: full
    details:
      - Reads the setting, and returns it as it would be. The permission to change it is not tested.
  diff_mode:
    support: full
  idempotent:
    support: full
    details:
      - Schedules are compared by their meaning. Where the API stores another meaning than it was sent, there is a
        warning, and the next run tries again.
options:
  enabled:
    description:
      - Whether the instance is backed up automatically. Without it, that stays as it is.
      - When it is switched off, the instance takes one last snapshot, and there is a warning.
    type: bool
  schedule:
    description:
      - When it is backed up, as a Quartz expression in the B(local time of the region). V(0 0 01 ? * * *) is every day
        at 01:00, V(0 0/30 * ? * * *) every 30 minutes, V(0 0 3 ? * MON,WED *) Mondays and Wednesdays at 03:00.
      - The fields are second, minute, hour, day of the month, month, day of the week and, optionally, year. One of the
        two days has to be V(?).
      - Without it, the schedule stays as it is. It is needed when automatic backup is enabled for the first time.
    type: str
notes:
  - The RAM identity needs C(elasticsearch:DescribeSnapshotSetting) and, to change anything,
    C(elasticsearch:UpdateSnapshotSetting) on C(acs:elasticsearch:<region>:<account>:instances/<instance_id>).
  - Automatic snapshots are kept for 7 days, are billed, and can be restored into the same cluster only.
  - Instances with OpenStore or the Indexing Service have no automatic backup. In the log-enhanced edition its time is
    fixed.
seealso:
  - module: aliyun.elasticsearch.es_snapshot
  - module: aliyun.elasticsearch.es_instance_info
  - name: UpdateSnapshotSetting
    description: The operation in the API reference.
    link: https://www.alibabacloud.com/help/en/es/developer-reference/api-updatesnapshotsetting
author:
  - aliyun.elasticsearch contributors (!UNKNOWN)
"""

EXAMPLES = r"""
# Credentials and region come from ALIBABA_CLOUD_ACCESS_KEY_ID, ALIBABA_CLOUD_ACCESS_KEY_SECRET and
# ALIBABA_CLOUD_REGION_ID here, read where the module runs.
# Ad hoc: ansible localhost -m aliyun.elasticsearch.es_snapshot_setting -a 'instance_id=es-cn-0pp1jxvcl0001abcd'

- name: Have the instance backed up every day at 01:00, local time of the region
  aliyun.elasticsearch.es_snapshot_setting:
    instance_id: es-cn-0pp1jxvcl0001abcd
    enabled: true
    schedule: 0 0 01 ? * * *

- name: Change the time only
  aliyun.elasticsearch.es_snapshot_setting:
    instance_id: es-cn-0pp1jxvcl0001abcd
    schedule: 0 0 3 ? * MON,WED *

- name: Read the setting
  aliyun.elasticsearch.es_snapshot_setting:
    instance_id: es-cn-0pp1jxvcl0001abcd
  register: backup

- name: Stop unless the instance is backed up
  ansible.builtin.assert:
    that: backup.setting.enabled
    fail_msg: "{{ backup.msg }}"
"""

RETURN = r"""
msg:
  description: What is so. On failure also what to do, and in check mode what would be done.
  returned: always
  type: str
  sample: "The setting was changed. Automatic backup is on, with the schedule 0 0 01 ? * * *."
setting:
  description: The setting as it is now, in check mode as it would be.
  returned: success, and when a list of indices was lost
  type: dict
  contains:
    enabled:
      description: Whether the instance is backed up automatically. Null where the API does not say.
      returned: always
      type: bool
      sample: true
    schedule:
      description: When, as the API spells it. Null where there is no schedule.
      returned: always
      type: str
      sample: 0 0 01 ? * * *
    indices:
      description: The indices that were chosen in the console; empty where none were. Null where the API does not say.
      returned: always
      type: list
      elements: str
      sample: []
diff:
  description: The setting before the task and after it, with the keys of RV(setting).
  returned: in diff mode, where RV(setting) is returned
  type: dict
  sample:
    before: {enabled: false, schedule: null, indices: []}
    after: {enabled: true, schedule: "0 0 01 ? * * *", indices: []}
outcome:
  description:
    - What became of the request for a change.
    - V(accepted) means that the API took it. After a failure, a list of indices was lost, or the setting could not be
      read afterwards.
    - V(current) means that there was nothing to change, and that none was requested.
    - V(refused) means that the API, or a server in front of it, said no. Nothing was changed.
    - V(unknown) means that a request may have reached the API, and that no response tells what became of it. Run the
      task again; it reads the setting first.
    - V(not_sent) means that no request for a change reached the API. It is also the outcome of check mode.
  returned: unless Ansible itself rejects an option
  type: str
  sample: accepted
request_id:
  description:
    - The RequestId of the response to the request for a change, else of the response that the setting was read from.
    - On a failure before that, the one of the response that stopped the task. Null where there was none.
  returned: unless Ansible itself rejects an option
  type: str
  sample: 8EA34ABE-3C51-4C7B-8A8C-27C3B4B5A8D1
instance_id:
  description: The ID of the instance.
  returned: unless Ansible itself rejects an option
  type: str
  sample: es-cn-0pp1jxvcl0001abcd
request_attempts:
  description: How many times the request for a change was tried.
  returned: unless Ansible itself rejects an option
  type: int
  sample: 1
error:
  description: What was said, with the keys of RV(aliyun.elasticsearch.es_snapshot#module:error).
  returned: failure
  type: dict
  sample:
    code: InstanceNotFound
    message: The specified cluster does not exist. Check the instance status and try again.
    http_status: 404
    request_id: 8EA34ABE-3C51-4C7B-8A8C-27C3B4B5A8D1
    host_id: elasticsearch.cn-hangzhou.aliyuncs.com
    recommend:
"""

from collections.abc import Mapping
from typing import Any

from ..module_utils._errors import ACCEPTED, CURRENT, NOT_SENT, REFUSED, UNKNOWN, AliyunError
from ..module_utils._openapi.operations import describe_snapshot_setting, update_snapshot_setting
from ..module_utils._openapi.snapshot_setting import SnapshotSetting, parse_snapshot_setting, shown
from ..module_utils._plugin import options
from ..module_utils._plugin.connect import connect_openapi
from ..module_utils._plugin.module import Meaning, ModuleCaller, run

ARGUMENT_SPEC = options.spec(
    options.instance,
    options.credentials,
    options.connection,
    options.transport,
    enabled={"type": "bool"},
    schedule={"type": "str"},
)


def set_up(caller: ModuleCaller, result: dict[str, Any]) -> None:
    """Change the setting where it is not as asked for, and put it into the result."""
    asked = caller.options
    result.update(outcome=NOT_SENT, request_attempts=0)
    options.check(asked)
    client = connect_openapi(caller)
    read = client.call(describe_snapshot_setting(asked["instance_id"]))
    before = parse_snapshot_setting(read.result)
    schedule = None if asked["schedule"] is None else " ".join(asked["schedule"].split())
    wanted = before.changed(asked["enabled"], schedule)
    if wanted == before:
        is_asked = asked["enabled"] is not None or schedule is not None
        msg = f"{'There was nothing to change. ' if is_asked else ''}{before.describe()}"
        result.update(outcome=CURRENT, request_id=read.request_id, msg=msg)
        _report(caller, result, before, before)
        return

    check_is_possible(wanted)
    if before.enabled and not wanted.enabled:
        caller.warn("Switching off automatic backup makes the instance take one last snapshot.")
    if before.indices:
        caller.warn(
            "A list of indices was set in the console. It is not part of the request, and whether the API keeps it is "
            f"not documented: {shown(before.indices)}."
        )
    if caller.check_mode:
        result.update(changed=True, request_id=read.request_id)
        result["msg"] = f"The setting would be changed. This was check mode, and it was not. {before.describe()}"
        _report(caller, result, before, wanted)
        return

    result.update(outcome=None, request_attempts=None)  # until the API answers, only the error knows
    update = client.call(update_snapshot_setting(asked["instance_id"], bool(wanted.enabled), wanted.schedule))
    result.update(changed=True, outcome=ACCEPTED, request_attempts=update.attempts, request_id=update.request_id)
    after = parse_snapshot_setting(client.call(describe_snapshot_setting(asked["instance_id"])).result)
    _report(caller, result, before, after)
    lost = before.lost_by(after)
    if lost:
        raise AliyunError(
            f"The setting was changed, but indices of the list that was set in the console are lost: {shown(lost)}.",
            hint=f"Set the list again in the console. {after.describe()}",
        )
    result["msg"] = f"The setting was changed. {after.describe()}"
    # Switched off, an instance may well forget a schedule that nobody asked for.
    kept = wanted if wanted.enabled or schedule else wanted._replace(schedule=None)
    if not kept.means(after):
        stored = f"The API stores something else than it was sent. {after.describe()} Sent was: {kept.describe()}"
        result["msg"] = f"The setting was changed, but not to what was asked for. {stored}"
        caller.warn(stored)


def check_is_possible(wanted: SnapshotSetting) -> None:
    """Raise AliyunError for a setting that cannot be sent, as too little is known of it."""
    if wanted.enabled is None:
        raise AliyunError(
            "The API does not say whether automatic backup is on, so the time cannot be changed alone.",
            hint="Give enabled, too.",
        )
    if wanted.enabled and wanted.schedule is None:
        raise AliyunError("Automatic backup has no schedule yet.", hint="Give schedule, too, to enable it.")


def _report(caller: ModuleCaller, result: dict[str, Any], before: SnapshotSetting, after: SnapshotSetting) -> None:
    result["setting"] = after.result()
    if caller.diff_mode:
        result["diff"] = {"before": before.result(), "after": after.result()}


def meanings(asked: Mapping[str, Any], result: Mapping[str, Any]) -> Mapping[str, Meaning]:
    """Return what each outcome of a failed task means."""
    only_reads = asked["enabled"] is None and asked["schedule"] is None
    return {
        NOT_SENT: Meaning(
            "The setting could not be read."
            if only_reads
            else "The setting was not changed: no request for that reached the API."
        ),
        REFUSED: Meaning("The setting was not changed: the request was refused."),
        UNKNOWN: Meaning(
            "It is not known whether the setting was changed.",
            "Run the task again: it reads the setting first, and changes what is not as it should be.",
            "An earlier attempt leaves it open:",
        ),
        # With the setting, it is the error that says it all.
        ACCEPTED: Meaning("" if "setting" in result else "The setting was changed, but could not be read afterwards."),
    }


def main() -> None:
    run(set_up, ARGUMENT_SPEC, meanings)


if __name__ == "__main__":  # pragma: no cover
    main()

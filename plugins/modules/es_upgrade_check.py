#!/usr/bin/python
# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: es_upgrade_check
short_description: Check whether an Alibaba Cloud Elasticsearch instance can be upgraded now
version_added: 0.1.0
description:
  - Asks Alibaba Cloud whether an Elasticsearch instance can be upgraded now, by the checks that its OpenAPI makes
    before an upgrade. Being not ready is a result, not a failure; see RV(ready) and RV(msg).
  - It never upgrades. The API has one operation for both, C(UpgradeEngineVersion), which only checks when its query has
    C(dryRun=true). No option changes that, and each request is compared with a list of what may be sent, before it is
    signed and before it leaves.
  - Where the instance is not active, or has nothing to upgrade to, no check is made.
extends_documentation_fragment:
  - aliyun.elasticsearch.attributes
  - aliyun.elasticsearch.attributes.info
  - aliyun.elasticsearch.instance
  - aliyun.elasticsearch.credentials
  - aliyun.elasticsearch.connection
  - aliyun.elasticsearch.transport
options:
  type:
    description: What is to be upgraded, V(engine) for Elasticsearch or V(kernel) for Alibaba Cloud's kernel of it.
    type: str
    choices: [engine, kernel]
    default: engine
  target_version:
    description:
      - The version to upgrade to, as in V(8.17.0), without a suffix such as C(_with_X-Pack). Without it, the one that
        the API offers, see RV(available).
    type: str
notes:
  - The RAM identity needs C(elasticsearch:DescribeInstance) and C(elasticsearch:UpgradeEngineVersion), in other
    documentation C(elasticsearch:UpgradeInstanceEngineVersion), on
    C(acs:elasticsearch:<region>:<account>:instances/<instance_id>). With C(elasticsearch:ListActionRecords), a failure
    that leaves a doubt tells more.
  - B(RAM cannot separate the check from the upgrade). Whoever may check may also upgrade, by other means than this
    collection. Give that permission only to an identity that may do so.
  - The result is true of the moment. A snapshot counts for an hour after it is complete. What the checks leave out is
    in RV(not_checked).
  - A check whose response is missing, or is none of a check, is never sent again. The task reads how the instance is,
    and fails with the RV(outcome) V(unknown).
seealso:
  - module: aliyun.elasticsearch.es_snapshot
  - name: UpgradeEngineVersion
    description: The operation in the API reference.
    link: https://www.alibabacloud.com/help/en/es/developer-reference/api-upgradeengineversion
author:
  - aliyun.elasticsearch contributors (!UNKNOWN)
"""

EXAMPLES = r"""
# Credentials and region come from ALIBABA_CLOUD_ACCESS_KEY_ID, ALIBABA_CLOUD_ACCESS_KEY_SECRET and
# ALIBABA_CLOUD_REGION_ID here, read where the module runs.
# Ad hoc: ansible localhost -m aliyun.elasticsearch.es_upgrade_check -a 'instance_id=es-cn-0pp1jxvcl0001abcd'

- name: Check whether the instance can be upgraded to the version that the API offers
  aliyun.elasticsearch.es_upgrade_check:
    instance_id: es-cn-0pp1jxvcl0001abcd
    region: cn-hangzhou
  register: check

- name: Show what is not checked, and has to be looked at by a person
  ansible.builtin.debug:
    var: check.not_checked

- name: Have a complete snapshot, then check, and stop unless the instance is ready
  block:
    - name: Have a complete snapshot that ended within the last 50 minutes
      aliyun.elasticsearch.es_snapshot:
        instance_id: es-cn-0pp1jxvcl0001abcd
        region: cn-hangzhou
        wait: true
        max_age: 3000

    - name: Check the upgrade to a version
      aliyun.elasticsearch.es_upgrade_check:
        instance_id: es-cn-0pp1jxvcl0001abcd
        region: cn-hangzhou
        target_version: 8.17.0
      register: check

    - name: Stop here unless it is ready
      ansible.builtin.assert:
        that: check.ready
        fail_msg: "{{ check.msg }}"

- name: Check whether the kernel can be upgraded
  aliyun.elasticsearch.es_upgrade_check:
    instance_id: es-cn-0pp1jxvcl0001abcd
    region: cn-hangzhou
    type: kernel
"""

RETURN = r"""
msg:
  description: Whether it is ready and, if not, why. On failure, what is wrong and what to do.
  returned: always
  type: str
  sample: >-
    es-cn-0pp1jxvcl0001abcd is not ready to be upgraded to 8.17.0: cluster_snapshot failed;
    it wants a snapshot that was completed within the last hour
    (WithInvalidElasticsearchSnapshots: no snapshot in the last hour).
ready:
  description: Whether it can be upgraded now, that is whether the four RV(checks), and any further one, all passed.
  returned: unless Ansible itself rejects an option
  type: bool
  sample: false
checks:
  description: The checks of the API. Empty where none was made.
  returned: unless Ansible itself rejects an option
  type: list
  elements: dict
  contains:
    name:
      description:
        - V(cluster_health) is about the health and the load, V(config_compatible) about the YML file and the plug-ins,
          V(cluster_resource) about resources of the zones, V(cluster_snapshot) about a snapshot that was completed
          within the last hour. Others have the name that the API gives them.
      returned: always
      type: str
      sample: cluster_snapshot
    passed:
      description: Whether it succeeded.
      returned: always
      type: bool
      sample: false
    errors:
      description: What is wrong, in the language that the API chooses.
      returned: always
      type: list
      elements: dict
      contains:
        code:
          description: The error code of the API. Null where it gives none.
          returned: always
          type: str
          sample: WithInvalidElasticsearchSnapshots
        message:
          description: The message of the API. Null where it gives none.
          returned: always
          type: str
          sample: no snapshot in the last hour
status:
  description:
    - The status of the instance, as in RV(aliyun.elasticsearch.es_instance_info#module:instances[].status). Null where
      it is not known. After a failure that leaves a doubt, that after it.
  returned: success, and on failure where it is known
  type: str
  sample: active
busy:
  description: Whether a change runs on the instance.
  returned: unless Ansible itself rejects an option
  type: bool
  sample: false
current_version:
  description: The version of Elasticsearch. Null where it is not known.
  returned: success, and on failure where it is known
  type: str
  sample: 8.15.1
kernel_version:
  description: The version of Alibaba Cloud's kernel. Null where it is not known.
  returned: success, and on failure where it is known
  type: str
  sample: 2.2.4
target_version:
  description: The version that the check is about. Null where there is nothing to upgrade to.
  returned: success, and on failure where it is known
  type: str
  sample: 8.17.0
available:
  description: The versions that the API offers to upgrade to. Null where there is none.
  returned: unless Ansible itself rejects an option
  type: dict
  contains:
    engine:
      description: The version of Elasticsearch.
      returned: always
      type: str
      sample: 8.17.0
    kernel:
      description: The version of Alibaba Cloud's kernel.
      returned: always
      type: str
      sample:
not_checked:
  description: What the checks of the API leave out, as sentences for a person to go through.
  returned: unless Ansible itself rejects an option
  type: list
  elements: str
  sample:
    - Closed indices are not checked; open them before the upgrade.
instance_id:
  description: The ID of the instance.
  returned: unless Ansible itself rejects an option
  type: str
  sample: es-cn-0pp1jxvcl0001abcd
request_id:
  description:
    - The RequestId of the API's response to the check, which Alibaba Cloud's support asks for. Without a check or on
      failure, that of the last response. Null where there was none.
  returned: unless Ansible itself rejects an option
  type: str
  sample: 8EA34ABE-3C51-4C7B-8A8C-27C3B4B5A8D1
outcome:
  description:
    - What became of the check.
    - V(not_sent) means that it reached no server. What is read before it may have failed, too.
    - V(refused) means that the API said no to the check, or to what is read before it.
    - V(unknown) means that the check was sent, and that the response is missing or is none of a check. It is not known
      whether the API took it for an upgrade; see in the console that none is running. RV(msg) says what the instance
      looked like right after.
  returned: failure
  type: str
  sample: refused
request_attempts:
  description: How many times the request that failed was tried.
  returned: failure
  type: int
  sample: 1
error:
  description: What was said, with the keys of RV(aliyun.elasticsearch.es_snapshot#module:error).
  returned: failure
  type: dict
  sample:
    code: Forbidden.RAM
    message: User not authorized to operate on the specified resource.
    http_status: 403
    request_id: 8EA34ABE-3C51-4C7B-8A8C-27C3B4B5A8D1
    host_id: elasticsearch.cn-hangzhou.aliyuncs.com
    recommend:
"""

from collections.abc import Mapping
from typing import Any

from ..module_utils._errors import NOT_SENT, REFUSED, UNKNOWN, AliyunError
from ..module_utils._openapi.operations import ENGINE, KERNEL
from ..module_utils._openapi.upgrades import ACTIVATING, ACTIVE, Upgradable, Upgrades, missing_checks
from ..module_utils._plugin import options
from ..module_utils._plugin.connect import connect_openapi
from ..module_utils._plugin.module import Meaning, ModuleCaller, run

ARGUMENT_SPEC = options.spec(
    options.instance,
    options.credentials,
    options.connection,
    options.transport,
    type={"type": "str", "choices": [ENGINE, KERNEL], "default": ENGINE},
    target_version={"type": "str"},
)

# Source: Alibaba Cloud Elasticsearch, "Perform a check before a version upgrade", "Upgrade the version of a cluster".
_NOT_CHECKED = (
    "Closed indices are not checked; open them before the upgrade.",
    "Whether clients bear it is not checked; nodes restart or get other IP addresses, which can take an hour or more.",
    "The way back is not checked; an upgrade can be neither cancelled nor undone, only a snapshot restored.",
)
_NOT_CHECKED_OF_ENGINE = (
    "Custom plug-ins are not part of the check; each has to be made for the new version, or the upgrade can hang.",
    "Whether clients, Logstash, Beats, APM and Fleet work with the new version is not checked.",
    "From 5.x to 6.x, indices with several types and the settings search.remote are not checked.",
    "Kibana is not checked; it is down during the upgrade.",
)
_UNREADY = {
    ACTIVATING: "a change is running. Run the task again when it has ended.",
    "inactive": "it is frozen (status inactive), as with an unpaid bill or after its release.",
    "invalid": "it is gone or cannot be reached (status invalid).",
    "unknown": "it is gone or cannot be reached (status unknown).",
    None: "the API does not tell its status.",
}


def check_instance(caller: ModuleCaller, result: dict[str, Any]) -> None:
    """Have it checked whether the instance can be upgraded, and put what is known of it into the result."""
    asked = caller.options
    kind = asked["type"]
    result.update(
        ready=False,
        checks=[],
        status=None,
        busy=False,
        current_version=None,
        kernel_version=None,
        target_version=None,
        available={ENGINE: None, KERNEL: None},
        not_checked=[*_NOT_CHECKED, *(_NOT_CHECKED_OF_ENGINE if kind == ENGINE else ())],
    )
    options.check(asked)
    upgrades = Upgrades(connect_openapi(caller), asked["instance_id"])
    try:
        instance = upgrades.read()
    except AliyunError as error:
        if error.outcome == UNKNOWN:
            result["outcome"] = NOT_SENT  # it was only read so far
        raise
    target = instance.target(kind, asked["target_version"])
    result.update(
        status=instance.status,
        busy=instance.status == ACTIVATING,
        current_version=instance.version,
        kernel_version=instance.kernel_version,
        target_version=target,
        available=dict(instance.available),
    )
    against = reason_against(instance, kind, target)
    if target is not None and not against:
        options.check_version("target_version", target)
        against = check(upgrades, kind, target, result)
    result.update(ready=not against, request_id=upgrades.request_id)
    to_version = f" to {target}" if target else ""
    if against:
        result["msg"] = f"{asked['instance_id']} is not ready to be upgraded{to_version}: {against}"
    else:
        result["msg"] = (
            f"{asked['instance_id']} is ready to be upgraded{to_version}: all checks passed. What they leave out is in "
            "not_checked."
        )


def reason_against(instance: Upgradable, kind: str, target: str | None) -> str:
    """Return why there is nothing to check, as a part of a sentence; empty where there is."""
    if instance.status != ACTIVE:
        return _UNREADY.get(instance.status, f"its status is {instance.status}, not active.")
    if target is None:
        return f"there is nothing to upgrade its {kind} to, and no check was made."
    return ""


def check(upgrades: Upgrades, kind: str, target: str, result: dict[str, Any]) -> str:
    """Have the checks made, put them into the result, and return what is against an upgrade; empty where nothing is.

    Raises AliyunError; with the outcome UNKNOWN, its hint tells what was read of the instance afterwards.
    """
    try:
        checks = upgrades.check(kind, target)
    except AliyunError as error:
        if error.outcome != UNKNOWN:
            raise
        status, found = upgrades.read_back(error.request_id or error.earlier_request_id)
        result.update(status=status, busy=status == ACTIVATING)
        raise error.replace(hint=f"{error.hint} {found}".strip()) from None
    if checks is None:
        result.update(status=ACTIVATING, busy=True)
        return _UNREADY[ACTIVATING]
    result["checks"] = [check.result() for check in checks]
    if not checks:
        return "the API returned no checks."
    against = [check.describe() for check in checks if not check.passed]
    against += [f"{name} is missing in the response" for name in missing_checks(checks)]
    return f"{', and '.join(against)}." if against else ""


def meanings(asked: Mapping[str, Any], result: Mapping[str, Any]) -> Mapping[str, Meaning]:
    """Return what each outcome of a failed task means."""
    return {
        NOT_SENT: Meaning("It is not known whether the instance is ready: the check was not sent."),
        REFUSED: Meaning("It is not known whether the instance is ready: the request was refused."),
        UNKNOWN: Meaning(
            "It is not known what the check said: its response is missing, or is none of a check. Only a check was "
            "sent (dryRun=true), but the API may have taken the check for an upgrade.",
            "It is not sent again. See in the console that no upgrade is running before you do anything else. Where "
            "none is, run the task again.",
        ),
    }


def main() -> None:
    run(check_instance, ARGUMENT_SPEC, meanings)


if __name__ == "__main__":  # pragma: no cover
    main()

#!/usr/bin/python
# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
module: es_instance_info
short_description: List Alibaba Cloud Elasticsearch instances with their state and version
version_added: 0.1.0
description:
  - Reads one Alibaba Cloud Elasticsearch instance (C(DescribeInstance)), or all instances of a region
    (C(ListInstance)), from the OpenAPI (version 2017-06-13).
  - Every record has the same keys, and what the API does not say is null. Passwords, white lists and the configuration
    are never part of it.
extends_documentation_fragment:
  - aliyun.elasticsearch.attributes
  - aliyun.elasticsearch.attributes.info
  - aliyun.elasticsearch.credentials
  - aliyun.elasticsearch.connection
  - aliyun.elasticsearch.transport
options:
  instance_id:
    description:
      - The ID of the one instance to read, as in V(es-cn-0pp1jxvcl0001abcd). Where it does not exist in the region, the
        result is an empty list.
      - Without it, all instances of the region that the RAM identity may list.
    type: str
  status:
    description:
      - Only instances with one of these statuses. V(active) is in order, V(activating) has a change running,
        V(inactive) is frozen, as with an unpaid bill, and V(invalid) or V(unknown) is gone or not reachable.
    type: list
    elements: str
    choices: [active, activating, inactive, invalid, unknown]
  tags:
    description:
      - Only instances that have all of these tags with exactly these values. Put numbers and the like in quotes.
    type: dict
  description:
    description: Only instances whose description contains this text. Capitals matter.
    type: str
  gather_health:
    description:
      - Whether to read the health of the cluster, by one more request for each instance that is active or activating.
    type: bool
    default: false
  gather_details:
    description:
      - Whether to read what a list lacks, such as the edition and the public endpoint, by one more request for each
        instance. No effect with O(instance_id).
    type: bool
    default: false
notes:
  - The RAM identity needs C(elasticsearch:ListInstance) on C(acs:elasticsearch:<region>:<account>:instances/*) or, with
    O(instance_id), C(elasticsearch:DescribeInstance) on C(…:instances/<instance_id>). The latter is needed for
    O(gather_details), too, and C(elasticsearch:DescribeElasticsearchHealth) on the same for O(gather_health).
  - Descriptions and tags can be written by many people. Do not run them as templates or in a shell.
seealso:
  - module: aliyun.elasticsearch.es_snapshot_info
  - module: aliyun.elasticsearch.es_snapshot_setting
  - name: DescribeInstance
    description: The operation in the API reference.
    link: https://www.alibabacloud.com/help/en/es/developer-reference/api-describeinstance
  - name: ListInstance
    description: The operation in the API reference.
    link: https://www.alibabacloud.com/help/en/es/developer-reference/api-listinstance
author:
  - aliyun.elasticsearch contributors (!UNKNOWN)
"""

EXAMPLES = r"""
# Credentials and region come from ALIBABA_CLOUD_ACCESS_KEY_ID, ALIBABA_CLOUD_ACCESS_KEY_SECRET and
# ALIBABA_CLOUD_REGION_ID here, read where the module runs.
# Ad hoc: ansible localhost -m aliyun.elasticsearch.es_instance_info

- name: Read an instance and the health of its cluster
  aliyun.elasticsearch.es_instance_info:
    instance_id: es-cn-0pp1jxvcl0001abcd
    gather_health: true
  register: found

- name: Stop unless it is in order
  ansible.builtin.assert:
    that:
      - found.instances | length == 1
      - found.instances[0].status == 'active'
      - found.instances[0].health == 'green'
    fail_msg: "{{ found.msg }}"

- name: List the instances of production that are in order
  aliyun.elasticsearch.es_instance_info:
    status: [active]
    tags:
      env: production
  register: production

- name: Show their versions
  ansible.builtin.debug:
    msg: "{{ production.instances | items2dict(key_name='instance_id', value_name='version') }}"
"""

RETURN = r"""
msg:
  description: What was found. On failure, what is wrong and what to do.
  returned: always
  type: str
  sample: "3 instances found in cn-hangzhou: 2 active, 1 activating."
instances:
  description: The instances, in the order of the API. Empty where there are none, or none of that O(instance_id).
  returned: success
  type: list
  elements: dict
  contains:
    instance_id:
      description: The ID of the instance.
      returned: always
      type: str
      sample: es-cn-0pp1jxvcl0001abcd
    region:
      description: The region that was asked. Null where only an O(endpoint) is given.
      returned: always
      type: str
      sample: cn-hangzhou
    description:
      description: The name in the console. It need not be unique.
      returned: always
      type: str
      sample: orders
    status:
      description: The status; O(status) says what each one means.
      returned: always
      type: str
      sample: active
    version:
      description: The version of Elasticsearch. The last number can be missing.
      returned: always
      type: str
      sample: 8.15.1
    edition:
      description: The edition, such as V(x-pack). Null in a list without O(gather_details).
      returned: always
      type: str
      sample: x-pack
    architecture:
      description: V(basic) or V(cloud_native).
      returned: always
      type: str
      sample: cloud_native
    kernel_version:
      description: The version of Alibaba Cloud's kernel, without the C(ali) in front.
      returned: always
      type: str
      sample: 1.3.0
    endpoint:
      description: Where the cluster is reached within its VPC.
      returned: always
      type: dict
      contains: &endpoint
        protocol:
          description: V(http) or V(https).
          returned: always
          type: str
          sample: https
        host:
          description: The host name.
          returned: always
          type: str
          sample: es-cn-0pp1jxvcl0001abcd.elasticsearch.aliyuncs.com
        port:
          description: The port. Null while there is none.
          returned: always
          type: int
          sample: 9200
    public_endpoint:
      description:
        - Where the cluster is reached from the Internet. Null where it is not, and in a list without O(gather_details).
      returned: always
      type: dict
      contains: *endpoint
    zones:
      description: The IDs of its zones.
      returned: always
      type: list
      elements: str
      sample: [cn-hangzhou-g, cn-hangzhou-h]
    vpc_id:
      description: The ID of its VPC.
      returned: always
      type: str
      sample: vpc-bp1jxvcl0001abcd
    node_count:
      description: How many data nodes it has.
      returned: always
      type: int
      sample: 3
    payment_type:
      description: How it is paid for, V(prepaid) or V(postpaid).
      returned: always
      type: str
      sample: postpaid
    resource_group_id:
      description: The ID of its resource group.
      returned: always
      type: str
      sample: rg-bp1jxvcl0001abcd
    tags:
      description: Its tags, those of Alibaba Cloud itself among them.
      returned: always
      type: dict
      sample: {env: production}
    created_at:
      description: When it was created, in ISO 8601.
      returned: always
      type: str
      sample: "2026-01-02T03:04:05.006Z"
    updated_at:
      description: When it was last changed, in ISO 8601.
      returned: always
      type: str
      sample: "2026-11-20T10:00:00.000Z"
    health:
      description:
        - V(green), V(yellow) or V(red). Null without O(gather_health), while a change runs, or without a cluster to
          ask.
      returned: always
      type: str
      sample: green
instance_id:
  description: The O(instance_id) that was asked for, null without it.
  returned: success, and on failure where it was given
  type: str
  sample: es-cn-0pp1jxvcl0001abcd
request_id:
  description: The RequestId of the API's last response. Null where there was none, or it had none.
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
  description: What was said, with the keys of RV(aliyun.elasticsearch.es_snapshot#module:error).
  returned: failure
  type: dict
  sample:
    code: Forbidden.RAM
    message: User not authorized to operate on the specified resource, or this API doesn't support RAM.
    http_status: 403
    request_id: 8EA34ABE-3C51-4C7B-8A8C-27C3B4B5A8D1
    host_id: elasticsearch.cn-hangzhou.aliyuncs.com
    recommend:
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from ..module_utils._errors import NOT_SENT, REFUSED, UNKNOWN
from ..module_utils._openapi.instances import Instance, Instances
from ..module_utils._plugin import options
from ..module_utils._plugin.connect import connect_openapi
from ..module_utils._plugin.module import Meaning, ModuleCaller, run

ARGUMENT_SPEC = options.spec(
    options.credentials,
    options.connection,
    options.transport,
    instance_id={"type": "str"},
    status={
        "type": "list",
        "elements": "str",
        "choices": ["active", "activating", "inactive", "invalid", "unknown"],
    },
    tags={"type": "dict"},
    description={"type": "str"},
    gather_health={"type": "bool", "default": False},
    gather_details={"type": "bool", "default": False},
)


def list_instances(caller: ModuleCaller, result: dict[str, Any]) -> None:
    """Read the instances, or the one of that ID, and put those that are asked for into the result."""
    asked = caller.options
    options.check(asked)
    client = connect_openapi(caller)
    instances = Instances(client)
    if asked["instance_id"] is None:
        found = instances.all()
    else:
        found = [instance for instance in [instances.named(asked["instance_id"])] if instance is not None]
    wanted = [instance for instance in found if is_wanted(instance, asked)]
    more = [instances.with_details] if asked["gather_details"] and asked["instance_id"] is None else []
    more += [instances.with_health] if asked["gather_health"] else []
    for read in more:
        known = [read(instance) for instance in wanted]
        # What was read later may say something else.
        wanted = [instance for instance in known if instance is not None and is_wanted(instance, asked)]
    if instances.unnamed:
        caller.warn(f"{instances.unnamed} of the rows that the API listed had no instance ID, and were left out.")
    result.update(
        instances=[instance.result() for instance in wanted],
        request_id=instances.request_id,
        msg=describe(wanted, len(found), asked["instance_id"], client.region),
    )


def describe(wanted: Sequence[Instance], found: int, instance_id: str | None, region: str | None) -> str:
    """Return a sentence on the instances that are wanted, of those that were found."""
    where = f"in {region}" if region else "at the endpoint"
    if instance_id is not None and not found:
        return f"There is no instance {instance_id} {where}. See that the ID and the region are right."
    number = f"{len(wanted)} of {found}" if len(wanted) != found else f"{found}"
    statuses = Counter(instance.shown_status for instance in wanted)
    counts = ", ".join(f"{count} {status}" for status, count in statuses.items())
    return f"{number} instance{'' if found == 1 else 's'} found {where}{': ' if counts else ''}{counts}."


def is_wanted(instance: Instance, asked: Mapping[str, Any]) -> bool:
    """Whether an instance is one of those that the options ask for."""
    tags = instance.tags or {}
    return (
        (not asked["status"] or instance.status in asked["status"])
        and all(tags.get(str(key)) == str(value) for key, value in (asked["tags"] or {}).items())
        and (asked["description"] or "") in (instance.description or "")
    )


def meanings(asked: Mapping[str, Any], result: Mapping[str, Any]) -> Mapping[str, Meaning]:
    """Return what each outcome of a failed task means: always the same, as nothing is changed."""
    return dict.fromkeys((NOT_SENT, REFUSED, UNKNOWN), Meaning("The instances could not be read."))


def main() -> None:
    run(list_instances, ARGUMENT_SPEC, meanings)


if __name__ == "__main__":  # pragma: no cover
    main()

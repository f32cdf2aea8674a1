# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)

from __future__ import annotations

DOCUMENTATION = r"""
name: es_instances
short_description: Alibaba Cloud Elasticsearch instances as hosts
version_added: 0.1.0
description:
  - Makes a host of each Alibaba Cloud Elasticsearch instance in some regions (C(ListInstance) of the OpenAPI, version
    2017-06-13). Its name is the ID of the instance, and its group is C(aliyun_elasticsearch).
  - Its source is a file whose name ends with C(aliyun_es.yml) or C(aliyun_es.yaml).
  - The variables of a host are the keys of RV(aliyun.elasticsearch.es_instance_info#module:instances) with the prefix
    C(es_), such as C(es_status), C(es_version), C(es_tags) and C(es_endpoint). What a list does not tell is null,
    C(es_health) among it.
  - The hosts are no machines to log in to. So tasks run on the controller, by C(ansible_connection=local) and its
    Python as variables of the group. Variables of your own win, for instance in C(group_vars).
author:
  - aliyun.elasticsearch contributors (!UNKNOWN)
extends_documentation_fragment:
  - constructed
  - inventory_cache
  - aliyun.elasticsearch.credentials
  - aliyun.elasticsearch.transport
options:
  plugin:
    description: The name of this plugin.
    type: str
    required: true
    choices: [aliyun.elasticsearch.es_instances]
  regions:
    description:
      - The IDs of the regions whose instances are listed, as in V(cn-hangzhou). Where one of them cannot be read, the
        whole source fails and names it.
    type: list
    elements: str
    required: true
  network:
    description:
      - Which endpoint of each region is asked, V(public), which is C(elasticsearch.<region>.aliyuncs.com), or V(vpc),
        which is C(elasticsearch-vpc.<region>.aliyuncs.com) and is reached from within a VPC of that region.
    type: str
    choices: [public, vpc]
    default: public
  endpoint:
    description:
      - A host, C(host:port) or URL to ask in place of the region's endpoint. There can be only one of O(regions) then.
      - Without it, the environment variable E(ALIBABA_CLOUD_ENDPOINT_ELASTICSEARCH), where that is set.
    type: str
  retries:
    description: How many times a request is sent again, from 0 to 100.
    type: int
    default: 2
notes:
  - The RAM identity needs C(elasticsearch:ListInstance) on C(acs:elasticsearch:<region>:<account>:instances/*).
  - All of it runs on the controller, with its environment variables, credentials files and Python library C(requests).
  - The options of the credentials and O(endpoint) can be templates, with extra variables and lookups.
  - Descriptions and tags can be written by many people. They are marked as unsafe, so that they never run as templates.
  - A cache is not used with other credentials, another O(endpoint) or another O(network) than it was filled with.
seealso:
  - module: aliyun.elasticsearch.es_instance_info
  - name: ListInstance
    description: The operation in the API reference.
    link: https://www.alibabacloud.com/help/en/es/developer-reference/api-listinstance
"""

EXAMPLES = r"""
# All instances of a region, or of several, in a file such as fleet.aliyun_es.yml. Credentials come from
# ALIBABA_CLOUD_ACCESS_KEY_ID and ALIBABA_CLOUD_ACCESS_KEY_SECRET on the controller.
plugin: aliyun.elasticsearch.es_instances
regions:
  - cn-hangzhou

# That is enough. This makes groups of them: those that are in order, one group for each environment, and one for each
# version.
groups:
  ready: es_status == 'active'
keyed_groups:
  - key: es_tags.env | default('none')
    prefix: env
  - key: es_version
    prefix: version
"""

import hashlib
import logging
import os
import re
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from ansible.errors import AnsibleParserError
from ansible.module_utils.ansible_release import __version__ as ansible_version
from ansible.plugins.inventory import BaseInventoryPlugin, Cacheable, Constructable
from ansible.utils.unsafe_proxy import wrap_var

from ..module_utils._errors import NOT_SENT, REFUSED, UNKNOWN, AliyunError
from ..module_utils._openapi.instances import Instances
from ..module_utils._plugin import options as groups
from ..module_utils._plugin.connect import account_name, connect_openapi, find_endpoint, first_set
from ..module_utils._plugin.module import Meaning, fail_json_arguments, register_secret

if TYPE_CHECKING:
    from ansible.inventory.data import InventoryData
    from ansible.parsing.dataloader import DataLoader

try:
    from ansible.template import trust_as_template
except ImportError:  # before ansible-core 2.19, every text is a template

    def trust_as_template(value: Any) -> Any:  # type: ignore[misc]
        return value


GROUP = "aliyun_elasticsearch"
PREFIX = "es_"
SUFFIXES = ("aliyun_es.yml", "aliyun_es.yaml")
# No pattern of hosts, and nothing that a path or a shell could read in another way.
_HOST_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*", re.ASCII)
_SHARED_OPTIONS = sorted(groups.spec(groups.credentials, groups.connection, groups.transport).keys() - {"region"})
_TEMPLATES = ("access_key_id", "access_key_secret", "security_token", "profile", "endpoint")


class InventoryCaller:
    """The plugin as the clients see it (``Caller``), for one region."""

    user_agent = f"ansible-core/{ansible_version}"

    def __init__(self, plugin: InventoryModule, options: Mapping[str, Any], region: str) -> None:
        self.options: Mapping[str, Any] = {**options, "region": region}
        self.environ: Mapping[str, str] = os.environ
        self._plugin = plugin

    def warn(self, text: str) -> None:
        """Show a warning."""
        self._plugin.display.warning(text)

    def mask(self, secret: str) -> None:
        """Keep a secret out of all that ansible-core shows; the client's own errors have none."""
        register_secret(secret)


class InventoryModule(BaseInventoryPlugin, Constructable, Cacheable):
    """Instances as hosts."""

    NAME = "aliyun.elasticsearch.es_instances"

    def verify_file(self, path: str) -> bool:
        """Return whether a file can be a source of this plugin, by its name."""
        return bool(super().verify_file(path)) and path.endswith(SUFFIXES)

    def parse(self, inventory: InventoryData, loader: DataLoader, path: str, cache: bool = True) -> None:
        """Read the source and add its hosts; ``cache`` is false where the cache is to be filled anew."""
        super().parse(inventory, loader, path, cache)
        self.templar.available_variables = self._vars or {}  # of -e
        self._read_config_data(path)
        shared = {name: self._option(name) for name in _SHARED_OPTIONS}
        regions = list(dict.fromkeys(str(region or "").strip() for region in self.get_option("regions")))
        if "" in regions:
            raise AnsibleParserError("regions must not hold a blank one.")
        records = [record for region in regions for record in self._read(shared, region, len(regions), path, cache)]
        _add_group(inventory)
        for record in records:
            self._add_host(inventory, record)

    def _option(self, name: str) -> Any:
        value = self.get_option(name)
        if name in _TEMPLATES and isinstance(value, str) and self.templar.is_template(value):
            value = self.templar.template(value)
            return None if value is None else str(value)  # a template can come to a number
        return value

    def _read(self, shared: Mapping[str, Any], region: str, count: int, path: str, cache: bool) -> list[dict[str, Any]]:
        caller = InventoryCaller(self, shared, region)
        try:
            endpoint, _region = find_endpoint(caller.options, caller.environ)
            if count > 1 and (
                (shared["endpoint"] or "").strip() or first_set(caller.environ, groups.ENDPOINT_VARIABLES)
            ):
                raise AliyunError("With an endpoint, also one from the environment, regions can hold only one.")
            known = (account_name(caller.options, caller.environ), endpoint, shared["network"], region)
            key = f"{self.get_cache_key(path)}_{hashlib.sha256(repr(known).encode()).hexdigest()[:16]}"
            cached = self._cached(key) if cache else None
            if cached is not None:
                return cached
            with _quiet():
                instances = Instances(connect_openapi(caller))
                found = [instance.result() for instance in instances.all()]
        except AliyunError as error:
            meaning = Meaning(f"The instances in {region} could not be read.")
            meanings = dict.fromkeys((NOT_SENT, REFUSED, UNKNOWN), meaning)
            raise AnsibleParserError(fail_json_arguments(error, {}, meanings)["msg"]) from None
        if instances.unnamed:
            caller.warn(f"{instances.unnamed} of the rows that the API listed had no instance ID, and were left out.")
        if self.get_option("cache"):
            self._cache[key] = found
            self.update_cache_if_changed()  # now, as the groups can still fail
        return found

    def _cached(self, key: str) -> list[dict[str, Any]] | None:
        if not self.get_option("cache"):
            return None
        try:
            records = self._cache[key]
        except KeyError:
            return None
        is_whole = isinstance(records, list) and all(isinstance(record, dict) for record in records)
        return records if is_whole else None

    def _add_host(self, inventory: InventoryData, record: Mapping[str, Any]) -> None:
        name = record.get("instance_id")
        if not isinstance(name, str) or not _HOST_NAME.fullmatch(name):
            self.display.warning(f"An instance was left out, as its ID cannot be the name of a host: {name!a}.")
            return
        inventory.add_host(name, group=GROUP)
        variables = {f"{PREFIX}{key}": wrap_var(value) for key, value in record.items()}
        for key, value in variables.items():
            inventory.set_variable(name, key, value)
        strict = self.get_option("strict")
        self._set_composite_vars(self.get_option("compose"), variables, name, strict=strict)
        self._add_host_to_composed_groups(self.get_option("groups"), variables, name, strict=strict)
        self._add_host_to_keyed_groups(self.get_option("keyed_groups"), variables, name, strict=strict)


def _add_group(inventory: InventoryData) -> None:
    # Of the group, so that variables for the group that people write win.
    inventory.add_group(GROUP)
    inventory.set_variable(GROUP, "ansible_connection", "local")
    python = trust_as_template("{{ ansible_playbook_python }}")
    inventory.set_variable(GROUP, "ansible_python_interpreter", python)


@contextmanager
def _quiet() -> Iterator[None]:
    """Let libraries log and warn nothing: they log responses and keys, and this process goes on."""
    before = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(before)

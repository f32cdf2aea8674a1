# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The inventory plugin, with options and a cache of the test's own; the integration tests have it read by Ansible."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible.errors import AnsibleParserError
from ansible.inventory.data import InventoryData
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar
from ansible.utils.vars import load_extra_vars

from ansible_collections.aliyun.elasticsearch.plugins.doc_fragments import transport
from ansible_collections.aliyun.elasticsearch.plugins.inventory import es_instances
from ansible_collections.aliyun.elasticsearch.plugins.inventory.es_instances import InventoryModule
from ansible_collections.aliyun.elasticsearch.plugins.module_utils._openapi.instances import Instance
from ansible_collections.aliyun.elasticsearch.plugins.module_utils._plugin import connect
from ansible_collections.aliyun.elasticsearch.plugins.module_utils._plugin import options as groups
from ansible_collections.aliyun.elasticsearch.tests.unit.support.openapi import ScriptedOpenApi, json_response
from ansible_collections.aliyun.elasticsearch.tests.unit.support.server import Server, unused_port

GROUP = "aliyun_elasticsearch"
HOSTILE = "{{ 7 * 6 }}"
ROWS = [
    {
        "instanceId": "es-1",
        "description": HOSTILE,
        "status": "active",
        "esVersion": "8.15.1_with_X-Pack",
        "domain": "es-1.example",
        "port": "9200",
        "tags": [{"tagKey": "env", "tagValue": "prod"}, {"tagKey": HOSTILE, "tagValue": HOSTILE}],
        "esIPWhitelist": ["white"],
    },
    {"instanceId": "es-2", "status": "invalid"},
]
DENIED = json_response("403 Forbidden", Code="Forbidden.RAM", Message="not you", RequestId="E-3")
SHARED = groups.spec(groups.credentials, groups.connection, groups.transport)


def trusted(value: Any) -> Any:
    """Return options as Ansible reads them from a source, where a text may be a template."""
    if isinstance(value, dict):
        return {name: trusted(member) for name, member in value.items()}
    if isinstance(value, list):
        return [trusted(item) for item in value]
    return es_instances.trust_as_template(value) if isinstance(value, str) else value


class Source:
    """A source with its options, a cache that lasts, and what was warned of."""

    def __init__(self, **options: Any) -> None:
        self.options = {
            **{name: option.get("default") for name, option in SHARED.items()},
            **{"regions": ["r-1"], "access_key_id": "the-id", "access_key_secret": "the-secret"},
            **{"retries": 0, "retry_max_delay": 0, "cache": False, "strict": True},
            **dict.fromkeys(("compose", "groups", "keyed_groups")),
            **trusted(options),
        }
        self.cache: dict[str, Any] = {}
        self.warned: list[str] = []
        self.saved = 0

    def parse(self, cache: bool = True) -> InventoryData:
        """Read the source, and return the inventory."""
        plugin, inventory = InventoryModule(), InventoryData()
        given = vars(plugin)
        given["get_option"] = self.options.__getitem__
        given["get_cache_key"] = lambda path: f"key of {path}"
        given["_read_config_data"] = lambda path: None
        given["_cache"] = self.cache
        given["update_cache_if_changed"] = self._save
        given["display"] = self
        plugin.parse(inventory, DataLoader(), "a.aliyun_es.yml", cache)
        inventory.reconcile_inventory()
        return inventory

    def warning(self, text: str) -> None:
        self.warned.append(text)

    def _save(self) -> None:
        self.saved += 1


Serve = Callable[..., Server]


@pytest.fixture
def source(serve: Serve) -> Callable[..., tuple[Source, ScriptedOpenApi]]:
    """Make a source whose only region is served by an API with these rows."""

    def make(rows: Any = None, **options: Any) -> tuple[Source, ScriptedOpenApi]:
        api = ScriptedOpenApi(ROWS if rows is None else rows)
        return Source(endpoint=serve(api).url, **options), api

    return make


def variables(inventory: InventoryData, host: str) -> dict[str, Any]:
    found: dict[str, Any] = inventory.get_host(host).vars
    return found


@pytest.mark.parametrize(
    ("name", "is_one"),
    [
        *[("aliyun_es.yml", True), ("fleet.aliyun_es.yaml", True), ("a-aliyun_es.yml", True)],
        *[("aliyun_es.json", False), ("alicloud.yml", False), ("aliyun_es", False), ("absent.aliyun_es.yml", False)],
    ],
)
def test_source_is_known_by_its_name(tmp_path: Path, name: str, is_one: bool) -> None:
    path = tmp_path / name
    if not name.startswith("absent"):
        path.write_text("---\n", encoding="utf-8")
    assert InventoryModule().verify_file(str(path)) is is_one


def test_documentation_has_the_options_that_the_clients_need() -> None:
    own = yaml.safe_load(es_instances.DOCUMENTATION)
    shared = {**yaml.safe_load(transport.ModuleDocFragment.DOCUMENTATION)["options"], **groups.credentials()}
    documented = {**shared, **own["options"]}
    assert set(SHARED) - {"region"} <= set(documented)
    for name, option in SHARED.items():
        if name not in ("region", "retries"):
            assert documented[name].get("default") == option.get("default"), name
            assert documented[name]["type"] == option["type"], name
    assert documented["retries"]["default"] < SHARED["retries"]["default"]
    assert InventoryModule.NAME == f"aliyun.elasticsearch.{own['name']}" == own["options"]["plugin"]["choices"][0]


def test_hosts_are_instances_with_the_record_as_variables(source: Any) -> None:
    made, api = source()
    inventory = made.parse()
    assert list(inventory.groups[GROUP].get_hosts()) == [inventory.hosts["es-1"], inventory.hosts["es-2"]]
    first = variables(inventory, "es-1")
    names = {f"es_{name}" for name in Instance("es-1").result()}
    assert names <= first.keys()
    assert {name for name in first if name.startswith("es_")} == names
    assert (first["es_region"], first["es_version"], first["es_health"]) == ("r-1", "8.15.1", None)
    assert first["es_endpoint"] == {"protocol": None, "host": "es-1.example", "port": 9200}
    assert variables(inventory, "es-2")["es_tags"] is None
    assert "white" not in str(inventory.serialize() if hasattr(inventory, "serialize") else first)
    assert (api.actions, made.warned) == (["ListInstance"], [])


def test_hosts_are_worked_on_from_the_controller_unless_somebody_says_otherwise(source: Any) -> None:
    inventory = source()[0].parse()
    assert inventory.groups[GROUP].vars["ansible_connection"] == "local"
    python = inventory.groups[GROUP].vars["ansible_python_interpreter"]
    assert "ansible_connection" not in variables(inventory, "es-1")
    templar = Templar(loader=DataLoader(), variables={"ansible_playbook_python": "/a/python"})
    assert templar.template(python) == "/a/python"


def test_texts_of_the_api_never_run_as_templates(source: Any) -> None:
    compose = {"es_copy": "es_description", "es_more": "'more ' ~ es_description"}
    inventory = source(compose=compose)[0].parse()
    found = variables(inventory, "es-1")
    templar = Templar(loader=DataLoader(), variables={})
    for text in (found["es_description"], *found["es_tags"], *found["es_tags"].values(), found["es_copy"]):
        assert templar.template(text) == str(text)
    assert templar.template(found["es_description"]) == HOSTILE
    assert templar.template(found["es_tags"]) == {"env": "prod", HOSTILE: HOSTILE}
    assert templar.template(found["es_more"]) == f"more {HOSTILE}"


def test_groups_and_variables_are_composed(source: Any) -> None:
    options = {
        "compose": {"es_url": "es_endpoint.host | default('none', true)"},
        "groups": {"ready": "es_status == 'active'"},
        "keyed_groups": [{"key": "es_status", "prefix": "status"}, {"key": "es_version", "prefix": "v"}],
    }
    inventory = source(**options, strict=False)[0].parse()
    assert {name: [host.name for host in group.get_hosts()] for name, group in inventory.groups.items()} == {
        **{"all": ["es-1", "es-2"], "ungrouped": [], GROUP: ["es-1", "es-2"], "ready": ["es-1"]},
        **{"status_active": ["es-1"], "status_invalid": ["es-2"], "v_8_15_1": ["es-1"]},
    }
    assert variables(inventory, "es-1")["es_url"] == "es-1.example"
    with pytest.raises(Exception, match=r"es_none"):
        source(groups={"a": "es_none.b"})[0].parse()


@pytest.fixture
def regions(monkeypatch: pytest.MonkeyPatch, serve: Serve) -> Callable[..., None]:
    """Serve regions by APIs of their own, in place of the endpoints that their names stand for."""

    def use(**apis: ScriptedOpenApi) -> None:
        urls = {name.replace("_", "-"): serve(api).url for name, api in apis.items()}
        monkeypatch.setattr(connect, "regional_endpoint", lambda region, network: urls[region])

    return use


def test_every_region_is_listed_once(regions: Callable[..., None]) -> None:
    first, second = ScriptedOpenApi(ROWS), ScriptedOpenApi([{"instanceId": "es-3"}])
    regions(r_1=first, r_2=second)
    inventory = Source(regions=["r-1", " r-2", "r-1"]).parse()
    found = {name: host.vars["es_region"] for name, host in inventory.hosts.items()}
    assert found == {"es-1": "r-1", "es-2": "r-1", "es-3": "r-2"}
    assert (len(first.requests), len(second.requests)) == (1, 1)


def test_a_region_that_cannot_be_read_fails_the_source_by_its_name(regions: Callable[..., None]) -> None:
    regions(r_1=ScriptedOpenApi(ROWS), r_2=ScriptedOpenApi(ListInstance=DENIED))
    with pytest.raises(AnsibleParserError) as caught:
        Source(regions=["r-1", "r-2"]).parse()
    assert str(caught.value).startswith("The instances in r-2 could not be read. Forbidden.RAM: not you (HTTP 403, ")
    assert "elasticsearch:ListInstance on acs:elasticsearch:r-2:*:instances/*" in str(caught.value)


@pytest.mark.parametrize(
    ("options", "environ", "says"),
    [
        ({"regions": ["r-1", "r-2"], "endpoint": "127.0.0.1"}, {}, "regions can hold only one"),
        ({"regions": ["r-1", "r-2"]}, {"ALIBABA_CLOUD_ENDPOINT_ELASTICSEARCH": "a.test"}, "regions can hold only one"),
        ({"regions": [" "]}, {"ALIBABA_CLOUD_REGION_ID": "r-1"}, "regions must not hold a blank one"),
        ({"regions": ["r-1", None]}, {}, "regions must not hold a blank one"),
        ({"regions": ["R 1"]}, {}, "region may hold lower-case letters"),
        ({"access_key_id": None}, {}, "access_key"),
        ({"retries": -1}, {}, "retries must be from 0 to 100"),
    ],
    ids=str,
)
def test_options_that_cannot_be_meant_fail_before_the_network(
    monkeypatch: pytest.MonkeyPatch, options: dict[str, Any], environ: dict[str, str], says: str
) -> None:
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(AnsibleParserError) as caught:
        Source(**options).parse()
    assert says in str(caught.value)
    assert "the-secret" not in str(caught.value)


def test_nothing_that_listens_fails_the_source() -> None:
    with pytest.raises(AnsibleParserError, match=r"^The instances in r-1 could not be read\. "):
        Source(endpoint=f"http://127.0.0.1:{unused_port()}").parse()


def test_options_of_the_credentials_and_the_endpoint_can_be_templates(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(load_extra_vars, "extra_vars", {"given": "an-id"}, raising=False)
    api = ScriptedOpenApi(ROWS)
    endpoint = f"{{{{ '{serve(api).url}' }}}}"
    made = Source(endpoint=endpoint, access_key_id="{{ given }}", access_key_secret="{{ 'a-secret' }}")
    assert list(made.parse().hosts) == ["es-1", "es-2"]
    assert "Credential=an-id," in api.requests[0].headers["authorization"]
    Source(endpoint=endpoint, access_key_id="{{ 2026 }}", access_key_secret="{{ 'a-secret' }}").parse()
    assert "Credential=2026," in api.requests[-1].headers["authorization"]


def test_instances_whose_id_is_no_host_name_are_left_out(source: Any) -> None:
    rows = [{"instanceId": name} for name in ("es-1", "x[1:3]", HOSTILE, "-a", "a/b", "a b", "é")]
    made, _api = source([*rows, {"status": "active"}])
    assert list(made.parse().hosts) == ["es-1"]
    assert len([text for text in made.warned if "cannot be the name of a host" in text]) == 6
    assert "1 of the rows that the API listed had no instance ID, and were left out." in made.warned
    assert all(text.isprintable() for text in made.warned)


def test_loggers_and_warnings_are_as_before(source: Any) -> None:
    logging.disable(logging.DEBUG)
    try:
        source()[0].parse()
        assert logging.root.manager.disable == logging.DEBUG
        with pytest.raises(AnsibleParserError):
            Source(endpoint=f"http://127.0.0.1:{unused_port()}").parse()
        assert logging.root.manager.disable == logging.DEBUG
    finally:
        logging.disable(logging.NOTSET)


class TestCache:
    def test_cache_is_not_touched_unless_it_is_switched_on(self, source: Any) -> None:
        made, api = source()
        made.parse()
        made.parse()
        assert (len(api.requests), made.cache, made.saved) == (2, {}, 0)

    def test_cache_has_the_records_and_groups_are_made_each_time(self, source: Any) -> None:
        made, api = source(cache=True, keyed_groups=[{"key": "es_status", "prefix": "status"}])
        first, second = made.parse(), made.parse()
        assert (len(api.requests), len(made.cache), made.saved) == (1, 1, 1)
        assert {name: host.vars for name, host in first.hosts.items()} == {
            name: host.vars for name, host in second.hosts.items()
        }
        assert set(second.groups) == set(first.groups) > {"status_active"}
        (records,) = made.cache.values()
        assert json.loads(json.dumps(records)) == records
        assert "white" not in json.dumps(made.cache)
        templar = Templar(loader=DataLoader(), variables={})
        assert templar.template(variables(second, "es-1")["es_description"]) == HOSTILE

    def test_cache_is_filled_anew_on_request(self, source: Any) -> None:
        made, api = source(cache=True)
        made.parse()
        made.parse(cache=False)
        assert (len(api.requests), len(made.cache), made.saved) == (2, 1, 2)

    @pytest.mark.parametrize(
        "change", [{"access_key_id": "another"}, {"network": "vpc"}, {"regions": ["r-2"]}], ids=str
    )
    def test_cache_is_of_one_account_network_and_region(self, source: Any, change: dict[str, Any]) -> None:
        made, api = source(cache=True)
        made.parse()
        made.options.update(change)
        made.parse()
        assert (len(api.requests), len(made.cache)) == (2, 2)
        assert not any(secret in str(list(made.cache)) for secret in ("the-id", "the-secret", "another"))

    def test_cache_is_of_one_endpoint(self, source: Any) -> None:
        made, api = source(cache=True)
        other, other_api = source([], cache=True)
        made.parse()
        made.options["endpoint"] = other.options["endpoint"]
        assert list(made.parse().hosts) == []
        assert (len(api.requests), len(other_api.requests)) == (1, 1)

    @pytest.mark.parametrize("broken", [None, "x", {}, [None], ["es-1"]], ids=str)
    def test_cache_that_is_broken_is_read_anew(self, source: Any, broken: Any) -> None:
        made, api = source(cache=True)
        made.parse()
        made.cache.update(dict.fromkeys(made.cache, broken))
        assert list(made.parse().hosts) == ["es-1", "es-2"]
        assert len(api.requests) == 2

    def test_cache_is_written_before_the_groups_are_made(self, source: Any) -> None:
        made, api = source(cache=True, groups={"a": "es_none.b"})
        for _run in range(2):
            with pytest.raises(AnsibleParserError):
                made.parse()
        assert (len(api.requests), made.saved) == (1, 1)

# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import ast
import importlib
import inspect
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.aliyun.elasticsearch.plugins.module_utils._plugin import module as plugin_module
from ansible_collections.aliyun.elasticsearch.plugins.module_utils._plugin import options as groups
from ansible_collections.aliyun.elasticsearch.plugins.module_utils._plugin.connect import VERSION

COLLECTION = "ansible_collections.aliyun.elasticsearch"
ROOT = Path(groups.__file__).parents[3]
MODULES = sorted(path.stem for path in (ROOT / "plugins" / "modules").glob("*.py"))
FRAGMENTS = sorted(path.stem for path in (ROOT / "plugins" / "doc_fragments").glob("*.py"))
SPECS = sorted(
    name
    for name, function in inspect.getmembers(groups, inspect.isfunction)
    if function.__module__ == groups.__name__ and not inspect.signature(function).parameters
)
_DEFAULTS = {"type": "str", "elements": None, "required": False, "default": None, "choices": None, "aliases": []}


def load(path: str) -> Any:
    return yaml.safe_load((ROOT / path).read_text(encoding="utf-8"))


def fragment(name: str) -> dict[str, Any]:
    """Return a fragment, or with ``file.part`` one of the further parts of its file."""
    file, _dot, part = name.partition(".")
    module = importlib.import_module(f"{COLLECTION}.plugins.doc_fragments.{file}")
    documentation: dict[str, Any] = yaml.safe_load(getattr(module.ModuleDocFragment, part.upper() or "DOCUMENTATION"))
    return documentation


def documentation(module: str) -> dict[str, Any]:
    """Return a module's documentation with the options and attributes of its fragments."""
    document: dict[str, Any] = yaml.safe_load(
        importlib.import_module(f"{COLLECTION}.plugins.modules.{module}").DOCUMENTATION
    )
    options, attributes = dict(document.get("options", {})), dict(document.get("attributes", {}))
    for name in document["extends_documentation_fragment"]:
        extended = fragment(name[len("aliyun.elasticsearch.") :])
        options.update(extended.get("options", {}))
        for attribute, details in extended.get("attributes", {}).items():
            attributes[attribute] = {**details, **attributes.get(attribute, {})}
    return {**document, "options": options, "attributes": attributes}


def comparable(options: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Return of each option what documentation and argument spec have in common; what is not given is not there."""
    return {
        name: {key: option[key] for key in _DEFAULTS if option.get(key, _DEFAULTS[key]) != _DEFAULTS[key]}
        for name, option in options.items()
    }


def role_variable(role: str, name: str) -> Any:
    """Return the value of a variable that is written down in the tasks of a role, be it as a list or as a template."""
    value = next(task["vars"][name] for task in load(f"roles/{role}/tasks/main.yml") if name in task.get("vars", {}))
    return ast.literal_eval(value.strip("{} \n")) if isinstance(value, str) else value


def numbers(version: str) -> tuple[int, ...]:
    """Return a version as numbers, which compare as versions do; fails for what is not X.Y.Z."""
    major, minor, patch = map(int, version.split("."))
    return major, minor, patch


class Recorded(Exception):
    """Ends a module once its argument spec is known."""


def arguments(module: str, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Return the arguments with which a module makes its AnsibleModule."""
    imported = importlib.import_module(f"{COLLECTION}.plugins.modules.{module}")
    recorded: dict[str, Any] = {}

    def record(**options: Any) -> None:
        recorded.update(options)
        raise Recorded

    monkeypatch.setattr(plugin_module, "AnsibleModule", record)
    with pytest.raises(Recorded):
        imported.main()
    assert recorded["argument_spec"] == imported.ARGUMENT_SPEC
    return recorded


def test_version_in_the_user_agent_is_the_collections() -> None:
    assert load("galaxy.yml")["version"] == VERSION


def test_nothing_is_documented_as_added_later_than_the_next_version() -> None:
    """The version in galaxy.yml is the last one released, or before the first release that one."""
    files = [path for folder in ("plugins", "roles") for path in (ROOT / folder).rglob("*.*") if path.is_file()]
    added = {
        path.name: re.findall(r"^ *version_added: *[\"']?([^\"'\s]+)", path.read_text(encoding="utf-8"), re.MULTILINE)
        for path in files
        if path.suffix in (".py", ".yml")
    }
    assert added["es_snapshot.py"]
    major, minor, patch = numbers(VERSION)
    upcoming = [(major, minor, patch + 1), (major, minor + 1, 0), (major + 1, 0, 0)]
    late = {
        (name, version)
        for name, versions in added.items()
        for version in versions
        if numbers(version) > numbers(VERSION) and numbers(version) not in upcoming
    }
    assert late == set()


def test_modules_and_fragments_are_found() -> None:
    assert "es_snapshot" in MODULES
    assert {"attributes", "connection", "credentials", "transport"} <= set(FRAGMENTS)


def test_action_group_has_every_module() -> None:
    assert sorted(load("meta/runtime.yml")["action_groups"]["all"]) == MODULES


def test_fragments_document_every_group_of_options_under_its_name() -> None:
    assert [name for name in FRAGMENTS if fragment(name).get("options")] == SPECS


@pytest.mark.parametrize("name", SPECS)
def test_fragment_documents_exactly_the_argument_spec(name: str) -> None:
    assert comparable(fragment(name)["options"]) == comparable(getattr(groups, name)())


@pytest.mark.parametrize("module", MODULES)
class TestModule:
    def test_module_uses_the_fragments_that_all_share(self, module: str) -> None:
        used = documentation(module)["extends_documentation_fragment"]
        assert set(used) >= {f"aliyun.elasticsearch.{name}" for name in ("attributes", "credentials", "connection")}

    def test_module_uses_the_fragment_of_an_instance_where_one_is_required(self, module: str) -> None:
        document = documentation(module)
        is_required = document["options"]["instance_id"].get("required", False)
        assert is_required == ("aliyun.elasticsearch.instance" in document["extends_documentation_fragment"])

    def test_module_documents_exactly_its_options(self, module: str, monkeypatch: pytest.MonkeyPatch) -> None:
        spec = arguments(module, monkeypatch)["argument_spec"]
        assert comparable(documentation(module)["options"]) == comparable(spec)

    def test_module_documents_its_support_of_check_mode(self, module: str, monkeypatch: pytest.MonkeyPatch) -> None:
        support = documentation(module)["attributes"]["check_mode"]["support"]
        assert (support == "full") == arguments(module, monkeypatch).get("supports_check_mode", False)


@pytest.mark.parametrize("module", MODULES)
def test_module_has_tests_and_is_named_where_people_look(module: str) -> None:
    assert list((ROOT / "tests/unit/plugins/modules").glob(f"test_{module}.py"))
    assert (ROOT / "tests/integration/targets" / module / "tasks" / "main.yml").exists()
    assert f"`{module}`" in (ROOT / "README.md").read_text(encoding="utf-8")
    if (ROOT / ".github").exists():  # it is not in the tarball
        (components,) = (
            field["attributes"]["options"]
            for field in load(".github/ISSUE_TEMPLATE/bug_report.yml")["body"]
            if field.get("id") == "component"
        )
        assert module in components


def test_requests_floor_is_the_same_everywhere() -> None:
    (documented,) = (text for text in fragment("transport")["requirements"] if text.startswith("requests"))
    lines = (ROOT / "meta" / "ee-requirements.txt").read_text(encoding="utf-8").splitlines()
    (packaged,) = (line for line in lines if line.startswith("requests"))
    assert re.fullmatch(r"requests>=\d+(\.\d+)+", packaged)
    assert documented.replace(" ", "") == packaged


def test_every_permission_is_in_the_guide_and_in_the_notes_of_a_module() -> None:
    tree = ast.parse((ROOT / "plugins/module_utils/_openapi/operations.py").read_text(encoding="utf-8"))
    lists = [node.value for node in ast.walk(tree) if isinstance(node, ast.keyword) and node.arg == "permissions"]
    pairs = [node for each in lists for node in ast.walk(each) if isinstance(node, ast.Tuple)]
    permissions = {f"elasticsearch:{ast.literal_eval(pair.elts[0])}" for pair in pairs}
    assert {"elasticsearch:CreateSnapshot", "elasticsearch:UseCredential"} <= permissions

    guide = (ROOT / "docs/docsite/rst/guide_credentials.rst").read_text(encoding="utf-8")
    assert permissions - set(re.findall(r'"(elasticsearch:\w+)"', guide)) == set()
    notes = [note for module in MODULES for note in documentation(module).get("notes", [])]
    notes += [note for name in FRAGMENTS for note in fragment(name).get("notes", [])]
    assert permissions - set(re.findall(r"C\((elasticsearch:\w+)\)", " ".join(notes))) == set()


def test_role_pre_upgrade_hands_the_options_on_that_all_its_modules_have() -> None:
    shared = {**groups.credentials(), **groups.connection(), **groups.transport()}
    region = shared.pop("region")  # which has a variable of its own
    names = [*shared, *(alias for option in shared.values() for alias in option.get("aliases", []))]
    assert sorted(role_variable("pre_upgrade", "__es_shared")) == sorted(names)
    assert set(region["aliases"]) == {"region_id", "alicloud_region"}, "which the roles refuse in es_options"


def test_role_pre_upgrade_snapshot_has_variables_for_the_options_that_only_es_snapshot_has() -> None:
    spec = importlib.import_module(f"{COLLECTION}.plugins.modules.es_snapshot").ARGUMENT_SPEC
    shared = {**groups.credentials(), **groups.connection(), **groups.transport(), **groups.cluster()}
    own = sorted(spec.keys() - shared.keys())
    named = ["region", "cluster_url", "cluster_username", "cluster_password", "credential_id"]
    assert sorted(role_variable("pre_upgrade_snapshot", "__es_own_names")) == sorted(
        [*own, *named, "region_id", "alicloud_region"]
    )
    role = load("roles/pre_upgrade_snapshot/meta/argument_specs.yml")["argument_specs"]["main"]["options"]
    assert [name for name in [*own, *named] if f"es_{name}" not in role] == []
    (given,) = (
        task["vars"]["__es_given"]
        for task in load("roles/pre_upgrade_snapshot/tasks/main.yml")
        if "__es_given" in task.get("vars", {})
    )
    assert [name for name in [*own, *named] if f"'{name}':" not in given] == []


def test_role_pre_upgrade_snapshot_rewords_what_the_module_says() -> None:
    tasks = load("roles/pre_upgrade_snapshot/tasks/main.yml")
    (told,) = (task["vars"]["__es_told"] for task in tasks if "__es_told" in task.get("vars", {}))
    reworded = re.findall(r"replace\('([^']+)'", told)
    assert len(reworded) == 5
    files = [f"module_utils/{name}.py" for name in ("_cluster/waiter", "_openapi/errors")] + ["modules/es_snapshot.py"]
    trees = [ast.parse((ROOT / "plugins" / name).read_text(encoding="utf-8")) for name in files]
    said = " ".join(str(node.value) for tree in trees for node in ast.walk(tree) if isinstance(node, ast.Constant))
    assert [words for words in reworded if words.strip() not in said] == []

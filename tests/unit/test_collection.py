# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import importlib
import inspect
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from ansible_collections.aliyun.elasticsearch.plugins.module_utils._plugin import options
from ansible_collections.aliyun.elasticsearch.plugins.module_utils._plugin.connect import VERSION

COLLECTION = "ansible_collections.aliyun.elasticsearch"
ROOT = Path(_options.__file__).parents[2]
MODULES = sorted(path.stem for path in (ROOT / "plugins" / "modules").glob("*.py"))
FRAGMENTS = sorted(path.stem for path in (ROOT / "plugins" / "doc_fragments").glob("*.py"))
SPECS = sorted(
    name
    for name, function in inspect.getmembers(_options, inspect.isfunction)
    if function.__module__ == _options.__name__ and not inspect.signature(function).parameters
)
_UNSAID = {"type": "str", "elements": None, "required": False, "default": None, "choices": None, "aliases": []}


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
        name: {key: option[key] for key in _UNSAID if option.get(key, _UNSAID[key]) != _UNSAID[key]}
        for name, option in options.items()
    }


class Recorded(Exception):
    """Ends a module once its argument spec is known."""


def arguments(module: str, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Return the arguments with which a module makes its AnsibleModule."""
    imported = importlib.import_module(f"{COLLECTION}.plugins.modules.{module}")
    recorded: dict[str, Any] = {}

    def record(**options: Any) -> None:
        recorded.update(options)
        raise Recorded

    monkeypatch.setattr(imported, "AnsibleModule", record)
    with pytest.raises(Recorded):
        imported.main()
    return recorded


def test_the_version_in_the_user_agent_is_the_collections() -> None:
    assert load("galaxy.yml")["version"] == VERSION


def test_there_are_modules_and_fragments_to_look_at() -> None:
    assert "es_snapshot" in MODULES
    assert {"attributes", "connection", "credentials"} <= set(FRAGMENTS)


def test_every_module_is_in_the_action_group() -> None:
    assert sorted(load("meta/runtime.yml")["action_groups"]["all"]) == MODULES


def test_every_group_of_options_is_documented_by_the_fragment_of_the_same_name() -> None:
    assert [name for name in FRAGMENTS if fragment(name).get("options")] == SPECS


@pytest.mark.parametrize("name", SPECS)
def test_a_fragment_documents_exactly_the_argument_spec(name: str) -> None:
    assert comparable(fragment(name)["options"]) == comparable(getattr(_options, name)())


@pytest.mark.parametrize("module", MODULES)
class TestModule:
    def test_it_uses_the_fragments_that_all_modules_share(self, module: str) -> None:
        used = documentation(module)["extends_documentation_fragment"]
        assert set(used) >= {
            f"aliyun.elasticsearch.{name}" for name in ("attributes", "instance", "credentials", "connection")
        }

    def test_its_documentation_has_exactly_its_options(self, module: str, monkeypatch: pytest.MonkeyPatch) -> None:
        spec = arguments(module, monkeypatch)["argument_spec"]
        assert comparable(documentation(module)["options"]) == comparable(spec)

    def test_its_support_of_check_mode_is_documented(self, module: str, monkeypatch: pytest.MonkeyPatch) -> None:
        support = documentation(module)["attributes"]["check_mode"]["support"]
        assert (support == "full") == arguments(module, monkeypatch).get("supports_check_mode", False)


def test_the_floor_of_requests_is_the_same_everywhere() -> None:
    (documented,) = (text for text in fragment("connection")["requirements"] if text.startswith("requests"))
    lines = (ROOT / "meta" / "ee-requirements.txt").read_text(encoding="utf-8").splitlines()
    (packaged,) = (line for line in lines if line.startswith("requests"))
    assert re.fullmatch(r"requests>=\d+(\.\d+)+", packaged)
    assert documented.replace(" ", "") == packaged

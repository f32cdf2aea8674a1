# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which file may import what: the rooms of module_utils are in order, and each library has its place."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from ansible_collections.aliyun.elasticsearch.plugins.module_utils._openapi.allowed import rules

PLUGINS = Path(__file__).parents[2] / "plugins"
FOLDERS = ("module_utils", "modules", "inventory")
# A room imports from itself and from those before it; the first one is module_utils itself.
ROOMS = ("", "_http", "_openapi", "_cluster", "_plugin")
FOR_MODULES = (
    "_plugin",
    "_errors",
    "_openapi.operations",
    "_openapi.instances",
    "_openapi.snapshot_setting",
    "_openapi.upgrades",
    "_cluster",
)
LIBRARIES = {
    "requests": ("module_utils/_http/",),
    "urllib3": ("module_utils/_http/",),
    "alibabacloud_credentials": ("module_utils/_openapi/credentials_chain.py",),
    "ansible": ("module_utils/_plugin/", "inventory/"),
}
MAKES_ANSIBLE_MODULE = "module_utils/_plugin/module.py"
# All imports within functions, by file and imported module, each with its reason.
LATE = {
    "module_utils/_redaction.py: html": "only texts that hold an escaped character need it",
    "module_utils/_http/transport.py: requests": "an installation without it gets a message, and no traceback",
    "module_utils/_http/transport.py: requests.adapters": "comes with requests",
    "module_utils/_http/transport.py: _http.network_errors": "only a request that failed needs it",
    "module_utils/_http/network_errors.py: requests.exceptions": "an installation without it gets a message",
    "module_utils/_http/network_errors.py: urllib3.exceptions": "comes with requests",
    "module_utils/_openapi/credentials_chain.py: _http.network_errors": "only a package that is broken needs it",
    "module_utils/_openapi/client.py: _openapi.errors": "only a response that is not accepted needs it",
    "module_utils/_openapi/response.py: xml.etree": "most responses are JSON",
    "module_utils/_openapi/credentials_chain.py: alibabacloud_credentials": "the package is optional",
    "module_utils/_openapi/credentials_chain.py: alibabacloud_credentials.utils": "the package is optional",
    "module_utils/_plugin/connect.py: _openapi.credentials_chain": "options and environment come first",
    "module_utils/_plugin/connect.py: _cluster.client": "es_snapshot without wait and max_age does not need it",
    "module_utils/_plugin/module.py: ansible.module_utils.secrets": "new in ansible-core 2.22",
    "module_utils/_plugin/options.py: _openapi.quartz": "only es_snapshot_setting has a schedule",
    "modules/es_snapshot.py: _cluster.repository": "only wait and max_age need it",
    "modules/es_snapshot.py: _cluster.waiter": "only wait and max_age need it",
    "modules/es_snapshot.py: _plugin.connect": "only wait and max_age need it",
}


def imports(
    path: str, node: ast.AST, late: bool = False, typing: bool = False
) -> Iterator[tuple[str, str, bool, bool]]:
    """Yield of each import the module, the name, and whether it is in a function and whether it is for types only.

    A module within the collection begins with a dot and with its folder under ``plugins``.
    """
    late = late or isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda))
    if isinstance(node, ast.Import):
        yield from ((alias.name, "", late, typing) for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        folders = ["", *path.split("/")[: -node.level]] if node.level else []
        module = ".".join([*folders, *filter(None, [node.module])])
        yield from ((module, alias.name, late, typing) for alias in node.names)
    is_check = isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
    for child in ast.iter_child_nodes(node):
        yield from imports(path, child, late, typing or (is_check and child not in getattr(node, "orelse", [])))


def room(name: str) -> int:
    """Return the place of a module or file of module_utils among the rooms."""
    first = name.replace("/", ".").split(".")[0]
    return ROOMS.index(first) if first in ROOMS else 0


def complaints(files: Mapping[str, str], allowed_late: Mapping[str, str]) -> list[str]:
    """Return what is wrong in the files, given as paths under ``plugins`` with their sources."""
    found, late_imports = [], set()
    for path, source in files.items():
        tree = ast.parse(source)
        for module, name, is_late, for_types in imports(path, tree):
            where, package = f"{path}: {module.removeprefix('.module_utils.')}", module.split(".")[0]
            inside = f"{module}.{name}"[len(".module_utils.") :]
            if package == "ansible_collections":
                found.append(f"{where} is not relative")
            elif not package and not module.startswith(".module_utils"):
                found.append(f"{where} is not in module_utils")
            elif not package and path.startswith("module_utils/"):
                if room(inside) > room(path.partition("/")[2]):
                    found.append(f"{where} is in a later room")
            elif not package and not any(f"{inside}.".startswith(f"{allowed}.") for allowed in FOR_MODULES):
                found.append(f"{where} is not for modules")
            elif package in LIBRARIES and not for_types and not path.startswith(LIBRARIES[package]):
                found.append(f"{where} has another place")
            late_imports.update([where] if is_late else [])
        names = {getattr(node, "attr", getattr(node, "name", None)) for node in ast.walk(tree)}
        if "AnsibleModule" in names and path != MAKES_ANSIBLE_MODULE:
            found.append(f"{path}: AnsibleModule has another place")
    found += [f"{late} is late and not listed" for late in sorted(late_imports - allowed_late.keys())]
    return found + [f"{late} is listed and gone" for late in sorted(allowed_late.keys() - late_imports)]


def test_imports_are_where_they_may_be() -> None:
    paths = [path for folder in FOLDERS for path in sorted((PLUGINS / folder).rglob("*.py"))]
    files = {path.relative_to(PLUGINS).as_posix(): path.read_text(encoding="utf-8") for path in paths}
    assert {"modules/es_snapshot.py", "module_utils/signing.py", MAKES_ANSIBLE_MODULE} <= files.keys()
    assert {path.split("/")[1] for path in files if path.count("/") == 2} == set(ROOMS[1:])
    assert complaints(files, LATE) == []


@pytest.mark.parametrize(
    ("path", "source", "complaint"),
    [
        ("module_utils/_http/a.py", "from .._openapi.client import Client", "_openapi.client is in a later room"),
        ("module_utils/_http/a.py", "from .._openapi import client", "_openapi is in a later room"),
        ("module_utils/a.py", "from ._http import transport", "_http is in a later room"),
        ("module_utils/a.py", "from . import _http", ".module_utils is in a later room"),
        ("module_utils/_cluster/a.py", "if TYPE_CHECKING:\n from .._plugin.b import C", "_plugin.b is in a later room"),
        ("module_utils/_http/a.py", "from ...modules import b", ".modules is not in module_utils"),
        ("modules/a.py", "from .es_snapshot import b", ".modules.es_snapshot is not in module_utils"),
        ("modules/a.py", "from ..module_utils._http.transport import Transport", "_http.transport is not for modules"),
        ("modules/a.py", "from ..module_utils._openapi import client", "_openapi is not for modules"),
        ("modules/a.py", "from ..module_utils import signing", ".module_utils is not for modules"),
        ("module_utils/a.py", "import ansible_collections.a.b", "ansible_collections.a.b is not relative"),
        ("modules/a.py", "from ansible_collections.a import b", "ansible_collections.a is not relative"),
        ("module_utils/_openapi/a.py", "import requests", "requests has another place"),
        ("module_utils/_plugin/a.py", "from urllib3.util import Retry", "urllib3.util has another place"),
        ("modules/a.py", "try:\n import requests\nexcept ImportError:\n pass", "requests has another place"),
        ("module_utils/a.py", "if TYPE_CHECKING:\n pass\nelse:\n import requests", "requests has another place"),
        ("module_utils/_plugin/a.py", "import alibabacloud_credentials", "alibabacloud_credentials has another place"),
        ("module_utils/_http/a.py", "import ansible.errors", "ansible.errors has another place"),
        ("modules/a.py", "from ansible.module_utils import basic", "ansible.module_utils has another place"),
        (
            "module_utils/_plugin/a.py",
            "from ansible.module_utils.basic import AnsibleModule",
            "AnsibleModule has another place",
        ),
        (
            "inventory/a.py",
            "from ansible.module_utils import basic\nbasic.AnsibleModule()",
            "AnsibleModule has another place",
        ),
        ("modules/a.py", "def b():\n import json", "json is late and not listed"),
        ("module_utils/_http/a.py", "class A:\n def b(self):\n  from .c import d", "_http.c is late and not listed"),
    ],
)
def test_imports_elsewhere_are_found(path: str, source: str, complaint: str) -> None:
    assert complaints({path: source}, {}) == [f"{path}: {complaint}"]


def test_late_imports_that_are_listed_and_gone_are_found() -> None:
    listed = {"modules/a.py: json": "seldom needed"}
    assert complaints({"modules/a.py": "def b():\n import json"}, listed) == []
    assert complaints({"modules/a.py": "import json"}, listed) == ["modules/a.py: json is listed and gone"]


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("module_utils/a.py", "import json\nfrom ._errors import AliyunError\nfrom . import _redaction"),
        ("module_utils/signing.py", "if TYPE_CHECKING:\n from requests import PreparedRequest"),
        ("module_utils/_http/a.py", "import requests\nfrom urllib3 import Retry\nfrom ..signing import b"),
        ("module_utils/_plugin/a.py", "from ansible.errors import A\nfrom .._cluster.client import B"),
        (MAKES_ANSIBLE_MODULE, "from ansible.module_utils.basic import AnsibleModule"),
        ("modules/a.py", "from ..module_utils._openapi import operations\nfrom ..module_utils._plugin import options"),
        ("modules/a.py", "from ..module_utils._errors import A\nfrom ..module_utils._cluster.waiter import B"),
        ("inventory/a.py", "from ansible.plugins.inventory import A\nfrom ..module_utils._plugin.connect import b"),
    ],
)
def test_imports_that_are_allowed_are_not_found(path: str, source: str) -> None:
    assert complaints({path: source}, {}) == []


def calls(tree: ast.AST, name: str) -> list[ast.Call]:
    """Return the calls of a function or method of that name."""
    found = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    return [call for call in found if getattr(call.func, "attr", getattr(call.func, "id", None)) == name]


def test_one_place_signs_and_one_sends_what_is_signed() -> None:
    """So that nothing goes around the allow list (``_openapi/allowed.py``), by which a check never upgrades."""
    trees = {path.relative_to(PLUGINS).as_posix(): ast.parse(path.read_text("utf-8")) for path in PLUGINS.rglob("*.py")}
    client, cluster = "module_utils/_openapi/client.py", "module_utils/_cluster/client.py"
    # What is taken from signing, by whom
    imported = {
        (path, name)
        for path, tree in trees.items()
        for module, name, _late, _typing in imports(path, tree)
        if "signing" in f"{module}.{name}"
    }
    assert {path for path, name in imported if name not in ("percent_encode", "canonical_query")} == {client}
    assert {name for path, name in imported if path == client} == {"Acs3Auth", "canonical_query"}
    # Who makes a signer, an operation, a transport or a request
    made = {
        name: [path for path, tree in trees.items() for _call in calls(tree, name)]
        for name in ("Acs3Auth", "check_prepared", "send", "request", "Operation", "_attempt")
    }
    assert made["Acs3Auth"] == made["check_prepared"] == made["_attempt"] == [client]
    assert sorted(made["send"]) == ["module_utils/_cluster/client.py", "module_utils/_http/transport.py", client]
    assert made["request"] == ["module_utils/_http/transport.py"]
    assert set(made["Operation"]) == {"module_utils/_openapi/operations.py"}
    # The cluster's own requests are not signed, and the signed ones go through the allow list
    (to_cluster,), (to_api,) = calls(trees[cluster], "send"), calls(trees[client], "send")
    assert [ast.unparse(argument) for argument in to_cluster.args][0::2] == ["'GET'", "self._authorize"]
    assert ast.unparse(to_api.args[2]) == "sign"
    (sign,) = [node for node in ast.walk(trees[client]) if isinstance(node, ast.FunctionDef) and node.name == "sign"]
    assert [ast.unparse(line) for line in sign.body] == [
        "signed = signer(request)",
        "allowed.check_prepared(signed)",
        "return signed",
    ]


def test_every_operation_is_in_the_allow_list() -> None:
    operations = ast.parse((PLUGINS / "module_utils/_openapi/operations.py").read_text("utf-8"))
    made = [{keyword.arg: keyword.value for keyword in call.keywords} for call in calls(operations, "Operation")]
    assert sorted(ast.literal_eval(arguments["action"]) for arguments in made) == sorted(rules())

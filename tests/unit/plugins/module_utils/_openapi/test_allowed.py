# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""A check never upgrades: what is not in the allow list reaches no adapter of requests, however it came about."""

from __future__ import annotations

import inspect
import io
import re
import string
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests
import urllib3
from requests.adapters import BaseAdapter

from ansible_collections.aliyun.elasticsearch.plugins.module_utils._errors import NOT_SENT, AliyunError
from ansible_collections.aliyun.elasticsearch.plugins.module_utils._http.retry import RetryPolicy
from ansible_collections.aliyun.elasticsearch.plugins.module_utils._http.transport import Transport
from ansible_collections.aliyun.elasticsearch.plugins.module_utils._openapi import allowed, operations
from ansible_collections.aliyun.elasticsearch.plugins.module_utils._openapi import client as client_module
from ansible_collections.aliyun.elasticsearch.plugins.module_utils._openapi.client import Client
from ansible_collections.aliyun.elasticsearch.plugins.module_utils._openapi.operations import ENGINE, KERNEL, Operation
from ansible_collections.aliyun.elasticsearch.plugins.module_utils.signing import Acs3Auth
from ansible_collections.aliyun.elasticsearch.tests.unit.plugins.module_utils._openapi.fake_transport import KEYS

URL = "https://example.test:8443"
INSTANCE = "/openapi/instances/es-1"
UPGRADE = f"{INSTANCE}/actions/upgrade-version"
BODY = {"type": "engineVersion", "version": "8.17.0"}
# All characters that an instance ID may hold, "." as not the only one.
ODD = "".join(char for char in map(chr, range(0x21, 0x7F)) if char not in "/?#")


def invoke(path: str = "_snapshot", **options: Any) -> Operation:
    defaults = {"credential_id": None, "system_credential": False, "max_bytes": 1000, "hints": {}}
    return operations.invoke_es_request("es-1", path, **{**defaults, **options})


CHECK = operations.check_upgrade("es-1", ENGINE, "8.17.0")
SNAPSHOT = operations.create_snapshot("es-1", "token")
INVOKE = invoke()
UPDATE = operations.update_snapshot_setting("es-1", True, "0 0 01 ? * * *")
# As Client.pages asks for a page
LIST = operations.list_instances()._replace(query=[("page", "1"), ("size", "100")])
ALL = {
    "create_snapshot": SNAPSHOT,
    "describe_instance": operations.describe_instance("es-1"),
    "describe_elasticsearch_health": operations.describe_elasticsearch_health("es-1"),
    "describe_snapshot_setting": operations.describe_snapshot_setting("es-1"),
    "invoke_es_request": INVOKE,
    "list_instances": LIST,
    "update_snapshot_setting": UPDATE,
    "list_action_records": operations.list_action_records("es-1"),
    "check_upgrade": CHECK,
    "upgrade_info": operations.upgrade_info("es-1"),
}
READS = {name: operation for name, operation in ALL.items() if operation.method == "GET"}
# The functions that make those of them that are for one instance, and take nothing else
READS_OF_ONE = {
    name: getattr(operations, name)
    for name in READS
    if list(inspect.signature(getattr(operations, name)).parameters) == ["instance_id"]
}

# Requests that are one step away from a good one.
BAD: dict[str, Operation] = {
    # The path
    **{
        f"path {path}": CHECK._replace(path=path)
        for path in (
            f"{UPGRADE}/",
            f"{UPGRADE}//",
            f"/{UPGRADE}",
            f"{UPGRADE}.",
            f"{UPGRADE};a=b",
            f"{UPGRADE}#",
            f"{UPGRADE}%20",
            f"{UPGRADE}%00",
            f"{UPGRADE}\n",
            f"{UPGRADE}\t",
            f"{UPGRADE}\\",
            f"{INSTANCE}/actions/Upgrade-Version",
            f"{INSTANCE}/actions/UPGRADE-VERSION",
            f"{INSTANCE}/ACTIONS/upgrade-version",
            "/OpenAPI/instances/es-1/actions/upgrade-version",
            f"{INSTANCE}//actions/upgrade-version",
            f"{INSTANCE}/actions//upgrade-version",
            "/openapi//instances/es-1/actions/upgrade-version",
            f"{INSTANCE}/actions%2Fupgrade-version",
            f"{INSTANCE}/actions%2fupgrade-version",
            f"{INSTANCE}%2Factions/upgrade-version",
            f"{INSTANCE}/actions/upgrade%2Dversion",
            f"{INSTANCE}/./actions/upgrade-version",
            f"{INSTANCE}/x/../actions/upgrade-version",
            f"{INSTANCE}/actions/x/%2E%2E/upgrade-version",
            "/openapi/instances/./actions/upgrade-version",
            "/openapi/instances/../actions/upgrade-version",
            "/openapi/instances/%2E/actions/upgrade-version",
            "/openapi/instances/%2E%2E/actions/upgrade-version",
            "/openapi/instances//actions/upgrade-version",
            "/openapi/instances/actions/upgrade-version",
            "/openapi/instances/es 1/actions/upgrade-version",
            "/openapi/instances/es%201/actions/upgrade-version",
            "/openapi/instances/es%3F1/actions/upgrade-version",
            "/openapi/instances/es%231/actions/upgrade-version",
            "/openapi/instances/es%C3%A91/actions/upgrade-version",
            "/openapi/instances/es%2d1/actions/upgrade-version",
            "/openapi/instances/es%4/actions/upgrade-version",
            "/prefix/openapi/instances/es-1/actions/upgrade-version",
            f"{INSTANCE}/actions/continueEsVersionUpgrade",
            f"{INSTANCE}/actions/restart",
            f"{INSTANCE}/actions",
            f"{INSTANCE}/upgradeInfo",
            f"{INSTANCE}/snapshots",
            INSTANCE,
            "/",
            "",
        )
    },
    "continue an upgrade": CHECK._replace(
        action="ContinueEsVersionUpgrade",
        path=f"{INSTANCE}/actions/continueEsVersionUpgrade",
        query=[("X-Request-ChangeId", "c-1")],
        body=None,
    ),
    # dryRun dropped, renamed, respelled, repeated and moved
    **{
        f"query {query}": CHECK._replace(query=query)
        for query in (
            [],
            [("DryRun", "true")],
            [("dryrun", "true")],
            [("dry_run", "true")],
            [("dry-run", "true")],
            [("dryRun ", "true")],
            [(" dryRun", "true")],
            [("dryRun[]", "true")],
            [("dryRun.1", "true")],
            [("body.dryRun", "true")],
            [("", "true")],
            [("dryRun", "True")],
            [("dryRun", "TRUE")],
            [("dryRun", "1")],
            [("dryRun", "false")],
            [("dryRun", "False")],
            [("dryRun", "yes")],
            [("dryRun", "")],
            [("dryRun", " true")],
            [("dryRun", "true ")],
            [("dryRun", "true\n")],
            [("dryRun", "true,false")],
            [("dryRun", "true&dryRun=false")],
            [("dryRun", '"true"')],
            [("dryRun", "true"), ("dryRun", "true")],
            [("dryRun", "true"), ("dryRun", "false")],
            [("dryRun", "false"), ("dryRun", "true")],
            [("dryRun", "true"), ("DryRun", "true")],
            [("dryRun", "true"), ("clientToken", "token")],
            [("dryRun", "true"), ("updateStrategy", "normal")],
            [("clientToken", "token")],
        )
    },
    "dryRun in the body only": CHECK._replace(query=[], body={**BODY, "dryRun": True}),
    "dryRun in the body and false in the query": CHECK._replace(
        query=[("dryRun", "false")], body={**BODY, "dryRun": 1}
    ),
    "dryRun in the path only": CHECK._replace(query=[], path=f"{UPGRADE}/dryRun=true"),
    "dryRun in the path's parameters": CHECK._replace(query=[], path=f"{UPGRADE};dryRun=true"),
    "dryRun in the fragment": CHECK._replace(query=[], path=f"{UPGRADE}#?dryRun=true"),
    "dryRun behind two question marks": CHECK._replace(path=f"{UPGRADE}?"),
    "dryRun encoded": CHECK._replace(query=[], path=f"{UPGRADE}%3FdryRun=true"),
    # The body
    **{
        f"body {body}": CHECK._replace(body=body)
        for body in (
            None,
            {},
            {"version": "8.17.0"},
            {"type": "engineVersion"},
            {"version": "8.17.0", "type": "engineVersion"},
            {**BODY, "plugins": []},
            {**BODY, "dryRun": True},
            {**BODY, "dryRun": "true"},
            {"Type": "engineVersion", "Version": "8.17.0"},
            {"type": "engine", "version": "8.17.0"},
            {"type": "EngineVersion", "version": "8.17.0"},
            {"type": ["engineVersion"], "version": "8.17.0"},
            {"type": "engineVersion", "version": None},
            {"type": "engineVersion", "version": 8.17},
            {"type": "engineVersion", "version": ""},
            {"type": "engineVersion", "version": "8.17.0 "},
            {"type": "engineVersion", "version": '8","x":"'},
            {"type": "engineVersion", "version": "8.17.0\n"},
            {"type": "engineVersion", "version": "8.17.0_with_X-Pack"},
            {"type": "engineVersion", "version": "8" * 65},
        )
    },
    # The method
    **{f"method {method!r}": CHECK._replace(method=method) for method in ("GET", "PUT", "DELETE", "PATCH", "post", "")},
    # The action, and one with another operation's path
    **{
        f"action {action!r}": CHECK._replace(action=action)
        for action in (
            "",
            "upgradeEngineVersion",
            "UPGRADEENGINEVERSION",
            "UpgradeEngineVersion ",
            "UpgradeEngineVersion,UpgradeInfo",
            "UpgradeInstanceEngineVersion",
            "ContinueEsVersionUpgrade",
            "RestartInstance",
            *(operation.action for operation in ALL.values() if operation is not CHECK),
        )
    },
    **{
        f"action of the upgrade with {name}": operation._replace(action="UpgradeEngineVersion")
        for name, operation in ALL.items()
        if operation is not CHECK
    },
    "upgrade path with the query of a snapshot": SNAPSHOT._replace(path=UPGRADE),
    "snapshot with the query of a check": SNAPSHOT._replace(query=CHECK.query),
    "snapshot without a token": SNAPSHOT._replace(query=()),
    "snapshot with an empty token": SNAPSHOT._replace(query=[("ClientToken", "")]),
    "snapshot with clientToken": SNAPSHOT._replace(query=[("clientToken", "token")]),
    "snapshot with two tokens": SNAPSHOT._replace(query=[*SNAPSHOT.query, ("ClientToken", "other")]),
    "snapshot of a path": SNAPSHOT._replace(path=f"{INSTANCE}/snapshots/a"),
    # A cluster is read, and nothing else
    **{
        f"cluster by {method!r}": INVOKE._replace(query=[("path", "_snapshot"), ("method", method)])
        for method in ("POST", "PUT", "DELETE", "HEAD", "get", "GET ", "GETPOST", "")
    },
    "cluster without a method": INVOKE._replace(query=[("path", "_snapshot")]),
    "cluster without a path": INVOKE._replace(query=[("method", "GET")]),
    "cluster with an empty path": INVOKE._replace(query=[("path", ""), ("method", "GET")]),
    "cluster by two methods": INVOKE._replace(query=[*INVOKE.query, ("method", "POST")]),
    "cluster by GET and Method": INVOKE._replace(query=[*INVOKE.query, ("Method", "POST")]),
    "cluster with two paths": INVOKE._replace(query=[*INVOKE.query, ("path", "_all")]),
    "cluster with system: false": INVOKE._replace(query=[*INVOKE.query, ("system", "false")]),
    "cluster with a body": INVOKE._replace(body={"query": {}}),
    "cluster with an empty credential": INVOKE._replace(query=[*INVOKE.query, ("credentialId", "")]),
    # The list of instances, and their settings
    **{
        f"list of {query}": LIST._replace(query=query)
        for query in (
            [],
            [("page", "1")],
            [("page", "0"), ("size", "100")],
            [("page", "01"), ("size", "100")],
            [("page", "10000"), ("size", "100")],
            [("page", "1"), ("size", "10")],
            [("page", "1"), ("size", "100"), ("tags", "[]")],
        )
    },
    "list of a path": LIST._replace(path="/openapi/instances/"),
    **{
        f"setting {body}": UPDATE._replace(body=body)
        for body in (
            None,
            {},
            {"quartzRegex": "0 0 01 ? * * *"},
            {"enable": None},
            {"enable": "true"},
            {"enable": 1},
            {"Enable": True},
            {"enable": True, "quartzRegex": None},
            {"enable": True, "quartzRegex": ""},
            {"enable": True, "quartzRegex": '"'},
            {"enable": True, "quartzRegex": "\n"},
            {"enable": True, "indices": []},
            {"enable": True, "quartzRegex": "a", "indices": []},
            {"quartzRegex": "a", "enable": True},
        )
    },
    "setting by PUT": UPDATE._replace(method="PUT"),
    "setting with a token": UPDATE._replace(query=[("clientToken", "token")]),
    "setting of an upgrade": UPDATE._replace(path=UPGRADE, query=CHECK.query),
    # What reads has no parameters
    **{
        f"{name} with {change}": operation._replace(**change)
        for name, operation in READS.items()
        for change in (
            {"method": "POST"},
            {"method": "DELETE"},
            {"body": {}},
            {"query": [("a", "1")]},
            {"query": [("page", "2"), ("size", "50")]},
            {"path": f"{INSTANCE}/"},
            {"path": f"{INSTANCE}/no-such-thing"},
        )
    },
}

# Of these, what requests itself makes a good request of, before it is signed.
MADE_GOOD = [
    BAD["method 'post'"],
    *(
        BAD[f"path {path}"]
        for path in (
            f"{INSTANCE}/actions/upgrade%2Dversion",
            f"{INSTANCE}/./actions/upgrade-version",
            f"{INSTANCE}/x/../actions/upgrade-version",
            "/openapi/instances/es%2d1/actions/upgrade-version",
            "/openapi/instances/es%4/actions/upgrade-version",
        )
    ),
]


class RecordingAdapter(BaseAdapter):
    """Takes the place of the network: keeps what would be sent, and responds with a success."""

    def __init__(self) -> None:
        super().__init__()
        self.sent: list[requests.PreparedRequest] = []

    def send(self, request: requests.PreparedRequest, *_args: Any, **_options: Any) -> requests.Response:
        self.sent.append(request)
        response = requests.Response()
        response.status_code = 200
        response.raw = urllib3.HTTPResponse(io.BytesIO(b'{"Result": []}'), preload_content=False)
        return response

    def close(self) -> None:
        pass


class Sender:
    """A client whose requests end in an adapter; counts how many requests it began to sign."""

    def __init__(self) -> None:
        self.adapter = RecordingAdapter()
        self.signed = 0
        session = requests.Session()
        for scheme in ("http://", "https://"):
            session.mount(scheme, self.adapter)
        transport = Transport(connect_timeout=5, read_timeout=5, verify=True, product="test", session=session)
        self.client = Client(URL, None, KEYS, transport, RetryPolicy(3, 0), nonce=self._nonce)

    def _nonce(self) -> str:
        self.signed += 1
        return str(self.signed)

    def refused(self, operation: Operation) -> AliyunError:
        """Return the error with which a request ends; it is final, and nothing was sent."""
        with pytest.raises(AliyunError) as caught:
            self.client.call(operation)
        assert self.adapter.sent == []
        assert (caught.value.outcome, caught.value.attempts, caught.value.retryable) == (NOT_SENT, 1, False)
        assert "may not send" in caught.value.message
        return caught.value


@pytest.fixture
def sender() -> Sender:
    return Sender()


@pytest.fixture
def rewrite(sender: Sender, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Let a request be changed after it was allowed, right before or after it is signed."""

    def change_request(change: Callable[[requests.PreparedRequest], object], *, when: str = "after") -> None:
        class Rewriting(Acs3Auth):
            def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
                if when == "before":
                    change(request)
                request = super().__call__(request)
                if when == "after":
                    change(request)
                return request

        monkeypatch.setattr(client_module, "Acs3Auth", Rewriting)

    return change_request


def sets(**attributes: Any) -> Callable[[requests.PreparedRequest], None]:
    """Return a change that sets attributes of a prepared request."""
    return lambda request: vars(request).update(attributes)


def refused_target(target: str, operation: Operation = CHECK) -> bool:
    """Tell whether the operation is refused with another path and query."""
    try:
        allowed.check(operation.action, operation.method, target, operation.payload)
    except AliyunError:
        return True
    return False


def edits(text: str, characters: str) -> Iterator[str]:
    """Yield every text that is one deletion, insertion, replacement or exchange of capitals away."""
    for position in range(len(text) + 1):
        before, rest = text[:position], text[position:]
        yield from (f"{before}{char}{rest}" for char in characters)
        if rest:
            yield from (f"{before}{char}{rest[1:]}" for char in ("", rest[0].swapcase(), *characters))


def test_rules_has_exactly_the_operations_that_are_tested_here() -> None:
    assert {operation.action for operation in ALL.values()} == set(allowed.rules())


@pytest.mark.parametrize("operation", ALL.values(), ids=ALL)
def test_client_sends_each_operation_as_it_is(sender: Sender, operation: Operation) -> None:
    sender.client.attempt(operation._replace(accepts=lambda result: True))
    (sent,) = sender.adapter.sent
    assert (sent.method, sent.headers["x-acs-action"]) == (operation.method, operation.action)
    assert str(sent.url).startswith(f"{URL}{operation.path}")
    assert sent.body == operation.payload


def test_client_sends_the_check_of_an_upgrade_with_exactly_dry_run(sender: Sender) -> None:
    sender.client.attempt(CHECK)
    (sent,) = sender.adapter.sent
    assert sent.url == f"{URL}/openapi/instances/es-1/actions/upgrade-version?dryRun=true"
    assert (sent.method, sent.body) == ("POST", b'{"type":"engineVersion","version":"8.17.0"}')
    assert sent.headers["x-acs-action"] == "UpgradeEngineVersion"


@pytest.mark.parametrize(
    "operation",
    [
        operations.check_upgrade("es-1", KERNEL, "ali1.2.0"),
        operations.check_upgrade("es-1", ENGINE, "8" * 64),
        operations.check_upgrade("...", ENGINE, "8.17.0"),
        operations.check_upgrade(".a", ENGINE, "8.17.0"),
        operations.check_upgrade(ODD, ENGINE, "8.17.0"),
        operations.create_snapshot(ODD, "token"),
        operations.create_snapshot("es-1", "".join(map(chr, range(0x20, 0x7F)))),
        operations.create_snapshot("es-1", "名"),
        *(read(ODD) for read in READS_OF_ONE.values()),
        *(LIST._replace(query=[("page", page), ("size", "100")]) for page in ("2", "10", "999", "1000")),
        operations.update_snapshot_setting(ODD, False, None),
        operations.update_snapshot_setting(ODD, True, "0 0/30 * ? * MON,WED *"),
        operations.update_snapshot_setting(ODD, True, "定时"),
        invoke("_snapshot/名/_all?a=b&c=%2F#"),
        invoke("_cat/health?format=json", credential_id="c-1"),
        invoke(system_credential=True),
        invoke(credential_id="c-1", system_credential=True),
    ],
)
def test_client_sends_all_that_the_options_allow(sender: Sender, operation: Operation) -> None:
    sender.client.attempt(operation._replace(accepts=lambda result: True))
    assert len(sender.adapter.sent) == 1


@pytest.mark.parametrize("instance_id", ["", ".", "..", "a/b", "a?b", "a#b", "a b", "é", "a\n", "\x7f", "\x00"])
@pytest.mark.parametrize("make", READS_OF_ONE.values(), ids=READS_OF_ONE)
def test_client_refuses_an_instance_that_is_not_one_segment(
    sender: Sender, make: Callable[[str], Operation], instance_id: str
) -> None:
    sender.refused(make(instance_id))


@pytest.mark.parametrize("operation", BAD.values(), ids=BAD)
def test_client_refuses_a_request_before_it_is_signed(sender: Sender, operation: Operation) -> None:
    sender.refused(operation)
    assert sender.signed == 0


def test_client_refuses_a_path_that_would_become_a_part_of_the_host(sender: Sender) -> None:
    sender.refused(CHECK._replace(path=UPGRADE[1:]))


@pytest.mark.parametrize("operation", BAD.values(), ids=BAD)
def test_client_refuses_a_request_as_it_leaves(
    sender: Sender, monkeypatch: pytest.MonkeyPatch, operation: Operation
) -> None:
    first = iter([lambda *request: None])
    check = allowed.check

    def check_all_but_the_first(*request: Any) -> None:
        next(first, check)(*request)

    monkeypatch.setattr(allowed, "check", check_all_but_the_first)
    if operation in MADE_GOOD:
        sender.client.call(operation)
        (sent,) = sender.adapter.sent
        assert (sent.method, sent.body) == ("POST", CHECK.payload)
        assert re.fullmatch(rf"{URL}/openapi/instances/es(-1|%254)/actions/upgrade-version\?dryRun=true", str(sent.url))
    else:
        sender.refused(operation)
    assert sender.signed == 1


@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize(
    "change",
    [
        sets(url=f"{URL}{UPGRADE}"),
        sets(url=f"{URL}{UPGRADE}?"),
        sets(url=f"{URL}{UPGRADE}?dryRun=True"),
        sets(url=f"{URL}{UPGRADE}?dryRun=true&dryRun=false"),
        sets(url=f"{URL}{UPGRADE}/?dryRun=true"),
        sets(url=f"{URL}/{UPGRADE}?dryRun=true"),
        sets(url=f"{URL}{INSTANCE}/actions/continueEsVersionUpgrade?dryRun=true"),
        sets(url=f"{URL}?x={UPGRADE}?dryRun=true"),
        sets(url=f"{URL}{UPGRADE}#?dryRun=true"),
        sets(url=URL),
        sets(method="PUT"),
        sets(method=None),
        sets(body=None),
        sets(body=b"{}"),
        sets(body=b'{"type":"engineVersion","version":"8.17.0"} '),
        sets(body=b'{"type":"engineVersion","version":"8.17.0","type":"aliVersion"}'),
        sets(body=b'{"type":"engineVersion","version":"8.17.0","dryRun":"true"}'),
        sets(body=b"\xff"),
    ],
)
def test_client_refuses_a_request_that_was_rewritten(
    sender: Sender, rewrite: Callable[..., None], change: Callable[[Any], None], when: str
) -> None:
    rewrite(change, when=when)
    sender.refused(CHECK)
    assert sender.signed == 1


@pytest.mark.parametrize("body", ["a text", object(), iter([b"{}"]), 1, bytearray(b"{}")])
def test_client_refuses_a_body_that_is_not_bytes(sender: Sender, rewrite: Callable[..., None], body: object) -> None:
    rewrite(sets(body=body))
    sender.refused(SNAPSHOT)


@pytest.mark.parametrize(
    "action",
    [
        None,
        b"UpgradeEngineVersion",
        "UpgradeInfo",
        "CreateSnapshot",
        "ContinueEsVersionUpgrade",
        "UpgradeEngineVersion ",
    ],
)
def test_client_refuses_a_request_whose_action_was_changed(
    sender: Sender, rewrite: Callable[..., None], action: Any
) -> None:
    rewrite(lambda request: request.headers.update({"X-ACS-Action": action}))
    sender.refused(CHECK)


def test_client_refuses_a_request_whose_action_was_dropped(sender: Sender, rewrite: Callable[..., None]) -> None:
    rewrite(lambda request: request.headers.pop("x-acs-action"))
    sender.refused(CHECK)


def test_client_sends_nothing_of_another_operation_in_place_of_the_allowed_one(
    sender: Sender, rewrite: Callable[..., None]
) -> None:
    rewrite(lambda request: request.headers.update({"x-acs-action": "UpgradeEngineVersion"}))
    sender.refused(SNAPSHOT)


def test_client_checks_the_request_also_when_it_is_sent_again(sender: Sender, rewrite: Callable[..., None]) -> None:
    def drop_the_query_the_second_time(request: requests.PreparedRequest) -> None:
        if sender.signed == 2:
            request.url = f"{URL}{UPGRADE}"

    rewrite(drop_the_query_the_second_time)
    sender.client.attempt(CHECK)
    with pytest.raises(AliyunError) as caught:
        sender.client.attempt(CHECK)
    assert caught.value.outcome == NOT_SENT
    assert [sent.url for sent in sender.adapter.sent] == [f"{URL}{UPGRADE}?dryRun=true"]


def test_check_refuses_every_target_that_is_one_edit_away() -> None:
    head, tail = "/openapi/instances/", "/actions/upgrade-version?dryRun=true"
    characters = "/?#%&=;. _-+1aA\n\0é"
    assert not refused_target(f"{head}es-1{tail}")
    passed = {target for target in edits(head, characters) if not refused_target(f"{target}es-1{tail}")}
    assert passed == {head} | {f"{head}{char}" for char in "._-1aA"}, "those are other instances"
    passed = {target for target in edits(tail, characters) if not refused_target(f"{head}es-1{target}")}
    assert passed == {f"{char}{tail}" for char in "._-1aA"} | {tail}, "those are other instances"


@pytest.mark.parametrize("name", [name for name, operation in ALL.items() if "/es-1/" in operation.path])
def test_check_refuses_every_other_path_that_is_one_edit_away(name: str) -> None:
    operation = ALL[name]
    _head, _slash, tail = operation.path.partition("/es-1/")
    query = "&".join(f"{key}={value}" for key, value in sorted(operation.query))
    rest = f"?{query}" if query else ""
    for edited in set(edits(f"{tail}{rest[:5]}", "/?#%&=;.1\n")) - {f"{tail}{rest[:5]}"}:
        assert refused_target(f"{INSTANCE}/{edited}{rest[5:]}", operation), edited


def test_check_refuses_every_body_that_is_one_edit_away() -> None:
    head, tail = '{"type":"engineVersion","version":"', '"}'
    edited = [f"{text}8{tail}" for text in edits(head, ' "{}[],:1a')] + [
        f"{head}8{text}" for text in edits(tail, ' "}')
    ]
    good = {f"{head}8{tail}", *(f"{head}{char}8{tail}" for char in "1a")}
    for text in set(edited) - good:
        with pytest.raises(AliyunError):
            allowed.check(CHECK.action, "POST", f"{UPGRADE}?dryRun=true", text.encode())


@pytest.mark.parametrize("char", sorted(set(string.printable) - set(f"{string.ascii_letters}{string.digits}.")))
def test_check_refuses_a_version_with_other_characters(char: str) -> None:
    with pytest.raises(AliyunError):
        allowed.check(
            "UpgradeEngineVersion",
            "POST",
            f"{UPGRADE}?dryRun=true",
            CHECK._replace(body={"type": "engineVersion", "version": f"8{char}"}).payload,
        )


@pytest.mark.parametrize("number", range(256))
def test_check_takes_a_segment_escaped_in_the_one_way_in_which_it_is_made(number: int) -> None:
    char = chr(number)
    is_taken = "!" <= char <= "~" and char not in "/?#" and not char.isalnum() and char not in "-._~"
    assert refused_target(f"/openapi/instances/a%{number:02X}", ALL["describe_instance"]) is not is_taken
    if f"{number:02X}" != f"{number:02x}":
        assert refused_target(f"/openapi/instances/a%{number:02x}", ALL["describe_instance"])


@pytest.mark.parametrize("number", range(256))
def test_check_takes_a_value_in_which_any_byte_is_escaped_in_capitals(number: int) -> None:
    assert not refused_target(f"{INSTANCE}/snapshots?ClientToken=%{number:02X}", SNAPSHOT)
    bare = chr(number)
    is_taken = bare.isascii() and (bare.isalnum() or bare in "-._~")
    assert refused_target(f"{INSTANCE}/snapshots?ClientToken={bare}", SNAPSHOT) is not is_taken


def test_error_of_a_refusal_shows_the_request_in_one_line(sender: Sender) -> None:
    error = sender.refused(CHECK._replace(query=(), body={**BODY, "version": "é\n"}))
    assert error.message == (
        "This collection may not send the request 'UpgradeEngineVersion by POST "
        "/openapi/instances/es-1/actions/upgrade-version "
        '{"type":"engineVersion","version":"\\xe9\\\\n"}\'.'
    )
    assert error.hint == "This is a defect of the collection; please report it."


def test_error_of_a_refusal_without_a_body_is_not_longer_than_it_has_to_be(sender: Sender) -> None:
    assert sender.refused(SNAPSHOT._replace(method="PUT")).message == (
        "This collection may not send the request 'CreateSnapshot by PUT "
        "/openapi/instances/es-1/snapshots?ClientToken=token'."
    )
    assert len(sender.refused(SNAPSHOT._replace(path="/a" * 1000)).message) < 400

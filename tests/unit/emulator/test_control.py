# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The control API, and that it does not take what cannot be meant."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from .readme import table

if TYPE_CHECKING:
    from .callers import Caller, Cluster


SETTINGS = {
    "clock_offset": 0.0,
    "activating_requests": None,
    "es_result_as_text": False,
    "gateway_query": "passed",
    "cluster_date": False,
    "version": "7.10",
    "health": "green",
    "master": True,
    "index_readable": True,
    "object_read_seconds": 0.0,
    "refused_snapshot": "result_false",
}
EXTRA = "Extra inputs are not permitted"


@pytest.mark.usefixtures("started")
def test_fields_are_documented() -> None:
    from ansible_collections.aliyun.elasticsearch.tests.emulator import documents

    assert set(table("| setting | default | |")) == set(documents.Settings.model_fields)
    assert set(table("| field | default | |")) == set(documents.InstanceFixture.model_fields)
    of_snapshots = {*documents.Fixture.model_fields, *documents.Transition.model_fields}
    assert set(table("| field | default | of | |")) == of_snapshots


def test_reset_forgets_everything(emulator: Caller) -> None:
    emulator.set(clock_offset=-100, activating_requests=0)
    emulator.create_snapshot()
    emulator.fail({"kind": "html", "repeat": True})
    assert emulator.control("POST", "reset") == {}
    assert (emulator.snapshots, emulator.journal()) == ([], [])
    assert emulator.set() == SETTINGS
    assert emulator.create_snapshot().status == 200
    assert emulator.create_snapshot(instance="activating").code == "InstanceActivating"


def test_reset_forgets_nonces(emulator: Caller) -> None:
    request = emulator.request()
    assert emulator.send(request).status == 200
    emulator.reset()
    assert emulator.send(request).status == 200


def test_reset_forgets_everything_about_clusters(cluster: Cluster) -> None:
    cluster.emulator.set(es_result_as_text=True, cluster_date=True)
    cluster.emulator.transitions({"state": "FAILED"})
    cluster.fail({"kind": "html"})
    cluster.fail({"kind": "html"}, operation="CatHealth")
    cluster.emulator.fixtures({})
    cluster.emulator.reset()
    assert cluster.requests == []
    assert cluster.direct().status == 404
    assert cluster.direct("_cat/health?format=json").status == 200
    assert "Date" not in cluster.direct().headers
    assert isinstance(cluster.invoke().document["Result"], dict)
    cluster.emulator.create_snapshot()
    assert cluster.states(1) == [["SUCCESS"]]


def test_settings_change_only_what_is_named(emulator: Caller) -> None:
    emulator.set(clock_offset=5)
    assert emulator.set(activating_requests=3) == {**SETTINGS, "clock_offset": 5.0, "activating_requests": 3}


def test_control_over_https(emulator: Caller) -> None:
    assert emulator.call_control("GET", "snapshots", secure=True).document == {"snapshots": []}


def test_control_error_says_what_is_wrong(emulator: Caller) -> None:
    from ansible_collections.aliyun.elasticsearch.tests.emulator.client import ControlError

    with pytest.raises(ControlError, match=r"^clock: Extra inputs are not permitted$"):
        emulator.set(clock=1)


def test_scenario_is_what_its_parts_are_and_nothing_else(cluster: Cluster) -> None:
    emulator = cluster.emulator
    emulator.set(clock_offset=-100)
    emulator.create_snapshot()
    emulator.fail({"kind": "html", "repeat": True})
    parts: dict[str, Any] = {
        "settings": {"activating_requests": 0},
        "transitions": [{"running_polls": 9}],
        "fixtures": [{"name": "there"}],
        "faults": [
            {"match": {"operation": "CreateSnapshot"}, "faults": [{"kind": "throttle"}]},
            {"match": {"operation": "GetSnapshot"}, "faults": [{"kind": "error", "status": 503}]},
        ],
    }
    assert emulator.scenario(**parts) == ["there"]
    assert (emulator.snapshots, emulator.journal()) == ([], [])
    assert emulator.set() == {**SETTINGS, "activating_requests": 0}
    assert [emulator.create_snapshot().status for _attempt in range(2)] == [400, 200]
    assert cluster.direct().status == 503
    found = {snapshot["snapshot"]: snapshot["state"] for snapshot in cluster.snapshots()}
    assert found == {"there": "SUCCESS", emulator.snapshots[0]["name"]: "IN_PROGRESS"}
    assert emulator.scenario() == []
    assert cluster.direct().status == 404


def test_scenario_can_name_the_instances_that_it_sets_up(cluster: Cluster) -> None:
    named = {"instance_id": "es-new0001"}
    parts = {
        "instances": [{"instance_id": "es-new", "count": 2}],
        "fixtures": [{"name": "there", **named}],
        "transitions": [{"state": "PARTIAL", **named}],
        "faults": [{"match": named, "faults": [{"kind": "throttle"}]}],
    }
    assert cluster.emulator.call_control("PUT", "scenario", parts).status == 200
    assert (
        cluster.emulator.call_control("PUT", "transitions", {"transitions": [{"instance_id": "es-typo"}]}).status == 400
    )
    parts["fixtures"][0]["instance_id"] = "es-new0002"
    assert cluster.emulator.call_control("PUT", "scenario", parts).status == 400


def test_scenario_that_cannot_be_meant_changes_nothing(emulator: Caller) -> None:
    emulator.create_snapshot()
    for parts in ({"faults": [{}]}, {"fixtures": [{"name": "a"}, {"name": "a"}]}, {"settings": {"clock": 1}}):
        assert emulator.call_control("PUT", "scenario", parts).status == 400
    assert len(emulator.snapshots) == 1


def test_transitions_replace_those_before(cluster: Cluster) -> None:
    cluster.emulator.transitions({"state": "FAILED"}, {"state": "FAILED"})
    cluster.emulator.transitions({"state": "PARTIAL"})
    for _snapshot in range(2):
        cluster.emulator.create_snapshot()
    assert cluster.states(1) == [["PARTIAL", "SUCCESS"]]


def test_journal_has_the_requests_of_both_servers_in_their_order(cluster: Cluster) -> None:
    cluster.emulator.create_snapshot()
    cluster.direct()
    cluster.invoke()
    both = cluster.emulator.journal()
    assert [(entry["server"], entry["operation"]) for entry in both] == [
        ("openapi", "CreateSnapshot"),
        ("cluster", "GetSnapshot"),
        ("openapi", "InvokeEsRequest"),
        ("cluster", "GetSnapshot"),
    ]
    assert [entry for entry in both if entry["server"] == "openapi"] == cluster.emulator.requests
    assert [entry for entry in both if entry["server"] == "cluster"] == cluster.requests


@pytest.mark.parametrize(
    ("method", "name", "document", "text"),
    [
        ("PUT", "settings", b"{", "Invalid JSON"),
        ("PUT", "settings", {"clock": 1}, f"clock: {EXTRA}"),
        ("PUT", "settings", {"clock_offset": "1"}, "clock_offset: Input should be a valid number"),
        ("PUT", "settings", b'{"clock_offset": NaN}', "clock_offset: Input should be a finite number"),
        ("PUT", "settings", {"activating_requests": 1.5}, "activating_requests: Input should be a valid integer"),
        ("PUT", "settings", {"activating_requests": True}, "activating_requests: Input should be a valid integer"),
        ("PUT", "settings", {"es_result_as_text": "yes"}, "es_result_as_text: Input should be a valid boolean"),
        ("PUT", "settings", {"cluster_date": 1}, "cluster_date: Input should be a valid boolean"),
        (
            "PUT",
            "settings",
            {"version": "7.11"},
            "version: must be one of 5.6, 6.8, 7.4, 7.10, 7.14, 7.17, 8.3, 8.15, ",
        ),
        ("PUT", "settings", {"health": "blue"}, "health: Input should be 'green', 'yellow' or 'red'"),
        ("PUT", "settings", {"gateway_query": True}, "gateway_query: Input should be 'passed', 'dropped', "),
        ("PUT", "settings", [], "Input should be an object"),
        ("POST", "reset", {"all": True}, f"all: {EXTRA}"),
        ("PUT", "scenario", {"fault": []}, f"fault: {EXTRA}"),
        ("PUT", "scenario", {"faults": [{"faults": [{"kind": "drop", "wen": 1}]}]}, "faults.0.faults.0.drop.wen: "),
        ("PUT", "scenario", {"settings": {"clock": 1}}, f"settings.clock: {EXTRA}"),
        ("GET", "journal?server=other", None, "server: Input should be 'openapi' or 'cluster'"),
        ("GET", "journal?servr=cluster", None, f"servr: {EXTRA}"),
        ("GET", "snapshots?name=a", None, f"name: {EXTRA}"),
        ("POST", "faults", {"faults": []}, "no control call POST"),
        ("GET", "journl", None, "no control call GET"),
    ],
)
def test_call_that_cannot_be_meant(emulator: Caller, method: str, name: str, document: Any, text: str) -> None:
    emulator.fail({"kind": "html", "repeat": True})
    reply = emulator.call_control(method, name, document)
    assert reply.status == 400
    assert text in reply.document["error"]
    # What was set before still holds.
    assert emulator.create_snapshot().status == 502


@pytest.mark.parametrize(
    ("fault", "text"),
    [
        ({"kind": "eror"}, "0: Input tag 'eror' found using 'kind' does not match any of the expected tags: 'error'"),
        ({}, "0: Unable to extract tag using discriminator 'kind'"),
        ("drop", "0: Input should be an object"),
        ({"kind": "drop", "wen": "after"}, f"0.drop.wen: {EXTRA}"),
        ({"kind": "drop", "status": 500}, f"0.drop.status: {EXTRA}"),
        ({"kind": "drop", "when": "later"}, "0.drop.when: Input should be 'before' or 'after'"),
        ({"kind": "html", "status": "502"}, "0.html.status: Input should be a valid integer"),
        ({"kind": "html", "status": True}, "0.html.status: Input should be a valid integer"),
        ({"kind": "html", "status": 199}, "0.html.status: Input should be greater than or equal to 200"),
        ({"kind": "drop", "repeat": 1}, "0.drop.repeat: Input should be a valid boolean"),
        ({"kind": "stall", "seconds": -1}, "0.stall.seconds: Input should be greater than or equal to 0"),
        ({"kind": "response", "body": "a", "body_base64": "YQ=="}, "0.response: give only one of body, body_base64"),
        ({"kind": "response", "body_base64": "?"}, "0.response.body_base64: must be base64"),
        ({"kind": "response", "body_repeat": {"text": "a"}}, "0.response.body_repeat.count: Field required"),
        ({"kind": "response", "body_repeat": {"text": "ab", "count": 40_000_000}}, "makes more than 67108864 bytes"),
        ({"kind": "response", "headers": {"a b": "c"}}, "0.response.headers: 'a b' is not a header name"),
        ({"kind": "error", "headers": {"a": "b\r\nc: d"}}, "0.error.headers: must be a text without control"),
        ({"kind": "error", "headers": {"Content-Length": "1"}}, "the header Content-Length is set by the emulator"),
    ],
)
def test_fault_that_cannot_be_meant(emulator: Caller, fault: Any, text: str) -> None:
    emulator.fail({"kind": "html", "repeat": True})
    reply = emulator.call_control("PUT", "faults", {"faults": [{"faults": [fault]}]})
    assert reply.status == 400
    assert text in reply.document["error"]
    assert emulator.create_snapshot().status == 502


@pytest.mark.parametrize(
    ("document", "text"),
    [
        ({}, "faults: Field required"),
        ({"fault": []}, f"fault: {EXTRA}"),
        ({"faults": {"kind": "drop"}}, "faults: Input should be a valid array"),
        ({"faults": [{}]}, "faults.0.faults: Field required"),
        ({"faults": [{"faults": [{"kind": "drop", "repeat": True}, {"kind": "drop"}]}]}, "only the last fault can"),
        ({"faults": [{"match": {"operation": "GetSnapshots"}, "faults": []}]}, "faults.0.match.operation: must be one"),
        ({"faults": [{"match": {"instance_id": 1}, "faults": []}]}, "faults.0.match.instance_id: Input should be"),
        ({"faults": [{"match": {"instance_id": "es-cn-typo"}, "faults": []}]}, "match.instance_id: must be one of es-"),
        ({"faults": [{"match": {"instance": "active"}, "faults": []}]}, f"faults.0.match.instance: {EXTRA}"),
        *(
            ({"faults": [{"match": match, "faults": [{"kind": kind}]}]}, f"faults.0: {kind} is not for ")
            for kind, match in (
                ("xml", {"operation": "GetSnapshot"}),
                ("nonce_used", {"operation": "GetSnapshot"}),
                ("in_progress", {"operation": "CatHealth"}),
                ("xml", {"operation": "InvokeEsRequest"}),
                ("cluster_error", {"operation": "CreateSnapshot"}),
                ("cluster_error", {}),
                ("xml", {}),
            )
        ),
    ],
)
def test_stub_that_cannot_be_meant(cluster: Cluster, document: Any, text: str) -> None:
    cluster.fail({"kind": "html"})
    reply = cluster.emulator.call_control("PUT", "faults", document)
    assert reply.status == 400
    assert text in reply.document["error"]
    assert cluster.direct().status == 502


@pytest.mark.parametrize(
    ("document", "text"),
    [
        ({}, "transitions: Field required"),
        ({"transitions": {}}, "transitions: Input should be a valid array"),
        ({"transitions": ["SUCCESS"]}, "transitions.0: Input should be an object"),
        ({"transitions": [{"poll": 1}]}, f"transitions.0.poll: {EXTRA}"),
        ({"transitions": [{"running_polls": "1"}]}, "transitions.0.running_polls: Input should be a valid integer"),
        ({"transitions": [{"hidden_polls": None}]}, "transitions.0.hidden_polls: Input should be a valid integer"),
        ({"transitions": [{"state": "DONE"}]}, "transitions.0.state: Input should be 'SUCCESS', 'PARTIAL'"),
        ({"transitions": [{"state": "IN_PROGRESS"}]}, "transitions.0.state: Input should be 'SUCCESS', 'PARTIAL'"),
        ({"transitions": [{}, {"failed_shards": 6}]}, "transitions.1: failed_shards is more than total_shards"),
        ({"transitions": [{"failed_shards": 1, "indices": 0}]}, "transitions.0: failed_shards without indices"),
        ({"transitions": [{"beside": [{"when": "behind"}]}]}, "beside.0.when: Input should be 'before' or 'after'"),
        ({"transitions": [{"beside": [{"beside": []}]}]}, f"transitions.0.beside.0.beside: {EXTRA}"),
        ({"transitions": [{"done_shards": 6}]}, "transitions.0: done_shards is more than total_shards"),
        ({"transitions": [{"object": "gone"}]}, "transitions.0.object: Input should be 'readable', 'damaged' or 'mis"),
        ({"transitions": [{"instance_id": "es-cn-typo"}]}, "transitions.0.instance_id: must be one of es-cn-"),
        ({"transitions": [], "instance": "active"}, f"instance: {EXTRA}"),
    ],
)
def test_transition_that_cannot_be_meant(cluster: Cluster, document: Any, text: str) -> None:
    cluster.emulator.transitions({"state": "FAILED"})
    reply = cluster.emulator.call_control("PUT", "transitions", document)
    assert reply.status == 400
    assert text in reply.document["error"]
    # What was set before still holds.
    cluster.emulator.create_snapshot()
    assert cluster.states(1) == [["FAILED"]]


@pytest.mark.parametrize(
    ("document", "text"),
    [
        ({}, "fixtures: Field required"),
        ({"fixtures": {}}, "fixtures: Input should be a valid array"),
        ({"fixtures": [{"stat": "SUCCESS"}]}, f"fixtures.0.stat: {EXTRA}"),
        ({"fixtures": [{"state": "IN_PROGRESS"}]}, "fixtures.0.state: Input should be 'SUCCESS', 'PARTIAL'"),
        ({"fixtures": [{"beside": []}]}, f"fixtures.0.beside: {EXTRA}"),
        ({"fixtures": [{"instance_id": "es-cn-typo"}]}, "fixtures.0.instance_id: must be one of es-cn-"),
        ({"fixtures": [{"name": "a", "count": 2}]}, "fixtures.0: name and uuid are for a single snapshot"),
        ({"fixtures": [{"name": "a"}, {"name": "a"}]}, "a snapshot a already"),
        ({"fixtures": [{"name": "taken"}]}, "a snapshot taken already"),
        ({"fixtures": [{"began_ago": 1, "ended_ago": 2}]}, "fixtures.0: ended_ago is before began_ago"),
        ({"fixtures": [{"running_polls": 1, "ended_ago": 2}]}, "give it or running_polls"),
        ({"fixtures": [{}, {"failed_shards": 6}]}, "fixtures.1: failed_shards is more"),
        ({"fixtures": [{"count": -1}]}, "fixtures.0.count: Input should be greater than or equal to 0"),
    ],
)
def test_fixture_that_cannot_be_meant(cluster: Cluster, document: Any, text: str) -> None:
    cluster.emulator.fixtures({"name": "taken"})
    reply = cluster.emulator.call_control("POST", "snapshots", document)
    assert reply.status == 400
    assert text in reply.document["error"]
    assert len(cluster.snapshots()) == 1

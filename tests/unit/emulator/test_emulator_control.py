# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The control API, and that it does not take what cannot be meant."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from .client import Emulator


def test_reset_forgets_everything(emulator: Emulator) -> None:
    emulator.settings(clock_offset=-100, activating_requests=0)
    emulator.snapshot()
    emulator.faults({"kind": "html", "repeat": True})
    assert emulator.control("POST", "reset").document == {}
    assert (emulator.ledger, emulator.requests) == ([], [])
    assert emulator.control("PUT", "settings", {}).document == {
        "clock_offset": 0.0,
        "activating_requests": None,
        "es_result_as_text": False,
        "cluster_date": False,
    }
    assert emulator.snapshot().status == 200
    assert emulator.snapshot(instance="activating").code == "InstanceActivating"


def test_reset_forgets_nonces(emulator: Emulator) -> None:
    request = emulator.request()
    assert emulator.send(request).status == 200
    emulator.control("POST", "reset")
    assert emulator.send(request).status == 200


def test_settings_change_only_what_is_named(emulator: Emulator) -> None:
    emulator.settings(clock_offset=5)
    assert emulator.control("PUT", "settings", {"activating_requests": 3}).document == {
        "clock_offset": 5.0,
        "activating_requests": 3,
        "es_result_as_text": False,
        "cluster_date": False,
    }


def test_control_over_https(emulator: Emulator) -> None:
    assert emulator.control("GET", "ledger", secure=True).document == {"snapshots": []}


def test_faults_come_in_their_order_then_end(emulator: Emulator) -> None:
    emulator.faults({"kind": "throttle"}, {"kind": "html"})
    assert [emulator.snapshot().status for _attempt in range(3)] == [400, 502, 200]
    assert [request["fault"] for request in emulator.requests] == ["throttle", "html", None]


def test_the_last_fault_can_repeat(emulator: Emulator) -> None:
    emulator.faults({"kind": "throttle"}, {"kind": "html", "repeat": True})
    assert [emulator.snapshot().status for _attempt in range(4)] == [400, 502, 502, 502]
    emulator.faults()
    assert emulator.snapshot().status == 200


def test_an_instance_has_its_own_queue_first(emulator: Emulator) -> None:
    emulator.faults({"kind": "html"})
    emulator.faults({"kind": "throttle"}, instance="second")
    assert emulator.snapshot(instance="second").code == "Throttling.User"
    assert emulator.snapshot(instance="second").status == 502
    assert emulator.snapshot(instance="second").status == 200


def test_a_bad_request_takes_no_fault(emulator: Emulator) -> None:
    emulator.faults({"kind": "result", "value": True})
    assert emulator.snapshot(clock_offset=-3600).code == "InvalidTimeStamp.Expired"
    assert emulator.snapshot(account="reader").code == "Forbidden.RAM"
    assert emulator.snapshot().status == 200
    assert [request["fault"] for request in emulator.requests] == [None, None, "result"]


@pytest.mark.parametrize(
    ("method", "name", "document", "text"),
    [
        ("PUT", "faults", {"faults": [{"kind": "eror"}]}, "kind must be one of"),
        ("PUT", "faults", {"faults": [{}]}, "kind must be one of"),
        ("PUT", "faults", {"faults": ["drop"]}, "kind must be one of"),
        ("PUT", "faults", {"faults": [{"kind": "drop", "wen": "after"}]}, "unknown field wen"),
        ("PUT", "faults", {"faults": [{"kind": "drop", "status": 500}]}, "unknown field status"),
        ("PUT", "faults", {"faults": [{"kind": "drop", "when": "later"}]}, "before, after"),
        ("PUT", "faults", {"faults": [{"kind": "html", "status": "502"}]}, "whole number"),
        ("PUT", "faults", {"faults": [{"kind": "html", "status": True}]}, "whole number"),
        ("PUT", "faults", {"faults": [{"kind": "stall", "seconds": -1}]}, "number from 0"),
        ("PUT", "faults", {"faults": [{"kind": "answer", "body": "a", "body_base64": "YQ=="}]}, "only one of"),
        ("PUT", "faults", {"faults": [{"kind": "answer", "body_base64": "?"}]}, "base64"),
        ("PUT", "faults", {"faults": [{"kind": "answer", "body_repeat": {"text": "a"}}]}, "missing field count"),
        ("PUT", "faults", {"faults": [{"kind": "answer", "headers": {"a b": "c"}}]}, "header name"),
        ("PUT", "faults", {"faults": [{"kind": "error", "headers": {"a": "b\r\nc: d"}}]}, "control characters"),
        ("PUT", "faults", {"faults": [{"kind": "error", "headers": {"Content-Length": "1"}}]}, "emulator itself"),
        ("PUT", "faults", {"faults": [{"kind": "drop", "repeat": True}, {"kind": "drop"}]}, "only the last"),
        ("PUT", "faults", {"faults": {"kind": "drop"}}, "must be a list"),
        ("PUT", "faults", {"fault": []}, "unknown field fault"),
        ("PUT", "faults", {}, "give faults"),
        ("PUT", "faults", {"faults": [], "instance_id": 1}, "instance_id must be a text"),
        ("PUT", "faults", b"{", "not JSON"),
        ("PUT", "settings", {"clock": 1}, "unknown field clock"),
        ("PUT", "settings", {"clock_offset": "1"}, "clock_offset must be a number"),
        ("PUT", "settings", b'{"clock_offset": NaN}', "clock_offset must be a number"),
        ("PUT", "settings", {"activating_requests": 1.5}, "activating_requests must be a whole number"),
        ("PUT", "settings", [], "JSON object"),
        ("POST", "reset", {"all": True}, "unknown field all"),
        ("PUT", "scene", {"fault": []}, "unknown field fault"),
        ("POST", "faults", {"faults": []}, "no control call POST"),
        ("GET", "legder", None, "no control call GET"),
    ],
)
def test_what_cannot_be_meant_is_refused(emulator: Emulator, method: str, name: str, document: Any, text: str) -> None:
    emulator.faults({"kind": "html", "repeat": True})
    reply = emulator.control(method, name, document)
    assert reply.status == 400
    assert text in reply.document["error"]
    # What was set before still holds.
    assert emulator.snapshot().status == 502


def test_a_token_has_its_own_queue_before_its_instance(emulator: Emulator) -> None:
    emulator.faults({"kind": "html"}, instance="active")
    emulator.control("PUT", "faults", {"by_client_token": {"mine": [{"kind": "throttle"}], "other": []}})
    assert emulator.snapshot(query={"ClientToken": "mine"}).code == "Throttling.User"
    assert emulator.snapshot(query={"ClientToken": "mine"}).status == 502
    assert emulator.snapshot(query={"ClientToken": "mine"}).status == 200

# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""One token, one snapshot."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .client import Emulator


def test_a_snapshot_is_written_down(emulator: Emulator) -> None:
    reply = emulator.snapshot(query={"ClientToken": "one"})
    (snapshot,) = emulator.ledger
    assert re.fullmatch(rf"{emulator.instances['active']}_\d{{14}}", snapshot.pop("name"))
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", snapshot.pop("taken_at"))
    assert snapshot == {
        "instance_id": emulator.instances["active"],
        "client_token": "one",
        "request_id": reply.document["RequestId"],
        "account": "operator",
    }


def test_a_repeat_takes_no_second_snapshot(emulator: Emulator) -> None:
    replies = [emulator.snapshot(query={"ClientToken": "one"}) for _attempt in range(2)]
    assert [reply.document["Result"] for reply in replies] == [True, True]
    assert len({reply.document["RequestId"] for reply in replies}) == 2
    assert len(emulator.ledger) == 1
    decisions = [request["decision"] for request in emulator.requests]
    assert decisions == ["snapshot taken", "token seen before: no second snapshot"]


def test_a_token_belongs_to_one_instance(emulator: Emulator) -> None:
    assert emulator.snapshot(query={"ClientToken": "one"}).status == 200
    reply = emulator.snapshot(query={"ClientToken": "one"}, instance="second")
    assert (reply.status, reply.code) == (400, "IdempotentParameterMismatch")
    assert len(emulator.ledger) == 1


def test_other_case_or_other_account_is_another_token(emulator: Emulator) -> None:
    for account, token in (("operator", "one"), ("operator", "ONE"), ("temporary", "one")):
        assert emulator.snapshot(account=account, query={"ClientToken": token}).status == 200
    assert len({snapshot["name"] for snapshot in emulator.ledger}) == 3


def test_requests_at_the_same_time(emulator: Emulator) -> None:
    tokens = [f"token-{number % 10}" for number in range(60)]
    requests = [emulator.request(query={"ClientToken": token}) for token in tokens]
    with ThreadPoolExecutor(20) as pool:
        replies = list(pool.map(emulator.send, requests))
    assert {reply.status for reply in replies} == {200}
    assert sorted(snapshot["client_token"] for snapshot in emulator.ledger) == sorted(set(tokens))
    assert len({snapshot["name"] for snapshot in emulator.ledger}) == 10
    assert len(emulator.requests) == 60


def test_the_same_request_at_the_same_time(emulator: Emulator) -> None:
    request = emulator.request()
    with ThreadPoolExecutor(10) as pool:
        replies = list(pool.map(emulator.send, [request] * 10))
    assert sorted(reply.code or "" for reply in replies) == [""] + ["SignatureNonceUsed"] * 9

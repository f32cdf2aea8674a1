# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from ansible_collections.aliyun.elasticsearch.plugins.module_utils._openapi.operations import (
    check_client_token,
    create_snapshot,
)
from ansible_collections.aliyun.elasticsearch.plugins.module_utils._errors import NOT_SENT, AliyunError


def refused(check: object, value: str) -> str:
    with pytest.raises(AliyunError) as caught:
        check(value)  # type: ignore[operator]
    assert (caught.value.outcome, caught.value.retryable) == (NOT_SENT, False)
    return caught.value.message


class TestClientToken:
    @pytest.mark.parametrize("token", ["a", " a", "a b", "~!@#$%^&*()+=", "a" * 64])
    def test_one_to_64_printable_characters_pass(self, token: str) -> None:
        check_client_token(token)

    @pytest.mark.parametrize("token", ["", " ", " " * 65, "\t", "\u3000"])
    def test_a_blank_one_is_refused(self, token: str) -> None:
        assert refused(check_client_token, token).startswith("client_token must not be blank")

    @pytest.mark.parametrize("length", [65, 66, 10_000])
    def test_a_longer_one_is_refused(self, length: int) -> None:
        message = refused(check_client_token, "a" * length)
        assert message == f"client_token must have at most 64 characters, not {length}."

    @pytest.mark.parametrize("token", ["a\n", "a\tb", "a\x00", "a\x7f", "\u00e9", "快照", "a\u200b", "\ud800"])
    def test_one_that_is_not_printable_ascii_is_refused(self, token: str) -> None:
        assert refused(check_client_token, token) == "client_token must consist of printable ASCII characters."


class RecordingClient:
    def call(self, call: object, before_retry: object) -> object:
        self.made = call
        self.before_retry = before_retry
        return "the answer"


@pytest.mark.parametrize(
    ("instance_id", "path"),
    [
        ("es-cn-1", "/openapi/instances/es-cn-1/snapshots"),
        ("a%2Fb+c", "/openapi/instances/a%252Fb%2Bc/snapshots"),
    ],
)
def test_create_snapshot_asks_what_is_documented(instance_id: str, path: str) -> None:
    client = RecordingClient()
    assert create_snapshot(client, instance_id, "a token", print) == "the answer"  # type: ignore[arg-type,comparison-overlap]
    assert client.before_retry is print
    call = client.made
    assert (call.action, call.method, call.path) == ("CreateSnapshot", "POST", path)  # type: ignore[attr-defined]
    assert list(call.query) == [("ClientToken", "a token")]  # type: ignore[attr-defined]
    assert call.permissions == [("CreateSnapshot", f"instances/{instance_id}")]  # type: ignore[attr-defined]
    assert call.if_false.startswith("Look in the console whether a snapshot is running already")  # type: ignore[attr-defined]
    accepts = call.accepts  # type: ignore[attr-defined]
    assert [accepts({"result": value}) for value in (True, False, 1, "true", None)] == [True] + [False] * 4
    assert not accepts({})

# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The official client is served, so the emulator is not just what the collection makes of the API."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

if TYPE_CHECKING:
    from .client import Emulator


def create_snapshot(emulator: Emulator, token: str | None, account: str = "operator", secure: bool = True) -> Any:
    """Ask for a snapshot with the official client."""
    sdk = pytest.importorskip("alibabacloud_elasticsearch20170613.client")
    models = pytest.importorskip("alibabacloud_elasticsearch20170613.models")
    configuration = pytest.importorskip("alibabacloud_tea_openapi.utils_models")
    address = urlsplit(emulator.https if secure else emulator.http)
    config = configuration.Config(
        **emulator.accounts[account],
        protocol=address.scheme,
        endpoint=address.netloc,
        ca=emulator.ca_path,
    )
    request = models.CreateSnapshotRequest(client_token=token)
    return sdk.Client(config).create_snapshot(emulator.instances["active"], request)


@pytest.mark.parametrize("secure", [False, True], ids=["http", "https"])
@pytest.mark.parametrize("account", ["operator", "temporary"])
def test_is_served(emulator: Emulator, account: str, secure: bool) -> None:
    answer = create_snapshot(emulator, "a b+c/d=e~*", account, secure)
    assert (answer.status_code, answer.body.result) == (200, True)
    (snapshot,) = emulator.ledger
    assert (snapshot["client_token"], snapshot["request_id"]) == ("a b+c/d=e~*", answer.body.request_id)
    assert "user-agent" in emulator.requests[0]["signed_headers"]


@pytest.mark.parametrize("form", ["json", "xml"])
def test_understands_the_errors(emulator: Emulator, form: str) -> None:
    emulator.faults({"kind": "error", "status": 400, "code": "Some.Code", "format": form})
    with pytest.raises(Exception, match=r"Some\.Code") as caught:
        create_snapshot(emulator, "one")
    assert getattr(caught.value, "code", None) == "Some.Code"


def test_understands_a_refusal(emulator: Emulator) -> None:
    with pytest.raises(Exception, match=r"MissingClientToken") as caught:
        create_snapshot(emulator, None)
    assert getattr(caught.value, "request_id", None) == emulator.requests[0]["request_id"]

# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""With the real package: in a process of its own, as that reads its variables and HOME once, when it is imported."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ansible_collections.aliyun.elasticsearch.plugins.module_utils._plugin.options import KEY_VARIABLES
from ansible_collections.aliyun.elasticsearch.tests.unit.support.interpreter import run_python
from ansible_collections.aliyun.elasticsearch.tests.unit.support.server import Server, hang, http_response, trickle

OFFICIAL_KEYS = {name: f"{name}-value" for name in KEY_VARIABLES[0]}

FIND = """
import json, logging, os
from ansible_collections.aliyun.elasticsearch.plugins.module_utils._errors import AliyunError
from ansible_collections.aliyun.elasticsearch.plugins.module_utils._plugin.connect import find_credentials
try:
    found = find_credentials(json.loads(os.environ["OPTIONS"]), os.environ, float(os.environ["SECONDS"]))
    print(json.dumps([found.access_key_id, found.access_key_secret, found.security_token]))
except AliyunError as error:
    print(json.dumps(error.message))
if os.environ["WAITS"] != "1":
    from alibabacloud_credentials.utils import auth_util
    names = "ALIBABA_CLOUD_ACCESS_KEY_ID", "ALIBABA_CLOUD_ACCESS_KEY_SECRET", "ALIBABA_CLOUD_SECURITY_TOKEN"
    variables = [getattr(auth_util, "environment_" + name[14:].lower()) for name in names]
    assert variables == [os.environ.get(name) for name in names], variables
    loggers = [logging.getLogger(name) for name in ("credentials", "apscheduler.scheduler")]
    assert not [logger.name for logger in loggers if logger.disabled]
"""

CLI_FILE = {
    "current": "current",
    "profiles": [
        {"name": "current", "mode": "AK", "access_key_id": "current-id", "access_key_secret": "current-secret"},
        {
            "name": "temporary",
            "mode": "StsToken",
            "access_key_id": "sts-id",
            "access_key_secret": "sts-secret",
            "sts_token": "sts-token",
        },
        {"name": "half", "mode": "AK", "access_key_id": "half-id"},
        {"name": "no-token", "mode": "StsToken", "access_key_id": "no-token-id", "access_key_secret": "s"},
        {"name": "number", "mode": "AK", "access_key_id": "number-id", "access_key_secret": 12345678},
        {"name": "failing", "mode": "External", "process_command": "sh -c 'echo LEAK; echo LEAK >&2; exit 3' LEAK"},
    ],
}
INI_FILE = """
[from-ini]
type = access_key
access_key_id = ini-id
access_key_secret = ini-secret
[half-ini]
type = access_key
access_key_secret = ini-secret
"""


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / ".aliyun").mkdir()
    (tmp_path / ".alibabacloud").mkdir()
    return tmp_path


@pytest.fixture
def files(home: Path) -> Path:
    (home / ".aliyun" / "config.json").write_text(json.dumps(CLI_FILE))
    (home / ".alibabacloud" / "credentials.ini").write_text(INI_FILE)
    return home


def find(
    home: Path, profile: str | None = None, seconds: float = 20, *, waits: bool = False, **environment: str
) -> Any:
    """Return the parts of what was found, or the message of the error.

    Unless it still ``waits`` for the package in a thread, the package's variables and loggers are as before.
    """
    return json.loads(
        run_python(
            FIND,
            HOME=str(home),
            OPTIONS=json.dumps({"profile": profile}),
            SECONDS=str(seconds),
            WAITS=str(int(waits)),
            ALIBABA_CLOUD_ECS_METADATA_DISABLED="true",
            **environment,
        )
    )


@pytest.mark.parametrize(
    ("profile", "environment", "expected"),
    [
        ("current", {}, ["current-id", "current-secret", None]),
        ("temporary", {}, ["sts-id", "sts-secret", "sts-token"]),
        ("from-ini", {}, ["ini-id", "ini-secret", None]),
        (None, {"ALIBABA_CLOUD_PROFILE": "temporary"}, ["sts-id", "sts-secret", "sts-token"]),
        (None, {"ALICLOUD_PROFILE": "temporary"}, ["sts-id", "sts-secret", "sts-token"]),
        ("current", {"ALIBABA_CLOUD_PROFILE": "temporary"}, ["current-id", "current-secret", None]),
        (None, {}, ["current-id", "current-secret", None]),
        ("current", OFFICIAL_KEYS, ["current-id", "current-secret", None]),
        ("from-ini", OFFICIAL_KEYS, ["ini-id", "ini-secret", None]),
    ],
)
def test_find_credentials_finds_a_profile_in_the_files(
    files: Path, profile: str | None, environment: dict[str, str], expected: list[str | None]
) -> None:
    assert find(files, profile, **environment) == expected


@pytest.mark.parametrize("profile", ["half", "half-ini", "no-token"])
def test_find_credentials_does_not_complete_half_a_profile_from_the_environment(files: Path, profile: str) -> None:
    message = find(files, profile, **OFFICIAL_KEYS)
    assert "Looked at: the task's options access_key_id, access_key_secret and profile, the" in message
    assert f"the profile '{profile}'. It said: " in message
    assert " is empty" in message


@pytest.mark.parametrize("environment", [{}, OFFICIAL_KEYS], ids=["no keys", "keys"])
def test_find_credentials_refuses_an_unknown_profile_whatever_else_there_is(
    files: Path, environment: dict[str, str]
) -> None:
    assert "unable to get profile with 'unknown'" in find(files, "unknown", **environment)


def test_find_credentials_shows_nothing_of_a_profiles_command_that_fails(files: Path) -> None:
    message = find(files, "failing")
    assert "It said: failed to execute …" in message
    assert "LEAK" not in message


def test_find_credentials_refuses_a_number_for_a_secret(files: Path) -> None:
    assert "It said: " in find(files, "number")


@pytest.mark.parametrize("profile", ["default", None])
@pytest.mark.parametrize(
    "content",
    [
        "access_key_secret = LEAK\n",
        "[default]\ntype = access_key\naccess_key_secret LEAK\n",
        "[default]\ntype = access_key\naccess_key_id = i\naccess_key_secret = abc%LEAK\n",
    ],
    ids=["no section", "no equals sign", "per cent sign"],
)
def test_find_credentials_does_not_quote_a_broken_credentials_file(
    home: Path, content: str, profile: str | None
) -> None:
    (home / ".alibabacloud" / "credentials.ini").write_text(content)
    message = find(home, profile)
    assert " It said: " in message
    assert "LEAK" not in message


def test_find_credentials_finds_nothing_without_files(home: Path) -> None:
    assert find(home).startswith("No usable credentials were found where the module runs. ")


@pytest.mark.parametrize("respond", [hang, trickle(b"", b"H")], ids=["stalls", "trickles"])
def test_find_credentials_gives_up_on_a_credentials_uri_that_does_not_respond(
    home: Path, serve: Callable[..., Server], respond: Any
) -> None:
    server = serve(respond)
    message = find(home, seconds=1.5, waits=True, ALIBABA_CLOUD_CREDENTIALS_URI=f"{server.url}/?key=LEAK")
    assert message.endswith("the default credential chain. It did not answer within 1.5 s.")


@pytest.mark.parametrize(
    "respond",
    [
        http_response(b'{"Code": "Refused", "AccessKeySecret": "LEAK"}', "403 Forbidden"),
        http_response(b'{"Code": "Refused", "AccessKeySecret": "LEAK"}'),
        http_response(b"LEAK"),
    ],
    ids=["status", "code", "no json"],
)
def test_find_credentials_does_not_quote_a_credentials_uri_that_responds_with_an_error(
    home: Path, serve: Callable[..., Server], respond: bytes
) -> None:
    server = serve(respond)
    message = find(home, ALIBABA_CLOUD_CREDENTIALS_URI=f"{server.url}/?key=LEAK")
    assert server.connections == 1
    assert "LEAK" not in message


def test_find_credentials_tells_the_last_reason_of_the_chain(home: Path, serve: Callable[..., Server]) -> None:
    server = serve(http_response(b"", "403 Forbidden"))
    message = find(home, ALIBABA_CLOUD_CREDENTIALS_URI=f"{server.url}/")
    assert "URLCredentialsProvider: " in message


def test_find_credentials_takes_temporary_credentials_from_a_credentials_uri(
    home: Path, serve: Callable[..., Server]
) -> None:
    document = {
        "Code": "Success",
        "AccessKeyId": "uri-id",
        "AccessKeySecret": "uri-secret",
        "SecurityToken": "uri-token",
        "Expiration": "2099-01-01T00:00:00Z",
    }
    server = serve(http_response(json.dumps(document).encode()))
    found = find(home, ALIBABA_CLOUD_CREDENTIALS_URI=f"{server.url}/")
    assert found == ["uri-id", "uri-secret", "uri-token"]

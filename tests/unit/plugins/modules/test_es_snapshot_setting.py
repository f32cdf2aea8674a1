# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""es_snapshot_setting: what is read, what is changed and what is not, and what goes wrong."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ansible_collections.aliyun.elasticsearch.plugins.module_utils._plugin.module import ModuleCaller
from ansible_collections.aliyun.elasticsearch.plugins.modules.es_snapshot_setting import main
from ansible_collections.aliyun.elasticsearch.tests.unit.plugins.modules.results import (
    ERROR_KEYS,
    INSTANCE,
    SECRET,
    Run,
    Serve,
)
from ansible_collections.aliyun.elasticsearch.tests.unit.support.openapi import ScriptedOpenApi, json_response
from ansible_collections.aliyun.elasticsearch.tests.unit.support.server import http_response, unused_port

DAILY = "0 0 01 ? * * *"
LATER = "0 0 3 ? * MON,WED *"
UPDATED = json_response(Result={"enable": True, "quartzRegex": "x", "indices": []}, RequestId="U-1")
BUSY = json_response("400 Bad Request", Code="InstanceActivating", Message="busy", RequestId="E-2")
GONE = json_response("404 Not Found", Code="InstanceNotFound", Message="gone", RequestId="E-1")
THROTTLED = json_response("400 Bad Request", Code="Throttling.User", Message="slow down", RequestId="E-3")


@pytest.fixture
def es_snapshot_setting(run_module: Run, serve: Serve, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run the module against an OpenAPI; the defaults are quick. Its warnings are ``warned``."""
    warned: list[str] = []
    # Ansible's own are kept for as long as the process lives.
    monkeypatch.setattr(ModuleCaller, "warn", lambda _caller, text: warned.append(text))

    def run(api: ScriptedOpenApi | None = None, **options: Any) -> dict[str, Any]:
        warned.clear()
        how = {name: options.pop(name) for name in ("check_mode", "diff_mode") if name in options}
        given = {
            "instance_id": INSTANCE,
            "access_key_id": "the-id",
            "access_key_secret": SECRET,
            "region": "cn-hangzhou",
            "retries": 1,
            "retry_max_delay": 0,
            **({"endpoint": serve(api).url} if api else {}),
            **options,
        }
        given = {name: value for name, value in given.items() if value is not None}
        result = run_module(
            main, {**given, "_ansible_diff": how.get("diff_mode", False)}, check_mode="check_mode" in how
        )
        assert SECRET not in result["printed"]
        assert result["msg"].isprintable()
        assert result.keys() >= {"outcome", "request_id", "request_attempts", "instance_id"}
        assert result["instance_id"] == given["instance_id"]
        return {**result, "warned": " ".join(warned)}

    return run


def stored(enable: Any, schedule: Any, indices: Any = (), request_id: str = "R-1") -> bytes:
    """Return the response of DescribeSnapshotSetting, which leaves out what is None."""
    setting = {"Enable": enable, "QuartzRegex": schedule, "Indices": None if indices is None else list(indices)}
    return json_response(
        Result={name: value for name, value in setting.items() if value is not None}, RequestId=request_id
    )


def settings(*each: bytes, update: Any = UPDATED) -> ScriptedOpenApi:
    """Return an API whose setting is one of these at each time that it is read."""
    return ScriptedOpenApi(DescribeSnapshotSetting=list(each), UpdateSnapshotSetting=update)


def sent(api: ScriptedOpenApi) -> list[Any]:
    """Return the bodies of the updates; none has a client token, or any other parameter."""
    updates = [request for request in api.requests if request.method == "POST"]
    assert [request.target for request in updates] == [f"/openapi/instances/{INSTANCE}/snapshot-setting"] * len(updates)
    assert {request.headers["content-type"] for request in updates} <= {"application/json; charset=utf-8"}
    assert "token" not in str([request.headers for request in updates]).lower()
    return [json.loads(request.body) for request in updates]


def check_failure(result: dict[str, Any], outcome: str, statement: str) -> None:
    """Assert the one shape that all failures share."""
    assert (result["failed"], result["outcome"]) == (True, outcome), result["msg"]
    assert result["changed"] == (outcome == "accepted")
    assert result["error"].keys() == ERROR_KEYS
    assert result["msg"].startswith(statement), result["msg"]


NOT_CHANGED = "The setting was not changed: "


@pytest.mark.parametrize(
    ("response", "setting", "says"),
    [
        (stored(True, DAILY, ["a"]), (True, DAILY, ["a"]), f"Automatic backup is on, with the schedule {DAILY}."),
        (stored(False, None), (False, None, []), "Automatic backup is off, without a schedule."),
        (stored(None, None, None), (None, None, None), "Automatic backup is not known to be on, without a schedule."),
        (json_response(Result={"enable": "true", "quartzRegex": DAILY}), (True, DAILY, None), "Automatic backup is on"),
    ],
)
def test_without_options_the_setting_is_read_and_nothing_changed(
    es_snapshot_setting: Run, response: bytes, setting: tuple[Any, Any, Any], says: str
) -> None:
    api = settings(response)
    result = es_snapshot_setting(api)
    assert result["setting"] == dict(zip(("enabled", "schedule", "indices"), setting))
    assert (result["changed"], result["outcome"], result["request_attempts"]) == (False, "current", 0)
    assert result["msg"].startswith(says)
    assert (api.actions, "diff" in result, result["warned"]) == (["DescribeSnapshotSetting"], False, "")
    assert [(request.method, request.target) for request in api.requests] == [
        ("GET", f"/openapi/instances/{INSTANCE}/snapshot-setting")
    ]


@pytest.mark.parametrize(
    ("before", "options"),
    [
        ((True, DAILY), {"enabled": True}),
        ((True, DAILY), {"schedule": DAILY}),
        ((True, DAILY), {"enabled": True, "schedule": "0 0 1 ? * *"}),
        ((True, DAILY), {"enabled": True, "schedule": "00 0 1 * * ?"}),
        ((True, LATER), {"schedule": "0 0 03 ? * 4,mon"}),
        ((False, DAILY), {"enabled": False}),
        ((False, DAILY), {"enabled": False, "schedule": DAILY}),
        ((None, None), {"enabled": False}),
        ((None, DAILY), {"schedule": DAILY}),
    ],
    ids=str,
)
def test_what_is_so_already_is_not_changed(
    es_snapshot_setting: Run, before: tuple[Any, Any], options: dict[str, Any]
) -> None:
    for mode in ({}, {"check_mode": True}):
        api = settings(stored(*before, ["a"]))
        result = es_snapshot_setting(api, **options, **mode, diff_mode=True)
        assert (result["changed"], result["outcome"], result["request_id"]) == (False, "current", "R-1")
        setting = {"enabled": before[0], "schedule": before[1], "indices": ["a"]}
        assert (result["setting"], result["diff"]) == (setting, {"before": setting, "after": setting})
        assert result["msg"].startswith("There was nothing to change. Automatic backup is ")
        assert (api.actions, result["warned"]) == (["DescribeSnapshotSetting"], "")


@pytest.mark.parametrize(
    ("before", "options", "body"),
    [
        ((False, None), {"enabled": True, "schedule": DAILY}, {"enable": True, "quartzRegex": DAILY}),
        ((None, None), {"enabled": True, "schedule": DAILY}, {"enable": True, "quartzRegex": DAILY}),
        ((False, "0 0 1 * * ?"), {"enabled": True}, {"enable": True, "quartzRegex": "0 0 1 * * ?"}),
        ((False, "0 0 1 * * ?"), {"enabled": True, "schedule": DAILY}, {"enable": True, "quartzRegex": "0 0 1 * * ?"}),
        ((True, DAILY), {"schedule": LATER}, {"enable": True, "quartzRegex": LATER}),
        ((False, DAILY), {"schedule": LATER}, {"enable": False, "quartzRegex": LATER}),
        ((True, DAILY), {"schedule": " 0  0 3 ? * MON,WED *\n"}, {"enable": True, "quartzRegex": LATER}),
        ((True, "no Quartz"), {"schedule": LATER}, {"enable": True, "quartzRegex": LATER}),
        ((True, DAILY), {"enabled": False}, {"enable": False, "quartzRegex": DAILY}),
        ((True, None), {"enabled": False}, {"enable": False}),
        ((True, DAILY), {"enabled": False, "schedule": LATER}, {"enable": False, "quartzRegex": LATER}),
    ],
    ids=str,
)
def test_what_differs_is_changed_and_read_back(
    es_snapshot_setting: Run, before: tuple[Any, Any], options: dict[str, Any], body: dict[str, Any]
) -> None:
    after = (body["enable"], body.get("quartzRegex"))
    api = settings(stored(*before), stored(*after, request_id="R-2"))
    result = es_snapshot_setting(api, **options, diff_mode=True)
    assert (result["changed"], result["outcome"], result["request_id"]) == (True, "accepted", "U-1")
    assert (sent(api), result["request_attempts"]) == ([body], 1)
    assert api.actions == ["DescribeSnapshotSetting", "UpdateSnapshotSetting", "DescribeSnapshotSetting"]
    assert result["setting"] == {"enabled": after[0], "schedule": after[1], "indices": []}
    assert result["diff"] == {
        "before": {"enabled": before[0], "schedule": before[1], "indices": []},
        "after": result["setting"],
    }
    assert result["msg"].startswith("The setting was changed. Automatic backup is ")
    expected = "Switching off automatic backup" if before[0] and not after[0] else ""
    assert expected in result["warned"]
    assert bool(result["warned"]) == bool(expected)

    again = settings(stored(*after))
    assert es_snapshot_setting(again, **options)["changed"] is False
    assert sent(again) == []


def test_check_mode_tells_what_would_be_and_sends_nothing(es_snapshot_setting: Run) -> None:
    api = settings(stored(True, DAILY, ["a"]))
    result = es_snapshot_setting(api, enabled=False, schedule=LATER, check_mode=True, diff_mode=True)
    assert (result["changed"], result["outcome"], result["request_id"]) == (True, "not_sent", "R-1")
    assert result["setting"] == {"enabled": False, "schedule": LATER, "indices": ["a"]}
    assert result["diff"]["before"] == {"enabled": True, "schedule": DAILY, "indices": ["a"]}
    assert result["diff"]["after"] == result["setting"]
    assert result["msg"].startswith("The setting would be changed. This was check mode, and it was not.")
    assert (api.actions, result["request_attempts"]) == (["DescribeSnapshotSetting"], 0)
    for part in ("Switching off automatic backup makes the instance take one last snapshot", "set in the console"):
        assert part in result["warned"]


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"schedule": ""}, "schedule must not be blank"),
        ({"schedule": " \n"}, "schedule must not be blank"),
        ({"schedule": "0 1 * * *"}, "schedule must be a Quartz expression"),
        ({"schedule": "0 0 1 * * * *"}, "schedule must be a Quartz expression"),
        ({"schedule": "@daily", "enabled": True}, "schedule must be a Quartz expression"),
        ({"instance_id": " "}, "instance_id must not be blank."),
        ({"region": "", "endpoint": None}, "No region is given."),
    ],
    ids=str,
)
def test_what_cannot_be_meant_fails_before_the_network(
    es_snapshot_setting: Run, options: dict[str, Any], says: str
) -> None:
    result = es_snapshot_setting(**{"endpoint": f"http://127.0.0.1:{unused_port()}", **options})
    assert (result["failed"], result["outcome"], result["request_attempts"]) == (True, "not_sent", 0)
    assert says in result["msg"]
    assert result["error"]["message"] in result["msg"]


def test_enabling_for_the_first_time_needs_a_schedule(es_snapshot_setting: Run) -> None:
    for mode in ({}, {"check_mode": True}):
        api = settings(stored(False, None))
        result = es_snapshot_setting(api, enabled=True, **mode)
        check_failure(result, "not_sent", f"{NOT_CHANGED}no request for that reached the API. ")
        assert result["msg"].endswith("Automatic backup has no schedule yet. Give schedule, too, to enable it.")
        assert sent(api) == []


def test_the_time_alone_is_not_changed_where_it_is_not_known_whether_backup_is_on(es_snapshot_setting: Run) -> None:
    api = settings(stored(None, DAILY))
    result = es_snapshot_setting(api, schedule=LATER)
    check_failure(result, "not_sent", NOT_CHANGED)
    assert result["msg"].endswith("so the time cannot be changed alone. Give enabled, too.")
    assert sent(api) == []


@pytest.mark.parametrize("after", [[], ["b"], ["c"], None])
def test_a_list_of_indices_that_is_lost_fails(es_snapshot_setting: Run, after: list[str] | None) -> None:
    api = settings(stored(True, DAILY, ["a", "b"]), stored(True, LATER, after, "R-2"))
    result = es_snapshot_setting(api, schedule=LATER, diff_mode=True)
    lost = ", ".join(index for index in ("a", "b") if index not in (after or ()))
    check_failure(
        result,
        "accepted",
        f"The setting was changed, but indices of the list that was set in the console are lost: {lost} "
        "(RequestId U-1). Set the list again in the console.",
    )
    assert "A list of indices was set in the console" in result["warned"]
    assert ": a, b." in result["warned"]
    assert result["setting"] == {"enabled": True, "schedule": LATER, "indices": after}
    assert result["diff"]["before"]["indices"] == ["a", "b"]
    assert (result["diff"]["after"], result["request_id"]) == (result["setting"], "U-1")


def test_a_list_of_indices_that_stays_is_a_warning_only(es_snapshot_setting: Run) -> None:
    api = settings(stored(True, DAILY, ["a", "b"]), stored(True, LATER, ["b", "a", "c"]))
    result = es_snapshot_setting(api, schedule=LATER)
    assert (result["failed"], result["changed"]) == (False, True)
    assert "A list of indices was set in the console" in result["warned"]
    assert sent(api) == [{"enable": True, "quartzRegex": LATER}], "the list is no part of the request"


def test_another_spelling_that_is_stored_is_no_change(es_snapshot_setting: Run) -> None:
    api = settings(stored(False, None), stored(True, "0 0 1 * * ?"))
    result = es_snapshot_setting(api, enabled=True, schedule=DAILY)
    assert (result["changed"], result["warned"], result["setting"]["schedule"]) == (True, "", "0 0 1 * * ?")
    again = settings(stored(True, "0 0 1 * * ?"))
    assert es_snapshot_setting(again, enabled=True, schedule=DAILY)["changed"] is False


@pytest.mark.parametrize(
    ("options", "after"),
    [
        ({"enabled": True, "schedule": DAILY}, (True, "0 0 2 ? * * *")),
        ({"enabled": True, "schedule": DAILY}, (True, None)),
        ({"enabled": True, "schedule": DAILY}, (False, DAILY)),
        ({"schedule": DAILY}, (True, DAILY)),
        ({"enabled": False, "schedule": DAILY}, (False, None)),
    ],
    ids=str,
)
def test_another_meaning_that_is_stored_warns_and_is_changed_again(
    es_snapshot_setting: Run, options: dict[str, Any], after: tuple[Any, Any]
) -> None:
    for before in ((False, LATER), after):
        if before == (True, DAILY):
            continue  # that it was enabled as well is not to be undone by a task that does not ask for it
        api = settings(stored(*before), stored(*after))
        result = es_snapshot_setting(api, **options)
        assert (result["failed"], result["changed"]) == (False, True)
        assert "The API stores something else than it was sent. Automatic backup is" in result["warned"]
        assert result["setting"]["schedule"] == after[1]


def test_a_schedule_that_is_forgotten_when_switched_off_is_nothing_to_warn_of(es_snapshot_setting: Run) -> None:
    api = settings(stored(True, DAILY), stored(False, None))
    result = es_snapshot_setting(api, enabled=False)
    assert "stores something else" not in result["warned"]
    assert result["setting"] == {"enabled": False, "schedule": None, "indices": []}


@pytest.mark.parametrize("options", [{}, {"enabled": True, "schedule": DAILY}], ids=["reads", "changes"])
@pytest.mark.parametrize(
    ("response", "says", "status"),
    [
        (GONE, "InstanceNotFound: gone (HTTP 404, RequestId E-1, 1 attempt).", 404),
        (BUSY, "The instance is busy with another change; wait until its status is active.", 400),
        (http_response(b"<html>"), "HTTP 200", 200),
        (json_response(Result=None), "HTTP 200", 200),
        (json_response(Result=False), "Result: false", 200),
    ],
    ids=["gone", "busy", "html", "null", "false"],
)
def test_what_cannot_be_read_fails_and_changes_nothing(
    es_snapshot_setting: Run, options: dict[str, Any], response: bytes, says: str, status: int
) -> None:
    api = settings(response)
    result = es_snapshot_setting(api, **options)
    check_failure(result, "not_sent", NOT_CHANGED if options else "The setting could not be read. ")
    assert says in result["msg"]
    assert (result["error"]["http_status"], result["request_attempts"]) == (status, 0)
    assert api.actions == ["DescribeSnapshotSetting"], "nothing of it is retried"
    assert "setting" not in result


@pytest.mark.parametrize(
    ("update", "outcome", "says", "attempts"),
    [
        (BUSY, "refused", "The instance is busy with another change", 1),
        (json_response(Result=False, RequestId="U-1"), "refused", "See with aliyun.elasticsearch.es_instance_info", 1),
        (
            json_response("403 Forbidden", Code="Forbidden.RAM", Message="not you", RequestId="U-1"),
            "refused",
            f"elasticsearch:UpdateSnapshotSetting on acs:elasticsearch:cn-hangzhou:*:instances/{INSTANCE}",
            1,
        ),
        (THROTTLED, "refused", "The API is throttling", 2),
        (http_response(b"<html>"), "unknown", "Run the task again: it reads the setting first", 1),
        (http_response(b"", "502 Bad Gateway"), "unknown", "Run the task again: it reads the setting first", 2),
        (json_response(Result=[]), "unknown", "Run the task again: it reads the setting first", 1),
        (b"", "unknown", "Run the task again: it reads the setting first", 2),
    ],
    ids=["busy", "false", "forbidden", "throttled", "html", "gateway", "list", "dropped"],
)
def test_an_update_that_is_not_accepted_fails_with_what_is_known(
    es_snapshot_setting: Run, update: bytes, outcome: str, says: str, attempts: int
) -> None:
    api = settings(stored(True, DAILY), update=update)
    result = es_snapshot_setting(api, schedule=LATER)
    statement = "It is not known whether the setting was changed." if outcome == "unknown" else NOT_CHANGED
    check_failure(result, outcome, statement)
    assert says in result["msg"]
    assert result["request_attempts"] == attempts
    assert result["request_id"] == result["error"]["request_id"] != "R-1"
    assert sent(api) == [{"enable": True, "quartzRegex": LATER}] * attempts
    assert "setting" not in result


def test_an_update_that_got_no_response_is_sent_again(es_snapshot_setting: Run) -> None:
    api = settings(stored(True, DAILY), stored(True, LATER), update=[b"", UPDATED])
    result = es_snapshot_setting(api, schedule=LATER)
    assert (result["changed"], result["request_attempts"]) == (True, 2)
    assert sent(api) == [{"enable": True, "quartzRegex": LATER}] * 2


def test_an_update_whose_result_is_true_is_accepted(es_snapshot_setting: Run) -> None:
    api = settings(stored(True, DAILY), stored(True, LATER), update=json_response(Result=True, RequestId="U-1"))
    assert es_snapshot_setting(api, schedule=LATER)["changed"] is True


def test_a_read_back_that_fails_is_told_as_a_change(es_snapshot_setting: Run) -> None:
    api = settings(stored(True, DAILY), GONE)
    result = es_snapshot_setting(api, schedule=LATER, diff_mode=True)
    check_failure(result, "accepted", "The setting was changed, but could not be read afterwards (RequestId U-1). ")
    assert (result["request_id"], result["error"]["request_id"]) == ("U-1", "E-1")
    assert result["request_attempts"] == 1
    assert not {"setting", "diff"} & result.keys()


def test_texts_of_the_server_are_returned_as_they_are(es_snapshot_setting: Run) -> None:
    hostile = "{{ lookup('pipe', 'id') }}"
    result = es_snapshot_setting(settings(stored(True, hostile, [hostile])))
    assert (result["setting"]["schedule"], result["setting"]["indices"]) == (hostile, [hostile])

# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import json
import sys
import warnings
from collections.abc import Callable, Mapping
from types import SimpleNamespace
from typing import Any

import pytest
from ansible.module_utils.basic import AnsibleModule

from ansible_collections.aliyun.elasticsearch.plugins.module_utils._errors import (
    ACCEPTED,
    NOT_SENT,
    REFUSED,
    UNKNOWN,
    AliyunError,
)
from ansible_collections.aliyun.elasticsearch.plugins.module_utils._plugin import options as groups
from ansible_collections.aliyun.elasticsearch.plugins.module_utils._plugin.module import (
    Meaning,
    ModuleCaller,
    fail_json_arguments,
    run,
)
from ansible_collections.aliyun.elasticsearch.tests.unit.support.module import run_main

MEANINGS = {
    NOT_SENT: Meaning("Nothing was sent."),
    REFUSED: Meaning("It was refused."),
    UNKNOWN: Meaning("It is not known.", "Do it again.", "An earlier attempt leaves it open:"),
    ACCEPTED: Meaning("It was accepted."),
}
UNCHANGED = {"changed": False}


def earlier(request_id: str | None = None, message: str = "Before", outcome: str = REFUSED) -> list[AliyunError]:
    """Return a history of one attempt."""
    return [AliyunError(message, request_id=request_id, outcome=outcome)]


def error(message: str = "Words", **more: Any) -> AliyunError:
    return AliyunError(message, **more)


def arguments(failed: AliyunError, result: Mapping[str, Any] | None = None) -> dict[str, Any]:
    return fail_json_arguments(failed, UNCHANGED if result is None else result, MEANINGS)


class TestFailJsonArguments:
    @pytest.mark.parametrize(
        ("failed", "message"),
        [
            (error("Words."), "Nothing was sent. Words."),
            (error("Words", attempts=1), "Nothing was sent. Words (1 attempt)."),
            (error("Words.", attempts=6), "Nothing was sent. Words (6 attempts)."),
            (
                error("Words.", outcome=REFUSED, code="Code", http_status=400, request_id="R-1", attempts=1),
                "It was refused. Code: Words (HTTP 400, RequestId R-1, 1 attempt).",
            ),
            (
                error("Words", outcome=REFUSED, http_status=403, attempts=2, history=earlier("R-1")),
                "It was refused. Words (HTTP 403, earlier RequestId R-1, 2 attempts).",
            ),
            (
                error("Words", outcome=REFUSED, request_id="R-2", attempts=2, history=earlier("R-1")),
                "It was refused. Words (RequestId R-2, 2 attempts).",
            ),
            (
                error("Words", outcome=REFUSED, http_status=403, attempts=2, hint="Do that."),
                "It was refused. Words (HTTP 403, 2 attempts). Do that.",
            ),
            (
                error(
                    "No",
                    outcome=REFUSED,
                    code="C",
                    http_status=404,
                    attempts=2,
                    hint="Look.",
                    history=earlier(None, "Gone.", UNKNOWN),
                ),
                "It is not known. C: No (HTTP 404, 2 attempts). Look. "
                "An earlier attempt leaves it open: Gone. Do it again.",
            ),
        ],
    )
    def test_fail_json_arguments_say_what_it_means_then_why_then_what_to_do(
        self, failed: AliyunError, message: str
    ) -> None:
        assert arguments(failed)["msg"] == message

    def test_fail_json_arguments_tell_a_doubt_only_where_the_meaning_has_words_for_it(self) -> None:
        failed = error("No", outcome=REFUSED, attempts=2, history=earlier(None, "Gone.", UNKNOWN))
        meanings = {UNKNOWN: Meaning("It could not be read.")}
        assert fail_json_arguments(failed, UNCHANGED, meanings)["msg"] == "It could not be read. No (2 attempts)."

    def test_fail_json_arguments_hold_everything_that_is_known(self) -> None:
        failed = error(
            "Words.",
            outcome=REFUSED,
            code="Code",
            http_status=400,
            request_id="R-1",
            host_id="host",
            recommend="https://example.test/",
            attempts=3,
        )
        assert arguments(failed) == {
            "msg": "It was refused. Code: Words (HTTP 400, RequestId R-1, 3 attempts).",
            "changed": False,
            "outcome": "refused",
            "request_attempts": 3,
            "request_id": "R-1",
            "error": {
                "code": "Code",
                "message": "Words.",
                "http_status": 400,
                "request_id": "R-1",
                "host_id": "host",
                "recommend": "https://example.test/",
            },
        }

    def test_fail_json_arguments_have_the_last_request_id_where_the_last_attempt_lacks_one(self) -> None:
        found = arguments(error(attempts=2, history=earlier("R-1")))
        assert (found["request_id"], found["error"]["request_id"]) == ("R-1", "R-1")

    def test_fail_json_arguments_have_no_request_id_for_an_accepted_request_without_one(self) -> None:
        accepted = {"changed": True, "outcome": ACCEPTED, "request_attempts": 1, "request_id": None}
        found = arguments(error("Words", request_id="Q-1"), accepted)
        assert found["msg"] == "It was accepted. Words (RequestId Q-1)."
        assert (found["request_id"], found["error"]["request_id"]) == (None, "Q-1")
        assert arguments(error("Words"), accepted)["msg"] == "It was accepted. Words"

    def test_fail_json_arguments_have_null_for_what_is_not_known(self) -> None:
        found = arguments(error())
        assert (found["outcome"], found["request_attempts"], found["request_id"]) == ("not_sent", 0, None)
        assert found["error"] == {
            "code": None,
            "message": "Words",
            "http_status": None,
            "request_id": None,
            "host_id": None,
            "recommend": None,
        }

    def test_fail_json_arguments_let_what_is_certain_win(self) -> None:
        failed = error("Words", http_status=503, request_id="Q-1", attempts=3, outcome=UNKNOWN)
        accepted = {"changed": True, "outcome": ACCEPTED, "request_attempts": 2, "request_id": "C-1"}
        found = arguments(failed, accepted)
        assert (found["changed"], found["outcome"], found["request_attempts"], found["request_id"]) == (
            True,
            "accepted",
            2,
            "C-1",
        )
        assert found["error"]["request_id"] == "Q-1"
        assert found["msg"] == ("It was accepted (RequestId C-1). Words (HTTP 503, RequestId Q-1, 3 attempts)."), (
            "each RequestId stands beside what it belongs to"
        )

    def test_fail_json_arguments_have_no_verdict_where_the_meaning_has_none(self) -> None:
        failed = error("Words.", hint="Do that.")
        found = fail_json_arguments(failed, {"outcome": ACCEPTED, "request_id": "C-1"}, {ACCEPTED: Meaning("")})
        assert found["msg"] == "Words (RequestId C-1). Do that."

    def test_fail_json_arguments_are_by_the_outcome_that_is_certain(self) -> None:
        failed = error("Words", outcome=REFUSED)
        found = arguments(failed, {"changed": False, "outcome": NOT_SENT, "request_attempts": 0})
        assert (found["request_attempts"], found["changed"]) == (0, False)
        assert (found["outcome"], found["msg"]) == ("not_sent", "Nothing was sent. Words")

    def test_fail_json_arguments_take_what_is_none_without_an_outcome_from_the_error(self) -> None:
        open_so_far = {"changed": False, "outcome": None, "request_attempts": None, "client_token": "a"}
        found = arguments(error(outcome=REFUSED, attempts=3), open_so_far)
        assert (found["outcome"], found["request_attempts"], found["client_token"]) == ("refused", 3, "a")


class FakeModule(SimpleNamespace):
    """What ``ModuleCaller`` needs of an AnsibleModule."""

    def __init__(self, **params: Any) -> None:
        super().__init__(params=params, check_mode=True, ansible_version="2.99", no_log_values={"known"}, warnings=[])
        self._diff = True

    def warn(self, text: str) -> None:
        self.warnings.append(text)


def test_module_caller_hands_on_to_the_module() -> None:
    module = FakeModule(instance_id="es-1")
    environ = {"A": "b"}
    caller = ModuleCaller(module, environ)  # type: ignore[arg-type]
    assert caller.options == {"instance_id": "es-1"}
    assert (caller.environ, caller.user_agent) == (environ, "ansible-core/2.99")
    assert (caller.check_mode, caller.diff_mode) == (True, True)
    module._diff = False
    assert ModuleCaller(module, environ).diff_mode is False  # type: ignore[arg-type]
    caller.mask("secret")
    caller.warn("Careful with known and secret.")
    assert module.warnings == ["Careful with ******** and ********."]
    assert module.no_log_values == {"known", "secret"}
    assert caller.masked({"secret": ["a secret", 1, {"is": "known"}]}) == {
        "secret": ["a ********", 1, {"is": "********"}]
    }


@pytest.mark.parametrize("knows", [False, True], ids=["before 2.22", "2.22"])
def test_secrets_are_registered_where_ansible_core_can_do_so(monkeypatch: pytest.MonkeyPatch, knows: bool) -> None:
    registered: list[str] = []
    module = SimpleNamespace(register_secret=registered.append) if knows else None
    monkeypatch.setitem(sys.modules, "ansible.module_utils.secrets", module)
    ModuleCaller(FakeModule(), {}).mask("secret")  # type: ignore[arg-type]
    assert registered == (["secret"] if knows else [])


Task = Callable[[ModuleCaller, "dict[str, Any]"], None]


@pytest.fixture
def run_task(capsys: pytest.CaptureFixture[str]) -> Callable[..., dict[str, Any]]:
    """Run a task as a module with options, and return what it prints."""

    def run_task(task: Task, *, check_mode: bool = False, **options: Any) -> dict[str, Any]:
        spec = groups.spec(groups.instance, groups.connection, groups.transport, groups.cluster)

        def main() -> None:
            run(task, spec, lambda asked, result: {NOT_SENT: Meaning(f"{asked['instance_id']} {result['stage']}.")})

        return run_main(main, capsys, {"instance_id": "es-1", **options}, check_mode=check_mode)

    return run_task


class TestRun:
    @pytest.mark.parametrize("check_mode", [False, True])
    def test_run_ends_with_what_the_task_puts_into_the_result(
        self, run_task: Callable[..., dict[str, Any]], check_mode: bool
    ) -> None:
        def task(caller: ModuleCaller, result: dict[str, Any]) -> None:
            result.update(changed=True, seen=caller.options["retries"], checks=caller.check_mode, none=None)

        found = run_task(task, check_mode=check_mode, retries=7)
        expected = {"changed": True, "instance_id": "es-1", "seen": 7, "checks": check_mode, "none": None}
        assert {name: found[name] for name in expected} == expected

    def test_run_is_unchanged_unless_the_task_says_so(self, run_task: Callable[..., dict[str, Any]]) -> None:
        assert run_task(lambda caller, result: None)["changed"] is False

    def test_run_gives_the_task_the_environment(
        self, run_task: Callable[..., dict[str, Any]], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("ALIBABA_CLOUD_REGION_ID", "from-the-environment")
        found = run_task(lambda caller, result: result.update(seen=caller.environ["ALIBABA_CLOUD_REGION_ID"]))
        assert found["seen"] == "from-the-environment"

    def test_run_fails_with_what_was_certain_by_then(self, run_task: Callable[..., dict[str, Any]]) -> None:
        def task(caller: ModuleCaller, result: dict[str, Any]) -> None:
            result["stage"] = "stage"
            raise AliyunError("Words.", result={"more": 1})

        found = run_task(task)
        assert found["msg"] == "es-1 stage. Words."
        assert (found["failed"], found["changed"], found["instance_id"], found["stage"]) == (
            True,
            False,
            "es-1",
            "stage",
        )
        assert (found["outcome"], found["more"], found["error"]["message"]) == ("not_sent", 1, "Words.")

    def test_run_keeps_what_the_error_has_and_lets_what_is_certain_win(
        self, run_task: Callable[..., dict[str, Any]]
    ) -> None:
        def task(caller: ModuleCaller, result: dict[str, Any]) -> None:
            result.update(stage="stage", outcome=NOT_SENT, request_attempts=0)
            raise AliyunError("Words.", outcome=REFUSED, result={"snapshot": "seen", "request_attempts": 9})

        found = run_task(task)
        assert (found["snapshot"], found["request_attempts"], found["changed"]) == ("seen", 0, False)
        assert (found["outcome"], found["msg"]) == ("not_sent", "es-1 stage. Words.")

    def test_run_gives_the_meanings_what_the_error_has(self, run_task: Callable[..., dict[str, Any]]) -> None:
        def task(caller: ModuleCaller, result: dict[str, Any]) -> None:
            raise AliyunError("Words.", result={"stage": "of the error"})

        assert run_task(task)["msg"] == "es-1 of the error. Words."

    def test_run_masks_what_the_task_masks(self, run_task: Callable[..., dict[str, Any]]) -> None:
        def task(caller: ModuleCaller, result: dict[str, Any]) -> None:
            caller.mask("a-secret")
            result["shown"] = "the a-secret"

        assert "a-secret" not in json.dumps(run_task(task))

    @pytest.mark.parametrize("ends", ["exit_json", "fail_json"])
    def test_run_masks_by_itself_as_ansible_core_no_longer_does(
        self, run_task: Callable[..., dict[str, Any]], monkeypatch: pytest.MonkeyPatch, ends: str
    ) -> None:
        handed_on: dict[str, Any] = {}
        original = getattr(AnsibleModule, ends)

        def end(module: AnsibleModule, **result: Any) -> None:
            handed_on.update(result)
            original(module, **result)

        def task(caller: ModuleCaller, result: dict[str, Any]) -> None:
            caller.mask("a-secret")
            result.update(stage="stage", shown=["the a-secret"])
            if ends == "fail_json":
                raise AliyunError("The a-secret.")

        monkeypatch.setattr(AnsibleModule, ends, end)
        run_task(task, cluster_password="another-secret", cluster_username="another-secret")
        assert handed_on["shown"] == ["the ********"]
        assert "a-secret" not in json.dumps(handed_on)

    @pytest.mark.parametrize("option", ["endpoint", "cluster_url"])
    @pytest.mark.parametrize(
        ("url", "masked"),
        [
            ("https://elastic:a-password@es.test:9200", {"a-password"}),
            ("elastic:a-password@es.test", {"a-password"}),
            ("http://elastic:p@ss:w/rd@es.test/path", {"p@ss:w/rd"}),
            ("https://elastic@es.test", set()),
            ("https://elastic:@es.test", set()),
            ("https://es.test:9200", set()),
            ("es.test:9200", set()),
            ("", set()),
            (None, set()),
        ],
    )
    def test_run_masks_what_stands_between_the_user_and_the_host_of_a_url(
        self,
        run_task: Callable[..., dict[str, Any]],
        monkeypatch: pytest.MonkeyPatch,
        option: str,
        url: str | None,
        masked: set[str],
    ) -> None:
        secrets: set[str] = set()
        monkeypatch.setattr(ModuleCaller, "mask", lambda self, secret: secrets.add(secret))
        run_task(lambda caller, result: None, **{option: url})
        assert secrets == masked

    def test_run_shows_no_password_of_a_url(self, run_task: Callable[..., dict[str, Any]]) -> None:
        def task(caller: ModuleCaller, result: dict[str, Any]) -> None:
            result["stage"] = "stage"
            raise AliyunError(f"Bad {caller.options['endpoint']}")

        assert "a-password" not in json.dumps(run_task(task, endpoint="https://elastic:a-password@es.test"))

    @pytest.mark.parametrize("validate_certs", [True, False])
    def test_run_silences_the_warning_of_unverified_requests_where_that_is_asked_for(
        self, run_task: Callable[..., dict[str, Any]], validate_certs: bool
    ) -> None:
        def task(caller: ModuleCaller, result: dict[str, Any]) -> None:
            with warnings.catch_warnings(record=True) as caught:
                warnings.warn("Unverified HTTPS request is being made to host 'es.test'.", stacklevel=1)
                warnings.warn("Another.", stacklevel=1)
            result["seen"] = [str(warning.message).split()[0] for warning in caught]

        found = run_task(task, validate_certs=validate_certs)
        assert found["seen"] == (["Unverified", "Another."] if validate_certs else ["Another."])

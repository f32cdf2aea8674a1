# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection; it can change at any time.

"""Run a module: its task with its options, and the one shape of its results and failures."""

from __future__ import annotations

import logging
import os
import warnings
from typing import TYPE_CHECKING, Any, NamedTuple

from ansible.module_utils.basic import AnsibleModule

from .._errors import AliyunError
from .._redaction import Redactor

if TYPE_CHECKING:  # pragma: no cover
    from collections.abc import Callable, Mapping

_URL_OPTIONS = ("endpoint", "cluster_url")


class Meaning(NamedTuple):
    """What an outcome means for what the task was to do: a sentence, and one on the next step.

    ``doubt`` introduces the reason why an earlier attempt leaves the outcome open; without it, that is not told.
    """

    statement: str
    next_step: str = ""
    doubt: str = ""


class ModuleCaller:
    """A module as the clients see it (``Caller``); ``check_mode`` and ``diff_mode`` are Ansible's."""

    def __init__(self, module: AnsibleModule, environ: Mapping[str, str]) -> None:
        self.options: Mapping[str, Any] = module.params
        self.environ = environ
        self.check_mode: bool = module.check_mode
        self.diff_mode: bool = module._diff
        self.user_agent = f"ansible-core/{module.ansible_version}"  # type: ignore[attr-defined]
        self._module = module

    def warn(self, text: str) -> None:
        """Show a warning."""
        self._module.warn(self.masked(text))

    def mask(self, secret: str) -> None:
        """Keep a secret out of all that the module shows."""
        self._module.no_log_values.add(secret)
        register_secret(secret)

    def masked(self, value: Any) -> Any:
        """Return a value of the result without the secrets that are known.

        ansible-core 2.22 and newer mask only what they show, not what a task registers and a playbook may write.
        """
        return Redactor(self._module.no_log_values).mask(value)


def register_secret(secret: str) -> None:
    """Have ansible-core mask a secret wherever it shows one, which it can do from 2.22 on."""
    try:
        from ansible.module_utils.secrets import register_secret as register  # type: ignore[import-not-found]
    except ImportError:
        return
    register(secret)


def run(
    task: Callable[[ModuleCaller, dict[str, Any]], None],
    argument_spec: Mapping[str, Any],
    meanings: Callable[[Mapping[str, Any], Mapping[str, Any]], Mapping[str, Meaning]],
) -> None:
    """Run a module that supports check mode, and end the process with its result.

    ``task`` is given the module and the result, and puts into the result what is certain as it goes; where it raises
    AliyunError, that is reported with what is in the result by then. ``meanings`` returns, for the options and that
    result, what each outcome means.
    """
    logging.disable(logging.CRITICAL)  # libraries log responses and keys; the module's process is its own
    module = AnsibleModule(argument_spec=dict(argument_spec), supports_check_mode=True)
    caller = ModuleCaller(module, os.environ)
    for name in _URL_OPTIONS:
        password = _password_in(caller.options.get(name) or "")
        if password:
            caller.mask(password)
    if not caller.options.get("validate_certs", True):
        warnings.filterwarnings("ignore", "Unverified HTTPS request")
    result: dict[str, Any] = {"changed": False, "instance_id": caller.options["instance_id"]}
    try:
        task(caller, result)
    except AliyunError as error:
        known = {**error.result, **result}
        module.fail_json(**caller.masked(fail_json_arguments(error, known, meanings(caller.options, known))))
    module.exit_json(**caller.masked(result))


def fail_json_arguments(
    error: AliyunError, result: Mapping[str, Any], meanings: Mapping[str, Meaning]
) -> dict[str, Any]:
    """Return the arguments of fail_json: the message says what the failure means, then why, then what to do.

    What is certain in ``result`` wins over what the error knows; an ``outcome`` there says that the error is not about
    the request whose outcome it is, but came before or after it. Without one, None there means that the error knows.
    """
    outcome = result.get("outcome") or error.outcome
    meaning = meanings[outcome]
    request_id = error.request_id or error.earlier_request_id
    details = [f"earlier RequestId {request_id}"] if request_id and not error.request_id else []
    details += [f"{error.attempts} attempt{'s' if error.attempts > 1 else ''}"] if error.attempts else []
    doubt = f"{meaning.doubt} {error.doubt}" if meaning.doubt and error.doubt else ""
    first, *others = filter(None, [meaning.statement, error.reason(*details), error.hint, doubt, meaning.next_step])
    if result.get("request_id"):  # that of an earlier response, which the error is not about
        first = f"{first.rstrip('.')} (RequestId {result['request_id']})."
    certain = {name: value for name, value in result.items() if value is not None or result.get("outcome")}
    return {
        "msg": " ".join([first, *others]),
        "outcome": outcome,
        "request_attempts": error.attempts,
        "request_id": request_id,
        "error": {
            "code": error.code,
            "message": error.message,
            "http_status": error.http_status,
            "request_id": request_id,
            "host_id": error.host_id,
            "recommend": error.recommend,
        },
        **certain,
    }


def _password_in(url: str) -> str:
    """Return a password that somebody wrote into a URL, where none is taken."""
    authority = url.partition("://")[2] or url
    return authority.rpartition("@")[0].partition(":")[2]

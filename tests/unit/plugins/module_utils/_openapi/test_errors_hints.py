# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import calendar
import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.aliyun.elasticsearch.plugins.module_utils._cluster.client import _OPENAPI_HINTS
from ansible_collections.aliyun.elasticsearch.plugins.module_utils._http.transport import Response
from ansible_collections.aliyun.elasticsearch.plugins.module_utils._openapi.errors import error_for
from ansible_collections.aliyun.elasticsearch.plugins.module_utils._openapi.operations import (
    Operation,
    invoke_es_request,
)
from ansible_collections.aliyun.elasticsearch.plugins.module_utils._openapi.response import parse_response
from ansible_collections.aliyun.elasticsearch.plugins.module_utils._redaction import Redactor
from ansible_collections.aliyun.elasticsearch.tests.unit.plugins.module_utils._openapi.fake_transport import OPERATION

NOW = float(calendar.timegm((2026, 1, 2, 3, 4, 5)))
UNKNOWN_TIME = "Check this host's clock; the response does not tell the server's time."
RAM = "A RAM policy has to allow elasticsearch:CreateSnapshot on acs:elasticsearch:cn-hangzhou:*:instances/es-1."
KEYS = "Check the access key pair and, for temporary credentials, the security token that belongs to it."
FALSE = "Look whether another one is running."
CLUSTER = (
    "The cluster itself refused it; its user behind the managed credential needs the cluster privileges "
    "monitor_snapshot (in old versions create_snapshot or manage) and, for max_age, monitor."
)
BUSY = "The instance is busy with another change; wait until its status is active."
THROTTLED = "The API is throttling. Run the task again in some minutes, raise retries, or run fewer tasks at once."
STATUS = (
    "See its status with aliyun.elasticsearch.es_instance_info: activating passes, while an instance that is inactive "
    "is frozen, as with an unpaid bill."
)
ELSEWHERE = (
    "Something else than the API may have answered; check the endpoint example.test and the proxies of this host."
)
READING = invoke_es_request(
    "es-1", "_snapshot", credential_id=None, system_credential=False, max_bytes=1000, hints=_OPENAPI_HINTS
)


def hint(
    code: str | None = None,
    status: int = 400,
    *,
    date: str | None = None,
    milliseconds: int | None = None,
    operation: Operation = OPERATION,
    **fields: object,
) -> str:
    """Return the hint for a response with a code or other fields; without any, it is no document of the API."""
    headers = {} if date is None else {"date": date}
    headers.update({} if milliseconds is None else {"x-acs-retry-after": str(milliseconds)})
    fields.update({} if code is None else {"Code": code, "Message": "no"})
    response = Response(status, headers, json.dumps(fields).encode() if fields else b"")
    redact = Redactor()
    return error_for(
        response,
        parse_response(response, redact),
        operation,
        url="https://example.test",
        region="cn-hangzhou",
        now=NOW,
        redact=redact,
    ).hint


@pytest.mark.parametrize(
    ("code", "status", "sentence"),
    [
        ("Forbidden.RAM", 403, RAM),
        ("Forbidden", 400, RAM),
        ("NoPermission", 403, RAM),
        ("NotAuthorized", 400, RAM),
        ("Unheard", 403, RAM),
        ("InstanceNotFound", 400, "Check the instance's ID and its region: example.test was asked."),
        ("InstanceNotFound", 404, "Check the instance's ID and its region: example.test was asked."),
        ("InvalidAccessKeyId.NotFound", 404, KEYS),
        ("InvalidAccessKeyId.Inactive", 400, KEYS),
        ("SignatureDoesNotMatch", 400, KEYS),
        ("InvalidSecurityToken.Expired", 400, KEYS),
        ("MissingSecurityToken", 400, KEYS),
        (
            "TokenPreviousRequestProcessError",
            400,
            "An earlier request with the same ClientToken is still being processed.",
        ),
        ("IdempotentProcessing", 403, "An earlier request with the same ClientToken is still being processed."),
        ("RepetitionOperationError", 403, "The same operation is still being processed."),
        (
            "IdempotentParameterMismatch",
            400,
            "The client_token was used before, for another request; each instance and each snapshot needs its own.",
        ),
        ("InstanceActivating", 400, BUSY),
        ("InstanceStatusNotSupportCurrentAction", 400, STATUS),
        ("InstanceDuplicateScheduledTask", 400, BUSY),
        ("Throttling", 400, THROTTLED),
        ("Throttling.User", 400, THROTTLED),
        ("Rejected.Throttling", 503, THROTTLED),
        ("Unheard", 429, THROTTLED),
        (None, 429, THROTTLED),
        ("Unheard", 400, ""),
        ("InternalError", 500, ""),
        (None, 502, ELSEWHERE),
        (None, 200, ELSEWHERE),
        (None, 302, ELSEWHERE),
    ],
)
def test_hint_is_that_of_the_code_else_that_of_the_status(code: str | None, status: int, sentence: str) -> None:
    assert hint(code, status) == sentence


@pytest.mark.parametrize("status", [400, 401, 403, 429, 503])
@pytest.mark.parametrize("code", ["security_exception", "security_exception.more"])
def test_hint_for_a_refusal_of_the_cluster_is_that_of_the_operation(code: str, status: int) -> None:
    assert hint(code, status, operation=READING) == CLUSTER


def test_hint_of_the_operation_wins_over_that_of_the_code_and_may_name_the_host() -> None:
    operation = OPERATION._replace(hints={"InstanceNotFound": "Ask {host} for another one."})
    assert hint("InstanceNotFound", 404, operation=operation) == "Ask example.test for another one."
    assert hint("InstanceNotFound.Sub", 404, operation=operation) == "Ask example.test for another one."
    assert hint("Forbidden.RAM", 404, operation=operation) == RAM


@pytest.mark.parametrize(("code", "sentence"), [("SignatureDoesNotMatch", KEYS), (None, f"{RAM} {ELSEWHERE}")])
def test_hint_for_a_403_that_is_not_about_permissions_is_another(code: str | None, sentence: str) -> None:
    assert hint(code, 403) == sentence


def test_hint_for_several_permissions_names_them_all() -> None:
    assert hint("Forbidden.RAM", 403, operation=READING) == (
        "A RAM policy has to allow elasticsearch:InvokeEsRequest on acs:elasticsearch:cn-hangzhou:*:instances/es-1 and "
        "elasticsearch:UseCredential on acs:elasticsearch:cn-hangzhou:*:instances/es-1/credentials/*."
    )


def test_hint_for_a_wait_that_the_server_asks_for_is_that_of_throttling() -> None:
    assert hint("Unheard", 400, milliseconds=100) == THROTTLED


def test_hint_for_a_result_of_false_without_a_reason_says_where_to_look() -> None:
    assert hint(None, 200, Result=False) == FALSE


def test_hint_for_a_result_of_false_is_empty_where_the_operation_has_none() -> None:
    assert hint(None, 200, operation=READING, Result=False) == ""


class TestClock:
    @pytest.mark.parametrize("code", ["InvalidTimeStamp.Expired", "InvalidTimeStamp.Format", "InvalidTimeStamp"])
    @pytest.mark.parametrize(
        ("date", "difference"),
        [
            ("Fri, 02 Jan 2026 03:04:05 GMT", "0 seconds behind the server's (2026-01-02 03:04:05 UTC)"),
            ("Fri, 02 Jan 2026 03:04:06 GMT", "1 seconds behind the server's (2026-01-02 03:04:06 UTC)"),
            ("Fri, 02 Jan 2026 02:04:05 GMT", "3600 seconds ahead of the server's (2026-01-02 02:04:05 UTC)"),
            ("Sat, 03 Jan 2026 03:04:05 GMT", "86400 seconds behind the server's (2026-01-03 03:04:05 UTC)"),
            ("Fri, 02 Jan 2026 04:04:05 +0100", "0 seconds behind the server's (2026-01-02 03:04:05 UTC)"),
        ],
    )
    def test_hint_for_a_wrong_clock_tells_the_difference_to_the_servers(
        self, code: str, date: str, difference: str
    ) -> None:
        assert hint(code, date=date) == f"This host's clock is {difference}; 900 are allowed."

    @pytest.mark.parametrize(
        "date", [None, "", " ", "yesterday", "Fri, 99 Jan 2026 03:04:05 GMT", "Fri, 02 Jan 99999 03:04:05 GMT"]
    )
    def test_hint_for_a_response_without_a_date_says_to_check_the_clock(self, date: str | None) -> None:
        assert hint("InvalidTimeStamp.Expired", date=date) == UNKNOWN_TIME

    def test_hint_for_a_wrong_clock_goes_before_that_for_status_403(self) -> None:
        assert hint("InvalidTimeStamp.Expired", 403) == UNKNOWN_TIME

    @given(
        st.one_of(
            st.text(),
            st.text("0123456789 :,-+JanFriGMTZ"),
            st.from_regex(r"Fri, [0-9]{1,2} Jan [0-9]{1,5} [0-9]{2}:[0-9]{2}(:[0-9]{2})?( [A-Z+-]{1,5}[0-9]{0,4})?"),
        )
    )
    def test_hint_for_any_date_is_about_the_clock(self, date: str) -> None:
        assert "clock" in hint("InvalidTimeStamp.Expired", date=date)

    @pytest.mark.parametrize("tail", ["\x1b[31m", "x" * 10_000])
    def test_hint_for_a_wrong_clock_quotes_only_a_date(self, tail: str) -> None:
        sentence = hint("InvalidTimeStamp.Expired", date=f"Fri, 02 Jan 2026 03:04:05 GMT {tail}")
        assert sentence.isprintable()
        assert len(sentence) < 200

    @pytest.mark.parametrize("zone", ["", " -0000"])
    def test_hint_takes_a_date_without_a_zone_for_utc(self, zone: str, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("TZ", "Asia/Shanghai")
        time.tzset()
        try:
            assert "0 seconds behind" in hint("InvalidTimeStamp.Expired", date=f"Fri, 02 Jan 2026 03:04:05{zone}")
        finally:
            monkeypatch.delenv("TZ")
            time.tzset()

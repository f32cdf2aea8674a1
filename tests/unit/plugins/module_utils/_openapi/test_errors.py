# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import calendar
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ansible_collections.aliyun.elasticsearch.plugins.module_utils._openapi.errors import advise
from ansible_collections.aliyun.elasticsearch.plugins.module_utils._errors import AliyunError
from ansible_collections.aliyun.elasticsearch.plugins.module_utils._http.transport import Response

NOW = float(calendar.timegm((2026, 1, 2, 3, 4, 5)))
UNKNOWN_TIME = "Check this host's clock; the answer does not tell the server's time."
RAM = "A RAM policy has to allow elasticsearch:CreateSnapshot on acs:elasticsearch:cn-hangzhou:*:instances/es-1."
KEYS = "Check the access key pair and, for temporary credentials, the security token that belongs to it."
FALSE = "Look whether another one is running."
CLUSTER = (
    "The cluster itself refused it; its user behind the managed credential needs the cluster privileges "
    "monitor_snapshot (in old versions create_snapshot or manage) and, for max_age, monitor."
)
BUSY = "The instance is busy with another change; wait until its status is active."
THROTTLED = "The API is throttling; raise retries or retry_max_delay, or run fewer tasks at once."
ELSEWHERE = (
    "Something else than the API may have answered; check the endpoint example.test and the proxies of this host."
)


def advice(
    code: str | None = None,
    status: int | None = 400,
    *,
    message: str = "words",
    retry_after: float | None = None,
    date: str | None = None,
) -> str:
    return advise(
        AliyunError(message, code=code, http_status=status, retry_after=retry_after),
        Response(status or 0, {} if date is None else {"date": date}, b""),
        {"result": False} if "'Result: false'" in message else {"code": code} if code else None,
        now=NOW,
        host="example.test",
        region="cn-hangzhou",
        permissions=[("CreateSnapshot", "instances/es-1")],
        if_false=FALSE,
    )


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
        (
            "IdempotentParameterMismatch",
            400,
            "The client_token was used before, for another request; each instance and each snapshot needs its own.",
        ),
        ("InstanceActivating", 400, BUSY),
        ("InstanceStatusNotSupportCurrentAction", 400, BUSY),
        ("InstanceDuplicateScheduledTask", 400, BUSY),
        ("security_exception", 403, CLUSTER),
        ("security_exception", 401, CLUSTER),
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
def test_a_code_has_its_advice(code: str | None, status: int, sentence: str) -> None:
    assert advice(code, status) == sentence


@pytest.mark.parametrize(("code", "sentence"), [("SignatureDoesNotMatch", KEYS), (None, f"{RAM} {ELSEWHERE}")])
def test_a_403_that_is_not_about_permissions_has_its_own_advice(code: str | None, sentence: str) -> None:
    assert advice(code, 403) == sentence


def test_a_wait_that_the_server_asks_for_is_throttling() -> None:
    assert advice("Unheard", 400, retry_after=0.1) == THROTTLED


def test_a_result_of_false_without_a_reason_says_where_to_look() -> None:
    sentence = advice(None, 200, message="The API answered 'Result: false' and gave no reason.")
    assert sentence == FALSE


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
    def test_the_difference_to_the_servers_clock_is_told(self, code: str, date: str, difference: str) -> None:
        assert advice(code, date=date) == f"This host's clock is {difference}; 900 are allowed."

    @pytest.mark.parametrize(
        "date", [None, "", " ", "yesterday", "Fri, 99 Jan 2026 03:04:05 GMT", "Fri, 02 Jan 99999 03:04:05 GMT"]
    )
    def test_an_answer_without_a_date_says_to_check_the_clock(self, date: str | None) -> None:
        assert advice("InvalidTimeStamp.Expired", date=date) == UNKNOWN_TIME

    def test_it_goes_before_the_advice_for_status_403(self) -> None:
        assert advice("InvalidTimeStamp.Expired", 403) == UNKNOWN_TIME

    @given(
        st.one_of(
            st.text(),
            st.text("0123456789 :,-+JanFriGMTZ"),
            st.from_regex(r"Fri, [0-9]{1,2} Jan [0-9]{1,5} [0-9]{2}:[0-9]{2}(:[0-9]{2})?( [A-Z+-]{1,5}[0-9]{0,4})?"),
        )
    )
    def test_no_date_raises(self, date: str) -> None:
        assert "clock" in advice("InvalidTimeStamp.Expired", date=date)

    @pytest.mark.parametrize("tail", ["\x1b[31m", "x" * 10_000])
    def test_only_a_date_is_quoted(self, tail: str) -> None:
        sentence = advice("InvalidTimeStamp.Expired", date=f"Fri, 02 Jan 2026 03:04:05 GMT {tail}")
        assert sentence.isprintable()
        assert len(sentence) < 200

    @pytest.mark.parametrize("zone", ["", " -0000"])
    def test_a_date_without_a_zone_is_in_utc(self, zone: str, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("TZ", "Asia/Shanghai")
        time.tzset()
        try:
            assert "0 seconds behind" in advice("InvalidTimeStamp.Expired", date=f"Fri, 02 Jan 2026 03:04:05{zone}")
        finally:
            monkeypatch.delenv("TZ")
            time.tzset()

# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from typing import Any

import pytest

from ansible_collections.aliyun.elasticsearch.plugins.module_utils._errors import (
    ACCEPTED,
    NOT_SENT,
    REFUSED,
    UNKNOWN,
    AliyunError,
    reported_as,
)
from ansible_collections.aliyun.elasticsearch.plugins.module_utils._plugin.module import failure

CONSEQUENCES = {
    NOT_SENT: ("Nothing was sent.", ""),
    REFUSED: ("It was refused.", ""),
    UNKNOWN: ("It is not known.", "Do it again."),
    ACCEPTED: ("It was accepted.", ""),
}


def error(
    message: str = "Words", *, attempts: int = 0, earlier: str = "", earlier_request_id: str | None = None, **more: Any
) -> AliyunError:
    made = AliyunError(message, **more)
    made.attempts = attempts
    made.earlier = earlier
    made.earlier_request_id = earlier_request_id
    return made


class TestFailure:
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
                error("Words", outcome=REFUSED, http_status=403, attempts=2, earlier_request_id="R-1"),
                "It was refused. Words (HTTP 403, earlier RequestId R-1, 2 attempts).",
            ),
            (
                error("Words", outcome=REFUSED, request_id="R-2", attempts=2, earlier_request_id="R-1"),
                "It was refused. Words (RequestId R-2, 2 attempts).",
            ),
            (
                error("Words", outcome=REFUSED, http_status=403, attempts=2, hint="Do that."),
                "It was refused. Words (HTTP 403, 2 attempts). Do that.",
            ),
            (
                error("No", outcome=UNKNOWN, code="C", http_status=404, attempts=2, hint="Look.", earlier="Gone."),
                "It is not known. C: No (HTTP 404, 2 attempts). Look. "
                "An earlier attempt leaves it open: Gone. Do it again.",
            ),
        ],
    )
    def test_the_message_says_what_it_means_then_why_then_what_to_do(self, failed: AliyunError, message: str) -> None:
        assert failure(failed, CONSEQUENCES)["msg"] == message

    def test_the_shape_holds_everything_that_is_known(self) -> None:
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
        assert failure(failed, CONSEQUENCES) == {
            "msg": "It was refused. Code: Words (HTTP 400, RequestId R-1, 3 attempts).",
            "changed": False,
            "outcome": "refused",
            "attempts": 3,
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

    def test_the_last_request_id_stands_for_one_that_the_last_attempt_lacks(self) -> None:
        shape = failure(error(attempts=2, earlier_request_id="R-1"), CONSEQUENCES)
        assert (shape["request_id"], shape["error"]["request_id"]) == ("R-1", "R-1")

    def test_an_accepted_request_without_a_request_id_is_not_said_to_have_one(self) -> None:
        failed = error("Words")
        with pytest.raises(AliyunError), reported_as(ACCEPTED, changed=True, attempts=1, request_id=None):
            raise failed
        assert failure(failed, CONSEQUENCES)["msg"] == "It was accepted. Words"

    def test_what_is_not_known_is_null(self) -> None:
        shape = failure(error(), CONSEQUENCES)
        assert (shape["outcome"], shape["attempts"], shape["request_id"]) == ("not_sent", 0, None)
        assert shape["error"] == {
            "code": None,
            "message": "Words",
            "http_status": None,
            "request_id": None,
            "host_id": None,
            "recommend": None,
        }

    def test_what_the_error_brings_wins(self) -> None:
        failed = error("Words", http_status=503, request_id="Q-1", attempts=3, outcome=UNKNOWN, earlier="")
        with pytest.raises(AliyunError), reported_as(ACCEPTED, changed=True, attempts=2, request_id="C-1"):
            raise failed
        shape = failure(failed, CONSEQUENCES)
        assert (shape["changed"], shape["outcome"], shape["attempts"], shape["request_id"]) == (
            True,
            "accepted",
            2,
            "C-1",
        )
        assert shape["error"]["request_id"] == "Q-1"
        assert shape["msg"] == ("It was accepted (RequestId C-1). Words (HTTP 503, RequestId Q-1, 3 attempts)."), (
            "each RequestId stands beside what it belongs to"
        )

    def test_what_an_error_has_already_is_kept_and_what_is_certain_wins(self) -> None:
        failed = error("Words", more={"snapshot": "seen", "attempts": 9})
        with pytest.raises(AliyunError), reported_as(NOT_SENT, attempts=0):
            raise failed
        shape = failure(failed, CONSEQUENCES)
        assert (shape["snapshot"], shape["attempts"], shape["changed"]) == ("seen", 0, False)

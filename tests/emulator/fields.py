# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The types of the fields that control calls have; they are strict, so that a typo in a test does not pass silently."""

from __future__ import annotations

import base64
import binascii
from typing import Annotated, Any, Literal, Optional

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationInfo

MAX_BODY = 64 * 1024 * 1024
TEN_YEARS = 315_360_000
# The emulator sets these itself; other values would break the framing of the response.
FRAMING_HEADERS = ("content-length", "transfer-encoding", "connection")


class Document(BaseModel):
    """An object without unknown fields, in which a text is never taken for a number, nor a number for true."""

    model_config = ConfigDict(extra="forbid", strict=True)


def _known(kind: str) -> AfterValidator:
    """Make a check for one of the names that the validation's context has under ``kind``."""

    def check(value: str, info: ValidationInfo) -> str:
        known = (info.context or {})[kind]
        if value not in known:
            raise ValueError(f"must be one of {', '.join(known)}")
        return value

    return AfterValidator(check)


def _check_base64(value: str) -> str:
    """Refuse what is not base64."""
    try:
        base64.b64decode(value, validate=True)
    except binascii.Error as error:
        raise ValueError("must be base64") from error
    return value


def _check_header_value(value: str) -> str:
    """Refuse what would end a header."""
    if not value.isprintable():
        raise ValueError("must be a text without control characters")
    return value


def _check_headers(headers: dict[str, str]) -> dict[str, str]:
    """Refuse names and values that are none of a header, and those of the framing."""
    for name, value in headers.items():
        if not name or not name.isascii() or not name.replace("-", "").isalnum():
            raise ValueError(f"{name!r} is not a header name")
        if name.lower() in FRAMING_HEADERS:
            raise ValueError(f"the header {name} is set by the emulator itself")
        _check_header_value(value)
    return headers


# Optional is written here only: Python 3.9 cannot evaluate the spelling that the linter wants in annotations.
Status = Annotated[int, Field(ge=200, le=599)]
Seconds = Annotated[float, Field(ge=0, le=86_400, allow_inf_nan=False)]
ClockOffset = Annotated[float, Field(ge=-TEN_YEARS, le=TEN_YEARS, allow_inf_nan=False)]
# Less than nothing is ahead of the clock, as a master with another clock leaves it.
Ago = Annotated[float, Field(ge=-86_400, le=TEN_YEARS, allow_inf_nan=False)]
MaybeAgo = Optional[Ago]
Polls = Annotated[int, Field(ge=0, le=1_000_000)]
MaybePolls = Optional[Polls]
Number = Annotated[int, Field(ge=0, le=100_000)]
Count = Annotated[int, Field(ge=0, le=10_000)]
Size = Annotated[int, Field(ge=0, le=MAX_BODY)]
MaybeSize = Optional[Size]
Padding = Annotated[int, Field(ge=128, le=MAX_BODY)]
Depth = Annotated[int, Field(ge=1, le=MAX_BODY // 4)]
Missing = Annotated[int, Field(ge=1, le=MAX_BODY)]
MaybeMilliseconds = Optional[Annotated[int, Field(ge=0, le=86_400_000)]]
MaybeText = Optional[str]
MaybeBase64 = Optional[Annotated[str, AfterValidator(_check_base64)]]
MaybeHeaderValue = Optional[Annotated[str, AfterValidator(_check_header_value)]]
Headers = Annotated[dict[str, str], AfterValidator(_check_headers)]
MaybeInstance = Optional[Annotated[str, _known("instances")]]
MaybeOperation = Optional[Annotated[str, _known("operations")]]
MaybeServer = Optional[Literal["openapi", "cluster"]]
LastState = Literal["SUCCESS", "PARTIAL", "FAILED", "INCOMPATIBLE", "ABORTED"]
ObjectState = Literal["readable", "damaged", "missing"]
Object = dict[str, Any]
MaybeObject = Optional[Object]
CheckType = Literal["checkClusterHealth", "checkConfigCompatible", "checkClusterResource", "checkClusterSnapshot"]
InstanceStatus = Literal["active", "activating", "inactive", "invalid", "unknown"]
Health = Literal["green", "yellow", "red"]
GatewayQuery = Literal["passed", "dropped", "escaped", "refused"]
RefusedSnapshot = Literal["result_false", "accepted"]
VersionName = Annotated[str, _known("versions")]
When = Literal["before", "after"]

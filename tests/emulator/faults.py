# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Which misbehaviours there are, with their fields."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from .fields import (
    LARGEST_BODY,
    BadControlCall,
    Check,
    anything,
    boolean,
    check_each,
    encoded,
    header_value,
    headers,
    integer,
    mapping,
    number,
    one_of,
    optional,
    repeated,
    text,
)

BEFORE, AFTER = "before", "after"

# A field means the same in every kind that has it.
FIELDS: dict[str, Check] = {
    "kind": text,
    "when": one_of(BEFORE, AFTER),
    "repeat": boolean,
    "status": integer(200, 599),
    "code": text,
    "message": text,
    "headers": headers,
    "format": one_of("json", "xml"),
    "retry_after_ms": optional(integer(0, 86_400_000)),
    "value": anything,
    "content_type": optional(header_value),
    "body": text,
    "body_base64": encoded,
    "body_repeat": repeated,
    "seconds": number(0, 86_400),
    "part": one_of("headers", "body"),
    "sent": optional(integer(0, LARGEST_BODY)),
    "missing": integer(1, LARGEST_BODY),
    "bytes": integer(128, LARGEST_BODY),
    "depth": integer(1, LARGEST_BODY // 4),
    "location": optional(header_value),
}

# Each kind's own fields with their defaults. "after" means that the snapshot is taken, then comes the misbehaviour.
KINDS: dict[str, dict[str, Any]] = {
    "error": {
        "when": BEFORE,
        "status": 500,
        "code": "InternalError",
        "message": "The request processing has failed due to some unknown error.",
        "headers": {},
        "format": "json",
    },
    "throttle": {"when": BEFORE, "status": 400, "code": "Throttling.User", "retry_after_ms": None},
    "nonce_used": {"when": BEFORE},
    "in_progress": {"when": BEFORE},
    "result": {"when": BEFORE, "value": False},
    "answer": {
        "when": BEFORE,
        "status": 200,
        "content_type": "application/json",
        "headers": {},
        "body": "",
        "body_base64": None,
        "body_repeat": None,
    },
    "html": {"when": BEFORE, "status": 502},
    "empty": {"when": BEFORE, "status": 200},
    "xml": {"when": AFTER},
    "gzip": {"when": AFTER},
    "oversize": {"when": AFTER, "bytes": 2 * 1024 * 1024},
    "nested": {"when": AFTER, "depth": 100_000},
    "entities": {"when": BEFORE, "status": 200},
    "redirect": {"when": BEFORE, "status": 302, "location": None},
    "drop": {"when": BEFORE},
    "reset": {"when": BEFORE},
    "stall": {"when": BEFORE, "seconds": 60.0},
    "trickle": {"when": AFTER, "seconds": 0.2, "part": "body"},
    "truncate": {"when": AFTER, "sent": None, "missing": 16},
}

BODIES = ("body", "body_base64", "body_repeat")
# These are about client tokens and signatures, which no cluster knows.
SNAPSHOT_KINDS = ("nonce_used", "in_progress", "xml")
CLUSTER_KINDS = tuple(kind for kind in KINDS if kind not in SNAPSHOT_KINDS)


@dataclass(frozen=True)
class Fault:
    """One misbehaviour, its fields checked and complete."""

    kind: str
    options: dict[str, Any]
    repeat: bool = False

    @property
    def comes_after(self) -> bool:
        """Tell whether the request is carried out before misbehaving."""
        return bool(self.options["when"] == AFTER)


def parse(document: Any, kinds: Collection[str] = tuple(KINDS)) -> list[Fault]:
    """Check a list of faults, each of one of the kinds, as it came from a control call."""
    if not isinstance(document, list):
        raise BadControlCall("faults must be a list")
    faults = [_parse_one(item, f"faults[{position}]", kinds) for position, item in enumerate(document)]
    if any(fault.repeat for fault in faults[:-1]):
        raise BadControlCall("only the last fault can repeat")
    return faults


def _parse_one(item: Any, where: str, kinds: Collection[str]) -> Fault:
    """Check one fault."""
    kind = item.get("kind") if isinstance(item, dict) else None
    if not isinstance(kind, str) or kind not in kinds:
        raise BadControlCall(f"{where}: kind must be one of {', '.join(kinds)}")
    given = mapping(item, f"{where} ({kind})", ("kind", "repeat", *KINDS[kind]))
    if len(set(BODIES).intersection(given)) > 1:
        raise BadControlCall(f"{where} ({kind}): give only one of {', '.join(BODIES)}")
    checked = check_each(given, FIELDS, f"{where} ({kind}): ")
    del checked["kind"]
    return Fault(kind, repeat=checked.pop("repeat", False), options={**KINDS[kind], **checked})

# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Many snapshots out of one: copies in the engine's own format, with name, uuid and times replaced."""

from __future__ import annotations

import base64
import json
import os
import struct
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any


def multiply(index: Path, template: Mapping[str, Any], ends: Sequence[tuple[str, int]], objects: bool) -> None:
    """Replace the one snapshot of a repository, which must be uncompressed, by many.

    ``index`` is its index-N, ``template`` the snapshot as the engine told of it, ``ends`` the names of the new ones, as
    long as the old, and the milliseconds since 1970 at which each ended, a second after it began. Without ``objects``
    only the index knows of them. Raises ValueError when a name has another length.
    """
    object_file = index.parent / f"snap-{template['uuid']}.dat"
    content = object_file.read_bytes()
    object_file.unlink()
    document = json.loads(index.read_text(encoding="utf-8"))
    (entry,) = document["snapshots"]
    uuids = [base64.urlsafe_b64encode(os.urandom(16)).decode()[:22] for _end in ends]
    document["snapshots"] = []
    for (name, end), uuid in zip(ends, uuids):
        if len(name) != len(template["snapshot"]):
            raise ValueError(f"{name} is not as long as {template['snapshot']}")
        times = {"start_time_millis": end - 1000, "end_time_millis": end}  # where the engine puts them in
        known = {key: value for key, value in times.items() if key in entry}
        document["snapshots"].append({**entry, "name": name, "uuid": uuid, **known})
        if objects:
            (index.parent / f"snap-{uuid}.dat").write_bytes(_copy(content, template, name, uuid, end))
    for each in document["indices"].values():
        each["snapshots"] = uuids
    index.write_text(json.dumps(document, separators=(",", ":")), encoding="utf-8")


def _copy(content: bytes, template: Mapping[str, Any], name: str, uuid: str, end: int) -> bytes:
    """Return the object of a snapshot with another name, uuid, start (a second before the end) and end.

    The format is Lucene's codec header, a document in Smile, and Lucene's codec footer with a CRC-32.
    """
    start, old_end = template["start_time_in_millis"], template["end_time_in_millis"]
    for key, old, new in (
        (b"\x83name", template["snapshot"].encode(), name.encode()),
        (b"\x83uuid", template["uuid"].encode(), uuid.encode()),
        (b"\x89start_time", _smile(start), _smile(end - 1000)),
        (b"\x87end_time", _smile(old_end), _smile(end)),
    ):
        at = content.index(key) + len(key)
        found = content.index(old, at, at + len(old) + 1)  # behind a byte that tells the type
        content = content[:found] + new + content[found + len(new) :]
    return content[:-8] + struct.pack(">q", zlib.crc32(content[:-8]))


def _smile(number: int) -> bytes:
    """Return a positive number as Smile writes a long: zigzag, seven bits a byte, six in the last."""
    number <<= 1
    last, number = 0x80 | number & 0x3F, number >> 6
    groups = []
    while number:
        groups.append(number & 0x7F)
        number >>= 7
    return bytes([*reversed(groups), last])

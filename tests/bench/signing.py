# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Compare the collection's signing with the official library's: pyperf runs this file."""

from __future__ import annotations

from types import SimpleNamespace

import pyperf
from alibabacloud_tea_openapi.utils import Utils

from ansible_collections.aliyun.elasticsearch.plugins.module_utils import signing

PATH = "/openapi/instances/es-cn-0pp1jxvcl0001abcd/snapshots"
TOKEN = "CHG0031337-es-cn-0pp1jxvcl0001abcd"
HEADERS = {
    "host": "elasticsearch.cn-hangzhou.aliyuncs.com",
    "x-acs-action": "CreateSnapshot",
    "x-acs-content-sha256": signing.payload_hash(b""),
    "x-acs-date": "2026-01-02T03:04:05Z",
    "x-acs-signature-nonce": "3156853299f313e23d1673dc12e1703d",
    "x-acs-version": "2017-06-13",
}
KEYS = ("YourAccessKeyId", "YourAccessKeySecret")


def ours() -> str:
    """Sign with the collection's functions."""
    digest = signing.payload_hash(b"")
    query = signing.canonical_query([("ClientToken", TOKEN)])
    request = signing.canonical_request("POST", signing.canonical_uri(PATH), query, HEADERS, digest)
    return signing.authorization(*KEYS, request, signing.canonical_headers(HEADERS)[1])


def official() -> str:
    """Sign with the official library."""
    request = SimpleNamespace(method="POST", pathname=PATH, query={"ClientToken": TOKEN}, headers=dict(HEADERS))
    signed: str = Utils.get_authorization(request, signing.ALGORITHM, signing.payload_hash(b""), *KEYS)
    return signed


if __name__ == "__main__":
    if ours() != official():
        raise SystemExit("The two signatures differ.")
    runner = pyperf.Runner()
    runner.bench_func("ours", ours)
    runner.bench_func("official", official)

# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Compare the collection's signing with the official library's: pyperf runs this file."""

from __future__ import annotations

from types import SimpleNamespace

import pyperf
from alibabacloud_tea_openapi.utils import Utils
from darabonba.url import Url as DaraURL

from ansible_collections.aliyun.elasticsearch.plugins.module_utils import signing

INSTANCE = "es-cn-0pp1jxvcl0001abcd"
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
    path = signing.canonical_uri(f"/openapi/instances/{signing.percent_encode(INSTANCE)}/snapshots")
    request = signing.canonical_request("POST", path, query, HEADERS, digest)
    return signing.authorization(*KEYS, request, request.split("\n")[-2])


def official() -> str:
    """Sign with the official library, and encode the instance's ID as the official client does."""
    path = f"/openapi/instances/{DaraURL.percent_encode(INSTANCE)}/snapshots"
    request = SimpleNamespace(method="POST", pathname=path, query={"ClientToken": TOKEN}, headers=dict(HEADERS))
    signed: str = Utils.get_authorization(request, signing.ALGORITHM, signing.payload_hash(b""), *KEYS)
    return signed


if __name__ == "__main__":
    if ours() != official():
        raise SystemExit("The two signatures differ.")
    runner = pyperf.Runner()
    runner.bench_func("ours", ours)
    runner.bench_func("official", official)

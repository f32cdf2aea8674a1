# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Complete answers in which what is said is wrong, not how it is sent."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from .answers import XML_TYPE, Answer, success_xml
from .wording import Wording

HTML = "<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>\n"

Options = dict[str, Any]


def _error(wording: Wording, good: Answer, options: Options) -> Answer:
    """Any error document."""
    names = ("status", "code", "message", "headers")
    return wording.error(**{name: options[name] for name in names}, xml=options["format"] == "xml")


def _throttle(wording: Wording, good: Answer, options: Options) -> Answer:
    """The error for a caller who is too fast."""
    return wording.throttle(options["status"], options["code"], options["retry_after_ms"])


def _nonce_used(wording: Wording, good: Answer, options: Options) -> Answer:
    """The error for a nonce that comes twice, given to one that did not."""
    return wording.error(400, "SignatureNonceUsed", "Specified signature nonce was used already.", {}, False)


def _in_progress(wording: Wording, good: Answer, options: Options) -> Answer:
    """The error for a token whose first request is still running."""
    message = "The previous request with the same token is being processed."
    return wording.error(400, "TokenPreviousRequestProcessError", message, {}, False)


def _result(wording: Wording, good: Answer, options: Options) -> Answer:
    """The document of a success with another result."""
    return wording.result(options["value"])


def _raw(wording: Wording, good: Answer, options: Options) -> Answer:
    """Whatever the test wrote."""
    given = (options["body_base64"], options["body_repeat"], options["body"].encode())
    body = next(content for content in given if content is not None)
    return Answer(options["status"], body, options["content_type"] or "", options["headers"])


def _html(wording: Wording, good: Answer, options: Options) -> Answer:
    """The page of a proxy that stands between."""
    return Answer(options["status"], HTML.encode(), "text/html")


def _empty(wording: Wording, good: Answer, options: Options) -> Answer:
    """No body at all."""
    return Answer(options["status"], headers=wording.headers)


def _xml(wording: Wording, good: Answer, options: Options) -> Answer:
    """The success of a snapshot in XML."""
    return success_xml(wording.headers["x-acs-request-id"])


def _gzip(wording: Wording, good: Answer, options: Options) -> Answer:
    """The good answer, compressed without being asked."""
    headers = {**good.headers, "Content-Encoding": "gzip"}
    return replace(good, body=gzip.compress(good.body), headers=headers)


def _oversize(wording: Wording, good: Answer, options: Options) -> Answer:
    """The good answer, valid JSON still, and far too long."""
    without = len(_with_member(good, "Padding", b'""').body)
    return _with_member(good, "Padding", b'"%s"' % (b"x" * max(options["bytes"] - without, 0)))


def _nested(wording: Wording, good: Answer, options: Options) -> Answer:
    """The good answer, valid JSON still, and far too deep."""
    return _with_member(good, "Nested", b"[" * options["depth"] + b"]" * options["depth"])


def _with_member(good: Answer, name: str, value: bytes) -> Answer:
    """Return the answer with one more member in its object, or one more item in its list."""
    key = b'"%s": ' % name.encode() if good.body.endswith(b"}") else b""
    return replace(good, body=good.body[:-1] + b", " + key + value + good.body[-1:])


def _entities(wording: Wording, good: Answer, options: Options) -> Answer:
    """An XML error document that grows to gigabytes where entities are expanded."""
    levels = "".join(f'<!ENTITY e{level} "{f"&e{level - 1};" * 10}">' for level in range(1, 10))
    body = f'<?xml version="1.0"?><!DOCTYPE Error [<!ENTITY e0 "ha">{levels}]><Error><Code>&e9;</Code></Error>'
    return Answer(options["status"], body.encode(), XML_TYPE, wording.headers)


def _redirect(wording: Wording, good: Answer, options: Options) -> Answer:
    """A redirect; by default to a path of the emulator, where a client that follows is seen."""
    return Answer(options["status"], headers={"Location": options["location"] or wording.elsewhere, **wording.headers})


ANSWERS: dict[str, Callable[[Wording, Answer, Options], Answer]] = {
    "error": _error,
    "throttle": _throttle,
    "nonce_used": _nonce_used,
    "in_progress": _in_progress,
    "result": _result,
    "answer": _raw,
    "html": _html,
    "empty": _empty,
    "xml": _xml,
    "gzip": _gzip,
    "oversize": _oversize,
    "nested": _nested,
    "entities": _entities,
    "redirect": _redirect,
}

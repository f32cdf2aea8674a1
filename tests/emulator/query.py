# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""The query of a request to a cluster: which parameters a path takes, and what filter_path leaves of a response."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from urllib.parse import parse_qsl

# What every path takes.
COMMON = ("error_trace", "filter_path", "format", "human", "pretty")
_TIME = re.compile(r"-1|0|\d+(nanos|micros|ms|s|m|h|d)")

Pattern = tuple[str, ...]
# What a filter leaves where it leaves nothing.
NOTHING = object()


class BadQuery(ValueError):
    """A query that Elasticsearch refuses; the message is its reason."""


@dataclass(frozen=True)
class Query:
    """The parameters of a request."""

    given: dict[str, str]

    @classmethod
    def parse(cls, path: str, query: str, known: Iterable[str]) -> Query:
        """Return the parameters. Raise BadQuery for one that the path does not take, in Elasticsearch's words."""
        given = dict(parse_qsl(query, keep_blank_values=True))
        known = (*known, *COMMON)
        unknown = sorted(set(given).difference(known))
        if unknown:
            plural = "s" if len(unknown) > 1 else ""
            named = ", ".join(f"[{name}]{_suggestion(name, known)}" for name in unknown)
            raise BadQuery(f"request [{path}] contains unrecognized parameter{plural}: {named}")
        if given.get("format", "json") != "json":
            raise BadQuery("the emulator has format=json only")
        for name in ("master_timeout", "cluster_manager_timeout"):
            if name in given and not _TIME.fullmatch(given[name]):
                reason = "unit is missing or unrecognized"
                raise BadQuery(f"failed to parse setting [{name}] with value [{given[name]}] as a time value: {reason}")
        return cls(given)

    def flag(self, name: str, default: bool) -> bool:
        """Return a parameter that is true or false; one without a value is true."""
        value = self.given.get(name)
        if value is None:
            return default
        if value not in ("", "true", "false"):
            raise BadQuery(f"Failed to parse value [{value}] as only [true] or [false] are allowed.")
        return value != "false"

    def filter(self, document: Any) -> Any:
        """Return what filter_path leaves of a document; without one, all of it."""
        text = self.given.get("filter_path")
        return document if not text else filter_document(document, text)


def _suggestion(name: str, known: Iterable[str]) -> str:
    """Return the question that Elasticsearch puts behind a parameter that resembles others."""
    close = difflib.get_close_matches(name, known, n=3, cutoff=0.75)
    if not close:
        return ""
    among = "any of " if len(close) > 1 else ""
    return f" -> did you mean {among}[{', '.join(close)}]?"


def filter_document(document: Any, text: str) -> Any:
    """Return a document with only the paths that are named, without those that have a minus before them.

    What is named is kept as it is. Arrays and objects on the way to it are dropped where nothing of them is left, empty
    ones too, as the real one does (elastic/elasticsearch#63842); the root is always there.
    """
    paths = [path for path in text.split(",") if path]
    excluded = [tuple(path[1:].split(".")) for path in paths if path.startswith("-")]
    included = [tuple(path.split(".")) for path in paths if not path.startswith("-")]
    left = _exclude(document, excluded) if excluded else document
    if included and left is not NOTHING:
        left = _include(left, included)
    return type(document)() if left is NOTHING else left


def _include(value: Any, patterns: Iterable[Pattern]) -> Any:
    """Return only what is below a path that matches, or nothing; a list is no step of a path."""
    if isinstance(value, list):
        return _or_nothing([_include(each, patterns) for each in value if isinstance(each, (dict, list))])
    found = {}
    for name, each in value.items():
        left = _advance(patterns, name)
        if () in left:
            found[name] = each
        elif left and isinstance(each, (dict, list)):
            found[name] = _include(each, left)
    return _or_nothing(found)


def _exclude(value: Any, patterns: Iterable[Pattern]) -> Any:
    """Return what is below no path that matches, or nothing."""
    if isinstance(value, list):
        # A list of names is kept as it is: there may be thousands of names in it, for thousands of snapshots.
        if value and not isinstance(value[0], (dict, list)):
            return value
        return _or_nothing([_exclude(each, patterns) for each in value])
    found = {}
    for name, each in value.items():
        left = _advance(patterns, name)
        if () not in left:
            found[name] = _exclude(each, left) if left and isinstance(each, (dict, list)) else each
    return _or_nothing(found)


def _or_nothing(value: Any) -> Any:
    """Return a list or an object without what is nothing in it, or nothing."""
    if isinstance(value, list):
        return [each for each in value if each is not NOTHING] or NOTHING
    return {name: each for name, each in value.items() if each is not NOTHING} or NOTHING


def _advance(patterns: Iterable[Pattern], name: str) -> set[Pattern]:
    """Return what is left of the patterns after a step of this name; an empty one has matched."""
    left: set[Pattern] = set()
    for pattern in patterns:
        step, rest = pattern[0], pattern[1:]
        if step == "**":
            # It is for one step or more.
            left |= {pattern, rest}
        elif _expression(step).fullmatch(name):
            left.add(rest)
    return left


@lru_cache(maxsize=256)
def _expression(pattern: str) -> re.Pattern[str]:
    """Return the expression of a pattern in which a star is for anything."""
    return re.compile(".*".join(map(re.escape, pattern.split("*"))), re.DOTALL)


def matches(pattern: str, name: str) -> bool:
    """Tell whether a name fits a pattern in which a star is for anything."""
    return _expression(pattern).fullmatch(name) is not None

# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection; it can change at any time.

"""Read environment variables; an exported but blank one counts as not set, unlike with Ansible's env_fallback."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:  # pragma: no cover
    from collections.abc import Iterable, Mapping


def first_set(environ: Mapping[str, str], names: Iterable[str]) -> str | None:
    """Return the first of the named variables that is set and not blank, without surrounding white space, else None."""
    values = (environ.get(name, "").strip() for name in names)
    return next((value for value in values if value), None)

# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import pytest

from ansible_collections.aliyun.elasticsearch.plugins.module_utils._plugin.connect import first_set


@pytest.mark.parametrize(
    ("environ", "value"),
    [
        ({}, None),
        ({"A": ""}, None),
        ({"A": " \t\n"}, None),
        ({"C": "c"}, None),
        ({"A": "a", "B": "b"}, "a"),
        ({"A": "", "B": "b"}, "b"),
        ({"A": "  ", "B": "b"}, "b"),
        ({"B": " b \n"}, "b"),
        ({"a": "lower"}, None),
    ],
)
def test_the_first_variable_that_is_not_blank_counts(environ: dict[str, str], value: str | None) -> None:
    assert first_set(environ, ("A", "B")) == value

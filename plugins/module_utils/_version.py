# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

# This module util is PRIVATE to the collection; it can change at any time.

"""The collection's version, where the user agent finds it; a test keeps it equal to C(galaxy.yml)."""

from __future__ import annotations

VERSION = "0.1.0"

# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations


class ModuleDocFragment:
    # One to one with instance() in plugins/module_utils/_plugin/options.py.
    DOCUMENTATION = r"""
options:
  instance_id:
    description:
      - The ID of the instance, as in V(es-cn-0pp1jxvcl0001abcd).
      - White space, C(/), C(?), C(#), control characters and non-ASCII characters are refused.
    type: str
    required: true
"""

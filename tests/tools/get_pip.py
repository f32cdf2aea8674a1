# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

"""Stands in for get-pip.py in ansible-test's cache: installs pip from the wheel that lies beside it there."""

import pathlib
import sys

version = next(argument[len("pip==") :] for argument in sys.argv if argument.startswith("pip=="))
wheel = str(pathlib.Path(__file__).with_name(f"pip-{version}-py3-none-any.whl"))
sys.path.insert(0, wheel)

from pip._internal.cli.main import main  # noqa: E402

sys.exit(main(["install", "--quiet", "--no-index", "--disable-pip-version-check", wheel]))

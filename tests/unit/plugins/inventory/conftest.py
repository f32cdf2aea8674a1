# SPDX-FileCopyrightText: aliyun.elasticsearch contributors
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

from pathlib import Path

import pytest

FOR_MODULES = [Path(__file__).parents[1] / name for name in ("modules", "module_utils")]


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave these tests out of a run that has those of modules, too; ansible-test never puts both into one.

    Since ansible-core 2.19, importing the controller's part changes for good how modules behave in the same process.
    """
    given = [Path(argument.split("::")[0]).resolve() for argument in config.args]
    mixed = any(path in (folder, *folder.parents) or folder in path.parents for path in given for folder in FOR_MODULES)
    return True if mixed else None

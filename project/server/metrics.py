"""Counters of several processes add up: prometheus_client keeps them in files of one folder."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

VARIABLE = "PROMETHEUS_MULTIPROC_DIR"


def shared_metrics(folder: Path) -> dict[str, str]:
    """What children need in their environment. `folder` is emptied, unless the environment names one already."""
    if named := os.environ.get(VARIABLE):
        return {VARIABLE: named}
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return {VARIABLE: str(folder)}

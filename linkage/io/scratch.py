"""Temporary folders."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from pathlib import Path


def scratch() -> Path:
    """A new temporary folder (under TMPDIR) that is removed when the process ends."""
    folder = Path(tempfile.mkdtemp(prefix="linkage-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder

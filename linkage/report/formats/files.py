"""What was drawn, on disk: whole or not at all."""

from __future__ import annotations

import io
import os
import shutil
import tempfile
import zipfile
from collections.abc import Mapping
from pathlib import Path

from linkage.errors import RunFolderError, SettingsError


def check(path: Path, overwrite: bool) -> None:
    """Raise SettingsError if something is at `path` that may not be replaced."""
    if path.exists() and not overwrite:
        raise SettingsError(f"{path}: is there already; choose another path, or --overwrite")


def write(path: Path, content: str | bytes) -> int:
    """Write a file and return its bytes; parents are created. Raises RunFolderError if it cannot be written."""
    data = content.encode() if isinstance(content, str) else content
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{path.name[:100]}.", delete=False) as file:
            try:
                file.write(data)
                file.flush()
                os.fchmod(file.fileno(), 0o666 & ~_umask())
                Path(file.name).replace(path)
            except BaseException:
                Path(file.name).unlink(missing_ok=True)
                raise
    except OSError as error:
        raise RunFolderError(f"{path}: cannot be written: {error}; choose another path") from error
    return len(data)


def write_all(path: Path, files: Mapping[str, str]) -> int:
    """Write files as a zip where `path` ends so, else as a folder, and return their bytes. Raises as `write` does."""
    if path.suffix.lower() == ".zip":
        return write(path, zipped(files))
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        partial = Path(tempfile.mkdtemp(prefix=f".{path.name[:100]}.", dir=path.parent))
        try:
            written = sum(write(partial / name, text) for name, text in files.items())
            partial.chmod(0o777 & ~_umask())
            if path.is_dir():
                _only_ours(path, files)
                shutil.rmtree(path)
            partial.replace(path)
        finally:
            shutil.rmtree(partial, ignore_errors=True)
    except OSError as error:
        raise RunFolderError(f"{path}: cannot be written: {error}; choose another path") from error
    return written


def zipped(files: Mapping[str, str]) -> bytes:
    """A zip of the files, the same bytes for the same files."""
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            entry = zipfile.ZipInfo(name)  # of 1980, the format's beginning: no clock
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, text)
    return held.getvalue()


def _only_ours(folder: Path, files: Mapping[str, str]) -> None:
    """Raise SettingsError if a folder that is to be replaced holds anything else than such files."""
    if others := sorted(each.name for each in folder.iterdir() if each.name not in files):
        raise SettingsError(f"{folder}: holds {others[0]!r}, which is no part of a report; choose another folder")


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask

"""Write a run folder so that it is there whole or not at all.

The files are written to `.NAME.partial-XXXXXXXX` beside the target, under a lock that dies with the process, and the
folder is renamed when every file is on disk. The next write removes what a killed one left.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import polars as pl

from linkage import tables as schemas
from linkage.errors import RunFolderError

MANIFEST: Final = "manifest.json"
REPORT: Final = "report.html"
_LOCK: Final = ".lock"
_ROWS_A_GROUP: Final = 131_072


def check_output(folder: Path | str, overwrite: bool = False) -> None:
    """Raise RunFolderError now if `write_run` would refuse the folder: before a long build, not after it.

    What killed writes left is removed, or put back, first. A folder that exists is refused; with `overwrite` one that
    is empty or a run folder (has manifest.json) is not.
    """
    folder = _absolute(folder)
    _recovered(folder)
    if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
        raise RunFolderError(f"{folder}: is not a folder; choose another output folder")
    if folder.exists():
        if not overwrite:
            raise RunFolderError(f"{folder}: exists already; pass --overwrite to replace it, or choose another folder")
        if any(folder.iterdir()) and not (folder / MANIFEST).is_file():
            raise RunFolderError(
                f"{folder}: is not a run folder (no {MANIFEST}), so not replaced; choose another folder"
            )
    parent = next(one for one in folder.parents if one.exists())
    if not parent.is_dir():
        raise RunFolderError(f"{folder}: {parent} is a file; choose another output folder")
    if not os.access(parent, os.W_OK | os.X_OK):
        raise RunFolderError(f"{folder}: {parent} may not be written to; choose another output folder")


def _recovered(folder: Path) -> None:
    """Clean up after killed writes first: one of them may have left the run aside that stood here."""
    try:
        if folder.parent.is_dir():
            remove_stale(folder)
    except OSError as error:
        raise RunFolderError(f"{folder}: {folder.parent} cannot be used: {error}; choose another folder") from error


def write_run(
    folder: Path | str,
    tables: Mapping[str, pl.DataFrame],
    manifest: Mapping[str, object],
    report: Callable[[], str],
    *,
    overwrite: bool = False,
) -> None:
    """Write the tables (those of tables.OUTPUT), manifest.json and report.html as one run folder.

    Of tables.LATER those given are written. The manifest gets `outputs`: rows and sha256 of each other file. Parents
    are created. The page is what `report` returns: it is drawn while the tables are written, on another thread. Raises
    RunFolderError if a table is missing, the folder may not be replaced (see `check_output`) or the disk is full; then
    nothing changes.
    """
    folder = _absolute(folder)
    if missing := [name for name in schemas.OUTPUT if name not in tables and name not in schemas.LATER]:
        raise RunFolderError(f"{folder}: a run lacks {', '.join(missing)}; give every table of a run")
    check_output(folder, overwrite)
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with _partial(folder) as partial:
            with ThreadPoolExecutor(1) as pool:
                writing = pool.submit(_write_tables, partial, tables)
                page = report().encode()
            outputs = writing.result()
            outputs[REPORT] = {"rows": None, "sha256": _write_bytes(partial / REPORT, page)}
            text = json.dumps(
                {**manifest, "outputs": outputs}, sort_keys=True, indent=2, ensure_ascii=False, default=str
            )
            _write_bytes(partial / MANIFEST, f"{text}\n".encode())
            _swap(partial, folder, overwrite)
    except OSError as error:
        raise RunFolderError(
            f"{folder}: cannot be written: {error}; free space or choose another output folder"
        ) from error


def remove_stale(folder: Path) -> None:
    """Remove what killed writes of this run folder left, unless a living process still holds it.

    A write that was killed between its two renames left the old run aside and nothing in its place: it is put back.
    """
    own = re.compile(re.escape(f".{folder.name}.") + r"(partial|replaced)-[0-9a-z_]{8}")
    found = [path for path in sorted(folder.parent.iterdir()) if own.fullmatch(path.name)]
    for path in found:  # partial ones sort first
        if path.is_symlink() or not path.is_dir():
            continue
        if ".replaced-" in path.name and not folder.exists() and (path / MANIFEST).is_file():
            path.rename(folder)
            continue
        with _locked(path) as free:
            if not free:
                return  # another write is under way, and what was put aside is its
            shutil.rmtree(path, ignore_errors=True)


@contextmanager
def _locked(path: Path) -> Iterator[bool]:
    """Whether the lock of a folder could be taken, which is held inside."""
    try:
        descriptor = os.open(path / _LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    except FileNotFoundError:  # the folder is gone, so it is nobody's any more
        yield False
        return
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield True
    except BlockingIOError:
        yield False
    finally:
        os.close(descriptor)


@contextmanager
def _partial(folder: Path) -> Iterator[Path]:
    """A locked folder beside the target, gone afterwards unless it was renamed."""
    path = Path(tempfile.mkdtemp(prefix=f".{folder.name}.partial-", dir=folder.parent))
    try:
        with _locked(path) as ours:
            if not ours:
                raise OSError("another process took the partial folder")
            yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


def _write_tables(partial: Path, tables: Mapping[str, pl.DataFrame]) -> dict[str, dict[str, object]]:
    names = sorted(set(schemas.OUTPUT) & set(tables))
    return {f"{name}.parquet": _write_table(partial, name, tables[name]) for name in names}


def _write_table(partial: Path, name: str, frame: pl.DataFrame) -> dict[str, object]:
    path = partial / f"{name}.parquet"
    try:
        frame.write_parquet(
            path, compression="zstd", compression_level=3, statistics=True, row_group_size=_ROWS_A_GROUP
        )
    except pl.exceptions.PolarsError as error:
        raise OSError(str(error)) from error
    _sync(path)
    with path.open("rb") as stream:
        return {"rows": frame.height, "sha256": hashlib.file_digest(stream, "sha256").hexdigest()}


def _write_bytes(path: Path, content: bytes) -> str:
    path.write_bytes(content)
    _sync(path)
    return hashlib.sha256(content).hexdigest()


def _swap(partial: Path, folder: Path, overwrite: bool) -> None:
    """Put the finished folder in its place; the old one is put aside first, and back if that fails."""
    mode = 0o777 & ~_umask()
    partial.chmod(mode)
    _sync(partial)
    old = None
    if overwrite and folder.exists():
        check_output(folder, overwrite)
        old = Path(tempfile.mkdtemp(prefix=f".{folder.name}.replaced-", dir=folder.parent))
        folder.rename(old)  # onto an empty folder, which rename replaces
    try:
        partial.rename(folder)  # refuses a folder with content, so a run written meanwhile is not lost
    except OSError:
        if old is not None:
            old.rename(folder)
        raise
    (folder / _LOCK).unlink()  # only now: before, it keeps other writers off the partial folder
    _sync(folder.parent)
    if old is not None:
        shutil.rmtree(old, ignore_errors=True)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _absolute(folder: Path | str) -> Path:
    path = Path(folder).absolute()  # not resolve(): a link to a folder must be seen as one
    path = path.resolve() if path.name == ".." else path
    if not path.name:
        raise RunFolderError(f"{path}: is not a folder a run can be; choose another output folder")
    return path

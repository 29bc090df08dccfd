"""The files that were read: rows, bytes, and a hash of their content."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import polars as pl

from linkage.errors import InputError
from linkage.io.guard import explain, guard
from linkage.io.ndjson import count_rows
from linkage.io.sources import Files, suffix

Hashes = dict[Path, Future[str]]


def hashed(pool: ThreadPoolExecutor, found: Mapping[str, list[Files]]) -> Hashes:
    """Start to hash every file; each only once, however many tables it serves."""
    paths = dict.fromkeys(path for sources in found.values() for files in sources for path in files.paths)
    return {path: pool.submit(_sha256, path) for path in paths}


def described(
    folder: Path, found: Mapping[str, list[Files]], rows: Mapping[str, int], hashes: Hashes
) -> list[dict[str, object]]:
    """One entry a file and table: table, path relative to the folder, rows, bytes, sha256 (hex)."""
    entries: list[dict[str, object]] = []
    for table, sources in found.items():
        alone = sum(len(files.paths) for files in sources) == 1
        for files in sources:
            for path in files.paths:
                try:
                    digest = hashes[path].result()
                except OSError as error:
                    raise InputError(explain(path, error)) from error
                entries.append(
                    {
                        "table": table,
                        "path": Path(os.path.relpath(path, folder)).as_posix(),
                        "rows": rows[table] if alone else _rows(path, files),
                        "bytes": path.stat().st_size,
                        "sha256": digest,
                    }
                )
    return entries


def described_frames(rows: Mapping[str, int]) -> list[dict[str, object]]:
    """The same for frames: no path, no bytes, no hash."""
    return [
        {"table": table, "path": None, "rows": count, "bytes": None, "sha256": None} for table, count in rows.items()
    ]


def _rows(path: Path, files: Files) -> int:
    kind = (suffix(path) or "").split(".")[1]
    with guard(path):
        if kind == "parquet":
            return int(pl.scan_parquet(path, glob=False).select(pl.len()).collect().item())
        if kind == "csv":
            text = pl.scan_csv(path, infer_schema=False, separator=files.settings.separator, glob=False)
            return int(text.select(pl.len()).collect(engine="streaming").item())
        return count_rows(path)


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()

"""NDJSON in a stream: batches of whole lines become Parquet parts; a line that is no JSON object stays a row.

Polars infers one type a column from the first lines and fails on the first bad one. Here every batch of 16 MiB has
its own types (they are coerced later, part by part) and bad lines are kept aside with their text.
"""

from __future__ import annotations

import gzip
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import polars as pl

from linkage.errors import InputError
from linkage.io.guard import guard
from linkage.io.scratch import scratch

#: Column that holds the text of a line that could not be read.
MALFORMED: Final = "__malformed"
_BATCH: Final = 16 * 2**20
_LINE: Final = 64 * 2**20
_LINES: Final = 50_000


def to_parquet(path: Path) -> list[Path]:
    """Parquet parts with the rows of an NDJSON file (.gz, .zst too), in order; blank lines are no rows.

    The parts lie in a temporary folder that is removed when the process ends. Memory is bounded by the batch; a
    single line over 64 MiB raises InputError.
    """
    folder = scratch()
    parts: list[Path] = []
    with guard(path):
        for batch in _batches(path):
            frame = _read(batch)
            if frame.height:
                parts.append(folder / f"{len(parts):06}.parquet")
                frame.write_parquet(parts[-1], compression="lz4")
    return parts


def _batches(path: Path) -> Iterator[bytes]:
    """Whole lines, about 16 MiB at a time."""
    rest = b""
    for chunk in _unpacked(path):
        rest += chunk
        cut = rest.rfind(b"\n") + 1
        if cut:
            yield rest[:cut]
            rest = rest[cut:]
        elif len(rest) > _LINE:
            raise InputError(f"{path}: a line is longer than {_LINE // 2**20} MiB; is this NDJSON, one object a line?")
    if rest.strip():
        yield rest


def _unpacked(path: Path) -> Iterator[bytes]:
    """The content of a file in pieces; Python before 3.14 has no zstd, so Polars unpacks that."""
    name = path.name.lower()
    if name.endswith(".zst"):
        lines = pl.scan_lines(path, name="line", glob=False)
        for batch in lines.collect_batches(chunk_size=_LINES, maintain_order=True, engine="streaming"):
            yield "\n".join([*batch["line"], ""]).encode()
        return
    with gzip.GzipFile(path) if name.endswith(".gz") else path.open("rb") as stream:
        while piece := stream.read(_BATCH):
            yield piece


def _read(batch: bytes) -> pl.DataFrame:
    """Rows of a batch; if any line is bad, the lines are tried one by one."""
    try:
        return pl.read_ndjson(io.BytesIO(batch), infer_schema_length=None)
    except (pl.exceptions.PolarsError, UnicodeError):
        return _read_lines(batch)


def _read_lines(batch: bytes) -> pl.DataFrame:
    good: list[bytes] = []
    order: list[int] = []
    bad: dict[int, str] = {}
    lines = [line for line in batch.split(b"\n") if line.strip()]
    for at, line in enumerate(lines):
        if _is_object(line):
            good.append(line)
            order.append(at)
        else:
            bad[at] = line[:800].decode("utf-8", "replace").strip()
    marks = pl.DataFrame(
        {"at": list(bad), MALFORMED: list(bad.values())}, schema={"at": pl.Int64, MALFORMED: pl.String}
    )
    if not good:
        return marks.drop("at")
    rows = pl.read_ndjson(io.BytesIO(b"\n".join(good)), infer_schema_length=None)
    rows = rows.with_columns(pl.Series("__at", order, dtype=pl.Int64))
    return pl.concat([rows, marks.rename({"at": "__at"})], how="diagonal").sort("__at").drop("__at")


def _refuse(constant: str) -> None:
    raise ValueError(constant)


def _is_object(line: bytes) -> bool:
    """Whether both Python and Polars take the line as one JSON object (NaN and Infinity are not JSON)."""
    try:
        if not isinstance(json.loads(line, parse_constant=_refuse), dict):
            return False
        pl.read_ndjson(io.BytesIO(line), infer_schema_length=None)
    except (ValueError, RecursionError, pl.exceptions.PolarsError):
        return False
    return True


def count_rows(path: Path) -> int:
    """Lines of an NDJSON file that are not blank."""
    return sum(1 for batch in _batches(path) for line in batch.split(b"\n") if line.strip())

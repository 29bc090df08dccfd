"""Find out which file, and in CSV which line, a failed read of a table is to be blamed on."""

from __future__ import annotations

import csv
import gzip
import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import polars as pl

from linkage.errors import InputError
from linkage.io.guard import explain
from linkage.io.scan import Raw


@contextmanager
def blamed(raw: Raw) -> Iterator[None]:
    """Raise InputError for any Polars or system error inside, with the file it comes from."""
    try:
        yield
    except (pl.exceptions.PolarsError, OSError) as error:
        for path in raw.files:
            fault = _fault(path)
            if fault is not None:
                raise InputError(f"{explain(path, fault)}{_line(path)}") from error
        raise InputError(explain(raw.table, error)) from error


def _fault(path: Path) -> Exception | None:
    """What is wrong with a file, by reading it alone. NDJSON has been read by now, so it is not to blame."""
    name = path.name.lower()
    try:
        if name.endswith(".parquet"):
            pl.scan_parquet(path, glob=False).select(pl.all().null_count()).collect(engine="streaming")
        elif ".csv" in name:
            text = pl.scan_csv(path, infer_schema=False, glob=False)
            text.select(pl.all().null_count()).collect(engine="streaming")
    except (pl.exceptions.PolarsError, OSError) as error:
        return error
    return None


def _line(path: Path) -> str:
    """'; see line N' of a CSV file that has more fields in a line than in its header, or bytes that are not UTF-8."""
    name = path.name.lower()
    if not name.endswith((".csv", ".csv.gz")):
        return ""
    at = 0
    try:
        with gzip.GzipFile(path) if name.endswith(".gz") else path.open("rb") as stream:
            rows = csv.reader(io.TextIOWrapper(stream, encoding="utf-8", newline=""))
            width = len(next(rows))
            for row in rows:
                at = rows.line_num
                if len(row) > width:
                    return f"; see line {at}"
    except UnicodeDecodeError:
        return f"; see after line {at + 1}"
    except (OSError, EOFError, csv.Error, StopIteration):
        return ""
    return ""

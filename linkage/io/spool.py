"""Text is read once: a table from CSV or NDJSON, or with text times, goes to a typed temporary Parquet file.

Later stages scan a table several times, and to parse its text costs ten times what reading Parquet does.
"""

from __future__ import annotations

import shutil
from dataclasses import replace

import polars as pl

from linkage.io.blame import blamed
from linkage.io.scan import RAW, Raw
from linkage.io.scratch import scratch


def spooled(raw: Raw) -> Raw:
    """The same table with its rows in a temporary Parquet file, where that pays; otherwise as it came.

    The file lies under TMPDIR and is removed when the process ends. Memory is bounded: the rows are streamed. Raises
    InputError for rows that cannot be read, and if the disk is full.
    """
    if not raw.textual:
        return raw
    path = scratch() / f"{raw.table}.parquet"
    # The text as given matters only where the value got lost.
    lost = [pl.when(pl.col(name).is_null()).then(RAW + name).alias(RAW + name) for name in sorted(raw.risky)]
    with blamed(raw):
        raw.frame.with_columns(lost).sink_parquet(path, compression="lz4", engine="streaming")
    for folder in raw.scratch:
        shutil.rmtree(folder, ignore_errors=True)
    return replace(raw, frame=pl.scan_parquet(path, glob=False), textual=False, scratch=frozenset())

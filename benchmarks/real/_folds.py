"""Hop with decisions: people decided about four fifths of the labelled groups; how are the others found?"""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

import polars as pl

from benchmarks.real import run as real

FOLDS = 5


def _fold(name: str) -> int:
    """The fold of a group, or of a kept account by itself: by its name, so that nothing is tuned by the draw."""
    return int(sha256(name.encode()).hexdigest(), 16) % FOLDS


def dealt(data: Path) -> pl.DataFrame:
    """`run.hop_truth` of the labelled accounts, and their `fold`."""
    truth = real.hop_truth(data).filter(pl.col("sybil").is_not_null())
    name = pl.coalesce("group", pl.format("kept {}", "account_id"))
    return truth.with_columns(fold=name.map_elements(_fold, return_dtype=pl.Int64))


def decisions(truth: pl.DataFrame) -> pl.DataFrame:
    """What people know of these accounts: groups are enforced as campaigns, kept accounts cleared."""
    return truth.select(
        "account_id",
        decision=pl.when("sybil").then(pl.lit("enforced")).otherwise(pl.lit("cleared")),
        campaign="group",
    )


def decided(data: Path, settings: Path, out: Path) -> list[tuple[pl.DataFrame, Path]]:
    """A build for each fold, which knows the others: the truth of the fold, and the run's folder."""
    truth = dealt(data)
    out.mkdir(parents=True, exist_ok=True)
    runs = []
    for fold in range(FOLDS):
        table, file, folder = (out / f"fold-{fold}{end}" for end in (".parquet", ".toml", ""))
        decisions(truth.filter(pl.col("fold") != fold)).write_parquet(table)
        said = f"\n[tables.decisions]\npath = '{table.absolute()}'\n"
        file.write_text(settings.read_text(encoding="utf-8") + said, encoding="utf-8")
        real.build(data, file, folder)
        runs.append((truth.filter(pl.col("fold") == fold).drop("fold"), folder))
    return runs

"""Decisions drawn from the truth of a simulated world: what an investigator knew before the build."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl

#: Share of the world's time after which people decided.
WHEN = 2 / 3


def draw(source: Path, share: float, seed: int) -> pl.DataFrame:
    """A decisions table on a world: this share of its campaigns' accounts enforced, as many honest ones cleared.

    All by chance, whoever they are: what helps must help in cases as they come.
    """
    truth = pl.read_parquet(source / "truth.parquet").sort("account_id").select("account_id", "campaign")
    logged = source / "exchanges"  # one file in worlds of another making
    times = pl.scan_parquet(logged / "*.parquet" if logged.is_dir() else logged.with_suffix(".parquet")).select(
        first=pl.col("sent_at").min(), last=pl.col("sent_at").max()
    )
    first, last = times.collect().row(0)
    guilty = truth.filter(pl.col("campaign").is_not_null())
    honest = truth.filter(pl.col("campaign").is_null())
    many = round(share * guilty.height)
    rng = np.random.default_rng(seed)
    parts = [
        side[np.sort(rng.choice(side.height, min(many, side.height), replace=False))].with_columns(
            decision=pl.lit(word), decided_at=pl.lit(first + (last - first) * WHEN)
        )
        for side, word in ((guilty, "enforced"), (honest, "cleared"))
    ]
    return pl.concat(parts).select("account_id", "decision", "campaign", "decided_at")


def write(source: Path, folder: Path, share: float, seed: int) -> tuple[Path, Path]:
    """Settings that add the decisions to the world, and the truth about the accounts that nobody decided on."""
    folder.mkdir(parents=True, exist_ok=True)
    decisions = draw(source, share, seed)
    decisions.write_parquet(folder / "decisions.parquet")
    settings, truth = folder / "decided.toml", folder / "undecided.parquet"
    settings.write_text(f"[tables.decisions]\npath = '{(folder / 'decisions.parquet').absolute()}'\n", encoding="utf-8")
    known = pl.read_parquet(source / "truth.parquet")
    known.join(decisions, on="account_id", how="anti").write_parquet(truth)
    return settings, truth

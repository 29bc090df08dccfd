"""Accounts one by one: how suspicion ranks them, who is innocent, whose operator was named."""

from __future__ import annotations

import math
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from linkage.evaluate.model import Bin, Innocents, Kind, Named, Suspicion

AT: Final = (50, 100, 500, 1_000, 5_000, 10_000)
BINS: Final = 10


def rank(known: pl.DataFrame) -> Suspicion | None:
    """Suspicion against guilt, over accounts whose guilt is known; null if there are none."""
    if known.is_empty():
        return None
    score = known["suspicion"].to_numpy().astype(np.float64)
    guilty = known["guilty"].to_numpy().astype(np.float64)
    slot = np.clip((score * BINS).astype(np.int64), 0, BINS - 1)
    bins = tuple(_bin(each, score[slot == each], guilty[slot == each]) for each in range(BINS))
    gaps = [each.accounts * abs((each.suspicion or 0.0) - (each.guilty or 0.0)) for each in bins]
    return Suspicion(
        accounts=len(score),
        guilty=int(guilty.sum()),
        base_rate=float(guilty.mean()),
        average_precision=average_precision(score, guilty),
        precision_at={str(k): precision_at(score, guilty, k) for k in AT if k <= len(score)},
        calibration_error=math.fsum(gaps) / len(score),
        brier=math.fsum((score - guilty) ** 2) / len(score),
        bins=bins,
    )


def average_precision(score: NDArray[np.float64], guilty: NDArray[np.float64]) -> float | None:
    """score, guilty float64[n] -> area under precision by recall in steps of distinct scores; null: none guilty."""
    if not guilty.any():
        return None
    hits, seen = _steps(score, guilty)
    return math.fsum(np.diff(hits, prepend=0.0) * hits / seen) / float(guilty.sum())


def precision_at(score: NDArray[np.float64], guilty: NDArray[np.float64], k: int) -> float:
    """The share of guilty among the k highest scores, 0 < k <= n; of the ties at the border, their expected share."""
    hits, seen = (np.insert(each, 0, 0.0) for each in _steps(score, guilty))
    return float(np.interp(k, seen, hits)) / k


def innocents(known: pl.DataFrame) -> Innocents | None:
    """Honest accounts, and those of them in a campaign; null if nobody's guilt is known."""
    if known.is_empty():
        return None
    honest = known.filter(~pl.col("guilty"))
    inside = known.filter(pl.col("inside"))
    kinds = (
        honest.filter(pl.col("kind").is_not_null())
        .group_by("kind")
        .agg(honest=pl.len(), in_campaigns=pl.col("inside").sum())
        .sort("kind")
    )
    caught = int(honest["inside"].sum())
    return Innocents(
        honest=honest.height,
        in_campaigns=caught,
        share=caught / honest.height if honest.height else 0.0,
        guilty_share=int(inside["guilty"].sum()) / inside.height if inside.height else None,
        kinds=tuple(Kind(**row) for row in kinds.iter_rows(named=True)),
    )


def named_accounts(both: pl.DataFrame) -> Named | None:
    """Operators named for accounts; null if truth and the run name none."""
    return _named(both.select("operator", "named"))


def named_campaigns(both: pl.DataFrame, campaigns: pl.DataFrame) -> Named | None:
    """Operators named for found campaigns, against the operator of most of their accounts."""
    majority = (
        both.filter(pl.col("campaign_id").is_not_null() & pl.col("operator").is_not_null())
        .group_by("campaign_id", "operator")
        .agg(shared=pl.len())
        .sort(["campaign_id", "shared", "operator"], descending=[False, True, False])
        .group_by("campaign_id")
        .agg(pl.col("operator").first())
    )
    labelled = both.filter(pl.col("campaign_id").is_not_null()).select("campaign_id").unique()
    found = campaigns.select("campaign_id", pl.col("operator").alias("named")).join(labelled, on="campaign_id")
    return _named(found.join(majority, on="campaign_id", how="left").select("operator", "named"))


def _named(pairs: pl.DataFrame) -> Named | None:
    # "Unknown operator U-..." says that campaigns are one operator's, and not whose.
    unknown = pl.col("named").str.starts_with("unknown operator")
    pairs = pairs.with_columns(named=pl.when(~unknown).then("named"))
    nameable = pairs.filter(pl.col("operator").is_not_null())
    named = pairs.filter(pl.col("named").is_not_null())
    if nameable.is_empty() and named.is_empty():
        return None
    right = named.filter(pl.col("named") == pl.col("operator")).height
    reached = nameable.filter(pl.col("named").is_not_null()).height
    return Named(
        nameable=nameable.height,
        named=named.height,
        right=right,
        accuracy=right / named.height if named.height else None,
        coverage=reached / nameable.height if nameable.height else None,
    )


def _bin(index: int, score: NDArray[np.float64], guilty: NDArray[np.float64]) -> Bin:
    return Bin(
        low=index / BINS,
        high=(index + 1) / BINS,
        accounts=len(score),
        suspicion=math.fsum(score) / len(score) if len(score) else None,
        guilty=float(guilty.sum()) / len(score) if len(score) else None,
    )


def _steps(score: NDArray[np.float64], guilty: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Guilty accounts and accounts seen so far, at the end of each run of equal scores, highest first."""
    order = np.argsort(-score, kind="stable")
    ends = np.append(np.flatnonzero(np.diff(score[order])), len(score) - 1)
    return np.cumsum(guilty[order])[ends], ends + 1.0

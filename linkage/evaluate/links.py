"""Links one by one: whether their probability means what it says."""

from __future__ import annotations

import math
from typing import Final

import numpy as np
import polars as pl
from numpy.typing import NDArray

from linkage.evaluate.model import LinkBin, Reliability

BINS: Final = 10
#: Reading -> column of TRUTH whose equal values make two accounts one.
READINGS: Final = {"one hand": "hand", "one circle": "circle"}


def reliability(links: pl.DataFrame, truth: pl.DataFrame) -> dict[str, Reliability]:
    """The reliability of links, by reading of what "one operator" means.

    Args:
        links: account_a, account_b, probability.
        truth: TRUTH. Links of accounts that it lacks, or of whom it knows neither group nor guilt, are left out.

    Returns:
        Reading -> reliability; empty where no link is between known accounts.
    """
    known = truth.filter(pl.col("guilty").is_not_null() | pl.col("circle").is_not_null())
    both = links.select("account_a", "account_b", probability=pl.col("probability").cast(pl.Float64))
    for side in ("a", "b"):
        named = known.select(
            pl.col("account_id").alias(f"account_{side}"),
            *(pl.col(column).alias(f"{column}_{side}") for column in READINGS.values()),
        )
        both = both.join(named, on=f"account_{side}", maintain_order="left")
    if both.is_empty():
        return {}
    score = both["probability"].to_numpy()
    return {
        reading: _reliability(score, both.select(_same(column)).to_series().to_numpy())
        for reading, column in READINGS.items()
    }


def _same(column: str) -> pl.Expr:
    return (pl.col(f"{column}_a") == pl.col(f"{column}_b")).fill_null(False).cast(pl.Float64)


def _reliability(score: NDArray[np.float64], same: NDArray[np.float64]) -> Reliability:
    slot = np.clip((score * BINS).astype(np.int64), 0, BINS - 1)
    bins = tuple(_bin(each, score[slot == each], same[slot == each]) for each in range(BINS))
    gaps = [each.links * abs((each.probability or 0.0) - (each.same or 0.0)) for each in bins]
    return Reliability(len(score), int(same.sum()), math.fsum(gaps) / len(score), bins)


def _bin(index: int, score: NDArray[np.float64], same: NDArray[np.float64]) -> LinkBin:
    return LinkBin(
        low=index / BINS,
        high=(index + 1) / BINS,
        links=len(score),
        probability=math.fsum(score) / len(score) if len(score) else None,
        same=float(same.sum()) / len(score) if len(score) else None,
    )

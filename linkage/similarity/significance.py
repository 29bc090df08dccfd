"""From tail chances to evidence: false-discovery control over all pairs that could have been found, and bits."""

from __future__ import annotations

from dataclasses import dataclass
from math import log
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from linkage import tables


@dataclass(frozen=True, slots=True)
class Found:
    """Pairs that a channel found, and how hard it looked."""

    pairs: pl.DataFrame  # tables.PAIRS, sorted by account_a, account_b
    tested: int  # pairs of accounts among which false discoveries are controlled
    examined: int  # pairs looked at closely
    notes: tuple[str, ...] = ()  # what was left aside, for the manifest


_HOUR, _DAY = 3_600, 86_400
_STEPS = (-3, -2, -1, 1, 2, 3)
#: Seconds by which one account's activity is moved to see what still fits, in families: days and weeks (people who
#: keep the same hours), hours (programs that run on the hour), days and odd minutes (whatever is regular).
LAGS = (
    tuple(days * _DAY for days in _STEPS),
    (-7 * _DAY, 7 * _DAY),
    tuple(hours * _HOUR for hours in _STEPS),
    tuple(days * _DAY + minutes * 60 for days in _STEPS for minutes in (-41, -29, -13, 11, 23, 37)),
)


def lags(width: int) -> list[NDArray[np.int32]]:
    """`LAGS` in windows of `width` seconds, each family without repetition."""
    return [np.unique(np.round(np.array(family) / width).astype(np.int32)) for family in LAGS]


def explained(
    chance: NDArray[np.float64], moved: NDArray[np.int32], families: list[NDArray[np.int32]]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """What chance or the worst family of lags explains of each pair's count, and the spread over mean at odd lags.

    Args:
        chance: [p], expected by chance.
        moved: [p, lags], counts with one account's activity moved, family after family.
        families: from `lags`.
    """
    parts = np.split(moved, np.cumsum([len(family) for family in families])[:-1], axis=1)
    expected = np.maximum.reduce([chance, *(part.mean(axis=1) for part in parts)])
    return expected, parts[-1].var(axis=1) / np.maximum(1.0, parts[-1].mean(axis=1))


def tail_nats(trials: NDArray[Any], count: NDArray[Any], expected: NDArray[np.float64]) -> NDArray[np.float64]:
    """-ln of a bound on the chance of so many successes in independent trials of whatever chances (Hoeffding 1963)."""
    n = np.maximum(trials, 1)
    share, mean = np.clip(count / n, 0.0, 1.0), np.clip(expected / n, 1e-12, 1.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        more = np.where(share > 0, share * np.log(share / mean), 0.0)
        less = np.where(share < 1, (1 - share) * np.log((1 - share) / (1 - mean)), 0.0)
    return np.where(share > mean, n * (more + less), 0.0)


def ends(candidates: pl.DataFrame) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """The two accounts of each pair (account_a, account_b), the lower first, each pair once, sorted."""
    low, high = pl.min_horizontal("account_a", "account_b"), pl.max_horizontal("account_a", "account_b")
    pairs = candidates.lazy().select(a=low, b=high).filter(pl.col("a") < pl.col("b")).unique().sort("a", "b").collect()
    return pairs["a"].cast(pl.Int32).to_numpy(), pairs["b"].cast(pl.Int32).to_numpy()


def evidence_bits(nats: NDArray[np.float64], tested: int, false_discoveries: float, cap: float) -> NDArray[np.float64]:
    """Bits by which each pair passes the false-discovery limit; 0 at the limit and below it.

    The q-value is the least rate of false discoveries at which a pair would still be found (Benjamini and Hochberg
    1995; Storey 2002), so that log2(limit / q) is what is left of the surprise once all pairs that could have been
    found by chance are paid for.

    Args:
        nats: -ln of each pair's tail chance; pairs that were not examined count as certain to be chance.
        tested: pairs that could have been found.
        false_discoveries: the limit, a share of the pairs found.
        cap: bits at most; a model of chance is never better known than that.
    """
    order = np.argsort(-nats, kind="stable")
    log_q = log(max(tested, 1)) - nats[order] - np.log(np.arange(1, len(nats) + 1))
    log_q = np.minimum.accumulate(log_q[::-1])[::-1]
    bits = np.zeros(len(nats))
    bits[order] = np.clip((log(false_discoveries) - log_q) / log(2), 0.0, cap)
    return bits


def pairs_table(kind: str, columns: dict[str, Any]) -> pl.DataFrame:
    """tables.PAIRS of one kind, with account_a < account_b and sorted, from its other columns."""
    frame = pl.DataFrame(columns).with_columns(
        account_a=pl.min_horizontal("account_a", "account_b"),
        account_b=pl.max_horizontal("account_a", "account_b"),
        kind=pl.lit(kind),
    )
    names = tables.PAIRS.names()
    return frame.select(pl.col(name).cast(tables.PAIRS[name]) for name in names).sort("account_a", "account_b")

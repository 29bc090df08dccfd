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

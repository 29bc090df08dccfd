"""One pass over the exchanges for who used which model when, and for when everybody was active.

Most of a pass is to find the account of each row; two passes took 1.6 times as long.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from linkage import tables
from linkage.similarity.releases import USAGE, usage
from linkage.similarity.timeline import moment

#: Exchanges added up at once.
_ROWS = 1 << 20


class Once(NamedTuple):
    """What one pass leaves."""

    usage: pl.DataFrame  # USAGE, in any order
    key: NDArray[np.uint64]  # `moment` of every exchange, in any order


def once(exchanges: pl.LazyFrame) -> Once:
    """Exchanges (account, sent_at, model, tokens, status), whatever the order of rows -> USAGE, and their moments."""
    columns = ("account", "sent_at", "model", "input_tokens", "output_tokens", "status")
    keys, parts = [np.zeros(0, np.uint64)], [tables.empty(USAGE)]
    batches = exchanges.select(*columns, key=moment())
    for batch in batches.collect_batches(chunk_size=_ROWS, maintain_order=False, engine="streaming"):
        keys.append(batch["key"].to_numpy())
        parts.append(usage(batch.lazy()).select(list(USAGE)).collect())
    sums = pl.col("exchanges", "input_tokens", "output_tokens", "refused").sum()
    return Once(pl.concat(parts).group_by("account", "model", "day").agg(sums), np.concatenate(keys))

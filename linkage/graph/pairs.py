"""Evidence found pair by pair, as values that just two accounts share: the link model need not tell them apart."""

from __future__ import annotations

import polars as pl

from linkage.tables import CODED_USES, VALUES


def with_pairs(values: pl.DataFrame, uses: pl.DataFrame, pairs: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Add a value of degree two for every row of `pairs`, worth its bits.

    Args:
        values: VALUES, coded 0, 1, ….
        uses: CODED_USES.
        pairs: PAIRS.

    Returns:
        VALUES and CODED_USES with the pairs' codes behind the others.
    """
    if pairs.is_empty():
        return values, uses
    coded = pairs.sort("kind", "account_a", "account_b").with_row_index("code", offset=values.height)
    made = coded.select(
        "code",
        "kind",
        value="detail",
        degree=pl.lit(2, pl.Int64),
        pairs=pl.lit(1, pl.Int64),
        bits="bits",
    ).cast(VALUES)
    ends = pl.concat(
        [coded.select("code", "first_seen", "last_seen", account=end) for end in ("account_a", "account_b")]
    )
    used = ends.select(list(CODED_USES)).cast(CODED_USES).sort("code", "account")
    return pl.concat([values, made]), pl.concat([uses, used])

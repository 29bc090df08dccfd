"""Habits: which of the values that are too common to tie two accounts an account uses, all taken together.

That two accounts pay one exchange says nothing. That one pays this exchange and that contract, on these two chains and
nowhere else, is a way of doing things: fellows of one hand share it, and so do a few others. It is no evidence by
itself; it makes nearness in other things say more.
"""

from __future__ import annotations

from typing import Final

import polars as pl

#: Values that more than this share of all accounts use are the coarse habits; the fine ones are all.
_COARSE: Final = 0.02


def habits(uses: pl.DataFrame, hubs: pl.DataFrame, accounts: int) -> pl.DataFrame:
    """Habits of the accounts that use any hub -> account, `coarse`, `fine`: codes, equal where habits are; sorted.

    Args:
        uses: USES.
        hubs: OUTPUT["hubs"]; placeholders stand for nothing and are left out.
        accounts: how many accounts there are in all.
    """
    common = (
        hubs.filter(pl.col("reason") != "placeholder")
        .sort("kind", "value")
        .with_row_index("hub")
        .select("kind", "value", "hub", everybodys=pl.col("degree") > _COARSE * accounts)
    )
    return (
        uses.lazy()
        .join(common.lazy(), on=["kind", "value"])
        .group_by("account")
        .agg(
            coarse=pl.col("hub").filter(pl.col("everybodys")).sort().cast(pl.String).str.join(" "),
            fine=pl.col("hub").sort().cast(pl.String).str.join(" "),
        )
        .with_columns(pl.col("coarse", "fine").rank("dense").cast(pl.Int32))
        .sort("account")
        .collect()
    )

"""Ids that follow from the members alone: same members, same id, whichever run found them."""

from __future__ import annotations

from collections import Counter
from hashlib import sha256

import polars as pl


def name(group: pl.DataFrame, accounts: pl.DataFrame, suspects: pl.DataFrame) -> pl.DataFrame:
    """Id of every community, and of the campaign it is, if it is one.

    Args:
        group: account, community.
        accounts: ACCOUNTS.
        suspects: community: those that are campaigns.

    Returns:
        community, community_id (`G-` and ten hex digits; all 64 where two agree in ten), campaign_id (`C-` and the same
        digits, or null).
    """
    listed = (
        group.join(accounts.select("account", "account_id"), on="account")
        .sort("community", "account_id")
        .group_by("community", maintain_order=True)
        .agg(pl.col("account_id").str.join("\n").alias("listed"))
    )
    digits = _digits([sha256(text.encode()).hexdigest() for text in listed["listed"]])
    return (
        listed.select("community", digits=pl.Series(digits, dtype=pl.String))
        .join(suspects.with_columns(suspect=pl.lit(True)), on="community", how="left")
        .select(
            "community",
            community_id="G-" + pl.col("digits"),
            campaign_id=pl.when("suspect").then("C-" + pl.col("digits")),
        )
    )


def _digits(hashes: list[str]) -> list[str]:
    """The first ten digits of each, or all where they are not enough to tell them apart."""
    short = Counter(each[:10] for each in hashes)
    return [each[:10] if short[each[:10]] == 1 else each for each in hashes]

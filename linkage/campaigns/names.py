"""Ids that follow from the members alone: same members, same id, whichever run found them."""

from __future__ import annotations

from hashlib import sha256

import polars as pl


def name(group: pl.DataFrame, accounts: pl.DataFrame, suspects: pl.DataFrame) -> pl.DataFrame:
    """Id of every community, and of the campaign it is, if it is one.

    Args:
        group: account, community.
        accounts: ACCOUNTS.
        suspects: community: those that are campaigns.

    Returns:
        community, community_id (`G-` and ten hex digits), campaign_id (`C-` and the same digits, or null).
    """
    listed = (
        group.join(accounts.select("account", "account_id"), on="account")
        .sort("community", "account_id")
        .group_by("community", maintain_order=True)
        .agg(pl.col("account_id").str.join("\n").alias("listed"))
    )
    digits = [sha256(text.encode()).hexdigest()[:10] for text in listed["listed"]]
    return (
        listed.select("community", digits=pl.Series(digits, dtype=pl.String))
        .join(suspects.with_columns(suspect=pl.lit(True)), on="community", how="left")
        .select(
            "community",
            community_id="G-" + pl.col("digits"),
            campaign_id=pl.when("suspect").then("C-" + pl.col("digits")),
        )
    )

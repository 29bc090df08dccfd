"""Whether fingerprints of a community come from a pool: several that fellows share, and hardly anybody else has."""

from __future__ import annotations

import polars as pl

DEVICE = "device"
#: Shares are summed in units of 2^-20, so that no sum depends on the order of threads.
_UNIT = 1_048_576


def everybodys(uses: pl.DataFrame, hubs: pl.DataFrame) -> pl.DataFrame:
    """value, users, holders: how many accounts use each fingerprint, and how many have any.

    Args:
        uses: USES of all accounts, one row an account and value.
        hubs: OUTPUT["hubs"]. Placeholders are no fingerprints.
    """
    none = hubs.filter((pl.col("kind") == DEVICE) & (pl.col("reason") == "placeholder"))["value"]
    theirs = uses.filter((pl.col("kind") == DEVICE) & ~pl.col("value").is_in(none.implode()))
    return (
        theirs.group_by("value")
        .agg(users=pl.len().cast(pl.Int64))
        .with_columns(holders=pl.lit(theirs["account"].n_unique(), pl.Int64))
    )


def pooled(members: pl.DataFrame, uses: pl.DataFrame, everybody: pl.DataFrame) -> pl.DataFrame:
    """How many members share a fingerprint that is not the commonest of their community.

    Who is given one program has one fingerprint in common, and browsers that many have are met by chance.

    Args:
        members: account, community.
        uses: of `scope.narrowed`. Placeholders say nothing about anyone.
        everybody: of `everybodys`.

    Returns:
        community, `device_pool`: share of those with a fingerprint, less what would be if fellows had them as strangers
        do. Communities with fingerprints only.
    """
    theirs = (
        uses.lazy()
        .filter((pl.col("kind") == DEVICE) & ~pl.col("placeholder"))
        .join(members.lazy().select("account", "community"), on="account")
        .select(
            "account",
            "community",
            "code",
            "value",
            inside=pl.len().over("community", "code").cast(pl.Int64),
            size=pl.col("account").n_unique().over("community").cast(pl.Int64),
        )
    )
    top = (
        theirs.sort("inside", "code", descending=[True, False])
        .group_by("community", maintain_order=True)
        .agg(pl.col("code").first())
    )
    # How often those outside use it, as if one more did.
    rate = (pl.col("users") - pl.col("inside") + 1.0) / (pl.col("holders") - pl.col("size") + 1.0)
    chance = 1.0 - (1.0 - rate.clip(0.0, 1.0)) ** (pl.col("size") - 1)
    shared = (
        theirs.filter(pl.col("inside") > 1)
        .join(top, on=["community", "code"], how="anti")
        .join(everybody.lazy(), on="value")
        .group_by("community", "account")
        .agg(beyond=((1.0 - chance) * _UNIT).round().cast(pl.Int64).max())
        .group_by("community")
        .agg(pl.col("beyond").sum())
    )
    return (
        theirs.group_by("community")
        .agg(pl.col("size").first())
        .join(shared, on="community", how="left")
        .select("community", device_pool=pl.col("beyond").fill_null(0) / _UNIT / pl.col("size"))
        .collect()
    )

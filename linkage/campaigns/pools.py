"""Whether an account uses the pool of addresses that its fellows use, where one pool is theirs."""

from __future__ import annotations

import polars as pl

#: Share of the fellows from which a pool is the group's.
_MOST = 0.5
#: As many strangers' accounts are reckoned with in every share.
_DOUBT = 1.0
#: To keep away from a pool says no more: young accounts have not used enough of it.
_AGAINST = 3.0
#: Nor does being of it: others may rent it too who have not been seen.
_FOR = 5.0


def pooled(members: pl.DataFrame, crowds: pl.DataFrame | None, accounts: int) -> pl.DataFrame:
    """Bits for or against belonging, by the crowd that most fellows are of.

    Who happens upon one exit of a campaign, because it is his home, uses few of the others; a member uses as many as
    its fellows do.

    Args:
        members: account, community, `fellow`.
        crowds: account, crowd; one row an account that is in one. None where there are none.
        accounts: how many there are in all.

    Returns:
        account, `pool_bits`: log2 of the share of fellows in the crowd by that of all other accounts, or of those not
        in it; 0 where no crowd holds most of them. Sorted by account.
    """
    if crowds is None or crowds.is_empty():
        return members.select("account", pool_bits=pl.lit(0.0)).sort("account")
    of = members.join(crowds, on="account", how="left")
    fellows = of.group_by("community").agg(fellows=pl.col("fellow").sum())
    main = (
        of.filter(pl.col("fellow") & pl.col("crowd").is_not_null())
        .group_by("community", "crowd")
        .agg(there=pl.len())
        .join(fellows, on="community")
        .filter(pl.col("there") > _MOST * pl.col("fellows"))
        .join(crowds.group_by("crowd").agg(everywhere=pl.len()), on="crowd")
        .with_columns(
            share=(pl.col("there") + _DOUBT / 2) / (pl.col("fellows") + _DOUBT),
            # A large group is most of its own pool: what others do is told by the others.
            usual=(pl.col("everywhere") - pl.col("there") + _DOUBT / 2) / (accounts - pl.col("fellows") + _DOUBT),
        )
        .select(
            "community",
            pool="crowd",
            inside=(pl.col("share") / pl.col("usual")).log(2),
            outside=((1 - pl.col("share")) / (1 - pl.col("usual"))).log(2),
        )
    )
    bits = pl.when(pl.col("crowd").eq_missing(pl.col("pool"))).then("inside").otherwise("outside")
    return (
        of.join(main, on="community", how="left")
        .select("account", pool_bits=bits.clip(-_AGAINST, _FOR).fill_null(0.0))
        .sort("account")
    )

"""Values that only pass on: what an account reaches through them is used by the account as well.

Logs may say of values what they say of accounts: this wallet was paid by that one, this referral code came with that
other. A value with two neighbours, whoever comes from one side and one value on the other, is a stretch of the way and
no place: a wallet made for one transfer, an exchange's deposit address. Where the way ends, accounts meet. A value with
more neighbours is a place of its own; what lies beyond it says little of who was there.
"""

from __future__ import annotations

from typing import Final

import polars as pl

from linkage.tables import USES, empty

#: A way over more values is not followed.
_LONGEST: Final = 8
_NODE: Final = ["kind", "node"]


def through(identifiers: pl.LazyFrame, beyond: pl.LazyFrame, accounts: pl.DataFrame) -> pl.DataFrame:
    """Uses of what lies at the end of values that pass on: USES, sorted, none that the account has directly.

    Two accounts at the ends of one way use the lower of its outermost values both.

    Args:
        identifiers: account, kind, value.
        beyond: holder, kind, value: the same of whoever is no account.
        accounts: account, account_id.
    """
    names = accounts.select("account", "account_id").lazy()
    direct = identifiers.select("account", "kind", "value").unique().join(names, on="account")
    edges = pl.concat(
        [direct.select("kind", node="account_id", other="value"), beyond.select("kind", node="holder", other="value")]
    )
    edges = edges.filter(pl.col("node") != pl.col("other"))
    leads = (
        pl.concat([edges, edges.select("kind", node="other", other="node")])
        .unique()
        .group_by(_NODE)
        .agg(neighbours=pl.len(), low=pl.col("other").min(), high=pl.col("other").max())
        .filter(pl.col("neighbours") == 2)
        .drop("neighbours")
        .join(names, left_on="node", right_on="account_id", how="anti")
        .collect(engine="streaming")
    )
    if leads.is_empty():
        return empty(USES)
    before = direct.select("account", "kind", "value").collect(engine="streaming")
    way = (
        direct.select("account", "kind", came="account_id", node="value")
        .join(leads.lazy(), on=_NODE, how="semi")
        .with_columns(first="node")
        .collect(engine="streaming")
    )
    ends = []
    for _ in range(_LONGEST):
        next_one = pl.when(pl.col("low") == pl.col("came")).then("high").otherwise("low")
        way = way.join(leads, on=_NODE).select("account", "kind", "first", came="node", node=next_one)
        ends.append(way.join(leads, on=_NODE, how="anti"))
        way = way.join(leads, on=_NODE, how="semi")
    met = pl.concat(ends).join(accounts.select(node="account_id", who="account"), on="node", how="left")
    between = met.filter(pl.col("who") != pl.col("account")).with_columns(node=pl.min_horizontal("first", "came"))
    found = (met.filter(pl.col("who").is_null()), between, between.with_columns(account="who"))
    return (
        pl.concat([part.select("account", "kind", value="node") for part in found])
        .unique()
        .join(before, on=["account", "kind", "value"], how="anti")
        .with_columns(count=pl.lit(1, pl.Int64), first_seen=pl.lit(None), last_seen=pl.lit(None))
        .select(list(USES))
        .cast(USES)
        .sort("account", "kind", "value")
    )

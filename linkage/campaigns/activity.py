"""What each account did: volume, tokens, refusals, hours of the day."""

from __future__ import annotations

import polars as pl

from linkage.tables import TIME, schema

#: One row an account that made exchanges. `hours`: distinct hours of the day (UTC) with at least 1 % of its exchanges.
ACTIVITY = schema(
    {
        "account": pl.UInt32,
        "exchanges": pl.Int64,
        "input_tokens": pl.Int64,
        "output_tokens": pl.Int64,
        "refused": pl.Int64,
        "hours": pl.Int64,
        "first_seen": TIME,
        "last_seen": TIME,
    }
)


def hours(exchanges: pl.LazyFrame) -> pl.LazyFrame:
    """account, hours: distinct hours of the day (UTC) with at least 1 % of the account's exchanges."""
    return (
        exchanges.group_by("account", hour=pl.col("sent_at").dt.hour())
        .agg(exchanges=pl.len())
        .group_by("account")
        .agg(hours=(pl.col("exchanges") >= 0.01 * pl.col("exchanges").sum()).sum().cast(pl.Int64))
    )


def activity(touched: pl.DataFrame, used: pl.DataFrame, hours: pl.DataFrame) -> pl.DataFrame:
    """What the passes over the exchanges left -> ACTIVITY, sorted by account.

    Args:
        touched: account, first_seen, last_seen, several rows an account.
        used: account, exchanges, input_tokens, output_tokens, refused; several rows an account.
        hours: account, hours.
    """
    sums = used.group_by("account").agg(pl.col("exchanges", "input_tokens", "output_tokens", "refused").sum())
    times = touched.group_by("account").agg(pl.col("first_seen").min(), pl.col("last_seen").max())
    return (
        sums.join(times, on="account").join(hours, on="account").sort("account").select(list(ACTIVITY)).cast(ACTIVITY)
    )

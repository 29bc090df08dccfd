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


def by_hour(exchanges: pl.LazyFrame) -> pl.LazyFrame:
    """What `activity` is made from: a row for each account and hour of the day."""
    return exchanges.group_by("account", hour=pl.col("sent_at").dt.hour()).agg(
        exchanges=pl.len().cast(pl.Int64),
        input_tokens=pl.col("input_tokens").cast(pl.Int64).sum(),
        output_tokens=pl.col("output_tokens").cast(pl.Int64).sum(),
        refused=(pl.col("status") >= 400).sum().cast(pl.Int64),
        first_seen=pl.col("sent_at").min(),
        last_seen=pl.col("sent_at").max(),
    )


def activity(hours: pl.DataFrame) -> pl.DataFrame:
    """Rows of `by_hour` -> ACTIVITY, sorted by account. A refusal is a status of 400 or more."""
    return (
        hours.group_by("account")
        .agg(
            pl.col("exchanges", "input_tokens", "output_tokens", "refused").sum(),
            hours=(pl.col("exchanges") >= 0.01 * pl.col("exchanges").sum()).sum().cast(pl.Int64),
            first_seen=pl.col("first_seen").min(),
            last_seen=pl.col("last_seen").max(),
        )
        .sort("account")
        .select(list(ACTIVITY))
        .cast(ACTIVITY)
    )

"""Rows of the decisions table -> what holds for each account, and at the end what came of it."""

from __future__ import annotations

from typing import NamedTuple

import polars as pl

from linkage.tables import DECIDED, OUTPUT, empty


class Resolved(NamedTuple):
    """What holds, and what did not."""

    decided: pl.DataFrame  # DECIDED, sorted by account
    rows: int  # of the table, accounts that the logs do not know left out
    overruled: int  # accounts whose earlier decision was another
    conflicting: int  # accounts with different decisions of the same time


def resolve(decisions: pl.DataFrame | None, accounts: pl.DataFrame) -> Resolved:
    """The latest decision of each account; one without a time is older than any with one.

    Of different decisions of the same time, `cleared` holds: nobody is accused on contradictory grounds. Enforced in
    several campaigns at the same time, an account is in none of them for certain.

    Args:
        decisions: INPUT["decisions"], on known accounts.
        accounts: ACCOUNTS.
    """
    if decisions is None or decisions.is_empty():
        return Resolved(empty(DECIDED), 0, 0, 0)
    campaign = pl.col("campaign").str.strip_chars()
    rows = decisions.join(accounts.select("account", "account_id"), on="account_id").with_columns(
        campaign=pl.when((pl.col("decision") == "enforced") & (campaign != "")).then(campaign)
    )
    newest = pl.col("decided_at").max().over("account")
    holds = (pl.col("decided_at") == newest) | newest.is_null()
    said = pl.col("decision").n_unique()
    named = pl.col("campaign").drop_nulls().n_unique()
    found = (
        rows.filter(holds)
        .group_by("account")
        .agg(
            pl.col("decision").min(),  # cleared comes before enforced
            pl.when((named == 1) & (said == 1)).then(pl.col("campaign").drop_nulls().min()).alias("campaign"),
            pl.col("decided_at").max(),
            conflict=(said > 1) | (named > 1),
        )
        .sort("account")
    )
    several = rows.group_by("account").agg(said=pl.struct("decision", "campaign").n_unique())
    changed = int((several["said"] > 1).sum())
    conflicting = int(found["conflict"].sum())
    decided = found.with_columns(returns=pl.lit(False), why=pl.lit(None, pl.String)).select(list(DECIDED)).cast(DECIDED)
    return Resolved(decided, rows.height, changed - conflicting, conflicting)


def outcomes(decided: pl.DataFrame, accounts: pl.DataFrame, ids: pl.DataFrame) -> pl.DataFrame:
    """OUTPUT["decisions"], sorted by account.

    Args:
        decided: DECIDED.
        accounts: OUTPUT["accounts"] of the run.
        ids: account, account_id.
    """
    inside = pl.col("campaign_id").is_not_null()
    enforced = pl.col("decision") == "enforced"
    outcome = (
        pl.when(pl.col("returns"))
        .then("why")
        .when(enforced & inside)
        .then(pl.lit("in a campaign again"))
        .when(enforced)
        .then(pl.lit("enforced, and in no campaign now"))
        .otherwise(pl.lit("kept out of campaigns"))
    )
    return (
        decided.join(ids, on="account")
        .join(accounts.select("account_id", "campaign_id", "suspicion"), on="account_id")
        .with_columns(outcome=outcome)
        .sort("account_id")
        .select([pl.col(c).cast(t) for c, t in OUTPUT["decisions"].items()])
    )

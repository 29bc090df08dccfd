"""Groups whose traffic moves to a new model at once: one program changed, where people take weeks."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import polars as pl

from linkage import tables
from linkage.similarity.significance import tail_nats
from linkage.similarity_settings import ReleaseSettings

#: What `releases` returns.
RELEASES = tables.schema(
    {
        "community": pl.Int32,
        "model": pl.String,
        "appeared": tables.TIME,
        "exchanges": pl.Int64,
        "pivot": pl.Float64,
        "usual": pl.Float64,
        "active": pl.Int64,
        "moved": pl.Int64,
        "usual_moved": pl.Float64,
        "nats": pl.Float64,
    }
)
#: New models looked at, the most used first.
_MODELS = 8
#: A model has appeared when this share of its uses is reached: one early tester releases nothing.
_EARLY = 0.002


def releases(exchanges: pl.LazyFrame, members: pl.DataFrame, settings: ReleaseSettings) -> pl.DataFrame:
    """How far each group had moved to a new model a day after it appeared.

    Two streaming passes. What counts is the traffic of the second `hours` after the appearance.

    Args:
        exchanges: account, sent_at, model.
        members: account, community.
        settings: what a new model is, and when it counts as moved to.

    Returns:
        `RELEASES`, a row a community and new model, sorted: when it appeared; the community's exchanges on the day
        looked at; `pivot`, the share of them on the new model, and `usual`, the same of all traffic; the members
        active that day, those with most of their exchanges on it, and the same share of all accounts; `nats`,
        -ln of the chance of so many, were each member like any account.
    """
    new = _new_models(exchanges, settings).to_dicts()
    if not new:
        return tables.empty(RELEASES)
    hours = timedelta(hours=settings.hours)
    inside = [
        pl.col("sent_at").is_between(row["appeared"] + hours, row["appeared"] + 2 * hours, closed="left") for row in new
    ]
    counted = (
        exchanges.filter(pl.any_horizontal(inside))
        .group_by("account")
        .agg(
            *[here.sum().alias(f"all{k}") for k, here in enumerate(inside)],
            *[
                (here & pl.col("model").eq_missing(row["model"])).sum().alias(f"new{k}")
                for k, (row, here) in enumerate(zip(new, inside, strict=True))
            ],
        )
        .collect(engine="streaming")
    )
    parts = [
        _moved(counted.select("account", all=f"all{k}", new=f"new{k}").filter(pl.col("all") > 0), members).with_columns(
            model=pl.lit(row["model"]), appeared=pl.lit(row["appeared"])
        )
        for k, row in enumerate(new)
    ]
    return (
        pl.concat(parts)
        .select(pl.col(name).cast(RELEASES[name]) for name in RELEASES)
        .sort("community", "appeared", "model")
    )


def _new_models(exchanges: pl.LazyFrame, settings: ReleaseSettings) -> pl.DataFrame:
    """model, appeared (an hour's beginning) of the models that appeared well inside the logs."""
    hourly = (
        exchanges.group_by("model", hour=pl.col("sent_at").dt.truncate("1h"))
        .agg(uses=pl.len().cast(pl.Int64), accounts=pl.col("account").n_unique())
        .collect(engine="streaming")
        .sort("model", "hour")
    )
    reached = pl.col("uses").cum_sum().over("model") >= pl.col("uses").sum().over("model") * _EARLY
    return (
        hourly.with_columns(reached=reached, opens=pl.col("hour").min(), closes=pl.col("hour").max())
        .filter(pl.col("model").is_not_null())
        .group_by("model")
        .agg(
            appeared=pl.col("hour").filter("reached").min(),
            uses=pl.col("uses").sum(),
            # No fewer than there are: an account counts in each of its hours.
            accounts=pl.col("accounts").sum(),
            opens=pl.col("opens").first(),
            closes=pl.col("closes").first(),
        )
        .filter(
            (pl.col("accounts") >= settings.model_accounts)
            & (pl.col("appeared") >= pl.col("opens") + timedelta(days=settings.settled_days))
            & (pl.col("appeared") + timedelta(hours=2 * settings.hours - 1) <= pl.col("closes"))
        )
        .sort("uses", "model", descending=[True, False])
        .head(_MODELS)
        .select("model", "appeared")
    )


def _moved(counted: pl.DataFrame, members: pl.DataFrame) -> pl.DataFrame:
    """One new model: community, exchanges, pivot, usual, active, moved, usual_moved, nats."""
    counted = counted.with_columns(moved=pl.col("new") * 2 > pl.col("all"))
    usual = int(counted["new"].sum()) / max(1, int(counted["all"].sum()))
    usual_moved = int(counted["moved"].sum()) / max(1, counted.height)
    out = (
        members.select("account", "community")
        .join(counted, on="account")
        .group_by("community")
        .agg(
            exchanges=pl.col("all").sum(),
            pivot=pl.col("new").sum() / pl.col("all").sum(),
            active=pl.len(),
            moved=pl.col("moved").sum(),
        )
        .sort("community")
    )
    active, moved = out["active"].to_numpy(), out["moved"].to_numpy()
    nats = tail_nats(active, moved, active * np.float64(usual_moved))
    return out.with_columns(usual=pl.lit(usual), usual_moved=pl.lit(usual_moved), nats=pl.Series(nats))

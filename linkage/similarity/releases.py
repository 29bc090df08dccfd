"""Who uses which model when, and whose traffic moves to a new one at once: one program changed; people take weeks."""

from __future__ import annotations

from datetime import timedelta

import polars as pl

from linkage import tables
from linkage.similarity_settings import ReleaseSettings

#: One row for each account, model (null where none is told) and day (UTC): what one pass over the exchanges leaves.
USAGE = tables.schema(
    {
        "account": pl.UInt32,
        "model": pl.String,
        "day": pl.Date,
        "exchanges": pl.Int64,
        "input_tokens": pl.Int64,
        "output_tokens": pl.Int64,
        "refused": pl.Int64,
    }
)
#: One row for each new model and account active on the day looked at.
MOVES = tables.schema(
    {
        "account": pl.UInt32,
        "model": pl.String,
        "appeared": pl.Date,
        "exchanges": pl.Int64,
        "on_new": pl.Int64,
        "moved": pl.Boolean,
    }
)
#: New models looked at, the most used first.
_MODELS = 8
#: A model has appeared when this share of its uses is reached: one early tester releases nothing.
_EARLY = 0.002


def usage(exchanges: pl.LazyFrame) -> pl.LazyFrame:
    """Exchanges (account, sent_at, model, tokens, status) -> USAGE, in any order. A refusal is a status from 400 on."""
    return exchanges.group_by("account", "model", day=pl.col("sent_at").dt.date()).agg(
        exchanges=pl.len().cast(pl.Int64),
        input_tokens=pl.col("input_tokens").cast(pl.Int64).sum(),
        output_tokens=pl.col("output_tokens").cast(pl.Int64).sum(),
        refused=(pl.col("status") >= 400).sum().cast(pl.Int64),
    )


def moves(used: pl.DataFrame, settings: ReleaseSettings) -> pl.DataFrame:
    """Whose traffic was on a new model soon after it appeared.

    The day a model appears and the `days` after it are left to whoever changes fast; what counts is the day then.

    Args:
        used: USAGE; exchanges without a model count for nothing.
        settings: what a new model is, and when it counts as moved to.

    Returns:
        MOVES, sorted: of each new model and account active on the day looked at, its exchanges that day, those on the
        new model, and whether these are most of them.
    """
    if not settings.enabled:
        return tables.empty(MOVES)
    used = used.filter(pl.col("model").is_not_null())
    parts = [
        used.filter(pl.col("day") == row["appeared"] + timedelta(days=settings.days + 1))
        .group_by("account")
        .agg(pl.col("exchanges").sum(), on_new=pl.col("exchanges").filter(pl.col("model") == row["model"]).sum())
        .with_columns(
            model=pl.lit(row["model"]),
            appeared=pl.lit(row["appeared"]),
            moved=pl.col("on_new") * 2 > pl.col("exchanges"),
        )
        for row in _new_models(used, settings).to_dicts()
    ]
    if not parts:
        return tables.empty(MOVES)
    return (
        pl.concat(parts).select(pl.col(name).cast(MOVES[name]) for name in MOVES).sort("appeared", "model", "account")
    )


def _new_models(used: pl.DataFrame, settings: ReleaseSettings) -> pl.DataFrame:
    """model, appeared (a day) of the models that appeared well inside the logs."""
    daily = (
        used.group_by("model", "day")
        .agg(uses=pl.col("exchanges").sum())
        .sort("model", "day")
        .with_columns(
            reached=pl.col("uses").cum_sum().over("model") >= pl.col("uses").sum().over("model") * _EARLY,
            opens=pl.col("day").min(),
            closes=pl.col("day").max(),
        )
    )
    known = used.group_by("model").agg(accounts=pl.col("account").n_unique())
    return (
        daily.group_by("model")
        .agg(
            appeared=pl.col("day").filter("reached").min(),
            uses=pl.col("uses").sum(),
            opens=pl.col("opens").first(),
            closes=pl.col("closes").first(),
        )
        .join(known, on="model")
        .filter(
            (pl.col("accounts") >= settings.model_accounts)
            & (pl.col("appeared") >= pl.col("opens") + timedelta(days=settings.settled_days))
            & (pl.col("appeared") + timedelta(days=settings.days + 1) <= pl.col("closes"))
        )
        .sort("uses", "model", descending=[True, False])
        .head(_MODELS)
        .select("model", "appeared")
    )

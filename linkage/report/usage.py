"""What members did, from the run's rows on it: hours, models, templates; and what their community hangs together by."""

from __future__ import annotations

import polars as pl

from linkage.report.gather import Parts, Tables
from linkage.report.model import Bridge, Hour, ModelDay, ModelUse, Scale, Template


def activity(parts: Parts) -> tuple[Hour, ...]:
    """Exchanges by day and hour."""
    return tuple(Hour(**row) for row in parts.activity.select(*Hour.model_fields).iter_rows(named=True))


def ramp(parts: Parts) -> tuple[ModelDay, ...]:
    """Exchanges by day and model."""
    return tuple(ModelDay(**row) for row in parts.models.select(*ModelDay.model_fields).iter_rows(named=True))


def models(parts: Parts, of: Tables, scale: Scale) -> tuple[ModelUse, ...]:
    """Models that members asked, the most used first."""
    summed = pl.col("exchanges").sum()
    theirs = parts.models.group_by("model").agg(summed)
    everybody = dict(of["models"].filter(pl.col("campaign_id").is_null()).group_by("model").agg(summed).iter_rows())
    others = int(of["accounts"]["exchanges"].sum()) - scale.exchanges
    return tuple(
        ModelUse(
            model=model,
            exchanges=count,
            share=count / scale.exchanges if scale.exchanges else None,
            elsewhere=(everybody[model] - count) / others if model in everybody and others > 0 else None,
        )
        for model, count in theirs.sort(["exchanges", "model"], descending=[True, False]).iter_rows()
    )


def templates(parts: Parts) -> tuple[Template, ...]:
    """Templates of the campaign's own, those of most members first."""
    return tuple(
        Template(**{**row, "words": _words(row["words"])})
        for row in parts.own_templates.select(*Template.model_fields).iter_rows(named=True)
    )


def bridges(parts: Parts) -> tuple[Bridge, ...]:
    """Bridges of the campaign's community, those that part most accounts first."""
    return tuple(Bridge(**row) for row in parts.bridges.select(*Bridge.model_fields).iter_rows(named=True))


def _words(text: str | None) -> tuple[str, ...] | None:
    return None if text is None else tuple(word for word in text.split(", ") if word)

"""What the members of each campaign did, in figures: by hour, by model, by template of the campaign's own."""

from __future__ import annotations

import polars as pl

from linkage.tables import OUTPUT, empty


def by_hour(exchanges: pl.LazyFrame | None, members: pl.DataFrame) -> pl.DataFrame:
    """Exchanges of each campaign's members by day and hour (UTC), in one streaming pass.

    Args:
        exchanges: account, sent_at.
        members: account, campaign_id; an account of several campaigns counts in each.

    Returns:
        OUTPUT["activity"], sorted; no rows for hours without an exchange.
    """
    schema = OUTPUT["activity"]
    if exchanges is None or members.is_empty():
        return empty(schema)
    sent = pl.col("sent_at")
    return (
        exchanges.select("account", day=sent.dt.date(), hour=sent.dt.hour())
        .join(members.lazy().select("account", "campaign_id"), on="account")
        .group_by("campaign_id", "day", "hour")
        .agg(exchanges=pl.len())
        .select(pl.col(name).cast(kind) for name, kind in schema.items())
        .collect(engine="streaming")
        .sort("campaign_id", "day", "hour")
    )


def by_model(usage: pl.DataFrame | None, members: pl.DataFrame) -> pl.DataFrame:
    """Exchanges by model and day: those of each campaign's members, and everybody's.

    Args:
        usage: account, model, day, exchanges.
        members: account, campaign_id.

    Returns:
        OUTPUT["models"], sorted.
    """
    schema = OUTPUT["models"]
    if usage is None or members.is_empty():
        return empty(schema)
    sums = pl.col("exchanges").sum()
    theirs = (
        usage.lazy()
        .select("account", "model", "day", "exchanges")
        .join(members.lazy().select("account", "campaign_id"), on="account")
        .group_by("campaign_id", "day", "model")
        .agg(sums)
    )
    everybody = usage.lazy().group_by("day", "model").agg(sums).with_columns(campaign_id=pl.lit(None, pl.String))
    found = pl.concat([each.select(list(schema)) for each in (theirs, everybody)]).collect(engine="streaming")
    return found.cast(dict(schema)).sort("campaign_id", "day", "model", nulls_last=True)


def by_template(
    templates: pl.DataFrame, uses: pl.DataFrame | None, members: pl.DataFrame, shared: pl.DataFrame
) -> pl.DataFrame:
    """Each campaign's own templates with the members that used them.

    Args:
        templates: campaign_id, template, words: of `Assessment`.
        uses: account, template, count.
        members: account, campaign_id.
        shared: template (name), exemplar_row.

    Returns:
        OUTPUT["own_templates"]: of a campaign those of most members first.
    """
    schema = OUTPUT["own_templates"]
    if uses is None or templates.is_empty():
        return empty(schema)
    counted = (
        uses.lazy()
        .join(members.lazy().select("account", "campaign_id"), on="account")
        .with_columns(pl.col("template").cast(templates.schema["template"]))
        .join(templates.lazy(), on=["campaign_id", "template"])
        .group_by("campaign_id", "template")
        .agg(accounts=pl.len(), prompts=pl.col("count").sum(), words=pl.col("words").first())
        .with_columns(template=pl.format("template {}", "template"))
        .join(shared.lazy().select("template", "exemplar_row"), on="template", how="left")
    )
    return (
        counted.select(pl.col(name).cast(kind) for name, kind in schema.items())
        .collect()
        .sort("campaign_id", "accounts", "prompts", "template", descending=[False, True, True, False])
    )

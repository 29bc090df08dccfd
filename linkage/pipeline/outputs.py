"""Coded results -> the run folder's tables. Here codes become strings again."""

from __future__ import annotations

import polars as pl

from linkage.attribution import Attribution
from linkage.campaigns import Assessment
from linkage.graph import Linked
from linkage.io import Tables
from linkage.tables import OUTPUT, TIME


def outputs(
    tables: Tables,
    active: pl.DataFrame | None,
    hubs: pl.DataFrame,
    linked: Linked,
    given: pl.DataFrame,
    assessed: Assessment,
    runs: Attribution,
    found: pl.DataFrame,
    templates: pl.DataFrame,
    bridges: pl.DataFrame,
) -> dict[str, pl.DataFrame]:
    """Every table of the run folder, typed and sorted as `tables.OUTPUT` declares. `given` is of `graph.assessed`."""
    ids = tables.accounts.select("account", "account_id")
    files = {
        "accounts": _accounts(tables.accounts.select("account", "account_id", "created_at"), active, assessed, runs),
        "members": assessed.members.join(ids, on="account").join(_volumes(active), on="account", how="left"),
        "communities": assessed.communities,
        "campaigns": assessed.campaigns.drop("operator", "operator_confidence").join(
            runs.operators, on="campaign_id", how="left", maintain_order="left"
        ),
        "attributions": runs.table,
        "robustness": assessed.robustness,
        "links": _named(linked.links, ids),
        "assessed_links": _named(given, ids),
        "evidence": _named(found, ids),
        "bridges": _bridges(bridges, ids, assessed.accounts),
        "hubs": hubs,
        "templates": templates.join(ids, on="account", how="left", maintain_order="left"),
        "rejected": tables.rejected,
    }
    return {name: _shaped(name, frame, list(linked.channels)) for name, frame in files.items()}


def _bridges(bridges: pl.DataFrame, ids: pl.DataFrame, accounts: pl.DataFrame) -> pl.DataFrame:
    """Bridges by account ids, with the community the first account ended in; none where it was left alone."""
    names = ids["account_id"]
    return bridges.join(
        accounts.select("account", "community_id"),
        left_on="account_a",
        right_on="account",
        how="left",
        maintain_order="left",
    ).with_columns(account_a=names.gather(bridges["account_a"]), account_b=names.gather(bridges["account_b"]))


def _volumes(active: pl.DataFrame | None) -> pl.DataFrame:
    """account, exchanges; empty where there were no exchanges."""
    if active is None:
        return pl.DataFrame(schema={"account": pl.UInt32, "exchanges": pl.Int64})
    return active.select("account", "exchanges")


def _accounts(ids: pl.DataFrame, active: pl.DataFrame | None, assessed: Assessment, runs: Attribution) -> pl.DataFrame:
    """One row an account, every account."""
    seen = {"first_seen": TIME, "last_seen": TIME}
    times = pl.DataFrame(schema={"account": pl.UInt32, "exchanges": pl.Int64, **seen})
    if active is not None:
        times = active.select("account", "exchanges", *seen)
    leads = pl.DataFrame(schema={"account": pl.UInt32, "suspicion": pl.Float32})
    leads = (leads if assessed.leads is None else assessed.leads).rename({"suspicion": "lead"})
    return (
        ids.join(assessed.accounts, on="account", how="left", maintain_order="left")
        .join(leads, on="account", how="left", maintain_order="left")
        .join(times, on="account", how="left", maintain_order="left")
        .with_columns(
            pl.col("exchanges").fill_null(0),
            # Who is linked to nobody is in nobody's campaign, and stays where it is.
            pl.max_horizontal("suspicion", "lead", pl.lit(0.0, pl.Float32)).alias("suspicion"),
            pl.col("stability").fill_null(1.0),
        )
        .join(runs.operators.select("campaign_id", "operator"), on="campaign_id", how="left", maintain_order="left")
    )


def _named(frame: pl.DataFrame, ids: pl.DataFrame) -> pl.DataFrame:
    """Account codes -> ids. Codes are in the order of ids, so that a < b holds for both."""
    names = ids["account_id"]
    return frame.with_columns(
        account_a=names.gather(frame["account_a"]),
        account_b=names.gather(frame["account_b"]),
    )


def _shaped(name: str, frame: pl.DataFrame, channels: list[str]) -> pl.DataFrame:
    """Columns in declared order and type; absent counts are zero, other absences null."""
    schema = OUTPUT[name]
    if name == "links":
        schema = pl.Schema({**schema, **{channel: pl.Float32() for channel in channels}})
        missing = [pl.lit(0.0, pl.Float32).alias(c) for c in schema if c not in frame.columns]
        frame = frame.with_columns(missing)
    if name == "accounts":
        schema = pl.Schema({**schema, "created_at": TIME})
    if name == "members":
        frame = frame.with_columns(pl.col("exchanges").fill_null(0)).sort("campaign_id", "account_id")
    return frame.select([pl.col(c).cast(t) for c, t in schema.items()])

"""Clusters of another method as a run, so that all are measured by the same evaluation."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

import polars as pl

from linkage.evaluate import Evaluation, evaluate
from linkage.tables import OUTPUT, empty

#: Methods that do not judge call every cluster of this many accounts a campaign, as a build does at the least.
CAMPAIGN: Final = 5


@dataclass(frozen=True, slots=True)
class Clusters:
    """Looks like a run to `evaluate`."""

    accounts: pl.DataFrame
    members: pl.DataFrame
    campaigns: pl.DataFrame
    links: pl.DataFrame = field(default_factory=lambda: empty(OUTPUT["links"]))


def as_run(clusters: pl.DataFrame, everybody: pl.Series) -> Clusters:
    """account_id, cluster -> a run in which each cluster of `CAMPAIGN` accounts or more is a campaign."""
    sized = clusters.select("account_id", community_id=pl.col("cluster").cast(pl.String)).with_columns(
        campaign_id=pl.when(pl.len().over("community_id") >= CAMPAIGN).then(pl.col("community_id"))
    )
    accounts = (
        pl.DataFrame({"account_id": everybody})
        .join(sized, on="account_id", how="left")
        .with_columns(suspicion=pl.col("campaign_id").is_not_null().cast(pl.Float32), operator=pl.lit(None, pl.String))
    )
    members = sized.filter(pl.col("campaign_id").is_not_null()).select("campaign_id", "account_id")
    campaigns = members.select("campaign_id").unique().with_columns(operator=pl.lit(None, pl.String))
    return Clusters(accounts, members, campaigns)


def score(clusters: pl.DataFrame, truth: pl.DataFrame) -> dict[str, Any]:
    """The evaluation of clusters, plain."""
    found: Evaluation = evaluate(as_run(clusters, truth["account_id"]), truth)
    return found.to_dict()

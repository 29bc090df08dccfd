"""Where an investigator may look besides members: what points at accounts that are in no campaign."""

from __future__ import annotations

import polars as pl

from linkage import campaigns, io, similarity
from linkage.campaigns import Assessment, View
from linkage.progress import Progress
from linkage.settings import Settings


def pointed(tables: io.Tables, view: View, assessed: Assessment, settings: Settings, progress: Progress) -> Assessment:
    """The assessment with its leads. Prompts are read again only where the logs hold nothing else."""
    found = campaigns.leads(assessed.accounts, view, settings.campaigns)
    asked = settings.predictable
    if tables.prompts is None or not asked.enabled or not campaigns.prompts_alone(view):
        return assessed._replace(leads=found)
    members = campaigns.asked(assessed.accounts, settings.campaigns)
    with progress.stage("predictable") as stage, io.guard("prompts"):
        low = similarity.predictable(tables.prompts, members.select("account", "community"), asked)
        stage.rows = low.height
        stage.detail = f"communities, of which {low.filter(pl.col('bits') > 0.0).height} begin plainly"
    plain = campaigns.plain_leads(
        assessed.accounts, assessed.communities, members, low, view, settings.campaigns
    )  # fmt: skip
    both = pl.concat([found, plain]).group_by("account").agg(pl.col("suspicion").max()).sort("account")
    return assessed._replace(leads=both, communities=campaigns.plain_said(assessed.communities, members, low))

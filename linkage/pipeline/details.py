"""What the members of campaigns did in figures, once the campaigns are settled."""

from __future__ import annotations

import polars as pl

from linkage import campaigns, io, similarity
from linkage.campaigns import Assessment
from linkage.pipeline.alike import Written
from linkage.progress import Progress


def details(
    tables: io.Tables,
    usage: pl.DataFrame | None,
    sent: similarity.Sent | None,
    wrote: Written,
    assessed: Assessment,
    progress: Progress,
) -> dict[str, pl.DataFrame]:
    """The run's tables `activity`, `models` and `own_templates`. The exchanges are read again only without `sent`."""
    members = assessed.members.select("account", "campaign_id")
    uses = None if wrote.content is None else wrote.content.uses
    with progress.stage("details") as stage, io.guard("exchanges"):
        exchanges = tables.exchanges if sent is None else sent.by(members["account"].unique()).lazy()
        found = {
            "activity": campaigns.hours_inside(exchanges, members),
            "models": campaigns.models_inside(usage, members),
            "own_templates": campaigns.templates_inside(assessed.templates, uses, members, wrote.shared),
        }
        stage.rows = sum(table.height for table in found.values())
        stage.detail = "rows on the hours, models and templates of campaigns"
    return found

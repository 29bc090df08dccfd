"""Models beside the rules: what they are given, and what becomes of their opinion."""

from __future__ import annotations

from typing import Any, NamedTuple

import polars as pl

from linkage import campaigns, gnn
from linkage.gnn import Learned
from linkage.io import Tables
from linkage.pipeline.undecided import Undecided
from linkage.progress import Progress
from linkage.settings import Settings


class Scored(NamedTuple):
    """The assessment to go on with, and what the manifest says of the models."""

    assessed: campaigns.Assessment
    figures: dict[str, Any]
    model: Learned | None


def score(
    tables: Tables,
    links: pl.DataFrame,
    plain: Undecided,
    view: campaigns.View,
    assessed: campaigns.Assessment,
    settings: Settings,
    device: str,
    progress: Progress,
    saved: tuple[Learned, bool] | None = None,
    keep: bool = False,
) -> Scored:
    """The assessment, its accounts' suspicion refined by the model that does best on what it never saw.

    Args:
        tables: for decisions and sign-ups.
        links: LINKS.
        plain: links and communities without what people decided, which are all that models see.
        view: what the rules looked at.
        assessed: what they made of it.
        settings: all settings.
        device: cpu or cuda.
        progress: told of the stage.
        saved: a model of another day, and whether it won there.
        keep: teach a model to be saved.
    """
    if not settings.gnn.enabled:
        return Scored(assessed, {"used": "none", "why": "switched off in the settings"}, None)
    with progress.stage("model") as stage:
        case = given(tables, plain, view, assessed, settings)
        found = gnn.opinion(case, settings.gnn, settings.seed, device, saved=saved, keep=keep)
        if found.suspicion is not None:
            assessed = campaigns.refine(assessed, found.suspicion, links, view, settings.campaigns)
        stage.rows = plain.memberships.height
        stage.detail = f"accounts; {found.figures['used']} used: {found.figures['why']}"
    return Scored(assessed, found.figures, found.model)


def given(
    tables: Tables, plain: Undecided, view: campaigns.View, assessed: campaigns.Assessment, settings: Settings
) -> gnn.Case:
    """What models are given; arguments as in `score`."""
    channels = {name: group for name, group in view.channels.items() if name in plain.links.columns}

    def ruled(chosen: pl.Series, seen: campaigns.View) -> gnn.Assessed:
        """What the rules make of some communities, told of no decision."""
        of = plain.memberships.filter(pl.col("community").is_in(chosen.implode()))
        inside = plain.links.filter(pl.col("account_a").is_in(of["account"].implode()))
        untold = seen._replace(known=None, channels=channels)
        return gnn.Assessed(*campaigns.settle(of, inside, untold, settings.campaigns))

    return gnn.Case(
        gnn.features(_known(view, settings)),
        plain.links,
        channels,
        plain.memberships.select("account", "community"),
        gnn.Assessed(assessed.accounts, assessed.communities),
        lambda chosen: ruled(chosen, view),
        None if view.content is None else lambda chosen: ruled(chosen, view._replace(content=None)),
        tables.decisions,
        tables.accounts.select("account", "account_id"),
        settings.campaigns.member_threshold,
    )


def _known(view: campaigns.View, settings: Settings) -> gnn.Known:
    """What models may see of the accounts."""
    kinds = view.uses["kind"].unique().sort()
    return gnn.Known(
        view.accounts,
        view.active,
        view.touched,
        view.addresses,
        view.uses,
        view.hubs.filter(pl.col("reason") == "placeholder").select("kind", "value"),
        {kind: settings.identifiers.kind(kind).group for kind in kinds},
        None if view.content is None else view.content.uses,
        None if view.content is None else view.content.prompts,
    )

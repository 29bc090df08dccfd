"""Accounts that begin alike, where the logs hold little else: after the communities are found."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import polars as pl

from linkage import communities, decisions, graph, io, similarity
from linkage.graph import Linked
from linkage.identifiers import Shared
from linkage.progress import Progress
from linkage.settings import Settings
from linkage.tables import LINKS, PAIRS, empty


class Begun(NamedTuple):
    """Communities and links with those that only a beginning ties, and what the manifest says."""

    memberships: pl.DataFrame  # MEMBERSHIPS
    linked: Linked
    pairs: pl.DataFrame  # PAIRS that became links
    figures: dict[str, Any]
    notes: tuple[str, ...] = ()


def begun(
    tables: io.Tables,
    uses: pl.DataFrame,
    shared: Shared,
    memberships: pl.DataFrame,
    linked: Linked,
    decided: pl.DataFrame,
    settings: Settings,
    progress: Progress,
) -> Begun:
    """Tie communities, and accounts without links, that begin alike.

    Only where the logs share values of no more evidence groups than `most_groups`, and say when accounts signed up
    and what they paid: there nothing else could corroborate, and how sure such pairs are is measured on the logs
    themselves. They never decide how linked accounts are grouped: see `communities.attach`.
    """
    asked = settings.similarity.births
    groups = {settings.identifiers.kind(kind).group for kind in shared.values["kind"].unique()}
    groups |= {group for channel, group in linked.channels.items() if channel in linked.links.columns}
    groups -= {"birth", "decision"}
    why = None
    if not asked.enabled:
        why = "switched off in the settings"
    elif tables.payments is None or tables.accounts["created_at"].null_count() == tables.accounts.height:
        why = "no sign-up times" if tables.payments is not None else "no payments table"
    elif len(groups) > asked.most_groups:
        why = f"not needed: {len(groups)} evidence groups say more"
    if why is not None or tables.payments is None:
        return Begun(memberships, linked, empty(PAIRS), {"present": False, "why": why})
    with progress.stage("births") as stage, io.guard("payments"):
        # Whole cents, so that the sums do not depend on the order of threads.
        cents = (pl.col("amount") * 100).round().cast(pl.Int64, strict=False)
        paid = (
            tables.payments.select("account", cents=cents)
            .drop_nulls()
            .group_by("account")
            .agg(amount=pl.col("cents").sum() / 100)
            .collect(engine="streaming")
            .sort("account")
        )
        habits = similarity.habits(uses, shared.hubs, tables.accounts.height)
        found = similarity.births(tables.accounts, paid, habits, asked)
        pairs = decisions.apart(found.pairs, decided).links
        memberships = communities.attach(memberships, pairs, asked.join_share, settings.communities, settings.seed)
        of = memberships.select("account", "community")
        inside = (
            pairs.join(of, left_on="account_a", right_on="account")
            .join(of, left_on=["account_b", "community"], right_on=["account", "community"])
            .join(linked.links, on=["account_a", "account_b"], how="anti")
            .select(list(PAIRS))
            .sort("account_a", "account_b")
        )
        stage.rows = inside.height
        stage.detail = f"of {pairs.height:,} pairs that begin alike are links"
    figures = {"present": True, "pairs": found.pairs.height, "tested": found.tested, "examined": found.examined}
    return Begun(memberships, _with(linked, inside, settings), inside, figures, found.notes)


def _with(linked: Linked, pairs: pl.DataFrame, settings: Settings) -> Linked:
    """The links and those that rest on a beginning alone."""
    if pairs.is_empty():
        return linked
    kind = settings.identifiers.kind("born")
    weight = np.ceil(pairs["bits"].to_numpy().astype(np.float64) * graph.STEPS) / graph.STEPS
    chance = 1.0 / (1.0 + np.exp2(linked.prior_bits - weight))
    new = pairs.select(
        "account_a",
        "account_b",
        probability=pl.Series(chance.astype(np.float32)),
        weight=pl.Series(weight.astype(np.float32)),
        **{kind.channel: pl.Series(weight.astype(np.float32))},
    )
    channels = dict(sorted({**linked.channels, kind.channel: kind.group}.items()))
    columns = [*LINKS, *channels]
    links = pl.concat([linked.links, new], how="diagonal").with_columns(pl.col(list(channels)).fill_null(0.0))
    return linked._replace(
        links=links.select(columns).sort("account_a", "account_b"),
        channels=channels,
        caps={**linked.caps, kind.group: float(weight.max())},
    )

"""Links and communities as they would be had nobody decided anything: what models see, and what they are tested on.

A decision ties accounts, cuts links and moves accounts between communities. Rules and models that saw that of an
account would know the answer they are asked for.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import polars as pl

from linkage import communities, decisions
from linkage.communities import Profiles
from linkage.graph import Linked
from linkage.settings import Settings


class Undecided(NamedTuple):
    """Without what people said."""

    memberships: pl.DataFrame  # MEMBERSHIPS
    links: pl.DataFrame  # LINKS


def undecided(
    before: pl.DataFrame,
    linked: Linked,
    memberships: pl.DataFrame,
    decided: pl.DataFrame,
    profiles: Profiles | None,
    settings: Settings,
) -> Undecided:
    """The links without what decisions tied or cut, and the communities of these; as they are where none was made.

    Args:
        before: LINKS, before those that people contradicted were cut.
        linked: the links as they are.
        memberships: MEMBERSHIPS as they are.
        decided: DECIDED.
        profiles: what accounts write, see `communities.pool`.
        settings: all settings.
    """
    if decided.is_empty():
        return Undecided(memberships, linked.links)
    links = _links(before, linked, settings.graph.min_probability)
    found = communities.group(links, linked.prior_bits, settings.communities, settings.seed)
    found = communities.bridges(found, links, linked.channels, settings.communities).memberships
    found = communities.pool(found, links, linked.channels, profiles, settings.pooling).memberships
    born = settings.identifiers.kind("born").channel
    if born in links.columns:
        pairs = links.filter(pl.col(born) > 0).select("account_a", "account_b")
        share = settings.similarity.births.join_share
        found = communities.attach(found, pairs, share, settings.communities, settings.seed)
    return Undecided(found, links)


def _links(before: pl.DataFrame, linked: Linked, floor: float) -> pl.DataFrame:
    """All links, those that people contradicted among them, less what decisions add."""
    cut = before.join(linked.links, on=["account_a", "account_b"], how="anti")
    links = pl.concat([linked.links, cut], how="diagonal").sort("account_a", "account_b")
    channels = [c for c in linked.channels if c in links.columns]
    return untied(links.with_columns(pl.col(channels).fill_null(0.0)), linked.prior_bits, floor)


def untied(links: pl.DataFrame, prior_bits: float, floor: float) -> pl.DataFrame:
    """LINKS less what decisions add to them; those that had little else are no links.

    Args:
        links: LINKS.
        prior_bits: bits against a random pair.
        floor: least probability of a link.
    """
    if decisions.KIND not in links.columns:
        return links
    tied = links[decisions.KIND].to_numpy() > 0
    weight = links["weight"].to_numpy().astype(np.float64) - links[decisions.KIND].to_numpy().astype(np.float64)
    chance = np.where(tied, 1.0 / (1.0 + np.exp2(prior_bits - weight)), links["probability"].to_numpy())
    new = links.drop(decisions.KIND).with_columns(
        weight=pl.Series(weight, dtype=pl.Float32), probability=pl.Series(chance, dtype=pl.Float32)
    )
    return new.filter(pl.col("probability") >= pl.lit(floor, pl.Float32))

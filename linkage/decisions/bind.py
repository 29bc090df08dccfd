"""Communities made to agree with decisions: joined, divided, and cleared accounts taken out."""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import NDArray

from linkage.settings import DecisionSettings
from linkage.tables import MEMBERSHIPS


def bind(
    memberships: pl.DataFrame, links: pl.DataFrame, decided: pl.DataFrame, settings: DecisionSettings
) -> pl.DataFrame:
    """Communities in which no two accounts stand that people told apart.

    A community with accounts enforced in several campaigns is divided: every account goes with the campaign it is
    closer to (`_lean`). Cleared accounts leave communities that hold enforced ones, those of one part together.
    Communities that hold a fair share of the accounts enforced in one campaign are joined.

    Args:
        memberships: MEMBERSHIPS.
        links: LINKS, without those that `ties.apart` cuts.
        decided: DECIDED. A cleared account that returns counts as undecided.
        settings: what is a fair share.

    Returns:
        MEMBERSHIPS sorted by account, communities and parts numbered anew from 0.
    """
    known = decided.filter(~pl.col("returns")).select("account", "decision", "campaign")
    if memberships.is_empty() or known.is_empty():
        return memberships
    divided = _divide(memberships, links, known, settings)
    return _numbered(_join(_put_out(divided, known), known, settings))


def _divide(
    memberships: pl.DataFrame, links: pl.DataFrame, known: pl.DataFrame, settings: DecisionSettings
) -> pl.DataFrame:
    """Divide communities that hold several campaigns; `side` numbers the campaigns inside a community."""
    seeds = known.drop_nulls("campaign").join(memberships.select("account", "community"), on="account")
    seeds = seeds.filter(pl.col("campaign").n_unique().over("community") > 1).with_columns(
        side=(pl.col("campaign").rank("dense").over("community") - 1).cast(pl.Int64)
    )
    side = pl.lit(0, pl.Int64)
    if seeds.is_empty():
        return memberships.with_columns(side=side)
    torn = memberships.join(seeds.select("community").unique(), on="community", how="semi").select(
        "account", "community"
    )
    leaning = _lean(torn, links, seeds.select("account", "side"), settings.rounds)
    return memberships.join(leaning, on="account", how="left", maintain_order="left").with_columns(
        pl.col("side").fill_null(0)
    )


def _lean(torn: pl.DataFrame, links: pl.DataFrame, seeds: pl.DataFrame, rounds: int) -> pl.DataFrame:
    """account, side: the campaign each account of divided communities is closer to.

    The harmonic function of Zhu, Ghahramani & Lafferty 2003: a seed is all of its side, any other account the mean of
    its neighbours, weighed by the bits of the links. What leans nowhere goes with the side that has most seeds.
    """
    of = torn.sort("account").with_row_index("at")
    inside = (
        links.select("account_a", "account_b", "weight")
        .join(of, left_on="account_a", right_on="account", maintain_order="left")
        .join(of, left_on=["account_b", "community"], right_on=["account", "community"], maintain_order="left")
    )
    a, b = inside["at"].to_numpy().astype(np.int64), inside["at_right"].to_numpy().astype(np.int64)
    weight = inside["weight"].to_numpy().astype(np.float64).clip(min=0.0)
    source, target = np.concatenate((a, b)), np.concatenate((b, a))
    pull = np.concatenate((weight, weight))
    n = of.height
    total = np.bincount(target, pull, n)
    fixed = of.join(seeds, on="account", how="left", maintain_order="left")["side"].fill_null(-1).to_numpy()
    community = of["community"].to_numpy()
    best, lean = _most_seeds(community, fixed), np.zeros(n)
    for side in range(int(fixed.max()) + 1):
        score: NDArray[np.float64] = (fixed == side).astype(np.float64)
        for _ in range(rounds):
            drawn = np.bincount(target, pull * score[source], n)
            score = np.where(fixed >= 0, fixed == side, drawn / np.maximum(total, 1e-12))
        closer = score > lean
        best, lean = np.where(closer, side, best), np.maximum(score, lean)
    return of.select("account").with_columns(side=pl.Series(best, dtype=pl.Int64))


def _most_seeds(community: NDArray[np.int32], fixed: NDArray[np.int64]) -> NDArray[np.int64]:
    """For each account, the side of its community with most seeds, the first of equals."""
    seeds = pl.DataFrame({"community": community, "side": fixed})
    most = (
        seeds.filter(pl.col("side") >= 0)
        .group_by("community", "side")
        .len()
        .sort("community", "len", "side", descending=[False, True, False])
        .unique("community", keep="first", maintain_order=True)
    )
    found: NDArray[np.int64] = (
        seeds.join(most, on="community", how="left", maintain_order="left")["side_right"].fill_null(0).to_numpy()
    )
    return found


def _put_out(memberships: pl.DataFrame, known: pl.DataFrame) -> pl.DataFrame:
    """`out`: whether a cleared account leaves its side of a community because an enforced one stands there."""
    said = memberships.join(known, on="account", how="left", maintain_order="left")
    caught = (pl.col("decision") == "enforced").fill_null(False).any().over("community", "side")
    out = caught & (pl.col("decision") == "cleared").fill_null(False)
    return said.with_columns(out=out).drop("decision", "campaign")


def _join(memberships: pl.DataFrame, known: pl.DataFrame, settings: DecisionSettings) -> pl.DataFrame:
    """`group`: sides of communities as one number, those that hold a fair share of one campaign as the same."""
    inside = pl.when(pl.col("out")).then(pl.col("part")).otherwise(-1)
    numbered = memberships.with_columns(
        group=pl.struct("community", "side", "out", inside=inside).rank("dense").cast(pl.Int64)
    )
    size = numbered.group_by("group").agg(accounts=pl.len())
    held = (
        numbered.join(known.drop_nulls("campaign"), on="account")
        .group_by("campaign", "group")
        .agg(enforced=pl.len().cast(pl.Int64))
        .join(size, on="group")
        .with_columns(share=pl.col("enforced") / pl.col("accounts"))
        .sort("campaign", "enforced", "group", descending=[False, True, False])
        .with_columns(usual=pl.col("share").first().over("campaign"), into=pl.col("group").first().over("campaign"))
    )
    fair = (pl.col("enforced") >= settings.join_from) & (pl.col("share") >= settings.join_share * pl.col("usual"))
    moves = held.filter(fair).select("group", "into")
    return numbered.join(moves, on="group", how="left", maintain_order="left").with_columns(
        group=pl.coalesce("into", "group")
    )


def _numbered(memberships: pl.DataFrame) -> pl.DataFrame:
    """Communities by falling size, ties by lowest account; parts likewise, none of them across two communities."""
    out = memberships.with_columns(piece=pl.struct("group", "part").rank("dense"))
    for column, name in (("group", "community"), ("piece", "part")):
        order = (
            out.group_by(column)
            .agg(size=pl.len(), lowest=pl.col("account").min())
            .sort("size", "lowest", descending=[True, False])
            .with_row_index("number")
            .select(column, "number")
        )
        out = (
            out.join(order, on=column, maintain_order="left")
            .with_columns(pl.col("number").cast(pl.Int32).alias(name))
            .drop("number")
        )
    return out.select(list(MEMBERSHIPS)).sort("account")

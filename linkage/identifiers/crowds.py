"""Crowds: accounts that use many of the same values, each too common to be evidence.

An operator with a thousand accounts behind a thousand exits makes hubs of all of them, as a carrier does with its
customers. That two accounts share one such exit says little, and all exits of a pool say one thing together: that both
are of those who use this pool. So a crowd is one value, as rare as its accounts are few. It never makes a pair; it
speaks for pairs that something else has found (see `graph.link`).
"""

from __future__ import annotations

import random
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from linkage.identifiers.stage import Shared
from linkage.settings import IdentifierSettings
from linkage.tables import CODED_USES, CROWD, VALUES

_Longs = NDArray[np.int64]


def with_crowds(shared: Shared, uses: pl.DataFrame, accounts: int, settings: IdentifierSettings, seed: int) -> Shared:
    """Add a value for every crowd behind the others.

    The accounts and suppressed values are one graph, which Leiden groups (modularity, igraph); a pool that it cut in
    pieces is put together again. Time and memory are linear in the uses that are looked at, at most `most_values` an
    account.

    Args:
        shared: from `share`.
        uses: USES that it was made of.
        accounts: how many accounts there are in all.
        settings: `crowds`, and the scale of their kind.
        seed: of Leiden.
    """
    asked = settings.crowds
    edges = _edges(shared.hubs, uses, settings) if asked.enabled else pl.DataFrame()
    if edges.is_empty():
        return shared
    _, who = np.unique(edges["account"].to_numpy(), return_inverse=True)
    label_a, label_v = _grouped(who.astype(np.int64), edges["at"].to_numpy().astype(np.int64), asked.join, seed)
    inside = edges.with_columns(crowd=pl.Series(label_a[who]), of=pl.Series(label_v[edges["at"].to_numpy()])).filter(
        pl.col("crowd") == pl.col("of")
    )
    members = (
        inside.group_by("crowd", "account")
        .agg(pl.len(), pl.col("first_seen").min(), pl.col("last_seen").max())
        .filter(
            pl.col("len")
            >= pl.max_horizontal(pl.col("len").median().over("crowd") * asked.least_share, asked.least_values)
        )
        .filter(pl.len().over("crowd") > 1)
    )
    named = (
        inside.join(members, on=["crowd", "account"], how="semi")
        .group_by("crowd")
        .agg(
            values=pl.col("at").n_unique(),
            first=pl.col("value").min(),
            degree=pl.col("account").n_unique().cast(pl.Int64),
        )
        .filter(pl.col("values") >= asked.least_pool * pl.col("degree"))
        .sort(["degree", "first"], descending=[True, False])
        .with_row_index("code", offset=shared.values.height)
    )
    rarity = (accounts / pl.col("degree")).log(2.0).clip(lower_bound=0.0)
    values = named.select(
        "code",
        kind=pl.lit(CROWD),
        value=pl.format("pool {} of {} shared addresses", pl.int_range(1, pl.len() + 1), "values"),
        degree="degree",
        pairs=pl.lit(0, pl.Int64),
        bits=rarity * settings.kind(CROWD).scale,
    ).cast(VALUES)
    used = members.join(named.select("crowd", "code"), on="crowd").select(list(CODED_USES)).cast(CODED_USES)
    row = pl.DataFrame(
        {"kind": [CROWD], "uses": [used.height], "values": [values.height], "shared": [values.height]}
        | {name: [0] for name in ("suppressed", "pairs", "pairs_suppressed")}
    )
    return shared._replace(
        values=pl.concat([shared.values, values]),
        uses=pl.concat([shared.uses, used.sort("code", "account")]),
        kinds=pl.concat([shared.kinds, row.select(shared.kinds.columns).cast(shared.kinds.schema)]).sort("kind"),
    )


def crowds(shared: Shared) -> pl.DataFrame:
    """account, crowd (its code): who is in which."""
    codes = shared.values.filter(pl.col("kind") == CROWD).select("code")
    return shared.uses.join(codes, on="code", maintain_order="left").select("account", crowd="code")


def _edges(hubs: pl.DataFrame, uses: pl.DataFrame, settings: IdentifierSettings) -> pl.DataFrame:
    """Uses of suppressed values by the accounts that use enough of them -> account, value, at, times; sorted."""
    asked = settings.crowds
    common = hubs.filter(pl.col("kind").is_in(asked.kinds) & (pl.col("reason") != "placeholder"))
    common = common.select("kind", "value").sort("kind", "value").with_row_index("at")
    return (
        uses.lazy()
        .filter(pl.col("kind").is_in(asked.kinds))
        .join(common.lazy(), on=["kind", "value"])
        .filter(pl.len().over("account") >= asked.least_values)
        # A hash of account and value: which values are looked at does not depend on their order.
        .with_columns(lot=pl.struct("account", "at").hash(seed=0))
        .filter(pl.col("lot").rank("ordinal").over("account") <= asked.most_values)
        .select("account", "at", "value", "first_seen", "last_seen")
        .sort("account", "at")
        .collect()
    )


def _grouped(who: _Longs, at: _Longs, least: float, seed: int) -> tuple[_Longs, _Longs]:
    """Labels of accounts and of values."""
    import igraph

    accounts, values = int(who.max()) + 1, int(at.max()) + 1
    graph: Any = igraph.Graph(n=accounts + values, edges=np.column_stack((who, accounts + at)))
    igraph.set_random_number_generator(random.Random(seed))
    try:
        found = graph.community_leiden(objective_function="modularity", n_iterations=4).membership
    finally:
        igraph.set_random_number_generator(random)
    label = np.unique(np.array(found, np.int64), return_inverse=True)[1].astype(np.int64)
    joined = _joined(label[:accounts], label[accounts:], who, at, least)
    return joined[label[:accounts]], joined[label[accounts:]]


def _joined(of_account: _Longs, of_value: _Longs, who: _Longs, at: _Longs, least: float) -> _Longs:
    """One label for those whose accounts use one another's values nearly as they use their own.

    The mixture is the geometric mean of how often the accounts of either use the values of the other, against how often
    they use their own: 1 in a pool that was cut at random, 0 where none uses the other's.
    """
    many = int(max(of_account.max(), of_value.max())) + 1
    parent = np.arange(many)
    for _ in range(10):
        a, v = parent[of_account], parent[of_value]
        accounts, values = np.bincount(a, minlength=many), np.bincount(v, minlength=many)
        pair, count = np.unique(a[who] * many + v[at], return_counts=True)
        one, other = pair // many, pair % many
        density = count / (accounts[one] * values[other])
        own = np.zeros(many)
        own[one[one == other]] = density[one == other]
        back = np.searchsorted(pair, other * many + one)
        both = (back < len(pair)) & (pair[np.minimum(back, len(pair) - 1)] == other * many + one) & (one < other)
        mixed = np.sqrt(density[both] * density[back[both]] / (own[one[both]] * own[other[both]]))
        one, other = one[both][mixed >= least], other[both][mixed >= least]
        if not len(one):
            break
        # Each goes to the one that it mixes with and has the lowest number; the rest in the next round.
        step = np.arange(many)
        np.minimum.at(step, other, one)
        while (step[step] != step).any():
            step = step[step]
        parent = step[parent]
    return parent

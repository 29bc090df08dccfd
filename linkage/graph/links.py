"""Coded uses -> links: rarity bits by channel, capped by independence group, turned into one probability a pair.

The model is naive Bayes with a cap. A random pair is one operator's with odds `expected_partners` / accounts (the
prior); every shared value multiplies them by accounts / degree (its rarity); evidence of one group is not
independent, so that each group adds at most what takes a lone group to its `alone_bits`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from linkage.graph.additive import add_up
from linkage.settings import GraphSettings, IdentifierSettings
from linkage.tables import CROWD, LINKS, MICROSECONDS_A_DAY, empty


class Linked(NamedTuple):
    """Links, and how their channels were weighed."""

    links: pl.DataFrame  # LINKS and a Float32 column of bits a channel; these add up to the weight
    channels: dict[str, str]  # channel -> independence group
    caps: dict[str, float]  # group -> most bits it can add
    prior_bits: float  # bits against a random pair
    scratch_bytes: int  # bound of the projection's scratch memory, known before it ran
    learned: Mapping[str, Mapping[str, Any]] = MappingProxyType({})  # group -> see `trust.learn`


def prior_bits(accounts: int, settings: GraphSettings) -> float:
    """Log2 odds against one operator for two random accounts, at least one bit."""
    return max(1.0, math.log2(max(accounts, 2) / settings.expected_partners))


def group_cap(group: str, accounts: int, settings: GraphSettings) -> float:
    """The most bits a group may add: what brings a pair that has nothing else to the group's `alone_bits`."""
    return max(0.0, prior_bits(accounts, settings) + settings.alone_bits.get(group, settings.alone_bits_unknown))


def chance(bits: NDArray[np.float64]) -> NDArray[np.float64]:
    """Log2 odds -> probability."""
    probability: NDArray[np.float64] = 1.0 / (1.0 + np.exp2(-bits))
    return probability


def link(
    values: pl.DataFrame,
    uses: pl.DataFrame,
    accounts: int,
    identifiers: IdentifierSettings,
    settings: GraphSettings,
) -> Linked:
    """Project shared values onto pairs of accounts and keep the pairs that are probably one operator's.

    Args:
        values: VALUES.
        uses: CODED_USES.
        accounts: how many accounts there are in all.
        identifiers: kinds, for channel, group and half-life of each value.
        settings: prior, caps and threshold.
    """
    from linkage_kernels import incidence, projection

    kinds = {name: identifiers.kind(name) for name in values["kind"].unique().sort()}
    channels = {kind.channel: kind.group for kind in kinds.values()}
    channels = dict(sorted(channels.items()))
    groups = sorted(set(channels.values()))
    caps = {group: group_cap(group, accounts, settings) for group in groups}
    prior = prior_bits(accounts, settings)
    if values.is_empty():
        return Linked(empty(LINKS), channels, caps, prior, 0)
    lane = {channel: i for i, channel in enumerate(channels)}
    coded = pl.DataFrame(
        {
            "kind": list(kinds),
            "half_life": [k.half_life_days for k in kinds.values()],
            "lane": [lane[k.channel] for k in kinds.values()],
        },
        schema={"kind": pl.String, "half_life": pl.Float32, "lane": pl.Int32},
    )
    uses, crowd, among = _crowds(values, uses, accounts, lane.get(identifiers.kind(CROWD).channel, 0))
    by_value = values.join(coded, on="kind", how="left", maintain_order="left")
    index = incidence.incidence(
        uses["account"].cast(pl.Int32).to_numpy(),
        uses["code"].cast(pl.Int32).to_numpy(),
        _days(uses, "first_seen", float("-inf")),
        _days(uses, "last_seen", float("inf")),
        by_value["bits"].to_numpy(),
        by_value["half_life"].to_numpy(),
        by_value["lane"].to_numpy(),
        np.array([groups.index(g) for g in channels.values()], np.int32),
        np.array([caps[g] for g in groups], np.float32),
        accounts,
        crowd,
        among,
    )
    scratch = projection.scratch_bytes(index, settings.block_pairs)
    floor = settings.min_probability
    found = projection.project(index, prior + math.log2(floor / (1.0 - floor)), settings.block_pairs)
    summed = add_up(found.bits, index.group, index.cap)
    weight = summed.astype(np.float64)
    columns = {
        "account_a": found.a.astype(np.uint32),
        "account_b": found.b.astype(np.uint32),
        "probability": chance(weight - prior).astype(np.float32),
        "weight": summed,
    }
    columns |= {channel: np.ascontiguousarray(found.bits[:, i]) for channel, i in lane.items()}
    return Linked(pl.DataFrame(columns), channels, caps, prior, scratch)


def _crowds(
    values: pl.DataFrame, uses: pl.DataFrame, accounts: int, lane: int
) -> tuple[pl.DataFrame, NDArray[np.int32], NDArray[np.float32]]:
    """The uses that make pairs; of each account its crowd, which makes none; and each crowd's bits and channel."""
    crowds = values.filter(pl.col("kind") == CROWD).select("code", "bits").with_row_index("crowd")
    crowd = np.full(accounts, -1, np.int32)
    if crowds.is_empty():
        return uses, crowd, np.empty((0, 2), np.float32)
    theirs = uses.join(crowds, on="code")
    crowd[theirs["account"].to_numpy()] = theirs["crowd"].to_numpy()
    among = np.column_stack((crowds["bits"].to_numpy(), np.full(crowds.height, lane))).astype(np.float32)
    return uses.join(crowds, on="code", how="anti", maintain_order="left"), crowd, among


def _days(uses: pl.DataFrame, column: str, unknown: float) -> NDArray[np.float32]:
    """Days since the first use of all, so that Float32 holds minutes; `unknown` where there is no time."""
    origin = uses["first_seen"].min()
    days = (pl.col(column) - pl.lit(origin, uses.schema[column])).dt.total_microseconds() / MICROSECONDS_A_DAY
    return uses.select(days.fill_null(unknown).cast(pl.Float32))[column].to_numpy()

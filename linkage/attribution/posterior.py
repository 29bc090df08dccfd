"""Indicators of dossiers -> how likely each documented operator runs each campaign, with nobody known as a rival."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import polars as pl

from linkage.attribution.chance import Floats, at_least, by_mistake, chances
from linkage.attribution.pooled import by_group
from linkage.attribution.shared import Sharing
from linkage.settings import AttributionSettings
from linkage.tables import MICROSECONDS_A_DAY

_WHOSE = ["campaign", "role", "name"]


class Posterior(NamedTuple):
    """What the dossiers say of the campaigns."""

    names: pl.DataFrame  # campaign, role, name, bits, groups (that corroborate), carriers, posterior; best first
    rests_on: pl.DataFrame  # campaign, role, name, kind, group, value, bits, source, members; most bits first
    by_group: pl.DataFrame  # campaign, role, name, group, bits
    without: pl.DataFrame  # group, and `names` as it would be without any evidence of that group


def posterior(
    rows: pl.DataFrame,
    usage: pl.DataFrame,
    carriers: pl.DataFrame,
    sizes: Floats,
    sharing: Sharing,
    settings: AttributionSettings,
) -> Posterior:
    """Weigh dossiers against campaigns.

    An indicator is true and current with the chance its dossier gives it, halved every half-life between its last
    confirmation and the campaign's use; else it says nothing. Evidence is a mixture of the two. It adds up within an
    independence group with falling weight under a cap, and over the groups; each group, and all together, are worth no
    more than the surprise at as many members being somebody else's.

    Args:
        rows: INDICATORS.
        usage: what `usage.usage` returns, a label being an indicator.
        carriers: label, campaign (Int64), account: who uses an indicator.
        sizes: members of each campaign.
        sharing: campaigns that are probably one operator's do not speak against an indicator's rarity.
        settings: prior, caps and half-lives.
    """
    surprise = _surprise(usage, sizes, sharing, settings)
    weighed = (
        rows.rename({"first_seen": "from", "last_seen": "to"})
        .join(usage.with_columns(surprise=surprise), left_on="indicator", right_on="label", suffix="_used")
        .with_columns(pl.col("campaign").cast(pl.Int64), label="indicator")
        .with_columns(current=pl.col("confidence") * _age(settings))
        .with_columns(bits=(1.0 + pl.col("current") * (2.0 ** pl.col("surprise") - 1.0)).log(2).clip(0.0))
    )
    speaking = weighed.filter(pl.col("bits") >= settings.corroborating_bits)
    carried = speaking.select(*_WHOSE, "group", "label").join(carriers, on=["label", "campaign"])
    by = by_group(weighed, _WHOSE, settings.group_bits).join(
        carried.group_by(*_WHOSE, "group").agg(carriers=pl.col("account").n_unique()), on=[*_WHOSE, "group"], how="left"
    )
    by = _bounded(by, sizes, settings)
    names = _named(by, carried, rows, sizes, settings)
    without = [names.clear().with_columns(group=pl.lit(""))]
    for group in by["group"].unique().sort().to_list():
        others = pl.col("group") != group
        fewer = _named(by.filter(others), carried.filter(others), rows, sizes, settings)
        without.append(fewer.with_columns(group=pl.lit(group)))
    reasons = weighed.filter(pl.col("bits") > 0.05).sort(
        [*_WHOSE, "bits", "indicator"], descending=[False, False, False, True, False]
    )
    return Posterior(
        names,
        reasons.select(*_WHOSE, "kind", "group", value="given", bits="bits", source="source", members="members"),
        by.select(*_WHOSE, "group", "bits"),
        pl.concat(without),
    )


def _named(
    by: pl.DataFrame, carried: pl.DataFrame, rows: pl.DataFrame, sizes: Floats, settings: AttributionSettings
) -> pl.DataFrame:
    """Bits by group -> the names that compete for each campaign."""
    enough = pl.col("bits") >= settings.corroborating_bits
    summed = (
        by.sort([*_WHOSE, "group"])
        .group_by(_WHOSE, maintain_order=True)
        .agg(pl.col("bits").sum(), groups=enough.sum().cast(pl.Int64))
        .join(carried.group_by(_WHOSE).agg(carriers=pl.col("account").n_unique()), on=_WHOSE, how="left")
    )
    return _normalized(_bounded(summed, sizes, settings), rows, settings)


def _bounded(table: pl.DataFrame, sizes: Floats, settings: AttributionSettings) -> pl.DataFrame:
    """Bits no higher than the members that carry them can be worth."""
    table = table.with_columns(pl.col("carriers").fill_null(0))
    most = by_mistake(table["carriers"].cast(pl.Float64).to_numpy(), sizes[table["campaign"].to_numpy()], settings)
    return table.with_columns(bits=pl.min_horizontal("bits", pl.Series(most)))


def _surprise(usage: pl.DataFrame, sizes: Floats, sharing: Sharing, settings: AttributionSettings) -> pl.Series:
    """Bits of each row of usage, were the indicator surely true and current."""
    group, campaign = usage["group"].to_list(), usage["campaign"].to_numpy()
    different = {name: 1.0 - sharing.same(without=name) for name in sorted(set(group))}
    choices, reuse = usage["choices"].to_numpy().astype(np.float64), usage["reuse"].to_numpy()
    out, weight = np.zeros(usage.height), settings.reuse_campaigns
    for block in chances(usage, sizes):
        others = np.array([different[group[row]][campaign[row]] for row in block.rows])
        others[np.arange(len(block.rows)), campaign[block.rows]] = 0.0
        met = at_least(np.ones(len(block.rows)), choices[block.rows] * block.honest)
        likely = weight * np.maximum(met, reuse[block.rows]) + (others * block.others).sum(axis=1)
        chance = likely / (weight + others.sum(axis=1))
        out[block.rows] = -np.log2(np.maximum(chance, 1e-12))
    return pl.Series(np.clip(out, 0.0, settings.indicator_bits))


def _age(settings: AttributionSettings) -> pl.Expr:
    """Chance that an indicator has not gone out of date: one half-life old, where nothing dates it or its use."""
    confirmed = pl.coalesce("to", "from")
    begun = pl.coalesce("from", "to")
    gap = pl.max_horizontal(pl.col("first_seen") - confirmed, begun - pl.col("last_seen")).dt.total_microseconds()
    days = (gap / MICROSECONDS_A_DAY).clip(0.0)
    return 2.0 ** -(days / pl.col("half_life")).fill_null(1.0)


def _normalized(summed: pl.DataFrame, rows: pl.DataFrame, settings: AttributionSettings) -> pl.DataFrame:
    """Bits -> posterior, over all documented names of a role and somebody without a dossier."""
    names = rows.group_by("role").agg(known=pl.col("name").n_unique())
    prior = (1.0 - settings.unknown) / pl.col("known")
    odds = prior * 2.0 ** pl.col("bits")
    silent = prior * (pl.col("known") - pl.len().over("campaign", "role"))
    return (
        summed.join(names, on="role")
        .sort("campaign", "role", "bits", "name")
        .with_columns(odds=odds)
        .with_columns(
            posterior=pl.col("odds") / (pl.col("odds").sum().over("campaign", "role") + silent + settings.unknown)
        )
        .sort(["campaign", "role", "posterior", "carriers", "name"], descending=[False, False, True, True, False])
        .drop("odds", "known")
    )

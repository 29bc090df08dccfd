"""Campaigns of one operator, by what they share beyond chance."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from linkage.attribution.chance import Chances, Floats, at_least, by_mistake, chances
from linkage.attribution.pooled import by_group
from linkage.settings import AttributionSettings

_PAIR = ["one", "other"]
#: Of all pairs of campaigns those with accounts mixed up look most alike: so much likelier is it to meet these.
_MIXED = 3.0


@dataclass(frozen=True, slots=True)
class Sharing:
    """Evidence that pairs of campaigns are one operator's."""

    groups: tuple[str, ...]
    bits: Floats  # [groups, campaigns, campaigns], symmetric
    values: pl.DataFrame  # one < other, label, group, bits
    prior_bits: float  # log2 odds before looking
    least: float  # bits that each of two groups must reach

    def log_odds(self, without: str | None = None) -> Floats:
        """[campaigns, campaigns] in bits, all groups but one counted."""
        kept = [place for place, name in enumerate(self.groups) if name != without]
        return np.asarray(self.prior_bits + self.bits[kept].sum(axis=0))

    def same(self, without: str | None = None) -> Floats:
        """[campaigns, campaigns]: chance that two campaigns are one operator's."""
        return np.asarray(1.0 / (1.0 + np.exp2(-self.log_odds(without))))

    def corroborated(self) -> Floats:
        """The same, 0 where fewer than two groups speak for it."""
        speaking = (self.bits >= self.least).sum(axis=0) >= 2
        chance = np.where(speaking, self.same(), 0.0)
        np.fill_diagonal(chance, 1.0)
        return chance


def sharing(usage: pl.DataFrame, carriers: pl.DataFrame, sizes: Floats, settings: AttributionSettings) -> Sharing:
    """Weigh what pairs of campaigns share.

    A shared value says as much as the less surprising of its two uses: the bits by which "one operator" explains it
    better than honest accounts, other campaigns or experience (`chance`).

    Args:
        usage: what `usage.usage` returns, for values that two campaigns use.
        carriers: label, campaign (Int64), account: who uses a value. An account in both campaigns shows nothing.
        sizes: members of each campaign.
        settings: prior and caps.
    """
    groups = tuple(usage["group"].unique().sort().to_list())
    count = len(sizes)
    found = [_pairs(usage, block, count, settings) for block in chances(usage, sizes)]
    none = pl.DataFrame(schema={"one": pl.Int64, "other": pl.Int64, "label": pl.UInt32, "bits": pl.Float64})
    values = pl.concat([none, *found]).join(usage.select("label", "group").unique(), on="label")
    values = values.filter(pl.col("bits") >= settings.sharing_bits).sort(*_PAIR, "label")
    pooled = by_group(values, _PAIR, settings.group_bits)
    pooled = _bounded(pooled, values, carriers, sizes, settings)
    bits = np.zeros((len(groups), count, count))
    for one, other, group, worth in pooled.rows():
        bits[groups.index(group), one, other] = bits[groups.index(group), other, one] = worth
    # A campaign has about one other of its operator among all the others: more, where campaigns are many, is shown.
    prior = -float(np.log2(max(count - 1, 2)))
    return Sharing(groups, bits, values, prior, settings.sharing_bits)


def _bounded(
    pooled: pl.DataFrame, values: pl.DataFrame, carriers: pl.DataFrame, sizes: Floats, settings: AttributionSettings
) -> pl.DataFrame:
    """one, other, group, bits: no more than the members that carry them, on the side with fewer, can be worth."""
    of = [*_PAIR, "group"]
    sides = []
    for side, there in (_PAIR, _PAIR[::-1]):
        here = values.select(*of, "label").join(carriers, left_on=["label", side], right_on=["label", "campaign"])
        both = carriers.select("account", "campaign").unique()
        found = (
            here.select(*of, "account")
            .unique()
            .join(both, left_on=["account", there], right_on=["account", "campaign"], how="anti")
            .group_by(of)
            .agg(carriers=pl.len())
        )
        joined = pooled.join(found, on=of, how="left", maintain_order="left")
        held = joined["carriers"].fill_null(0).cast(pl.Float64).to_numpy()
        sides.append(by_mistake(held, sizes[pooled[side].to_numpy()], settings, _MIXED))
    return pooled.with_columns(bits=pl.min_horizontal("bits", *(pl.Series(most) for most in sides)))


def _pairs(usage: pl.DataFrame, block: Chances, campaigns: int, settings: AttributionSettings) -> pl.DataFrame:
    """one, other, label, bits of a block of labels."""
    mine = usage[block.rows[0] : block.rows[-1] + 1] if len(block.rows) else usage.head(0)
    rows = mine.select("label", "campaign").with_row_index("row")
    met = rows.join(rows, on="label").filter(pl.col("campaign") < pl.col("campaign_right")).sort("row", "row_right")
    a, b = met["row"].to_numpy(), met["row_right"].to_numpy()
    at, to = met["campaign"].to_numpy(), met["campaign_right"].to_numpy()
    choices, reuse = mine["choices"].to_numpy().astype(np.float64), mine["reuse"].to_numpy()
    # Each value that one uses as much as this is a chance to meet one that the other uses.
    chosen = np.maximum(at_least(np.ones(len(a)), choices[a] * choices[b] * block.honest[a]), reuse[a])
    total = block.others.sum(axis=1)
    elsewhere = np.maximum(total[a] - block.others[a, to], total[b] - block.others[b, at])
    elsewhere *= np.minimum(choices[a], choices[b])
    weight = settings.reuse_campaigns
    chance = (weight * chosen + elsewhere) / (weight + max(campaigns - 2, 0))
    bits = np.clip(np.log2(settings.sharing_current / np.maximum(chance, 1e-12)), 0.0, settings.indicator_bits)
    return pl.DataFrame({"one": at.astype(np.int64), "other": to.astype(np.int64), "label": met["label"], "bits": bits})


def families(same: Floats, threshold: float) -> list[list[int]]:
    """Campaigns of one operator: sets of two or more, each in the order of the campaigns.

    The surest pairs join first, and two sets only if their pairs together are more likely one operator's than not: a
    campaign that resembles two others does not make these one.

    Args:
        same: [campaigns, campaigns], chance that two are one operator's.
        threshold: least chance of a pair that joins.
    """
    family = list(range(len(same)))
    one, other = np.triu_indices(len(same), 1)
    sure = np.flatnonzero(same[one, other] >= threshold)
    for place in sure[np.argsort(-same[one[sure], other[sure]], kind="stable")]:
        a, b = family[one[place]], family[other[place]]
        if a == b:
            continue
        left = [c for c, each in enumerate(family) if each == a]
        right = [c for c, each in enumerate(family) if each == b]
        if same[np.ix_(left, right)].mean() >= 0.5:
            family = [a if each == b else each for each in family]
    sets = [[c for c, each in enumerate(family) if each == name] for name in sorted(set(family))]
    return [each for each in sets if len(each) > 1]

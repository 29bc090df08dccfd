"""Communities -> campaigns, honest groups and members, with the reasons for and against each."""

from __future__ import annotations

import json
from typing import NamedTuple

import polars as pl

from linkage.campaigns import features, members, names
from linkage.campaigns.content import outsiders
from linkage.campaigns.explanations import explain
from linkage.campaigns.reasons import Reason, bits, weigh
from linkage.campaigns.view import View
from linkage.settings import CampaignSettings

#: What the stage says of each account; the pipeline adds ids and volumes.
ACCOUNT_COLUMNS = ("account", "community_id", "campaign_id", "suspicion", "stability", "tier")


class Assessment(NamedTuple):
    """What became of the communities."""

    accounts: pl.DataFrame  # ACCOUNT_COLUMNS: one row a linked account
    members: pl.DataFrame  # account, campaign_id, share, tier, stability
    communities: pl.DataFrame  # OUTPUT["communities"]
    campaigns: pl.DataFrame  # OUTPUT["campaigns"]


def assess(memberships: pl.DataFrame, links: pl.DataFrame, view: View, settings: CampaignSettings) -> Assessment:
    """Weigh what speaks for and against each community being one operator's campaign.

    Suspicion is a log-odds sum in bits. The reasons of a community are `reasons.weigh`'s; an innocent explanation that
    fits (`explanations.explain`) is one of those against. A campaign is a community of at least `min_accounts` whose
    suspicion reaches `threshold`; where an innocent explanation fits, the rest must outweigh it by `explained_bits`.

    Args:
        memberships: MEMBERSHIPS.
        links: LINKS.
        view: what the accounts did and used.
        settings: threshold, sizes and weights.
    """
    memberships = outsiders(memberships, view.content, settings.min_accounts)
    memberships = _detach(memberships, links, view, settings)
    group = memberships.select("account", "community")
    table = features.table(group, links, view, settings)
    judged = _judged(table, settings)
    named = names.name(group, view.accounts, judged.filter("suspect").select("community"))
    judged = judged.join(named, on="community").with_columns(
        suspicion=members.logistic(pl.col("bits")).cast(pl.Float32)
    )
    scored = members.score(memberships, links, view, judged, settings)
    left = scored["campaign_id"].drop_nulls().unique()
    judged = judged.with_columns(campaign_id=pl.when(pl.col("campaign_id").is_in(left.implode())).then("campaign_id"))
    inside = scored.filter(pl.col("campaign_id").is_not_null())
    joined = inside.join(members.shares(inside, view), on="account", how="left").with_columns(
        share=pl.col("share").fill_null(1.0)
    )
    return Assessment(
        scored.select(list(ACCOUNT_COLUMNS)).sort("account"),
        joined.select("account", "campaign_id", "share", "tier", "stability"),
        _communities(judged, table),
        campaign_rows(judged, joined, view),
    )


def links_inside(links: pl.DataFrame, joined: pl.DataFrame) -> pl.DataFrame:
    """The links between two members of one campaign. `joined` is `Assessment.members`."""
    of = joined.select("account", "campaign_id").lazy()
    return (
        links.lazy()
        .join(of, left_on="account_a", right_on="account")
        .join(of, left_on=["account_b", "campaign_id"], right_on=["account", "campaign_id"])
        .select(links.columns)
        .sort("account_a", "account_b")
        .collect()
    )


def _detach(memberships: pl.DataFrame, links: pl.DataFrame, view: View, settings: CampaignSettings) -> pl.DataFrame:
    """Make parts that have an innocent explanation of their own communities of their own.

    One bought account can tie a whole firm to a campaign, and two offices that share a landlord's address look like
    one group that spreads. A part leaves only where an explanation fits it, what speaks for it does not outweigh that,
    and few of its accounts have links to the rest: the pieces of a campaign are tied together by most of theirs.
    Parts that would leave but for their ties to one another are tried once more as one.
    """
    alone, innocent = _leave(memberships, links, view, settings)
    together = pl.col("part").is_in(innocent.implode())
    staying = alone.filter(together).group_by("community").agg(parts=pl.col("part").n_unique())
    if staying.filter(pl.col("parts") > 1).is_empty():
        return alone
    blocks = alone.with_columns(
        part=pl.when(together).then(pl.col("part").min().over("community", together)).otherwise("part")
    )
    return _leave(blocks, links, view, settings)[0]


def _leave(
    memberships: pl.DataFrame, links: pl.DataFrame, view: View, settings: CampaignSettings
) -> tuple[pl.DataFrame, pl.Series]:
    """Memberships with the parts that can leave on their own; and all parts that an innocent explanation fits."""
    several = memberships.filter(pl.col("part").n_unique().over("community") > 1)
    if several.is_empty():
        return memberships, several["part"]
    parts = features.table(several.select("account", community="part"), links, view, settings)
    innocent = _judged(parts, settings).filter(pl.col("explanation").is_not_null() & (pl.col("bits") < 0))
    tied = features.bridges(several, links).filter(pl.col("bridging") > settings.bridging_share)
    leaving = innocent.join(tied, left_on="community", right_on="part", how="anti")["community"]
    moved = memberships.with_columns(
        # Parts are numbered apart from communities: shift them out of the way.
        community=pl.when(pl.col("part").is_in(leaving.implode()))
        .then(pl.col("part") + pl.col("community").max() + 1)
        .otherwise("community")
    )
    return moved, innocent["community"]


def _judged(table: pl.DataFrame, settings: CampaignSettings) -> pl.DataFrame:
    """community, bits, suspect, explanation, reasons_for, reasons_against: one row for each of `features.table`."""
    return pl.DataFrame(
        [_judge(row, settings) for row in table.iter_rows(named=True)],
        schema={
            "community": pl.Int32,
            "bits": pl.Float64,
            "suspect": pl.Boolean,
            "explanation": pl.String,
            "reasons_for": pl.String,
            "reasons_against": pl.String,
        },
        orient="row",
    )


def _judge(row: dict[str, object], settings: CampaignSettings) -> tuple[object, ...]:
    """One community: its log odds, whether it is a campaign, the explanation that fits, the reasons in words."""
    said = weigh(row, settings)
    innocent = explain(row, settings)
    if innocent is not None:
        said.append(Reason(innocent.bits, innocent.text))
    total = bits(said, settings)
    large = int(str(row["accounts"])) >= settings.min_accounts
    against = 0.0 if innocent is None else settings.explained_bits
    suspect = large and 1.0 / (1.0 + 2.0 ** (against - total)) >= settings.threshold
    if not large:
        said.append(Reason(0.0, f"{row['accounts']} accounts, fewer than the {settings.min_accounts} of a campaign"))
    strongest = sorted(said, key=lambda reason: (-abs(reason.bits), reason.text))
    return (
        row["community"],
        total,
        suspect,
        None if innocent is None else innocent.name,
        json.dumps([str(r) for r in strongest if r.bits > 0], ensure_ascii=False),
        json.dumps([str(r) for r in strongest if r.bits <= 0], ensure_ascii=False),
    )


def _communities(judged: pl.DataFrame, table: pl.DataFrame) -> pl.DataFrame:
    """Every group found, the largest first."""
    return (
        judged.join(table.select("community", "accounts"), on="community")
        .with_columns(pl.col("accounts").cast(pl.Int64))
        .sort(["accounts", "community_id"], descending=[True, False])
        .select(
            "community_id",
            "accounts",
            "suspicion",
            "campaign_id",
            "explanation",
            "reasons_for",
            "reasons_against",
        )
    )


def campaign_rows(judged: pl.DataFrame, joined: pl.DataFrame, view: View) -> pl.DataFrame:
    """Campaigns with what their members' rows add up to, the most exchanges first."""
    seen = view.active if view.active is not None else _no_activity()
    sums = (
        joined.join(seen, on="account", how="left")
        .group_by("campaign_id")
        .agg(
            accounts=pl.len().cast(pl.Int64),
            exchanges=pl.col("exchanges").sum(),
            input_tokens=pl.col("input_tokens").sum(),
            output_tokens=pl.col("output_tokens").sum(),
            first_seen=pl.col("first_seen").min(),
            last_seen=pl.col("last_seen").max(),
            # Sorted, so that the floating-point sum does not depend on the order of threads.
            stability=pl.col("stability").sort().mean().cast(pl.Float32),
            innocents_expected=(1.0 - pl.col("suspicion").cast(pl.Float64)).sort().sum().cast(pl.Float32),
        )
    )
    about = judged.select("campaign_id", "suspicion", "reasons_for", "reasons_against")
    return (
        sums.join(about, on="campaign_id")
        .with_columns(
            operator=pl.lit(None, pl.String),
            operator_confidence=pl.lit(None, pl.Float32),
            capability=pl.lit(None, pl.String),
        )
        .sort(["exchanges", "accounts", "campaign_id"], descending=[True, True, False])
    )


def _no_activity() -> pl.DataFrame:
    """ACTIVITY without rows, for inputs without exchanges."""
    from linkage.campaigns.activity import ACTIVITY

    return pl.DataFrame(schema=ACTIVITY)

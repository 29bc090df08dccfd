"""From communities to accounts: suspicion, tier, and the share of an account that belongs to its campaign."""

from __future__ import annotations

import polars as pl

from linkage.campaigns import features
from linkage.campaigns.content import own
from linkage.campaigns.known import lean, shifted
from linkage.campaigns.view import View
from linkage.settings import CampaignSettings

#: With fewer prompts than this, what an account wrote says nothing of its share.
_PROMPTS = 5


def score(
    memberships: pl.DataFrame, links: pl.DataFrame, view: View, judged: pl.DataFrame, settings: CampaignSettings
) -> pl.DataFrame:
    """Every linked account with its community, campaign, suspicion and tier.

    Suspicion is the chance that the community is a campaign times the chance that the account belongs to it. The
    second is a log-odds sum: few partners beside its fellows, mostly values that no fellow uses, or prompts that are
    not the group's own, speak for somebody who met the group by accident (the owner of a hijacked home, a customer of
    the same VPN). A member of a campaign whose suspicion stays under `member_threshold` is left out, and a campaign
    that this leaves with fewer than `min_accounts` is none.

    Args:
        memberships: MEMBERSHIPS.
        links: LINKS.
        view: for the sign-ups and uses.
        judged: community, community_id, campaign_id, bits.
        settings: thresholds of core and membership.
    """
    tied = features.cohesion(memberships, links, view, settings).join(
        own(memberships, view.content).select("account", "taking_part"), on="account"
    )
    tied = tied.join(lean(memberships, links, view.known), on="account")
    fellows = (1.0 + pl.col("partners")).log(2) - (1.0 + pl.col("partners").sort().mean().over("community")).log(2)
    belongs = (
        settings.belongs_bits
        + 2.0 * fellows
        + 12.0 * (pl.col("kin") - 0.5)
        + (1.0 + pl.col("near")).log(2)
        + pl.col("taking_part")
        + pl.col("partners_bits")
    ).clip(-8.0, 8.0)
    at_home = (pl.col("suspicion") >= settings.member_threshold) & ~pl.col("barred")
    enough = at_home.sum().over("community") >= settings.min_accounts
    core = (pl.col("stability") >= settings.core_stability) & (pl.col("partners") >= settings.core_partners)
    return (
        memberships.join(tied.drop("community"), on="account")
        .join(judged.select("community", "community_id", "campaign_id", "bits"), on="community")
        .sort("community", "account")
        .with_columns(suspicion=logistic(pl.col("bits")) * logistic(belongs))
        .with_columns(suspicion=shifted(pl.col("suspicion"), pl.col("own_bits")).cast(pl.Float32))
        .with_columns(campaign_id=pl.when(at_home & enough).then("campaign_id"))
        .with_columns(
            tier=pl.when(pl.col("campaign_id").is_not_null()).then(
                pl.when(core).then(pl.lit("core")).otherwise(pl.lit("periphery"))
            )
        )
    )


def logistic(log_odds: pl.Expr) -> pl.Expr:
    """Log2 odds -> probability."""
    return 1.0 / (1.0 + 2.0 ** (-log_odds))


def shares(inside: pl.DataFrame, view: View) -> pl.DataFrame:
    """Share of each member that belongs to its campaign: of its prompts, those of the campaign's own templates.

    Where prompts say nothing (fewer than `_PROMPTS`, or no templates of the campaign's own), it is the share of
    exchanges through an address or device that another member used too: a relay's honest customers come from elsewhere.

    Args:
        inside: account, campaign_id.
        view: for what was written and touched.

    Returns:
        account, share Float32: rows for those about whom either says something.
    """
    written = (
        own(inside.select("account", community="campaign_id"), view.content)
        .filter(pl.col("typical").is_not_null() & (pl.col("prompts") >= _PROMPTS))
        .select("account", share=(pl.col("own") / pl.col("prompts")).cast(pl.Float32))
    )
    if view.touched is None:
        return written
    theirs = view.touched.lazy().join(inside.lazy().select("account", "campaign_id"), on="account")
    met = pl.lit(False)
    for column in ("ip", "device"):
        common = pl.col("account").n_unique().over("campaign_id", column) > 1
        met = met | (common & pl.col(column).is_not_null())
    met_there = (
        theirs.with_columns(met=met)
        .group_by("account")
        .agg(share=(pl.col("count").filter(pl.col("met")).sum() / pl.col("count").sum()).cast(pl.Float32))
        .collect()
    )
    return pl.concat([written, met_there.join(written, on="account", how="anti")])

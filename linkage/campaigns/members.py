"""From communities to accounts: suspicion, tier, and the share of an account that belongs to its campaign."""

from __future__ import annotations

import polars as pl

from linkage.campaigns import features
from linkage.campaigns.view import View
from linkage.settings import CampaignSettings


def score(
    memberships: pl.DataFrame, links: pl.DataFrame, view: View, judged: pl.DataFrame, settings: CampaignSettings
) -> pl.DataFrame:
    """Every linked account with its community, campaign, suspicion and tier.

    Suspicion is the chance that the community is a campaign times the chance that the account belongs to it. The
    second is a log-odds sum: few partners beside its fellows, or mostly values that no fellow uses, speak for somebody
    who met the group by accident (the owner of a hijacked home, a customer of the same VPN). A member of a campaign
    whose suspicion stays under `member_threshold` is left out of it, and a campaign that this leaves with fewer than
    `min_accounts` is none.

    Args:
        memberships: MEMBERSHIPS.
        links: LINKS.
        view: for the sign-ups and uses.
        judged: community, community_id, campaign_id, bits.
        settings: thresholds of core and membership.
    """
    tied = features.cohesion(memberships, links, view, settings)
    fellows = (1.0 + pl.col("partners")).log(2) - (1.0 + pl.col("partners").sort().mean().over("community")).log(2)
    belongs = (
        settings.belongs_bits + 2.0 * fellows + 12.0 * (pl.col("kin") - 0.5) + (1.0 + pl.col("near")).log(2)
    ).clip(-8.0, 8.0)
    at_home = pl.col("suspicion") >= settings.member_threshold
    enough = at_home.sum().over("community") >= settings.min_accounts
    core = (pl.col("stability") >= settings.core_stability) & (pl.col("partners") >= settings.core_partners)
    return (
        memberships.join(tied.drop("community"), on="account")
        .join(judged.select("community", "community_id", "campaign_id", "bits"), on="community")
        .sort("community", "account")
        .with_columns(suspicion=(logistic(pl.col("bits")) * logistic(belongs)).cast(pl.Float32))
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
    """Share of each member's exchanges that went through an address or device another member used too.

    An estimate until prompts are compared: a relay's honest customers come from elsewhere. Accounts without exchanges
    are absent.

    Args:
        inside: account, campaign_id.
        view: for what was touched.

    Returns:
        account, share Float32.
    """
    if view.touched is None:
        return pl.DataFrame(schema={"account": pl.UInt32, "share": pl.Float32})
    theirs = view.touched.lazy().join(inside.lazy().select("account", "campaign_id"), on="account")
    met = pl.lit(False)
    for column in ("ip", "device"):
        common = pl.col("account").n_unique().over("campaign_id", column) > 1
        met = met | (common & pl.col(column).is_not_null())
    return (
        theirs.with_columns(met=met)
        .group_by("account")
        .agg(share=(pl.col("count").filter(pl.col("met")).sum() / pl.col("count").sum()).cast(pl.Float32))
        .collect()
    )

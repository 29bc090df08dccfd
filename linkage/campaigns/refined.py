"""An assessment with another suspicion of its accounts: members follow from it, what is a campaign does not."""

from __future__ import annotations

import polars as pl

from linkage.campaigns.assess import ACCOUNT_COLUMNS, EXPECTED, Assessment, conclude
from linkage.campaigns.view import View
from linkage.settings import CampaignSettings

#: What all but a campaign's expected innocents follows from.
_SETTLED = ("account", "campaign_id", "tier", "stability")


def refine(
    assessed: Assessment, suspicion: pl.DataFrame, links: pl.DataFrame, view: View, settings: CampaignSettings
) -> Assessment:
    """Members anew: those that the rules found and whose refined suspicion reaches `member_threshold`.

    A model ranks and puts out, and admits nobody: a membership has to be defended by the reasons of the rules. A
    community that was no campaign stays none. One that this would leave with fewer than `min_accounts` members keeps
    those it had.

    Args:
        assessed: what the rules made of the communities.
        suspicion: account, suspicion Float32: of all linked accounts.
        links: LINKS.
        view: what the accounts did and used.
        settings: thresholds.
    """
    of = assessed.communities.select("community_id", judged="campaign_id")
    stays = pl.col("campaign_id").is_not_null() & (pl.col("refined") >= settings.member_threshold)
    enough = stays.sum().over("community_id") >= settings.min_accounts
    accounts = (
        assessed.accounts.join(of, on="community_id", how="left", maintain_order="left")
        .join(suspicion.select("account", refined="suspicion"), on="account", how="left", maintain_order="left")
        .with_columns(pl.col("refined").fill_null(pl.col("suspicion")))
        .with_columns(
            suspicion=pl.when(enough | pl.col("judged").is_null()).then("refined").otherwise("suspicion"),
            campaign_id=pl.when(~enough | stays).then("campaign_id"),
        )
        .with_columns(tier=pl.when(pl.col("campaign_id").is_not_null()).then("tier"))
        .select(list(ACCOUNT_COLUMNS))
    )
    if accounts.select(_SETTLED).equals(assessed.accounts.select(_SETTLED)):
        return assessed._replace(accounts=accounts, campaigns=_expected(assessed, accounts))
    judged = assessed.communities.filter(pl.col("campaign_id").is_not_null())
    return Assessment(accounts, assessed.communities, *conclude(accounts, judged, links, view, settings))


def _expected(assessed: Assessment, accounts: pl.DataFrame) -> pl.DataFrame:
    """The campaigns with the innocents that the accounts' suspicion lets expect among their members."""
    anew = (
        assessed.members.join(accounts.select("account", "suspicion"), on="account")
        .group_by("campaign_id")
        .agg(innocents_expected=EXPECTED)
    )
    campaigns = assessed.campaigns.drop("innocents_expected")
    return campaigns.join(anew, on="campaign_id", how="left", maintain_order="left").select(assessed.campaigns.columns)

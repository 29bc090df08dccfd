"""An assessment with another suspicion of its accounts: members follow from it, what is a campaign does not."""

from __future__ import annotations

import polars as pl

from linkage.campaigns.assess import ACCOUNT_COLUMNS, Assessment, conclude
from linkage.campaigns.view import View
from linkage.settings import CampaignSettings


def refine(
    assessed: Assessment, suspicion: pl.DataFrame, links: pl.DataFrame, view: View, settings: CampaignSettings
) -> Assessment:
    """Members anew: accounts of a campaign's community whose suspicion reaches `member_threshold`.

    A community that was no campaign stays none. One that this would leave with fewer than `min_accounts` members keeps
    those it had.

    Args:
        assessed: what the rules made of the communities.
        suspicion: account, suspicion Float32: of all linked accounts.
        links: LINKS.
        view: what the accounts did and used.
        settings: thresholds.
    """
    of = assessed.communities.select("community_id", judged="campaign_id")
    at_home = (pl.col("refined") >= settings.member_threshold) & ~pl.col("account").is_in(_cleared(view).implode())
    enough = at_home.sum().over("community_id") >= settings.min_accounts
    accounts = (
        assessed.accounts.join(of, on="community_id", how="left", maintain_order="left")
        .join(suspicion.select("account", refined="suspicion"), on="account", how="left", maintain_order="left")
        .with_columns(pl.col("refined").fill_null(pl.col("suspicion")))
        .with_columns(
            suspicion=pl.when(enough | pl.col("judged").is_null()).then("refined").otherwise("suspicion"),
            campaign_id=pl.when(~enough).then("campaign_id").when(at_home).then("judged"),
        )
        .with_columns(tier=pl.when(pl.col("campaign_id").is_not_null()).then(pl.col("tier").fill_null("periphery")))
        .select(list(ACCOUNT_COLUMNS))
    )
    judged = assessed.communities.filter(pl.col("campaign_id").is_not_null())
    return Assessment(accounts, assessed.communities, *conclude(accounts, judged, links, view, settings))


def _cleared(view: View) -> pl.Series:
    """Accounts that people cleared and that do not come back: no model makes them members."""
    if view.known is None:
        return pl.Series([], dtype=pl.UInt32)
    return view.known.decided.filter((pl.col("decision") == "cleared") & ~pl.col("returns"))["account"]

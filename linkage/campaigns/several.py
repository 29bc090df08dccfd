"""Accounts that work for a second campaign too: a relay's, or one that an operator lends to another."""

from __future__ import annotations

import polars as pl

from linkage.campaigns.content import own_uses
from linkage.campaigns.ties import by_group
from linkage.campaigns.view import View
from linkage.settings import CampaignSettings

#: Partners in a campaign that are enough to be tied into it, whatever its members have; and kinds of evidence.
_MANY, _KINDS = 15.0, 2
_BIT = 1.0


def also(main: pl.DataFrame, links: pl.DataFrame, view: View, settings: CampaignSettings) -> pl.DataFrame:
    """Second memberships of accounts that are in a campaign.

    An account of one campaign is in another as well if it wrote prompts of several of the other's own templates, more
    than accident explains (each template counts by how surely its users are that campaign's), or if it is tied into
    the other by several kinds of evidence and to half as many of its members as they are to one another.

    Args:
        main: account, campaign_id: one campaign an account.
        links: LINKS with their channels.
        view: for templates and channels.
        settings: what is enough.

    Returns:
        account, campaign_id, share Float32 (of the account's prompts that are of the other campaign's own templates;
        0 where prompts say nothing). Sorted.
    """
    of = main.select("account", "campaign_id")
    wrote = _writes(of, view, settings)
    tied = _tied(of, links, view)
    return (
        pl.concat([wrote.select("account", "campaign_id"), tied])
        .unique()
        .join(wrote, on=["account", "campaign_id"], how="left")
        .with_columns(pl.col("share").fill_null(0.0))
        .sort("campaign_id", "account")
    )


def _writes(of: pl.DataFrame, view: View, settings: CampaignSettings) -> pl.DataFrame:
    """account, campaign_id, share: members of one campaign who take part in what another writes."""
    if view.content is None:
        return pl.DataFrame(schema={**of.schema, "share": pl.Float32})
    theirs = (
        own_uses(of.lazy().rename({"campaign_id": "community"}), view.content)
        .lazy()
        .select("template", "inside", "everywhere", campaign_id="community")
        .unique()
    )
    # The account itself is one of those outside.
    purity = (pl.col("inside") / (pl.col("everywhere") - pl.col("inside"))).log(2).clip(0.0)
    return (
        view.content.uses.lazy()
        .join(of.lazy().rename({"campaign_id": "home"}), on="account")
        .join(theirs, on="template")
        .filter(pl.col("campaign_id") != pl.col("home"))
        .group_by("account", "campaign_id")
        .agg(templates=pl.len(), own=pl.col("count").sum(), bits=purity.sort().sum())
        .join(view.content.prompts.lazy(), on="account")
        .with_columns(share=(pl.col("own") / pl.col("prompts")).cast(pl.Float32))
        .filter(
            (pl.col("templates") >= settings.also_templates)
            & (pl.col("bits") >= settings.also_bits)
            & (pl.col("share") >= settings.also_share)
        )
        .select("account", "campaign_id", "share")
        .collect()
    )


def _tied(of: pl.DataFrame, links: pl.DataFrame, view: View) -> pl.DataFrame:
    """account, campaign_id: members of one campaign who are tied into another as its own members are."""
    said = {f"said_{group}": bits >= _BIT for group, bits in by_group(view.channels).items()}
    between = (
        links.lazy()
        .select("account_a", "account_b", *(expr.alias(name) for name, expr in said.items()))
        .join(of.lazy(), left_on="account_a", right_on="account")
        .join(of.lazy(), left_on="account_b", right_on="account", suffix="_b")
    )
    ends = pl.concat(
        [
            between.select(*said, account="account_a", home="campaign_id", campaign_id="campaign_id_b"),
            between.select(*said, account="account_b", home="campaign_id_b", campaign_id="campaign_id"),
        ]
    )
    counted = (
        ends.group_by("account", "home", "campaign_id")
        .agg(
            partners=pl.len(),
            kinds=pl.sum_horizontal([pl.col(name).any().cast(pl.Int32) for name in said] or [pl.lit(0)]),
        )
        .collect()
    )
    usual = (
        counted.filter(pl.col("home") == pl.col("campaign_id"))
        .group_by("campaign_id")
        .agg(usual=pl.col("partners").mean().clip(upper_bound=_MANY))
    )
    return (
        counted.filter(pl.col("home") != pl.col("campaign_id"))
        .join(usual, on="campaign_id")
        .filter((pl.col("partners") * 2 >= pl.col("usual")) & (pl.col("kinds") >= _KINDS))
        .select("account", "campaign_id")
    )

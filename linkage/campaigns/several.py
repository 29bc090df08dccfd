"""Accounts that work for a second campaign too: a relay's, or one that an operator lends to another."""

from __future__ import annotations

import polars as pl

from linkage.campaigns.content import own_uses
from linkage.campaigns.members import PROMPTS
from linkage.campaigns.ties import by_group
from linkage.campaigns.view import View
from linkage.settings import CampaignSettings

#: Partners in a campaign that are enough to be tied into it, whatever its members have; and kinds of evidence.
_MANY, _KINDS = 15.0, 2
_BIT = 1.0
_SECOND = ["account", "campaign_id", "share"]


def also(main: pl.DataFrame, links: pl.DataFrame, view: View, settings: CampaignSettings) -> pl.DataFrame:
    """Second memberships of accounts that are in a campaign.

    An account of one campaign is in another as well if it wrote prompts of several of the other's own templates, more
    than accident explains (each template counts by how surely its users are that campaign's), or if it is tied into
    the other by several kinds of evidence and to half as many of its members as they are to one another, and some of
    what it does is the other's.

    Args:
        main: account, campaign_id: one campaign an account.
        links: LINKS with their channels.
        view: for templates and channels.
        settings: what is enough.

    Returns:
        account, campaign_id, share Float32: of the account's prompts that are of the other campaign's own templates;
        where none of several are known, of its exchanges through addresses and devices that the other's members use.
        Sorted.
    """
    of = main.select("account", "campaign_id")
    own = None if view.content is None else own_uses(of.lazy().rename({"campaign_id": "community"}), view.content)
    written = _written(of, own, view)
    several = (
        (pl.col("templates") >= settings.also_templates)
        & (pl.col("bits") >= settings.also_bits)
        & (pl.col("share") >= settings.also_share)
    )
    wrote = written.filter(several).select(_SECOND)
    tied = _tied(of, links, view).join(wrote, on=_SECOND[:2], how="anti")
    return pl.concat([wrote, _shares(tied, written, own, of, view)]).sort("campaign_id", "account")


def _shares(
    tied: pl.DataFrame, written: pl.DataFrame, own: pl.DataFrame | None, of: pl.DataFrame, view: View
) -> pl.DataFrame:
    """account, campaign_id, share: of those tied into another campaign, who has a share in what it does."""
    told = pl.lit(False)
    if own is not None and view.content is not None:
        writes = own["community"].unique()
        enough = view.content.prompts.filter(pl.col("prompts") >= PROMPTS)["account"]
        told = pl.col("campaign_id").is_in(writes.implode()) & pl.col("account").is_in(enough.implode())
    by_prompts = tied.filter(told).join(written.select(_SECOND), on=_SECOND[:2])
    return pl.concat([by_prompts, _met(tied.filter(~told), of, view)]).filter(pl.col("share") > 0.0)


def _met(tied: pl.DataFrame, of: pl.DataFrame, view: View) -> pl.DataFrame:
    """account, campaign_id, share: of an account's exchanges, those where and with what another campaign's are made."""
    if view.touched is None:
        return tied.clear().with_columns(share=pl.lit(None, pl.Float32))
    touched = view.touched.lazy()
    theirs = touched.join(of.lazy(), on="account")
    rows = touched.join(tied.lazy(), on="account")
    met = pl.lit(False)
    for column in ("ip", "device"):
        used = (
            theirs.select("campaign_id", column).drop_nulls().unique().with_columns(pl.lit(True).alias(f"by_{column}"))
        )
        rows = rows.join(used, on=["campaign_id", column], how="left")
        met = met | pl.col(f"by_{column}").fill_null(False)
    share = pl.col("count").filter(met).sum() / pl.col("count").sum()
    return rows.group_by("account", "campaign_id").agg(share=share.cast(pl.Float32)).collect()


def _written(of: pl.DataFrame, own: pl.DataFrame | None, view: View) -> pl.DataFrame:
    """account, campaign_id, share, templates, bits: members of one campaign who write what another alone writes."""
    if own is None or view.content is None:
        return pl.DataFrame(schema={**of.schema, "share": pl.Float32, "templates": pl.UInt32, "bits": pl.Float64})
    theirs = own.lazy().select("template", "inside", "everywhere", campaign_id="community").unique()
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
        .select(*_SECOND, "templates", "bits")
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

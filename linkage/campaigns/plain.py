"""Accounts of communities whose prompts begin as plainly as hardly any others': where to look next, never members.

Where logs hold prompts and nothing else, nothing tells a corpus that a program wrote from one that people wrote but the
prompts themselves. What this says ranks accounts and stands among the reasons; it makes no campaign and no member.
"""

from __future__ import annotations

import json

import polars as pl

from linkage.campaigns.ties import CONTENT
from linkage.campaigns.view import View
from linkage.settings import CampaignSettings

#: Suspicion of accounts in no campaign stays under this share of what makes a member.
_UNDER = 0.9


def prompts_alone(view: View) -> bool:
    """Whether nothing but prompts ties accounts in these logs."""
    return set(view.channels.values()) == {CONTENT}


def asked(accounts: pl.DataFrame, settings: CampaignSettings) -> pl.DataFrame:
    """account, community, community_id: of communities as large as a campaign. `accounts` is `Assessment.accounts`."""
    large = pl.len().over("community_id") >= settings.min_accounts
    return (
        accounts.filter(pl.col("community_id").is_not_null() & large)
        .select("account", "community_id", community=pl.col("community_id").rank("dense").cast(pl.Int32))
        .sort("account")
    )


def plain_leads(
    accounts: pl.DataFrame,
    communities: pl.DataFrame,
    members: pl.DataFrame,
    found: pl.DataFrame,
    view: View,
    settings: CampaignSettings,
) -> pl.DataFrame:
    """What is found of communities' prompts as suspicion of their accounts, besides what is known of the communities.

    Args:
        accounts: `Assessment.accounts`.
        communities: `Assessment.communities`.
        members: `asked`.
        found: community, bits: how rarely prompts begin as plainly.
        view: whom people decided about is nobody to be looked for.
        settings: `member_threshold`, under which all this stays.

    Returns:
        account, suspicion Float32: accounts in no campaign of communities that lie low. Sorted.
    """
    odds = pl.col("suspicion").cast(pl.Float64).clip(1e-9, 1.0 - 1e-9)
    chance = 1.0 / (1.0 + (1.0 - odds) / odds * 2.0 ** -pl.col("bits"))
    out = accounts.filter(pl.col("campaign_id").is_not_null())["account"]
    if view.known is not None:
        out = pl.concat([out, view.known.decided["account"]])
    return (
        members.join(found.filter(pl.col("bits") > 0.0), on="community")
        .join(communities.select("community_id", "suspicion"), on="community_id")
        .filter(~pl.col("account").is_in(out.implode()))
        .select("account", suspicion=chance.clip(upper_bound=_UNDER * settings.member_threshold).cast(pl.Float32))
        .sort("account")
    )


def plain_said(communities: pl.DataFrame, members: pl.DataFrame, found: pl.DataFrame) -> pl.DataFrame:
    """`Assessment.communities` with what was found among the reasons of those that are no campaigns."""
    low = members.select("community", "community_id").unique().join(found.filter(pl.col("bits") > 0.0), on="community")
    bits = dict(low.select("community_id", "bits").iter_rows())
    rows = communities.select("community_id", "campaign_id", "reasons_for").iter_rows()
    told = [
        said if campaign is not None or name not in bits else _with(said, bits[name]) for name, campaign, said in rows
    ]
    return communities.with_columns(reasons_for=pl.Series(told, dtype=pl.String))


def _with(said: str | None, bits: float) -> str:
    line = f"their prompts begin less surprisingly than others' do: ranks its accounts by {bits:.1f} bits, names nobody"
    return json.dumps([*json.loads(said or "[]"), line], ensure_ascii=False)

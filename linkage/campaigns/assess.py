"""Communities -> campaigns, honest groups and members, with the reasons for and against each."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import polars as pl

from linkage.campaigns import figures, members, names, pools, ties
from linkage.campaigns.apart import apart
from linkage.campaigns.capability import capability
from linkage.campaigns.judgement import judge, unnamed
from linkage.campaigns.outsiders import outsiders
from linkage.campaigns.parts import changed_from, detach, detach_again, freed_of_prompts
from linkage.campaigns.robustness import robustness
from linkage.campaigns.scope import narrowed
from linkage.campaigns.several import also
from linkage.campaigns.view import View
from linkage.settings import CampaignSettings

#: What the stage says of each account; the pipeline adds ids and volumes.
ACCOUNT_COLUMNS = ("account", "community_id", "campaign_id", "suspicion", "stability", "tier")
#: Of the members of a campaign, how many are innocent; sorted, so that the sum does not depend on the order of threads.
EXPECTED = (1.0 - pl.col("suspicion").cast(pl.Float64)).sort().sum().cast(pl.Float32)


class Assessment(NamedTuple):
    """What became of the communities."""

    accounts: pl.DataFrame  # ACCOUNT_COLUMNS: one row a linked account
    communities: pl.DataFrame  # OUTPUT["communities"], and one_hand, explained: of `hands`
    members: pl.DataFrame  # account, campaign_id, share, tier, stability; an account may be in several campaigns
    campaigns: pl.DataFrame  # OUTPUT["campaigns"]
    robustness: pl.DataFrame  # OUTPUT["robustness"]
    templates: pl.DataFrame  # campaign_id, template, words: of its own
    leads: pl.DataFrame | None = None  # account, suspicion: of `leads`, once members are settled


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
    view = narrowed(view, memberships["account"])
    accounts, communities = _settled(memberships, links, view, settings)
    return Assessment(accounts, communities, *conclude(accounts, communities, links, view, settings))


def settle(
    memberships: pl.DataFrame, links: pl.DataFrame, view: View, settings: CampaignSettings
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """What `assess` says of accounts and communities, and nothing more of campaigns; arguments as there."""
    return _settled(memberships, links, narrowed(view, memberships["account"]), settings)


def _settled(
    memberships: pl.DataFrame, links: pl.DataFrame, view: View, settings: CampaignSettings
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Accounts and communities, judged in a view that is narrowed to these accounts."""
    said = pools.pooled(
        memberships.select("account", "community", fellow=pl.lit(True)), view.crowds, members.everybody(view)
    )
    memberships = outsiders(memberships, view, settings.min_accounts, said, links)
    memberships, quiet = detach(memberships, links, view, settings)
    tied, judged = _judged(memberships, links, view, settings)
    freed = freed_of_prompts(
        memberships, quiet, judged, ties.bridges(memberships, links, view.channels, view.crowds), settings
    )
    freed = apart(freed, judged, links, view, settings)
    if not freed.equals(memberships):
        freed = detach_again(freed, memberships, links, view, settings)
        tied, judged = _judged_again(freed, memberships, tied, judged, links, view, settings)
        memberships = freed
    group = memberships.select("account", "community")
    named = names.name(group, view.accounts, judged.filter("suspect").select("community"))
    judged = judged.join(named, on="community").with_columns(
        suspicion=members.logistic(pl.col("bits")).cast(pl.Float32)
    )
    scored = members.score(memberships, tied, judged, settings)
    left = scored["campaign_id"].drop_nulls().unique()
    judged = unnamed(judged, scored)
    judged = judged.with_columns(campaign_id=pl.when(pl.col("campaign_id").is_in(left.implode())).then("campaign_id"))
    accounts = scored.select(list(ACCOUNT_COLUMNS)).sort("account")
    return accounts, _communities(judged, group)


def _judged(
    memberships: pl.DataFrame, links: pl.DataFrame, view: View, settings: CampaignSettings
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """How each account belongs to its community, and what was judged of each community."""
    tied = members.belonging(memberships, links, view, settings)
    # Passers-by say nothing of the group they met.
    table = figures.table(members.judged_by(tied, settings), links, view, settings)
    return tied, judge(table, settings)


def _judged_again(
    memberships: pl.DataFrame,
    before: pl.DataFrame,
    tied: pl.DataFrame,
    judged: pl.DataFrame,
    links: pl.DataFrame,
    view: View,
    settings: CampaignSettings,
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """`_judged` of memberships that differ a little from those `before`: a community that is as it was is not asked.

    Where people decided anything, all are: what was decided of one community can say something of another.
    """
    if view.known is not None:
        return _judged(memberships, links, view, settings)
    changed = changed_from(memberships, before)
    again = _judged(memberships.filter(changed), links, view, settings)
    return (
        pl.concat([tied.filter(~changed), again[0]]).sort("community", "account"),
        pl.concat([judged.filter(~changed), again[1]]).sort("community"),
    )


def conclude(
    accounts: pl.DataFrame, judged: pl.DataFrame, links: pl.DataFrame, view: View, settings: CampaignSettings
) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """What an assessment says of campaigns and their members, from the campaign that each account is in."""
    inside = accounts.filter(pl.col("campaign_id").is_not_null())
    view = narrowed(view, inside["account"])
    main = inside.join(members.shares(inside, view), on="account", how="left").with_columns(
        share=pl.col("share").fill_null(1.0)
    )
    joined = _with_second(main, also(main, links, view, settings))
    after = capability(main, view)
    return (
        joined.select("account", "campaign_id", "share", "tier", "stability"),
        _campaigns(judged, joined, view).join(after.lines, on="campaign_id", how="left", maintain_order="left"),
        robustness(main, links, view, settings),
        after.templates,
    )


def _with_second(main: pl.DataFrame, second: pl.DataFrame) -> pl.DataFrame:
    """Members with those who are in another campaign too: at its edge, since they are assessed in their own."""
    known = main.drop("campaign_id", "share", "tier").join(second, on="account")
    return pl.concat([main, known.with_columns(tier=pl.lit("periphery")).select(main.columns)])


def links_inside(links: pl.DataFrame, joined: pl.DataFrame) -> pl.DataFrame:
    """The links between two members of one campaign. `joined` is `Assessment.members`.

    Hardly an account is in several campaigns: links of the others are looked up in arrays, theirs are joined.
    """
    of = joined.select("account", campaign=pl.col("campaign_id").rank("dense").cast(pl.Int64))
    a, b = (links[end].to_numpy() for end in ("account_a", "account_b"))
    who = of["account"].to_numpy()
    count = np.bincount(who, minlength=1 + max(int(b.max(initial=0)), int(who.max(initial=0))))
    home = np.full(len(count), -1, np.int64)
    home[who] = of["campaign"].to_numpy()
    inside = (home[a] >= 0) & (home[a] == home[b])
    several = np.flatnonzero((count[a] > 0) & (count[b] > 0) & ((count[a] > 1) | (count[b] > 1)))
    if len(several):
        met = (
            pl.DataFrame({"row": several, "a": a[several], "b": b[several]})
            .join(of, left_on="a", right_on="account")
            .join(of, left_on=["b", "campaign"], right_on=["account", "campaign"], how="semi")
        )
        inside[met["row"].to_numpy()] = True
    return links.filter(pl.Series(inside)).sort("account_a", "account_b")


def _communities(judged: pl.DataFrame, group: pl.DataFrame) -> pl.DataFrame:
    """Every group found, the largest first."""
    return (
        judged.join(group.group_by("community").agg(accounts=pl.len()), on="community")
        .with_columns(pl.col("accounts").cast(pl.Int64))
        .sort(["accounts", "community_id"], descending=[True, False])
        .select(
            "community_id",
            "accounts",
            "suspicion",
            "campaign_id",
            "explanation",
            "explanations",
            "reasons_for",
            "reasons_against",
            "one_hand",
            "explained",
        )
    )


def _campaigns(judged: pl.DataFrame, joined: pl.DataFrame, view: View) -> pl.DataFrame:
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
            innocents_expected=EXPECTED,
        )
    )
    about = judged.select("campaign_id", "suspicion", "reasons_for", "reasons_against")
    return (
        sums.join(about, on="campaign_id")
        .with_columns(
            operator=pl.lit(None, pl.String),
            operator_confidence=pl.lit(None, pl.Float32),
        )
        .sort(["exchanges", "accounts", "campaign_id"], descending=[True, True, False])
    )


def _no_activity() -> pl.DataFrame:
    """ACTIVITY without rows, for inputs without exchanges."""
    from linkage.campaigns.activity import ACTIVITY

    return pl.DataFrame(schema=ACTIVITY)

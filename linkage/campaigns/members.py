"""From communities to accounts: suspicion, tier, and the share of an account that belongs to its campaign."""

from __future__ import annotations

import polars as pl

from linkage.campaigns.content import own
from linkage.campaigns.known import lean, shifted
from linkage.campaigns.pools import pooled
from linkage.campaigns.ties import cohesion
from linkage.campaigns.view import View
from linkage.settings import CampaignSettings

#: With fewer prompts than this, what an account wrote says nothing of its share.
PROMPTS = 5
#: Times that membership is asked for again among those who belonged the time before.
_ROUNDS = 3
#: Partners, and kinds of evidence, that are enough whatever the fellows have: a large campaign's young accounts have
#: far fewer partners than its old ones.
_MANY, _KINDS = 15.0, 3.0
#: What prompts say for belonging, at most, where other evidence speaks against it and none for it.
_PROMPTS_ALONE = 4.0
#: Kinds of evidence that tie fellows on average, from which prompts alone are less than what makes a fellow; and bits
#: of what somebody wrote from which they suffice all the same.
_SEVERAL, _SURELY = 2.5, 7.5
#: Log2 odds beyond which nobody's belonging is told: one in so many is an innocent all the same.
_SUREST = 12.0
#: Shares are summed in units of 2^-20.
_UNIT = 1_048_576


def belonging(memberships: pl.DataFrame, links: pl.DataFrame, view: View, settings: CampaignSettings) -> pl.DataFrame:
    """How likely it is that each account belongs to the community it stands in, and did not meet it by accident.

    A log-odds sum: few partners beside its fellows, ties of one kind where fellows have several, mostly values that no
    fellow uses, prompts that are not the group's own, or keeping away from the pool of addresses that they use, speak
    for somebody who met the group by accident (the owner of a hijacked home, a customer of the same VPN). Fellows are
    those who belong themselves: the sum is made again among these, so that a family of a bystander falls with him.

    Args:
        memberships: MEMBERSHIPS.
        links: LINKS.
        view: for the sign-ups, uses and prompts.
        settings: the weights.

    Returns:
        `ties.cohesion` with `belongs` (probability), sorted by community and account.
    """
    leaning = lean(memberships, links, view.known)
    kept = memberships.select("account", "community", fellow=pl.lit(True))
    written = own(kept, view.content)
    for _ in range(_ROUNDS):
        # What bystanders write too is not the group's own.
        parted = kept.filter(~pl.col("fellow").all().over("community"))
        written = pl.concat([written.join(parted, on="account", how="anti"), own(parted, view.content)])
        about = written.select("account", "taking_part").join(leaning, on="account")
        tied = _belonging(kept, about, links, view, settings)
        kept = tied.select("account", "community", fellow=pl.col("belongs") >= settings.member_threshold)
    return tied


def everybody(view: View) -> int:
    """How many accounts there are in all."""
    return view.accounts.height if view.everybody is None else view.everybody.accounts


def judged_by(tied: pl.DataFrame, settings: CampaignSettings) -> pl.DataFrame:
    """account, community of those by whom a community is judged: who belongs to it, or all where too few do."""
    home = pl.col("belongs") >= settings.member_threshold
    enough = home.sum().over("community") >= settings.min_accounts
    return tied.filter(home | ~enough).select("account", "community")


def score(
    memberships: pl.DataFrame, tied: pl.DataFrame, judged: pl.DataFrame, settings: CampaignSettings
) -> pl.DataFrame:
    """Every linked account with its community, campaign, suspicion and tier.

    Suspicion is the chance that the community is a campaign times the chance that the account belongs to it. A member
    of a campaign whose suspicion stays under `member_threshold` is left out. A campaign that this leaves with fewer
    than `min_accounts` is none, and one of whose members more than `innocent_share` are expected to be innocent is not
    named: where an innocent who loses his access costs four times what a missed account does, that takes such odds.

    Args:
        memberships: MEMBERSHIPS.
        tied: `belonging`.
        judged: community, community_id, campaign_id, bits.
        settings: thresholds of core and membership.

    Returns:
        All columns of these, and `campaign_id`, `suspicion`, `tier`; `unnamed` is how many members are expected to be
        innocent where that keeps a campaign from being named, of `members`.
    """
    at_home = (pl.col("suspicion") >= settings.member_threshold) & ~pl.col("barred")
    enough = at_home.sum().over("community") >= settings.min_accounts
    # Rounded, so that the sum does not depend on the order of threads.
    innocent = ((1.0 - pl.col("suspicion")) * _UNIT).round().cast(pl.Int64).filter(at_home).sum().over("community")
    many = at_home.sum().over("community")
    sure = innocent <= settings.innocent_share * _UNIT * many
    unnamed = enough & ~sure & pl.col("campaign_id").is_not_null()
    core = (pl.col("stability") >= settings.core_stability) & (pl.col("partners") >= settings.core_partners)
    return (
        memberships.join(tied.drop("community"), on="account")
        .join(judged.select("community", "community_id", "campaign_id", "bits"), on="community")
        .sort("community", "account")
        .with_columns(suspicion=logistic(pl.col("bits")) * pl.col("belongs"))
        .with_columns(suspicion=shifted(pl.col("suspicion"), pl.col("own_bits")).cast(pl.Float32))
        .with_columns(unnamed=pl.when(unnamed).then(innocent / _UNIT), members=many)
        .with_columns(campaign_id=pl.when(at_home & enough & sure).then("campaign_id"))
        .with_columns(
            tier=pl.when(pl.col("campaign_id").is_not_null()).then(
                pl.when(core).then(pl.lit("core")).otherwise(pl.lit("periphery"))
            )
        )
    )


def _belonging(
    kept: pl.DataFrame, written: pl.DataFrame, links: pl.DataFrame, view: View, settings: CampaignSettings
) -> pl.DataFrame:
    """`cohesion` with `belongs`, the chance that the account belongs to its community, by what ties it to fellows."""
    tied = cohesion(kept, links, view, settings).join(kept.select("account", "fellow"), on="account")
    tied = tied.join(written, on="account")
    tied = tied.join(pooled(kept, view.crowds, everybody(view)), on="account").sort("community", "account")
    kinds, wrote = pl.lit(0.0), pl.col("taking_part")
    if len(set(view.channels.values())) > 1:
        kinds = _against_fellows(0.5 + pl.col("kinds"), 0.5 + _KINDS).clip(upper_bound=0.0)
        # Whom nothing but prompts ties to fellows, and who keeps away from their pool, is held by these as by a link.
        alone = (pl.col("kinds") < 2) & (pl.col("pool_bits") < 0)
        wrote = pl.when(alone).then(wrote.clip(upper_bound=_PROMPTS_ALONE)).otherwise(wrote)
        # Where more than prompts makes a fellow, those that tie somebody are a second reason only if they are sure.
        several = pl.col("kinds").filter(pl.col("fellow")).mean().over("community") >= _SEVERAL
        unsure = pl.col("wrote") & several & (pl.col("taking_part") < _SURELY)
        wrote = pl.when(unsure).then(wrote.clip(upper_bound=0.0)).otherwise(wrote)
    log_odds = (
        settings.belongs_bits
        + settings.fellows_bits * _against_fellows(1.0 + pl.col("partners"), 1.0 + _MANY)
        # Logs that hold no values say neither.
        + 12.0 * (pl.col("kin_shown").fill_null(0.5) - 0.5)
        + (1.0 + pl.col("near")).log(2)
        + settings.kinds_bits * kinds
        + wrote
        + pl.col("partners_bits")
        # Where a pool makes the links, it is no further reason to count them.
        + pl.when(pl.col("sent")).then(pl.col("pool_bits").clip(upper_bound=0.0)).otherwise("pool_bits")
    )
    belongs = logistic(log_odds.clip(-_SUREST, _SUREST))
    return tied.with_columns(belongs=belongs).drop(
        "fellow", "taking_part", "partners_bits", "pool_bits", "sent", "wrote"
    )


def _against_fellows(figure: pl.Expr, enough: float) -> pl.Expr:
    """log2 of a figure over its mean among the fellows of the community, or over what is enough; 0 without fellows."""
    usual = figure.filter(pl.col("fellow")).mean().clip(upper_bound=enough)
    return (figure.log(2) - usual.log(2).over("community")).fill_null(0.0)


def logistic(log_odds: pl.Expr) -> pl.Expr:
    """Log2 odds -> probability."""
    return 1.0 / (1.0 + 2.0 ** (-log_odds))


def shares(inside: pl.DataFrame, view: View) -> pl.DataFrame:
    """Share of each member that belongs to its campaign: of its prompts, those of the campaign's own templates.

    Where prompts say nothing (fewer than `PROMPTS`, or no templates of the campaign's own), it is the share of
    exchanges through an address or device that another member used too: a relay's honest customers come from elsewhere.

    Args:
        inside: account, campaign_id.
        view: for what was written and touched.

    Returns:
        account, share Float32: rows for those about whom either says something.
    """
    written = (
        own(inside.select("account", community="campaign_id"), view.content)
        .filter(pl.col("typical").is_not_null() & (pl.col("prompts") >= PROMPTS))
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

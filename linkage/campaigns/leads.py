"""Accounts in no campaign that a campaign's pool or prompts point at: where to look next, never members.

What ties an account to a campaign as a whole may be nothing that ties it to any one of its members: an exit it shares
with everybody there, one prompt with this one and one with that. A membership has to be defended by links; a lead only
says where an investigator may look.
"""

from __future__ import annotations

import polars as pl

from linkage.campaigns.view import View
from linkage.settings import CampaignSettings

#: As many strangers are reckoned with among the users of every pool and template.
_DOUBT = 0.5
#: What prompts say together, at most.
_BITS = 8.0
#: Share of a campaign's accounts that links are expected to miss.
_MISSED = 0.05


def leads(accounts: pl.DataFrame, view: View, settings: CampaignSettings) -> pl.DataFrame:
    """How far what campaigns use points at accounts that are in none.

    Args:
        accounts: account, campaign_id, suspicion: every linked account.
        view: for pools and templates.
        settings: `member_threshold`, under which leads stay.

    Returns:
        account, suspicion Float32: of accounts in no campaign at which something points. Of a pool it is the share of
        its users who are members; of templates the chance that follows from how much rather members use them. Sorted.
    """
    members = accounts.filter(pl.col("campaign_id").is_not_null()).select("account", "campaign_id", "suspicion")
    said = members.select("account")
    if view.known is not None:
        # Whom people decided about is nobody to be looked for.
        said = pl.concat([said, view.known.decided.select("account")])
    found = [
        _of_pools(members, view).select("account", "chance"),
        _of_prompts(members, view).select("account", "chance"),
    ]
    # Either may be right: what is left is the chance that both are wrong.
    wrong = (1.0 - pl.col("chance")).sort().product()
    return (
        pl.concat(found)
        .join(said, on="account", how="anti")
        .group_by("account")
        .agg(suspicion=(settings.member_threshold * (1.0 - wrong)).cast(pl.Float32))
        .sort("account")
    )


def _of_pools(members: pl.DataFrame, view: View) -> pl.DataFrame:
    """account, chance: of accounts on a pool of crowded addresses, by who else is on it."""
    if view.crowds is None or members.is_empty():
        return pl.DataFrame(schema={"account": pl.UInt32, "chance": pl.Float64})
    share = pl.col("suspicion").cast(pl.Float64).fill_null(0.0).sort().sum() / (pl.len() + _DOUBT)
    used = view.crowds.join(members, on="account", how="left")
    return used.join(used.group_by("crowd").agg(chance=share), on="crowd").filter(pl.col("chance") > 0.0)


def _of_prompts(members: pl.DataFrame, view: View) -> pl.DataFrame:
    """account, chance: of accounts that wrote prompts of a campaign's templates, for the likeliest campaign."""
    if view.content is None or view.content.uses.is_empty() or members.is_empty():
        return pl.DataFrame(schema={"account": pl.UInt32, "chance": pl.Float64})
    everybody = view.accounts.height if view.everybody is None else view.everybody.accounts
    size = members.group_by("campaign_id").agg(usual=pl.len() / everybody)
    uses = view.content.uses.lazy().select("account", "template")
    inside = uses.join(members.lazy(), on="account").group_by("campaign_id", "template").agg(inside=pl.len())
    wrote = (
        uses.join(uses.group_by("template").agg(users=pl.len()), on="template")
        .join(members.lazy(), on="account", how="anti")
        .filter(pl.col("users") > 1)
    )
    # Of the others who use a template so many are members, as if one more used it who is anybody.
    against = wrote.group_by("account").agg(against=pl.col("users").cast(pl.Float64).log(2).sort().sum())
    found = (pl.col("inside") / pl.col("usual") + 1.0).log(2)
    before = (_MISSED * pl.col("usual") / (1.0 - pl.col("usual"))).log(2)
    odds = before + (pl.col("found") - pl.col("against")).clip(-_BITS, _BITS)
    return (
        wrote.join(inside, on="template")
        .join(size.lazy(), on="campaign_id")
        .group_by("account", "campaign_id", "usual")
        .agg(found=found.sort().sum())
        .join(against, on="account")
        .with_columns(chance=1.0 / (1.0 + 2.0 ** (-odds)))
        .group_by("account")
        .agg(pl.col("chance").max())
        .collect()
    )

"""What a group writes that nobody else does: templates of its own, and who takes part in them.

A template is a group's own when several of its members use it and few others do: a popular prompt, which strangers
share, is nobody's. How much of what an account wrote is of this kind tells a member from somebody who met the group
by an address, and is its *share* where a relay carries the traffic of others too.
"""

from __future__ import annotations

from typing import NamedTuple

import polars as pl

#: Members that must use a template, and the share of all its users they must be, for it to be the group's own.
_USERS = 3
_INSIDE = 0.5
#: Share of own templates an account reaches by accident, at most.
_CHANCE = 0.03
#: Bits from which an account surely takes part, or surely does not.
_SURE = 2.0


class Content(NamedTuple):
    """Templates by account."""

    uses: pl.DataFrame  # account, template (a code or a name), count
    prompts: pl.DataFrame  # account, prompts Int64: prompts that were compared


def own(members: pl.DataFrame, content: Content | None) -> pl.DataFrame:
    """How much of each member's prompts is of its group's own templates.

    Args:
        members: account, community.
        content: who used which template.

    Returns:
        account, community, `prompts`, `own` (prompts of own templates), `taking_part` (bits: log2 odds of as many own
        ones if it takes part, against accident; 0 where the group has no templates of its own), `typical` (share of
        own templates in the prompts of those who take part; null in such groups). One row a member, sorted by account.
    """
    if content is None:
        return (
            members.select("account", "community")
            .with_columns(
                prompts=pl.lit(0, pl.Int64),
                own=pl.lit(0, pl.Int64),
                taking_part=pl.lit(0.0),
                typical=pl.lit(None, pl.Float64),
            )
            .sort("account")
        )
    of = members.lazy().select("account", "community")
    everywhere = content.uses.lazy().group_by("template").agg(everywhere=pl.len())
    theirs = (
        content.uses.lazy()
        .join(of, on="account")
        .with_columns(inside=pl.len().over("community", "template"))
        .filter(pl.col("inside") >= _USERS)
        .join(everywhere, on="template")
        .filter(pl.col("inside") >= _INSIDE * pl.col("everywhere"))
        .group_by("account")
        .agg(own=pl.col("count").sum())
    )
    share = pl.col("own") / pl.col("prompts")
    typical = share.filter(pl.col("own") >= 2).sort().mean().clip(0.1, 0.95).over("community")
    chance = (pl.col("typical") / 4).clip(0.0, _CHANCE)
    bits = pl.col("own") * (pl.col("typical") / chance).log(2) + (pl.col("prompts") - pl.col("own")) * (
        (1 - pl.col("typical")) / (1 - chance)
    ).log(2)
    return (
        of.join(content.prompts.lazy(), on="account", how="left")
        .join(theirs, on="account", how="left")
        .with_columns(pl.col("prompts", "own").fill_null(0))
        .with_columns(typical=pl.when((pl.col("own") >= 2).sum().over("community") >= _USERS).then(typical))
        .with_columns(taking_part=bits.clip(-8.0, 8.0).fill_null(0.0))
        .select("account", "community", "prompts", "own", "taking_part", "typical")
        .sort("account")
        .collect()
    )


def outsiders(memberships: pl.DataFrame, content: Content | None, least: int) -> pl.DataFrame:
    """Memberships with those who surely take no part in what their community writes put out of it, part by part.

    Args:
        memberships: MEMBERSHIPS.
        content: who used which template.
        least: accounts that must surely take part before anybody is put out.
    """
    if content is None:
        return memberships
    part = own(memberships, content)
    sure = (pl.col("taking_part") >= _SURE).sum().over("community") >= least
    out = part.filter(sure & (pl.col("taking_part") <= -_SURE))["account"]
    return memberships.with_columns(
        # Parts are numbered apart from communities: shift them out of the way.
        community=pl.when(pl.col("account").is_in(out.implode()))
        .then(pl.col("part") + pl.col("community").max() + 1)
        .otherwise("community")
    )

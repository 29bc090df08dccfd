"""What a group writes that nobody else does: templates of its own, and who takes part in them.

A template is a group's own when several of its members use it and few others do: a popular prompt, which strangers
share, is nobody's. How much of what an account wrote is of this kind tells a member from somebody who met the group
by an address, and is its *share* where a relay carries the traffic of others too.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import polars as pl

from linkage_kernels.pieces import components

#: Members that must use a template, and the share of all its users they must be, for it to be the group's own.
_USERS = 3
_INSIDE = 0.5
#: Share of own templates an account reaches by accident, at most.
_CHANCE = 0.03


class Content(NamedTuple):
    """Templates by account."""

    uses: pl.DataFrame  # account, template (a code or a name), count; everywhere (accounts that use it) if narrowed
    prompts: pl.DataFrame  # account, prompts Int64: prompts that were compared
    dated: pl.DataFrame | None = None  # account, sent_at, template: prompts of a template with a known time
    exemplars: pl.DataFrame | None = None  # template, text: of each template one prompt, where prompts have text


def own(members: pl.DataFrame, content: Content | None, theirs: pl.DataFrame | None = None) -> pl.DataFrame:
    """How much of each member's prompts is of its group's own templates.

    Args:
        members: account, community, and Boolean `fellow` where not all members count as the group.
        content: who used which template.
        theirs: `own_uses` of the members, where they are known already.

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
    of = members.lazy().select("account", "community", fellow="fellow" if "fellow" in members.columns else pl.lit(True))
    # However often it was sent, a template says no more than how surely its other users are members.
    other_members = pl.col("inside").cast(pl.Float64) - 0.5
    outside = (pl.col("everywhere") - pl.col("inside") + 1).cast(pl.Float64)
    used = (
        (own_uses(of, content) if theirs is None else theirs)
        .lazy()
        .group_by("account")
        .agg(
            own=pl.col("count").sum(),
            most=(other_members / outside).log(2).clip(0.0).sort().sum(),
        )
    )
    share = pl.col("own") / pl.col("prompts")
    takes_part = pl.col("fellow") & (pl.col("own") >= 2)
    typical = share.filter(takes_part).sort().mean().clip(0.1, 0.95).over("community")
    chance = (pl.col("typical") / 4).clip(0.0, _CHANCE)
    bits = pl.col("own") * (pl.col("typical") / chance).log(2) + (pl.col("prompts") - pl.col("own")) * (
        (1 - pl.col("typical")) / (1 - chance)
    ).log(2)
    return (
        of.join(content.prompts.lazy(), on="account", how="left")
        .join(used, on="account", how="left")
        .with_columns(pl.col("prompts", "own", "most").fill_null(0))
        .with_columns(typical=pl.when(takes_part.sum().over("community") >= _USERS).then(typical))
        .with_columns(
            taking_part=pl.when(bits.is_not_null()).then(pl.min_horizontal(bits, "most")).clip(-8.0, 8.0).fill_null(0.0)
        )
        .select("account", "community", "prompts", "own", "taking_part", "typical")
        .sort("account")
        .collect()
    )


def candidates(content: Content, uses: pl.DataFrame) -> pl.DataFrame:
    """Uses by some accounts of templates that a group of these could have for its own, with `everywhere`; sorted."""
    if "everywhere" not in content.uses.columns:
        uses = uses.join(content.uses.group_by("template").agg(everywhere=pl.len()), on="template")
    users = pl.len().over("template")
    return uses.filter((users >= _USERS) & (users >= _INSIDE * pl.col("everywhere"))).sort("template", "account")


def own_uses(of: pl.LazyFrame, content: Content) -> pl.DataFrame:
    """Uses of templates that are the community's own.

    Templates of three strangers in it are not: of the pieces that accounts and templates make, the largest counts.
    Where `of` has a column `fellow`, users that are none count as outside, but hold pieces together.

    Returns:
        account, community, template, count, `inside` (members that use it), `everywhere` (all accounts that do), in
        the order of community, template and account.
    """
    uses = content.uses if "everywhere" in content.uses.columns else candidates(content, content.uses)
    inside = ["community", "template"]
    fellows = pl.col("fellow").sum() if "fellow" in of.collect_schema() else pl.len()
    theirs = (pl.col("inside") >= _USERS) & (pl.col("inside") >= _INSIDE * pl.col("everywhere"))
    found = (
        uses.lazy()
        .join(of, on="account", maintain_order="left")
        .with_columns(inside=pl.len().over(inside), fellows=fellows.over(inside))
        .filter(theirs)
        .select("account", "community", "template", "count", "everywhere", inside="fellows")
        # Candidates are in the order of template and account.
        .sort("community", maintain_order=True)
        .collect()
    )
    account = found["account"].to_numpy()
    there = np.zeros(int(account.max(initial=0)) + 1, np.bool_)
    there[account] = True
    a = (np.cumsum(there) - 1)[account]
    # Rows are sorted by community and template.
    first = found.select(pl.any_horizontal(pl.col(inside) != pl.col(inside).shift(1)).fill_null(False))
    t = np.cumsum(first.to_series().to_numpy()) + int(there.sum())
    label = components(int(t[-1]) + 1 if len(t) else 0, a, t)
    pieces = found.with_columns(piece=pl.Series(label[a], dtype=pl.Int64))
    sizes = pieces.group_by("community", "piece").agg(members=pl.col("account").n_unique())
    largest = (
        sizes.sort(["community", "members", "piece"], descending=[False, True, False])
        .group_by("community", maintain_order=True)
        .first()
    )
    kept = pieces.join(largest, on=["community", "piece"], how="semi", maintain_order="left")
    return kept.filter(theirs).select("account", "community", "template", "count", "inside", "everywhere")


def topic(members: pl.DataFrame, content: Content | None, theirs: pl.DataFrame | None = None) -> pl.DataFrame:
    """How narrow a community's own templates are, and how soon they were used.

    Args:
        members: account, community.
        content: who used which template, and when.
        theirs: `own_uses` of the members, where they are known already.

    Returns:
        community, `templates` (its own), `template_top` (share of the prompts of these on the commonest), `span_days`
        (days in which the middle nine tenths of these were sent; null where no times are known), `strangers` (share
        of the users of these, template by template, that are no members). Communities with own templates only.
    """
    empty = {"templates": pl.UInt32, "template_top": pl.Float64, "span_days": pl.Float64, "strangers": pl.Float64}
    if content is None:
        return pl.DataFrame(schema={"community": members.schema["community"], **empty})
    uses = (own_uses(members.lazy().select("account", "community"), content) if theirs is None else theirs).lazy()
    each = uses.group_by("community", "template").agg(pl.col("count").sum(), pl.col("inside", "everywhere").first())
    out = each.group_by("community").agg(
        templates=pl.len(),
        template_top=pl.col("count").max() / pl.col("count").sum(),
        strangers=1.0 - pl.col("inside").sum() / pl.col("everywhere").sum(),
    )
    span = pl.lit(None, pl.Float64)
    if content.dated is not None:
        kind = content.uses.schema["template"]
        sent = content.dated.lazy().with_columns(pl.col("template").cast(kind))
        late, early = (pl.col("sent_at").quantile(q, "nearest") for q in (0.95, 0.05))
        times = uses.join(sent, on=["account", "template"]).group_by("community").agg(span=late - early)
        out = out.join(times, on="community", how="left")
        span = pl.col("span").dt.total_seconds() / 86_400
    return out.with_columns(span_days=span).select("community", *empty).collect()

"""Which members may be there by accident, each with why: what a reader looks at one by one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

import polars as pl

from linkage.report.estimative import VERY_LIKELY
from linkage.report.gather import Parts, Tables
from linkage.report.model import Doubt, Scale

#: Stays with less than this part of its group when the grouping is repeated.
_UNSTEADY: Final = 0.5
#: A campaign of fewer accounts has few links to begin with.
_SMALL: Final = 4


def doubts(parts: Parts, of: Tables, groups: Mapping[str, str]) -> tuple[Doubt, ...]:
    """Members that something speaks against, those first against which most does; `groups` of kinds of evidence.

    Linear in the campaign's links and in the run's members.
    """
    members = parts.members.with_row_index("place")
    for more in (_links(parts), _tied(parts, groups), _elsewhere(parts, of), _cleared(parts)):
        members = members.join(more, on="account_id", how="left")
    said = [pl.when(when).then(text) for when, text in _reasons(parts, of)]
    found = (
        members.with_columns(reasons=pl.concat_list(said).list.drop_nulls())
        .filter(pl.col("reasons").list.len() > 0)
        .sort(pl.col("reasons").list.len(), "suspicion", "place", descending=[True, False, True], nulls_last=False)
    )
    return tuple(Doubt(**row) for row in found.select(*Doubt.model_fields).iter_rows(named=True))


def circumstances(scale: Scale) -> Iterator[str]:
    """What speaks against, or for care, of the campaign as a whole, beside the reasons of its assessment."""
    if scale.accounts and not scale.core:
        yield "None of its accounts is tied firmly enough to be of the core."
    if scale.stability is not None and scale.stability < VERY_LIKELY:
        yield f"The grouping is not steady: repeated with other random numbers, {scale.stability:.0%} of it stays."
    if mostly_others(scale):
        yield (
            "Most of what its accounts did is not the campaign's own: honest customers may stand behind the same "
            "accounts."
        )


def mostly_others(scale: Scale) -> bool:
    """Whether less than half of its accounts' exchanges are the campaign's own."""
    return scale.own_exchanges is not None and 2 * scale.own_exchanges < scale.exchanges


def _reasons(parts: Parts, of: Tables) -> Iterator[tuple[pl.Expr, pl.Expr]]:
    """When something speaks against a member, and how it is said."""
    share = pl.col("share")
    yield pl.col("cleared").is_not_null(), pl.lit("it was cleared before")
    yield pl.col("suspicion") < VERY_LIKELY, pl.lit("it is less than very likely that it belongs")
    yield pl.col("elsewhere").is_not_null(), pl.format("it stands in {} too", "elsewhere")
    yield share * 4 < share.median(), pl.lit("a far smaller part of what it does belongs here than of the others")
    if "links" not in of.absent:
        yield pl.col("links").is_null(), pl.lit("no link ties it to another member")
        if parts.members.height >= _SMALL:
            yield pl.col("links") == 1, pl.lit("a single link ties it to the others")
    yield pl.col("groups") == 1, pl.format("one kind of evidence alone ties it: {}", "group")
    yield pl.col("stability") < _UNSTEADY, pl.lit("it falls to other groups when the grouping is repeated")


def _links(parts: Parts) -> pl.DataFrame:
    ends = [parts.links.select(account_id=end) for end in ("account_a", "account_b")]
    return pl.concat(ends).group_by("account_id").agg(links=pl.len())


def _tied(parts: Parts, groups: Mapping[str, str]) -> pl.DataFrame:
    """By how many groups of evidence, and the first of them."""
    kind = pl.col("kind").cast(pl.String)
    tied = parts.uses.select("account", "kind").unique().select(
        account_id=pl.col("account").cast(pl.String),
        group=kind.replace_strict(dict(groups), default=kind, return_dtype=pl.String),
    )  # fmt: skip
    return tied.group_by("account_id").agg(groups=pl.col("group").n_unique(), group=pl.col("group").min())


def _elsewhere(parts: Parts, of: Tables) -> pl.DataFrame:
    """Campaigns that a member stands in beside this one."""
    other = of["members"].filter(pl.col("campaign_id") != parts.row["campaign_id"])
    other = other.join(parts.members, on="account_id", how="semi")
    return other.group_by("account_id").agg(elsewhere=pl.col("campaign_id").unique().sort().str.join(", "))


def _cleared(parts: Parts) -> pl.DataFrame:
    cleared = parts.decisions.filter(pl.col("decision") == "cleared").select("account_id").unique()
    return cleared.with_columns(cleared=pl.lit(True))

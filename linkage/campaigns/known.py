"""What people decided before, as reasons: enforced members speak for a community, cleared ones against it."""

from __future__ import annotations

import math
from typing import NamedTuple

import polars as pl

from linkage.settings import DecisionSettings

#: Most bits that the decisions on an account's partners add or take.
_PARTNERS = 3.0
#: Accounts that come back, listed with the reason.
_LISTED = 5
#: Probabilities are rounded to this part of one, so that their sums do not depend on the order of threads.
_EXACT = 1_048_576


class Known(NamedTuple):
    """Decisions, and how far they count."""

    decided: pl.DataFrame  # DECIDED
    accounts: int  # how many there are in all
    settings: DecisionSettings
    stood: pl.DataFrame | None = None  # account, community: where each stood before communities were made to agree


def counts(members: pl.DataFrame, accounts: pl.DataFrame, known: Known | None) -> pl.DataFrame:
    """What decisions say of each community.

    Args:
        members: account, community.
        accounts: ACCOUNTS, for their ids.
        known: decisions; None where there are none.

    Returns:
        community, `enforced` and `cleared` (members), `beside` (cleared accounts that stood there before they were put
        out), `enforced_bits` and `cleared_bits` (surprise at so many, given how common such accounts are outside the
        community; of enforced ones, at those above the cleared ones that stood there), `enforced_as` (the campaign most
        of them were in), `returns` and `returned` (how many were cleared and come back, and why: they count as
        undecided). Rows for communities with a decided member.
    """
    if known is None:
        return pl.DataFrame(schema=_COUNTS | {"community": members.schema["community"]})
    here = members.select("account", "community").join(known.decided, on="account").sort("community", "account")
    counted, returns = ~pl.col("returns"), pl.col("returns")
    enforced, cleared = (counted & (pl.col("decision") == word) for word in ("enforced", "cleared"))
    totals = known.decided.select(enforced=enforced.sum(), cleared=cleared.sum()).row(0)
    why = pl.format("{} {}", "account_id", "why").filter(returns)
    found = (
        here.join(accounts.select("account", "account_id"), on="account", maintain_order="left")
        .group_by("community", maintain_order=True)
        .agg(
            enforced=enforced.sum().cast(pl.Int64),
            cleared=cleared.sum().cast(pl.Int64),
            enforced_as=pl.col("campaign").filter(counted).drop_nulls().mode().sort().first(),
            returned=why.head(_LISTED).str.join("; ")
            + pl.when(returns.sum() > _LISTED).then(pl.lit("; …")).otherwise(pl.lit("")),
            returns=returns.sum().cast(pl.Int64),
        )
        .join(members.group_by("community").agg(accounts=pl.len()), on="community", maintain_order="left")
        .join(_beside(members, known), on="community", how="left", maintain_order="left")
        .with_columns(pl.col("beside").fill_null(0))
    )
    rows = [
        (
            *(row[c] for c in ("community", "enforced", "cleared", "beside", "enforced_as", "returns", "returned")),
            # Who was cleared out of a group's midst shows that to stand there says little of anybody.
            _surprise(
                max(0, row["enforced"] - row["beside"]),
                row["accounts"],
                totals[0],
                known,
                known.settings.enforced_bits,
            ),
            _surprise(row["cleared"], row["accounts"], totals[1], known, known.settings.cleared_bits),
        )
        for row in found.iter_rows(named=True)
    ]
    return pl.DataFrame(rows, schema=_COUNTS | {"community": members.schema["community"]}, orient="row")


_COUNTS = {
    "community": pl.Int32(),
    "enforced": pl.Int64(),
    "cleared": pl.Int64(),
    "beside": pl.Int64(),
    "enforced_as": pl.String(),
    "returns": pl.Int64(),
    "returned": pl.String(),
    "enforced_bits": pl.Float64(),
    "cleared_bits": pl.Float64(),
}


def _beside(members: pl.DataFrame, known: Known) -> pl.DataFrame:
    """community, beside: cleared accounts put out of it, that is of the community where most of its old fellows are."""
    if known.stood is None:
        return pl.DataFrame(schema={"community": members.schema["community"], "beside": pl.Int64})
    old = known.stood.select("account", old="community")
    now = (
        members.select("account", "community")
        .join(old, on="account")
        .group_by("old", "community")
        .len()
        .sort("old", "len", "community", descending=[False, True, False])
        .unique("old", keep="first", maintain_order=True)
        .select("old", "community")
    )
    cleared = known.decided.filter((pl.col("decision") == "cleared") & ~pl.col("returns")).select("account")
    gone = cleared.join(old, on="account").join(now, on="old")
    there = members.select("account", "community", there=pl.lit(True))
    return (
        gone.join(there, on=["account", "community"], how="left")
        .filter(pl.col("there").is_null())
        .group_by("community")
        .agg(beside=pl.len().cast(pl.Int64))
    )


def _surprise(inside: int, size: int, total: int, known: Known, most: float) -> float:
    """Bits of surprise at `inside` such members or more, where outside `total - inside` of the others are.

    A Poisson tail; its mean has room for some accounts that are there by accident.
    """
    elsewhere = (total - inside) / max(1, known.accounts - size)
    mean = known.settings.accidental + elsewhere * size
    if inside > 2 * mean + 40:
        return most
    below = sum(math.exp(i * math.log(mean) - mean - math.lgamma(i + 1)) for i in range(inside))
    return min(most, -math.log2(max(1.0 - below, 2.0**-most)))


def lean(memberships: pl.DataFrame, links: pl.DataFrame, known: Known | None) -> pl.DataFrame:
    """What decisions say of each account.

    Enforced partners count inside the community, cleared ones wherever they are: where there are enforced accounts,
    cleared ones were put out.

    Returns:
        account, `partners_bits` (for belonging to a campaign: enforced partners in its community against cleared
        ones), `own_bits` (of its own decision), `barred` (cleared, and not back: no member of any campaign). Sorted.
    """
    of = memberships.select("account", "community").sort("account")
    if known is None:
        zero = pl.lit(0.0)
        return of.select("account", partners_bits=zero, own_bits=zero, barred=pl.lit(False))
    sign = pl.when(pl.col("decision") == "enforced").then(1).otherwise(-1)
    said = known.decided.filter(~pl.col("returns")).select("account", sign=sign)
    inside = (
        links.lazy()
        .select("account_a", "account_b", weight=(pl.col("probability") * _EXACT).round().cast(pl.Int64))
        .join(of.lazy(), left_on="account_a", right_on="account")
        .join(of.lazy(), left_on="account_b", right_on="account")
        .with_columns(fellow=pl.col("community") == pl.col("community_right"))
    )
    ends = [
        inside.join(said.lazy(), left_on=other, right_on="account")
        .filter(pl.col("fellow") | (pl.col("sign") < 0))
        .select("weight", "sign", account=one)
        for one, other in (("account_a", "account_b"), ("account_b", "account_a"))
    ]
    drawn = (
        pl.concat(ends)
        .group_by("account")
        .agg(
            enforced=pl.col("weight").filter(pl.col("sign") > 0).sum() / _EXACT,
            cleared=pl.col("weight").filter(pl.col("sign") < 0).sum() / _EXACT,
        )
    )
    towards = (1.0 + pl.col("enforced")).log(2) - (1.0 + pl.col("cleared")).log(2)
    return (
        of.lazy()
        .join(drawn, on="account", how="left")
        .join(said.lazy(), on="account", how="left")
        .select(
            "account",
            partners_bits=towards.clip(-_PARTNERS, _PARTNERS).fill_null(0.0),
            own_bits=(pl.col("sign") * known.settings.account_bits).cast(pl.Float64).fill_null(0.0),
            barred=(pl.col("sign") < 0).fill_null(False),
        )
        .sort("account")
        .collect()
    )


def shifted(probability: pl.Expr, bits: pl.Expr) -> pl.Expr:
    """A probability whose odds are multiplied by 2^bits; exactly itself where there are none."""
    odds = 2.0**bits
    moved = probability * odds / (1.0 + probability * (odds - 1.0))
    return pl.when(bits == 0.0).then(probability).otherwise(moved)

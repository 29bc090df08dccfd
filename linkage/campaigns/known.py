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


def counts(members: pl.DataFrame, accounts: pl.DataFrame, known: Known | None) -> pl.DataFrame:
    """What decisions say of each community.

    Args:
        members: account, community.
        accounts: ACCOUNTS, for their ids.
        known: decisions; None where there are none.

    Returns:
        community, `enforced` and `cleared` (members), `enforced_bits` and `cleared_bits` (surprise at so many, given
        how common such accounts are outside the community), `enforced_as` (the campaign most of them were in),
        `returns` and `returned` (how many were cleared and come back, and why: they count as undecided). Rows for
        communities with a decided member.
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
    )
    rows = [
        (
            *(row[c] for c in ("community", "enforced", "cleared", "enforced_as", "returns", "returned")),
            *(
                _surprise(row[word], row["accounts"], total, known, most)
                for word, total, most in (
                    ("enforced", totals[0], known.settings.enforced_bits),
                    ("cleared", totals[1], known.settings.cleared_bits),
                )
            ),
        )
        for row in found.iter_rows(named=True)
    ]
    return pl.DataFrame(rows, schema=_COUNTS | {"community": members.schema["community"]}, orient="row")


_COUNTS = {
    "community": pl.Int32(),
    "enforced": pl.Int64(),
    "cleared": pl.Int64(),
    "enforced_as": pl.String(),
    "returns": pl.Int64(),
    "returned": pl.String(),
    "enforced_bits": pl.Float64(),
    "cleared_bits": pl.Float64(),
}


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

    Returns:
        account, `partners_bits` (for belonging to a campaign: enforced partners in its community against cleared ones),
        `own_bits` (of its own decision), `barred` (cleared, and not back: no member of any campaign). Sorted.
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
        .join(of.lazy(), left_on=["account_b", "community"], right_on=["account", "community"])
    )
    ends = [
        inside.join(said.lazy(), left_on=other, right_on="account").select("weight", "sign", account=one)
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

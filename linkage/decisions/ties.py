"""Must-link and cannot-link: pairs that decisions tie, and links that they cut.

(Wagstaff et al. 2001, "Constrained k-means clustering with background knowledge".)
"""

from __future__ import annotations

from typing import NamedTuple

import polars as pl

from linkage.settings import DecisionSettings
from linkage.tables import PAIRS, empty

KIND = "decision"


class Apart(NamedTuple):
    """Links, and how many were cut."""

    links: pl.DataFrame  # LINKS and a column a channel
    between_campaigns: int  # between accounts enforced in different campaigns
    to_cleared: int  # between a cleared account and an enforced one


def together(decided: pl.DataFrame, settings: DecisionSettings) -> pl.DataFrame:
    """Pairs of accounts enforced in one campaign, enough of them to hold it together.

    Each account is tied to those 1, 2, 4, … places on in a ring: m log m pairs instead of m²/2, and a graph that does
    not fall apart when some are taken from it.

    Args:
        decided: DECIDED.
        settings: bits of a pair.

    Returns:
        PAIRS of kind `decision`, sorted; times are left out, since the accounts did nothing then.
    """
    named = decided.filter(pl.col("decision") == "enforced").drop_nulls("campaign")
    ring = (
        named.sort("campaign", "account")
        .with_columns(place=pl.int_range(pl.len()).over("campaign"), size=pl.len().cast(pl.Int64).over("campaign"))
        .select("account", "campaign", "place", "size")
    )
    if ring.is_empty():
        return empty(PAIRS)
    most = int(str(ring["size"].max()))
    steps = pl.DataFrame({"step": [1 << i for i in range(max(1, most.bit_length()))]}, schema={"step": pl.Int64})
    ends = ring.join_where(steps, pl.col("step") < pl.col("size")).with_columns(
        place=(pl.col("place") + pl.col("step")) % pl.col("size")
    )
    met = ends.select("account", "campaign", "place").join(
        ring.select("campaign", "place", other="account"), on=["campaign", "place"]
    )
    return (
        met.select(
            "campaign",
            account_a=pl.min_horizontal("account", "other"),
            account_b=pl.max_horizontal("account", "other"),
        )
        .unique()
        .sort("account_a", "account_b")
        .with_columns(
            kind=pl.lit(KIND),
            bits=pl.lit(settings.bits),
            count=pl.lit(1),
            first_seen=None,
            last_seen=None,
            detail=pl.format("both enforced in {}", "campaign"),
        )
        .select([pl.col(c).cast(t) for c, t in PAIRS.items()])
    )


def apart(links: pl.DataFrame, decided: pl.DataFrame) -> Apart:
    """The links without those between accounts that people told apart.

    Args:
        links: LINKS.
        decided: DECIDED. A cleared account that returns is not kept apart from anybody.
    """
    if decided.is_empty():
        return Apart(links, 0, 0)
    said = decided.select("account", "campaign", enforced=pl.col("decision") == "enforced", returns="returns")
    ends = links.select("account_a", "account_b")
    for end in ("a", "b"):
        ends = ends.join(
            said.rename({c: f"{c}_{end}" for c in said.columns}), on=f"account_{end}", how="left", maintain_order="left"
        )
    two = ends.select(rival=(pl.col("campaign_a") != pl.col("campaign_b")).fill_null(False))["rival"]
    cleared = [~pl.col(f"enforced_{end}") & ~pl.col(f"returns_{end}") for end in ("a", "b")]
    crossed = (cleared[0] & pl.col("enforced_b")) | (cleared[1] & pl.col("enforced_a"))
    contradicted = ends.select(crossed=crossed.fill_null(False))["crossed"]
    return Apart(links.filter(~(two | contradicted)), int(two.sum()), int(contradicted.sum()))

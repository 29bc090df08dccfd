"""Cleared accounts that come back: evidence of a new kind, later than the decision, strong enough on its own."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from linkage.settings import DecisionSettings
from linkage.tables import DECIDED

#: Bits are summed as whole numbers of this many a bit, so that sums do not depend on the order of threads.
_EXACT = 1024
#: Bits from which a group had spoken before.
_SPOKE = 1.0


def doubtful(links: pl.DataFrame, decided: pl.DataFrame) -> pl.DataFrame:
    """account_a, account_b of the links between an account that was cleared at a known time and one that was not."""
    cleared = decided.filter(pl.col("decision") == "cleared").select("account", at="decided_at")
    ends = links.select("account_a", "account_b")
    for end in ("a", "b"):
        ends = ends.join(
            cleared.rename({"at": f"at_{end}"}).with_columns(pl.lit(True).alias(f"cleared_{end}")),
            left_on=f"account_{end}",
            right_on="account",
            how="left",
            maintain_order="left",
        )
    one = pl.col("cleared_a").is_null() != pl.col("cleared_b").is_null()
    return ends.filter(one & pl.any_horizontal(pl.col("at_a", "at_b").is_not_null())).select("account_a", "account_b")


def returning(
    decided: pl.DataFrame,
    evidence: pl.DataFrame,
    since: pl.DataFrame,
    groups: Mapping[str, str],
    caps: Mapping[str, float],
    needed: float,
    settings: DecisionSettings,
) -> pl.DataFrame:
    """Mark the cleared accounts that new evidence speaks against.

    New is what both accounts of a pair had done only after the decision, of an independence group that had not linked
    the account to anybody before. It must make a link by itself, to `return_partners` accounts. Where the logs begin
    after the decision nobody can tell what is new, and the account stays cleared; so it does if its decision has no
    time.

    Args:
        decided: DECIDED.
        evidence: account_a, account_b, kind, weight, first_seen: behind the links of `doubtful`.
        since: account, first_seen: since when the logs know each account.
        groups: kind -> independence group.
        caps: group -> most bits it can add.
        needed: bits that make a link.
        settings: how many partners.

    Returns:
        DECIDED with `returns` and `why` settled.
    """
    dated = (
        decided.filter((pl.col("decision") == "cleared") & pl.col("decided_at").is_not_null())
        .join(since.select("account", begins="first_seen"), on="account")
        .filter(pl.col("begins") <= pl.col("decided_at"))
        .select("account", "decided_at")
    )
    ends = [
        evidence.select("kind", "weight", "first_seen", account=one, partner=other)
        for one, other in (("account_a", "account_b"), ("account_b", "account_a"))
    ]
    bits = (pl.col("weight") * _EXACT).round().cast(pl.Int64).sum() / _EXACT
    spoken = (
        pl.concat(ends)
        .join(dated, on="account")
        .with_columns(
            group=pl.col("kind").replace_strict(dict(groups), default="other", return_dtype=pl.String),
            new=(pl.col("first_seen") > pl.col("decided_at")).fill_null(False),
        )
        .group_by("account", "decided_at", "partner", "group", "new")
        .agg(bits=bits)
    )
    before = spoken.filter(~pl.col("new") & (pl.col("bits") >= _SPOKE)).select("account", "group").unique()
    cap = pl.col("group").replace_strict(dict(caps), default=0.0, return_dtype=pl.Float64)
    fresh = (
        spoken.filter("new")
        .join(before, on=["account", "group"], how="anti")
        .with_columns(bits=pl.min_horizontal("bits", cap))
        .sort("account", "partner", "group")
        .with_columns(link=pl.col("bits").sum().over("account", "partner"))
        .filter(pl.col("link") >= needed)
    )
    strongest = (
        fresh.with_columns(partners=pl.col("partner").n_unique().over("account"))
        .filter(pl.col("partners") >= settings.return_partners)
        .group_by("account", "decided_at", "partners", "group")
        .agg(pl.col("bits").max())
        .sort("account", "group")
    )
    said = strongest.group_by("account", "decided_at", "partners", maintain_order=True).agg(
        said=pl.format("{} (up to {} bits)", "group", pl.col("bits").round(1)).str.join(", ")
    )
    why = pl.format(
        "cleared on {}, comes back: since then {} alone link it to {} accounts, and had not before",
        pl.col("decided_at").dt.strftime("%Y-%m-%d"),
        "said",
        "partners",
    )
    back = said.select("account", why=why)
    return (
        decided.drop("returns", "why")
        .join(back, on="account", how="left", maintain_order="left")
        .with_columns(returns=pl.col("why").is_not_null())
        .select(list(DECIDED))
    )

"""The reasons behind chosen links: which value two accounts shared, when, and for how many bits."""

from __future__ import annotations

import polars as pl

from linkage.settings import IdentifierSettings
from linkage.tables import MICROSECONDS_A_DAY


def evidence(
    values: pl.DataFrame, uses: pl.DataFrame, links: pl.DataFrame, identifiers: IdentifierSettings
) -> pl.DataFrame:
    """Every shared value behind the given links.

    Args:
        values: VALUES.
        uses: CODED_USES.
        links: at least account_a, account_b (UInt32): the links to explain.
        identifiers: kinds, for the half-lives.

    Returns:
        account_a, account_b, code UInt32, kind, value, weight Float32 in bits before group caps, first_seen,
        last_seen (when both had used it and when either last did), sorted by account_a, account_b, kind, value.
    """
    kinds = values["kind"].unique().sort()
    half_lives = pl.DataFrame(
        {"kind": kinds, "half_life": [identifiers.kind(k).half_life_days for k in kinds]},
        schema={"kind": pl.String, "half_life": pl.Float32},
    )
    ends = pl.concat([links["account_a"], links["account_b"]]).unique()
    theirs = uses.lazy().filter(pl.col("account").is_in(ends.implode()))
    apart = pl.max_horizontal(
        pl.col("first_seen_b") - pl.col("last_seen"), pl.col("first_seen") - pl.col("last_seen_b")
    ).dt.total_microseconds()
    gap = (apart / MICROSECONDS_A_DAY).clip(0.0).fill_null(0.0)
    # Start from the links, so that the pairs a common value could make are never made here.
    return (
        links.lazy()
        .select("account_a", "account_b")
        .join(theirs, left_on="account_a", right_on="account")
        .join(theirs, left_on=["account_b", "code"], right_on=["account", "code"], suffix="_b")
        .join(values.lazy().select("code", "kind", "value", "bits"), on="code")
        .join(half_lives.lazy(), on="kind")
        .select(
            "account_a",
            "account_b",
            "code",
            "kind",
            "value",
            weight=(pl.col("bits") * (2.0 ** (-gap / pl.col("half_life")))).cast(pl.Float32),
            first_seen=pl.max_horizontal("first_seen", "first_seen_b"),
            last_seen=pl.max_horizontal("last_seen", "last_seen_b"),
        )
        .sort("account_a", "account_b", "kind", "value")
        .collect()
    )

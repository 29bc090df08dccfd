"""The reasons behind chosen links: which value two accounts shared, when, and for how many bits."""

from __future__ import annotations

import numpy as np
import polars as pl

from linkage.settings import IdentifierSettings
from linkage.tables import MICROSECONDS_A_DAY, TIME, empty, schema

_EVIDENCE = schema(
    {
        "account_a": pl.UInt32,
        "account_b": pl.UInt32,
        "code": pl.UInt32,
        "kind": pl.String,
        "value": pl.String,
        "weight": pl.Float32,
        "first_seen": TIME,
        "last_seen": TIME,
    }
)


def evidence(
    values: pl.DataFrame,
    uses: pl.DataFrame,
    links: pl.DataFrame,
    identifiers: IdentifierSettings,
    most: int | None = None,
) -> pl.DataFrame:
    """The shared values behind the given links.

    Args:
        values: VALUES.
        uses: CODED_USES.
        links: at least account_a, account_b (UInt32): the links to explain.
        identifiers: kinds, for the half-lives.
        most: reasons kept a link, the strongest; all where absent.

    Returns:
        account_a, account_b, code UInt32, kind, value, weight Float32 in bits before group caps, first_seen,
        last_seen (when both had used it and when either last did), sorted by account_a, account_b, kind, value.
    """
    if links.is_empty():
        return empty(_EVIDENCE)
    from linkage_kernels.common import common

    a, b = links["account_a"].to_numpy(), links["account_b"].to_numpy()
    ends = pl.DataFrame({"account": np.unique(np.concatenate((a, b)))}, schema={"account": pl.UInt32})
    theirs = uses.join(ends, on="account").sort("account", "code")
    start = np.searchsorted(theirs["account"].to_numpy(), np.arange(int(max(a.max(), b.max())) + 2))
    # Pair by pair, so that neither all pairs of a common value nor all values of an account are ever listed.
    met = common(start, theirs["code"].to_numpy(), a, b)
    first, last = theirs["first_seen"], theirs["last_seen"]
    kinds = values["kind"].unique().sort()
    half_life = pl.col("kind").replace_strict(kinds, [identifiers.kind(k).half_life_days for k in kinds])
    apart = pl.max_horizontal(
        pl.col("first_b") - pl.col("last_a"), pl.col("first_a") - pl.col("last_b")
    ).dt.total_microseconds()
    gap = (apart / MICROSECONDS_A_DAY).clip(0.0).fill_null(0.0)
    found = pl.DataFrame(
        {
            "account_a": a[met.pair],
            "account_b": b[met.pair],
            "code": theirs["code"].gather(met.use_a),
            "first_a": first.gather(met.use_a),
            "first_b": first.gather(met.use_b),
            "last_a": last.gather(met.use_a),
            "last_b": last.gather(met.use_b),
        }
    )
    strongest = pl.col("weight").rank("ordinal", descending=True).over("account_a", "account_b")
    return (
        found.lazy()
        .join(values.lazy().select("code", "kind", "value", "bits"), on="code", maintain_order="left")
        .select(
            "account_a",
            "account_b",
            "code",
            "kind",
            "value",
            weight=(pl.col("bits") * (2.0 ** (-gap / half_life))).cast(pl.Float32),
            first_seen=pl.max_horizontal("first_a", "first_b"),
            last_seen=pl.max_horizontal("last_a", "last_b"),
        )
        .filter(strongest <= most if most is not None else pl.lit(True))
        .sort("account_a", "account_b", "kind", "value")
        .collect()
    )

"""The reasons behind chosen links: which value two accounts shared, when, and for how many bits."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from linkage.settings import IdentifierSettings
from linkage.tables import MICROSECONDS_A_DAY, TIME, empty, schema

if TYPE_CHECKING:
    from linkage_kernels.common import Common

_TIMES = ("first_seen", "last_seen")
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
    from linkage_kernels.reasons import strongest

    pairs = links.select("account_a", "account_b").sort("account_a", "account_b")
    a, b = pairs["account_a"].to_numpy(), pairs["account_b"].to_numpy()
    ends = pl.DataFrame({"account": np.unique(np.concatenate((a, b)))}, schema={"account": pl.UInt32})
    theirs = uses.join(ends, on="account").sort("account", "code")
    start = np.searchsorted(theirs["account"].to_numpy(), np.arange(int(max(a.max(), b.max())) + 2))
    # Pair by pair, so that neither all pairs of a common value nor all values of an account are ever listed.
    met = common(start, theirs["code"].to_numpy(), a, b)
    code = theirs["code"].gather(met.use_a)
    weight = _weight(theirs, met, values, code, identifiers)
    # Words cost more than numbers: kinds and values are looked up of what is kept.
    rank = np.empty(values.height, np.int64)
    rank[values.select(pl.arg_sort_by("kind", "value", "code")).to_series().to_numpy()] = np.arange(values.height)
    kept = strongest(met.pair, weight.to_numpy(), rank[code.to_numpy()], len(met.pair) if most is None else most)
    code, pair = code.gather(kept), met.pair[kept]
    first, last = ((theirs[c].gather(met.use_a[kept]), theirs[c].gather(met.use_b[kept])) for c in _TIMES)
    return pl.DataFrame(
        {
            "account_a": a[pair],
            "account_b": b[pair],
            "code": code,
            "kind": values["kind"].gather(code),
            "value": values["value"].gather(code),
            "weight": weight.gather(kept),
        }
    ).with_columns(
        pl.select(first_seen=pl.max_horizontal(*first), last_seen=pl.max_horizontal(*last)).get_columns(),
    )


def _weight(
    theirs: pl.DataFrame, met: Common, values: pl.DataFrame, code: pl.Series, identifiers: IdentifierSettings
) -> pl.Series:
    """Bits of each shared value: its rarity, less with the time between the two uses."""
    kinds = values["kind"].unique().sort()
    half_life = pl.col("kind").replace_strict(kinds, [identifiers.kind(k).half_life_days for k in kinds])
    of = values.select("bits", half_life=half_life).select(pl.all().gather(code))
    between = pl.DataFrame(
        {
            f"{column}_{end}": theirs[f"{column}_seen"].gather(rows)
            for end, rows in (("a", met.use_a), ("b", met.use_b))
            for column in ("first", "last")
        }
    )
    apart = pl.max_horizontal(
        pl.col("first_b") - pl.col("last_a"), pl.col("first_a") - pl.col("last_b")
    ).dt.total_microseconds()
    gap = (apart / MICROSECONDS_A_DAY).clip(0.0).fill_null(0.0)
    bits = pl.col("bits") * (2.0 ** (-gap / pl.col("half_life")))
    return pl.concat([of, between], how="horizontal").select(weight=bits.cast(pl.Float32)).to_series()

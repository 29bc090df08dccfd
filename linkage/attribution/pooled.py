"""Bits of several indicators together: each further one of a group counts half the one before."""

from __future__ import annotations

import polars as pl

#: Bits are summed as whole numbers of this many parts, so that no sum depends on its order.
_PARTS = 4096


def by_group(bits: pl.DataFrame, keys: list[str], cap: float) -> pl.DataFrame:
    """Bits of each independence group.

    Values of one group come from one purchase or one place, so that a hundred weak ones are not strong evidence.

    Args:
        bits: `keys`, group, label, bits.
        keys: columns that say whose evidence it is.
        cap: most bits of a group.

    Returns:
        `keys`, group, bits Float64, sorted.
    """
    place = pl.int_range(pl.len()).over([*keys, "group"])
    return (
        bits.filter(pl.col("bits") > 0)
        .sort([*keys, "group", "bits", "label"], descending=[*[False] * (len(keys) + 1), True, False])
        .with_columns(part=(pl.col("bits") * 0.5**place * _PARTS).floor().cast(pl.Int64))
        .group_by([*keys, "group"])
        .agg(bits=(pl.col("part").sum() / _PARTS).clip(0.0, cap))
        .sort([*keys, "group"])
    )

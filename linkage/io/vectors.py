"""Embeddings: one width for all, and no number that is not finite."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from linkage.io.checks import Checks
from linkage.io.scan import Raw


def measures(raw: Raw) -> list[pl.Expr]:
    """Sums to take in one pass: `narrowest` and `widest` embedding, `numbers` in all, `finite` ones among them."""
    if "embedding" not in raw.given:
        return []
    length, values = _length(raw), pl.col("embedding")
    if isinstance(_kind(raw), pl.Array):
        finite = values.explode().is_finite().sum()
    else:
        finite = values.list.explode(empty_as_null=False, keep_nulls=False).is_finite().sum()
    return [
        length.min().alias("narrowest"),
        length.max().alias("widest"),
        length.sum().alias("numbers"),
        finite.alias("finite"),
        length.is_not_null().sum().alias("embeddings"),
    ]


def check(raw: Raw, checks: Checks, measured: Mapping[str, int]) -> int | None:
    """Add the checks that the embeddings need; -> the width, None without embeddings.

    The width is the one that most rows have, of several such the smallest; 0, an empty embedding, is none.
    """
    if not measured.get("embeddings"):
        return None
    vector, length, width = pl.col("embedding"), _length(raw), measured["widest"]
    if measured["narrowest"] != width:
        widths = raw.frame.select(width=length).filter(pl.col("width") > 0).group_by("width").len()
        width = int(widths.collect(engine="streaming").sort("len", "width", descending=[True, False])["width"][0])
        checks.drop("embedding", f"embedding not {width} wide", length != width, length)
    elif width == 0:
        checks.drop("embedding", "embedding is empty", vector.is_not_null(), pl.lit(""))
        return None
    if measured["finite"] != measured["numbers"]:
        finite = pl.element().is_finite().fill_null(False)
        array = isinstance(_kind(raw), pl.Array)
        whole = vector.arr.eval(finite).arr.all() if array else vector.list.eval(finite).list.all()
        values = vector.arr.to_list() if array else vector
        shown = values.list.eval(pl.element().cast(pl.String).fill_null("null")).list.head(64).list.join(", ")
        checks.drop("embedding", "embedding holds NaN, infinity or null", vector.is_not_null() & ~whole, shown)
    return width


def settle(frame: pl.LazyFrame, width: int | None) -> pl.LazyFrame:
    """Embeddings as Array(Float32, width), a List of nulls without any. Expects the rows that passed the checks."""
    kind = frame.collect_schema()["embedding"]
    if width is None or isinstance(kind, pl.Array):
        return frame
    return frame.with_columns(pl.col("embedding").list.to_array(width))


def _kind(raw: Raw) -> pl.DataType:
    return raw.frame.collect_schema()["embedding"]


def _length(raw: Raw) -> pl.Expr:
    """Numbers in each embedding, null without one."""
    kind = _kind(raw)
    if isinstance(kind, pl.Array):
        return pl.when(pl.col("embedding").is_not_null()).then(pl.lit(kind.size, pl.Int64))
    return pl.col("embedding").list.len().cast(pl.Int64)

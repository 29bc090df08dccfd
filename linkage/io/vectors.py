"""Embeddings: one width for all, and no number that is not finite."""

from __future__ import annotations

import polars as pl

from linkage.io.checks import Checks
from linkage.io.scan import Raw


def check(raw: Raw, checks: Checks, counts: dict[str, int]) -> tuple[Raw, int | None]:
    """Add the checks that the embeddings need; -> the table and the width (None without embeddings).

    The width is the one that most rows have, of several such the smallest. An empty embedding counts as a width of 0.
    """
    if "embedding" not in raw.given:
        return raw, None
    vector = pl.col("embedding")
    kind = raw.frame.collect_schema()["embedding"]
    if isinstance(kind, pl.Array):
        width: int | None = kind.size
        length: pl.Expr = pl.when(vector.is_not_null()).then(kind.size)
        finite = vector.arr.eval(pl.element().is_finite().fill_null(False)).arr.all()
        values = vector.arr.to_list()
    else:
        length = vector.list.len()
        widths = raw.frame.select(length.alias("width")).drop_nulls().group_by("width").len()
        ranked = widths.collect(engine="streaming").sort(["len", "width"], descending=[True, False])
        width = int(ranked["width"][0]) if ranked.height else None
        if ranked.height > 1:
            checks.drop("embedding", f"embedding not {width} wide", length != width, length)
        finite = vector.list.eval(pl.element().is_finite().fill_null(False)).list.all()
        values = vector
    if width is None:
        return raw, None
    shown = values.list.head(8).cast(pl.List(pl.String)).list.join(", ", ignore_nulls=False)
    every = values.list.explode(empty_as_null=False, keep_nulls=False)
    seen = raw.frame.select(finite=every.is_finite().sum(), all=length.cast(pl.Int64).sum()).collect(engine="streaming")
    if width == 0:
        checks.drop("embedding", "embedding is empty", vector.is_not_null(), pl.lit(""))
    elif seen["finite"].item() != seen["all"].item():
        checks.drop("embedding", "embedding holds NaN, infinity or null", vector.is_not_null() & ~finite, shown)
    return raw, width or None


def settle(frame: pl.LazyFrame, width: int | None) -> pl.LazyFrame:
    """Embeddings as Array(Float32, width), a List of nulls without any. Expects the rows that passed the checks."""
    kind = frame.collect_schema()["embedding"]
    if width is None or isinstance(kind, pl.Array):
        return frame
    return frame.with_columns(pl.col("embedding").list.to_array(width))

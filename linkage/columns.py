"""What every table is declared with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import polars as pl

TIME: Final = pl.Datetime("us", "UTC")
MICROSECONDS_A_DAY: Final = 86_400_000_000

ColumnType = pl.DataType | type[pl.DataType]


def schema(columns: Mapping[str, ColumnType]) -> pl.Schema:
    """A schema, with its types checked (a literal that mixes classes and instances is `object` to a type checker)."""
    return pl.Schema(dict(columns))

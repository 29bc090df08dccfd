"""Accounts whose operator is known, read from a file."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import polars as pl

from linkage.errors import InputError, TableError

TRUTH: Final = pl.Schema(
    {
        "account_id": pl.String,
        "campaign": pl.String,
        "kind": pl.String,
        "operator": pl.String,
        "source": pl.String,
        "guilty": pl.Boolean,
        "hand": pl.String,  # who runs the account: an operator, a campaign, or an honest group that one hand runs
        "circle": pl.String,  # the hand, or any honest group that the account is of
    }
)

#: Honest groups whose accounts one hand pays for and runs; a household, a campus, a reseller's customers are not.
ONE_HAND: Final = ("several", "vendor", "firm")


def read_truth(path: Path) -> pl.DataFrame:
    """The truth in a Parquet, CSV or NDJSON file (`.gz`, `.zst` too), as `TRUTH`."""
    name = path.name.lower().removesuffix(".gz").removesuffix(".zst")
    try:
        if name.endswith(".parquet"):
            table = pl.read_parquet(path)
        elif name.endswith(".csv"):
            table = pl.read_csv(path, infer_schema=False)  # text: an account may be called 007
        elif name.endswith((".ndjson", ".jsonl")):
            table = pl.read_ndjson(path, infer_schema_length=None)
        else:
            raise InputError(f"{path}: cannot tell the format of the truth file; name it .parquet, .csv or .ndjson")
    except (OSError, pl.exceptions.PolarsError) as error:
        raise InputError(f"{path}: the truth file cannot be read: {str(error).splitlines()[0]}") from error
    return as_truth(table, path.name)


def as_truth(table: pl.DataFrame, name: str = "truth") -> pl.DataFrame:
    """Either form of truth as `TRUTH`, sorted by account; a `TableError` says what is missing or wrong."""
    if table.schema == TRUTH:
        return table  # read before: the groups that `hand` and `circle` came from are no longer there
    aliases = [("group", "campaign"), ("sybil", "guilty")]
    names = {old: new for old, new in aliases if old in table.columns and new not in table.columns}
    groups_only = "group" in names
    renamed = table.rename(names)
    missing = [each for each in ("account_id", "campaign") if each not in renamed.columns]
    if missing:
        wanted = ", ".join("campaign (or group)" if each == "campaign" else each for each in missing)
        raise TableError(f"{name}: column missing: {wanted}; found {', '.join(table.columns) or 'none'}")
    if renamed.schema.get("guilty") == pl.String:
        renamed = renamed.with_columns(_said(renamed["guilty"], name))
    try:
        typed = renamed.select(
            (pl.col(key) if key in renamed.columns else pl.lit(None)).cast(kind).alias(key)
            for key, kind in TRUTH.items()
        ).with_columns(pl.col("campaign", "operator", "source", "kind").replace("", None))
    except pl.exceptions.PolarsError as error:
        raise TableError(f"{name}: a column cannot take its type: {str(error).splitlines()[0]}") from error
    if nameless := typed["account_id"].null_count():
        raise TableError(f"{name}: account_id is null in {nameless} rows")
    if twice := typed.height - typed["account_id"].n_unique():
        raise TableError(f"{name}: {twice} rows repeat an account; truth has one row an account")
    if "guilty" not in renamed.columns and not groups_only:
        typed = typed.with_columns(guilty=pl.col("campaign").is_not_null())
    honest = renamed["group"].cast(pl.String) if "group" in renamed.columns else pl.lit(None, pl.String)
    return _circles(typed.with_columns(honest=honest)).select(list(TRUTH)).sort("account_id")


def _circles(typed: pl.DataFrame) -> pl.DataFrame:
    """Fill `hand` and `circle`; `honest` numbers the honest groups of world truth, negative: none."""
    group = pl.when(~pl.col("honest").str.starts_with("-")).then(pl.lit("group ") + pl.col("honest"))
    who = pl.coalesce(pl.lit("operator ") + pl.col("operator"), pl.lit("campaign ") + pl.col("campaign"))
    one = pl.coalesce(who, pl.when(pl.col("kind").is_in(ONE_HAND)).then(group))
    return typed.with_columns(hand=one, circle=pl.coalesce(one, group))


def _said(guilty: pl.Series, name: str) -> pl.Series:
    """Text of a CSV file as true, false or null."""
    words = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False, "": None}
    lower = guilty.str.strip_chars().str.to_lowercase()
    odd = lower.filter(~lower.is_in([*words])).unique().sort()
    if odd.len():
        raise TableError(f"{name}: column guilty (or sybil) holds {odd[0]!r}; use true, false or nothing")
    return lower.replace_strict(words, return_dtype=pl.Boolean)

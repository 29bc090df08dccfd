"""A run's tables with pseudonyms where identifiers stood."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from typing import Any, NamedTuple

import polars as pl

from linkage.privacy.pseudonyms import PSEUDONYMS, Nobodys, plain, pseudonym, pseudonyms
from linkage.tables import INPUT

_AS_GIVEN = ("account_id",)
#: Times, numbers and verdicts. A mistaken mapping puts anything there, so that only what can be nobody's is shown.
_NO_IDENTIFIERS = sorted(
    {"decision"} | {name for of in INPUT.values() for name, kind in of.items() if kind != pl.String} - {"embedding"}
)
_WORDS = r"^[A-Za-z][A-Za-z /\-]{0,19}$"
_FIGURES = r"^[0-9 .,:;+\-/TZ]{1,40}$"
#: Rejected values that may be prompts: not even a vault keeps them.
_NEVER_KEPT = ("text", "embedding", "row")
_ORDER = {
    "evidence": (("account_a", "account_b", "kind", "value"), (False, False, False, False)),
    "hubs": (("pairs", "kind", "value"), (True, False, False)),
}


class Masked(NamedTuple):
    """Tables without identifiers, and what the pseudonyms stand for."""

    tables: dict[str, pl.DataFrame]
    values: pl.DataFrame  # PSEUDONYMS: what a vault may keep


def mask(tables: Mapping[str, pl.DataFrame], key: bytes, nobodys: Nobodys, worded: Collection[str] = ()) -> Masked:
    """Put pseudonyms where `evidence`, `hubs`, `attributions` and `rejected` have values.

    Rows are ordered by pseudonym where they were by value, since an order of values tells something of them.

    Args:
        tables: of a run, by name, as `tables.OUTPUT` declares them.
        key: of `keys.user_key`.
        nobodys: values that stay readable.
        worded: kinds whose values are this program's own words: "active in the same 10 seconds 4 times".
    """
    out, found = dict(tables), []
    for name, (columns, descending) in _ORDER.items():
        if name in out:
            out[name], values = _column(out[name], key, nobodys, worded)
            out[name] = out[name].sort(columns, descending=list(descending), nulls_last=True)
            found.append(values)
    if "attributions" in out:
        out["attributions"], values = _attributions(out["attributions"], key, nobodys, worded)
        found.append(values)
    if "rejected" in out:
        out["rejected"], values = _rejected(out["rejected"], key, nobodys)
        found.append(values.filter(~pl.col("kind").is_in(_NEVER_KEPT)))
    every = pl.concat([pl.DataFrame(schema=PSEUDONYMS), *found]).unique().sort("kind", "value")
    return Masked(out, every)


def _column(
    table: pl.DataFrame, key: bytes, nobodys: Nobodys, worded: Collection[str]
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """A table with columns kind and value, masked; and its PSEUDONYMS."""
    values = pseudonyms(table.filter(~pl.col("kind").is_in(list(worded))), key, nobodys)
    masked = (
        table.join(values, on=["kind", "value"], how="left", maintain_order="left")
        .with_columns(value=pl.coalesce("pseudonym", "value"))
        .drop("pseudonym")
    )
    return masked, values


def _attributions(
    table: pl.DataFrame, key: bytes, nobodys: Nobodys, worded: Collection[str]
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """What the attributions rest on, masked: values of dossiers are hashed as those of the logs."""
    kept: list[tuple[str, str, str]] = []

    def masked(text: str) -> str:
        rows: list[dict[str, Any]] = json.loads(text)
        for row in rows:
            kind, value = plain(str(row["kind"]), str(row["value"]))
            if kind not in worded and value not in nobodys:
                row["value"] = pseudonym(kind, value, key)
                kept.append((kind, value, row["value"]))
        rows.sort(key=lambda row: (-row["bits"], row["kind"], row["value"]))
        return json.dumps(rows, ensure_ascii=False)

    texts = [None if text is None else masked(text) for text in table["rests_on"]]
    values = pl.DataFrame(kept, schema=PSEUDONYMS, orient="row")
    return table.with_columns(rests_on=pl.Series(texts, dtype=pl.String)), values


def _rejected(table: pl.DataFrame, key: bytes, nobodys: Nobodys) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Rejected values, masked: account ids stand as given, bad times and numbers as words or by their shape."""
    column, value = pl.col("column"), pl.col("value")
    shown = (
        pl.when(column.is_in(_AS_GIVEN))
        .then(value)
        .when(column.is_in(_NO_IDENTIFIERS) & value.str.contains(_WORDS))
        .then(value)
        .when(column.is_in(_NO_IDENTIFIERS) & value.str.contains(_FIGURES))
        .then(value.str.replace_all("[0-9]", "9"))
    )
    given = table.with_columns(kind=column.fill_null("row"), shown=shown)
    values = pseudonyms(given.filter(pl.col("shown").is_null()), key, nobodys)
    masked = (
        given.join(values, on=["kind", "value"], how="left", maintain_order="left")
        .with_columns(value=pl.coalesce("shown", "pseudonym", "value"))
        .select(table.columns)
    )
    return masked, values

"""What makes a row or a value unusable: one check a reason, and rows parted by them without silence."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import reduce
from operator import or_
from typing import Final, NamedTuple

import polars as pl

from linkage import tables
from linkage.io.ndjson import MALFORMED
from linkage.io.scan import RAW, Raw
from linkage.settings import InputSettings

_NULLED: Final = "value set to null: "
_KINDS: Final[dict[type[pl.DataType], str]] = {
    pl.Int16: "a 16-bit integer",
    pl.Int32: "a 32-bit integer",
    pl.Int64: "an integer",
}
_VALUE: Final = 200  # characters of a rejected value that are kept
#: Texts that an account may leave empty on purpose or by default: a placeholder is a value, and a finding.
_MAY_BE_BLANK: Final = {("payments", "instrument"), ("identifiers", "value"), ("dossiers", "value")}


@dataclass(frozen=True, slots=True)
class Check:
    """`bad` marks the rows with this fault; they are dropped, or only `column` is set to null (`drops` false)."""

    column: str
    reason: str
    bad: pl.Expr
    drops: bool
    value: pl.Expr
    counted: bool = True  # false: left out and noted, but no reject
    by_value: bool = False  # may be tried on the distinct values of `column` alone, unless those are too long


class Screened(NamedTuple):
    """A table without its bad rows and values, and what was left out."""

    frame: pl.LazyFrame
    rejected: pl.DataFrame  # tables.OUTPUT["rejected"], the first rows a reason
    counts: dict[str, int]  # reason -> rows, all of them
    skipped: int  # rows left out by checks that are not counted as rejects
    rows: int  # rows left


@dataclass(slots=True)
class Findings:
    """What reading left out and noticed, over all tables."""

    rejected: list[pl.DataFrame] = field(default_factory=list)
    counts: dict[str, dict[str, int]] = field(default_factory=dict)
    rows: dict[str, int] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def read(self, table: str, rows: int) -> None:
        """So many rows were read."""
        self.rows[table] = rows
        if rows == 0:
            self.notes.append(f"{table}: the table has no rows")

    def left_out(self, table: str, done: Screened) -> None:
        """Keep what a screening left out."""
        self.rejected.append(done.rejected)
        if done.counts:
            self.counts[table] = done.counts
        if done.skipped:
            self.notes.append(f"{table}: {done.skipped} rows of accounts that are not in accounts were skipped")


@dataclass(slots=True)
class Checks:
    """The checks of a table, in the order in which a row's one reason is looked for."""

    table: str
    items: list[Check] = field(default_factory=list)

    def drop(self, column: str, reason: str, bad: pl.Expr, value: pl.Expr | None = None, counted: bool = True) -> None:
        """Leave out the rows where `bad`."""
        by_value = bad.meta.root_names() == [column]
        self.items.append(Check(column, reason, bad.fill_null(False), True, _text(column, value), counted, by_value))

    def null(self, column: str, reason: str, bad: pl.Expr, value: pl.Expr | None = None) -> None:
        """Set `column` to null where `bad`."""
        by_value = bad.meta.root_names() == [column]
        self.items.append(
            Check(column, _NULLED + reason, bad.fill_null(False), False, _text(column, value), by_value=by_value)
        )


def static(raw: Raw, settings: InputSettings) -> Checks:
    """The checks that need nothing but the row."""
    table, checks = raw.table, Checks(raw.table)
    if raw.malformed:
        checks.drop("", "malformed line", pl.col(MALFORMED).is_not_null(), pl.col(MALFORMED))
    schema = tables.INPUT[table]
    for column in sorted(raw.given, key=lambda name: (name not in tables.REQUIRED[table], list(schema).index(name))):
        required = column in tables.REQUIRED[table]
        add = checks.drop if required else checks.null
        if column in raw.risky:
            given = pl.col(RAW + column)
            lost = pl.col(column).is_null() & (given.str.strip_chars() != "")
            add(column, f"not {_wanted(schema[column])}", lost, given)
        if required:
            checks.drop(column, _absent(column), _is_absent(table, column))
        if schema[column] == pl.String:
            limit = settings.max_text_bytes if column == "text" else settings.max_value_bytes
            add(column, f"longer than {limit} bytes", pl.col(column).str.len_bytes() > limit)
    _by_table(raw, checks, settings)
    return checks


def _by_table(raw: Raw, checks: Checks, settings: InputSettings) -> None:
    match raw.table:
        case "exchanges" if "ip" in raw.given:
            checks.null("ip", "blank", pl.col("ip").str.strip_chars() == "")
        case "payments" if "amount" in raw.given:
            checks.null("amount", "not a finite number", ~pl.col("amount").is_finite())
        case "prompts":
            text = pl.col("text")
            unread = text.is_null() | (text.str.len_bytes() > settings.max_text_bytes)
            checks.drop("text", "neither text nor embedding", unread & pl.col("embedding").is_null(), text)
        case "decisions":
            decision = pl.col("decision")
            checks.drop("decision", "neither enforced nor cleared", ~decision.is_in(["enforced", "cleared"]))
        case "dossiers" if "confidence" in raw.given:
            checks.null("confidence", "not between 0 and 1", ~pl.col("confidence").is_between(0, 1))


def screen(raw: Raw, checks: Checks, counts: dict[str, int], settings: InputSettings) -> Screened:
    """Apply the checks. `counts` holds, by position, how many rows each check found on its own (0: skip it).

    A dropped row has one reason, the first; values set to null are told of rows that stay. Streams the table once for
    the counts and once a reason for the rows, and not at all where every check found nothing.
    """
    total = counts["rows"]
    found = [check for at, check in enumerate(checks.items) if counts.get(str(at), 1)]
    if not found:
        return Screened(raw.frame, tables.empty(tables.OUTPUT["rejected"]), {}, 0, total)
    drops = [check for check in found if check.drops]
    nulls = [check for check in found if not check.drops]
    first = pl.coalesce(*(pl.when(c.bad).then(pl.lit(at)) for at, c in enumerate(drops)), pl.lit(-1))
    kept = ~_any(drops)
    sums = [(first == at).sum().alias(f"d{at}") for at in range(len(drops))]
    sums += [(c.bad & kept).sum().alias(f"n{at}") for at, c in enumerate(nulls)]
    tally = raw.frame.select(sums).collect(engine="streaming").row(0, named=True)
    numbered = raw.frame.with_row_index("row")
    named = [(c, first == at, tally[f"d{at}"]) for at, c in enumerate(drops) if c.counted]
    named += [(c, c.bad & kept, tally[f"n{at}"]) for at, c in enumerate(nulls)]
    queries = [_rows(numbered, raw.table, c, where, settings.rejected_rows) for c, where, count in named if count]
    rows = pl.collect_all(queries, engine="streaming")
    by_reason: dict[str, int] = {}
    for check, _, count in named:
        if count:
            by_reason[check.reason] = by_reason.get(check.reason, 0) + count
    return Screened(
        frame=_clean(raw.frame, drops, nulls),
        rejected=pl.concat([tables.empty(tables.OUTPUT["rejected"]), *rows]).sort("row", "column", "reason"),
        counts=dict(sorted(by_reason.items())),
        skipped=sum(tally[f"d{at}"] for at, c in enumerate(drops) if not c.counted),
        rows=total - sum(tally[f"d{at}"] for at in range(len(drops))),
    )


def _clean(frame: pl.LazyFrame, drops: list[Check], nulls: list[Check]) -> pl.LazyFrame:
    columns = sorted({check.column for check in nulls})
    nulled = [
        pl.when(~_any([c for c in nulls if c.column == column])).then(pl.col(column)).alias(column)
        for column in columns
    ]
    return (frame.filter(~_any(drops)) if drops else frame).with_columns(nulled)


def _rows(frame: pl.LazyFrame, table: str, check: Check, where: pl.Expr, limit: int) -> pl.LazyFrame:
    return (
        frame.filter(where)
        .head(limit)
        .select(
            pl.lit(table).alias("table"),
            pl.col("row").cast(pl.Int64),
            pl.lit(check.column or None, pl.String).alias("column"),
            pl.lit(check.reason).alias("reason"),
            check.value.str.slice(0, _VALUE).alias("value"),
        )
    )


def _any(checks: list[Check]) -> pl.Expr:
    return reduce(or_, (check.bad for check in checks), pl.lit(False))


def _text(column: str, value: pl.Expr | None) -> pl.Expr:
    return (pl.col(column) if value is None else value).cast(pl.String)


def _wanted(kind: pl.DataType) -> str:
    if kind == tables.TIME:
        return "a time"
    return _KINDS.get(type(kind), "a number" if kind.is_numeric() else "text")


def _absent(column: str) -> str:
    return {"account_id": "no account", "sent_at": "no time", "ip": "no address"}.get(column, f"no {column}")


def _is_absent(table: str, column: str) -> pl.Expr:
    value = pl.col(column)
    if tables.INPUT[table][column] == pl.String and (table, column) not in _MAY_BE_BLANK:
        return value.is_null() | (value.str.strip_chars() == "")
    return value.is_null()

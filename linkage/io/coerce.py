"""Foreign columns to contract types: an expression a column, and whether it can fail on a value."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import polars as pl

from linkage import tables
from linkage.errors import TableError
from linkage.settings import TableSource

_PER_SECOND: Final = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}
_EARLIEST: Final = -62_135_596_800  # year 1, in seconds
_LATEST: Final = 253_402_300_800  # year 10000
_INTEGERS: Final = {pl.Int16: 16, pl.Int32: 32, pl.Int64: 64}
_ZONES: Final = ("%z", "%:z", "%#z", "%::z", "%Z", "%+")


@dataclass(frozen=True, slots=True)
class Coerced:
    """How one column takes its contract type; `risky` if a value that is not null can become null."""

    expr: pl.Expr
    risky: bool


def coerce(table: str, column: str, name: str, found: pl.DataType, source: TableSource, where: str) -> Coerced:
    """Column `name` of type `found` as contract column `column` of `table`.

    Raises TableError if no value of that type can be one of the contract type.
    """
    value = pl.col(name)
    wanted = tables.INPUT[table][column]
    if found == pl.Null:
        return Coerced(pl.lit(None, wanted), False)
    if column == "embedding":
        done = _embedding(value, found)
    elif wanted == tables.TIME:
        done = _time(value, found, source)
    elif wanted == pl.String:
        done = _text(value, found)
    elif wanted.is_integer():
        done = _integer(value, found, wanted)
    else:
        done = _number(value, found, wanted)
    if done is None:
        raise TableError(
            f"{where}: column {name!r} is {found}, and {table}.{column} must be {wanted}; convert it, or map another "
            f'column: [input.tables.{table}.columns] {column} = "..."'
        )
    return done


def _text(value: pl.Expr, found: pl.DataType) -> Coerced | None:
    if found == pl.String:
        return Coerced(value, False)
    if found.is_integer() or found == pl.Boolean or isinstance(found, pl.Categorical | pl.Enum | pl.Decimal):
        return Coerced(value.cast(pl.String), False)
    if found.is_float():  # 12.0 is the integer 12 that a null in its column made a float
        whole = value.is_finite() & (value == value.floor()) & (value.abs() < 2**53)
        number = pl.when(whole).then(value).cast(pl.Int64, strict=False).cast(pl.String)
        return Coerced(number.fill_null(value.cast(pl.String)), False)
    if found == pl.Binary:
        return Coerced(value.cast(pl.String, strict=False), True)
    return None


def _integer(value: pl.Expr, found: pl.DataType, wanted: pl.DataType) -> Coerced | None:
    if found == wanted:
        return Coerced(value, False)
    if found.is_integer():
        return Coerced(value.cast(wanted, strict=False), True)
    if found.is_float() or isinstance(found, pl.Decimal):
        return Coerced(_whole(value.cast(pl.Float64), wanted), True)
    if found == pl.String:
        text = value.str.strip_chars()
        exact = text.cast(pl.Int64, strict=False).cast(wanted, strict=False)
        return Coerced(exact.fill_null(_whole(text.cast(pl.Float64, strict=False), wanted)), True)
    return None


def _whole(number: pl.Expr, wanted: pl.DataType) -> pl.Expr:
    return pl.when(number.is_finite() & (number == number.floor())).then(number).cast(wanted, strict=False)


def _number(value: pl.Expr, found: pl.DataType, wanted: pl.DataType) -> Coerced | None:
    if found.is_numeric():
        return Coerced(value.cast(wanted, strict=False), isinstance(found, pl.Decimal))
    if found == pl.String:
        return Coerced(value.str.strip_chars().cast(wanted, strict=False), True)
    return None


def _time(value: pl.Expr, found: pl.DataType, source: TableSource) -> Coerced | None:
    zone = source.time_zone
    if isinstance(found, pl.Datetime):
        exact = value.cast(pl.Datetime("us", found.time_zone))
        if found.time_zone is not None:
            return Coerced(exact.dt.convert_time_zone("UTC"), False)
        return Coerced(_local(exact, zone), zone != "UTC")
    if found == pl.Date:
        return Coerced(_local(value.cast(pl.Datetime("us")), zone), zone != "UTC")
    if found.is_integer() or found.is_float() or isinstance(found, pl.Decimal):
        return Coerced(_epoch(value, found, source.time_unit), True)
    if found == pl.String and source.time_format is not None:
        return Coerced(_formatted(value.str.strip_chars(), source.time_format, zone), True)
    if found == pl.String:
        return Coerced(_iso(value.str.strip_chars(), source), True)
    return None


def _local(naive: pl.Expr, zone: str) -> pl.Expr:
    """A naive time in `zone`, as UTC; an hour that the clocks skip is null, one that comes twice is the first."""
    return naive.dt.replace_time_zone(zone, ambiguous="earliest", non_existent="null").dt.convert_time_zone("UTC")


def _epoch(value: pl.Expr, found: pl.DataType, unit: str) -> pl.Expr:
    per_second = _PER_SECOND[unit]
    number = value if found.is_integer() else value.cast(pl.Float64)
    inside = pl.when(number.is_between(_EARLIEST * per_second, _LATEST * per_second, closed="left")).then(number)
    if found.is_integer():
        whole = inside.cast(pl.Int64, strict=False)
        micros = whole * (10**6 // per_second) if per_second <= 10**6 else whole // (per_second // 10**6)
    else:
        micros = (inside * (10**6 / per_second)).round().cast(pl.Int64, strict=False)
    return micros.cast(tables.TIME)


def _formatted(text: pl.Expr, form: str, zone: str) -> pl.Expr:
    if any(mark in form for mark in _ZONES):
        return text.str.to_datetime(form, strict=False, time_unit="us", time_zone="UTC")
    if not any(mark in form for mark in ("%H", "%I", "%T", "%R", "%X", "%c", "%s")):
        return _local(text.str.to_date(form, strict=False).cast(pl.Datetime("us")), zone)
    return _local(text.str.to_datetime(form, strict=False, time_unit="us"), zone)


def _iso(text: pl.Expr, source: TableSource) -> pl.Expr:
    """ISO 8601 with or without an offset, seconds or time of day, or digits: seconds (time_unit) since 1970."""
    forms = _forms(pl.col("text"), source)

    def parse(texts: pl.Series) -> pl.Series:
        """Try the forms in turn, each on what the ones before it left: most logs keep to one form."""
        found = pl.repeat(None, texts.len(), dtype=tables.TIME, eager=True)
        for form in forms:
            left = (found.is_null() & texts.is_not_null()).arg_true()
            if left.is_empty():
                break
            parsed = texts.gather(left).to_frame("text").select(at=form).to_series()
            found = parsed if left.len() == texts.len() else found.scatter(left, parsed)
        return found

    return text.map_batches(parse, return_dtype=tables.TIME, is_elementwise=True)


def _forms(text: pl.Expr, source: TableSource) -> list[pl.Expr]:
    """The accepted forms of a time, commonest first."""
    tidy = text.str.replace(r"^(\d{4}-\d\d-\d\d)[ t]+", "${1}T").str.replace(r"(?i)\s*(z|utc|gmt)$", "Z")
    tidy = tidy.str.replace(r"\s+([+-])", "${1}").str.replace(",", ".", literal=True)
    zoned = [f"%Y-%m-%dT%H:%M{seconds}%#z" for seconds in (":%S%.f", "")]
    naive = [f"%Y-%m-%dT%H:%M{seconds}" for seconds in (":%S%.f", "")]
    return [
        text.str.to_datetime(zoned[0], strict=False, time_unit="us", time_zone="UTC"),
        _epoch(text.cast(pl.Int64, strict=False), pl.Int64(), source.time_unit),
        *(tidy.str.to_datetime(form, strict=False, time_unit="us", time_zone="UTC") for form in zoned),
        *(_local(tidy.str.to_datetime(form, strict=False, time_unit="us"), source.time_zone) for form in naive),
        _local(text.str.to_date("%Y-%m-%d", strict=False).cast(pl.Datetime("us")), source.time_zone),
        _epoch(text.cast(pl.Float64, strict=False), pl.Float64(), source.time_unit),
    ]


def _embedding(value: pl.Expr, found: pl.DataType) -> Coerced | None:
    """Array stays an Array (of Float32), a list or a text like "[0.1, 0.2]" becomes a List of Float32."""
    if isinstance(found, pl.Array) and isinstance(found.inner, pl.DataType) and found.inner.is_numeric():
        return Coerced(value.cast(pl.Array(pl.Float32, found.size)), False)
    if isinstance(found, pl.List):
        inner = found.inner
        if isinstance(inner, pl.DataType) and (inner.is_numeric() or inner == pl.Null):
            return Coerced(value.cast(pl.List(pl.Float32)), False)
    if found == pl.String:
        items = value.str.strip_chars().str.strip_chars("[]").str.split(",")
        return Coerced(items.list.eval(pl.element().str.strip_chars().cast(pl.Float32, strict=False)), False)
    return None

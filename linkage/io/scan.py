"""One lazy frame a table, with contract columns and types, from files or frames of any of the accepted shapes."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from typing import Final

import polars as pl

from linkage import tables
from linkage.errors import InputError, TableError
from linkage.io import ndjson
from linkage.io.coerce import Coerced, coerce
from linkage.io.guard import guard
from linkage.io.ndjson import MALFORMED
from linkage.io.sources import Files, hint, suffix
from linkage.settings import TableSource

#: Prefix of the columns that carry the given text of values that may not take their contract type.
RAW: Final = "__raw_"
#: True where the source says that rows of unknown accounts are skipped, not rejected.
LENIENT: Final = "__lenient"


@dataclass(frozen=True, slots=True)
class Part:
    """Rows of one shape: a frame as it came, how to read it, what to call it in messages."""

    frame: pl.LazyFrame
    schema: pl.Schema
    source: TableSource
    where: str
    names: frozenset[str]  # columns that the whole source has, this part or not
    kind: str  # parquet, csv, ndjson, jsonl; frame
    scratch: frozenset[Path] = frozenset()  # temporary folders that hold the rows


@dataclass(frozen=True, slots=True)
class Raw:
    """A table of contract columns and types, nothing checked yet, rows in the order of its parts.

    Beside the contract columns: `RAW` + column for every column of `risky` (text as given), `MALFORMED` and `LENIENT`
    if those flags are set. `embedding` is an Array where every part has one of the same width, otherwise a List.
    """

    table: str
    frame: pl.LazyFrame
    risky: frozenset[str]
    malformed: bool
    lenient: bool
    ignored: tuple[str, ...]
    given: frozenset[str]  # contract columns that at least one part has
    textual: bool  # rows are parsed from text whenever they are read
    files: tuple[Path, ...]  # as given, in row order
    scratch: frozenset[Path]  # temporary folders that hold the rows


@dataclass(slots=True)
class _Shape:
    columns: dict[str, Coerced] = field(default_factory=dict)
    ignored: list[str] = field(default_factory=list)


def scan(table: str, sources: Sequence[Files]) -> Raw:
    """The table in these files. Raises InputError for unreadable files, TableError for columns that do not fit."""
    parts = [part for source in sources for part in _parts(source)]
    return _concat(table, parts, tuple(path for source in sources for path in source.paths))


def scan_frames(table: str, frame: pl.DataFrame | pl.LazyFrame, sources: list[TableSource]) -> Raw:
    """The table in a frame, mapped by each of its sources in turn."""
    lazy = frame.lazy()
    with guard(table):
        schema = lazy.collect_schema()
    return _concat(table, [Part(lazy, schema, source, table, frozenset(schema), "frame") for source in sources])


def _parts(files: Files) -> list[Part]:
    scanned: list[tuple[Path, str, pl.Schema, Path]] = []
    names: dict[Path, frozenset[str]] = {}
    for path in files.paths:
        kind = (suffix(path) or "").split(".")[1]
        with guard(path):
            if path.stat().st_size == 0:
                raise InputError(f"{path}: the file is empty (0 bytes); give it at least a header, or remove it")
            readable = ndjson.to_parquet(path) if kind in ("ndjson", "jsonl") else [path]
            schemas = [_lazy([one], kind, files.settings).collect_schema() for one in readable]
        names[path] = frozenset(name for schema in schemas for name in schema) - {MALFORMED}
        scanned += [(one, kind, schema, path) for one, schema in zip(readable, schemas, strict=True)]
    parts = []
    for (kind, schema), group in groupby(scanned, key=lambda row: (row[1], tuple(row[2].items()))):
        rows = list(group)
        frame = _lazy([row[0] for row in rows], kind, files.settings)
        known = frozenset.union(*(names[row[3]] for row in rows))
        scratch = frozenset(row[0].parent for row in rows if row[0] != row[3])
        parts.append(Part(frame, pl.Schema(schema), files.settings, str(rows[0][3]), known, kind, scratch))
    return parts


def _lazy(paths: list[Path], kind: str, settings: TableSource) -> pl.LazyFrame:
    if kind == "csv":  # every column as text: what a value is, is decided value by value
        return pl.scan_csv(paths, infer_schema=False, separator=settings.separator, glob=False)
    return pl.scan_parquet(paths, glob=False, hive_partitioning=False)


def _concat(table: str, parts: list[Part], files: tuple[Path, ...] = ()) -> Raw:
    shapes = [_shape(table, part) for part in parts]
    risky = frozenset(name for shape in shapes for name, column in shape.columns.items() if column.risky)
    malformed = any(MALFORMED in part.schema for part in parts)
    lenient = any(part.source.known_accounts_only for part in parts)
    frames = [_select(table, part, shape, risky, malformed, lenient) for part, shape in zip(parts, shapes, strict=True)]
    if not frames:
        frames = [pl.LazyFrame(schema=tables.INPUT[table])]
    if "embedding" in tables.INPUT[table]:
        frames = _same_embedding(frames)
    return Raw(
        table=table,
        frame=pl.concat(frames, how="vertical") if len(frames) > 1 else frames[0],
        risky=risky,
        malformed=malformed,
        lenient=lenient,
        ignored=tuple(sorted({name for shape in shapes for name in shape.ignored})),
        given=frozenset(name for shape in shapes for name in shape.columns),
        textual=any(_is_text(table, part, shape) for part, shape in zip(parts, shapes, strict=True)),
        files=files,
        scratch=frozenset[Path]().union(*(part.scratch for part in parts)),
    )


def _shape(table: str, part: Part) -> _Shape:
    """How each contract column comes out of a part. Raises TableError for a missing or unfit column."""
    shape = _Shape()
    used = {MALFORMED}
    for column in tables.INPUT[table]:
        name = part.source.columns.get(column, column)
        if column in part.source.constants:
            constant = pl.lit(part.source.constants[column])
            kind = pl.select(constant.alias(column)).schema[column]
            shape.columns[column] = _constant(
                coerce(table, column, column, kind, part.source, part.where), constant, column
            )
        elif name in part.schema:
            shape.columns[column] = coerce(table, column, name, part.schema[name], part.source, part.where)
            used.add(name)
        elif name in part.names:
            continue
        elif column in part.source.columns or column in tables.REQUIRED[table]:
            raise TableError(_missing(table, column, name, part))
    shape.ignored = [name for name in part.schema if name not in used]
    return shape


def _is_text(table: str, part: Part, shape: _Shape) -> bool:
    """Whether reading the part means to parse text; a text that stays a text is not parsed."""
    if part.kind == "frame":
        return False
    times = [name for name in shape.columns if tables.INPUT[table][name] == tables.TIME]
    names = {part.source.columns.get(name, name) for name in times}
    return part.kind != "parquet" or any(part.schema.get(name) == pl.String for name in names)


def _constant(coerced: Coerced, constant: pl.Expr, column: str) -> Coerced:
    """The same value for every row."""
    value = pl.select(constant.alias(column)).select(coerced.expr.alias(column)).to_series()
    return Coerced(pl.lit(value.item(), value.dtype), False)


def _missing(table: str, column: str, name: str, part: Part) -> str:
    names = [one for one in part.schema if one != MALFORMED]
    if len(names) == 1 and (mark := next((each for each in ";\t|," if each in names[0]), None)):
        return (
            f"{part.where}: the first line is one column only: {names[0]}; if its columns are parted by another "
            f"character, say so in linkage.toml: [tables.{table}] separator = {json.dumps(mark)}"
        )
    return (
        f"{part.where}: column {name!r} is missing{hint(name, names)}; found {', '.join(names) or 'no columns'}; "
        f'name the right one in linkage.toml: [input.tables.{table}.columns] {column} = "..."'
    )


def _select(
    table: str, part: Part, shape: _Shape, risky: frozenset[str], malformed: bool, lenient: bool
) -> pl.LazyFrame:
    columns: list[pl.Expr] = []
    for name, wanted in tables.INPUT[table].items():
        one = shape.columns.get(name)
        columns.append((pl.lit(None, wanted) if one is None else one.expr).alias(name))
        if name in risky:
            raw = _given(part, name) if one is not None and one.risky else pl.lit(None, pl.String)
            columns.append(raw.alias(RAW + name))
    if malformed:
        columns.append((pl.col(MALFORMED) if MALFORMED in part.schema else pl.lit(None, pl.String)).alias(MALFORMED))
    if lenient:
        columns.append(pl.lit(part.source.known_accounts_only).alias(LENIENT))
    return part.frame.select(columns)


def _given(part: Part, column: str) -> pl.Expr:
    """The value as given, as text."""
    name = part.source.columns.get(column, column)
    if part.schema[name] == pl.Binary:
        return pl.col(name).bin.encode("hex")
    return pl.col(name).cast(pl.String)


def _same_embedding(frames: list[pl.LazyFrame]) -> list[pl.LazyFrame]:
    kinds = {frame.collect_schema()["embedding"] for frame in frames}
    if len(kinds) == 1:
        return frames
    return [frame.with_columns(pl.col("embedding").cast(pl.List(pl.Float32))) for frame in frames]

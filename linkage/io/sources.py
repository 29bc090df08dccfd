"""Find the files of each table in an input folder."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from linkage import tables
from linkage.errors import InputError, TableError
from linkage.settings import InputSettings, TableSource

COMPRESSED: Final = ("", ".gz", ".zst")
SUFFIXES: Final = (".parquet", *(f"{text}{packed}" for text in (".csv", ".ndjson", ".jsonl") for packed in COMPRESSED))

#: Files of a folder that a message names.
_NAMED: Final = 8


@dataclass(frozen=True, slots=True)
class Files:
    """The files of one source of one table, in the order their rows are numbered in."""

    table: str
    settings: TableSource
    paths: tuple[Path, ...]


def find(folder: Path, settings: InputSettings) -> dict[str, list[Files]]:
    """Files by table, in contract order; tables without any are left out.

    Raises InputError for a missing, empty or ambiguous folder and for a folder without evidence, TableError for a
    source in the settings that names an unknown table or column or no file.
    """
    _check_folder(folder)
    check_settings(settings)
    found: dict[str, list[Files]] = {}
    for table in tables.INPUT:
        if table in settings.tables:
            found[table] = [Files(table, one, _named(folder, table, one)) for one in listed(settings.tables[table])]
        elif paths := _by_name(folder, table):
            found[table] = [Files(table, TableSource(path=table), paths)]
    check_evidence(str(folder), found, _held(folder))
    return found


def _held(folder: Path) -> str:
    """What is in the folder, as a hint where nothing of it was taken for a table."""
    names = sorted(path.name for path in folder.iterdir() if not path.name.startswith("."))
    more = f" and {len(names) - _NAMED:,} more" if len(names) > _NAMED else ""
    near = {f"{table}{known}" for table in tables.EVIDENCE_TABLES for known in ("", *SUFFIXES)}
    cased = next((name for name in names if name not in near and name.lower() in near), None)
    rename = f"; {cased} is not taken for a table: names are in lower case" if cased else ""
    return f"it holds {', '.join(names[:_NAMED])}{more}{rename}; files that can be read end in {', '.join(SUFFIXES)}"


def listed(sources: TableSource | list[TableSource]) -> list[TableSource]:
    """The sources of one table, always as a list."""
    return [sources] if isinstance(sources, TableSource) else list(sources)


def check_evidence(where: str, found: Mapping[str, object], held: str = "") -> None:
    """Raise InputError unless one of the evidence tables is there; `held` says what is."""
    if not set(found) & set(tables.EVIDENCE_TABLES):
        raise InputError(
            f"{where}: no table with evidence found; give at least one of {', '.join(tables.EVIDENCE_TABLES)} "
            "(for example exchanges.parquet), or name the files in linkage.toml under [input.tables.exchanges]"
            + (f"; {held}" if held else "")
        )


def check_settings(settings: InputSettings) -> None:
    """Raise TableError if the settings name a table or a contract column that does not exist."""
    for table, sources in settings.tables.items():
        if table not in tables.INPUT:
            raise TableError(
                f"[input.tables.{table}]: there is no such table{hint(table, tables.INPUT)}; "
                f"use one of {', '.join(tables.INPUT)}"
            )
        columns = tables.INPUT[table]
        for source in listed(sources):
            for column in (*source.columns, *source.constants):
                if column not in columns:
                    raise TableError(
                        f"[input.tables.{table}]: {table} has no column {column!r}{hint(column, columns)}; "
                        f"map onto one of {', '.join(columns)}"
                    )


def hint(word: str, known: Mapping[str, object] | list[str]) -> str:
    """' (did you mean ...?)' for a near miss, otherwise nothing."""
    near = difflib.get_close_matches(word, list(known), n=1, cutoff=0.6)
    return f" (did you mean {near[0]!r}?)" if near else ""


def _check_folder(folder: Path) -> None:
    try:
        if not folder.exists():
            raise InputError(f"{folder}: no such folder; give the folder that holds the tables")
        if not folder.is_dir():
            raise InputError(f"{folder}: is a file; give the folder that holds it")
        if not any(folder.iterdir()):
            raise InputError(f"{folder}: the folder is empty; put the tables there (exchanges.parquet, ...)")
    except PermissionError as error:
        raise InputError(f"{folder}: may not be read; give this user the right to read it") from error


def _by_name(folder: Path, table: str) -> tuple[Path, ...]:
    """Files of a table found by its name: one file, or one folder of parts."""
    candidates = [folder / f"{table}{suffix}" for suffix in SUFFIXES]
    candidates = [path for path in candidates if path.is_file()]
    parts = folder / table
    if parts.is_dir():
        candidates.append(parts)
    if len(candidates) > 1:
        raise InputError(
            f"{folder}: {' and '.join(path.name for path in candidates)} could both be the table {table}; keep one, "
            f"or name the one to read under [input.tables.{table}]"
        )
    if not candidates:
        return ()
    return _parts(candidates[0], table) if candidates[0].is_dir() else (candidates[0],)


def _named(folder: Path, table: str, source: TableSource) -> tuple[Path, ...]:
    """Files of a source that the settings name: a file, a folder of parts or a glob."""
    path = folder / source.path
    if path.is_dir():
        return _parts(path, table)
    paths = (path,) if path.is_file() else tuple(sorted(_globbed(path)))
    paths = tuple(one for one in paths if one.is_file())
    if not paths:
        raise InputError(f"{path}: no such file; correct path under [input.tables.{table}]")
    for one in paths:
        if suffix(one) is None:
            raise InputError(f"{one}: the format is not known; use one of {', '.join(SUFFIXES)}")
    return paths


def _globbed(path: Path) -> list[Path]:
    """What a path with wildcards matches."""
    base = next(parent for parent in path.parents if not set(str(parent)) & set("*?["))
    return list(base.glob(str(path.relative_to(base))))


def _parts(folder: Path, table: str) -> tuple[Path, ...]:
    """Every table file below a folder, in path order; hidden and _underscored files are not parts."""
    paths = sorted(
        path
        for path in folder.rglob("*")
        if path.is_file()
        and suffix(path) is not None
        and not any(name.startswith((".", "_")) for name in path.relative_to(folder).parts)
    )
    if not paths:
        raise InputError(f"{folder}: holds no part of {table}; put files there that end in {', '.join(SUFFIXES)}")
    return tuple(paths)


def suffix(path: Path) -> str | None:
    """Which of the known suffixes a file has."""
    return next((known for known in SUFFIXES if path.name.lower().endswith(known)), None)

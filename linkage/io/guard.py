"""Turn what Polars and the system say about a bad file into one message a user can act on."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

import polars as pl

from linkage.errors import InputError

_ADVICE = (
    (r"more fields than defined", "a line has more fields than the header", "quote the separators inside values"),
    (r"invalid utf-?8", "the text is not UTF-8", "convert it, for example with iconv -t UTF-8"),
    (r"empty CSV|empty ndjson|no data", "the file is empty", "give a file with at least a header, or remove it"),
    (r"could not parse .* as dtype `str`", "a quoted value never ends", "close the quotes, or set another separator"),
    (
        r"out of spec|PAR1|magic|metadata|parquet|thrift|footer",
        "the Parquet file is damaged or cut short",
        "copy it again",
    ),
    (
        r"gzip|deflate|end of file|end-of-stream|zstd|decompress|corrupt|frame",
        "the compressed file is damaged or cut short",
        "copy it again",
    ),
    (r"permission denied", "the file may not be read", "give this user the right to read it"),
    (r"no such file|not found", "the file is gone", "check the path"),
    (r"no space left", "the disk is full", "free some space, or set TMPDIR to a larger disk"),
)


@contextmanager
def guard(where: object) -> Iterator[None]:
    """Raise InputError("WHERE: what was found; what to do") for any Polars or system error inside.

    `where` names the file or the table being read. Lazy tables fail when they are collected, so collect inside.
    """
    try:
        yield
    except (pl.exceptions.PolarsError, OSError, UnicodeError, EOFError) as error:
        raise InputError(explain(where, error)) from error


def explain(where: object, error: BaseException) -> str:
    """One line for a failure while reading `where`."""
    text = str(error)
    for pattern, found, remedy in _ADVICE:
        if re.search(pattern, text, re.IGNORECASE | re.DOTALL):
            return f"{where}: {found}; {remedy} ({_first_line(text)})"
    return f"{where}: cannot be read: {_first_line(text)}; check the file"


def _first_line(text: str) -> str:
    line = text.strip().splitlines()[0] if text.strip() else "no details"
    return line if len(line) <= 160 else line[:157] + "..."

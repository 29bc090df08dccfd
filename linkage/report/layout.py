"""What a report is laid out in: headings, sentences, tables and charts, and figures as a person reads them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import NamedTuple

from linkage.report import words


class Heading(NamedTuple):
    """A heading of level 1 to 3."""

    level: int
    text: str


class Bullets(NamedTuple):
    """Sentences, one below the other."""

    items: Sequence[str]


class Table(NamedTuple):
    """Cells as a person reads them; columns whose name is in `right` hold figures."""

    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    right: frozenset[str]
    note: str = ""


class Chart(NamedTuple):
    """Bars: a label and one length a series, each shown as it is."""

    title: str
    series: Sequence[str]
    rows: Sequence[tuple[str, Sequence[float]]]
    upright: bool  # a bar a day from left to right, else one below the other


Block = Heading | Bullets | Table | Chart


def capped(number: int, most: int, what: str) -> str:
    """What is said below a table that shows only its first rows; nothing for others."""
    return f"The first {most:,} of {number:,} {what}; the JSON and CSV formats list all." if number > most else ""


def table(columns: Sequence[str], rows: Iterable[Sequence[str]], right: Iterable[str] = (), note: str = "") -> Table:
    """A table of these rows; columns in `right` hold figures."""
    return Table(columns, list(rows), frozenset(right), note)


def count(value: float | None) -> str:
    """A whole number with separators; a dash for none."""
    return words.count(value) or "-"


def figure(value: float | None, places: int) -> str:
    """A number with so many places; a dash for none."""
    return words.figure(value, places) or "-"


def chance(value: float | None) -> str:
    """A probability; a dash for none, and what is not certain never reads as certain."""
    return words.chance(value) or "-"


def likely(value: float | None) -> str:
    """An estimate that is never certain; a dash for none."""
    return words.likely(value) or "-"


def few(value: float | None) -> str:
    """An expected number with two places, which never reads as nought; a dash for none."""
    return words.few(value, 2) or "-"


def moment(value: date | datetime | None) -> str:
    """A time to the minute, UTC; a dash for none."""
    return value.strftime("%Y-%m-%d %H:%M") if isinstance(value, datetime) else "-"

"""Lines and tables for a terminal. Strings of the logs come out inert: cut short, with what does not print escaped."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

from rich.cells import cell_len

from linkage.progress import printable

#: Characters of a string of the logs that are shown: in a table, of a value, in a sentence.
SHORT, VALUE, LONG, WHOLE = 48, 100, 300, 1200


def inert(value: object, most: int = SHORT) -> str:
    """A string of the logs that can do nothing but be read; an absent one is a dash."""
    if value is None:
        return "-"
    text = str(value)
    shown = printable(text[:most])
    return shown if len(text) <= most else f"{shown}… ({len(text):,} characters)"


def table(head: Sequence[str], rows: Iterable[Sequence[str]], right: Sequence[int] = ()) -> Iterator[str]:
    """Lines of a table; the columns numbered in `right` are figures."""
    every = [list(head), *map(list, rows)]
    widths = [max(map(cell_len, column)) for column in zip(*every, strict=True)]
    for row in every:
        cells = [
            " " * (width - cell_len(cell)) + cell if index in right else cell + " " * (width - cell_len(cell))
            for index, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        yield "  " + "  ".join(cells).rstrip()


def fact(label: str, text: str) -> str:
    """A labelled line."""
    return f"{label:<18} {text}"


def bullets(texts: Iterable[str], none: str = "none") -> Iterator[str]:
    """A line each, or what stands for nothing."""
    found = [f"  - {inert(text, LONG)}" for text in texts]
    yield from found or [f"  {none}"]


def chance(value: float | None) -> str:
    """A probability; what is not certain never reads as 1.00."""
    if value is None:
        return "-"
    return ">0.99" if 0.995 <= value < 1 else f"{value:.2f}"


def likely(value: float | None) -> str:
    """An estimate that is never certain, however it was rounded: neither 1.00 nor 0.00."""
    if value is None:
        return "-"
    return ">0.99" if value >= 0.995 else "<0.01" if value < 0.005 else f"{value:.2f}"


def few(value: float | None) -> str:
    """An expected number; one that is not nought never reads as nought."""
    return "-" if value is None else "<0.1" if 0 <= value < 0.05 else f"{value:,.1f}"


def number(count: int, one: str) -> str:
    """So many of something, in its plural where there are several."""
    return f"{count:,} {one}" if count == 1 else f"{count:,} {one}s"


def named(kind: str, value: str | None) -> str:
    """A value with its kind, said once where a pseudonym begins with it."""
    said = inert(value, VALUE)
    return said if said.startswith(f"{kind}:") else f"{inert(kind)} {said}"


def moment(time: datetime | None) -> str:
    """A time to the minute, UTC."""
    return "-" if time is None else f"{time:%Y-%m-%d %H:%M}"


def span(first: datetime | None, last: datetime | None) -> str:
    """From day to day."""
    return "-" if first is None or last is None else f"{first:%Y-%m-%d} to {last:%Y-%m-%d}"


def as_json(found: Any) -> str:
    """What a command found, as JSON that no terminal obeys: all but ASCII is escaped."""
    text = json.dumps(_plain(found), indent=2, ensure_ascii=True, allow_nan=False, default=_plain)
    return text.replace("\x7f", "\\u007f")


def _plain(value: Any) -> Any:
    """Dataclasses as objects, times as text, numbers that are none as null."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {each.name: _plain(getattr(value, each.name)) for each in dataclasses.fields(value)}
    if isinstance(value, dict):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, float) and value - value != 0:
        return None
    return value

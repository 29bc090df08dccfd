"""The document as Markdown (tables as GitHub's) in which a text of the logs is text and nothing else."""

from __future__ import annotations

import re
from collections.abc import Iterator

from linkage.report.blocks import blocks
from linkage.report.document import Document
from linkage.report.layout import Bullets, Chart, Heading, Table

_MARKS = re.compile(r"([\\`*_\[\]{}|~$@^])")
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
_LEADING = re.compile(r"^(\s*)(?:([#+=-])|(\d{1,9})([.)])(?=\s|$))")
_LINKS = re.compile(r"(?i)(\b(?:https?|ftp|mailto|javascript|data))(:)|(\bwww)(\.)")


def render(document: Document) -> str:
    """The document as text; ends with a line end."""
    return "\n\n".join(part for block in blocks(document) for part in _drawn(block)) + "\n"


def inert(text: str) -> str:
    """A text within a line that Markdown shows as it is: no markup, no HTML, no link made of an address."""
    text = "".join(_ENTITIES.get(char, char) for char in text)
    text = _MARKS.sub(r"\\\1", text)
    return _LINKS.sub(lambda found: f"{found[1] or found[3]}\\{found[2] or found[4]}", text)


def paragraph(text: str) -> str:
    """The same for a text that begins a line: it makes no heading, list or rule either."""
    return _LEADING.sub(lambda found: f"{found[1]}{found[3] or ''}\\{found[2] or found[4]}", inert(text))


def _drawn(block: object) -> Iterator[str]:
    if isinstance(block, Heading):
        yield f"{'#' * block.level} {paragraph(block.text)}"
    elif isinstance(block, Bullets):
        if block.items:
            yield "\n".join(f"- {paragraph(item)}" for item in block.items)
    elif isinstance(block, Chart):
        rows = [(label, *(_length(length) for length in lengths)) for label, lengths in block.rows]
        yield paragraph(block.title) + ":"
        yield _table(Table(("", *block.series), rows, frozenset(block.series)))
    elif isinstance(block, Table):
        if block.rows:
            yield _table(block)
        if block.note:
            yield paragraph(block.note)


def _length(value: float) -> str:
    return f"{value:,.0f}" if value.is_integer() else f"{value:,g}"


def _table(table: Table) -> str:
    lines = [
        table.columns,
        ["---:" if name in table.right else "---" for name in table.columns],
        *([inert(cell) for cell in row] for row in table.rows),
    ]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)

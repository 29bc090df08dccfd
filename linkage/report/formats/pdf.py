"""The document as PDF, typeset by typst (extra `pdf`).

The layout program is fixed; the document comes to it as JSON data, so that no text of the logs is ever typst source.
"""

from __future__ import annotations

import json
from datetime import date
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

from linkage.errors import MissingExtraError
from linkage.report.blocks import blocks
from linkage.report.document import Document
from linkage.report.layout import Bullets, Chart, Heading, Table

LAYOUT: Final = Path(__file__).parents[1] / "templates" / "report.typ"
#: Characters after which a long word may be broken, and how often where it has none of them.
_BREAK: Final = 24


def render(document: Document) -> bytes:
    """The PDF; the same bytes for the same document and fonts. Raises MissingExtraError without typst."""
    if find_spec("typst") is None:
        raise MissingExtraError("PDF needs typst, which is not installed: pip install 'account-linkage[pdf]'")
    import typst

    data = json.dumps(source(document), ensure_ascii=False).encode()
    compiled: Any = typst.compile  # its stub does not know of files by name
    made: bytes = compiled({"main.typ": LAYOUT.read_bytes(), "data.json": data})
    return made


def source(document: Document) -> dict[str, Any]:
    """What the layout program is given."""
    header = document.overview.header
    return {
        "title": "linkage report",
        "mark": f"TLP:{header.tlp.upper()}",
        "run": header.run_hash,
        "blocks": [_drawn(block) for block in blocks(document)],
    }


def _drawn(block: object) -> dict[str, Any]:
    if isinstance(block, Heading):
        return {"is": "heading", "level": block.level, "text": _broken(block.text)}
    if isinstance(block, Bullets):
        return {"is": "bullets", "items": [_broken(item) for item in block.items]}
    if isinstance(block, Chart):
        return _chart(block)
    assert isinstance(block, Table)
    return {
        "is": "table",
        "columns": list(block.columns),
        "right": [name in block.right for name in block.columns],
        "rows": [[_broken(cell) for cell in row] for row in block.rows],
        "note": block.note,
    }


def _chart(chart: Chart) -> dict[str, Any]:
    """Bars; those of days with the day's place on the axis, counted from the first."""
    rows = [{"label": label, "lengths": list(lengths), "said": f"{lengths[0]:,.0f}"} for label, lengths in chart.rows]
    most = max((length for _, lengths in chart.rows for length in lengths), default=0.0)
    drawn = {"is": "bars", "title": chart.title, "series": list(chart.series), "rows": rows, "most": max(most, 1.0)}
    if chart.upright:
        at = [date.fromisoformat(label).toordinal() for label, _ in chart.rows]
        placed = [{**row, "at": day - at[0]} for row, day in zip(rows, at, strict=True)]
        tops = [max(max(lengths[i] for _, lengths in chart.rows), 1.0) for i in range(len(chart.series))]
        mosts = " and ".join(f"{top:,.0f} {name}" for name, top in zip(chart.series, tops, strict=True))
        said = f"{chart.rows[0][0]} to {chart.rows[-1][0]}, at most {mosts} a day"
        drawn |= {"is": "days", "rows": placed, "span": at[-1] - at[0] + 1, "tops": tops, "said": said}
    return drawn


def _broken(text: str) -> str:
    """The text with places (U+200B) where a word too long for a line may be broken."""
    return " ".join(
        word if len(word) <= _BREAK else "\u200b".join(word[i : i + _BREAK] for i in range(0, len(word), _BREAK))
        for word in text.split(" ")
    )

"""Boxes whose areas are to each other as their values: a squarified treemap (Bruls, Huizing & van Wijk 2000)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from markupsafe import Markup

from linkage.report.html.charts import LEVELS
from linkage.report.html.svg import drawing, el

WIDTH: Final = 960
HEIGHT: Final = 360
_LINE: Final = 14
_LETTER: Final = 6.6


class Item(NamedTuple):
    """A box: how large, how strong its colour (0 to 1), and the lines written in it, of which those that fit stand."""

    value: float
    strength: float
    lines: tuple[str, ...]


def treemap(items: Sequence[Item], title: str) -> Markup | None:
    """The items, largest first from the top left; those without a value are left out."""
    drawn = sorted((each for each in items if each.value > 0), key=lambda each: -each.value)
    if not drawn:
        return None
    placed = squarified([each.value for each in drawn], float(WIDTH), float(HEIGHT))
    return drawing(
        WIDTH,
        HEIGHT,
        title,
        *(_box(item, box) for item, box in zip(drawn, placed, strict=True)),
        class_="treemap",
    )


def squarified(values: Sequence[float], width: float, height: float) -> list[tuple[float, float, float, float]]:
    """values, descending and over 0 -> x, y, width, height of each box."""
    scale = width * height / sum(values)
    areas = [value * scale for value in values]
    placed: list[tuple[float, float, float, float]] = []
    x, y, at = 0.0, 0.0, 0
    while at < len(areas):
        side = max(min(width, height), 1e-9)
        row = [areas[at]]
        while at + len(row) < len(areas):
            longer = [*row, areas[at + len(row)]]
            if _worst(longer, side) > _worst(row, side):
                break
            row = longer
        thick = sum(row) / side
        along = 0.0
        for area in row:
            length = area / thick if thick else 0.0
            upright = width >= height
            placed.append((x, y + along, thick, length) if upright else (x + along, y, length, thick))
            along += length
        if width >= height:
            x, width = x + thick, width - thick
        else:
            y, height = y + thick, height - thick
        at += len(row)
    return placed


def _worst(row: Sequence[float], side: float) -> float:
    """The greatest ratio of length to width in a row."""
    total = sum(row)
    return max(side**2 * max(row) / total**2, total**2 / (side**2 * min(row)))


def _box(item: Item, box: tuple[float, float, float, float]) -> Markup:
    x, y, width, height = box
    shade = min(int(item.strength * LEVELS), LEVELS - 1)
    room = int((width - 12) // _LETTER)
    most = max(0, int((height - 8) // _LINE))
    first, *others = item.lines
    lines = [_fit(first, room), *(line for line in others if len(line) <= room)][:most] if room >= 4 else []
    texts = [
        el("text", line, x=x + 7, y=y + 16 + i * _LINE, class_="name" if i == 0 else None)
        for i, line in enumerate(lines)
    ]
    rect = el("rect", x=x + 1, y=y + 1, width=max(width - 2, 0.5), height=max(height - 2, 0.5))
    return el("g", el("title", "\n".join(item.lines)), rect, *texts, class_=f"q{shade}")


def _fit(text: str, room: int) -> str:
    return text if len(text) <= room else f"{text[: room - 1]}…"

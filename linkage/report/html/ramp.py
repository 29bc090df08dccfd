"""Exchanges by day and model, stacked: the ramp, and moves to other models."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from markupsafe import Markup

from linkage.report import words
from linkage.report.html.charts import WIDTH, Axis
from linkage.report.html.svg import boxes, drawing, el
from linkage.report.model import ModelDay

#: Models with a colour and pattern of their own; the others are drawn together.
MODELS: Final = 5
_TALL: Final = 170
_TOP: Final = 12


def ramp(days: Sequence[ModelDay]) -> Markup | None:
    """A bar a day, parted by model, the most used at the bottom."""
    if not days:
        return None
    sums: dict[str, int] = {}
    for each in days:
        sums[each.model] = sums.get(each.model, 0) + each.exchanges
    order = sorted(sums, key=lambda model: (-sums[model], model))
    own = order[:MODELS]
    axis = Axis(min(each.day for each in days), max(each.day for each in days))
    stacks = [[0] * axis.groups for _ in range(MODELS + 1)]
    for each in days:
        stacks[own.index(each.model) if each.model in own else MODELS][axis.group(each.day)] += each.exchanges
    most = max(*(sum(day) for day in zip(*stacks, strict=True)), 1)
    zero, wide = _TOP + _TALL, max(axis.step - 2, 1.0)
    below = [0.0] * axis.groups
    paths = []
    for i, stack in enumerate(stacks):
        at = []
        for group, count in enumerate(stack):
            tall = _TALL * count / most
            if count:
                at.append((axis.x(group) + 1, zero - below[group] - tall, wide, tall))
            below[group] += tall
        if at:
            paths.append(el("path", class_=f"m{i}", d=boxes(at)))
    names = [*(words.inert(model) for model in own), *(["others"] if len(order) > MODELS else [])]
    return drawing(
        WIDTH,
        zero + 46,
        f"Exchanges by day and model, {axis.first} onwards; the busiest has {most:,}",
        *paths,
        el("path", class_="axis", d=f"M{axis.left} {zero}H{axis.right}"),
        el("text", f"{most:,}", x=axis.left - 6, y=_TOP + 9, class_="tick end"),
        el("text", "0", x=axis.left - 6, y=zero, class_="tick end"),
        *axis.labels(zero + 16.0),
        *_legend(axis.left, zero + 30, names),
        class_="ramp",
    )


def _legend(x: int, y: int, names: Sequence[str]) -> list[Markup]:
    drawn, at = [], float(x)
    for i, name in enumerate(names):
        said = name if len(name) <= 24 else f"{name[:23]}…"
        drawn.append(el("rect", class_=f"m{i}", x=at, y=y, width=12, height=10))
        drawn.append(el("text", said, x=at + 17, y=y + 9, class_="tick"))
        at += 34 + 6.4 * len(said)
    return drawn

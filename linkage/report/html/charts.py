"""Charts of a campaign in time: members that come and go, the hours it is active, the span of its life."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Final

from markupsafe import Markup

from linkage.report.html.svg import boxes, drawing, el
from linkage.report.model import Timeline

WIDTH: Final = 960
#: Days drawn one by one; a longer time is drawn in groups of days.
DAYS: Final = 120
LEVELS: Final = 6
_LEFT: Final = 44
_RIGHT: Final = 10
_HEIGHT: Final = 250
_CELL: Final = 11
#: Width of a letter of a label, at most on average.
_LETTER: Final = 7.0


class Axis:
    """Days from left to right, in groups where they are many."""

    def __init__(self, first: date, last: date, left: int = _LEFT, right: int = WIDTH - _RIGHT) -> None:
        self.first, self.days = first, (last - first).days + 1
        self.each = -(-self.days // DAYS)  # days in a group
        self.groups = -(-self.days // self.each)
        self.left, self.right = left, right
        self.step = (right - left) / max(self.groups, 12)

    def group(self, day: date) -> int:
        """Place of a day's group, from 0."""
        return (day - self.first).days // self.each

    def x(self, group: float) -> float:
        """Where a group begins."""
        return self.left + group * self.step

    def labels(self, y: float) -> Iterable[Markup]:
        """Some dates, at least 70 apart and within the picture."""
        every = max(1, -(-70 // int(self.step)) if self.step >= 1 else 70)
        for group in range(0, self.groups, every):
            day = self.first + timedelta(days=group * self.each)
            text = day.strftime("%d %b" if self.days <= 300 else "%b %Y")
            if self.x(group) + _LETTER * len(text) > self.right + _RIGHT:
                break
            yield el("text", text, x=self.x(group), y=y, class_="tick")


def timeline(times: Timeline, end: date | None) -> Markup | None:
    """Members that began (upwards) and ended (downwards) a day, members active between, and events as marks.

    Who made an exchange on the day the data end has not ended; `end` is that day.
    """
    if not times.days:
        return None
    events = [each.at.date() for each in times.events if each.at is not None]
    axis = Axis(
        min(times.days[0].day, *events, times.days[0].day), max(times.days[-1].day, *events, times.days[-1].day)
    )
    began, ended = [0] * axis.groups, [0] * axis.groups
    for each in times.days:
        began[axis.group(each.day)] += each.began
        ended[axis.group(each.day)] += each.ended if each.day != end else 0
    most_up, most_down = max(*began, 1), max(*ended, 1)
    up, down, top = 130, 56, 18
    zero = top + up
    wide = max(axis.step - 2, 1.0)
    alive, running = [], 0
    for came, went in zip(began, ended, strict=True):
        running += came
        alive.append(running)
        running -= went
    most = max(alive)
    line = " ".join(
        f"{axis.x(i) + axis.step / 2:.1f},{zero - up * value / max(most, 1):.1f}" for i, value in enumerate(alive)
    )
    unit = "a day" if axis.each == 1 else f"in {axis.each} days"
    said = f"Members by {times.begin} and by last exchange, {axis.first} to {times.days[-1].day}"
    return drawing(
        WIDTH,
        _HEIGHT,
        said,
        el("path", class_="began", d=boxes(_bars(axis, began, zero, -up / most_up, wide))),
        el("path", class_="ended", d=boxes(_bars(axis, ended, zero + 1, down / most_down, wide))),
        el("polyline", class_="alive", points=line),
        el("path", class_="axis", d=f"M{axis.left} {zero}H{axis.right}"),
        *_scale(axis.left, top, zero, zero + down, most_up, most_down),
        *_marks(axis, times, top - 8),
        *axis.labels(_HEIGHT - 24.0),
        el("text", f"bars: members {unit}; line: members present, at most {most:,}", x=axis.left, y=_HEIGHT - 6),
        class_="timeline",
    )  # fmt: skip


def _bars(
    axis: Axis, counts: Sequence[int], zero: float, scale: float, wide: float
) -> Iterable[tuple[float, float, float, float]]:
    for i, count in enumerate(counts):
        if count:
            tall = max(abs(count * scale), 1.5)
            yield axis.x(i) + 1, zero - tall if scale < 0 else zero, wide, tall


def _scale(x: int, top: float, zero: float, bottom: float, up: int, down: int) -> Iterable[Markup]:
    for y, text in ((top + 9, f"{up:,}"), (zero - 2, "0"), (bottom, f"{down:,}")):
        yield el("text", text, x=x - 6, y=y, class_="tick end")


def _marks(axis: Axis, times: Timeline, y: float) -> Iterable[Markup]:
    """A mark an event; the table below says what it is."""
    seen: dict[int, list[str]] = {}
    for each in times.events:
        if each.at is not None and each.kind not in ("first seen", "last seen"):
            seen.setdefault(axis.group(each.at.date()), []).append(f"{each.at:%Y-%m-%d}: {each.text}")
    for group, texts in seen.items():
        x = axis.x(group) + axis.step / 2
        title = el("title", "\n".join(texts[:8]) if len(texts) < 9 else f"{len(texts)} events")
        yield el("path", title, class_="mark", d=f"M{x:.1f} {y + 8:.1f}l-5 -8h10z")


def heat(cells: Sequence[tuple[date, int, int]]) -> Markup | None:
    """Exchanges by day (across) and hour of the day (down), in six steps of even size on a root scale."""
    if not cells:
        return None
    axis = Axis(min(day for day, _, _ in cells), max(day for day, _, _ in cells))
    sums: dict[tuple[int, int], int] = {}
    for day, hour, exchanges in cells:
        key = axis.group(day), hour
        sums[key] = sums.get(key, 0) + exchanges
    most = max(*sums.values(), 1)
    wide = min(axis.step, 22.0)
    levels: list[list[tuple[float, float, float, float]]] = [[] for _ in range(LEVELS)]
    for (group, hour), value in sorted(sums.items()):
        if value:
            box = axis.left + group * wide, float(hour * _CELL), wide - 1, _CELL - 1.0
            levels[level(value, most)].append(box)
    axis.step = wide
    tall = 24 * _CELL
    hours = [el("text", f"{h:02}", x=_LEFT - 6, y=h * _CELL + 9, class_="tick end") for h in range(0, 24, 3)]
    unit = "an hour" if axis.each == 1 else f"an hour of {axis.each} days"
    return drawing(
        WIDTH,
        tall + 46,
        f"Exchanges by day and hour, {axis.first} onwards; the busiest hour has {most:,}",
        el("path", class_="ground", d=boxes([(axis.left, 0.0, axis.groups * wide - 1, tall - 1.0)])),
        *(el("path", class_=f"q{i}", d=boxes(boxed)) for i, boxed in enumerate(levels) if boxed),
        *hours,
        *axis.labels(tall + 14.0),
        *_legend(axis.left, tall + 28, most, unit),
        class_="heat",
    )


def level(value: float, most: float) -> int:
    """Step of a value, 0 to LEVELS - 1, even on a root scale."""
    return min(int((value / most) ** 0.5 * LEVELS), LEVELS - 1)


def _legend(x: int, y: int, most: int, unit: str) -> Iterable[Markup]:
    for i in range(LEVELS):
        yield el("rect", class_=f"q{i}", x=x + i * 16, y=y, width=14, height=10)
    yield el("text", f"few to {most:,} exchanges {unit}", x=x + LEVELS * 16 + 6, y=y + 9, class_="tick")


def hours(cells: Sequence[tuple[date, int, int]]) -> list[int]:
    """Exchanges by hour of the day, 24 of them."""
    sums = [0] * 24
    for _, hour, exchanges in cells:
        sums[hour] += exchanges
    return sums


def life(first: datetime | None, last: datetime | None, least: datetime | None, most: datetime | None) -> Markup:
    """When a campaign lived within the data, as a bar."""
    if first is None or last is None or least is None or most is None or most <= least:
        return Markup()
    span = (most - least).total_seconds()
    start = 140 * (first - least).total_seconds() / span
    wide = max(140 * (last - first).total_seconds() / span, 3.0)
    return el(
        "svg",
        el("rect", class_="ground", x=0, y=0, width=140, height=10),
        el("rect", class_="bar", x=start, y=0, width=wide, height=10),
        class_="life",
        viewBox="0 0 140 10",
        width=140,
        height=10,
        aria_hidden="true",
    )


def bar(share: float | None, kind: str = "") -> Markup:
    """A part of one as a bar; its figure stands beside it."""
    if share is None:
        return Markup()
    return el(
        "svg",
        el("rect", class_="ground", width=64, height=8),
        el("rect", class_="bar", width=64.0 * min(max(share, 0.0), 1.0), height=8),
        class_=f"part {kind}".strip(),
        viewBox="0 0 64 8",
        width=64,
        height=8,
        aria_hidden="true",
    )

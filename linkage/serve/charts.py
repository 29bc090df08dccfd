"""Charts of a campaign in time, as inline SVG."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any, Final

import numpy as np
import polars as pl
from markupsafe import Markup

from linkage.report.model import Hour
from linkage.serve.drawing import EDGE, WIDTH, Graph, svg

#: Bars of the timeline, and columns of the hours, at most.
BARS: Final = 90


def timeline(members: pl.DataFrame, end: date | None) -> Graph:
    """Accounts by the day of their first and of their last exchange, in equal bars.

    Who made an exchange on the day the data end has not ended; `end` is that day.
    """
    began = members["first_seen"].drop_nulls().dt.date()
    ended = members["last_seen"].drop_nulls().dt.date()
    if began.is_empty() or ended.is_empty():
        return Graph(Markup(""), "No times are known.")
    first, last = _date(began.min()), _date(ended.max())
    lasting = int((ended == end).sum()) if end else 0
    each = max(1, -(-((last - first).days + 1) // BARS))
    bars = (last - first).days // each + 1
    counts = [
        np.bincount((of.cast(pl.Int32).to_numpy() - first.toordinal() + _EPOCH) // each, minlength=bars)
        for of in (began, ended.filter(ended != end) if end else ended)
    ]
    width, up, down = WIDTH, 66, 40
    step = (width - 2.0 * EDGE) / bars
    parts = []
    for name, count, sign, room in (("began", counts[0], -1, up), ("ended", counts[1], 1, down)):
        scale = room / max(int(count.max()), 1)
        for place, n in enumerate(count):
            if n:
                high = max(1.0, float(n) * scale)
                y = 14 + up - high if sign < 0 else 15.0 + up
                said = f"{first + timedelta(days=each * place)}: {n:,} {name}"
                parts.append(
                    f'<rect class="{name}" x="{EDGE + place * step:.1f}" y="{y:.1f}" width="{max(step - 1, 0.7):.1f}" '
                    f'height="{high:.1f}"><title>{said}</title></rect>'
                )
    base = 14.5 + up
    parts.append(f'<path class="axis" d="M{EDGE} {base}H{width - EDGE}"/>')
    parts.append(f'<text class="tick" x="{EDGE}" y="{base + down + 18:.0f}">{first}</text>')
    parts.append(f'<text class="tick end" x="{width - EDGE}" y="{base + down + 18:.0f}">{last}</text>')
    many = "a day" if each == 1 else f"in {each} days"
    text = (
        f"First exchanges above the line, at most {int(counts[0].max()):,} {many}; last exchanges below, at most "
        f"{int(counts[1].max()):,}. {first} to {last}."
        + (f" {lasting:,} were active on the day the data end and are not drawn as ended." if lasting else "")
    )
    return Graph(svg(width, up + down + 36, "timeline", text, "".join(parts)), text)


_EPOCH: Final = date(1970, 1, 1).toordinal()


def _date(value: Any) -> date:
    assert isinstance(value, date)
    return value


def hours(activity: Sequence[Hour]) -> Graph:
    """Exchanges by day, in equal columns, and hour of the day (UTC), in five steps of grey; of all members."""
    if not activity:
        return Graph(Markup(""), "")
    first, last = min(each.day for each in activity), max(each.day for each in activity)
    each_day = max(1, -(-((last - first).days + 1) // BARS))
    columns = (last - first).days // each_day + 1
    count = np.zeros((columns, 24), np.int64)
    for each in activity:
        if 0 <= each.hour < 24:
            count[(each.day - first).days // each_day, each.hour] += each.exchanges
    most = max(int(count.max()), 1)
    step, high = (WIDTH - 2.0 * EDGE) / columns, 5.5
    wide = max(step - 0.6, 0.6)
    shade = np.ceil(5 * np.sqrt(count / most)).astype(int)
    paths = []
    for level in range(1, 6):
        cells = "".join(
            f"M{EDGE + column * step:.1f} {6 + hour * high:.1f}h{wide:.1f}v{high - 0.6:.1f}h-{wide:.1f}z"
            for column, hour in zip(*np.nonzero(shade == level), strict=True)
        )
        paths.append(f'<path class="hour" fill-opacity="{level / 5:.1f}" d="{cells}"/>' if cells else "")
    ticks = "".join(
        f'<text class="tick end" x="{EDGE - 4}" y="{12 + hour * high:.0f}">{hour:02}</text>' for hour in (0, 6, 12, 18)
    )
    text = f"Exchanges of all its members by day and hour (UTC): at most {most:,} in one cell. {first} to {last}."
    return Graph(svg(WIDTH, round(24 * high) + 10, "hours", text, "".join(paths) + ticks), text)

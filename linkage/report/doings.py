"""What members did, laid out: hours, models, templates; and what their community hangs together by."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Final

from linkage.report.layout import Block, Bullets, Chart, Heading, Table, capped, chance, count, table
from linkage.report.model import Campaign

#: Rows that are laid out; the JSON and CSV formats hold all.
TEMPLATES: Final = 100
BRIDGES: Final = 50
DAYS: Final = 400


def hours(of: Campaign) -> Iterator[Block]:
    """Exchanges by day, and by hour of the day."""
    yield Heading(2, "Activity")
    if not of.activity:
        yield Bullets(["The run does not say when its members made exchanges."])
        return
    by_day: Counter[str] = Counter()
    by_hour: Counter[int] = Counter()
    for each in of.activity:
        by_day[str(each.day)] += each.exchanges
        by_hour[each.hour] += each.exchanges
    days = [(day, (float(number),)) for day, number in sorted(by_day.items())]
    yield Chart("Exchanges by day", ("exchanges",), days[:DAYS], True)
    if len(days) > DAYS:
        yield Bullets([f"The first {DAYS:,} of {len(days):,} days are shown."])
    yield Chart(
        "Exchanges by hour of the day (UTC)",
        ("exchanges",),
        [(f"{hour:02}:00", (float(by_hour[hour]),)) for hour in range(24)],
        False,
    )


def sought(of: Campaign) -> Iterator[Block]:
    """What it was after: models, and templates of its own, of which no text is shown."""
    yield Heading(2, "Capabilities sought")
    yield Bullets([of.capability or "The run does not say."])
    yield table(
        ("model", "exchanges", "share", "share elsewhere"),
        [(each.model, count(each.exchanges), chance(each.share), chance(each.elsewhere)) for each in of.models],
        ("exchanges", "share", "share elsewhere"),
    )
    columns = ("template", "accounts", "prompts", "row of exemplar", "exemplar, redacted to words that several share")
    rows = [
        (
            each.template,
            count(each.accounts),
            count(each.prompts),
            count(each.exemplar_row),
            "not kept" if each.words is None else " … ".join(each.words) or "no such word",
        )
        for each in of.templates[:TEMPLATES]
    ]
    yield Table(columns, rows, frozenset(columns[1:4]), capped(len(of.templates), TEMPLATES, "templates"))
    if not of.templates:
        yield Bullets(["The run lists no templates that only this campaign uses."])


def bridges(of: Campaign) -> Iterator[Block]:
    """Links and accounts without which its community falls in two."""
    yield Heading(2, "Bridges")
    if not of.bridges:
        yield Bullets(["The run lists no single link or account that holds its community together."])
        return
    columns = ("account", "other account", "accounts beyond it", "links", "groups of evidence", "what was done")
    rows = [
        (
            each.account_a,
            each.account_b or "all on one side",
            count(each.accounts),
            count(each.links),
            count(each.groups),
            "cut" if each.cut else "kept",
        )
        for each in of.bridges[:BRIDGES]
    ]
    yield Table(columns, rows, frozenset(columns[2:5]), capped(len(of.bridges), BRIDGES, "bridges"))

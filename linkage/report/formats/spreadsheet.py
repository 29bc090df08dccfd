"""The document as CSV tables that a spreadsheet opens without computing anything.

A text cell that begins with `=`, `+`, `-`, `@` (or their full-width forms), a tab, a line end or `'` gets `'` before
it: spreadsheets then take it as text. Cells of figures are left as they are: a negative number is no formula. Every
text is quoted. `restored` undoes it; a reader that computes with the files takes the leading `'` away.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Final

from linkage.report.document import Counts, Custody, Document, Honest, Hubs, Input, Line, Version
from linkage.report.model import (
    Account,
    Action,
    Bridge,
    Campaign,
    Channel,
    Day,
    Doubt,
    Event,
    Explanation,
    Header,
    Hour,
    Indicator,
    Judgement,
    ModelDay,
    ModelUse,
    Record,
    Rest,
    Rival,
    Rung,
    Scale,
    Template,
    Without,
)

#: What begins a formula somewhere, and the mark itself, so that every cell can be restored.
BEGINS: Final = tuple("=+-@\t\r\n'＝＋－＠")  # noqa: RUF001

_README: Final = """\
One table a file; campaign_id joins them. Times are UTC, weights are bits, chances 0 to 1.
An empty cell: the run does not say.
A text that begins with = + - @, a tab, a line end or ' has ' put before it: no spreadsheet takes it for a formula.
"""

#: Table -> what a row of it is, and what stands in tables of its own.
_RECORDS: Final[Mapping[str, tuple[type[Record], tuple[str, ...]]]] = {
    "campaigns": (Line, ()),
    "honest_groups": (Honest, ()),
    "hubs": (Hubs, ()),
    "judgements": (Judgement, ()),
    "scale": (Scale, ()),
    "timeline": (Event, ()),
    "days": (Day, ()),
    "evidence": (Channel, ("top",)),
    "attribution": (Rung, ("rests_on", "rivals")),
    "attribution_rests_on": (Rest, ()),
    "attribution_rivals": (Rival, ()),
    "robustness": (Without, ()),
    "explanations": (Explanation, ()),
    "doubts": (Doubt, ()),
    "activity": (Hour, ()),
    "models": (ModelUse, ()),
    "models_by_day": (ModelDay, ()),
    "templates": (Template, ()),
    "bridges": (Bridge, ()),
    "actions": (Action, ()),
    "accounts": (Account, ()),
    "indicators": (Indicator, ()),
    "custody": (Custody, ("inputs", "versions", "not_reproducible", "notes")),
    "custody_inputs": (Input, ()),
    "custody_versions": (Version, ()),
}
_OF_THE_RUN: Final = ("campaigns", "honest_groups", "hubs", "custody", "custody_inputs", "custody_versions")

Cell = str | int | float | bool | date | datetime | tuple[str, ...] | None


def render(document: Document) -> dict[str, str]:
    """File name -> text, in a fixed order."""
    files = {"README.txt": _README + f"Handling mark: TLP:{document.overview.header.tlp.upper()}\n"}
    for name, rows in _tables(document).items():
        files[f"{name}.csv"] = table(rows, heads(name))
    return files


def heads(name: str) -> list[str]:
    """Columns of a table, those of one without rows too."""
    if name == "run":
        return [*_fields(Header, "title", "campaign_id"), *_fields(Counts)]
    if name == "sentences":
        return ["campaign_id", "section", "text"]
    record, without = _RECORDS[name]
    place = [] if name in _OF_THE_RUN else ["campaign_id", "rung"] if record in (Rest, Rival) else ["campaign_id"]
    return [*place, *_fields(record, *without)]


def table(rows: Iterable[Mapping[str, Cell]], columns: Sequence[str]) -> str:
    """Rows of these columns as CSV with a header, which stands without rows too."""
    held = io.StringIO()
    writer = csv.writer(held, quoting=csv.QUOTE_NONNUMERIC, lineterminator="\r\n")
    writer.writerow(columns)
    for row in rows:
        writer.writerow([_cell(value) for value in row.values()])
    return held.getvalue()


def neutral(text: str) -> str:
    """A text that is no formula."""
    return f"'{text}" if text.startswith(BEGINS) else text


def restored(cell: str) -> str:
    """What `neutral` was given."""
    return cell[1:] if cell.startswith("'") else cell


def _cell(value: Cell) -> str | int | float:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, tuple):
        value = ", ".join(value)
    return neutral(value) if isinstance(value, str) else value


def _tables(document: Document) -> dict[str, Iterator[Mapping[str, Cell]]]:
    of = document.campaigns
    overview = document.overview
    return {
        "run": iter([{**_flat(overview.header, "title", "campaign_id"), **_flat(overview.counts)}]),
        "campaigns": map(_flat, overview.campaigns),
        "honest_groups": map(_flat, overview.honest),
        "hubs": map(_flat, overview.hubs),
        "judgements": _each(of, lambda one: one.judgements),
        "scale": _each(of, lambda one: (one.scale,)),
        "timeline": _each(of, lambda one: one.timeline.events),
        "days": _each(of, lambda one: one.timeline.days),
        "evidence": _each(of, lambda one: one.evidence.channels, "top"),
        "attribution": _each(of, lambda one: one.attribution.rungs, "rests_on", "rivals"),
        "attribution_rests_on": _below(of, "rests_on"),
        "attribution_rivals": _below(of, "rivals"),
        "robustness": _each(of, lambda one: one.robustness.tests),
        "explanations": _each(of, lambda one: one.innocent.explanations),
        "doubts": _each(of, lambda one: one.innocent.doubts),
        "activity": _each(of, lambda one: one.activity),
        "models": _each(of, lambda one: one.models),
        "models_by_day": _each(of, lambda one: one.ramp),
        "templates": _each(of, lambda one: one.templates),
        "bridges": _each(of, lambda one: one.bridges),
        "actions": _each(of, lambda one: one.actions),
        "sentences": _sentences(of),
        "accounts": _each(of, lambda one: one.accounts),
        "indicators": _each(of, lambda one: one.indicators),
        "custody": iter([_flat(document.custody, "inputs", "versions", "not_reproducible", "notes")]),
        "custody_inputs": map(_flat, document.custody.inputs),
        "custody_versions": map(_flat, document.custody.versions),
    }


def _fields(record: type[Record], *without: str) -> list[str]:
    return [name for name in record.model_fields if name not in without]


def _flat(record: Record, *without: str) -> dict[str, Cell]:
    """A record's own values, in the model's order."""
    return {name: getattr(record, name) for name in _fields(type(record), *without)}


def _each(
    campaigns: Sequence[Campaign], part: Callable[[Campaign], Iterable[Record]], *without: str
) -> Iterator[Mapping[str, Cell]]:
    """The records of every campaign, each with its campaign's id."""
    for campaign in campaigns:
        for record in part(campaign):
            yield {"campaign_id": campaign.header.campaign_id, **_flat(record, *without)}


def _below(campaigns: Sequence[Campaign], name: str) -> Iterator[Mapping[str, Cell]]:
    """What stands below the rungs: what a name rests on, or its rivals."""
    for campaign in campaigns:
        for rung in campaign.attribution.rungs:
            for record in getattr(rung, name):
                yield {"campaign_id": campaign.header.campaign_id, "rung": rung.rung, **_flat(record)}


def _sentences(campaigns: Sequence[Campaign]) -> Iterator[Mapping[str, Cell]]:
    """Everything that is said in sentences, by section."""
    for campaign in campaigns:
        sections: list[tuple[str, Iterable[str]]] = [
            *campaign.narrative,
            ("capability", [campaign.capability] if campaign.capability else []),
            ("for", campaign.reasons),
            ("against", campaign.innocent.against),
            ("robustness", [campaign.robustness.verdict]),
            ("limits", campaign.limits),
        ]
        for section, said in sections:
            for text in said:
                yield {"campaign_id": campaign.header.campaign_id, "section": section, "text": text}

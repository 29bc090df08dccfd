"""The model laid out for reading: headings, sentences, tables and charts, which Markdown and PDF then only draw."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from typing import Final, NamedTuple

from linkage.report import words
from linkage.report.document import Document, Overview
from linkage.report.model import Account, Campaign, Channel, Header, Indicator

#: Rows that are laid out; the JSON and CSV formats hold all.
ACCOUNTS: Final = 500
INDICATORS: Final = 200
DAYS: Final = 400


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


def blocks(document: Document) -> Iterator[Block]:
    """The whole document, from first to last."""
    yield from _overview(document.overview, document.estimative)
    for campaign in document.campaigns:
        yield from _campaign(campaign)


def _overview(of: Overview, estimative: str) -> Iterator[Block]:
    yield Heading(1, of.header.title)
    yield _header(of.header)
    yield Bullets([f"Probabilities in {estimative}."])
    yield Heading(2, "The run in figures")
    counts = of.counts.model_dump()
    places = {name: 2 if name == "innocents_expected" else 0 for name in counts}
    rows = [(name.replace("_", " "), _figure(value, places[name])) for name, value in counts.items()]
    yield _table(("what", "figure"), rows, ("figure",))
    yield Heading(2, "Campaigns found")
    yield _table(
        ("campaign", "accounts", "exchanges", "suspicion", "operator", "innocents expected", "first seen", "last seen"),
        [
            (
                each.campaign_id,
                _count(each.accounts),
                _count(each.exchanges),
                _chance(each.suspicion),
                each.operator or "none named",
                _figure(each.innocents_expected, 2),
                _moment(each.first_seen),
                _moment(each.last_seen),
            )
            for each in of.campaigns
        ],
        ("accounts", "exchanges", "suspicion", "innocents expected"),
    )
    yield Heading(2, "Groups let be")
    yield _table(
        ("explanation", "groups", "accounts"),
        [(words.said(each.explanation, "none fits"), _count(each.groups), _count(each.accounts)) for each in of.honest],
        ("groups", "accounts"),
    )
    yield Heading(2, "Values suppressed as too common")
    yield _table(
        ("kind", "why", "values", "pairs not made"),
        [(each.kind, words.said(each.reason), _count(each.values), _count(each.pairs)) for each in of.hubs],
        ("values", "pairs not made"),
    )
    yield Heading(2, "Limits")
    yield Bullets(of.limits)


def _campaign(of: Campaign) -> Iterator[Block]:
    yield Heading(1, of.header.title)
    yield _header(of.header)
    yield Heading(2, "Key judgements")
    yield _table(
        ("judgement", "probability", "rests on"),
        [(each.text, _chance(each.probability), each.rests_on) for each in of.judgements],
        ("probability",),
    )
    yield Heading(2, "Scale")
    yield _table(("what", "figure"), list(_scale(of)), ("figure",))
    for title, said in of.narrative:
        yield Heading(3, title.capitalize())
        yield Bullets(said)
    yield from _timeline(of)
    yield from _evidence(of)
    yield Heading(2, "Capabilities sought")
    yield Bullets([of.capability or "The run does not say."])
    yield from _attribution(of)
    yield from _doubts(of)
    yield Heading(2, "Recommended actions, for a person to decide; nothing is automatic")
    yield _table(
        ("tier", "accounts", "action"),
        [(each.tier, _count(each.accounts), each.text) for each in of.actions],
        ("accounts",),
    )
    yield Heading(2, "Limits")
    yield Bullets(of.limits)
    yield from _annexes(of.accounts, of.indicators)


def _header(of: Header) -> Table:
    rows = [
        ("handling mark", f"TLP:{of.tlp.upper()}"),
        ("linkage", of.linkage_version or "-"),
        ("run", of.run_hash),
        ("seed", "-" if of.seed is None else str(of.seed)),
        ("data from", _moment(of.data_first)),
        ("data to", _moment(of.data_last)),
    ]
    return _table(("header", "value"), rows)


def _scale(of: Campaign) -> Iterator[tuple[str, str]]:
    scale = of.scale
    for name in ("accounts", "core", "periphery", "exchanges", "input_tokens", "output_tokens", "days", "links"):
        yield name.replace("_", " "), _count(getattr(scale, name))
    yield "first seen", _moment(scale.first_seen)
    yield "last seen", _moment(scale.last_seen)
    for name in ("share_of_exchanges", "suspicion", "stability"):
        yield name.replace("_", " "), _chance(getattr(scale, name))


def _timeline(of: Campaign) -> Iterator[Block]:
    times = of.timeline
    yield Heading(2, "Timeline")
    days = [(str(each.day), (float(each.began), float(each.ended))) for each in times.days[:DAYS]]
    if days:
        yield Chart(f"Members by day: {times.begin}, last exchange", ("began", "ended"), days, True)
    more = [f"The first {DAYS:,} of {len(times.days):,} days are shown."] if len(times.days) > DAYS else []
    undated = [f"{times.undated:,} members have no time."] if times.undated else []
    yield _table(("time", "event", "what"), [(_moment(each.at), each.kind, each.text) for each in times.events])
    yield Bullets([*times.notes, *undated, *more])


def _evidence(of: Campaign) -> Iterator[Block]:
    yield Heading(2, "Evidence matrix")
    matrix = of.evidence
    columns = ("kind", "channel", "group", "accounts", "links", "values", "median bits", "hubs", "pairs not made")
    yield _table(columns, [_channel(each) for each in matrix.channels], columns[3:])
    if matrix.channels:
        rows = [(each.kind, (float(each.links),)) for each in matrix.channels]
        yield Chart("Links by kind of evidence", ("links",), rows, False)
    yield _table(
        ("kind", "value", "accounts", "links", "bits"),
        [
            (each.kind, one.value, _count(one.accounts), _count(one.links), _figure(one.bits, 2))
            for each in matrix.channels
            for one in each.top
        ],
        ("accounts", "links", "bits"),
    )
    yield Bullets([*of.reasons, *matrix.notes])


def _channel(of: Channel) -> tuple[str, ...]:
    counts = [_count(each) for each in (of.accounts, of.links, of.values)]
    hubs = [_count(of.hubs), _count(of.hub_pairs)]
    return of.kind, of.channel, of.group or "-", *counts, _figure(of.median_bits, 2), *hubs


def _attribution(of: Campaign) -> Iterator[Block]:
    yield Heading(2, "Attribution")
    for rung in of.attribution.rungs:
        yield Heading(3, rung.rung.capitalize())
        name = "Not named." if rung.name is None else f"{rung.name}: {rung.words or '-'} ({_chance(rung.confidence)})."
        change = [f"What would change this: {rung.would_change}"] if rung.would_change else []
        yield Bullets([name, *([f"Why: {rung.rationale}."] if rung.rationale else []), *change])
        yield _table(
            ("rests on", "value", "bits", "source", "members"),
            [
                (each.kind, each.value, _figure(each.bits, 2), each.source or "-", _count(each.members))
                for each in rung.rests_on
            ],
            ("bits", "members"),
        )
        rivals = [(each.name, _chance(each.posterior), _figure(each.bits, 2)) for each in rung.rivals]
        yield _table(("rival", "posterior", "bits"), rivals, ("posterior", "bits"))
    yield Bullets(of.attribution.notes)


def _doubts(of: Campaign) -> Iterator[Block]:
    yield Heading(2, "Robustness")
    yield Bullets([of.robustness.verdict, f"Stability of its members: {_chance(of.robustness.stability)}."])
    stands = {True: "stands", False: "falls", None: "-"}
    yield _table(
        ("without", "accounts", "share", "bits", "verdict"),
        [
            (each.group, _count(each.accounts), _chance(each.share), _figure(each.bits, 2), stands[each.stands])
            for each in of.robustness.tests
        ],
        ("accounts", "share", "bits"),
    )
    yield Heading(2, "Who may be innocent, and why")
    doubt = of.innocent
    yield _table(
        ("what", "figure"),
        [
            ("innocents expected", _figure(doubt.expected, 2)),
            ("members not very likely to belong", _count(doubt.doubtful)),
        ],
        ("figure",),
    )
    yield _table(
        ("explanation", "fit", "bits", "why"),
        [(each.name, _chance(each.fit), _figure(each.bits, 2), each.text) for each in doubt.explanations],
        ("fit", "bits"),
    )
    yield Bullets([*(f"Against: {each}" for each in doubt.against), *doubt.notes])


def _annexes(accounts: Sequence[Account], indicators: Sequence[Indicator]) -> Iterator[Block]:
    yield Heading(2, "Annex: accounts by tier")
    head = ("account", "tier", "suspicion", "stability", "share", "exchanges", "first seen", "last seen")
    rows = [
        (
            each.account_id,
            each.tier or "-",
            _chance(each.suspicion),
            _chance(each.stability),
            _chance(each.share),
            _count(each.exchanges),
            _moment(each.first_seen),
            _moment(each.last_seen),
        )
        for each in accounts[:ACCOUNTS]
    ]
    yield _table(head, rows, head[2:6], _capped(len(accounts), ACCOUNTS, "accounts"))
    yield Heading(2, "Annex: indicators")
    strongest = sorted(indicators, key=lambda each: (-each.bits, each.kind, each.value))[:INDICATORS]
    shared = [
        (
            each.kind,
            each.value,
            _count(each.accounts),
            _count(each.links),
            _figure(each.bits, 2),
            _moment(each.first_seen),
            _moment(each.last_seen),
        )
        for each in strongest
    ]
    columns = ("kind", "value", "accounts", "links", "bits", "first seen", "last seen")
    yield Table(columns, shared, frozenset(columns[2:5]), _capped(len(indicators), INDICATORS, "indicators"))


def _capped(number: int, most: int, what: str) -> str:
    return f"The first {most:,} of {number:,} {what}; the JSON and CSV formats list all." if number > most else ""


def _table(columns: Sequence[str], rows: Iterable[Sequence[str]], right: Iterable[str] = (), note: str = "") -> Table:
    return Table(columns, list(rows), frozenset(right), note)


def _count(value: float | None) -> str:
    return words.count(value) or "-"


def _figure(value: float | None, places: int) -> str:
    return words.figure(value, places) or "-"


def _chance(value: float | None) -> str:
    return words.chance(value) or "-"


def _moment(value: date | datetime | None) -> str:
    return value.strftime("%Y-%m-%d %H:%M") if isinstance(value, datetime) else "-"

"""The model laid out for reading, from first to last, which Markdown and PDF then only draw."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Final

from linkage.report import words
from linkage.report.annexes import annexes, custody
from linkage.report.document import Document, Overview
from linkage.report.doings import bridges, hours, sought
from linkage.report.layout import (
    Block,
    Bullets,
    Chart,
    Heading,
    Table,
    capped,
    chance,
    count,
    few,
    figure,
    likely,
    moment,
    table,
)
from linkage.report.model import Campaign, Channel, Header

_COUNTED: Final = (
    *("accounts", "core", "periphery", "exchanges", "own_exchanges"),
    *("input_tokens", "output_tokens", "days", "links"),
)
#: Members in doubt that are laid out.
DOUBTS: Final = 50
#: Days that are drawn; the JSON and CSV formats hold all.
DAYS: Final = 400


def blocks(document: Document) -> Iterator[Block]:
    """The whole document, from first to last."""
    yield from _overview(document.overview, document.estimative)
    last = document.overview.header.data_last
    for campaign in document.campaigns:
        yield from _campaign(campaign, None if last is None else last.date())
    yield from custody(document.custody)


def _overview(of: Overview, estimative: str) -> Iterator[Block]:
    yield Heading(1, of.header.title)
    yield _header(of.header)
    yield Bullets([f"Probabilities in {estimative}."])
    yield Heading(2, "The run in figures")
    counts = of.counts.model_dump()
    rows = [
        (name.replace("_", " "), few(value) if name == "innocents_expected" else figure(value, 0))
        for name, value in counts.items()
    ]
    yield table(("what", "figure"), rows, ("figure",))
    yield Heading(2, "Campaigns found")
    yield table(
        ("campaign", "accounts", "exchanges", "suspicion", "operator", "innocents expected", "first seen", "last seen"),
        [
            (
                each.campaign_id,
                count(each.accounts),
                count(each.exchanges),
                likely(each.suspicion),
                each.operator or "none named",
                few(each.innocents_expected),
                moment(each.first_seen),
                moment(each.last_seen),
            )
            for each in of.campaigns
        ],
        ("accounts", "exchanges", "suspicion", "innocents expected"),
    )
    yield Heading(2, "Groups let be")
    yield table(
        ("explanation", "groups", "accounts"),
        [(words.said(each.explanation, "none fits"), count(each.groups), count(each.accounts)) for each in of.honest],
        ("groups", "accounts"),
    )
    yield Heading(2, "Values suppressed as too common")
    yield table(
        ("kind", "why", "values", "pairs not made"),
        [(each.kind, words.said(each.reason), count(each.values), count(each.pairs)) for each in of.hubs],
        ("values", "pairs not made"),
    )
    yield Heading(2, "Limits")
    yield Bullets(of.limits)


def _campaign(of: Campaign, end: date | None) -> Iterator[Block]:
    yield Heading(1, of.header.title)
    yield _header(of.header)
    yield Heading(2, "Key judgements")
    yield table(
        ("judgement", "probability", "rests on"),
        [(each.text, likely(each.probability), each.rests_on) for each in of.judgements],
        ("probability",),
    )
    yield Heading(2, "Scale")
    yield table(("what", "figure"), list(_scale(of)), ("figure",))
    for title, said in of.narrative:
        yield Heading(3, title.capitalize())
        yield Bullets(said)
    yield from _timeline(of, end)
    yield from hours(of)
    yield from _evidence(of)
    yield from sought(of)
    yield from _attribution(of)
    yield from _doubts(of)
    yield Heading(2, "Recommended actions, for a person to decide; nothing is automatic")
    yield table(
        ("tier", "accounts", "action"),
        [(each.tier, count(each.accounts), each.text) for each in of.actions],
        ("accounts",),
    )
    yield Heading(2, "Limits")
    yield Bullets(of.limits)
    yield from annexes(of)


def _header(of: Header) -> Table:
    rows = [
        ("handling mark", f"TLP:{of.tlp.upper()}"),
        ("linkage", of.linkage_version or "-"),
        ("run", of.run_hash),
        ("seed", "-" if of.seed is None else str(of.seed)),
        ("data from", moment(of.data_first)),
        ("data to", moment(of.data_last)),
    ]
    return table(("header", "value"), rows)


def _scale(of: Campaign) -> Iterator[tuple[str, str]]:
    scale = of.scale
    for name in _COUNTED:
        yield name.replace("_", " "), count(getattr(scale, name))
    yield "first seen", moment(scale.first_seen)
    yield "last seen", moment(scale.last_seen)
    yield "share of exchanges", chance(scale.share_of_exchanges)
    yield "suspicion", likely(scale.suspicion)
    yield "stability", chance(scale.stability)


def _timeline(of: Campaign, end: date | None) -> Iterator[Block]:
    """Who made an exchange on the day the data end has not ended."""
    times = of.timeline
    yield Heading(2, "Timeline")
    lasting = sum(each.ended for each in times.days if each.day == end)
    days = [
        (str(each.day), (float(each.began), float(each.ended if each.day != end else 0))) for each in times.days[:DAYS]
    ]
    if days:
        yield Chart(f"Members by day: {times.begin}, last exchange", ("began", "ended"), days, True)
    more = [f"The first {DAYS:,} of {len(times.days):,} days are shown."] if len(times.days) > DAYS else []
    undated = [f"{times.undated:,} members have no time."] if times.undated else []
    yield table(("time", "event", "what"), [(moment(each.at), each.kind, each.text) for each in times.events])
    still = [f"{lasting:,} were active on the day the data end and are not counted as ended."] if lasting else []
    yield Bullets([*times.notes, *still, *undated, *more])


def _evidence(of: Campaign) -> Iterator[Block]:
    yield Heading(2, "Evidence matrix")
    matrix = of.evidence
    columns = (
        "kind",
        "channel",
        "group",
        "accounts",
        "links",
        "values",
        "median bits",
        "suppressed in the run",
        "pairs not made",
    )
    yield table(columns, [_channel(each) for each in matrix.channels], columns[3:])
    if matrix.channels:
        rows = [(each.kind, (float(each.links),)) for each in matrix.channels]
        yield Chart("Links by kind of evidence", ("links",), rows, False)
    yield table(
        ("kind", "value", "accounts", "links", "bits"),
        [
            (each.kind, one.value, count(one.accounts), count(one.links), figure(one.bits, 2))
            for each in matrix.channels
            for one in each.top
        ],
        ("accounts", "links", "bits"),
    )
    yield Bullets([*of.reasons, *matrix.notes])


def _channel(of: Channel) -> tuple[str, ...]:
    counts = [count(each) for each in (of.accounts, of.links, of.values)]
    hubs = [count(of.hubs), count(of.hub_pairs)]
    return of.kind, of.channel, of.group or "-", *counts, figure(of.median_bits, 2), *hubs


def _attribution(of: Campaign) -> Iterator[Block]:
    yield Heading(2, "Attribution")
    for rung in of.attribution.rungs:
        yield Heading(3, rung.rung.capitalize())
        name = "Not named." if rung.name is None else f"{rung.name}: {rung.words or '-'} ({likely(rung.confidence)})."
        change = [f"What would change this: {rung.would_change}"] if rung.would_change else []
        yield Bullets([name, *([f"Why: {rung.rationale}."] if rung.rationale else []), *change])
        yield table(
            ("rests on", "value", "bits", "source", "members"),
            [
                (each.kind, each.value, figure(each.bits, 2), each.source or "-", count(each.members))
                for each in rung.rests_on
            ],
            ("bits", "members"),
        )
        rivals = [(each.name, likely(each.posterior), figure(each.bits, 2)) for each in rung.rivals]
        yield table(("rival", "posterior", "bits"), rivals, ("posterior", "bits"))
    yield Bullets(of.attribution.notes)


def _doubts(of: Campaign) -> Iterator[Block]:
    yield Heading(2, "Robustness")
    yield Bullets([of.robustness.verdict, f"Stability of its members: {chance(of.robustness.stability)}."])
    stands = {True: "stands", False: "falls", None: "-"}
    yield table(
        ("without", "accounts", "share", "bits", "verdict"),
        [
            (each.group, count(each.accounts), chance(each.share), figure(each.bits, 2), stands[each.stands])
            for each in of.robustness.tests
        ],
        ("accounts", "share", "bits"),
    )
    yield from bridges(of)
    yield Heading(2, "Who may be innocent, and why")
    doubt = of.innocent
    yield table(
        ("what", "figure"),
        [
            ("innocents expected", few(doubt.expected)),
            ("members not very likely to belong", count(doubt.doubtful)),
        ],
        ("figure",),
    )
    yield table(
        ("member in doubt", "tier", "why"),
        [(each.account_id, each.tier or "-", "; ".join(each.reasons)) for each in doubt.doubts[:DOUBTS]],
        note=capped(len(doubt.doubts), DOUBTS, "members in doubt"),
    )
    yield table(
        ("explanation", "fit", "bits", "what was looked at"),
        [(each.name, chance(each.fit), figure(each.bits, 2), each.text) for each in doubt.explanations],
        ("fit", "bits"),
    )
    yield Bullets([*(f"Against: {each}" for each in doubt.against), *doubt.notes])

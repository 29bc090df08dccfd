"""Campaigns, one campaign and the difference of two runs, as lines for a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from linkage.explain.diff import Change, Difference, Move
from linkage.explain.dossier import Dossier, KindOfEvidence, Member, Rung
from linkage.explain.overview import Explanation, Overview
from linkage.explain.words import LONG, VALUE, WHOLE, bullets, chance, fact, few, inert, likely, number, span, table

#: Changes, moves and innocent explanations listed; `--json` has all.
LISTED = 30
EXPLANATIONS = 3
#: Characters of what a campaign sought, in a table.
_COLUMN = 60


def overview_lines(found: Sequence[Overview], limit: int | None) -> Iterator[str]:
    """The campaigns, one a line."""
    if not found:
        yield "The run has no campaign."
        return
    shown = found if limit is None else found[:limit]
    yield from table(
        (
            "campaign",
            "accounts",
            "exchanges",
            "suspicion",
            "stability",
            "innocents",
            "operator",
            "capability",
            "nearest innocent explanation",
        ),
        [
            (
                inert(each.campaign_id),
                f"{each.accounts:,}",
                f"{each.exchanges:,}",
                likely(each.suspicion),
                chance(each.stability),
                few(each.innocents_expected),
                _named(each.operator, each.operator_confidence),
                _first_words(each.capability),
                _near(each.nearest),
            )
            for each in shown
        ],
        right=(1, 2, 3, 4, 5),
    )
    if len(shown) < len(found):
        yield f"  and {len(found) - len(shown):,} more: --limit 0 lists all"


def dossier_lines(found: Dossier) -> Iterator[str]:
    """A campaign: what is needed first."""
    yield from _head(found)
    yield "For:"
    yield from bullets(found.reasons_for)
    yield "Against:"
    yield from bullets([*found.reasons_against, *found.circumstances])
    yield "Innocent explanations, the nearest to fitting first:"
    yield from bullets(
        (
            f"{each.name}, fits to {each.fit:.0%} ({each.bits:+.1f} bits): {each.text}"
            for each in found.explanations[:EXPLANATIONS]
            if each.fits_at_all
        ),
        f"none of {len(found.explanations):,} tested fits at all" if found.explanations else "none was tested",
    )
    yield from ["", *_evidence(found.evidence, found.links)]
    yield from ["", *_members(found)]
    yield from ["", *_attribution(found.attribution)]
    yield from ["", *_lasting(found)]
    yield ""
    yield "Why an account stands here: linkage explain RUN ACCOUNT"


def _head(found: Dossier) -> Iterator[str]:
    yield inert(found.campaign_id)
    yield fact("suspicion", f"{likely(found.suspicion)}, stability {chance(found.stability)}")
    tiers = ", ".join(f"{inert(tier)} {count:,}" for tier, count in found.tiers.items())
    yield fact("accounts", f"{found.accounts:,} ({tiers})")
    if found.innocents_expected is not None:
        yield fact("", f"{few(found.innocents_expected)} of them expected to be innocent")
    yield fact("exchanges", f"{found.exchanges:,}, {span(found.first_seen, found.last_seen)}")
    yield fact("tokens", f"{found.input_tokens or 0:,} in, {found.output_tokens or 0:,} out")
    yield fact("operator", _named(found.operator, found.operator_confidence))
    yield fact("capability", inert(found.capability, LONG))
    yield ""


def _evidence(kinds: Iterable[KindOfEvidence], links: int) -> Iterator[str]:
    yield f"Evidence behind its {number(links, 'link')}, and the values on most members:"
    for kind in kinds:
        yield (
            f"  {inert(kind.kind)} ({inert(kind.group)}): {number(kind.links, 'link')}, "
            f"{number(kind.accounts, 'account')}, {number(kind.values, 'value')}"
        )
        yield from (
            f"      {inert(top.value, VALUE)}: {top.accounts:,} accounts, {number(top.links, 'link')}, "
            f"up to {top.bits:.1f} bits"
            for top in kind.most_shared
        )


def _members(found: Dossier) -> Iterator[str]:
    yield f"Members with most exchanges ({len(found.members):,} of {found.accounts:,}):"
    yield from _member_table(found.members)
    if found.least_sure and likely(found.least_sure[0].suspicion) == ">0.99":  # the lowest
        yield "Members least sure to belong: none stands out, each is one at >0.99"
        return
    yield "Members least sure to belong:"
    yield from _member_table(found.least_sure)


def _member_table(members: Iterable[Member]) -> Iterator[str]:
    yield from table(
        ("account", "tier", "suspicion", "stability", "share", "exchanges"),
        [
            (
                inert(each.account_id),
                inert(each.tier),
                likely(each.suspicion),
                chance(each.stability),
                "-" if each.share is None else f"{each.share:.0%}",
                f"{each.exchanges:,}",
            )
            for each in members
        ],
        right=(2, 3, 4, 5),
    )


def _attribution(rungs: Sequence[Rung]) -> Iterator[str]:
    yield "Attribution:" if rungs else "Attribution: the run says nothing"
    for rung in rungs:
        named = "nobody named" if rung.abstained or rung.name is None else _named(rung.name, rung.confidence)
        yield fact(f"  {inert(rung.rung)}", f"{named}; {inert(rung.rationale, LONG)}")
        for rival in rung.rivals:
            said = ", ".join(f"{inert(key)} {inert(_rounded(value))}" for key, value in rival.items())
            yield fact("    rival", said)
        if rung.would_change:
            yield fact("    would change", inert(rung.would_change, WHOLE))


def _lasting(found: Dossier) -> Iterator[str]:
    yield (
        "Without one kind of evidence:" if found.robustness else "Without any one kind of evidence all its links stand."
    )
    for each in found.robustness:
        stands = "" if each.stands is None else ", stands" if each.stands else ", does not stand"
        yield fact(f"  {inert(each.without)}", f"{each.accounts:,} accounts in one piece ({each.share:.0%}){stands}")
    tried = max((round(each.accounts / each.share) for each in found.robustness if each.share), default=found.accounts)
    if tried < found.accounts:
        yield f"  tested with the {tried:,} of its {found.accounts:,} accounts that belong to it first"
    yield "Before this build:" if found.lineage else "Before this build: the run says nothing"
    for row in found.lineage:
        when = "" if not row["builds_ago"] else f", {row['builds_ago']:,} builds ago"
        if row["previous_id"] is None and row["event"] == "born":
            yield fact(
                "  born", f"found for the first time{when or ' in this build'}, {row['accounts_now']:,} accounts"
            )
            continue
        yield fact(
            f"  {inert(row['event'])}",
            f"{inert(row['previous_id'])} ({row['accounts_before']:,} accounts) to {inert(row['campaign_id'])} "
            f"({row['accounts_now']:,}), {row['common']:,} in common{when}",
        )
    yield "Decisions about its members:" if found.decisions else "Decisions about its members: none"
    yield from (fact(f"  {count:,}", inert(said, LONG)) for said, count in found.decisions.items())


def difference_lines(found: Difference) -> Iterator[str]:
    """What changed between two runs."""
    yield fact(
        "accounts", f"{found.accounts_before:,} then, {found.accounts_now:,} now, {found.accounts_common:,} in both"
    )
    yield fact(
        "campaigns", ", ".join(f"{count:,} {event}" for event, count in found.events.items()) or "none, then or now"
    )
    yield fact("told by", "the new run's lineage" if found.by_lineage else "the members in common")
    if found.accounts_before and found.accounts_now and not found.accounts_common:
        yield fact("beware", "no account is in both: these may be runs of different logs")
    if found.changes:
        yield from [
            "",
            *table(
                ("event", "then", "accounts", "now", "accounts", "common", "cleared", "gone", "left"),
                map(_change, found.changes[:LISTED]),
                right=(2, 4, 5, 6, 7, 8),
            ),
        ]
        yield from _more(found.changes)
    if found.moves:
        yield from ["", "Accounts that stand elsewhere:"]
        yield from table(("from", "to", "accounts", "such as"), map(_move, found.moves[:LISTED]), right=(2,))
        yield from _more(found.moves)


def _more(rows: Sequence[object]) -> Iterator[str]:
    if len(rows) > LISTED:
        yield f"  and {len(rows) - LISTED:,} more: see --json"


def _change(each: Change) -> tuple[str, ...]:
    figures = (each.common, each.cleared, each.gone, each.left)
    return (
        each.event,
        inert(each.old_id),
        f"{each.accounts_before:,}",
        inert(each.new_id),
        f"{each.accounts_now:,}",
        *(f"{figure:,}" for figure in figures),
    )


def _move(each: Move) -> tuple[str, ...]:
    absent = "no campaign" if each.known else "not in the logs"
    return (
        absent if each.old_id is None else inert(each.old_id),
        absent if each.new_id is None else inert(each.new_id),
        f"{each.accounts:,}",
        ", ".join(inert(account) for account in each.account_ids[:2]),
    )


def _named(name: str | None, confidence: float | None) -> str:
    if name is None:
        return "-"
    return inert(name) if confidence is None else f"{inert(name)} ({likely(confidence)})"


def _near(each: Explanation | None) -> str:
    if each is None:
        return "-"
    return f"{inert(each.name)} ({each.fit:.0%})" if each.fits_at_all else "none fits"


def _first_words(text: str | None) -> str:
    """The beginning of a text, as a column holds it."""
    return inert(text) if text is None or len(text) <= _COLUMN else f"{inert(text[:_COLUMN], _COLUMN)}…"


def _rounded(value: object) -> object:
    return round(value, 3) + 0.0 if isinstance(value, float) else value  # -0.0 reads as less than nothing

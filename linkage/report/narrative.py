"""Figures of a campaign as sentences: judgements, the five questions, actions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final

from linkage.report.estimative import words
from linkage.report.model import Attribution, Channel, Evidence, Judgement, Narrative, Robustness, Scale
from linkage.report.model import Timeline as Times

#: Campaigns of one operator that a sentence names.
_LISTED: Final = 3
#: Of the exchanges: where more are the campaign's own, the rest is not worth a sentence.
_NEARLY_ALL: Final = 0.98
#: An operator without a dossier, told by campaigns that share what strangers do not.
_UNKNOWN: Final = "unknown operator"


def judgements(
    scale: Scale,
    attribution: Attribution,
    expected: float | None,
    robustness: Robustness,
    fellows: Sequence[str],
) -> tuple[Judgement, ...]:
    """What a reader should take away, with how likely it is; `fellows` are campaigns of the same operator."""
    said = [_campaign(scale), _operator(attribution, fellows)]
    if expected is not None:
        share = expected / scale.accounts if scale.accounts else 0.0
        few = "fewer than 0.1" if expected < 0.05 else f"about {expected:,.1f}"
        part = "under 0.1%" if share < 0.0005 else f"{share:.1%}"
        text = f"Of its {_n(scale.accounts)} accounts, {few} are expected to be innocent ({part})."
        said.append(Judgement(text=text, probability=None, words=None, rests_on="campaigns.innocents_expected"))
    said.append(Judgement(text=robustness.verdict, probability=None, words=None, rests_on="robustness.stands"))
    return tuple(said)


def _campaign(scale: Scale) -> Judgement:
    many = f"these {_n(scale.accounts)} accounts are a campaign"
    likely = words(scale.suspicion)
    text = f"How likely it is that {many}, the run does not say." if likely is None else f"{_is(likely)} that {many}."
    return Judgement(text=text, probability=scale.suspicion, words=likely, rests_on="campaigns.suspicion")


def _operator(attribution: Attribution, fellows: Sequence[str]) -> Judgement:
    rests = "attributions.confidence"
    if attribution.operator is None:
        why = next((rung.rationale for rung in attribution.rungs if rung.rung == "operator"), None)
        text = "No operator is named" + (f": {why}." if why else ".")
        return Judgement(text=text, probability=None, words=None, rests_on=rests)
    likely = words(attribution.operator_confidence)
    named = f"{attribution.operator} runs it"
    if attribution.operator.startswith(_UNKNOWN) and fellows:
        named = f"one operator runs it and {_list(fellows)}; who that is, is not known ({attribution.operator})"
    text = f"The run names {attribution.operator}." if likely is None else f"{_is(likely)} that {named}."
    return Judgement(text=text, probability=attribution.operator_confidence, words=likely, rests_on=rests)


def narrative(
    scale: Scale,
    attribution: Attribution,
    fellows: Sequence[str],
    times: Times,
    evidence: Evidence,
    capability: str | None,
    reasons: Sequence[str],
) -> Narrative:
    """Who, what, when, where, how."""
    return Narrative(
        who=tuple(_who(scale, attribution, fellows)),
        what=tuple(_what(scale, capability)),
        when=tuple(_when(scale, times)),
        where=tuple(_where(evidence.channels)),
        how=tuple(_how(evidence.channels, reasons)),
    )


def _who(scale: Scale, attribution: Attribution, fellows: Sequence[str]) -> Iterable[str]:
    if scale.core:
        yield f"{_n(scale.accounts)} accounts: {_n(scale.core)} of the core, {_n(scale.periphery)} of the periphery."
    else:
        yield f"{_n(scale.accounts)} accounts, all of the periphery: none is tied firmly enough to be of the core."
    for rung in attribution.rungs:
        if rung.name is not None:
            yield f"{rung.rung.capitalize()}: {rung.name} ({rung.words or 'not said how likely'})."
        else:
            yield f"{rung.rung.capitalize()}: not named."
    if fellows:
        yield f"The same operator is named for {_list(fellows)}."


def _what(scale: Scale, capability: str | None) -> Iterable[str]:
    part = "" if scale.share_of_exchanges is None else f", {scale.share_of_exchanges:.1%} of all in the run"
    yield f"{_n(scale.exchanges)} exchanges{part}."
    if scale.own_exchanges is not None and scale.own_exchanges < _NEARLY_ALL * scale.exchanges:
        own = _n(scale.own_exchanges)
        yield f"Of these, about {own} are the campaign's own; the others are what else its accounts were used for."
    if scale.input_tokens is not None and scale.output_tokens is not None:
        yield f"{_n(scale.input_tokens)} tokens went in, {_n(scale.output_tokens)} came out."
    yield f"Sought: {capability}." if capability else "What it sought, the run does not say."


def _when(scale: Scale, times: Times) -> Iterable[str]:
    if scale.first_seen is None or scale.last_seen is None:
        yield "When it was active, the run does not say."
        return
    yield f"Active from {moment(scale.first_seen)} to {moment(scale.last_seen)} UTC, {_n(scale.days or 0)} days."
    if times.days:
        peak = max(times.days, key=lambda day: (day.began, -day.day.toordinal()))
        yield f"Most members began on {peak.day}: {_n(peak.began)} by their {times.begin}."


def _where(channels: Sequence[Channel]) -> Iterable[str]:
    network = [channel for channel in channels if channel.group == "network"]
    for channel in network:
        values = "1 value" if channel.values == 1 else f"{_n(channel.values)} values"
        yield f"{channel.kind}: {values} shared by {_n(channel.accounts)} of its accounts."
    if not network:
        yield "No shared network value ties its accounts."
    yield "Countries and languages are not evidence and are not reported."


def _how(channels: Sequence[Channel], reasons: Sequence[str]) -> Iterable[str]:
    groups = sorted({channel.group or "other" for channel in channels})
    if groups:
        kinds = "one kind of evidence" if len(groups) == 1 else f"{_n(len(groups))} independent kinds of evidence"
        yield f"Its accounts are tied by {kinds}: {', '.join(groups)}."
    yield from (_sentence(reason) for reason in reasons[:5])


def moment(value: datetime) -> str:
    """A time to the minute."""
    return value.strftime("%Y-%m-%d %H:%M")


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:] + ("" if text.endswith(".") else ".")


def _is(likely: str) -> str:
    return f"There is {likely}" if "chance" in likely else f"It is {likely}"


def _list(names: Sequence[str]) -> str:
    """The first of them, as words."""
    return ", ".join(names[:_LISTED]) + (" and others" if len(names) > _LISTED else "")


def _n(value: int) -> str:
    return f"{value:,}"

"""What would change a verdict, in sentences: what of its evidence carries it, how far its rivals are, what is lacking.

Sentences hold kinds and counts, names and sources, and never a value: those are masked, and sentences are not.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import polars as pl

from linkage.attribution.naming import RELAY, Verdict
from linkage.attribution.posterior import Posterior
from linkage.attribution.shared import Sharing
from linkage.settings import AttributionSettings

#: Letters of a name or a source that a sentence holds, and things it lists.
_LONG, _LISTED = 60, 3

_Rows = dict[tuple[int, str], list[dict[str, Any]]]


@dataclass(frozen=True)
class Grounds:
    """What verdicts are held against."""

    ids: list[str]  # of the campaigns
    found: Posterior
    sharing: Sharing
    kinds: pl.DataFrame  # campaign, kind, values: how many values of a kind are a campaign's own (`usage.own`)
    known: Mapping[str, int]  # role -> names that dossiers know
    settings: AttributionSettings

    @cached_property
    def names(self) -> _Rows:
        """Names that compete, best first, by campaign and role."""
        return _by(self.found.names)

    @cached_property
    def by_group(self) -> _Rows:
        """Their bits by group, by campaign and role."""
        return _by(self.found.by_group)

    @cached_property
    def without(self) -> _Rows:
        """Names as they would be without a group, by campaign and role."""
        return _by(self.found.without)

    @cached_property
    def rests_on(self) -> _Rows:
        """Their indicators, by campaign and role."""
        return _by(self.found.rests_on)


def would_change(rung: str, campaign: int, verdict: Verdict, of: Grounds) -> str:
    """What would change the verdict on one rung of one campaign (its place in `of.ids`)."""
    if verdict.name == RELAY:
        said = _relay(verdict, of)
    elif verdict.fellows:
        said = _shared(campaign, verdict.fellows, "they would not be called one operator's", of)
    elif verdict.lead is not None:
        said = _lead(rung, campaign, verdict.lead, of)
    elif verdict.name is not None:
        said = _named(rung, campaign, verdict.name, of)
    elif verdict.conflict:
        said = iter(["Evidence against what ties it to either of the campaigns that are named differently."])
    elif of.names.get((campaign, rung)):
        said = _nearest(rung, campaign, of)
    else:
        said = _nobody(rung, campaign, of)
    return " ".join(said)


def _named(rung: str, campaign: int, name: str, of: Grounds) -> Iterator[str]:
    """Groups without which the name falls, one source for all, and how far the next name is."""
    where = (campaign, rung)
    yield _falling(where, name, of)
    sources = {row["source"] for row in of.rests_on.get(where, []) if row["name"] == name}
    if len(sources) == 1 and (source := sources.pop()) is not None:
        yield f"All of it comes from one source ({_short(source)}): if that is wrong, nothing names it."
    best, *others = of.names[where]
    if not others:
        yield f"No other dossier of {_a(rung)} lists anything it uses."
        return
    ahead = best["bits"] - others[0]["bits"]
    yield (
        f"The nearest rival is {_short(others[0]['name'])} ({_chance(others[0]['posterior'])}): {ahead:.1f} bits more "
        "would make it as likely."
    )


def _falling(where: tuple[int, str], name: str, of: Grounds) -> str:
    """Each group of evidence taken away in turn."""
    bits = {row["group"]: row["bits"] for row in of.by_group.get(where, []) if row["name"] == name}
    left = {row["group"]: row for row in of.without.get(where, []) if row["name"] == name}
    fatal: list[str] = []
    held: list[str] = []
    for group in sorted(bits, key=lambda each: (-bits[each], each)):
        row = left.get(group)
        chance = row["posterior"] if row else 0.0
        stands = row is not None and row["groups"] >= 2 and chance >= of.settings.threshold
        alone = " on one kind of evidence alone" if row and row["groups"] < 2 else ""
        told = f"{group} ({_indicators(where, name, group, of)}, {bits[group]:.1f} bits; {_chance(chance)} left{alone})"
        (held if stands else fatal).append(told)
    if fatal:
        return f"The name falls if this is withdrawn or proves common: {_list(fatal, ' or ')}."
    return f"No one kind of evidence carries the name: it stands even without {held[0]}."


def _indicators(where: tuple[int, str], name: str, group: str, of: Grounds) -> str:
    """How many indicators of each kind."""
    rows = of.rests_on.get(where, [])
    kinds = Counter(row["kind"] for row in rows if row["name"] == name and row["group"] == group)
    return ", ".join(f"{count:,} {_short(kind)}" for kind, count in sorted(kinds.items())) or "no one indicator"


def _nearest(rung: str, campaign: int, of: Grounds) -> Iterator[str]:
    """What the nearest name lacks, and who is as near."""
    best, *others = of.names[campaign, rung]
    name, threshold = _short(best["name"]), of.settings.threshold
    bits = {row["group"]: row["bits"] for row in of.by_group.get((campaign, rung), []) if row["name"] == best["name"]}
    groups = [group for group, held in bits.items() if held >= of.settings.corroborating_bits] or list(bits)
    short = max(math.ceil((_odds(threshold) - _odds(best["posterior"])) * 10) / 10, 0.1)
    if others and best["bits"] - others[0]["bits"] < 1.0:
        rival = _short(others[0]["name"])
        yield f"A rare indicator that only one of {name} and {rival} lists would tell: both fit nearly as well."
    if best["groups"] < 2:
        more = max(short, of.settings.corroborating_bits)
        least = f"{more:.1f} bits or more of another kind of evidence than {_list(groups, ' and ')}"
        yield f"{name} ({_chance(best['posterior'])}) would be named by {least}."
    else:
        yield f"{name} ({_chance(best['posterior'])}) would be named by {short:.1f} bits more."
    speaking = [
        f"{group} ({_indicators((campaign, rung), best['name'], group, of)})" for group in groups[:_LISTED]
    ]  # fmt: skip
    yield f"What speaks for it is {_list(speaking, ' and ')}: found at others, it says less."


def _nobody(rung: str, campaign: int, of: Grounds) -> Iterator[str]:
    """What the campaign uses that a dossier might list."""
    known = of.known.get(rung, 0)
    if known:
        yield f"None of the {known:,} dossiers of {_a(rung)} lists anything it uses."
    else:
        yield f"There is no dossier of {_a(rung)}."
    rows = of.kinds.filter(pl.col("campaign") == campaign).sort("values", "kind", descending=[True, False])
    by_group: dict[str, list[str]] = {}
    for _, kind, values in rows.rows():
        by_group.setdefault(of.settings.kind(kind).group, []).append(f"{values:,} {_short(kind)}")
    if len(by_group) < 2:
        yield "It has too little of its own that one could list: two kinds of evidence must meet."
        return
    shared = _list([f"{group} ({', '.join(kinds[:_LISTED])})" for group, kinds in sorted(by_group.items())], " and ")
    yield f"One would name it that lists, of two kinds of evidence, what is this campaign's own: {shared}."


def _lead(rung: str, campaign: int, lead: int, of: Grounds) -> Iterator[str]:
    """What ties it to the named campaign, and what would name it by itself."""
    yield from _shared(campaign, [lead], "it would be no lead", of)
    best = next(iter(of.names.get((campaign, rung), [])), None)
    now = "now none does" if best is None else f"now {_short(best['name'])} comes to {_chance(best['posterior'])}"
    yield f"Two kinds of indicators of a dossier at this campaign would name it by itself: {now}."


def _shared(campaign: int, others: list[int], then: str, of: Grounds) -> Iterator[str]:
    """Groups without which a campaign is not held for the operator's of the one it shares most with."""
    same = of.sharing.same()
    other = max(others, key=lambda each: (float(same[campaign, each]), of.ids[each]))
    bits = {name: float(of.sharing.bits[at, campaign, other]) for at, name in enumerate(of.sharing.groups)}
    fatal: list[str] = []
    held: list[str] = []
    for group in sorted((name for name in bits if bits[name] > 0), key=lambda each: (-bits[each], each)):
        chance = float(of.sharing.same(without=group)[campaign, other])
        kinds = sum(worth >= of.sharing.least for name, worth in bits.items() if name != group)
        alone = " on one kind of evidence alone" if kinds < 2 else ""
        stands = kinds >= 2 and chance >= of.settings.threshold
        (held if stands else fatal).append(f"{group} ({bits[group]:.1f} bits; {_chance(chance)} left{alone})")
    if fatal:
        yield (
            f"If what it shares with {of.ids[other]} were found at unrelated campaigns, {then}; any of these is "
            f"enough: {_list(fatal, ' or ')}."
        )
    elif held:
        yield f"No one kind of what it shares with {of.ids[other]} carries this: it stands even without {held[0]}."
    if then.startswith("they"):
        whose = _list([of.ids[each] for each in sorted(others)], " or ")
        yield f"A dossier that names this one or {whose} would tell whose."


def _relay(verdict: Verdict, of: Grounds) -> Iterator[str]:
    share = float(verdict.confidence or 0.0)
    yield (
        f"Members that turn out to be in one campaign only: {share:.0%} stand in others too, and under "
        f"{of.settings.relay_share:.0%} no relay is seen."
    )
    known = of.known.get("relay", 0)
    yield (
        "No dossier speaks of relays; one would name it."
        if not known
        else (f"None of the {known:,} dossiers of relays names it: two kinds of their indicators would.")
    )


def _by(frame: pl.DataFrame) -> _Rows:
    """Rows by campaign and role, in order."""
    out: _Rows = {}
    for row in frame.iter_rows(named=True):
        out.setdefault((row["campaign"], row["role"]), []).append(row)
    return out


def _odds(chance: float) -> float:
    """Bits."""
    held = float(np.clip(chance, 1e-9, 1 - 1e-9))
    return math.log2(held / (1.0 - held))


def _chance(value: float) -> str:
    """What is not certain never reads as certain."""
    return "<0.01" if value < 0.005 else ">0.99" if value >= 0.995 else f"{value:.2f}"


def _a(rung: str) -> str:
    return f"an {rung}" if rung[0] in "aeio" else f"a {rung}"


def _short(text: str) -> str:
    return text if len(text) <= _LONG else f"{text[: _LONG - 1]}…"


def _list(parts: list[str], last: str) -> str:
    """The first few, and how many more."""
    shown = parts[:_LISTED] + ([f"{len(parts) - _LISTED:,} more"] if len(parts) > _LISTED else [])
    return last.join(part for part in (", ".join(shown[:-1]), shown[-1]) if part)

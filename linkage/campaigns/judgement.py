"""One verdict a community, from its reasons and the innocent explanations."""

from __future__ import annotations

import json

import polars as pl

from linkage.campaigns.corroborated import corroborated, doubt
from linkage.campaigns.explanations import FITS, USUAL, Innocent, explanations
from linkage.campaigns.facts import facts
from linkage.campaigns.hands import hands
from linkage.campaigns.reasons import Reason, bits, weigh
from linkage.settings import CampaignSettings


def judge(table: pl.DataFrame, settings: CampaignSettings, told: bool = True) -> pl.DataFrame:
    """What was judged of each row of `figures.table`: bits, whether it is suspect, explanations, and the reasons.

    `settled` says whether the community keeps to one place, or to two or three. `one_hand` and `explained` are of
    `hands`.

    Explanations and reasons are null where they need not be told, which takes a third of the time.
    """
    return pl.DataFrame(
        [_verdict(row, settings, told) for row in table.iter_rows(named=True)],
        schema={
            "community": pl.Int32,
            "bits": pl.Float64,
            "suspect": pl.Boolean,
            "explanation": pl.String,
            "settled": pl.Boolean,
            "one_hand": pl.Float64,
            "explained": pl.Float64,
            "explanations": pl.String,
            "reasons_for": pl.String,
            "reasons_against": pl.String,
        },
        orient="row",
    )


def _less_usual(subject: str, rules: list[Reason], first: list[Innocent]) -> list[Reason]:
    """Reasons of a subject, those for a campaign weakened by how far an explanation makes them usual."""
    left = min((1.0 - each.fit for each in first if subject in USUAL[each.name]), default=1.0)
    return [Reason(reason.bits * left, reason.text) if reason.bits > 0 else reason for reason in rules]


def _verdict(row: dict[str, object], settings: CampaignSettings, told: bool) -> tuple[object, ...]:
    """One community: its log odds, whether it is a campaign, the explanation that fits, the reasons in words."""
    weighed = weigh(row, settings)
    speaking = {subject: sum(r.bits for r in rules if r.bits > 0) for subject, rules in weighed.items()}
    tested = explanations(row, settings, speaking)
    said = [reason for subject, rules in weighed.items() for reason in _less_usual(subject, rules, tested[:1])]
    innocent = tested[0] if tested and tested[0].fit >= FITS else None
    if tested and tested[0].bits <= -0.05:
        said.append(Reason(tested[0].bits, str(tested[0])))
    held = corroborated(row, weighed)
    if not held and (less := doubt(bits(said, settings))).bits <= -0.05:
        said.append(less)
    total = bits(said, settings)
    large = int(str(row["accounts"])) >= settings.min_accounts
    against = 0.0 if innocent is None else settings.explained_bits
    suspect = held and large and 1.0 / (1.0 + 2.0 ** (against - total)) >= settings.threshold
    known = facts(row, settings)
    named = None if innocent is None else innocent.name
    whose = hands(known, tested)
    # What people may be given explains what they share.
    explained = whose.explained if held else 1.0
    verdict = row["community"], total, suspect, named, known.place >= FITS, whose.one_hand, explained
    if not told:
        return *verdict, None, None, None
    if not large:
        said.append(Reason(0.0, f"{row['accounts']} accounts, fewer than the {settings.min_accounts} of a campaign"))
    strongest = sorted(said, key=lambda reason: (-abs(reason.bits), reason.text))
    return (
        *verdict,
        json.dumps([each._asdict() for each in tested], ensure_ascii=False),
        json.dumps([str(r) for r in strongest if r.bits > 0], ensure_ascii=False),
        json.dumps([str(r) for r in strongest if r.bits <= 0], ensure_ascii=False),
    )


def unnamed(judged: pl.DataFrame, scored: pl.DataFrame) -> pl.DataFrame:
    """What was judged, with the reason why a suspected community is not named. `scored` is of `members.score`."""
    kept = (
        scored.filter(pl.col("unnamed").is_not_null()).group_by("community").agg(pl.col("unnamed", "members").first())
    )
    why = {
        community: str(Reason(0.0, f"not named: of {members} members {innocent:.1f} are expected to be innocent"))
        for community, innocent, members in kept.select("community", "unnamed", "members").iter_rows()
    }
    rows = judged.select("community", "reasons_against").iter_rows()
    told = [
        said if community not in why else json.dumps([*json.loads(said or "[]"), why[community]], ensure_ascii=False)
        for community, said in rows
    ]
    return judged.with_columns(reasons_against=pl.Series(told, dtype=pl.String))

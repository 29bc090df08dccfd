"""The sections of a campaign's report, each from its rows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl

from linkage.report.doubts import circumstances, doubts
from linkage.report.estimative import VERY_LIKELY, words
from linkage.report.gather import TOP, Parts, Tables
from linkage.report.model import (
    Attribution,
    Channel,
    Evidence,
    Explanation,
    Innocent,
    Rest,
    Rival,
    Robustness,
    Rung,
    Scale,
    Value,
    Without,
)
from linkage.report.reading import mapping, number, records, sentences, text, whole

_RUNGS = ("operator", "relay", "beneficiary")


def scale(parts: Parts, of: Tables) -> Scale:
    """How large it is. Accounts and exchanges are the campaign's row, tiers its members."""
    row, tiers = parts.row, parts.members["tier"]
    first, last = row["first_seen"], row["last_seen"]
    everybody = int(of["accounts"]["exchanges"].sum())
    return Scale(
        accounts=row["accounts"] or 0,
        core=int((tiers == "core").sum()),
        periphery=int((tiers == "periphery").sum()),
        exchanges=row["exchanges"] or 0,
        input_tokens=row["input_tokens"],
        output_tokens=row["output_tokens"],
        first_seen=first,
        last_seen=last,
        days=None if first is None or last is None else (last.date() - first.date()).days + 1,
        links=None if "links" in of.absent else parts.links.height,
        own_exchanges=own(parts.members),
        share_of_exchanges=(row["exchanges"] or 0) / everybody if everybody else None,
        suspicion=row["suspicion"],
        stability=row["stability"],
    )


def own(members: pl.DataFrame) -> int | None:
    """Exchanges by the share of each account that belongs to the campaign; none where a share is not known."""
    rows = members.select("exchanges", "share")
    if rows.is_empty() or rows["share"].null_count():
        return None
    theirs: float = sum(sorted(exchanges * share for exchanges, share in rows.iter_rows()))
    return round(theirs)


def evidence(parts: Parts, of: Tables, manifest: Mapping[str, object]) -> Evidence:
    """The matrix: a row a kind of evidence."""
    known = groups(manifest)
    hubs = {
        row["kind"]: row
        for row in of["hubs"].group_by("kind").agg(n=pl.len(), pairs=pl.col("pairs").sum()).iter_rows(named=True)
    }
    top: dict[str, list[Value]] = {}
    for row in parts.values.group_by("kind", maintain_order=True).head(TOP).iter_rows(named=True):
        top.setdefault(row["kind"], []).append(Value(**{name: row[name] for name in Value.model_fields}))
    counted = "hubs" not in of.absent
    channels = []
    for row in parts.channels.iter_rows(named=True):
        kind = row["kind"]
        channel, group = known.get(kind, (kind, None))
        hub = hubs.get(kind, {"n": 0, "pairs": 0})
        channels.append(
            Channel(
                kind=kind,
                channel=channel,
                group=group,
                **{name: row[name] for name in ("accounts", "links", "values", "median_bits")},
                top=tuple(top.get(kind, ())),
                hubs=hub["n"] if counted else None,
                hub_pairs=hub["pairs"] if counted else None,
            )
        )
    notes = [*of.missing("evidence", "links", "hubs")]
    if not channels and "evidence" not in of.absent:
        notes.append("The run lists no evidence between members of this campaign.")
    return Evidence(
        channels=tuple(channels), groups=tuple(sorted({c.group for c in channels if c.group})), notes=tuple(notes)
    )


def groups(manifest: Mapping[str, object]) -> dict[str, tuple[str, str | None]]:
    """kind -> channel and independence group, as the manifest lists its channels."""
    found: dict[str, tuple[str, str | None]] = {}
    for name, each in mapping(manifest.get("channels")).items():
        group = text(mapping(each).get("group"))
        for kind in mapping(each).get("kinds") or (name,):
            found[str(kind)] = (str(name), group)
    return found


def attribution(parts: Parts, of: Tables) -> Attribution:
    """Who runs it, who carries it, who benefits."""
    order = {rung: place for place, rung in enumerate(_RUNGS)}
    rungs = [_rung(row) for row in parts.attributions.iter_rows(named=True)]
    notes = [*of.missing("attributions")]
    if not rungs and "attributions" not in of.absent:
        notes.append("The run attributes nothing: attribution was off, or nothing was asked of this campaign.")
    return Attribution(
        operator=parts.row["operator"],
        operator_confidence=parts.row["operator_confidence"],
        rungs=tuple(sorted(rungs, key=lambda rung: (order.get(rung.rung, len(order)), rung.rung))),
        notes=tuple(notes),
    )


def _rung(row: Mapping[str, Any]) -> Rung:
    return Rung(
        **{name: row[name] for name in ("name", "confidence", "rationale", "would_change")},
        rung=row["rung"] or "unnamed",
        words=words(row["confidence"]),
        abstained=row["name"] is None if row["abstained"] is None else row["abstained"],
        rests_on=tuple(
            Rest(
                kind=str(each.get("kind")),
                value=str(each.get("value")),
                bits=number(each.get("bits")),
                source=text(each.get("source")),
                members=whole(each.get("members")),
            )
            for each in records(row["rests_on"])
        ),
        rivals=tuple(
            Rival(name=str(each.get("name")), posterior=number(each.get("posterior")), bits=number(each.get("bits")))
            for each in records(row["rivals"])
        ),
    )


def robustness(parts: Parts, of: Tables, size: Scale) -> Robustness:
    """The campaign without each independence group."""
    tests = tuple(
        Without(
            group=row["without"] or "unnamed", **{name: row[name] for name in ("accounts", "share", "bits", "stands")}
        )
        for row in parts.robustness.iter_rows(named=True)
    )
    fall = [test.group for test in tests if test.stands is False]
    if not tests:
        verdict = next(iter(of.missing("robustness")), "The run did not test it without each group of evidence.")
    elif fall:
        verdict = f"It would not stand without the evidence of: {', '.join(fall)}."
    else:
        verdict = f"It stands without any one of its {len(tests):,} independent kinds of evidence."
    tried = max((round(test.accounts / test.share) for test in tests if test.accounts and test.share), default=0)
    if tried < size.accounts and tests:
        verdict += f" It was tested with the {tried:,} of its {size.accounts:,} accounts that belong to it first."
    return Robustness(stability=parts.row["stability"], tests=tests, verdict=verdict)


def innocent(parts: Parts, of: Tables, size: Scale, manifest: Mapping[str, object]) -> Innocent:
    """Who may be innocent: expected number, explanations tested, what speaks against it and against members."""
    tested = [each for row in parts.communities["explanations"] for each in records(row)]
    doubtful = int((parts.members["suspicion"] < VERY_LIKELY).sum())
    notes = [*of.missing("communities")]
    if not tested and not notes:
        notes.append("The run lists no innocent explanation for this campaign.")
    tested.sort(key=lambda each: -(number(each.get("fit")) or 0.0))
    return Innocent(
        expected=parts.row["innocents_expected"],
        doubtful=None if "accounts" in of.absent else doubtful,
        explanations=tuple(
            Explanation(
                name=str(each.get("name")),
                fit=number(each.get("fit")),
                bits=number(each.get("bits")),
                text=str(each.get("text")),
            )
            for each in tested
        ),
        against=(*sentences(parts.row["reasons_against"]), *circumstances(size)),
        doubts=doubts(parts, of, {kind: group or channel for kind, (channel, group) in groups(manifest).items()}),
        notes=tuple(notes),
    )

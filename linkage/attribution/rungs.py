"""Verdicts -> the table of attributions: a row a campaign and rung, what it rests on, its rivals, in words."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

import polars as pl

from linkage.attribution.changing import Grounds, would_change
from linkage.attribution.naming import RELAY, UNKNOWN, Verdict
from linkage.attribution.shared import Sharing
from linkage.tables import OUTPUT

#: Reasons and rivals listed of a verdict.
_LISTED = 12


def listed(
    verdicts: Mapping[str, list[Verdict]], grounds: Grounds, labels: pl.DataFrame, shared_usage: pl.DataFrame
) -> pl.DataFrame:
    """OUTPUT["attributions"], sorted by campaign and rung.

    Args:
        verdicts: by rung, one a campaign.
        grounds: the evidence of dossiers, and that campaigns are one operator's.
        labels: label, kind, value of shared values.
        shared_usage: their usage.
    """
    ids, sharing = grounds.ids, grounds.sharing
    reasons, names = _by(grounds.found.rests_on), _by(grounds.found.names)
    rows = []
    for rung, each in verdicts.items():
        for campaign, verdict in enumerate(each):
            rivals = [
                {"name": one["name"], "posterior": _round(one["posterior"]), "bits": _round(one["bits"])}
                for one in names.get((campaign, rung), [])
                if one["name"] != verdict.name and one["posterior"] >= 0.001
            ]
            rests = [
                _reason(one, one["source"]) for one in reasons.get((campaign, rung), []) if one["name"] == verdict.name
            ]
            rests += _shared_reasons(campaign, verdict, sharing, labels, shared_usage, ids)
            best = next(iter(names.get((campaign, rung), [])), None)
            rows.append(
                {
                    "campaign_id": ids[campaign],
                    "rung": rung,
                    "name": verdict.name,
                    "confidence": verdict.confidence,
                    "rests_on": json.dumps(rests[:_LISTED], ensure_ascii=False),
                    "rivals": json.dumps(rivals[:_LISTED], ensure_ascii=False),
                    "abstained": verdict.name is None,
                    "rationale": _rationale(rung, verdict, ids, best, grounds.settings.threshold),
                    "would_change": would_change(rung, campaign, verdict, grounds),
                }
            )
    return pl.DataFrame(rows, schema=OUTPUT["attributions"]).sort("campaign_id", "rung")


def relays(verdicts: list[Verdict], members: pl.DataFrame, share: float) -> None:
    """Campaigns of which many accounts work for other campaigns too go through a relay; changes `verdicts`.

    Args:
        verdicts: of the rung `relay`.
        members: account, campaign.
        share: share of members in several campaigns from which a relay is seen.
    """
    several = members.with_columns(several=pl.col("campaign").n_unique().over("account") > 1)
    for campaign, part in several.group_by("campaign").agg(pl.col("several").mean()).sort("campaign").rows():
        if part >= share and verdicts[campaign].name is None:
            verdicts[campaign] = Verdict(RELAY, float(part))


def _by(frame: pl.DataFrame) -> dict[tuple[int, str], list[dict[str, Any]]]:
    """Rows by campaign and role, in order."""
    out: dict[tuple[int, str], list[dict[str, Any]]] = {}
    for row in frame.iter_rows(named=True):
        out.setdefault((row["campaign"], row["role"]), []).append(row)
    return out


def _reason(row: Mapping[str, Any], source: str | None) -> dict[str, Any]:
    return {
        "kind": row["kind"],
        "value": row["value"],
        "bits": _round(row["bits"]),
        "source": source,
        "members": row["members"],
    }


def _shared_reasons(
    campaign: int, verdict: Verdict, sharing: Sharing, labels: pl.DataFrame, usage: pl.DataFrame, ids: list[str]
) -> list[dict[str, Any]]:
    """What a campaign shares with those its verdict comes from, the most surprising first."""
    others = verdict.fellows if verdict.lead is None else [verdict.lead]
    if not others:
        return []
    one, other = pl.col("one"), pl.col("other")
    met = sharing.values.filter(
        ((one == campaign) & other.is_in(others)) | ((other == campaign) & one.is_in(others))
    ).with_columns(other=pl.when(one == campaign).then(other).otherwise(one))
    here = usage.filter(pl.col("campaign") == campaign).select("label", "members")
    met = (
        met.join(labels, on="label")
        .join(here, on="label")
        .sort("bits", "label", "other", descending=[True, False, False])
    )
    return [_reason(row, f"also in {ids[row['other']]}") for row in met.head(_LISTED).iter_rows(named=True)]


def _rationale(rung: str, verdict: Verdict, ids: list[str], best: Mapping[str, Any] | None, threshold: float) -> str:
    if verdict.name == RELAY:
        return "Many of its accounts work for other campaigns too: somebody who sells access carries them."
    if verdict.name is not None and verdict.fellows:
        same = ", ".join(sorted(ids[other] for other in verdict.fellows))
        return f"{UNKNOWN}, same as campaign {same}"
    if verdict.lead is not None:
        return (
            f"shares with {ids[verdict.lead]} what strangers do not, and is that operator's with chance "
            f"{verdict.likely:.2f}; no dossier of its own names it"
        )
    if verdict.name is not None:
        return "indicators of a dossier from several independence groups, rarer than chance explains"
    if verdict.conflict:
        return "campaigns that share infrastructure with it are named after different operators"
    if best is None:
        return (
            f"no dossier speaks of who the {rung} is" if rung != "operator" else "no dossier has an indicator it uses"
        )
    if best["groups"] < 2:
        return "only one kind of evidence speaks for the nearest dossier; one alone never names"
    return f"the nearest dossier reaches {math.floor(best['posterior'] * 1000) / 1000:.3f}, under {threshold:g}"


def _round(value: float) -> float:
    return round(float(value), 3)

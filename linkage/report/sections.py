"""Campaigns and honest groups, each with what a person needs to judge it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import polars as pl

CAMPAIGNS: Final = 50
MEMBERS: Final = 100
VALUES: Final = 5
GROUPS: Final = 20


@dataclass(frozen=True, slots=True)
class EvidenceKind:
    """All evidence of one kind inside a campaign, and the values that carry most of it."""

    kind: str
    pairs: int
    values: int
    bits: float
    top: Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class CampaignSection:
    """One campaign: its row, reasons, evidence, and first members."""

    row: Mapping[str, Any]
    reasons_for: Sequence[str]
    reasons_against: Sequence[str]
    core: int
    periphery: int
    evidence: Sequence[EvidenceKind]
    members: Sequence[Mapping[str, Any]]
    members_more: int


@dataclass(frozen=True, slots=True)
class HonestGroups:
    """Groups that are no campaigns, by the explanation that fits them; the largest with their reasons."""

    explanation: str | None
    groups: int
    accounts: int
    suspicion: float | None
    largest: Sequence[Mapping[str, Any]]
    more: int


def campaign_sections(
    campaigns: pl.DataFrame, members: pl.DataFrame, accounts: pl.DataFrame, evidence: pl.DataFrame
) -> Sequence[CampaignSection]:
    """A section for each of the largest campaigns; `campaigns` comes largest first."""
    shown = campaigns.head(CAMPAIGNS)
    inside = members.join(shown.select("campaign_id"), on="campaign_id", how="semi")
    seen = accounts.select("account_id", "suspicion", "first_seen", "last_seen")
    listed = (
        inside.join(seen, on="account_id", how="left")
        .with_columns(core=pl.col("tier") == "core")
        .sort(
            ["campaign_id", "core", "suspicion", "stability", "account_id"],
            descending=[False, True, True, True, False],
            nulls_last=True,
        )
    )
    by_campaign = {str(key[0]): part for key, part in listed.partition_by("campaign_id", as_dict=True).items()}
    carried = _evidence(inside, evidence)
    nobody = listed.clear()
    return [
        _section(row, by_campaign.get(row["campaign_id"], nobody), carried.get(row["campaign_id"], []))
        for row in shown.iter_rows(named=True)
    ]


def honest_groups(communities: pl.DataFrame) -> Sequence[HonestGroups]:
    """Communities that are no campaigns, by explanation, those that explain most accounts first."""
    honest = communities.filter(pl.col("campaign_id").is_null()).sort(
        ["accounts", "suspicion", "community_id"], descending=[True, True, False], nulls_last=True
    )
    groups = [
        HonestGroups(
            explanation=key[0],
            groups=part.height,
            accounts=int(part["accounts"].sum()),
            suspicion=_number(part["suspicion"].max()),
            largest=[_with_reasons(row) for row in part.head(GROUPS).iter_rows(named=True)],
            more=max(0, part.height - GROUPS),
        )
        for key, part in honest.partition_by("explanation", as_dict=True).items()
    ]
    return sorted(groups, key=lambda each: (each.explanation is None, -each.accounts, each.explanation or ""))


def _section(row: Mapping[str, Any], members: pl.DataFrame, evidence: Sequence[EvidenceKind]) -> CampaignSection:
    return CampaignSection(
        row=row,
        reasons_for=reasons(row["reasons_for"]),
        reasons_against=reasons(row["reasons_against"]),
        core=int((members["tier"] == "core").sum()),
        periphery=int((members["tier"] == "periphery").sum()),
        evidence=evidence,
        members=members.head(MEMBERS).to_dicts(),
        members_more=max(0, members.height - MEMBERS),
    )


def _evidence(members: pl.DataFrame, evidence: pl.DataFrame) -> dict[str, list[EvidenceKind]]:
    """campaign_id -> evidence by kind, most bits first. Bits are added as whole thousandths, so in any order."""
    sides = [members.select("campaign_id", pl.col("account_id").alias(side)) for side in ("account_a", "account_b")]
    within = (
        evidence.select(
            "account_a", "account_b", "kind", "value", bits=(pl.col("weight") * 1000).round().cast(pl.Int64)
        )
        .join(sides[0], on="account_a")
        .join(sides[1], on=["campaign_id", "account_b"], how="semi")
        .lazy()
    )
    values = within.group_by("campaign_id", "kind", "value").agg(
        pairs=pl.len(),
        bits=pl.col("bits").sum(),
        accounts=pl.col("account_a").append(pl.col("account_b")).n_unique(),
    )
    kinds = within.group_by("campaign_id", "kind").agg(
        pairs=pl.struct("account_a", "account_b").n_unique(),
        values=pl.col("value").n_unique(),
        bits=pl.col("bits").sum(),
    )
    top = (
        values.sort(["bits", "value"], descending=[True, False])
        .group_by("campaign_id", "kind", maintain_order=True)
        .head(VALUES)
        .with_columns(pl.col("bits") / 1000)
        .collect()
        .partition_by("campaign_id", "kind", as_dict=True)
    )
    found: dict[str, list[EvidenceKind]] = {}
    for row in kinds.sort(["bits", "kind"], descending=[True, False]).collect().iter_rows(named=True):
        key = (row["campaign_id"], row["kind"])
        found.setdefault(row["campaign_id"], []).append(
            EvidenceKind(row["kind"], row["pairs"], row["values"], row["bits"] / 1000, top[key].to_dicts())
        )
    return found


def _with_reasons(row: Mapping[str, Any]) -> Mapping[str, Any]:
    return {**row, "against": reasons(row["reasons_against"]), "for": reasons(row["reasons_for"])}


def reasons(text: str | None) -> list[str]:
    """A JSON array of sentences; anything else is one sentence as it stands."""
    if not text:
        return []
    try:
        said = json.loads(text)
    except ValueError:
        return [text]
    return [str(each) for each in said] if isinstance(said, list) else [str(said)]


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) else None

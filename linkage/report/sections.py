"""Groups that were let be, each with what a person needs to judge it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import polars as pl

from linkage.report.reading import sentences

GROUPS: Final = 20


@dataclass(frozen=True, slots=True)
class HonestGroups:
    """Groups that are no campaigns, by the explanation that fits them; the largest with their reasons."""

    explanation: str | None
    groups: int
    accounts: int
    suspicion: float | None
    largest: Sequence[Mapping[str, Any]]
    more: int


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
            largest=[_with_sentences(row) for row in part.head(GROUPS).iter_rows(named=True)],
            more=max(0, part.height - GROUPS),
        )
        for key, part in honest.partition_by("explanation", as_dict=True).items()
    ]
    return sorted(groups, key=lambda each: (each.explanation is None, -each.accounts, each.explanation or ""))


def _with_sentences(row: Mapping[str, Any]) -> Mapping[str, Any]:
    return {**row, "against": sentences(row["reasons_against"]), "for": sentences(row["reasons_for"])}


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) else None

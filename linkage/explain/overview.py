"""The campaigns of a run, one line each: what a person sorts and chooses from."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Literal

import polars as pl

from linkage.io import Run

Order = Literal["accounts", "exchanges", "suspicion", "stability", "innocents", "operator", "id"]


@dataclass(frozen=True, slots=True)
class Explanation:
    """An innocent explanation of a group, as it was tested."""

    name: str
    fit: float  # 0: it surely does not, 1: all that it asks for is there
    bits: float  # that it takes from the suspicion
    text: str

    @property
    def fits_at_all(self) -> bool:
        """Whether it fits to half a percent or more."""
        return self.fit >= 0.005


@dataclass(frozen=True, slots=True)
class Overview:
    """A campaign in one line."""

    campaign_id: str
    accounts: int
    exchanges: int
    suspicion: float
    stability: float
    operator: str | None
    operator_confidence: float | None
    capability: str | None
    innocents_expected: float | None
    nearest: Explanation | None  # the innocent explanation nearest to fitting


def overview(run: Run, order: Order = "exchanges") -> list[Overview]:
    """All campaigns, the largest figure first; by operator or id in alphabetical order."""
    column = {"innocents": "innocents_expected", "id": "campaign_id"}.get(order, order)
    falling = order not in ("operator", "id")
    rows = (
        run.table("campaigns")
        .join(_explanations(run), on="campaign_id", how="left")
        .sort(column, "campaign_id", descending=[falling, False], nulls_last=True)
    )
    names = [name for name in Overview.__slots__ if name != "nearest"]
    return [
        Overview(**{name: row[name] for name in names}, nearest=nearest(row["explanations"]))
        for row in rows.iter_rows(named=True)
    ]


def _explanations(run: Run) -> pl.DataFrame:
    """campaign_id, explanations: of the largest community of each."""
    rows = run.table("communities").filter(pl.col("campaign_id").is_not_null())
    tested = pl.col("explanations") if "explanations" in rows.columns else pl.lit(None, pl.String).alias("explanations")
    return (
        rows.sort("accounts", "community_id", descending=[True, False])
        .unique("campaign_id", keep="first", maintain_order=True)
        .select("campaign_id", tested)
    )


def tested(text: str | None) -> list[Explanation]:
    """The innocent explanations of a group, the nearest to fitting first; those that are not as expected are left out.

    Args:
        text: JSON, the column `explanations` of communities.
    """
    found = [
        Explanation(str(each["name"]), float(each["fit"]), float(each["bits"]), str(each["text"]))
        for each in _listed(text)
        if isinstance(each, dict) and {"name", "fit", "bits", "text"} <= each.keys()
    ]
    return sorted(found, key=lambda each: (-each.fit, each.name))


def nearest(text: str | None) -> Explanation | None:
    """The innocent explanation that fits best, if any was tested."""
    return next(iter(tested(text)), None)


def sentences(text: str | None) -> list[str]:
    """Reasons of a table: a JSON list of sentences, or plain text in runs that have it so."""
    found = _listed(text)
    return [str(each) for each in found] if found or not text or text.strip() == "[]" else [text]


def _listed(text: str | None) -> list[object]:
    """A JSON list; empty where the text is none."""
    try:
        found = json.loads(text) if text else []
    except ValueError:
        return []
    return found if isinstance(found, list) else []

"""One campaign: what an investigator needs first, from the run's tables."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import polars as pl

from linkage.explain.model import link_model
from linkage.explain.overview import Explanation, sentences, tested
from linkage.explain.reading import campaign_row, inside, optional
from linkage.explain.robustness import Robustness, robustness
from linkage.io import Run

#: What is read of the evidence, of which a large campaign has millions of rows.
_READ = ("account_a", "account_b", "kind", "value", "weight")
#: In the order they are told.
RUNGS = ("operator", "relay", "beneficiary")


@dataclass(frozen=True, slots=True)
class TopValue:
    """A value that members share."""

    value: str
    accounts: int  # members that share it with another
    links: int
    bits: float  # at most, of a link


@dataclass(frozen=True, slots=True)
class KindOfEvidence:
    """One kind of evidence inside a campaign."""

    kind: str
    group: str
    links: int  # that it speaks for
    accounts: int
    values: int
    most_shared: list[TopValue]


@dataclass(frozen=True, slots=True)
class Member:
    """A member of the campaign."""

    account_id: str
    tier: str | None
    share: float | None
    suspicion: float
    stability: float
    exchanges: int


@dataclass(frozen=True, slots=True)
class Rung:
    """Who is named on one rung (operator, relay, beneficiary), or why nobody is."""

    rung: str
    name: str | None
    confidence: float | None
    abstained: bool
    rationale: str | None
    would_change: str | None
    rivals: list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Dossier:
    """A campaign."""

    campaign_id: str
    accounts: int
    exchanges: int
    input_tokens: int | None
    output_tokens: int | None
    first_seen: datetime | None
    last_seen: datetime | None
    suspicion: float
    stability: float
    operator: str | None
    operator_confidence: float | None
    capability: str | None
    innocents_expected: float | None
    reasons_for: list[str]
    reasons_against: list[str]
    circumstances: list[str]  # what else speaks against it or for care, as the report has it
    explanations: list[Explanation]  # innocent ones, the nearest to fitting first
    links: int
    evidence: list[KindOfEvidence]  # by the links it speaks for
    tiers: dict[str, int]
    members: list[Member]  # the most exchanges first
    least_sure: list[Member]  # the lowest suspicion first
    attribution: list[Rung]
    robustness: list[Robustness]
    lineage: list[dict[str, Any]]
    decisions: dict[str, int]  # outcome -> accounts


def dossier(run: Run, campaign: str, values: int = 5, members: int | None = None) -> Dossier:
    """All that the run says of a campaign.

    Args:
        run: a finished run.
        campaign: its id.
        values: most shared values told a kind of evidence.
        members: members listed, of the most exchanges and of the lowest suspicion; all where absent.

    Raises:
        UnknownIdError: the run has no such campaign.
        RunFolderError: the run is damaged, or does not say how links were weighed.
    """
    row: Mapping[str, Any] = campaign_row(run, campaign)
    model = link_model(run.manifest)
    inmates = _members(run, campaign)
    links = inside(run, "links", inmates["account_id"])
    kinds = {kind: model.group(channel) for kind, channel in model.channels.items()}
    given = set(Dossier.__slots__) & row.keys() - {"reasons_for", "reasons_against"}
    surest = inmates.sort("exchanges", "account_id", descending=[True, False])
    return Dossier(
        **{name: row[name] for name in sorted(given)},
        reasons_for=sentences(row["reasons_for"]),
        reasons_against=sentences(row["reasons_against"]),
        circumstances=_circumstances(row, inmates),
        explanations=_explanations(run, campaign),
        links=links.height,
        evidence=_evidence(inside(run, "evidence", inmates["account_id"], *_READ), kinds, values),
        tiers={tier: count for tier, count in inmates.group_by("tier").len().sort("tier").iter_rows() if tier},
        members=_listed(surest, members),
        least_sure=_listed(inmates.sort("suspicion", "account_id"), members),
        attribution=_attribution(run, campaign),
        robustness=robustness(run, campaign, inmates["account_id"], links, model),
        lineage=_lineage(run, campaign),
        decisions=_decisions(run, inmates["account_id"]),
    )


def _circumstances(row: Mapping[str, Any], members: pl.DataFrame) -> list[str]:
    """What the report says against it beside the reasons of its assessment. Imported only here: `explain` is quick."""
    from linkage.report.doubts import circumstances
    from linkage.report.model import Scale
    from linkage.report.portions import own

    told = {name: row[name] for name in ("accounts", "exchanges", "stability")}
    core = members.filter(tier="core").height
    return list(circumstances(Scale.model_construct(**told, core=core, own_exchanges=own(members))))


def _members(run: Run, campaign: str) -> pl.DataFrame:
    """The members with their suspicion."""
    found = run.rows("members", pl.col("campaign_id") == campaign)
    whose = pl.col("account_id").is_in(found["account_id"].implode())
    accounts = run.rows("accounts", whose, columns=["account_id", "suspicion"])
    return found.join(accounts, on="account_id", how="left").sort("account_id")


def _listed(members: pl.DataFrame, most: int | None) -> list[Member]:
    rows = members.head(most) if most is not None else members
    return [Member(*row) for row in rows.select(list(Member.__slots__)).iter_rows()]


def _explanations(run: Run, campaign: str) -> list[Explanation]:
    rows = run.rows("communities", pl.col("campaign_id") == campaign).sort("accounts", "community_id", descending=True)
    return tested(rows["explanations"][0]) if rows.height and "explanations" in rows.columns else []


def _evidence(evidence: pl.DataFrame, groups: Mapping[str, str], values: int) -> list[KindOfEvidence]:
    """By kind, that which speaks for most links first."""
    pair = pl.struct("account_a", "account_b").n_unique().cast(pl.Int64)
    ends = pl.concat([evidence.select("kind", "value", account=end) for end in ("account_a", "account_b")])
    users = pl.col("account").n_unique().cast(pl.Int64)
    by_kind = (
        evidence.group_by("kind")
        .agg(links=pair, values=pl.col("value").n_unique().cast(pl.Int64))
        .join(ends.group_by("kind").agg(accounts=users), on="kind")
        .sort("links", "kind", descending=[True, False])
    )
    shared = (
        evidence.group_by("kind", "value")
        .agg(links=pl.len().cast(pl.Int64), bits=pl.col("weight").max().cast(pl.Float64))
        .join(ends.group_by("kind", "value").agg(accounts=users), on=["kind", "value"])
        .sort("accounts", "links", "bits", "value", descending=[True, True, True, False])
    )
    return [
        KindOfEvidence(
            row["kind"],
            groups.get(row["kind"], row["kind"]),
            row["links"],
            row["accounts"],
            row["values"],
            [
                TopValue(*each)
                for each in shared.filter(pl.col("kind") == row["kind"])
                .head(values)
                .select(list(TopValue.__slots__))
                .iter_rows()
            ],
        )
        for row in by_kind.iter_rows(named=True)
    ]


def _attribution(run: Run, campaign: str) -> list[Rung]:
    table = optional(run, "attributions")
    if table is None:
        return []
    names = [name for name in Rung.__slots__ if name != "rivals"]
    order = pl.col("rung").replace_strict(RUNGS, range(len(RUNGS)), default=len(RUNGS))
    return [
        Rung(**{name: row[name] for name in names}, rivals=_rivals(row["rivals"]))
        for row in table.filter(pl.col("campaign_id") == campaign).sort(order, "rung").iter_rows(named=True)
    ]


def _rivals(text: str | None) -> list[dict[str, Any]]:
    try:
        found = json.loads(text or "[]")
    except ValueError:
        return []
    return [each for each in found if isinstance(each, dict)] if isinstance(found, list) else []


def _lineage(run: Run, campaign: str) -> list[dict[str, Any]]:
    table = optional(run, "lineage")
    if table is None:
        return []
    either = (pl.col("campaign_id") == campaign) | (pl.col("previous_id") == campaign)
    return table.filter(either.fill_null(False)).sort("builds_ago", "previous_id", nulls_last=True).to_dicts()


def _decisions(run: Run, members: pl.Series) -> dict[str, int]:
    table = optional(run, "decisions")
    if table is None:
        return {}
    rows = table.filter(pl.col("account_id").is_in(members.implode()))
    said = pl.col("decision") + ": " + pl.col("outcome")
    counts = rows.group_by(said=said).len().sort("len", "said", descending=[True, False])
    return dict(counts.iter_rows())

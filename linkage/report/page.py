"""What the page says of a run beside the report model: what it read, left out and did, as plain records."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import polars as pl

from linkage.report.sections import HonestGroups, honest_groups
from linkage.tables import OUTPUT, empty

HUBS: Final = 50
REJECTED: Final = 20


@dataclass(frozen=True, slots=True)
class Page:
    """Everything the template shows. Rows are plain mappings with the names of the tables' columns."""

    version: str | None
    seed: object
    device: Mapping[str, Any]
    summary: Sequence[tuple[str, str, float | None]]
    why_nothing: Sequence[str]
    notes: Sequence[str]
    honest: Sequence[HonestGroups]
    hub_reasons: Sequence[Mapping[str, Any]]
    hubs: Sequence[Mapping[str, Any]]
    hubs_more: int
    channels: Sequence[tuple[str, Mapping[str, Any]]]
    rejected_reasons: Sequence[tuple[str, str, int]]
    rejected: Sequence[Mapping[str, Any]]
    rejected_more: int
    link_model: Sequence[tuple[str, str]]
    settings: Sequence[tuple[str, str]]
    stages: Sequence[Mapping[str, Any]]
    inputs: Sequence[Mapping[str, Any]]
    not_reproducible: Sequence[str]

    @property
    def timed(self) -> bool:
        """Whether any stage says what it took."""
        return any("seconds" in stage for stage in self.stages)


def page(given: Mapping[str, pl.DataFrame], manifest: Mapping[str, object]) -> Page:
    """Tables and manifest as a page."""
    tables = {name: given.get(name, empty(schema)) for name, schema in OUTPUT.items()}
    hubs = tables["hubs"].sort(["pairs", "kind", "value"], descending=[True, False, False], nulls_last=True)
    rejected = tables["rejected"]
    return Page(
        version=None if (version := manifest.get("version")) is None else str(version),
        seed=manifest.get("seed"),
        device=_mapping(manifest.get("device")),
        summary=_summary(tables, manifest),
        why_nothing=_strings(manifest.get("why_nothing")),
        notes=_strings(manifest.get("notes")),
        honest=honest_groups(tables["communities"]),
        hub_reasons=_hub_reasons(hubs),
        hubs=hubs.head(HUBS).to_dicts(),
        hubs_more=max(0, hubs.height - HUBS),
        channels=[(name, _mapping(each)) for name, each in sorted(_mapping(manifest.get("channels")).items())],
        rejected_reasons=_rejected_reasons(rejected, manifest),
        rejected=rejected.head(REJECTED).to_dicts(),
        rejected_more=max(0, rejected.height - REJECTED),
        link_model=list(_flat(_mapping(manifest.get("link_model")))),
        settings=list(_flat(_mapping(manifest.get("settings")))),
        stages=[_mapping(each) for each in _list(manifest.get("stages"))],
        inputs=[_mapping(each) for each in _list(manifest.get("inputs"))],
        not_reproducible=_strings(manifest.get("not_reproducible")),
    )


def _summary(
    tables: Mapping[str, pl.DataFrame], manifest: Mapping[str, object]
) -> Sequence[tuple[str, str, float | None]]:
    """Name for machines, words, figure; all from the tables, rejections from the manifest where it counts them."""
    accounts, members, campaigns = tables["accounts"], tables["members"], tables["campaigns"]
    communities = tables["communities"]
    return [
        ("accounts", "accounts read", accounts.height),
        ("exchanges", "exchanges read", int(accounts["exchanges"].sum())),
        ("campaigns", "campaigns found", campaigns.height),
        ("accounts-in-campaigns", "accounts in them", members["account_id"].n_unique()),
        ("exchanges-in-campaigns", "exchanges of their members", int(campaigns["exchanges"].sum())),
        ("innocents-expected", "innocents expected among them", float(campaigns["innocents_expected"].sum())),
        ("communities", "groups of linked accounts assessed", communities.height),
        ("honest-groups", "of these not campaigns", int(communities["campaign_id"].is_null().sum())),
        ("links", "links between accounts", tables["links"].height),
        ("hubs", "identifiers suppressed as too common", tables["hubs"].height),
        ("rejected", "rows rejected", sum(n for *_, n in _rejected_reasons(tables["rejected"], manifest))),
    ]


def _hub_reasons(hubs: pl.DataFrame) -> Sequence[Mapping[str, Any]]:
    totals = hubs.group_by("kind", "reason").agg(
        identifiers=pl.len(), pairs=pl.col("pairs").sum(), degree=pl.col("degree").max()
    )
    return totals.sort(["pairs", "kind", "reason"], descending=[True, False, False]).to_dicts()


def _rejected_reasons(rejected: pl.DataFrame, manifest: Mapping[str, object]) -> Sequence[tuple[str, str, int]]:
    """Table, reason, rows. The manifest counts every row; the table may hold the first of many only."""
    if "rejected" in manifest:
        counted = _mapping(manifest["rejected"])
        return [
            (table, reason, int(n))
            for table, reasons in sorted(counted.items())
            for reason, n in sorted(_mapping(reasons).items())
        ]
    return [
        (str(table), str(reason), int(n))
        for table, reason, n in rejected.group_by("table", "reason").len().sort("table", "reason").iter_rows()
    ]


def _flat(settings: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, str]]:
    """Nested settings as dotted names and JSON values, sorted: a manifest from a file has another order."""
    for key, value in sorted(settings.items()):
        if isinstance(value, Mapping) and value:
            yield from _flat(value, f"{before}{key}.")
        else:
            yield f"{before}{key}", json.dumps(value, ensure_ascii=False, default=str, sort_keys=True)


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _list(value: object) -> Sequence[Any]:
    return value if isinstance(value, list | tuple) else []


def _strings(value: object) -> Sequence[str]:
    return [value] if isinstance(value, str) else [str(each) for each in _list(value)]

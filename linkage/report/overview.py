"""The run as a whole: figures, campaigns in a line each, what was left out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl

from linkage.report.document import Counts, Honest, Hubs, Line, Overview
from linkage.report.gather import Tables, shortest
from linkage.report.model import Header
from linkage.report.reading import mapping, strings


def overview(of: Tables, manifest: Mapping[str, object], header: Header) -> Overview:
    """Everything that is said of the run, from its tables and manifest."""
    campaigns = shortest(of["campaigns"]).sort(["accounts", "campaign_id"], descending=[True, False])
    honest = of["communities"].filter(pl.col("campaign_id").is_null())
    by = honest.group_by("explanation").agg(groups=pl.len(), accounts=pl.col("accounts").sum())
    hubs = of["hubs"].group_by("kind", "reason").agg(values=pl.len(), pairs=pl.col("pairs").sum())
    lines = campaigns.select(*Line.model_fields).with_columns(pl.col("accounts", "exchanges").fill_null(0))
    return Overview(
        header=header,
        counts=_counts(of, manifest, campaigns),
        campaigns=tuple(Line(**row) for row in lines.iter_rows(named=True)),
        honest=tuple(
            Honest(**row)
            for row in by.sort(["accounts", "explanation"], descending=[True, False], nulls_last=True).iter_rows(
                named=True
            )
        ),
        hubs=tuple(
            Hubs(**row)
            for row in hubs.sort(["pairs", "kind", "reason"], descending=[True, False, False]).iter_rows(named=True)
        ),
        limits=limits(of, manifest),
    )


def _counts(of: Tables, manifest: Mapping[str, object], campaigns: pl.DataFrame) -> Counts:
    def told(name: str, figure: Any) -> Any:
        return None if name in of.absent else figure

    rejected = mapping(manifest.get("rejected"))
    innocents = campaigns["innocents_expected"]
    return Counts(
        accounts=told("accounts", of["accounts"].height),
        exchanges=told("accounts", int(of["accounts"]["exchanges"].sum())),
        campaigns=campaigns.height,
        accounts_in_campaigns=told("members", of["members"]["account_id"].n_unique()),
        exchanges_in_campaigns=int(campaigns["exchanges"].sum()),
        innocents_expected=float(innocents.sum()) if innocents.is_not_null().any() else None,
        communities=told("communities", of["communities"].height),
        honest_groups=told("communities", int(of["communities"]["campaign_id"].is_null().sum())),
        links=told("links", of["links"].height),
        hubs=told("hubs", of["hubs"].height),
        rejected=sum(int(n) for reasons in rejected.values() for n in mapping(reasons).values())
        if "rejected" in manifest
        else told("rejected", of["rejected"].height),
    )


def limits(of: Tables, manifest: Mapping[str, object]) -> tuple[str, ...]:
    """What this report cannot say: channels without data, tables that are absent, the manifest's notes."""
    said = [
        f"Channel {name} was not used: {mapping(each).get('why') or 'no reason is recorded'}."
        for name, each in sorted(mapping(manifest.get("channels")).items())
        if mapping(each).get("present") is False
    ]
    said += of.missing(*of.absent)
    said += [f"Note of the build: {note}." for note in strings(manifest.get("notes"))]
    said += [f"Why no campaign was found: {why}" for why in strings(manifest.get("why_nothing"))]
    if "channels" not in manifest:
        said.append("The manifest does not list the channels; which data were missing is not known.")
    said.append("Only what the logs hold is linked; an account outside them, or without evidence, is not judged.")
    return tuple(said)

"""The manifest: what a run was made from, with what, and what it left out."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from importlib import metadata
from typing import Any

import polars as pl

from linkage import __version__
from linkage.graph import Linked, curve, decided_pairs
from linkage.identifiers import Shared
from linkage.io import Tables
from linkage.pipeline.device import Chosen
from linkage.progress import Progress
from linkage.settings import Settings

#: Differs between two runs on the same input; everything else is equal to the byte.
NOT_REPRODUCIBLE = ("stages.seconds", "stages.peak_bytes")
#: What to do about a reason that costs a table most of its rows.
_ADVICE = {
    "not an address": "; map hashed addresses to a kind of `identifiers`, and leave `ip` unmapped",
    "not a time": "; numbers count seconds since 1970 unless the table's `time_unit` in linkage.toml says otherwise "
    "(ms), and text is read as ISO 8601 unless its `time_format` does",
}
_PACKAGES = ("polars", "numpy", "numba", "igraph")


def manifest(
    tables: Tables,
    settings: Settings,
    device: Chosen,
    channels: dict[str, dict[str, Any]],
    shared: Shared,
    linked: Linked,
    files: Mapping[str, pl.DataFrame],
    progress: Progress,
    notes: tuple[str, ...] = (),
) -> dict[str, object]:
    """Everything a reader needs to judge and repeat the run, as plain JSON values."""
    accounts, campaigns = files["accounts"], files["campaigns"]
    counts = {
        "accounts": accounts.height,
        "exchanges": int(accounts["exchanges"].sum()),
        "shared_values": shared.values.height,
        "shared_pairs": int(shared.values["pairs"].sum()),
        "links": linked.links.height,
        "linked_accounts": int(accounts["community_id"].is_not_null().sum()),
        "communities": files["communities"].height,
        "campaigns": campaigns.height,
        "accounts_in_campaigns": files["members"]["account_id"].n_unique(),
        "exchanges_in_campaigns": int(campaigns["exchanges"].sum()),
        "hubs": files["hubs"].height,
        "rejected": sum(sum(reasons.values()) for reasons in tables.rejected_counts.values()),
    }
    lost = _mostly_lost(tables)
    return {
        "format": 1,
        "version": __version__,
        "versions": _versions(),
        "settings": settings.model_dump(mode="json"),
        "seed": settings.seed,
        "device": {"used": device.used, "why": device.why},
        "inputs": tables.files,
        "channels": channels,
        "link_model": {
            "prior_bits": round(linked.prior_bits, 4),
            "group_cap_bits": {group: round(cap, 4) for group, cap in linked.caps.items()},
            "projection_scratch_bytes_at_most": linked.scratch_bytes,
            "learned": {group: dict(seen) for group, seen in linked.learned.items()},
            "reliability": curve(linked, decided_pairs(linked.links, tables.decisions, tables.accounts)),
        },
        "rejected": tables.rejected_counts,
        "suppressed": _suppressed(shared.hubs),
        "counts": counts,
        "why_nothing": [] if campaigns.height else [*lost, *_why_nothing(channels, counts, files["communities"])],
        "notes": [*lost, *tables.notes, *notes],
        "stages": [
            {
                "name": s.name,
                "rows": s.rows,
                "detail": s.detail,
                "seconds": round(s.seconds, 3),
                "peak_bytes": s.peak_bytes,
            }
            for s in progress.stages
        ],
        "not_reproducible": list(NOT_REPRODUCIBLE),
    }


def _mostly_lost(tables: Tables) -> list[str]:
    """Tables of which half of the rows or more cannot be used: that is seldom the rows' fault."""
    said = []
    for table, reasons in sorted(tables.rejected_counts.items()):
        rows = sum(int(str(file["rows"])) for file in tables.files if file["table"] == table)
        lost = sum(reasons.values())
        if 2 * lost < rows:
            continue
        reason = max(sorted(reasons), key=lambda name: reasons[name])
        said.append(f"{table}: {lost:,} of {rows:,} rows were left out, most as: {reason}{_ADVICE.get(reason, '')}")
    return said


def _versions() -> dict[str, str]:
    """Of what computes."""
    return {"python": platform.python_version(), **{name: metadata.version(name) for name in _PACKAGES}}


def repeatable(described: Mapping[str, object]) -> dict[str, object]:
    """The manifest without what two runs on the same input differ in; the report is drawn from this."""
    stages = described["stages"]
    assert isinstance(stages, list)
    kept = [{key: s[key] for key in ("name", "rows", "detail")} for s in stages]
    return {**described, "stages": kept}


def _suppressed(hubs: pl.DataFrame) -> dict[str, dict[str, dict[str, int]]]:
    """kind -> reason -> identifiers left out and pairs not made."""
    found: dict[str, dict[str, dict[str, int]]] = {}
    totals = hubs.group_by("kind", "reason").agg(identifiers=pl.len(), pairs=pl.col("pairs").sum())
    for row in totals.sort("kind", "reason").iter_rows(named=True):
        found.setdefault(row["kind"], {})[row["reason"]] = {
            "identifiers": row["identifiers"],
            "pairs": int(row["pairs"]),
        }
    return found


def _why_nothing(
    channels: Mapping[str, Mapping[str, Any]], counts: Mapping[str, int], communities: pl.DataFrame
) -> list[str]:
    """Why no campaign was found, the nearest cause first, in sentences for a person."""
    present = [name for name, channel in channels.items() if channel["present"]]
    absent = [f"{name} ({channel['why']})" for name, channel in channels.items() if not channel["present"]]
    why = []
    if not present:
        why.append("No channel that can link accounts was in the input.")
    elif not counts["shared_values"]:
        why.append(
            f"No value was shared by two accounts and rare enough to count; channels read: {', '.join(present)}."
        )
    elif not counts["links"]:
        why.append(
            f"{counts['shared_values']:,} shared values gave no pair of accounts a probability over the threshold; "
            f"channels read: {', '.join(present)}."
        )
    else:
        assessed = communities.height
        why.append(
            f"{counts['links']:,} links made {assessed:,} communities; none was assessed as a campaign: "
            "see communities for the reasons."
        )
    if absent:
        why.append(f"Channels without data: {'; '.join(absent)}.")
    return why

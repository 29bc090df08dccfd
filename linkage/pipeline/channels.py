"""Which channels a build had, what each rests on and carries: what the manifest says of them."""

from __future__ import annotations

from typing import Any

import polars as pl

from linkage import graph
from linkage.campaigns import Assessment
from linkage.graph import Linked
from linkage.io import Tables
from linkage.pipeline.alike import Alike, Written
from linkage.settings import KNOWN_KINDS, Settings

#: What each built-in kind is read from.
SOURCE = {
    "ip": ("exchanges", "ip"),
    "prefix": ("exchanges", "ip"),
    "device": ("exchanges", "device"),
    "instrument": ("payments", "instrument"),
    "issuer": ("payments", "issuer"),
    "email_domain": ("accounts", "email_domain"),
    "prompt": ("prompts", "text or embedding"),
}

#: What each channel that finds pairs, not values, is read from.
PAIRWISE = {"alike": "prompts", "activity": "exchanges", "failover": "exchanges", "succession": "exchanges"}

#: What the probability of a link says, and what nobody can tell from logs.
MEANS = (
    "one operator: a campaign's, or one hand that pays or signs for an honest group (a firm, a vendor, a laboratory); "
    "people of a household, a campus or a course are several. Whether a handful of accounts at one place or on one "
    "card are a family or one person, and who runs an office of which no payer is known, logs do not tell: as likely "
    "as not"
)


def describe(
    tables: Tables, kinds: pl.DataFrame, linked: Linked, settings: Settings, wrote: Written, did: Alike
) -> dict[str, dict[str, Any]]:
    """Channel -> its group and kinds, what it read, kept and suppressed, the links it carries, or why it is absent."""
    found: dict[str, dict[str, Any]] = {}
    rows = {row["kind"]: row for row in kinds.iter_rows(named=True)}
    for name in sorted({*rows, *SOURCE}):
        kind = settings.identifiers.kind(name)
        row = rows.get(name)
        entry: dict[str, Any] = {
            "present": row is not None,
            "kinds": [name],
            "group": kind.group,
            "group_cap_bits": round(linked.caps.get(kind.group, 0.0), 3),
            "half_life_days": kind.half_life_days,
            "degree_cap": kind.degree_cap,
        }
        if row is None:
            table, column = SOURCE[name]
            absent = getattr(tables, table) is None
            entry["why"] = f"no {table} table" if absent else f"{table}.{column} has no values"
            if name == "prompt" and not absent:
                off = not settings.similarity.prompts.enabled
                entry["why"] = "switched off in the settings" if off else "no two prompts are near-duplicates"
        else:
            entry |= {key: int(row[key]) for key in row if key != "kind"}
        if name not in KNOWN_KINDS and name not in settings.identifiers.kinds:
            entry["note"] = "kind not in the settings: default group, half-life and degree cap"
        if name == "prompt":
            entry |= wrote.figures
        if kind.channel in found:
            found[kind.channel] = _together(found[kind.channel], entry)
        else:
            found[kind.channel] = entry
    decided = {"decision": "decisions"} if "decision" in did.figures else {}
    for name, table in (PAIRWISE | decided).items():
        kind = settings.identifiers.kind(name)
        entry = {
            "present": name in did.figures,
            "kinds": [name],
            "group": kind.group,
            "group_cap_bits": round(linked.caps.get(kind.group, 0.0), 3),
        }
        if name in did.figures:
            entry |= did.figures[name]
        else:
            if getattr(tables, table) is None:
                entry["why"] = f"no {table} table"
            elif name == "alike" and wrote.nearest is not None:
                entry["why"] = "no two accounts have enough prompts"
            else:
                entry["why"] = "switched off in the settings"
        found[kind.channel] = _together(found[kind.channel], entry) if kind.channel in found else entry
    for channel, entry in found.items():
        carried = linked.links[channel] if channel in linked.links.columns else pl.Series([], dtype=pl.Float32)
        entry["links"] = int((carried > 0).sum())
    return dict(sorted(found.items()))


def of_groups(linked: Linked, told: pl.DataFrame, done: Assessment, tables: Tables) -> dict[str, Any]:
    """What the assessment makes of links, for the manifest: by group, and by tenths. `told` is of `graph.assessed`."""
    if not graph.telling(linked):
        return {"present": False, "why": "nothing in the logs tells one hand from several: no card, device or address"}
    given = linked._replace(links=linked.links.with_columns(told["probability"]))
    return {
        "present": True,
        "means": MEANS,
        "groups": graph.by_group(told, done.accounts, done.communities),
        "reliability": graph.curve(given, graph.decided_pairs(linked.links, tables.decisions, tables.accounts)),
    }


def _together(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    """Two kinds on one channel: figures add up, the rest is the first one's."""
    both = {**other, **one, "kinds": one["kinds"] + other["kinds"], "present": one["present"] or other["present"]}
    for key in ("uses", "values", "shared", "suppressed", "pairs", "pairs_suppressed"):
        if key in one or key in other:
            both[key] = one.get(key, 0) + other.get(key, 0)
    return both

"""Which channels a build had, what each rests on and carries: what the manifest says of them."""

from __future__ import annotations

from typing import Any

import polars as pl

from linkage.graph import Linked
from linkage.io import Tables
from linkage.settings import KNOWN_KINDS, IdentifierSettings

#: What each built-in kind is read from.
SOURCE = {
    "ip": ("exchanges", "ip"),
    "prefix": ("exchanges", "ip"),
    "device": ("exchanges", "device"),
    "instrument": ("payments", "instrument"),
    "issuer": ("payments", "issuer"),
    "email_domain": ("accounts", "email_domain"),
}

#: What the next versions read, so that a build says what it left unused.
NOT_YET = {
    "prompt": ("content", "prompts", "near-duplicate prompts are not compared by this version"),
    "activity": ("time", "exchanges", "activity in step is not compared by this version"),
    "failover": ("time", "exchanges", "failover between accounts is not looked for by this version"),
}


def describe(
    tables: Tables, kinds: pl.DataFrame, linked: Linked, settings: IdentifierSettings
) -> dict[str, dict[str, Any]]:
    """Channel -> its group and kinds, what it read, kept and suppressed, the links it carries, or why it is absent."""
    found: dict[str, dict[str, Any]] = {}
    rows = {row["kind"]: row for row in kinds.iter_rows(named=True)}
    for name in sorted({*rows, *SOURCE}):
        kind = settings.kind(name)
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
        else:
            entry |= {key: int(row[key]) for key in row if key != "kind"}
        if name not in KNOWN_KINDS and name not in settings.kinds:
            entry["note"] = "kind not in the settings: default group, half-life and degree cap"
        if kind.channel in found:
            found[kind.channel] = _together(found[kind.channel], entry)
        else:
            found[kind.channel] = entry
    for channel, entry in found.items():
        carried = linked.links[channel] if channel in linked.links.columns else pl.Series([], dtype=pl.Float32)
        entry["links"] = int((carried > 0).sum())
    for channel, (group, table, why) in NOT_YET.items():
        reason = why if getattr(tables, table) is not None else f"no {table} table"
        found[channel] = {"present": False, "group": group, "why": reason, "links": 0}
    return dict(sorted(found.items()))


def _together(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    """Two kinds on one channel: figures add up, the rest is the first one's."""
    both = {**other, **one, "kinds": one["kinds"] + other["kinds"], "present": one["present"] or other["present"]}
    for key in ("uses", "values", "shared", "suppressed", "pairs", "pairs_suppressed"):
        if key in one or key in other:
            both[key] = one.get(key, 0) + other.get(key, 0)
    return both

"""Dossiers -> indicators as the logs would show them."""

from __future__ import annotations

import ipaddress
from typing import NamedTuple

import polars as pl

from linkage.columns import ColumnType, schema

ROLES = ("operator", "relay", "beneficiary")
_KINDS = {
    "payment": "instrument",
    "card": "instrument",
    "address": "ip",
    "cidr": "ip",
    "as": "asn",
    "domain": "email_domain",
}
#: Prefixes are matched through at most this many /24s, /48s or addresses.
_PIECES = 256

_ROWS: dict[str, ColumnType] = {
    "indicator": pl.UInt32,
    "role": pl.String,
    "name": pl.String,
    "kind": pl.String,
    "given": pl.String,
    "confidence": pl.Float64,
    "source": pl.String,
}
INDICATORS = schema({**_ROWS, "first_seen": pl.Datetime("us", "UTC"), "last_seen": pl.Datetime("us", "UTC")})
ALIASES = schema({"indicator": pl.UInt32, "kind": pl.String, "value": pl.String})


class Indicators(NamedTuple):
    """What the dossiers say."""

    rows: pl.DataFrame  # INDICATORS: one row an indicator and name; `indicator` codes (kind, given)
    aliases: pl.DataFrame  # ALIASES: the values of USES that stand for it
    notes: tuple[str, ...]  # what could not be used


def read(dossiers: pl.DataFrame | None) -> Indicators:
    """Indicators of the dossiers, in an order that no name has a say in.

    A kind may begin with `relay:` or `beneficiary:`: then the row speaks of who carries a campaign, or of who
    benefits from it. Addresses and prefixes are brought to the form that identifiers have.
    """
    if dossiers is None or dossiers.is_empty():
        return Indicators(pl.DataFrame(schema=INDICATORS), pl.DataFrame(schema=ALIASES), ())
    kinds = dossiers["kind"].str.strip_chars().str.to_lowercase().to_list()
    parted = [_role(kind) for kind in kinds]
    values = dossiers["value"].fill_null("").str.strip_chars().to_list()
    frame = dossiers.with_columns(
        role=pl.Series([role for role, _ in parted], dtype=pl.String),
        kind=pl.Series([kind for _, kind in parted], dtype=pl.String),
        given=pl.Series(
            [_plain(kind, value) for (_, kind), value in zip(parted, values, strict=True)], dtype=pl.String
        ),
    ).filter(pl.col("given") != "")
    coded = frame.select("kind", "given").unique().sort("kind", "given").with_row_index("indicator")
    found = [(code, *alias) for code, kind, given in coded.rows() for alias in _aliases(kind, given)]
    aliases = pl.DataFrame(found, schema=ALIASES, orient="row")
    lost = coded.join(aliases, on="indicator", how="anti").height
    rows = (
        frame.join(coded, on=["kind", "given"])
        .with_columns(pl.col("confidence").cast(pl.Float64).fill_null(1.0), name="operator")
        # One operator's indicator from two sources counts once: the surest, then the latest.
        .sort(["confidence", "last_seen", "first_seen", "source"], descending=True, nulls_last=True)
        .unique(["indicator", "role", "name"], keep="first", maintain_order=True)
        .sort("role", "indicator", "name")
        .select(list(INDICATORS))
        .cast(dict(INDICATORS))  # type: ignore[arg-type]
    )
    notes = (f"dossiers: {lost:,} prefixes too wide to compare",) if lost else ()
    return Indicators(rows, aliases, notes)


def _role(kind: str) -> tuple[str, str]:
    """Of whom a dossier's kind speaks, and the kind as identifiers call it."""
    role, mark, rest = kind.partition(":")
    role, plain = (role, rest.strip()) if mark and role in ROLES else ("operator", kind)
    return role, _KINDS.get(plain, plain)


def _plain(kind: str, value: str) -> str:
    """A value in the form that identifiers have."""
    if kind == "asn":
        return value.upper().removeprefix("AS").strip()
    if kind == "email_domain":
        return value.removeprefix("@")
    return value


def _aliases(kind: str, value: str) -> list[tuple[str, str]]:
    """Kind and value of the uses that an indicator stands for; none for a prefix too wide to compare."""
    if kind not in ("ip", "prefix"):
        return [(kind, value)]
    try:
        if "/" not in value:
            address = ipaddress.ip_address(value)
            mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
            return [("ip", str(mapped or address))]
        network = ipaddress.ip_network(value, strict=False)
    except ValueError:
        return [(kind, value)]
    whole, bits = (24, 32) if network.version == 4 else (48, 128)
    kind, length = ("prefix", whole) if network.prefixlen <= whole else ("ip", bits)
    if 1 << (length - network.prefixlen) > _PIECES:
        return []
    pieces = network.subnets(new_prefix=length)
    return [(kind, str(piece) if kind == "prefix" else str(piece.network_address)) for piece in pieces]

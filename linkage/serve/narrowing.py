"""Filters of a campaign's page: members, links, graph and timeline all follow the same ones."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import polars as pl

from linkage.serve.catalogue import Catalogue


@dataclass(frozen=True, slots=True)
class Filters:
    """What a page shows of a campaign."""

    kind: str = ""  # only accounts and links with evidence of this kind
    tier: str = ""
    since: date | None = None  # active on or after
    until: date | None = None
    group: int | None = None  # of the drawing
    order: str = "surest"

    @property
    def any(self) -> bool:
        """Whether anything is filtered."""
        return bool(self.kind or self.tier or self.since or self.until or self.group is not None)

    def words(self) -> dict[str, str]:
        """As they stand in an address."""
        told = {"kind": self.kind, "tier": self.tier, "order": self.order if self.order != "surest" else ""}
        told |= {"since": str(self.since or ""), "until": str(self.until or "")}
        told["group"] = "" if self.group is None else str(self.group)
        return {name: value for name, value in told.items() if value}


_ORDERS = {
    "surest": (["core", "suspicion", "account_id"], [True, True, False]),
    "doubtful": (["suspicion", "account_id"], [False, False]),
    "exchanges": (["exchanges", "account_id"], [True, False]),
    "first": (["first_seen", "account_id"], [False, False]),
    "last": (["last_seen", "account_id"], [True, False]),
}
ORDERS = {
    "surest": "surest first",
    "doubtful": "most doubtful first",
    "exchanges": "most exchanges first",
    "first": "earliest first",
    "last": "latest activity first",
}


def read(words: Mapping[str, str], kinds: list[str]) -> Filters:
    """Filters of an address; what makes no sense is none."""
    group = words.get("group", "")
    return Filters(
        kind=words.get("kind", "") if words.get("kind") in kinds else "",
        tier=words.get("tier", "") if words.get("tier") in ("core", "periphery") else "",
        since=_day(words.get("since", "")),
        until=_day(words.get("until", "")),
        group=int(group) if group.isascii() and group.isdigit() and len(group) < 7 else None,
        order=words.get("order", "") if words.get("order") in _ORDERS else "surest",
    )


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        return None


def narrowed(of: Catalogue, campaign: int, by: Filters, groups: pl.Series | None) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Members and links of a campaign that pass.

    Args:
        of: the run.
        campaign: its code.
        by: the filters.
        groups: of the drawing, a number for each member in the order of `of.members`; the members get it.
    """
    members, links = of.members(campaign), of.links(campaign)
    if groups is not None:
        members = members.with_columns(group=groups)
        if by.group is not None:
            members = members.filter(group=by.group)
    if by.tier:
        members = members.filter(tier=by.tier)
    if by.since is not None:
        members = members.filter(pl.col("last_seen") >= datetime.combine(by.since, datetime.min.time(), UTC))
    if by.until is not None:
        end = datetime.combine(by.until, datetime.min.time(), UTC) + timedelta(days=1)
        members = members.filter(pl.col("first_seen") < end)
    if by.kind:
        links = links.filter((pl.col("kinds") & of.bit(by.kind)) != 0)
    if members.height < of.members(campaign).height:
        inside = members["account"].implode()
        links = links.filter(pl.col("a").is_in(inside) & pl.col("b").is_in(inside))
    if by.kind:
        ends = pl.concat([links["a"], links["b"]]).unique()
        members = members.filter(pl.col("account").is_in(ends.implode()))
    columns, falling = _ORDERS[by.order]
    if by.order != "surest":
        members = members.sort(columns, descending=falling, nulls_last=True)
    return members, links

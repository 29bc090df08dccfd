"""Two runs: which campaigns appeared, grew, merged, split or vanished, and which accounts moved."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import polars as pl

from linkage import lineage
from linkage.io import Run
from linkage.tables import OUTPUT

#: What lineage calls an event -> what it is called here, in the order they are told.
EVENTS = {
    "born": "appeared",
    "revived": "came back",
    "grew": "grew",
    "shrank": "shrank",
    "kept": "unchanged",
    "merged": "merged",
    "split": "split",
    "died": "vanished",
}
#: Events by which a campaign of before goes on under the same name.
_SAME = ("kept", "grew", "shrank")


@dataclass(frozen=True, slots=True)
class Change:
    """What two campaigns, one of each run, have to do with one another; one side is None where there is no other."""

    event: str
    old_id: str | None
    new_id: str | None
    accounts_before: int
    accounts_now: int
    common: int
    gone: int  # accounts of before that the new run does not know
    cleared: int  # that people cleared meanwhile
    left: int  # that are in no campaign now


@dataclass(frozen=True, slots=True)
class Move:
    """Accounts that stand elsewhere than before; None: in no campaign, or not in the logs where `known` is False."""

    old_id: str | None
    new_id: str | None
    known: bool  # to both runs
    accounts: int
    account_ids: list[str]


@dataclass(frozen=True, slots=True)
class Difference:
    """What changed between two runs."""

    by_lineage: bool  # the new run was built on the old one, and says itself what became of its campaigns
    accounts_before: int
    accounts_now: int
    accounts_common: int
    events: dict[str, int]
    changes: list[Change]
    moves: list[Move]  # the most accounts first


def diff(old: Run, new: Run) -> Difference:
    """What became of the campaigns of one run in another.

    Where the new run was built with the old one as `--previous`, this is what its lineage says; else both are compared
    by the members they have in common, as lineage does.

    Raises:
        RunFolderError: a run is damaged.
    """
    before, now = (run.columns("accounts", "account_id") for run in (old, new))
    of_before, of_now = (run.columns("members", "campaign_id", "account_id") for run in (old, new))
    rows = _own_lineage(new, of_before, of_now)
    by_lineage = rows is not None
    if rows is None:
        rows = _overlap(before, of_before, now, of_now, new)
    order = {event: place for place, event in enumerate(EVENTS)}
    rows = rows.with_columns(
        place=pl.col("event").replace_strict(order, default=len(order)),
        size=pl.max_horizontal("accounts_before", "accounts_now"),
    ).sort("place", "size", "previous_id", "campaign_id", descending=[False, True, False, False], nulls_last=True)
    counts = _events(rows)
    return Difference(
        by_lineage,
        before.height,
        now.height,
        before.join(now, on="account_id").height,
        {name: counts[event] for event, name in EVENTS.items() if counts.get(event)},
        [_change(row) for row in rows.iter_rows(named=True)],
        _moves(before, of_before, now, of_now, rows),
    )


def _events(rows: pl.DataFrame) -> dict[str, int]:
    """event -> campaigns: of before where they ended there, else of now."""
    one = pl.when(pl.col("event").is_in(["merged", "died"])).then("previous_id").otherwise("campaign_id")
    return dict(rows.group_by("event").agg(one.n_unique()).iter_rows())


def _own_lineage(new: Run, of_before: pl.DataFrame, of_now: pl.DataFrame) -> pl.DataFrame | None:
    """The lineage of the new run, if it speaks of just these campaigns of before, with their sizes."""
    rows = new.table("lineage").filter(pl.col("builds_ago") == 0)
    size = pl.len().cast(pl.Int64)
    told = rows.drop_nulls("previous_id").select("previous_id", "accounts_before").unique().sort("previous_id")
    seen = of_before.group_by(previous_id="campaign_id").agg(accounts_before=size).sort("previous_id")
    if told.is_empty() or not told.equals(seen):
        return None
    return rows if set(rows["campaign_id"].drop_nulls()) == set(of_now["campaign_id"]) else None


def _overlap(
    before: pl.DataFrame, of_before: pl.DataFrame, now: pl.DataFrame, of_now: pl.DataFrame, new: Run
) -> pl.DataFrame:
    """OUTPUT["lineage"] of two runs that know nothing of one another, each campaign under its own id."""
    from linkage.settings import LineageSettings

    ids = now.sort("account_id").with_row_index("account")
    inside = of_now.join(ids, on="account_id").select("account", "campaign_id")
    none = pl.lit(None, pl.String)
    cleared = new.table("decisions").filter((pl.col("decision") == "cleared") & ~pl.col("returns"))
    traced = lineage.trace(
        lineage.Previous(before.with_columns(community_id=none), of_before, pl.DataFrame(schema=OUTPUT["lineage"])),
        ids.select("account", "account_id"),
        ids.select("account", community_id=none),
        inside,
        cleared.join(ids, on="account_id")["account"],
        LineageSettings(),
    )
    return traced.rows.with_columns(pl.col("campaign_id").replace(traced.names["kept"], traced.names["id"]))


def _change(row: dict[str, Any]) -> Change:
    counts = {name: row[name] for name in ("accounts_before", "accounts_now", "common", "gone", "cleared", "left")}
    return Change(EVENTS.get(row["event"], row["event"]), row["previous_id"], row["campaign_id"], **counts)


def _moves(
    before: pl.DataFrame, of_before: pl.DataFrame, now: pl.DataFrame, of_now: pl.DataFrame, rows: pl.DataFrame
) -> list[Move]:
    """Where accounts went that do not stand where their campaign of before goes on; an account may be in several."""
    went_on = rows.filter(pl.col("event").is_in(_SAME)).select(old="previous_id", new="campaign_id")
    was = of_before.select("account_id", old="campaign_id")
    is_now = of_now.select("account_id", new="campaign_id")
    stayed = was.join(went_on, on="old").join(is_now, on=["account_id", "new"]).select("account_id", "old", "new")
    came = is_now.join(stayed, on=["account_id", "new"], how="anti")
    went = was.join(stayed, on=["account_id", "old"], how="anti")
    both = pl.concat([before, now]).group_by("account_id").len()
    moved = (
        went.join(came, on="account_id", how="full", coalesce=True)
        .join(both.select("account_id", known=pl.col("len") == 2), on="account_id")
        .group_by("old", "new", "known")
        .agg(pl.col("account_id").unique().sort())
        .with_columns(size=pl.col("account_id").list.len())
        .sort("size", "old", "new", "known", descending=[True, False, False, False], nulls_last=True)
    )
    return [
        Move(row["old"], row["new"], row["known"], row["size"], row["account_id"])
        for row in moved.iter_rows(named=True)
    ]

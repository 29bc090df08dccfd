"""Groups of now against those of the build before: who keeps whose id, and what became of the rest."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from typing import TYPE_CHECKING, NamedTuple

import polars as pl

from linkage.lineage.match import heirs, overlaps, telling
from linkage.tables import OUTPUT, empty, schema

if TYPE_CHECKING:
    from linkage.settings import LineageSettings

#: Events that are not kept beyond their build: the campaign merely went on.
_WENT_ON = ("kept", "grew", "shrank")


class Previous(NamedTuple):
    """What is asked of the build before."""

    accounts: pl.DataFrame  # account_id, community_id
    members: pl.DataFrame  # campaign_id, account_id
    lineage: pl.DataFrame  # OUTPUT["lineage"]


class Traced(NamedTuple):
    """What became of the groups of before."""

    names: pl.DataFrame  # id, kept: campaigns and communities of now that take another id than their members give
    rows: pl.DataFrame  # OUTPUT["lineage"]


#: Stands for the build before the first.
NOTHING = Previous(
    pl.DataFrame(schema=schema({"account_id": pl.String, "community_id": pl.String})),
    pl.DataFrame(schema=schema({"campaign_id": pl.String, "account_id": pl.String})),
    empty(OUTPUT["lineage"]),
)


def trace(
    previous: Previous | None,
    ids: pl.DataFrame,
    grouped: pl.DataFrame,
    members: pl.DataFrame,
    cleared: pl.Series,
    settings: LineageSettings,
) -> Traced:
    """Find the successors of the previous build's campaigns and communities.

    A group keeps the id of the group of before that it holds a fair part of, as far as one id can go to one group
    (`match.heirs`). Any other keeps the id that follows from its members, or takes a new one where that was another's.
    A campaign that was given up and is found again in the same community has its old id again.

    Args:
        previous: tables of the build before; None for a first build, whose campaigns are all born.
        ids: account UInt32, account_id: every account of now.
        grouped: account, community_id: linked accounts of now.
        members: account, campaign_id: of now.
        cleared: codes of the accounts that people cleared.
        settings: what is a fair part of a group.

    Returns:
        The new ids, and a row for each campaign of before and of now, with what they have to do with one another:
        `kept`, `grew` or `shrank` (the same id), `split` (a part of it under an id of its own), `merged` (all or a part
        of it under the id of another), `died`, `born`, `revived`.
    """
    before = previous or NOTHING
    communities = before.accounts.drop_nulls().rename({"community_id": "group"})
    campaigns = before.members.rename({"campaign_id": "group"})
    together = grouped.drop_nulls("community_id").select("account", group="community_id")
    inside = members.select("account", group="campaign_id")

    found = overlaps(_coded(communities, ids), together)
    named = _named(together, heirs(found, settings), set(communities["group"]), {})
    staying = _coded(campaigns, ids)
    met = overlaps(staying, inside)
    heir = heirs(met, settings)
    died = set(before.lineage.filter(pl.col("event") == "died")["previous_id"])
    known = {*before.lineage["previous_id"].drop_nulls(), *before.lineage["campaign_id"].drop_nulls()}
    wanted = _of_communities(together.rename({"group": "community_id"}), inside, named)
    again = _named(inside, heir, set(campaigns["group"]) | (known - died), wanted)

    rows = _rows(telling(met, settings), heir, again, campaigns, inside, known)
    rows = rows.join(_fates(campaigns, ids, inside, cleared), on="previous_id", how="left")
    counts = [column for column, kind in OUTPUT["lineage"].items() if kind == pl.Int64]
    rows = rows.with_columns(builds_ago=pl.lit(0, pl.Int64)).with_columns(pl.col(counts).fill_null(0))
    rows = rows.select(list(OUTPUT["lineage"])).sort("previous_id", "campaign_id", nulls_last=True)
    past = before.lineage.filter(~pl.col("event").is_in(_WENT_ON)).with_columns(pl.col("builds_ago") + 1)
    names = pl.concat([named, again]).filter(pl.col("id") != pl.col("kept"))
    return Traced(names, pl.concat([rows, past]))


def renamed(table: pl.DataFrame, names: pl.DataFrame) -> pl.DataFrame:
    """A table with the ids in its `community_id` and `campaign_id` columns exchanged; `names` is `Traced.names`."""
    columns = [column for column in ("community_id", "campaign_id") if column in table.columns]
    return table.with_columns(pl.col(columns).replace(names["id"], names["kept"]))


def _coded(groups: pl.DataFrame, ids: pl.DataFrame) -> pl.DataFrame:
    """account, group of the members that are still in the logs."""
    return groups.join(ids, on="account_id").select("account", "group")


def _named(now: pl.DataFrame, heir: pl.DataFrame, taken: set[str], wanted: Mapping[str, str]) -> pl.DataFrame:
    """id, kept: every group of now with the id it is to have, no two the same and none of `taken` but by inheritance.

    `wanted` are ids that groups without an inheritance should have if they are free.
    """
    inherited = dict(heir.select("now", "before").iter_rows())
    used = taken | set(inherited.values())
    kept = {}
    for own in now["group"].unique().sort():
        if own in inherited:
            kept[own] = inherited[own]
            continue
        choice = wanted.get(own, own)
        choice = own if choice in used else choice
        turn = 0
        while choice in used:
            turn += 1
            choice = own[:2] + sha256(f"{own}\n{turn}".encode()).hexdigest()[:10]
        kept[own] = choice
        used.add(choice)
    return pl.DataFrame({"id": list(kept), "kept": list(kept.values())}, schema={"id": pl.String, "kept": pl.String})


def _of_communities(together: pl.DataFrame, inside: pl.DataFrame, named: pl.DataFrame) -> dict[str, str]:
    """Campaign of now -> the campaign id that goes with the id of the community where most of its members stand."""
    most = (
        inside.join(together, on="account")
        .group_by("group", "community_id")
        .len()
        .sort("group", "len", "community_id", descending=[False, True, False])
        .unique("group", keep="first", maintain_order=True)
        .join(named, left_on="community_id", right_on="id")
    )
    return dict(most.select("group", "C" + pl.col("kept").str.slice(1)).iter_rows())


def _rows(
    told: pl.DataFrame,
    heir: pl.DataFrame,
    names: pl.DataFrame,
    campaigns: pl.DataFrame,
    inside: pl.DataFrame,
    known: set[str],
) -> pl.DataFrame:
    """A row for each two campaigns with a fair part in common, and for each that has none with any."""
    before = campaigns.group_by(previous_id="group").agg(accounts_before=pl.len().cast(pl.Int64))
    now = (
        inside.group_by(now="group").agg(accounts_now=pl.len().cast(pl.Int64)).join(names, left_on="now", right_on="id")
    )
    went = pl.col("accounts_now") - pl.col("accounts_before")
    same = pl.when(went > 0).then(pl.lit("grew")).when(went < 0).then(pl.lit("shrank")).otherwise(pl.lit("kept"))
    inherits = pl.col("now").is_in(heir["now"].implode())
    other = pl.when(inherits).then(pl.lit("merged")).otherwise(pl.lit("split"))
    related = (
        told.select("now", "common", previous_id="before")
        .join(now, on="now")
        .join(before, on="previous_id")
        .with_columns(event=pl.when(pl.col("previous_id") == pl.col("kept")).then(same).otherwise(other))
    )
    died = before.join(told, left_on="previous_id", right_on="before", how="anti")
    seen = pl.col("kept").is_in(list(known))
    born = now.join(told, on="now", how="anti").with_columns(
        event=pl.when(seen).then(pl.lit("revived")).otherwise(pl.lit("born"))
    )
    parts = [related, died.with_columns(event=pl.lit("died")), born]
    return pl.concat(parts, how="diagonal").rename({"kept": "campaign_id"})


def _fates(campaigns: pl.DataFrame, ids: pl.DataFrame, inside: pl.DataFrame, cleared: pl.Series) -> pl.DataFrame:
    """previous_id, gone, cleared, left: members of before that are in no campaign now, and why."""
    here = pl.col("account").is_not_null()
    free = campaigns.join(ids, on="account_id", how="left").join(inside.select("account"), on="account", how="anti")
    said = pl.col("account").is_in(cleared.implode())
    return free.group_by(previous_id="group").agg(
        gone=(~here).sum().cast(pl.Int64),
        cleared=(here & said).sum().cast(pl.Int64),
        left=(here & ~said).sum().cast(pl.Int64),
    )

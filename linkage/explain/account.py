"""One account: where it stands, what ties it there, what speaks against, and what it would take to leave."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import polars as pl

from linkage.explain.model import ChannelBits, LinkModel, by_group, link_model
from linkage.explain.overview import Explanation, nearest, sentences
from linkage.explain.reading import account_row, among, optional, touching
from linkage.explain.without import Without, without_groups, without_values
from linkage.io import Run

#: Fewer bits of an independence group say nothing.
_BIT = 1.0


@dataclass(frozen=True, slots=True)
class Group:
    """The community of an account."""

    community_id: str
    accounts: int
    suspicion: float
    campaign_id: str | None
    explanation: str | None  # the innocent one that fits
    nearest: Explanation | None  # the one nearest to fitting
    reasons_for: list[str]
    reasons_against: list[str]


@dataclass(frozen=True, slots=True)
class Membership:
    """An account in a campaign."""

    campaign_id: str
    tier: str | None
    share: float | None
    stability: float
    fellows: int
    links: int  # to fellows
    corroborated: int  # of these, links for which two or more groups say a bit
    by_group: dict[str, int]  # group -> links to fellows for which it says a bit
    without_groups: list[Without]
    without_values: list[Without]  # only values that cost a link


@dataclass(frozen=True, slots=True)
class Partner:
    """An account at the other end of a link."""

    account_id: str
    campaign_id: str | None
    community_id: str | None
    probability: float
    weight: float
    channels: list[ChannelBits]


@dataclass(frozen=True, slots=True)
class SharedValue:
    """A value that the account shares with fellows."""

    kind: str
    value: str
    bits: float  # at most, of a link
    accounts: int  # that share it with the account


@dataclass(frozen=True, slots=True)
class Account:
    """What the run knows of an account."""

    account_id: str
    suspicion: float
    stability: float
    tier: str | None
    operator: str | None
    exchanges: int
    first_seen: datetime | None
    last_seen: datetime | None
    group: Group | None
    memberships: list[Membership]
    links: int
    links_by_place: dict[str, int]  # "campaign", "community", "elsewhere"
    partners: list[Partner]  # the strongest first
    values: list[SharedValue]  # the rarest first
    against: list[str]
    decisions: list[dict[str, Any]]


def explain_account(run: Run, account: str) -> Account:
    """What an account is in, what ties it there, and what speaks against that.

    Raises:
        UnknownIdError: the run does not know the account.
        RunFolderError: the run is damaged, or does not say how links were weighed.
    """
    model = link_model(run.manifest)
    row: Mapping[str, Any] = account_row(run, account)
    links = touching(run, "links", account)
    evidence = touching(run, "evidence", account)
    others = run.rows(
        "accounts",
        among("account_id", links["other"]),
        columns=["account_id", "community_id", "campaign_id"],
    )
    links = links.join(others, left_on="other", right_on="account_id", how="left").sort(
        "weight", "other", descending=[True, False]
    )
    memberships = _memberships(run, account, links, evidence, model)
    group = _group(run, row["community_id"])
    return Account(
        **{name: row[name] for name in ("account_id", "suspicion", "stability", "tier", "operator", "exchanges")},
        first_seen=row["first_seen"],
        last_seen=row["last_seen"],
        group=group,
        memberships=memberships,
        links=links.height,
        links_by_place=_places(row, links, memberships),
        partners=[_partner(each, model) for each in links.iter_rows(named=True)],
        values=_values(evidence),
        against=_against(row, group, memberships),
        decisions=_decisions(run, account),
    )


def _group(run: Run, community: str | None) -> Group | None:
    if community is None:
        return None
    found = run.rows("communities", pl.col("community_id") == community)
    if found.is_empty():
        return None
    row = found.row(0, named=True)
    names = ("community_id", "accounts", "suspicion", "campaign_id", "explanation")
    return Group(
        **{name: row[name] for name in names},
        nearest=nearest(row.get("explanations")),
        reasons_for=sentences(row["reasons_for"]),
        reasons_against=sentences(row["reasons_against"]),
    )


def _memberships(
    run: Run, account: str, links: pl.DataFrame, evidence: pl.DataFrame, model: LinkModel
) -> list[Membership]:
    members = run.rows("members", pl.col("account_id") == account).sort("campaign_id")
    found = []
    for row in members.iter_rows(named=True):
        fellows = run.rows("members", pl.col("campaign_id") == row["campaign_id"], columns=["account_id"])["account_id"]
        inside = links.filter(pl.col("other").is_in(fellows.implode())).drop("other", "community_id", "campaign_id")
        reasons = evidence.filter(pl.col("other").is_in(fellows.implode())).drop("other")
        said = {group: bits >= _BIT for group, bits in by_group(model, inside.columns).items()}
        kinds = pl.sum_horizontal([each.cast(pl.Int64) for each in said.values()] or [pl.lit(0)])
        counts = {group: int(inside.select(each.sum()).item()) for group, each in said.items()}
        found.append(
            Membership(
                row["campaign_id"],
                row["tier"],
                row["share"],
                row["stability"],
                fellows.len() - 1,
                inside.height,
                int(inside.select((kinds >= 2).sum()).item()),
                {group: count for group, count in counts.items() if count},
                without_groups(inside, model),
                without_values(inside, reasons, model),
            )
        )
    return found


def _places(row: Mapping[str, Any], links: pl.DataFrame, memberships: list[Membership]) -> dict[str, int]:
    """How many links go where."""
    inside = pl.col("campaign_id").is_in([each.campaign_id for each in memberships]).fill_null(False)
    same = (pl.col("community_id") == pl.lit(row["community_id"], pl.String)).fill_null(False)
    campaign, community = links.select(inside.sum(), (same & ~inside).sum().alias("community")).row(0)
    return {"campaign": campaign, "community": community, "elsewhere": links.height - campaign - community}


def _partner(row: Mapping[str, Any], model: LinkModel) -> Partner:
    link = {name: row[name] for name in row if name not in ("other", "community_id", "campaign_id")}
    return Partner(
        row["other"],
        row["campaign_id"],
        row["community_id"],
        row["probability"],
        row["weight"],
        model.by_channel(link),
    )


def _values(evidence: pl.DataFrame) -> list[SharedValue]:
    rows = (
        evidence.group_by("kind", "value")
        .agg(bits=pl.col("weight").max().cast(pl.Float64), accounts=pl.col("other").n_unique().cast(pl.Int64))
        .sort("bits", "accounts", "kind", "value", descending=[True, True, False, False])
    )
    return [SharedValue(*row) for row in rows.iter_rows()]


def _against(row: Mapping[str, Any], group: Group | None, memberships: list[Membership]) -> list[str]:
    """What speaks against the account's belonging, in sentences."""
    found = []
    if group is None:
        return ["it has no link to any account"]
    if not memberships and group.campaign_id is not None:
        found.append("it stands in a community that is a campaign, and was left out of the campaign")
    if row["stability"] < 1:
        found.append(f"grouped again with other random numbers, {row['stability']:.0%} of its group stays with it")
    for each in memberships:
        few = each.links and each.links * 10 < each.fellows
        if few or not each.links:
            found.append(f"it has links to {each.links:,} of {each.fellows:,} fellows in {each.campaign_id}")
        if each.links and not each.corroborated:
            found.append(f"each of its links into {each.campaign_id} rests on one kind of evidence")
        found += [
            f"without {each.campaign_id}'s evidence of the group {one.kind} it has no link to the campaign"
            for one in each.without_groups
            if one.leaves
        ]
        if each.share is not None and each.share < 0.5:
            found.append(f"{each.share:.0%} of what it did belongs to {each.campaign_id}")
    return found


def _decisions(run: Run, account: str) -> list[dict[str, Any]]:
    if optional(run, "decisions") is None:
        return []
    return run.rows("decisions", pl.col("account_id") == account).to_dicts()

"""How tightly accounts are tied to their own group, by how many kinds of evidence, and to others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import polars as pl
from numpy.typing import NDArray

from linkage.campaigns.view import View
from linkage.settings import CampaignSettings
from linkage.tables import MICROSECONDS_A_DAY

if TYPE_CHECKING:
    from linkage_kernels.fellows import Ties

#: An account's share of values that its fellows use is drawn towards its group's, as if it had so many values more.
_USUAL_VALUES = 3.0
#: But to no more than this where belonging is asked: what is not known of an account hardly speaks for it.
_UNKNOWN = 0.65
#: Fewer bits of an independence group say nothing.
_BIT = 1.0
#: Share of accounts from which a crowd holds most of them.
_MOST = 0.5
#: Probabilities are added up in this part of one.
_EXACT = 1_048_576
#: Share of an account's links under which what else than prompts makes them is an accident.
_ACCIDENT = 0.1
#: Shares of links that rest on prompts, and on less and less else.
_ON_PROMPTS = ("by_content", "by_program", "by_given")
#: The independence group of what accounts write.
CONTENT = "content"
#: The channel of accounts that write alike as a whole, near-duplicates or not.
ALIKE = "alike"
#: The independence group of what it is sent with.
MACHINE = "machine"
#: Those of where it is sent from, and with what: a VPN that many rent, and a browser that many have, come together.
SENT = ("network", MACHINE)
#: Those of what whoever is given the same has in common: prompts, a program, a day to begin, one who pays.
GIVEN = (CONTENT, MACHINE, "birth", "money")


def by_group(channels: Mapping[str, str]) -> dict[str, pl.Expr]:
    """Independence group -> the bits of its channels in a row of links, not capped."""
    groups = sorted(set(channels.values()))
    return {group: pl.sum_horizontal([c for c in channels if channels[c] == group]) for group in groups}


def cohesion(members: pl.DataFrame, links: pl.DataFrame, view: View, settings: CampaignSettings) -> pl.DataFrame:
    """How tightly each account is tied to the fellows of its own community.

    Args:
        members: account, community, and Boolean `fellow` where not all members count as fellows of the others.
        links: LINKS with their channels.
        view: of `scope.narrowed`, for the sign-ups, uses and channels.
        settings: what is near.

    Returns:
        account, community, `partners` (links to fellows, each counted by its probability), `near` (such partners that
        signed up within `birth_days`), `kin` (share of the account's values, hubs aside, that a fellow has too; with
        few values drawn towards what is usual in the community; null where no account of it has any), `kin_shown` (the
        same, drawn to no more than `_UNKNOWN`), `kinds` (independence groups that speak for a link to a fellow), `sent`
        (whether none does but of `SENT`), `wrote` (whether none does but `CONTENT`). Sorted by account.
    """
    of = members.select("account", "community", fellow="fellow" if "fellow" in members.columns else pl.lit(True)).sort(
        "account"
    )
    account = of["account"].to_numpy()
    group, fellow = _by_account(of, links, view.accounts, view.uses)
    tied = _tied(links, view, settings, group, fellow)
    values, met = _kin(view, group, fellow)

    def otherwise(*groups: str) -> NDArray[np.bool_]:
        others = [name not in groups for name in by_group(view.channels)]
        return np.asarray(tied.said[account][:, others].any(axis=1))

    figures = pl.DataFrame(
        {
            "partners": tied.weight[account] / _EXACT,
            "near": tied.near[account] / _EXACT,
            "kinds": tied.said[account].sum(axis=1, dtype=np.int32),
            "sent": ~otherwise(*SENT),
            "wrote": ~otherwise(CONTENT),
            "values": values[account],
            "met": met[account],
        }
    )
    return (
        pl.concat([of, figures], how="horizontal")
        .lazy()
        .with_columns(usual=(pl.col("met").sum() / pl.col("values").sum()).over("community").fill_nan(None))
        .with_columns(
            kin=_drawn(pl.col("usual")),
            kin_shown=_drawn(pl.col("usual").clip(upper_bound=_UNKNOWN)),
        )
        .select("account", "community", "partners", "near", "kin", "kin_shown", "kinds", "sent", "wrote")
        .collect()
    )


def _drawn(towards: pl.Expr) -> pl.Expr:
    """Share of an account's values that a fellow has too, with few values drawn towards another share."""
    return (pl.col("met") + _USUAL_VALUES * towards) / (pl.col("values") + _USUAL_VALUES)


def _by_account(of: pl.DataFrame, *with_accounts: pl.DataFrame) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Community (-1: none) of every account up to the last that any table names, and whether it is a fellow."""
    account = of["account"].to_numpy()
    most = int(account.max(initial=0))
    for table in with_accounts:
        column = table["account_b"] if "account_b" in table.columns else table["account"]
        most = max(most, int(column.to_numpy().max(initial=0)))
    group, fellow = np.full(most + 1, -1, np.int64), np.zeros(most + 1, np.bool_)
    group[account] = of["community"].to_numpy()
    fellow[account] = of["fellow"].to_numpy()
    return group, fellow


def _tied(
    links: pl.DataFrame, view: View, settings: CampaignSettings, group: NDArray[np.int64], fellow: NDArray[np.bool_]
) -> Ties:
    """What links to fellows of the same community add up to."""
    from linkage_kernels.fellows import ties

    said = {f"said_{name}": bits >= _BIT for name, bits in by_group(view.channels).items()}
    # Probabilities are rounded to 2^-20, so that their sums do not depend on the order of threads.
    weight = (pl.col("probability").cast(pl.Float64) * _EXACT).round().cast(pl.Int64)
    rows = links.lazy().select(weight=weight, **said).collect()
    a, b = links["account_a"].to_numpy(), links["account_b"].to_numpy()
    born, known = np.zeros(len(group), np.int64), np.zeros(len(group), np.bool_)
    at = view.accounts["account"].to_numpy()
    born[at] = view.accounts["created_at"].cast(pl.Int64).fill_null(0).to_numpy()
    known[at] = view.accounts["created_at"].is_not_null().to_numpy()
    near = known[a] & known[b] & (np.abs(born[a] - born[b]) <= settings.birth_days * MICROSECONDS_A_DAY)
    spoken = np.column_stack([rows[name].to_numpy() for name in said]) if said else np.zeros((len(a), 0), np.bool_)
    return ties(a, b, rows["weight"].to_numpy(), near, spoken, group, fellow)


def _kin(
    view: View, group: NDArray[np.int64], fellow: NDArray[np.bool_]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Of every account, the values it uses (hubs aside), and how many of them a fellow uses too."""
    from linkage_kernels.fellows import shared

    uses = view.uses.filter(~pl.col("hub")).select("account", "code")
    return shared(uses["account"].to_numpy(), uses["code"].to_numpy(), group, fellow)


def beyond_prompts(channels: Mapping[str, str]) -> pl.Expr:
    """Whether a link rests on anything else than prompts and what sends them."""
    said = [bits >= _BIT for name, bits in by_group(channels).items() if name not in (CONTENT, MACHINE)]
    return pl.any_horizontal(said) if said else pl.lit(False)


def beside(members: pl.DataFrame, links: pl.DataFrame, channels: Mapping[str, str]) -> pl.DataFrame:
    """community, `beside`: share of its accounts that something else than `GIVEN` ties to another of them.

    `beside_place`: that something ties which is not where they call from either.
    """
    group, _ = _by_account(members.select("account", "community", fellow=pl.lit(True)), links)
    a, b = links["account_a"].to_numpy(), links["account_b"].to_numpy()
    inside = (group[a] >= 0) & (group[a] == group[b])
    found = members.select("community")
    for column, given in (("beside", GIVEN), ("beside_place", (*GIVEN, "network"))):
        said = [bits >= _BIT for name, bits in by_group(channels).items() if name not in given]
        rests = links.select(held=pl.any_horizontal(said) if said else pl.lit(False))["held"]
        held = inside & np.broadcast_to(rests.to_numpy(), len(a))
        tied = np.zeros(len(group), np.bool_)
        tied[a[held]] = tied[b[held]] = True
        found = found.with_columns(pl.Series(column, tied[members["account"].to_numpy()], dtype=pl.Boolean))
    return found.group_by("community").agg(pl.col("beside", "beside_place").mean())


def loose(memberships: pl.DataFrame, links: pl.DataFrame, channels: Mapping[str, str]) -> NDArray[np.bool_]:
    """Whether hardly anything but prompts, and what sends them, ties each account of MEMBERSHIPS to its community.

    Who asks what hundreds ask meets one or the other of them by accident, at an address or after a refusal: `_ACCIDENT`
    of the links of an account say nothing.
    """
    group, _ = _by_account(memberships.select("account", "community", fellow=pl.lit(True)), links)
    a, b = links["account_a"].to_numpy(), links["account_b"].to_numpy()
    inside = (group[a] >= 0) & (group[a] == group[b])
    held = inside & np.broadcast_to(links.select(held=beyond_prompts(channels))["held"].to_numpy(), len(a))
    every, otherwise = (
        np.bincount(a[of], minlength=len(group)) + np.bincount(b[of], minlength=len(group)) for of in (inside, held)
    )
    tied = (otherwise > 0) & (otherwise >= _ACCIDENT * every)
    return np.asarray(~tied[memberships["account"].to_numpy()])


def bridges(
    memberships: pl.DataFrame, links: pl.DataFrame, channels: Mapping[str, str], crowds: pl.DataFrame | None = None
) -> pl.DataFrame:
    """How far the parts of a community are tied to one another, by links or by the pool of addresses they use.

    Args:
        memberships: MEMBERSHIPS.
        links: LINKS.
        channels: channel -> independence group.
        crowds: account, crowd. An account of the crowd that most accounts of the other parts are of is tied to them:
            parting sorts accounts by card, and a pool has no cards.

    Returns:
        part, `bridging` (share of a part's accounts that are tied to another part of the same community),
        `bridging_otherwise` (by something else than prompts alone), `bridging_beyond` (by something else than prompts
        and what sends them).
    """
    account, part = memberships["account"].to_numpy(), memberships["part"].to_numpy()
    group, _ = _by_account(memberships.select("account", "community", fellow=pl.lit(True)), links)
    parts = np.full(len(group), -1, np.int64)
    parts[account] = part
    a, b = links["account_a"].to_numpy(), links["account_b"].to_numpy()
    between = np.flatnonzero((group[a] >= 0) & (group[a] == group[b]) & (parts[a] != parts[b]))
    rests = links.select(
        bridging=pl.lit(True),
        bridging_otherwise=~_prompts_alone(channels),
        bridging_beyond=beyond_prompts(channels),
    )
    pooled = _pooled(memberships, crowds)
    found = memberships.select("part")
    for name in rests.columns:
        met = np.zeros(len(group), np.bool_)
        for end in (a[between], b[between]):
            met[end[np.broadcast_to(rests[name].to_numpy(), len(a))[between]]] = True
        found = found.with_columns(pl.Series(name, met[account] | pooled))
    return found.group_by("part").agg(pl.col(rests.columns).mean())


def _pooled(memberships: pl.DataFrame, crowds: pl.DataFrame | None) -> NDArray[np.bool_]:
    """Whether each account is of the crowd that most accounts of the other parts of its community are of."""
    if crowds is None or crowds.is_empty():
        return np.zeros(memberships.height, np.bool_)
    many = pl.len().cast(pl.Int64)
    here, there = (many.over(*keys, "crowd") for keys in (["part"], ["community"]))
    found = (
        memberships.select("account", "community", "part")
        .with_columns(others=many.over("community") - many.over("part"))
        .join(crowds, on="account", how="left", maintain_order="left")
        .with_columns(elsewhere=there - here)
        .select(pl.col("crowd").is_not_null() & (pl.col("elsewhere") > _MOST * pl.col("others")))
    )
    return found.to_series().to_numpy()


def _prompts_alone(channels: Mapping[str, str]) -> pl.Expr:
    """Whether a link rests on prompts and on nothing else."""
    groups = by_group(channels)
    if CONTENT not in groups:
        return pl.lit(False)
    said = pl.sum_horizontal((bits >= _BIT).cast(pl.Int32) for bits in groups.values())
    return (said < 2) & (groups[CONTENT] >= _BIT)


def _but_machines(channels: Mapping[str, str]) -> dict[str, str]:
    """Channels without what prompts are sent with."""
    return {name: group for name, group in channels.items() if group != MACHINE}


def corroboration(
    members: pl.DataFrame, links: pl.DataFrame, channels: Mapping[str, str], handed: Sequence[str] = ()
) -> pl.DataFrame:
    """How many kinds of evidence hold a community together. `handed`: channels of what many may be given.

    Returns:
        community, `single` (share of its links that rest on one independence group), `themes` (share between accounts
        that write alike as a whole), `by_content` (share that rest on prompts alone), `by_program` (on prompts, and on
        nothing else but machines), `by_given` (nor but what is handed out). No rows where there is only one group.
    """
    groups = by_group(channels)
    if len(groups) < 2:
        return pl.DataFrame(
            schema={"community": members.schema["community"]}
            | dict.fromkeys(("single", "themes", *_ON_PROMPTS), pl.Float64)
        )
    said = pl.sum_horizontal((bits >= _BIT).cast(pl.Int32) for bits in groups.values())
    group, _ = _by_account(members.select("account", "community", fellow=pl.lit(True)), links)
    a, b = links["account_a"].to_numpy(), links["account_b"].to_numpy()
    inside = np.flatnonzero((group[a] >= 0) & (group[a] == group[b]))
    of = group[a[inside]]
    rests = links.select(
        single=said < 2,
        themes=pl.col(ALIKE) >= _BIT if ALIKE in channels else pl.lit(False),
        by_content=_prompts_alone(channels),
        by_program=_prompts_alone(_but_machines(channels)),
        by_given=_prompts_alone({c: of for c, of in _but_machines(channels).items() if c not in handed}),
    )
    every = np.bincount(of)
    there = np.flatnonzero(every)
    columns = {"community": pl.Series(there).cast(members.schema["community"])}
    for name in rests.columns:
        some = np.broadcast_to(rests[name].to_numpy(), len(a))[inside]
        columns[name] = pl.Series(np.bincount(of[some], minlength=len(every))[there] / every[there])
    return pl.DataFrame(columns)

"""Communities that hang together by one link or one account: found, tested, cut where the tie is weak."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from linkage.community_settings import CommunitySettings
from linkage.tables import MEMBERSHIPS, schema
from linkage_kernels.cuts import Cuts, cuts

Rows = NDArray[np.int64]
#: Less than a bit says nothing.
_SAYS = 1.0


#: A link, or an account (`account_b` null) with `links` into the side where it has fewer. `accounts` are on the smaller
#: side, `groups` are the independence groups that the tie rests on. Further rows of an account are of further sides.
BRIDGES: Final = schema(
    {
        "account_a": pl.UInt32,
        "account_b": pl.UInt32,
        "accounts": pl.Int64,
        "links": pl.Int64,
        "groups": pl.Int64,
        "cut": pl.Boolean,
    }
)


class Bridged(NamedTuple):
    """Communities without their weak ties, and all ties looked at."""

    memberships: pl.DataFrame  # MEMBERSHIPS
    bridges: pl.DataFrame  # BRIDGES


class _Ties(NamedTuple):
    """Links inside communities, between accounts by their row in the memberships."""

    source: Rows  # [m]
    target: Rows  # [m]
    said: NDArray[np.bool_]  # [m, groups]: whether the link has evidence of an independence group


def bridges(
    memberships: pl.DataFrame, links: pl.DataFrame, channels: Mapping[str, str], settings: CommunitySettings
) -> Bridged:
    """Find what parts a community when it is taken away, and cut it where it is a weak tie.

    A link or an account is looked at if both sides it parts have at least `bridge_accounts`. The tie is the link, or
    the account's links into the side it has fewer in. It is weak if all its links rest on one independence group, and
    the same one: two groups of accounts that one card or one hijacked home holds together. Others stay, and are told.

    Args:
        memberships: MEMBERSHIPS.
        links: LINKS with a column of bits for each channel.
        channels: column of LINKS -> independence group. With fewer than two groups nothing is weak.
        settings: `bridge_accounts`, and whether to cut.

    Returns:
        Communities and parts numbered anew, as `group` does, where anything was cut.
    """
    ties = _ties(memberships, links, channels)
    found = cuts(ties.source, ties.target, memberships.height)
    whole = np.bincount(found.component, minlength=memberships.height)[found.component]
    hanging = found.cut | found.bridge
    least = np.minimum(found.below, whole - found.below)
    looked_at = np.flatnonzero(hanging & (least >= settings.bridge_accounts))
    account = memberships["account"].to_numpy()
    rows, taken = [], np.zeros(len(ties.source), np.bool_)
    touching = _touching(ties, found.parent[looked_at], memberships.height)
    for below in looked_at.tolist():
        at = int(found.parent[below])
        tie = _tie(found, ties, below, touching[at])
        groups = int(ties.said[tie].any(axis=0).sum())
        weak = settings.bridges_cut and ties.said.shape[1] > 1 and groups <= 1
        taken[tie] |= weak
        other = int(account[below]) if found.bridge[below] else None
        rows.append((int(account[at]), other, int(least[below]), len(tie), groups, weak))
    table = pl.DataFrame(rows, schema=BRIDGES, orient="row").sort("account_a", "account_b", "accounts", "links")
    if not taken.any():
        return Bridged(memberships, table)
    left = cuts(ties.source[~taken], ties.target[~taken], memberships.height).component
    return Bridged(_renumbered(memberships, np.where(_hit(memberships, ties, taken), left, -1)), table)


def _ties(memberships: pl.DataFrame, links: pl.DataFrame, channels: Mapping[str, str]) -> _Ties:
    """The links whose accounts are of one community."""
    last = int(links["account_b"].max()) if links.height else 0  # type: ignore[arg-type]
    place = np.zeros(last + 1, np.int64)
    place[memberships["account"].to_numpy()] = np.arange(memberships.height)
    source, target = place[links["account_a"].to_numpy()], place[links["account_b"].to_numpy()]
    community = memberships["community"].to_numpy()
    inside = np.flatnonzero(community[source] == community[target])
    groups = sorted(set(channels.values()))
    said = np.zeros((len(inside), len(groups)), np.bool_)
    for column, group in channels.items():
        if column in links.columns:
            said[:, groups.index(group)] |= links[column].to_numpy()[inside] >= _SAYS
    return _Ties(source[inside], target[inside], said)


def _touching(ties: _Ties, accounts: Rows, n: int) -> dict[int, Rows]:
    """The rows in `ties` of each of these accounts."""
    if not len(accounts):
        return {}
    wanted = np.zeros(n, np.bool_)
    wanted[accounts] = True
    row = np.concatenate((np.flatnonzero(wanted[ties.source]), np.flatnonzero(wanted[ties.target])))
    of = np.concatenate((ties.source[wanted[ties.source]], ties.target[wanted[ties.target]]))
    order = np.argsort(of, kind="stable")
    account, first = np.unique(of[order], return_index=True)
    return dict(zip(account.tolist(), np.split(row[order], first[1:]), strict=True))


def _tie(found: Cuts, ties: _Ties, below: int, rows: Rows) -> Rows:
    """Of an account's links, those into one side of it: what hangs below, or all else, wherever there are fewer."""
    at = found.parent[below]
    other = np.where(ties.source[rows] == at, ties.target[rows], ties.source[rows])
    place = found.order[other] - found.order[below]
    into = (place >= 0) & (place < found.below[below])
    fewer: NDArray[np.bool_] = into if found.bridge[below] or 2 * int(into.sum()) <= len(rows) else ~into
    return np.asarray(rows[fewer], np.int64)


def _hit(memberships: pl.DataFrame, ties: _Ties, taken: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Whether an account's community lost a tie; only these are numbered by what is left."""
    community = memberships["community"].to_numpy()
    hit = np.zeros(int(community.max()) + 1, np.bool_)
    hit[community[ties.source[taken]]] = True
    return np.asarray(hit[community])


def _renumbered(memberships: pl.DataFrame, piece: Rows) -> pl.DataFrame:
    """Each piece a community, no part in two of them; numbered by falling size, ties by the lowest account."""
    pieces = memberships.with_columns(piece=pl.Series(piece))
    for column, by in (("part", ["part", "piece"]), ("community", ["community", "piece"])):
        sizes = pieces.group_by(by).agg(size=pl.len(), first=pl.col("account").min())
        rank = sizes.sort(["size", "first"], descending=[True, False]).with_row_index("rank").drop("size", "first")
        pieces = (
            pieces.join(rank, on=by, maintain_order="left")
            .with_columns(pl.col("rank").cast(pl.Int32).alias(f"new_{column}"))
            .drop("rank")
        )
    return pieces.with_columns(community="new_community", part="new_part").select(list(MEMBERSHIPS))

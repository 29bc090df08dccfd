"""Pairs that are no ground to group by, but tie whole communities, and accounts that nothing else ties."""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import NDArray

from linkage.communities.join import Labels
from linkage.communities.leiden import Graph, seeded
from linkage.community_settings import CommunitySettings
from linkage.tables import MEMBERSHIPS

#: Fragments of a group find one another in as many rounds.
_ROUNDS = 10


def attach(
    memberships: pl.DataFrame, pairs: pl.DataFrame, least_share: float, settings: CommunitySettings, seed: int
) -> pl.DataFrame:
    """Group the accounts without links by the pairs between them, and join each community to where its pairs lead.

    A community joins the one that most of its accounts have a pair with, if these are enough; an account that nothing
    groups is a community of its own here. Grouping by links and such pairs together would pull communities apart
    wherever the pairs are dense inside them; taking all who are tied together would join two groups by whoever stands
    between them. Accounts without links are grouped first, since one by one they would all go to a large community
    that a few pairs lead to, each for want of more fellows than one.

    Args:
        memberships: MEMBERSHIPS.
        pairs: account_a, account_b.
        least_share: of the smaller community's accounts.
        settings: the resolution at which accounts without links are grouped, and `join_flow`: of the share of the
            smaller community's pairs that would lead into the other were the two mixed at random. Chance ties a
            community to any large one of the same days, but by few pairs beside its own.
        seed: of igraph's random numbers.

    Returns:
        MEMBERSHIPS, communities and parts numbered anew by falling size, ties by their lowest account. A newly tied
        account is fully stable, and a part with the others of its community that are new.
    """
    if pairs.is_empty():
        return memberships
    ends = pl.concat([pairs["account_a"], pairs["account_b"]]).unique()
    new = ends.filter(~ends.is_in(memberships["account"].implode())).sort()
    highest = memberships.select(pl.max_horizontal(pl.max("community"), pl.max("part"))).item()
    first = 0 if highest is None else int(highest) + 1
    fresh = first + _alone(new.to_numpy(), pairs, settings, seed)
    singles = pl.DataFrame(
        {"account": new, "community": fresh, "part": -1, "stability": 1.0}, schema=MEMBERSHIPS, strict=False
    )
    every = pl.concat([memberships, singles]).sort("account")
    place = np.full(int(str(every["account"].max())) + 1, -1)
    place[every["account"].to_numpy()] = np.arange(every.height)
    a, b = place[pairs["account_a"].to_numpy()], place[pairs["account_b"].to_numpy()]
    labels = every["community"].to_numpy().astype(np.int64)
    for _ in range(_ROUNDS):
        joined = _joined(labels, a, b, least_share, settings.join_flow)
        if joined is None:
            break
        labels = joined
    together = pl.col("community").len().over("community") > 1
    return numbered(every.with_columns(community=pl.Series(labels, dtype=pl.Int32)).filter(together))


def _alone(accounts: NDArray[np.uint32], pairs: pl.DataFrame, settings: CommunitySettings, seed: int) -> Labels:
    """Leiden on the pairs among these accounts, each as good as any other -> int64[n], from 0."""
    a, b = pairs["account_a"].to_numpy(), pairs["account_b"].to_numpy()
    inside = np.isin(a, accounts) & np.isin(b, accounts)
    source = np.searchsorted(accounts, a[inside]).astype(np.int64)
    target = np.searchsorted(accounts, b[inside]).astype(np.int64)
    if not len(source):
        return np.arange(len(accounts))
    with seeded(seed):
        return Graph(source, target, len(accounts)).leiden(np.ones(len(source)), settings.resolution, -1)


def _joined(labels: Labels, a: Labels, b: Labels, least_share: float, least_flow: float) -> Labels | None:
    """One round; None where nothing is joined."""
    many = int(labels.max()) + 1
    size = np.bincount(labels, minlength=many)
    cut = labels[a] != labels[b]
    account = np.concatenate((a[cut], b[cut]))
    key = labels[account] * many + labels[np.concatenate((b[cut], a[cut]))]
    # Which account reaches into which other community, and by how many pairs.
    met, ties = np.unique(key * len(labels) + account, return_counts=True)
    between, at = np.unique(met // len(labels), return_inverse=True)
    one, other = between // many, between % many
    share = np.bincount(at, minlength=len(between)) / size[one]
    pairs = np.bincount(at, ties, len(between))
    inside = np.bincount(labels[a[~cut]], minlength=many)
    mixed = size[other] / (size[one] + size[other] - 1)
    flow = pairs / (pairs + 2 * inside[one])
    smaller = (size[one] < size[other]) | ((size[one] == size[other]) & (one > other))
    able = np.flatnonzero(smaller & (share >= least_share) & (flow >= least_flow * mixed))
    if not len(able):
        return None
    order = able[np.lexsort((other[able], -pairs[able], -share[able], one[able]))]
    child, best = np.unique(one[order], return_index=True)
    into = np.arange(many)
    into[child] = other[order][best]
    while not np.array_equal(into, into[into]):
        into = into[into]
    found: Labels = into[labels]
    return found


def numbered(memberships: pl.DataFrame) -> pl.DataFrame:
    """Communities and parts numbered from 0 by falling size, ties by their lowest account."""
    out = memberships.with_columns(part=pl.struct("community", "part"))
    for column in ("community", "part"):
        ranked = (
            out.group_by(column)
            .agg(accounts=pl.len(), lowest=pl.col("account").min())
            .sort("accounts", "lowest", descending=[True, False])
            .with_row_index("rank")
            .select(column, pl.col("rank").cast(pl.Int32).alias("number"))
        )
        out = out.join(ranked, on=column, maintain_order="left").drop(column).rename({"number": column})
    return out.select(list(MEMBERSHIPS)).sort("account")

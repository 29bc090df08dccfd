"""Communities on one pool of addresses that one queue of work feeds, put together.

Where evidence is a few cards, a large campaign falls into as many pieces as it has cards. That its pieces use one pool
does not join them, since two operators may rent the same. That they take up one another's refused requests does.
"""

from __future__ import annotations

import math

import numpy as np
import polars as pl
from numpy.typing import NDArray

from linkage.communities.attach import numbered
from linkage.queue_settings import QueueSettings

#: Share of a community's accounts from which a pool is its own.
_MOST = 0.5
#: Larger communities are joined first, and what they have become may join others.
_ROUNDS = 5

Counts = NDArray[np.float64]


def pools(memberships: pl.DataFrame, crowds: pl.DataFrame, most: int) -> pl.DataFrame:
    """account, community, pool: accounts on the pool that most accounts of their community use, where another does too.

    Args:
        memberships: MEMBERSHIPS.
        crowds: account, crowd; one row an account that is in one.
        most: communities of a pool, the largest, ties by the lower number.
    """
    size = memberships.group_by("community").agg(accounts=pl.len())
    of = memberships.select("account", "community").join(crowds.rename({"crowd": "pool"}), on="account")
    main = (
        of.group_by("community", "pool")
        .agg(there=pl.len())
        .join(size, on="community")
        .filter(pl.col("there") > _MOST * pl.col("accounts"))
        .filter(pl.len().over("pool") > 1)
        .sort(["there", "community"], descending=[True, False])
        .filter(pl.int_range(pl.len()).over("pool") < most)
    )
    return of.join(main.select("community", "pool"), on=["community", "pool"]).sort("account")


def one_queue(
    memberships: pl.DataFrame, of: pl.DataFrame, handed: pl.DataFrame, settings: QueueSettings
) -> pl.DataFrame:
    """Join each community to the largest of its pool that takes up its refusals, or whose refusals it takes up.

    An account of the one must take up what an account of the larger is refused at least `share` times as often as that
    one's own fellows do, chance aside; and more often than chance would in one of all the comparisons made (Chernoff's
    bound on a Poisson count, lowered by how far moved moments vary).

    Args:
        memberships: MEMBERSHIPS.
        of: `pools`.
        handed: of `similarity.handed`.
        settings: what is enough.

    Returns:
        MEMBERSHIPS, numbered anew by falling size, ties by the lowest account.
    """
    into: dict[int, int] = {}
    compared = max(1, handed.filter(pl.col("one") < pl.col("other")).height)
    needed = math.log(compared / settings.false_discoveries)
    for (pool,), rows in sorted(handed.partition_by("pool", as_dict=True).items()):
        size = of.filter(pl.col("pool") == pool).group_by("community").agg(pl.len())
        into |= _joined(rows, dict(size.iter_rows()), needed, settings)
    if not into:
        return memberships
    return numbered(memberships.with_columns(pl.col("community").replace(into)))


def _joined(rows: pl.DataFrame, size: dict[int, int], needed: float, settings: QueueSettings) -> dict[int, int]:
    """Community -> community that it joins, in one pool."""
    names = sorted(size, key=lambda community: (-size[community], community))
    at = {community: i for i, community in enumerate(names)}
    accounts = np.array([size[community] for community in names], np.float64)
    refused = np.zeros(len(names))
    taken, expected, noise = np.zeros((3, len(names), len(names)))
    for one, other, tried, count, chance, spread in rows.select(
        "one", "other", "refused", "taken", "expected", "spread"
    ).iter_rows():
        i, j = at[one], at[other]
        refused[i], taken[i, j], expected[i, j], noise[i, j] = tried, count, chance, chance * spread
    label = np.arange(len(names))
    for _ in range(_ROUNDS):
        new = _round(label, accounts, refused, taken, expected, noise, needed, settings.share)
        if (new == label).all():
            break
        label = new
    return {names[i]: names[label[i]] for i in range(len(names)) if label[i] != i}


def _round(
    label: NDArray[np.int64], accounts: Counts, refused: Counts, taken: Counts, expected: Counts, noise: Counts,
    needed: float, share: float,
) -> NDArray[np.int64]:  # fmt: skip
    """Each community joins the first, in order of size, that it shares a queue with."""
    many = len(label)
    into = np.zeros((many, many))
    into[label, np.arange(many)] = 1.0
    size, tried = into @ accounts, into @ refused
    count, chance, varied = (into @ each @ into.T for each in (taken, expected, noise))
    of = np.flatnonzero(np.bincount(label, minlength=many))
    new = label.copy()
    for place, large in enumerate(of):
        own = count[large, large] - chance[large, large]
        if new[large] != large or size[large] < 2 or tried[large] == 0 or own <= 0:
            continue
        if _nats(count[large, large], chance[large, large], varied[large, large]) < needed:
            continue
        rate = own / (tried[large] * (size[large] - 1))
        for small in of[place + 1 :]:
            if new[small] != small:
                continue
            met, by_chance = (each[large, small] + each[small, large] for each in (count, chance))
            asked = share * rate * (tried[large] * size[small] + tried[small] * size[large])
            sure = _nats(met, by_chance, varied[large, small] + varied[small, large]) >= needed
            if sure and met - by_chance >= asked:
                new[new == small] = large
    return new


def _nats(count: float, chance: float, varied: float) -> float:
    """How surprising it is that chance gives so many, in nats; a count that varies more surprises less."""
    chance = max(chance, 0.5)
    if count <= chance:
        return 0.0
    return (count * math.log(count / chance) - count + chance) / max(1.0, varied / chance)

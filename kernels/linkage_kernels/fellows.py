"""How accounts are tied to the fellows of their group: by links, and by the values they use."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from linkage_kernels.buckets import by_key

Longs = NDArray[np.int64]
Bools = NDArray[np.bool_]


class Ties(NamedTuple):
    """Links of n accounts to fellows."""

    weight: Longs  # [n]: their weights, added up
    near: Longs  # [n]: those of links that are near
    said: Bools  # [n, g]: what any of them says


def ties(
    a: NDArray[Any], b: NDArray[Any], weight: Longs, near: Bools, said: Bools, group: NDArray[Any], fellow: Bools
) -> Ties:
    """What ties each account to the fellows of its group. Whole numbers, so that no sum depends on an order.

    Args:
        a: [m], one end of each link.
        b: [m], the other end.
        weight: int64[m].
        near: bool[m].
        said: bool[m, g].
        group: [n], group of each account; below 0 for none.
        fellow: bool[n]: whether the account counts as a fellow of the others.
    """
    n = len(group)
    out = Ties(np.zeros(n, np.int64), np.zeros(n, np.int64), np.zeros((n, said.shape[1]), np.bool_))
    ends = np.require(a, np.int64, ["C", "W"]), np.require(b, np.int64, ["C", "W"])
    flags = np.require(near, np.bool_, ["C", "W"]), np.require(said, np.bool_, ["C", "W"])
    weight = np.require(weight, np.int64, ["C", "W"])
    _ties(
        *ends, weight, *flags, np.require(group, np.int64, ["C", "W"]), np.require(fellow, np.bool_, ["C", "W"]), *out
    )
    return out


def shared(account: NDArray[Any], code: NDArray[Any], group: NDArray[Any], fellow: Bools) -> tuple[Longs, Longs]:
    """How many values each account uses, and how many of these a fellow of its group uses too.

    Args:
        account: [u], who.
        code: [u], which value, from 0.
        group: [n], group of each account; below 0 for none.
        fellow: bool[n]: whether the account counts as a fellow of the others.

    Returns:
        values int64[n], met int64[n].
    """
    key = np.asarray(code, np.int32)
    order, start = by_key(key, int(key.max(initial=-1)) + 1)
    users = np.asarray(account, np.int64)[order]
    values, met = np.zeros(len(group), np.int64), np.zeros(len(group), np.int64)
    _shared(
        users, start, np.require(group, np.int64, ["C", "W"]), np.require(fellow, np.bool_, ["C", "W"]), values, met
    )
    return values, met


@njit(cache=True)
def _ties(a, b, weight, near, said, group, fellow, total, total_near, any_said):  # type: ignore[no-untyped-def]
    for link in range(len(a)):
        x, y = a[link], b[link]
        if group[x] < 0 or group[x] != group[y]:
            continue
        for _ in range(2):
            if fellow[y]:
                total[x] += weight[link]
                if near[link]:
                    total_near[x] += weight[link]
                for k in range(said.shape[1]):
                    if said[link, k]:
                        any_said[x, k] = True
            x, y = y, x


@njit(cache=True)
def _shared(users, start, group, fellow, values, met):  # type: ignore[no-untyped-def]
    """users[start[c]:start[c + 1]] use value c."""
    count = np.zeros(group.max() + 1 if len(group) else 0, np.int64)
    for code in range(len(start) - 1):
        for row in range(start[code], start[code + 1]):
            if group[users[row]] >= 0 and fellow[users[row]]:
                count[group[users[row]]] += 1
        for row in range(start[code], start[code + 1]):
            account = users[row]
            if group[account] >= 0:
                values[account] += 1
                if count[group[account]] > int(fellow[account]):
                    met[account] += 1
        for row in range(start[code], start[code + 1]):
            if group[users[row]] >= 0:
                count[group[users[row]]] = 0

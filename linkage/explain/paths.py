"""The strongest chain of links from one account to another."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Doubles = NDArray[np.float64]

#: No link counts as surer than this: probabilities are not calibrated any further, and of chains of sure links the
#: shortest is the one that a person can check.
_SURE = 0.99


class Net(NamedTuple):
    """Links by account, each from both of its ends."""

    start: Ints  # [n + 1]: where an account's links begin
    to: Ints  # [2 m]: who stands at the other end
    cost: Doubles  # [2 m]: -log2 of the probability, up to `_SURE`; of equal ones the surer link costs less
    least: Doubles  # [n]: the cheapest link of each account, infinite where it has none


def net(a: NDArray[np.integer], b: NDArray[np.integer], probability: NDArray[np.floating], n: int) -> Net:
    """Links between accounts 0 to n - 1: a int[m], b int[m], probability float[m]."""
    # Sixteen bits, where they are enough, are sorted by counting.
    ends = np.concatenate((a, b)).astype(np.min_scalar_type(n), copy=False)
    order = np.argsort(ends, kind="stable")
    sure = probability.astype(np.float64).clip(max=1.0)
    with np.errstate(divide="ignore"):  # nothing leads over a link of probability 0
        cost = -np.log2(sure.clip(max=_SURE)) - np.log2(sure) / 2**20
    cost = np.concatenate((cost, cost))[order]
    start = np.concatenate((np.zeros(1, np.int64), np.cumsum(np.bincount(ends, minlength=n))))
    least = np.full(n, np.inf)
    linked = np.flatnonzero(np.diff(start))
    if len(linked):
        least[linked] = np.minimum.reduceat(cost, start[linked])
    return Net(start, np.concatenate((b, a))[order].astype(np.int64), cost, least)


def strongest(of: Net, one: int, other: int, inside: NDArray[np.bool_] | None = None) -> list[int]:
    """The path whose links hold together with the highest probability: the product of theirs, each up to `_SURE`.

    Of equally strong paths the one through the lowest numbers, seen from the higher of the two accounts, so that both
    directions are told the same path.

    Args:
        of: the links.
        one: where the path begins.
        other: where it ends.
        inside: bool[n], accounts that it may lead through; through all without it.

    Returns:
        The accounts of the path, both ends included; none where there is no path.
    """
    low, high = sorted((one, other))
    far = _distances(of, low, high, inside)
    if not np.isfinite(far[high]):
        return []
    path = [high]
    while path[-1] != low:
        here = path[-1]
        links = slice(of.start[here], of.start[here + 1])
        before = of.to[links][far[of.to[links]] + of.cost[links] == far[here]]
        path.append(int(before.min()))
    return path if one == high else path[::-1]


def _distances(of: Net, source: int, goal: int, inside: NDArray[np.bool_] | None) -> Doubles:
    """Least costs from the source: right for the goal and for all that are nearer.

    Dijkstra's algorithm (1959), with all accounts settled at once that no pending one can bring nearer (Crauser and
    others 1998): a few steps over arrays.
    """
    far = np.full(len(of.least), np.inf)
    far[source] = 0.0
    pending = np.array([source])
    while len(pending):
        bound = (far[pending] + of.least[pending]).min()
        if far[goal] <= bound:
            break
        settled = far[pending] <= bound
        now = pending[settled]
        links = _spans(of.start[now], of.start[now + 1])
        near = of.to[links]
        reached = np.repeat(far[now], of.start[now + 1] - of.start[now]) + of.cost[links]
        better = reached < far[near] if inside is None else (reached < far[near]) & inside[near]
        near, reached = near[better], reached[better]
        np.minimum.at(far, near, reached)
        pending = np.unique(np.concatenate((pending[~settled], near)))
    return far


def _spans(start: Ints, stop: Ints) -> Ints:
    """start[0], ..., stop[0] - 1, start[1], ..., one after the other."""
    length = stop - start
    skipped = start - (np.cumsum(length) - length)
    found: Ints = np.arange(length.sum()) + np.repeat(skipped, length)
    return found

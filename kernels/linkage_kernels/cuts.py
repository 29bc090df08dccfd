"""Bridges and articulation accounts of a graph, with what each splits off (Hopcroft & Tarjan 1973)."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray


class Cuts(NamedTuple):
    """A depth-first walk over n accounts, and where it shows the graph to hang by one account or one link.

    The accounts below account i in the walk, i among them, are those whose `order` is in
    order[i] .. order[i] + below[i] - 1.
    """

    parent: NDArray[np.int64]  # [n]: the account the walk came from; -1: where it began
    order: NDArray[np.int64]  # [n]: place in the walk
    below: NDArray[np.int64]  # [n]: accounts below, itself among them
    component: NDArray[np.int64]  # [n]: the account where the walk of its component began
    bridge: NDArray[np.bool_]  # [n]: without the link to its parent, the accounts below are apart
    cut: NDArray[np.bool_]  # [n]: without its parent, the accounts below are apart from others


def cuts(source: NDArray[np.int64], target: NDArray[np.int64], accounts: int) -> Cuts:
    """Walk m distinct links between accounts 0..accounts-1, none of an account with itself."""
    source, target = np.array(source, np.int64), np.array(target, np.int64)
    out = Cuts(
        np.full(accounts, -1, np.int64),
        np.full(accounts, -1, np.int64),
        np.ones(accounts, np.int64),
        np.empty(accounts, np.int64),
        np.zeros(accounts, np.bool_),
        np.zeros(accounts, np.bool_),
    )
    _walk(source, target, *out)
    return out


@njit(cache=True)
def _walk(source, target, parent, order, below, component, bridge, cut):  # type: ignore[no-untyped-def]
    n = len(parent)
    start = np.zeros(n + 1, np.int64)
    for i in range(len(source)):
        start[source[i] + 1] += 1
        start[target[i] + 1] += 1
    start = np.cumsum(start)
    at = start[:-1].copy()
    met = np.empty(2 * len(source), np.int64)
    for i in range(len(source)):
        met[at[source[i]]] = target[i]
        at[source[i]] += 1
        met[at[target[i]]] = source[i]
        at[target[i]] += 1
    at[:] = start[:-1]
    low = np.empty(n, np.int64)
    stack = np.empty(n, np.int64)
    clock = 0
    for root in range(n):
        if order[root] >= 0:
            continue
        order[root] = low[root] = clock
        component[root] = root
        clock += 1
        stack[0] = root
        depth, children, first = 1, 0, -1
        while depth:
            a = stack[depth - 1]
            if at[a] < start[a + 1]:
                b = met[at[a]]
                at[a] += 1
                if order[b] < 0:
                    parent[b], component[b] = a, root
                    order[b] = low[b] = clock
                    clock += 1
                    stack[depth] = b
                    depth += 1
                elif b != parent[a]:
                    low[a] = min(low[a], order[b])
                continue
            depth -= 1
            p = parent[a]
            if p < 0:
                continue
            below[p] += below[a]
            low[p] = min(low[p], low[a])
            bridge[a] = low[a] > order[p]
            if p != root:
                cut[a] = low[a] >= order[p]
            else:
                children += 1
                cut[a] = children > 1
                if children == 1:
                    first = a
                else:
                    cut[first] = True

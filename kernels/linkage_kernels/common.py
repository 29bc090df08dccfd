"""What two accounts have in common: for given pairs, the values that both use."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

#: Parts that pairs are taken in; each has a table of its own.
_PARTS = 16


class Common(NamedTuple):
    """One entry for every value that a pair shares, by pair and then value."""

    pair: NDArray[np.int64]  # [m]: number of the pair
    use_a: NDArray[np.int64]  # [m]: row of the first account's use
    use_b: NDArray[np.int64]  # [m]


def common(start: NDArray[np.int64], value: NDArray[np.int32], a: NDArray[np.int32], b: NDArray[np.int32]) -> Common:
    """Look up the values of one account among those of the other, pair by pair.

    The first account's values are marked where they stand in a table of all values, which serves all pairs in a row
    that have the same first account: sort the pairs by it.

    Args:
        start: [n + 1], rows of each account in `value`.
        value: [u], rising within an account; from 0.
        a: [p], accounts.
        b: [p], accounts.
    """
    start, value = np.array(start, np.int64), np.array(value, np.int32)
    a, b = np.array(a, np.int32), np.array(b, np.int32)
    values = int(value.max(initial=-1)) + 1
    bounds = np.linspace(0, len(a), _PARTS + 1).astype(np.int64)
    count = np.zeros(len(a) + 1, np.int64)
    _count(start, value, a, b, bounds, values, count)
    place = np.cumsum(count)
    found = Common(*(np.empty(int(place[-1]), np.int64) for _ in range(3)))
    _fill(start, value, a, b, bounds, values, place, *found)
    return found


@njit(cache=True)
def _mark(start, value, before, now, row):  # type: ignore[no-untyped-def]
    """row[v]: where account `now` uses value v, -1 where it does not; `before` is whose rows stood there."""
    if before >= 0:
        for i in range(start[before], start[before + 1]):
            row[value[i]] = -1
    for i in range(start[now], start[now + 1]):
        row[value[i]] = i


@njit(cache=True, parallel=True)
def _count(start, value, a, b, bounds, values, count):  # type: ignore[no-untyped-def]
    """count[p + 1]: values that pair p shares."""
    for part in prange(len(bounds) - 1):
        row, before = np.full(values, -1, np.int64), -1
        for p in range(bounds[part], bounds[part + 1]):
            if a[p] != before:
                _mark(start, value, before, a[p], row)
                before = a[p]
            met = 0
            for j in range(start[b[p]], start[b[p] + 1]):
                met += row[value[j]] >= 0
            count[p + 1] = met


@njit(cache=True, parallel=True)
def _fill(start, value, a, b, bounds, values, place, pair, use_a, use_b):  # type: ignore[no-untyped-def]
    """The same again, writing from place[p] on."""
    for part in prange(len(bounds) - 1):
        row, before = np.full(values, -1, np.int64), -1
        for p in range(bounds[part], bounds[part + 1]):
            if a[p] != before:
                _mark(start, value, before, a[p], row)
                before = a[p]
            at = place[p]
            for j in range(start[b[p]], start[b[p] + 1]):
                if row[value[j]] >= 0:
                    pair[at], use_a[at], use_b[at] = p, row[value[j]], j
                    at += 1

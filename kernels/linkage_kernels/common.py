"""What two accounts have in common: for given pairs, the values that both use."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray


class Common(NamedTuple):
    """One entry for every value that a pair shares, by pair and then value."""

    pair: NDArray[np.int64]  # [m]: number of the pair
    use_a: NDArray[np.int64]  # [m]: row of the first account's use
    use_b: NDArray[np.int64]  # [m]


def common(start: NDArray[np.int64], value: NDArray[np.int32], a: NDArray[np.int32], b: NDArray[np.int32]) -> Common:
    """Merge the sorted values of the two accounts of every pair.

    Args:
        start: [n + 1], rows of each account in `value`.
        value: [u], rising within an account.
        a: [p], accounts.
        b: [p], accounts.
    """
    start, value = np.array(start, np.int64), np.array(value, np.int32)
    a, b = np.array(a, np.int32), np.array(b, np.int32)
    count = np.zeros(len(a) + 1, np.int64)
    _count(start, value, a, b, count)
    place = np.cumsum(count)
    found = Common(*(np.empty(int(place[-1]), np.int64) for _ in range(3)))
    _fill(start, value, a, b, place, *found)
    return found


@njit(cache=True, parallel=True)
def _count(start, value, a, b, count):  # type: ignore[no-untyped-def]
    """count[p + 1]: values that pair p shares."""
    for p in prange(len(a)):
        i, j, met = start[a[p]], start[b[p]], 0
        while i < start[a[p] + 1] and j < start[b[p] + 1]:
            if value[i] == value[j]:
                met += 1
                i += 1
                j += 1
            elif value[i] < value[j]:
                i += 1
            else:
                j += 1
        count[p + 1] = met


@njit(cache=True, parallel=True)
def _fill(start, value, a, b, place, pair, use_a, use_b):  # type: ignore[no-untyped-def]
    """The same again, writing from place[p] on."""
    for p in prange(len(a)):
        i, j, at = start[a[p]], start[b[p]], place[p]
        while at < place[p + 1]:
            if value[i] == value[j]:
                pair[at], use_a[at], use_b[at] = p, i, j
                at += 1
                i += 1
                j += 1
            elif value[i] < value[j]:
                i += 1
            else:
                j += 1

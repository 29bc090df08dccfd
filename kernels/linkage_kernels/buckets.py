"""Counting sort: rows by a small key, in linear time."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

Ints = NDArray[np.int32]
Longs = NDArray[np.int64]


def by_key(key: Ints, number: int) -> tuple[Ints, Longs]:
    """Rows in the order of their keys, and where each key's rows begin; rows of one key stay in their order.

    Args:
        key: int32[n], each from 0 to number - 1.
        number: of keys.

    Returns:
        order int32[n], start int64[number + 1].
    """
    start = np.zeros(number + 1, np.int64)
    order = np.empty(len(key), np.int32)
    _sort(np.ascontiguousarray(key, np.int32), start, order)
    return order, start


@njit(cache=True)
def _sort(key, start, order):  # type: ignore[no-untyped-def]
    """start and order of the keys; both out."""
    for i in range(len(key)):
        start[key[i] + 1] += 1
    for k in range(len(start) - 1):
        start[k + 1] += start[k]
    next_place = start[:-1].copy()
    for i in range(len(key)):
        order[next_place[key[i]]] = i
        next_place[key[i]] += 1

"""Sums over typed links: a graph in rows times a matrix, one product a type.

A row is summed in its own order by one thread, so that the result does not depend on the number of threads, nor on
where in memory an array begins: sparse products of a BLAS library promise neither.
"""

from __future__ import annotations

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray


def products(
    start: NDArray[np.int64],
    to: NDArray[np.int64],
    weight: NDArray[np.float32],
    x: NDArray[np.float32],
    first: int,
    last: int,
) -> NDArray[np.float32]:
    """float32[last - first, k, h]: for each row asked for and each type, its neighbours' x times their weights.

    Args:
        start: int64[n + 1], rows of the graph.
        to: int64[m], neighbours.
        weight: float32[m, k], by type.
        x: float32[n, h].
        first: row asked for first.
        last: row after the last one asked for.
    """
    out = np.zeros((last - first, weight.shape[1], x.shape[1]), np.float32)
    _products(start, to, np.ascontiguousarray(weight), np.ascontiguousarray(x), first, out)
    return out


@njit(cache=True, parallel=True)
def _products(start, to, weight, x, first, out):  # type: ignore[no-untyped-def]
    """Fills out float32[rows, k, h], which holds zeros."""
    for row in prange(len(out)):
        for entry in range(start[first + row], start[first + row + 1]):
            node = to[entry]
            for kind in range(weight.shape[1]):
                heavy = weight[entry, kind]
                if heavy != 0.0:
                    for column in range(x.shape[1]):
                        out[row, kind, column] += heavy * x[node, column]

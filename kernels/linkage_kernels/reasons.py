"""Of what pairs have in common, the strongest few, in the order of what they are."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

#: Up to so many are put in order by insertion.
_SHORT = 24


def strongest(
    pair: NDArray[np.int64], weight: NDArray[np.float32], rank: NDArray[np.int64], most: int
) -> NDArray[np.int64]:
    """Rows of each pair's strongest -> int64[k], by pair and then rank.

    Args:
        pair: int64[m], ascending.
        weight: float32[m]; of equals the earlier row is the stronger.
        rank: int64[m].
        most: rows kept a pair.
    """
    out = np.empty(len(pair), np.int64)
    given = (
        np.require(pair, np.int64, ["C", "W"]),
        np.require(weight, np.float32, ["C", "W"]),
        np.require(rank, np.int64, ["C", "W"]),
    )
    return out[: _strongest(*given, max(0, most), out)]


@njit(cache=True)
def _strongest(pair, weight, rank, most, out):  # type: ignore[no-untyped-def]
    """Fill `out`; how many rows are kept."""
    low, at = 0, 0
    while low < len(pair):
        high = low + 1
        while high < len(pair) and pair[high] == pair[low]:
            high += 1
        size = high - low
        if size > most:
            chosen = np.argsort(-weight[low:high], kind="mergesort")[:most]
            for k in range(len(chosen)):
                out[at + k] = low + chosen[k]
            size = most
        else:
            for k in range(size):
                out[at + k] = low + k
        if size > _SHORT:
            rows = out[at : at + size].copy()
            order = np.argsort(rank[rows], kind="mergesort")
            for k in range(size):
                out[at + k] = rows[order[k]]
        else:
            for k in range(1, size):
                row, to = out[at + k], k
                while to > 0 and rank[out[at + to - 1]] > rank[row]:
                    out[at + to] = out[at + to - 1]
                    to -= 1
                out[at + to] = row
        at += size
        low = high
    return at

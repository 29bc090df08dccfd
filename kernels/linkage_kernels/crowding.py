"""How crowded the neighbourhood of an account is, in its place in time and in a rank, against what surrounds it.

Accounts stand in the order of their first sign; each has a rank in another quantity. The boxes around an account are so
many places wide in time and so many ranks high, both in doublings. What a box should hold is read off the places
further away.
"""

from __future__ import annotations

from math import sqrt
from typing import Any

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]
Longs = NDArray[np.int64]

#: Boxes are at least so many places and ranks wide to either side.
PLACES, RANKS = 4, 32
_NEVER = -99.0
#: Standard deviations by which a count is lowered, so that few neighbours count for less than many.
_CAUTION = 1.0


def crowding(rank: Doubles, wide: int, high: int, far: int, lag: int = 0) -> Floats:
    """Log2 of neighbours seen over neighbours expected, for the boxes around every account -> float32[n, wide, high].

    Box (a, b) reaches `PLACES` * 2^a places and `RANKS` * 2^b ranks to either side; its figure is the best of all boxes
    that hold it. Counts are lowered by about one standard deviation (Wilson and Hilferty 1931, for Poisson counts).

    Args:
        rank: float64[n], of the accounts in order of time.
        wide: number of widths.
        high: number of heights.
        far: places to either side that tell what is expected, less those of the widest box.
        lag: neighbours have the rank of whoever stands this many places further; 0 for the true ones.
    """
    out = np.full((len(rank), wide, high), _NEVER, np.float32)
    _crowding(
        _plain(rank, np.float64),
        _steps(PLACES, PLACES << (wide - 1)),
        _steps(RANKS, RANKS << (high - 1)),
        far,
        lag,
        out,
    )
    return out


def crowded(rank: Doubles, figure: Floats, floor: float, lag: int = 0) -> tuple[Longs, Longs, Doubles]:
    """Pairs a < b in one crowded box -> int64[p], int64[p], float64[p], sorted by a and b.

    A pair's figure is that of the smallest box around one which holds the other, the lower of the two sides; with a
    lag that of a's box, which is never lower than what both would say.

    Args:
        rank: float64[n].
        figure: float32[n, wide, high], of `crowding` with the same lag.
        floor: least figure of a pair.
        lag: as there.
    """
    wide, high = figure.shape[1], figure.shape[2]
    places, ranks = _steps(PLACES, PLACES << (wide - 1)), _steps(RANKS, RANKS << (high - 1))
    given = (_plain(rank, np.float64), _plain(figure, np.float32), places, ranks, floor, lag)
    count = np.zeros(len(rank), np.int64)
    none = np.empty(0, np.int64)
    _crowded(*given, count, none, none, np.empty(0), False)
    start = np.concatenate((np.zeros(1, np.int64), np.cumsum(count)))
    b, score = np.empty(start[-1], np.int64), np.empty(start[-1])
    _crowded(*given, count, start, b, score, True)
    return np.repeat(np.arange(len(rank)), count), b, score


def _steps(first: int, last: int) -> Longs:
    """Number of doublings of `first` that reach 0, 1, …, `last`."""
    return np.ceil(np.log2(np.maximum(np.arange(last + 1), first) / first)).astype(np.int64)


def _plain(array: NDArray[Any], dtype: type[np.generic]) -> NDArray[Any]:
    """C order, this type, writable: one compiled version."""
    return np.require(array, dtype, ["C", "W"])


@njit(cache=True)
def _shifted(q: int, i: int, lag: int, n: int) -> int:
    """Whose rank the neighbour at q has: always someone, and on one side of i all are moved alike."""
    return q + lag if i < n // 2 else q - lag


@njit(cache=True)
def _cautious(count: float) -> float:
    """A count about `_CAUTION` standard deviations lower."""
    if count < 1.0:
        return 0.0
    root = 1.0 - 1.0 / (9.0 * count) - _CAUTION / (3.0 * sqrt(count))
    return count * root * root * root


@njit(cache=True, parallel=True)
def _crowding(rank: Any, places: Any, ranks: Any, far: int, lag: int, out: Any) -> None:
    """rank float64[n], places int64[w + 1], ranks int64[h + 1] -> out float32[n, wide, high]."""
    n, wide, high = out.shape
    reach, tall = len(places) - 1, len(ranks) - 1
    for i in prange(n):
        seen = np.zeros((wide, high))
        there = np.zeros(wide)
        usual = np.zeros(high)
        asked = 0.0
        for q in range(max(0, i - far), min(n, i + far + 1)):
            apart = abs(q - i)
            if apart > reach:
                asked += 1.0
                off = abs(rank[q] - rank[i])
                if off <= tall:
                    usual[ranks[int(off)]] += 1.0
            elif apart > 0:
                p = _shifted(q, i, lag, n)
                if p < 0 or p >= n:
                    continue
                there[places[apart]] += 1.0
                off = abs(rank[p] - rank[i])
                if off <= tall:
                    seen[places[apart], ranks[int(off)]] += 1.0
        for b in range(1, high):
            usual[b] += usual[b - 1]
        for a in range(wide):
            if a > 0:
                there[a] += there[a - 1]
            for b in range(1, high):
                seen[a, b] += seen[a, b - 1]
            if a > 0:
                for b in range(high):
                    seen[a, b] += seen[a - 1, b]
        for a in range(wide - 1, -1, -1):
            for b in range(high - 1, -1, -1):
                best = _NEVER
                expected = there[a] * (usual[b] + 1.0) / (asked + 1.0)
                least = _cautious(seen[a, b])
                if least > 0.0 and expected > 0.0:
                    best = np.log2(least / expected)
                if a + 1 < wide:
                    best = max(best, out[i, a + 1, b])
                if b + 1 < high:
                    best = max(best, out[i, a, b + 1])
                out[i, a, b] = best


@njit(cache=True, parallel=True)
def _crowded(
    rank: Any, figure: Any, places: Any, ranks: Any, floor: float, lag: int,
    count: Any, start: Any, other: Any, score: Any, fill: bool,
) -> None:  # fmt: skip
    """Counts pairs by their first account, or fills them in: the arguments of `crowded`, int64[n], int64[n + 1]."""
    n = len(rank)
    reach, tall = len(places) - 1, len(ranks) - 1
    for i in prange(n):
        found = 0
        for j in range(i + 1, min(n, i + reach + 1)):
            p = j if lag == 0 else _shifted(j, i, lag, n)
            if p < 0 or p >= n:
                continue
            off = abs(rank[p] - rank[i])
            if off > tall:
                continue
            a, b = places[j - i], ranks[int(off)]
            its = figure[i, a, b]
            if lag == 0:
                its = min(its, figure[j, a, b])
            if its >= floor:
                if fill:
                    other[start[i] + found] = j
                    score[start[i] + found] = its
                found += 1
        count[i] = found

"""How crowded the neighbourhood of an account is, in time, in a rank and in habits, against what surrounds it.

Accounts stand in the order of their first sign; each has a rank in another quantity, and habits, the coarsest first.
The boxes around an account are so many places wide in time and so many ranks high, both in doublings, and hold whoever
shares so many of its habits. What a box should hold is read off the places further away.
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
Ints = NDArray[np.int32]

#: Boxes are at least so many places and ranks wide to either side.
PLACES, RANKS = 4, 32
_NEVER = -99.0
#: Standard deviations by which a count is lowered, so that few neighbours count for less than many.
_CAUTION = 1.0
#: Of those with the same habits nearby, this share is a fashion at least.
_FASHION = 0.25


def crowding(rank: Doubles, habits: Ints, wide: int, high: int, far: int, lag: int = 0) -> Floats:
    """Log2 of neighbours seen over neighbours expected, for the boxes around every account.

    Box (a, b, c) reaches `PLACES` * 2^a places and `RANKS` * 2^b ranks to either side and holds those with the same
    first c habits; its figure is the best of all boxes that hold it. Counts are lowered by about one standard deviation
    (Wilson and Hilferty 1931, for Poisson counts). Habits come into fashion: what a box should hold is at least
    `_FASHION` of what it would if those near in time with these habits were of any rank.

    Returns:
        float32[n, wide, high, levels + 1].

    Args:
        rank: float64[n], of the accounts in order of time.
        habits: int32[n, levels], codes, the coarsest first.
        wide: number of widths.
        high: number of heights.
        far: places to either side that tell what is expected, less those of the widest box.
        lag: neighbours have the rank and habits of whoever stands this many places further; 0 for the true ones.
    """
    out = np.full((len(rank), wide, high, habits.shape[1] + 1), _NEVER, np.float32)
    _crowding(
        _plain(rank, np.float64),
        _plain(habits, np.int32),
        _steps(PLACES, PLACES << (wide - 1)),
        _steps(RANKS, RANKS << (high - 1)),
        far,
        lag,
        out,
    )
    return out


def crowded(rank: Doubles, habits: Ints, figure: Floats, floor: float, lag: int = 0) -> tuple[Longs, Longs, Doubles]:
    """Pairs a < b in one crowded box -> int64[p], int64[p], float64[p], sorted by a and b.

    A pair's figure is that of the smallest box around one which holds the other, the lower of the two sides; with a
    lag that of a's box, which is never lower than what both would say.

    Args:
        rank: float64[n].
        habits: int32[n, levels].
        figure: float32[n, wide, high, levels + 1], of `crowding` with the same lag.
        floor: least figure of a pair.
        lag: as there.
    """
    wide, high = figure.shape[1:3]
    places, ranks = _steps(PLACES, PLACES << (wide - 1)), _steps(RANKS, RANKS << (high - 1))
    at = (_plain(rank, np.float64), _plain(habits, np.int32))
    given = (*at, _plain(figure, np.float32), places, ranks, floor, lag)
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


@njit(cache=True)
def _alike(habits: Any, i: int, p: int) -> int:
    """How many of their first habits two accounts share."""
    for level in range(habits.shape[1]):
        if habits[i, level] != habits[p, level]:
            return level
    return int(habits.shape[1])


@njit(cache=True)
def _add_up(count: Any, a: int) -> None:
    """float64[wide, high, levels]: of box a, what lies in the boxes inside it as well."""
    high, deep = count.shape[1:]
    for b in range(high):
        for c in range(deep - 2, -1, -1):
            count[a, b, c] += count[a, b, c + 1]
        if b > 0:
            for c in range(deep):
                count[a, b, c] += count[a, b - 1, c]
    if a > 0:
        for b in range(high):
            for c in range(deep):
                count[a, b, c] += count[a - 1, b, c]


@njit(cache=True, parallel=True)
def _crowding(rank: Any, habits: Any, places: Any, ranks: Any, far: int, lag: int, out: Any) -> None:
    """float64[n], int32[n, l], places int64[w + 1], ranks int64[h + 1] -> out float32[n, wide, high, l + 1]."""
    n, wide, high, deep = out.shape
    reach, tall = len(places) - 1, len(ranks) - 1
    for i in prange(n):
        seen = np.zeros((wide, high, deep))
        there = np.zeros((wide, 1, deep))
        usual = np.zeros((1, high, deep))
        asked = 0.0
        for q in range(max(0, i - far), min(n, i + far + 1)):
            apart = abs(q - i)
            if apart > reach:
                asked += 1.0
                off = abs(rank[q] - rank[i])
                if off <= tall:
                    usual[0, ranks[int(off)], _alike(habits, i, q)] += 1.0
            elif apart > 0:
                p = _shifted(q, i, lag, n)
                if p < 0 or p >= n:
                    continue
                level = _alike(habits, i, p)
                there[places[apart], 0, level] += 1.0
                off = abs(rank[p] - rank[i])
                if off <= tall:
                    seen[places[apart], ranks[int(off)], level] += 1.0
        _add_up(usual, 0)
        for a in range(wide):
            _add_up(there, a)
            _add_up(seen, a)
        for a in range(wide - 1, -1, -1):
            for b in range(high - 1, -1, -1):
                for c in range(deep):
                    best = _NEVER
                    by_habit = there[a, 0, 0] * (usual[0, b, c] + 1.0)
                    by_rank = there[a, 0, c] * (usual[0, b, 0] + 1.0)
                    expected = max(by_habit, by_rank * (_FASHION if c > 0 else 1.0)) / (asked + 1.0)
                    least = _cautious(seen[a, b, c])
                    if least > 0.0 and expected > 0.0:
                        best = np.log2(least / expected)
                    if a + 1 < wide:
                        best = max(best, out[i, a + 1, b, c])
                    if b + 1 < high:
                        best = max(best, out[i, a, b + 1, c])
                    if c > 0:
                        best = max(best, out[i, a, b, c - 1])
                    out[i, a, b, c] = best


@njit(cache=True, parallel=True)
def _crowded(
    rank: Any, habits: Any, figure: Any, places: Any, ranks: Any, floor: float, lag: int,
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
            a, b, c = places[j - i], ranks[int(off)], _alike(habits, i, p)
            its = figure[i, a, b, c]
            if lag == 0:
                its = min(its, figure[j, a, b, c])
            if its >= floor:
                if fill:
                    other[start[i] + found] = j
                    score[start[i] + found] = its
                found += 1
        count[i] = found

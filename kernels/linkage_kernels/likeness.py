"""How much likelier two accounts' mean vectors are if both write from one source than if from two.

The Gaussian model of speaker verification (Ioffe 2006; Prince and Elder 2007), in coordinates in which prompts of one
account vary by 1 in every dimension and accounts by `between`: a mean of m prompts strays by 1 / m from its account.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]
Longs = NDArray[np.int64]


def sums(unit: Floats, start: Longs, weight: Floats) -> tuple[Doubles, Doubles]:
    """Weighted sums of each account's rows.

    Args:
        unit: float32[p, d], rows of an account next to one another; rows of zeros count for nothing.
        start: int64[n + 1], where an account's rows begin.
        weight: float32[p].

    Returns:
        float64[n, d], the sums; float64[n, 3]: the weights, their weighted squared lengths, and the rows that count.
    """
    total, counts = np.zeros((len(start) - 1, unit.shape[1])), np.zeros((len(start) - 1, 3))
    _sums(_plain(unit, np.float32), _plain(start, np.int64), _plain(weight, np.float32), total, counts)
    return total, counts


def likeness(mean: Floats, between: Doubles, stray: Doubles, a: Longs, b: Longs, shared: tuple[float, ...]) -> Floats:
    """Log2 likelihood ratio of pairs of accounts: one source against two.

    Args:
        mean: float32[n, r], the accounts' means.
        between: float64[r], variance of accounts.
        stray: float64[n], variance of each mean about its account.
        a: int64[p], one account of each pair.
        b: int64[p], the other.
        shared: correlations of two accounts of one source, in [0, 1]; the likeliest counts.
    """
    out = np.empty(len(a), np.float32)
    _likeness(
        _plain(mean, np.float32), _plain(between, np.float64), _plain(stray, np.float64),
        _plain(a, np.int64), _plain(b, np.int64), np.array(shared, np.float64), out,
    )  # fmt: skip
    return out


def _plain(array: NDArray[Any], dtype: type[np.generic]) -> NDArray[Any]:
    """One dtype, order and writability: another would compile the kernel again."""
    plain = np.ascontiguousarray(array, dtype)
    return plain if plain.flags.writeable else plain.copy()


@njit(cache=True, parallel=True)
def _sums(unit, start, weight, total, counts):  # type: ignore[no-untyped-def]
    for account in prange(len(start) - 1):
        for row in range(start[account], start[account + 1]):
            square = 0.0
            for d in range(unit.shape[1]):
                square += np.float64(unit[row, d]) * np.float64(unit[row, d])
            # A square that is not finite fails both.
            if square > 0.0 and square < 1e30:
                w = np.float64(weight[row])
                for d in range(unit.shape[1]):
                    total[account, d] += w * np.float64(unit[row, d])
                counts[account, 0] += w
                counts[account, 1] += w * square
                counts[account, 2] += 1.0


@njit(cache=True, parallel=True)
def _likeness(mean, between, stray, a, b, shared, out):  # type: ignore[no-untyped-def]
    # Blocks, since a turn of the loop alone is short.
    for block in prange((len(a) + 1023) // 1024):
        for p in range(block * 1024, min(len(a), block * 1024 + 1024)):
            best = -1e30
            for s in range(len(shared)):
                nats, ratio = 0.0, 1.0
                for r in range(len(between)):
                    x, y = np.float64(mean[a[p], r]), np.float64(mean[b[p], r])
                    u, v = between[r] + stray[a[p]], between[r] + stray[b[p]]
                    c = shared[s] * between[r]
                    det = u * v - c * c
                    ratio *= det / (u * v)
                    nats += x * x / u + y * y / v - (v * x * x - 2.0 * c * x * y + u * y * y) / det
                    # Kept within the range of numbers, however many dimensions there are.
                    if ratio < 1e-200:
                        nats -= np.log(ratio)
                        ratio = 1.0
                best = max(best, 0.5 * (nats - np.log(ratio)))
            out[p] = best / np.log(2.0)

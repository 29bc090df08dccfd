"""Groups of rows compared as distributions: maximum mean discrepancy (Gretton et al. 2012), linear in the rows.

The kernel is the inner product of rows, so that a group is its sum and a few masses; rows may be features of any
kernel. `typical` gives such features: where a row lies in the cloud of a reference, exact, block by block.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]
Longs = NDArray[np.int64]

_BLOCK = 64  # rows a task, whatever the number of threads


def sums(rows: Floats, member: Longs, start: Longs, weight: Floats) -> tuple[Doubles, Doubles]:
    """Weighted sums of groups of rows; a row may be in many groups, and in one several times by its weight.

    Args:
        rows: float32[n, d].
        member: int64[m], row numbers, the members of a group next to one another, each row once a group.
        start: int64[g + 1], where a group's members begin.
        weight: float32[m].

    Returns:
        float64[g, d], the sums; float64[g, 3]: of weights, of their squares, and of squared weights times squared
        lengths.
    """
    total, mass = np.zeros((len(start) - 1, rows.shape[1])), np.zeros((len(start) - 1, 3))
    _sums(
        _plain(rows, np.float32), _plain(member, np.int64), _plain(start, np.int64), _plain(weight, np.float32),
        total, mass,
    )  # fmt: skip
    return total, mass


def squared(total: Doubles, mass: Doubles, a: Longs, b: Longs) -> Doubles:
    """Unbiased squared discrepancy of pairs of groups that have no row in common -> float64[p].

    A pair of a row with itself is left out, so that groups of one source differ by nothing on average, whatever their
    sizes. Not finite where a group has fewer than two rows.

    Args:
        total: float64[g, d], of `sums`.
        mass: float64[g, 3], of `sums`.
        a: int64[p], one group of each pair.
        b: int64[p], the other.
    """
    out = np.empty(len(a))
    _squared(
        _plain(total, np.float64), _plain(mass, np.float64), _plain(a, np.int64), _plain(b, np.int64), out
    )  # fmt: skip
    return out


def typical(rows: Floats, reference: Floats, own: Longs, nearest: tuple[int, ...]) -> Floats:
    """How near each row is to a reference: to all of it, and to the rows of it that are nearest.

    Args:
        rows: float32[n, d].
        reference: float32[m, d].
        own: int64[n], the reference row that is this very row and does not count; -1 for none.
        nearest: how many of the nearest, ascending; each at most m - 1.

    Returns:
        float32[n, 1 + len(nearest)]: mean inner product with the reference, and with so many of the nearest.
    """
    out = np.empty((len(rows), 1 + len(nearest)), np.float32)
    _typical(
        _plain(rows, np.float32), _plain(reference.T, np.float32), _plain(own, np.int64),
        np.array(nearest, np.int64), out,
    )  # fmt: skip
    return out


def _plain(array: NDArray[Any], dtype: type[np.generic]) -> NDArray[Any]:
    """One dtype, order and writability: another would compile the kernel again."""
    plain = np.ascontiguousarray(array, dtype)
    return plain if plain.flags.writeable else plain.copy()


@njit(cache=True, parallel=True)
def _sums(rows, member, start, weight, total, mass):  # type: ignore[no-untyped-def]
    for group in prange(len(start) - 1):
        for m in range(start[group], start[group + 1]):
            row, w, square = member[m], np.float64(weight[m]), 0.0
            for d in range(rows.shape[1]):
                x = np.float64(rows[row, d])
                total[group, d] += w * x
                square += x * x
            mass[group, 0] += w
            mass[group, 1] += w * w
            mass[group, 2] += w * w * square


@njit(cache=True, parallel=True)
def _squared(total, mass, a, b, out):  # type: ignore[no-untyped-def]
    for p in prange(len(a)):
        i, j = a[p], b[p]
        aa, bb, ab = 0.0, 0.0, 0.0
        for d in range(total.shape[1]):
            aa += total[i, d] * total[i, d]
            bb += total[j, d] * total[j, d]
            ab += total[i, d] * total[j, d]
        pairs_a = mass[i, 0] * mass[i, 0] - mass[i, 1]
        pairs_b = mass[j, 0] * mass[j, 0] - mass[j, 1]
        if pairs_a > 0.0 and pairs_b > 0.0:
            out[p] = (aa - mass[i, 2]) / pairs_a + (bb - mass[j, 2]) / pairs_b - 2.0 * ab / (mass[i, 0] * mass[j, 0])
        else:
            out[p] = np.nan


@njit(cache=True, parallel=True)
def _typical(rows, across, own, nearest, out):  # type: ignore[no-untyped-def]
    most = nearest[-1]
    for block in prange((len(rows) + _BLOCK - 1) // _BLOCK):
        cosine = np.empty(across.shape[1], np.float32)
        best = np.empty(most, np.float32)
        for row in range(block * _BLOCK, min(len(rows), block * _BLOCK + _BLOCK)):
            cosine[:] = 0.0
            for d in range(across.shape[0]):
                x = rows[row, d]
                if x != 0.0:
                    for m in range(across.shape[1]):
                        cosine[m] += x * across[d, m]
            total, held = 0.0, 0
            for m in range(across.shape[1]):
                if m == own[row]:
                    continue
                total += np.float64(cosine[m])
                if held < most:
                    at = held
                    held += 1
                elif cosine[m] > best[most - 1]:
                    at = most - 1
                else:
                    continue
                # Insertion into the descending list of the best.
                while at > 0 and best[at - 1] < cosine[m]:
                    best[at] = best[at - 1]
                    at -= 1
                best[at] = cosine[m]
            counted = across.shape[1] - (1 if own[row] >= 0 else 0)
            out[row, 0] = total / counted
            total, k = 0.0, 0
            for m in range(held):
                total += np.float64(best[m])
                while k < len(nearest) and nearest[k] == m + 1:
                    out[row, 1 + k] = total / (m + 1)
                    k += 1

"""Rows of one large float32 array: brought to length 1 as they arrive, and into order where they lie."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray


def unit(given: NDArray[np.float32], out: NDArray[np.float32]) -> None:
    """Write each row, brought to length 1, into `out`.

    Zero rows stay zero, and a row with a number that is not finite becomes zero. Equal results whatever the number of
    threads.

    Args:
        given: [n, width].
        out: [n, width], C-contiguous; may be `given`.

    Raises:
        ValueError: the arrays do not fit each other.
    """
    if out.dtype != np.float32 or not out.flags.c_contiguous or out.shape != given.shape or out.ndim != 2:
        raise ValueError("out must be float32[n, width], C-contiguous, as large as given")
    _unit(_plain(given, np.float32), out)


def hashes(rows: NDArray[np.float32]) -> NDArray[np.uint64]:
    """A hash of each row of numbers from -1 to 1 -> uint64[n]; -0 is 0.

    Args:
        rows: [n, width], C-contiguous.

    Raises:
        ValueError: not such an array.
    """
    if rows.dtype != np.float32 or not rows.flags.c_contiguous or rows.ndim != 2:
        raise ValueError("rows must be float32[n, width], C-contiguous")
    found = np.zeros(len(rows), np.uint64)
    with np.errstate(over="ignore"):  # hashes wrap around; only numpy, where kernels are not compiled, would say so
        _hash(rows, found)
    return found


def arrange(rows: NDArray[np.float32], order: NDArray[np.int64]) -> None:
    """Put row order[i] where row i is, for all i at once, in place: beside the rows it takes a byte for each.

    Args:
        rows: [n, width], C-contiguous.
        order: [n], each of 0..n-1 once.

    Raises:
        ValueError: the arrays do not fit each other, or `order` names a row twice.
    """
    if rows.dtype != np.float32 or not rows.flags.c_contiguous or rows.ndim != 2 or len(order) != len(rows):
        raise ValueError("rows must be float32[n, width], C-contiguous, and order as long")
    if len(order) and not (order.min() == 0 and order.max() == len(order) - 1):
        raise ValueError("order must name each row once")
    if not _arrange(rows, _plain(order, np.int64), np.zeros(len(order), np.bool_)):
        raise ValueError("order must name each row once")


def _plain(array: NDArray[Any], dtype: type[np.generic]) -> NDArray[Any]:
    """One dtype, order and writability: another (Polars hands out read-only arrays) would compile the kernel again."""
    plain = np.ascontiguousarray(array, dtype)
    return plain if plain.flags.writeable else plain.copy()


@njit(cache=True, parallel=True)
def _unit(given, out):  # type: ignore[no-untyped-def]
    """Row by row; sums in the order of the columns, so that they are the same everywhere."""
    n, width = given.shape
    for row in prange(n):
        square = 0.0
        for k in range(width):
            square += np.float64(given[row, k]) * np.float64(given[row, k])
        scale = 1.0 / np.sqrt(square) if 0.0 < square < np.inf else 0.0
        for k in range(width):
            out[row, k] = np.float32(given[row, k] * scale) if scale > 0.0 else np.float32(0.0)


@njit(cache=True, parallel=True)
def _hash(rows, found):  # type: ignore[no-untyped-def]
    """Of each number 31 bits go in: what is left is under a billionth."""
    n, width = rows.shape
    for row in prange(n):
        hashed = np.uint64(width)
        for k in range(width):
            whole = np.int64(np.float64(rows[row, k]) * 1073741824.0) + 1073741824
            hashed = (hashed ^ np.uint64(whole)) * np.uint64(0x9E3779B97F4A7C15)
            hashed ^= hashed >> np.uint64(29)
        found[row] = hashed


@njit(cache=True)
def _arrange(rows, order, done):  # type: ignore[no-untyped-def]
    """Follow each cycle of the permutation; false where it is none."""
    kept = np.empty(rows.shape[1], np.float32)
    for first in range(len(order)):
        if done[first]:
            continue
        if order[first] == first:
            done[first] = True
            continue
        kept[:] = rows[first]
        at = first
        while True:
            done[at] = True
            source = order[at]
            if source == first:
                break
            if done[source]:
                return False
            rows[at] = rows[source]
            at = source
        rows[at] = kept
    return True

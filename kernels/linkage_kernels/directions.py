"""Wide rows seen along a few random directions, which keep the angles between them nearly as they are.

Six rows meet a tile of directions at a time, four dimensions at once, 16 directions to a vector register, so that the
compiler keeps what it multiplies in registers. Sums run in one fixed order: results depend on no thread.
"""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

Floats = NDArray[np.float32]

#: Numbers of a row that is compared; a wider row is first seen along so many directions.
WIDTH = 64
#: Rows multiplied at a time; columns of a tile (no power of two: its lines would share a few places of the cache); rows
#: of a chunk that a thread takes at once.
_ROWS, _LANES, _CHUNK = 6, 240, 1024


def narrow(unit: Floats) -> Floats:
    """Rows of at most 64 numbers, a multiple of four, equal whatever the number of threads.

    A row of up to 64 numbers stays as it is. Of a wider one these are its products with orthonormal directions, brought
    to length 1 (Johnson & Lindenstrauss 1984).

    Args:
        unit: float32[n, d], C order, rows of length 1 or zero.

    Returns:
        float32[n, w]; the rows themselves where nothing is to be done.
    """
    n, width = unit.shape
    if width <= WIDTH and width % 4 == 0:
        return unit
    if width <= WIDTH:
        return np.pad(unit, ((0, 0), (0, -width % 4)))
    out = np.empty((n, WIDTH), np.float32)
    _project(unit, _directions(width), out)
    return out


def likely(threshold: float, width: int, deviations: float) -> float:
    """The inner product that narrowed rows of a pair reach, but for those so many standard deviations below.

    The cosine of rows seen along m random directions is spread as a correlation of m samples is (Fisher 1915).

    Args:
        threshold: of the rows themselves.
        width: of the rows themselves.
        deviations: how far a pair just at the threshold may fall.
    """
    if width <= WIDTH:
        return threshold
    return math.tanh(math.atanh(min(threshold, 0.999999)) - deviations / math.sqrt(WIDTH - 3))


@lru_cache(maxsize=8)
def _directions(width: int) -> Floats:
    """Orthonormal directions -> float32[64, width], the width a multiple of four."""
    found = np.linalg.qr(np.random.default_rng(width).standard_normal((width, WIDTH)))[0].T
    return np.pad(found, ((0, 0), (0, -width % 4))).astype(np.float32)


@njit(cache=True, fastmath={"contract"})
def _products(q, r, tile, lanes, out):  # type: ignore[no-untyped-def]
    """out[6 b + 16 i + j] = q[r[i]] . column b + j of the tile, for six rows; b = 0, 16, ... lanes - 16."""
    out[: _ROWS * lanes] = np.float32(0.0)
    r0, r1, r2, r3, r4, r5 = r[0], r[1], r[2], r[3], r[4], r[5]
    for d in range(0, q.shape[1], 4):
        a0, a1, a2, a3 = q[r0, d], q[r0, d + 1], q[r0, d + 2], q[r0, d + 3]
        b0, b1, b2, b3 = q[r1, d], q[r1, d + 1], q[r1, d + 2], q[r1, d + 3]
        c0, c1, c2, c3 = q[r2, d], q[r2, d + 1], q[r2, d + 2], q[r2, d + 3]
        e0, e1, e2, e3 = q[r3, d], q[r3, d + 1], q[r3, d + 2], q[r3, d + 3]
        f0, f1, f2, f3 = q[r4, d], q[r4, d + 1], q[r4, d + 2], q[r4, d + 3]
        g0, g1, g2, g3 = q[r5, d], q[r5, d + 1], q[r5, d + 2], q[r5, d + 3]
        for b in range(0, lanes, 16):
            # Slices: an index that might be negative would be a gather.
            t, o = tile[d * lanes + b * 4 :], out[b * _ROWS :]
            for j in range(16):
                y0, y1, y2, y3 = t[j], t[16 + j], t[32 + j], t[48 + j]
                o[j] = o[j] + a0 * y0 + a1 * y1 + a2 * y2 + a3 * y3
                o[16 + j] = o[16 + j] + b0 * y0 + b1 * y1 + b2 * y2 + b3 * y3
                o[32 + j] = o[32 + j] + c0 * y0 + c1 * y1 + c2 * y2 + c3 * y3
                o[48 + j] = o[48 + j] + e0 * y0 + e1 * y1 + e2 * y2 + e3 * y3
                o[64 + j] = o[64 + j] + f0 * y0 + f1 * y1 + f2 * y2 + f3 * y3
                o[80 + j] = o[80 + j] + g0 * y0 + g1 * y1 + g2 * y2 + g3 * y3


@njit(cache=True)
def _tiles(rows, out):  # type: ignore[no-untyped-def]
    """Rows float32[c, d], d a multiple of four, as the columns of tiles; the last is filled up with the first row."""
    count, width = rows.shape
    padded = (count + 15) // 16 * 16
    for c in range(padded):
        row = rows[c if c < count else 0]
        begin = c // _LANES * _LANES
        lanes = min(_LANES, padded - begin)
        tile = out[begin * width + (c - begin) // 16 * 64 + c % 16 :]
        for d in range(0, width, 4):
            at = d * lanes
            tile[at], tile[at + 16], tile[at + 32], tile[at + 48] = row[d], row[d + 1], row[d + 2], row[d + 3]


@njit(cache=True)
def _all(q, r, tiles, padded, out):  # type: ignore[no-untyped-def]
    """`_products` with all tiles."""
    for begin in range(0, padded, _LANES):
        lanes = min(_LANES, padded - begin)
        _products(q, r, tiles[begin * q.shape[1] :], lanes, out[begin * _ROWS :])


@njit(cache=True, parallel=True)
def _project(unit, directions, out):  # type: ignore[no-untyped-def]
    """Products of rows with directions, brought to length 1.

    Args:
        unit: float32[n, d].
        directions: float32[w, D], w a multiple of 16 and D one of four, at least d.
        out: float32[n, w], out.
    """
    count, width = directions.shape
    tiles = np.empty(count * width, np.float32)
    _tiles(directions, tiles)
    for chunk in prange((len(unit) + _CHUNK - 1) // _CHUNK):
        products, held = np.empty(_ROWS * count, np.float32), np.zeros((_ROWS, width), np.float32)
        six = np.arange(_ROWS)
        until = min(len(unit), chunk * _CHUNK + _CHUNK)
        for first in range(chunk * _CHUNK, until, _ROWS):
            many = min(_ROWS, until - first)
            held[:many, : unit.shape[1]] = unit[first : first + many]
            _all(held, six, tiles, count, products)
            for i in range(many):
                row, square = out[first + i], np.float32(0.0)
                for c in range(count):
                    row[c] = products[c // 16 * 16 * _ROWS + i * 16 + c % 16]
                    square += row[c] * row[c]
                if square > 0.0:
                    row *= np.float32(1.0) / np.sqrt(square)

"""The nearest of many centroids, by multiplying rows with all of them.

Rows and centroids are 16-bit whole numbers, whose products are exact (`lanes`): results depend on no thread.
"""

from __future__ import annotations

import numpy as np
from numba import njit, prange

from linkage_kernels.lanes import LANES, ROWS, SCALE, products

#: Rows of a chunk that a thread takes at once.
_CHUNK = 1024
_ONE = SCALE * SCALE


@njit(cache=True)
def _rounded(row, out):  # type: ignore[no-untyped-def]
    """A row as whole numbers."""
    for d in range(len(row)):
        out[d] = np.int16(np.floor(min(max(row[d], np.float32(-1.0)), np.float32(1.0)) * SCALE + np.float32(0.5)))


@njit(cache=True)
def _tiles(rows, out):  # type: ignore[no-untyped-def]
    """Rows float32[c, d], d even, as the columns of tiles; the last is filled up with the first row."""
    count, width = rows.shape
    whole = np.empty(width, np.int16)
    for c in range((count + LANES - 1) // LANES * LANES):
        _rounded(rows[c if c < count else 0], whole)
        tile = out[c // LANES * LANES * width + c % LANES * 2 :]
        for d in range(0, width, 2):
            tile[d * LANES], tile[d * LANES + 1] = whole[d], whole[d + 1]


@njit(cache=True)
def _raise(found, best):  # type: ignore[no-untyped-def]
    """The products of a tile that are larger become the best."""
    for j in range(ROWS * LANES):
        best[j] = max(best[j], found[j])


@njit(cache=True)
def _most(best, margin):  # type: ignore[no-untyped-def]
    """best[32 i + j]: the largest product of row i, less the margin."""
    for i in range(ROWS):
        lanes = best[LANES * i : LANES * i + LANES]
        largest = np.int32(-_ONE)
        for j in range(LANES):
            largest = max(largest, lanes[j])
        lanes[:] = np.int32(max(np.int64(largest) - margin, -_ONE))


@njit(cache=True)
def _any(found, best, begin, end):  # type: ignore[no-untyped-def]
    """Whether one of these products of a tile is among the best."""
    o, least, some = found[begin:end], best[begin:end], np.int32(0)
    for j in range(len(o)):
        some |= np.int32(o[j] >= least[j])
    return some != 0


@njit(cache=True)
def _note(found, best, many, count, cells, cosines):  # type: ignore[no-untyped-def]
    """The best columns of each of some rows, best first, ties to the lower number; then -1 and -2."""
    keep, noted = cells.shape[1], np.zeros(ROWS, np.int64)
    for first in range(0, count, LANES):
        tile = found[first * ROWS : (first + LANES) * ROWS]
        if not _any(tile, best, 0, ROWS * LANES):
            continue
        for i in range(many):
            if not _any(tile, best, i * LANES, i * LANES + LANES):
                continue
            for j in range(min(LANES, count - first)):
                if tile[i * LANES + j] < best[i * LANES]:
                    continue
                value = np.float32(tile[i * LANES + j]) * np.float32(1.0 / _ONE)
                if noted[i] == keep and value <= cosines[i, keep - 1]:
                    continue
                place = min(noted[i], keep - 1)
                noted[i] = place + 1
                while place > 0 and value > cosines[i, place - 1]:
                    cosines[i, place], cells[i, place] = cosines[i, place - 1], cells[i, place - 1]
                    place -= 1
                cosines[i, place], cells[i, place] = value, first + j
    for i in range(many):
        cells[i, noted[i] :] = -1
        cosines[i, noted[i] :] = np.float32(-2.0)


@njit(cache=True, parallel=True)
def route(rows, leaves, margin, cells, cosines):  # type: ignore[no-untyped-def]
    """The nearest leaves of each row, best first, ties to the lower number.

    Args:
        rows: float32[n, d], d even, of length 1 or zero.
        leaves: float32[c, d], at least one, of length 1.
        margin: a leaf this much less near than the row's nearest is not noted.
        cells: int32[n, p], out: leaves, -1 for none; a zero row has none.
        cosines: float32[n, p], out; -2 for none.
    """
    count, width = leaves.shape
    padded = (count + LANES - 1) // LANES * LANES
    tiles = np.empty(padded * width, np.int16)
    _tiles(leaves, tiles)
    least = np.int64(np.float64(margin) * _ONE)
    for chunk in prange((len(rows) + _CHUNK - 1) // _CHUNK):
        # Two sixes of rows meet a tile while it is at hand.
        found, best = np.empty((2, ROWS * padded), np.int32), np.empty((2, ROWS * LANES), np.int32)
        held = np.zeros((2 * ROWS, width), np.int16)
        pairs = held.view(np.int32)
        until = min(len(rows), chunk * _CHUNK + _CHUNK)
        for first in range(chunk * _CHUNK, until, 2 * ROWS):
            for i in range(2 * ROWS):
                _rounded(rows[min(first + i, until - 1)], held[i])
            best[:] = np.int32(-_ONE)
            for b in range(0, padded, LANES):
                for six in range(2):
                    tile = found[six, b * ROWS : (b + LANES) * ROWS]
                    products(pairs, six * ROWS, tiles, b * width, tile)
                    _raise(tile, best[six])
            for six in range(2):
                begin, end = first + six * ROWS, min(first + six * ROWS + ROWS, until)
                if begin < end:
                    _most(best[six], least)
                    _note(found[six], best[six], end - begin, count, cells[begin:end], cosines[begin:end])
            for i in range(min(2 * ROWS, until - first)):
                some = np.int16(0)
                for k in range(width):
                    some |= held[i, k]
                if some == 0:
                    cells[first + i] = -1
                    cosines[first + i] = np.float32(-2.0)


@njit(cache=True, fastmath={"contract", "reassoc"})
def _dot(one, other):  # type: ignore[no-untyped-def]
    """The inner product of two rows."""
    total = np.float32(0.0)
    for k in range(len(one)):
        total += one[k] * other[k]
    return total


@njit(cache=True, parallel=True)
def refine(unit, leaves, cells, cosines):  # type: ignore[no-untyped-def]
    """Multiply rows with the leaves noted for them, and order these anew: best first, ties as they were.

    Args:
        unit: float32[n, d].
        leaves: float32[c, d].
        cells: int32[n, p], in and out: leaves, -1 for none, at the end.
        cosines: float32[n, p], out; -2 for none.
    """
    for i in prange(len(unit)):
        for k in range(cells.shape[1]):
            cell = cells[i, k]
            if cell < 0:
                break
            value, place = _dot(unit[i], leaves[cell]), k
            while place > 0 and value > cosines[i, place - 1]:
                cosines[i, place], cells[i, place] = cosines[i, place - 1], cells[i, place - 1]
                place -= 1
            cosines[i, place], cells[i, place] = value, cell


@njit(cache=True)
def gather(cells, homes, counts, others):  # type: ignore[no-untyped-def]
    """The first cell of each row, how many further ones it has, and these; how many there are in all.

    Args:
        cells: int32[n, p], -1 for none, at the end.
        homes: int32[n], out.
        counts: int64[n], out.
        others: int32[n * (p - 1)], out.
    """
    found = 0
    for i in range(len(cells)):
        homes[i] = cells[i, 0]
        before = found
        for k in range(1, cells.shape[1]):
            if cells[i, k] < 0:
                break
            others[found] = cells[i, k]
            found += 1
        counts[i] = found - before
    return found

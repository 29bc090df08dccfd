"""The nearest of many centroids, by multiplying rows with all of them.

Rows and centroids are 16-bit whole numbers, whose products are exact (`lanes`): results depend on no thread.
"""

from __future__ import annotations

import numpy as np
from numba import njit, prange

from linkage_kernels.lanes import BITS, HASH, LANES, PLACE, ROWS, SCALE, among, raising

#: Rows of a chunk that a thread takes at once.
_CHUNK = 1024
_ONE = SCALE * SCALE
#: Sixes of rows and columns that meet while both are at hand.
_SIXES, _COLUMNS = 4, 1536


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
def _most(best, row, margin):  # type: ignore[no-untyped-def]
    """The largest product of a row so far, less the margin."""
    largest = np.int32(-_ONE)
    for j in range(row * LANES, row * LANES + LANES):
        largest = max(largest, best[j])
    return np.int32(max(np.int64(largest) - margin, -_ONE))


@njit(cache=True)
def _note(found, at, lanes, first, count, least, row, many, bits, words, place, to, cells, cosines, noted):  # type: ignore[no-untyped-def]
    """The best of some columns for each of up to six rows, into what is noted of them, ties to the lower number.

    Args:
        found: int32, products of tiles with six rows, which begin at `at`.
        at: see `found`.
        lanes: columns in these tiles.
        first: number of the first column.
        count: columns there are; the last tile may have more.
        least: int32[r], what a product of a row is at least.
        row: of `least` and `noted`, the first of six.
        many: of the six.
        bits: uint32[6], scratch.
        words: uint64[3], the same.
        place: `lanes.PLACE`.
        to: of `cells` and `cosines`, the first of six.
        cells: int32[n, p], out.
        cosines: float32[n, p], out.
        noted: int64[r], in and out: how many are noted.
    """
    keep = cells.shape[1]
    for tile in range(0, lanes, LANES):
        among(found, at + tile * ROWS, least, row, bits)
        if words[0] | words[1] | words[2] == 0:
            continue
        for i in range(many):
            left = np.uint64(bits[i])
            while left != 0:
                lowest = left & (~left + np.uint64(1))
                left ^= lowest
                j = np.int64(place[(lowest * HASH & BITS) >> np.uint64(27)])
                if first + tile + j >= count:
                    break
                value = np.float32(found[at + tile * ROWS + i * LANES + j]) * np.float32(1.0 / _ONE)
                if noted[row + i] == keep and value <= cosines[to + i, keep - 1]:
                    continue
                k = min(noted[row + i], keep - 1)
                noted[row + i] = k + 1
                while k > 0 and value > cosines[to + i, k - 1]:
                    cosines[to + i, k], cells[to + i, k] = cosines[to + i, k - 1], cells[to + i, k - 1]
                    k -= 1
                cosines[to + i, k], cells[to + i, k] = value, first + tile + j


@njit(cache=True)
def _led(rows, begin, until, tiles, count, margin, place, cells, cosines):  # type: ignore[no-untyped-def]
    """`route` for the rows of a chunk: `_SIXES` of them meet `_COLUMNS` at a time. No slices: see `meets`."""
    width, keep, padded = rows.shape[1], cells.shape[1], (count + LANES - 1) // LANES * LANES
    room = min(padded, _COLUMNS) * ROWS
    found, best = np.empty(_SIXES * room, np.int32), np.empty(_SIXES * ROWS * LANES, np.int32)
    bits, least, noted = np.zeros(ROWS, np.uint32), np.empty(_SIXES * ROWS, np.int32), np.empty(_SIXES * ROWS, np.int64)
    held, words = np.zeros((_SIXES * ROWS, width), np.int16), bits.view(np.uint64)
    pairs = held.view(np.int32)
    for first in range(begin, until, _SIXES * ROWS):
        many = min(_SIXES * ROWS, until - first)
        for i in range(_SIXES * ROWS):
            for d in range(width):
                value = min(max(rows[first + min(i, many - 1), d], np.float32(-1.0)), np.float32(1.0))
                held[i, d] = np.int16(np.floor(value * SCALE + np.float32(0.5)))
        best[:] = np.int32(-_ONE)
        noted[:] = 0
        for column in range(0, padded, _COLUMNS):
            lanes = min(_COLUMNS, padded - column)
            for tile in range(0, lanes, LANES):
                for six in range(0, many, ROWS):
                    to, at = six // ROWS * room + tile * ROWS, six * LANES
                    raising(pairs, six, tiles, (column + tile) * width, found, to, best, at)
            for i in range(many):
                least[i] = _most(best, i, margin)
            for six in range(0, many, ROWS):
                _note(
                    found, six // ROWS * room, lanes, column, count, least, six, min(ROWS, many - six), bits, words,
                    place, first + six, cells, cosines, noted,
                )  # fmt: skip
        for i in range(many):
            some, lowest = np.int16(0), np.float32(least[i]) * np.float32(1.0 / _ONE)
            for d in range(width):
                some |= held[i, d]
            # What was noted before the nearest was known may be farther from it than the margin.
            while noted[i] > 0 and (some == 0 or cosines[first + i, noted[i] - 1] < lowest):
                noted[i] -= 1
            for k in range(noted[i], keep):
                cells[first + i, k], cosines[first + i, k] = -1, np.float32(-2.0)


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
    tiles = np.empty((count + LANES - 1) // LANES * LANES * width, np.int16)
    _tiles(leaves, tiles)
    least = np.int64(np.float64(margin) * _ONE)
    for chunk in prange((len(rows) + _CHUNK - 1) // _CHUNK):
        until = min(len(rows), chunk * _CHUNK + _CHUNK)
        _led(rows, chunk * _CHUNK, until, tiles, count, least, PLACE, cells, cosines)


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

"""The nearest of many centroids, by multiplying rows with all of them.

Six rows meet a tile of columns at a time, four dimensions at once, 16 columns to a vector register, so that the
compiler keeps what it multiplies in registers. Sums run in one fixed order: results depend on no thread.
"""

from __future__ import annotations

import numpy as np
from numba import njit, prange

#: Rows multiplied at a time; columns of a tile (no power of two: its lines would share a few places of the cache); rows
#: of a chunk that a thread takes at once.
_ROWS, _LANES, _CHUNK = 6, 240, 1024


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


@njit(cache=True)
def _most(products, padded, margin, best, flags):  # type: ignore[no-untyped-def]
    """best[16 i]: the largest product of row i, less the margin; flags: which reach it."""
    best[:] = np.float32(-2.0)
    for b in range(0, padded, 16):
        o = products[b * _ROWS :]
        for j in range(_ROWS * 16):
            best[j] = max(best[j], o[j])
    for i in range(_ROWS):
        best[16 * i : 16 * i + 16] = best[16 * i : 16 * i + 16].max() - margin
    for b in range(0, padded, 16):
        o, f = products[b * _ROWS :], flags[b * _ROWS :]
        for j in range(_ROWS * 16):
            f[j] = np.uint8(o[j] >= best[j])


@njit(cache=True)
def _note(products, flags, words, i, count, cells, cosines):  # type: ignore[no-untyped-def]
    """The flagged columns of row i, best first, ties to the lower number; then -1 and -2."""
    keep, noted = len(cells), 0
    for word in range(2 * i, (count + 15) // 16 * 12, 12):
        if words[word] | words[word + 1] == 0:
            continue
        for j in range(min(16, count - word // 12 * 16)):
            value = products[word * 8 + j]
            if flags[word * 8 + j] == 0 or (noted == keep and value <= cosines[keep - 1]):
                continue
            place = min(noted, keep - 1)
            noted = place + 1
            while place > 0 and value > cosines[place - 1]:
                cosines[place], cells[place] = cosines[place - 1], cells[place - 1]
                place -= 1
            cosines[place], cells[place] = value, word // 12 * 16 + j
    cells[noted:] = -1
    cosines[noted:] = np.float32(-2.0)


@njit(cache=True, parallel=True)
def route(rows, leaves, margin, cells, cosines):  # type: ignore[no-untyped-def]
    """The nearest leaves of each row, best first, ties to the lower number.

    Args:
        rows: float32[n, d], d a multiple of four.
        leaves: float32[c, d], at least one.
        margin: a leaf this much less near than the row's nearest is not noted.
        cells: int32[n, p], out: leaves, -1 for none; a zero row has none.
        cosines: float32[n, p], out; -2 for none.
    """
    count, width = leaves.shape
    padded = (count + 15) // 16 * 16
    tiles = np.empty(padded * width, np.float32)
    _tiles(leaves, tiles)
    for chunk in prange((len(rows) + _CHUNK - 1) // _CHUNK):
        products, best = np.empty(_ROWS * padded, np.float32), np.empty(_ROWS * 16, np.float32)
        # Flags are bytes, looked at eight in a word: most words are zero.
        flags = np.zeros(_ROWS * padded, np.uint8)
        words = flags.view(np.uint64)
        six = np.empty(_ROWS, np.int64)
        until = min(len(rows), chunk * _CHUNK + _CHUNK)
        for first in range(chunk * _CHUNK, until, _ROWS):
            for i in range(_ROWS):
                six[i] = min(first + i, until - 1)
            _all(rows, six, tiles, padded, products)
            _most(products, padded, margin, best, flags)
            for i in range(min(_ROWS, until - first)):
                some = False
                for k in range(width):
                    some |= rows[first + i, k] != 0.0
                _note(products, flags, words, i, count if some else 0, cells[first + i], cosines[first + i])


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


@njit(cache=True, parallel=True)
def project(unit, directions, out):  # type: ignore[no-untyped-def]
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

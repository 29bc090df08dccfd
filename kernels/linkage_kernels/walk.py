"""Queries through cells: dense products in cache-sized tiles, and the k best of them for each query.

Six queries meet a tile of columns at a time, four dimensions at once, 16 columns to a vector register, so that the
compiler keeps what it multiplies in registers. Sums run in one fixed order: results depend on no thread.
"""

from __future__ import annotations

import numpy as np
from numba import njit, prange

#: Queries that a tile is multiplied with at a time.
_ROWS = 6
#: Products that differ less are a tie: sums of float32 are no more exact.
TIE = 2e-6


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
def _pack(rows, lanes, tile):  # type: ignore[no-untyped-def]
    """float32[c, d] rows as the columns of a tile of that many lanes; the rest of it stays as it is."""
    for c in range(len(rows)):
        for d in range(rows.shape[1]):
            tile[d // 4 * 4 * lanes + c // 16 * 64 + d % 4 * 16 + c % 16] = rows[c, d]


@njit(cache=True, parallel=True)
def fill(unit, order, start, base, tiles, mean, spread):  # type: ignore[no-untyped-def]
    """Fill tiles, means and spreads."""
    width = mean.shape[1]
    for b in prange(len(start) - 1):
        size = start[b + 1] - start[b]
        rows = unit[order[start[b] : start[b + 1]]]
        _pack(rows, base[b + 1] - base[b], tiles[base[b] * width : base[b + 1] * width])
        short = 0.0
        for d in range(unit.shape[1]):
            total, square = 0.0, 0.0
            for r in range(size):
                total += rows[r, d]
            for r in range(size):
                square += (rows[r, d] - total / size) ** 2
            mean[b, d] = total / size
            short += square / size
        spread[b] = np.sqrt(short / unit.shape[1])


@njit(cache=True)
def _turns(mean, centre, out):  # type: ignore[no-untyped-def]
    """Cells from near to far of a centre (a tile whose first lane it is), by 256 steps -> int64[c + 6]."""
    count = len(mean)
    turn = np.minimum(np.arange(count + _ROWS), count - 1)
    near = np.empty(count + _ROWS, np.float32)
    for b in range(0, count, _ROWS):
        _products(mean, turn[b : b + _ROWS], centre, 16, out)
        for i in range(_ROWS):
            near[b + i] = out[i * 16]
    high = near[:count].max()
    scale = 255.0 / max(high - near[:count].min(), np.float32(1e-30))
    place = np.zeros(258, np.int64)
    for b in range(count):
        place[min(255, int((high - near[b]) * scale)) + 1] += 1
    for step in range(256):
        place[step + 1] += place[step]
    for b in range(count):
        c = min(255, int((high - near[b]) * scale))
        turn[place[c]] = b
        place[c] += 1
    turn[count:] = turn[count - 1]
    return turn


@njit(cache=True)
def _choose(need, i, reach, bar, flags, words, chosen):  # type: ignore[no-untyped-def]
    """Rows that may gain from cell i of six, by its products with all, into chosen; how many."""
    for c in range(len(need)):
        for b in range(8):
            a, w = need[c, b * 96 + i * 16 : b * 96 + i * 16 + 16], bar[c * 128 + b * 16 : c * 128 + b * 16 + 16]
            f = flags[c * 128 + b * 16 : c * 128 + b * 16 + 16]
            for j in range(16):
                f[j] = np.uint8(a[j] + reach > w[j])
    met = 0
    for word in range(len(bar) // 8):
        if words[word] != 0:
            for r in range(word * 8, word * 8 + 8):
                chosen[met] = r
                met += int(flags[r])
    if met > 0:
        chosen[met : met + _ROWS] = chosen[met - 1]
    return met


@njit(cache=True)
def _flag(products, lanes, worst, flags):  # type: ignore[no-untyped-def]
    """Which products reach the worst neighbour of their row; worst is float32[96]."""
    for b in range(0, lanes, 16):
        p, f = products[b * _ROWS :], flags[b * _ROWS :]
        for j in range(_ROWS * 16):
            f[j] = np.uint8(p[j] >= worst[j])


@njit(cache=True)
def _offer(ids, cos, other, value):  # type: ignore[no-untyped-def]
    """Take a neighbour into its place among the k, if it has one."""
    at = len(ids) - 1
    if value < cos[at] or (value == cos[at] and other > ids[at]):
        return
    while at > 0 and (value > cos[at - 1] or (value == cos[at - 1] and other < ids[at - 1])):
        ids[at], cos[at] = ids[at - 1], cos[at - 1]
        at -= 1
    ids[at], cos[at] = other, value


@njit(cache=True, parallel=True)
def walk(unit, order, start, base, tiles, mean, spread, query, bounds, reach, ids, cos, out, seen):  # type: ignore[no-untyped-def]
    """Each block of queries through the cells, from near to far; neighbours into rows `out` of ids and cos."""
    count, width = mean.shape
    k = ids.shape[1]
    widest = max(128, np.diff(base).max())
    for block in prange(len(bounds) - 1):
        low, high = bounds[block], bounds[block + 1]
        slots = (high - low + 127) // 128 * 128
        q = np.zeros((slots, width), np.float32)
        q[: high - low, : unit.shape[1]] = unit[order[query[low:high]]]
        turned = np.zeros((slots // 128, width * 128), np.float32)
        centre = np.zeros((1, width), np.float32)
        for r in range(high - low):
            _pack(q[r : r + 1], 128, turned[r // 128, r % 128 // 16 * 64 + r % 16 :])
            centre[0] += q[r]
        middle = np.zeros(width * 16, np.float32)
        _pack(centre, 16, middle)
        products, worst = np.empty(_ROWS * widest, np.float32), np.empty(_ROWS * 16, np.float32)
        # Flags are bytes, looked at eight in a word: most words are zero.
        flags = np.zeros(max(_ROWS * widest, slots), np.uint8)
        words = flags.view(np.uint64)
        turn = _turns(mean, middle, products)
        # Nobody is nearer than -2 yet; places that are no row want nothing.
        bar = np.full(slots, 3e38, np.float32)
        bar[: high - low] = -2.0
        mine, near = np.full((high - low, k), 2147483647, np.int32), np.full((high - low, k), -2.0, np.float32)
        need = np.empty((slots // 128, _ROWS * 128), np.float32)
        chosen = np.empty(slots + _ROWS, np.int64)
        for first in range(0, count, _ROWS):
            for c in range(slots // 128):
                _products(mean, turn[first : first + _ROWS], turned[c], 128, need[c])
            for i in range(min(_ROWS, count - first)):
                b = turn[first + i]
                begin, size, lanes = start[b], start[b + 1] - start[b], base[b + 1] - base[b]
                far = reach * (spread[b] + np.float32(1e-12)) - np.float32(TIE)
                met = _choose(need, i, far, bar, flags, words, chosen)
                seen[block] += met * size
                for at in range(0, met, _ROWS):
                    _products(q, chosen[at : at + _ROWS], tiles[base[b] * width : base[b + 1] * width], lanes, products)
                    for r6 in range(_ROWS):
                        worst[r6 * 16 : r6 * 16 + 16] = bar[chosen[at + r6]]
                    _flag(products, lanes, worst, flags)
                    for r6 in range(min(_ROWS, met - at)):
                        r = chosen[at + r6]
                        for word in range(r6 * 2, lanes // 16 * 12, 12):
                            if words[word] | words[word + 1] == 0:
                                continue
                            for j in range(min(16, size - word // 12 * 16)):
                                place = begin + word // 12 * 16 + j
                                if flags[word * 8 + j] != 0 and place != query[low + r]:
                                    _offer(mine[r], near[r], order[place], products[word * 8 + j])
                        bar[r] = near[r, k - 1]
        for r in range(high - low):
            for s in range(k):
                there = near[r, s] > -2.0
                ids[out[low + r], s] = mine[r, s] if there else -1
                cos[out[low + r], s] = near[r, s] if there else np.float32(-1.0)

"""Who meets whom over a threshold, by products of rows with a tile of others.

Six rows meet a tile of columns at a time, four dimensions at once, 16 columns to a vector register, so that the
compiler keeps what it multiplies in registers: a tenth of the time of one product after the other. Sums run in one
fixed order: results depend on no thread.
"""

from __future__ import annotations

import numpy as np
from numba import njit, prange

#: Rows multiplied at a time; columns of a tile, whose lines would share a few places of the cache were they a power of
#: two; rows that meet a tile while it is at hand.
ROWS, _LANES, _BLOCK = 6, 240, 24


@njit(cache=True, fastmath={"contract"})
def _products(q, tile, lanes, low, out):  # type: ignore[no-untyped-def]
    """out[6 b + 16 i + j] = q[i] . column b + j of the tile, for six rows; b = low, low + 16, ... lanes - 16."""
    out[ROWS * low : ROWS * lanes] = np.float32(0.0)
    for d in range(0, q.shape[1], 4):
        a0, a1, a2, a3 = q[0, d], q[0, d + 1], q[0, d + 2], q[0, d + 3]
        b0, b1, b2, b3 = q[1, d], q[1, d + 1], q[1, d + 2], q[1, d + 3]
        c0, c1, c2, c3 = q[2, d], q[2, d + 1], q[2, d + 2], q[2, d + 3]
        e0, e1, e2, e3 = q[3, d], q[3, d + 1], q[3, d + 2], q[3, d + 3]
        f0, f1, f2, f3 = q[4, d], q[4, d + 1], q[4, d + 2], q[4, d + 3]
        g0, g1, g2, g3 = q[5, d], q[5, d + 1], q[5, d + 2], q[5, d + 3]
        for b in range(low, lanes, 16):
            # Slices: an index that might be negative would be a gather.
            t, o = tile[d * lanes + b * 4 :], out[b * ROWS :]
            for j in range(16):
                y0, y1, y2, y3 = t[j], t[16 + j], t[32 + j], t[48 + j]
                o[j] = o[j] + a0 * y0 + a1 * y1 + a2 * y2 + a3 * y3
                o[16 + j] = o[16 + j] + b0 * y0 + b1 * y1 + b2 * y2 + b3 * y3
                o[32 + j] = o[32 + j] + c0 * y0 + c1 * y1 + c2 * y2 + c3 * y3
                o[48 + j] = o[48 + j] + e0 * y0 + e1 * y1 + e2 * y2 + e3 * y3
                o[64 + j] = o[64 + j] + f0 * y0 + f1 * y1 + f2 * y2 + f3 * y3
                o[80 + j] = o[80 + j] + g0 * y0 + g1 * y1 + g2 * y2 + g3 * y3


@njit(cache=True)
def _tiles(rows, numbers, begin, end, out):  # type: ignore[no-untyped-def]
    """The rows numbers[begin:end] as the columns of tiles."""
    count, width = end - begin, rows.shape[1]
    padded = (count + 15) // 16 * 16
    for c in range(count):
        row = rows[numbers[begin + c]]
        first = c // _LANES * _LANES
        lanes = min(_LANES, padded - first)
        tile = out[first * width + (c - first) // 16 * 64 + c % 16 :]
        for d in range(0, width, 4):
            at = d * lanes
            tile[at], tile[at + 16], tile[at + 32], tile[at + 48] = row[d], row[d + 1], row[d + 2], row[d + 3]


@njit(cache=True)
def _flag(products, threshold, low, high, flags):  # type: ignore[no-untyped-def]
    """Which products reach the threshold."""
    o, f = products[low:high], flags[low:high]
    for j in range(len(o)):
        f[j] = np.uint8(o[j] >= threshold)


@njit(cache=True, fastmath={"contract", "reassoc"})
def _dot(unit, i, j):  # type: ignore[no-untyped-def]
    """The inner product of two rows."""
    one, other = unit[i], unit[j]
    total = np.float32(0.0)
    for k in range(len(one)):
        total += one[k] * other[k]
    return total


@njit(cache=True)
def _again(start, visited, row, cell):  # type: ignore[no-untyped-def]
    """Whether a row visits a cell."""
    again = False
    for p in range(start[row], start[row + 1]):
        again |= visited[p] == cell
    return again


@njit(cache=True)
def _work(  # type: ignore[no-untyped-def]
    unit, rows, likely, columns, visitors, lists, inner, home, start, visited, threshold, limit, stop, at, done, a, b,
    cosine, worker, tiles, products, flags, words, block, held, count,
):  # fmt: skip
    """`meet` for one worker; how many pairs it found. What comes after `worker` is scratch."""
    room, kept, width, checked = a.shape[1], 0, rows.shape[1], likely < threshold
    while at[worker] < stop[worker] and kept + ROWS * limit <= room:
        this = at[worker]
        begin, end, come, go, cell = lists[this, 0], lists[this, 1], lists[this, 2], lists[this, 3], lists[this, 4]
        size = end - begin
        padded = (size + 15) // 16 * 16
        _tiles(rows, columns, begin, end, tiles)
        own = size if inner else 0
        while done[worker] < own + go - come and kept + ROWS * limit <= room:
            first = done[worker]
            visit = first >= own
            # As many rows as there surely is room for.
            many = min(_BLOCK, (room - kept) // limit, (own + go - come if visit else own) - first)
            for k in range(_BLOCK):
                query = first + min(k, many - 1)
                block[k] = visitors[come + query - own] if visit else columns[begin + query]
                held[k] = rows[block[k]]
            count[:] = 0
            # Of two columns the later is the partner of the earlier.
            least = 0 if visit else (first + 1) // 16 * 16
            for tile in range(least // _LANES * _LANES, padded, _LANES):
                if count[:many].min() == limit:
                    break
                lanes, low = min(_LANES, padded - tile), max(0, least - tile)
                for group in range(0, many, ROWS):
                    _products(held[group : group + ROWS], tiles[tile * width :], lanes, low, products)
                    _flag(products, likely, low * ROWS, lanes * ROWS, flags)
                    for k in range(group, min(group + ROWS, many)):
                        row = block[k]
                        for word in range(low // 16 * 12 + (k - group) * 2, lanes // 16 * 12, 12):
                            if words[word] | words[word + 1] == 0:
                                continue
                            for j in range(16):
                                column = tile + word // 12 * 16 + j
                                if flags[word * 8 + j] == 0 or column >= size or count[k] == limit:
                                    continue
                                if not visit and column <= first + k:
                                    continue
                                other, value = columns[begin + column], products[word * 8 + j]
                                if checked:
                                    value = _dot(unit, row, other)
                                    if not value >= threshold:
                                        continue
                                if visit and home[row] < cell and _again(start, visited, other, home[row]):
                                    continue
                                a[worker, kept], b[worker, kept], cosine[worker, kept] = row, other, value
                                count[k] += 1
                                kept += 1
            done[worker] += many
        if done[worker] == own + go - come:
            done[worker] = 0
            at[worker] += 1
    return kept


@njit(cache=True, parallel=True)
def meet(  # type: ignore[no-untyped-def]
    unit, rows, likely, columns, visitors, lists, inner, home, start, visited, threshold, limit, turns, stop, at, done,
    a, b, cosine, filled,
):  # fmt: skip
    """Rows that meet in a list: columns with one another (`inner`), then visitors with columns.

    Each worker goes on where it was until its lists are done or its part of the output is full.

    Args:
        unit: float32[n, d], rows of length 1.
        rows: float32[n, w], the same rows narrowed, w a multiple of four.
        likely: least inner product of narrowed rows; where it is below the threshold, the rows themselves are
            multiplied too.
        columns: int32, row numbers; list l has columns[lists[l, 0]:lists[l, 1]].
        visitors: int32, row numbers; list l is visited by visitors[lists[l, 2]:lists[l, 3]].
        lists: int64[l, 5]; the last is the number of the cell that the list stands for, -1 for none.
        inner: whether columns meet one another.
        home: int32[n]: cell of each row. Where two rows meet in two cells, they are kept in that of the lower number.
        start: int64[n + 1], where a row's further cells begin in visited.
        visited: int32: further cells of each row.
        threshold: least inner product.
        limit: partners kept of a row in a list, at least 1; further ones are not looked for.
        turns: int64[t], workers that are not done.
        stop: int64[w], where each worker's lists end.
        at: int64[w], in and out: the list a worker is at.
        done: int64[w], in and out: rows of that list that have met the others.
        a: int32[w, m], out: m is at least `ROWS` times the limit.
        b: int32[w, m], out.
        cosine: float32[w, m], out.
        filled: int64[w], out: pairs of each worker.
    """
    longest = np.int64(0)
    for some in range(len(lists)):
        longest = max(longest, lists[some, 1] - lists[some, 0])
    longest = (longest + 15) // 16 * 16
    for turn in prange(len(turns)):
        tiles, products = np.zeros(longest * rows.shape[1], np.float32), np.empty(ROWS * _LANES, np.float32)
        # Flags are bytes, looked at eight in a word: most words are zero.
        flags = np.zeros(ROWS * _LANES, np.uint8)
        block, held, count = (
            np.empty(_BLOCK, np.int64),
            np.empty((_BLOCK, rows.shape[1]), np.float32),
            np.empty(_BLOCK, np.int64),
        )
        filled[turns[turn]] = _work(
            unit, rows, likely, columns, visitors, lists, inner, home, start, visited, threshold, limit, stop, at, done,
            a, b, cosine, turns[turn], tiles, products, flags, flags.view(np.uint64), block, held, count,
        )  # fmt: skip


@njit(cache=True, fastmath={"contract"})
def notice(rows, likely, a, b, out):  # type: ignore[no-untyped-def]
    """Whether the product of rows a[p], b[p] is at least that likely, summed as `meet` does: out bool[p]."""
    for p in range(len(a)):
        x, y, total = rows[a[p]], rows[b[p]], np.float32(0.0)
        for d in range(0, len(x), 4):
            total = total + x[d] * y[d] + x[d + 1] * y[d + 1] + x[d + 2] * y[d + 2] + x[d + 3] * y[d + 3]
        out[p] = total >= likely

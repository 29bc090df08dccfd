"""Who meets whom over a threshold, by products of rows with a tile of others.

Rows meet in 16-bit whole numbers, whose products are exact and a little off the cosine (`lanes`); those that may reach
the threshold are multiplied as they are. Results depend on no thread.
"""

from __future__ import annotations

import numpy as np
from numba import njit, prange

from linkage_kernels.lanes import BITS, HASH, LANES, PLACE, ROWS, SCALE, ahead, reaching

#: Rows that meet a tile while it is at hand.
_BLOCK = 24
#: Rows that are brought near while one is read.
_AHEAD = 8
#: Pairs of which a thread takes so many at once.
_CHUNK = 1024


@njit(cache=True)
def _rounded(rows, row, out, k):  # type: ignore[no-untyped-def]
    """A row as whole numbers, into out[k]. No slices of arrays here: threads would wait to count who holds an array."""
    for d in range(rows.shape[1]):
        value = min(max(rows[row, d], np.float32(-1.0)), np.float32(1.0))
        out[k, d] = np.int16(np.floor(value * SCALE + np.float32(0.5)))


@njit(cache=True)
def _copied(rows, row, out, k):  # type: ignore[no-untyped-def]
    """A row as it is, into out[k]."""
    for d in range(rows.shape[1]):
        out[k, d] = rows[row, d]


@njit(cache=True)
def _tiles(rows, numbers, begin, end, whole, out, copies):  # type: ignore[no-untyped-def]
    """The rows numbers[begin:end] as the columns of tiles, and as they are, as far as there is room for copies."""
    width = rows.shape[1]
    for c in range(end - begin):
        ahead(rows, numbers[min(begin + c + _AHEAD, end - 1)])
        row = numbers[begin + c]
        if c < len(copies):
            _copied(rows, row, copies, c)
        _rounded(rows, row, whole, 0)
        tile = c // LANES * LANES * width + c % LANES * 2
        for d in range(0, width, 2):
            out[tile + d * LANES], out[tile + d * LANES + 1] = whole[0, d], whole[0, d + 1]


@njit(cache=True, fastmath={"contract", "reassoc"})
def _dot(rows, row, others, other):  # type: ignore[no-untyped-def]
    """The inner product of rows[row] and others[other]."""
    total = np.float32(0.0)
    for d in range(rows.shape[1]):
        total += rows[row, d] * others[other, d]
    return total


@njit(cache=True)
def _again(start, visited, row, cell):  # type: ignore[no-untyped-def]
    """Whether a row visits a cell."""
    again = False
    for p in range(start[row], start[row + 1]):
        again |= visited[p] == cell
    return again


@njit(cache=True)
def _all(count, many, limit):  # type: ignore[no-untyped-def]
    """Whether the first so many counts have all reached the limit."""
    reached = True
    for k in range(many):
        reached &= count[k] >= limit
    return reached


@njit(cache=True)
def _work(  # type: ignore[no-untyped-def]
    unit, rows, least, columns, visitors, lists, inner, home, start, visited, threshold, limit, stop, at, done, a, b,
    cosine, worker, tiles, copies, whole, bits, words, place, block, held, small, pairs, count,
):  # fmt: skip
    """`meet` for one worker; how many pairs it found. What comes after `worker` is scratch."""
    room, kept, width, wide = a.shape[1], 0, rows.shape[1], unit.shape[1] > rows.shape[1]
    while at[worker] < stop[worker] and kept + ROWS * limit <= room:
        this = at[worker]
        begin, end, come, go, cell = lists[this, 0], lists[this, 1], lists[this, 2], lists[this, 3], lists[this, 4]
        size = end - begin
        _tiles(rows, columns, begin, end, whole, tiles, copies)
        own = size if inner else 0
        while done[worker] < own + go - come and kept + ROWS * limit <= room:
            first = done[worker]
            visit = first >= own
            # As many rows as there surely is room for.
            many = min(_BLOCK, (room - kept) // limit, (own + go - come if visit else own) - first)
            for k in range(_BLOCK):
                query = first + min(k, many - 1)
                block[k] = visitors[come + query - own] if visit else columns[begin + query]
                if visit:
                    ahead(rows, visitors[min(come + query - own + _BLOCK, go - 1)])
                _copied(rows, block[k], held, k)
                _rounded(rows, block[k], small, k)
            count[:] = 0
            # Of two columns the later is the partner of the earlier.
            for tile in range(0 if visit else (first + 1) // LANES * LANES, size, LANES):
                if _all(count, many, limit):
                    break
                for group in range(0, many, ROWS):
                    reaching(pairs, group, tiles, tile * width, least, bits)
                    if words[0] | words[1] | words[2] == 0:
                        continue
                    for k in range(group, min(group + ROWS, many)):
                        left, row = np.uint64(bits[k - group]), block[k]
                        while left != 0 and count[k] < limit:
                            lowest = left & (~left + np.uint64(1))
                            left ^= lowest
                            column = tile + np.int64(place[(lowest * HASH & BITS) >> np.uint64(27)])
                            if column >= size or (not visit and column <= first + k):
                                continue
                            other = columns[begin + column]
                            value = _dot(unit, row, unit, other) if wide else _dot(held, k, copies, column)
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
    unit, rows, least, columns, visitors, lists, inner, home, start, visited, threshold, limit, turns, stop, at, done,
    a, b, cosine, filled,
):  # fmt: skip
    """Rows that meet in a list: columns with one another (`inner`), then visitors with columns.

    Each worker goes on where it was until its lists are done or its part of the output is full.

    Args:
        unit: float32[n, d], rows of length 1.
        rows: float32[n, w], the same rows narrowed, w a multiple of four.
        least: product of rounded, narrowed rows (`lanes.at_least`) from which on the rows themselves are multiplied.
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
    longest, width = np.int64(0), rows.shape[1]
    for some in range(len(lists)):
        longest = max(longest, lists[some, 1] - lists[some, 0])
    padded = (longest + LANES - 1) // LANES * LANES
    for turn in prange(len(turns)):
        tiles, whole = np.zeros(padded * width, np.int16), np.empty((1, width), np.int16)
        # Wide rows are read where they are.
        copies = np.empty((longest if unit.shape[1] <= width else 0, width), np.float32)
        bits = np.zeros(ROWS, np.uint32)
        block, count = np.empty(_BLOCK, np.int64), np.empty(_BLOCK, np.int64)
        held, small = np.empty((_BLOCK, width), np.float32), np.empty((_BLOCK, width), np.int16)
        filled[turns[turn]] = _work(
            unit, rows, least, columns, visitors, lists, inner, home, start, visited, threshold, limit, stop, at, done,
            a, b, cosine, turns[turn], tiles, copies, whole, bits, bits.view(np.uint64), PLACE, block, held, small,
            small.view(np.int32), count,
        )  # fmt: skip


@njit(cache=True, parallel=True)
def notice(rows, least, a, b, out):  # type: ignore[no-untyped-def]
    """Whether the product of the rounded rows a[p], b[p] is at least that much, as `meet` has it: out bool[p]."""
    for chunk in prange((len(a) + _CHUNK - 1) // _CHUNK):
        two = np.empty((2, rows.shape[1]), np.int16)
        for p in range(chunk * _CHUNK, min(len(a), chunk * _CHUNK + _CHUNK)):
            _rounded(rows, a[p], two, 0)
            _rounded(rows, b[p], two, 1)
            total = np.int64(0)
            for d in range(rows.shape[1]):
                total += np.int64(two[0, d]) * np.int64(two[1, d])
            out[p] = total >= least

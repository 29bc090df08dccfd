"""Dense inner products in cache-sized tiles: who meets whom over a threshold, and the best columns of a row.

Four rows meet a tile of columns that lies transposed in the cache, eight dimensions at a time, so that the compiler
keeps the multiply-adds of a tile in vector registers. Sums run in one fixed order: results depend on no thread.
"""

from __future__ import annotations

import numpy as np
from numba import njit, prange

#: Columns looked at together when hits are searched for.
_SPAN = 64
#: Rows that meet a tile of columns while it is in the cache, where a row's best columns are sought.
_ROWS = 32


@njit(cache=True, fastmath={"contract"})
def _products(four, columns, first, last, out):  # type: ignore[no-untyped-def]
    """out[r, j] = four[r] . columns[:, j] for first <= j < last; the width is a multiple of 8."""
    out0, out1, out2, out3 = out[0, first:last], out[1, first:last], out[2, first:last], out[3, first:last]
    width = last - first
    out0[:] = 0.0
    out1[:] = 0.0
    out2[:] = 0.0
    out3[:] = 0.0
    for k in range(0, four.shape[1], 8):
        a0, a1, a2, a3 = four[0, k], four[0, k + 1], four[0, k + 2], four[0, k + 3]
        a4, a5, a6, a7 = four[0, k + 4], four[0, k + 5], four[0, k + 6], four[0, k + 7]
        b0, b1, b2, b3 = four[1, k], four[1, k + 1], four[1, k + 2], four[1, k + 3]
        b4, b5, b6, b7 = four[1, k + 4], four[1, k + 5], four[1, k + 6], four[1, k + 7]
        c0, c1, c2, c3 = four[2, k], four[2, k + 1], four[2, k + 2], four[2, k + 3]
        c4, c5, c6, c7 = four[2, k + 4], four[2, k + 5], four[2, k + 6], four[2, k + 7]
        d0, d1, d2, d3 = four[3, k], four[3, k + 1], four[3, k + 2], four[3, k + 3]
        d4, d5, d6, d7 = four[3, k + 4], four[3, k + 5], four[3, k + 6], four[3, k + 7]
        y0, y1, y2, y3 = (
            columns[k, first:last],
            columns[k + 1, first:last],
            columns[k + 2, first:last],
            columns[k + 3, first:last],
        )
        y4, y5, y6, y7 = (
            columns[k + 4, first:last],
            columns[k + 5, first:last],
            columns[k + 6, first:last],
            columns[k + 7, first:last],
        )
        for j in range(width):
            v0, v1, v2, v3, v4, v5, v6, v7 = y0[j], y1[j], y2[j], y3[j], y4[j], y5[j], y6[j], y7[j]
            out0[j] += a0 * v0 + a1 * v1 + a2 * v2 + a3 * v3 + a4 * v4 + a5 * v5 + a6 * v6 + a7 * v7
            out1[j] += b0 * v0 + b1 * v1 + b2 * v2 + b3 * v3 + b4 * v4 + b5 * v5 + b6 * v6 + b7 * v7
            out2[j] += c0 * v0 + c1 * v1 + c2 * v2 + c3 * v3 + c4 * v4 + c5 * v5 + c6 * v6 + c7 * v7
            out3[j] += d0 * v0 + d1 * v1 + d2 * v2 + d3 * v3 + d4 * v4 + d5 * v5 + d6 * v6 + d7 * v7


@njit(cache=True)
def _any(values, threshold):  # type: ignore[no-untyped-def]
    """Whether any value reaches the threshold; counted in 32 bits, which the compiler vectorises."""
    count = np.uint32(0)
    for j in range(len(values)):
        count += np.uint32(values[j] >= threshold)
    return count > 0


@njit(cache=True)
def _transpose(unit, rows, first, last, columns):  # type: ignore[no-untyped-def]
    """columns[:, j] = unit[rows[first + j]], in strips that stay in the cache."""
    width = unit.shape[1]
    for strip in range(first, last, 16):
        end = min(strip + 16, last)
        for k in range(width):
            for j in range(strip, end):
                columns[k, j - first] = unit[rows[j], k]


@njit(cache=True, parallel=True)
def meet(  # type: ignore[no-untyped-def]
    unit, columns, visitors, lists, inner, home, start, visited, threshold, tile, bounds, base, limit, partner, cosine,
    found,
):  # fmt: skip
    """Rows that meet in a list: columns with one another (`inner`), then visitors with columns.

    Args:
        unit: float32[n, d], rows of length 1.
        columns: int32, row numbers; list l has columns[lists[l, 0]:lists[l, 1]].
        visitors: int32, row numbers; list l is visited by visitors[lists[l, 2]:lists[l, 3]].
        lists: int64[l, 5]; the last is the number of the cell that the list stands for, -1 for none.
        inner: whether columns meet one another.
        home: int32[n]: cell of each row. Where two rows meet in two cells, they are kept in that of the lower number.
        start: int64[n + 1], where a row's further cells begin in visited.
        visited: int32: further cells of each row.
        threshold: least inner product.
        tile: columns of a tile.
        bounds: int64[w + 1], lists of each worker.
        base: int64[l], where the queries of a list begin in found.
        limit: partners kept a query; further ones are counted only.
        partner: int32[q, limit], out.
        cosine: float32[q, limit], out.
        found: int32[q], out: partners met, kept or not.
    """
    width = unit.shape[1]
    padded = (width + 7) // 8 * 8
    for worker in prange(len(bounds) - 1):
        near = np.zeros((padded, tile), np.float32)
        four = np.zeros((4, padded), np.float32)
        out = np.empty((4, tile), np.float32)
        for at in range(bounds[worker], bounds[worker + 1]):
            begin, end, come, go, cell = lists[at, 0], lists[at, 1], lists[at, 2], lists[at, 3], lists[at, 4]
            own = end - begin if inner else 0
            for first in range(begin, end, tile):
                last = min(first + tile, end)
                _transpose(unit, columns, first, last, near)
                for query in range(0, own + go - come, 4):
                    many = min(4, own + go - come - query)
                    # Of two columns the later is the partner of the earlier.
                    if query + many <= own and begin + query >= last - 1:
                        continue
                    for r in range(many):
                        q = query + r
                        row = columns[begin + q] if q < own else visitors[come + q - own]
                        for k in range(width):
                            four[r, k] = unit[row, k]
                    later = 0
                    if query + many <= own:
                        later = max(0, begin + query - first) // 16 * 16
                    _products(four, near, later, last - first, out)
                    for r in range(many):
                        q = query + r
                        row = columns[begin + q] if q < own else visitors[come + q - own]
                        at_home = home[row]
                        for span in range(later, last - first, _SPAN):
                            stop = min(span + _SPAN, last - first)
                            if not _any(out[r, span:stop], threshold):
                                continue
                            for j in range(span, stop):
                                if not out[r, j] >= threshold:
                                    continue
                                other = columns[first + j]
                                if q < own:
                                    if first + j <= begin + q:
                                        continue
                                elif at_home < cell:
                                    again = False
                                    for p in range(start[other], start[other + 1]):
                                        again |= visited[p] == at_home
                                    if again:
                                        continue
                                place = found[base[at] + q]
                                if place < limit:
                                    partner[base[at] + q, place] = other
                                    cosine[base[at] + q, place] = out[r, j]
                                found[base[at] + q] = place + 1


@njit(cache=True, fastmath={"nnan", "nsz", "reassoc"})
def _largest(values):  # type: ignore[no-untyped-def]
    """The largest value; -2 where there is none."""
    top = np.float32(-2.0)
    for j in range(len(values)):
        top = max(top, values[j])
    return top


@njit(cache=True)
def _note(products, floor, number, cells, cosines):  # type: ignore[no-untyped-def]
    """Insert number + j for every products[j] that reaches the floor, best first, ties to the first met."""
    keep = len(cells)
    for span in range(0, len(products), _SPAN):
        stop = min(span + _SPAN, len(products))
        if not _any(products[span:stop], max(floor, cosines[keep - 1])):
            continue
        for j in range(span, stop):
            if products[j] >= floor and products[j] > cosines[keep - 1]:
                place = keep - 1
                while place > 0 and products[j] > cosines[place - 1]:
                    cosines[place] = cosines[place - 1]
                    cells[place] = cells[place - 1]
                    place -= 1
                cosines[place] = products[j]
                cells[place] = number + j


@njit(cache=True, parallel=True)
def best(unit, rows, blocks, columns, tile, margin, cells, cosines):  # type: ignore[no-untyped-def]
    """Each row's best columns, best first, ties to the lower number.

    Args:
        unit: float32[n, d].
        rows: int32, row numbers.
        blocks: int64[b, 4]: block b compares rows[blocks[b, 0]:blocks[b, 1]] with columns blocks[b, 2]..blocks[b, 3].
            No row stands in two blocks.
        columns: float32[c, d].
        tile: columns of a tile.
        margin: a column this much worse than the row's best is not noted.
        cells: int32[n, p], in and out: column numbers, -1 for none yet.
        cosines: float32[n, p], in and out; -2 for none yet.
    """
    width = unit.shape[1]
    padded = (width + 7) // 8 * 8
    for b in prange(len(blocks)):
        low, count = blocks[b, 2], blocks[b, 3] - blocks[b, 2]
        tiles = (count + tile - 1) // tile
        every = np.arange(blocks[b, 3])
        packed = np.zeros((tiles, padded, tile), np.float32)
        for t in range(tiles):
            _transpose(columns, every, low + t * tile, min(low + t * tile + tile, blocks[b, 3]), packed[t])
        some = np.zeros((_ROWS, padded), np.float32)
        out = np.empty((tiles, _ROWS, tile), np.float32)
        for query in range(blocks[b, 0], blocks[b, 1], _ROWS):
            many = min(_ROWS, blocks[b, 1] - query)
            for r in range(many):
                for k in range(width):
                    some[r, k] = unit[rows[query + r], k]
            for t in range(tiles):
                for r in range(0, many, 4):
                    _products(some[r : r + 4], packed[t], 0, tile, out[t][r : r + 4])
            for r in range(many):
                row = rows[query + r]
                nearest = cosines[row, 0]
                for t in range(tiles):
                    nearest = max(nearest, _largest(out[t, r, : min(tile, count - t * tile)]))
                for t in range(tiles):
                    met = out[t, r, : min(tile, count - t * tile)]
                    _note(met, nearest - margin, low + t * tile, cells[row], cosines[row])


@njit(cache=True, parallel=True, fastmath={"contract"})
def descend(unit, order, above, first, packed, begin, margin, cells, cosines):  # type: ignore[no-untyped-def]
    """Each row's best leaves among those below its nearest tops, best first, ties to the first met.

    Args:
        unit: float32[n, d].
        order: int32[n], rows in the order of their nearest top, so that its leaves stay in the cache.
        above: int32[n, r], tops of each row, -1 from where on there are none.
        first: int64[t + 1], number of each top's first leaf.
        packed: float32, the leaves of each top transposed [d', w], d' and w padded with zeros to 8 and 16, one after
            the other.
        begin: int64[t + 1], where each top's leaves begin in `packed`.
        margin: a leaf this much worse than the row's best is not noted.
        cells: int32[n, p], out.
        cosines: float32[n, p], out; -2 where there are none.
    """
    rows, width = len(order), unit.shape[1]
    padded = (width + 7) // 8 * 8
    widest = np.int64(0)
    for top in range(len(first) - 1):
        widest = max(widest, (begin[top + 1] - begin[top]) // padded)
    for chunk in prange((rows + 1023) // 1024):
        row = np.zeros(padded, np.float32)
        out = np.empty((above.shape[1], widest), np.float32)
        for at in range(chunk * 1024, min(rows, chunk * 1024 + 1024)):
            i = order[at]
            for k in range(width):
                row[k] = unit[i, k]
            nearest = np.float32(-2.0)
            for rank in range(above.shape[1]):
                top = above[i, rank]
                if top < 0:
                    break
                wide = (begin[top + 1] - begin[top]) // padded
                leaves = packed[begin[top] : begin[top + 1]].reshape(padded, wide)
                sums = out[rank, :wide]
                sums[:] = 0.0
                for k in range(0, padded, 8):
                    a0, a1, a2, a3 = row[k], row[k + 1], row[k + 2], row[k + 3]
                    a4, a5, a6, a7 = row[k + 4], row[k + 5], row[k + 6], row[k + 7]
                    for j in range(wide):
                        sums[j] += (
                            a0 * leaves[k, j]
                            + a1 * leaves[k + 1, j]
                            + a2 * leaves[k + 2, j]
                            + a3 * leaves[k + 3, j]
                            + a4 * leaves[k + 4, j]
                            + a5 * leaves[k + 5, j]
                            + a6 * leaves[k + 6, j]
                            + a7 * leaves[k + 7, j]
                        )
                nearest = max(nearest, _largest(sums[: first[top + 1] - first[top]]))
            for rank in range(above.shape[1]):
                top = above[i, rank]
                if top < 0:
                    break
                _note(out[rank, : first[top + 1] - first[top]], nearest - margin, first[top], cells[i], cosines[i])


@njit(cache=True)
def compact(found, limit, query, partner, cosine, a, b, cos):  # type: ignore[no-untyped-def]
    """Copy the kept partners of each query next to each other: a = query's row, b = partner's."""
    at = 0
    for q in range(len(found)):
        for k in range(min(found[q], limit)):
            a[at] = query[q]
            b[at] = partner[q, k]
            cos[at] = cosine[q, k]
            at += 1

"""Who meets whom over a threshold: by signs first, then by products.

Rows at an angle t differ in the sign of a random projection with chance t / pi (Charikar 2002, "Similarity estimation
techniques from rounding algorithms"). Comparing 256 signs takes a tenth of the time of a product, and only where they
leave a chance two rows are multiplied. The signs are those of what a row has beyond its cell's centre, which tells rows
of one subject apart. Projections are Hadamard transforms of rows some of whose signs are changed at random (Ailon &
Chazelle 2009), of 16 rows at once. Sums run in one fixed order: results depend on no thread.
"""

from __future__ import annotations

import numpy as np
from numba import njit, prange

#: Rows whose signs are made at once, one to a lane; rows of a chunk that a thread takes at once.
_LANES = 16
_CHUNK = 1024
_MOST = np.uint64(255)
_ONE, _TWO, _FOUR, _TOP = np.uint64(1), np.uint64(2), np.uint64(4), np.uint64(56)
_EVERY_OTHER, _PAIRS = np.uint64(0x5555555555555555), np.uint64(0x3333333333333333)
_NIBBLES, _BYTES = np.uint64(0x0F0F0F0F0F0F0F0F), np.uint64(0x0101010101010101)


@njit(cache=True)
def _ones(x):  # type: ignore[no-untyped-def]
    """Bits set in a word, in the form that compilers turn into one instruction."""
    x = x - ((x >> _ONE) & _EVERY_OTHER)
    x = (x & _PAIRS) + ((x >> _TWO) & _PAIRS)
    x = (x + (x >> _FOUR)) & _NIBBLES
    return (x * _BYTES) >> _TOP


@njit(cache=True)
def _butterflies(rows):  # type: ignore[no-untyped-def]
    """Hadamard transform of float32[2^p * 16], 16 lanes at a time, in place; without its factor."""
    half = _LANES
    while half < len(rows):
        for first in range(0, len(rows), 2 * half):
            low, high = rows[first : first + half], rows[first + half : first + 2 * half]
            for j in range(half):
                x, y = low[j], high[j]
                low[j], high[j] = x + y, x - y
        half *= 2


@njit(cache=True)
def _changed(rows, flips, out):  # type: ignore[no-untyped-def]
    """out = rows with their signs changed where flips says so; may be the rows."""
    for j in range(len(flips)):
        out[j] = rows[j] * flips[j]


@njit(cache=True)
def _word(lanes, first, r):  # type: ignore[no-untyped-def]
    """Signs of lane r in the rows first, ..., first + 63."""
    bits = np.uint64(0)
    for k in range(64):
        bits |= np.uint64(lanes[(first + k) * _LANES + r] > 0.0) << np.uint64(k)
    return bits


@njit(cache=True)
def _sign(unit, rows, first, many, centre, flips, held, given, turned, words, square):  # type: ignore[no-untyped-def]
    """Signs of up to 16 rows less a centre, and their squared lengths.

    Args:
        unit: float32[n, d].
        rows: int32, row numbers, of which those from `first` on count, `many` of them.
        centre: float32[d].
        flips: float32[t, 2, D * 16], -1 or 1, the same 16 times; D is a power of two, at least d, and t * D at
            least the number of signs.
        held: float32[16 * d], scratch: zeros, or rows of before.
        given: float32[D * 16], scratch: zeros from d * 16 on.
        turned: float32[D * 16], scratch.
        words: uint64[w, 16], out: w is a multiple of t.
        square: float32[16], out.
    """
    times, width = len(flips), len(centre)
    for r in range(many):
        row = rows[first + r]
        for k in range(width):
            held[r * width + k] = unit[row, k]
    for r in range(_LANES):
        square[r] = np.float32(0.0)
    for k in range(width):
        for r in range(_LANES):
            beyond = held[r * width + k] - centre[k]
            given[k * _LANES + r] = beyond
            square[r] += beyond * beyond
    for t in range(times):
        _changed(given, flips[t, 0], turned)
        _butterflies(turned)
        _changed(turned, flips[t, 1], turned)
        _butterflies(turned)
        for word in range(len(words) // times):
            for r in range(_LANES):
                words[t * (len(words) // times) + word, r] = _word(turned, word * 64, r)


@njit(cache=True, parallel=True)
def sign(unit, flips, out):  # type: ignore[no-untyped-def]
    """unit float32[n, d], flips as in `_sign` -> out uint64[n, 2], signs of the rows themselves."""
    n, width = unit.shape
    for chunk in prange((n + _CHUNK - 1) // _CHUNK):
        centre = np.zeros(width, np.float32)
        held, given = np.zeros(_LANES * width, np.float32), np.zeros(flips.shape[2], np.float32)
        turned = np.empty_like(given)
        words, square = np.empty((2, _LANES), np.uint64), np.empty(_LANES, np.float32)
        rows = np.arange(chunk * _CHUNK, min(n, chunk * _CHUNK + _CHUNK))
        for first in range(0, len(rows), _LANES):
            many = min(_LANES, len(rows) - first)
            _sign(unit, rows, first, many, centre, flips, held, given, turned, words, square)
            for r in range(many):
                out[rows[first + r], 0], out[rows[first + r], 1] = words[0, r], words[1, r]


@njit(cache=True, fastmath={"contract", "reassoc"})
def _four(one, i, other, rows, at, out):  # type: ignore[no-untyped-def]
    """out[at + e]: inner product of row i of one with row rows[at + e] of the other, e = 0 to 3."""
    j0, j1, j2, j3 = rows[at], rows[at + 1], rows[at + 2], rows[at + 3]
    s0, s1, s2, s3 = np.float32(0.0), np.float32(0.0), np.float32(0.0), np.float32(0.0)
    for k in range(one.shape[1]):
        x = one[i, k]
        s0 += x * other[j0, k]
        s1 += x * other[j1, k]
        s2 += x * other[j2, k]
        s3 += x * other[j3, k]
    out[at], out[at + 1], out[at + 2], out[at + 3] = s0, s1, s2, s3


@njit(cache=True)
def _inverse(square):  # type: ignore[no-untyped-def]
    """One over the distance; large where it is nothing."""
    return np.float32(1.0) / np.sqrt(max(square, np.float32(1e-12)))


@njit(cache=True)
def _allowed(table, one, inverse_one, other, inverse_other, radius):  # type: ignore[no-untyped-def]
    """Signs in which two rows may differ that are to be multiplied, -1 for none such.

    Two rows whose distance is at most the radius are seen from the centre under an angle whose cosine is at least this.

    Args:
        table: int64[257], by cosine from -1 to 1.
        one: squared distance of the one from the centre.
        inverse_one: one over the distance.
        other: the same of the other.
        inverse_other: the same.
        radius: squared.
    """
    cosine = (one + other - radius) * inverse_one * inverse_other * np.float32(0.5)
    if cosine > 1.0001:
        return -1
    return table[np.int64((max(cosine, np.float32(-1.0)) + np.float32(1.0)) * np.float32(128.0))]


@njit(cache=True)
def _flag(words, low, high, x, most, flags, apart):  # type: ignore[no-untyped-def]
    """apart[low:high]: in how many signs, up to 255, the words x differ from words[:, j]; flags: whether in few."""
    a, b, c, d = words[0, low:high], words[1, low:high], words[2, low:high], words[3, low:high]
    x0, x1, x2, x3, out, differ = x[0], x[1], x[2], x[3], flags[low:high], apart[low:high]
    for j in range(len(out)):
        ones = _ones(a[j] ^ x0) + _ones(b[j] ^ x1) + _ones(c[j] ^ x2) + _ones(d[j] ^ x3)
        out[j] = np.uint8(ones <= most)
        differ[j] = np.uint8(min(ones, _MOST))


@njit(cache=True)
def _likely(words, length, inverses, edge, table, radius, low, size, x, away, flags, eight, apart, hit):  # type: ignore[no-untyped-def]
    """Columns from `low` on whose signs leave a chance, into hit; how many.

    Args:
        words: uint64[4, m], signs of the columns.
        length: float32[m], their squared distances from the centre.
        inverses: float32[m], one over the distances.
        edge: float32[2], the least and the most of `length`.
        x: uint64[4], signs of the row that asks.
        away: its squared distance from the centre.
    """
    inverse = _inverse(away)
    # The angle may be largest to a column at this distance.
    widest = min(max(away - radius, edge[0]), edge[1])
    most = _allowed(table, away, inverse, widest, _inverse(widest), radius)
    if most < 0:
        return 0
    _flag(words, low // 8 * 8, size, x, np.uint64(most), flags, apart)
    found = 0
    for word in range(low // 8, (size + 7) // 8):
        if eight[word] != 0:
            for j in range(word * 8, word * 8 + 8):
                hit[found] = j
                found += int(flags[j])
    likely = 0
    for h in range(found):
        j = hit[h]
        hit[likely] = j
        allowed = _allowed(table, away, inverse, length[j], inverses[j], radius)
        likely += int((j >= low) & (np.int64(apart[j]) <= allowed))
    return likely


@njit(cache=True)
def _work(  # type: ignore[no-untyped-def]
    unit, leaves, flips, table, columns, visitors, lists, inner, home, start, visited, threshold, limit, stop, at, done,
    a, b, cosine, worker, radius, floats, words, flags, eight, apart, hit,
):  # fmt: skip
    """`meet` for one worker; how many pairs it found. What comes after `radius` is scratch."""
    length, inverses, edge, dots, held, given, turned, lengths, centre = floats
    signs, lanes, x = words
    room, kept = a.shape[1], 0
    while at[worker] < stop[worker] and kept + limit <= room:
        this = at[worker]
        begin, end, come, go, cell = lists[this, 0], lists[this, 1], lists[this, 2], lists[this, 3], lists[this, 4]
        size = end - begin
        if cell >= 0:
            for k in range(len(centre)):
                centre[k] = leaves[cell, k]
        edge[0], edge[1] = np.float32(9.0), np.float32(0.0)
        for j in range(0, size, _LANES):
            many = min(_LANES, size - j)
            _sign(unit, columns, begin + j, many, centre, flips, held, given, turned, lanes, lengths)
            for r in range(many):
                length[j + r], inverses[j + r] = lengths[r], _inverse(lengths[r])
                edge[0], edge[1] = min(edge[0], lengths[r]), max(edge[1], lengths[r])
                for word in range(4):
                    signs[word, j + r] = lanes[word, r]
        for j in range(size, (size + 7) // 8 * 8):
            flags[j] = 0
        own = size if inner else 0
        batch = -1
        while done[worker] < own + go - come and kept + limit <= room:
            query = done[worker]
            done[worker] += 1
            # Of two columns the later is the partner of the earlier.
            low = query + 1 if query < own else 0
            if query < own:
                row, away = columns[begin + query], length[query]
                for word in range(4):
                    x[word] = signs[word, query]
            else:
                lane = (query - own) % _LANES
                if batch != query - own - lane:
                    batch = query - own - lane
                    many = min(_LANES, go - come - batch)
                    _sign(unit, visitors, come + batch, many, centre, flips, held, given, turned, lanes, lengths)
                row, away = visitors[come + query - own], lengths[lane]
                for word in range(4):
                    x[word] = lanes[word, lane]
            likely = _likely(
                signs, length, inverses, edge, table, radius, low, size, x, away, flags, eight, apart, hit
            )  # fmt: skip
            for h in range(likely):
                hit[h] = columns[begin + hit[h]]
            for e in range(likely, likely + 4):
                hit[e] = row
            full = kept + limit
            for group in range(0, likely, 4):
                _four(unit, row, unit, hit, group, dots)
                for h in range(group, min(group + 4, likely)):
                    if not dots[h] >= threshold or kept == full:
                        continue
                    other = hit[h]
                    if query >= own and home[row] < cell:
                        again = False
                        for p in range(start[other], start[other + 1]):
                            again |= visited[p] == home[row]
                        if again:
                            continue
                    a[worker, kept], b[worker, kept], cosine[worker, kept] = row, other, dots[h]
                    kept += 1
                if kept == full:
                    break
        if done[worker] == own + go - come:
            done[worker] = 0
            at[worker] += 1
    return kept


@njit(cache=True, parallel=True)
def meet(  # type: ignore[no-untyped-def]
    unit, leaves, flips, table, columns, visitors, lists, inner, home, start, visited, threshold, limit, turns, stop,
    at, done, a, b, cosine, filled,
):  # fmt: skip
    """Rows that meet in a list: columns with one another (`inner`), then visitors with columns.

    Each worker goes on where it was until its lists are done or its part of the output is full.

    Args:
        unit: float32[n, d], rows of length 1.
        leaves: float32[c, d], centres of cells.
        flips: see `_sign`.
        table: int64[257], see `_allowed`.
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
        a: int32[w, m], out: m is at least the limit.
        b: int32[w, m], out.
        cosine: float32[w, m], out.
        filled: int64[w], out: pairs of each worker.
    """
    width, deep = unit.shape[1], flips.shape[2]
    radius = np.float32(2.0 - 2.0 * threshold + 1e-5)
    longest = np.int64(0)
    for some in range(len(lists)):
        longest = max(longest, lists[some, 1] - lists[some, 0])
    longest = (longest + 16) // 8 * 8
    for turn in prange(len(turns)):
        length, inverses, edge = np.empty(longest, np.float32), np.empty(longest, np.float32), np.empty(2, np.float32)
        held, given, turned = (
            np.zeros(_LANES * width, np.float32),
            np.zeros(deep, np.float32),
            np.empty(deep, np.float32),
        )
        lengths, centre, dots = np.empty(_LANES, np.float32), np.zeros(width, np.float32), np.empty(longest, np.float32)
        signs, lanes, x = np.empty((4, longest), np.uint64), np.empty((4, _LANES), np.uint64), np.empty(4, np.uint64)
        flags, apart, hit = np.zeros(longest, np.uint8), np.empty(longest, np.uint8), np.empty(longest, np.int64)
        filled[turns[turn]] = _work(
            unit, leaves, flips, table, columns, visitors, lists, inner, home, start, visited, threshold, limit, stop,
            at, done, a, b, cosine, turns[turn], radius,
            (length, inverses, edge, dots, held, given, turned, lengths, centre), (signs, lanes, x),
            flags, flags.view(np.uint64), apart, hit,
        )  # fmt: skip


@njit(cache=True, parallel=True)
def notice(unit, leaves, flips, table, threshold, a, b, cell, out):  # type: ignore[no-untyped-def]
    """Whether `meet` would multiply rows a[p], b[p] in their cell: out bool[p]. Pairs of one cell are best together."""
    radius = np.float32(2.0 - 2.0 * threshold + 1e-5)
    width, half = unit.shape[1], _LANES // 2
    for chunk in prange((len(a) + _CHUNK - 1) // _CHUNK):
        given, turned = np.zeros(flips.shape[2], np.float32), np.empty(flips.shape[2], np.float32)
        held, centre = np.zeros(_LANES * width, np.float32), np.zeros(width, np.float32)
        words, square, rows = np.empty((4, _LANES), np.uint64), np.empty(_LANES, np.float32), np.empty(_LANES, np.int32)
        first, until = chunk * _CHUNK, min(len(a), chunk * _CHUNK + _CHUNK)
        while first < until:
            many = 0
            while many < half and first + many < until and cell[first + many] == cell[first]:
                rows[2 * many], rows[2 * many + 1] = a[first + many], b[first + many]
                many += 1
            for k in range(width):
                centre[k] = leaves[cell[first], k]
            _sign(unit, rows, 0, 2 * many, centre, flips, held, given, turned, words, square)
            for p in range(many):
                x, y = 2 * p, 2 * p + 1
                differ = np.int64(0)
                for word in range(4):
                    differ += np.int64(_ones(words[word, x] ^ words[word, y]))
                allowed = _allowed(table, square[x], _inverse(square[x]), square[y], _inverse(square[y]), radius)
                out[first + p] = min(differ, np.int64(_MOST)) <= allowed
            first += many

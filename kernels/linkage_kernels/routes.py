"""The nearest of many centroids: those whose signs (`signs`) are most like a row's are multiplied with it.

Signs of eight centroids are compared in a vector register. Sums run in one fixed order: results depend on no thread.
"""

from __future__ import annotations

import numpy as np
from numba import njit, prange

#: Rows of a chunk that a thread takes at once.
_CHUNK = 1024
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
def _differing(first, second, a, b, out):  # type: ignore[no-untyped-def]
    """out uint8[n]: signs in which the words a, b differ from first[j], second[j]."""
    for j in range(len(first)):
        out[j] = np.uint8(_ones(first[j] ^ a) + _ones(second[j] ^ b))


@njit(cache=True)
def _least(values):  # type: ignore[no-untyped-def]
    """The least of some uint8."""
    least = np.uint8(255)
    for j in range(len(values)):
        least = min(least, values[j])
    return least


@njit(cache=True)
def _count(values, most):  # type: ignore[no-untyped-def]
    """How many uint8 are at most this; counted in 32 bits, which the compiler vectorises."""
    count = np.uint32(0)
    for j in range(len(values)):
        count += np.uint32(values[j] <= most)
    return count


@njit(cache=True)
def _within(values, most, flags):  # type: ignore[no-untyped-def]
    """flags uint8[n]: whether a value is at most this."""
    for j in range(len(values)):
        flags[j] = np.uint8(values[j] <= most)


@njit(cache=True)
def _hits(flags, eight, low, high, hit, found):  # type: ignore[no-untyped-def]
    """Places whose flag is set, into hit[found:]; how many there are then.

    Flags are bytes, looked at eight in a word: those of the words that hold low to high - 1.
    """
    for word in range(low // 8, (high + 7) // 8):
        if eight[word] != 0:
            for j in range(word * 8, word * 8 + 8):
                hit[found] = j
                found += np.int64(flags[j])
    return found


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
def _lead(  # type: ignore[no-untyped-def]
    unit, words, leaves, first, second, reach, margin, cells, cosines, since, until, apart, flags, eight, hit, dots
):  # fmt: skip
    """`route` for the rows from `since` to `until`; the arrays from `apart` on are scratch."""
    count, keep = len(leaves), cells.shape[1]
    for i in range(since, until):
        _differing(first, second, words[i, 0], words[i, 1], apart)
        most = np.int64(_least(apart))
        for step in (16, 8, 4, 2, 1):
            if _count(apart, np.uint8(most + step)) <= reach:
                most += step
        _within(apart, np.uint8(most), flags)
        found = min(_hits(flags, eight, 0, count, hit, 0), reach)
        for at in range(found, found + 4):
            hit[at] = hit[0]
        nearest = np.float32(-2.0)
        for at in range(0, found, 4):
            _four(unit, i, leaves, hit, at, dots)
            for e in range(at, at + 4):
                nearest = max(nearest, dots[e])
        some = nearest != 0.0
        for k in range(unit.shape[1]):
            some |= unit[i, k] != 0.0
        for at in range(found if some else 0):
            if dots[at] < nearest - margin or dots[at] <= cosines[i, keep - 1]:
                continue
            place = keep - 1
            while place > 0 and dots[at] > cosines[i, place - 1]:
                cosines[i, place], cells[i, place] = cosines[i, place - 1], cells[i, place - 1]
                place -= 1
            cosines[i, place], cells[i, place] = dots[at], hit[at]


@njit(cache=True, parallel=True)
def route(unit, words, leaves, first, second, reach, margin, cells, cosines):  # type: ignore[no-untyped-def]
    """The nearest of each row's likely leaves, best first, ties to the lower number.

    Args:
        unit: float32[n, d].
        words: uint64[n, 2], signs of the rows.
        leaves: float32[c, d], at least one.
        first: uint64[c], signs of the leaves.
        second: uint64[c].
        reach: leaves that a row is multiplied with at most: those whose signs differ least.
        margin: a leaf this much less near than the row's nearest is not noted.
        cells: int32[n, p], in and out: leaves, -1 for none; a zero row has none.
        cosines: float32[n, p], in and out; -2 for none.
    """
    rows, count = len(unit), len(leaves)
    for chunk in prange((rows + _CHUNK - 1) // _CHUNK):
        apart = np.empty(count, np.uint8)
        flags = np.zeros((count + 7) // 8 * 8, np.uint8)
        eight = flags.view(np.uint64)
        hit, dots = np.empty(count + 16, np.int64), np.empty(count + 4, np.float32)
        since, until = chunk * _CHUNK, min(rows, chunk * _CHUNK + _CHUNK)
        _lead(
            unit, words, leaves, first, second, reach, margin, cells, cosines, since, until, apart, flags, eight, hit,
            dots,
        )  # fmt: skip

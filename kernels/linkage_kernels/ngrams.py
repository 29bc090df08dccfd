"""Texts as unit vectors: hashed n-grams of characters, of any language and script.

Feature hashing with signs (Weinberger et al. 2009): a text is the set of its n-grams, each adds 1 or -1, as its hash
says, to one of the vector's numbers, and the dot product of two unit rows estimates the cosine of the two sets. N-grams
are not weighed by how rare they are: a vector depends on its text alone, and neither do the rare languages of a corpus
look alike, nor do a campaign's own prompts make their template worthless.

An n-gram is as many characters as make up `size`; one at or beyond U+2E80 (kana, Han, Hangul, emoji) counts as two,
since it says as much as two letters. Nothing is split at spaces, so that scripts without them are no special case.
Texts come as one array of UTF-8 bytes and where each begins. All are folded on the way, by a table: case, width and
other compatibility forms, accents, white space and punctuation (one space), and control characters (nothing).
"""

from __future__ import annotations

import unicodedata
from functools import cache
from typing import Any, Final

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

#: Characters that fold: all that have case or a compatibility form, or nearly, lie below.
FOLDED: Final = 0x20000
_BLOCK: Final = 512  # texts a task, whatever the number of threads
_WIDE: Final = 0x2E80  # from here on a character counts as two


@cache
def folding() -> NDArray[np.uint32]:
    """uint32[FOLDED]: what a character counts as; 0 is nothing, 32 a gap.

    Case folding, then compatibility decomposition without marks, where one character is left of it; a digit counts as
    itself. The table is that of Python's Unicode data.
    """
    fold = np.arange(FOLDED, dtype=np.uint32)
    for code in range(FOLDED):
        character = chr(code)
        kind = unicodedata.category(character)
        if character.isspace() or kind[0] in "PZ":
            fold[code] = 32
        elif kind in ("Cc", "Cf", "Cs") or 0x300 <= code < 0x370 or 0xFE00 <= code < 0xFE10:
            fold[code] = 0
        else:
            parts = unicodedata.normalize("NFKD", character.casefold())
            bare = [each for each in parts if not 0x300 <= ord(each) < 0x370]
            if len(bare) == 1:
                fold[code] = ord(bare[0])
    return fold


def vectors(
    data: NDArray[np.uint8],
    start: NDArray[np.int64],
    size: int,
    least: int,
    out: NDArray[np.float32],
) -> NDArray[np.int32]:
    """Write the unit vector of each text into `out` -> int32[n], its different n-grams (nearly: see below).

    Equal results whatever the number of threads, and whichever other texts there are. An n-gram that comes twice counts
    once, save in long texts, where one may be forgotten and counted again.

    Args:
        data: [bytes], UTF-8, all texts one after the other.
        start: [n + 1], where each text begins; the last is the number of bytes.
        size: characters in an n-gram, 2..16.
        least: a text with fewer different n-grams gets a row of zeros.
        out: [n, width], C-contiguous; width at least 1.

    Raises:
        ValueError: the arrays do not fit each other.
    """
    _check(data, start, size)
    if out.dtype != np.float32 or not out.flags.c_contiguous or out.ndim != 2 or len(out) != len(start) - 1:
        raise ValueError("out must be float32[n, width], C-contiguous, a row a text")
    grams = np.zeros(len(out), np.int32)
    with np.errstate(over="ignore"):  # hashes wrap around; only numpy, where kernels are not compiled, would say so
        _fill(_plain(data, np.uint8), _plain(start, np.int64), folding(), size, least, out, grams)
    return grams


def _check(data: NDArray[np.uint8], start: NDArray[np.int64], size: int) -> None:
    if len(start) == 0 or start[0] != 0 or start[-1] != len(data) or np.any(np.diff(start) < 0):
        raise ValueError("start must rise from 0 to the number of bytes")
    if not 2 <= size <= 16:
        raise ValueError("size must be 2..16")


def _plain(array: NDArray[Any], dtype: type[np.generic]) -> NDArray[Any]:
    """One dtype, order and writability: another (Polars hands out read-only arrays) would compile the kernel again."""
    plain = np.ascontiguousarray(array, dtype)
    return plain if plain.flags.writeable else plain.copy()


@njit(cache=True, inline="always")
def _character(data, at, end):  # type: ignore[no-untyped-def]
    """Codepoint of the UTF-8 sequence at `at`, and where the next begins; what is no UTF-8 is taken byte by byte."""
    first = np.uint32(data[at])
    if first < 0x80:
        return first, at + 1
    if first >= 0xF0 and at + 3 < end:
        code = (first & np.uint32(7)) << np.uint32(18) | (np.uint32(data[at + 1]) & np.uint32(63)) << np.uint32(12)
        code |= (np.uint32(data[at + 2]) & np.uint32(63)) << np.uint32(6) | np.uint32(data[at + 3]) & np.uint32(63)
        return code, at + 4
    if first >= 0xE0 and at + 2 < end:
        code = (first & np.uint32(15)) << np.uint32(12) | (np.uint32(data[at + 1]) & np.uint32(63)) << np.uint32(6)
        return code | np.uint32(data[at + 2]) & np.uint32(63), at + 3
    if first >= 0xC0 and at + 1 < end:
        return (first & np.uint32(31)) << np.uint32(6) | np.uint32(data[at + 1]) & np.uint32(63), at + 2
    return first, at + 1


@njit(cache=True)
def _folded(data, begin, end, fold, codes):  # type: ignore[no-untyped-def]
    """Characters of one text, folded, a gap before and after, into codes uint32[] -> how many, and the highest."""
    codes[0] = 32
    count, last, highest = 1, np.uint32(32), np.uint32(0)
    at = begin
    while at < end:
        code = np.uint32(data[at])
        if code < 0x80:
            at += 1
        else:
            code, at = _character(data, at, end)
        if code < len(fold):
            code = fold[code]
        codes[count] = code
        if code != 0 and code + last != 64:  # two gaps are one: nothing else adds up to 64 with a control character
            count += 1
            last = code
            highest = max(highest, code)
    if last != 32:
        codes[count] = 32
        count += 1
    return count, highest


@njit(cache=True)
def _grams(data, begin, end, fold, size, seen, stamp, codes, grams):  # type: ignore[no-untyped-def]
    """Hashes of the different n-grams of one text into grams uint32[] -> how many. `codes` is scratch.

    `seen` uint32[2^k] remembers, by the last bits of a hash, the stamp of the text and the first bits of the hash.
    """
    factor = np.uint64(0x9E3779B97F4A7C15)
    leaving = np.uint64(1)
    for _ in range(size):
        leaving *= factor
    slots = np.uint64(len(seen) - 1)
    mark = np.uint32(stamp) << np.uint32(22)
    count, highest = _folded(data, begin, end, fold, codes)
    wide = highest >= _WIDE
    hashed, first, weight, found = np.uint64(0), 0, 0, 0
    for k in range(count):
        hashed = hashed * factor + np.uint64(codes[k])
        if not wide:
            if k < size - 1:
                continue
            if k >= size:
                hashed -= np.uint64(codes[k - size]) * leaving
        else:
            weight += 2 if codes[k] >= _WIDE else 1
            if weight < size:
                continue
            while weight - (2 if codes[first] >= _WIDE else 1) >= size:
                weight -= 2 if codes[first] >= _WIDE else 1
                first += 1
            hashed = np.uint64(0)
            for each in range(first, k + 1):
                hashed = hashed * factor + np.uint64(codes[each])
        mixed = (hashed ^ (hashed >> np.uint64(32))) * np.uint64(0xD6E8FEB86659FD93)
        mixed = (mixed ^ (mixed >> np.uint64(32))) * np.uint64(0xD6E8FEB86659FD93)
        slot = mixed >> np.uint64(32) & slots
        tag = mark | np.uint32(mixed >> np.uint64(42))
        if seen[slot] != tag:
            seen[slot] = tag
            grams[found] = np.uint32(mixed >> np.uint64(32))
            found += 1
    return found


@njit(cache=True, parallel=True)
def _fill(data, start, fold, size, least, out, distinct):  # type: ignore[no-untyped-def]
    """Rows of `out` and their numbers of n-grams; each task owns a block of rows."""
    n, width = out.shape
    for block in prange((n + _BLOCK - 1) // _BLOCK):
        low, high = block * _BLOCK, min((block + 1) * _BLOCK, n)
        widest = 0
        for text in range(low, high):
            widest = max(widest, start[text + 1] - start[text])
        codes, grams = np.empty(widest + 2, np.uint32), np.empty(widest + 2, np.uint32)
        seen = np.zeros(8192, np.uint32)
        for text in range(low, high):
            row = out[text]
            row[:] = 0.0
            found = _grams(data, start[text], start[text + 1], fold, size, seen, text - low + 1, codes, grams)
            distinct[text] = found
            if found < least:
                continue
            for k in range(found):
                gram = grams[k]
                place = np.int64(gram >> np.uint32(8)) * width >> 24
                row[place] += np.float32(1.0) - np.float32(2.0) * np.float32(gram & np.uint32(1))
            square = np.int64(0)  # of whole numbers so far: exact in any order
            for k in range(width):
                each = np.int64(np.int32(row[k]))
                square += each * each
            if square > 0:
                scale = np.float32(1.0 / np.sqrt(square))
                for k in range(width):
                    row[k] *= scale

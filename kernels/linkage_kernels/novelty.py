"""How surprising texts are to who has read others: an n-gram model of bytes, of any language and script.

Of a byte, given those before it, the chance is the share of the reference's texts with these that have it as well,
backed off from `order` bytes to none (interpolated as in Witten & Bell 1991, a text counting once). No text is counted
among those it is judged by. Text that no person writes, words in no order and fields filled at random, is new at every
turn, whatever it is about.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

_BLOCK: Final = 64  # texts a task, whatever the number of threads
_PRIME: Final = np.uint64(0x9E3779B97F4A7C15)
#: Figures of a text: see `surprise`.
FIGURES: Final = 5


def surprise(
    data: NDArray[np.uint8], start: NDArray[np.int64], reference: NDArray[np.int64], order: int, span: int
) -> NDArray[np.float32]:
    """Bits a byte of each text costs who knows the reference -> float32[n, FIGURES].

    Mean over the text; the mean less what a byte costs who looks at two at a time; the highest mean over `span` bytes
    in a row, the mean over the first `span` and over the last (each over all of a shorter text): what is asked stands
    at either end as a rule. Texts without bytes get zeros. N-grams share 2^22 counters or more by their hash,
    few by accident. Equal results whatever the number of threads.

    Args:
        data: uint8[bytes], UTF-8, all texts one after the other.
        start: int64[n + 1], where each text begins; the last is the number of bytes.
        reference: int64[m], different text numbers, any order.
        order: bytes of an n-gram, 2..16.
        span: bytes, 1 or more.

    Raises:
        ValueError: order or span out of range.
    """
    if not 2 <= order <= 16 or span < 1:
        raise ValueError("order must be 2..16 and span at least 1")
    begin, chosen = _plain(start, np.int64), _plain(reference, np.int64)
    content = _plain(data, np.uint8)
    own = np.zeros(max(len(begin) - 1, 0), np.int32)
    own[chosen] = 1
    read = int((begin[chosen + 1] - begin[chosen]).sum()) * order
    count = np.zeros(1 << max(22, min(27, read.bit_length())), np.int32)
    out = np.zeros((len(own), FIGURES), np.float32)
    with np.errstate(over="ignore"):  # hashes wrap around; only numpy, where kernels are not compiled, would say so
        _read(content, begin, chosen, order, count)
        _judge(content, begin, own, len(chosen), order, span, count, out)
    return out


def _plain(array: NDArray[Any], dtype: type[np.generic]) -> NDArray[Any]:
    """One dtype, order and writability: another would compile the kernel again."""
    plain = np.ascontiguousarray(array, dtype)
    return plain if plain.flags.writeable else plain.copy()


@njit(cache=True, inline="always")
def _longer(key, byte):  # type: ignore[no-untyped-def]
    """Hash of an n-gram that is one byte longer to the left."""
    key = (key ^ (np.uint64(byte) + np.uint64(1))) * _PRIME
    return key ^ (key >> np.uint64(29))


@njit(cache=True)
def _read(data, start, reference, order, count):  # type: ignore[no-untyped-def]
    """In how many texts of the reference each n-gram is, by hash."""
    last = np.full(len(count), -1, np.int32)
    mask = np.uint64(len(count) - 1)
    for row in range(len(reference)):
        text = reference[row]
        for at in range(start[text], start[text + 1]):
            key = np.uint64(0)
            for k in range(min(order, at - start[text] + 1)):
                key = _longer(key, data[at - k])
                slot = key & mask
                if last[slot] != row:
                    last[slot] = row
                    count[slot] += 1


@njit(cache=True, parallel=True)
def _judge(data, start, own, texts, order, span, count, out):  # type: ignore[no-untyped-def]
    mask = np.uint64(len(count) - 1)
    for block in prange((len(own) + _BLOCK - 1) // _BLOCK):
        before = np.zeros(order + 1, np.int64)
        seen = np.zeros(order + 1, np.int64)
        held = np.zeros(span)
        for text in range(block * _BLOCK, min(len(own), block * _BLOCK + _BLOCK)):
            begin, end = start[text], start[text + 1]
            known = texts - own[text]
            total, simple, running, most, first = 0.0, 0.0, 0.0, 0.0, 0.0
            before[:] = 0
            before[0] = known
            for at in range(begin, end):
                key = np.uint64(0)
                seen[:] = 0
                seen[0] = known
                chance, plain = 1.0 / 256.0, 1.0 / 256.0
                for k in range(min(order, at - begin + 1)):
                    key = _longer(key, data[at - k])
                    seen[k + 1] = count[key & mask] - own[text]
                    # Counters shared by accident must not make a chance above one.
                    chance = min(1.0, (min(seen[k + 1], before[k]) + chance) / (before[k] + 1.0))
                    if k == 1 or (k == 0 and at == begin):
                        plain = chance
                before[:] = seen
                bits = -np.log2(chance)
                total += bits
                simple -= np.log2(plain)
                place = (at - begin) % span
                if at - begin >= span:
                    running -= held[place]
                held[place] = bits
                running += bits
                if at - begin + 1 == span:
                    first = running
                if at - begin + 1 >= span:
                    most = max(most, running)
            size = end - begin
            if size > 0:
                out[text, 0] = total / size
                out[text, 1] = (total - simple) / size
                out[text, 2] = most / span if size >= span else total / size
                out[text, 3] = first / span if size >= span else total / size
                out[text, 4] = running / min(size, span)

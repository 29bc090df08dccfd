"""When accounts were active, in short bins: 64 bins a block, a bit mask a block that an account was active in."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

#: Bins of a block: the bits of a mask.
BLOCK = 64


class Beats(NamedTuple):
    """When n accounts were active, at one width of bin. Accounts active in too few blocks have no rows."""

    start: NDArray[np.int64]  # [n + 1]: rows of an account
    block: NDArray[np.int32]  # [r], ascending in an account
    mask: NDArray[np.uint64]  # [r]: bins of the block in which the account was active
    met: NDArray[np.int32]  # [r]: accounts met in these bins, with repetition
    place: NDArray[np.int32]  # [blocks]: row of a block in what follows; -1: nobody was active
    crowd: NDArray[np.int32]  # [used * 64]: accounts active in a bin, all accounts
    total: NDArray[np.int64]  # [used]: the sum of a block's crowds
    pairs: NDArray[np.int64]  # [used]: the sum of crowd * (crowd - 1)


def beats(start: NDArray[np.int64], second: NDArray[np.int32], width: int, least: int) -> Beats:
    """Bins of activity.

    Args:
        start: [n + 1], rows of an account in `second`.
        second: [m], not negative, ascending in an account.
        width: seconds of a bin.
        least: accounts active in fewer blocks get no rows (they count in the crowd).
    """
    last = int(second.max(initial=-1))
    used = np.zeros(last // (width * BLOCK) + 1 if last >= 0 else 0, np.bool_)
    blocks = np.zeros(len(start) - 1, np.int64)
    _count_blocks(start, second, width, used, blocks)
    place = np.where(used, np.cumsum(used) - 1, -1).astype(np.int32)
    crowd = np.zeros(int(used.sum()) * BLOCK, np.int32)
    _count_crowd(start, second, width, place, crowd)
    rows = np.zeros(len(start), np.int64)
    np.cumsum(np.where(blocks >= max(1, least), blocks, 0), out=rows[1:])
    out = Beats(
        rows,
        np.empty(rows[-1], np.int32),
        np.zeros(rows[-1], np.uint64),
        np.zeros(rows[-1], np.int32),
        place,
        crowd,
        crowd.reshape(-1, BLOCK).sum(axis=1, dtype=np.int64),
        (crowd.astype(np.int64) * (crowd - 1)).reshape(-1, BLOCK).sum(axis=1),
    )
    _fill(start, second, width, place, crowd, out.start, out.block, out.mask, out.met)
    return out


@njit(cache=True, parallel=True)
def _count_blocks(start, second, width, used, blocks):  # type: ignore[no-untyped-def]
    """Distinct blocks of each account into `blocks`, and which blocks are used at all into `used`."""
    span = width * BLOCK
    for account in prange(len(start) - 1):
        last = -1
        for row in range(start[account], start[account + 1]):
            block = second[row] // span
            if block != last:
                blocks[account] += 1
                used[block] = True  # every writer writes the same
                last = block


@njit(cache=True)
def _count_crowd(start, second, width, place, crowd):  # type: ignore[no-untyped-def]
    """Add the accounts active in each bin to `crowd` (zeros)."""
    for account in range(len(start) - 1):
        last = -1
        for row in range(start[account], start[account + 1]):
            bin_ = second[row] // width
            if bin_ != last:
                crowd[place[bin_ // BLOCK] * BLOCK + bin_ % BLOCK] += 1
                last = bin_


@njit(cache=True, parallel=True)
def _fill(start, second, width, place, crowd, rows, block, mask, met):  # type: ignore[no-untyped-def]
    """Blocks, masks and company of the accounts that have rows."""
    for account in prange(len(start) - 1):
        if rows[account] == rows[account + 1]:
            continue
        at = rows[account] - 1
        last = -1
        for row in range(start[account], start[account + 1]):
            bin_ = second[row] // width
            if bin_ == last:
                continue
            if last < 0 or bin_ // BLOCK != last // BLOCK:
                at += 1
                block[at] = bin_ // BLOCK
            mask[at] |= np.uint64(1) << np.uint64(bin_ % BLOCK)
            met[at] += crowd[place[bin_ // BLOCK] * BLOCK + bin_ % BLOCK] - 1
            last = bin_

"""Bipartite projection: accounts that share values -> pairs of accounts with their bits.

A sparse product by rows (Gustavson 1978) that never makes the product: each account's partners are summed in a
scratch row, capped by group and kept only over a threshold. Work goes in blocks of rows, whose pair cost is known
before they start, so the scratch memory is bounded by the block and the result by the pairs that pass.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numba import get_num_threads, njit, prange
from numpy.typing import NDArray

from linkage_kernels.incidence import Incidence

#: The columns of `Pairs`, before they are given out as such.
Columns = tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.float32], NDArray[np.float32]]


class Pairs(NamedTuple):
    """Pairs over the threshold, sorted by a, then b; a < b."""

    a: NDArray[np.int32]  # [p]
    b: NDArray[np.int32]  # [p]
    weight: NDArray[np.float32]  # [p]: bits after caps
    bits: NDArray[np.float32]  # [p, c]: bits by channel, before caps


def scratch_bytes(index: Incidence, block_pairs: int) -> int:
    """Upper bound of the scratch memory of `project`, in bytes, known before it starts."""
    cost = _row_costs(index.account_start, index.visit)
    n, channels = len(cost), len(index.group)
    widest = min(int(cost.max(initial=0)), n) + 1
    workers = 4 * get_num_threads()
    of_worker = 4 * n + widest * (24 + 4 * channels) + 64 * channels + 2048
    return int(max(block_pairs, widest) * (12 + 4 * channels) + workers * of_worker + 40 * n)


def project(index: Incidence, min_bits: float, block_pairs: int = 500_000) -> Pairs:
    """All pairs of accounts whose capped bits reach `min_bits`.

    A shared value adds its bits times 2^(-days between the two uses / half-life), and being of one crowd adds to those
    that share a value at all; channels add up, groups of channels are capped. Equal results whatever the number of
    threads.

    Args:
        index: from `incidence.incidence`.
        min_bits: pairs below this are dropped.
        block_pairs: pair cost of a block of accounts; one account that costs more makes a block of its own.
    """
    channels = len(index.group)
    cost = _row_costs(index.account_start, index.visit)
    room = np.minimum(cost, len(cost))  # an account has no more partners than there are accounts
    blocks = list(_blocks(room, block_pairs))
    # Made once: fresh pages for every block took as long as the work.
    scratch = _nothing(channels, max((int(room[first:last].sum()) for first, last in blocks), default=0))
    slot = np.full((4 * get_num_threads(), len(cost)), -1, np.int32)
    pairs = Pairs(*_nothing(channels))
    for first, last in blocks:
        start = np.zeros(last - first + 1, np.int64)
        np.cumsum(room[first:last], out=start[1:])
        if start[-1] > 0:
            _block(index, np.float32(min_bits), first, start, cost[first:last], slot, scratch, pairs)
    return pairs


def _nothing(channels: int, rows: int = 0) -> Columns:
    """Uninitialised arrays for that many pairs."""
    return (
        np.empty(rows, np.int32),
        np.empty(rows, np.int32),
        np.empty(rows, np.float32),
        np.empty((rows, channels), np.float32),
    )


def _blocks(cost: NDArray[np.int64], budget: int) -> Iterator[tuple[int, int]]:
    """Ranges of rows whose cost stays within the budget, at least one row each."""
    total = np.concatenate(([0], np.cumsum(cost)))
    first = 0
    while first < len(cost):
        last = int(np.searchsorted(total, total[first] + budget, side="right")) - 1
        last = min(max(last, first + 1), len(cost))
        yield first, last
        first = last


def _block(
    index: Incidence,
    min_bits: np.float32,
    first: int,
    start: NDArray[np.int64],
    cost: NDArray[np.int64],
    slot: NDArray[np.int32],
    scratch: Columns,
    pairs: Pairs,
) -> None:
    """One block: fill scratch rows in parallel, then add them to the pairs without the gaps."""
    found = np.zeros(len(cost), np.int64)
    workers = min(len(found), 4 * get_num_threads())
    # Workers get rows of about equal cost, so that a run of busy accounts does not leave the others waiting.
    total = np.concatenate(([0], np.cumsum(cost)))
    bounds = np.searchsorted(total, np.linspace(0, float(total[-1]), workers + 1)).astype(np.int64)
    bounds[0], bounds[-1] = 0, len(found)
    _fill(*index, min_bits, first, start, bounds, slot, *scratch, found)
    before = len(pairs.a)
    for column in pairs:
        # In place: neither the pairs so far nor the block's are ever held twice.
        column.resize((before + int(found.sum()), *column.shape[1:]), refcheck=False)
    _compact(start, found, bounds, before, *scratch, *pairs)


@njit(cache=True)
def _row_costs(account_start, visit):  # type: ignore[no-untyped-def]
    """Partners (with repetition) with a higher number that each account meets -> int64[n]."""
    n = len(account_start) - 1
    cost = np.zeros(n, np.int64)
    for a in range(n):
        for k in range(account_start[a], account_start[a + 1]):
            cost[a] += visit[k, 1] - visit[k, 0] - 1
    return cost


@njit(cache=True, parallel=True)
def _fill(  # type: ignore[no-untyped-def]
    touch,
    account_start,
    visit,
    value,
    group,
    cap,
    crowd,
    among,
    min_bits,
    first,
    start,
    bounds,
    slots,
    out_a,
    out_b,
    out_weight,
    out_bits,
    found,
):
    """Rows first..first+len(found) into the scratch arrays: row r from start[r] on, found[r] pairs of it.

    `slots` has a row for each thread; all is -1 before and after.
    """
    channels = len(group)
    groups = len(cap)
    width = 0
    while (len(account_start) - 1) >> width:
        width += 1
    for worker in prange(len(bounds) - 1):
        low, high = bounds[worker], bounds[worker + 1]
        widest = 0
        for r in range(low, high):
            widest = max(widest, start[r + 1] - start[r])
        slot = slots[worker]
        partner = np.empty(widest + 1, np.int32)
        total = np.zeros(widest * channels, np.float32)
        weighed = np.empty(widest, np.float32)
        passed, spare = np.empty(widest + 1, np.int64), np.empty(widest, np.int64)
        place = np.empty(256, np.int64)
        by_group = np.zeros(groups, np.float32)
        for r in range(low, high):
            a = first + r
            met = 0
            for k in range(account_start[a], account_start[a + 1]):
                row = visit[k, 0]
                rarity = value[visit[k, 2], 0]
                half_life = value[visit[k, 2], 1]
                lane = np.int64(value[visit[k, 2], 2])
                began, ended = touch[row, 1], touch[row, 2]
                # Unsigned places need no look for negative ones, and no branch tells a new partner from an old.
                for other in range(np.uint64(row + 1), np.uint64(visit[k, 1])):
                    b = np.uint64(touch[other, 0])
                    s = np.int64(slot[b])
                    partner[np.uint64(met)] = b
                    new = s < 0
                    s = met if new else s  # type: ignore[assignment]
                    slot[b] = s
                    met += new  # type: ignore[assignment]
                    gap = max(touch[other, 1] - ended, began - touch[other, 2])
                    sum_at = np.uint64(s * channels + lane)
                    if gap > 0:
                        total[sum_at] += rarity * np.float32(2.0 ** (-gap / half_life))
                    else:
                        total[sum_at] += rarity
            kept = 0
            for s in range(met):  # type: ignore[assignment]
                b = partner[s]
                slot[b] = -1
                at = s * channels
                if crowd[a] >= 0 and crowd[a] == crowd[b]:
                    total[at + np.int64(among[crowd[a], 1])] += among[crowd[a], 0]
                weight = np.float32(0.0)
                if groups == 1:
                    for c in range(channels):
                        weight += total[at + c]
                    weight = min(weight, cap[0])
                else:
                    for g in range(groups):
                        by_group[g] = 0.0
                    for c in range(channels):
                        by_group[group[c]] += total[at + c]
                    for g in range(groups):
                        weight += min(by_group[g], cap[g])
                # Partner and place in one number: sorting it puts a row's pairs in the order of the partner.
                passed[kept] = (np.int64(b) << 32) | s
                weighed[s] = weight
                kept += weight >= min_bits
            found[r] = kept
            _sort(passed, kept, spare, place, width)
            for k in range(kept):
                s = passed[k] & 0xFFFFFFFF
                at = start[r] + k
                out_a[at] = a
                out_b[at] = passed[k] >> 32
                out_weight[at] = weighed[s]
                for c in range(channels):
                    out_bits[at, c] = total[s * channels + c]
            total[: met * channels] = 0.0


@njit(cache=True)
def _sort(keys, count, spare, place, bits):  # type: ignore[no-untyped-def]
    """Sort the first `count` of int64 keys by their upper half, of that many bits, in place.

    Most rows are short, and insertion is soonest done with those; the others go by radix, a byte at a time.
    """
    if count <= 48:
        for i in range(1, count):
            key = keys[i]
            j = i - 1
            while j >= 0 and keys[j] > key:
                keys[j + 1] = keys[j]
                j -= 1
            keys[j + 1] = key
        return
    shift = 32
    while shift < 32 + bits:
        place[:] = 0
        for i in range(count):
            place[(keys[i] >> shift) & 255] += 1
        before = 0
        for digit in range(256):
            many = place[digit]
            place[digit] = before
            before += many
        for i in range(count):
            digit = (keys[i] >> shift) & 255
            spare[place[digit]] = keys[i]
            place[digit] += 1
        keys[:count] = spare[:count]
        shift += 8


@njit(cache=True, parallel=True)
def _compact(start, found, bounds, before, in_a, in_b, in_weight, in_bits, a, b, weight, bits):  # type: ignore[no-untyped-def]
    """Copy the found pairs of each row next to each other, from row `before` on."""
    channels = in_bits.shape[1]
    for worker in prange(len(bounds) - 1):
        at = before + found[: bounds[worker]].sum()
        for r in range(bounds[worker], bounds[worker + 1]):
            for k in range(start[r], start[r] + found[r]):
                a[at] = in_a[k]
                b[at] = in_b[k]
                weight[at] = in_weight[k]
                for c in range(channels):
                    bits[at, c] = in_bits[k, c]
                at += 1

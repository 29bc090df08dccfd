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


class Pairs(NamedTuple):
    """Pairs over the threshold, sorted by a, then b; a < b."""

    a: NDArray[np.int32]  # [p]
    b: NDArray[np.int32]  # [p]
    weight: NDArray[np.float32]  # [p]: bits after caps
    bits: NDArray[np.float32]  # [p, c]: bits by channel, before caps


def scratch_bytes(index: Incidence, block_pairs: int) -> int:
    """Upper bound of the scratch memory of `project`, in bytes, known before it starts."""
    cost = _row_costs(index.account_start, index.visit)
    block = max(block_pairs, int(cost.max(initial=0)))
    channels = len(index.group)
    widest = int(cost.max(initial=0))
    workers = 4 * get_num_threads()
    per_worker = 4 * len(cost) + widest * (16 + 4 * channels) + 64 * channels
    return int(block * (12 + 4 * channels) + workers * per_worker + 24 * len(cost))


def project(index: Incidence, min_bits: float, block_pairs: int = 500_000) -> Pairs:
    """All pairs of accounts whose capped bits reach `min_bits`.

    A shared value adds its bits times 2^(-days between the two uses / half-life); channels add up, groups of
    channels are capped. Equal results whatever the number of threads.

    Args:
        index: from `incidence.incidence`.
        min_bits: pairs below this are dropped.
        block_pairs: pair cost of a block of accounts; one account that costs more makes a block of its own.
    """
    channels = len(index.group)
    cost = _row_costs(index.account_start, index.visit)
    out = [Pairs(*_nothing(channels))]
    for first, last in _blocks(cost, block_pairs):
        start = np.zeros(last - first + 1, np.int64)
        np.cumsum(cost[first:last], out=start[1:])
        if start[-1] == 0:
            continue
        out.append(_block(index, np.float32(min_bits), first, start, channels))
    return Pairs(*(np.concatenate(parts) for parts in zip(*out, strict=True)))


def _nothing(
    channels: int, rows: int = 0
) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.float32], NDArray[np.float32]]:
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


def _block(index: Incidence, min_bits: np.float32, first: int, start: NDArray[np.int64], channels: int) -> Pairs:
    """One block: fill scratch rows in parallel, then close the gaps."""
    scratch = _nothing(channels, int(start[-1]))
    found = np.zeros(len(start) - 1, np.int64)
    workers = min(len(found), 4 * get_num_threads())
    # Workers get rows of about equal cost, so that a run of busy accounts does not leave the others waiting.
    bounds = np.searchsorted(start, np.linspace(0, float(start[-1]), workers + 1)).astype(np.int64)
    bounds[0], bounds[-1] = 0, len(found)
    _fill(*index, min_bits, first, start, bounds, *scratch, found)
    kept = Pairs(*_nothing(channels, int(found.sum())))
    _compact(start, found, *scratch, *kept)
    return kept


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
    min_bits,
    first,
    start,
    bounds,
    out_a,
    out_b,
    out_weight,
    out_bits,
    found,
):
    """Rows first..first+len(found) into the scratch arrays: row r from start[r] on, found[r] pairs of it."""
    n = len(account_start) - 1
    channels = len(group)
    groups = len(cap)
    for worker in prange(len(bounds) - 1):
        low, high = bounds[worker], bounds[worker + 1]
        widest = 0
        for r in range(low, high):
            widest = max(widest, start[r + 1] - start[r])
        slot = np.full(n, -1, np.int32)
        partner = np.empty(widest, np.int32)
        total = np.empty(widest * channels, np.float32)
        weighed = np.empty(widest, np.float32)
        passed = np.empty(widest, np.int64)
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
                for other in range(row + 1, visit[k, 1]):
                    b = touch[other, 0]
                    s = slot[b]
                    if s < 0:
                        s = met
                        slot[b] = s
                        partner[s] = b
                        for c in range(s * channels, (s + 1) * channels):
                            total[c] = 0.0
                        met += 1
                    gap = max(touch[other, 1] - ended, began - touch[other, 2])
                    if gap > 0:
                        total[s * channels + lane] += rarity * np.float32(2.0 ** (-gap / half_life))
                    else:
                        total[s * channels + lane] += rarity
            kept = 0
            for s in range(met):
                b = partner[s]
                slot[b] = -1
                at = s * channels
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
                if weight >= min_bits:
                    # Partner and place in one number: sorting it puts a row's pairs in the order of the partner.
                    passed[kept] = (np.int64(b) << 32) | s
                    weighed[s] = weight
                    kept += 1
            found[r] = kept
            _sort(passed, kept)
            for k in range(kept):
                s = passed[k] & 0xFFFFFFFF
                at = start[r] + k
                out_a[at] = a
                out_b[at] = passed[k] >> 32
                out_weight[at] = weighed[s]
                for c in range(channels):
                    out_bits[at, c] = total[s * channels + c]


@njit(cache=True)
def _sort(keys, count):  # type: ignore[no-untyped-def]
    """Sort the first `count` of int64 keys in place; most rows are short, and insertion needs no memory."""
    if count > 32:
        keys[:count] = np.sort(keys[:count])
        return
    for i in range(1, count):
        key = keys[i]
        j = i - 1
        while j >= 0 and keys[j] > key:
            keys[j + 1] = keys[j]
            j -= 1
        keys[j + 1] = key


@njit(cache=True)
def _compact(start, found, in_a, in_b, in_weight, in_bits, a, b, weight, bits):  # type: ignore[no-untyped-def]
    """Copy the found pairs of each row next to each other."""
    at = 0
    for r in range(len(found)):
        for k in range(start[r], start[r] + found[r]):
            a[at] = in_a[k]
            b[at] = in_b[k]
            weight[at] = in_weight[k]
            bits[at] = in_bits[k]
            at += 1

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

#: Up to so many pairs of a row are sorted by insertion; more are marked by a bit each.
_FEW = 32
#: Which bit is the only one that is set, by the highest bits of its product with a number whose every five bits differ.
_HASH, _BITS = np.uint64(0x077CB531), np.uint64(0xFFFFFFFF)
_PLACE = np.zeros(32, np.int64)
_PLACE[[(0x077CB531 << k & 0xFFFFFFFF) >> 27 for k in range(32)]] = range(32)
#: 2^-x - 1 for x from 0 to 1, as a polynomial without a constant: to three parts in ten million.
_C1, _C2, _C3, _C4, _C5 = np.array([-0.6931437, 0.24018015, -0.05529736, 0.009205799, -0.00094490364], np.float32)
#: 2^-x for whole numbers; of so many half-lives nothing is left.
_HALVES = np.append(np.exp2(-np.arange(127.0)), 0.0).astype(np.float32)

#: The columns of `Pairs`, before they are given out as such.
Columns = tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.float32], NDArray[np.float32]]


class Pairs(NamedTuple):
    """Pairs over the threshold, sorted by a, then b; a < b."""

    a: NDArray[np.int32]  # [p]
    b: NDArray[np.int32]  # [p]
    weight: NDArray[np.float32]  # [p]: bits after caps
    bits: NDArray[np.float32]  # [p, c]: bits by channel, before caps; [p, 0] where they are not asked for


class _Scratch(NamedTuple):
    """What each of w workers has for one row at a time: slots are -1, totals and marks 0, before and after."""

    slot: NDArray[np.int32]  # [w, n]: where a partner is, in order of meeting
    partner: NDArray[np.int32]  # [w, r + 1]
    total: NDArray[np.float32]  # [w, r * c]: bits by channel
    weighed: NDArray[np.float32]  # [w, r]: bits after caps
    passed: NDArray[np.int32]  # [w, r]
    mark: NDArray[np.uint32]  # [w, n / 32 + 1]: a bit for each partner kept
    word: NDArray[np.uint32]  # [w, n / 1024 + 1]: a bit for each word of marks that is not 0


def scratch_bytes(index: Incidence, block_pairs: int) -> int:
    """Upper bound of the scratch memory of `project`, in bytes, known before it starts."""
    cost = _row_costs(index.account_start, index.visit, index.place)
    n, channels = len(cost), len(index.group)
    widest = min(int(cost.max(initial=0)), n)
    of_worker = 5 * n + (widest + 1) * (12 + 4 * channels) + 2048
    return int(max(block_pairs, widest) * (8 + 4 * channels) + get_num_threads() * of_worker + 40 * n)


def project(index: Incidence, min_bits: float, block_pairs: int = 500_000, by_channel: bool = True) -> Pairs:
    """All pairs of accounts whose capped bits reach `min_bits`.

    A shared value adds its bits times 2^(-days between the two uses / half-life), and being of one crowd adds to those
    that share a value at all; channels add up, groups of channels are capped. Equal results whatever the number of
    threads.

    Args:
        index: from `incidence.incidence`.
        min_bits: pairs below this are dropped.
        block_pairs: pair cost of a block of accounts; one account that costs more makes a block of its own.
        by_channel: whether the bits by channel are given out.
    """
    cost = _row_costs(index.account_start, index.visit, index.place)
    room = np.minimum(cost, len(cost))  # an account has no more partners than there are accounts
    total = np.concatenate(([0], np.cumsum(room)))
    blocks = list(_blocks(total, block_pairs))
    # Made once: fresh pages for every block took as long as the work.
    scratch = _scratch(len(cost), int(room.max(initial=0)), len(index.group))
    given, done = len(index.group) if by_channel else 0, 0
    block = _nothing(given, max((int(total[last] - total[first]) for first, last in blocks), default=0))[1:]
    pairs = Pairs(*_nothing(given))
    for first, last in blocks:
        bounds = _shares(cost[first:last])
        begin = total[first + bounds] - total[first]
        found = np.zeros(last - first, np.int64)
        _fill(*index, np.float32(min_bits), first, bounds, begin, *scratch, *block, found)
        before, done = done, done + int(found.sum())
        if done > len(pairs.a):
            # As much as the rest will probably take, and a quarter more: what is not written to takes no memory.
            rest = int(total[-1] - total[last])
            pairs = _roomier(pairs, before, done + min(rest, int(1.25 * done / total[last] * rest)))
        _compact(first, found, bounds, begin, before, *block, *pairs)
    for column in pairs:
        column.resize((done, *column.shape[1:]), refcheck=False)
    return pairs


def _roomier(pairs: Pairs, used: int, rows: int) -> Pairs:
    """The pairs with room for that many rows, of which `used` are taken."""
    roomier = Pairs(*_nothing(pairs.bits.shape[1], rows))
    for new, old in zip(roomier, pairs, strict=True):
        new[:used] = old[:used]
    return roomier


def _nothing(channels: int, rows: int = 0) -> Columns:
    """Uninitialised arrays for that many pairs."""
    return (
        np.empty(rows, np.int32),
        np.empty(rows, np.int32),
        np.empty(rows, np.float32),
        np.empty((rows, channels), np.float32),
    )


def _scratch(accounts: int, widest: int, channels: int) -> _Scratch:
    workers = get_num_threads()
    return _Scratch(
        np.full((workers, accounts), -1, np.int32),
        np.empty((workers, widest + 1), np.int32),
        np.zeros((workers, widest * channels), np.float32),
        np.empty((workers, widest), np.float32),
        np.empty((workers, widest), np.int32),
        np.zeros((workers, accounts // 32 + 1), np.uint32),
        np.zeros((workers, accounts // 1024 + 1), np.uint32),
    )


def _blocks(total: NDArray[np.int64], budget: int) -> Iterator[tuple[int, int]]:
    """Ranges of rows of which the sums so far stay within the budget, at least one row each."""
    first, rows = 0, len(total) - 1
    while first < rows:
        last = int(np.searchsorted(total, total[first] + budget, side="right")) - 1
        last = min(max(last, first + 1), rows)
        yield first, last
        first = last


def _shares(cost: NDArray[np.int64]) -> NDArray[np.int64]:
    """Where each worker's rows begin, and where the last one's end: rows of about equal cost."""
    total = np.concatenate(([0], np.cumsum(cost)))
    workers = min(len(cost), get_num_threads())
    bounds = np.searchsorted(total, np.linspace(0, float(total[-1]), workers + 1)).astype(np.int64)
    bounds[0], bounds[-1] = 0, len(cost)
    return bounds


@njit(cache=True)
def _row_costs(account_start, visit, place):  # type: ignore[no-untyped-def]
    """Partners (with repetition) with a higher number that each account meets -> int64[n]."""
    n = len(account_start) - 1
    cost = np.zeros(n, np.int64)
    for a in range(n):
        for k in range(account_start[a], account_start[a + 1]):
            cost[a] += place[visit[k, 1], 0] - visit[k, 0] - 1
    return cost


@njit(cache=True)
def _meet(  # type: ignore[no-untyped-def]
    a, account, when, place, account_start, visit, value, channels, halves, slot, partner, total
):
    """Sum the bits of the partners of an account by channel; how many partners there are."""
    met = 0
    for k in range(account_start[a], account_start[a + 1]):
        row, v = visit[k, 0], visit[k, 1]
        rarity, lane, lag = value[v, 0], np.int64(value[v, 2]), place[v, 1]
        rate = np.float32(1.0) / max(value[v, 1], np.float32(1e-30))
        first, last = (when[row - lag, 0], when[row - lag, 1]) if lag >= 0 else (0, 0)
        # Unsigned places need no look for negative ones, and no branch tells a new partner from an old.
        for other in range(np.uint64(row + 1), np.uint64(place[v, 0])):
            b = np.uint64(account[other])
            s = np.int64(slot[b])
            partner[np.uint64(met)] = b
            new = s < 0
            s = met if new else s  # type: ignore[assignment]
            slot[b] = s
            met += new  # type: ignore[assignment]
            gain = rarity
            if lag >= 0:
                use = np.uint64(np.int64(other) - lag)
                apart = np.float32(max(when[use, 0] - last, first - when[use, 1], 0))
                x = min(apart * rate, np.float32(len(halves) - 1))
                whole = np.int32(x)
                x -= np.float32(whole)
                power = np.float32(1.0) + x * (_C1 + x * (_C2 + x * (_C3 + x * (_C4 + x * _C5))))
                gain *= halves[np.uint64(whole)] * power
            total[np.uint64(s * channels + lane)] += gain
    return met


@njit(cache=True)
def _keep(a, met, group, cap, by_group, crowd, among, min_bits, partner, total, weighed, passed):  # type: ignore[no-untyped-def]
    """Weigh the partners of an account, with crowds and caps; how many pass, into `passed`."""
    channels, groups, kept, mine = len(group), len(cap), 0, crowd[a]
    # Caps only take away; sums in another order differ by less than this.
    low = min_bits - np.float32(1e-3)
    for s in range(met):
        b, at, weight = partner[s], s * channels, np.float32(0.0)
        if mine >= 0 and mine == crowd[b]:
            total[at + np.int64(among[mine, 1])] += among[mine, 0]
        for c in range(channels):
            weight += total[at + c]
        if groups == 1:
            weight = min(weight, cap[0])
        elif weight > low:
            weight = np.float32(0.0)
            by_group[:] = 0.0
            for c in range(channels):
                by_group[group[c]] += total[at + c]
            for g in range(groups):
                weight += min(by_group[g], cap[g])
        weighed[s] = weight
        passed[kept] = b
        kept += weight >= min_bits
    return kept


@njit(cache=True)
def _sort(numbers, count, mark, word):  # type: ignore[no-untyped-def]
    """Sort the first `count` of distinct numbers in place: most rows are short; many numbers are marked and read."""
    if count <= _FEW:
        for i in range(1, count):
            number = numbers[i]
            j = i - 1
            while j >= 0 and numbers[j] > number:
                numbers[j + 1] = numbers[j]
                j -= 1
            numbers[j + 1] = number
        return
    one = np.uint32(1)
    for i in range(count):
        b = np.uint32(numbers[i])
        mark[b >> 5] |= one << (b & 31)
        word[b >> 10] |= one << ((b >> 5) & 31)
    at = 0
    for w in range(len(word)):
        some = np.uint64(word[w])
        word[w] = 0
        while some != 0:
            lowest = some & (~some + np.uint64(1))
            some ^= lowest
            m = 32 * w + _PLACE[(lowest * _HASH & _BITS) >> np.uint64(27)]
            left = np.uint64(mark[m])
            mark[m] = 0
            while left != 0:
                lowest = left & (~left + np.uint64(1))
                left ^= lowest
                numbers[at] = 32 * m + _PLACE[(lowest * _HASH & _BITS) >> np.uint64(27)]
                at += 1


@njit(cache=True, parallel=True)
def _fill(  # type: ignore[no-untyped-def]
    account, when, place, account_start, visit, value, group, cap, crowd, among, min_bits, first, bounds, begin,
    slots, partners, totals, weights, passes, marks, words, out_b, out_weight, out_bits, found,
):  # fmt: skip
    """Rows first..first+len(found): those of worker w, from bounds[w] on, into the output from begin[w] on.

    Row r has found[r] pairs. What comes between `begin` and the output is scratch, see `_Scratch`.
    """
    channels = len(group)
    for worker in prange(len(bounds) - 1):
        slot, partner, total, weighed = slots[worker], partners[worker], totals[worker], weights[worker]
        passed, by_group = passes[worker], np.zeros(len(cap), np.float32)
        at = begin[worker]
        for r in range(bounds[worker], bounds[worker + 1]):
            a = first + r
            met = _meet(a, account, when, place, account_start, visit, value, channels, _HALVES, slot, partner, total)
            kept = _keep(a, met, group, cap, by_group, crowd, among, min_bits, partner, total, weighed, passed)
            _sort(passed, kept, marks[worker], words[worker])
            for k in range(kept):
                s = slot[passed[k]]
                out_b[at + k] = passed[k]
                out_weight[at + k] = weighed[s]
                for c in range(out_bits.shape[1]):
                    out_bits[at + k, c] = total[s * channels + c]
            for s in range(met):
                slot[partner[s]] = -1
            total[: met * channels] = 0.0
            found[r] = kept
            at += kept


@njit(cache=True, parallel=True)
def _compact(first, found, bounds, begin, before, in_b, in_weight, in_bits, a, b, weight, bits):  # type: ignore[no-untyped-def]
    """Copy each worker's pairs behind those before, next to one another."""
    for worker in prange(len(bounds) - 1):
        at = before + found[: bounds[worker]].sum()
        low, count = begin[worker], found[bounds[worker] : bounds[worker + 1]].sum()
        b[at : at + count] = in_b[low : low + count]
        weight[at : at + count] = in_weight[low : low + count]
        bits[at : at + count] = in_bits[low : low + count]
        for r in range(bounds[worker], bounds[worker + 1]):
            a[at : at + found[r]] = first + r
            at += found[r]

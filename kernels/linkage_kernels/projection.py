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


class Incidence(NamedTuple):
    """Which accounts used which values, in both directions (CSR), and how each value weighs.

    m uses of v values by n accounts in c channels of g groups.
    """

    value_start: NDArray[np.int64]  # [v + 1]: rows of a value in `account`
    account: NDArray[np.int32]  # [m]: accounts of each value, ascending within it
    first_day: NDArray[np.float32]  # [m]: when the account first used the value; -inf if unknown
    last_day: NDArray[np.float32]  # [m]: when it last did; +inf if unknown
    account_start: NDArray[np.int64]  # [n + 1]: rows of an account in `use`
    use: NDArray[np.int64]  # [m]: rows of `account` that are this account's, ascending
    value_of_use: NDArray[np.int32]  # [m]: value of each row of `account`
    bits: NDArray[np.float32]  # [v]
    half_life: NDArray[np.float32]  # [v]: days
    channel: NDArray[np.int32]  # [v]: 0..c-1
    group: NDArray[np.int32]  # [c]: 0..g-1
    cap: NDArray[np.float32]  # [g]: bits


class Pairs(NamedTuple):
    """Pairs over the threshold, sorted by a, then b; a < b."""

    a: NDArray[np.int32]  # [p]
    b: NDArray[np.int32]  # [p]
    weight: NDArray[np.float32]  # [p]: bits after caps
    bits: NDArray[np.float32]  # [p, c]: bits by channel, before caps


def incidence(
    account: NDArray[np.int32],
    value: NDArray[np.int32],
    first_day: NDArray[np.float32],
    last_day: NDArray[np.float32],
    bits: NDArray[np.float32],
    half_life: NDArray[np.float32],
    channel: NDArray[np.int32],
    group: NDArray[np.int32],
    cap: NDArray[np.float32],
    accounts: int,
) -> Incidence:
    """Index m uses, sorted by value and then account, in both directions.

    Raises:
        ValueError: the uses are not sorted by (value, account), or not distinct.
    """
    order = value.astype(np.int64) * np.int64(max(accounts, 1)) + account
    if np.any(np.diff(order) <= 0):
        raise ValueError("uses must be distinct and sorted by value, then account")
    value_start = np.zeros(len(bits) + 1, np.int64)
    np.cumsum(np.bincount(value, minlength=len(bits)), out=value_start[1:])
    account_start = np.zeros(accounts + 1, np.int64)
    np.cumsum(np.bincount(account, minlength=accounts), out=account_start[1:])
    use = np.argsort(account, kind="stable").astype(np.int64)
    return Incidence(
        value_start,
        np.ascontiguousarray(account, np.int32),
        np.ascontiguousarray(first_day, np.float32),
        np.ascontiguousarray(last_day, np.float32),
        account_start,
        use,
        np.ascontiguousarray(value, np.int32),
        np.ascontiguousarray(bits, np.float32),
        np.ascontiguousarray(half_life, np.float32),
        np.ascontiguousarray(channel, np.int32),
        np.ascontiguousarray(group, np.int32),
        np.ascontiguousarray(cap, np.float32),
    )


def scratch_bytes(index: Incidence, block_pairs: int) -> int:
    """Upper bound of the scratch memory of `project`, in bytes, known before it starts."""
    cost = _row_costs(index.value_start, index.account_start, index.use, index.value_of_use)
    block = max(block_pairs, int(cost.max(initial=0)))
    channels = len(index.group)
    widest = int(cost.max(initial=0))
    workers = 4 * get_num_threads()
    per_worker = 4 * len(cost) + widest * (4 + 4 * channels) + 64 * channels
    return int(block * (12 + 4 * channels) + workers * per_worker + 24 * len(cost))


def project(index: Incidence, min_bits: float, block_pairs: int = 2_000_000) -> Pairs:
    """All pairs of accounts whose capped bits reach `min_bits`.

    A shared value adds its bits times 2^(-days between the two uses / half-life); channels add up, groups of
    channels are capped. Equal results whatever the number of threads.

    Args:
        index: from `incidence`.
        min_bits: pairs below this are dropped.
        block_pairs: pair cost of a block of accounts; one account that costs more makes a block of its own.
    """
    channels = len(index.group)
    cost = _row_costs(index.value_start, index.account_start, index.use, index.value_of_use)
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
def _row_costs(value_start, account_start, use, value_of_use):  # type: ignore[no-untyped-def]
    """Partners (with repetition) with a higher number that each account meets -> int64[n]."""
    n = len(account_start) - 1
    cost = np.zeros(n, np.int64)
    for a in range(n):
        for k in range(account_start[a], account_start[a + 1]):
            row = use[k]
            cost[a] += value_start[value_of_use[row] + 1] - row - 1
    return cost


@njit(cache=True, parallel=True)
def _fill(  # type: ignore[no-untyped-def]
    value_start,
    account,
    first_day,
    last_day,
    account_start,
    use,
    value_of_use,
    bits,
    half_life,
    channel,
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
    for worker in prange(len(bounds) - 1):
        low, high = bounds[worker], bounds[worker + 1]
        widest = 0
        for r in range(low, high):
            widest = max(widest, start[r + 1] - start[r])
        slot = np.full(n, -1, np.int32)
        partner = np.empty(widest, np.int32)
        total = np.empty((widest, channels), np.float32)
        by_group = np.empty(len(cap), np.float32)
        for r in range(low, high):
            a = first + r
            met = 0
            for k in range(account_start[a], account_start[a + 1]):
                row = use[k]
                value = value_of_use[row]
                lane = channel[value]
                for other in range(row + 1, value_start[value + 1]):
                    b = account[other]
                    s = slot[b]
                    if s < 0:
                        s = met
                        slot[b] = s
                        partner[s] = b
                        total[s, :] = np.float32(0)
                        met += 1
                    gap = max(first_day[other] - last_day[row], first_day[row] - last_day[other])
                    if gap > 0:
                        total[s, lane] += bits[value] * np.float32(2.0 ** (-gap / half_life[value]))
                    else:
                        total[s, lane] += bits[value]
            kept = 0
            at = start[r]
            for s in range(met):
                slot[partner[s]] = -1
                by_group[:] = np.float32(0)
                for c in range(channels):
                    by_group[group[c]] += total[s, c]
                weight = np.float32(0)
                for g in range(len(cap)):
                    weight += min(by_group[g], cap[g])
                if weight >= min_bits:
                    out_a[at + kept] = a
                    out_b[at + kept] = partner[s]
                    out_weight[at + kept] = weight
                    out_bits[at + kept] = total[s]
                    kept += 1
            # Partners come in the order they were met; a row's pairs leave in the order of b.
            order = np.argsort(out_b[at : at + kept])
            out_b[at : at + kept] = out_b[at : at + kept][order]
            out_weight[at : at + kept] = out_weight[at : at + kept][order]
            out_bits[at : at + kept] = out_bits[at : at + kept][order]
            found[r] = kept


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

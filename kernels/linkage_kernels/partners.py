"""Who might keep step with whom: accounts counted by the bins they share, row by row.

A sparse product of accounts x bins with itself, made a row at a time and never held; each row keeps its best few. The
bins that take part are drawn until a budget of pairs is spent, so that the cost is the caller's choice.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from linkage_kernels.coactivity import Beats

#: Bins of a block, as in `coactivity`: a constant of another file would be stale in the cache when that changes.
_BLOCK = 64
#: Parts of about equal cost that rows are counted in; fixed, and each has its own counters.
_PARTS = 64


class Partners(NamedTuple):
    """Pairs a < b worth a closer look, sorted."""

    a: NDArray[np.int32]  # [p]
    b: NDArray[np.int32]  # [p]
    drawn: int  # bins that took part
    bins: int  # bins in which two accounts or more were active


def partners(beat: Beats, budget: int, top: int, floor: float, seed: int, least: int = 1) -> Partners:
    """For each account, up to `top` others of a higher number that it meets more often than their volumes explain.

    Args:
        beat: from `coactivity.beats`.
        budget: pairs (an account and another in one bin) to count at most.
        top: partners to keep an account.
        floor: least surprise in nats: count * ln(count / expected) - (count - expected).
        seed: which bins are drawn where the budget does not suffice for all.
        least: accounts active in fewer blocks are left out.
    """
    who = np.flatnonzero(np.diff(beat.start) >= max(1, least)).astype(np.int32)
    size = np.zeros(len(beat.crowd), np.int32)
    with np.errstate(over="ignore"):  # `_lowest` wraps around; only uncompiled code would warn
        _sizes(beat.start, beat.block, beat.mask, beat.place, who, size)
    drawn = _draw(size, budget, seed)
    cost = np.where(drawn, size.astype(np.int64), 0)
    bins = int((size > 1).sum())
    meetings = float((cost * (cost - 1)).sum())
    if meetings == 0:
        return Partners(np.empty(0, np.int32), np.empty(0, np.int32), int(drawn.sum()), bins)
    chance = meetings / float(cost.sum()) ** 2
    end = np.cumsum(cost)
    member = np.empty(end[-1], np.int32)
    visit_start = np.zeros(len(who) + 1, np.int64)
    visit = np.empty((end[-1], 2), np.int32)
    with np.errstate(over="ignore"):
        _index(beat.start, beat.block, beat.mask, beat.place, who, drawn, end, member, visit_start, visit)
    costs = _row_costs(visit_start, visit)
    total = np.concatenate(([0], np.cumsum(costs)))
    bounds = np.searchsorted(total, np.linspace(0, float(total[-1]), _PARTS + 1)).astype(np.int64)
    bounds[0], bounds[-1] = 0, len(who)
    keep = np.minimum(costs, top)
    slot = np.zeros(len(who) + 1, np.int64)
    np.cumsum(keep, out=slot[1:])
    b = np.empty(slot[-1], np.int32)
    found = np.zeros(len(who), np.int64)
    _count(member, visit_start, visit, bounds, np.float64(chance), np.float64(floor), slot, b, found)
    held = np.arange(slot[-1]) - np.repeat(slot[:-1], keep) < np.repeat(found, keep)
    a = np.repeat(np.arange(len(who), dtype=np.int32), keep)[held]
    order = np.lexsort((b[held], a))
    return Partners(who[a[order]], who[b[held][order]], int(drawn.sum()), bins)


def _draw(size: NDArray[np.int32], budget: int, seed: int) -> NDArray[np.bool_]:
    """Bins in an order of chance until the budget is spent; one that would take an eighth of it never.

    (The emptiest first would be more for the money, but then people of one night's hours fill the lists.)
    """
    cost = size.astype(np.int64) * (size - 1) // 2
    able = np.flatnonzero((cost > 0) & (cost <= budget // 8))
    drawn = np.zeros(len(size), np.bool_)
    if int(cost[able].sum()) > budget:
        able = np.random.default_rng(seed).permutation(able)
        able = able[np.cumsum(cost[able]) <= budget]
    drawn[able] = True
    return drawn


@njit(cache=True)
def _lowest(x):  # type: ignore[no-untyped-def]
    """Place of the lowest bit set in a uint64 that is not 0: how many are set below it."""
    x = ~x & (x - np.uint64(1))
    x = x - ((x >> np.uint64(1)) & np.uint64(0x5555555555555555))
    x = (x & np.uint64(0x3333333333333333)) + ((x >> np.uint64(2)) & np.uint64(0x3333333333333333))
    x = (x + (x >> np.uint64(4))) & np.uint64(0x0F0F0F0F0F0F0F0F)
    return np.int64((x * np.uint64(0x0101010101010101)) >> np.uint64(56))


@njit(cache=True)
def _sizes(start, block, mask, place, who, size):  # type: ignore[no-untyped-def]
    """Accounts of `who` that were active in each bin, added to `size` (zeros)."""
    for i in range(len(who)):
        for row in range(start[who[i]], start[who[i] + 1]):
            left, at = mask[row], place[block[row]] * _BLOCK
            while left != np.uint64(0):
                size[at + _lowest(left)] += 1
                left &= left - np.uint64(1)


@njit(cache=True)
def _index(start, block, mask, place, who, drawn, end, member, visit_start, visit):  # type: ignore[no-untyped-def]
    """Members of each drawn bin (rows of `who`, ascending), and of each account its place in them."""
    cursor = np.zeros(len(end), np.int64)
    cursor[1:] = end[:-1]
    out = 0
    for i in range(len(who)):
        for row in range(start[who[i]], start[who[i] + 1]):
            left, first = mask[row], place[block[row]] * _BLOCK
            while left != np.uint64(0):
                at = first + _lowest(left)
                if drawn[at]:
                    member[cursor[at]] = i
                    visit[out, 0] = cursor[at]
                    visit[out, 1] = end[at]
                    cursor[at] += 1
                    out += 1
                left &= left - np.uint64(1)
        visit_start[i + 1] = out


@njit(cache=True)
def _row_costs(visit_start, visit):  # type: ignore[no-untyped-def]
    """Later members that each row meets, with repetition -> int64[n]."""
    cost = np.zeros(len(visit_start) - 1, np.int64)
    for i in range(len(cost)):
        for k in range(visit_start[i], visit_start[i + 1]):
            cost[i] += visit[k, 1] - visit[k, 0] - 1
    return cost


@njit(cache=True, parallel=True)
def _count(member, visit_start, visit, bounds, chance, floor, slot, out, found):  # type: ignore[no-untyped-def]
    """Each row's best partners into out[slot[row]..], `found` of them."""
    n = len(visit_start) - 1
    for part in prange(len(bounds) - 1):
        times = np.zeros(n, np.int32)
        touched = np.empty(n, np.int32)
        for row in range(bounds[part], bounds[part + 1]):
            room = slot[row + 1] - slot[row]
            met = 0
            for k in range(visit_start[row], visit_start[row + 1]):
                for at in range(visit[k, 0] + 1, visit[k, 1]):
                    other = member[at]
                    if times[other] == 0:
                        touched[met] = other
                        met += 1
                    times[other] += 1
            mine = (visit_start[row + 1] - visit_start[row]) * chance
            best = np.empty(room, np.float64)
            held = 0
            for k in range(met):
                other = touched[k]
                count = times[other]
                times[other] = 0
                expected = mine * (visit_start[other + 1] - visit_start[other])
                if count < 2 or count <= expected:
                    continue
                surprise = count * np.log(count / expected) - (count - expected)
                if surprise < floor or (held == room and surprise <= best[room - 1]):
                    continue
                # Insertion into a short list in falling order; of equals the earlier met stays ahead.
                at = min(held, room - 1)
                while at > 0 and best[at - 1] < surprise:
                    best[at] = best[at - 1]
                    out[slot[row] + at] = out[slot[row] + at - 1]
                    at -= 1
                best[at] = surprise
                out[slot[row] + at] = other
                held = min(held + 1, room)
            found[row] = held

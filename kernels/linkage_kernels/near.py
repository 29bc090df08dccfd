"""Threshold self-join of unit vectors: all pairs of rows whose inner product reaches a threshold, but for a few.

Rows are parted into cells; a row meets its own cell and those cells nearly as near. How nearly is settled on a sample
whose pairs are all known, so that the recall asked for is met, and measured on another sample. Rows that meet are
multiplied, wide ones along a few directions first (`directions`). There are about as many cells as rows of a cell, so
that a row is multiplied with the square root of all. No cell is larger than `_LARGEST`, and what a row may keep is
bounded as well, whatever the rows hold.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from linkage_kernels import cells, meets
from linkage_kernels.buckets import by_key
from linkage_kernels.directions import likely, narrow
from linkage_kernels.lanes import ROWS, at_least

Floats = NDArray[np.float32]
Ints = NDArray[np.int32]

#: A cell holds at most so many rows: a larger one is cut, which only the densest neighbourhoods need.
_LARGEST = 1 << 15
#: With fewer rows than this all are multiplied with all; with so few all that are narrowed, in such blocks.
_ALL, _FEW, _BLOCK = 2048, 1 << 14, 4096
#: Cells a row may visit.
_PROBES = 48
#: Share of what may be missed that is left to the luck of the sample.
_SPARE = 0.3
#: How far, in standard deviations, the narrowed rows of a pair just at the threshold may fall below it: of all, and of
#: the sample.
_FALL, _FALL_OF_SAMPLE = 2.0, 4.0
#: Products in which the sample is compared with itself, for each row.
_SAMPLE = 500
#: Partners of a row among the sample, at most.
_SAMPLED = 16
#: Parts that the work is dealt into, so that its order depends on no thread; pairs of each handed over at once.
_WORKERS = 64
_ROOM = 8192


class Pairs(NamedTuple):
    """Pairs over the threshold, each once, in an order that depends on the rows alone."""

    a: Ints  # [p]
    b: Ints  # [p]
    cosine: Floats  # [p]


class Plan(NamedTuple):
    """Who meets whom, settled before any pair is made."""

    unit: Floats  # [n, d]
    rows: Floats  # [n, w]: narrowed; the rows themselves where they are not wide
    likely: float  # least inner product of narrowed rows that are multiplied in full
    home: Ints  # [n]: cell of a row; -1 for a zero row, which meets nobody
    start: NDArray[np.int64]  # [n + 1]: where a row's further cells begin in `visited`
    visited: Ints  # [m]: cells that a row visits beside its own, nearest first
    number: int  # of cells
    threshold: float
    recall: float  # measured on a sample that the choice did not see; 1.0 where it held no pair
    sampled: Pairs  # on which the recall was measured: half of the pairs among a sample of rows
    margin: float  # a row visits cells whose centroid is at most this much less near than its own
    cut: bool  # whether a cell was too large and was cut


def plan(unit: Floats, threshold: float, recall: float = 0.99, seed: int = 0, budget: float = math.inf) -> Plan:
    """Part the rows, and choose how many cells each visits so that `recall` of all pairs is found.

    Args:
        unit: float32[n, d], C order, rows of length 1 or zero (which meet nobody).
        threshold: least inner product of a pair, above 0.
        recall: share of the pairs to find.
        seed: of the samples.
        budget: cells that a row visits beside its own, at most, on average, whatever that leaves of the recall.

    Raises:
        ValueError: not float32[n, d], or the threshold is not in (0, 1].
    """
    if unit.ndim != 2 or unit.dtype != np.float32:
        raise ValueError(f"unit must be float32[n, d], is {unit.dtype}[{', '.join(map(str, unit.shape))}]")
    if not 0.0 < threshold <= 1.0:
        raise ValueError(f"threshold must be above 0 and at most 1, is {threshold}")
    unit = np.ascontiguousarray(unit)
    n, rows = len(unit), narrow(unit)
    if n < _ALL:
        return _everyone(unit, rows, threshold, math.inf)
    known = _sample(unit, rows, threshold, seed)
    if n <= _FEW:
        settled = _everyone(unit, rows, threshold, _FALL)._replace(sampled=known[1])
        return settled._replace(recall=_share(noticed(settled, known[1].a, known[1].b)))
    leaves = cells.train(rows, math.isqrt(2 * n), seed)
    least = likely(threshold, unit.shape[1], _FALL)
    needed = _needed(rows, leaves, known[0])
    # Some of what may be missed is left for the difference between the two samples.
    wanted = 1.0 - (1.0 - recall) * (1.0 - _SPARE)
    margin = _quantile(np.where(_noticed(rows, least, known[0].a, known[0].b), needed, np.inf), wanted)
    if budget < _PROBES:
        margin = min(margin, _affordable(rows, leaves, budget, seed))
    # What is farther than the margin need not be noted, but for rounding.
    parted = cells.visits(rows, leaves, _PROBES, margin + 1e-4)
    largest = int(np.bincount(parted.home[parted.home >= 0], minlength=1).max())
    settled = Plan(unit, rows, least, *parted, threshold, 1.0, known[1], margin, largest > _LARGEST)
    return settled._replace(recall=_share(_meets(settled, known[1]) & noticed(settled, known[1].a, known[1].b)))


def pairs(plan: Plan, limit: int = 1024) -> Iterator[Pairs]:
    """The pairs, in blocks of bounded size.

    Args:
        plan: from `plan`.
        limit: pairs kept a row and cell; a row of a denser neighbourhood keeps the first ones.
    """
    yield from _met(plan, *cell_lists(plan), True, limit)


def join(unit: Floats, threshold: float, recall: float = 0.99, seed: int = 0, limit: int = 1024) -> tuple[Pairs, Plan]:
    """`plan` and all of its `pairs` at once."""
    settled = plan(unit, threshold, recall, seed)
    return _together(pairs(settled, limit)), settled


def cell_lists(plan: Plan) -> tuple[Ints, Ints, NDArray[np.int64]]:
    """Rows by home cell, rows by visited cell, and the lists that `meets.meet` works on."""
    if plan.number == 1:
        rows = np.flatnonzero(plan.home >= 0).astype(np.int32)
        first = np.arange(0, len(rows), _BLOCK)
        end = np.minimum(first + _BLOCK, len(rows))
        # Later blocks visit the earlier ones.
        return rows, rows, np.column_stack((first, end, end, np.full_like(first, len(rows)), np.full_like(first, -1)))
    columns, start = by_key(plan.home + 1, plan.number + 1)
    start = start[1:]
    order, come = by_key(plan.visited, plan.number)
    visitors = np.repeat(np.arange(len(plan.home), dtype=np.int32), np.diff(plan.start))[order]
    parts = np.maximum(1, -(-np.diff(start) // _LARGEST))
    cell = np.repeat(np.arange(plan.number), parts)
    part = np.arange(len(cell)) - np.repeat(np.cumsum(parts) - parts, parts)
    begin = start[cell] + part * _LARGEST
    end = np.minimum(begin + _LARGEST, start[cell + 1])
    # Who visits a cell that is cut visits its first part.
    go = np.where(part == 0, come[cell + 1], come[cell])
    return columns, visitors, np.column_stack((begin, end, come[cell], go, cell)).astype(np.int64)


def noticed(plan: Plan, a: Ints, b: Ints) -> NDArray[np.bool_]:
    """Whether the narrowed rows of each pair are alike enough for it to be among `pairs`.

    Args:
        plan: from `plan`.
        a: int32[p], rows.
        b: int32[p], rows.
    """
    return _noticed(plan.rows, plan.likely, a, b)


def _noticed(rows: Floats, least: float, a: Ints, b: Ints) -> NDArray[np.bool_]:
    out = np.empty(len(a), np.bool_)
    meets.notice(
        rows, at_least(least, rows.shape[1]), np.ascontiguousarray(a, np.int32), np.ascontiguousarray(b, np.int32), out
    )
    return out


def _met(
    plan: Plan, columns: Ints, visitors: Ints, lists: NDArray[np.int64], inner: bool, limit: int
) -> Iterator[Pairs]:
    """The pairs of some lists, a few of each worker at a time."""
    size, guests = lists[:, 1] - lists[:, 0], lists[:, 3] - lists[:, 2]
    work = np.concatenate(([0], np.cumsum(size * (size * inner // 2 + guests) + 1)))
    bounds = np.searchsorted(work, np.linspace(0, float(work[-1]), _WORKERS + 1)).astype(np.int64)
    bounds[0], bounds[-1] = 0, len(lists)
    limit = max(1, min(limit, int(size.max(initial=1))))
    # As large as the rows are many: each time that pairs are handed over, threads wait for one another.
    room = max(_ROOM, ROWS * limit, len(plan.unit) // _WORKERS)
    at, stop, done = bounds[:-1].copy(), bounds[1:].copy(), np.zeros(_WORKERS, np.int64)
    shape, least = (_WORKERS, room), at_least(plan.likely, plan.rows.shape[1])
    a, b, cosine = np.empty(shape, np.int32), np.empty(shape, np.int32), np.empty(shape, np.float32)
    while len(todo := np.flatnonzero(at < stop)):
        filled = np.zeros(_WORKERS, np.int64)
        # A thread takes a half of the turns: neighbouring cells are about as dense, and so each half has as much to do.
        turns = np.concatenate((todo[::2], todo[1::2]))
        meets.meet(
            plan.unit, plan.rows, least, columns, visitors, lists, inner, plan.home, plan.start, plan.visited,
            np.float32(plan.threshold), limit, turns, stop, at, done, a, b, cosine, filled,
        )  # fmt: skip
        yield Pairs(*(np.concatenate([of[w, : filled[w]] for w in todo]) for of in (a, b, cosine)))


def _together(found: Iterator[Pairs]) -> Pairs:
    """All of them as one; each column's parts are given up as soon as they are joined."""
    parts = [list(column) for column in zip(_no_pairs(), *found, strict=True)]
    out = []
    for column in parts:
        out.append(np.concatenate(column))
        column.clear()
    return Pairs(*out)


def _no_pairs() -> Pairs:
    return Pairs(np.zeros(0, np.int32), np.zeros(0, np.int32), np.zeros(0, np.float32))


def _everyone(unit: Floats, rows: Floats, threshold: float, fall: float) -> Plan:
    """All rows in one cell."""
    n = len(unit)
    home = np.where(unit.any(axis=1), 0, -1).astype(np.int32)
    alone = home, np.zeros(n + 1, np.int64), np.zeros(0, np.int32)
    least = likely(threshold, unit.shape[1], fall)
    return Plan(unit, rows, least, *alone, 1, threshold, 1.0, _no_pairs(), 0.0, False)


def _sample(unit: Floats, rows: Floats, threshold: float, seed: int) -> tuple[Pairs, Pairs]:
    """All pairs among some rows, of which each has at most 16 later partners: one part to choose by, one to measure."""
    n = len(unit)
    random = np.random.default_rng(seed + 1)
    chosen = np.sort(random.choice(n, min(n, math.isqrt(2 * _SAMPLE * n)), replace=False)).astype(np.int32)
    everyone = _everyone(unit[chosen], rows[chosen], threshold, _FALL_OF_SAMPLE)
    found = _together(pairs(everyone, _SAMPLED))
    half = random.random(len(chosen)) < 0.5
    return tuple(
        Pairs(chosen[found.a[part]], chosen[found.b[part]], found.cosine[part])
        for part in (half[found.a], ~half[found.a])
    )  # type: ignore[return-value]


def _needed(rows: Floats, leaves: Floats, found: Pairs) -> Floats:
    """The margin with which one row of each pair visits the other's home."""
    some = np.unique(np.concatenate((found.a, found.b)))
    nearest = cells.assign(rows[some], leaves, 1, 0.0)
    a, b = np.searchsorted(some, found.a), np.searchsorted(some, found.b)
    margin = np.full(len(a), np.inf, np.float32)
    for one, other in ((a, b), (b, a)):
        to = np.einsum("ij,ij->i", rows[some[one]], leaves[nearest.cell[other, 0]])
        margin = np.minimum(margin, nearest.cosine[one, 0] - to)
    return np.where(nearest.cell[a, 0] == nearest.cell[b, 0], np.float32(0.0), margin)


def _meets(plan: Plan, found: Pairs) -> NDArray[np.bool_]:
    """Whether the rows of each pair meet in a cell."""
    met: NDArray[np.bool_] = plan.home[found.a] == plan.home[found.b]
    for row, cell in ((found.a, plan.home[found.b]), (found.b, plan.home[found.a])):
        count = plan.start[row + 1] - plan.start[row]
        pair = np.repeat(np.arange(len(row)), count)
        at = np.arange(len(pair)) - np.repeat(np.cumsum(count) - count - plan.start[row], count)
        met[pair[plan.visited[at] == cell[pair]]] = True
    return met


def _share(found: NDArray[np.bool_]) -> float:
    """Of no pairs, all are found."""
    return float(found.mean()) if len(found) else 1.0


def _affordable(rows: Floats, leaves: Floats, budget: float, seed: int) -> float:
    """The margin with which a row visits `budget` cells beside its own, on average of a sample."""
    chosen = np.random.default_rng(seed + 2).choice(len(rows), min(len(rows), 4096), replace=False)
    cosine = cells.assign(rows[chosen], leaves, _PROBES).cosine
    short = np.sort((cosine[:, :1] - cosine[:, 1:])[cosine[:, 1:] > -2.0])
    return float(short[int(budget * len(chosen))]) if budget * len(chosen) < len(short) else math.inf


def _quantile(margins: Floats, share: float) -> float:
    """The least margin that meets this share of the pairs; of those met at all, where too many are not."""
    met = np.sort(margins[np.isfinite(margins)])
    if not len(met):
        return 0.0
    wanted = share * len(margins) if len(met) >= share * len(margins) else share * len(met)
    return float(met[max(0, int(np.ceil(wanted)) - 1)])

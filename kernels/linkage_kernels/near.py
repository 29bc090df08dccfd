"""Threshold self-join of unit vectors: all pairs of rows whose inner product reaches a threshold, but for a few.

Rows are parted into cells; a row meets its own cell and those cells nearly as near. How nearly is settled on a sample
whose pairs are all known, so that the recall asked for is met, and measured on another sample. A cell costs its size
squared and no cell is larger than `_LARGEST`; what a row may keep is bounded as well: time and memory are linear in the
rows, whatever they hold.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numba import get_num_threads
from numpy.typing import NDArray

from linkage_kernels import cells, dots
from linkage_kernels.buckets import by_key

Floats = NDArray[np.float32]
Ints = NDArray[np.int32]

#: Rows of a cell on average, and at most: a larger one is cut, which only the densest neighbourhoods need.
_SIZE = 160
_LARGEST = 8192
#: With fewer rows than this, all are compared with all.
_ALL = 2048
#: Cells a row may visit, and rows (with visitors) joined at once.
_PROBES = 64
_BLOCK = 1 << 15


class Pairs(NamedTuple):
    """Pairs over the threshold, each once, in the order of their cells."""

    a: Ints  # [p]
    b: Ints  # [p]
    cosine: Floats  # [p]


class Plan(NamedTuple):
    """Who meets whom, settled before any pair is made."""

    unit: Floats  # [n, d]
    home: Ints  # [n]: cell of a row
    start: NDArray[np.int64]  # [n + 1]: where a row's further cells begin in `visited`
    visited: Ints  # [m]: cells that a row visits beside its own, nearest first
    number: int  # of cells
    threshold: float
    recall: float  # measured on a sample that the choice did not see; 1.0 where it held no pair
    sampled: Pairs  # on which the recall was measured: all pairs of a sample of rows
    margin: float  # a row visits cells whose centroid is at most this much less near than its own
    cut: bool  # whether a cell was too large and was cut


def plan(
    unit: Floats, threshold: float, recall: float = 0.99, seed: int = 0, sample: int = 400, budget: float = math.inf
) -> Plan:
    """Part the rows, and choose how many cells each visits so that `recall` of all pairs is found.

    Args:
        unit: float32[n, d], C order, rows of length 1 or zero (which meet nobody).
        threshold: least inner product of a pair, above 0.
        recall: share of the pairs to find.
        seed: of the samples.
        sample: rows whose pairs are looked for among all rows; up to five times as many of few rows.
        budget: cells that a row visits beside its own, at most, on average, whatever that leaves of the recall.

    Raises:
        ValueError: not float32[n, d], or the threshold is not in (0, 1].
    """
    if unit.ndim != 2 or unit.dtype != np.float32:
        raise ValueError(f"unit must be float32[n, d], is {unit.dtype}[{', '.join(map(str, unit.shape))}]")
    if not 0.0 < threshold <= 1.0:
        raise ValueError(f"threshold must be above 0 and at most 1, is {threshold}")
    unit = np.ascontiguousarray(unit)
    n = len(unit)
    if n < _ALL:
        return _everyone(unit, 0, threshold)
    centroids = cells.train(unit, _SIZE, seed)
    sample = min(n, max(sample, min(5 * sample, 40_000 * sample // n)))
    chosen = np.sort(np.random.default_rng(seed + 1).choice(n, sample, replace=False)).astype(np.int32)
    known = [_neighbours(unit, part, threshold) for part in (chosen[::2], chosen[1::2])]
    needed = [_needed(unit, centroids, found) for found in known]
    # Some of what may be missed is left for the difference between the two samples.
    margin = _quantile(needed[0], 1.0 - (1.0 - recall) * 0.7)
    if budget < _PROBES:
        margin = min(margin, _affordable(unit, centroids, budget, seed))
    # What is farther than the margin need not be noted, but for rounding.
    parted = cells.visits(unit, centroids, _PROBES, margin + 1e-6)
    measured = float(np.mean(needed[1] <= margin)) if len(needed[1]) else 1.0
    largest = int(np.bincount(parted.home).max())
    return Plan(unit, *parted, threshold, measured, known[1], margin, largest > _LARGEST)


def pairs(plan: Plan, limit: int = 256) -> Iterator[Pairs]:
    """The pairs, in blocks of bounded size.

    Args:
        plan: from `plan`.
        limit: pairs kept a row and cell; a row of a denser neighbourhood keeps the first ones.
    """
    columns, visitors, lists = cell_lists(plan)
    cost = (lists[:, 1] - lists[:, 0]) + (lists[:, 3] - lists[:, 2])
    total = np.concatenate(([0], np.cumsum(cost)))
    first = 0
    while first < len(lists):
        last = int(np.searchsorted(total, total[first] + _BLOCK, side="right")) - 1
        last = min(max(last, first + 1), len(lists))
        yield _block(plan, columns, visitors, lists[first:last], True, limit)
        first = last


def join(unit: Floats, threshold: float, recall: float = 0.99, seed: int = 0, limit: int = 256) -> tuple[Pairs, Plan]:
    """`plan` and all of its `pairs` at once."""
    settled = plan(unit, threshold, recall, seed)
    found = [_no_pairs(), *pairs(settled, limit)]
    return Pairs(*(np.concatenate(parts) for parts in zip(*found, strict=True))), settled


def cell_lists(plan: Plan) -> tuple[Ints, Ints, NDArray[np.int64]]:
    """Rows by home cell, rows by visited cell, and the lists that `dots.meet` works on."""
    columns, start = by_key(plan.home, plan.number)
    order, come = by_key(plan.visited, plan.number)
    visitors = np.repeat(np.arange(len(plan.home), dtype=np.int32), np.diff(plan.start))[order]
    if not plan.cut:
        every = np.arange(plan.number)
        return columns, visitors, np.column_stack((start[:-1], start[1:], come[:-1], come[1:], every)).astype(np.int64)
    lists = []
    for cell in range(plan.number):
        for at in range(int(start[cell]), int(start[cell + 1]), _LARGEST):
            guests_of = (come[cell], come[cell + 1]) if at == start[cell] else (0, 0)
            lists.append((at, min(at + _LARGEST, int(start[cell + 1])), *guests_of, cell))
    return columns, visitors, np.array(lists, np.int64).reshape(-1, 5)


def _block(plan: Plan, columns: Ints, visitors: Ints, lists: NDArray[np.int64], inner: bool, limit: int) -> Pairs:
    """The pairs of some lists."""
    size, guests = lists[:, 1] - lists[:, 0], lists[:, 3] - lists[:, 2]
    queries = size * inner + guests
    base = np.concatenate(([0], np.cumsum(queries)))
    work = np.concatenate(([0], np.cumsum(size * (size * inner // 2 + guests) + 1)))
    workers = min(len(lists), 8 * get_num_threads())
    bounds = np.searchsorted(work, np.linspace(0, float(work[-1]), workers + 1)).astype(np.int64)
    bounds[0], bounds[-1] = 0, len(lists)
    partner = np.empty((int(base[-1]), limit), np.int32)
    cosine = np.empty((int(base[-1]), limit), np.float32)
    found = np.zeros(int(base[-1]), np.int32)
    dots.meet(
        plan.unit, columns, visitors, lists, inner, plan.home, plan.start, plan.visited, np.float32(plan.threshold),
        cells.tile_width(plan.unit.shape[1]), bounds, base[:-1], limit, partner, cosine, found,
    )  # fmt: skip
    kept = int(np.minimum(found, limit).sum())
    out = Pairs(np.empty(kept, np.int32), np.empty(kept, np.int32), np.empty(kept, np.float32))
    query = np.concatenate(
        [np.concatenate((columns[b:e] if inner else columns[:0], visitors[c:g])) for b, e, c, g, _ in lists.tolist()]
    )
    dots.compact(found, limit, query, partner, cosine, *out)
    return out


def _no_pairs() -> Pairs:
    return Pairs(np.zeros(0, np.int32), np.zeros(0, np.int32), np.zeros(0, np.float32))


def _everyone(unit: Floats, home: int, threshold: float) -> Plan:
    """All rows in one cell."""
    n = len(unit)
    alone = np.full(n, home, np.int32), np.zeros(n + 1, np.int64), np.zeros(0, np.int32)
    return Plan(unit, *alone, 1, threshold, 1.0, _no_pairs(), 0.0, False)


def _neighbours(unit: Floats, chosen: Ints, threshold: float) -> Pairs:
    """All pairs of the chosen rows with any row, by comparing them all; at most 64 of the chosen a row."""
    n, step = len(unit), 4096
    everyone = _everyone(unit, -1, threshold)
    rows = np.arange(n, dtype=np.int32)
    parts = []
    for begin in range(0, n, step * 16):
        starts = np.arange(begin, min(begin + step * 16, n), step)
        lists = np.column_stack(
            (
                np.zeros_like(starts),
                np.full_like(starts, len(chosen)),
                starts,
                np.minimum(starts + step, n),
                starts * 0 - 1,
            )
        ).astype(np.int64)
        parts.append(_block(everyone, chosen, rows, lists, False, 64))
    found = Pairs(*(np.concatenate(each) for each in zip(*parts, strict=True)))
    apart = found.a != found.b
    return Pairs(found.a[apart], found.b[apart], found.cosine[apart])


def _needed(unit: Floats, centroids: cells.Centroids, found: Pairs) -> Floats:
    """The least margin with which each pair is met: infinite where it shares no noted cell."""
    rows = np.unique(np.concatenate((found.a, found.b)))
    parted = cells.assign(np.ascontiguousarray(unit[rows]), centroids, _PROBES)
    a, b = np.searchsorted(rows, found.a), np.searchsorted(rows, found.b)
    margin = np.full(len(a), np.inf, np.float32)
    for one, other in ((a, b), (b, a)):
        home = parted.cell[one, 0]
        for rank in range(_PROBES):
            short = parted.cosine[other, 0] - parted.cosine[other, rank]
            margin = np.where(parted.cell[other, rank] == home, np.minimum(margin, short), margin)
    return margin


def _affordable(unit: Floats, centroids: cells.Centroids, budget: float, seed: int) -> float:
    """The margin with which a row visits `budget` cells beside its own, on average of a sample."""
    chosen = np.random.default_rng(seed + 2).choice(len(unit), min(len(unit), 4096), replace=False)
    cosine = cells.assign(np.ascontiguousarray(unit[np.sort(chosen)]), centroids, _PROBES).cosine
    short = np.sort((cosine[:, :1] - cosine[:, 1:])[cosine[:, 1:] > -2.0])
    return float(short[int(budget * len(chosen))]) if budget * len(chosen) < len(short) else math.inf


def _quantile(margins: Floats, share: float) -> float:
    """The least margin that meets this share of the pairs; of those met at all, where too many are not."""
    met = np.sort(margins[np.isfinite(margins)])
    if not len(met):
        return 0.0
    wanted = share * len(margins) if len(met) >= share * len(margins) else share * len(met)
    return float(met[max(0, int(np.ceil(wanted)) - 1)])

"""Threshold self-join of unit vectors: all pairs of rows whose inner product reaches a threshold, but for a few.

Rows are parted into cells; a row meets its own cell and those cells nearly as near. How nearly is settled on a sample
whose pairs are all known, so that the recall asked for is met, and measured on another sample. Rows that meet compare
their signs (`signs`), and are multiplied only where these are as alike as those of near-duplicates. There are about as
many cells as rows of a cell: a row is compared with the square root of all, at a hundredth of a product each. No cell
is larger than `_LARGEST`, and what a row may keep is bounded as well, whatever the rows hold.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from linkage_kernels import cells, meets
from linkage_kernels.buckets import by_key
from linkage_kernels.signs import COUNT, Words, flips, signs, table

Floats = NDArray[np.float32]
Ints = NDArray[np.int32]

#: A cell holds at most so many rows: a larger one is cut, which only the densest neighbourhoods need.
_LARGEST = 1 << 15
#: With fewer rows than this all are multiplied with all; with so few all signs are compared with all, in such blocks.
_ALL, _FEW, _BLOCK = 2048, 1 << 16, 4096
#: Cells a row may visit.
_PROBES = 48
#: Share of what may be missed that is left to the choice of cells.
_LEFT = 0.3
#: Shares of rows just at the threshold whose signs may differ too much to be noticed: of all, and of the sample.
_MISSED, _MISSED_OF_SAMPLE = 1e-2, 1e-5
#: Rows compared with everybody: so many products in all, and at least and at most so many rows.
_SAMPLE, _SAMPLE_LEAST, _SAMPLE_MOST = 3_000_000_000, 400, 800
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
    leaves: Floats  # [c, d]: centres of the cells
    table: NDArray[np.int64]  # [257]: signs in which rows may differ that are multiplied, see `signs.table`
    home: Ints  # [n]: cell of a row; -1 for a zero row, which meets nobody
    start: NDArray[np.int64]  # [n + 1]: where a row's further cells begin in `visited`
    visited: Ints  # [m]: cells that a row visits beside its own, nearest first
    number: int  # of cells
    threshold: float
    recall: float  # measured on a sample that the choice did not see; 1.0 where it held no pair
    sampled: Pairs  # on which the recall was measured: all pairs of a sample of rows
    margin: float  # a row visits cells whose centroid is at most this much less near than its own
    cut: bool  # whether a cell was too large and was cut


class _Needed(NamedTuple):
    """For pairs: the margin with which each row visits the home of the other."""

    margin: Floats  # [2, p]: b that of a, a that of b; infinite where it is not among its noted cells
    home: Ints  # [2, p]: of a, of b


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
    n = len(unit)
    if n < _ALL:
        return _everyone(unit, np.where(unit.any(axis=1), 0, -1), threshold, np.full(257, COUNT))
    sample = min(n, max(_SAMPLE_LEAST, min(_SAMPLE_MOST, _SAMPLE // n)))
    chosen = np.sort(np.random.default_rng(seed + 1).choice(n, sample, replace=False)).astype(np.int32)
    everything = _neighbours(unit, chosen, threshold)
    odd = (np.searchsorted(chosen, everything.b) & 1).astype(np.bool_)
    known = [Pairs(everything.a[half], everything.b[half], everything.cosine[half]) for half in (~odd, odd)]
    if n <= _FEW:
        settled = _everyone(unit, np.where(unit.any(axis=1), 0, -1), threshold, table(_MISSED))._replace(
            sampled=known[1]
        )
        return settled._replace(recall=_share(noticed(settled, known[1].a, known[1].b, np.zeros_like(known[1].a))))
    words = signs(unit)
    centroids = cells.train(unit, words, math.isqrt(2 * n), seed)
    needed = [_needed(unit, words, centroids, found) for found in known]
    # Some of what may be missed is left for the difference between the two samples, and for the signs.
    margin = _quantile(np.minimum(*needed[0].margin), 1.0 - (1.0 - recall) * _LEFT)
    if budget < _PROBES:
        margin = min(margin, _affordable(unit, words, centroids, budget, seed))
    # What is farther than the margin need not be noted, but for rounding.
    parted = cells.visits(unit, words, centroids, _PROBES, margin + 1e-6)
    largest = int(np.bincount(parted.home[parted.home >= 0], minlength=1).max())
    allowed = table(_MISSED)
    settled = Plan(unit, centroids.leaves, allowed, *parted, threshold, 1.0, known[1], margin, largest > _LARGEST)
    return settled._replace(recall=_measured(settled, needed[1]))


def pairs(plan: Plan, limit: int = 256) -> Iterator[Pairs]:
    """The pairs, in blocks of bounded size.

    Args:
        plan: from `plan`.
        limit: pairs kept a row and cell; a row of a denser neighbourhood keeps the first ones.
    """
    yield from _met(plan, *cell_lists(plan), True, limit)


def join(unit: Floats, threshold: float, recall: float = 0.99, seed: int = 0, limit: int = 256) -> tuple[Pairs, Plan]:
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


def noticed(plan: Plan, a: Ints, b: Ints, cell: Ints) -> NDArray[np.bool_]:
    """Whether the signs of each pair, seen from the centre of its cell, are alike enough for it to be among `pairs`.

    Args:
        plan: from `plan`.
        a: int32[p], rows.
        b: int32[p], rows.
        cell: int32[p]; equal ones are best together.
    """
    out = np.empty(len(a), np.bool_)
    a, b, cell = (np.ascontiguousarray(each, np.int32) for each in (a, b, cell))
    with np.errstate(over="ignore"):  # words wrap around; only uncompiled code would warn
        meets.notice(
            plan.unit, plan.leaves, flips(plan.unit.shape[1]), plan.table, np.float32(plan.threshold), a, b, cell,
            out,
        )  # fmt: skip
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
    room = max(_ROOM, limit, len(plan.unit) // _WORKERS)
    at, stop, done = bounds[:-1].copy(), bounds[1:].copy(), np.zeros(_WORKERS, np.int64)
    shape = _WORKERS, room
    a, b, cosine = np.empty(shape, np.int32), np.empty(shape, np.int32), np.empty(shape, np.float32)
    while len(todo := np.flatnonzero(at < stop)):
        filled = np.zeros(_WORKERS, np.int64)
        # A thread takes a half of the turns: neighbouring cells are about as dense, and so each half has as much to do.
        turns = np.concatenate((todo[::2], todo[1::2]))
        with np.errstate(over="ignore"):  # words wrap around; only uncompiled code would warn
            meets.meet(
                plan.unit, plan.leaves, flips(plan.unit.shape[1]), plan.table, columns, visitors, lists, inner,
                plan.home, plan.start, plan.visited, np.float32(plan.threshold), limit, turns, stop, at, done, a, b,
                cosine, filled,
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


def _everyone(unit: Floats, home: NDArray[np.int64], threshold: float, allowed: NDArray[np.int64]) -> Plan:
    """All rows in one cell."""
    n = len(unit)
    alone = home.astype(np.int32), np.zeros(n + 1, np.int64), np.zeros(0, np.int32)
    return Plan(
        unit, np.zeros((1, unit.shape[1]), np.float32), allowed, *alone, 1, threshold, 1.0, _no_pairs(), 0.0, False
    )


def _neighbours(unit: Floats, chosen: Ints, threshold: float) -> Pairs:
    """All pairs of the chosen rows with any row, by comparing them all; at most 16 of the chosen a row."""
    n, step = len(unit), 4096
    everyone = _everyone(unit, np.full(n, -1), threshold, table(_MISSED_OF_SAMPLE))
    first = np.arange(0, n, step)
    ends = np.zeros_like(first), np.full_like(first, len(chosen))
    lists = np.column_stack((*ends, first, np.minimum(first + step, n), np.full_like(first, -1)))
    found = _together(_met(everyone, chosen, np.arange(n, dtype=np.int32), lists, False, _SAMPLED))
    apart = found.a != found.b
    return Pairs(found.a[apart], found.b[apart], found.cosine[apart])


def _needed(unit: Floats, words: Words, centroids: cells.Centroids, found: Pairs) -> _Needed:
    """With what margin each row of a pair visits the other's home."""
    rows = np.unique(np.concatenate((found.a, found.b)))
    parted = cells.assign(unit[rows], words[rows], centroids, _PROBES)
    a, b = np.searchsorted(rows, found.a), np.searchsorted(rows, found.b)
    margin = np.full((2, len(a)), np.inf, np.float32)
    home = parted.cell[:, 0][np.stack((a, b))]
    for side, other in enumerate((b, a)):
        for rank in range(_PROBES):
            short = parted.cosine[other, 0] - parted.cosine[other, rank]
            margin[side] = np.where(parted.cell[other, rank] == home[side], short, margin[side])
    return _Needed(margin, home)


def _measured(plan: Plan, needed: _Needed) -> float:
    """The share of the sampled pairs that meet in a cell and whose signs are alike enough."""
    nobody = np.iinfo(np.int32).max
    # Rows that each visit the other's home are kept in that of the lower number.
    cell = np.where(needed.margin <= plan.margin, needed.home, nobody).min(axis=0)
    met = np.flatnonzero(cell != nobody)
    met = met[np.argsort(cell[met], kind="stable")]
    found = np.zeros(len(cell), np.bool_)
    found[met] = noticed(plan, plan.sampled.a[met], plan.sampled.b[met], cell[met])
    return _share(found)


def _share(found: NDArray[np.bool_]) -> float:
    """Of no pairs, all are found."""
    return float(found.mean()) if len(found) else 1.0


def _affordable(unit: Floats, words: Words, centroids: cells.Centroids, budget: float, seed: int) -> float:
    """The margin with which a row visits `budget` cells beside its own, on average of a sample."""
    chosen = np.random.default_rng(seed + 2).choice(len(unit), min(len(unit), 4096), replace=False)
    cosine = cells.assign(unit[chosen], words[chosen], centroids, _PROBES).cosine
    short = np.sort((cosine[:, :1] - cosine[:, 1:])[cosine[:, 1:] > -2.0])
    return float(short[int(budget * len(chosen))]) if budget * len(chosen) < len(short) else math.inf


def _quantile(margins: Floats, share: float) -> float:
    """The least margin that meets this share of the pairs; of those met at all, where too many are not."""
    met = np.sort(margins[np.isfinite(margins)])
    if not len(met):
        return 0.0
    wanted = share * len(margins) if len(met) >= share * len(margins) else share * len(met)
    return float(met[max(0, int(np.ceil(wanted)) - 1)])

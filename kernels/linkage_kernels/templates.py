"""Templates: dense neighbourhoods of near-duplicate rows, each with one exemplar.

Near-duplicate pairs are never all kept. They join rows into components as they are found, and each component is then
covered by stars (Aslam, Pelekhov & Rus 2004, "The star clustering algorithm"): the row with most neighbours takes
all rows that reach the threshold with it, then the next that is left. A chain of small steps from one text to quite
another is thereby cut, where single linkage would make one template of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

from linkage_kernels import near

Floats = NDArray[np.float32]
Ints = NDArray[np.int32]
Meet = Callable[[near.Plan, int], Iterator[near.Pairs]]

#: Inner products spent on one component; what is left of a larger one has no template.
_BUDGET = 1 << 28
#: Shares into which the components are dealt among threads.
_SHARES = 64
#: Partners of a row that are followed within a cell.
_LIMIT = 64
#: Cells visited beside a row's own, on average: of a neighbourhood in many cells, a few tie all together.
_VISITS = 3.0


class Templates(NamedTuple):
    """The template of each of n rows."""

    template: Ints  # [n]: -1 for none
    exemplar: Ints  # [t]: row of the exemplar, rising
    pairs: int  # near-duplicate pairs that were followed
    recall: float  # share of the near-duplicate pairs of a sample of rows that came together in a component
    sampled_pairs: int
    distinct: int  # rows left when equal ones are one


def templates(
    unit: Floats, threshold: float, recall: float = 0.99, seed: int = 0, meet: Meet | None = None
) -> Templates:
    """Cover the near-duplicates among the rows with templates.

    Args:
        unit: float32[n, d], C order, rows of length 1, or zero: these have no template.
        threshold: least inner product of a row with its exemplar.
        recall: share of all near-duplicate pairs to meet, as far as the visits go round.
        seed: of the samples taken.
        meet: what finds the pairs of a plan, at most so many a row and cell; `near.pairs` where absent.
    """
    n = len(unit)
    first, copies, row_of = _distinct(unit)
    compact = unit if len(first) == n else np.ascontiguousarray(unit[first])
    plan = near.plan(compact, threshold, recall, seed, budget=_VISITS)
    parent = np.arange(len(first), dtype=np.int32)
    degree = copies.astype(np.int32)
    followed = 0
    for found in (meet or near.pairs)(plan, _LIMIT):
        _unite(parent, degree, found.a, found.b)
        followed += len(found.a)
    root = _roots(parent)
    known = plan.sampled
    joined = float(np.mean(root[known.a] == root[known.b])) if len(known.a) else 1.0
    label, leaders = _stars(compact, root, degree, copies, threshold)
    if plan.cut:
        label, leaders = _merged(compact, label, leaders, threshold, recall, seed)
    member = np.full(n, -1, np.int32)
    there = row_of >= 0
    member[there] = label[row_of[there]]
    exemplar = first[leaders].astype(np.int32)
    order = np.argsort(exemplar, kind="stable")
    rank = np.empty(len(order), np.int32)
    rank[order] = np.arange(len(order), dtype=np.int32)
    held = member >= 0
    member[held] = rank[member[held]]
    return Templates(member, exemplar[order], followed, joined, len(known.a), len(first))


def _distinct(unit: Floats) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """First row of each distinct one, how often it occurs, and which distinct row each row is (-1: zero)."""
    n = len(unit)
    code = np.empty(n, np.uint64)
    with np.errstate(over="ignore"):  # a hash wraps around; only uncompiled code would warn
        _hash(unit, code)
    order = np.argsort(code, kind="stable")
    new = np.ones(n, np.bool_)
    _changes(unit, code, order, new)
    group = np.cumsum(new) - 1
    first = order[new]
    copies = np.bincount(group, minlength=len(first))
    alive = code[first] != 0
    # Distinct rows keep the order in which they first occur.
    place = np.full(len(first), -1, np.int64)
    kept = np.flatnonzero(alive)[np.argsort(first[alive], kind="stable")]
    place[kept] = np.arange(len(kept))
    row_of = np.empty(n, np.int64)
    row_of[order] = place[group]
    return first[kept], copies[kept], row_of


def _roots(parent: Ints) -> Ints:
    """The root of every row."""
    while True:
        above = parent[parent]
        if np.array_equal(above, parent):
            return parent
        parent = above


def _stars(
    unit: Floats, root: Ints, degree: Ints, copies: NDArray[np.int64], threshold: float
) -> tuple[Ints, NDArray[np.int64]]:
    """Template of each row (-1: none) and the leading row of each template."""
    n = len(unit)
    size = np.bincount(root, minlength=n)
    # A row that occurs twice is a template of its own.
    wanted = (size[root] > 1) | (copies > 1)
    rows = np.flatnonzero(wanted)
    rows = rows[np.lexsort((rows, -degree[rows], root[rows]))].astype(np.int64)
    start = np.flatnonzero(np.concatenate(([True], root[rows][1:] != root[rows][:-1]))) if len(rows) else rows
    bounds = np.append(start, len(rows)).astype(np.int64)
    leader = np.full(n, -1, np.int64)
    # Every other one by size, so that each thread has as many large components.
    order = np.argsort(-np.diff(bounds), kind="stable")
    order = np.concatenate([order[k::_SHARES] for k in range(_SHARES)])
    _cover(unit, rows, bounds, order, np.float32(threshold), _BUDGET, leader)
    # A leader that took nobody and occurs once leads no template.
    held = leader >= 0
    taken = np.bincount(leader[held], weights=copies[held], minlength=n)
    leader[held & (taken[leader] < 2)] = -1
    leaders, label = np.unique(leader[leader >= 0], return_inverse=True)
    template = np.full(n, -1, np.int32)
    template[leader >= 0] = label
    return template, leaders


def _merged(
    unit: Floats, label: Ints, leaders: NDArray[np.int64], threshold: float, recall: float, seed: int
) -> tuple[Ints, NDArray[np.int64]]:
    """Templates joined where their leaders are near: a neighbourhood too dense for one cell was cut."""
    found, _ = near.join(np.ascontiguousarray(unit[leaders]), threshold, recall, seed, _LIMIT)
    parent = np.arange(len(leaders), dtype=np.int32)
    _unite(parent, np.zeros(len(leaders), np.int32), found.a, found.b)
    kept, joined = np.unique(_roots(parent), return_inverse=True)
    held = label >= 0
    label[held] = joined[label[held]]
    return label, leaders[kept]


@njit(cache=True, parallel=True)
def _hash(unit, code):  # type: ignore[no-untyped-def]
    """A 64-bit hash of each row's values; 0 for zero rows (FNV-1a on the bits, mixed at the end)."""
    for i in prange(len(unit)):
        bits = unit[i].view(np.uint32)
        h = np.uint64(14695981039346656037)
        some = np.uint32(0)
        for k in range(len(bits)):
            # -0.0 and 0.0 are one value.
            value = bits[k] if unit[i, k] != 0.0 else np.uint32(0)
            some |= value
            h = (h ^ np.uint64(value)) * np.uint64(1099511628211)
            h ^= h >> np.uint64(29)
        code[i] = np.uint64(0) if some == 0 else h | np.uint64(1)


@njit(cache=True, parallel=True)
def _changes(unit, code, order, new):  # type: ignore[no-untyped-def]
    """new[k]: whether the row order[k] differs from the one before it."""
    for k in prange(1, len(order)):
        if code[order[k]] == code[order[k - 1]]:
            same = True
            for j in range(unit.shape[1]):
                same &= unit[order[k], j] == unit[order[k - 1], j]
            new[k] = not same


@njit(cache=True)
def _unite(parent, degree, a, b):  # type: ignore[no-untyped-def]
    """Join the components of each pair, the lower root above, and count its neighbours."""
    for p in range(len(a)):
        x, y = a[p], b[p]
        degree[x] += 1
        degree[y] += 1
        while parent[x] != x:
            parent[x] = parent[parent[x]]
            x = parent[x]
        while parent[y] != y:
            parent[y] = parent[parent[y]]
            y = parent[y]
        if x < y:
            parent[y] = x
        elif y < x:
            parent[x] = y


@njit(cache=True, parallel=True, fastmath={"contract", "reassoc"})
def _cover(unit, rows, bounds, order, threshold, budget, leader):  # type: ignore[no-untyped-def]
    """leader[row] of the rows of each component, in the order of their degrees."""
    width = unit.shape[1]
    for turn in prange(len(order)):
        begin, end = bounds[order[turn]], bounds[order[turn] + 1]
        left = rows[begin:end].copy()
        many = len(left)
        # The rows that are left lie together, since they are gone through again and again.
        near_by = np.empty((many, width), np.float32)
        for k in range(many):
            for j in range(width):
                near_by[k, j] = unit[left[k], j]
        head = np.empty(width, np.float32)
        spent = 0
        while many > 0 and spent < budget:
            head[:] = near_by[0]
            first = left[0]
            leader[first] = first
            kept = 0
            for k in range(1, many):
                dot = np.float32(0.0)
                for j in range(width):
                    dot += head[j] * near_by[k, j]
                if dot >= threshold:
                    leader[left[k]] = first
                else:
                    left[kept] = left[k]
                    near_by[kept] = near_by[k]
                    kept += 1
            spent += many
            many = kept

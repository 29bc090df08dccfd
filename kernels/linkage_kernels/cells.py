"""Partition of unit vectors into cells of about equal size, with the nearest few cells of each row.

Spherical k-means on a seeded sample, in two levels, so that a row meets about twice the square root of all centroids.
"""

from __future__ import annotations

import itertools
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from linkage_kernels import dots
from linkage_kernels.buckets import by_key

Floats = NDArray[np.float32]
Ints = NDArray[np.int32]

#: Rows of a block when rows meet centroids; nothing depends on it but speed.
_BLOCK = 1024
_ROUNDS = 2
_SAMPLE_PER_CELL = 16
#: With more centroids than this, rows are led to them by the nearest `_REACH` of `_TOPS`.
_FLAT = 2048
_TOPS = 1024
_REACH = 16
_REACH_MARGIN = 0.07
#: A margin that leaves nothing out.
_ANY = 4.0
#: Rows led to their cells at once.
_SLAB = 1 << 18
#: Centroids that the others are ordered by, so that cells near one another are met one after the other.
_ANCHORS = 32


class Cells(NamedTuple):
    """The nearest cells of each of n rows."""

    cell: Ints  # [n, p]: best first, -1 for none
    cosine: Floats  # [n, p]: to the cell's centroid
    number: int  # of cells


class Visits(NamedTuple):
    """The home cell of each of n rows, and the further cells nearly as near."""

    home: Ints  # [n]
    start: NDArray[np.int64]  # [n + 1], where a row's further cells begin
    others: Ints  # [m], best first
    number: int  # of cells


def tile_width(width: int) -> int:
    """Columns of a tile that stay in a core's cache: 64 to 512, a multiple of 16."""
    return int(min(512, max(64, 98_304 // max(width, 1) // 16 * 16)))


class Centroids(NamedTuple):
    """Where the cells are: leaves, and the tops that lead to them where there are many."""

    leaves: Floats  # [c, d]
    tops: Floats  # [t, d]; none where rows meet all leaves
    owner: NDArray[np.int64]  # [t + 1], first leaf of each top


def partition(unit: Floats, size: int, probes: int, seed: int) -> Cells:
    """Cells of about `size` rows, and the `probes` nearest of each row; see `train` and `assign`."""
    return assign(unit, train(unit, size, seed), probes)


def train(unit: Floats, size: int, seed: int) -> Centroids:
    """Centroids of cells of about `size` rows.

    Args:
        unit: float32[n, d], C order, rows of length 1.
        size: rows of a cell, on average.
        seed: of the sample that centroids are trained on.
    """
    n = len(unit)
    count = max(1, n // size)
    flat = count if count <= _FLAT else min(_TOPS, count)
    order = np.random.default_rng(seed).permutation(n)
    tops = _trained(unit[order[: _SAMPLE_PER_CELL * flat]], flat)
    if flat == count:
        near_each_other, _ = by_key(_nearest(tops, tops[:_ANCHORS].copy(), 1).cell[:, 0], _ANCHORS)
        return Centroids(np.ascontiguousarray(tops[near_each_other]), tops[:0], np.zeros(1, np.int64))
    training = unit[order[: _SAMPLE_PER_CELL * count]]
    groups = _nearest(training, tops, 1).cell[:, 0]
    by_group, _ = by_key(groups, flat)
    leaves, owner = _leaves(training[by_group], groups[by_group], flat, count)
    return Centroids(leaves, tops, owner)


def assign(unit: Floats, centroids: Centroids, probes: int, margin: float = _ANY) -> Cells:
    """The nearest cells of each row, `probes` at most, that are no more than the margin less near than the nearest."""
    leaves, tops, owner = centroids
    if not len(tops):
        return _nearest(unit, leaves, probes, margin)
    found = _none(len(unit), probes, len(leaves))
    above = _nearest(unit, tops, _REACH, _REACH_MARGIN)
    order, _ = by_key(above.cell[:, 0], len(tops))
    packed, begins = _packed(leaves, owner)
    dots.descend(unit, order, above.cell, owner, packed, begins, np.float32(margin), found.cell, found.cosine)
    return found


def visits(unit: Floats, centroids: Centroids, probes: int, margin: float) -> Visits:
    """`assign`, a slab of rows at a time, with the cells that a row does not have left out."""
    homes, counts, others = [], [np.zeros(1, np.int64)], []
    for begin in range(0, len(unit), _SLAB):
        cell = assign(unit[begin : begin + _SLAB], centroids, probes, margin).cell
        further = cell[:, 1:]
        homes.append(cell[:, 0].copy())
        counts.append((further >= 0).sum(axis=1))
        others.append(further[further >= 0])
    start = np.cumsum(np.concatenate(counts))
    return Visits(np.concatenate(homes), start, np.concatenate(others), len(centroids.leaves))


def _packed(leaves: Floats, owner: NDArray[np.int64]) -> tuple[Floats, NDArray[np.int64]]:
    """The leaves of each top, transposed and padded as `dots.descend` wants them; and where each top's begin."""
    deep = (leaves.shape[1] + 7) // 8 * 8
    wide = (np.diff(owner) + 15) // 16 * 16
    begins = np.concatenate(([0], np.cumsum(wide * deep))).astype(np.int64)
    packed = np.zeros(int(begins[-1]), np.float32)
    for top, (begin, end) in enumerate(itertools.pairwise(owner)):
        block = packed[begins[top] : begins[top + 1]].reshape(deep, int(wide[top]))
        block[: leaves.shape[1], : end - begin] = leaves[begin:end].T
    return packed, begins


def _none(rows: int, probes: int, count: int) -> Cells:
    """No cell yet for any row."""
    return Cells(np.full((rows, probes), -1, np.int32), np.full((rows, probes), -2.0, np.float32), count)


def _nearest(unit: Floats, centroids: Floats, probes: int, margin: float = _ANY) -> Cells:
    """The nearest centroids of each row, all compared; those within the margin of the nearest are among them."""
    found = _none(len(unit), probes, len(centroids))
    _group_best(unit, np.zeros(len(unit), np.int32), np.array([0, len(centroids)]), centroids, margin, found)
    return found


def _group_best(
    unit: Floats, group: Ints, owner: NDArray[np.int64], centroids: Floats, margin: float, found: Cells
) -> None:
    """Compare each row with the centroids of its group, which are owner[g]..owner[g + 1]."""
    order, start = by_key(group, len(owner) - 1)
    blocks = [
        (at, min(at + _BLOCK, int(end)), int(owner[g]), int(owner[g + 1]))
        for g, (begin, end) in enumerate(itertools.pairwise(start))
        for at in range(int(begin), int(end), _BLOCK)
    ]
    shape = np.array(blocks, np.int64).reshape(-1, 4)
    dots.best(unit, order, shape, centroids, tile_width(unit.shape[1]), np.float32(margin), found.cell, found.cosine)


def _trained(training: Floats, count: int) -> Floats:
    """Spherical k-means that begins with the first `count` rows."""
    centroids = training[:count].copy()
    for _ in range(_ROUNDS if count > 1 else 0):
        centroids = _means(training, _nearest(training, centroids, 1).cell[:, 0], centroids)
    return centroids


def _leaves(training: Floats, group: Ints, groups: int, count: int) -> tuple[Floats, NDArray[np.int64]]:
    """About `count` centroids, each group's trained on its own rows; and where each group's begin."""
    start = np.searchsorted(group, np.arange(groups + 1))
    each = np.maximum(1, np.round(np.diff(start) * count / len(training))).astype(np.int64)
    owner = np.concatenate(([0], np.cumsum(each)))
    first = np.concatenate([np.arange(s, s + k) for s, k in zip(start[:-1], each, strict=True)])
    leaves = training[np.minimum(first, len(training) - 1)].copy()
    for _ in range(_ROUNDS):
        found = _none(len(training), 1, len(leaves))
        _group_best(training, group, owner, leaves, _ANY, found)
        leaves = _means(training, found.cell[:, 0], leaves)
    return leaves, owner


def _means(training: Floats, cell: Ints, old: Floats) -> Floats:
    """Mean direction of each cell's rows; a cell that lost all its rows stays where it was."""
    order = np.argsort(cell, kind="stable")
    used, first = np.unique(cell[order], return_index=True)
    sums = np.add.reduceat(training[order], first, axis=0)
    length = np.sqrt(np.einsum("ij,ij->i", sums, sums))
    new = old.copy()
    fit = length > 0
    new[used[fit]] = sums[fit] / length[fit, None]
    return new

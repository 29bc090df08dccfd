"""Partition of unit vectors into cells of about equal size, with the nearest few cells of each row.

Spherical k-means on a seeded sample. A row is compared with the signs of all centroids, and multiplied with the few
whose signs are most like its own, so that ten thousand cells cost a row about a microsecond.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from linkage_kernels import routes
from linkage_kernels.signs import Words, signs

Floats = NDArray[np.float32]
Ints = NDArray[np.int32]

_ROUNDS = 3
_SAMPLE_PER_CELL = 24
#: Centroids that a row is multiplied with, at most; while they are trained.
REACH = 128
_TRAINING_REACH = 64
#: A margin that leaves nothing out.
_ANY = 4.0
#: Rows led to their cells at once.
_SLAB = 1 << 15
#: Centroids that the others are ordered by, so that cells near one another are met one after the other.
_ANCHORS = 32


class Cells(NamedTuple):
    """The nearest cells of each of n rows."""

    cell: Ints  # [n, p]: best first, -1 for none; a zero row has none
    cosine: Floats  # [n, p]: to the cell's centroid, -2 for none
    number: int  # of cells


class Visits(NamedTuple):
    """The home cell of each of n rows, and the further cells nearly as near."""

    home: Ints  # [n]: -1 for none
    start: NDArray[np.int64]  # [n + 1], where a row's further cells begin
    others: Ints  # [m], best first
    number: int  # of cells


class Centroids(NamedTuple):
    """Where the cells are, and the signs of their centroids."""

    leaves: Floats  # [c, d]
    words: Words  # [2, c]


def partition(unit: Floats, size: int, probes: int, seed: int) -> Cells:
    """Cells of about `size` rows, and the `probes` nearest of each row; see `train` and `assign`."""
    words = signs(unit)
    return assign(unit, words, train(unit, words, max(1, len(unit) // size), seed), probes)


def train(unit: Floats, words: Words, count: int, seed: int) -> Centroids:
    """Centroids of so many cells of about equal size.

    Args:
        unit: float32[n, d], C order, rows of length 1.
        words: uint64[n, 2], their signs.
        count: of cells, at most n.
        seed: of the sample that centroids are trained on.
    """
    chosen = np.random.default_rng(seed).permutation(len(unit))[: _SAMPLE_PER_CELL * count]
    training, known = unit[chosen], words[chosen]
    found = _centroids(training[:count].copy())
    for _ in range(_ROUNDS if count > 1 else 0):
        nearest = _nearest(training, known, found, 1, _TRAINING_REACH)
        found = _centroids(_means(training, nearest.cell[:, 0], found.leaves))
    anchors = _centroids(found.leaves[:_ANCHORS].copy())
    by_anchor = _nearest(found.leaves, np.ascontiguousarray(found.words.T), anchors, 1, _ANCHORS).cell[:, 0]
    order = np.argsort(by_anchor, kind="stable")
    return Centroids(np.ascontiguousarray(found.leaves[order]), np.ascontiguousarray(found.words[:, order]))


def assign(unit: Floats, words: Words, centroids: Centroids, probes: int, margin: float = _ANY) -> Cells:
    """The nearest cells of each row, `probes` at most, that are no more than the margin less near than the nearest.

    Args:
        unit: float32[n, d], C order, rows of length 1 or zero.
        words: uint64[n, 2], their signs.
        centroids: from `train`.
        probes: cells of a row, at most.
        margin: between 0 and 4, which leaves nothing out.
    """
    return _nearest(unit, words, centroids, probes, REACH, margin)


def visits(unit: Floats, words: Words, centroids: Centroids, probes: int, margin: float) -> Visits:
    """`assign`, a slab of rows at a time, with the cells that a row does not have left out."""
    homes, counts, others = [], [np.zeros(1, np.int64)], []
    for begin in range(0, len(unit), _SLAB):
        slab = slice(begin, begin + _SLAB)
        cell = assign(unit[slab], words[slab], centroids, probes, margin).cell
        further = cell[:, 1:]
        homes.append(cell[:, 0].copy())
        counts.append((further >= 0).sum(axis=1))
        others.append(further[further >= 0])
    start = np.cumsum(np.concatenate(counts))
    return Visits(np.concatenate(homes), start, np.concatenate(others), len(centroids.leaves))


def _centroids(leaves: Floats) -> Centroids:
    return Centroids(leaves, np.ascontiguousarray(signs(leaves).T))


def _nearest(unit: Floats, words: Words, centroids: Centroids, probes: int, reach: int, margin: float = _ANY) -> Cells:
    """The nearest centroids of each row among those whose signs are most like its own."""
    rows, (leaves, (first, second)) = len(unit), centroids
    found = Cells(np.full((rows, probes), -1, np.int32), np.full((rows, probes), -2.0, np.float32), len(leaves))
    with np.errstate(over="ignore"):  # words wrap around; only uncompiled code would warn
        routes.route(
            unit, words, leaves, first, second, reach, np.float32(margin), found.cell, found.cosine
        )  # fmt: skip
    return found


def _means(training: Floats, cell: Ints, old: Floats) -> Floats:
    """Mean direction of each cell's rows; a cell that lost all its rows stays where it was."""
    order = np.argsort(cell, kind="stable")
    order = order[np.searchsorted(cell[order], 0) :]
    used, first = np.unique(cell[order], return_index=True)
    sums = np.add.reduceat(training[order], first, axis=0) if len(used) else old[:0]
    length = np.sqrt(np.einsum("ij,ij->i", sums, sums))
    new = old.copy()
    fit = length > 0
    new[used[fit]] = sums[fit] / length[fit, None]
    return new

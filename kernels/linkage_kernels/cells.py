"""Partition of unit vectors into cells of about equal size, with the nearest few cells of each row.

Spherical k-means on a seeded sample. Rows are multiplied with all centroids, in tiles.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from linkage_kernels import routes
from linkage_kernels.directions import WIDTH, narrow

Floats = NDArray[np.float32]
Ints = NDArray[np.int32]

_ROUNDS = 3
_SAMPLE_PER_CELL = 24
#: Cells that a wide row is multiplied with, of those nearest when narrowed, and how much less near these may be.
_SHORT, _SHORTEST = 64, 0.5
#: A margin that leaves nothing out.
_ANY = 4.0
#: Rows led to their cells at once.
_SLAB = 1 << 14
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


def partition(unit: Floats, size: int, probes: int, seed: int) -> Cells:
    """Cells of about `size` rows, and the `probes` nearest of each row; see `train`."""
    return _led(unit, narrow(unit), train(unit, max(1, len(unit) // size), seed), probes)


def train(unit: Floats, count: int, seed: int) -> Floats:
    """Centroids of so many cells of about equal size -> float32[count, d].

    Args:
        unit: float32[n, d], C order, rows of length 1.
        count: of cells, at most n.
        seed: of the sample that centroids are trained on.
    """
    chosen = np.random.default_rng(seed).permutation(len(unit))[: _SAMPLE_PER_CELL * count]
    training = unit[chosen]
    rows, leaves = narrow(training), training[:count].copy()
    for _ in range(_ROUNDS if count > 1 else 0):
        leaves = _means(training, _led(training, rows, leaves, 1).cell[:, 0], leaves)
    by_anchor = _led(leaves, narrow(leaves), leaves[:_ANCHORS].copy(), 1).cell[:, 0]
    return np.ascontiguousarray(leaves[np.argsort(by_anchor, kind="stable")])


def assign(rows: Floats, leaves: Floats, probes: int, margin: float = _ANY) -> Cells:
    """The nearest cells of each row, `probes` at most, that are no more than the margin less near than the nearest.

    Args:
        rows: float32[n, w], C order, w a multiple of four, rows of length 1 or zero.
        leaves: from `train`.
        probes: cells of a row, at most.
        margin: between 0 and 4, which leaves nothing out.
    """
    found = Cells(np.empty((len(rows), probes), np.int32), np.empty((len(rows), probes), np.float32), len(leaves))
    routes.route(rows, leaves, np.float32(margin), found.cell, found.cosine)
    return found


def _led(unit: Floats, rows: Floats, leaves: Floats, probes: int) -> Cells:
    """The nearest cells of each row, `probes` at most; wide rows are multiplied with those nearest when narrowed."""
    if unit.shape[1] <= WIDTH:
        return assign(rows, narrow(leaves), probes, _ANY if probes > 1 else 0.0)
    found = assign(rows, narrow(leaves), max(_SHORT, probes), _SHORTEST)
    routes.refine(unit, leaves, found.cell, found.cosine)
    return Cells(found.cell[:, :probes].copy(), found.cosine[:, :probes].copy(), len(leaves))


def visits(rows: Floats, leaves: Floats, probes: int, margin: float) -> Visits:
    """`assign`, a slab of rows at a time, with the cells that a row does not have left out."""
    n = len(rows)
    home, count, others = np.empty(n, np.int32), np.zeros(n + 1, np.int64), []
    further = np.empty(_SLAB * probes, np.int32)
    for begin in range(0, n, _SLAB):
        slab = slice(begin, min(n, begin + _SLAB))
        cell = assign(rows[slab], leaves, probes, margin).cell
        others.append(further[: routes.gather(cell, home[slab], count[1:][slab], further)].copy())
    return Visits(home, np.cumsum(count), np.concatenate(others), len(leaves))


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

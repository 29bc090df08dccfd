"""Small cells of rows that are alike, gathered in groups: spherical k-means in two levels on a seeded sample."""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from linkage_kernels import walk

Floats = NDArray[np.float32]
Ints = NDArray[np.int32]
Longs = NDArray[np.int64]

#: Rows that go through a tile together; nothing depends on it but speed.
_BLOCK = 1024
_ROUNDS = 3
_SAMPLE_A_CELL = 24
#: Groups whose cells a row is compared with.
_REACH = 3


class Tiles(NamedTuple):
    """Rows as the columns of tiles: 16 columns by 4 dimensions lie together."""

    start: Longs  # [t + 1]: first column of a tile
    base: Longs  # [t + 1]: its first lane, a multiple of 16
    tiles: Floats  # [lanes * w]: w is the width rounded up to a multiple of 4
    mean: Floats  # [t, w]
    spread: Floats  # [t]: standard deviation of its columns along one dimension


def pack(unit: Floats, order: Ints, start: Longs) -> Tiles:
    """Tiles of the rows order[start[t] : start[t + 1]] of unit."""
    base = np.concatenate(([0], np.cumsum((np.diff(start) + 15) // 16 * 16))).astype(np.int64)
    width, count = (unit.shape[1] + 3) // 4 * 4, len(start) - 1
    tiles = np.zeros(int(base[-1]) * width, np.float32)
    packed = Tiles(start, base, tiles, np.zeros((count, width), np.float32), np.zeros(count, np.float32))
    walk.fill(unit, order, *packed)
    return packed


def grow(unit: Floats, rows: Ints, size: int, seed: int) -> Ints:
    """Cells of about `size` of the rows -> int32[m]: the cell of each; cells of one group follow one another.

    Args:
        unit: float32[n, d], C order, rows of length 1.
        rows: int32[m], which of them.
        size: rows of a cell, on average.
        seed: of the sample that centroids are trained on.
    """
    count = max(1, len(rows) // size)
    rng = np.random.default_rng(seed)
    many = min(len(rows), _SAMPLE_A_CELL * count)
    sample = rng.permutation(np.sort(rng.choice(len(rows), many, replace=False)))
    training = unit[rows[sample]]
    tops = round(count**0.5) if count > 64 else 1
    top = training[:tops].copy()
    for _ in range(_ROUNDS if tops > 1 else 0):
        some = training[: 64 * tops]
        top = _means(some, _nearest(some, top, 1)[:, 0], top)
    group = _nearest(training, top, 1)[:, 0]
    order = np.argsort(group, kind="stable")
    training, group = training[order], group[order]
    start = np.searchsorted(group, np.arange(tops + 1))
    each = np.maximum(1, np.round(np.diff(start) * count / many)).astype(np.int64)
    begins = np.concatenate(([0], np.cumsum(each))).astype(np.int64)
    first = np.concatenate([np.arange(s, s + k) for s, k in zip(start[:-1], each, strict=True)])
    leaves = training[np.minimum(first, many - 1)].copy()
    every = np.arange(many, dtype=np.int32)
    for _ in range(_ROUNDS):
        ids, cos = _empty(many, 1)
        _meet(training, every, group, leaves, begins, ids, cos)
        leaves = _means(training, ids[:, 0], leaves)
    mine = unit if len(rows) == len(unit) else unit[rows]
    above = _nearest(mine, top, min(_REACH, tops))
    ids, cos = _empty(len(rows), 1)
    for rank in range(above.shape[1]):
        _meet(mine, np.arange(len(rows), dtype=np.int32), above[:, rank], leaves, begins, ids, cos)
    return ids[:, 0]


def _empty(rows: int, places: int) -> tuple[Ints, Floats]:
    return np.full((rows, places), 2147483647, np.int32), np.full((rows, places), -2.0, np.float32)


def _nearest(unit: Floats, columns: Floats, places: int) -> Ints:
    """The nearest columns of each row, all compared -> int32[n, places]."""
    ids, cos = _empty(len(unit), places)
    every = np.arange(len(unit), dtype=np.int32)
    _meet(unit, every, np.zeros(len(unit), np.int32), columns, np.array([0, len(columns)]), ids, cos)
    return ids


def _meet(unit: Floats, rows: Ints, group: Ints, columns: Floats, begins: Longs, ids: Ints, cos: Floats) -> None:
    """Compare each row with the columns of its group: begins[g]..begins[g + 1]."""
    number = np.arange(len(columns), dtype=np.int32)
    packed = pack(columns, number, begins)
    order = np.argsort(group, kind="stable").astype(np.int32)
    edges = np.searchsorted(group[order], np.arange(len(begins)))
    blocks = [
        (at, min(at + _BLOCK, int(end)), g)
        for g, (begin, end) in enumerate(pairwise(edges))
        for at in range(int(begin), int(end), _BLOCK)
    ]
    shape = np.array(blocks, np.int64).reshape(-1, 3)
    walk.closest(unit, rows[order], shape, number, packed.start, packed.base, packed.tiles, ids, cos)


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

"""The k rows nearest to each row of a set of unit vectors: a graph that is nearly exact, and says how nearly.

Rows are parted into small cells. A row looks into a cell where the cell's mean and spread leave it a fair chance of a
row nearer than the worst of the k found so far. What is a fair chance, in standard deviations, is settled on a sample
whose true neighbours are known. All comparing is dense, in tiles that stay in the cache, so that looking into a few
percent of the rows costs less than following a graph does (Dong et al. 2011, the usual way, is bound by memory).
"""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from linkage_kernels import cells, walk

Floats = NDArray[np.float32]
Ints = NDArray[np.int32]
Longs = NDArray[np.int64]

#: Up to so many rows all are compared with all.
_ALL = 4096
#: Rows of a cell, on average; more where there would be too many cells to look at each row's chances in all of them.
_SIZE = 64
_MOST_CELLS = 16_384
#: Rows that go through the cells together.
_BLOCK = 512
#: Blocks and rows of each that the chance is settled on; rows that the recall is measured on.
_SAMPLE_BLOCKS = 16
_SAMPLE_ROWS = 64
_MEASURED = 1024
#: Products that differ less are a tie.
TIE = walk.TIE


class Neighbours(NamedTuple):
    """The nearest rows of each of n rows."""

    ids: Ints  # [n, k]: best first, ties to the lower number; -1 where there is none
    cos: Floats  # [n, k]: inner products, -1.0 where there is none
    recall: float  # measured: share of the true neighbours (ties count) found for a sample of rows
    compared: float  # rows that a row was compared with, on average


class _Index(NamedTuple):
    """Rows in the order of their cells, and the cells as tiles: 16 columns by 4 dimensions lie together."""

    unit: Floats  # [n, d]
    order: Ints  # [m]: rows that are not zero, cell by cell
    start: Longs  # [c + 1]: where a cell begins in `order`
    base: Longs  # [c + 1]: where its columns begin, a multiple of 16
    tiles: Floats  # [columns * w]: w is d rounded up to a multiple of 4
    mean: Floats  # [c, w]
    spread: Floats  # [c]: standard deviation of its rows along one dimension


def nearest(unit: Floats, k: int, recall: float = 0.95, seed: int = 0, budget: int = 100_000) -> Neighbours:
    """The k nearest other rows of each row by inner product; equal results whatever the number of threads.

    Args:
        unit: float32[n, d], rows of length 1; rows of zeros, or with what is not finite, are nobody's neighbours.
        k: neighbours a row, at least 1.
        recall: share of the true neighbours to find; 1.0 compares all rows.
        seed: of the cells and samples.
        budget: rows that a row may be compared with on average, however many it takes for the recall. This makes the
            time linear in n for data that no cells can part.

    Raises:
        ValueError: not float32[n, d], or k or recall out of range.
    """
    if unit.ndim != 2 or unit.dtype != np.float32:
        raise ValueError(f"unit must be float32[n, d], is {unit.dtype}[{', '.join(map(str, unit.shape))}]")
    if k < 1 or not 0.0 < recall <= 1.0:
        raise ValueError(f"k must be at least 1 and recall above 0 and at most 1; they are {k} and {recall}")
    unit = np.ascontiguousarray(unit)
    unit = unit if unit.flags.writeable else unit.copy()
    length = np.einsum("ij,ij->i", unit, unit)
    rows = np.flatnonzero(np.isfinite(length) & (length > 0)).astype(np.int32)
    out = Neighbours(np.full((len(unit), k), -1, np.int32), np.full((len(unit), k), -1.0, np.float32), 1.0, 0.0)
    if len(rows) < 2:
        return out
    all_of_them = len(rows) <= _ALL or recall == 1.0
    index = _index(unit, rows, None if all_of_them else seed)
    rng = np.random.default_rng(seed + 1)
    reach = np.inf if all_of_them else _reach(index, k, recall, rng, budget)
    every = np.arange(len(rows), dtype=np.int64)
    seen = _search(index, every, _bounds(len(rows), _BLOCK), reach, out.ids, out.cos, index.order)
    if not all_of_them:
        chosen = np.sort(rng.choice(len(rows), min(len(rows), _MEASURED), replace=False))
        _, known = _exhaustive(index, chosen, k)
        out = out._replace(recall=_found(out.cos[index.order[chosen]], known))
    return out._replace(compared=seen / len(rows))


def _bounds(count: int, block: int) -> Longs:
    return np.append(np.arange(0, count, block), count).astype(np.int64)


def _index(unit: Floats, rows: Ints, seed: int | None) -> _Index:
    """Cells of at most 128 rows, or twice the average; without a seed, rows as they come."""
    order, cell = rows, np.zeros(len(rows), np.int32)
    size = max(_SIZE, len(rows) // _MOST_CELLS)
    if seed is not None:
        cell = cells.partition(unit if len(rows) == len(unit) else unit[rows], size, 1, seed).cell[:, 0]
        ranked = np.argsort(cell, kind="stable")
        order, cell = rows[ranked], cell[ranked]
    largest = (2 * size + 15) // 16 * 16
    first = np.append(np.flatnonzero(np.diff(cell, prepend=-1)), len(rows))
    cuts = [np.arange(begin, end, largest) for begin, end in pairwise(first)]
    start = np.append(np.concatenate(cuts), len(rows)).astype(np.int64)
    base = np.concatenate(([0], np.cumsum((np.diff(start) + 15) // 16 * 16))).astype(np.int64)
    width, count = (unit.shape[1] + 3) // 4 * 4, len(start) - 1
    index = _Index(
        unit, order, start, base,
        np.zeros(int(base[-1]) * width, np.float32), np.zeros((count, width), np.float32), np.zeros(count, np.float32),
    )  # fmt: skip
    walk.fill(*index)
    return index


def _search(index: _Index, query: Longs, bounds: Longs, reach: float, ids: Ints, cos: Floats, out: Ints) -> int:
    """Neighbours of the rows at places `query` of the order into rows `out` of ids and cos; pairs compared."""
    seen = np.zeros(len(bounds) - 1, np.int64)
    # Rows go through the cells with far fewer than 3e38 standard deviations to spare.
    walk.walk(*index, query, bounds, np.float32(min(reach, 1e30)), ids, cos, out, seen)
    return int(seen.sum())


def _exhaustive(index: _Index, query: Longs, k: int) -> tuple[Ints, Floats]:
    ids, cos = np.full((len(query), k), -1, np.int32), np.full((len(query), k), -1.0, np.float32)
    _search(index, query, _bounds(len(query), 128), np.inf, ids, cos, np.arange(len(query), dtype=np.int32))
    return ids, cos


def _found(cos: Floats, known: Floats) -> float:
    """Share of the neighbours that are as near as the true ones."""
    true = known > -1.0
    worst = np.where(true, known, np.inf).min(axis=1, initial=np.inf)
    hits = np.minimum((cos >= worst[:, None] - TIE).sum(axis=1), true.sum(axis=1))
    return float(hits.sum() / max(int(true.sum()), 1))


def _reach(index: _Index, k: int, recall: float, rng: np.random.Generator, budget: int) -> float:
    """How many standard deviations a cell may fall short of a row's worst neighbour and still be looked into."""
    n = len(index.order)
    blocks = rng.choice(-(-n // _BLOCK), min(-(-n // _BLOCK), _SAMPLE_BLOCKS), replace=False)
    parts = []
    for block in np.sort(blocks):
        inside = np.arange(block * _BLOCK, min(n, (block + 1) * _BLOCK))
        parts.append(np.sort(rng.choice(inside, min(len(inside), _SAMPLE_ROWS), replace=False)))
    query = np.concatenate(parts).astype(np.int64)
    bounds = np.concatenate(([0], np.cumsum([len(part) for part in parts]))).astype(np.int64)
    _, known = _exhaustive(index, query, k)
    ids, cos = np.empty((len(query), k), np.int32), np.empty((len(query), k), np.float32)
    own = np.arange(len(query), dtype=np.int32)
    # A little more than asked for, so that the sample's luck does not leave the whole below it.
    wanted = recall + 0.1 * (1.0 - recall)
    low, high = 1.0, 9.0
    for _ in range(7):
        middle = (low + high) / 2
        seen = _search(index, query, bounds, middle, ids, cos, own)
        if seen > budget * len(query) or _found(cos, known) >= wanted:
            high = middle
        else:
            low = middle
    return high if _search(index, query, bounds, high, ids, cos, own) <= budget * len(query) else low

"""The dense searches on a GPU: near-duplicate pairs and nearest neighbours, every row compared with every other.

The same pairs as the kernels find, and the few that they miss; up to ties, since sums of float32 depend on their order.
Products are of full float32 precision (no TF32), in blocks, so that the memory of the device that is needed is known.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from linkage.errors import MissingExtraError

Floats = NDArray[np.float32]
Ints = NDArray[np.int32]

#: Inner products this near the threshold may fall on either side of it on another device.
TIE: Final = 2e-6
#: Rows of a block: a block of products and what is made of it take up to 50 bytes times its square.
BLOCK: Final = 8192


class Joined(NamedTuple):
    """Pairs over a threshold, i < j, sorted."""

    i: Ints
    j: Ints
    ties: int  # pairs, over the threshold or under it, that are within TIE of it
    dropped: int  # pairs over the limit of their row


class Neighbours(NamedTuple):
    """The nearest rows of each of n rows."""

    ids: Ints  # [n, k]: best first, ties to the lower number; -1 where there is none
    cos: Floats  # [n, k]: inner products, -1.0 where there is none


def join(unit: Floats, threshold: float, device: str, block: int = BLOCK, limit: int | None = None) -> Joined:
    """All pairs of rows whose inner product reaches a threshold.

    Args:
        unit: float32[n, d], rows of length 1; rows of zeros, or with what is not finite, meet nobody.
        threshold: least inner product, above 0.
        device: of torch: `cuda`, `cuda:1`, `cpu`.
        block: rows multiplied with as many others at once.
        limit: pairs kept a row, with later rows, the first ones; None keeps all, whose number may be quadratic.

    Raises:
        MissingExtraError: torch is not installed.
        ValueError: the threshold is not in (0, 1], or the block is empty.
    """
    if not 0.0 < threshold <= 1.0:
        raise ValueError(f"threshold must be above 0 and at most 1, is {threshold}")
    rows = _checked(unit, block)
    n, ties, dropped = len(rows), 0, 0
    parts_i, parts_j = [np.zeros(0, np.int32)], [np.zeros(0, np.int32)]
    with _torch() as torch:
        whole = torch.from_numpy(rows).to(device)
        # The threshold is compared as float32, as the kernels do.
        least = float(np.float32(threshold))
        for first in range(0, n, block):
            here = whole[first : first + block]
            kept = torch.zeros(len(here), dtype=torch.int64, device=device)
            found_i, found_j = [], []
            for second in range(first, n, block):
                product = here @ whole[second : second + block].T
                if second == first:
                    # A pair once, and no row with itself.
                    product = product.triu(1)
                ties += int(((product - least).abs() <= TIE).sum())
                i, j = (product >= least).nonzero(as_tuple=True)
                if limit is not None:
                    # Rows come in order: a pair's place in its row is its place less that of the row's first.
                    count = torch.bincount(i, minlength=len(here))
                    place = torch.arange(len(i), device=device) - (count.cumsum(0) - count)[i] + kept[i]
                    kept += count
                    inside = place < limit
                    dropped += int((~inside).sum())
                    i, j = i[inside], j[inside]
                found_i.append((i + first).to(torch.int32).cpu().numpy())
                found_j.append((j + second).to(torch.int32).cpu().numpy())
            one, other = np.concatenate(found_i), np.concatenate(found_j)
            order = np.lexsort((other, one))
            parts_i.append(one[order])
            parts_j.append(other[order])
    return Joined(np.concatenate(parts_i), np.concatenate(parts_j), ties, dropped)


def nearest(unit: Floats, k: int, device: str, block: int = BLOCK) -> Neighbours:
    """The k nearest other rows of each row by inner product.

    Args:
        unit: float32[n, d], rows of length 1; rows of zeros, or with what is not finite, are nobody's neighbours.
        k: neighbours a row, at least 1.
        device: of torch: `cuda`, `cuda:1`, `cpu`.
        block: rows multiplied with as many others at once.

    Raises:
        MissingExtraError: torch is not installed.
        ValueError: k is below 1, or the block is empty.
    """
    if k < 1:
        raise ValueError(f"k must be at least 1, is {k}")
    rows = _checked(unit, block)
    n = len(rows)
    ids, cos = np.full((n, k), -1, np.int32), np.full((n, k), -1.0, np.float32)
    there = np.flatnonzero(rows.any(axis=1))
    with _torch() as torch:
        whole = torch.from_numpy(rows[there]).to(device)
        number = torch.from_numpy(np.arange(len(there))).to(device)
        for first in range(0, len(there), block):
            here = whole[first : first + block]
            best = torch.full((len(here), 0), _NONE, dtype=torch.int64, device=device)
            for second in range(0, len(there), block):
                product = here @ whole[second : second + block].T
                key = _keys(torch, product, number[second : second + block])
                if second == first:
                    key.fill_diagonal_(_NONE)
                key = torch.topk(key, min(k, key.shape[1]), dim=1).values
                best = torch.cat((best, key), dim=1)
                best = torch.topk(best, min(k, best.shape[1]), dim=1).values
            _unpack(best.cpu().numpy(), there, there[first : first + block], ids, cos)
    return Neighbours(ids, cos)


#: A key below that of every product.
_NONE: Final = -(1 << 62)
_LOW: Final = 0x7FFFFFFF


def _keys(torch: Any, product: Any, number: Any) -> Any:
    """One int64 a product, in the order of product, then lower number: what topk does with ties is not settled."""
    # Adding zero makes one zero of two.
    bits = (product + 0.0).view(torch.int32)
    ordered = (bits ^ ((bits >> 31) & _LOW)).to(torch.int64)
    return (ordered << 32) | (_LOW - number)


def _unpack(key: NDArray[np.int64], there: NDArray[np.int64], row: NDArray[np.int64], ids: Ints, cos: Floats) -> None:
    """The rows and products of keys, into the rows `row` of ids and cos."""
    found = key > _NONE
    ordered = (key >> 32).astype(np.int32)
    bits = ordered ^ ((ordered >> 31) & np.int32(_LOW))
    width = key.shape[1]
    number = np.where(found, _LOW - (key & _LOW), 0)
    ids[row, :width] = np.where(found, there[number], -1)
    cos[row, :width] = np.where(found, bits.view(np.float32), np.float32(-1.0))


def _checked(unit: Floats, block: int) -> Floats:
    """Rows to compare, with zeros for those that cannot be."""
    if block < 1:
        raise ValueError(f"a block must have at least 1 row, has {block}")
    finite = np.asarray(np.isfinite(unit).all(axis=1))
    rows = unit if finite.all() else np.where(finite[:, None], unit, np.float32(0.0))
    rows = np.ascontiguousarray(rows, dtype=np.float32)
    # torch warns of arrays that it might write to and must not.
    return rows if rows.flags.writeable else rows.copy()


@contextmanager
def _torch() -> Iterator[Any]:
    """torch, with products of float32 in full precision, and as it was afterwards."""
    try:
        import torch
    except ImportError as error:
        raise MissingExtraError("searching on a GPU needs torch: pip install 'account-linkage[gnn]'") from error
    before = torch.get_float32_matmul_precision()
    torch.set_float32_matmul_precision("highest")
    try:
        with torch.inference_mode():
            yield torch
    finally:
        torch.set_float32_matmul_precision(before)

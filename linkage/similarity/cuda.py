"""The dense searches on a GPU: near-duplicate pairs, and the nearest neighbours by comparing all rows.

Pairs are those the kernels find, up to ties at the threshold, which are counted: sums of float32 depend on their order.
Products are of full float32 precision (no TF32), in blocks, so that the memory of the device that is needed is known.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from linkage.errors import MissingExtraError

if TYPE_CHECKING:
    from linkage_kernels import near

Floats = NDArray[np.float32]
Ints = NDArray[np.int32]
#: Home cell of each row, visits as sorted numbers, the cell visited, how many cells there are.
_Guests = tuple[Any, Any, int, int]
#: Which of the pairs the kernels would not overlook.
_Noticed = Callable[[Any, Any], Any]

#: Inner products this near the threshold may fall on either side of it on another device.
TIE: Final = 2e-6
#: Rows of a block: a block of products and what is made of it take up to 50 bytes times its square.
BLOCK: Final = 8192
#: Cells whose pairs are handed over together.
_CELLS: Final = 2048


class Neighbours(NamedTuple):
    """The nearest rows of each of n rows."""

    ids: Ints  # [n, k]: best first, ties to the lower number; -1 where there is none
    cos: Floats  # [n, k]: inner products, -1.0 where there is none


class Meeting:
    """Near-duplicate pairs by a device: what `linkage_kernels.near.pairs` does, cell by cell, with the same pairs."""

    def __init__(self, device: str) -> None:
        """device: of torch: `cuda`, `cuda:1`, `cpu`."""
        self._device = device
        self.ties = 0  # inner products met so far within TIE of the threshold

    def pairs(self, plan: near.Plan, limit: int) -> Iterator[near.Pairs]:
        """The pairs of a plan; see `linkage_kernels.near.pairs`. Raises MissingExtraError if torch is not installed."""
        from linkage_kernels import near

        columns, visitors, lists = near.cell_lists(plan)
        with _torch() as torch:
            self._least = float(np.float32(plan.threshold))
            unit = torch.from_numpy(plan.unit).to(self._device)
            home = torch.from_numpy(plan.home).to(self._device).long()
            # Row and cell of every visit as one number, so that a visit can be looked up.
            visitor = np.repeat(np.arange(len(plan.home), dtype=np.int64), np.diff(plan.start))
            visits = np.append(np.sort(visitor * plan.number + plan.visited), np.iinfo(np.int64).max)
            visits = torch.from_numpy(visits).to(self._device)
            own, guests = (torch.from_numpy(rows).to(self._device) for rows in (columns, visitors))
            found = []

            def noticed(rows: Any, others: Any) -> Any:
                a, b = rows.cpu().numpy(), others.cpu().numpy()
                return torch.from_numpy(near.noticed(plan, a, b)).to(self._device)

            for begin, end, come, go, cell in lists.tolist():
                of = own[begin:end]
                found.append(self._met(torch, unit, of, of, None, noticed, limit))
                if go > come:
                    guest = (home, visits, cell, plan.number)
                    found.append(self._met(torch, unit, guests[come:go], of, guest, noticed, limit))
                if len(found) >= _CELLS:
                    yield near.Pairs(*(torch.cat(part).cpu().numpy() for part in zip(*found, strict=True)))
                    found = []
            if found:
                yield near.Pairs(*(torch.cat(part).cpu().numpy() for part in zip(*found, strict=True)))

    def _met(
        self, torch: Any, unit: Any, rows: Any, of: Any, guest: _Guests | None, noticed: _Noticed, limit: int
    ) -> Any:
        """Pairs of the rows with those of a cell: of the cell's own with later ones, of a guest with all."""
        product = unit[rows] @ unit[of].T
        if guest is None:
            product = product.triu(1)
        self.ties += int(((product - self._least).abs() <= TIE).sum())
        i, j = (product >= self._least).nonzero(as_tuple=True)
        if guest is not None:
            home, visits, cell, number = guest
            # Two rows that meet in two cells are kept in that of the lower number.
            wanted = of[j].long() * number + home[rows[i]]
            found = visits[torch.searchsorted(visits, wanted).clamp(max=len(visits) - 1)]
            again = (home[rows[i]] < cell) & (found == wanted)
            i, j = i[~again], j[~again]
        kept = noticed(rows[i], of[j])
        i, j = i[kept], j[kept]
        count = torch.bincount(i, minlength=len(rows))
        place = torch.arange(len(i), device=self._device) - (count.cumsum(0) - count)[i]
        i, j = i[place < limit], j[place < limit]
        return rows[i], of[j], product[i, j]


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

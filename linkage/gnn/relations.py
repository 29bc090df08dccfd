"""A graph as the encoder multiplies with it: means over neighbours by type of link, on either device."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from linkage.gnn.graph import Graph
from linkage_kernels.typed import gradient, products

#: Rows in a block where no gradient is asked for: bounds memory only.
_BLOCK = 65_536
_Turned = tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]


class Relations:
    """Type 0 is all links, by their probability; type g + 1 those of group g of `GROUPS`, by its bits.

    Weights of a row add up to one within a type, or to zero. Types without links are left out; `kinds` are those left.
    """

    def __init__(self, of: Graph, device: str) -> None:
        weight = np.column_stack((of.probability, of.typed)).astype(np.float64)
        self.kinds = [0, *(g + 1 for g in range(of.typed.shape[1]) if of.typed[:, g].any())]
        weight = weight[:, self.kinds]
        n, source = len(of.accounts), of.source
        for column in weight.T:
            total = np.bincount(source, column, n)
            column /= np.where(total > 0, total, 1.0)[source]
        self.start, self.to, self.weight = of.start, of.to, weight.astype(np.float32)
        self._turned: _Turned | None = None
        self._cuda = None if device == "cpu" else _stacked(self.start, self.to, self.weight, device)

    def blocks(self, graded: bool) -> list[tuple[int, int]]:
        """First and after-last rows to be asked for at a time."""
        n = len(self.start) - 1
        step = n if graded or self._cuda else _BLOCK
        return [(low, min(low + step, n)) for low in range(0, n, max(step, 1))]

    def means(self, x: Tensor, first: int, last: int) -> Tensor:
        """x float32[n, h] -> float32[last - first, types, h]."""
        if self._cuda:
            return (self._cuda[0] @ x).view(len(self.kinds), -1, x.shape[1]).transpose(0, 1)
        return torch.tensor(products(self.start, self.to, self.weight, x.numpy(), first, last))

    def back(self, grad: Tensor) -> Tensor:
        """grad float32[n, types, h] of all rows -> float32[n, h]."""
        if self._cuda:
            product: Tensor = self._cuda[1] @ grad.transpose(0, 1).reshape(-1, grad.shape[2])
            return product
        if self._turned is None:
            self._turned = _transposed(self.start, self.to)
        return torch.tensor(gradient(*self._turned, self.weight, grad.numpy()))


def _transposed(start: NDArray[np.int64], to: NDArray[np.int64]) -> _Turned:
    """Rows of the transposed graph: start, source, and which entry each is."""
    n = len(start) - 1
    entry = np.argsort(to, kind="stable")
    turned = np.concatenate(([0], np.cumsum(np.bincount(to, minlength=n)))).astype(np.int64)
    return turned, np.repeat(np.arange(n), np.diff(start))[entry], entry


def _stacked(
    start: NDArray[np.int64], to: NDArray[np.int64], weight: NDArray[np.float32], device: str
) -> tuple[Tensor, Tensor]:
    """One matrix over the other, type by type, and the transpose of the whole, as torch holds them."""
    from scipy.sparse import csr_array, vstack

    n = len(start) - 1
    parts = [csr_array((column.copy(), to.copy(), start.copy()), shape=(n, n)) for column in weight.T]
    for part in parts:
        part.eliminate_zeros()
    whole = vstack(parts).tocsr()
    return _tensor(whole, device), _tensor(whole.T.tocsr(), device)


def _tensor(matrix: Any, device: str) -> Tensor:
    matrix.sort_indices()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # torch calls its CSR tensors beta
        return torch.sparse_csr_tensor(
            torch.tensor(matrix.indptr.astype(np.int64)),
            torch.tensor(matrix.indices.astype(np.int64)),
            torch.tensor(matrix.data.astype(np.float32)),
            size=matrix.shape,
            check_invariants=False,
        ).to(device)

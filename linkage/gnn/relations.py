"""A graph as the encoder multiplies with it: means over neighbours by type of link, on either device."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from linkage.gnn.graph import Graph
from linkage_kernels.typed import products


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
        self.start, self.to = of.start, of.to
        self.weight = [np.ascontiguousarray(column, np.float32) for column in weight.T]
        self._cuda = None if device == "cpu" else _matrices(self.start, self.to, self.weight, device)

    def means(self, x: Tensor, place: int, first: int, last: int) -> Tensor:
        """Means over the neighbours of some rows, of one type.

        Args:
            x: float32[n, h].
            place: which of `kinds`.
            first: row asked for first.
            last: row after the last one.

        Returns:
            float32[last - first, h].
        """
        if self._cuda is not None:
            return (self._cuda[place] @ x)[first:last]
        found = products(self.start, self.to, self.weight[place][:, None], x.numpy(), first, last)
        return torch.from_numpy(found[:, 0])


def _matrices(
    start: NDArray[np.int64], to: NDArray[np.int64], weight: list[NDArray[np.float32]], device: str
) -> list[Tensor]:
    """One matrix a type, as torch holds them."""
    from scipy.sparse import csr_array

    n = len(start) - 1
    parts = [csr_array((column.copy(), to.copy(), start.copy()), shape=(n, n)) for column in weight]
    return [_tensor(part, device) for part in parts]


def _tensor(matrix: Any, device: str) -> Tensor:
    matrix.eliminate_zeros()
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

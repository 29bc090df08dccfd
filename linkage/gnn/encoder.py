"""The graph neural network: two layers over typed links, read out as a label and as the chance of a link.

A layer adds up what an account is, what its neighbours are by evidence group (a mean weighted by the bits of that
group: Hamilton et al. 2017, "Inductive representation learning on large graphs"; one matrix a type as in Schlichtkrull
et al. 2018, "Modeling relational data with graph convolutional networks") and how far it stands from them. The
products are of sparse matrices in CSR form: nothing as long as the links and as wide as an embedding is ever made.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch_geometric.nn import MessagePassing

from linkage.gnn.graph import Graph


class Relation:
    """A matrix with rows that add up to one (or zero), and its transpose, which the gradient needs."""

    def __init__(self, of: Graph, weight: NDArray[np.float32], device: str) -> None:
        from scipy.sparse import csr_array

        n = len(of.accounts)
        # Copied: dropping zeros moves rows in place.
        kept = csr_array((weight.astype(np.float64), of.to, of.start), shape=(n, n), copy=True)
        kept.eliminate_zeros()
        total = np.asarray(kept.sum(axis=1)).ravel()
        kept.data /= np.repeat(np.where(total > 0, total, 1.0), np.diff(kept.indptr))
        self.forward, self.back = _tensor(kept, device), _tensor(kept.T.tocsr(), device)


def _tensor(matrix: Any, device: str) -> Tensor:
    """scipy CSR -> torch CSR, float32, copied: how MKL rounds hangs on where in memory an array begins."""
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


class _Product(torch.autograd.Function):
    """relation @ x; the gradient is the transpose times what came back, row by row and so in a fixed order."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, relation: Relation) -> Tensor:
        ctx.relation = relation
        return relation.forward @ x

    @staticmethod
    def backward(ctx: Any, *grad: Tensor) -> tuple[Tensor, None]:
        return ctx.relation.back @ grad[0].contiguous(), None


Relations = Sequence[Relation | None]


class TypedSage(MessagePassing):  # type: ignore[misc]
    """x float32[n, i], relations -> float32[n, o]: own, neighbours by type, distance from them."""

    def __init__(self, inside: int, outside: int, types: int) -> None:
        super().__init__(aggr=None)
        self.own = nn.Linear(inside, outside)
        self.typed = nn.ModuleList(nn.Linear(inside, outside, bias=False) for _ in range(types))
        self.apart = nn.Linear(inside, outside, bias=False)

    def forward(self, x: Tensor, relations: Relations) -> Tensor:
        """The first relation is that of all links; the contrast is with its mean. A relation that is None is not."""
        out: Tensor = self.own(x)
        for place, (layer, relation) in enumerate(zip(self.typed, relations, strict=True)):
            if relation is None:
                continue
            mean = self.message_and_aggregate(relation, x)
            out = out + layer(mean)
            if place == 0:
                out = out + self.apart((x - mean).abs())
        return out

    def message_and_aggregate(self, edge_index: Relation, x: Tensor) -> Tensor:
        """Messages are summed as they are made: a sparse product."""
        product: Tensor = _Product.apply(x, edge_index)  # type: ignore[no-untyped-call]
        return product


class Encoder(nn.Module):
    """x float32[n, f], relations -> embedding float32[n, width]; `label` reads a logit off it, `tie` a link's."""

    def __init__(self, features: int, width: int, types: int, dropout: float) -> None:
        super().__init__()
        self.enter = nn.Linear(features, width)
        self.layers = nn.ModuleList(TypedSage(width, width, types) for _ in range(2))
        self.norms = nn.ModuleList(nn.LayerNorm(width) for _ in range(2))
        self.read = nn.Linear(width, 1)
        self.scale = nn.Parameter(torch.tensor([4.0, 0.0]))
        self.dropout = dropout

    def forward(self, x: Tensor, relations: Relations, generator: torch.Generator | None = None) -> Tensor:
        """Numbers are left out at random only where a generator is given, which is while learning."""
        h = self._drop(self.enter(x).relu(), generator)
        for layer, norm in zip(self.layers, self.norms, strict=True):
            h = h + self._drop(layer(norm(h), relations).relu(), generator)
        return h

    def label(self, h: Tensor) -> Tensor:
        """float32[n]: logit of 1."""
        logit: Tensor = self.read(h).squeeze(-1)
        return logit

    def tie(self, h: Tensor, a: Tensor, b: Tensor) -> Tensor:
        """float32[k]: logit of a link between the nodes a[k] and b[k]: how nearly their embeddings point one way."""
        unit = nn.functional.normalize(h, dim=-1)
        return self.scale[0] * (unit[a] * unit[b]).sum(-1) + self.scale[1]

    def _drop(self, h: Tensor, generator: torch.Generator | None) -> Tensor:
        if generator is None or not self.dropout:
            return h
        kept = torch.rand(h.shape, generator=generator) >= self.dropout  # drawn on the CPU: the same on any device
        return h * kept.to(h.device) / (1.0 - self.dropout)


def relations(of: Graph, device: str) -> list[Relation | None]:
    """One for all links by their probability, then one for each group of `GROUPS` by its bits, None where it has none.

    The list is as long for any graph, so that a saved encoder fits it.
    """
    typed = [Relation(of, bits, device) if bits.any() else None for bits in of.typed.T]
    return [Relation(of, of.probability, device), *typed]

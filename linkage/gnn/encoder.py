"""The graph neural network: two layers over typed links, read out as a label and as the chance of a link.

A layer adds up what an account is, what its neighbours are by evidence group (a mean weighted by the bits of that
group: Hamilton et al. 2017, "Inductive representation learning on large graphs"; one matrix a type as in Schlichtkrull
et al. 2018, "Modeling relational data with graph convolutional networks") and how far it stands from them. The
products are of the graph in CSR form: nothing as long as the links and as wide as an embedding is ever made.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch_geometric.nn import MessagePassing

from linkage.gnn.relations import Relations


class _Product(torch.autograd.Function):
    """Means by type of the neighbours of some rows; the gradient is asked for over all rows only."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, relations: Relations, first: int, last: int) -> Tensor:
        ctx.relations = relations
        return relations.means(x.detach(), first, last)

    @staticmethod
    def backward(ctx: Any, *grad: Tensor) -> tuple[Tensor, None, None, None]:
        return ctx.relations.back(grad[0].contiguous()), None, None, None


class TypedSage(MessagePassing):  # type: ignore[misc]
    """x float32[n, i], relations -> float32[n, o]: own, neighbours by type, distance from them."""

    def __init__(self, inside: int, outside: int, types: int) -> None:
        super().__init__(aggr=None)
        self.own = nn.Linear(inside, outside)
        self.typed = nn.Parameter(torch.empty(types, outside, inside))
        self.apart = nn.Linear(inside, outside, bias=False)
        for each in self.typed:
            nn.init.kaiming_uniform_(each, a=5**0.5)

    def forward(self, x: Tensor, relations: Relations, hidden: int | None = None) -> Tensor:
        """`hidden`: a type whose links are not seen. Type 0, all links, is what an account is held against."""
        return torch.cat(
            [self._rows(x, relations, hidden, *rows) for rows in relations.blocks(torch.is_grad_enabled())]
        )

    def _rows(self, x: Tensor, relations: Relations, hidden: int | None, first: int, last: int) -> Tensor:
        means = self.message_and_aggregate(relations, x, first, last)
        kept = [place for place, kind in enumerate(relations.kinds) if kind != hidden]
        matrix = self.typed[[relations.kinds[place] for place in kept]]
        theirs = means[:, kept].flatten(1) @ matrix.transpose(1, 2).flatten(0, 1)
        out: Tensor = self.own(x[first:last]) + theirs + self.apart((x[first:last] - means[:, 0]).abs())
        return out

    def message_and_aggregate(self, edge_index: Relations, x: Tensor, first: int, last: int) -> Tensor:
        """Messages are summed as they are made: a sparse product."""
        product: Tensor = _Product.apply(x, edge_index, first, last)  # type: ignore[no-untyped-call]
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

    def forward(
        self, x: Tensor, relations: Relations, generator: torch.Generator | None = None, hidden: int | None = None
    ) -> Tensor:
        """Numbers are left out at random only where a generator is given, which is while learning."""
        h = self._drop(self.enter(x).relu(), generator)
        for layer, norm in zip(self.layers, self.norms, strict=True):
            h = h + self._drop(layer(norm(h), relations, hidden).relu(), generator)
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

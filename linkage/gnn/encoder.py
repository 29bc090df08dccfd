"""The graph neural network: features carried along typed links, read out as a label and as the chance of a link.

What neighbours are is taken type by type (all links by their probability, then each evidence group by its bits; one
matrix a type as in Schlichtkrull et al. 2018, "Modeling relational data with graph convolutional networks"), and twice
along one type: accounts that share cards with accounts that share cards. All matrices stand in the first layer, beside
those of an account's own features, and what follows is a residual network (Frasca et al. 2020, "SIGN: scalable
inception graph neural networks"). Means are made once, not at every step; an account is kept apart from its neighbours,
who may be of another kind (Zhu et al. 2020, "Beyond homophily in graph neural networks").
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch_geometric.nn import MessagePassing

from linkage.gnn.features import TYPES
from linkage.gnn.relations import Relations


class Carry(MessagePassing):  # type: ignore[misc]
    """x float32[n, f], relations -> what the neighbours of each node are; nothing in it is learned."""

    def __init__(self, x: Tensor, relations: Relations) -> None:
        super().__init__(aggr=None)
        self.relations, n = relations, len(x)
        self.once = [self.message_and_aggregate(relations, x, place, 0, n) for place in range(len(relations.kinds))]
        square = self.message_and_aggregate(relations, x.square(), 0, 0, n)
        self.spread = (square - self.once[0].square()).clamp(min=0.0).sqrt()

    def forward(self, first: int, last: int) -> Tensor:
        """float32[last - first, 2 TYPES + 1, f]: means by type, means of means by type, the spread over all links."""
        out = self.spread.new_zeros((last - first, 2 * TYPES + 1, self.spread.shape[1]))
        for place, (kind, once) in enumerate(zip(self.relations.kinds, self.once, strict=True)):
            out[:, kind] = once[first:last]
            out[:, TYPES + kind] = self.message_and_aggregate(self.relations, once, place, first, last)
        out[:, -1] = self.spread[first:last]
        return out

    def message_and_aggregate(self, edge_index: Relations, x: Tensor, place: int, first: int, last: int) -> Tensor:
        """Messages are summed as they are made: a sparse product."""
        return edge_index.means(x, place, first, last)


class Encoder(nn.Module):
    """x float32[n, c] -> embedding float32[n, width]; `label` reads a logit off it, `tie` a link's."""

    def __init__(self, columns: int, width: int, dropout: float) -> None:
        super().__init__()
        self.enter = nn.Linear(columns, width)
        self.norms = nn.ModuleList(nn.LayerNorm(width) for _ in range(2))
        self.inner, self.outer = nn.Linear(width, width), nn.Linear(width, width)
        self.read = nn.Linear(width, 1)
        self.scale = nn.Parameter(torch.tensor([4.0, 0.0]))
        self.dropout = dropout

    def forward(self, x: Tensor, generator: torch.Generator | None = None) -> Tensor:
        """Numbers are left out at random only where a generator is given, which is while learning."""
        gelu = nn.functional.gelu
        h = _drop(gelu(self.enter(_drop(x, 0.4 * self.dropout, generator))), self.dropout, generator)
        inner = _drop(gelu(self.inner(self.norms[0](h))), self.dropout, generator)
        out: Tensor = self.norms[1](h + _drop(self.outer(inner), self.dropout, generator))
        return out

    def label(self, h: Tensor) -> Tensor:
        """float32[n]: logit of 1."""
        logit: Tensor = self.read(h).squeeze(-1)
        return logit

    def tie(self, h: Tensor, a: Tensor, b: Tensor) -> Tensor:
        """float32[k]: logit of a link between the nodes a[k] and b[k]: how nearly their embeddings point one way."""
        unit = nn.functional.normalize(h, dim=-1)
        return self.scale[0] * (unit[a] * unit[b]).sum(-1) + self.scale[1]


def _drop(h: Tensor, share: float, generator: torch.Generator | None) -> Tensor:
    if generator is None or not share:
        return h
    kept = torch.rand(h.shape, generator=generator) >= share  # drawn on the CPU: the same on any device
    return h * kept.to(h.device) / (1.0 - share)

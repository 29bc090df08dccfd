"""What the encoder is given of the accounts of a graph: their own features, and what is carried along links."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from linkage.gnn.features import TYPES
from linkage.gnn.graph import Graph
from linkage.gnn.scaling import Scale, pieces, scale, scores, with_far

if TYPE_CHECKING:
    import torch

Matrix = NDArray[np.float32]


class Columns:
    """What the encoder is given of the nodes of a graph."""

    def __init__(self, x: Matrix, of: Graph, by: Scale, device: str) -> None:
        """x float32[n, f], NaN where unknown."""
        import torch

        from linkage.gnn.encoder import Carry
        from linkage.gnn.relations import Relations

        self.x, self.by, self.device = x, by, device
        self.carry = Carry(torch.tensor(scores(x, by)).to(device), Relations(of, device))

    def parts(self, first: int, last: int) -> tuple[torch.Tensor, torch.Tensor]:
        """Of some rows: own pieces float32[k, p], and float32[k, c] carried along links, not scaled."""
        import torch

        return torch.tensor(pieces(self.x[first:last], self.by)).to(self.device), self.carry(first, last).flatten(1)

    def rows(self, first: int, last: int) -> torch.Tensor:
        """float32[last - first, len(kept)]."""
        import torch

        own, far = self.parts(first, last)
        mean, spread, kept = (torch.tensor(each).to(self.device) for each in self.by[3:])
        return torch.cat((own, ((far - mean) / spread).clamp(-5.0, 5.0)), dim=1)[:, kept]

    def without(self) -> torch.Tensor:
        """float32[len(GROUPS), len(kept)]: 0 for columns carried along links of one evidence group."""
        import torch

        f = self.x.shape[1]
        own = f * self.by.knots.shape[1]
        kind = np.where(self.by.kept >= own, (self.by.kept - own) // f, 0)
        of = [(kind != g) & (kind != TYPES + g) for g in range(1, TYPES)]
        return torch.tensor(np.array(of, np.float32)).to(self.device)


class Given:
    """The first rows of a graph, as they are and with links hidden: made once for all encoders taught on them."""

    def __init__(self, x: Matrix, of: Graph, last: int, masked: float, seed: int, device: str) -> None:
        """Rows, and links between them to be asked for.

        Args:
            x: float32[n, f], NaN where unknown.
            of: the graph.
            last: row after the last one that is asked for.
            masked: share of the links that are hidden.
            seed: of what is hidden.
            device: cpu or cuda.
        """
        whole = Columns(x, of, scale(x), device)
        whole.by = self.by = with_far(whole.by, *(each.cpu().numpy() for each in whole.parts(0, last)))
        self.rows, self.without = whole.rows(0, last), whole.without()
        hidden = masked_links(of, masked, seed)
        asked = hidden & (of.source < of.to) & (of.to < last)
        self.source, self.to, self.typed = of.source[asked], of.to[asked], of.typed[asked]
        self.less = Columns(x, unmasked(of, hidden), self.by, device).rows(0, last) if asked.any() else self.rows


def masked_links(of: Graph, share: float, seed: int) -> NDArray[np.bool_]:
    """bool[m]: links hidden while the encoder is asked for links, each in all rows it stands in."""
    source = of.source
    pair = np.minimum(source, of.to) * len(of.accounts) + np.maximum(source, of.to)
    _, inverse = np.unique(pair, return_inverse=True)
    drawn = np.random.default_rng(seed).random(int(inverse.max(initial=-1)) + 1) < share
    return np.asarray(drawn[inverse])


def unmasked(of: Graph, hidden: NDArray[np.bool_]) -> Graph:
    """The graph without some of its entries."""
    kept = ~hidden
    start = np.concatenate(([0], np.cumsum(np.bincount(of.source[kept], minlength=len(of.accounts)))))
    return Graph(of.accounts, start.astype(np.int64), of.to[kept], of.probability[kept], of.typed[kept])

"""The encoder learns: labels where there are any, hidden links everywhere, one evidence group hidden at a time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from linkage.gnn.features import GROUPS, TYPES
from linkage.gnn.graph import Graph
from linkage.gnn.scaling import Scale, pieces, scale, scores, with_far
from linkage.gnn_settings import GnnSettings

if TYPE_CHECKING:
    import torch

    from linkage.gnn.encoder import Encoder

Matrix = NDArray[np.float32]

#: Rows an encoder is given at a time: bounds memory only.
_BLOCK = 16_384


@contextmanager
def settled(seed: int) -> Iterator[None]:
    """One thread, deterministic algorithms and a seed for initial weights; all as before afterwards."""
    import torch

    threads, strict = torch.get_num_threads(), torch.are_deterministic_algorithms_enabled()
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        torch.set_num_threads(1)  # sums over nodes are cut by threads
        torch.use_deterministic_algorithms(True, warn_only=True)
        try:
            yield
        finally:
            torch.set_num_threads(threads)
            torch.use_deterministic_algorithms(strict)


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


def train(
    x: Matrix,
    of: Graph,
    label: NDArray[np.int8],
    weight: NDArray[np.float32],
    settings: GnnSettings,
    seed: int,
    device: str = "cpu",
) -> tuple[Encoder, Scale]:
    """A new encoder, taught on a graph, and the scale of its features.

    Each step asks for labels. Every other step a share of the links is hidden, and one evidence group with them, and
    the encoder must tell hidden links of that group from random pairs: agreement of one group predicts another.

    Args:
        x: float32[n, f], NaN where unknown.
        of: the graph. Only its nodes up to the last one with a label are asked for.
        label: int8[n], -1 where not known.
        weight: float32[n].
        settings: widths, steps, rates.
        seed: of initial weights, what is left out, hidden and drawn.
        device: cpu or cuda. Random numbers are drawn on the CPU for both.

    Returns:
        The encoder, on the CPU: to the byte the same for the same input on one kind of processor, whatever the threads.
    """
    import torch

    from linkage.gnn.encoder import Encoder

    with settled(seed):
        generator = torch.Generator().manual_seed(seed)
        known = np.flatnonzero(label >= 0)
        last = int(known[-1]) + 1
        whole = Columns(x, of, scale(x), device)
        by = with_far(whole.by, *(each.cpu().numpy() for each in whole.parts(0, last)))
        whole.by = by
        seen, hidden = whole.rows(0, last), _hidden(of, settings.masked, seed)
        ends = np.flatnonzero(hidden & (of.source < of.to) & (of.to < last))
        asked = bool(settings.self_supervision) and len(ends) > 0
        less = Columns(x, _without(of, hidden), by, device).rows(0, last) if asked else seen
        open_columns = whole.without()
        encoder = Encoder(len(by.kept), settings.width, settings.dropout).to(device)
        optimizer = torch.optim.AdamW(encoder.parameters(), lr=settings.rate, weight_decay=settings.decay)
        # Rising, then falling to nothing: Smith & Topin 2019, "Super-convergence".
        paced = torch.optim.lr_scheduler.OneCycleLR(
            optimizer, settings.rate, total_steps=max(settings.epochs, 2), pct_start=0.2
        )
        at = torch.tensor(known).to(device)
        wanted = torch.tensor(label[known].astype(np.float32)).to(device)
        counts = torch.tensor(weight[known] * (len(known) / max(float(weight[known].sum()), 1e-9))).to(device)
        for step in range(settings.epochs):
            masked, group = asked and step % 2 == 1, step // 2 % len(GROUPS)
            h = encoder(less * open_columns[group] if masked else seen, generator)
            loss = torch.nn.functional.binary_cross_entropy_with_logits(encoder.label(h[at]), wanted, counts)
            if masked:
                loss = loss + settings.self_supervision * _ties(encoder, h, of, ends, group, generator, device)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            paced.step()
        return encoder.eval().to("cpu"), by


def _hidden(of: Graph, share: float, seed: int) -> NDArray[np.bool_]:
    """bool[m]: links hidden while the encoder is asked for links, each in all rows it stands in."""
    source = of.source
    pair = np.minimum(source, of.to) * len(of.accounts) + np.maximum(source, of.to)
    _, inverse = np.unique(pair, return_inverse=True)
    drawn = np.random.default_rng(seed).random(int(inverse.max(initial=-1)) + 1) < share
    return np.asarray(drawn[inverse])


def _without(of: Graph, hidden: NDArray[np.bool_]) -> Graph:
    kept = ~hidden
    start = np.concatenate(([0], np.cumsum(np.bincount(of.source[kept], minlength=len(of.accounts)))))
    return Graph(of.accounts, start.astype(np.int64), of.to[kept], of.probability[kept], of.typed[kept])


def _ties(
    encoder: Encoder,
    h: torch.Tensor,
    of: Graph,
    ends: NDArray[np.int64],
    group: int,
    generator: torch.Generator,
    device: str,
) -> torch.Tensor:
    """Loss of telling hidden links that rest on the hidden group (any, where there are none) from random pairs."""
    import torch

    on = ends[of.typed[ends, group] >= 0.1]
    on = on if len(on) else ends
    pick = on[torch.randint(len(on), (min(len(on), 4_096),), generator=generator).numpy()]
    a, b = torch.tensor(of.source[pick]).to(device), torch.tensor(of.to[pick]).to(device)
    other = torch.randint(len(h), a.shape, generator=generator).to(device)
    logits = torch.cat((encoder.tie(h, a, b), encoder.tie(h, a, other)))
    wanted = torch.cat((torch.ones(len(a)), torch.zeros(len(a)))).to(device)
    return torch.nn.functional.binary_cross_entropy_with_logits(logits, wanted)


def read(encoder: Encoder, by: Scale, x: Matrix, of: Graph, device: str = "cpu") -> NDArray[np.float32]:
    """float32[n]: the chance of label 1 of all nodes of a graph, which may be another than it learned from.

    Args:
        encoder: on the CPU.
        by: the scale it learned with.
        x: float32[n, f], NaN where unknown.
        of: the graph.
        device: cpu or cuda.
    """
    import torch

    with settled(0), torch.no_grad():
        encoder, columns, n = encoder.to(device), Columns(x, of, by, device), len(x)
        blocks = [(low, min(low + _BLOCK, n)) for low in range(0, n, _BLOCK)]
        said = [torch.sigmoid(encoder.label(encoder(columns.rows(*block)))).cpu().numpy() for block in blocks]
        encoder.to("cpu")
    return np.concatenate(said) if said else np.zeros(0, np.float32)

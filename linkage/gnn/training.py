"""The encoder learns: labels where there are any, hidden links everywhere, one evidence group hidden at a time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from linkage.gnn.features import GROUPS
from linkage.gnn.graph import Graph
from linkage.gnn_settings import GnnSettings

if TYPE_CHECKING:
    import torch

    from linkage.gnn.encoder import Encoder

Matrix = NDArray[np.float32]


class Read(NamedTuple):
    """What an encoder says of a graph."""

    chance: NDArray[np.float32]  # [n]: of label 1
    embedding: Matrix  # [n, width], rows of length 1
    ties: NDArray[np.float32]  # [m]: the chance of each entry of the graph being a link


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


def train(
    x: Matrix,
    of: Graph,
    label: NDArray[np.int8],
    weight: NDArray[np.float32],
    settings: GnnSettings,
    seed: int,
    device: str = "cpu",
) -> Encoder:
    """A new encoder, taught on a graph.

    Each step asks for labels. Every other step a share of the links is hidden, and one evidence group with them, and
    the encoder must tell hidden links of that group from random pairs: agreement of one group predicts another.

    Args:
        x: float32[n, f], scaled.
        of: the graph, seen as a whole in each step.
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
    from linkage.gnn.relations import Relations

    with settled(seed):
        generator = torch.Generator().manual_seed(seed)
        encoder = Encoder(x.shape[1], settings.width, 1 + len(GROUPS), settings.dropout).to(device)
        optimizer = torch.optim.AdamW(encoder.parameters(), lr=settings.rate, weight_decay=settings.decay)
        hidden = _hidden(of, settings.masked, seed)
        whole, less = Relations(of, device), Relations(_without(of, hidden), device)
        ends = np.flatnonzero(hidden & (of.source < of.to))
        known = np.flatnonzero(label >= 0)
        at, seen = torch.tensor(known).to(device), torch.tensor(x).to(device)
        wanted = torch.tensor(label[known].astype(np.float32)).to(device)
        counts = torch.tensor(weight[known] * (len(known) / max(float(weight[known].sum()), 1e-9))).to(device)
        for step in range(settings.epochs):
            masked, group = step % 2 == 1, step // 2 % len(GROUPS)
            h = encoder(seen, less if masked else whole, generator, group + 1 if masked else None)
            asked = encoder.label(h[at])
            loss = torch.nn.functional.binary_cross_entropy_with_logits(asked, wanted, counts)
            if masked and settings.self_supervision and len(ends):
                loss = loss + settings.self_supervision * _ties(encoder, h, of, ends, group, generator, device)
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
        return encoder.eval().to("cpu")


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
    other = torch.randint(len(of.accounts), a.shape, generator=generator).to(device)
    logits = torch.cat((encoder.tie(h, a, b), encoder.tie(h, a, other)))
    wanted = torch.cat((torch.ones(len(a)), torch.zeros(len(a)))).to(device)
    return torch.nn.functional.binary_cross_entropy_with_logits(logits, wanted)


def read(encoder: Encoder, x: Matrix, of: Graph, device: str = "cpu", links: bool = True) -> Read:
    """What an encoder says of all nodes and links of a graph, which may be another than it learned from.

    Args:
        encoder: on the CPU.
        x: float32[n, f], scaled as it learned.
        of: the graph.
        device: cpu or cuda.
        links: also say how likely each link is; none are said where not.
    """
    import torch

    from linkage.gnn.relations import Relations

    with settled(0), torch.no_grad():
        encoder = encoder.to(device)
        h = encoder(torch.tensor(x).to(device), Relations(of, device))
        chance = torch.sigmoid(encoder.label(h)).cpu().numpy()
        unit = torch.nn.functional.normalize(h, dim=-1).cpu()
        scale = encoder.scale.detach().cpu()
        encoder.to("cpu")
        ties = np.empty(len(of.to) if links else 0, np.float32)
        source = of.source
        for low in range(0, len(ties), 1 << 20):  # in blocks: rows as wide as an embedding are many
            part = slice(low, low + (1 << 20))
            cosine = (unit[torch.tensor(source[part])] * unit[torch.tensor(of.to[part])]).sum(-1)
            ties[part] = torch.sigmoid(scale[0] * cosine + scale[1]).numpy()
    return Read(chance, unit.numpy(), ties)

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

    from linkage.gnn.encoder import Encoder, Relation

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
        of: the graph. With more links than `full_batch_links` each step sees sampled neighbours of a batch.
        label: int8[n], -1 where not known.
        weight: float32[n].
        settings: widths, steps, rates.
        seed: of initial weights, what is left out, hidden and drawn.
        device: cpu or cuda. Random numbers are drawn on the CPU for both.

    Returns:
        The encoder, on the CPU: the same for the same input on one kind of processor, whatever the threads (to the
        byte on a whole graph, to rounding where neighbours are sampled).
    """
    import torch

    from linkage.gnn.encoder import Encoder

    with settled(seed):
        generator = torch.Generator().manual_seed(seed)
        encoder = Encoder(x.shape[1], settings.width, 1 + len(GROUPS), settings.dropout).to(device)
        optimizer = torch.optim.AdamW(encoder.parameters(), lr=settings.rate, weight_decay=settings.decay)
        hidden = _hidden(of, settings.masked, seed)
        batches = _batches(x, of, hidden, label, settings, seed, device)
        for step, (sub, relations) in enumerate(batches):
            group = step // 2 % len(GROUPS)
            masked = step % 2 == 1
            seen = [None if masked and i == group + 1 else r for i, r in enumerate(relations)]
            h = encoder(torch.tensor(x[sub.node]).to(device), seen, generator)
            known = np.flatnonzero(label[sub.node[: sub.seeds]] >= 0)
            at = sub.node[known]
            asked = encoder.label(h[torch.tensor(known).to(device)])
            loss = torch.nn.functional.binary_cross_entropy_with_logits(
                asked,
                torch.tensor(label[at].astype(np.float32)).to(device),
                torch.tensor(weight[at] * (len(at) / max(float(weight[at].sum()), 1e-9))).to(device),
            )
            if masked and settings.self_supervision and len(sub.a):
                loss = loss + settings.self_supervision * _ties(encoder, h, sub, of, group, generator, device)
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
        return encoder.eval().to("cpu")


class _Sub(NamedTuple):
    """What a step sees: nodes, of which the first `seeds` are asked for, and hidden links between some of them."""

    node: NDArray[np.int64]
    seeds: int
    a: NDArray[np.int64]  # positions in `node`
    b: NDArray[np.int64]
    entry: NDArray[np.int64]  # which entries of the graph a-b are


def _hidden(of: Graph, share: float, seed: int) -> NDArray[np.bool_]:
    """bool[m]: links hidden while the encoder is asked for links, both directions of each."""
    source = of.source
    low, high = np.minimum(source, of.to), np.maximum(source, of.to)
    drawn = np.random.default_rng(seed).random(len(of.to))
    order = np.lexsort((high, low))  # both directions stand beside each other
    hidden = np.empty(len(of.to), np.bool_)
    hidden[order] = np.repeat(drawn[: len(order) // 2] < share, 2)
    return hidden


def _without(of: Graph, hidden: NDArray[np.bool_]) -> Graph:
    kept = ~hidden
    start = np.concatenate(([0], np.cumsum(np.bincount(of.source[kept], minlength=len(of.accounts)))))
    return Graph(of.accounts, start.astype(np.int64), of.to[kept], of.probability[kept], of.typed[kept])


def _batches(
    x: Matrix,
    of: Graph,
    hidden: NDArray[np.bool_],
    label: NDArray[np.int8],
    settings: GnnSettings,
    seed: int,
    device: str,
) -> Iterator[tuple[_Sub, list[Relation | None]]]:
    """Steps: all nodes each time, or the neighbourhoods of batches of labelled ones and of hidden links' ends."""
    from linkage.gnn.encoder import relations

    forward = np.flatnonzero(hidden & (of.source < of.to))
    rest = _without(of, hidden)
    if len(of.to) <= 2 * settings.full_batch_links:
        whole, less = relations(of, device), relations(rest, device)
        node = np.arange(len(of.accounts))
        sub = _Sub(node, len(node), of.source[forward], of.to[forward], forward)
        for step in range(settings.epochs):
            yield sub, (less if step % 2 else whole)
        return
    from linkage_kernels.sampling import sample

    rng = np.random.default_rng(seed)
    lessons = np.flatnonzero(label >= 0)
    for step in range(settings.epochs):
        seeds = np.sort(rng.choice(lessons, min(settings.batch, len(lessons)), replace=False))
        graph = rest if step % 2 else of
        drawn = np.zeros(0, np.int64)
        if step % 2:
            drawn = np.sort(rng.choice(forward, min(settings.batch, len(forward)), replace=False))
            seeds = np.unique(np.concatenate((seeds, of.source[drawn], of.to[drawn])))
        near = sample(graph.start, graph.to, seeds, settings.fan_out, seed + step)
        part = Graph(
            graph.accounts[near.nodes], near.start, near.to, graph.probability[near.entry], graph.typed[near.entry]
        )
        a, b = (np.searchsorted(seeds, ends[drawn]) for ends in (of.source, of.to))
        yield _Sub(near.nodes, len(seeds), a, b, drawn), relations(part, device)


def _ties(
    encoder: Encoder,
    h: torch.Tensor,
    sub: _Sub,
    of: Graph,
    group: int,
    generator: torch.Generator,
    device: str,
) -> torch.Tensor:
    """Loss of telling hidden links that rest on the hidden group (any, where there are none) from random pairs."""
    import torch

    on = np.flatnonzero(of.typed[sub.entry, group] >= 0.1)
    on = on if len(on) else np.arange(len(sub.a))
    pick = torch.randint(len(on), (min(len(on), 4_096),), generator=generator).numpy()
    a, b = torch.tensor(sub.a[on[pick]]).to(device), torch.tensor(sub.b[on[pick]]).to(device)
    other = torch.randint(sub.seeds, a.shape, generator=generator).to(device)
    logits = torch.cat((encoder.tie(h, a, b), encoder.tie(h, a, other)))
    wanted = torch.cat((torch.ones(len(a)), torch.zeros(len(a)))).to(device)
    return torch.nn.functional.binary_cross_entropy_with_logits(logits, wanted)


def read(encoder: Encoder, x: Matrix, of: Graph, device: str = "cpu") -> Read:
    """What an encoder says of all nodes and links of a graph, which may be another than it learned from.

    Args:
        encoder: on the CPU.
        x: float32[n, f], scaled as it learned.
        of: the graph.
        device: cpu or cuda.
    """
    import torch

    from linkage.gnn.encoder import relations

    with settled(0), torch.no_grad():
        encoder = encoder.to(device)
        h = encoder(torch.tensor(x).to(device), relations(of, device))
        chance = torch.sigmoid(encoder.label(h)).cpu().numpy()
        unit = torch.nn.functional.normalize(h, dim=-1).cpu()
        scale = encoder.scale.detach().cpu()
        encoder.to("cpu")
        ties = np.empty(len(of.to), np.float32)
        source = of.source
        for low in range(0, len(ties), 1 << 20):  # in blocks: rows as wide as an embedding are many
            part = slice(low, low + (1 << 20))
            cosine = (unit[torch.tensor(source[part])] * unit[torch.tensor(of.to[part])]).sum(-1)
            ties[part] = torch.sigmoid(scale[0] * cosine + scale[1]).numpy()
    return Read(chance, unit.numpy(), ties)

"""The encoder learns: labels where there are any, hidden links everywhere, one evidence group hidden at a time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from linkage.gnn.features import GROUPS
from linkage.gnn.given import Columns, Given
from linkage.gnn.graph import Graph
from linkage.gnn.scaling import Scale
from linkage.gnn_settings import GnnSettings

if TYPE_CHECKING:
    import torch

    from linkage.gnn.encoder import Encoder

Matrix = NDArray[np.float32]

#: Rows an encoder is given at a time: bounds memory only.
_BLOCK = 16_384
#: Steps that any encoder needs, however few its lessons.
_STEPS = 20


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
    given: Given,
    label: NDArray[np.int8],
    weight: NDArray[np.float32],
    settings: GnnSettings,
    seed: int,
    device: str = "cpu",
) -> Encoder:
    """A new encoder.

    Each step asks for the labels of some accounts. Every other step also hides a share of the links, and one evidence
    group with them: the encoder must tell hidden links of that group from random pairs, since agreement of one group
    predicts another.

    Args:
        given: k rows.
        label: int8[k or more], -1 where not known; those of other rows do not count.
        weight: float32[k or more].
        settings: widths, steps, rates.
        seed: of initial weights, what is left out and drawn.
        device: cpu or cuda. Random numbers are drawn on the CPU for both.

    Returns:
        The encoder, on the CPU: to the byte the same for the same input on one kind of processor, whatever the threads.
    """
    import torch

    from linkage.gnn.encoder import Encoder

    with settled(seed):
        known = np.flatnonzero(label[: len(given.rows)] >= 0)
        steps = min(settings.steps, max(_STEPS, round(settings.epochs * len(known) / settings.batch)))
        generator = torch.Generator().manual_seed(seed)
        encoder = Encoder(given.rows.shape[1], settings.width, settings.dropout).to(device)
        optimizer = torch.optim.AdamW(encoder.parameters(), lr=settings.rate, weight_decay=settings.decay)
        # Rising, then falling to nothing: Smith & Topin 2019, "Super-convergence".
        paced = torch.optim.lr_scheduler.OneCycleLR(optimizer, settings.rate, total_steps=max(steps, 2), pct_start=0.2)
        wanted, counts = label[known].astype(np.float32), weight[known] * (len(known) / max(weight[known].sum(), 1e-9))
        ties = bool(settings.self_supervision) and len(given.to) > 0
        for step in range(steps):
            pick = torch.randperm(len(known), generator=generator)[: settings.batch].numpy()
            said = encoder.label(encoder(given.rows[torch.tensor(known[pick]).to(device)], generator))
            loss = torch.nn.functional.binary_cross_entropy_with_logits(
                said, torch.tensor(wanted[pick]).to(device), torch.tensor(counts[pick]).to(device)
            )
            if ties and step % 2 == 1:
                group = step // 2 % len(GROUPS)
                loss = loss + settings.self_supervision * _ties(encoder, given, group, settings, generator, device)
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
            paced.step()
        return encoder.eval().to("cpu")


def _ties(
    encoder: Encoder, given: Given, group: int, settings: GnnSettings, generator: torch.Generator, device: str
) -> torch.Tensor:
    """Loss of telling hidden links that rest on the hidden group (any, where there are none) from random pairs."""
    import torch

    on = np.flatnonzero(given.typed[:, group] >= 0.1)
    on = on if len(on) else np.arange(len(given.to))
    many = min(len(on), settings.batch // 4)
    pick = on[torch.randint(len(on), (many,), generator=generator).numpy()]
    other = torch.randint(len(given.less), (many,), generator=generator)
    ends = torch.cat((torch.tensor(given.source[pick]), torch.tensor(given.to[pick]), other)).to(device)
    h = encoder(given.less[ends] * given.without[group], generator)
    one, two = torch.arange(many).to(device), many + torch.arange(2 * many).to(device)
    logits = encoder.tie(h, one.repeat(2), two)
    wanted = torch.cat((torch.ones(many), torch.zeros(many))).to(device)
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


def reread(encoder: Encoder, given: Given, device: str = "cpu") -> NDArray[np.float32]:
    """float32[k]: the same of the rows given."""
    import torch

    with settled(0), torch.no_grad():
        said = torch.sigmoid(encoder.to(device).label(encoder(given.rows))).cpu().numpy()
        encoder.to("cpu")
    return np.asarray(said)

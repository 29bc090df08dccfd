"""The two models behind one door: fit on some nodes of a graph, score all nodes of this or another."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from linkage.gnn import trees
from linkage.gnn.graph import Graph
from linkage.gnn.scaling import Scale
from linkage.gnn_settings import GnnSettings

if TYPE_CHECKING:
    from linkage.gnn.encoder import Encoder
    from linkage.gnn.given import Given


#: Rows whose neighbours are summed up at a time: bounds memory only.
_BLOCK = 65_536
#: A chance is at least this far from sure.
_LEAST = 1e-6


class Prepared(NamedTuple):
    """A graph and its features, with what the trees aggregate made once for the nodes learned from."""

    of: Graph
    x: NDArray[np.float32]  # [n, f], NaN where unknown
    around: NDArray[np.float32] | None = None  # see `trees.aggregated`; None where no trees are asked
    given: Given | None = None  # for the encoder: its first rows, made once


class Learned(NamedTuple):
    """A model: trees, or an encoder, the scale of its features and the trees it is pooled with."""

    name: str  # trees or encoder
    base: float  # how common guilt was among its lessons
    trust: float = 0.0  # share of its bits that counted where it was made
    forest: trees.Forest | None = None
    encoder: Encoder | None = None
    scale: Scale | None = None


def learn(
    name: str,
    on: Prepared,
    label: NDArray[np.int8],
    weight: NDArray[np.float32],
    settings: GnnSettings,
    seed: int,
    device: str,
    forest: trees.Forest | None = None,
) -> Learned:
    """A model of that name, taught on nodes with a label; both labels are among them.

    Args:
        name: trees or encoder.
        on: the graph, with what trees aggregate.
        label: int8[n], -1 where not known.
        weight: float32[n].
        settings: sizes and steps.
        seed: of all random choices.
        device: cpu or cuda, for the encoder.
        forest: trees taught on the same, if they are there already.
    """
    known = np.flatnonzero(label >= 0)
    base = float(weight[known][label[known] == 1].sum(dtype=np.float64) / weight[known].sum(dtype=np.float64))
    if forest is None:
        assert on.around is not None
        forest = trees.fit(on.around[known], label[known], weight[known], seed)
    if name == "trees":
        return Learned(name, base, forest=forest)
    from linkage.gnn.training import train

    given = on.given or prepared(on, int(known[-1]) + 1, settings, seed, device)
    encoder = train(given, label, weight, settings, seed, device)
    return Learned(name, base, forest=forest, encoder=encoder, scale=given.by)


def prepared(on: Prepared, last: int, settings: GnnSettings, seed: int, device: str) -> Given:
    """What the encoder is given of the first rows of a graph."""
    from linkage.gnn.given import Given

    return Given(on.x, on.of, last, settings.masked, seed, device)


def chance(model: Learned, on: Prepared, device: str) -> NDArray[np.float32]:
    """float32[n]: chance of guilt of every node (or those in `given`), as common as it was among the lessons.

    The encoder and its trees err in different ways: what they say is pooled, the mean of their log odds.
    """
    assert model.forest is not None
    by_trees = _by_trees(model.forest, on)
    if model.encoder is None:
        return by_trees
    from linkage.gnn.training import read, reread

    assert model.scale is not None
    if on.given is not None and on.given.by is model.scale:
        by_encoder = reread(model.encoder, on.given, device)
    else:
        by_encoder = read(model.encoder, model.scale, on.x, on.of, device)
    odds = (_log_odds(by_encoder) + _log_odds(by_trees[: len(by_encoder)])) / 2.0
    return np.asarray(1.0 / (1.0 + np.exp(-odds)), np.float32)


def _by_trees(forest: trees.Forest, on: Prepared) -> NDArray[np.float32]:
    if on.around is not None:
        return trees.predict(forest, on.around)
    blocks = (np.arange(low, min(low + _BLOCK, len(on.x))) for low in range(0, len(on.x), _BLOCK))
    said = [trees.predict(forest, trees.aggregated(on.x, on.of, rows)) for rows in blocks]
    return np.concatenate(said) if said else np.zeros(0, np.float32)


def _log_odds(chance: NDArray[np.float32]) -> NDArray[np.float64]:
    p = np.clip(chance.astype(np.float64), _LEAST, 1.0 - _LEAST)
    return np.asarray(np.log(p / (1.0 - p)))

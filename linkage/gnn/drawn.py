"""The accounts to learn from where there are many: some communities, and who stands near them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from linkage.gnn.graph import Graph

#: Share of the accounts that communities of one kind may take, and that one community may.
_KIND, _ONE = 0.5, 0.125


def chosen(
    label: NDArray[np.int8], decided: NDArray[np.int8], community: NDArray[np.int32], most: int, seed: int
) -> NDArray[np.int64]:
    """Nodes of communities drawn at random, at most so many.

    Communities with a guilty account take up to half, those with an honest one what is left; of each kind those about
    which people decided come first. Of a community too large, its decided accounts and some others are taken.

    Args:
        label: int8[n], -1 where not known.
        decided: int8[n], the same, of what people decided only.
        community: int32[n].
        most: accounts at most.
        seed: of the draw.

    Returns:
        int64[k], sorted: all nodes where they are no more than that.
    """
    n = len(label)
    if n <= most:
        return np.arange(n)
    codes, place = np.unique(community, return_inverse=True)
    guilty = np.bincount(place, label == 1, len(codes)) > 0
    honest = ~guilty & (np.bincount(place, label == 0, len(codes)) > 0)
    said = np.bincount(place, decided >= 0, len(codes)) > 0
    rng = np.random.default_rng(seed)
    order = np.lexsort((rng.random(len(codes)), ~said))
    within = np.lexsort((rng.random(n), decided < 0, place))  # community by community, decided ones first
    size = np.bincount(place, minlength=len(codes))
    first = np.cumsum(size) - size
    taken = np.minimum(size, max(1, int(most * _ONE)))
    rank = np.empty(n, np.int64)
    rank[within] = np.arange(n) - np.repeat(first, size)
    room, kept = int(most * _KIND), np.zeros(len(codes), np.bool_)
    for kind in (guilty, honest):
        of = order[kind[order]]
        kept[of[np.cumsum(taken[of]) <= room]] = True
        room = most - int(taken[kept].sum())
    return np.flatnonzero(kept[place] & (rank < taken[place]))


def near(of: Graph, nodes: NDArray[np.int64], fan_out: tuple[int, int], seed: int) -> tuple[Graph, NDArray[np.int64]]:
    """The graph around some nodes, and which nodes of the whole its nodes are: those asked for first.

    Args:
        of: the whole graph.
        nodes: int64[k], distinct.
        fan_out: neighbours drawn of a node asked for, and of each of these.
        seed: of the draws.
    """
    if len(nodes) == len(of.accounts):
        return of, nodes
    from linkage_kernels.sampling import sample

    drawn = sample(of.start, of.to, nodes, fan_out, seed)
    part = Graph(of.accounts[drawn.nodes], drawn.start, drawn.to, of.probability[drawn.entry], of.typed[drawn.entry])
    return part, drawn.nodes

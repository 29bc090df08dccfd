"""Leiden on the links (Traag, Waltman & van Eck 2019, "From Louvain to Leiden"), by igraph, seeded."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
from numpy.typing import NDArray

from linkage.communities.join import Labels

Weights = NDArray[np.float64]


@contextmanager
def seeded(seed: int) -> Iterator[None]:
    """igraph's random numbers, from this seed while the block runs."""
    import igraph

    igraph.set_random_number_generator(random.Random(seed))
    try:
        yield
    finally:
        igraph.set_random_number_generator(random)


class Graph:
    """Links between n accounts as igraph holds them; its own edge list is what takes the time to make.

    Weights are given for each run: one of zero counts as no link, so that other graphs on fewer links need no new one.
    """

    def __init__(self, source: Labels, target: Labels, accounts: int) -> None:
        import igraph

        self.source, self.target, self.accounts = source, target, accounts
        # It takes three times as long to read an array.
        self._graph = igraph.Graph(n=accounts, edges=zip(source.tolist(), target.tolist(), strict=True))

    def leiden(self, weight: Weights, resolution: float, iterations: int, within: Labels | None = None) -> Labels:
        """Groups of high modularity at this resolution; of the accounts of each label of `within`, where given.

        Modularity is the constant Potts model with link ends as sizes of the nodes; divided by the root of all ends
        there are. Where these are counted label by label, and links between labels weigh nothing, one run does what
        one run inside each label would. `iterations` below zero: until nothing moves.
        """
        return self.potts(
            weight, sizes(self.source, self.target, weight, self.accounts, resolution, within), iterations
        )

    def even(self, weight: Weights, resolution: float, iterations: int) -> Labels:
        """Groups inside which the links outweigh `resolution` for every two accounts (Traag et al. 2011).

        No group is too small for it, whatever the size of the graph.
        """
        return self.potts(weight, np.full(self.accounts, np.sqrt(resolution)), iterations)

    def potts(self, weight: Weights, size: Weights, iterations: int) -> Labels:
        """Leiden by the constant Potts model at resolution 1. The caller has seeded igraph's random numbers."""
        found = self._graph.community_leiden(
            objective_function="CPM",
            weights=weight.tolist(),
            node_weights=size.tolist(),
            resolution=1.0,
            n_iterations=iterations,
        )
        return np.array(found.membership, dtype=np.int64)


def sizes(
    source: Labels, target: Labels, weight: Weights, accounts: int, resolution: float, within: Labels | None = None
) -> Weights:
    """Sizes of nodes by which the constant Potts model is modularity."""
    ends = np.bincount(source, weight, accounts) + np.bincount(target, weight, accounts)
    if within is None:
        return np.asarray(ends * np.sqrt(resolution / ends.sum()))
    total = np.bincount(within, ends)[within]
    return np.asarray(ends * np.sqrt(resolution / np.where(total > 0.0, total, 1.0)))

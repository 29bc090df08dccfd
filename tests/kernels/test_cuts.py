"""Bridges and articulation accounts, against taking each link and each account away."""

from __future__ import annotations

import igraph
import numpy as np
import pytest

from linkage_kernels.cuts import cuts


@pytest.mark.parametrize("seed", range(8))
def test_what_hangs_by_one_link_or_account_is_what_falls_off_without_it(seed: int) -> None:
    n = 60
    random = np.random.default_rng(seed)
    pairs = np.unique(np.sort(random.integers(0, n, (70, 2)), axis=1), axis=0)
    pairs = pairs[pairs[:, 0] != pairs[:, 1]]
    graph = igraph.Graph(n=n, edges=pairs)
    found = cuts(pairs[:, 0], pairs[:, 1], n)
    hanging = {tuple(sorted((int(found.parent[i]), int(i)))) for i in np.flatnonzero(found.bridge)}
    assert hanging == {graph.es[e].tuple for e in graph.bridges()}
    assert set(found.parent[found.cut].tolist()) == set(graph.articulation_points())
    component = np.array(graph.connected_components().membership)
    assert len({*zip(component.tolist(), found.component.tolist(), strict=True)}) == component.max() + 1
    for i in np.flatnonzero(found.bridge):
        without = graph.copy()
        without.delete_edges([(int(found.parent[i]), int(i))])
        below = (found.order >= found.order[i]) & (found.order < found.order[i] + found.below[i])
        assert set(without.subcomponent(int(i))) == set(np.flatnonzero(below).tolist())

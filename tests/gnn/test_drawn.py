from __future__ import annotations

import numpy as np

from linkage.gnn.drawn import chosen, near
from tests.gnn.graphs import random_graph


def test_few_accounts_are_all_taken() -> None:
    nothing = np.full(5, -1, np.int8)
    assert chosen(nothing, nothing, np.arange(5, dtype=np.int32), 5, 0).tolist() == [0, 1, 2, 3, 4]


def test_whole_communities_of_both_kinds_are_taken() -> None:
    community = np.repeat(np.arange(100), 10).astype(np.int32)
    label = np.where(community < 20, 1, np.where(community < 90, 0, -1)).astype(np.int8)
    decided = np.where(community == 50, 0, -1).astype(np.int8)
    at = chosen(label, decided, community, 300, 1)
    taken, size = np.unique(community[at], return_counts=True)
    assert len(at) == 300
    assert (size == 10).all()
    assert (taken < 20).sum() == 15  # half of what is taken
    assert 50 in taken  # what people decided comes first
    assert (taken < 90).all()
    assert np.array_equal(at, chosen(label, decided, community, 300, 1))
    assert not np.array_equal(at, chosen(label, decided, community, 300, 2))


def test_one_large_community_does_not_take_all() -> None:
    community = np.array([0] * 900 + [1 + i // 2 for i in range(100)], np.int32)
    label = np.where(community == 0, 1, 0).astype(np.int8)
    decided = np.full(1000, -1, np.int8)
    decided[880:900] = 1
    at = chosen(label, decided, community, 160, 0)
    assert np.isin(np.arange(880, 900), at).all()
    assert (community[at] == 0).sum() == 20
    assert (community[at] > 0).sum() == 100


def test_neighbours_stand_behind_those_asked_for() -> None:
    of = random_graph(60, 300, 3)
    at = np.array([5, 9, 40])
    part, nodes = near(of, at, (4, 2), 0)
    assert nodes[:3].tolist() == [5, 9, 40]
    assert np.array_equal(part.accounts, of.accounts[nodes])
    assert (np.diff(part.start)[:3] <= 4).all()
    links = {(int(a), int(b)): p for a, b, p in zip(of.source, of.to, of.probability, strict=True)}
    assert len(part.to) > 3
    for a, b, p in zip(nodes[part.source], nodes[part.to], part.probability, strict=True):
        assert links[int(a), int(b)] == p

"""Communities: found, numbered, stable under order and seed."""

from __future__ import annotations

import itertools

import igraph
import numpy as np
import polars as pl
import pytest

from linkage.communities import group
from linkage.communities.leiden import Graph, seeded
from linkage.settings import CommunitySettings
from linkage.tables import LINKS, empty

SETTINGS = CommunitySettings()


def links(*cliques: range, weight: float = 15.0) -> pl.DataFrame:
    """Every pair of each clique, linked alike."""
    pairs = sorted({pair for clique in cliques for pair in itertools.combinations(clique, 2)})
    rows = [(a, b, 0.97, weight) for a, b in pairs]
    return pl.DataFrame(rows, schema=LINKS, orient="row")


def test_cliques_are_communities_numbered_by_size() -> None:
    found = group(links(range(0, 4), range(10, 17), range(20, 24)), 10.0, SETTINGS, 0)
    assert found.group_by("community").agg(pl.col("account").min()).sort("community")["account"].to_list() == [
        10,
        0,
        20,
    ]
    assert found["stability"].to_list() == [1.0] * 15


def test_who_sits_between_two_groups_is_less_stable_than_who_sits_inside() -> None:
    ring = sorted((min(i, (i + d) % 60), max(i, (i + d) % 60)) for i in range(60) for d in (1, 2))
    vague = pl.DataFrame([(a, b, 0.97, 15.0) for a, b in ring], schema=LINKS, orient="row")
    apart = links(range(100, 112))
    found = group(pl.concat([vague, apart]), 10.0, CommunitySettings(spread=(1.0,) * 9), 0)
    on_ring = pl.col("account") < 60
    assert found.filter(~on_ring)["stability"].to_list() == [1.0] * 12
    assert found.filter(on_ring)["stability"].mean() < 1.0  # type: ignore[operator]
    assert found["stability"].is_between(0.0, 1.0).all()


def test_a_large_community_is_seen_in_parts() -> None:
    groups = [range(i * 6, i * 6 + 6) for i in range(30)]
    chain = [range(i * 6 + 5, i * 6 + 7) for i in range(29)]
    found = group(links(*groups, *chain), 10.0, CommunitySettings(resolution=0.05), 0)
    assert found["community"].n_unique() < 30
    assert found["part"].n_unique() > found["community"].n_unique()


def test_the_potts_model_sees_small_groups_in_a_large_graph() -> None:
    groups = [range(i * 6, i * 6 + 6) for i in range(300)]
    ring = [range(i * 6 + 5, i * 6 + 7) for i in range(299)]
    tied = links(*groups, *ring)
    seen = {
        objective: group(tied, 10.0, CommunitySettings(objective=objective), 0)["community"].n_unique()
        for objective in ("modularity", "potts")
    }
    assert seen["potts"] == 300
    assert seen["modularity"] < 300


def test_the_potts_model_parts_what_few_links_hold_together() -> None:
    bits = CommunitySettings(objective="potts", resolution=1.0)
    two = links(range(6), range(6, 12), range(5, 7))
    assert group(two, 10.0, bits, 0)["community"].n_unique() == 2
    assert group(two, 10.0, CommunitySettings(objective="potts", resolution=0.1), 0)["community"].n_unique() == 1


@pytest.mark.parametrize("seed", [0, 7])
def test_the_same_seed_gives_the_same_bytes(seed: int) -> None:
    table = links(*[range(i, i + 5) for i in range(0, 200, 3)])
    assert group(table, 10.0, SETTINGS, seed).equals(group(table, 10.0, SETTINGS, seed))


def test_no_links_no_communities() -> None:
    assert group(empty(LINKS), 10.0, SETTINGS, 0).is_empty()


def modularity(graph: igraph.Graph, labels: np.ndarray) -> float:
    """igraph's, by the weights of the links."""
    return float(graph.modularity(labels.tolist(), weights="weight"))


def test_groups_are_of_high_modularity_of_each_community_by_itself() -> None:
    pairs = np.array(sorted({(i, j) for s in (0, 40) for i in range(s, s + 40) for j in (i + 1, i + 2) if j < s + 40}))
    weight = np.where(pairs[:, 0] < 40, 1.0, 50.0)
    graph = Graph(pairs[:, 0], pairs[:, 1], 80)
    within = np.repeat([0, 1], 40)
    with seeded(0):
        found = graph.leiden(weight, 1.0, -1, within)
    for side in (0, 1):
        inside = igraph.Graph(n=40, edges=pairs[(pairs[:, 0] >= 40) == side] - 40 * side)
        inside.es["weight"] = 1.0
        with seeded(0):
            alone = inside.community_leiden("modularity", weights="weight", n_iterations=-1).membership
        of = np.unique(found[within == side], return_inverse=True)[1]
        assert modularity(inside, of) > 0.97 * modularity(inside, np.array(alone))


def test_consensus_undoes_what_one_grouping_does_by_accident() -> None:
    # A ring of cliques, tied so that any cut between them is as good as any other.
    cliques = [range(i * 5, i * 5 + 5) for i in range(24)]
    ties = [(i * 5 + 4, (i * 5 + 5) % 120) for i in range(24)]
    table = pl.concat([links(*cliques), *(links(range(min(t), max(t) + 1, max(t) - min(t))) for t in ties)])
    table = table.unique(["account_a", "account_b"]).sort("account_a", "account_b")

    def unlike(consensus: bool) -> float:
        settings = CommunitySettings(consensus=consensus, spread=(1.0, 1.0, 1.0, 0.7, 1.4))
        runs = [group(table, 10.0, settings, seed)["community"].to_numpy() for seed in range(6)]
        same = [np.equal.outer(run, run) for run in runs]
        return float(np.mean([(a != b).mean() for a, b in itertools.combinations(same, 2)]))

    assert unlike(consensus=True) < unlike(consensus=False)


def test_a_graph_without_ties_between_communities_needs_no_consensus() -> None:
    found = group(links(range(3), range(5, 9)), 10.0, CommunitySettings(), 0)
    assert found["community"].to_list() == [1] * 3 + [0] * 4

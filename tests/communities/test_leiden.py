"""Communities: found, numbered, stable under order and seed."""

from __future__ import annotations

import itertools

import polars as pl
import pytest

from linkage.communities import group
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
    found = group(pl.concat([vague, apart]), 10.0, CommunitySettings(repeats=8), 0)
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


@pytest.mark.parametrize("seed", [0, 7])
def test_the_same_seed_gives_the_same_bytes(seed: int) -> None:
    table = links(*[range(i, i + 5) for i in range(0, 200, 3)])
    assert group(table, 10.0, SETTINGS, seed).equals(group(table, 10.0, SETTINGS, seed))


def test_no_links_no_communities() -> None:
    assert group(empty(LINKS), 10.0, SETTINGS, 0).is_empty()

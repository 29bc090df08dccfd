"""Communities cut through the middle are put together; neighbours are not."""

from __future__ import annotations

import itertools

import numpy as np
import polars as pl

from linkage.communities.group import group
from linkage.communities.join import Links, join
from linkage.community_settings import CommunitySettings

HALVES = np.repeat([0, 1], 20)


def tied(ties: list[tuple[int, int]]) -> Links:
    """Two cliques of twenty, 0..19 and 20..39, and links between them."""
    inside = [pair for start in (0, 20) for pair in itertools.combinations(range(start, start + 20), 2)]
    pairs = np.array(inside + ties)
    return Links(pairs[:, 0], pairs[:, 1], np.ones(len(pairs)), 40)


def joined(ties: list[tuple[int, int]], settings: CommunitySettings | None = None) -> bool:
    """Whether they become one."""
    return bool(join(HALVES, tied(ties), settings or CommunitySettings()).max() == 0)


def test_halves_whose_accounts_mostly_reach_each_other_are_one() -> None:
    assert joined([(i, 20 + i) for i in range(12)])
    assert not joined([(i, 20 + i) for i in range(11)])


def test_halves_that_flow_into_each_other_are_one() -> None:
    dense = [(i, 20 + (i + k) % 9) for i in range(9) for k in range(7)]
    assert joined(dense)
    assert not joined(dense, CommunitySettings(join_flow=0.5))


def test_a_few_accounts_with_many_links_do_not_join_two_groups() -> None:
    assert not joined([(i, 20 + j) for i in range(7) for j in range(7)])


def test_a_chain_of_joins_ends_in_one_community() -> None:
    cliques = [range(i * 10, i * 10 + 10) for i in range(4)]
    inside = [pair for clique in cliques for pair in itertools.combinations(clique, 2)]
    between = [(i, i + 10) for i in range(30)]
    pairs = np.array(inside + between)
    links = Links(pairs[:, 0], pairs[:, 1], np.ones(len(pairs)), 40)
    assert join(np.repeat(np.arange(4), 10), links, CommunitySettings()).max() == 0


def test_what_a_pool_alone_makes_a_link_joins_nothing() -> None:
    """Twelve of twenty reach into the other half, by links that are none without the pool both use."""
    inside = [pair for start in (0, 20) for pair in itertools.combinations(range(start, start + 20), 2)]
    across = [(i, 20 + i) for i in range(12)]
    columns = dict(zip(("account_a", "account_b"), zip(*sorted(inside + across), strict=True), strict=True))
    links = pl.DataFrame(columns, {"account_a": pl.UInt32, "account_b": pl.UInt32}).with_columns(
        weight=pl.lit(10.0), crowd=pl.when(pl.col("account_b") - pl.col("account_a") == 20).then(3.0).otherwise(0.0)
    )
    assert group(links, 8.0, CommunitySettings(), 0)["community"].n_unique() == 2
    assert group(links.drop("crowd"), 8.0, CommunitySettings(), 0)["community"].n_unique() == 1

from __future__ import annotations

import numpy as np
import polars as pl

from linkage.gnn.features import GROUPS
from linkage.gnn.graph import TIES, graph, ties
from linkage.gnn.trees import aggregated
from tests.gnn.graphs import CHANNELS, links, random_graph


def test_every_link_stands_in_both_rows_with_its_bits_by_group() -> None:
    table = links(12, 30, 1)
    of = graph(table, CHANNELS)
    found = {(int(a), int(b)): row for a, b, row in zip(of.source, of.to, of.typed, strict=True)}
    assert len(found) == 2 * table.height
    for row in table.iter_rows(named=True):
        for pair in ((row["account_a"], row["account_b"]), (row["account_b"], row["account_a"])):
            assert found[pair][GROUPS.index("money")] == np.float32(min(row["payment"] / 10, 3))
            assert found[pair][GROUPS.index("other")] == np.float32(min(row["odd"] / 10, 3))


def test_a_hidden_group_leaves_links_without_its_bits() -> None:
    of = graph(links(12, 30, 1), CHANNELS, without="money")
    assert len(of.to) == 60
    assert not of.typed[:, GROUPS.index("money")].any()
    assert of.typed[:, GROUPS.index("network")].any()


def test_aggregates_are_what_a_loop_over_neighbours_finds() -> None:
    of = random_graph(15, 40, 2)
    x = np.random.default_rng(0).normal(size=(15, 2)).astype(np.float32)
    x[3, 0] = np.nan
    found = aggregated(x, of)
    assert found.shape == (15, 6)
    assert np.array_equal(found[:, :2], x, equal_nan=True)
    for node in range(15):
        row = slice(of.start[node], of.start[node + 1])
        for column in range(2):
            theirs = x[of.to[row], column]
            known = np.isfinite(theirs)
            if not known.any():
                assert np.isnan(found[node, [2 + column, 4 + column]]).all()
                continue
            np.testing.assert_allclose(
                found[node, 2 + column], np.average(theirs[known], weights=of.probability[row][known]), rtol=1e-5
            )
            assert found[node, 4 + column] == theirs[known].max()
    assert np.array_equal(aggregated(x, of, np.array([4, 2])), found[[4, 2]], equal_nan=True)


def test_ties_count_links_and_what_they_rest_on() -> None:
    table = links(12, 30, 1)
    of = graph(table, CHANNELS)
    found = ties(of)
    assert found.shape == (12, len(TIES))
    of_first = table.filter((pl.col("account_a") == 0) | (pl.col("account_b") == 0))
    assert found[0, 0] == np.float32(np.log2(1 + of_first.height))
    money = of_first.filter(pl.col("payment") >= 1).height / of_first.height
    np.testing.assert_allclose(found[0, TIES.index("links_money")], money, rtol=1e-6)


def test_a_hidden_group_says_nothing_in_ties() -> None:
    table = links(12, 30, 1)
    hidden = ties(graph(table, CHANNELS, without="money"))
    assert np.array_equal(ties(graph(table, CHANNELS), without="money"), hidden)

from __future__ import annotations

from typing import Any

import numba
import numpy as np
import pytest

from linkage.gnn.drawn import near
from linkage.gnn.features import GROUPS
from linkage.gnn.graph import Graph
from linkage.gnn_settings import GnnSettings
from tests.gnn.graphs import random_graph

torch = pytest.importorskip("torch")
pytest.importorskip("torch_geometric")

SETTINGS = GnnSettings(steps=6, width=8)


def features(n: int, seed: int = 0) -> np.ndarray[Any, np.dtype[np.float32]]:
    return np.random.default_rng(seed).normal(size=(n, 6)).astype(np.float32)


def lesson(n: int) -> tuple[Any, Any]:
    label = np.where(np.arange(n) % 3 == 0, -1, np.arange(n) % 2).astype(np.int8)
    return label, np.ones(n, np.float32)


def trained(of: Graph, settings: GnnSettings = SETTINGS, seed: int = 1) -> Any:
    from linkage.gnn.given import Given
    from linkage.gnn.training import train

    n = len(of.accounts)
    given = Given(features(n), of, n, settings.masked, seed, "cpu")
    return train(given, *lesson(n), settings, seed), given.by


def renumbered(of: Graph, order: Any) -> Graph:
    """The same graph with node order[i] in place i."""
    place = np.argsort(order)
    source, to = place[of.source], place[of.to]
    rows = np.lexsort((to, source))
    start = np.concatenate(([0], np.cumsum(np.bincount(source, minlength=len(order))))).astype(np.int64)
    return Graph(of.accounts, start, to[rows], of.probability[rows], of.typed[rows])


def test_every_node_has_a_chance(monkeypatch: pytest.MonkeyPatch) -> None:
    from linkage.gnn import training

    of, x = random_graph(), features(40)
    x[::5, 2] = np.nan
    encoder, by = trained(of)
    whole = training.read(encoder, by, x, of)
    assert whole.shape == (40,)
    assert ((whole > 0) & (whole < 1)).all()
    monkeypatch.setattr(training, "_BLOCK", 7)
    np.testing.assert_allclose(training.read(encoder, by, x, of), whole, rtol=1e-5)


def test_a_renumbered_graph_is_read_alike() -> None:
    from linkage.gnn.training import read

    of, x = random_graph(), features(40)
    encoder, by = trained(of)
    order = np.random.default_rng(3).permutation(40)
    here, there = read(encoder, by, x, of), read(encoder, by, x[order], renumbered(of, order))
    np.testing.assert_allclose(there, here[order], rtol=1e-4)


def test_neighbours_and_the_type_of_a_link_matter() -> None:
    from linkage.gnn.training import read

    of, x = random_graph(), features(40)
    encoder, by = trained(of)
    here = read(encoder, by, x, of)
    changed = x.copy()
    changed[of.to[of.start[0]]] += 3.0
    assert read(encoder, by, changed, of)[0] != here[0]
    money = GROUPS.index("money")
    typed = of.typed.copy()
    typed[:, [money, GROUPS.index("network")]] = typed[:, [GROUPS.index("network"), money]]
    assert not np.allclose(read(encoder, by, x, of._replace(typed=typed)), here)


def test_a_hidden_group_hides_what_came_along_its_links_only() -> None:
    from linkage.gnn.given import Columns

    of, x = random_graph(), features(40)
    columns = Columns(x, of, trained(of)[1], "cpu")
    money = GROUPS.index("money")
    typed = of.typed.copy()
    typed[:, money] *= np.linspace(0.2, 1.0, len(typed))
    other = Columns(x, of._replace(typed=typed), columns.by, "cpu")
    changed = (columns.rows(0, 40) != other.rows(0, 40)).any(dim=0)
    assert changed.any()
    assert torch.equal(columns.without()[money] == 0, changed)


@pytest.mark.parametrize("drawn", [False, True])  # the whole graph, neighbours drawn around some nodes
def test_the_same_seed_gives_the_same_encoder_whatever_the_threads(drawn: bool) -> None:
    of = random_graph()
    if drawn:
        of = near(of, np.arange(0, 40, 3), (3, 2), 0)[0]
    threads, kernels = torch.get_num_threads(), numba.get_num_threads()
    one = trained(of)[0].state_dict()
    torch.set_num_threads(1)
    numba.set_num_threads(1)
    try:
        torch.rand(3)  # nothing hangs on the global generator
        again = [trained(of)[0].state_dict() for _ in range(3)]
    finally:
        torch.set_num_threads(threads)
        numba.set_num_threads(kernels)
    assert all(torch.equal(one[name], other[name]) for other in again for name in one)
    changed = trained(of, seed=2)[0].state_dict()
    assert not all(torch.equal(one[name], changed[name]) for name in one)


def test_torch_is_left_as_it_was() -> None:
    before, state = torch.are_deterministic_algorithms_enabled(), torch.random.get_rng_state()
    trained(random_graph())
    assert torch.are_deterministic_algorithms_enabled() == before
    assert torch.equal(torch.random.get_rng_state(), state)


def test_what_neighbours_have_in_common_is_learned() -> None:
    from linkage.gnn.given import Given
    from linkage.gnn.training import read, train

    # A node's own features say nothing of its label: only the mean of its neighbours does.
    of = random_graph(800, 2_400, 7)
    x = np.random.default_rng(1).normal(size=(800, 3)).astype(np.float32)
    label = np.array([x[of.to[of.start[i] : of.start[i + 1]], 0].mean() > 0 for i in range(800)], np.int8)
    seen = np.where(np.arange(800) < 600, label, -1).astype(np.int8)
    settings = GnnSettings(steps=80, width=16, self_supervision=0.0, dropout=0.2)
    given = Given(x, of, 600, settings.masked, 0, "cpu")
    encoder, by = train(given, seen, np.ones(800, np.float32), settings, 0), given.by
    right = (read(encoder, by, x, of)[600:] > 0.5) == (label[600:] == 1)
    assert right.mean() > 0.8


def test_hidden_links_are_hidden_both_ways() -> None:
    from linkage.gnn.given import masked_links, unmasked

    of = random_graph()
    hidden = masked_links(of, 0.3, 0)
    rest = unmasked(of, hidden)
    pairs = set(zip(rest.source.tolist(), rest.to.tolist(), strict=True))
    assert 0 < hidden.sum() < len(hidden)
    assert len(pairs) == (~hidden).sum()
    assert all((b, a) in pairs for a, b in pairs)

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from linkage.gnn.features import GROUPS
from linkage.gnn.graph import Graph
from tests.gnn.graphs import random_graph

torch = pytest.importorskip("torch")


def dense(of: Graph) -> list[NDArray[np.float64]]:
    """By type of link: a matrix whose rows add up to one, or to zero."""
    out = []
    for weight in (of.probability, *of.typed.T):
        whole = np.zeros((len(of.accounts), len(of.accounts)))
        whole[of.source, of.to] = weight
        total = whole.sum(axis=1, keepdims=True)
        out.append(whole / np.where(total > 0, total, 1.0))
    return out


def test_means_and_their_gradient_are_those_of_dense_matrices() -> None:
    from linkage.gnn.relations import Relations

    of = random_graph(30, 80, 2)
    rng = np.random.default_rng(0)
    x = rng.normal(size=(30, 5)).astype(np.float32)
    relations = Relations(of, "cpu")
    assert relations.kinds == [0, *(1 + GROUPS.index(g) for g in ("money", "network", "other"))]
    matrices = [dense(of)[kind] for kind in relations.kinds]
    means = relations.means(torch.tensor(x), 4, 21).numpy()
    np.testing.assert_allclose(means, np.stack([m @ x for m in matrices], axis=1)[4:21], atol=1e-5)
    grad = rng.normal(size=(30, len(matrices), 5)).astype(np.float32)
    back = relations.back(torch.tensor(grad)).numpy()
    np.testing.assert_allclose(back, sum(m.T @ grad[:, k] for k, m in enumerate(matrices)), atol=1e-5)


def test_a_graph_read_in_blocks_is_read_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("torch_geometric")
    from linkage.gnn.encoder import Encoder
    from linkage.gnn.relations import Relations

    of = random_graph(30, 80, 2)
    encoder, x = Encoder(4, 8, 1 + len(GROUPS), 0.0), torch.rand(30, 4)
    with torch.no_grad():
        whole = encoder(x, Relations(of, "cpu"))
        monkeypatch.setattr("linkage.gnn.relations._BLOCK", 7)
        parts = encoder(x, Relations(of, "cpu"))
    np.testing.assert_allclose(parts.numpy(), whole.numpy(), atol=1e-5)

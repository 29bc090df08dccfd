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


def test_means_are_those_of_dense_matrices() -> None:
    from linkage.gnn.relations import Relations

    of = random_graph(30, 80, 2)
    x = np.random.default_rng(0).normal(size=(30, 5)).astype(np.float32)
    relations = Relations(of, "cpu")
    assert relations.kinds == [0, *(1 + GROUPS.index(g) for g in ("money", "network", "other"))]
    matrices = [dense(of)[kind] for kind in relations.kinds]
    for place, matrix in enumerate(matrices):
        means = relations.means(torch.tensor(x), place, 4, 21).numpy()
        np.testing.assert_allclose(means, (matrix @ x)[4:21], atol=1e-5)


def test_what_is_carried_is_what_dense_matrices_carry() -> None:
    pytest.importorskip("torch_geometric")
    from linkage.gnn.encoder import Carry
    from linkage.gnn.relations import Relations

    of = random_graph(30, 80, 2)
    x = np.random.default_rng(0).normal(size=(30, 5)).astype(np.float32)
    found = Carry(torch.tensor(x), Relations(of, "cpu"))(4, 21).numpy()
    matrices = dense(of)
    spread = np.sqrt(matrices[0] @ x**2 - (matrices[0] @ x) ** 2)
    wanted = np.stack([*(m @ x for m in matrices), *(m @ (m @ x) for m in matrices), spread], axis=1)[4:21]
    np.testing.assert_allclose(found, wanted, atol=1e-4)


def test_matrices_of_a_cuda_device_say_the_same() -> None:
    # Here on the CPU.
    from linkage.gnn.relations import Relations, _matrices

    of = random_graph(30, 80, 2)
    x = torch.rand(30, 5)
    plain, other = Relations(of, "cpu"), Relations(of, "cpu")
    other._cuda = _matrices(other.start, other.to, other.weight, "cpu")
    for place in range(len(plain.kinds)):
        torch.testing.assert_close(other.means(x, place, 3, 30), plain.means(x, place, 3, 30))

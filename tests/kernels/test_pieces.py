"""Connected pieces against a plain search."""

from __future__ import annotations

import numpy as np
import pytest

from linkage_kernels.pieces import components


@pytest.mark.parametrize("seed", range(3))
def test_components_are_those_of_a_search(seed: int) -> None:
    rng = np.random.default_rng(seed)
    a, b = rng.integers(0, 60, 40).astype(np.uint32), rng.integers(0, 60, 40).astype(np.uint32)
    label = list(range(60))
    for _ in range(60):
        for i, j in zip(a.tolist(), b.tolist(), strict=True):
            label[i] = label[j] = min(label[i], label[j])
    assert components(60, a, b).tolist() == label


def test_a_graph_without_edges_or_nodes() -> None:
    none = np.empty(0, np.uint32)
    assert components(3, none, none).tolist() == [0, 1, 2]
    assert components(0, none, none).tolist() == []

"""Each account's strongest links, against sorting every account's links by itself."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from linkage_kernels.strongest import strongest


def graph(seed: int, accounts: int = 40, links: int = 400) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Distinct pairs with distinct weights."""
    random = np.random.default_rng(seed)
    pairs = np.array([(a, b) for a in range(accounts) for b in range(a + 1, accounts)])
    pairs = pairs[random.permutation(len(pairs))[:links]]
    return pairs[:, 0], pairs[:, 1], random.permutation(links) / 8 + 1


@pytest.mark.parametrize("most", [1, 3, 100])
def test_kept_are_the_heaviest_of_one_end(most: int) -> None:
    source, target, weight = graph(most)
    heaviest = set()
    for account in range(40):
        own = np.flatnonzero((source == account) | (target == account))
        heaviest.update(own[np.argsort(-weight[own])][:most].tolist())
    assert set(np.flatnonzero(strongest(source, target, weight, 40, most)).tolist()) == heaviest


def test_of_equal_links_none_is_preferred_for_its_place() -> None:
    source, target = np.triu_indices(60, 1)
    kept = strongest(source, target, np.ones(len(source)), 60, 5)
    ends = Counter(np.concatenate((source[kept], target[kept])).tolist())
    assert len(ends) == 60
    assert max(ends.values()) < 20
    order = np.random.default_rng(0).permutation(len(source))
    assert (strongest(source[order], target[order], np.ones(len(source)), 60, 5) == kept[order]).all()

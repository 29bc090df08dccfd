"""The strongest of each pair, against a plain sort."""

from __future__ import annotations

from itertools import groupby

import numpy as np
import pytest

from linkage_kernels.reasons import strongest


@pytest.mark.parametrize("most", [0, 1, 3, 30, 1_000])
def test_the_strongest_stand_by_rank(most: int) -> None:
    rng = np.random.default_rng(most)
    pair = np.repeat(np.arange(40), rng.integers(0, 80, 40))
    weight = rng.integers(0, 9, len(pair)).astype(np.float32)
    rank = rng.permutation(len(pair))
    expected: list[int] = []
    for _, rows in groupby(range(len(pair)), key=lambda row: int(pair[row])):
        kept = sorted(rows, key=lambda row: (-weight[row], row))[:most]
        expected += sorted(kept, key=lambda row: int(rank[row]))
    assert strongest(pair, weight, rank, most).tolist() == expected


def test_no_rows() -> None:
    none = np.empty(0, np.int64)
    assert strongest(none, none.astype(np.float32), none, 5).tolist() == []

"""Values that pairs share, against sets."""

from __future__ import annotations

import numpy as np

from linkage_kernels.common import common


def test_as_sets_do() -> None:
    rng = np.random.default_rng(0)
    values = [np.sort(rng.choice(30, rng.integers(0, 12), replace=False)) for _ in range(20)]
    start = np.concatenate(([0], np.cumsum([len(v) for v in values])))
    value = np.concatenate(values).astype(np.int32)
    a, b = (ends.astype(np.int32) for ends in np.triu_indices(20, 1))
    found = common(start, value, a, b)
    np.testing.assert_array_equal(value[found.use_a], value[found.use_b])
    got = {(int(a[p]), int(b[p]), int(value[u])) for p, u in zip(found.pair, found.use_a, strict=True)}
    pairs = zip(a.tolist(), b.tolist(), strict=True)
    assert got == {(i, j, int(v)) for i, j in pairs for v in set(values[i]) & set(values[j])}
    assert len(got) == len(found.pair)


def test_no_pairs() -> None:
    nothing = np.zeros(0, np.int32)
    assert len(common(np.array([0, 1]), np.array([3], np.int32), nothing, nothing).pair) == 0

"""What ties accounts to the fellows of their group, against plain loops."""

from __future__ import annotations

import numpy as np
import pytest

from linkage_kernels.fellows import shared, ties


@pytest.mark.parametrize("seed", range(4))
def test_ties_are_those_of_a_loop(seed: int) -> None:
    rng = np.random.default_rng(seed)
    n, m = 12, 60
    group, fellow = rng.integers(-1, 3, n), rng.random(n) < 0.6
    a, b = rng.integers(0, n, m).astype(np.uint32), rng.integers(0, n, m).astype(np.uint32)
    weight, near, said = rng.integers(1, 99, m), rng.random(m) < 0.5, rng.random((m, 2)) < 0.3
    found = ties(a, b, weight, near, said, group, fellow)
    for account in range(n):
        total, close, heard = 0, 0, [False, False]
        for link, (i, j) in enumerate(zip(a.tolist(), b.tolist(), strict=True)):
            for one, other in ((i, j), (j, i)):
                if one == account and group[one] >= 0 and group[one] == group[other] and fellow[other]:
                    total += int(weight[link])
                    close += int(weight[link]) * bool(near[link])
                    heard = [bool(was or now) for was, now in zip(heard, said[link], strict=True)]
        assert (found.weight[account], found.near[account]) == (total, close)
        assert found.said[account].tolist() == heard


@pytest.mark.parametrize("seed", range(4))
def test_shared_values_are_those_of_a_loop(seed: int) -> None:
    rng = np.random.default_rng(seed)
    n = 10
    group, fellow = rng.integers(-1, 3, n), rng.random(n) < 0.6
    uses = sorted({(int(i), int(c)) for i, c in zip(rng.integers(0, n, 50), rng.integers(0, 8, 50), strict=True)})
    account, code = (np.array(column, np.uint32) for column in zip(*uses, strict=True))
    values, met = shared(account, code, group, fellow)
    for i in range(n):
        mine = {c for who, c in uses if who == i and group[i] >= 0}
        theirs = {c for who, c in uses if who != i and group[who] == group[i] and fellow[who]}
        assert (values[i], met[i]) == (len(mine), len(mine & theirs))


def test_nothing_ties_nobody() -> None:
    none, flags = np.zeros(0, np.int64), np.zeros(0, np.bool_)
    found = ties(none, none, none, flags, np.zeros((0, 1), np.bool_), np.array([0, -1]), np.array([True, True]))
    assert found.weight.tolist() == [0, 0]
    assert [each.tolist() for each in shared(none, none, np.array([0]), np.array([True]))] == [[0], [0]]

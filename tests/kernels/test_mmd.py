"""Discrepancies of groups and likeness to a reference against the definitions written out."""

from __future__ import annotations

import numpy as np
import pytest
from numba import get_num_threads, set_num_threads
from numpy.typing import NDArray

from linkage_kernels.mmd import squared, sums, typical

Floats = NDArray[np.float32]


def unit_rows(n: int, width: int, seed: int = 0) -> Floats:
    rows = np.random.default_rng(seed).standard_normal((n, width)).astype(np.float32)
    unit: Floats = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    return unit


def plain(rows: Floats, weights: tuple[NDArray[np.float64], NDArray[np.float64]]) -> float:
    """All pairs of different rows, one by one."""
    kernel = rows.astype(float) @ rows.T.astype(float)

    def mean(u: NDArray[np.float64], v: NDArray[np.float64], same: bool) -> float:
        pairs = np.outer(u, v)
        if same:
            np.fill_diagonal(pairs, 0.0)
        return float((pairs * kernel).sum() / pairs.sum())

    a, b = weights
    return mean(a, a, True) + mean(b, b, True) - 2 * mean(a, b, False)


def test_squared_is_the_mean_over_pairs_of_different_rows() -> None:
    rows = unit_rows(12, 5)
    member = np.array([0, 2, 3, 7, 1, 8, 9])
    weight = np.array([1, 2, 1, 3, 1, 1, 5], np.float32)
    total, mass = sums(rows, member, np.array([0, 4, 7]), weight)
    a, b = np.zeros(12), np.zeros(12)
    a[member[:4]], b[member[4:]] = weight[:4], weight[4:]
    assert squared(total, mass, np.array([0]), np.array([1]))[0] == pytest.approx(plain(rows, (a, b)), abs=1e-6)


def test_a_group_of_one_row_has_no_discrepancy() -> None:
    total, mass = sums(unit_rows(4, 3), np.array([0, 1, 2]), np.array([0, 1, 3]), np.ones(3, np.float32))
    assert np.isnan(squared(total, mass, np.array([0]), np.array([1]))[0])


def test_groups_of_one_source_differ_by_nothing_on_average() -> None:
    rows = unit_rows(400, 3, seed=1)
    rng = np.random.default_rng(2)
    member = np.concatenate([rng.permutation(400)[:24] for _ in range(200)])
    start = np.sort(np.concatenate((np.arange(0, 4801, 24), np.arange(4, 4800, 24))))
    total, mass = sums(rows, member, start, np.ones(4800, np.float32))
    found = squared(total, mass, np.arange(0, 400, 2), np.arange(1, 400, 2))
    assert abs(found.mean()) < 3 * found.std() / np.sqrt(200)


def test_typical_leaves_the_row_itself_out() -> None:
    rows = unit_rows(30, 6)
    own = np.full(30, -1)
    own[:10] = np.arange(10)
    found = typical(rows, rows[:10], own, (1, 3))
    for i in range(30):
        cosine = [float(rows[i] @ rows[j]) for j in range(10) if own[i] != j]
        best = sorted(cosine, reverse=True)
        expected = np.array([np.mean(cosine), best[0], np.mean(best[:3])])
        np.testing.assert_allclose(found[i], expected, atol=1e-6)


@pytest.mark.slow
def test_threads_change_nothing() -> None:
    rows = unit_rows(3_000, 32)
    rng = np.random.default_rng(3)
    member, start = rng.integers(0, 3_000, 9_000), np.arange(0, 9_001, 30)
    weight = rng.random(9_000).astype(np.float32)
    a, b = rng.integers(0, 300, (2, 5_000))

    def all_of_it() -> list[bytes]:
        total, mass = sums(rows, member, start, weight)
        near = typical(rows, rows[:500], np.full(3_000, -1), (1, 10))
        return [total.tobytes(), mass.tobytes(), squared(total, mass, a, b).tobytes(), near.tobytes()]

    threads = get_num_threads()
    several = all_of_it()
    try:
        set_num_threads(1)
        single = all_of_it()
    finally:
        set_num_threads(threads)
    assert several == single

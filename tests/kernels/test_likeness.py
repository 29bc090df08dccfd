"""The likeness of two accounts' means against the Gaussian densities written out."""

from __future__ import annotations

import numpy as np
import pytest
from numba import get_num_threads, set_num_threads
from numpy.typing import NDArray

from linkage_kernels.likeness import likeness, sums

Doubles = NDArray[np.float64]


def density(x: Doubles, covariance: Doubles) -> float:
    """Log2 density of a normal vector around zero."""
    _, size = np.linalg.slogdet(2 * np.pi * covariance)
    return float(-0.5 * (size + x @ np.linalg.solve(covariance, x)) / np.log(2.0))


def plain(x: Doubles, y: Doubles, between: Doubles, u: float, v: float, shared: float) -> float:
    together = np.block(
        [
            [np.diag(between + u), shared * np.diag(between)],
            [shared * np.diag(between), np.diag(between + v)],
        ]
    )
    apart = density(x, np.diag(between + u)) + density(y, np.diag(between + v))
    return density(np.concatenate((x, y)), together) - apart


def accounts(n: int, width: int, seed: int = 0) -> tuple[NDArray[np.float32], Doubles, Doubles]:
    rng = np.random.default_rng(seed)
    return (
        rng.standard_normal((n, width)).astype(np.float32),
        rng.random(width) + 0.1,
        rng.random(n) + 0.05,
    )


@pytest.mark.parametrize("width", [1, 5])
def test_likeness_is_the_ratio_of_densities(width: int) -> None:
    mean, between, stray = accounts(8, width)
    a, b = np.triu_indices(8, 1)
    found = likeness(mean, between, stray, a, b, (0.4, 0.95))
    for i, (one, other) in enumerate(zip(a, b, strict=True)):
        x, y = mean[one].astype(float), mean[other].astype(float)
        expected = max(plain(x, y, between, stray[one], stray[other], shared) for shared in (0.4, 0.95))
        assert found[i] == pytest.approx(expected, abs=1e-3)


def test_many_dimensions_do_not_run_out_of_numbers() -> None:
    mean = np.ones((2, 1024), np.float32)
    zero = np.zeros(1, np.int64)
    found = likeness(mean, np.full(1024, 5.0), np.full(2, 1e-3), zero, zero + 1, (0.99,))
    assert np.isfinite(found).all()
    assert found[0] > 1000


def test_nothing_shared_says_nothing() -> None:
    mean, between, stray = accounts(3, 4)
    assert likeness(mean, between, stray, np.array([0]), np.array([1]), (0.0,))[0] == pytest.approx(0.0, abs=1e-5)
    assert likeness(mean, between, stray, np.zeros(0, np.int64), np.zeros(0, np.int64), (0.5,)).shape == (0,)


def test_sums_leave_out_what_cannot_be_compared() -> None:
    rng = np.random.default_rng(1)
    unit = rng.standard_normal((12, 5)).astype(np.float32)
    unit[2], unit[7, 1], unit[8] = 0.0, np.nan, np.inf
    weight = rng.random(12).astype(np.float32)
    start = np.array([0, 4, 4, 12])
    total, counts = sums(unit, start, weight)
    for account, rows in enumerate(([0, 1, 3], [], [4, 5, 6, 9, 10, 11])):
        weighed = weight[rows, None] * unit[rows].astype(float)
        np.testing.assert_allclose(total[account], weighed.sum(axis=0), atol=1e-6)
        square = float((weighed * unit[rows]).sum())
        np.testing.assert_allclose(counts[account], [weight[rows].sum(), square, len(rows)], atol=1e-6)


@pytest.mark.slow
def test_threads_change_nothing() -> None:
    mean, between, stray = accounts(500, 20)
    rng = np.random.default_rng(2)
    a, b = rng.integers(0, 500, (2, 20_000))
    start = np.arange(0, 501, 5)
    threads = get_num_threads()
    weight = between.repeat(25).astype(np.float32)
    several = [likeness(mean, between, stray, a, b, (0.7,)).tobytes(), sums(mean, start, weight)[0].tobytes()]
    try:
        set_num_threads(1)
        single = [likeness(mean, between, stray, a, b, (0.7,)).tobytes(), sums(mean, start, weight)[0].tobytes()]
    finally:
        set_num_threads(threads)
    assert several == single

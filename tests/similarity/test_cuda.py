"""The searches on a device of torch, run on its CPU, against numpy and against the kernels."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from linkage.similarity import cuda
from linkage_kernels import near
from linkage_kernels.nearest import nearest

torch = pytest.importorskip("torch", reason="torch is not installed (extra gnn)")

Floats = NDArray[np.float32]


def vectors(n: int, width: int, seed: int = 0, clusters: int = 12) -> Floats:
    rng = np.random.default_rng(seed)
    rows = rng.standard_normal((clusters, width))[rng.integers(0, clusters, n)] + 0.3 * rng.standard_normal((n, width))
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), np.float32)


def away(unit: Floats, threshold: float) -> float:
    """A threshold near this one that no product is near to."""
    products = np.sort((unit.astype(float) @ unit.T.astype(float)).ravel())
    near = products[np.abs(products - threshold) < 0.05]
    gap = int(np.diff(near).argmax())
    return float((near[gap] + near[gap + 1]) / 2)


def met(unit: Floats, threshold: float, limit: int = 1 << 20) -> tuple[set[tuple[int, int]], int]:
    """The pairs of all rows, a < b, and the ties."""
    meeting = cuda.Meeting("cpu")
    found = list(meeting.pairs(near.plan(unit, threshold), limit))
    pairs = [(min(a, b), max(a, b)) for part in found for a, b in zip(part.a.tolist(), part.b.tolist(), strict=True)]
    assert len(pairs) == len(set(pairs)), "a pair was found twice"
    return set(pairs), meeting.ties


def test_pairs_are_those_over_the_threshold() -> None:
    unit = vectors(100, 6)
    threshold = away(unit, 0.8)
    i, j = np.nonzero(np.triu(unit @ unit.T >= threshold, 1))
    assert met(unit, threshold) == (set(zip(i.tolist(), j.tolist(), strict=True)), 0)


def test_ties_at_the_threshold_are_counted() -> None:
    unit = np.array([[1, 0], [0.6, 0.8], [0.6, 0.8], [0, 1]], np.float32)
    assert met(unit, 0.6)[1] == 2
    assert met(unit, 0.7)[1] == 0


def test_a_limit_keeps_the_first_pairs_of_each_row() -> None:
    unit = np.ones((10, 1), np.float32)
    assert met(unit, 0.9, limit=2)[0] == {(i, j) for i in range(10) for j in range(i + 1, min(10, i + 3))}


@pytest.mark.parametrize("block", [7, 64, 1000])
def test_neighbours_are_the_nearest(block: int) -> None:
    unit = vectors(100, 6, seed=1)
    found = cuda.nearest(unit, 5, "cpu", block)
    products = unit @ unit.T
    np.fill_diagonal(products, -2.0)
    np.testing.assert_allclose(found.cos, -np.sort(-products, axis=1)[:, :5], atol=1e-6)
    np.testing.assert_allclose(np.take_along_axis(products, found.ids.astype(np.int64), 1), found.cos, atol=1e-6)


@pytest.mark.parametrize("block", [2, 100])
def test_ties_go_to_the_lower_number_and_places_stay_empty(block: int) -> None:
    unit = np.repeat(np.eye(3, dtype=np.float32), 3, axis=0)
    found = cuda.nearest(unit, 10, "cpu", block)
    assert found.ids[4].tolist() == [3, 5, 0, 1, 2, 6, 7, 8, -1, -1]
    assert found.cos[4].tolist() == [1.0, 1.0, *[0.0] * 6, -1.0, -1.0]


def test_opposite_rows_are_neighbours_too() -> None:
    unit = np.array([[1.0], [-1.0], [1.0]], np.float32)
    found = cuda.nearest(unit, 2, "cpu")
    assert found.ids.tolist() == [[2, 1], [0, 2], [0, 1]]
    assert found.cos.tolist() == [[1.0, -1.0], [-1.0, -1.0], [1.0, -1.0]]


def test_rows_of_zeros_and_rows_that_are_not_finite_match_nothing() -> None:
    unit = vectors(30, 4)
    unit[3], unit[5, 1], unit[6, 0] = 0.0, np.nan, np.inf
    found = cuda.nearest(unit, 4, "cpu", 8)
    assert (found.ids[[3, 5, 6]] == -1).all()
    assert not np.isin(found.ids, [3, 5, 6]).any()


@pytest.mark.parametrize("rows", [0, 1])
def test_nothing_to_compare(rows: int) -> None:
    unit = np.ones((rows, 3), np.float32)
    assert met(unit, 0.9) == (set(), 0)
    assert cuda.nearest(unit, 2, "cpu").ids.tolist() == [[-1, -1]] * rows


def test_precision_is_full_and_left_as_it_was() -> None:
    before = torch.get_float32_matmul_precision()
    torch.set_float32_matmul_precision("medium")
    try:
        cuda.nearest(vectors(10, 3), 2, "cpu")
        assert torch.get_float32_matmul_precision() == "medium"
    finally:
        torch.set_float32_matmul_precision(before)


def test_what_cannot_be_asked_is_refused() -> None:
    unit = vectors(5, 3)
    with pytest.raises(ValueError, match="block"):
        cuda.nearest(unit, 2, "cpu", 0)
    with pytest.raises(ValueError, match="k must be"):
        cuda.nearest(unit, 0, "cpu")


@pytest.mark.slow
def test_the_kernels_find_the_same() -> None:
    unit = vectors(4000, 24, clusters=400)
    threshold = away(unit[:500], 0.9)
    plan = near.plan(unit, threshold)
    for limit in (5, 4000):
        meeting = cuda.Meeting("cpu")
        theirs = np.concatenate([np.column_stack((p.a, p.b)) for p in meeting.pairs(plan, limit)])
        mine = np.concatenate([np.column_stack((p.a, p.b)) for p in near.pairs(plan, limit)])
        differ = set(map(tuple, theirs.tolist())) ^ set(map(tuple, mine.tolist()))
        assert len(differ) <= 2 * meeting.ties
    np.testing.assert_allclose(nearest(unit, 10, recall=1.0).cos, cuda.nearest(unit, 10, "cpu", 1024).cos, atol=2e-6)

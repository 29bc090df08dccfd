"""The k-nearest-neighbour kernel against comparing everything."""

from __future__ import annotations

import numpy as np
import pytest
from numba import get_num_threads, set_num_threads
from numpy.typing import NDArray

from linkage_kernels import nearest as module
from linkage_kernels.nearest import Neighbours, nearest

Floats = NDArray[np.float32]


def vectors(n: int, width: int, seed: int = 0, clusters: int = 8) -> Floats:
    rng = np.random.default_rng(seed)
    rows = rng.standard_normal((clusters, width))[rng.integers(0, clusters, n)] + 0.4 * rng.standard_normal((n, width))
    rows /= np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-9)
    return rows.astype(np.float32)


def plain(unit: Floats, k: int) -> tuple[NDArray[np.int32], Floats]:
    """Slow and obvious: every pair, sorted by product and number."""
    ids = np.full((len(unit), k), -1, np.int32)
    cos = np.full((len(unit), k), -1.0, np.float32)
    there = [row for row in range(len(unit)) if np.isfinite(unit[row]).all() and unit[row].any()]
    for row in there:
        products = {other: float(unit[row].astype(float) @ unit[other].astype(float)) for other in there}
        del products[row]
        ranked = sorted(products, key=lambda other: (-products[other], other))[:k]
        ids[row, : len(ranked)] = ranked
        cos[row, : len(ranked)] = [products[other] for other in ranked]
    return ids, cos


def small_cells(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that a small input takes the way of a large one."""
    for name, value in (("_ALL", 8), ("_SIZE", 8), ("_BLOCK", 32), ("_SAMPLE_BLOCKS", 4), ("_SAMPLE_ROWS", 8)):
        monkeypatch.setattr(module, name, value)


def agrees(found: Neighbours, unit: Floats, k: int) -> None:
    ids, cos = plain(unit, k)
    np.testing.assert_allclose(found.cos, cos, atol=3e-6)
    for row, (mine, theirs) in enumerate(zip(found.ids, ids, strict=True)):
        # Where two are a tie to the eye of float32 either order will do.
        distinct = np.abs(np.diff(cos[row], prepend=2.0, append=-2.0)) > 1e-5
        sure = distinct[:-1] & distinct[1:]
        assert (mine[sure] == theirs[sure]).all(), row


@pytest.mark.parametrize("width", [1, 2, 3, 5, 16])
def test_few_rows_are_compared_with_all(width: int) -> None:
    unit = vectors(40, width)
    found = nearest(unit, 4)
    agrees(found, unit, 4)
    assert found.recall == 1.0
    assert found.compared == 40


def test_more_neighbours_than_rows_leaves_places_empty() -> None:
    unit = vectors(5, 4)
    found = nearest(unit, 7)
    agrees(found, unit, 7)
    assert (found.ids[:, 4:] == -1).all()
    assert (found.cos[:, 4:] == -1.0).all()


def test_rows_of_zeros_and_rows_that_are_not_finite_match_nothing() -> None:
    unit = vectors(20, 6)
    unit[3] = 0.0
    unit[7, 2] = np.nan
    unit[9] = np.inf
    found = nearest(unit, 5)
    assert (found.ids[[3, 7, 9]] == -1).all()
    assert not np.isin(found.ids, [3, 7, 9]).any()
    agrees(found, unit, 5)


@pytest.mark.parametrize("rows", [0, 1])
def test_nothing_to_compare(rows: int) -> None:
    found = nearest(np.ones((rows, 3), np.float32), 2)
    assert found.ids.tolist() == [[-1, -1]] * rows
    assert nearest(np.zeros((4, 3), np.float32), 2).ids.max(initial=-1) == -1


def test_ties_go_to_the_lower_number() -> None:
    unit = np.repeat(np.eye(3, dtype=np.float32), 5, axis=0)
    found = nearest(unit, 3)
    assert found.ids[0].tolist() == [1, 2, 3]
    assert found.ids[2].tolist() == [0, 1, 3]
    assert found.ids[14].tolist() == [10, 11, 12]


@pytest.mark.slow
def test_cells_find_what_comparing_all_finds(monkeypatch: pytest.MonkeyPatch) -> None:
    small_cells(monkeypatch)
    unit = vectors(160, 6, seed=2)
    whole = nearest(unit, 3, recall=1.0)
    agrees(whole, unit, 3)
    parted = nearest(unit, 3, recall=0.9, seed=1)
    found = (parted.cos >= whole.cos[:, -1:] - 1e-5).mean()
    assert found >= 0.85
    assert parted.recall == pytest.approx(found, abs=0.02)
    assert parted.compared < 160


@pytest.mark.slow
def test_a_budget_bounds_the_comparisons_and_the_recall_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    small_cells(monkeypatch)
    unit = vectors(200, 24, seed=3, clusters=200)
    free, held = nearest(unit, 3, recall=0.99), nearest(unit, 3, recall=0.99, budget=40)
    assert held.compared < 60 < free.compared
    assert held.recall < free.recall


def test_equal_rows_cost_no_more_than_others(monkeypatch: pytest.MonkeyPatch) -> None:
    small_cells(monkeypatch)
    unit = np.repeat(vectors(1, 5), 160, axis=0)
    found = nearest(unit, 3)
    assert found.recall == 1.0
    assert found.compared < 80
    np.testing.assert_allclose(found.cos, 1.0, atol=3e-6)


@pytest.mark.slow
@pytest.mark.parametrize(("width", "k"), [(64, 15), (37, 1), (384, 40)])
def test_recall_is_met_and_told(width: int, k: int) -> None:
    unit = vectors(12_000, width, clusters=60)
    found = nearest(unit, k)
    truth = nearest(unit, k, recall=1.0)
    assert found.recall == pytest.approx((found.cos >= truth.cos[:, -1:] - 2e-6).mean(), abs=0.01)
    assert found.recall >= 0.94
    assert (np.diff(found.cos, axis=1) <= 0).all()


@pytest.mark.slow
def test_threads_change_nothing() -> None:
    unit = vectors(9_000, 48, clusters=300)
    threads = get_num_threads()
    several = nearest(unit, 15)
    try:
        set_num_threads(1)
        single = nearest(unit, 15)
    finally:
        set_num_threads(threads)
    assert several.ids.tobytes() == single.ids.tobytes()
    assert several.cos.tobytes() == single.cos.tobytes()
    assert several.recall == single.recall


@pytest.mark.slow
def test_many_equal_rows_take_linear_time() -> None:
    unit = np.repeat(vectors(3, 32), 20_000, axis=0)
    found = nearest(unit, 15)
    assert found.compared < 2_000
    assert found.recall == 1.0


def test_a_read_only_or_reordered_array_will_do() -> None:
    unit = np.asfortranarray(vectors(30, 4))
    unit.setflags(write=False)
    agrees(nearest(unit, 3), np.array(unit), 3)


def test_what_cannot_be_compared_is_refused() -> None:
    with pytest.raises(ValueError, match="float32"):
        nearest(np.ones((3, 3)), 2)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="k must be"):
        nearest(np.ones((3, 3), np.float32), 0)
    with pytest.raises(ValueError, match="recall"):
        nearest(np.ones((3, 3), np.float32), 1, recall=0.0)

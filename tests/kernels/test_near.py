"""The threshold join against all inner products."""

from __future__ import annotations

import numba
import numpy as np
import pytest
from numpy.typing import NDArray

from linkage_kernels import near
from linkage_kernels.buckets import by_key

Floats = NDArray[np.float32]


def clustered(rows: int, width: int, seed: int, noise: float = 0.3) -> Floats:
    """Unit rows: half of them in dense little groups, the others anywhere."""
    rng = np.random.default_rng(seed)
    centres = rng.standard_normal((max(1, rows // 12), width))
    unit = rng.standard_normal((rows, width))
    grouped = rng.random(rows) < 0.5
    which = rng.integers(0, len(centres), rows)
    unit[grouped] = centres[which[grouped]] + noise * unit[grouped]
    unit /= np.linalg.norm(unit, axis=1)[:, None]
    return unit.astype(np.float32)


def naive(unit: Floats, threshold: float) -> set[tuple[int, int]]:
    """All pairs, by comparing all."""
    cosine = unit.astype(np.float64) @ unit.T.astype(np.float64)
    a, b = np.nonzero(np.triu(cosine >= threshold, 1))
    return set(zip(a.tolist(), b.tolist(), strict=True))


def as_set(found: near.Pairs) -> set[tuple[int, int]]:
    pairs = [(min(a, b), max(a, b)) for a, b in zip(found.a.tolist(), found.b.tolist(), strict=True)]
    assert len(pairs) == len(set(pairs)), "a pair was found twice"
    return set(pairs)


@pytest.fixture
def parted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Cells for few rows too."""
    monkeypatch.setattr(near, "_FEW", 0)


@pytest.mark.parametrize("width", [1, 2, 7, 8, 16, 65])
def test_few_rows_are_all_compared(width: int) -> None:
    unit = clustered(150, width, seed=width)
    found, plan = near.join(unit, 0.85)
    assert as_set(found) == naive(unit, 0.85)
    assert plan.recall == 1.0


@pytest.mark.slow
@pytest.mark.parametrize("few", [0, 1 << 15])
@pytest.mark.parametrize(("width", "rows"), [(16, 6000), (64, 9000), (384, 4000)])
def test_the_recall_asked_for_is_found_and_nothing_else(
    width: int, rows: int, few: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(near, "_FEW", few)
    unit = clustered(rows, width, seed=1)
    found, plan = near.join(unit, 0.85, recall=0.99)
    true, kept = naive(unit, 0.85), as_set(found)
    assert not kept - true
    assert len(kept) >= 0.985 * len(true)
    assert plan.recall >= 0.98
    assert len(plan.sampled.a) > 0


@pytest.mark.usefixtures("parted")
@pytest.mark.slow
def test_the_number_of_threads_changes_nothing() -> None:
    unit = clustered(5000, 24, seed=3)
    before = numba.get_num_threads()
    found = []
    try:
        for threads in (1, before):
            numba.set_num_threads(threads)
            found.append(near.join(unit, 0.85)[0])
    finally:
        numba.set_num_threads(before)
    for one, other in zip(*found, strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.usefixtures("parted")
@pytest.mark.slow
def test_what_is_handed_over_in_small_parts_is_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    unit = clustered(4000, 24, seed=5)
    plan = near.plan(unit, 0.8)
    whole = as_set(near.Pairs(*(np.concatenate(part) for part in zip(*near.pairs(plan, 8), strict=True))))
    monkeypatch.setattr(near, "_ROOM", 8)
    parts = list(near.pairs(plan, 8))
    assert len(parts) > 3
    assert as_set(near.Pairs(*(np.concatenate(part) for part in zip(*parts, strict=True)))) == whole


@pytest.mark.usefixtures("parted")
@pytest.mark.slow
def test_pairs_of_a_cell_are_those_that_are_noticed() -> None:
    unit = clustered(4000, 96, seed=6, noise=0.5)
    plan = near.plan(unit, 0.7)
    columns, _, lists = near.cell_lists(plan)
    kept = as_set(near.Pairs(*(np.concatenate(part) for part in zip(*near.pairs(plan, 1 << 20), strict=True))))
    missed = 0
    for begin, end, *_ in lists.tolist():
        rows = columns[begin:end]
        i, j = np.nonzero(np.triu(unit[rows] @ unit[rows].T >= 0.7 + 1e-5, 1))
        noticed = near.noticed(plan, rows[i], rows[j])
        for a, b, seen in zip(rows[i].tolist(), rows[j].tolist(), noticed.tolist(), strict=True):
            assert ((min(a, b), max(a, b)) in kept) == seen
            missed += not seen
    assert missed <= 0.01 * len(kept)


@pytest.mark.usefixtures("parted")
@pytest.mark.slow
def test_zero_rows_among_many_meet_nobody() -> None:
    unit = clustered(4000, 16, seed=7)
    unit[::3] = 0.0
    found, plan = near.join(unit, 0.85)
    assert (plan.home[::3] == -1).all()
    assert not (np.concatenate((found.a, found.b)) % 3 == 0).any()


def test_a_row_keeps_no_more_than_the_limit() -> None:
    unit = np.full((100, 4), 0.5, np.float32)
    found, _ = near.join(unit, 0.85, limit=5)
    assert len(found.a) <= 100 * 5
    assert np.bincount(found.a, minlength=100).max() == 5


@pytest.mark.usefixtures("parted")
@pytest.mark.slow
def test_a_neighbourhood_too_dense_for_a_cell_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(near, "_LARGEST", 32)
    rng = np.random.default_rng(0)
    unit = np.ones((5000, 16), np.float32) + 1e-3 * rng.standard_normal((5000, 16)).astype(np.float32)
    unit /= np.linalg.norm(unit, axis=1)[:, None]
    found, plan = near.join(unit, 0.85, limit=16)
    assert plan.cut
    assert 0 < len(found.a) <= 5000 * 16 * near._PROBES


def test_zero_rows_meet_nobody() -> None:
    unit = np.zeros((20, 4), np.float32)
    unit[5:10] = 0.5
    assert as_set(near.join(unit, 0.85)[0]) == {(a + 5, b + 5) for a, b in naive(unit[5:10], 0.85)}


@pytest.mark.parametrize("rows", [0, 1, 2])
def test_next_to_nothing(rows: int) -> None:
    found, _ = near.join(np.full((rows, 3), 3**-0.5, np.float32), 0.85)
    assert len(found.a) == (rows == 2)


def test_what_cannot_be_joined_is_said() -> None:
    with pytest.raises(ValueError, match="float32"):
        near.plan(np.zeros((3, 2)), 0.85)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="threshold"):
        near.plan(np.zeros((3, 2), np.float32), 0.0)


@pytest.mark.parametrize("seed", [0, 1])
def test_rows_by_key_are_as_a_stable_sort_has_them(seed: int) -> None:
    key = np.random.default_rng(seed).integers(0, 7, 50).astype(np.int32)
    order, start = by_key(key, 9)
    np.testing.assert_array_equal(order, np.argsort(key, kind="stable"))
    np.testing.assert_array_equal(start, np.searchsorted(np.sort(key), np.arange(10)))


@pytest.mark.usefixtures("parted")
@pytest.mark.slow
def test_visits_stay_within_their_budget_whatever_recall_is_asked_for() -> None:
    unit = clustered(6000, 16, seed=4, noise=1.0)
    free, bound = near.plan(unit, 0.6, 0.99), near.plan(unit, 0.6, 0.99, budget=1.0)
    assert len(free.visited) > 2 * len(unit)
    assert len(bound.visited) == pytest.approx(len(unit), rel=0.15)
    assert bound.recall < free.recall

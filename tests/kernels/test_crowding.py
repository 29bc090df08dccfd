"""Crowded boxes against counting them one by one."""

from __future__ import annotations

import numpy as np
import pytest
from numba import get_num_threads, set_num_threads

from linkage_kernels import crowding

WIDE, HIGH, FAR = 3, 2, 40


def _cautious(count: int) -> float:
    return count * (1 - 1 / (9 * count) - 1 / (3 * count**0.5)) ** 3 if count else 0.0


def _habits(seed: int, n: int) -> np.ndarray:
    """Two levels of habits, the finer within the coarser and at random."""
    coarse = np.random.default_rng(seed).integers(0, 3, n)
    return np.column_stack((coarse, 5 * coarse + np.random.default_rng(seed + 1).integers(0, 2, n))).astype(np.int32)


def _shared(habits: np.ndarray, i: int, p: int) -> int:
    return int(np.cumprod(habits[i] == habits[p]).sum())


def _slow(rank: np.ndarray, habits: np.ndarray, lag: int) -> np.ndarray:
    n = len(rank)
    places, ranks = [4 << a for a in range(WIDE)], [32 << b for b in range(HIGH)]
    out = np.full((n, WIDE, HIGH, 1 + habits.shape[1]), -99.0)
    for i in range(n):
        moved = [q + lag if i < n // 2 else q - lag for q in range(n)]
        near = [q for q in range(n) if 0 < abs(q - i) <= places[-1] and 0 <= moved[q] < n]
        away = [q for q in range(n) if places[-1] < abs(q - i) <= FAR]
        for a, width in enumerate(places):
            inside = [q for q in near if abs(q - i) <= width]
            for b, height in enumerate(ranks):
                for c in range(out.shape[3]):
                    there = [moved[q] for q in inside if _shared(habits, i, moved[q]) >= c]
                    seen = sum(int(abs(rank[p] - rank[i])) <= height for p in there)
                    usual = sum(int(abs(rank[q] - rank[i])) <= height and _shared(habits, i, q) >= c for q in away)
                    of_any = sum(int(abs(rank[q] - rank[i])) <= height for q in away)
                    alike = sum(_shared(habits, i, moved[q]) >= c for q in inside)
                    expected = max(len(inside) * (usual + 1), (0.25 if c else 1) * alike * (of_any + 1))
                    expected /= len(away) + 1
                    if seen and expected:
                        out[i, a, b, c] = np.log2(_cautious(seen) / expected)
        for a in range(WIDE):
            for b in range(HIGH):
                for c in range(out.shape[3] - 1, -1, -1):
                    out[i, a, b, c] = out[i, a:, b:, : c + 1].max()
    return out


@pytest.mark.parametrize(("lag", "levels"), [(0, 2), (50, 2), (0, 0)])
def test_boxes_are_counted(lag: int, levels: int) -> None:
    rank = np.random.default_rng(1).permutation(120).astype(np.float64) * 3
    habits = _habits(4, 120)[:, :levels]
    assert np.allclose(crowding.crowding(rank, habits, WIDE, HIGH, FAR, lag), _slow(rank, habits, lag), atol=1e-5)


def test_a_pair_has_the_lower_of_its_two_figures() -> None:
    rank, habits = np.random.default_rng(2).permutation(120).astype(np.float64) * 3, _habits(5, 120)
    figure = crowding.crowding(rank, habits, WIDE, HIGH, FAR)
    expected = []
    for a in range(120):
        for b in range(a + 1, min(120, a + 17)):
            off = int(abs(rank[a] - rank[b]))
            if off <= 64:
                width = next(w for w in range(WIDE) if b - a <= 4 << w)
                height = next(h for h in range(HIGH) if off <= 32 << h)
                deep = _shared(habits, a, b)
                its = min(figure[a, width, height, deep], figure[b, width, height, deep])
                if its >= 0.5:
                    expected.append((a, b, its))
    one, other, score = crowding.crowded(rank, habits, figure, 0.5)
    assert len(expected) > 10
    assert [(x, y) for x, y, _ in expected] == list(zip(one.tolist(), other.tolist(), strict=True))
    assert np.allclose(score, [x for *_, x in expected])


def test_the_number_of_threads_changes_nothing() -> None:
    rank, habits = np.random.default_rng(3).permutation(500).astype(np.float64), _habits(6, 500)
    threads = get_num_threads()
    whole = crowding.crowding(rank, habits, WIDE, HIGH, FAR)
    try:
        set_num_threads(1)
        assert np.array_equal(crowding.crowding(rank, habits, WIDE, HIGH, FAR), whole)
    finally:
        set_num_threads(threads)

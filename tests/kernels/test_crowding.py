"""Crowded boxes against counting them one by one."""

from __future__ import annotations

import numpy as np
import pytest
from numba import get_num_threads, set_num_threads

from linkage_kernels import crowding

WIDE, HIGH, FAR = 3, 2, 40


def _cautious(count: int) -> float:
    return count * (1 - 1 / (9 * count) - 1 / (3 * count**0.5)) ** 3 if count else 0.0


def _slow(rank: np.ndarray, lag: int) -> np.ndarray:
    n = len(rank)
    places, ranks = [4 << a for a in range(WIDE)], [32 << b for b in range(HIGH)]
    out = np.full((n, WIDE, HIGH), -99.0)
    for i in range(n):
        moved = [q + lag if i < n // 2 else q - lag for q in range(n)]
        near = [q for q in range(n) if 0 < abs(q - i) <= places[-1] and 0 <= moved[q] < n]
        away = [q for q in range(n) if places[-1] < abs(q - i) <= FAR]
        for a, width in enumerate(places):
            inside = [q for q in near if abs(q - i) <= width]
            for b, height in enumerate(ranks):
                seen = sum(int(abs(rank[moved[q]] - rank[i])) <= height for q in inside)
                usual = sum(int(abs(rank[q] - rank[i])) <= height for q in away)
                expected = len(inside) * (usual + 1) / (len(away) + 1)
                if seen and expected:
                    out[i, a, b] = np.log2(_cautious(seen) / expected)
        for a in range(WIDE):
            for b in range(HIGH):
                out[i, a, b] = out[i, a:, b:].max()
    return out


@pytest.mark.parametrize("lag", [0, 50])
def test_boxes_are_counted(lag: int) -> None:
    rank = np.random.default_rng(1).permutation(120).astype(np.float64) * 3
    assert np.allclose(crowding.crowding(rank, WIDE, HIGH, FAR, lag), _slow(rank, lag), atol=1e-5)


def test_a_pair_has_the_lower_of_its_two_figures() -> None:
    rank = np.random.default_rng(2).permutation(120).astype(np.float64) * 3
    figure = crowding.crowding(rank, WIDE, HIGH, FAR)
    expected = []
    for a in range(120):
        for b in range(a + 1, min(120, a + 17)):
            off = int(abs(rank[a] - rank[b]))
            if off <= 64:
                width = next(w for w in range(WIDE) if b - a <= 4 << w)
                height = next(h for h in range(HIGH) if off <= 32 << h)
                its = min(figure[a, width, height], figure[b, width, height])
                if its >= 0.5:
                    expected.append((a, b, its))
    one, other, score = crowding.crowded(rank, figure, 0.5)
    assert len(expected) > 10
    assert [(x, y) for x, y, _ in expected] == list(zip(one.tolist(), other.tolist(), strict=True))
    assert np.allclose(score, [x for *_, x in expected])


def test_the_number_of_threads_changes_nothing() -> None:
    rank = np.random.default_rng(3).permutation(500).astype(np.float64)
    threads = get_num_threads()
    whole = crowding.crowding(rank, WIDE, HIGH, FAR)
    try:
        set_num_threads(1)
        assert np.array_equal(crowding.crowding(rank, WIDE, HIGH, FAR), whole)
    finally:
        set_num_threads(threads)

"""The failover kernels against obvious oracles."""

from __future__ import annotations

from math import log

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from linkage_kernels import failover, moments, takeup
from tests.kernels.traffic import packed, unpacked

SECONDS, AROUND = 5, 40


def counted(key: NDArray[np.uint64], accounts: int) -> list[list[int]]:
    """Seconds since 1970 of each account's refusals that count."""
    out: list[list[int]] = [[] for _ in range(accounts)]
    for at, account, outcome in unpacked(key):
        if outcome and (not out[account] or at - out[account][-1] > SECONDS):
            out[account].append(at)
    return out


def answers(key: NDArray[np.uint64], accounts: int) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """Rows of an account, and the seconds at which it was answered."""
    start, second, outcome, _ = moments.by_account(key, accounts)
    return np.concatenate(([0], np.cumsum(outcome == 0)))[start], second[outcome == 0]


@given(st.integers(0, 10_000), st.integers(1, 5), st.integers(1, 80), st.sampled_from([1, 4, 1000]))
def test_refusals_equal_the_oracle(seed: int, accounts: int, exchanges: int, most: int) -> None:
    key = packed(seed, accounts, exchanges, 200)
    rows = unpacked(key)
    found = failover.refusals(key, accounts, SECONDS, AROUND, most)
    for account, times in enumerate(counted(key, accounts)):
        here = range(found.start[account], found.start[account + 1])
        assert [int(found.second[k]) + rows[0][0] for k in here] == times
        for k, at in zip(here, times, strict=True):
            inside = [sum(at <= t <= at + length for t, _, _ in rows) for length in range(SECONDS + 1)]
            length = max((x for x in range(SECONDS + 1) if inside[x] <= most), default=-1)
            assert found.window[k] == length
            assert found.high[k] - found.low[k] == (inside[length] if length >= 0 else 0)
            if length >= 0:
                good = [t for t, _, outcome in rows if outcome == 0]
                usual = sum(abs(t - at) <= AROUND for t in good) / (2 * AROUND + 1) * (length + 1)
                surge = (sum(at <= t <= at + length for t in good) + 3) / (usual + 3)
                assert found.surge[k] == pytest.approx(max(1.0, surge), rel=1e-5)


@given(st.integers(0, 10_000), st.integers(2, 5), st.integers(2, 80))
def test_takers_equal_the_oracle(seed: int, accounts: int, exchanges: int) -> None:
    key = packed(seed, accounts, exchanges, 200)
    good = [(t, account) for t, account, outcome in unpacked(key) if outcome == 0]
    refusal = failover.refusals(key, accounts, SECONDS, AROUND, 1000)
    a, b = failover.takers(key, refusal, 100, 0.3)
    expected = set()
    for i, times in enumerate(counted(key, accounts)):
        total = sum(at <= t <= at + SECONDS for at in times for t, _ in good)
        for j in range(accounts):
            mine = [t for t, account in good if account == j]
            count = sum(any(at <= t <= at + SECONDS for t in mine) for at in times)
            mean = total * len(mine) / max(1, len(good))
            if i != j and count > 1 and count > mean and count * log(count / mean) - (count - mean) >= 0.3:
                expected.add((i, j))
    assert set(zip(a.tolist(), b.tolist(), strict=True)) == expected
    assert len(a) == len(expected)


@given(st.integers(0, 10_000), st.integers(2, 4), st.integers(2, 60), st.sampled_from([3, 1000]))
def test_takeups_equal_the_oracle(seed: int, accounts: int, exchanges: int, most: int) -> None:
    key = packed(seed, accounts, exchanges, 300)
    start, seconds = answers(key, accounts)
    refusal = failover.refusals(key, accounts, SECONDS, AROUND, most)
    a, b = (end.ravel().astype(np.int32) for end in np.nonzero(~np.eye(accounts, dtype=bool)))
    found = takeup.taken_up(refusal, start, seconds, a, b, AROUND)
    lags = np.array([-50, 0, 7], np.int32)
    moved = takeup.lagged(refusal, start, seconds, a, b, lags)
    for pair, (i, j) in enumerate(zip(a.tolist(), b.tolist(), strict=True)):
        theirs = seconds[start[j] : start[j + 1]].tolist()
        trials, expected, hits = 0, 0.0, []
        shifted = [0] * len(lags)
        for k in range(refusal.start[i], refusal.start[i + 1]):
            at, length = int(refusal.second[k]), int(refusal.window[k])
            if length < 0:
                continue
            places = range(at - AROUND, at + AROUND + 1)
            covered = sum(any(place <= t <= place + length for t in theirs) for place in places)
            trials += covered > 0
            expected += min(1.0, float(refusal.surge[k]) * covered / len(places))
            if any(at <= t <= at + length for t in theirs):
                hits.append(at)
            for lag in range(len(lags)):
                shifted[lag] += any(at <= t + int(lags[lag]) <= at + length for t in theirs)
        assert (found.trials[pair], found.taken[pair]) == (trials, len(hits))
        assert found.expected[pair] == pytest.approx(expected)
        assert [found.first[pair], found.last[pair]] == ([hits[0], hits[-1]] if hits else [-1, -1])
        assert moved[pair].tolist() == shifted


def test_threads_change_nothing() -> None:
    import numba

    key = packed(7, 30, 2_000, 3_000)
    start, seconds = answers(key, 30)
    a, b = (end.astype(np.int32) for end in np.triu_indices(30, 1))

    def everything() -> list[NDArray[np.generic]]:
        refusal = failover.refusals(key, 30, SECONDS, AROUND, 20)
        return [
            *refusal,
            *failover.takers(key, refusal, 4, 0.1),
            *takeup.taken_up(refusal, start, seconds, a[:60], b[:60], AROUND),
        ]

    whole = everything()
    before = numba.get_num_threads()
    numba.set_num_threads(1)
    try:
        single = everything()
    finally:
        numba.set_num_threads(before)
    for one, other in zip(whole, single, strict=True):
        assert np.array_equal(one, other)


def test_nothing_gives_nothing() -> None:
    key = np.empty(0, np.uint64)
    refusal = failover.refusals(key, 3, SECONDS, AROUND, 10)
    assert len(refusal.second) == 0
    assert len(failover.takers(key, refusal, 5, 1.0)[0]) == 0


@given(st.integers(0, 10_000), st.integers(2, 4), st.integers(2, 60), st.sampled_from([3, 1000]))
def test_whoever_takes_up_anything_is_noticed(seed: int, accounts: int, exchanges: int, most: int) -> None:
    key = packed(seed, accounts, exchanges, 30_000)
    start, seconds = answers(key, accounts)
    refusal = failover.refusals(key, accounts, 900, 2_000, most)
    a, b = (end.ravel().astype(np.int32) for end in np.nonzero(~np.eye(accounts, dtype=bool)))
    noticed = takeup.takes_up(refusal, start, seconds, a, b)
    assert noticed.tolist() == (takeup.taken_up(refusal, start, seconds, a, b, 2_000).taken > 0).tolist()

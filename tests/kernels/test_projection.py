"""The projection kernel against an obvious oracle."""

from __future__ import annotations

import itertools
from collections import defaultdict

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from linkage_kernels import incidence, projection

GROUP = np.array([0, 0, 1], np.int32)
CAP = np.array([9.0, 6.0], np.float32)


def world(seed: int, accounts: int, values: int, uses: int) -> incidence.Incidence:
    """A random incidence with times, some of them unknown."""
    rng = np.random.default_rng(seed)
    pairs = np.unique(np.c_[rng.integers(0, values, uses), rng.integers(0, accounts, uses)], axis=0)
    first = rng.uniform(0, 50, len(pairs)).astype(np.float32)
    last = first + rng.uniform(0, 5, len(pairs)).astype(np.float32)
    unknown = rng.random(len(pairs)) < 0.1
    first[unknown], last[unknown] = -np.inf, np.inf
    return incidence.incidence(
        pairs[:, 1].astype(np.int32),
        pairs[:, 0].astype(np.int32),
        first,
        last,
        rng.uniform(0.5, 12, values).astype(np.float32),
        rng.uniform(1, 30, values).astype(np.float32),
        rng.integers(0, len(GROUP), values).astype(np.int32),
        GROUP,
        CAP,
        accounts,
        rng.integers(-1, 3, accounts).astype(np.int32),
        np.array([(2.5, 0), (0.5, 2), (4.0, 1)], np.float32),
    )


def naive(index: incidence.Incidence, min_bits: float) -> dict[tuple[int, int], tuple[float, list[float]]]:
    """Every value, every pair of its accounts, plain dictionaries."""
    bits: dict[tuple[int, int], list[float]] = defaultdict(lambda: [0.0] * len(index.group))
    value_of = {int(row): int(value) for row, _, value in index.visit}
    for i, j in itertools.combinations(range(len(index.touch)), 2):
        if value_of[i] == value_of[j]:
            rarity, half_life, channel = (float(x) for x in index.value[value_of[i]])
            (a, a_first, a_last), (b, b_first, b_last) = index.touch[i].tolist(), index.touch[j].tolist()
            gap = max(b_first - a_last, a_first - b_last, 0)
            bits[a, b][int(channel)] += rarity * 2.0 ** (-gap / half_life)
    found = {}
    for pair, by_channel in bits.items():
        crowds = {int(index.crowd[account]) for account in pair}
        if len(crowds) == 1 and -1 not in crowds:
            amount, channel = index.among[crowds.pop()].tolist()
            by_channel[int(channel)] += amount
        groups = [0.0] * len(index.cap)
        for channel, amount in enumerate(by_channel):
            groups[index.group[channel]] += amount
        weight = sum(min(amount, float(cap)) for amount, cap in zip(groups, index.cap, strict=True))
        if weight >= min_bits:
            found[pair] = (weight, by_channel)
    return found


@given(
    st.integers(0, 10_000), st.integers(2, 30), st.integers(1, 12), st.integers(1, 120), st.sampled_from([1, 7, 1000])
)
def test_pairs_and_bits_equal_the_oracle(seed: int, accounts: int, values: int, uses: int, block: int) -> None:
    index = world(seed, accounts, values, uses)
    found = projection.project(index, 4.0, block)
    expected = naive(index, 4.0)
    near = {pair for pair, (weight, _) in naive(index, 0.0).items() if abs(weight - 4.0) < 1e-4}
    got = dict(zip(zip(found.a.tolist(), found.b.tolist(), strict=True), range(len(found.a)), strict=True))
    assert got.keys() - near == expected.keys() - near
    for pair, row in got.items():
        if pair in expected:
            assert found.weight[row] == pytest.approx(expected[pair][0], abs=1e-3)
            assert found.bits[row].tolist() == pytest.approx(expected[pair][1], abs=1e-3)


def test_pairs_come_sorted_and_once() -> None:
    found = projection.project(world(3, 200, 40, 1500), 2.0, 500)
    keys = found.a.astype(np.int64) * 200 + found.b
    assert len(keys) > 100
    assert np.all(np.diff(keys) > 0)
    assert np.all(found.a < found.b)


def test_many_partners_with_high_numbers_come_sorted() -> None:
    """Long rows are sorted a byte of the partner's number at a time; here it has three."""
    account = np.sort(np.random.default_rng(2).choice(70_000, 120, replace=False)).astype(np.int32)
    value, day = np.zeros(120, np.int32), np.zeros(120, np.float32)
    one, channel = np.ones(1, np.float32), np.zeros(1, np.int32)
    index = incidence.incidence(account, value, day, day, one, one, channel, channel, 2 * one, 70_000)
    found = projection.project(index, 1.0)
    a, b = np.triu_indices(120, 1)
    assert np.array_equal(found.a, account[a])
    assert np.array_equal(found.b, account[b])


def test_threads_and_blocks_change_nothing() -> None:
    import numba

    index = world(5, 300, 60, 3000)
    whole = projection.project(index, 3.0)
    before = numba.get_num_threads()
    numba.set_num_threads(1)
    try:
        single = projection.project(index, 3.0, 100)
    finally:
        numba.set_num_threads(before)
    for one, other in zip(whole, single, strict=True):
        assert np.array_equal(one, other)


def test_nothing_shared_gives_no_pairs() -> None:
    index = world(1, 5, 3, 1)
    found = projection.project(index, 0.0)
    assert found.a.shape == (0,)
    assert found.bits.shape == (0, len(GROUP))
    assert projection.scratch_bytes(index, 1000) > 0


def test_unsorted_uses_are_refused() -> None:
    two = np.array([1, 0], np.int32)
    ones = np.ones(2, np.float32)
    with pytest.raises(ValueError, match="sorted"):
        incidence.incidence(two, two, ones, ones, ones, ones, two, GROUP, CAP, 2)

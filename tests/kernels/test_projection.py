"""The projection kernel against an obvious oracle."""

from __future__ import annotations

import itertools
from collections import defaultdict
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from linkage_kernels import incidence, projection

GROUP = np.array([0, 0, 1], np.int32)
CAP = np.array([9.0, 6.0], np.float32)


class World(NamedTuple):
    """What `incidence` is given."""

    account: NDArray[np.int32]
    value: NDArray[np.int32]
    first_day: NDArray[np.float32]
    last_day: NDArray[np.float32]
    bits: NDArray[np.float32]
    half_life: NDArray[np.float32]
    channel: NDArray[np.int32]
    group: NDArray[np.int32]
    cap: NDArray[np.float32]
    accounts: int
    crowd: NDArray[np.int32]
    among: NDArray[np.float32]


def world(seed: int, accounts: int, values: int, uses: int) -> World:
    """Random uses with times, some of them unknown; of every third value all uses are at one time."""
    rng = np.random.default_rng(seed)
    pairs = np.unique(np.c_[rng.integers(0, values, uses), rng.integers(0, accounts, uses)], axis=0)
    first = rng.uniform(0, 50, len(pairs)).astype(np.float32)
    first[pairs[:, 0] % 3 == 0] = 7.0
    last = first + rng.uniform(0, 5, len(pairs)).astype(np.float32)
    unknown = rng.random(len(pairs)) < 0.1
    first[unknown], last[unknown] = -np.inf, np.inf
    return World(
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


def naive(given: World, min_bits: float) -> dict[tuple[int, int], tuple[float, list[float]]]:
    """Every value, every pair of its accounts, plain dictionaries."""
    bits: dict[tuple[int, int], list[float]] = defaultdict(lambda: [0.0] * len(GROUP))
    first, last = (np.clip(days.astype(np.float64) * 86_400, -(2**30), 2**30) for days in given[2:4])
    for i, j in itertools.combinations(range(len(given.account)), 2):
        value = given.value[i]
        if value == given.value[j]:
            days = max(first[j] - last[i], first[i] - last[j], 0) / 86_400
            gain = float(given.bits[value]) * 2.0 ** (-days / float(given.half_life[value]))
            bits[int(given.account[i]), int(given.account[j])][given.channel[value]] += gain
    found = {}
    for pair, by_channel in bits.items():
        crowds = {int(given.crowd[account]) for account in pair}
        if len(crowds) == 1 and -1 not in crowds:
            amount, channel = given.among[crowds.pop()].tolist()
            by_channel[int(channel)] += amount
        groups = [0.0] * len(CAP)
        for channel, amount in enumerate(by_channel):
            groups[GROUP[channel]] += amount
        weight = sum(min(amount, float(cap)) for amount, cap in zip(groups, CAP, strict=True))
        if weight >= min_bits:
            found[pair] = (weight, by_channel)
    return found


@given(
    st.integers(0, 10_000), st.integers(2, 30), st.integers(1, 12), st.integers(1, 120), st.sampled_from([1, 7, 1000])
)
def test_pairs_and_bits_equal_the_oracle(seed: int, accounts: int, values: int, uses: int, block: int) -> None:
    given = world(seed, accounts, values, uses)
    found = projection.project(incidence.incidence(*given), 4.0, block)
    expected = naive(given, 4.0)
    near = {pair for pair, (weight, _) in naive(given, 0.0).items() if abs(weight - 4.0) < 1e-4}
    got = dict(zip(zip(found.a.tolist(), found.b.tolist(), strict=True), range(len(found.a)), strict=True))
    assert got.keys() - near == expected.keys() - near
    for pair, row in got.items():
        if pair in expected:
            assert found.weight[row] == pytest.approx(expected[pair][0], abs=1e-3)
            assert found.bits[row].tolist() == pytest.approx(expected[pair][1], abs=1e-3)


def test_pairs_come_sorted_and_once() -> None:
    found = projection.project(incidence.incidence(*world(3, 200, 40, 1500)), 2.0, 500)
    keys = found.a.astype(np.int64) * 200 + found.b
    assert len(keys) > 100
    assert np.all(np.diff(keys) > 0)
    assert np.all(found.a < found.b)


def test_many_partners_with_high_numbers_come_sorted() -> None:
    """Many partners of a row are marked, a bit each, and read in order."""
    account = np.sort(np.random.default_rng(2).choice(70_000, 120, replace=False)).astype(np.int32)
    value, day = np.zeros(120, np.int32), np.zeros(120, np.float32)
    one, channel = np.ones(1, np.float32), np.zeros(1, np.int32)
    index = incidence.incidence(account, value, day, day, one, one, channel, channel, 2 * one, 70_000)
    found = projection.project(index, 1.0)
    a, b = np.triu_indices(120, 1)
    assert np.array_equal(found.a, account[a])
    assert np.array_equal(found.b, account[b])


def test_bits_fade_with_the_time_between_two_uses() -> None:
    day = np.random.default_rng(2).uniform(0, 90, 150).astype(np.float32)
    day[:9] = [-np.inf, 0, 1e-4, 7, 7, 14, 21, 700, 9_000]
    last, one, channel = np.where(np.isinf(day), np.inf, day), np.ones(1, np.float32), np.zeros(1, np.int32)
    account, seven = np.arange(150, dtype=np.int32), 7 * one
    uses = (account, np.zeros(150, np.int32), day, last.astype(np.float32))
    found = projection.project(incidence.incidence(*uses, 8 * one, seven, channel, channel, 9 * one, 150), 0.0)
    a, b = np.triu_indices(150, 1)
    apart = np.maximum(np.maximum(day[b] - last[a], day[a] - last[b]), 0).astype(np.float64)
    assert np.array_equal(found.a, a)
    assert np.array_equal(found.b, b)
    np.testing.assert_allclose(found.weight, 8 * 2.0 ** (-apart / 7), rtol=1e-5, atol=1e-12)
    assert (found.weight[apart == 0] == 8.0).all()


def test_threads_and_blocks_change_nothing() -> None:
    import numba

    index = incidence.incidence(*world(5, 200, 60, 1500))
    whole = projection.project(index, 3.0)
    before = numba.get_num_threads()
    numba.set_num_threads(1)
    try:
        single = projection.project(index, 3.0, 100)
    finally:
        numba.set_num_threads(before)
    for one, other in zip(whole, single, strict=True):
        assert np.array_equal(one, other)


def test_bits_by_channel_are_given_where_asked_for() -> None:
    index = incidence.incidence(*world(5, 60, 12, 300))
    with_them, without = (projection.project(index, 3.0, by_channel=asked) for asked in (True, False))
    assert without.bits.shape == (len(with_them.a), 0)
    assert all(np.array_equal(one, other) for one, other in zip(with_them[:3], without[:3], strict=True))


def test_times_are_kept_of_values_that_were_not_used_at_one_time() -> None:
    given = world(5, 30, 6, 60)
    index = incidence.incidence(*given)
    latest, earliest = np.full(6, -np.inf), np.full(6, np.inf)
    np.maximum.at(latest, given.value, given.first_day)
    np.minimum.at(earliest, given.value, given.last_day)
    apart = latest > earliest
    assert 0 < apart.sum() < 6
    assert np.array_equal(index.place[:, 1] >= 0, apart)
    assert index.when.shape == (apart[given.value].sum(), 2)


def test_nothing_shared_gives_no_pairs() -> None:
    index = incidence.incidence(*world(1, 5, 3, 1))
    found = projection.project(index, 0.0)
    assert found.a.shape == (0,)
    assert found.bits.shape == (0, len(GROUP))
    assert projection.scratch_bytes(index, 1000) > 0


def test_unsorted_uses_are_refused() -> None:
    two = np.array([1, 0], np.int32)
    ones = np.ones(2, np.float32)
    with pytest.raises(ValueError, match="sorted"):
        incidence.incidence(two, two, ones, ones, ones, ones, two, GROUP, CAP, 2)

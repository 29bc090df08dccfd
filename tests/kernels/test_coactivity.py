"""The kernels of accounts in step against obvious oracles."""

from __future__ import annotations

from collections import defaultdict
from math import exp, log

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from linkage_kernels import coactivity, moments, partners, synchrony
from tests.kernels.traffic import packed, unpacked

Bins = dict[int, set[int]]


def beats_of(seed: int, accounts: int, exchanges: int, span: int, width: int) -> tuple[coactivity.Beats, Bins]:
    """Beats of random traffic, and the bins of each account."""
    key = packed(seed, accounts, exchanges, span)
    start, second, _, origin = moments.by_account(key, accounts)
    bins: Bins = {account: set() for account in range(accounts)}
    for at, account, _ in unpacked(key):
        bins[account].add((at - origin) // width)
    return coactivity.beats(start, second, width, 1), bins


def null(a: set[int], b: set[int], bins: Bins, i: int, j: int) -> list[tuple[list[int], float]]:
    """For each block of both: bins that meet at each of the 64 rotations, and what the others' unevenness adds."""
    out = []
    for block in sorted({x // 64 for x in a} & {x // 64 for x in b}):
        x, y = ({bin_ % 64 for bin_ in side if bin_ // 64 == block} for side in (a, b))
        meeting = [len(x & {(bin_ + turn) % 64 for bin_ in y}) for turn in range(64)]
        crowd = [sum(block * 64 + bin_ in bins[k] for k in bins if k not in (i, j)) for bin_ in range(64)]
        others = sum(crowd)
        same = sum(c * (c - 1) for c in crowd) / (others * (others - 1)) if others > 1 else 0.0
        out.append((meeting, max(0.0, same - 1 / 64) * len(x) * len(y)))
    return out


@given(st.integers(0, 10_000), st.integers(1, 6), st.integers(0, 60), st.integers(1, 900))
def test_exchanges_part_by_account(seed: int, accounts: int, exchanges: int, span: int) -> None:
    key = packed(seed, accounts, exchanges, span)
    start, second, outcome, origin = moments.by_account(key, accounts)
    life = moments.lives(start, second, outcome)
    for account in range(accounts):
        mine = [(at, how) for at, who, how in unpacked(key) if who == account]
        rows = slice(start[account], start[account + 1])
        assert list(zip((second[rows] + origin).tolist(), outcome[rows].tolist(), strict=True)) == mine
        times = [at - origin for at, _ in mine]
        answered = [at - origin for at, how in mine if how == 0]
        assert life.first[account] == min(times, default=-1)
        assert life.last[account] == max(times, default=-1)
        assert life.last_answered[account] == max(answered, default=-1)
        assert life.days[account] == len({at // 86_400 for at in times})
        assert not mine or life.end[account] == mine[-1][1]


def test_an_unknown_account_is_refused() -> None:
    with pytest.raises(ValueError, match="not below 2"):
        moments.by_account(packed(1, 3, 50, 100), 2)


@given(st.integers(0, 10_000), st.integers(1, 6), st.integers(0, 80), st.sampled_from([1, 7, 60]))
def test_beats_equal_the_oracle(seed: int, accounts: int, exchanges: int, width: int) -> None:
    beat, bins = beats_of(seed, accounts, exchanges, 20_000, width)
    crowd: dict[int, int] = defaultdict(int)
    for mine in bins.values():
        for bin_ in mine:
            crowd[bin_] += 1
    assert beat.total.sum() == sum(crowd.values())
    for account, mine in bins.items():
        seen, met = set(), 0
        for row in range(beat.start[account], beat.start[account + 1]):
            mask = int(beat.mask[row])
            here = {int(beat.block[row]) * 64 + bit for bit in range(64) if mask >> bit & 1}
            assert beat.met[row] == sum(crowd[bin_] - 1 for bin_ in here)
            seen |= here
            met += 1
        assert seen == mine
        assert met == len({bin_ // 64 for bin_ in mine})


@given(st.integers(0, 10_000), st.integers(2, 5), st.integers(2, 80), st.sampled_from([1, 10]))
def test_step_equals_the_oracle(seed: int, accounts: int, exchanges: int, width: int) -> None:
    beat, bins = beats_of(seed, accounts, exchanges, 2_000, width)
    a, b = (end.astype(np.int32) for end in np.triu_indices(accounts, 1))
    step = synchrony.in_step(beat, a, b)
    log_mean, variance = synchrony.cumulants(beat, a, b)
    lags = np.array([-130, -64, -5, 0, 3, 64, 100], np.int32)
    moved = synchrony.lagged(beat, a, b, lags)
    for pair, (i, j) in enumerate(zip(a.tolist(), b.tolist(), strict=True)):
        both = sorted(bins[i] & bins[j])
        blocks = null(bins[i], bins[j], bins, i, j)
        assert step.shared[pair] == len(blocks)
        assert step.together[pair] == len(both)
        assert [step.first[pair], step.last[pair]] == ([both[0], both[-1]] if both else [-1, -1])
        expected = sum(sum(meeting) / 64 + uneven for meeting, uneven in blocks)
        assert step.expected[pair] == pytest.approx(expected)
        assert variance[pair] == pytest.approx(sum(float(np.var(m)) + u for m, u in blocks), abs=1e-9)
        for tilt, value in zip(synchrony.TILTS.tolist(), log_mean[pair].tolist(), strict=True):
            exact = sum(log(sum(exp(tilt * c) for c in m) / 64) + u * (exp(tilt) - 1) for m, u in blocks)
            assert value == pytest.approx(exact, abs=1e-9)
        for lag, count in zip(lags.tolist(), moved[pair].tolist(), strict=True):
            assert count == len(bins[i] & {bin_ + lag for bin_ in bins[j]})


@given(st.integers(0, 10_000), st.integers(2, 12), st.integers(2, 150))
def test_partners_are_those_that_meet_more_than_expected(seed: int, accounts: int, exchanges: int) -> None:
    beat, bins = beats_of(seed, accounts, exchanges, 600, 10)
    found = partners.partners(beat, 1_000_000, 100, 0.5, 0)
    size: dict[int, int] = defaultdict(int)
    for mine in bins.values():
        for bin_ in mine:
            size[bin_] += 1
    shared = {bin_: n for bin_, n in size.items() if n > 1}
    chance = sum(n * (n - 1) for n in shared.values()) / max(1, sum(shared.values())) ** 2
    expected = []
    for i in range(accounts):
        for j in range(i + 1, accounts):
            count = len(bins[i] & bins[j])
            mean = chance * len(bins[i] & shared.keys()) * len(bins[j] & shared.keys())
            if count > 1 and count > mean and count * log(count / mean) - (count - mean) >= 0.5:
                expected.append((i, j))
    assert list(zip(found.a.tolist(), found.b.tolist(), strict=True)) == expected
    assert found.drawn == found.bins == len(shared)


def test_the_budget_bounds_the_search() -> None:
    beat, _ = beats_of(3, 200, 4_000, 600, 10)
    size = beat.crowd.astype(np.int64)
    cost = size * (size - 1) // 2
    few = partners.partners(beat, int(cost.sum()) // 4, 8, 0.1, 0)
    assert 0 < few.drawn < few.bins
    assert partners.partners(beat, 1, 8, 0.1, 0).drawn == 0
    every = partners.partners(beat, int(cost.sum()) * 8, 3, 0.0, 0)
    assert every.drawn == every.bins
    assert np.bincount(every.a).max() <= 3


def test_threads_change_nothing() -> None:
    import numba

    beat, _ = beats_of(5, 60, 3_000, 5_000, 10)
    a, b = (end.astype(np.int32) for end in np.triu_indices(60, 1))
    lags = np.array([-70, 9], np.int32)

    def everything() -> list[object]:
        return [
            *partners.partners(beat, 2_000, 5, 0.1, 0),
            *synchrony.in_step(beat, a[:99], b[:99]),
            *synchrony.cumulants(beat, a[:99], b[:99]),
            synchrony.lagged(beat, a[:99], b[:99], lags),
        ]

    whole = everything()
    before = numba.get_num_threads()
    numba.set_num_threads(1)
    try:
        single = everything()
    finally:
        numba.set_num_threads(before)
    for one, other in zip(whole, single, strict=True):
        assert np.array_equal(one, other)  # type: ignore[arg-type]


def test_nothing_gives_nothing() -> None:
    none = np.empty(0, np.int32)
    start, second, _, _ = moments.by_account(np.empty(0, np.uint64), 3)
    beat = coactivity.beats(start, second, 60, 1)
    assert len(partners.partners(beat, 100, 5, 1.0, 0).a) == 0
    assert len(synchrony.in_step(beat, none, none).shared) == 0


@given(st.integers(0, 10_000), st.integers(2, 6), st.integers(0, 120), st.sampled_from([1, 7, 60]))
def test_a_first_look_knows_the_meetings_and_the_least_expected(
    seed: int, accounts: int, exchanges: int, width: int
) -> None:
    beat, _ = beats_of(seed, accounts, exchanges, 20_000, width)
    a, b = (end.astype(np.int32) for end in np.triu_indices(accounts, 1))
    together, least = synchrony.met(beat, a, b)
    step = synchrony.in_step(beat, a, b)
    assert together.tolist() == step.together.tolist()
    assert (least <= step.expected).all()


@given(st.integers(0, 10_000), st.integers(1, 5), st.integers(0, 60), st.integers(1, 40))
def test_outcomes_of_a_second_equal_the_oracle(seed: int, accounts: int, exchanges: int, span: int) -> None:
    key = packed(seed, accounts, exchanges, span)
    start, second, outcome, origin = moments.by_account(key, accounts)
    account, moment = (each.ravel() for each in np.meshgrid(np.arange(accounts), np.arange(-2, span + 2)))
    answered, refused = moments.outcomes(start, second, outcome, account.astype(np.int32), moment)
    rows = [(who, at - origin, how) for at, who, how in unpacked(key)]
    for k, (i, at) in enumerate(zip(account.tolist(), moment.tolist(), strict=True)):
        here = [how for who, when, how in rows if (who, when) == (i, at)]
        assert (answered[k], refused[k]) == (0 in here, any(how > 0 for how in here))
